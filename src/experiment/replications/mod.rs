//! Replications: the same contenders on many seeds, side by side on all cores (docs/replications.md).
//!
//! All contenders meet the same buyers on a seed (common random numbers), so that their differences have narrower intervals
//! than they have themselves. Whatever is concluded is concluded from rows in the order of seeds: it does not depend on the
//! number of threads, and shards that are put together come to the same.
//!
//! ```no_run
//! use oversell::experiment::replications::{Replications, SeedSet};
//! use oversell::experiment::{Cancellation, Experiment};
//! use oversell::scenario::Scenario;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let experiment = Experiment::new(Scenario::load("flash-sale-10min")?.scenario);
//! let replications = Replications::new(&experiment, SeedSet::parse("1..20")?);
//! let played = replications.run(&mut |_| Ok(()), &|_| {}, &Cancellation::default())?;
//! for contender in replications.document(&played).summaries {
//!     println!("{}: {:?}", contender.contender, contender.figures["oversold_units"]);
//! }
//! # Ok(())
//! # }
//! ```

mod budget;
mod causes;
mod histograms;
mod limits;
pub mod merge;
pub(super) mod pool;
mod row;
mod seeds;
mod summary;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

pub use budget::BudgetOverSeeds;
pub use causes::{CauseEstimate, CausesSummary};
pub use histograms::Histograms;
pub use limits::ThresholdFrame;
pub use row::{GuaranteeRow, SeedRow};
pub use seeds::{MOST_SEEDS, SeedSet};
pub use summary::{
    ContenderFrame, ContenderSummary, Difference, Estimates, Frame, GuaranteeCounts, HalfWidth,
    ReplicationsDocument, SCHEMA_VERSION, Summary, UntilHalfWidth, paths,
};

use super::error::ExperimentError;
use super::of_engines;
use super::progress::{Cancellation, stopwatch};
use super::results::{self, RunResult};
use super::shard::Shard;
use super::thresholds::Threshold;
use super::{Experiment, virtual_time};

/// Seeds after which it is looked whether there have been enough, again and again. The number of threads does not change it.
pub const BATCH: u64 = 10;

/// The figures whose interval has to be narrow when nothing is said: what the main job compares.
pub const DEFAULT_FIGURES: [&str; 2] = ["oversold_units", "net_undersell_units"];

/// Contenders on many seeds.
#[derive(Clone, Debug)]
pub struct Replications<'a> {
    /// Scenario and contenders; its own seeds are not looked at.
    pub experiment: &'a Experiment,
    /// The seeds; the most of them where `until` decides.
    pub seeds: SeedSet,
    /// The part of the seeds that is played here; all when left out.
    pub shard: Option<Shard>,
    /// Half the width of the 95 % interval as a share of its mean, and the figures for which that has to be reached.
    pub until: Option<(f64, Vec<String>)>,
    /// What figures have to keep to, judged over all seeds.
    pub thresholds: Vec<Threshold>,
    /// Runs at once.
    pub threads: usize,
}

/// How far replications are.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct SeedsProgress {
    /// Seeds done.
    pub seeds: u64,
    /// Of so many, at most.
    pub of: u64,
    /// Real time since they began, seconds.
    pub elapsed_s: f64,
}

/// What was played.
#[derive(Clone, Debug)]
pub struct Replicated {
    /// What the seeds come to.
    pub summary: Summary,
    /// The seeds of all shards: fewer than were asked for where enough had been played.
    pub seeds: SeedSet,
    /// Whether intervals became as narrow as was asked; `None` where nobody asked.
    pub reached: Option<bool>,
    /// All durations, over all seeds.
    pub histograms: Histograms,
    /// Real time, seconds.
    pub wall_s: f64,
}

