//! Why units were oversold, over all seeds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::measure::causes::{CauseLabel, Causes, DelayParts};
use crate::measure::statistics::{Estimate, Sample};

/// Oversold units of one label, or of one label on one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CauseEstimate {
    /// Where they were accepted; absent for all channels together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Why.
    pub label: CauseLabel,
    /// Units of all runs.
    pub units: u64,
    /// Runs in which there were any.
    pub runs: u64,
    /// Units a run.
    pub per_run: Estimate,
    /// Where the time went, seconds a unit.
    pub delays: DelayParts,
}

/// Why units were oversold in all runs. The units of `labels` add up to `units`, and so do those of `channels`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CausesSummary {
    /// Oversold units of all runs.
    pub units: u64,
    /// In the order of reports, without those of no unit.
    pub labels: Vec<CauseEstimate>,
    /// By channel and label.
    pub channels: Vec<CauseEstimate>,
    /// Where the time went for all of them, seconds a unit.
    pub delays: DelayParts,
}

#[derive(Clone, Debug, Default)]
struct Gathered {
    units: u64,
    runs: u64,
    sample: Sample,
    /// Sum over the units, seconds.
    delays: [f64; 7],
}

impl Gathered {
    fn add(&mut self, units: u64, delays: [f64; 7]) {
        self.units += units;
        self.runs += u64::from(units > 0);
        self.sample.add(units as f64);
        for (sum, part) in self.delays.iter_mut().zip(delays) {
            *sum += part;
        }
    }

    fn estimate(&self, channel: Option<&str>, label: CauseLabel) -> CauseEstimate {
        CauseEstimate {
            channel: channel.map(str::to_string),
            label,
            units: self.units,
            runs: self.runs,
            per_run: self.sample.estimate(),
            delays: per_unit(self.delays, self.units),
        }
    }
}

fn per_unit(sums: [f64; 7], units: u64) -> DelayParts {
    DelayParts::of(sums.map(|sum| sum / units.max(1) as f64))
}

/// Takes the causes of one contender, run by run.
#[derive(Clone, Debug, Default)]
pub(super) struct CausesOver {
    runs: u64,
    labels: BTreeMap<CauseLabel, Gathered>,
    channels: BTreeMap<(String, CauseLabel), Gathered>,
}

impl CausesOver {
    /// Takes those of a run.
    pub fn add(&mut self, causes: &Causes) {
        let mut labels: BTreeMap<CauseLabel, (u64, [f64; 7])> = BTreeMap::new();
        let mut channels: BTreeMap<(String, CauseLabel), (u64, [f64; 7])> = BTreeMap::new();
        for row in &causes.rows {
            let key = (row.channel.clone(), row.label);
            let sums = [
                labels.entry(row.label).or_default(),
                channels.entry(key).or_default(),
            ];
            for (units, delays) in sums {
                *units += row.units;
                for (sum, part) in delays.iter_mut().zip(row.delays.parts()) {
                    *sum += part;
                }
            }
        }
        add_run(&mut self.labels, labels, self.runs);
        add_run(&mut self.channels, channels, self.runs);
        self.runs += 1;
    }

    /// All of it; nothing where no run had any.
    pub fn summary(&self) -> Option<CausesSummary> {
        if self.runs == 0 {
            return None;
        }
        let all = || self.labels.values();
        let units = all().map(|it| it.units).sum();
        let delays = all().fold([0.0; 7], |mut sums, it| {
            for (sum, part) in sums.iter_mut().zip(it.delays) {
                *sum += part;
            }
            sums
        });
        let in_order = CauseLabel::ALL.into_iter();
        Some(CausesSummary {
            units,
            labels: in_order
                .filter_map(|label| Some(self.labels.get(&label)?.estimate(None, label)))
                .collect(),
            channels: self
                .channels
                .iter()
                .map(|((channel, label), it)| it.estimate(Some(channel), *label))
                .collect(),
            delays: per_unit(delays, units),
        })
    }
}

/// Adds a run to everything that was ever seen: what it does not have it has none of, and so had the runs before.
fn add_run<Key: Ord + Clone>(
    known: &mut BTreeMap<Key, Gathered>,
    mut run: BTreeMap<Key, (u64, [f64; 7])>,
    before: u64,
) {
    for key in run.keys() {
        if !known.contains_key(key) {
            let mut late = Gathered::default();
            (0..before).for_each(|_| late.add(0, [0.0; 7]));
            known.insert(key.clone(), late);
        }
    }
    for (key, gathered) in known {
        let (units, delays) = run.remove(key).unwrap_or_default();
        gathered.add(units, delays);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::causes::CauseRow;

    fn causes(rows: &[(&str, CauseLabel, u64, f64)]) -> Causes {
        let rows: Vec<CauseRow> = rows
            .iter()
            .map(|(channel, label, units, apply_s)| CauseRow {
                channel: (*channel).to_string(),
                label: *label,
                units: *units,
                delays: DelayParts {
                    apply_s: *apply_s,
                    ..DelayParts::default()
                },
            })
            .collect();
        Causes {
            units: rows.iter().map(|row| row.units).sum(),
            rows,
            worst_skus: Vec::new(),
        }
    }

    /// A label that comes late had no unit in the runs before it, and one that stays away none in those after.
    #[test]
    fn labels_are_counted_in_every_run_and_delays_by_unit() {
        use CauseLabel::{InFlight, StaleWrite};
        let mut over = CausesOver::default();
        assert_eq!(over.summary(), None);
        over.add(&causes(&[
            ("west", InFlight, 4, 40.0),
            ("east", InFlight, 2, 2.0),
        ]));
        over.add(&causes(&[]));
        over.add(&causes(&[("west", StaleWrite, 3, 0.0)]));
        let summary = over.summary().unwrap();
        assert_eq!(summary.units, 9);
        let labels: Vec<_> = summary
            .labels
            .iter()
            .map(|it| {
                (
                    it.label,
                    it.units,
                    it.runs,
                    it.per_run.mean,
                    it.per_run.runs,
                )
            })
            .collect();
        assert_eq!(
            labels,
            [
                (InFlight, 6, 1, Some(2.0), 3),
                (StaleWrite, 3, 1, Some(1.0), 3)
            ]
        );
        assert_eq!(summary.labels[0].per_run.most, Some(6.0));
        assert_eq!(summary.labels[1].per_run.least, Some(0.0));
        let channels: Vec<_> = summary
            .channels
            .iter()
            .map(|it| (it.channel.as_deref(), it.label, it.units, it.delays.apply_s))
            .collect();
        assert_eq!(
            channels,
            [
                (Some("east"), InFlight, 2, 1.0),
                (Some("west"), InFlight, 4, 10.0),
                (Some("west"), StaleWrite, 3, 0.0)
            ]
        );
        assert!((summary.delays.apply_s - 42.0 / 9.0).abs() < 1e-12);
    }
}
