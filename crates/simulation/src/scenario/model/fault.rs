//! `[[fault]]`: what goes wrong by plan (docs/faults.md).

use channel_mocks::core::{CallKind, Distribution, Micros};
use serde::{Deserialize, Serialize};

use super::fault_kind::{FaultKind, FaultRate};

/// Something that goes wrong: what, where, when, how often, and with which values. Which values a kind needs and takes says
/// [`FaultKind::describe`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// A channel's name, or `warehouse`; everywhere that has it when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The platform's own name of an operation, such as `patchListingsItem`; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What the calls are for; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallsOf>,
    /// On which of the two ways; both when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// When it begins, after the opening; at once when left out.
    #[serde(default, skip_serializing_if = "at_once")]
    pub from: Micros,
    /// How long it lasts; until the last buyer when left out, and never longer: what settles after that is healed.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Micros>,
    /// Part of what could go wrong that does, by a draw of its own, above 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Only the first so many that could go wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// Each so-many-th that could go wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// How much longer, later, older or apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Distribution>,
    /// HTTP status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What the answer's `Retry-After` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Micros>,
    /// By how much a number is multiplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Name of a member of a JSON payload, wherever it stands in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The member's new name, or the new value's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// SKU by rank, 1 the most popular; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<u32>,
    /// Location code of the warehouse; its first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Whether the platform puts units of a cancelled order back on sale by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restocks: Option<bool>,
    /// How long the engine is away after a crash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_after: Option<Micros>,
    /// Where in its work the engine dies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<CrashPoint>,
    /// By how much the engine's clock is ahead of the true time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<Micros>,
    /// By how much it is behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Micros>,
}

impl Fault {
    /// A fault of a kind: everywhere, always, each time, without any value yet.
    pub fn new(kind: FaultKind) -> Fault {
        Fault {
            kind,
            channel: None,
            operation: None,
            calls: None,
            direction: None,
            from: Micros::ZERO,
            lasts: None,
            probability: None,
            first: None,
            every: None,
            delay: None,
            status: None,
            retry_after: None,
            factor: None,
            field: None,
            to: None,
            sku: None,
            location: None,
            restocks: None,
            restart_after: None,
            point: None,
            ahead: None,
            behind: None,
        }
    }
}

impl Fault {
    /// The keys that it says with how often it strikes: at most one in a file that was checked.
    pub fn rates(&self) -> impl Iterator<Item = &'static str> {
        let keys = [
            ("probability", self.probability.is_some()),
            ("first", self.first.is_some()),
            ("every", self.every.is_some()),
        ];
        keys.into_iter()
            .filter(|(_, is_given)| *is_given)
            .map(|(key, _)| key)
    }

    /// Why it cannot strike as often as it says at a platform that has a queue, or has none, and the way out.
    pub fn refused_rate(&self, has_queue: bool) -> Option<RefusedRate> {
        let described = self.kind.describe();
        let (name, rate) = (described.name, described.rate);
        let key = self.rates().find(|key| match *key {
            "probability" => !rate.is_drawn(),
            _ => !rate.counts(has_queue),
        })?;
        let help = || "leave it out".to_string();
        let (message, help) = match (rate, self.every) {
            (FaultRate::Once, _) => (
                format!("`{name}` happens once, when the fault begins"),
                help(),
            ),
            (FaultRate::Always, _) => (
                format!("`{name}` changes how everything is done while it lasts and takes no rate"),
                format!("leave `{key}` out"),
            ),
            (_, Some(every)) => (
                format!(
                    "`{name}` strikes a share of what the platform handles and counts nothing off"
                ),
                format!(
                    "write `probability = {}` instead of `every`",
                    libm::round(1e4 / every.max(1) as f64) / 1e4
                ),
            ),
            _ => (
                format!(
                    "`{name}` strikes a share of what the platform handles and counts nothing off"
                ),
                "write `probability` instead of `first`, or bound it with `for`".to_string(),
            ),
        };
        Some(RefusedRate { key, message, help })
    }
}

/// A key that says how often, and is of no use to its fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRate {
    /// `probability`, `first` or `every`.
    pub key: &'static str,
    /// Why.
    pub message: String,
    /// The way out.
    pub help: String,
}

fn at_once(from: &Micros) -> bool {
    *from == Micros::ZERO
}

/// What calls are for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallsOf {
    /// Reads, queue receives included.
    Read,
    /// Writes.
    Write,
    /// Getting or refreshing tokens.
    Token,
}

impl CallsOf {
    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            CallsOf::Read => "read",
            CallsOf::Write => "write",
            CallsOf::Token => "token",
        }
    }

    /// The calls of the ledger that it means.
    pub const fn kind(self) -> CallKind {
        match self {
            CallsOf::Read => CallKind::Read,
            CallsOf::Write => CallKind::Write,
            CallsOf::Token => CallKind::Token,
        }
    }
}

/// The ways between an engine and a system.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the engine to the system.
    Request,
    /// From the system to the engine, its signals included.
    Reply,
}

/// Where in the work on an input an engine dies (docs/theory.md A5, H7).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CrashPoint {
    /// The input is not written down yet: it is lost.
    BeforeJournal,
    /// The input is half written, as when the power fails: the torn record is dropped.
    TornJournal,
    /// The input is written down, and nothing of what came of it has been sent.
    BeforeSend,
    /// Some of what came of it has been sent.
    WhileSending,
}
