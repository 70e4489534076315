//! One run in virtual time.

use std::fs::File;

use channel_mocks::core::{Micros, Seed};

use super::Experiment;
use super::contender::{Contender, Source};
use super::error::ExperimentError;
use super::facts;
use super::kept::{Kept, RunRecords};
use super::one_order::{OrderWatch, SeenConfig};
use super::progress::{Cancellation, RunProgress};
use super::results::RunResult;
use crate::engine::config::EngineConfig;
use crate::engine::{self, Engine};
use crate::measure::{Measured, Meter, Subject};
use crate::scenario::Scenario;
use crate::sim::stepped::SteppedEngine;
use crate::sim::{self, Outcome, Progress, RunError, Setup};
use crate::world::World;
use crate::world::ledger::{Entry, Message, Recorder, Trail};

/// The meter, and whoever else wants to see the ledger's entries.
struct Tee<'a, R: ?Sized> {
    meter: Meter,
    watch: &'a mut R,
}

impl<R: Recorder + ?Sized> Recorder for Tee<'_, R> {
    fn record(&mut self, at: Micros, entry: &Entry) {
        self.meter.record(at, entry);
        self.watch.record(at, entry);
    }

    fn wants_trail(&self) -> bool {
        self.meter.wants_trail()
    }

    fn trail(&mut self, at: Micros, step: &Trail) {
        self.meter.trail(at, step);
    }

    fn wants_messages(&self) -> bool {
        self.meter.wants_messages() || self.watch.wants_messages()
    }

    fn wants_calls(&self) -> bool {
        self.watch.wants_messages() && self.watch.wants_calls()
    }

    fn message(&mut self, at: Micros, message: &Message<'_>) {
        if self.meter.wants_messages() {
            self.meter.message(at, message);
        }
        if self.watch.wants_messages() {
            self.watch.message(at, message);
        }
    }
}

/// Who looks on at a run beside the meter.
struct Watches {
    orders: Option<OrderWatch>,
    records: Option<RunRecords>,
}

impl Recorder for Watches {
    fn record(&mut self, at: Micros, entry: &Entry) {
        if let Some(orders) = &mut self.orders {
            orders.record(at, entry);
        }
        if let Some(records) = &mut self.records {
            records.record(at, entry);
        }
    }

    fn wants_messages(&self) -> bool {
        let wants = |it: &dyn Recorder| it.wants_messages();
        self.orders.as_ref().is_some_and(|it| wants(it))
            || self.records.as_ref().is_some_and(|it| wants(it))
    }

    fn wants_calls(&self) -> bool {
        let wants = |it: &dyn Recorder| it.wants_messages() && it.wants_calls();
        self.orders.as_ref().is_some_and(|it| wants(it))
            || self.records.as_ref().is_some_and(|it| wants(it))
    }

    fn message(&mut self, at: Micros, message: &Message<'_>) {
        if let Some(orders) = &mut self.orders {
            orders.message(at, message);
        }
        if let Some(records) = &mut self.records {
            records.message(at, message);
        }
    }
}

/// Plays one run and takes its figures; `watch` sees every entry of the ledger as well. For tests and programs that want
/// to look closer than an [`Experiment`] does.
///
/// # Errors
/// See [`RunError`].
pub fn play<R: Recorder + ?Sized>(
    setup: &Setup,
    subject: impl Into<Subject>,
    engine: impl FnOnce(EngineConfig) -> Box<dyn Engine>,
    watch: &mut R,
    show: &mut dyn FnMut(Progress),
) -> Result<(Measured, Outcome), RunError> {
    let meter = Meter::new(setup.scenario, subject);
    play_into(meter, setup, engine, watch, show)
}

/// The same, with causes.
///
/// # Errors
/// See [`RunError`].
pub fn play_with_causes<R: Recorder + ?Sized>(
    setup: &Setup,
    subject: impl Into<Subject>,
    engine: impl FnOnce(EngineConfig) -> Box<dyn Engine>,
    watch: &mut R,
    show: &mut dyn FnMut(Progress),
) -> Result<(Measured, Outcome), RunError> {
    let meter = Meter::new(setup.scenario, subject).with_causes(setup.scenario);
    play_into(meter, setup, engine, watch, show)
}

fn play_into<R: Recorder + ?Sized>(
    meter: Meter,
    setup: &Setup,
    engine: impl FnOnce(EngineConfig) -> Box<dyn Engine>,
    watch: &mut R,
    show: &mut dyn FnMut(Progress),
) -> Result<(Measured, Outcome), RunError> {
    let mut tee = Tee { meter, watch };
    let outcome = sim::run_with(setup, engine, &mut tee, show)?;
    let facts = facts::of_outcome(setup.scenario, &outcome, setup.rerun.unwrap_or_default());
    Ok((tee.meter.finish(facts), outcome))
}

