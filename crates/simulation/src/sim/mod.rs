//! Virtual time: the event heap, the network model and the run loop that drives the machines of a scenario.
//!
//! One run is one thread, and knows no clock but its own: simulated time jumps from event to event, in the fixed order
//! (time, class, tie, sequence) of [`heap::Class`]. Nothing here holds a domain rule: platforms, warehouse, buyers, engine
//! and ledger each decide for themselves, and the loop carries bytes and facts between them.

mod acts;
mod calls;
mod deliveries;
mod digest;
mod engine_link;
mod event;
mod faults;
pub mod heap;
pub mod host;
mod idle_wakes;
pub mod limits;
mod messages;
pub mod network;
pub mod outcome;
pub mod progress;
mod run;
mod setup;
pub mod stepped;
mod systems;
#[cfg(test)]
mod tests;
pub mod trace;
mod trails;
mod truth;
mod wake;

use channel_mocks::core::{Micros, Seed};

pub use crate::stage::staff::StaffHabits;
pub use deliveries::callback_url;
pub use heap::Ties;
pub use limits::{Limits, RunError};
pub use outcome::{Outcome, WallTimes};
pub use progress::{Progress, RunPhase};

pub use crate::stage::opening::SetupError;

use crate::engine::config::{DemandHistory, EngineConfig, Strategy};
use crate::engine::{self, Engine};
use crate::scenario::Scenario;
use crate::stage::faults::Faults;
use crate::stage::{Stage, opening};
use crate::world::ledger::Recorder;
use crate::world::{ChannelIndex, OrderSource, World, sold_before};
use host::{FaultCounts, Hosted};
use run::{Run, RunSettings};
use setup::{ChannelSide, WarehouseSide};

/// What to run.
#[derive(Clone)]
pub struct Setup<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The root seed.
    pub seed: u64,
    /// Which strategy decides; for a foreign engine, the one whose meaning of displayed counts it shares
    /// ([`Strategy::displays_whole_stock`]). Informed escrow alone is told the truth.
    pub strategy: Strategy,
    /// The order log of a scenario with `[replay]`.
    pub orders: Option<&'a OrderSource>,
    /// What stops a run that has run away.
    pub limits: Limits,
    /// What decides between events of one class at one instant.
    pub ties: Ties,
    /// What the merchant's people do by hand.
    pub staff: StaffHabits,
    /// The command that runs this again, for errors; the one that names scenario, strategy and seed when there is none.
    pub rerun: Option<&'a str>,
    /// Seconds of real time since any fixed moment. Read four times a run, at the borders of its phases, for
    /// [`WallTimes`]; a clock that always says 0 is fine where nobody asks.
    pub clock: &'a dyn Fn() -> f64,
    /// Asked with every report of progress: whether the run is to be given up.
    pub stop: &'a dyn Fn() -> bool,
}

