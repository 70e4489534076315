//! A sweep's grid as rows.

use serde::Serialize;

use crate::experiment::replications::Estimates;
use crate::experiment::sweep::{Cell, Definition, Place};
use crate::experiment::thresholds::{Judgement, Outcome};
use crate::experiment::vary::Setting;
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
    /// Whether no other row is as good in both, oversold units and lost sales, and better in one.
    pub on_frontier: bool,
    /// Means by path.
    pub figures: Estimates,
    /// What became of thresholds.
    pub judgements: Vec<Judgement>,
}

impl SweepRow {
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
        let values: Vec<Option<(f64, f64)>> =
            rows.iter().map(SweepRow::lost_and_oversold).collect();
        for (row, own) in rows.iter_mut().zip(&values) {
            row.on_frontier = own.is_some_and(|own| {
                let better = |it: &(f64, f64)| it.0 <= own.0 && it.1 <= own.1 && *it != own;
                !values.iter().flatten().any(better)
            });
        }
        SweepDocument { definition, rows }
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
