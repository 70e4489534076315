//! `--engine-command`: engines of the user's own, as further columns.

use std::path::Path;
use std::time::Duration;

use channel_mocks::core::Micros;
use clap::{Args, ValueEnum};

use super::{Exit, Failure};
use crate::engine::config::Strategy;
use crate::measure::{Contender, Promise};
use crate::sim::stepped::{LONGEST_LINE, Peer};
use crate::wire::stepped::{Process, Terms};

/// Engines that are not built in.
#[derive(Debug, Args)]
#[command(next_help_heading = "An engine of your own (docs/engine-protocol.md)")]
pub struct EngineArguments {
    /// The command of an engine that speaks the stepped protocol on its standard input and output, split into words as
    /// a shell does; it is one more column beside the strategies. May be given more than once.
    #[arg(long, value_name = "COMMAND")]
    engine_command: Vec<String>,
    /// Its name in reports; the command's file without its ending when left out. With several commands, one name each
    /// in their order.
    #[arg(long, value_name = "NAME")]
    engine_name: Vec<String>,
    /// Real time that the engine may take for one step.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = Micros::parse)]
    engine_patience: Micros,
    /// What a count that the engine displays stands for; decides what makes it stale (docs/output.md).
    #[arg(long, value_enum, default_value_t = Displays::Stock)]
    engine_displays: Displays,
    /// Guarantees that the engine promises, separated by commas: no-oversell, every-order-ingested, converged. A promise
    /// that is broken ends the command with 99.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',', value_parser = promise)]
    promise: Vec<Promise>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Displays {
    /// The whole stock, as a mirror does.
    Stock,
    /// A quota of the channel's own, as escrow does.
    Quota,
}

fn promise(text: &str) -> Result<Promise, String> {
    let wanted = text.trim().replace('-', "_");
    let found = Promise::ALL
        .into_iter()
        .find(|promise| promise.name() == wanted);
    found.ok_or_else(|| {
        let names = Promise::ALL.map(|promise| promise.name().replace('_', "-"));
        format!("it can be {}", names.join(", "))
    })
}

/// One engine to run.
#[derive(Clone, Debug)]
pub struct EngineCommand {
    /// As it was given.
    pub text: String,
    /// Program and arguments.
    pub words: Vec<String>,
    /// Who it is in reports.
    pub contender: Contender,
    /// How long a step may take.
    pub patience: Duration,
}

impl EngineArguments {
    /// The engines to run, in the order in which they were given.
    pub fn engines(&self) -> Result<Vec<EngineCommand>, Failure> {
        let usage = |message: String, help: &str| {
            Failure::new(Exit::Usage, miette::miette!(help = help, "{message}"))
        };
        if self.engine_name.len() > self.engine_command.len() {
            let message = "there are more --engine-name than --engine-command".to_string();
            return Err(usage(message, "each name belongs to one command"));
        }
        if self.engine_command.is_empty() && !self.promise.is_empty() {
            let message = "--promise without --engine-command".to_string();
            return Err(usage(
                message,
                "it says what the engine of a command promises",
            ));
        }
        if self.engine_patience == Micros::ZERO {
            let message = "--engine-patience must be longer than nothing".to_string();
            return Err(usage(message, "write --engine-patience 10s"));
        }
        let mut engines: Vec<EngineCommand> = Vec::new();
        for (position, text) in self.engine_command.iter().enumerate() {
            let words = shlex::split(text).filter(|words| !words.is_empty());
            let Some(words) = words else {
                let message = format!("--engine-command {text:?} is not a command");
                let help = "write a program and its arguments, with closed quotes: \
                            --engine-command \"python3 my_engine.py\"";
                return Err(usage(message, help));
            };
            let name = match self.engine_name.get(position) {
                Some(name) => name.clone(),
                None => default_name(&words),
            };
            let usable = !name.is_empty()
                && !name.starts_with('.')
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
            if !usable {
                let message = format!("an engine cannot be called {name:?}");
                return Err(usage(
                    message,
                    "choose --engine-name NAME of letters, digits, `-`, `_` and `.`",
                ));
            }
            let taken = Strategy::ALL.iter().any(|strategy| strategy.name() == name)
                || engines.iter().any(|engine| engine.contender.name() == name);
            if taken {
                let message = format!("there is another column called {name:?}");
                return Err(usage(
                    message,
                    "choose another name with --engine-name NAME",
                ));
            }
            let quotas = self.engine_displays == Displays::Quota;
            engines.push(EngineCommand {
                text: text.clone(),
                words,
                contender: Contender::foreign(name, quotas, self.promise.clone()),
                patience: Duration::from_micros(self.engine_patience.0),
            });
        }
        Ok(engines)
    }

