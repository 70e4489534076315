//! `simulate sweep`: every combination of values, each cell played once.

use std::path::{Path, PathBuf};

use clap::Args;

use super::many_seeds::ShardArguments;
use super::progress::SeedsBar;
use super::simulate::Format;
use super::study::StudyArguments;
use super::{Exit, Failure, Streams, interruption, put};
use crate::experiment::Cancellation;
use crate::experiment::replications::merge::MergeError;
use crate::experiment::sweep::{Cell, Definition, Place, Sweep};
use crate::experiment::vary::Vary;
use crate::report::run_directory::{self, write_whole};
use crate::report::sweep::{SweepDocument, frontier, table};
use crate::scenario::file::text_of;
use crate::scenario::text::printable;

/// Cells that are named one by one.
const MOST_NAMED: usize = 20;

/// What to vary.
#[derive(Debug, Args)]
pub struct SweepArguments {
    /// A key of the scenario and its values, like 'strategy.mirror.buffer=0..50..5' (from, to, step) or
    /// 'channel.web.profile=shopify-standard,shopify-plus'; `demand.scale` is a factor on all rates of demand. Given more than
    /// once, every combination is played.
    #[arg(long, value_name = "KEY=VALUES", required = true, value_parser = Vary::parse)]
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

/// The directory of a sweep.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn cell(&self, number: u64) -> PathBuf {
        self.path.join(format!("cells/{number:05}.json"))
    }

    fn put(&self, name: &Path, text: &str) -> Result<(), String> {
        let path = self.path.join(name);
        write_whole(&path, text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Makes it, or finds one of the same sweep there.
    fn open(path: PathBuf, definition: &Definition) -> Result<Folder, Failure> {
        let folder = Folder { path };
        let cells = folder.path.join("cells");
        let failed = |error: &dyn std::fmt::Display| Failure::unexpected(error);
        std::fs::create_dir_all(&cells)
            .map_err(|error| failed(&format!("{}: {error}", cells.display())))?;
        match folder.definition()? {
            Some(known) if known == *definition => {}
            Some(_) => {
                return Err(Failure::usage(
                    format!("{} holds another sweep", folder.path.display()),
                    "name another directory with --out, or take that one away",
                ));
            }
            None => folder
                .put(Path::new("definition.json"), &pretty(definition))
                .map_err(|error| failed(&error))?,
        }
        Ok(folder)
    }

    /// What the sweep there is about; nothing where there is none.
    fn definition(&self) -> Result<Option<Definition>, Failure> {
        let path = self.path.join("definition.json");
        let text = match text_of(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|error| unreadable(&path, &error))
    }

    fn read_cell(&self, number: u64) -> Result<Option<Cell>, Failure> {
        let path = self.cell(number);
        let text = match text_of(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let cell: Cell = serde_json::from_str(&text).map_err(|error| unreadable(&path, &error))?;
        if cell.number != number {
            let why = format!("it is cell {}, in the place of {number}", cell.number);
            return Err(unreadable(&path, &why));
        }
        Ok(Some(cell))
    }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(
        format!("{}: {error}", path.display()),
        "take the file away, and it is made again",
    )
}

fn pretty(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
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
    let places = sweep
        .places()
        .map_err(|error| Failure::said(Exit::Usage, error))?;
    let definition = sweep.definition();
    let default = || run_directory::default_path(&definition.scenario, "sweep");
    let folder = Folder::open(arguments.out.clone().unwrap_or_else(default), &definition)?;
    let mut there = Vec::new();
    for number in 0..cells {
        there.push(folder.read_cell(number)?.is_some());
    }
    let had = there.iter().filter(|it| **it).count() as u64;
    if had > 0 {
        streams.tell(&format!("{had} of {cells} cells are there already"));
    }
    let cancellation = Cancellation::default();
    interruption::cancels(&cancellation).map_err(|error| Failure::unexpected(&error))?;
    let bar = SeedsBar::of_cells(streams.watched);
    let keep = |cell: &Cell| {
        let path = folder.cell(cell.number);
        write_whole(&path, pretty(cell).as_bytes())
            .map_err(|error| format!("{}: {error}", path.display()))
    };
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
    folder: &Folder,
    definition: Definition,
    places: Vec<Place>,
    cells: u64,
    format: Format,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    for number in 0..cells {
        let cell = folder.read_cell(number)?;
        let missing = || MergeError::Incomplete(format!("cell {number} of the sweep is missing"));
        all.push(cell.ok_or_else(missing)?);
    }
    let document = SweepDocument::new(definition, places, &all);
    let files = [
        ("sweep.json", document.to_json()),
        ("sweep.csv", document.csv()),
        ("frontier.svg", frontier(&document)),
    ];
    for (name, text) in &files {
        let written = folder.put(Path::new(name), text);
        written.map_err(|error| Failure::unexpected(&error))?;
    }
    let place = printable(&folder.path.display().to_string()).into_owned();
    let text = match format {
        Format::Json => document.to_json(),
        Format::Csv => document.csv(),
        Format::Table => format!(
            "{}written to {place}\nopen {place}/frontier.svg\n",
            table(&document, streams.layout)
        ),
    };
    put(streams, &text)?;
    Ok(Exit::Pass)
}

/// Whether a directory is one of a sweep.
pub fn is_sweep(place: &Path) -> bool {
    place.join("definition.json").is_file()
}

/// Puts the cells of shards together, each there once, and tells what they come to.
pub fn merge(
    shards: &[PathBuf],
    out: Option<&Path>,
    format: Format,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let mut first: Option<Definition> = None;
    let mut folders = Vec::new();
    for path in shards {
        let folder = Folder { path: path.clone() };
        let own = folder.definition()?;
        let own = own.ok_or_else(|| {
            MergeError::Different(format!("{} holds no shard of a sweep", path.display()))
        })?;
        if first.as_ref().is_some_and(|it| *it != own) {
            let message = format!(
                "{} is of another sweep than {}",
                path.display(),
                shards[0].display()
            );
            return Err(MergeError::Different(message).into());
        }
        first = Some(own);
        folders.push(folder);
    }
    let definition = first.ok_or_else(|| {
        Failure::said(
            Exit::NothingSelected,
            "there is no shard to be put together",
        )
    })?;
    let (places, cells) = definition.grid().map_err(MergeError::Unreadable)?;
    let mut found = Vec::new();
    let (mut missing, mut twice) = (Vec::new(), Vec::new());
    for number in 0..cells {
        let mut own = Vec::new();
        for folder in &folders {
            if let Some(cell) = folder.read_cell(number)? {
                own.push(cell);
            }
        }
        match own.len() {
            0 => missing.push(number.to_string()),
            1 => found.append(&mut own),
            _ => twice.push(number.to_string()),
        }
    }
    let named = |what: &str, cells: &[String]| {
        let more = cells.len().saturating_sub(MOST_NAMED);
        let first = cells[..cells.len() - more].join(", ");
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{what}: cell {first}{rest}")
    };
    if !missing.is_empty() || !twice.is_empty() {
        let said = [("missing", missing), ("there twice", twice)];
        let said = said.iter().filter(|(_, cells)| !cells.is_empty());
        let said: Vec<String> = said.map(|(what, cells)| named(what, cells)).collect();
        return Err(MergeError::Incomplete(said.join("; ")).into());
    }
    let default = || run_directory::default_path(&definition.scenario, "sweep");
    let whole = Folder::open(out.map_or_else(default, Path::to_path_buf), &definition)?;
    for cell in &found {
        let path = whole.cell(cell.number);
        write_whole(&path, pretty(cell).as_bytes())
            .map_err(|error| Failure::unexpected(&format!("{}: {error}", path.display())))?;
    }
    finish(&whole, definition, places, cells, format, streams)
}

#[cfg(test)]
mod tests;
