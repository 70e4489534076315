//! `simulate engine`: the built-in engine as a process of its own.

#[cfg(feature = "engine-process")]
mod work;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[cfg(feature = "engine-process")]
pub use work::engine;

#[cfg(not(feature = "engine-process"))]
use super::{Exit, Failure, Streams};

/// Which engine to run.
#[derive(Debug, Args)]
pub struct EngineArguments {
    /// Strategy, database, warehouse and channels: a TOML file (docs/engine.md). `simulate serve --engine-config FILE`
    /// writes one.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// How to print where webhooks are received.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// For tests of crashes: dies between the N-th commit that calls wait for and their sending.
    #[arg(long, value_name = "N", hide = true, value_parser = clap::value_parser!(u64).range(1..))]
    die_before_sending: Option<u64>,
    /// For whoever starts it as a part of his own work: ends as by SIGTERM when standard input does.
    #[arg(long, hide = true)]
    end_with_input: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One line, once the engine runs.
    Json,
}

/// Runs no engine.
#[cfg(not(feature = "engine-process"))]
pub fn engine(_: &EngineArguments, _: &mut Streams) -> Result<Exit, Failure> {
    Err(Failure::not_built(
        "the engine's process",
        "engine-process",
        "engine --config FILE",
    ))
}
