//! How much an engine carries: one key grows until thresholds are broken, by doubling, then bisection (docs/capacity.md).

mod bound;
pub mod ladder;
mod real_time;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use bound::{Bound, LimitMeans, Limiting};

use super::error::ExperimentError;
use super::progress::Cancellation;
use super::replications::{ContenderSummary, Replications, SeedSet};
use super::thresholds::{Judgement, Outcome, Threshold};
use super::vary::{Setting, Vary, VaryError, applied, is_factor};
use super::{Experiment, Time};
use crate::scenario::model::ThresholdLevel;

/// Values that are tried for one contender at most.
pub const MOST_PROBES: usize = 60;

/// A search for the largest value that is carried.
#[derive(Clone, Debug)]
pub struct Capacity<'a> {
    /// Scenario and contenders; its own seeds are not looked at.
    pub experiment: &'a Experiment,
    /// The key that grows, a number.
    pub key: String,
    /// The first value.
    pub from: f64,
    /// The largest value that is tried.
    pub most: f64,
    /// How narrow the bracket has to become: its upper end over its lower end, less 1.
    pub precision: f64,
    /// The seeds of every value.
    pub seeds: SeedSet,
    /// What has to hold.
    pub thresholds: Vec<Threshold>,
    /// Runs at once.
    pub threads: usize,
}

/// What became of a value.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carried {
    /// Every threshold of which there are samples surely holds.
    Yes,
    /// The seeds leave it open.
    Open,
    /// No run has a sample of anything that is asked: on a single channel, no count waits to be passed on.
    Unasked,
    /// One is surely broken.
    No,
}

impl Carried {
    /// Whether larger values are tried: nothing speaks against them.
    pub fn lets_grow(self) -> bool {
        matches!(self, Carried::Yes | Carried::Unasked)
    }
}

/// One value of the key and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The value.
    pub value: f64,
    /// What became of it.
    pub carried: Carried,
    /// Thresholds, judged over the seeds.
    pub judgements: Vec<Judgement>,
    /// Means over the seeds.
    pub summary: ContenderSummary,
    /// How far limits were used.
    pub limits: Vec<LimitMeans>,
    /// Why the figures mean nothing: in real time the harness itself was late. The value is open then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_because: Option<String>,
}

/// How a search ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Between two values.
    Bracketed,
    /// The largest value is carried too.
    CarriesTheMost,
    /// The smallest value that was tried is not.
    CarriesNone,
}

/// A value that the scenario cannot have, which ended the growth or the halving before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refused {
    /// The value.
    pub value: f64,
    /// What is wrong with it.
    pub why: String,
}

/// What one contender carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The key that grows.
    pub key: String,
    /// Who.
    pub contender: String,
    /// How the search ended.
    pub ended: Ended,
    /// The largest value found to be carried surely; null without any.
    pub carries: Option<f64>,
    /// The smallest value above it that is not; null without any.
    pub beyond: Option<f64>,
    /// The threshold that is broken there, or open; null where there is no such value.
    pub threshold: Option<Judgement>,
    /// What runs out there.
    pub limiting: Option<Limiting>,
    /// Where limits are full by the utilisation law, from what was used at the two smallest values; the nearest first.
    pub bounds: Vec<Bound>,
    /// Two values, the smaller of which is not carried and the larger is; null where more is never carried better.
    pub not_monotone: Option<(f64, f64)>,
    /// The value beside the last one that was tried, where the scenario cannot have it; absent where it was not looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Every value that was tried, in ascending order.
    pub probes: Vec<Probe>,
}

impl Found {
    /// Why the first value that is not carried is no measurement: the harness, which was late, ended the growth there.
    pub fn refused_because(&self) -> Option<&str> {
        let beyond = at(&self.probes, self.beyond)?;
        beyond.refused_because.as_deref()
    }

    /// Whether the first value that is not carried surely is open: thresholds were not seen to be broken there.
    pub fn is_open_beyond(&self) -> bool {
        let beyond = at(&self.probes, self.beyond);
        beyond.is_some_and(|it| {
            matches!(it.carried, Carried::Open | Carried::Unasked) && it.refused_because.is_none()
        })
    }
}

/// Characters of a number in plain digits; longer ones, of sizes that nobody means, have an exponent.
const MOST_DIGITS: usize = 20;

/// A number in as few digits as are read as the same one again.
pub fn short(number: f64) -> String {
    let plain = number.to_string();
    match plain.len() <= MOST_DIGITS {
        true => plain,
        false => format!("{number:e}"),
    }
}

/// What came of a value.
fn at(probes: &[Probe], value: Option<f64>) -> Option<&Probe> {
    probes.iter().find(|it| Some(it.value) == value)
}

