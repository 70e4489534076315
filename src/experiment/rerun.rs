//! The commands that repeat runs. Every option that changes a result stands in them: what is left out is where results go, how
//! they are shown, how many threads play them, and what they are compared with.

use std::fmt::Write;

use channel_mocks::core::Micros;

use super::contender::{Contender, Source};
use super::foreign::EngineCommand;
use super::vary::Vary;
use super::{Experiment, Time};
use crate::measure::Books;
use crate::scenario::model::ThresholdLevel;

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
        let mut text = self.command(
            &self.contenders.iter().collect::<Vec<_>>(),
            &format!("--seeds {seeds}"),
        );
        if self.causes {
            text.push_str(" --causes");
        }
        text
    }

    /// The command that repeats a sweep on the seeds of its cells, written like `1..20`.
    pub fn rerun_sweep(&self, seeds: &str, varied: &[Vary]) -> String {
        let varied = varied.iter().map(|it| {
            let values = it.values.join(",");
            format!(" --vary {}", word(&format!("{}={values}", it.key)))
        });
        self.study("sweep", seeds, &varied.collect::<String>())
    }

    /// The command that repeats a search for capacity on the seeds of its values; `search` are its own options, each with a
    /// blank before it.
    pub fn rerun_capacity(&self, seeds: &str, search: &str) -> String {
        self.study("capacity", seeds, search)
    }

    fn study(&self, command: &str, seeds: &str, more: &str) -> String {
        let text = self.command(
            &self.contenders.iter().collect::<Vec<_>>(),
            &format!("--seeds {seeds}"),
        );
        let text = text.replacen("simulate ", &format!("simulate {command} "), 1);
        format!("{text}{more}")
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
        let mut text = format!("simulate --scenario {} {seeds}", word(&self.scenario_name));
        let strategies: Vec<&str> = contenders
            .iter()
            .filter(|contender| contender.strategy().is_some())
            .map(|contender| contender.name())
            .collect();
        let strategies = strategies.join(",");
        let listed = word(&strategies);
        // Writing to a text cannot fail.
        let _ = match &self.time {
            Time::Virtual if strategies.is_empty() => write!(text, " --strategies ''"),
            Time::Virtual => write!(text, " --strategies {listed}"),
            Time::Real {
                speed,
                lag_limit,
                front,
                ..
            } => {
                let _ = write!(text, " --wire --speed {speed}");
                if let Some(limit) = lag_limit {
                    let _ = write!(text, " --lag-limit {}", without_blanks(*limit));
                }
                if let Some(front) = front {
                    let tls = if front.tls { " --tls" } else { "" };
                    let _ = write!(text, " --front {}{tls}", front.port);
                }
                if strategies.is_empty() {
                    Ok(())
                } else {
                    write!(text, " --engine builtin --strategies {listed}")
                }
            }
        };
        if let Some(orders) = &self.orders {
            let _ = write!(text, " --orders {}", orders.arguments());
        }
        if let Some(history) = &self.scenario.history {
            let _ = write!(text, " --history {}", word(&history.display().to_string()));
        }
        add_foreign(&mut text, contenders);
        for threshold in &self.asked {
            let named = threshold.path.contender.as_deref();
            if named.is_some_and(|named| contenders.iter().all(|it| it.name() != named)) {
                continue;
            }
            let option = match threshold.level {
                ThresholdLevel::Fail => "--threshold",
                ThresholdLevel::Warn => "--threshold-warn",
            };
            let _ = write!(text, " {option} {}", word(&threshold.written));
        }
        text
    }
}

/// A word as a shell reads it: as it is where that is one, else in quotes.
pub fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "+-./:@_,=%".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_string();
    }
    // Only a zero byte cannot be quoted, and arguments hold none.
    shlex::try_quote(text).unwrap_or_default().into_owned()
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
        let engine = word(engine);
        let name = contender.name();
        let _ = write!(text, " {option} {engine} --engine-name {name}");
        if let Source::Address(address) = contender.source()
            && let Some(command) = address.command()
        {
            let command = word(command.text());
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
