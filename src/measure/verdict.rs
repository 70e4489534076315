//! Verdicts on guarantees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run says about a guarantee.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was put to the test and held.
    Holds,
    /// It was broken.
    Violated,
    /// Nothing in the run could have broken it.
    Unknown,
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
        }
    }
}

/// The first thing that broke a guarantee.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
}

/// A guarantee and what the run says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Guarantee {
    /// Its name: `no_oversell`, `every_order_ingested`, `converged`, `rate_limits_respected`, `units_conserved` or
    /// `fulfilled_in_time_from_the_right_warehouse`.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the strategy promises it in a scenario like this: a promise broken fails the command.
    pub promised: bool,
    /// The first thing that broke it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter_example: Option<CounterExample>,
    /// The command that shows it again; only beside a counter-example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun: Option<String>,
}
