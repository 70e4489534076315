//! `simulate capacity`: how much an engine carries before thresholds are broken.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::cells::{Folder, gathered};
use super::many_seeds::{ShardArguments, part, tell_place};
use super::study::{Study, StudyArguments};
use super::wire::WireArguments;
use super::{Exit, Failure, Streams, interruption, put, simulate};
use crate::experiment::capacity::ladder::{Definition, Ladder};
use crate::experiment::capacity::{Capacity, Found, short};
use crate::experiment::thresholds::YARDSTICK;
use crate::experiment::vary::{CHANNELS, DEMAND_SCALE, KEYS, MOST_CHANNELS, Vary};
use crate::experiment::{Cancellation, Contender, ExperimentError};
use crate::report::RunDirectory;
use crate::report::capacity::CapacityDocument;
use crate::report::run_directory::{self, write_whole};
use crate::scenario::model::ThresholdLevel;
use crate::scenario::text::printable;

/// What grows, and until when.
#[derive(Debug, Args)]
pub struct CapacityArguments {
    #[arg(
        long,
        value_name = "KEY",
        default_value = DEMAND_SCALE,
        value_parser = Vary::key,
        help = format!(
            "The key that grows, a number: {KEYS}. Given more than once, each is searched by itself"
        )
    )]
    vary: Vec<String>,
    /// Try every value from --from to --most, each --precision above the one before, instead of doubling and halving the
    /// bracket: it can be shared out with --shard, goes on after a kill, and shows every bracket.
    #[arg(long)]
    every_value: bool,
    #[command(flatten)]
    shard: ShardArguments,
    /// What ends the growth: a threshold of the scenario or of --threshold that is not surely kept.
    #[arg(long, value_enum, default_value_t = Until::ThresholdsFail)]
    until: Until,
    /// The first value; it is doubled from there, or halved where it is too much already.
    #[arg(long, value_name = "VALUE", default_value = "1", value_parser = above_zero)]
    from: f64,
    /// The largest value that is tried; 1024 where none is given, and 1000 of channels.
    #[arg(long, value_name = "VALUE", value_parser = above_zero)]
    most: Option<f64>,
    /// How narrow the bracket has to become, as a part of its lower end.
    #[arg(long, value_name = "SHARE", default_value = "10%", value_parser = precision)]
    precision: f64,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    wire: WireArguments,
    /// Where the result is written; `reports/out/SCENARIO-capacity` when left out.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Until {
    /// A threshold that fails a job is broken, or open.
    ThresholdsFail,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For machines (docs/capacity.md).
    Json,
}

fn above_zero(text: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().ok();
    let value = value.filter(|it| it.is_finite() && *it > 0.0);
    value.ok_or_else(|| "it is a number above 0".to_string())
}

fn precision(text: &str) -> Result<f64, String> {
    part(text).ok_or_else(|| {
        "it is a part of the bracket's lower end, more than 0% and less than 100%, like 10% or 0.1".to_string()
    })
}

/// The largest value of a key that is tried.
fn most_of(arguments: &CapacityArguments, key: &str) -> f64 {
    let usual = match key {
        CHANNELS => MOST_CHANNELS as f64,
        _ => 1024.0,
    };
    arguments.most.unwrap_or(usual)
}

/// A contender that no threshold is about would grow without an end. The yardstick is left out where nothing names it.
fn leave_out_unasked(study: &mut Study, streams: &mut Streams) -> Result<(), Failure> {
    let thresholds = &study.thresholds;
    let is_asked = |name: &str| {
        let mut own = thresholds.iter().filter(|it| it.applies_to(name));
        own.any(|it| it.level == ThresholdLevel::Fail)
    };
    let contenders = &mut study.experiment.contenders;
    let others = contenders.iter().filter(|it| it.name() != YARDSTICK);
    let mut unasked = others.filter(|it| !is_asked(it.name()));
    let alone = contenders
        .iter()
        .find(|it| contenders.len() == 1 && !is_asked(it.name()));
    if let Some(name) = unasked.next().or(alone).map(Contender::name) {
        return Err(Failure::usage(
            format!("nothing ends the growth of {name}: no threshold is about it"),
            format!(
                "leave {name} out with --strategies, or say what it has to hold, like --threshold 'oversold_units{{contender={name}}} == 0'"
            ),
        ));
    }
    if let Some(at) = contenders.iter().position(|it| !is_asked(it.name())) {
        let name = contenders.remove(at).name().to_string();
        streams.tell(&format!(
            "note: {name} is left out: no threshold is about it"
        ));
    }
    Ok(())
}