/// Threads that run at once when nothing is said.
pub fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl<'a> Replications<'a> {
    /// On all cores of this machine, the whole of it.
    pub fn new(experiment: &'a Experiment, seeds: SeedSet) -> Replications<'a> {
        Replications {
            experiment,
            seeds,
            shard: None,
            until: None,
            thresholds: Vec::new(),
            threads: all_cores(),
        }
    }

    /// Plays all seeds; `keep` is given the rows of each, in their order.
    ///
    /// # Errors
    /// That of the first run that failed, in the order of seeds and contenders, together with those of its seed's other engines under
    /// test ([`ExperimentError::Several`]); what `keep` says; and
    /// [`ExperimentError::Cancelled`] soon after a cancellation.
    pub fn run(
        &self,
        keep: &mut dyn FnMut(&[SeedRow]) -> Result<(), String>,
        show: &dyn Fn(SeedsProgress),
        cancellation: &Cancellation,
    ) -> Result<Replicated, ExperimentError> {
        self.experiment.check()?;
        let clock = stopwatch();
        let contenders = &self.experiment.contenders;
        let width = contenders.len() as u64;
        let own = match self.shard {
            Some(shard) => shard.part_of(self.seeds.len()),
            None => self.seeds.len(),
        };
        let seed_of = |place: u64| {
            let place = match self.shard {
                Some(shard) => shard.place_of(place),
                None => Some(place),
            };
            place.and_then(|it| self.seeds.at(it)).unwrap_or_default()
        };
        let mut summary = Summary::new(contenders.len(), self.thresholds.clone());
        let mut histograms = Histograms::default();
        let mut of_seed: Vec<RunResult> = Vec::with_capacity(contenders.len());
        let mut failed = Vec::new();
        let ended = pool::in_order(
            own * width,
            self.threads,
            |job| {
                let contender = &contenders[(job % width) as usize];
                let seed = seed_of(job / width);
                virtual_time::run(
                    self.experiment,
                    contender,
                    seed,
                    &clock,
                    &|_| {},
                    cancellation,
                )
            },
            |job, result| {
                match result {
                    Ok(run) => of_seed.push(run),
                    // Where it is an engine's doing, the seed is finished, so that others of which the same is true are told too.
                    Err(error) if error.failed_engine().is_some() => failed.push(error),
                    Err(error) => return ControlFlow::Break(Err(error)),
                }
                if (job + 1) % width != 0 {
                    return ControlFlow::Continue(());
                }
                if !failed.is_empty() {
                    return ControlFlow::Break(Err(of_engines(std::mem::take(&mut failed))));
                }
                if let Err(error) = results::compare(&mut of_seed) {
                    return ControlFlow::Break(Err(error));
                }
                let rows: Vec<SeedRow> = of_seed.iter().map(SeedRow::from).collect();
                for run in of_seed.drain(..) {
                    histograms.add(&run);
                }
                summary.add(&rows);
                if let Err(error) = keep(&rows) {
                    return ControlFlow::Break(Err(ExperimentError::Unexpected(error)));
                }
                show(SeedsProgress {
                    seeds: summary.seeds(),
                    of: own,
                    elapsed_s: clock(),
                });
                match self.is_enough(&summary) {
                    true => ControlFlow::Break(Ok(())),
                    false => ControlFlow::Continue(()),
                }
            },
        );
        if let Some(Err(error)) = ended {
            return Err(error);
        }
        // The last seeds may have been enough without being looked at.
        let reached = self.until.is_some().then(|| self.is_narrow(&summary));
        Ok(Replicated {
            seeds: match self.shard {
                Some(_) => self.seeds.clone(),
                None => self.seeds.cut(summary.seeds()),
            },
            summary,
            reached,
            histograms,
            wall_s: clock(),
        })
    }

    fn is_enough(&self, summary: &Summary) -> bool {
        summary.seeds().is_multiple_of(BATCH) && self.is_narrow(summary)
    }

    fn is_narrow(&self, summary: &Summary) -> bool {
        let Some((share, figures)) = &self.until else {
            return false;
        };
        let mut figures = figures.iter();
        figures.all(|it| summary.is_within(it, *share))
    }

    /// What it is about, with the seeds that were played.
    pub fn frame(&self, played: &Replicated) -> Frame {
        let experiment = self.experiment;
        let scenario = &experiment.scenario;
        let seeds = played.seeds.to_string();
        let contenders = experiment.contenders.iter();
        Frame {
            scenario: scenario.name.clone(),
            title: scenario.title.clone(),
            currency: scenario.currency.clone(),
            rerun: experiment.rerun_many(&seeds),
            seeds,
            until: self.until.as_ref().map(|(share, figures)| UntilHalfWidth {
                share: *share,
                figures: figures.clone(),
                reached: played.reached.unwrap_or_default(),
            }),
            thresholds: self.thresholds.iter().map(ThresholdFrame::from).collect(),
            contenders: contenders
                .map(|it| ContenderFrame {
                    name: it.name().to_string(),
                    rerun: experiment.rerun_template(it),
                })
                .collect(),
        }
    }

    /// What the seeds come to, for people and machines.
    pub fn document(&self, played: &Replicated) -> ReplicationsDocument {
        played.summary.document(self.frame(played))
    }
}
