//! A sweep's grid as rows.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::experiment::replications::Estimates;
use crate::experiment::sweep::{Cell, Definition, Place};
use crate::experiment::thresholds::{Judgement, Outcome};
use crate::experiment::vary::{Setting, is_choice};
use crate::measure::Estimate;

/// One contender under one combination of values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepRow {
    /// The combination.
    pub settings: Vec<Setting>,
    /// Who.
    pub contender: String,
    /// The file it is from: `cells/0007.json`.
    pub cell: u64,
    /// Whether no other row with the same buyers, stock and mishaps is as good in both, oversold units and lost sales, and better
    /// in one.
    pub on_frontier: bool,
    /// Means by path.
    pub figures: Estimates,
    /// What became of thresholds.
    pub judgements: Vec<Judgement>,
}

impl SweepRow {
    /// The settings that change buyers, stock or mishaps: rows that differ in one of them are neither better nor worse.
    pub fn circumstances(&self) -> Vec<Setting> {
        let settings = self.settings.iter();
        settings.filter(|it| !is_choice(&it.key)).cloned().collect()
    }

    /// A figure.
    pub fn figure(&self, path: &str) -> Option<&Estimate> {
        self.figures.get(path)
    }

    /// Mean units lost and oversold.
    pub fn lost_and_oversold(&self) -> Option<(f64, f64)> {
        let mean = |path| self.figure(path)?.mean;
        Some((mean("net_undersell_units")?, mean("oversold_units")?))
    }

    /// Half the widths of the intervals of units lost and oversold; 0 of a single run.
    pub fn half_widths(&self) -> (f64, f64) {
        let half = |path| {
            self.figure(path)
                .and_then(|it| it.half_width)
                .unwrap_or(0.0)
        };
        (half("net_undersell_units"), half("oversold_units"))
    }

    /// The worst that became of a threshold.
    pub fn worst(&self) -> Option<Outcome> {
        let outcomes = || self.judgements.iter().map(|it| it.outcome);
        [
            Outcome::Fails,
            Outcome::Warns,
            Outcome::Unknown,
            Outcome::Holds,
        ]
        .into_iter()
        .find(|outcome| outcomes().any(|it| it == *outcome))
    }
}

/// A whole sweep, `sweep.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepDocument {
    /// What it is about.
    #[serde(flatten)]
    pub definition: Definition,
    /// The last key changing fastest, then by contender.
    pub rows: Vec<SweepRow>,
}

impl SweepDocument {
    /// Puts cells, which are in the order of their numbers and all there, into the grid.
    pub fn new(definition: Definition, places: Vec<Place>, cells: &[Cell]) -> SweepDocument {
        let rows = places.into_iter().filter_map(|place| {
            let cell = cells.get(usize::try_from(place.cell).ok()?)?;
            Some(SweepRow {
                settings: place.settings,
                contender: place.contender,
                cell: place.cell,
                on_frontier: false,
                figures: cell.summary.figures.clone(),
                judgements: cell.judgements.clone(),
            })
        });
        let mut rows: Vec<SweepRow> = rows.collect();
        let mut rivals: BTreeMap<Vec<Setting>, Vec<(f64, f64)>> = BTreeMap::new();
        for row in &rows {
            let values = rivals.entry(row.circumstances()).or_default();
            values.extend(row.lost_and_oversold());
        }
        for row in &mut rows {
            let rivals = &rivals[&row.circumstances()];
            row.on_frontier = row.lost_and_oversold().is_some_and(|own| {
                let better = |it: &(f64, f64)| it.0 <= own.0 && it.1 <= own.1 && *it != own;
                !rivals.iter().any(better)
            });
        }
        SweepDocument { definition, rows }
    }

    /// The keys that change buyers, stock or mishaps, of which each combination has a frontier of its own.
    pub fn circumstances(&self) -> Vec<&str> {
        let keys = self.definition.varied.iter().map(|it| it.key.as_str());
        keys.filter(|key| !is_choice(key)).collect()
    }

