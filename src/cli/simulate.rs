//! `simulate --scenario`: the main job. All strategies on one seed, side by side.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{Args, ValueEnum};

use super::engine_command::{EngineArguments, EngineCommand};
use super::progress::Bars;
use super::wire::{self, WireArguments};
use super::{Exit, Failure, Streams, put};
use crate::engine::config::{EngineConfig, Strategy};
use crate::engine::{self, Engine};
use crate::measure::{Contender, Measured, Meter, RunFacts};
use crate::report::{
    Document, RunDirectory, SCHEMA_VERSION, StrategyDocument, Style, Time, run_directory, table,
};
use crate::scenario::error::suggestion;
use crate::scenario::{Scenario, ScenarioError};
use crate::sim::stepped::SteppedEngine;
use crate::sim::{self, RunError, Setup};

/// What to run.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// A built-in scenario (`simulate list`), or a scenario file.
    #[arg(long, value_name = "NAME|FILE", required = true)]
    pub scenario: Option<String>,
    /// The root seed: the same seed gives the same buyers, whatever else changes.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Strategies to run, separated by commas; those of the scenario when left out.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    pub strategies: Option<Vec<String>>,
    /// The order log of a scenario that replays one: CSV, plain or gzip.
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,
    /// The run directory; `reports/out/SCENARIO-SEED` when left out. An existing run is never touched: a number is
    /// added to the name instead.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    #[command(flatten)]
    pub engines: EngineArguments,
    #[command(flatten)]
    pub wire: WireArguments,
}

/// Whose engine runs.
#[derive(Clone, Debug)]
enum Entrant {
    BuiltIn(Strategy),
    Foreign(EngineCommand),
}

impl Entrant {
    fn contender(&self) -> Contender {
        match self {
            Entrant::BuiltIn(strategy) => (*strategy).into(),
            Entrant::Foreign(engine) => engine.contender.clone(),
        }
    }

    fn strategy(&self) -> Option<Strategy> {
        match self {
            Entrant::BuiltIn(strategy) => Some(*strategy),
            Entrant::Foreign(_) => None,
        }
    }

    fn engine(&self) -> Option<&EngineCommand> {
        match self {
            Entrant::BuiltIn(_) => None,
            Entrant::Foreign(engine) => Some(engine),
        }
    }
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For machines (docs/output.md).
    Json,
}

/// Runs the scenario under every strategy and engine chosen, writes the run directory, prints the report.
pub fn simulate(arguments: &RunArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let name = arguments.scenario.as_deref().unwrap_or_default();
    let scenario = Scenario::load(name)
        .map_err(|error: ScenarioError| Failure::new(Exit::Usage, error))?
        .scenario;
    if arguments.wire.is_wanted() {
        return wire::run(arguments, scenario, streams);
    }
    let built_in = chosen(arguments, &scenario)?.into_iter();
    let foreign = arguments.engines.engines()?.into_iter();
    let entrants: Vec<Entrant> = built_in
        .map(Entrant::BuiltIn)
        .chain(foreign.map(Entrant::Foreign))
        .collect();
    if entrants.is_empty() {
        let report = miette::miette!(
            help = "name some with --strategies, or leave it out for those of the scenario",
            "no strategy was selected to run"
        );
        return Err(Failure::new(Exit::NothingSelected, report));
    }
    let clock = stopwatch();
    let bars = Bars::new(streams.watched);
    let turns: Vec<&Entrant> = entrants.iter().collect();
    let results = in_parallel(&turns, expense, |entrant| {
        run_one(arguments, &scenario, entrant, &bars, &clock)
    });
    bars.clear();
    let mut runs = results.into_iter().collect::<Result<Vec<_>, Failure>>()?;
    compare_with_oracle(&mut runs);

    let document = document(arguments, &scenario, &entrants, &runs, clock());
    let wanted = arguments
        .out
        .clone()
        .unwrap_or_else(|| run_directory::default_path(&scenario.name, arguments.seed));
    let unexpected = |error| Failure::new(Exit::Unexpected, miette::Report::from_err(error));
    let directory = RunDirectory::claim(&wanted).map_err(unexpected)?;
    let orders = arguments.orders.as_deref().map(Path::to_string_lossy);
    directory
        .write(&document, &runs, &scenario.expanded(), orders.as_deref())
        .map_err(unexpected)?;

    match arguments.format {
        Format::Json => put(streams, &document.to_json())?,
        Format::Table => {
            let style = if streams.colour {
                Style::Colour
            } else {
                Style::Plain
            };
            let mut text = table(&document, style);
            text.push_str(&format!("written to {}\n", directory.path().display()));
            put(streams, &text)?;
        }
    }
    Ok(if document.broken_promises().next().is_some() {
        Exit::GuaranteeFailed
    } else {
        Exit::Pass
    })
}

