//! Real time: platform time that runs with the wall clock, the pacing of what happens from outside, the driver of one
//! engine through a scenario, and whether that engine is still there.
//!
//! Results of real time and of virtual time never share a table. Nothing here holds a domain rule.

pub mod clock;
pub mod driver;
pub mod engine_child;
pub mod http_client;
pub mod pacing;
pub mod timing;
pub mod watch;
