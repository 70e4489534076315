//! Why an experiment has no results.

use std::path::PathBuf;

use super::foreign::ForeignError;
use super::real_time::NoFigures;
use crate::serve::faults::EngineFault;
use crate::sim::RunError;

/// Why an experiment has no results.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// There is no seed or no contender.
    #[error("there is nothing to run")]
    Empty,
    /// A contender's name or engine is not as it must be.
    #[error(transparent)]
    Contender(#[from] ForeignError),
    /// A contender does not exist in this time.
    #[error("{contender} cannot be played in this time: {why}")]
    Misplaced {
        /// Its name.
        contender: String,
        /// What stands against it.
        why: &'static str,
    },
    /// A replay has a calendar of its own.
    #[error("a replay cannot be played in real time")]
    ReplayInRealTime,
    /// A fault strikes what real time cannot.
    #[error("the scenario cannot be played in real time: {0}")]
    FaultsInRealTime(#[from] EngineFault),
    /// An engine's process cannot be started.
    #[error("engine {contender} cannot be started: {program}: {error}")]
    Start {
        /// The contender.
        contender: String,
        /// Its program.
        program: String,
        /// Why not.
        error: std::io::Error,
    },
    /// A run in virtual time failed.
    #[error("{contender}: {error}")]
    Run {
        /// The contender.
        contender: String,
        /// Why.
        error: Box<RunError>,
    },
    /// The engines of several contenders failed; one failure of each, in the order of the results.
    #[error("{} engines failed", .0.len())]
    Several(Vec<ExperimentError>),
    /// The systems cannot be served.
    #[error("{0}")]
    Serve(String),
    /// An engine at an address did not take the connection document.
    #[error("{contender}: the engine at {address} cannot be driven: {why}")]
    NotConnected {
        /// The contender.
        contender: String,
        /// Where it was looked for.
        address: String,
        /// Whether somebody was there, whatever came back.
        answered: bool,
        /// What happened instead.
        why: String,
    },
    /// An engine under test was gone before the end.
    #[error("{contender}: the engine was gone before the end of the run")]
    EngineGone {
        /// The contender.
        contender: String,
        /// How it ended, as far as it is known.
        why: String,
        /// Where the ledger until then is.
        directory: PathBuf,
    },
    /// A run in real time has no figures.
    #[error("{contender}: {error}")]
    NoFigures {
        /// The contender.
        contender: String,
        /// Why.
        error: NoFigures,
    },
    /// A run does not agree with what its buyers can be sold (docs/theory.md A9.6). It is the harness that is wrong then.
    #[error("{contender} on seed {seed}: the references do not agree: {what}")]
    References {
        /// The contender.
        contender: String,
        /// The seed.
        seed: u64,
        /// What does not agree.
        what: String,
    },
    /// A file, a process or a thread could not be had, or a served system failed.
    #[error("{0}")]
    Unexpected(String),
    /// The caller cancelled it.
    #[error("cancelled")]
    Cancelled,
}

impl ExperimentError {
    /// The contender whose engine could not be started, or failed in a run in virtual time.
    pub(super) fn failed_engine(&self) -> Option<&str> {
        match self {
            ExperimentError::Start { contender, .. } => Some(contender),
            ExperimentError::Run { contender, error } => {
                matches!(**error, RunError::EngineFailed { .. }).then_some(contender)
            }
            _ => None,
        }
    }
}

impl ExperimentError {
    pub(super) fn unexpected(error: impl std::fmt::Display) -> ExperimentError {
        ExperimentError::Unexpected(error.to_string())
    }
}
