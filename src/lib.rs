//! Oversell: who oversells, how stale it gets, how much it carries.

pub use oversell_engine as engine;

pub mod cli;
pub mod experiment;
pub mod measure;
pub mod process;
pub mod realtime;
pub mod report;
pub mod scenario;
pub mod serve;
pub mod sim;
pub mod stage;
pub mod world;