impl Capacity<'_> {
    /// Whether the scenario can have both ends, before anything is played.
    ///
    /// # Errors
    /// When it cannot have one of them.
    pub fn check_ends(&self) -> Result<(), VaryError> {
        Vary::check(&self.key, &self.experiment.contenders)?;
        for end in [self.from, self.most] {
            applied(&self.experiment.scenario, &[self.setting(end)])?;
        }
        Ok(())
    }

    /// Searches for every contender.
    ///
    /// # Errors
    /// That of the first run that failed; [`ExperimentError::Unexpected`] when the scenario with a value is none;
    /// [`ExperimentError::Cancelled`].
    pub fn run(
        &self,
        show: &dyn Fn(&str, f64),
        cancellation: &Cancellation,
    ) -> Result<Vec<Found>, ExperimentError> {
        self.experiment.check()?;
        let contenders = 0..self.experiment.contenders.len();
        contenders
            .map(|contender| self.search(contender, show, cancellation))
            .collect()
    }

    /// The options of the search but its key, each with a blank before it.
    pub fn options(&self) -> String {
        format!(
            " --from {} --most {} --precision {}",
            short(self.from),
            short(self.most),
            short(self.precision)
        )
    }

    /// Whether the key takes whole numbers alone.
    fn is_whole(&self) -> bool {
        !is_factor(&self.key) && self.from.fract() == 0.0
    }

    /// The value as a scenario has it.
    fn setting(&self, value: f64) -> Setting {
        Setting {
            key: self.key.clone(),
            value: short(value),
        }
    }

    /// A value that may be tried: whole where it has to be, else with six digits.
    fn rounded(&self, value: f64) -> f64 {
        if self.is_whole() {
            return value.round().max(1.0);
        }
        format!("{value:.5e}").parse().unwrap_or(value)
    }

    fn search(
        &self,
        contender: usize,
        show: &dyn Fn(&str, f64),
        cancellation: &Cancellation,
    ) -> Result<Found, ExperimentError> {
        let name = self.experiment.contenders[contender].name().to_string();
        let mut probes: Vec<Probe> = Vec::new();
        let carries = |value: f64, probes: &mut Vec<Probe>| {
            if let Some(known) = probes.iter().find(|it| it.value == value) {
                return Ok(known.carried.lets_grow());
            }
            show(&name, value);
            let probe = self.probe(contender, value, cancellation)?;
            let is_carried = probe.carried.lets_grow();
            probes.push(probe);
            Ok::<bool, ExperimentError>(is_carried)
        };
        let (mut low, mut high, mut refused) = (None, None, None);
        let mut value = self.rounded(self.from);
        // Doubling, or halving where the first value is too much already.
        for _ in 0..MOST_PROBES / 2 {
            let is_carried = carries(value, &mut probes)?;
            if is_carried {
                low = Some(value);
            } else {
                high = Some(value);
            }
            let next = match (low, high) {
                (Some(low), None) => (low * 2.0).min(self.most),
                (None, Some(high)) => high / 2.0,
                _ => break,
            };
            let mut next = self.rounded(next);
            if refused.is_some() || next < self.from / 1_024.0 {
                break;
            }
            if let Some(first) = self.refusal(next) {
                // What is carried may lie between it and the last value that was played.
                let (last, nearest) = self.last_allowed(value, first);
                (next, refused) = (last, Some(nearest));
            }
            if next == value {
                break;
            }
            value = next;
        }
        if let (Some(low), Some(high)) = (&mut low, &mut high) {
            while *high / *low > 1.0 + self.precision && probes.len() < MOST_PROBES {
                let middle = self.rounded((*low * *high).sqrt());
                if middle <= *low || middle >= *high || self.refusal(middle).is_some() {
                    break;
                }
                match carries(middle, &mut probes)? {
                    true => *low = middle,
                    false => *high = middle,
                }
            }
            // Whether more is worse is looked at once: far beyond.
            let beyond = self.rounded((*high * 2.0).min(self.most));
            if beyond > *high && self.refusal(beyond).is_none() {
                carries(beyond, &mut probes)?;
            }
        }
        probes.sort_by(|one, other| one.value.total_cmp(&other.value));
        // Where a bracket was found inside, what lies beyond its ends was not needed.
        let refused = refused.filter(|_| low.is_none() || high.is_none());
        Ok(Found {
            refused,
            ..concluded(&self.key, name, low, high, probes)
        })
    }

    /// Why the scenario cannot have a value; nothing where it can.
    fn refusal(&self, value: f64) -> Option<Refused> {
        let error = applied(&self.experiment.scenario, &[self.setting(value)]).err()?;
        let why = error.to_string();
        Some(Refused { value, why })
    }

    /// The last value on the way from one that the scenario can have to one that it cannot have, as near to that as brackets are
    /// narrow, and the refused one beside it. Nothing is played for it.
    fn last_allowed(&self, allowed: f64, refused: Refused) -> (f64, Refused) {
        let (mut allowed, mut refused) = (allowed, refused);
        for _ in 0..MOST_PROBES {
            let (low, high) = (allowed.min(refused.value), allowed.max(refused.value));
            let middle = self.rounded((low * high).sqrt());
            if high / low <= 1.0 + self.precision || middle <= low || middle >= high {
                break;
            }
            match self.refusal(middle) {
                Some(nearer) => refused = nearer,
                None => allowed = middle,
            }
        }
        (allowed, refused)
    }

    fn probe(
        &self,
        contender: usize,
        value: f64,
        cancellation: &Cancellation,
    ) -> Result<Probe, ExperimentError> {
        let scenario = applied(&self.experiment.scenario, &[self.setting(value)]);
        let scenario = scenario.map_err(ExperimentError::unexpected)?;
        let experiment = Experiment {
            scenario,
            contenders: vec![self.experiment.contenders[contender].clone()],
            ..self.experiment.clone()
        };
        let own = self.thresholds.iter();
        let own = own.filter(|it| it.applies_to(experiment.contenders[0].name()));
        let replications = Replications {
            thresholds: own.cloned().collect(),
            threads: self.threads,
            ..Replications::new(&experiment, self.seeds.clone())
        };
        let mut limits = bound::Limits::default();
        let mut keep = |rows: &[super::replications::SeedRow]| {
            rows.iter().for_each(|row| limits.add(row));
            Ok(())
        };
        let (played, refused_because) = match &experiment.time {
            Time::Virtual => (replications.run(&mut keep, &|_| {}, cancellation)?, None),
            Time::Real { .. } => {
                let played = self.by_the_clock(&replications, value, &mut keep, cancellation)?;
                (played.replicated, played.refused)
            }
        };
        let mut document = replications.document(&played);
        let summary = document.summaries.pop().ok_or(ExperimentError::Empty)?;
        Ok(Probe {
            value,
            carried: match &refused_because {
                Some(_) => Carried::Open,
                None => carried(&document.judgements),
            },
            refused_because,
            judgements: document.judgements,
            summary,
            limits: limits.means(),
        })
    }
}

