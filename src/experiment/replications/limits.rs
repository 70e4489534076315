//! Thresholds over seeds: each is judged once, on the interval of its figure.

use serde::{Deserialize, Serialize};

use super::row::SeedRow;
use crate::experiment::thresholds::{Judgement, Outcome, Threshold};
use crate::measure::statistics::Sample;
use crate::scenario::model::ThresholdLevel;

/// A threshold as shards keep it, to be judged when all are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThresholdFrame {
    /// As it was written.
    pub check: String,
    /// What a breach comes to.
    pub level: ThresholdLevel,
}

impl From<&Threshold> for ThresholdFrame {
    fn from(threshold: &Threshold) -> ThresholdFrame {
        ThresholdFrame {
            check: threshold.written.clone(),
            level: threshold.level,
        }
    }
}

impl ThresholdFrame {
    /// Reads it again.
    ///
    /// # Errors
    /// A sentence, when it is no threshold of this version.
    pub fn threshold(&self) -> Result<Threshold, String> {
        Threshold::parse(&self.check, self.level)
            .map_err(|error| format!("threshold `{}`: {error}", self.check))
    }
}

/// Values of the figures that thresholds are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    thresholds: Vec<(Threshold, Vec<(String, Sample)>)>,
}

impl Limits {
    pub(super) fn new(thresholds: Vec<Threshold>) -> Limits {
        Limits {
            thresholds: thresholds.into_iter().map(|it| (it, Vec::new())).collect(),
        }
    }

    /// Takes the rows of one seed.
    pub(super) fn add(&mut self, rows: &[SeedRow]) {
        for (threshold, samples) in &mut self.thresholds {
            let own = rows
                .iter()
                .filter(|row| threshold.applies_to(&row.contender));
            for (place, row) in own.enumerate() {
                if samples.len() <= place {
                    samples.push((row.contender.clone(), Sample::default()));
                }
                let figures = match &threshold.path.channel {
                    Some(channel) => row.channels.get(channel),
                    None => Some(&row.figures),
                };
                if let Some(value) = figures.and_then(|it| threshold.path.value(it)) {
                    samples[place].1.add(value);
                }
            }
        }
    }

    /// What so many seeds say of them.
    pub(super) fn judged(&self, seeds: u64) -> Vec<Judgement> {
        let mut judged = Vec::new();
        for (threshold, samples) in &self.thresholds {
            for (contender, sample) in samples {
                judged.push(threshold.judged_over(contender, &sample.estimate(), seeds));
            }
            if samples.is_empty() {
                let contender = threshold.path.contender.clone().unwrap_or_default();
                judged.push(Judgement {
                    outcome: Outcome::NotJudged,
                    beyond: None,
                    ..threshold.judged(&contender, None)
                });
            }
        }
        judged
    }
}
