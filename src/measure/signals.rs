//! Webhooks and messages of queues as they reached the engine.

use serde::{Deserialize, Serialize};

use super::histogram::Spread;

/// What became of the signals of one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignalFigures {
    /// The channel's name.
    pub channel: String,
    /// Signals that reached the engine, each copy counted.
    pub signals: u64,
    /// Signals that the platform let go of and that never reached the engine.
    pub lost: u64,
    /// Signals that told what an earlier one had told already.
    pub duplicated: u64,
    /// Signals about something older than what an earlier one was about.
    pub out_of_order: u64,
    /// From what a signal is about (an order's acceptance, a cancellation) to its arrival, seconds.
    pub delay_s: Spread,
}
