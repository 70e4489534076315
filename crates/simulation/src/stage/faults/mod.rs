//! What goes wrong by plan: the faults of a scenario, or those that the control API orders, for both kinds of time.
//!
//! Each fault counts what could have gone wrong, what did, and what the engine can have noticed of it ([`Counts`]). The draws
//! of a fault are its own: they are keyed by its kind, its place and how many of that kind and place came before it in the
//! file, so that a fault that is added moves no buyer and no other fault (law 3).

mod act;
mod bounds;
mod counts;
mod drift;
mod fate;
mod machine;
mod planned;
pub mod platform;
#[cfg(test)]
mod tests;
mod timeline;

pub use act::{FaultAct, FaultActKind, FaultDone};
pub use bounds::{longer_way, slower};
pub use counts::Counts;
pub use fate::{Passage, ReplyFate, RequestFate, SignalFate, SignalPassage};
pub use machine::Faults;
