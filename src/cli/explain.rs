//! `simulate explain`: why units of a run were oversold, one after the other.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Exit, Failure, Streams, put};
use crate::experiment::file_name;
use crate::measure::Causes;
use crate::measure::causes::Chain;
use crate::report::explain::Explanation;
use crate::report::run_files::{ContenderFiles, RunFilesError};
use crate::report::{RunFiles, StrategyDocument, TimeKind, counted};
use crate::scenario::error::suggestion;
use crate::scenario::text::shown;

/// Chains of one SKU that are told.
const MOST_OF_SKU: usize = 10;

/// What to explain.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A run directory (`reports/out/...`).
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The oversold unit of this number, in the order of time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with_all = ["sku", "worst"])]
    unit: Option<u64>,
    /// Oversold units of one SKU: its position in the catalogue, 1 the most popular, or its code (`SKU-00001`).
    #[arg(long, value_name = "X", conflicts_with = "worst")]
    sku: Option<String>,
    /// The worst SKUs, with one unit of each: so many. This is what is explained when nothing is chosen.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=5))]
    worst: u8,
    /// Whose oversold units; those of the contender with the most when left out.
    #[arg(long, value_name = "NAME")]
    strategy: Option<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: what happened, moment by moment.
    Text,
    /// For machines: the causes and the chains (docs/causes.md).
    Json,
}

/// Reads a run, and tells why.
pub fn explain(arguments: &ExplainArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let files = RunFiles::read(&arguments.run).map_err(|error| {
        let help = match &error {
            RunFilesError::ManySeeds { .. } => "give the directory that this one run is written to",
            _ => "give a run directory, as in reports/out/",
        };
        Failure::usage(error, help)
    })?;
    let (run, contender, causes) = arguments.contender(&files)?;
    let chains = arguments.chains(contender, causes)?;
    let explanation = Explanation::new(&files.document, run, causes, chains);
    let text = match arguments.format {
        Format::Text => explanation.text(streams.layout),
        Format::Json => explanation.to_json(),
    };
    put(streams, &text)?;
    Ok(Exit::Pass)
}

type Told<'a> = (&'a StrategyDocument, &'a ContenderFiles, &'a Causes);

impl ExplainArguments {
    fn contender<'a>(&self, files: &'a RunFiles) -> Result<Told<'a>, Failure> {
        let explained = files
            .contenders()
            .filter_map(|(run, it)| Some((run, it, run.causes.as_ref()?)));
        let explained: Vec<Told<'a>> = explained.collect();
        let Some(name) = &self.strategy else {
            // Of equals the first.
            let most = explained.iter().rev().max_by_key(|it| it.2.units);
            return most.copied().ok_or_else(|| self.not_asked_for(files));
        };
        if let Some(found) = explained.iter().find(|it| it.0.strategy == *name) {
            return Ok(*found);
        }
        let names = || files.manifest.strategies.iter().map(String::as_str);
        if names().any(|it| it == name) {
            return Err(self.not_asked_for(files));
        }
        let all: Vec<&str> = names().collect();
        Err(Failure::usage(
            format!("{}: no contender `{}`", self.run.display(), shown(name)),
            suggestion(name, &all),
        ))
    }

    /// The run is there, but nobody asked why.
    fn not_asked_for(&self, files: &RunFiles) -> Failure {
        let run = self.run.display();
        match files.document.time {
            TimeKind::Real => Failure::usage(
                format!("{run}: causes are not found out in real time"),
                "run the scenario in virtual time, without --wire",
            ),
            TimeKind::Virtual => Failure::usage(
                format!("{run}: this run did not look for causes (docs/causes.md)"),
                format!(
                    "run it again without --no-report: {}",
                    files.manifest.command.replace(" --no-report", "")
                ),
            ),
        }
    }

    /// The chains that were asked for, and those of the same kind that are too many to be told.
    fn chains<'a>(
        &self,
        contender: &'a ContenderFiles,
        causes: &'a Causes,
    ) -> Result<(Vec<&'a Chain>, Vec<&'a Chain>), Failure> {
        if self.unit.is_none() && self.sku.is_none() {
            let worst = causes.worst_skus.iter().take(usize::from(self.worst));
            return Ok((worst.map(|it| &it.example).collect(), Vec::new()));
        }
        let name = &contender.name;
        let Some(chains) = &contender.chains else {
            let (run, file) = (self.run.display(), file_name(name));
            return Err(Failure::usage(
                format!("{run}: there is no causes/{file}.jsonl"),
                "it was deleted, or left out of a copy: run the scenario again",
            ));
        };
        if let Some(unit) = self.unit {
            let is_it = |chain: &&Chain| (chain.unit..chain.unit + chain.units).contains(&unit);
            let found = chains.iter().find(is_it);
            return match found {
                Some(chain) => Ok((vec![chain], Vec::new())),
                None => Err(no_unit(unit, name, chains, causes)),
            };
        }
        let given = self.sku.as_deref().unwrap_or_default();
        let of_shop = chains
            .iter()
            .find(|it| it.sku_code.as_deref() == Some(given.trim()));
        let of_shop = of_shop.map(|it| it.sku);
        let number = of_shop.or_else(|| sku_number(given)).ok_or_else(|| {
            Failure::usage(
                format!("`{}` is no SKU", shown(given)),
                "give its position in the catalogue, like 1, or its code, like SKU-00001; of a replay the shop's own, if it was oversold",
            )
        })?;
        let mut found: Vec<&Chain> = chains.iter().filter(|it| it.sku == number).collect();
        if found.is_empty() {
            return Err(no_sku(number, name, chains, causes));
        }
        let more = found.split_off(found.len().min(MOST_OF_SKU));
        Ok((found, more))
    }
}