/// Starts a contender's process, if it is one; its standard error goes to `errors`. What comes back makes the engine.
///
/// # Errors
/// [`ExperimentError::Start`].
pub(super) fn engine_of<'a>(
    contender: &'a Contender,
    scenario: &'a Scenario,
    errors: Option<File>,
) -> Result<impl FnOnce(EngineConfig) -> Box<dyn Engine> + 'a, ExperimentError> {
    let peer = match contender.source() {
        Source::Command(command) => {
            let started = command.start(errors);
            Some(started.map_err(|error| ExperimentError::Start {
                contender: contender.name().to_string(),
                program: command.program().to_string(),
                error,
            })?)
        }
        _ => None,
    };
    Ok(move |config: EngineConfig| -> Box<dyn Engine> {
        match (contender.source(), peer) {
            (Source::Own(build), _) => build(config),
            (_, Some(peer)) => Box::new(SteppedEngine::open(peer, &config, scenario)),
            (_, None) => engine::build(config),
        }
    })
}

/// One contender on one seed.
pub(super) fn run(
    experiment: &Experiment,
    contender: &Contender,
    seed: u64,
    clock: &dyn Fn() -> f64,
    show: &(dyn Fn(&RunProgress) + Sync),
    cancellation: &Cancellation,
) -> Result<RunResult, ExperimentError> {
    if cancellation.is_cancelled() {
        return Err(ExperimentError::Cancelled);
    }
    let scenario = contender.scenario(&experiment.scenario);
    let scenario = scenario.as_ref();
    let rerun = experiment.rerun_of(contender, seed);
    let stop = || cancellation.is_cancelled();
    let setup = Setup {
        orders: experiment.orders.as_ref(),
        clock,
        rerun: Some(&rerun),
        stop: &stop,
        ..Setup::new(scenario, seed, contender.subject().like())
    };
    let errors = match contender.source() {
        Source::Command(_) => experiment.standard_error_of(contender, seed)?,
        _ => None,
    };
    let build = engine_of(contender, scenario, errors)?;
    let mut tell = |progress| {
        show(&RunProgress {
            contender: contender.name(),
            seed,
            progress,
            elapsed_s: clock(),
        });
    };
    let subject = contender.subject().clone();
    let orders = experiment.orders.as_ref();
    let keep = experiment.records.as_ref();
    let records = keep.map(|it| RunRecords::create(it, scenario, seed, orders, contender.name()));
    let records = records.transpose()?;
    let config = SeenConfig::default();
    let orders = experiment
        .causes
        .then(|| OrderWatch::new(scenario, config.clone()));
    let mut watch = Watches { orders, records };
    let build = |own: EngineConfig| {
        if experiment.causes {
            // It is made once.
            let _ = config.set(own.clone());
        }
        build(own)
    };
    let played = match experiment.causes {
        true => play_with_causes(&setup, subject, build, &mut watch, &mut tell),
        false => play(&setup, subject, build, &mut watch, &mut tell),
    };
    let one_order = watch.orders.and_then(|it| it.finish(contender.name()));
    // What is kept of a run that failed is whole as far as it went.
    let kept = watch
        .records
        .map_or_else(|| Ok(Kept::default()), RunRecords::finish);
    let (mut measured, outcome) = played.map_err(|error| match error {
        RunError::Stopped { .. } => ExperimentError::Cancelled,
        error => ExperimentError::Run {
            contender: contender.name().to_string(),
            error: Box::new(error),
        },
    })?;
    // Without a replay the catalogue's codes are those of its numbers.
    if scenario.replay.is_some() && !measured.chains.is_empty() {
        let world = World::new(scenario, Seed(seed), experiment.orders.as_ref())
            .map_err(ExperimentError::unexpected)?;
        let codes: Vec<String> = world.catalogue.skus.into_iter().map(|it| it.code).collect();
        measured.name_skus(&codes);
    }
    Ok(RunResult {
        seed,
        measured,
        references: experiment.references_for(contender, seed)?,
        open: outcome.open,
        conservation: outcome.conservation,
        engine_ended_badly: outcome.engine_ended_badly,
        one_order,
        kept: kept.map_err(|error| {
            let name = contender.name();
            ExperimentError::unexpected(format!("{name}: its records cannot be written: {error}"))
        })?,
    })
}