/// The strategies to run, each once, in the order in which reports show them. Empty names, as from an unset variable of a
/// CI job, select nothing.
pub fn chosen(arguments: &RunArguments, scenario: &Scenario) -> Result<Vec<Strategy>, Failure> {
    let names = Strategy::ALL.map(Strategy::name);
    let wanted: Vec<&str> = match &arguments.strategies {
        Some(named) => named
            .iter()
            .map(|name| name.trim())
            .filter(|name| !name.is_empty())
            .collect(),
        None => scenario
            .strategies
            .iter()
            .map(|strategy| strategy.name())
            .collect(),
    };
    if let Some(unknown) = wanted.iter().find(|name| !names.contains(name)) {
        let report = miette::miette!(
            help = suggestion(unknown, &names),
            "there is no strategy `{unknown}`"
        );
        return Err(Failure::new(Exit::Usage, report));
    }
    Ok(Strategy::ALL
        .into_iter()
        .filter(|strategy| wanted.contains(&strategy.name()))
        .collect())
}

/// One run: the one place where the command meets the simulation.
fn run_one(
    arguments: &RunArguments,
    scenario: &Scenario,
    entrant: &Entrant,
    bars: &Bars,
    clock: &dyn Fn() -> f64,
) -> Result<Measured, Failure> {
    let contender = entrant.contender();
    let bar = bars.bar(contender.name());
    let again = rerun(arguments, std::slice::from_ref(entrant));
    let setup = Setup {
        orders: arguments.orders.as_deref(),
        clock,
        rerun: Some(&again),
        ..Setup::new(scenario, arguments.seed, contender.like())
    };
    let peer = entrant.engine().map(EngineCommand::start).transpose()?;
    let engine = |config: EngineConfig| -> Box<dyn Engine> {
        match peer {
            Some(peer) => Box::new(SteppedEngine::open(peer, &config, scenario)),
            None => engine::build(config),
        }
    };
    let mut meter = Meter::new(scenario, contender.clone());
    let outcome = sim::run_with(&setup, engine, &mut meter, &mut |progress| {
        bar.show(&progress, clock());
    })
    .map_err(|error| failure(&contender, error))?;
    Ok(meter.finish(RunFacts {
        trace_hash: Some(outcome.trace_hash),
        buyers_hash: outcome.buyers_hash,
        events: outcome.events,
        simulated: outcome.simulated,
        demand_from: outcome.demand_from,
        demand_until: outcome.demand_until,
        converged: outcome.converged,
        convergence: outcome.convergence,
        limits_used: outcome.limits_used,
        wall_s: outcome.wall.total_s,
        demand_wall_s: outcome.wall.demand_s,
        rerun: again,
    }))
}

/// Seconds of real time since now. It is shown and never decides anything.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a run took is the subject here"
)]
pub fn stopwatch() -> impl Fn() -> f64 + Sync {
    let started = std::time::Instant::now();
    move || started.elapsed().as_secs_f64()
}

