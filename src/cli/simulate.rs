//! `simulate --scenario`: the main job. All strategies on one seed, side by side.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::engine_arguments::EngineArguments;
use super::progress::Bars;
use super::wire::{self, WireArguments};
use super::{Exit, Failure, Streams, interruption, put};
use crate::engine::config::Strategy;
use crate::experiment::{Cancellation, Contender, Experiment, ExperimentError};
use crate::report::{Document, RunDirectory, csv, run_directory, table};
use crate::scenario::error::suggestion;
use crate::scenario::{Scenario, ScenarioError};

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
    out: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    pub engines: EngineArguments,
    #[command(flatten)]
    pub wire: WireArguments,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For machines (docs/output.md).
    Json,
    /// A row for each figure.
    Csv,
}

/// Runs the scenario under every strategy and engine chosen, writes the run directory, prints the report.
pub fn simulate(arguments: &RunArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let name = arguments.scenario.as_deref().unwrap_or_default();
    let scenario = Scenario::load(name)
        .map_err(|error: ScenarioError| Failure::new(Exit::Usage, error))?
        .scenario;
    let real_time = arguments.wire.is_wanted();
    if real_time && scenario.replay.is_some() {
        return Err(ExperimentError::ReplayInRealTime.into());
    }
    let contenders = if real_time {
        wire::contenders(arguments, &scenario, streams)?
    } else {
        let strategies = chosen(arguments, &scenario)?.into_iter();
        let own = arguments.engines.commands()?;
        strategies.map(Contender::from).chain(own).collect()
    };
    if contenders.is_empty() {
        return Err(ExperimentError::Empty.into());
    }
    let mut experiment = Experiment {
        scenario_name: name.to_string(),
        seeds: vec![arguments.seed],
        contenders,
        orders: arguments.orders.clone(),
        ..Experiment::new(scenario)
    };
    let cancellation = Cancellation::default();
    // Before the run, so that none is made in vain whose results cannot be kept.
    let directory = claim(arguments, &experiment.scenario)?;
    if real_time {
        experiment.time = arguments.wire.time(directory.path().to_path_buf());
        interruption::cancels(&cancellation).map_err(|error| Failure::unexpected(&error))?;
    }
    let bars = Bars::new(streams.watched);
    let results = experiment.run_watched(&|progress| bars.show(progress), &cancellation);
    bars.clear();
    let results = match results {
        Ok(results) => results,
        Err(ExperimentError::Cancelled) if real_time => {
            let place = directory.path().display();
            let _ = writeln!(streams.err, "interrupted; ledgers are in {place}/engines");
            return Ok(Exit::Interrupted);
        }
        Err(error) => {
            // Whatever the engines of real time left behind stays.
            directory.release();
            return Err(error.into());
        }
    };
    let document = Document::new(&results, arguments.seed);
    let orders = arguments.orders.as_deref().map(Path::to_string_lossy);
    let written = directory.write(
        &document,
        results.of_seed(arguments.seed),
        &experiment.scenario.expanded(),
        orders.as_deref(),
    );
    // Whatever became of the files, what was found out is told.
    match arguments.format {
        Format::Json => put(streams, &document.to_json())?,
        Format::Csv => put(streams, &csv(&document))?,
        Format::Table => {
            let mut text = table(&document, streams.style());
            if written.is_ok() {
                text.push_str(&format!("written to {}\n", directory.path().display()));
            }
            put(streams, &text)?;
        }
    }
    let exit = judged(&document, streams);
    written.map_err(|error| Failure::unexpected(&error))?;
    Ok(exit)
}

fn claim(arguments: &RunArguments, scenario: &Scenario) -> Result<RunDirectory, Failure> {
    let default = || run_directory::default_path(&scenario.name, arguments.seed);
    let wanted = arguments.out.clone().unwrap_or_else(default);
    RunDirectory::claim(&wanted).map_err(|error| Failure::unexpected(&error))
}

/// Names the runs that measured nothing, and gives the exit code.
fn judged(document: &Document, streams: &mut Streams) -> Exit {
    let mut exit = Exit::Pass;
    for (name, reason) in document.refused_measurements() {
        let _ = writeln!(
            streams.err,
            "{name}: not a measurement: {reason}; lower --speed, or allow more with --lag-limit"
        );
        exit = Exit::GuaranteeFailed;
    }
    if document.broken_promises().next().is_some() {
        exit = Exit::GuaranteeFailed;
    }
    exit
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
