//! `simulate compare`: runs beside earlier ones.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::baseline_options::refused;
use super::{Exit, Failure, Streams, put};
use crate::experiment::compare::{Change, Comparison, compare as compared};
use crate::report::sides::read_side;
use crate::report::{comparison_junit, comparison_markdown, comparison_table};

/// What to compare.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// What was before: a run directory, a directory of run directories on several seeds, replications, or a baseline's file.
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// What is now, of the same kinds; each is compared with BEFORE.
    #[arg(value_name = "AFTER", required = true)]
    after: Vec<PathBuf>,
    /// Compare although scenario or seeds differ.
    #[arg(long)]
    force: bool,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: what changed, the worst first.
    Table,
    /// For machines: everything that changed (docs/ci.md).
    Json,
    /// Markdown, for the summary of a CI job.
    Md,
    /// JUnit XML, for CI servers.
    Junit,
}

/// The output for machines.
#[derive(Serialize)]
struct Comparisons<'a> {
    schema_version: u32,
    change: Change,
    comparisons: &'a [Comparison],
}

/// Compares, prints, and ends with 98 when anything is worse.
pub fn compare(arguments: &CompareArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let read = |path: &PathBuf| {
        read_side(path).map_err(|error| {
            Failure::usage(
                error,
                "give run directories (reports/out/...), or files that --save-baseline wrote",
            )
        })
    };
    let before = read(&arguments.before)?;
    let mut comparisons = Vec::new();
    for path in &arguments.after {
        let after = read(path)?;
        let comparison = compared(&before, &after, arguments.force);
        comparisons.push(comparison.map_err(|error| refused(&before, &after, error))?);
    }
    let change = Change::of(comparisons.iter().map(|it| it.change));
    let text = match arguments.format {
        Format::Table => comparison_table(&comparisons, streams.layout),
        Format::Md => comparison_markdown(&comparisons),
        Format::Junit => comparison_junit(&comparisons),
        Format::Json => {
            let whole = Comparisons {
                schema_version: 1,
                change,
                comparisons: &comparisons,
            };
            // Only a map with keys that are no text can fail to be written; there is none.
            let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
            text.push('\n');
            text
        }
    };
    put(streams, &text)?;
    Ok(if change.fails() {
        Exit::Regressed
    } else {
        Exit::Pass
    })
}