/// A position in the catalogue, given as such or as the code that the catalogue makes of it.
fn sku_number(text: &str) -> Option<u32> {
    let digits = text
        .trim()
        .trim_start_matches(|it: char| !it.is_ascii_digit());
    let prefix = &text.trim()[..text.trim().len() - digits.len()];
    let is_code = prefix.is_empty()
        || prefix
            .trim_end_matches(['-', ' '])
            .eq_ignore_ascii_case("sku");
    digits.parse().ok().filter(|number| is_code && *number > 0)
}

fn no_unit(unit: u64, name: &str, chains: &[Chain], causes: &Causes) -> Failure {
    let oversold = counted(causes.units, "unit");
    if causes.units == 0 {
        return Failure::usage(
            format!("{name} oversold no unit"),
            "leave --unit out, or name another contender with --strategy",
        );
    }
    if unit > causes.units {
        return Failure::usage(
            format!("there is no oversold unit {unit}: {name} oversold {oversold}"),
            format!("give a number from 1 to {}", causes.units),
        );
    }
    let Some(last) = chains.last().map(|it| it.unit + it.units - 1) else {
        return Failure::usage(
            format!("no chain of {name} was kept, although {oversold} were oversold"),
            format!(
                "causes/{}.jsonl was emptied: run the scenario again",
                file_name(name)
            ),
        );
    };
    Failure::usage(
        format!("unit {unit} of {oversold} was counted, but its chain was not kept"),
        format!("the first chains of a run are kept: give a number from 1 to {last}"),
    )
}

fn no_sku(number: u32, name: &str, chains: &[Chain], causes: &Causes) -> Failure {
    let worst = causes.worst_skus.iter().map(|it| it.example.sku_name());
    let worst: Vec<String> = worst.collect();
    let kept: u64 = chains.iter().map(|it| it.units).sum();
    let of_those = match kept < causes.units {
        true => " among those whose chains were kept",
        false => "",
    };
    Failure::usage(
        format!("{name} oversold no unit of SKU {number}{of_those}"),
        match worst.is_empty() {
            true => "it oversold none at all; name another contender with --strategy".to_string(),
            false => format!("the worst SKUs of it are {}", worst.join(", ")),
        },
    )
}
