//! Real time: what meets the world outside the process.

pub mod stepped;
