//! The commands that repeat runs.

use std::fmt::Write;

use channel_mocks::core::Micros;

use super::contender::{Contender, Source};
use super::foreign::EngineCommand;
use super::{Experiment, Time};
use crate::measure::Books;

impl Experiment {
    /// The command that repeats all runs on a seed. Engines that are Rust code are in no command; the program that holds
    /// them has to run again.
    pub fn rerun(&self, seed: u64) -> String {
        self.command(
            &self.contenders.iter().collect::<Vec<_>>(),
            &format!("--seed {seed}"),
        )
    }

    /// The command that repeats all runs on many seeds, written like `1..20`.
    pub fn rerun_many(&self, seeds: &str) -> String {
        self.command(
            &self.contenders.iter().collect::<Vec<_>>(),
            &format!("--seeds {seeds}"),
        )
    }

    /// The command that repeats one run.
    pub fn rerun_of(&self, contender: &Contender, seed: u64) -> String {
        self.command(&[contender], &format!("--seed {seed}"))
    }

    /// The same of any seed, which goes in the place of `{seed}`.
    pub fn rerun_template(&self, contender: &Contender) -> String {
        self.command(&[contender], "--seed {seed}")
    }

    fn command(&self, contenders: &[&Contender], seeds: &str) -> String {
        let own: Vec<&str> = contenders
            .iter()
            .filter(|it| matches!(it.source(), Source::Own(_)))
            .map(|it| it.name())
            .collect();
        if !own.is_empty() {
            return format!(
                "the program that brings {}, with {seeds} of {}",
                own.join(" and "),
                self.scenario_name
            );
        }
        let mut text = format!("simulate --scenario {} {seeds}", self.scenario_name);
        let strategies: Vec<&str> = contenders
            .iter()
            .filter(|contender| contender.strategy().is_some())
            .map(|contender| contender.name())
            .collect();
        let strategies = strategies.join(",");
        // Writing to a text cannot fail.
        let _ = match &self.time {
            Time::Virtual if strategies.is_empty() => write!(text, " --strategies ''"),
            Time::Virtual => write!(text, " --strategies {strategies}"),
            Time::Real {
                speed, lag_limit, ..
            } => {
                let _ = write!(text, " --wire --speed {speed}");
                if let Some(limit) = lag_limit {
                    let _ = write!(text, " --lag-limit {}", without_blanks(*limit));
                }
                if strategies.is_empty() {
                    Ok(())
                } else {
                    write!(text, " --engine builtin --strategies {strategies}")
                }
            }
        };
        if let Some(orders) = &self.orders {
            let _ = write!(text, " --orders {}", orders.arguments());
        }
        add_foreign(&mut text, contenders);
        text
    }
}

/// Adds the engines that are not built in. What a command says of them all is taken from the first.
fn add_foreign(text: &mut String, contenders: &[&Contender]) {
    let mut first = None;
    for contender in contenders {
        let (option, engine, timeout) = match contender.source() {
            Source::Command(command) => ("--engine-command", command.text(), command.timeout()),
            Source::Address(address) => ("--engine", address.text(), address.timeout()),
            Source::BuiltIn(_) | Source::Own(_) => continue,
        };
        // Only a zero byte cannot be quoted, and arguments hold none.
        let engine = shlex::try_quote(engine).unwrap_or_default();
        let name = contender.name();
        let _ = write!(text, " {option} {engine} --engine-name {name}");
        if let Source::Address(address) = contender.source()
            && let Some(command) = address.command()
        {
            let command = shlex::try_quote(command.text()).unwrap_or_default();
            let _ = write!(text, " --engine-command {command}");
        }
        first.get_or_insert((contender, timeout));
    }
    let Some((contender, timeout)) = first else {
        return;
    };
    if timeout != EngineCommand::TIMEOUT {
        let timeout = Micros(u64::try_from(timeout.as_micros()).unwrap_or(u64::MAX));
        let _ = write!(text, " --engine-patience {}", without_blanks(timeout));
    }
    if !contender.subject().displays_whole_stock() {
        text.push_str(" --engine-displays quota");
    }
    match contender.subject().books() {
        Books::FoundOut => {}
        Books::Warehouse => text.push_str(" --engine-books warehouse"),
        Books::Own => text.push_str(" --engine-books own"),
    }
    let promised = contender.subject().promised();
    if !promised.is_empty() {
        let names: Vec<String> = promised
            .iter()
            .map(|promise| promise.name().replace('_', "-"))
            .collect();
        let _ = write!(text, " --promise {}", names.join(","));
    }
}

fn without_blanks(time: Micros) -> String {
    time.to_string().replace(' ', "")
}
