//! Baselines: the trace hashes and figures of a scenario in a file that is kept, so that a change of either is a change of a
//! file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::json::{Document, StrategyDocument};
use crate::experiment::compare::Setting;
use crate::experiment::{Results, RunResult};
use crate::measure::leaves::leaves;
use crate::measure::{BuiltInStrategy, Causes, Figures, Verdict};
use crate::scenario::{Loaded, Scenario, builtin};

/// The seed that baselines are of.
pub const SEED: u64 = 1;

/// What one scenario comes to on [`SEED`], without anything that differs from machine to machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The scenario's name.
    pub scenario: String,
    /// The root seed.
    pub seed: u64,
    /// Of the scenario's values, as far as runs depend on them; absent in the baselines of built-in scenarios, which are of
    /// whatever the scenario is today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario_hash: Option<String>,
    /// The scenario with every value written out; absent with `scenario_hash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Value>,
    /// In the order of reports.
    pub strategies: Vec<StrategyBaseline>,
}

/// What one strategy comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyBaseline {
    /// Its name; one that it had once is read as that of today.
    #[serde(deserialize_with = "name_of_today")]
    pub strategy: String,
    /// Of the run's whole trace, 16 hexadecimal digits: the same on every machine (law 3).
    pub trace_hash: String,
    /// Over all channels.
    pub figures: Figures,
    /// Verdicts by the names of guarantees.
    pub guarantees: BTreeMap<String, Verdict>,
    /// Of the buyers alone; left out in the baselines of built-in scenarios, as is what follows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub buyers_hash: String,
    /// Figures by channel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<String, Figures>,
    /// Why units were oversold, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causes: Option<Causes>,
}

fn name_of_today<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let today = BuiltInStrategy::named(&name).map(|it| it.name().to_string());
    Ok(today.unwrap_or(name))
}

/// SKUs of the largest scenarios that have a baseline: larger ones take minutes in a build for tests.
const MOST_SKUS: u32 = 50_000;

/// The built-in scenarios that have a baseline: those that need nothing else to run, and are played in seconds.
pub fn scenarios() -> impl Iterator<Item = &'static str> {
    builtin::names().filter(|name| {
        let loaded = Scenario::load(name);
        loaded.is_ok_and(|Loaded { scenario, .. }| {
            scenario.replay.is_none() && scenario.catalogue.skus <= MOST_SKUS
        })
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
            buyers_hash: String::new(),
            channels: BTreeMap::new(),
            causes: None,
        }
    }
}

impl From<&Results> for Baseline {
    fn from(results: &Results) -> Baseline {
        let runs = results.of_seed(SEED).iter();
        Baseline {
            scenario: results.scenario.name.clone(),
            seed: SEED,
            scenario_hash: None,
            values: None,
            strategies: runs.map(StrategyBaseline::from).collect(),
        }
    }
}

impl From<&StrategyDocument> for StrategyBaseline {
    fn from(run: &StrategyDocument) -> StrategyBaseline {
        let guarantees = run.guarantees.iter();
        StrategyBaseline {
            strategy: run.strategy.clone(),
            trace_hash: run.trace_hash.clone(),
            figures: run.figures.clone(),
            guarantees: guarantees.map(|it| (it.name.clone(), it.verdict)).collect(),
            buyers_hash: run.buyers_hash.clone(),
            channels: run.channels.clone(),
            causes: run.causes.clone(),
        }
    }
}

impl Baseline {
    /// Everything of a run that a later one is compared with; `expanded` is its scenario ([`Scenario::expanded`]).
    pub fn of_document(document: &Document, expanded: &str) -> Baseline {
        let table: Option<toml::Table> = expanded.parse().ok();
        let values = table.and_then(|table| serde_json::to_value(table).ok());
        Baseline {
            scenario: document.scenario.clone(),
            seed: document.seed,
            scenario_hash: values.as_ref().map(|it| Setting::of_value(it).hash()),
            values,
            strategies: document
                .strategies
                .iter()
                .map(StrategyBaseline::from)
                .collect(),
        }
    }

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
            scenario_hash: None,
            values: None,
            strategies: vec![StrategyBaseline {
                strategy: strategy.to_string(),
                trace_hash: "00000000000000ff".to_string(),
                figures: Figures {
                    oversold_units,
                    oversold_rate: Some(0.1 + 0.2),
                    ..Figures::default()
                },
                guarantees: BTreeMap::from([("no_oversell".to_string(), verdict)]),
                buyers_hash: String::new(),
                channels: BTreeMap::new(),
                causes: None,
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
