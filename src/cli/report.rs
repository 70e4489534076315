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
        Some(path) => write_to(path, &text)?,
        None => put(streams, &text)?,
    }
    Ok(Exit::Pass)
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
