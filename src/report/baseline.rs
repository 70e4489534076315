//! Baselines: the trace hashes and figures of a scenario in a file that is kept, so that a change of either is a change of a
//! file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::measure::leaves::leaves;
use crate::experiment::{Results, RunResult};
use crate::measure::{Figures, Verdict};
use crate::scenario::{Scenario, builtin};

/// The seed that baselines are of.
pub const SEED: u64 = 1;

/// What one scenario comes to on [`SEED`], without anything that differs from machine to machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The scenario's name.
    pub scenario: String,
    /// The root seed.
    pub seed: u64,
    /// In the order of reports.
    pub strategies: Vec<StrategyBaseline>,
}

/// What one strategy comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyBaseline {
    /// Its name.
    pub strategy: String,
    /// Of the run's whole trace, 16 hexadecimal digits: the same on every machine (law 3).
    pub trace_hash: String,
    /// Over all channels.
    pub figures: Figures,
    /// Verdicts by the names of guarantees.
    pub guarantees: BTreeMap<String, Verdict>,
}

/// The built-in scenarios that have a baseline: those that need nothing else to run.
pub fn scenarios() -> impl Iterator<Item = &'static str> {
    builtin::names().filter(|name| {
        let loaded = Scenario::load(name);
        loaded.is_ok_and(|loaded| loaded.scenario.replay.is_none())
    })
}

/// The file of a scenario's baseline in a directory.
pub fn path(directory: &Path, scenario: &str) -> PathBuf {
    directory.join(format!("{scenario}.json"))
}

impl From<&RunResult> for StrategyBaseline {
    fn from(run: &RunResult) -> StrategyBaseline {
        let guarantees = run.measured.guarantees.iter();
        StrategyBaseline {
            strategy: run.name().to_string(),
            trace_hash: format!("{:016x}", run.trace_hash().unwrap_or_default()),
            figures: run.figures().clone(),
            guarantees: guarantees.map(|it| (it.name.clone(), it.verdict)).collect(),
        }
    }
}

impl From<&Results> for Baseline {
    fn from(results: &Results) -> Baseline {
        let runs = results.of_seed(SEED).iter();
        Baseline {
            scenario: results.scenario.name.clone(),
            seed: SEED,
            strategies: runs.map(StrategyBaseline::from).collect(),
        }
    }
}

impl Baseline {
    /// One figure a line, always in the same order, with a final line break.
    pub fn to_json(&self) -> String {
        // Only a map with keys that are no text can fail to be written; there is none.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Everything in which `self` differs from an earlier one, a line each: `mirror.figures.oversold_units: 809, was 812`.
    pub fn differences(&self, earlier: &Baseline) -> Vec<String> {
        let (now, before) = (self.leaves(), earlier.leaves());
        let names = before
            .keys()
            .chain(now.keys().filter(|it| !before.contains_key(*it)));
        let shown = |value: Option<&Value>| value.map_or("-".to_string(), Value::to_string);
        names
            .filter(|name| now.get(*name) != before.get(*name))
            .map(|name| {
                let (new, old) = (shown(now.get(name)), shown(before.get(name)));
                format!("{name}: {new}, was {old}")
            })
            .collect()
    }

    /// Single values by their path.
    fn leaves(&self) -> BTreeMap<String, Value> {
        let runs = self.strategies.iter();
        runs.flat_map(|run| leaves(&run.strategy, run)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(strategy: &str, oversold_units: u64, verdict: Verdict) -> Baseline {
        Baseline {
            scenario: "last-unit".to_string(),
            seed: SEED,
            strategies: vec![StrategyBaseline {
                strategy: strategy.to_string(),
                trace_hash: "00000000000000ff".to_string(),
                figures: Figures {
                    oversold_units,
                    oversold_rate: Some(0.1 + 0.2),
                    ..Figures::default()
                },
                guarantees: BTreeMap::from([("no_oversell".to_string(), verdict)]),
            }],
        }
    }

    #[test]
    fn a_figure_is_a_line_and_survives_the_file() {
        let written = baseline("mirror", 3, Verdict::Violated);
        let text = written.to_json();
        assert!(
            text.contains("\n        \"oversold_units\": 3,\n"),
            "{text}"
        );
        let read: Baseline = serde_json::from_str(&text).unwrap();
        assert_eq!(read, written);
        assert!(read.differences(&written).is_empty());
    }

    #[test]
    fn differences_name_the_figure_and_both_values() {
        let now = baseline("mirror", 4, Verdict::Holds);
        let before = baseline("mirror", 3, Verdict::Violated);
        assert_eq!(
            now.differences(&before),
            [
                "mirror.figures.oversold_units: 4, was 3",
                "mirror.guarantees.no_oversell: \"holds\", was \"violated\"",
            ]
        );
        let other = now.differences(&baseline("escrow", 4, Verdict::Holds));
        assert!(other.contains(&"mirror.figures.oversold_units: 4, was -".to_string()));
        assert!(other.contains(&"escrow.figures.oversold_units: -, was 4".to_string()));
    }
}