    /// As indented JSON with a final line break.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// A row for each figure of each place: the keys, then `contender,figure,runs,mean,half_width`.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let keys = self.definition.varied.iter().map(|it| it.key.as_str());
        let header = keys.chain(["contender", "figure", "runs", "mean", "half_width"]);
        out.write_record(header).expect("a row in memory");
        let number = |value: Option<f64>| value.map(|it| it.to_string()).unwrap_or_default();
        for row in &self.rows {
            for (path, it) in &row.figures {
                let rest = [
                    row.contender.clone(),
                    path.clone(),
                    it.runs.to_string(),
                    number(it.mean),
                    number(it.half_width),
                ];
                let values = row.settings.iter().map(|it| it.value.clone());
                out.write_record(values.chain(rest))
                    .expect("a row in memory");
            }
        }
        let bytes = out.into_inner().expect("a table in memory");
        String::from_utf8(bytes).expect("names and numbers are UTF-8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::replications::ContenderSummary;
    use crate::experiment::sweep::SCHEMA_VERSION;
    use crate::experiment::vary::Vary;
    use crate::measure::statistics::Sample;
    use crate::report::style::Layout;
    use crate::report::sweep::{frontier, table};

    /// Lost and oversold units of the mirror without a buffer, and with one.
    fn document(key: &str, of_values: [[(f64, f64); 2]; 2]) -> SweepDocument {
        let varied = [format!("{key}=0.5,1"), "strategy.mirror.buffer=0,9".into()];
        let varied = varied.map(|it| Vary::parse(&it).unwrap()).to_vec();
        let definition = Definition {
            schema_version: SCHEMA_VERSION,
            kind: "sweep".into(),
            program_version: String::new(),
            scenario: "hand-made".into(),
            expanded: String::new(),
            orders: None,
            seeds: "1".into(),
            varied,
            contenders: vec!["mirror".into()],
            thresholds: Vec::new(),
            rerun: String::new(),
        };
        let (places, _) = definition.grid().unwrap();
        let cell = |(number, (lost, oversold)): (u64, (f64, f64))| {
            let figure = |path: &str, value: f64| {
                let sample: Sample = [value].into_iter().collect();
                (path.to_string(), sample.estimate())
            };
            Cell {
                number,
                settings: Vec::new(),
                summary: ContenderSummary {
                    contender: "mirror".into(),
                    figures: [
                        figure("net_undersell_units", lost),
                        figure("oversold_units", oversold),
                    ]
                    .into(),
                    channels: BTreeMap::new(),
                    guarantees: Vec::new(),
                    runs_without_calls: 0,
                    displayed_counts: crate::measure::DisplayedCounts::default(),
                    causes: None,
                },
                judgements: Vec::new(),
            }
        };
        let cells: Vec<Cell> = (0..).zip(of_values.concat()).map(cell).collect();
        SweepDocument::new(definition, places, &cells)
    }

    #[test]
    fn another_demand_is_no_better_setting() {
        // Half of the demand oversells less and loses less, whatever the buffer.
        let of_values = [[(1.0, 8.0), (3.0, 2.0)], [(4.0, 20.0), (9.0, 20.0)]];
        let by_demand = document("demand.scale", of_values);
        let starred = |document: &SweepDocument| -> Vec<bool> {
            document.rows.iter().map(|it| it.on_frontier).collect()
        };
        assert_eq!(starred(&by_demand), [true, true, true, false]);
        let lines = |document: &SweepDocument| frontier(document).matches("dasharray").count();
        let picture = frontier(&by_demand);
        assert_eq!(lines(&by_demand), 2);
        for said in [
            ">demand.scale=0.5<",
            ">demand.scale=1<",
            "for each demand.scale:",
        ] {
            assert!(picture.contains(said), "{said}: {picture}");
        }
        let printed = table(&by_demand, Layout::PIPE);
        assert!(printed.contains("of the same demand.scale"), "{printed}");
        // What engines and plans are set to competes.
        let by_setting = document("strategy.mirror.sweep_share", of_values);
        assert_eq!(starred(&by_setting), [true, true, false, false]);
        assert_eq!(lines(&by_setting), 1);
        assert!(!frontier(&by_setting).contains("for each"));
    }
}
