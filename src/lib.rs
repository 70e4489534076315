//! Oversell: who oversells, how stale it gets, how much it carries.

pub use oversell_engine as engine;
pub use oversell_simulation::{measure, scenario, sim, stage, world};

pub mod cli;
pub mod experiment;
pub mod process;
pub mod realtime;
pub mod report;
pub mod serve;
