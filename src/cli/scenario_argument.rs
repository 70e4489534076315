//! Which scenario a command plays: the same two ways of saying it, and the same errors, wherever one has to be named.

use std::path::Path;

use clap::Args;

use super::{Exit, Failure, program};
use crate::scenario::error::nearest;
use crate::scenario::{Loaded, Scenario, builtin};

/// The scenario.
#[derive(Debug, Args)]
pub struct ScenarioArguments {
    /// A built-in scenario (`simulate list`), or a scenario file.
    #[arg(long, value_name = "NAME|FILE", required_unless_present = "named")]
    scenario: Option<String>,
    /// The same without `--scenario`.
    #[arg(value_name = "NAME|FILE", conflicts_with = "scenario")]
    named: Option<String>,
}

impl ScenarioArguments {
    /// The scenario that was asked for, either way.
    pub fn name(&self) -> &str {
        let either = self.scenario.as_deref().or(self.named.as_deref());
        either.unwrap_or_default()
    }

    /// Reads it.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn load(&self) -> Result<Loaded, Failure> {
        Scenario::load(self.name()).map_err(|error| Failure::new(Exit::Usage, error))
    }

    /// The same of the first word of the command line, which may also have been meant for a command.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn load_or_command(&self, program: &'static str) -> Result<Loaded, Failure> {
        self.load().map_err(|failure| {
            let whole = program::command(program);
            let commands = whole.get_subcommands().map(clap::Command::get_name);
            let word = self.named.as_deref();
            let word = word.filter(|word| !Path::new(word).exists());
            let meant = word.and_then(|word| nearest(word, commands));
            match (word, meant) {
                (Some(word), Some(command)) if nearest(word, builtin::names()).is_none() => {
                    Failure::usage(
                        format!("there is neither a command nor a scenario `{word}`"),
                        format!("did you mean `{program} {command}`?"),
                    )
                }
                _ => failure,
            }
        })
    }
}
