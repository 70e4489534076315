//! `--engine-command`: engines of the user's own, as further columns.

use std::path::Path;
use std::time::Duration;

use channel_mocks::core::Micros;
use clap::{Args, ValueEnum};

use super::{Exit, Failure};
use crate::engine::config::Strategy;
use crate::measure::{Contender, Promise};
use crate::serve::webhooks::is_loopback;
use crate::sim::stepped::child::{ChildLimits, ChildProcess};
use crate::sim::stepped::{LONGEST_LINE, Peer};

/// Engines that are not built in.
#[derive(Debug, Args)]
#[command(next_help_heading = "An engine of your own (docs/engine-protocol.md)")]
pub struct EngineArguments {
    /// The command of an engine that speaks the stepped protocol on its standard input and output, split into words as
    /// a shell does; it is one more column beside the strategies. May be given more than once.
    #[arg(long, value_name = "COMMAND")]
    engine_command: Vec<String>,
    /// Its name in reports; when left out, the command's file without its ending, or `engine` for an --engine URL. With
    /// several, one name each in their order.
    #[arg(long, value_name = "NAME")]
    engine_name: Vec<String>,
    /// Real time that the engine may take for one step, or to take the connection document (--wire).
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

/// An engine that runs already.
#[derive(Clone, Debug)]
pub struct EngineAt {
    /// Its address as it was given.
    pub text: String,
    /// Where it waits for the connection document.
    pub url: http::Uri,
    /// Who it is in reports.
    pub contender: Contender,
    /// How long it may take to answer that.
    pub patience: Duration,
}

fn usage(message: String, help: &str) -> Failure {
    Failure::new(Exit::Usage, miette::miette!(help = help, "{message}"))
}

/// Names are columns and parts of file names, and are unique.
fn check_name<'a>(name: &str, mut taken: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let usable = !name.is_empty()
        && !name.starts_with('.')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    if !usable {
        let message = format!("an engine cannot be called {name:?}");
        let help = "choose --engine-name NAME of letters, digits, `-`, `_` and `.`";
        return Err(usage(message, help));
    }
    if Strategy::ALL.iter().any(|strategy| strategy.name() == name) || taken.any(|it| it == name) {
        let message = format!("there is another column called {name:?}");
        let help = "choose another name with --engine-name NAME";
        return Err(usage(message, help));
    }
    Ok(())
}

impl EngineArguments {
    /// Engines that run already, at these addresses, in their order. Names and promises are given as for commands.
    pub fn at(&self, urls: &[String]) -> Result<Vec<EngineAt>, Failure> {
        if self.engine_name.len() > urls.len() {
            let message = "there are more --engine-name than addresses of engines".to_string();
            return Err(usage(message, "each name belongs to one --engine URL"));
        }
        if urls.is_empty() && !self.promise.is_empty() {
            let message = "--promise without an engine of your own".to_string();
            let help = "it says what the engine of --engine URL promises; strategies have their own promises";
            return Err(usage(message, help));
        }
        self.check_patience()?;
        let mut engines: Vec<EngineAt> = Vec::new();
        for (position, text) in urls.iter().enumerate() {
            let url = text.parse::<http::Uri>().ok();
            let url = url.filter(|url| url.scheme_str() == Some("http") && url.host().is_some());
            let Some(url) = url else {
                let message =
                    format!("--engine {text:?} is neither `builtin` nor an http: address");
                let help = "write --engine builtin, or where your engine waits for the connection document: \
                            --engine http://127.0.0.1:8080/connect";
                return Err(usage(message, help));
            };
            if !url.host().is_some_and(is_loopback) {
                let message = format!("--engine {text:?} is not on this machine");
                let help = "the shops listen on this machine alone, so that the engine has to run here too, and be \
                            reached at 127.0.0.1, localhost or [::1]";
                return Err(usage(message, help));
            }
            let name = match self.engine_name.get(position) {
                Some(name) => name.clone(),
                None if position == 0 => "engine".to_string(),
                None => format!("engine-{}", position + 1),
            };
            let taken = engines.iter().map(|engine| engine.contender.name());
            check_name(&name, taken)?;
            engines.push(EngineAt {
                text: text.clone(),
                url,
                contender: self.contender(name),
                patience: Duration::from_micros(self.engine_patience.0),
            });
        }
        Ok(engines)
    }

    fn check_patience(&self) -> Result<(), Failure> {
        if self.engine_patience > Micros::ZERO {
            return Ok(());
        }
        let message = "--engine-patience must be longer than nothing".to_string();
        Err(usage(message, "write --engine-patience 10s"))
    }

    fn contender(&self, name: String) -> Contender {
        let quotas = self.engine_displays == Displays::Quota;
        Contender::foreign(name, quotas, self.promise.clone())
    }

    /// The engines to run, in the order in which they were given.
    pub fn engines(&self) -> Result<Vec<EngineCommand>, Failure> {
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
        self.check_patience()?;
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
            let taken = engines.iter().map(|engine| engine.contender.name());
            check_name(&name, taken)?;
            engines.push(EngineCommand {
                text: text.clone(),
                words,
                contender: self.contender(name),
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
        self.add_terms(&mut text);
        text
    }

    /// The arguments that repeat the runs of these engines in real time.
    pub fn rerun_at<'a>(&self, engines: impl Iterator<Item = &'a EngineAt>) -> String {
        let mut text = String::new();
        for engine in engines {
            let url = shlex::try_quote(&engine.text).unwrap_or_default();
            let name = engine.contender.name();
            text.push_str(&format!(" --engine {url} --engine-name {name}"));
        }
        self.add_terms(&mut text);
        text
    }

    /// What is said of all engines alike, if there are any.
    fn add_terms(&self, text: &mut String) {
        if text.is_empty() {
            return;
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
    }
}

impl EngineCommand {
    /// Starts the engine's process.
    pub fn start(&self) -> Result<Box<dyn Peer>, Failure> {
        let limits = ChildLimits {
            timeout: self.patience,
            longest_line: LONGEST_LINE,
        };
        match ChildProcess::start(&self.words, limits) {
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
struct ChildPeer(ChildProcess);

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
