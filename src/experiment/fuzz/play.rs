//! One run of a search: played, judged, and with a panic caught.

use channel_mocks::core::Micros;

use super::judging::{FailsOn, Failure, FailureKind};
use crate::engine::Coverage;
use crate::experiment::contender::Contender;
use crate::experiment::error::ExperimentError;
use crate::experiment::{facts, panics, virtual_time};
use crate::measure::Judge;
use crate::scenario::Scenario;
use crate::scenario::model::FaultKind;
use crate::sim::{self, Limits, Outcome, RunError, Setup};
use crate::stage::faults::Counts;
use crate::world::ledger::{Entry, Recorder};

/// A small shop needs a few ten thousand events. One that needs so many never rests.
const LIMITS: Limits = Limits {
    max_events: 5_000_000,
    max_simulated: Micros::from_secs(2 * 365 * 86_400),
    max_pending: 500_000,
    max_events_at_one_instant: 200_000,
};

/// Plays runs of one contender.
pub(in crate::experiment) struct Player<'a> {
    /// Whose runs they are.
    pub contender: &'a Contender,
    /// What is looked for.
    pub fails_on: &'a FailsOn,
    /// Whether the search has been given up.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// What came of a run.
#[derive(Clone, Debug)]
pub(in crate::experiment) struct Played {
    /// What went wrong, if anything did.
    pub failure: Option<Failure>,
    /// What the engine came through.
    pub coverage: Option<Coverage>,
    /// What the faults came to, by kind.
    pub faults: Vec<(FaultKind, Counts)>,
}

struct Tee<'a, R: ?Sized> {
    judge: Judge,
    watch: &'a mut R,
}

impl<R: Recorder + ?Sized> Recorder for Tee<'_, R> {
    fn record(&mut self, at: Micros, entry: &Entry) {
        self.judge.record(at, entry);
        self.watch.record(at, entry);
    }
}

struct Unwatched;

impl Recorder for Unwatched {
    fn record(&mut self, _: Micros, _: &Entry) {}
}

/// What the faults of a scenario came to, by kind.
fn counts_of(scenario: &Scenario, outcome: &Outcome) -> Vec<(FaultKind, Counts)> {
    let kinds = scenario.faults.iter().map(|fault| fault.kind);
    kinds.zip(outcome.faults.iter().copied()).collect()
}

impl Player<'_> {
    /// Plays a scenario under a seed.
    ///
    /// # Errors
    /// When it cannot be set up, its engine cannot be started, or the search has been given up.
    pub fn play(&self, scenario: &Scenario, seed: u64) -> Result<Played, ExperimentError> {
        self.play_watched(scenario, seed, &mut Unwatched)
    }

    /// The same, while `watch` sees every entry of the ledger.
    ///
    /// # Errors
    /// As [`Player::play`].
    pub fn play_watched<R: Recorder>(
        &self,
        scenario: &Scenario,
        seed: u64,
        watch: &mut R,
    ) -> Result<Played, ExperimentError> {
        if (self.stop)() {
            return Err(ExperimentError::Cancelled);
        }
        let scenario = self.contender.scenario(scenario);
        let scenario = scenario.as_ref();
        let subject = self.contender.subject();
        let engine = virtual_time::engine_of(self.contender, scenario, None)?;
        let setup = Setup {
            limits: LIMITS,
            stop: self.stop,
            ..Setup::new(scenario, seed, subject.like())
        };
        let mut tee = Tee {
            judge: Judge::new(scenario, subject.clone()),
            watch,
        };
        let caught = panics::catch(|| sim::run_with(&setup, engine, &mut tee, &mut |_| {}));
        let failed = |kind, what: String| {
            Ok(Played {
                failure: Some(Failure {
                    kind,
                    what,
                    example: None,
                }),
                coverage: None,
                faults: Vec::new(),
            })
        };
        let outcome = match caught {
            Ok(Ok(outcome)) => outcome,
            Err(panic) => return failed(FailureKind::HarnessWrong, panic),
            Ok(Err(RunError::Stopped { .. })) => return Err(ExperimentError::Cancelled),
            Ok(Err(error @ (RunError::EngineFailed { .. } | RunError::RanAway { .. }))) => {
                // The scenario is drawn: no command names it. The failure has the one that plays it again.
                return failed(FailureKind::EngineFailed, error.reason());
            }
            Ok(Err(error)) if error.is_defect_of_harness() => {
                return failed(FailureKind::HarnessWrong, error.reason());
            }
            Ok(Err(error)) => {
                return Err(ExperimentError::Run {
                    contender: self.contender.name().to_string(),
                    error: Box::new(error),
                });
            }
        };
        let guarantees = tee.judge.finish(&facts::of_outcome(scenario, &outcome, ""));
        Ok(Played {
            failure: self.fails_on.broken(&guarantees),
            coverage: outcome.engine_coverage,
            faults: counts_of(scenario, &outcome),
        })
    }
}
