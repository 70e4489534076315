//! `simulate report`: run directories to what people and machines read.

use std::path::{Path, PathBuf};

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
    format: Format,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The page of one run, to be read in a browser (docs/report.md).
    Html,
    /// Markdown for the summary of a CI job, at most 64 KiB.
    Md,
    /// The document of one run (docs/output.md).
    Json,
    /// A row for each figure (docs/output.md).
    Csv,
    /// JUnit XML: a suite for each run, a case for each guarantee and threshold of each contender.
    Junit,
    /// The picture of the page as a file of its own: what there was of the worst SKU, and what channels showed.
    Svg,
    /// Trace events of one run for Perfetto (ui.perfetto.dev); needs a run with --calls, and --ledger for sales and arrows.
    Trace,
}

impl From<Format> for ExportFormat {
    fn from(format: Format) -> ExportFormat {
        match format {
            Format::Html => ExportFormat::Html,
            Format::Md => ExportFormat::Markdown,
            Format::Json => ExportFormat::Json,
            Format::Csv => ExportFormat::Csv,
            Format::Junit => ExportFormat::Junit,
            Format::Svg => ExportFormat::Svg,
            Format::Trace => ExportFormat::Trace,
        }
    }
}

/// Reads the directories and writes what was asked for.
pub fn report(arguments: &ReportArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let text = export(&arguments.directories, arguments.format.into()).map_err(of_export)?;
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
