//! What is served, and why it cannot be.

use std::path::PathBuf;

use super::faults::EngineFault;
use crate::engine::config::Strategy;
use crate::scenario::Scenario;
use crate::scenario::model::OpeningDisplay;
use crate::stage::opening::{Access, SetupError};
use crate::world::WorldError;
use crate::world::records::RecordFileError;

/// What is served.
#[derive(Clone, Debug)]
pub struct ServePlan {
    /// Channels, warehouse, catalogue, stock; its demand too when it is played. Its `start` is replaced by the calendar.
    pub scenario: Scenario,
    /// The root seed.
    pub seed: u64,
    /// Who may sign in.
    pub access: Access,
    /// Orders that every channel has when it opens.
    pub orders: u32,
    /// Platform seconds in a real second.
    pub speed: f64,
    /// Whether the scenario's buyers come, and when.
    pub demand: DemandStart,
    /// What displayed counts stand for: whose meaning of them the engine shares
    /// ([`Strategy::displays_whole_stock`]).
    pub displays: Strategy,
    /// The directory that each session's ledger is written to: `ledger.jsonl`, then `ledger-2.jsonl` after a reset.
    pub ledger: PathBuf,
}

impl ServePlan {
    /// Whether listings that the scenario opens at 0 open with the whole stock: no order of the past could have come from
    /// them otherwise.
    pub fn opens_with_stock(&self) -> bool {
        self.orders > 0 && self.scenario.opening_display == OpeningDisplay::Zero
    }

    /// The ledger's file in the n-th session, from 1.
    pub fn ledger_of(&self, session: u32) -> PathBuf {
        self.ledger.join(match session {
            1 => "ledger.jsonl".to_string(),
            later => format!("ledger-{later}.jsonl"),
        })
    }
}

/// When the scenario's buyers, and what befalls the stock, begin to come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum DemandStart {
    /// Never.
    Nobody,
    /// The scenario's zero is the moment at which the doors open.
    AtOnce,
    /// The scenario's zero is the moment at which the driver says so.
    WhenTold,
}

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The scenario cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Its world cannot be made.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The scenario has faults that exist in virtual time only.
    #[error("the scenario cannot be played in real time: {0}")]
    Faults(#[from] EngineFault),
    /// A file of the session cannot be begun.
    #[error("{0}; move away what is there, or choose another place with --out DIR or --calls FILE")]
    Recorder(#[from] RecordFileError),
    /// The seeded orders do not fit.
    #[error(
        "{channel}: {made} of {wanted} orders could be seeded, then nothing was left to sell; give the scenario more stock"
    )]
    TooLittleStock {
        /// The channel.
        channel: String,
        /// Orders that were made.
        made: u32,
        /// Orders wanted.
        wanted: u32,
    },
    /// The built-in client could not ship a seeded order.
    #[error("{channel}: a seeded order could not be marked as shipped: {reason}")]
    NotShipped {
        /// The channel.
        channel: String,
        /// What was answered.
        reason: String,
    },
}
