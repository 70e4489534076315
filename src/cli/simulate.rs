//! `simulate --scenario`: the main job. All strategies on one seed, side by side.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::baseline_options::{BaselineOptions, Planned};
use super::engine_arguments::EngineArguments;
use super::many_seeds::{self, FIRST_SEED, ManySeedsArguments};
use super::orders::OrdersArguments;
use super::progress::Bars;
use super::record_arguments::RecordArguments;
use super::scenario_argument::ScenarioArguments;
use super::thresholds::ThresholdArguments;
use super::wire::{self, WireArguments};
use super::{Exit, Failure, Streams, history, interruption, old_names, put, seed, variants};
use crate::engine::config::Strategy;
use crate::experiment::replications::SeedSet;
use crate::experiment::thresholds::Threshold;
use crate::experiment::{Cancellation, Contender, Experiment, ExperimentError, Time, shell_word};
use crate::report::replications::push_one_seed_note;
use crate::report::{Document, RunDirectory, comparison_table, csv, run_directory, table};
use crate::scenario::Scenario;
use crate::scenario::text::printable;
use crate::serve::faults;
use crate::world::OrderSource;

/// What to run.
#[derive(Debug, Args)]
pub struct RunArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// The root seed: the same seed gives the same buyers, whatever else changes; 1 when left out.
    #[arg(long, value_name = "N", value_parser = seed)]
    pub seed: Option<u64>,
    /// Strategies to run, separated by commas; those of the scenario when left out. A name may stand with settings of its own:
    /// `escrow,escrow:budget=0.01%` plays both.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    pub strategies: Option<Vec<String>>,
    #[command(flatten)]
    pub orders: OrdersArguments,
    /// An order log of the weeks before the run, for strategies that go by sales rates: CSV, plain or gzip
    /// (docs/order-log.md). In the scenario file: `history`.
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// The run directory; `reports/out/SCENARIO-SEED` when left out. An existing run is never touched: a number is
    /// added to the name instead.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Print all columns of the table side by side, however wide that is; else they go into as many blocks as the
    /// terminal's width asks for (80 columns where there is no terminal).
    #[arg(long)]
    pub wide: bool,
    /// Leave out `report.html`, and what it alone is made from: why units were oversold, and the playback.
    #[arg(long)]
    pub no_report: bool,
    #[command(flatten)]
    pub many_seeds: ManySeedsArguments,
    #[command(flatten)]
    thresholds: ThresholdArguments,
    #[command(flatten)]
    records: RecordArguments,
    #[command(flatten)]
    pub baselines: BaselineOptions,
    #[command(flatten)]
    pub engines: EngineArguments,
    #[command(flatten)]
    pub wire: WireArguments,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For machines (docs/output.md).
    Json,
    /// A row for each figure.
    Csv,
}

/// What a command asks for, read and checked before anything runs.
pub(super) struct Asked {
    /// Scenario, contenders and seed. In real time, where its ledgers go is not known yet.
    pub experiment: Experiment,
    /// What figures have to keep to: the scenario's, then the command's own.
    pub thresholds: Vec<Threshold>,
}

/// Reads what is to be run.
///
/// # Errors
/// What is wrong with any of it.
pub(super) fn read(arguments: &RunArguments, streams: &mut Streams) -> Result<Asked, Failure> {
    let name = arguments.scenario.name();
    let loaded = arguments.scenario.load_or_command(streams.program)?;
    let named = arguments.strategies.iter().flatten();
    old_names::notice(
        named.chain(arguments.thresholds.texts()),
        Some(&loaded),
        streams,
    );
    let mut scenario = loaded.scenario.clone();
    if arguments.history.is_some() {
        scenario.history.clone_from(&arguments.history);
    }
    let (scenario, orders) = arguments.orders.read(scenario, streams)?;
    history::notice(&scenario, streams)?;
    let real_time = arguments.wire.is_wanted();
    if real_time && arguments.history.is_some() {
        return Err(Failure::usage(
            "--history is for engines in virtual time: over --wire none is told of it",
            "leave one of the two out",
        ));
    }
    if real_time && scenario.replay.is_some() {
        return Err(ExperimentError::ReplayInRealTime.into());
    }
    if real_time {
        faults::check(&scenario.faults).map_err(ExperimentError::from)?;
    }
    let contenders: Vec<Contender> = if real_time {
        let named = arguments.strategies.as_deref();
        let (wire, engines) = (&arguments.wire, &arguments.engines);
        wire::contenders(wire, engines, named, (&scenario, name), streams)?
    } else {
        let named = arguments.strategies.as_deref();
        let strategies = variants::contenders(named, &scenario, name)?.into_iter();
        let own = arguments.engines.commands()?;
        strategies.chain(own).collect()
    };
    if contenders.is_empty() {
        return Err(ExperimentError::Empty.into());
    }
    let thresholds = arguments.thresholds.read(&loaded, &contenders)?;
    let time = match real_time {
        true => arguments.wire.time(PathBuf::new()),
        false => Time::Virtual,
    };
    Ok(Asked {
        experiment: Experiment {
            scenario_name: name.to_string(),
            seeds: vec![arguments.first_seed()],
            contenders,
            orders,
            asked: arguments.thresholds.asked(&thresholds),
            time,
            ..Experiment::new(scenario)
        },
        thresholds,
    })
}