/// Searches, writes the directory and prints what was found.
pub fn capacity(arguments: &CapacityArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let mut study = arguments.study.read_with(Some(&arguments.wire), streams)?;
    if !study
        .thresholds
        .iter()
        .any(|it| it.level == ThresholdLevel::Fail)
    {
        return Err(Failure::usage(
            "nothing ends the growth: there is no threshold",
            "say what has to hold, like --threshold 'staleness_s.p99 < 1min'",
        ));
    }
    leave_out_unasked(&mut study, streams)?;
    for (at, key) in arguments.vary.iter().enumerate() {
        if arguments.vary[..at].contains(key) {
            return Err(Failure::usage(
                format!("--vary {key} is given twice"),
                "name every key once",
            ));
        }
        let most = most_of(arguments, key);
        if most < arguments.from {
            return Err(Failure::usage(
                format!(
                    "--most {} lies below --from {}",
                    short(most),
                    short(arguments.from)
                ),
                "the search grows from the first value to the largest",
            ));
        }
    }
    for search in searches(arguments, &study) {
        search.check_ends()?;
    }
    let shard = arguments.shard.read()?;
    let is_shared = arguments.every_value || shard.is_some();
    if is_shared && arguments.wire.is_wanted() {
        return Err(Failure::usage(
            "values cannot be shared out in real time",
            "leave --every-value and --shard out, or --wire: what a machine carries is asked of one machine",
        ));
    }
    if is_shared {
        let searches = searches(arguments, &study);
        return every_value(arguments, &Ladder { searches, shard }, streams);
    }
    let name = &study.experiment.scenario.name;
    let default = || run_directory::default_path(name, "capacity");
    let wanted = arguments.out.clone().unwrap_or_else(default);
    let unexpected = |error: &dyn std::fmt::Display| Failure::unexpected(error);
    let directory = RunDirectory::claim(&wanted).map_err(|error| unexpected(&error))?;
    if arguments.wire.is_wanted() {
        study.experiment.time = arguments.wire.time(directory.path().to_path_buf());
    }
    let searches = searches(arguments, &study);
    let cancellation = Cancellation::default();
    interruption::cancels(&cancellation).map_err(|error| unexpected(&error))?;
    let bar = streams.watched.then(indicatif::ProgressBar::new_spinner);
    let mut found: Result<Vec<Found>, ExperimentError> = Ok(Vec::new());
    for search in &searches {
        let show = |who: &str, value: f64| shown(bar.as_ref(), who, &search.key, value);
        let own = search.run(&show, &cancellation);
        found = found.and_then(|all| Ok([all, own?].concat()));
    }
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            directory.release();
            return Err(error.into());
        }
    };
    let options: String = searches
        .iter()
        .map(|it| format!(" --vary {}", it.key))
        .collect();
    let options = format!("{options}{}", searches[0].options());
    let scenario = &study.experiment.scenario;
    let document = CapacityDocument::new(
        (&scenario.name, &scenario.currency),
        study.seeds.to_string(),
        study
            .thresholds
            .iter()
            .map(|it| it.written.clone())
            .collect(),
        study
            .experiment
            .rerun_capacity(&study.seeds.to_string(), &options),
        found,
    );
    tell_place(directory.path(), &wanted, streams);
    let put_file = |name: &str, text: &str| {
        let path = directory.path().join(Path::new(name));
        write_whole(&path, text.as_bytes())
            .map_err(|error| Failure::unexpected(&format!("{}: {error}", path.display())))
    };
    put_file("scenario.toml", &study.experiment.scenario.expanded())?;
    put_file("capacity.json", &document.to_json())?;
    directory.complete();
    let is_json = arguments.format == Format::Json;
    print(&document, directory.path(), is_json, streams)?;
    Ok(match document.is_refused() {
        true => Exit::NotAMeasurement,
        false => Exit::Pass,
    })
}

/// A search for each key.
fn searches<'a>(arguments: &CapacityArguments, study: &'a Study) -> Vec<Capacity<'a>> {
    let keys = arguments.vary.iter();
    let searches = keys.map(|key| Capacity {
        experiment: &study.experiment,
        key: key.clone(),
        from: arguments.from,
        most: most_of(arguments, key),
        precision: arguments.precision,
        seeds: study.seeds.clone(),
        thresholds: study.thresholds.clone(),
        threads: study.threads,
    });
    searches.collect()
}

fn print(
    document: &CapacityDocument,
    place: &Path,
    is_json: bool,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let text = match is_json {
        true => document.to_json(),
        false => format!(
            "{}written to {}\n",
            document.table(streams.layout),
            printable(&place.display().to_string())
        ),
    };
    put(streams, &text)?;
    Ok(Exit::Pass)
}

fn shown(bar: Option<&indicatif::ProgressBar>, who: &str, key: &str, value: f64) {
    if let Some(bar) = bar {
        bar.set_message(format!("{who}: {key}={}", short(value)));
        bar.tick();
    }
}

