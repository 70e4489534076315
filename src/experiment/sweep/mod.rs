//! Sweeps: every combination of values of some keys, each on the same seeds (docs/capacity.md).

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::Experiment;
use super::error::ExperimentError;
use super::progress::{Cancellation, stopwatch};
use super::replications::{
    ContenderSummary, Replications, SeedSet, SeedsProgress, ThresholdFrame, pool,
};
use super::shard::Shard;
use super::thresholds::{Judgement, Threshold};
use super::vary::{Setting, Vary, VaryError, applied, knows};
use crate::scenario::Scenario;

/// Cells that a sweep can have at most.
pub const MOST_CELLS: usize = 100_000;

/// The version of what sweeps write.
pub const SCHEMA_VERSION: u32 = 1;

/// What `kind` says in what sweeps write.
pub const KIND: &str = "sweep";

/// What a sweep is about. Cells of equal definitions can be put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Version of the format.
    pub schema_version: u32,
    /// `sweep`.
    pub kind: String,
    /// Version of the program: another may come to other figures.
    pub program_version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The whole scenario before anything is varied.
    pub expanded: String,
    /// The order log of a scenario that replays one.
    pub orders: Option<String>,
    /// The seeds of every cell.
    pub seeds: String,
    /// The keys and their values.
    pub varied: Vec<Vary>,
    /// Who is compared.
    pub contenders: Vec<String>,
    /// What figures have to keep to.
    pub thresholds: Vec<ThresholdFrame>,
    /// The command that repeats all of it.
    #[serde(default)]
    pub rerun: String,
}

/// Contenders under every combination of values.
#[derive(Clone, Debug)]
pub struct Sweep<'a> {
    /// Scenario and contenders; its own seeds are not looked at.
    pub experiment: &'a Experiment,
    /// The keys and their values.
    pub varied: Vec<Vary>,
    /// The seeds of every cell.
    pub seeds: SeedSet,
    /// What figures have to keep to.
    pub thresholds: Vec<Threshold>,
    /// The part of the cells that is played here; all when left out.
    pub shard: Option<Shard>,
    /// Cells at once.
    pub threads: usize,
}

/// One contender under the settings that it knows: what is played once.
#[derive(Clone, Debug, PartialEq)]
struct Plan {
    contender: usize,
    settings: Vec<Setting>,
}

/// What came of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Its number, from 0.
    pub number: u64,
    /// The settings that the contender knows.
    pub settings: Vec<Setting>,
    /// Means and counts over the seeds.
    pub summary: ContenderSummary,
    /// What became of thresholds.
    pub judgements: Vec<Judgement>,
}

/// A place in the grid: a combination of values and a contender.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// All settings.
    pub settings: Vec<Setting>,
    /// The contender's name.
    pub contender: String,
    /// The cell that was played for it; combinations that differ in another strategy's settings alone share one.
    pub cell: u64,
}

impl Definition {
    /// Whether cells of the two can be put together: a scenario file may have been named by another path.
    pub fn is_same(&self, other: &Definition) -> bool {
        let named = Definition {
            rerun: other.rerun.clone(),
            ..self.clone()
        };
        named == *other
    }

    /// All places of the grid, and how many cells they need.
    ///
    /// # Errors
    /// When there are too many.
    pub fn grid(&self) -> Result<(Vec<Place>, u64), String> {
        self.plan()
            .map(|(places, plans)| (places, plans.len() as u64))
    }

    /// All places of the grid, the last key changing fastest, and the cells they need.
    fn plan(&self) -> Result<(Vec<Place>, Vec<Plan>), String> {
        let contenders = &self.contenders;
        let lengths = self.varied.iter().map(|it| it.values.len());
        let combinations = lengths
            .clone()
            .try_fold(1_usize, |all, it| all.checked_mul(it))
            .filter(|it| it.saturating_mul(contenders.len()) <= MOST_CELLS)
            .ok_or_else(|| format!("a sweep has at most {MOST_CELLS} cells; give fewer values"))?;
        let mut places = Vec::new();
        let mut plans = Vec::new();
        let mut known = std::collections::BTreeMap::new();
        for combination in 0..combinations {
            let mut rest = combination;
            let mut settings: Vec<Setting> = Vec::new();
            for vary in self.varied.iter().rev() {
                settings.push(Setting {
                    key: vary.key.clone(),
                    value: vary.values[rest % vary.values.len()].clone(),
                });
                rest /= vary.values.len();
            }
            settings.reverse();
            for (contender, who) in contenders.iter().enumerate() {
                let own = settings.iter().filter(|it| knows(who, &it.key));
                let own: Vec<Setting> = own.cloned().collect();
                let cell = *known.entry((contender, own.clone())).or_insert_with(|| {
                    plans.push(Plan {
                        contender,
                        settings: own,
                    });
                    plans.len() as u64 - 1
                });
                places.push(Place {
                    settings: settings.clone(),
                    contender: who.clone(),
                    cell,
                });
            }
        }
        Ok((places, plans))
    }
}

