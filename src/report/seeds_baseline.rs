//! Baselines of many seeds: every seed's figures in a file that is kept, so that later runs are compared seed by seed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::baseline::StrategyBaseline;
use crate::experiment::compare::{Setting, Side, SideRun};

/// Most seeds that one file keeps.
pub const MOST_SEEDS: u64 = 10_000;

/// What a scenario comes to on many seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedsBaseline {
    /// The scenario's name.
    pub scenario: String,
    /// The seeds: `1..20`, or `3,7,9`.
    pub seeds: String,
    /// Of the scenario's values, as far as runs depend on them.
    pub scenario_hash: String,
    /// The scenario with every value written out.
    pub values: Value,
    /// In the order of seeds.
    pub runs: Vec<SeedBaseline>,
}

/// What one seed comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedBaseline {
    /// The root seed.
    pub seed: u64,
    /// By name.
    pub strategies: Vec<StrategyBaseline>,
}

impl SeedsBaseline {
    /// Everything of a side that a later one is compared with; `expanded` is its scenario
    /// ([`Scenario::expanded`](crate::scenario::Scenario::expanded)), `seeds` its seeds in words.
    pub fn of_side(side: &Side, seeds: &str, expanded: &str) -> SeedsBaseline {
        let table: Option<toml::Table> = expanded.parse().ok();
        let values = table.and_then(|table| serde_json::to_value(table).ok());
        let values = values.unwrap_or_default();
        let mut runs: Vec<SeedBaseline> = Vec::new();
        for ((seed, name), run) in &side.runs {
            let kept = strategy(name, run);
            match runs.last_mut().filter(|it| it.seed == *seed) {
                Some(of_seed) => of_seed.strategies.push(kept),
                None => runs.push(SeedBaseline {
                    seed: *seed,
                    strategies: vec![kept],
                }),
            }
        }
        SeedsBaseline {
            scenario: side.scenario.clone(),
            seeds: seeds.to_string(),
            scenario_hash: Setting::of_value(&values).hash(),
            values,
            runs,
        }
    }

    /// A contender on a seed is a line, always in the same order, with a final line break.
    pub fn to_json(&self) -> String {
        // Only a map with keys that are no text can fail to be written; there is none.
        fn json(value: &impl Serialize) -> String {
            serde_json::to_string(value).unwrap_or_default()
        }
        let seeds = self.runs.iter().map(|of_seed| {
            let strategies: Vec<String> = of_seed
                .strategies
                .iter()
                .map(|run| format!("      {}", json(run)))
                .collect();
            format!(
                "    {{\"seed\": {}, \"strategies\": [\n{}\n    ]}}",
                of_seed.seed,
                strategies.join(",\n")
            )
        });
        let seeds: Vec<String> = seeds.collect();
        format!(
            "{{\n  \"scenario\": {},\n  \"seeds\": {},\n  \"scenario_hash\": {},\n  \"values\": {},\n  \"runs\": [\n{}\n  ]\n}}\n",
            json(&self.scenario),
            json(&self.seeds),
            json(&self.scenario_hash),
            json(&self.values),
            seeds.join(",\n")
        )
    }
}

fn strategy(name: &str, run: &SideRun) -> StrategyBaseline {
    StrategyBaseline {
        strategy: name.to_string(),
        trace_hash: run.trace_hash.clone(),
        figures: run.figures.clone(),
        guarantees: run.guarantees.clone(),
        buyers_hash: run.buyers_hash.clone(),
        channels: run.channels.clone(),
        causes: run.causes.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Figures;

    #[test]
    fn a_contender_on_a_seed_is_a_line_and_survives_the_file() {
        let run = |oversold_units: u64| SideRun {
            figures: Figures {
                oversold_units,
                oversold_rate: Some(0.1 + 0.2),
                ..Figures::default()
            },
            trace_hash: "00000000000000ff".to_string(),
            ..SideRun::default()
        };
        let named = |seed, name: &str| (seed, name.to_string());
        let side = Side {
            scenario: "last-unit".to_string(),
            runs: [
                (named(4, "mirror"), run(7)),
                (named(4, "escrow"), run(0)),
                (named(9, "mirror"), run(2)),
            ]
            .into(),
            ..Side::default()
        };
        let kept = SeedsBaseline::of_side(&side, "4,9", "name = \"last-unit\"\nsettle = \"2h\"");
        let text = kept.to_json();
        assert_eq!(text.lines().count(), 15, "{text}");
        let read: SeedsBaseline = serde_json::from_str(&text).unwrap();
        assert_eq!(read, kept);
        assert_eq!(read.runs[0].strategies[1].figures.oversold_units, 7);
        assert_eq!(read.values["settle"], "2h");
    }
}
