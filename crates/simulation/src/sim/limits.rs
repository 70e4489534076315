//! Limits of a run, and how it can fail.

use channel_mocks::core::Micros;

use super::host::HostError;
use crate::stage::opening::SetupError;
use crate::world::WorldError;
use crate::world::ledger::ConservationError;

/// What stops a run that has run away. A run that hits one of these says nothing about the engine but that it never rests.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events in the whole run.
    pub max_events: u64,
    /// Simulated time, opening and settling included.
    pub max_simulated: Micros,
    /// Events pending at once.
    pub max_pending: usize,
    /// Events at one instant: a machine that answers itself without any delay never lets time pass.
    pub max_events_at_one_instant: u64,
}

impl Default for Limits {
    /// Far above any scenario that makes sense on one core: 20 billion events, 2 years, 20 million pending, 5 million at
    /// one instant.
    fn default() -> Limits {
        Limits {
            max_events: 20_000_000_000,
            max_simulated: Micros::from_secs(2 * 365 * 86_400),
            max_pending: 20_000_000,
            max_events_at_one_instant: 5_000_000,
        }
    }
}

/// Why a run has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The scenario cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The world of the scenario cannot be made.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The engine cannot be put on the host of the scenario's faults.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The order log could be read at first and not while the run went on.
    #[error("the replay broke off: {reason}; {rerun}")]
    ReplayBrokeOff {
        /// What was wrong with the log.
        reason: String,
        /// The seed and how to run this again.
        rerun: String,
    },
    /// A limit was hit.
    #[error("{limit} at {at} after {events} events; the last was: {last}; {rerun}")]
    RanAway {
        /// Which limit, with its figure.
        limit: String,
        /// Simulated time.
        at: Micros,
        /// Events so far.
        events: u64,
        /// What happened last, with the reason a machine gave for its timer.
        last: String,
        /// The seed and how to run this again.
        rerun: String,
    },
    /// The engine under test broke its protocol or died.
    #[error("the engine failed at {} s of simulated time: {what}\n{rerun}", at.as_secs_f64())]
    EngineFailed {
        /// Simulated time.
        at: Micros,
        /// What it did and what was expected.
        what: String,
        /// The seed and how to run this again.
        rerun: String,
    },
    /// The caller gave it up.
    #[error("stopped by its caller at {at}")]
    Stopped {
        /// Simulated time.
        at: Micros,
    },
    /// Units appeared or vanished: the harness is wrong (exit code 70).
    #[error("units are not conserved, so the harness itself is wrong: {error}; {rerun}")]
    Conservation {
        /// What does not add up.
        error: ConservationError,
        /// The seed and how to run this again.
        rerun: String,
    },
}

impl RunError {
    /// What went wrong, without the command that repeats the run: for whoever has a better one.
    pub fn reason(&self) -> String {
        let text = self.to_string();
        let rerun = match self {
            RunError::ReplayBrokeOff { rerun, .. }
            | RunError::RanAway { rerun, .. }
            | RunError::EngineFailed { rerun, .. }
            | RunError::Conservation { rerun, .. } => rerun.as_str(),
            RunError::Setup(_)
            | RunError::World(_)
            | RunError::Host(_)
            | RunError::Stopped { .. } => "",
        };
        let reason = text.strip_suffix(rerun).unwrap_or(&text);
        reason.trim_end_matches([';', ' ', '\n']).to_string()
    }

    /// Whether the harness itself is wrong, rather than the scenario or the engine.
    pub fn is_defect_of_harness(&self) -> bool {
        matches!(self, RunError::Conservation { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_no_command() {
        let (at, rerun) = (
            Micros::from_secs(7),
            "seed 4; again with: simulate --this".to_string(),
        );
        let failed = RunError::EngineFailed {
            at,
            what: "in step 9, it ended\n  expected: an answer".to_string(),
            rerun: rerun.clone(),
        };
        assert_eq!(
            failed.reason(),
            "the engine failed at 7 s of simulated time: in step 9, it ended\n  expected: an answer"
        );
        let away = RunError::RanAway {
            limit: "more than 5 events".to_string(),
            at,
            events: 6,
            last: "Request".to_string(),
            rerun,
        };
        assert!(
            away.reason().ends_with("the last was: Request"),
            "{}",
            away.reason()
        );
        let stopped = RunError::Stopped { at };
        assert_eq!(stopped.reason(), stopped.to_string());
    }
}
