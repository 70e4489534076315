//! Verdicts on guarantees.

use serde::{Deserialize, Serialize};

/// The guarantee that a budget's share of all units is kept, in the mean: a run alone leaves it open, many seeds judge it.
pub const BUDGET_KEPT: &str = "budget_kept";

/// What a run says about a guarantee.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was put to the test and held.
    Holds,
    /// It was broken.
    Violated,
    /// Nothing in the run could have broken it.
    Unknown,
    /// The contender takes no part in what it is about.
    NotJudged,
}

impl Verdict {
    /// `Unknown` when nothing was exercised, else by whether it was broken.
    pub fn of(exercised: bool, broken: bool) -> Verdict {
        match (broken, exercised) {
            (true, _) => Verdict::Violated,
            (false, true) => Verdict::Holds,
            (false, false) => Verdict::Unknown,
        }
    }

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Violated => "violated",
            Verdict::Unknown => "unknown",
            Verdict::NotJudged => "not judged",
        }
    }
}

/// The first thing that broke a guarantee.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct CounterExample {
    /// Simulated time, seconds since the scenario's start.
    pub at_s: f64,
    /// Where: a channel's name, or `warehouse`.
    pub channel: String,
    /// The SKU's position in the catalogue, 1 the most popular; absent where no SKU is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<u32>,
    /// What buyers saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub displayed: Option<i64>,
    /// What could be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sellable: Option<i64>,
    /// The same in words.
    pub what: String,
    /// The last entries of the ledger about the SKU before it, the oldest first; absent where no SKU is concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Moment>,
}

/// One thing that happened before something else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Moment {
    /// Simulated time, seconds since the scenario's start.
    pub at_s: f64,
    /// Where: a channel's name, or `warehouse`.
    pub place: String,
    /// What, in words.
    pub what: String,
}

/// A count that somebody got wrong, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct BadCountSeen {
    /// Simulated time, seconds since the scenario's start.
    pub at_s: f64,
    /// A channel's name, or `warehouse`.
    pub place: String,
    /// The SKU's position in the catalogue, 1 the most popular.
    pub sku: u32,
    /// Units too many.
    pub units: i64,
    /// Channels that came to show more than there was.
    pub channels_reached: u64,
    /// Until the first write that lowered a listing which showed too much, or until the count was put right; null = never.
    pub detected_after_s: Option<f64>,
    /// Until no listing showed too much any more; 0 when none ever did, null = never.
    pub converged_after_s: Option<f64>,
}

/// How much broke a guarantee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Extent {
    /// How many broke it ...
    pub broken: u64,
    /// ... of how many (0 where they are part of no whole) ...
    pub of: u64,
    /// ... of what: `units sold`, `orders`, `calls`, `lines reserved`, `shipments`, or `listings that show too
    /// much or are stale, and orders not received`.
    pub what: String,
    /// `broken` of `of`, 0..=1.
    pub share: f64,
    /// The share up to which it holds all the same, 0..=1; the same for every contender, but for a budget's own.
    pub tolerated_share: f64,
    /// Those of `broken` that no engine can be blamed for, because an assumption had been broken before (`caveat` says
    /// which).
    pub excused: u64,
    /// The share of `informed-escrow` on the same seed; null when it did not run.
    pub informed_escrow_share: Option<f64>,
}

impl Extent {
    /// Whether all that broke it lies outside its assumptions.
    pub fn is_outside(&self) -> bool {
        self.broken > 0 && self.excused >= self.broken
    }
}

/// A guarantee and what the run says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Guarantee {
    /// Its name: `no_oversell`, `every_order_ingested`, `converged`, `rate_limits_respected`,
    /// `shipped_from_the_right_place`, `shipped_in_time`, `exposure_margin`, `acknowledged_webhooks_survive`,
    /// `no_payload_dropped` or `bad_count_contained`; with a budget also `oversold_within_budget` and `budget_kept`.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the strategy promises it in a scenario like this: a promise broken fails the command.
    pub promised: bool,
    /// How much broke it; absent where nothing is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
    /// The first thing that broke it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter_example: Option<CounterExample>,
    /// The command that shows it again; only beside a counter-example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun: Option<String>,
    /// What the verdict owes to assumptions that were broken, in words; absent when it owes nothing to any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
}

impl Guarantee {
    /// Whether its violation calls for somebody's attention: it breaks a promise, or is worse than what informed escrow cannot
    /// help under the same limits and delays.
    pub fn matters(&self) -> bool {
        let informed = self
            .extent
            .as_ref()
            .and_then(|it| Some((it.share, it.informed_escrow_share?)));
        let helpless = informed.is_some_and(|(own, informed)| own <= informed);
        self.verdict == Verdict::Violated && (self.promised || !helpless)
    }
}
