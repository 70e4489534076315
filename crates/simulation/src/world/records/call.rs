//! What is kept of a call: one line of a file, the same in virtual and in real time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A line of a file of calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallLine {
    /// A call, written when the engine had its answer or learned that there is none.
    Call(Box<CallRecord>),
    /// A count that a call changed after it had been answered, as on platforms that apply writes later.
    Effect(Effect),
    /// The last line of a file that was full: so many more calls were made.
    LeftOut {
        /// How many.
        calls: u64,
    },
}

/// Why a call had no answer.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFailure {
    /// The engine waited long enough.
    TimedOut,
    /// The connection broke, in real time also because whoever called hung up.
    ConnectionLost,
    /// The run ended first.
    Unanswered,
}

/// A call. Times are seconds since the scenario's start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Its number, counted from 1 in the order in which calls were sent.
    pub call: u64,
    /// When it was sent.
    pub at_s: f64,
    /// The channel's name, or `warehouse`.
    pub channel: String,
    /// The platform's own name of what it asked for.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query, secrets left out.
    pub path: String,
    /// The HTTP status; absent without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer; absent with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<CallFailure>,
    /// Tokens that it took of rate limits, by the platform's name of the limit.
    pub cost: BTreeMap<String, f64>,
    /// From its sending to its answer, or to the end of waiting for one.
    pub latency_s: f64,
    /// Whether a rate limit refused it.
    pub throttled: bool,
    /// Counts that it had changed by the time it was answered.
    pub changed: Vec<Change>,
    /// Bytes of its body.
    pub request_bytes: u64,
    /// Bytes of the answer's body.
    pub response_bytes: u64,
}

/// A displayed count that a call changed, or confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Of what.
    pub sku: String,
    /// Units on display before.
    pub from: i64,
    /// And after.
    pub to: i64,
    /// When it became live.
    pub at_s: f64,
    /// When the oldest sale or cancellation elsewhere, or change of stock, happened that this count is the first of its
    /// listing to contain; absent where it brought nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_news_s: Option<f64>,
    /// When a message told the engine of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_s: Option<f64>,
}

/// A count that changed after its call had been answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The call's number; absent where it is not in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<u64>,
    /// The channel's name.
    pub channel: String,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}
