//! `--engine-command` and its companions: engines of the user's own, as further columns.

use std::time::Duration;

use channel_mocks::core::Micros;
use clap::{Args, ValueEnum};

use super::Failure;
use crate::experiment::{Contender, EngineAddress, EngineCommand, ForeignError, check_name};
use crate::measure::{Books, Promise};

/// Engines that are not built in.
#[derive(Debug, Args)]
#[command(next_help_heading = "An engine of your own (docs/engine-protocol.md)")]
pub struct EngineArguments {
    /// The command of an engine that speaks the stepped protocol on its standard input and output, split into words as
    /// a shell does; it is one more column beside the strategies. With --wire it is an HTTP engine, started before the run
    /// and ended after it, and listens at the --engine URL of the same position. May be given more than once.
    #[arg(long, value_name = "COMMAND")]
    engine_command: Vec<String>,
    /// Its name in reports; when left out, the command's file without its ending, or `engine` for an --engine URL. With
    /// several, one name each in their order.
    #[arg(long, value_name = "NAME")]
    engine_name: Vec<String>,
    /// Real time that the engine may take for one step, or to take the connection document (--wire); 10s when left out.
    #[arg(long, value_name = "TIME", value_parser = Micros::parse)]
    engine_patience: Option<Micros>,
    /// What a count that the engine displays stands for; decides what makes it stale (docs/output.md). The stock when left out.
    #[arg(long, value_enum)]
    engine_displays: Option<Displays>,
    /// Where the engine's orders go; decides whether ingestion and shipping are judged (docs/output.md). Found out when left out.
    #[arg(long, value_enum)]
    engine_books: Option<OwnBooks>,
    /// Guarantees that the engine promises, separated by commas: no-oversell, every-order-ingested, converged. A promise
    /// that is broken ends the command with 99.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',', value_parser = promise)]
    promise: Vec<Promise>,
}

/// What an engine may take for one step, when nothing is said.
const PATIENCE: Micros = Micros::from_secs(10);

#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Displays {
    /// The whole stock, as a mirror does.
    #[default]
    Stock,
    /// A quota of the channel's own, as escrow does.
    Quota,
}

#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
enum OwnBooks {
    /// To books of its own if it never calls the warehouse, else to the warehouse.
    #[default]
    Auto,
    /// To the warehouse.
    Warehouse,
    /// To books of its own: it ships without the warehouse.
    Own,
}

impl From<OwnBooks> for Books {
    fn from(books: OwnBooks) -> Books {
        match books {
            OwnBooks::Auto => Books::FoundOut,
            OwnBooks::Warehouse => Books::Warehouse,
            OwnBooks::Own => Books::Own,
        }
    }
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

/// What is wrong with an engine, with the option that mends it.
fn refused(error: &ForeignError) -> Failure {
    let (message, help) = match error {
        ForeignError::UnusableName(_) => (
            error.to_string(),
            "choose --engine-name NAME of letters, digits, `-`, `_` and `.`",
        ),
        ForeignError::TakenName(_) => (
            error.to_string(),
            "choose another name with --engine-name NAME",
        ),
        ForeignError::NotACommand(_) => (
            format!("--engine-command {error}"),
            "write a program and its arguments, with closed quotes: --engine-command \"python3 my_engine.py\"",
        ),
        ForeignError::NotAnAddress(text) => (
            format!("--engine {text:?} is neither `builtin` nor an http: address"),
            "write --engine builtin, or where your engine waits for the connection document: \
             --engine http://127.0.0.1:8080/connect",
        ),
        ForeignError::Elsewhere(_) => (
            format!("--engine {error}"),
            "the shops listen on this machine alone, so that the engine has to run here too, and be reached at \
             127.0.0.1, localhost or [::1]",
        ),
        ForeignError::NoTime => (
            "--engine-patience must be longer than nothing".to_string(),
            "write --engine-patience 10s",
        ),
    };
    Failure::usage(message, help)
}

impl EngineArguments {
    /// Whether the harness starts an engine of the user's own.
    pub fn has_commands(&self) -> bool {
        !self.engine_command.is_empty()
    }

    /// Refuses promises where nothing judges them, for a reason and with a way out.
    pub fn refuse_promises(&self, reason: &str, way_out: &str) -> Result<(), Failure> {
        match self.promise.is_empty() {
            true => Ok(()),
            false => Err(Failure::usage(format!("--promise: {reason}"), way_out)),
        }
    }

