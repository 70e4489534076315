//! What served systems that have ended come to: the same figures as a run in virtual time.

use channel_mocks::core::Micros;

use super::records::Records;
use crate::experiment::facts;
use crate::experiment::kept::{about, epoch};
use crate::experiment::{Kept, RunResult};
use crate::measure::RunFacts;
use crate::serve::ledger_task::ClosedLedger;
use crate::serve::session::{EndedSession, ServePlan, SessionSpan};
use crate::world::LimitWatch;
use crate::world::ledger::Recorder;

/// How late 99 % of arrivals may be, in real time, unless something else is said ...
const LAG_LIMIT: Micros = Micros::from_millis(50);
/// ... and in simulated time: what is late by more may meet other counts than it was meant to.
const LAG_LIMIT_SIMULATED: Micros = Micros::from_secs(1);

/// How late 99 % of arrivals may be, in real time, at a speed, unless something else is said.
pub fn lag_limit(speed: f64) -> Micros {
    let simulated = LAG_LIMIT_SIMULATED.0 as f64 / speed;
    LAG_LIMIT.min(Micros(simulated as u64))
}

/// Why a life that has ended has no figures.
#[derive(Debug, thiserror::Error)]
pub enum NoFigures {
    /// Units appeared or vanished.
    #[error("the harness itself is wrong: {0}")]
    HarnessWrong(String),
    /// A task of the life failed.
    #[error(
        "a served system has failed: there are no figures, and the ledger goes as far as it came"
    )]
    Failed,
    /// The ledger's file is not whole.
    #[error("the ledger could not be written to its end: {0}")]
    Ledger(#[from] std::io::Error),
}

/// The figures of a life that has ended. `rerun` is the command that plays it again.
///
/// # Errors
/// When the ledger is not whole, or its units do not add up.
pub fn measured(
    ended: EndedSession<Records>,
    lag_limit: Micros,
    rerun: String,
) -> Result<(ServePlan, RunResult), NoFigures> {
    let EndedSession {
        span,
        played,
        plan,
        ledger,
        limits,
        faults,
        not_simulated: _,
    } = ended;
    let ClosedLedger {
        mut recorder,
        open,
        convergence,
        conservation,
        ..
    } = ledger;
    recorder.flush()?;
    let contender = recorder.meter.name().to_string();
    let about = about(&plan.scenario, plan.seed, &contender);
    let calls = recorder.close_calls(epoch(&plan.scenario), &about)?;
    let conservation = conservation.map_err(|error| NoFigures::HarnessWrong(error.to_string()))?;
    let SessionSpan {
        opened_at,
        ended_at,
        real,
        ..
    } = span;
    let (demand_from, demand_until) = match played {
        Some(played) => {
            let from = played.zero + plan.scenario.opening;
            (from.min(ended_at), played.until.min(ended_at))
        }
        None => (opened_at, ended_at),
    };
    let speed = span.speed;
    let facts = RunFacts {
        trace_hash: None,
        buyers_hash: played.map_or(0, |it| it.buyers_hash),
        events: 0,
        simulated: ended_at.since(opened_at),
        demand_from,
        demand_until,
        settle_deadline: played.map(|_| demand_until + plan.scenario.settle),
        converged: open.in_sync(),
        convergence,
        limits_used: limits,
        // Nobody looks at them while it runs.
        limits_busy: LimitWatch::default(),
        wall_s: real.as_secs_f64(),
        demand_wall_s: demand_until.since(demand_from).as_secs_f64() / speed,
        rerun,
        engine_crashes: 0,
        faults: faults
            .iter()
            .map(|(fault, counts)| facts::of_fault(fault, counts))
            .collect(),
        journal_lost_at: None,
        lent: None,
    };
    let mut measured = recorder.meter.finish(facts);
    let channels = plan.scenario.channels.iter().map(|it| it.name.clone());
    let systems: Vec<String> = channels.chain(["warehouse".to_string()]).collect();
    measured.add_real_time(&recorder.real, &systems, lag_limit);
    let seed = plan.seed;
    Ok((
        plan,
        RunResult {
            seed,
            measured,
            references: None,
            open,
            conservation,
            one_order: None,
            engine_ended_badly: None,
            kept: Kept {
                calls,
                ..Kept::default()
            },
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faster_run_has_to_be_more_punctual() {
        assert_eq!(lag_limit(0.1), Micros::from_millis(50));
        assert_eq!(lag_limit(20.0), Micros::from_millis(50));
        assert_eq!(lag_limit(200.0), Micros::from_millis(5));
        assert_eq!(lag_limit(10_000_000.0), Micros::ZERO);
    }
}
