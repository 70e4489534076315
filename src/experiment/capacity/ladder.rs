//! Every value from the first to the largest instead of doubling and bisection: what is tried does not depend on what was
//! found, so that it can be shared out, goes on after a kill, and shows every bracket where there are more than one.

use serde::{Deserialize, Serialize};

use super::{Capacity, Found, Probe, concluded};
use crate::experiment::error::ExperimentError;
use crate::experiment::progress::Cancellation;
use crate::experiment::replications::ThresholdFrame;
use crate::experiment::shard::Shard;

/// Values that a ladder has at most, of all keys and contenders.
pub const MOST_RUNGS: usize = 10_000;

/// The version of what ladders write.
pub const SCHEMA_VERSION: u32 = 1;

/// What `kind` says in what ladders write.
pub const KIND: &str = "capacity";

/// What a ladder is about. Rungs of equal definitions can be put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Version of the format.
    pub schema_version: u32,
    /// `capacity`.
    pub kind: String,
    /// Version of the program: another may come to other figures.
    pub program_version: String,
    /// The scenario's name.
    pub scenario: String,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// The whole scenario before anything grows.
    pub expanded: String,
    /// The order log of a scenario that replays one.
    pub orders: Option<String>,
    /// The seeds of every value.
    pub seeds: String,
    /// The keys that grow, each by itself.
    pub keys: Vec<String>,
    /// The values, in ascending order.
    pub values: Vec<f64>,
    /// Who is looked at.
    pub contenders: Vec<String>,
    /// What figures have to keep to.
    pub thresholds: Vec<ThresholdFrame>,
    /// The command that repeats all of it.
    pub rerun: String,
}

/// What came of one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Its number, from 0: by key, contender and value.
    pub number: u64,
    /// The key.
    pub key: String,
    /// Who.
    pub contender: String,
    /// What became of it.
    pub probe: Probe,
}

/// Searches of one experiment that differ in their key alone.
#[derive(Clone, Debug)]
pub struct Ladder<'a> {
    /// One for each key.
    pub searches: Vec<Capacity<'a>>,
    /// The part of the values that is tried here; all when left out.
    pub shard: Option<Shard>,
}

impl Definition {
    /// Whether rungs of the two can be put together: a scenario file may have been named by another path.
    pub fn is_same(&self, other: &Definition) -> bool {
        let named = Definition {
            rerun: other.rerun.clone(),
            ..self.clone()
        };
        named == *other
    }

    /// How many rungs there are, of all shards.
    pub fn rungs(&self) -> u64 {
        (self.keys.len() * self.contenders.len() * self.values.len()) as u64
    }

    /// Key, contender and value of a rung.
    fn place(&self, number: u64) -> Option<(usize, usize, f64)> {
        let values = self.values.len().max(1);
        let number = usize::try_from(number).ok()?;
        let (row, value) = (number / values, *self.values.get(number % values)?);
        let contenders = self.contenders.len().max(1);
        Some((row / contenders, row % contenders, value))
    }

    /// What the rungs say, which are all there and in their order.
    pub fn concluded(&self, rungs: Vec<Rung>) -> Vec<Found> {
        let mut rungs = rungs.into_iter().peekable();
        let mut found = Vec::new();
        while let Some(first) = rungs.next() {
            let (key, contender) = (first.key, first.contender);
            let mut probes = vec![first.probe];
            while let Some(next) = rungs.next_if(|it| it.key == key && it.contender == contender) {
                probes.push(next.probe);
            }
            let broken = probes.iter().position(|it| !it.carried.lets_grow());
            let carried = broken.unwrap_or(probes.len()).checked_sub(1);
            let low = carried.map(|at| probes[at].value);
            let high = broken.map(|at| probes[at].value);
            found.push(concluded(&key, contender, low, high, probes));
        }
        found
    }
}

impl Ladder<'_> {
    /// What it is about.
    ///
    /// # Errors
    /// When there are too many values.
    pub fn definition(&self) -> Result<Definition, String> {
        let Some(first) = self.searches.first() else {
            return Err("no key grows".to_string());
        };
        let experiment = first.experiment;
        let scenario = &experiment.scenario;
        let keys: Vec<String> = self.searches.iter().map(|it| it.key.clone()).collect();
        let contenders = experiment.contenders.iter().map(|it| it.name().to_string());
        let contenders: Vec<String> = contenders.collect();
        let most = MOST_RUNGS / (keys.len() * contenders.len().max(1));
        let values = first.values(most).ok_or_else(|| {
            format!(
                "more than {MOST_RUNGS} values would be tried: begin with a larger --from, or give a wider --precision"
            )
        })?;
        let seeds = first.seeds.to_string();
        let options: String = keys.iter().map(|key| format!(" --vary {key}")).collect();
        Ok(Definition {
            schema_version: SCHEMA_VERSION,
            kind: KIND.to_string(),
            program_version: env!("CARGO_PKG_VERSION").to_string(),
            scenario: scenario.name.clone(),
            currency: scenario.currency.clone(),
            expanded: scenario.expanded(),
            orders: experiment
                .orders
                .as_ref()
                .map(|it| it.arguments().to_string()),
            rerun: experiment.rerun_capacity(
                &seeds,
                &format!("{options}{} --every-value", first.options()),
            ),
            seeds,
            keys,
            values,
            contenders,
            thresholds: first.thresholds.iter().map(ThresholdFrame::from).collect(),
        })
    }

    /// Tries every value of its part that `is_there` does not know yet; `keep` is given each as soon as it is done.
    ///
    /// # Errors
    /// That of the first run that failed; what `keep` says; [`ExperimentError::Cancelled`].
    pub fn run(
        &self,
        definition: &Definition,
        is_there: &dyn Fn(u64) -> bool,
        keep: &mut dyn FnMut(&Rung) -> Result<(), String>,
        show: &dyn Fn(&str, f64),
        cancellation: &Cancellation,
    ) -> Result<(), ExperimentError> {
        for number in 0..definition.rungs() {
            if self.shard.is_some_and(|shard| !shard.has(number)) || is_there(number) {
                continue;
            }
            let place = definition.place(number);
            let search = place.and_then(|(key, ..)| self.searches.get(key));
            let Some((search, (_, contender, value))) = search.zip(place) else {
                continue;
            };
            search.experiment.check()?;
            let name = search.experiment.contenders[contender].name();
            show(name, value);
            let rung = Rung {
                number,
                key: search.key.clone(),
                contender: name.to_string(),
                probe: search.probe(contender, value, cancellation)?,
            };
            keep(&rung).map_err(ExperimentError::Unexpected)?;
        }
        Ok(())
    }
}

impl Capacity<'_> {
    /// From the first value to the largest, so that each is at most `precision` above the one before and some are the doubles
    /// of others; nothing when there are more than `most`.
    fn values(&self, most: usize) -> Option<Vec<f64>> {
        // Steps between a value and its double.
        let steps = (core::f64::consts::LN_2 / libm::log1p(self.precision)).ceil();
        let mut values = vec![self.rounded(self.from)];
        for step in 1..=most {
            let value = self.from * libm::exp2(step as f64 / steps);
            let is_last = value >= self.most * (1.0 - 1e-9);
            let value = self.rounded(value.min(self.most));
            if values.last().is_none_or(|last| *last < value) {
                values.push(value);
            }
            if is_last {
                return (values.len() <= most).then_some(values);
            }
        }
        None
    }
}
