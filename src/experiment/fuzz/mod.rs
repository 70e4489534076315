//! The search for failures: seed by seed a small shop is drawn in which a part of everything goes wrong that can (swarm
//! testing), until a promise is broken; then the failing scenario is made as small as it can be. See docs/fuzzing.md.
//!
//! ```no_run
//! use oversell::engine::config::Strategy;
//! use oversell::experiment::fuzz::{Budget, Fuzz};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let fuzz = Fuzz {
//!     budget: Budget::Seeds(500),
//!     ..Fuzz::new(Strategy::Mirror.into())
//! };
//! let found = fuzz.run()?;
//! for failure in &found.failures {
//!     println!("seed {}: {}", failure.seed, failure.failure.what);
//! }
//! # Ok(())
//! # }
//! ```

pub mod assumption;
pub mod coverage;
pub mod draw;
pub mod judging;
pub(super) mod play;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

pub use coverage::{FaultCoverage, ShopCoverage, ShopTrait, SwarmCoverage};
pub use draw::Swarm;
pub use judging::{FailsOn, Failure, FailureKind};

use super::contender::{Contender, Source};
use super::error::ExperimentError;
use super::progress::{Cancellation, stopwatch};
use super::shard::Shard;
use super::shrink::{Shrink, Shrunk};
use crate::engine::Coverage;
use crate::scenario::Scenario;
use crate::scenario::model::FaultKind;
use crate::stage::faults::Counts;
use play::{Played, Player};

/// Seeds that are played side by side before anybody looks at what came of them. What is found is that of the first seed in
/// order, however many threads there are.
const BATCH: u64 = 64;
/// The same for engines in a process of their own, each run of which takes long.
const BATCH_OF_PROCESSES: u64 = 8;

/// How long a search goes on.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Budget {
    /// For so many seeds.
    Seeds(u64),
    /// For so long in real time. How many seeds that are differs from machine to machine.
    Time(Duration),
}

/// A search for failures.
#[derive(Clone, Debug)]
pub struct Fuzz {
    /// Whose failures are looked for.
    pub contender: Contender,
    /// What seeds draw from.
    pub swarm: Swarm,
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// The part of the seeds that is played here; all when left out.
    pub shard: Option<Shard>,
    /// How long it goes on; a number of seeds is that of all shards together.
    pub budget: Budget,
    /// Whether it goes on after a failure.
    pub keep_going: bool,
    /// Guarantees whose violation counts; see [`FailsOn::new`] for what holds when there is none.
    pub fails_on: Vec<String>,
    /// Runs that making one failure small may take; 0 leaves it as it was drawn.
    pub shrink_runs: u32,
}

/// How far a search is.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct FuzzProgress {
    /// Seeds played.
    pub seeds: u64,
    /// Seeds that failed.
    pub failed: u64,
    /// Runs spent on making a failure small; 0 while seeds are played.
    pub shrinking: u32,
    /// Real time since it began, seconds.
    pub elapsed_s: f64,
}

/// Why a search ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its budget was spent.
    BudgetSpent,
    /// A seed failed.
    Failed,
    /// It was given up.
    Interrupted,
}

/// What a search came to. But for the wall times it depends on the seeds alone.
#[derive(Clone, Debug)]
pub struct Fuzzed {
    /// Seeds played, up to the one at which it ended.
    pub seeds: u64,
    /// Seeds that failed.
    pub failed: u64,
    /// Those of them that are kept, in order: all up to [`MOST_FAILURES`].
    pub failures: Vec<FoundFailure>,
    /// What was put to the test.
    pub coverage: SwarmCoverage,
    /// What counted as a failure.
    pub fails_on: FailsOn,
    /// Why it ended.
    pub ended: Ended,
    /// Real time that the seeds took, seconds.
    pub wall_s: f64,
    /// Real time that making failures small took, seconds.
    pub shrink_wall_s: f64,
}

/// Failures of which the scenario is kept.
pub const MOST_FAILURES: usize = 100;

/// A seed that failed.
#[derive(Clone, Debug)]
pub struct FoundFailure {
    /// The seed, of the draws and of the run.
    pub seed: u64,
    /// What it drew.
    pub scenario: Scenario,
    /// What went wrong.
    pub failure: Failure,
    /// The same made small: of the first failure of each kind.
    pub shrunk: Option<Shrunk>,
}

