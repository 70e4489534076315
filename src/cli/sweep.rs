//! `simulate sweep`: every combination of values, each cell played once.

use std::path::{Path, PathBuf};

use clap::Args;

use super::cells::{Folder, gathered};
use super::many_seeds::{ShardArguments, tell_place};
use super::progress::SeedsBar;
use super::simulate::Format;
use super::study::StudyArguments;
use super::{Exit, Failure, Streams, history, interruption, put};
use crate::experiment::replications::merge::MergeError;
use crate::experiment::sweep::{Cell, Definition, Place, Sweep};
use crate::experiment::vary::{KEYS, Vary};
use crate::experiment::{Cancellation, shell_word};
use crate::report::run_directory;
use crate::report::sweep::{SweepDocument, frontier, table};
use crate::scenario::Scenario;
use crate::scenario::text::printable;

/// What to vary.
#[derive(Debug, Args)]
pub struct SweepArguments {
    #[arg(
        long,
        value_name = "KEY=VALUES",
        required = true,
        value_parser = Vary::parse,
        help = format!(
            "A key and its values, like 'strategy.mirror.buffer=0..50..5' (from, to, step) or \
             'channel.web.profile=shopify-standard,shopify-plus'. The key is {KEYS}. Given more than once, every combination is \
             played"
        )
    )]
    vary: Vec<Vary>,
    #[command(flatten)]
    study: StudyArguments,
    #[command(flatten)]
    shard: ShardArguments,
    /// Where cells and results are; `reports/out/SCENARIO-sweep` when left out. A sweep that was broken off goes on there.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Plays the cells that are not there yet, and tells what all come to when they are.
pub fn sweep(arguments: &SweepArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let study = arguments.study.read(streams)?;
    for (at, vary) in arguments.vary.iter().enumerate() {
        if arguments.vary[..at].iter().any(|it| it.key == vary.key) {
            return Err(Failure::usage(
                format!("--vary {} is given twice", vary.key),
                "write all its values behind one equals sign",
            ));
        }
    }
    let shard = arguments.shard.read()?;
    let sweep = Sweep {
        experiment: &study.experiment,
        varied: arguments.vary.clone(),
        seeds: study.seeds.clone(),
        thresholds: study.thresholds.clone(),
        shard,
        threads: study.threads,
    };
    let cells = sweep
        .cells()
        .map_err(|error| Failure::said(Exit::Usage, error))?;
    sweep.check()?;
    let histories = arguments.vary.iter().filter(|it| it.key == "history");
    for path in histories.flat_map(|it| &it.values) {
        let with_it = Scenario {
            history: Some(path.into()),
            ..study.experiment.scenario.clone()
        };
        history::notice(&with_it, streams)?;
    }
    let places = sweep
        .places()
        .map_err(|error| Failure::said(Exit::Usage, error))?;
    let definition = sweep.definition();
    let default = || run_directory::default_path(&definition.scenario, "sweep");
    let folder = Folder::open(&arguments.out.clone().unwrap_or_else(default), &definition)?;
    let mut there = Vec::new();
    for number in 0..cells {
        there.push(folder.part(number)?.is_some());
    }
    let had = there.iter().filter(|it| **it).count() as u64;
    if had > 0 {
        streams.tell(&format!("{had} of {cells} cells are there already"));
    }
    let cancellation = Cancellation::default();
    interruption::cancels(&cancellation).map_err(|error| Failure::unexpected(&error))?;
    let bar = SeedsBar::of_cells(streams.watched);
    let keep = |cell: &Cell| folder.keep(cell);
    let is_there = |number: u64| there.get(number as usize).copied().unwrap_or_default();
    let played = sweep.run(
        &is_there,
        &keep,
        &|progress| bar.show(progress),
        &cancellation,
    );
    bar.clear();
    played?;
    match shard {
        None => finish(
            &folder,
            definition,
            places,
            cells,
            arguments.format,
            streams,
        ),
        Some(shard) => {
            let place = folder.path.display().to_string();
            let text = format!(
                "shard {shard}: {} of {cells} cells; `{} merge` puts all shards together\nwritten to {}\n",
                shard.part_of(cells),
                streams.program,
                printable(&place)
            );
            put(streams, &text)?;
            Ok(Exit::Pass)
        }
    }
}

/// Writes and prints what the cells come to, which are all there.
fn finish(
    folder: &Folder<Definition>,
    definition: Definition,
    places: Vec<Place>,
    cells: u64,
    format: Format,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let all = folder.all(cells)?;
    let document = SweepDocument::new(definition, places, &all);
    let files = [
        ("sweep.json", document.to_json()),
        ("sweep.csv", document.csv()),
        ("frontier.svg", frontier(&document)),
    ];
    for (name, text) in &files {
        let written = folder.put(name, text);
        written.map_err(|error| Failure::unexpected(&error))?;
    }
    let place = printable(&folder.path.display().to_string()).into_owned();
    let text = match format {
        Format::Json => document.to_json(),
        Format::Csv => document.csv(),
        Format::Table => format!(
            "{}written to {place}\nopen {}\n",
            table(&document, streams.layout),
            printable(&shell_word(&format!(
                "{}/frontier.svg",
                folder.path.display()
            )))
        ),
    };
    put(streams, &text)?;
    Ok(Exit::Pass)
}

/// Puts the cells of shards together, each there once, and tells what they come to.
pub fn merge(
    shards: &[PathBuf],
    out: Option<&Path>,
    format: Format,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let (definition, found) =
        gathered(shards, |it: &Definition| it.grid().map(|(_, cells)| cells))?;
    let (places, cells) = definition.grid().map_err(MergeError::Unreadable)?;
    let default = || run_directory::default_path(&definition.scenario, "sweep");
    let wanted = out.map_or_else(default, Path::to_path_buf);
    let whole = Folder::for_whole(&wanted, shards, &definition)?;
    for cell in &found {
        let written = whole.keep(cell);
        written.map_err(|error| Failure::unexpected(&error))?;
    }
    tell_place(&whole.path, &wanted, streams);
    finish(&whole, definition, places, cells, format, streams)
}

#[cfg(test)]
mod tests;
