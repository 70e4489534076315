//! What runs say of thresholds: of one run by its value, of several seeds by the interval about their mean.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::figure::Unit;
use super::threshold::{Comparison, Threshold};
use crate::measure::{Estimate, Figures};
use crate::scenario::model::ThresholdLevel;

/// What became of a threshold.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was kept.
    Holds,
    /// It was broken at the level `warn`, or several seeds leave open whether it was.
    Warns,
    /// It was broken: the command fails.
    Fails,
    /// The figure has no sample. Nothing speaks against it, and nothing for it.
    Unknown,
    /// The contender that it names did not run.
    NotJudged,
}

impl Outcome {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Holds => "holds",
            Outcome::Warns => "warns",
            Outcome::Fails => "fails",
            Outcome::Unknown => "unknown",
            Outcome::NotJudged => "not judged",
        }
    }
}

/// A threshold and what became of it for one contender.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Judgement {
    /// As it was written.
    pub check: String,
    /// What a breach comes to.
    pub level: ThresholdLevel,
    /// Who was judged; of a threshold that names nobody each contender but `informed-escrow`.
    pub contender: String,
    /// On which channel; absent for all together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The figure, without labels.
    pub figure: String,
    /// What its values are measured in.
    pub unit: Unit,
    /// What became of it.
    pub outcome: Outcome,
    /// The figure's value, over seeds its mean; null without samples, and where it never came.
    pub value: Option<f64>,
    /// The limit; null for `never`.
    pub limit: Option<f64>,
    /// How far the value lies on the wrong side; null where it does not, and where it never came.
    pub beyond: Option<f64>,
    /// Over seeds: the 95 % interval about the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// Over seeds: how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<u64>,
}

/// The figures of one contender's run.
#[derive(Copy, Clone, Debug)]
pub struct RunFigures<'a> {
    /// Its name.
    pub contender: &'a str,
    /// Over all channels.
    pub total: &'a Figures,
    /// By channel.
    pub channels: &'a BTreeMap<String, Figures>,
}

/// Judges every threshold for every contender that it is about.
pub fn judge(thresholds: &[Threshold], runs: &[RunFigures<'_>]) -> Vec<Judgement> {
    let mut judged = Vec::new();
    for threshold in thresholds {
        let path = &threshold.path;
        let own = runs
            .iter()
            .filter(|run| threshold.applies_to(run.contender));
        let before = judged.len();
        for run in own {
            let figures = match &path.channel {
                Some(channel) => run.channels.get(channel),
                None => Some(run.total),
            };
            let value = figures.and_then(|figures| path.value(figures));
            judged.push(threshold.judged(run.contender, value));
        }
        if judged.len() == before {
            let contender = path.contender.clone().unwrap_or_default();
            judged.push(Judgement {
                outcome: Outcome::NotJudged,
                beyond: None,
                ..threshold.judged(&contender, None)
            });
        }
    }
    judged
}

impl Threshold {
    /// What one run's value says.
    pub fn judged(&self, contender: &str, value: Option<f64>) -> Judgement {
        let limit = self.limit.value();
        let never = self.path.figure.never && value.is_none();
        let measured = if never { Some(f64::INFINITY) } else { value };
        let outcome = match measured {
            None => Outcome::Unknown,
            Some(value) if self.comparison.holds(value, limit) => Outcome::Holds,
            Some(_) => self.broken(),
        };
        let wrong = matches!(outcome, Outcome::Warns | Outcome::Fails);
        Judgement {
            check: self.written.clone(),
            level: self.level,
            contender: contender.to_string(),
            channel: self.path.channel.clone(),
            figure: self.path.name(),
            unit: self.unit(),
            outcome,
            value,
            limit: Some(limit).filter(|it| it.is_finite()),
            beyond: value
                .filter(|_| wrong)
                .map(|value| (value - limit).abs())
                .filter(|it| it.is_finite()),
            interval: None,
            seeds: None,
        }
    }

    /// What an estimate over `seeds` seeds says. A limit on a mean is broken when the whole 95 % interval lies on its wrong
    /// side, kept when the whole interval lies on the right one, and else open, which warns. `==` is about each seed: one
    /// that differs breaks it.
    pub fn judged_over(&self, contender: &str, estimate: &Estimate, seeds: u64) -> Judgement {
        let limit = self.limit.value();
        let (Some(mean), Some(least), Some(most)) = (estimate.mean, estimate.least, estimate.most)
        else {
            return Judgement {
                seeds: Some(seeds),
                ..self.judged(contender, None)
            };
        };
        let half = estimate.half_width.unwrap_or(0.0);
        let (low, high) = (mean - half, mean + half);
        // Seeds on which it never came are beyond every limit, and in no mean.
        let never = self.path.figure.never && estimate.runs < seeds;
        let (worst, surely, surely_not) = match self.comparison {
            Comparison::Equal => {
                let farther_up = (most - limit).abs() >= (least - limit).abs();
                let worst = if farther_up { most } else { least };
                (worst, worst == limit && !never, true)
            }
            above if above.bounds_above() => (
                mean,
                above.holds(high, limit) && !never,
                !above.holds(low, limit) || never,
            ),
            below => (
                mean,
                below.holds(low, limit),
                !below.holds(high, limit) && !never,
            ),
        };
        let outcome = match (surely, surely_not) {
            (true, _) => Outcome::Holds,
            (false, true) => self.broken(),
            (false, false) => Outcome::Warns,
        };
        if never && outcome != Outcome::Holds {
            return Judgement {
                outcome,
                seeds: Some(seeds),
                ..self.judged(contender, None)
            };
        }
        let wrong = outcome != Outcome::Holds && !self.comparison.holds(worst, limit);
        Judgement {
            outcome,
            value: Some(mean),
            beyond: wrong
                .then(|| (worst - limit).abs())
                .filter(|it| it.is_finite()),
            interval: estimate.half_width.map(|_| (low, high)),
            seeds: Some(seeds),
            ..self.judged(contender, Some(mean))
        }
    }

    fn broken(&self) -> Outcome {
        match self.level {
            ThresholdLevel::Warn => Outcome::Warns,
            ThresholdLevel::Fail => Outcome::Fails,
        }
    }
}