impl<'a> Setup<'a> {
    /// A run with usual limits and habits, no order log, and no clock.
    pub fn new(scenario: &'a Scenario, seed: u64, strategy: Strategy) -> Setup<'a> {
        Setup {
            scenario,
            seed,
            strategy,
            orders: None,
            limits: Limits::default(),
            ties: Ties::of(scenario, Seed(seed)),
            staff: StaffHabits::default(),
            rerun: None,
            clock: &|| 0.0,
            stop: &|| false,
        }
    }
}

/// Runs a scenario with the built-in engine. Entries go to the recorder as they happen.
///
/// # Errors
/// See [`RunError`]; one of them says that the harness itself is wrong.
pub fn run(
    setup: &Setup,
    recorder: &mut dyn Recorder,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, RunError> {
    run_with(setup, engine::build, recorder, progress)
}

/// Runs a scenario with an engine made for its configuration. Entries go to the recorder as they happen.
///
/// # Errors
/// See [`RunError`]; one of them says that the harness itself is wrong.
pub fn run_with(
    setup: &Setup,
    engine: impl FnOnce(EngineConfig) -> Box<dyn Engine>,
    recorder: &mut dyn Recorder,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, RunError> {
    run_on(setup, &opening::open_channel, engine, recorder, progress)
}

fn run_on(
    setup: &Setup,
    open_channel: opening::OpenChannel<'_>,
    engine: impl FnOnce(EngineConfig) -> Box<dyn Engine>,
    recorder: &mut dyn Recorder,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, RunError> {
    let scenario = setup.scenario;
    let rerun = match setup.rerun {
        Some(command) => format!("seed {}; again with: {command}", setup.seed),
        None => format!(
            "seed {}; again with: simulate --scenario {} --strategies {} --seed {}",
            setup.seed,
            scenario.name,
            setup.strategy.name(),
            setup.seed
        ),
    };
    if setup::longest(scenario) > setup.limits.max_simulated {
        return Err(SetupError::TooLong {
            longest: setup::longest(scenario),
            limit: setup.limits.max_simulated,
        }
        .into());
    }
    let world = World::new(scenario, Seed(setup.seed), setup.orders)?;
    let mut parts = opening::open(
        scenario,
        setup.seed,
        setup.strategy,
        &world.catalogue,
        &opening::Access::default(),
        &callback_url,
        open_channel,
    )?;
    if let Some(path) = &scenario.history {
        let sold = sold_before(path, &world.catalogue, DemandHistory::LONGEST_GAP)?;
        parts.config.history = Some(DemandHistory {
            span: sold.span,
            units: sold.units,
            gaps: sold.gaps,
            pairs: sold.pairs,
        });
    }
    for (index, bounds) in (0u16..).zip(&parts.bounds) {
        let channel = ChannelIndex(index);
        parts
            .ledger
            .engine_is_told(Micros::ZERO, channel, *bounds, recorder);
    }
    let root = Seed(setup.seed);
    let skus = u32::try_from(world.catalogue.skus.len()).unwrap_or(u32::MAX);
    let stage = Stage::new(scenario, root, world, parts.systems(), setup.staff);
    let names: Vec<&str> = scenario
        .channels
        .iter()
        .map(|channel| channel.name.as_str())
        .collect();
    let channels = parts.channels.into_iter().zip(&scenario.channels);
    let channels = channels
        .map(|(opened, channel)| ChannelSide::new(opened, channel, root))
        .collect();
    let mut faults = Faults::new(&scenario.faults, &names, root);
    faults.know(scenario, skus);
    faults.begin(scenario.opening, stage.demand_until());
    let settings = RunSettings {
        seed: root,
        demand_from: scenario.opening,
        settle: scenario.settle,
        limits: setup.limits,
        rerun: rerun.clone(),
        clock: setup.clock,
        stop: setup.stop,
    };
    let hosted = put_on_its_host(setup, engine(parts.config))?;
    let mut run = Run::new(
        settings,
        setup.ties.clone(),
        channels,
        &names,
        WarehouseSide::new(parts.warehouse, scenario, root),
        hosted.engine,
        setup.strategy.knows_the_ledger(),
        faults,
        stage,
        parts.ledger,
        recorder,
        progress,
    );
    run.play()?;
    if run.trails {
        run.note_engine_down(&hosted.counts);
    }
    let mut outcome = finish(run, &names, rerun)?;
    for (fault, counts) in hosted.counts.fault_counts() {
        outcome.faults[fault].add(counts);
    }
    Ok(outcome)
}

/// Puts the engine on the host that the scenario describes. That of informed escrow never fails: what the ledger has told it once could
/// not be told again.
fn put_on_its_host(setup: &Setup, engine: Box<dyn Engine>) -> Result<Hosted, RunError> {
    let plan = host::Plan::scripted(setup.scenario);
    if plan.faults.is_empty() || setup.strategy.knows_the_ledger() {
        return Ok(Hosted {
            engine,
            counts: FaultCounts::default(),
        });
    }
    Ok(host::wrap(&plan, engine, Seed(setup.seed))?)
}

/// Closes the ledger of a run that has been played.
fn finish(mut run: Run, names: &[&str], rerun: String) -> Result<Outcome, RunError> {
    if let Some(failure) = run.stage.failure() {
        let reason = failure.to_string();
        return Err(RunError::ReplayBrokeOff { reason, rerun });
    }
    run.count_faults_inside();
    let open = run.ledger.open_items();
    let totals = run.warehouse.warehouse.totals();
    let conservation = run
        .ledger
        .close(run.now, totals, run.recorder)
        .map_err(|error| RunError::Conservation { error, rerun })?;
    let mut limits_used = Vec::new();
    for (name, side) in names.iter().zip(&run.channels) {
        let limits = side.storefront.limits().into_iter();
        limits_used.extend(limits.map(|used| ((*name).to_string(), used)));
    }
    let limits = run.warehouse.warehouse.limits().into_iter();
    limits_used.extend(limits.map(|used| ("warehouse".to_string(), used)));
    Ok(Outcome {
        trace_hash: run.trace.value(),
        buyers_hash: run.stage.external_hash(),
        events: run.events,
        checkouts: run.checkouts,
        simulated: run.now,
        demand_from: run.settings.demand_from,
        demand_until: run.stage.demand_until(),
        settle_deadline: run.deadline(),
        converged: open.in_sync(),
        open,
        convergence: run.ledger.convergence(),
        limits_used,
        limits_busy: run.limits_busy,
        conservation,
        faults: run.faults.counts().map(|(_, counts)| counts).collect(),
        engine_coverage: run.engine.coverage(),
        lent: run.engine.lent(),
        engine_ended_badly: run.engine.ended_badly(),
        wall: run.wall,
    })
}
