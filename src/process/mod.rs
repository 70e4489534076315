//! The built-in engine as a process of its own: its configuration, its clock, its HTTP client and webhook listener, and
//! the database that its journal and tables are kept in.
//!
//! What runs it is built with the feature `engine-process` alone: the database is a good part of a build, and the main job
//! does not use it. Its configuration can always be written and checked.

pub mod bounds;
#[cfg(feature = "engine-process")]
mod client;
#[cfg(feature = "engine-process")]
mod clock;
#[cfg(feature = "engine-process")]
mod clock_source;
pub mod config;
#[cfg(feature = "engine-process")]
mod gate;
#[cfg(feature = "engine-process")]
mod listener;
#[cfg(feature = "engine-process")]
pub mod run;
#[cfg(feature = "engine-process")]
mod skus;
#[cfg(feature = "engine-process")]
pub mod start;
#[cfg(feature = "engine-process")]
pub mod store;
#[cfg(feature = "engine-process")]
mod trouble;
mod validate;

#[cfg(test)]
mod config_tests;

/// Whether what runs it was built.
pub const IS_BUILT: bool = cfg!(feature = "engine-process");