/// The worst of the thresholds that fail a job; those that warn are not asked.
fn carried(judgements: &[Judgement]) -> Carried {
    let asked = judgements
        .iter()
        .filter(|it| it.level == ThresholdLevel::Fail);
    let is_judged = |it: &Judgement| !matches!(it.outcome, Outcome::Unknown | Outcome::NotJudged);
    let at_best = match asked.clone().any(is_judged) {
        true => Carried::Yes,
        false => Carried::Unasked,
    };
    asked.fold(at_best, |worst, it| match (it.outcome, worst) {
        (Outcome::Fails, _) | (_, Carried::No) => Carried::No,
        (Outcome::Warns, _) => Carried::Open,
        _ => worst,
    })
}

fn concluded(
    key: &str,
    contender: String,
    low: Option<f64>,
    high: Option<f64>,
    probes: Vec<Probe>,
) -> Found {
    // Where nothing was asked at any value, nothing is known to be carried.
    let (low, high) = match probes.iter().all(|it| it.carried == Carried::Unasked) {
        true => (None, probes.first().map(|it| it.value)),
        false => (low, high),
    };
    let broken = at(&probes, high);
    let threshold = broken.and_then(|probe| {
        let asked = || {
            let all = probe.judgements.iter();
            all.filter(|it| it.level == ThresholdLevel::Fail)
        };
        let of = |outcome| asked().find(|it| it.outcome == outcome);
        let mut worst = [Outcome::Fails, Outcome::Warns, Outcome::Unknown].into_iter();
        worst.find_map(of).cloned()
    });
    let not_monotone = probes.iter().enumerate().find_map(|(place, one)| {
        let better = probes[place..]
            .iter()
            .find(|it| it.carried == Carried::Yes)?;
        (one.carried == Carried::No).then_some((one.value, better.value))
    });
    Found {
        key: key.to_string(),
        contender,
        ended: match (low, high) {
            (Some(_), Some(_)) => Ended::Bracketed,
            (Some(_), None) => Ended::CarriesTheMost,
            _ => Ended::CarriesNone,
        },
        carries: low,
        beyond: high,
        threshold,
        limiting: broken.map(|probe| {
            let below = at(&probes, low).map(|it| it.limits.as_slice());
            bound::limiting(&probe.limits, below.unwrap_or_default())
        }),
        bounds: bound::bounds(&probes),
        not_monotone,
        refused: None,
        probes,
    }
}
