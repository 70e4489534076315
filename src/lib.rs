//! Oversell: who oversells, how stale it gets, how much it carries.

pub mod cli;
pub mod engine;
pub mod experiment;
pub mod measure;
pub mod report;
pub mod scenario;
pub mod sim;
pub mod wire;
pub mod world;