/// Runs the scenario under every strategy and engine chosen, writes the run directory, prints the report.
pub fn simulate(arguments: &RunArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let Asked {
        mut experiment,
        thresholds,
    } = read(arguments, streams)?;
    let real_time = arguments.wire.is_wanted();
    if arguments.many_seeds.is_wanted() {
        arguments.records.refuse_many_seeds()?;
        if real_time {
            return Err(Failure::usage(
                "many seeds are played in virtual time, and --wire asks for real time",
                "leave one of the two out",
            ));
        }
        return many_seeds::run(arguments, experiment, thresholds, streams);
    }
    arguments.many_seeds.refuse_alone()?;
    if real_time {
        arguments.baselines.refuse(
            "no run in real time repeats another, so that none can be compared",
            "leave --wire out, or --baseline and --save-baseline; thresholds can be asked of both kinds of time",
        )?;
    }
    let seed = SeedSet::starting_at(arguments.first_seed(), 1)
        .map_err(|error| Failure::unexpected(&error))?;
    let baselines = arguments.baselines.prepare(&Planned {
        scenario: &experiment.scenario.name,
        currency: &experiment.scenario.currency,
        expanded: &experiment.scenario.expanded(),
        contenders: experiment.contenders.iter().map(Contender::name).collect(),
        seeds: Some(seed),
    })?;
    experiment.causes = !real_time && !arguments.no_report;
    let cancellation = Cancellation::default();
    // Before the run, so that none is made in vain whose results cannot be kept.
    let directory = claim(arguments, &experiment.scenario)?;
    if real_time {
        experiment.time = arguments.wire.time(directory.path().to_path_buf());
        interruption::cancels(&cancellation).map_err(|error| Failure::unexpected(&error))?;
    }
    experiment.records = arguments.records.plan(directory.path());
    if arguments.engines.has_commands() {
        // What an engine writes on standard error is kept from its first byte on.
        experiment.engine_files = Some(directory.path().to_path_buf());
    }
    let bars = Bars::new(streams.watched);
    let results = experiment.run_watched(&|progress| bars.show(progress), &cancellation);
    bars.clear();
    let results = match results {
        Ok(results) => results,
        Err(ExperimentError::Cancelled) if real_time => {
            let place = directory.path().display();
            streams.tell(&format!("interrupted; ledgers are in {place}/engines"));
            return Ok(Exit::Interrupted);
        }
        Err(error) => {
            // Whatever the engines left behind stays: their ledgers, and what they wrote on standard error.
            let mut failure = Failure::from(error);
            if failure.exit == Exit::EngineFailed && experiment.has_kept_standard_error() {
                let place = directory.path().display();
                let kept =
                    format!("all that engines wrote on standard error is in {place}/engines");
                failure.told.help.get_or_insert(kept);
            }
            directory.release();
            return Err(failure);
        }
    };
    arguments.records.tell(&results, streams);
    for run in &results.runs {
        if let Some(how) = &run.engine_ended_badly {
            streams.tell(&format!(
                "warning: {} answered every step, and its process then ended with {how}",
                run.name()
            ));
        }
    }
    let mut document = Document::new(&results, arguments.first_seed());
    document.judge(&thresholds);
    if let Some(baselines) = &baselines {
        document.comparison = baselines.compared(&document)?;
    }
    let written = directory.write(
        &document,
        results.of_seed(arguments.first_seed()),
        &experiment.scenario.expanded(),
        experiment.orders.as_ref().map(OrderSource::arguments),
    );
    let page = match (&written, arguments.no_report) {
        (Ok(()), false) => Some(directory.write_page()),
        _ => None,
    };
    many_seeds::tell_place(
        directory.path(),
        &arguments.wanted(&experiment.scenario),
        streams,
    );
    // Whatever became of the files, what was found out is told.
    match arguments.format {
        Format::Json => {
            document.run_directory = Some(directory.path().display().to_string());
            put(streams, &document.to_json())?;
        }
        Format::Csv => put(streams, &csv([("", &document)]))?,
        Format::Table => {
            let layout = match arguments.wide {
                true => streams.layout.unbounded(),
                false => streams.layout,
            };
            let mut text = table(&document, layout);
            if let Some(comparison) = &document.comparison {
                text.push('\n');
                text.push_str(&comparison_table(std::slice::from_ref(comparison), layout));
                text.push('\n');
            }
            // A replay has the same orders on every seed: chance that scatters buyers has no part in them.
            if !real_time && experiment.scenario.replay.is_none() {
                push_one_seed_note(&mut text, &document, layout);
            }
            if written.is_ok() {
                let place = directory.path().display().to_string();
                text.push_str(&format!("written to {}\n", printable(&place)));
            }
            if let Some(Ok(path)) = &page {
                let path = path.display().to_string();
                text.push_str(&format!("open {}\n", printable(&shell_word(&path))));
            }
            if written.is_ok() && document.explains_units() {
                let place = directory.path().display().to_string();
                let program = streams.program;
                text.push_str(&format!(
                    "why, unit by unit: {program} explain {}\n",
                    printable(&shell_word(&place))
                ));
            }
            put(streams, &text)?;
        }
    }
    let exit = judged(&document, experiment.has_kept_standard_error(), streams);
    written.map_err(|error| Failure::unexpected(&error))?;
    page.transpose()
        .map_err(|error| Failure::unexpected(&error))?;
    if let Some(baselines) = &baselines {
        baselines.keep(&document, streams)?;
    }
    Ok(exit)
}

