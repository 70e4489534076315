//! `simulate report`: run directories to what people and machines read.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::{Exit, Failure, Streams, put};
use crate::report::export::{ExportError, ExportFormat, export};
use crate::report::run_directory::write_whole;
use crate::scenario::Diagnostic;

/// What to show, and how.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Run directories: what `--out` of a run named, or its last line did. Some formats show one alone.
    #[arg(value_name = "DIR", required = true)]
    directories: Vec<PathBuf>,
    /// How to show them.
    #[arg(long, value_enum)]
    format: ExportFormat,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl ValueEnum for ExportFormat {
    fn value_variants<'a>() -> &'a [ExportFormat] {
        ExportFormat::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.summary()))
    }
}

/// Reads the directories and writes what was asked for.
pub fn report(arguments: &ReportArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let text = export(&arguments.directories, arguments.format).map_err(of_export)?;
    match &arguments.output {
        Some(path) => {
            spare_runs(path, &arguments.directories)?;
            write_to(path, &text)?;
        }
        None => put(streams, &text)?,
    }
    Ok(Exit::Pass)
}

/// Refuses to write over what a run directory holds: it is what reports are made from.
fn spare_runs(path: &Path, directories: &[PathBuf]) -> Result<(), Failure> {
    // What is not there, and what is no file, is written over by nobody.
    let Ok(place) = path.canonicalize() else {
        return Ok(());
    };
    let is_held = directories.iter().any(|directory| {
        let inside = directory
            .canonicalize()
            .ok()
            .and_then(|it| place.strip_prefix(it).ok().map(Path::to_path_buf));
        let kind = place.extension().and_then(|it| it.to_str());
        inside.is_some_and(|inside| {
            inside.components().count() > 1
                || matches!(kind, Some("json" | "jsonl" | "toml" | "csv" | "hdr"))
        })
    });
    match is_held && place.is_file() {
        true => Err(Failure::usage(
            format!("--output {}: this is a file of the run", path.display()),
            "reports are made from it: name another file",
        )),
        false => Ok(()),
    }
}

fn write_to(path: &Path, text: &str) -> Result<(), Failure> {
    if path.is_dir() {
        let message = format!("--output {}: this is a directory", path.display());
        return Err(Failure::usage(message, "name the file to write in it"));
    }
    write_whole(path, text.as_bytes()).map_err(|error| {
        let message = format!("cannot write {}: {error}", path.display());
        Failure::new(
            Exit::Unexpected,
            Diagnostic::new(message).help("choose another place with --output FILE"),
        )
    })
}

fn of_export(error: ExportError) -> Failure {
    let told = Diagnostic::new(&error);
    let told = match error.help() {
        Some(help) => told.help(help),
        None => told,
    };
    Failure::new(Exit::Usage, told)
}
