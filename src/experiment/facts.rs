//! What a driver knows of a run, as figures need it.

use crate::measure::{FaultFigures, RunFacts};
use crate::scenario::Scenario;
use crate::scenario::model::{Fault, FaultKind};
use crate::sim::Outcome;
use crate::stage::faults::Counts;

/// Facts of a run in virtual time; `rerun` is the command that repeats it.
pub fn of_outcome(scenario: &Scenario, outcome: &Outcome, rerun: &str) -> RunFacts {
    let faults = scenario.faults.iter().zip(&outcome.faults);
    let crashes = faults.clone().filter(|it| it.0.kind == FaultKind::Crash);
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
        engine_crashes: crashes.map(|(_, counts)| counts.injected).sum(),
        faults: faults
            .map(|(fault, counts)| of_fault(fault, counts))
            .collect(),
        journal_lost_at: None,
        lent: outcome.lent.clone(),
    }
}

/// Of a fault of either time.
pub(super) fn of_fault(fault: &Fault, counts: &Counts) -> FaultFigures {
    FaultFigures {
        kind: fault.kind.describe().name.to_string(),
        channel: fault.channel.clone(),
        eligible: counts.eligible,
        injected: counts.injected,
        noticed: counts.noticed,
    }
}