impl Fuzz {
    /// A search of 1,000 seeds that stops at the first failure.
    pub fn new(contender: Contender) -> Fuzz {
        Fuzz {
            swarm: Swarm {
                is_renewable: matches!(contender.source(), Source::BuiltIn(_)),
                ..Swarm::default()
            },
            contender,
            first_seed: 1,
            shard: None,
            budget: Budget::Seeds(1_000),
            keep_going: false,
            fails_on: Vec::new(),
            shrink_runs: Shrink::MOST_RUNS,
        }
    }

    /// The seed at a place among those that are played here; none where seeds end.
    fn seed_at(&self, place: u64) -> Option<u64> {
        let place = match self.shard {
            Some(shard) => shard.place_of(place)?,
            None => place,
        };
        self.first_seed.checked_add(place)
    }

    /// Searches.
    ///
    /// # Errors
    /// When a scenario cannot be set up, or the engine cannot be started.
    pub fn run(&self) -> Result<Fuzzed, ExperimentError> {
        self.run_watched(&|_| {}, &Cancellation::default())
    }

    /// Searches; `show` is told how far it is, from several threads at once. A search that is given up tells what it has found
    /// until then.
    ///
    /// # Errors
    /// As [`Fuzz::run`].
    pub fn run_watched(
        &self,
        show: &(dyn Fn(FuzzProgress) + Sync),
        cancellation: &Cancellation,
    ) -> Result<Fuzzed, ExperimentError> {
        self.check()?;
        let fails_on = FailsOn::new(self.contender.subject(), &self.fails_on, self.swarm.broken);
        let clock = stopwatch();
        let stop = || cancellation.is_cancelled();
        let search = Search {
            fuzz: self,
            player: Player {
                contender: &self.contender,
                fails_on: &fails_on,
                stop: &stop,
            },
            clock: &clock,
            show,
            played: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        };
        let mut found = Fuzzed {
            seeds: 0,
            failed: 0,
            failures: Vec::new(),
            coverage: SwarmCoverage::default(),
            fails_on: fails_on.clone(),
            ended: Ended::BudgetSpent,
            wall_s: 0.0,
            shrink_wall_s: 0.0,
        };
        search.play_seeds(&mut found)?;
        found.wall_s = clock();
        search.shrink(&mut found)?;
        found.shrink_wall_s = clock() - found.wall_s;
        Ok(found)
    }

    /// What can be said before anything is played.
    ///
    /// # Errors
    /// When the search makes no sense.
    pub fn check(&self) -> Result<(), ExperimentError> {
        let wrong = |why: String| Err(ExperimentError::Unexpected(why));
        if matches!(self.contender.source(), Source::Address(_)) {
            return Err(ExperimentError::Misplaced {
                contender: self.contender.name().to_string(),
                why: "an engine at an address lives by the wall clock",
            });
        }
        if self
            .swarm
            .base
            .as_ref()
            .is_some_and(|it| it.replay.is_some())
        {
            return wrong("a search draws its buyers, and this scenario replays them".to_string());
        }
        let broken = self.swarm.broken;
        if let Some((broken, why)) = broken.and_then(|it| Some((it, assumption::unbreakable(it)?)))
        {
            return wrong(format!("{} cannot be broken: {why}", broken.name()));
        }
        Ok(())
    }
}

/// A search under way.
struct Search<'a, C> {
    fuzz: &'a Fuzz,
    player: Player<'a>,
    clock: &'a C,
    show: &'a (dyn Fn(FuzzProgress) + Sync),
    played: AtomicU64,
    failed: AtomicU64,
}

/// What came of a seed.
struct SeedPlayed {
    seed: u64,
    scenario: Scenario,
    failure: Option<Failure>,
    coverage: Option<Coverage>,
    faults: Vec<(FaultKind, Counts)>,
}