/// How long a run takes beside the others', roughly: by the writes its engine makes for each order, and by whether each
/// step goes to another process.
fn expense(entrant: &Entrant) -> u8 {
    match entrant.strategy() {
        None => 4,
        Some(Strategy::Mirror | Strategy::Trigger | Strategy::Oracle) => 3,
        Some(Strategy::Escrow) => 2,
        Some(Strategy::Spreadsheet) => 1,
    }
}

/// Does the work for every item, on at most as many threads as there are cores; results are in the items' order. The most
/// expensive are begun first, so that no thread is left with a long one at the end.
fn in_parallel<T: Copy + Sync, R: Send>(
    items: &[T],
    expense: impl Fn(T) -> u8,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism()
        .map_or(1, std::num::NonZero::get)
        .min(items.len());
    let mut turns: Vec<usize> = (0..items.len()).collect();
    turns.sort_by_key(|&index| std::cmp::Reverse(expense(items[index])));
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&index) = turns.get(turn) else {
                        return;
                    };
                    let (Some(item), Some(place)) = (items.get(index), results.get(index)) else {
                        return;
                    };
                    let result = work(*item);
                    if let Ok(mut place) = place.lock() {
                        *place = Some(result);
                    }
                }
            });
        }
    });
    // The scope has waited for every thread, so that every place is filled.
    results
        .into_iter()
        .filter_map(|place| place.into_inner().ok().flatten())
        .collect()
}

fn compare_with_oracle(runs: &mut [Measured]) {
    let oracle = runs
        .iter()
        .find(|run| run.strategy.is(Strategy::Oracle))
        .cloned();
    if let Some(oracle) = oracle {
        for run in runs {
            run.compare_with_oracle(&oracle);
        }
    }
}

fn document(
    arguments: &RunArguments,
    scenario: &Scenario,
    entrants: &[Entrant],
    runs: &[Measured],
    wall_s: f64,
) -> Document {
    let strategies: Vec<StrategyDocument> = runs.iter().map(StrategyDocument::from).collect();
    Document {
        schema_version: SCHEMA_VERSION,
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        currency: scenario.currency.clone(),
        seed: arguments.seed,
        time: Time::Virtual,
        speed: None,
        simulated_s: strategies
            .iter()
            .map(|run| run.simulated_s)
            .fold(0.0, f64::max),
        wall_s,
        rerun: rerun(arguments, entrants),
        strategies,
    }
}

/// The command that repeats these runs.
fn rerun(arguments: &RunArguments, entrants: &[Entrant]) -> String {
    let names: Vec<&str> = entrants
        .iter()
        .filter_map(|entrant| Some(entrant.strategy()?.name()))
        .collect();
    let strategies = if names.is_empty() {
        "''".to_string()
    } else {
        names.join(",")
    };
    let mut command = format!(
        "simulate --scenario {} --seed {} --strategies {strategies}",
        arguments.scenario.as_deref().unwrap_or_default(),
        arguments.seed,
    );
    if let Some(orders) = &arguments.orders {
        command.push_str(&format!(" --orders {}", orders.display()));
    }
    let engines = entrants.iter().filter_map(Entrant::engine);
    command.push_str(&arguments.engines.rerun(engines));
    command
}

fn failure(contender: &Contender, error: RunError) -> Failure {
    let exit = match &error {
        RunError::Setup(_) | RunError::World(_) => Exit::Usage,
        error if error.is_defect_of_harness() => Exit::HarnessWrong,
        _ => Exit::Unexpected,
    };
    let name = contender.name();
    let report = match error {
        RunError::World(error) => miette::Report::new(error),
        error @ RunError::EngineFailed { .. } => {
            let text = error.to_string();
            let (what, details) = text.split_once('\n').unwrap_or((&text, ""));
            return Failure {
                details: details.to_string(),
                ..Failure::new(exit, miette::miette!("{name}: {what}"))
            };
        }
        error => miette::Report::from_err(error),
    };
    Failure::new(
        exit,
        report.wrap_err(format!("strategy {name} did not run")),
    )
}