/// Tries the values that are not there yet, and tells what all come to when they are.
fn every_value(
    arguments: &CapacityArguments,
    ladder: &Ladder<'_>,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let definition = ladder
        .definition()
        .map_err(|error| Failure::said(Exit::Usage, error))?;
    let default = || run_directory::default_path(&definition.scenario, "capacity");
    let out = arguments.out.clone().unwrap_or_else(default);
    let folder = Folder::open(&out, &definition)?;
    let count = definition.rungs();
    let mut there = Vec::new();
    for number in 0..count {
        there.push(folder.part(number)?.is_some());
    }
    let had = there.iter().filter(|it| **it).count();
    if had > 0 {
        streams.tell(&format!("{had} of {count} values are there already"));
    }
    let cancellation = Cancellation::default();
    interruption::cancels(&cancellation).map_err(|error| Failure::unexpected(&error))?;
    let bar = streams.watched.then(indicatif::ProgressBar::new_spinner);
    let tried = ladder.run(
        &definition,
        &|number| there.get(number as usize).copied().unwrap_or_default(),
        &mut |rung| folder.keep(rung),
        &|who, value| shown(bar.as_ref(), who, "value", value),
        &cancellation,
    );
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    tried?;
    let is_json = arguments.format == Format::Json;
    match ladder.shard {
        None => finish(&folder, &definition, is_json, streams),
        Some(shard) => {
            let place = folder.path.display().to_string();
            let text = format!(
                "shard {shard}: {} of {count} values; `{} merge` puts all shards together\nwritten to {}\n",
                shard.part_of(count),
                streams.program,
                printable(&place)
            );
            put(streams, &text)?;
            Ok(Exit::Pass)
        }
    }
}

/// Writes and prints what the values come to, which are all there.
fn finish(
    folder: &Folder<Definition>,
    definition: &Definition,
    is_json: bool,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let found = definition.concluded(folder.all(definition.rungs())?);
    let document = CapacityDocument::new(
        (&definition.scenario, &definition.currency),
        definition.seeds.clone(),
        definition
            .thresholds
            .iter()
            .map(|it| it.check.clone())
            .collect(),
        definition.rerun.clone(),
        found,
    );
    for (name, text) in [
        ("scenario.toml", &definition.expanded),
        ("capacity.json", &document.to_json()),
    ] {
        let written = folder.put(name, text);
        written.map_err(|error| Failure::unexpected(&error))?;
    }
    print(&document, &folder.path, is_json, streams)
}

/// Puts the values of shards together, each there once, and tells what they come to.
pub fn merge(
    shards: &[PathBuf],
    out: Option<&Path>,
    format: simulate::Format,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let is_json = match format {
        simulate::Format::Table => false,
        simulate::Format::Json => true,
        simulate::Format::Csv => {
            return Err(Failure::usage(
                "a search for capacity has no CSV",
                "its values are in capacity.json",
            ));
        }
    };
    let (definition, found) = gathered(shards, |it: &Definition| Ok(it.rungs()))?;
    let default = || run_directory::default_path(&definition.scenario, "capacity");
    let wanted = out.map_or_else(default, Path::to_path_buf);
    let whole = Folder::for_whole(&wanted, shards, &definition)?;
    for rung in &found {
        let written = whole.keep(rung);
        written.map_err(|error| Failure::unexpected(&error))?;
    }
    tell_place(&whole.path, &wanted, streams);
    finish(&whole, &definition, is_json, streams)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_nobody_means_is_told_as_it_is_written() {
        let refused = |more: &[&str]| {
            let always = [
                "capacity",
                "last-unit",
                "--threshold",
                "oversold_units == 0",
                "--strategies",
                "escrow",
            ];
            crate::cli::tests::command(&[&always[..], more].concat())
        };
        for (more, said) in [
            (
                &["--from", "1e300"][..],
                "--most 1024 lies below --from 1e300",
            ),
            (
                &["--vary", "catalogue.skus", "--most", "1e300"],
                "with catalogue.skus=1e300: ",
            ),
        ] {
            let (exit, _, err) = refused(more);
            assert_eq!(exit, Exit::Usage, "{err}");
            assert!(err.contains(said) && !err.contains("00000"), "{err}");
        }
    }

    #[test]
    fn a_bracket_as_wide_as_its_lower_end_is_refused_in_words_of_the_bracket() {
        assert_eq!(precision("99%"), Ok(0.99));
        assert_eq!(precision(" 0.1 "), Ok(0.1));
        for text in ["100%", "0%", "-5%", "1", "wide"] {
            let refused = precision(text).unwrap_err();
            assert!(
                refused.contains("lower end") && !refused.contains("mean"),
                "{refused}"
            );
        }
    }
}
