//! The built-in engine as a process of its own: its configuration, its clock, its HTTP client and webhook listener, and
//! the database that its journal and tables are kept in.

pub mod bounds;
pub mod config;
mod validate;

#[cfg(test)]
mod config_tests;
