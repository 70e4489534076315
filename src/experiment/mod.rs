//! Experiments: scenario x seeds x contenders x time -> results.
//!
//! ```no_run
//! use oversell::engine::config::Strategy;
//! use oversell::experiment::Experiment;
//! use oversell::scenario::Scenario;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let scenario = Scenario::load("flash-sale-10min")?.scenario;
//! let results = Experiment {
//!     seeds: vec![1, 2, 3],
//!     contenders: vec![Strategy::Mirror.into(), Strategy::Escrow.into()],
//!     ..Experiment::new(scenario)
//! }
//! .run()?;
//! for run in &results.runs {
//!     println!("{} {}: {} oversold", run.seed, run.name(), run.figures().oversold_units);
//! }
//! # Ok(())
//! # }
//! ```

pub mod capacity;
pub mod compare;
mod contender;
mod error;
mod facts;
mod file_name;
mod foreign;
pub mod fuzz;
mod kept;
mod one_order;
pub mod panics;
mod progress;
pub mod real_time;
pub mod replications;
mod rerun;
mod results;
pub mod shard;
pub mod shrink;
pub mod sweep;
#[cfg(test)]
mod tests;
pub mod thresholds;
pub mod vary;
mod virtual_time;

use std::fs::File;
use std::path::{Path, PathBuf};

use channel_mocks::core::Micros;
use rayon::iter::{ParallelBridge, ParallelIterator};

pub use crate::world::records::{
    CallFailure, CallLine, CallRecord, Change, Effect, KeptCalls, MOST_CALLS,
};
pub use contender::{Contender, Source};
pub use error::ExperimentError;
pub use file_name::file_name;
pub use foreign::{EngineAddress, EngineCommand, ForeignError, check_name};
pub use kept::{KeepRecords, Kept};
pub use progress::{Cancellation, RunProgress};
pub use real_time::FrontPlan;
pub use rerun::word as shell_word;
pub use results::{Results, RunResult};
pub use virtual_time::{play, play_with_causes};

use crate::engine::config::Strategy;
use crate::measure::References;
use crate::scenario::Scenario;
use crate::world::OrderSource;

/// The time that runs take place in. Results of the two never share a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Time {
    /// From event to event, the same on every machine; runs go side by side.
    Virtual,
    /// By the wall clock over sockets, one run after the other.
    Real {
        /// Simulated seconds in a real second.
        speed: f64,
        /// How late 99 % of arrivals may be, in real time, for a run to be a measurement; see [`real_time::lag_limit`]
        /// for what holds when it is left out.
        lag_limit: Option<Micros>,
        /// One more address, for engines that have the platforms' hosts built in.
        front: Option<FrontPlan>,
        /// Where ledgers and what engines write is put, in `engines/NAME`.
        directory: PathBuf,
    },
}

/// A set of runs: every contender on every seed.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// What is played.
    pub scenario: Scenario,
    /// How a command names the scenario: a built-in name, or a file.
    pub scenario_name: String,
    /// The root seeds, each of them a story of its own that all contenders meet.
    pub seeds: Vec<u64>,
    /// Who is compared. Names are unique.
    pub contenders: Vec<Contender>,
    /// The time that runs take place in.
    pub time: Time,
    /// The order log of a scenario that replays one.
    pub orders: Option<OrderSource>,
    /// Where the standard error of engines' commands is kept in virtual time, in `engines/NAME/engine.stderr`; nowhere when
    /// left out.
    pub engine_files: Option<PathBuf>,
    /// Thresholds that the command line has beside the scenario's, so that the command that repeats the runs asks for them too.
    pub asked: Vec<thresholds::Threshold>,
    /// Whether to find out why units are oversold (docs/causes.md), in virtual time.
    pub causes: bool,
    /// Whether to keep ledger and calls, and where.
    pub records: Option<KeepRecords>,
}

impl Experiment {
    /// The strategies of a scenario on seed 1, in virtual time.
    pub fn new(scenario: Scenario) -> Experiment {
        let contenders = Strategy::ALL
            .into_iter()
            .filter(|strategy| scenario.strategies.contains(strategy));
        Experiment {
            contenders: contenders.map(Contender::from).collect(),
            scenario_name: scenario.name.clone(),
            scenario,
            seeds: vec![1],
            time: Time::Virtual,
            orders: None,
            engine_files: None,
            asked: Vec::new(),
            causes: false,
            records: None,
        }
    }

