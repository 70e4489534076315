//! What run directories can be shown as, and which of them may stand together.

use std::path::{Path, PathBuf};

use super::html::{PageError, page};
use super::json::TimeKind;
use super::trace::{TraceError, trace};
use super::{RunFiles, RunFilesError};

/// A form that a run directory can be shown in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// The page to read.
    Html,
    /// A summary for continuous integration.
    Markdown,
    /// The document itself.
    Json,
    /// Figures in long format.
    Csv,
    /// JUnit XML.
    Junit,
    /// Events for Perfetto.
    Trace,
}

impl ExportFormat {
    /// Whether it shows one run alone.
    const fn is_of_one(self) -> bool {
        matches!(
            self,
            ExportFormat::Html | ExportFormat::Json | ExportFormat::Trace
        )
    }
}

/// Why directories cannot be shown so.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// One of them cannot be read.
    #[error(transparent)]
    Files(#[from] RunFilesError),
    /// The page cannot be made.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The trace cannot be made.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// Virtual and real time do not go together.
    #[error(
        "{} is a run in virtual time and {} one in real time, and results of the two are never shown together",
        virtual_time.display(), real_time.display()
    )]
    TwoTimes {
        /// The first in virtual time.
        virtual_time: PathBuf,
        /// The first in real time.
        real_time: PathBuf,
    },
    /// More than one directory for what shows one.
    #[error("this format shows one run, and {0} directories are named")]
    OnlyOne(usize),
}

impl ExportError {
    /// The way out.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            ExportError::Files(_) | ExportError::Page(_) | ExportError::Trace(_) => None,
            ExportError::TwoTimes { .. } => Some("make one report of each kind"),
            ExportError::OnlyOne(_) => Some("name one; `md`, `csv` and `junit` take several"),
        }
    }
}

/// Reads directories and gives them in a form. Of shops that were served and reset, every life is a run; what shows one run
/// shows the life whose directory is named.
///
/// # Errors
/// When a directory cannot be read, or they do not go together.
pub fn export(directories: &[PathBuf], format: ExportFormat) -> Result<String, ExportError> {
    if format.is_of_one() && directories.len() > 1 {
        return Err(ExportError::OnlyOne(directories.len()));
    }
    let lives = |directory: &PathBuf| match format.is_of_one() {
        true => vec![directory.clone()],
        false => RunFiles::lives(directory),
    };
    let read = directories.iter().flat_map(lives);
    let runs = read
        .map(|it| RunFiles::read(&it))
        .collect::<Result<Vec<_>, _>>()?;
    check_times(&runs)?;
    Ok(match format {
        ExportFormat::Html => runs.iter().map(page).collect::<Result<_, _>>()?,
        ExportFormat::Markdown => super::markdown::markdown(&runs),
        ExportFormat::Json => runs.iter().map(|run| run.document.to_json()).collect(),
        ExportFormat::Csv => {
            let named = runs.iter().map(|run| run.directory.to_string_lossy());
            let named: Vec<_> = named.collect();
            let documents = runs.iter().map(|run| &run.document);
            super::csv(named.iter().map(|it| &**it).zip(documents))
        }
        ExportFormat::Junit => super::junit::junit(&runs),
        ExportFormat::Trace => runs.iter().map(trace).collect::<Result<_, _>>()?,
    })
}

/// Results of virtual and of real time never share a page.
fn check_times(runs: &[RunFiles]) -> Result<(), ExportError> {
    let first = |time: TimeKind| -> Option<&Path> {
        let mut found = runs.iter().filter(|run| run.document.time == time);
        Some(&found.next()?.directory)
    };
    match (first(TimeKind::Virtual), first(TimeKind::Real)) {
        (Some(virtual_time), Some(real_time)) => Err(ExportError::TwoTimes {
            virtual_time: virtual_time.to_path_buf(),
            real_time: real_time.to_path_buf(),
        }),
        _ => Ok(()),
    }
}
