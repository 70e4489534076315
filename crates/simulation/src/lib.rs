#![doc = include_str!("../README.md")]

pub use oversell_engine as engine;

pub mod measure;
pub mod scenario;
pub mod sim;
pub mod stage;
pub mod world;
