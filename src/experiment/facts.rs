//! What a driver knows of a run, as figures need it.

use crate::measure::RunFacts;
use crate::sim::Outcome;

impl RunFacts {
    /// Of a run in virtual time; `rerun` is the command that repeats it.
    pub fn of(outcome: &Outcome, rerun: &str) -> RunFacts {
        RunFacts {
            trace_hash: Some(outcome.trace_hash),
            buyers_hash: outcome.buyers_hash,
            events: outcome.events,
            simulated: outcome.simulated,
            demand_from: outcome.demand_from,
            demand_until: outcome.demand_until,
            settle_deadline: Some(outcome.settle_deadline),
            converged: outcome.converged,
            convergence: outcome.convergence,
            limits_used: outcome.limits_used.clone(),
            limits_busy: outcome.limits_busy.clone(),
            wall_s: outcome.wall.total_s,
            demand_wall_s: outcome.wall.demand_s,
            rerun: rerun.to_string(),
            engine_crashes: 0,
            journal_lost_at: None,
        }
    }
}
