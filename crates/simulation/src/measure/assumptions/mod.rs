//! The assumptions H1 to H8 of docs/theory.md A5, on which promises rest: what an engine was told of the platforms beside what
//! the ledger saw of them in this run, and the one rule by which a sale lies outside of them.

mod breach;
mod evidence;
mod state;

use serde::{Deserialize, Serialize};

pub(super) use breach::{Breach, How};
pub(super) use evidence::Assumptions;

/// One of the assumptions of docs/theory.md A5.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hypothesis {
    /// Nothing is accepted beyond the display.
    H1,
    /// The order feed is complete up to a known lag.
    H2,
    /// A write lives for a bounded time.
    H3,
    /// A raise is applied at most once.
    H4,
    /// An acknowledgement means applied.
    H5,
    /// Nobody else raises the count.
    H6,
    /// The engine's log survives.
    H7,
    /// The stock records are right.
    H8,
}

impl Hypothesis {
    /// All of them.
    pub const ALL: [Hypothesis; 8] = [
        Hypothesis::H1,
        Hypothesis::H2,
        Hypothesis::H3,
        Hypothesis::H4,
        Hypothesis::H5,
        Hypothesis::H6,
        Hypothesis::H7,
        Hypothesis::H8,
    ];

    /// `H1` to `H8`.
    pub const fn name(self) -> &'static str {
        match self {
            Hypothesis::H1 => "H1",
            Hypothesis::H2 => "H2",
            Hypothesis::H3 => "H3",
            Hypothesis::H4 => "H4",
            Hypothesis::H5 => "H5",
            Hypothesis::H6 => "H6",
            Hypothesis::H7 => "H7",
            Hypothesis::H8 => "H8",
        }
    }

    /// What is assumed, in words.
    pub const fn about(self) -> &'static str {
        match self {
            Hypothesis::H1 => "nothing is accepted beyond the display",
            Hypothesis::H2 => "the order feed is complete up to the lag that the engine believes",
            Hypothesis::H3 => {
                "a write is live within the lifetime that the engine believes, or never"
            }
            Hypothesis::H4 => "a raise is applied at most once",
            Hypothesis::H5 => "an acknowledgement means applied",
            Hypothesis::H6 => {
                "nobody else raises a count, and platforms restock as the engine believes"
            }
            Hypothesis::H7 => "the engine's journal survives a crash",
            Hypothesis::H8 => "the stock records are right",
        }
    }
}

/// What a run says about an assumption.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AssumptionState {
    /// It could have been broken, and was not.
    Kept,
    /// It was broken.
    Broken,
    /// Nothing in the run could have broken it.
    NotExercised,
}

/// An assumption and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Assumption {
    /// `H1` to `H8`.
    pub name: String,
    /// What is assumed.
    pub about: String,
    /// Whether this run kept it.
    pub state: AssumptionState,
    /// How many times it was broken.
    pub times_broken: u64,
    /// The first time; absent when it was not broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstBreach>,
    /// What the engine was told beside what the run showed, per channel; empty for what has no bound.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<BoundSeen>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// When, where and by how much an assumption was first broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct FirstBreach {
    /// Simulated time, seconds since the scenario's start.
    pub at_s: f64,
    /// A channel's name, or `warehouse`, or `engine`.
    pub place: String,
    /// By how much, in words: `214 s instead of 120 s`.
    pub what: String,
}

/// A bound that an engine was told, and the largest that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct BoundSeen {
    /// Which channel.
    pub channel: String,
    /// What is bounded: `order_visibility_lag`, `write_lifetime` or `request_lifetime`.
    pub bound: String,
    /// What the engine was told, seconds; null for no bound.
    pub believed_s: Option<f64>,
    /// The largest in this run, seconds; null when there was none, or no bound.
    pub largest_s: Option<f64>,
    /// Where the largest comes from: `each_write` (the ledger saw every one), or `profile` (the bound that the platform kept
    /// to while orders were accepted; single orders may have been visible sooner).
    pub from: String,
}
