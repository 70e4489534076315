//! Scenario files: what is sold where, who buys when, and how long everything takes.

pub mod model;
pub mod rate;

pub use model::Scenario;
