//! `--threshold`: limits on figures beside those of the scenario.

use clap::Args;

use super::{Exit, Failure};
use crate::engine::config::Strategy;
use crate::experiment::Contender;
use crate::experiment::thresholds::{Known, Threshold, of_option, of_scenario};
use crate::scenario::model::ThresholdLevel;
use crate::scenario::{Diagnostic, Loaded};

/// Thresholds (docs/thresholds.md).
#[derive(Debug, Args)]
#[command(next_help_heading = "Thresholds (docs/thresholds.md)")]
pub struct ThresholdArguments {
    /// What a figure has to keep to, like 'oversold_units{contender=escrow} == 0' or 'staleness.p99 < 5min'; a breach ends
    /// a run with 99, and the growth of a search for capacity; a sweep shows it. Of every contender but informed-escrow unless
    /// one is named. May be given more than once.
    #[arg(long, value_name = "CHECK")]
    threshold: Vec<String>,
    /// The same; a breach is told and fails nothing.
    #[arg(long, value_name = "CHECK")]
    threshold_warn: Vec<String>,
}

impl ThresholdArguments {
    /// Those of the command line alone, of all that [`ThresholdArguments::read`] gave: they stand last.
    pub fn asked(&self, all: &[Threshold]) -> Vec<Threshold> {
        let own = self.threshold.len() + self.threshold_warn.len();
        all[all.len().saturating_sub(own)..].to_vec()
    }

    /// The scenario's thresholds, then those of the command line.
    ///
    /// # Errors
    /// What is wrong with any of them: nothing may run before.
    pub fn read(
        &self,
        loaded: &Loaded,
        contenders: &[Contender],
    ) -> Result<Vec<Threshold>, Failure> {
        let scenario = &loaded.scenario;
        let running: Vec<&str> = contenders.iter().map(Contender::name).collect();
        let built_in = Strategy::ALL.map(Strategy::name).into_iter();
        let of_file = Known {
            others: built_in.collect(),
            contenders: running,
            channels: scenario
                .channels
                .iter()
                .map(|it| it.name.as_str())
                .collect(),
            currency: &scenario.currency,
        };
        let mut thresholds =
            of_scenario(loaded, &of_file).map_err(|error| Failure::new(Exit::Usage, error))?;
        // Who names a contender on the command line means one that runs.
        let of_options = Known {
            others: Vec::new(),
            ..of_file
        };
        let options = [
            ("--threshold", &self.threshold, ThresholdLevel::Fail),
            (
                "--threshold-warn",
                &self.threshold_warn,
                ThresholdLevel::Warn,
            ),
        ];
        let mut problems = Vec::new();
        for (option, checks, level) in options {
            for check in checks {
                match of_option(option, check, level, &of_options) {
                    Ok(threshold) => thresholds.push(threshold),
                    Err(problem) => problems.push(*problem),
                }
            }
        }
        if problems.is_empty() {
            return Ok(thresholds);
        }
        let told = Diagnostic::new("a threshold cannot be judged").problems(problems);
        Err(Failure::new(Exit::Usage, told))
    }

    /// What was written on the command line.
    pub fn texts(&self) -> impl Iterator<Item = &String> {
        self.threshold.iter().chain(&self.threshold_warn)
    }
}