    /// What belongs to one run's engine is put there, below a run directory.
    fn place_of(&self, directory: &Path, contender: &Contender, seed: u64) -> PathBuf {
        let engines = directory.join("engines");
        let name = file_name(contender.name());
        match self.seeds.as_slice() {
            [_] => engines.join(&*name),
            _ => engines.join(format!("seed-{seed}")).join(&*name),
        }
    }

    /// The file for an engine's standard error.
    fn standard_error_of(
        &self,
        contender: &Contender,
        seed: u64,
    ) -> Result<Option<File>, ExperimentError> {
        let Some(directory) = &self.engine_files else {
            return Ok(None);
        };
        let place = self.place_of(directory, contender, seed);
        std::fs::create_dir_all(&place)
            .and_then(|()| File::create(place.join("engine.stderr")))
            .map(Some)
            .map_err(ExperimentError::unexpected)
    }

    /// Whether an engine's command has written anything on standard error that was kept.
    pub fn has_kept_standard_error(&self) -> bool {
        let Some(directory) = &self.engine_files else {
            return false;
        };
        let runs = self.contenders.iter();
        let mut runs = runs.flat_map(|it| self.seeds.iter().map(move |seed| (it, *seed)));
        runs.any(|(contender, seed)| {
            let file = self
                .place_of(directory, contender, seed)
                .join("engine.stderr");
            std::fs::metadata(file).is_ok_and(|it| it.len() > 0)
        })
    }

    /// Plays all runs.
    ///
    /// # Errors
    /// The first run's that failed, in the order of the results; see [`ExperimentError`].
    pub fn run(&self) -> Result<Results, ExperimentError> {
        self.run_watched(&|_| {}, &Cancellation::default())
    }

    /// Plays all runs; `show` is told how far each is, from several threads at once. In real time it must not be called
    /// from asynchronous code.
    ///
    /// # Errors
    /// The first run's that failed, in the order of the results, together with the first of every other engine under test that
    /// failed ([`ExperimentError::Several`]); [`ExperimentError::Cancelled`] soon after a cancellation.
    pub fn run_watched(
        &self,
        show: &(dyn Fn(&RunProgress) + Sync),
        cancellation: &Cancellation,
    ) -> Result<Results, ExperimentError> {
        self.check()?;
        let clock = progress::stopwatch();
        let mut runs = match &self.time {
            Time::Virtual => self.side_by_side(|contender, seed| {
                virtual_time::run(self, contender, seed, &clock, show, cancellation)
            })?,
            Time::Real {
                speed,
                lag_limit,
                front,
                directory,
            } => {
                let driver = real_time::Driver {
                    experiment: self,
                    speed: *speed,
                    lag_limit: lag_limit.unwrap_or_else(|| real_time::lag_limit(*speed)),
                    front: *front,
                    directory,
                    clock: &clock,
                    show,
                    cancellation,
                };
                driver.run()?
            }
        };
        if self.time != Time::Virtual {
            for run in &mut runs {
                let first = run.name() == self.contenders[0].name();
                run.references = match first {
                    true => self.references_for(&self.contenders[0], run.seed)?,
                    false => None,
                };
            }
        }
        results::compare(&mut runs)?;
        let wall_s = match self.time {
            Time::Virtual => clock(),
            Time::Real { .. } => runs.iter().map(|run| run.measured.facts.wall_s).sum(),
        };
        Ok(Results {
            scenario: self.scenario.clone(),
            time: self.time.clone(),
            wall_s,
            reruns: self.seeds.iter().map(|&it| (it, self.rerun(it))).collect(),
            runs,
        })
    }