impl<C: Fn() -> f64 + Sync> Search<'_, C> {
    fn play_seeds(&self, found: &mut Fuzzed) -> Result<(), ExperimentError> {
        let size = match self.fuzz.contender.source() {
            Source::Command(_) => BATCH_OF_PROCESSES,
            _ => BATCH,
        };
        let own = |seeds: u64| match self.fuzz.shard {
            Some(shard) => shard.part_of(seeds),
            None => seeds,
        };
        let mut next = 0_u64;
        loop {
            let left = match self.fuzz.budget {
                Budget::Seeds(seeds) => own(seeds) - found.seeds,
                Budget::Time(time) if (self.clock)() >= time.as_secs_f64() => 0,
                Budget::Time(_) => size,
            };
            // Seeds end where their numbers do.
            let seeds = (next..next.saturating_add(left.min(size)))
                .map_while(|place| self.fuzz.seed_at(place));
            let seeds: Vec<u64> = seeds.collect();
            if seeds.is_empty() {
                return Ok(());
            }
            next += seeds.len() as u64;
            let batch: Vec<Result<Option<SeedPlayed>, ExperimentError>> = seeds
                .into_par_iter()
                .with_max_len(1)
                .map(|seed| self.play_seed(seed))
                .collect();
            for played in batch {
                let ended = match played? {
                    None => ControlFlow::Break(Ended::Interrupted),
                    Some(played) => self.take(found, played),
                };
                if let ControlFlow::Break(ended) = ended {
                    found.ended = ended;
                    return Ok(());
                }
            }
        }
    }

    /// Nothing when the search has been given up.
    fn play_seed(&self, seed: u64) -> Result<Option<SeedPlayed>, ExperimentError> {
        let drawn = self.fuzz.swarm.scenario(seed);
        // A contender with settings of its own plays them, and a file of the failure must hold what was played.
        let scenario = self.fuzz.contender.scenario(&drawn).into_owned();
        let Played {
            failure,
            coverage,
            faults,
        } = match self.player.play(&scenario, seed) {
            Err(ExperimentError::Cancelled) => return Ok(None),
            played => played?,
        };
        let failed = u64::from(failure.is_some());
        self.tell(
            self.played.fetch_add(1, Ordering::Relaxed) + 1,
            self.failed.fetch_add(failed, Ordering::Relaxed) + failed,
            0,
        );
        Ok(Some(SeedPlayed {
            seed,
            scenario,
            failure,
            coverage,
            faults,
        }))
    }

    fn take(&self, found: &mut Fuzzed, played: SeedPlayed) -> ControlFlow<Ended> {
        found.seeds += 1;
        found.coverage.add(
            &played.scenario,
            played.failure.is_some(),
            &played.faults,
            played.coverage.as_ref(),
        );
        let Some(failure) = played.failure else {
            return ControlFlow::Continue(());
        };
        found.failed += 1;
        if found.failures.len() < MOST_FAILURES {
            found.failures.push(FoundFailure {
                seed: played.seed,
                scenario: played.scenario,
                failure,
                shrunk: None,
            });
        }
        match self.fuzz.keep_going {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(Ended::Failed),
        }
    }

    fn tell(&self, seeds: u64, failed: u64, shrinking: u32) {
        (self.show)(FuzzProgress {
            seeds,
            failed,
            shrinking,
            elapsed_s: (self.clock)(),
        });
    }

    /// Makes the first failure of each kind small.
    fn shrink(&self, found: &mut Fuzzed) -> Result<(), ExperimentError> {
        let (seeds, failed) = (found.seeds, found.failed);
        let mut done: Vec<FailureKind> = Vec::new();
        for failure in &mut found.failures {
            if self.fuzz.shrink_runs == 0 || done.contains(&failure.failure.kind) {
                continue;
            }
            done.push(failure.failure.kind.clone());
            let shrink = Shrink {
                player: &self.player,
                seed: failure.seed,
                most_runs: self.fuzz.shrink_runs,
                show: &|runs| self.tell(seeds, failed, runs),
            };
            match shrink.run(&failure.scenario, &failure.failure) {
                Err(ExperimentError::Cancelled) => {
                    found.ended = Ended::Interrupted;
                    return Ok(());
                }
                shrunk => failure.shrunk = Some(shrunk?),
            }
        }
        Ok(())
    }
}
