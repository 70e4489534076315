//! `manifest.json`: what made a run, and which files there are.

use serde::{Deserialize, Serialize};

/// What made a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format of all files: [`SCHEMA_VERSION`](crate::report::SCHEMA_VERSION).
    pub schema_version: u32,
    /// `simulate`.
    pub program: String,
    /// Its version.
    pub program_version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The root seed.
    pub seed: u64,
    /// The contenders' names, in the order of reports.
    pub strategies: Vec<String>,
    /// The order log of a run that replayed one.
    pub orders: Option<String>,
    /// The command that repeats it all.
    pub command: String,
    /// Every file but this one, relative to the directory, with `/`.
    pub files: Vec<String>,
}