    /// The arguments that repeat the runs of these engines.
    pub fn rerun<'a>(&self, engines: impl Iterator<Item = &'a EngineCommand>) -> String {
        let mut text = String::new();
        for engine in engines {
            // Only a zero byte cannot be quoted, and arguments hold none.
            let command = shlex::try_quote(&engine.text).unwrap_or_default();
            let name = engine.contender.name();
            text.push_str(&format!(" --engine-command {command} --engine-name {name}"));
        }
        if text.is_empty() {
            return text;
        }
        if self.engine_patience != Micros::from_secs(10) {
            let patience = self.engine_patience.to_string().replace(' ', "");
            text.push_str(&format!(" --engine-patience {patience}"));
        }
        if self.engine_displays == Displays::Quota {
            text.push_str(" --engine-displays quota");
        }
        if !self.promise.is_empty() {
            let names: Vec<String> = self
                .promise
                .iter()
                .map(|promise| promise.name().replace('_', "-"))
                .collect();
            text.push_str(&format!(" --promise {}", names.join(",")));
        }
        text
    }
}

impl EngineCommand {
    /// Starts the engine's process.
    pub fn start(&self) -> Result<Box<dyn Peer>, Failure> {
        let terms = Terms {
            patience: self.patience,
            longest_line: LONGEST_LINE,
        };
        match Process::start(&self.words, terms) {
            Ok(process) => Ok(Box::new(ChildPeer(process))),
            Err(error) => {
                let program = self.words.first().map_or("", String::as_str);
                let report = miette::miette!(
                    help = "the command runs in the current directory; try it there by itself",
                    "engine {} cannot be started: {program}: {error}",
                    self.contender.name()
                );
                Err(Failure::new(Exit::Usage, report))
            }
        }
    }
}

/// A child process as the simulation sees it.
struct ChildPeer(Process);

impl Peer for ChildPeer {
    fn exchange(&mut self, line: Vec<u8>) -> Result<Vec<u8>, String> {
        self.0.exchange(line).map_err(|trouble| trouble.to_string())
    }

    fn end(&mut self) -> Vec<String> {
        self.0.end()
    }
}

/// The command's file without its ending: the first argument that is a file, or else the program.
fn default_name(words: &[String]) -> String {
    let arguments = words.iter().skip(1);
    let file = arguments
        .filter(|word| !word.starts_with('-'))
        .find(|word| Path::new(word).is_file());
    let file = file.or(words.first()).map_or("", String::as_str);
    let stem = Path::new(file).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_called_by_its_file() {
        let name = |text: &str| default_name(&shlex::split(text).unwrap());
        assert_eq!(
            name("python3 -u examples/mirror_engine.py --fast"),
            "mirror_engine"
        );
        assert_eq!(name("target/release/my-engine --port 1"), "my-engine");
        assert_eq!(name("./engine.sh"), "engine");
    }

    #[test]
    fn promises_have_the_names_of_guarantees() {
        assert_eq!(promise("no-oversell"), Ok(Promise::NoOversell));
        assert_eq!(
            promise(" every_order_ingested"),
            Ok(Promise::EveryOrderIngested)
        );
        assert!(promise("no-bugs").unwrap_err().contains("converged"));
    }
}
