//! Makes a failing scenario as small as it can be (delta debugging): what can be taken away while the same guarantee is still
//! violated is taken away. Steps are tried one after the other in a fixed order, so that the result depends on the scenario and
//! its seed alone.
//!
//! Nothing is changed in a way that would break an assumption of its own: engines are never told shorter delays than hold, and
//! a guarantee about the end of a run keeps its time to settle.

mod demand;
mod faults;
pub mod file;
mod places;
mod time;
mod values;

use std::collections::BTreeSet;

use channel_mocks::core::random::hash_bytes;

use super::error::ExperimentError;
use super::fuzz::draw::faults::is_possible;
use super::fuzz::play::Player;
use super::fuzz::{Failure, FailureKind};
use crate::scenario::Scenario;
use crate::scenario::model::{Removals, Returns, SameInstant};

/// Rounds over all steps: what one takes away may let another go on.
const MOST_ROUNDS: u32 = 4;

/// A failure made small.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The smallest scenario found that still fails in the same way.
    pub scenario: Scenario,
    /// What goes wrong in it.
    pub failure: Failure,
    /// Runs that it took.
    pub runs: u32,
}

/// What makes failures small.
pub struct Shrink<'a> {
    pub(super) player: &'a Player<'a>,
    pub(super) seed: u64,
    /// Runs that it may take.
    pub(super) most_runs: u32,
    /// Told of the runs so far.
    pub(super) show: &'a dyn Fn(u32),
}

impl Shrink<'_> {
    /// Runs that one failure may take unless something else is said: well within a minute for small shops.
    pub const MOST_RUNS: u32 = 1_500;

    /// Makes a scenario small that fails in this way.
    ///
    /// # Errors
    /// [`ExperimentError::Cancelled`], and when the engine cannot be started.
    pub(super) fn run(
        &self,
        scenario: &Scenario,
        failure: &Failure,
    ) -> Result<Shrunk, ExperimentError> {
        let mut attempt = Attempt {
            shrink: self,
            best: scenario.clone(),
            failure: failure.clone(),
            runs: 0,
            tried: BTreeSet::new(),
        };
        if let Some(strategy) = self.player.contender.strategy() {
            // Replayed without any argument, it shows the contender that fails.
            attempt.best.strategies = vec![strategy];
        }
        for _ in 0..MOST_ROUNDS {
            if !attempt.round()? {
                break;
            }
        }
        // Its own settings are no part of what can be made plain: without them it is another contender.
        let best = self.player.contender.scenario(&attempt.best).into_owned();
        Ok(Shrunk {
            scenario: best,
            failure: attempt.failure,
            runs: attempt.runs,
        })
    }
}

/// The smallest scenario so far.
struct Attempt<'a> {
    shrink: &'a Shrink<'a>,
    best: Scenario,
    failure: Failure,
    runs: u32,
    /// Hashes of the scenarios that have been tried: later rounds repeat the steps of earlier ones.
    tried: BTreeSet<u64>,
}

/// Whether a step got anywhere.
type Step = Result<bool, ExperimentError>;

impl Attempt<'_> {
    fn round(&mut self) -> Step {
        let steps: [fn(&mut Self) -> Step; 9] = [
            // What makes each further run shorter comes first.
            Self::shorten_end,
            Self::drop_faults,
            Self::drop_people,
            Self::drop_channels,
            Self::drop_skus,
            Self::fewer_buyers,
            Self::shorten,
            Self::simplify,
            Self::narrow_faults,
        ];
        let mut is_smaller = false;
        for step in steps {
            is_smaller |= step(self)?;
        }
        Ok(is_smaller)
    }

    /// Whether the failure is one of a moment, rather than of how the run ended.
    fn is_of_a_moment(&self) -> bool {
        match &self.failure.kind {
            FailureKind::Guarantee(name) => name == "no_oversell",
            FailureKind::EngineFailed | FailureKind::HarnessWrong => true,
        }
    }

    /// Tries the smallest scenario with a change; `change` says whether there is anything to change.
    fn change(&mut self, change: impl FnOnce(&mut Scenario) -> bool) -> Step {
        let mut candidate = self.best.clone();
        if !change(&mut candidate) {
            return Ok(false);
        }
        self.attempt(candidate)
    }

    /// Plays a scenario, and keeps it if it fails in the same way.
    fn attempt(&mut self, candidate: Scenario) -> Step {
        let mut faults = candidate.faults.iter();
        if !faults.all(|fault| is_possible(fault, &candidate)) {
            return Ok(false);
        }
        // A scenario that cannot be written down cannot be replayed.
        let Ok(text) = toml::to_string(&candidate) else {
            return Ok(false);
        };
        if self.runs >= self.shrink.most_runs || !self.tried.insert(hash_bytes(text.as_bytes())) {
            return Ok(false);
        }
        self.runs += 1;
        (self.shrink.show)(self.runs);
        let played = match self.shrink.player.play(&candidate, self.shrink.seed) {
            // It is no scenario any more.
            Err(ExperimentError::Run { .. }) => return Ok(false),
            played => played?,
        };
        match played.failure {
            Some(failure) if failure.kind == self.failure.kind => {
                (self.best, self.failure) = (candidate, failure);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Takes parts out of a list, large ones first, down to single elements.
    fn thin<T>(&mut self, list: fn(&mut Scenario) -> &mut Vec<T>) -> Step {
        let mut is_smaller = false;
        let mut size = list(&mut self.best).len();
        while size > 0 {
            let mut at = 0;
            while at < list(&mut self.best).len() {
                let taken_out = self.change(|scenario| {
                    let list = list(scenario);
                    let until = (at + size).min(list.len());
                    list.drain(at..until);
                    true
                })?;
                is_smaller |= taken_out;
                if !taken_out {
                    at += size;
                }
            }
            size /= 2;
        }
        Ok(is_smaller)
    }

    fn drop_faults(&mut self) -> Step {
        self.thin(|scenario| &mut scenario.faults)
    }

    /// Leaves out what buyers and staff do after a purchase, and what befalls the stock.
    fn drop_people(&mut self) -> Step {
        let mut is_smaller = self.thin(|scenario| &mut scenario.happenings)?;
        is_smaller |=
            self.change(|scenario| std::mem::take(&mut scenario.cancellations.share) > 0.0)?;
        is_smaller |= self.change(|scenario| {
            let before = std::mem::take(&mut scenario.removals);
            before != Removals::default()
        })?;
        is_smaller |= self.change(|scenario| {
            let before = std::mem::take(&mut scenario.returns);
            before.share > 0.0 || before.restockable != Returns::default().restockable
        })?;
        is_smaller |=
            self.change(|scenario| std::mem::take(&mut scenario.support_reads_per_second) > 0.0)?;
        is_smaller |=
            self.change(|scenario| std::mem::take(&mut scenario.ties) != SameInstant::Scheduled)?;
        Ok(is_smaller)
    }
}