    /// What the buyers of a seed could have been sold; they are all contenders' buyers, so that the first contender's run alone
    /// has it.
    fn references_for(
        &self,
        contender: &Contender,
        seed: u64,
    ) -> Result<Option<References>, ExperimentError> {
        let is_first = self.contenders.first().map(Contender::name) == Some(contender.name());
        if !is_first {
            return Ok(None);
        }
        let replayed = References::of(&self.scenario, seed, self.orders.as_ref());
        replayed.map(Some).map_err(|error| ExperimentError::Run {
            contender: contender.name().to_string(),
            error: Box::new(error.into()),
        })
    }

    /// Does the work for every contender on every seed, on as many threads as there are cores; results are in the order of
    /// seeds, then contenders. The most expensive are begun first, so that no thread is left with a long one at the end.
    fn side_by_side(
        &self,
        work: impl Fn(&Contender, u64) -> Result<RunResult, ExperimentError> + Sync,
    ) -> Result<Vec<RunResult>, ExperimentError> {
        let pairs = self
            .seeds
            .iter()
            .flat_map(|&seed| self.contenders.iter().map(move |it| (it, seed)));
        let mut turns: Vec<(usize, (&Contender, u64))> = pairs.enumerate().collect();
        turns.sort_by_key(|(_, (contender, _))| std::cmp::Reverse(contender.expense()));
        // A bridge hands out one run at a time in this order; splitting the list would not.
        let mut results: Vec<(usize, Result<RunResult, ExperimentError>)> = turns
            .into_iter()
            .par_bridge()
            .map(|(place, (contender, seed))| (place, work(contender, seed)))
            .collect();
        results.sort_by_key(|(place, _)| *place);
        let mut runs = Vec::with_capacity(results.len());
        let mut failed = Vec::new();
        for (_, result) in results {
            match result {
                Ok(run) => runs.push(run),
                Err(error) => failed.push(error),
            }
        }
        match failed.is_empty() {
            true => Ok(runs),
            false => Err(of_engines(failed)),
        }
    }

    /// What can be said before anything runs.
    fn check(&self) -> Result<(), ExperimentError> {
        if self.seeds.is_empty() || self.contenders.is_empty() {
            return Err(ExperimentError::Empty);
        }
        for (position, contender) in self.contenders.iter().enumerate() {
            let taken = self.contenders[..position].iter().map(Contender::name);
            let strategy = contender.strategy().is_some();
            foreign::check_unique(contender.name(), taken)?;
            if !strategy {
                check_name(contender.name(), std::iter::empty())?;
            }
            let misplaced = match (&self.time, contender.source()) {
                (Time::Virtual, Source::Address(_)) => {
                    "an engine at an address lives by the wall clock"
                }
                (Time::Real { .. }, Source::BuiltIn(_)) if !crate::process::IS_BUILT => {
                    "it is a process of its own then, which only a build with the feature engine-process has"
                }
                (Time::Real { .. }, Source::Command(_) | Source::Own(_)) => {
                    "it is driven step by step, in virtual time only"
                }
                (Time::Real { .. }, Source::BuiltIn(strategy)) if strategy.knows_the_ledger() => {
                    "it knows the ledger, which no engine over HTTP does"
                }
                _ => continue,
            };
            return Err(ExperimentError::Misplaced {
                contender: contender.name().to_string(),
                why: misplaced,
            });
        }
        if self.scenario.replay.is_some() && self.time != Time::Virtual {
            return Err(ExperimentError::ReplayInRealTime);
        }
        if self.time != Time::Virtual {
            crate::serve::faults::check(&self.scenario.faults)?;
        }
        Ok(())
    }
}

/// What is told of runs that failed: the first, and where that is an engine's doing, the first of every other engine that failed.
fn of_engines(failed: Vec<ExperimentError>) -> ExperimentError {
    let mut failed = failed.into_iter();
    let Some(first) = failed.next() else {
        return ExperimentError::Empty;
    };
    let Some(name) = first.failed_engine().map(str::to_string) else {
        return first;
    };
    let mut names = vec![name];
    let mut told = vec![first];
    for error in failed {
        if let Some(name) = error.failed_engine().map(str::to_string)
            && !names.contains(&name)
        {
            names.push(name);
            told.push(error);
        }
    }
    match told.len() {
        1 => told.remove(0),
        _ => ExperimentError::Several(told),
    }
}
