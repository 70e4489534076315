//! What real-time commands share: entries go to the figures and to the ledger's file, and a life that has ended becomes
//! the same document as a run in virtual time.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use channel_mocks::core::Micros;

use crate::measure::{Contender, Measured, Meter, RealTime, RunFacts};
use crate::realtime::timing::{Answered, Arrival, SessionRecorder, Timings};
use crate::report::{
    Document, RunDirectory, RunDirectoryError, SCHEMA_VERSION, StrategyDocument, Time,
};
use crate::scenario::Scenario;
use crate::serve::ledger_lines::LedgerLines;
use crate::serve::ledger_task::ClosedLedger;
use crate::serve::session::{EndedSession, ServePlan, SessionSpan};
use crate::world::ledger::{Entry, Recorder};

/// How late 99 % of arrivals may be, in real time, unless something else is said ...
const LAG_LIMIT: Micros = Micros::from_millis(50);
/// ... and in simulated time: what is late by more may meet other counts than it was meant to.
const LAG_LIMIT_SIMULATED: Micros = Micros::from_secs(1);

/// How late 99 % of arrivals may be, in real time, at a speed, unless something else is said.
pub fn lag_limit(speed: f64) -> Micros {
    let simulated = LAG_LIMIT_SIMULATED.0 as f64 / speed;
    LAG_LIMIT.min(Micros(simulated as u64))
}

/// Takes entries for the figures and for the file.
pub struct Records {
    meter: Meter,
    real: Arc<RealTime>,
    lines: LedgerLines<BufWriter<File>>,
}

/// Where a life's timings go.
struct Taken(Arc<RealTime>);

impl Timings for Taken {
    fn arrived(&self, arrival: &Arrival, pace: f64) {
        let real = |platform: Micros| Micros((platform.0 as f64 / pace) as u64);
        let Arrival {
            intended,
            sent_at,
            dated,
            taken_up_at,
        } = *arrival;
        self.0.arrived(
            real(sent_at.since(intended)),
            real(taken_up_at.since(intended)),
            dated,
            dated.since(intended),
        );
    }

    fn answered(&self, answered: &Answered) {
        let micros = |real: Duration| Micros(u64::try_from(real.as_micros()).unwrap_or(u64::MAX));
        let (own, total) = (micros(answered.own), micros(answered.total));
        self.0.answered(answered.system, answered.kind, own, total);
    }
}

impl SessionRecorder for Records {
    fn timings(&self) -> Arc<dyn Timings> {
        Arc::new(Taken(self.real.clone()))
    }
}

impl Records {
    /// For a life of `scenario` whose doors open at `opens_at`; the ledger's file must not exist.
    pub fn create(
        ledger: &Path,
        skus: &[String],
        opens_at: Micros,
        scenario: &Scenario,
        contender: Contender,
    ) -> std::io::Result<Records> {
        let channels = scenario.channels.iter().map(|it| it.name.clone()).collect();
        let locations = &scenario.warehouse.locations;
        let locations = locations.iter().map(|it| it.code.clone()).collect();
        let file = BufWriter::new(File::create_new(ledger)?);
        Ok(Records {
            meter: Meter::open_ended(scenario, contender, opens_at),
            real: Arc::new(RealTime::new(scenario.channels.len() + 1)),
            lines: LedgerLines::new(file, channels, skus.to_vec(), locations),
        })
    }
}

impl Recorder for Records {
    fn record(&mut self, at: Micros, entry: &Entry) {
        self.meter.record(at, entry);
        self.real.entry(at, entry);
        self.lines.record(at, entry);
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.lines.flush()
    }
}

/// Why a life that has ended has no figures.
#[derive(Debug, thiserror::Error)]
pub enum NoFigures {
    /// Units appeared or vanished.
    #[error("the harness itself is wrong: {0}")]
    HarnessWrong(String),
    /// The ledger's file is not whole.
    #[error("the ledger could not be written to its end: {0}")]
    Ledger(#[from] std::io::Error),
    /// Another file is not.
    #[error(transparent)]
    Directory(#[from] RunDirectoryError),
}

/// The figures of a life that has ended. `rerun` is the command that plays it again.
///
/// # Errors
/// When the ledger is not whole, or its units do not add up.
pub fn measured(
    ended: EndedSession<Records>,
    lag_limit: Micros,
    rerun: String,
) -> Result<(ServePlan, Measured), NoFigures> {
    let EndedSession {
        span,
        played,
        plan,
        ledger,
        limits,
    } = ended;
    let ClosedLedger {
        mut recorder,
        open,
        convergence,
        conservation,
        ..
    } = ledger;
    recorder.flush()?;
    conservation.map_err(|error| NoFigures::HarnessWrong(error.to_string()))?;
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
        converged: open.in_sync(),
        convergence,
        limits_used: limits,
        wall_s: real.as_secs_f64(),
        demand_wall_s: demand_until.since(demand_from).as_secs_f64() / speed,
        rerun,
    };
    let mut measured = recorder.meter.finish(facts);
    let channels = plan.scenario.channels.iter().map(|it| it.name.clone());
    let systems: Vec<String> = channels.chain(["warehouse".to_string()]).collect();
    measured.add_real_time(&recorder.real, &systems, lag_limit);
    Ok((plan, measured))
}

/// The document of lives in real time.
pub fn document(
    scenario: &Scenario,
    seed: u64,
    speed: f64,
    runs: &[Measured],
    rerun: String,
) -> Document {
    let strategies: Vec<StrategyDocument> = runs.iter().map(StrategyDocument::from).collect();
    Document {
        schema_version: SCHEMA_VERSION,
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        currency: scenario.currency.clone(),
        seed,
        time: Time::Real,
        speed: Some(speed),
        simulated_s: strategies
            .iter()
            .map(|run| run.simulated_s)
            .fold(0.0, f64::max),
        wall_s: strategies.iter().map(|run| run.wall_s).sum(),
        rerun,
        strategies,
    }
}

/// Writes what a life of served shops came to beside its ledger, and gives the document.
///
/// # Errors
/// See [`NoFigures`].
pub fn write_life(
    directory: &RunDirectory,
    life: u32,
    ended: EndedSession<Records>,
    rerun: String,
) -> Result<Document, NoFigures> {
    let speed = ended.span.speed;
    let (plan, run) = measured(ended, lag_limit(speed), rerun.clone())?;
    let runs = [run];
    let document = document(&plan.scenario, plan.seed, speed, &runs, rerun);
    let place = directory.of_life(life);
    place.write(&document, &runs, &plan.scenario.expanded(), None)?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_counts_from_the_set_time_and_in_real_time() {
        let real = Arc::new(RealTime::new(1));
        let arrival = Arrival {
            intended: Micros::from_secs(10),
            sent_at: Micros::from_secs(12),
            dated: Micros::from_secs(13),
            taken_up_at: Micros::from_secs(14),
        };
        Taken(real.clone()).arrived(&arrival, 2.0);
        let figures = real.figures(&["web".to_string()], LAG_LIMIT);
        assert_eq!(figures.send_lag_real_s.max, 1.0);
        assert_eq!(figures.arrival_lag_real_s.max, 2.0);
    }

    #[test]
    fn a_faster_run_has_to_be_more_punctual() {
        assert_eq!(lag_limit(0.1), Micros::from_millis(50));
        assert_eq!(lag_limit(20.0), Micros::from_millis(50));
        assert_eq!(lag_limit(200.0), Micros::from_millis(5));
        assert_eq!(lag_limit(10_000_000.0), Micros::ZERO);
    }
}
