//! What sweeps and searches for capacity have in common: a scenario, contenders, seeds, limits.

use std::path::PathBuf;

use clap::Args;

use super::engine_arguments::EngineArguments;
use super::many_seeds::{seed_set, threads};
use super::orders::OrdersArguments;
use super::scenario_argument::ScenarioArguments;
use super::thresholds::ThresholdArguments;
use super::variants;
use super::wire::{self, WireArguments};
use super::{Exit, Failure, Streams, history, old_names, seed};
use crate::experiment::replications::{SeedSet, all_cores};
use crate::experiment::thresholds::Threshold;
use crate::experiment::vary::{KEYS, VaryError};
use crate::experiment::{Contender, Experiment, ExperimentError, Time};
use crate::scenario::Diagnostic;
use crate::serve::faults;

/// What is played.
#[derive(Debug, Args)]
pub struct StudyArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Strategies to run, separated by commas; those of the scenario when left out.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    strategies: Option<Vec<String>>,
    /// Seeds of each run: how many, from --seed on, or which ones.
    #[arg(long, value_name = "N|LIST", default_value = "5")]
    seeds: String,
    /// The first seed; 1 when left out.
    #[arg(long, value_name = "N", value_parser = seed)]
    seed: Option<u64>,
    #[command(flatten)]
    orders: OrdersArguments,
    /// Runs at once; as many as there are cores when left out. It changes no result.
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<usize>,
    #[command(flatten)]
    thresholds: ThresholdArguments,
    #[command(flatten)]
    engines: EngineArguments,
}

/// The same, read.
pub struct Study {
    /// Scenario and contenders.
    pub experiment: Experiment,
    /// What figures have to keep to.
    pub thresholds: Vec<Threshold>,
    /// The seeds of each run.
    pub seeds: SeedSet,
    /// Runs at once.
    pub threads: usize,
}

impl StudyArguments {
    /// Reads scenario, contenders, thresholds and seeds.
    ///
    /// # Errors
    /// What is wrong with any of them.
    pub fn read(&self, streams: &mut Streams) -> Result<Study, Failure> {
        self.read_with(None, streams)
    }

    /// The same in real time, if that is wanted; where ledgers go is not known yet.
    ///
    /// # Errors
    /// What is wrong with any of them.
    pub fn read_with(
        &self,
        wire: Option<&WireArguments>,
        streams: &mut Streams,
    ) -> Result<Study, Failure> {
        let wire = wire.filter(|it| it.is_wanted());
        let loaded = self.scenario.load()?;
        let texts = self.strategies.iter().flatten();
        old_names::notice(texts.chain(self.thresholds.texts()), Some(&loaded), streams);
        let (scenario, orders) = self.orders.read(loaded.scenario.clone(), streams)?;
        history::notice(&scenario, streams)?;
        let named = self.strategies.as_deref();
        let name = self.scenario.name();
        let contenders: Vec<Contender> = match wire {
            Some(_) if scenario.replay.is_some() => {
                return Err(ExperimentError::ReplayInRealTime.into());
            }
            Some(wire) => {
                faults::check(&scenario.faults).map_err(ExperimentError::from)?;
                wire::contenders(wire, &self.engines, named, (&scenario, name), streams)?
            }
            None => {
                let strategies = variants::contenders(named, &scenario, name)?.into_iter();
                strategies.chain(self.engines.commands()?).collect()
            }
        };
        if contenders.is_empty() {
            return Err(ExperimentError::Empty.into());
        }
        self.engines.refuse_promises(
            "a study judges no promises",
            "say what has to hold as a threshold: --threshold 'oversold_units == 0'",
        )?;
        let thresholds = self.thresholds.read(&loaded, &contenders)?;
        let asked = self.thresholds.asked(&thresholds);
        Ok(Study {
            thresholds,
            seeds: seed_set("--seeds", &self.seeds, self.seed)?,
            threads: self.threads.unwrap_or_else(all_cores),
            experiment: Experiment {
                scenario_name: name.to_string(),
                contenders,
                orders,
                asked,
                time: wire.map_or(Time::Virtual, |it| it.time(PathBuf::new())),
                ..Experiment::new(scenario)
            },
        })
    }
}

impl From<VaryError> for Failure {
    fn from(error: VaryError) -> Failure {
        let message = format!("--vary {error}");
        match error {
            VaryError::Key { .. } => Failure::usage(message, format!("it can be {KEYS}")),
            VaryError::Useless { help, .. } => Failure::usage(message, help),
            VaryError::Scenario { error, settings } => {
                let error = error.without_places();
                Failure::new(
                    Exit::Usage,
                    match error.problems.as_slice() {
                        [problem] => Diagnostic {
                            message,
                            help: problem.help.clone(),
                            problems: Vec::new(),
                        },
                        // Each stands below in a line of its own.
                        _ => Diagnostic::new(format!("--vary with {settings}: {error}"))
                            .problems(error.problems),
                    },
                )
            }
        }
    }
}
