//! What goes wrong by plan: the faults of a scenario, or those that the control API orders, for both kinds of time.
//!
//! Each fault counts what could have gone wrong, what did, and what the engine can have noticed of it ([`Counts`]). The draws
//! of a fault are its own: they are keyed by its kind, its place and how many of that kind and place came before it in the
//! file, so that a fault that is added moves no buyer and no other fault (law 3).

mod counts;
pub mod platform;

pub use counts::Counts;
