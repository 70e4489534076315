//! What a comparison says.

use serde::{Deserialize, Serialize};

use crate::experiment::thresholds::{Better, Judgement, Unit};
use crate::measure::Verdict;
use crate::measure::causes::{CauseLabel, DelayParts};

/// What became of a figure, a contender, or everything.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Better in something, worse in nothing.
    Improved,
    /// The same; over several seeds, no difference that is surely there.
    Unchanged,
    /// Worse in something, better in nothing.
    Regressed,
    /// Better in something and worse in something else, which calls for a person's judgement.
    Mixed,
    /// Another value of what is neither better nor worse.
    Changed,
}

impl Change {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Change::Improved => "improved",
            Change::Unchanged => "unchanged",
            Change::Regressed => "regressed",
            Change::Mixed => "mixed",
            Change::Changed => "changed",
        }
    }

    /// Whether a job fails by it.
    pub fn fails(self) -> bool {
        matches!(self, Change::Regressed | Change::Mixed)
    }

    /// All of several in one word.
    pub fn of(parts: impl IntoIterator<Item = Change>) -> Change {
        let (mut better, mut worse) = (false, false);
        for part in parts {
            better |= matches!(part, Change::Improved | Change::Mixed);
            worse |= matches!(part, Change::Regressed | Change::Mixed);
        }
        match (better, worse) {
            (true, true) => Change::Mixed,
            (true, false) => Change::Improved,
            (false, true) => Change::Regressed,
            (false, false) => Change::Unchanged,
        }
    }
}

/// A figure that has another value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FigureChange {
    /// Its name (docs/thresholds.md).
    pub figure: String,
    /// What it is measured in.
    pub unit: Unit,
    /// Which way it is better.
    pub better: Better,
    /// What became of it.
    pub change: Change,
    /// Before, over several seeds the mean; null without samples, and where it never came.
    pub before: Option<f64>,
    /// After.
    pub after: Option<f64>,
    /// After less before, over several seeds the mean of the pairs' differences; null where one of them has no value.
    pub difference: Option<f64>,
    /// Over several seeds: the 95 % interval about the mean difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// Over several seeds: on how many it never came before, which are in no mean; absent where it always came.
    #[serde(default, skip_serializing_if = "is_none_of_them")]
    pub never_before: u64,
    /// The same after.
    #[serde(default, skip_serializing_if = "is_none_of_them")]
    pub never_after: u64,
    /// Pairs of runs that both have a value.
    pub pairs: u64,
    /// The same by channel, where it differs there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelChange>,
}

fn is_none_of_them(seeds: &u64) -> bool {
    *seeds == 0
}

/// A figure of one channel that has another value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChannelChange {
    /// The channel.
    pub channel: String,
    /// Before, over several seeds the mean.
    pub before: Option<f64>,
    /// After.
    pub after: Option<f64>,
}

/// A guarantee with another verdict, on at least one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GuaranteeChange {
    /// Its name.
    pub guarantee: String,
    /// What became of it.
    pub change: Change,
    /// The verdict before, of several seeds the worst.
    pub before: Verdict,
    /// After.
    pub after: Verdict,
    /// Seeds on which it was violated before.
    pub violated_before: u64,
    /// After.
    pub violated_after: u64,
}

/// Oversold units of one cause, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CauseChange {
    /// Why.
    pub label: CauseLabel,
    /// Units before, over all pairs.
    pub units_before: u64,
    /// After.
    pub units_after: u64,
}

/// Why oversold units changed, where both sides know the causes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CausesChange {
    /// Those whose units changed, the one that rose most first.
    pub labels: Vec<CauseChange>,
    /// Where the time of an oversold unit's news went before, the mean over units; null without any.
    pub delay_before: Option<DelayParts>,
    /// After.
    pub delay_after: Option<DelayParts>,
}

/// One contender, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContenderChange {
    /// Its name.
    pub contender: String,
    /// What became of it.
    pub change: Change,
    /// Whether every pair has the same trace, event by event; null where traces are not known.
    pub same_trace: Option<bool>,
    /// Guarantees that changed, the worst first.
    pub guarantees: Vec<GuaranteeChange>,
    /// Figures that changed, the worst first; those of no direction come last.
    pub figures: Vec<FigureChange>,
    /// Figures with a direction that were compared.
    pub compared: u64,
    /// Why; null where a side does not know, or nothing was oversold.
    pub causes: Option<CausesChange>,
}

/// Runs beside earlier runs of the same scenario on the same seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparison {
    /// The scenario.
    pub scenario: String,
    /// ISO 4217 code of all money; empty where it is not known.
    pub currency: String,
    /// Where the earlier runs are from.
    pub before: String,
    /// Where the later ones are from.
    pub after: String,
    /// The seeds of both.
    pub seeds: Vec<u64>,
    /// What became of everything.
    pub change: Change,
    /// By contender, the worst first.
    pub contenders: Vec<ContenderChange>,
    /// Contenders that only one side has.
    pub not_compared: Vec<String>,
    /// In what the two differ otherwise, although they were compared, because somebody forced it.
    pub forced_over: Vec<String>,
    /// How engines are set otherwise than before, by the scenarios.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub engine_settings: Vec<String>,
    /// What became of the later runs' thresholds, which are no part of the comparison.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Judgement>,
}
