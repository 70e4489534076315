//! Virtual time: the event heap, the network model and the run loop that drives the machines of a scenario.

pub mod heap;
pub mod network;
pub mod slab;
pub mod trace;
