//! What happens besides buyers' checkouts.

pub mod opening;
pub mod staff;