impl RunArguments {
    /// The root seed of the first run.
    pub(super) fn first_seed(&self) -> u64 {
        self.seed.unwrap_or(FIRST_SEED)
    }

    /// The run directory that was asked for.
    fn wanted(&self, scenario: &Scenario) -> PathBuf {
        let default = || run_directory::default_path(&scenario.name, self.first_seed());
        self.out.clone().unwrap_or_else(default)
    }
}

fn claim(arguments: &RunArguments, scenario: &Scenario) -> Result<RunDirectory, Failure> {
    RunDirectory::claim(&arguments.wanted(scenario)).map_err(|error| Failure::unexpected(&error))
}

/// Names the runs that say nothing, or little, about their engine, and gives the exit code: of several the one that leaves
/// least to be believed.
fn judged(document: &Document, has_standard_error: bool, streams: &mut Streams) -> Exit {
    let mut exit = Exit::Pass;
    if document
        .comparison
        .as_ref()
        .is_some_and(|it| it.change.fails())
    {
        exit = Exit::Regressed;
    }
    if document.broken_promises().next().is_some() || document.fails_a_threshold() {
        exit = Exit::GuaranteeFailed;
    }
    for (name, reason) in document.refused_measurements() {
        streams.tell(&format!(
            "{name}: not a measurement: {reason}; lower --speed, or allow more with --lag-limit"
        ));
        exit = Exit::NotAMeasurement;
    }
    let built_in = Strategy::ALL.map(Strategy::name);
    let runs = document.strategies.iter();
    for run in runs.filter(|run| !built_in.contains(&run.strategy.as_str())) {
        let name = &run.strategy;
        if run.figures.calls + run.warehouse_calls == 0 {
            let kept = match has_standard_error {
                true => "; what it wrote on standard error is in the run directory",
                false => "",
            };
            streams.tell(&format!(
                "{name}: the engine failed: it made no call at all, so that its figures are those of shops left alone{kept}"
            ));
            exit = Exit::EngineFailed;
            continue;
        }
        let silent = run.channels.iter().filter(|(_, it)| it.calls == 0);
        let silent: Vec<&str> = silent.map(|(channel, _)| channel.as_str()).collect();
        if !silent.is_empty() {
            streams.tell(&format!(
                "warning: {name} never called {}: look whether it works at all",
                silent.join(", ")
            ));
        }
    }
    exit
}