impl Sweep<'_> {
    fn plan(&self) -> Result<(Vec<Place>, Vec<Plan>), String> {
        self.definition().plan()
    }

    /// All places of the grid.
    ///
    /// # Errors
    /// When there are too many.
    pub fn places(&self) -> Result<Vec<Place>, String> {
        self.plan().map(|(places, _)| places)
    }

    /// How many cells there are, of all shards.
    ///
    /// # Errors
    /// When there are too many.
    pub fn cells(&self) -> Result<u64, String> {
        self.plan().map(|(_, plans)| plans.len() as u64)
    }

    /// What it is about.
    pub fn definition(&self) -> Definition {
        let experiment = self.experiment;
        Definition {
            schema_version: SCHEMA_VERSION,
            kind: KIND.to_string(),
            program_version: env!("CARGO_PKG_VERSION").to_string(),
            scenario: experiment.scenario.name.clone(),
            expanded: experiment.scenario.expanded(),
            orders: experiment
                .orders
                .as_ref()
                .map(|it| it.arguments().to_string()),
            seeds: self.seeds.to_string(),
            varied: self.varied.clone(),
            contenders: experiment
                .contenders
                .iter()
                .map(|it| it.name().to_string())
                .collect(),
            thresholds: self.thresholds.iter().map(ThresholdFrame::from).collect(),
            rerun: experiment.rerun_sweep(&self.seeds.to_string(), &self.varied),
        }
    }

    /// The scenarios of all combinations, to see before anything runs whether there are such.
    ///
    /// # Errors
    /// The first combination that is no scenario.
    pub fn check(&self) -> Result<(), VaryError> {
        for vary in &self.varied {
            Vary::check(&vary.key, &self.experiment.contenders)?;
        }
        let Ok((places, _)) = self.plan() else {
            return Ok(());
        };
        let mut settings: Vec<Vec<Setting>> = places.into_iter().map(|it| it.settings).collect();
        settings.dedup();
        settings
            .iter()
            .try_for_each(|it| applied(&self.experiment.scenario, it).map(|_| ()))
    }

    /// Plays every cell of its part that `is_there` does not know yet, several at once; `keep` is given each as soon as it is
    /// done, from several threads.
    ///
    /// # Errors
    /// That of the first cell that failed; what `keep` says; [`ExperimentError::Cancelled`].
    pub fn run(
        &self,
        is_there: &dyn Fn(u64) -> bool,
        keep: &(dyn Fn(&Cell) -> Result<(), String> + Sync),
        show: &dyn Fn(SeedsProgress),
        cancellation: &Cancellation,
    ) -> Result<(), ExperimentError> {
        self.experiment.check()?;
        let (_, plans) = self.plan().map_err(ExperimentError::Unexpected)?;
        let clock = stopwatch();
        let numbers = (0..plans.len() as u64)
            .filter(|it| self.shard.is_none_or(|shard| shard.has(*it)))
            .filter(|it| !is_there(*it));
        let numbers: Vec<u64> = numbers.collect();
        let ended = pool::in_order(
            numbers.len() as u64,
            self.threads,
            |job| {
                let number = numbers[job as usize];
                let cell = self.play(number, &plans[number as usize], cancellation)?;
                keep(&cell).map_err(ExperimentError::Unexpected)
            },
            |done, result| {
                show(SeedsProgress {
                    seeds: done + 1,
                    of: numbers.len() as u64,
                    elapsed_s: clock(),
                });
                match result {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => ControlFlow::Break(error),
                }
            },
        );
        ended.map_or(Ok(()), Err)
    }

    fn play(
        &self,
        number: u64,
        plan: &Plan,
        cancellation: &Cancellation,
    ) -> Result<Cell, ExperimentError> {
        let scenario = applied(&self.experiment.scenario, &plan.settings);
        let experiment = Experiment {
            contenders: vec![self.experiment.contenders[plan.contender].clone()],
            ..self.with(scenario.map_err(ExperimentError::unexpected)?)
        };
        let own = self.thresholds.iter();
        let own = own.filter(|it| it.applies_to(experiment.contenders[0].name()));
        let replications = Replications {
            thresholds: own.cloned().collect(),
            threads: 1,
            ..Replications::new(&experiment, self.seeds.clone())
        };
        let played = replications.run(&mut |_| Ok(()), &|_| {}, cancellation)?;
        let mut document = replications.document(&played);
        let summary = document.summaries.pop();
        let summary = summary.ok_or(ExperimentError::Empty)?;
        Ok(Cell {
            number,
            settings: plan.settings.clone(),
            summary,
            judgements: document.judgements,
        })
    }

    fn with(&self, scenario: Scenario) -> Experiment {
        Experiment {
            scenario,
            ..self.experiment.clone()
        }
    }
}
