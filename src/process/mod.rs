//! The built-in engine as a process of its own: its configuration, its clock, its HTTP client and webhook listener, and
//! the database that its journal and tables are kept in.

pub mod bounds;
mod client;
mod clock;
mod clock_source;
pub mod config;
mod gate;
mod listener;
pub mod run;
mod skus;
pub mod start;
pub mod store;
mod trouble;
mod validate;

#[cfg(test)]
mod config_tests;