    /// The engines of commands, in the order in which they were given.
    pub fn commands(&self) -> Result<Vec<Contender>, Failure> {
        self.check(
            &self.engine_command,
            "there are more --engine-name than --engine-command",
            "each name belongs to one command",
            "--engine-command",
            "it is about the engine of a command",
        )?;
        self.contenders(&self.engine_command, |text, name, _| {
            let command = EngineCommand::new(text, self.timeout())?;
            let name = name.map_or_else(|| command.default_name(), str::to_string);
            Ok(Contender::command(&name, command))
        })
    }

    /// Engines at these addresses, in their order. The first commands start the first of them; the others run already. Names
    /// and promises are given as for commands.
    pub fn at(&self, urls: &[String]) -> Result<Vec<Contender>, Failure> {
        self.check(
            urls,
            "there are more --engine-name than addresses of engines",
            "each name belongs to one --engine URL",
            "an engine of your own",
            "it is about the engine of --engine URL; strategies speak for themselves",
        )?;
        if self.engine_command.len() > urls.len() {
            return Err(Failure::usage(
                "with --wire, every --engine-command needs an --engine URL",
                "say where the engine listens for the connection document: --engine-command \"python3 my_engine.py 8080\" \
                 --engine http://127.0.0.1:8080/connect",
            ));
        }
        self.contenders(urls, |text, name, position| {
            let mut address = EngineAddress::new(text, self.timeout())?;
            let mut own_name = None;
            if let Some(command) = self.engine_command.get(position) {
                let command = EngineCommand::new(command, self.timeout())?;
                own_name = Some(command.default_name());
                address = address.started_by(command);
            }
            let name = match (name, own_name, position) {
                (Some(name), _, _) => name.to_string(),
                (None, Some(name), _) => name,
                (None, None, 0) => "engine".to_string(),
                (None, None, _) => format!("engine-{}", position + 1),
            };
            Ok(Contender::address(&name, address))
        })
    }

    fn timeout(&self) -> Duration {
        Duration::from_micros(self.engine_patience.unwrap_or(PATIENCE).0)
    }

    fn check(
        &self,
        engines: &[String],
        too_many_names: &str,
        names_help: &str,
        an_engine: &str,
        engine_help: &str,
    ) -> Result<(), Failure> {
        if self.engine_name.len() > engines.len() {
            return Err(Failure::usage(too_many_names, names_help));
        }
        let about_engines = [
            ("--promise", !self.promise.is_empty()),
            ("--engine-patience", self.engine_patience.is_some()),
            ("--engine-displays", self.engine_displays.is_some()),
            ("--engine-books", self.engine_books.is_some()),
        ];
        let first = about_engines.iter().find(|(_, is_given)| *is_given);
        if let (true, Some((option, _))) = (engines.is_empty(), first) {
            let message = format!("{option} without {an_engine}");
            return Err(Failure::usage(message, engine_help));
        }
        if self.engine_books == Some(OwnBooks::Own)
            && self.promise.contains(&Promise::EveryOrderIngested)
        {
            return Err(Failure::usage(
                "--promise every-order-ingested with --engine-books own",
                "an engine with books of its own hands the warehouse no orders: leave one of the two out",
            ));
        }
        if self.engine_patience == Some(Micros::ZERO) {
            return Err(refused(&ForeignError::NoTime));
        }
        Ok(())
    }

    fn contenders(
        &self,
        engines: &[String],
        contender: impl Fn(&str, Option<&str>, usize) -> Result<Contender, ForeignError>,
    ) -> Result<Vec<Contender>, Failure> {
        let mut contenders: Vec<Contender> = Vec::new();
        for (position, text) in engines.iter().enumerate() {
            let name = self.engine_name.get(position).map(String::as_str);
            let made = contender(text, name, position).map_err(|error| refused(&error))?;
            let taken = contenders.iter().map(Contender::name);
            check_name(made.name(), taken).map_err(|error| refused(&error))?;
            let made = made
                .promising(&self.promise)
                .with_books(self.engine_books.unwrap_or_default().into());
            contenders.push(match self.engine_displays.unwrap_or_default() {
                Displays::Stock => made,
                Displays::Quota => made.displaying_quotas(),
            });
        }
        Ok(contenders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
