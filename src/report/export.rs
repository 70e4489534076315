//! What run directories can be shown as, and which of them may stand together.

use std::path::{Path, PathBuf};

use super::html::{PageError, page, seeds_page};
use super::json::TimeKind;
use super::replications::{self, SeedsFiles, SeedsFilesError};
use super::svg::{SvgError, svg};
use super::trace::{TraceError, trace};
use super::{RunFiles, RunFilesError};

/// The forms: for each its name on the command line, and what it is in a line.
macro_rules! formats {
    ($($variant:ident = $name:literal, $summary:literal;)*) => {
        /// A form that a run directory can be shown in.
        #[derive(Copy, Clone, Debug, PartialEq, Eq)]
        pub enum ExportFormat {
            $(#[doc = $summary] $variant,)*
        }

        impl ExportFormat {
            /// All of them.
            pub const ALL: &[ExportFormat] = &[$(ExportFormat::$variant),*];

            /// Its name on the command line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ExportFormat::$variant => $name,)*
                }
            }

            /// What it is, in a line.
            pub const fn summary(self) -> &'static str {
                match self {
                    $(ExportFormat::$variant => $summary,)*
                }
            }
        }
    };
}

formats! {
    Html = "html", "The page of one run, to be read in a browser (docs/report.md)";
    Markdown = "md", "Markdown for the summary of a CI job, at most 64 KiB";
    Json = "json", "The document of one run (docs/output.md)";
    Csv = "csv", "A row for each figure (docs/output.md)";
    Junit = "junit", "JUnit XML: a suite for each run, a case for each guarantee and threshold of each contender";
    Svg = "svg", "The picture of the page as a file of its own: what there was of the worst SKU, and what channels showed";
    Trace = "trace", "Trace events of one run for Perfetto (ui.perfetto.dev); needs a run with --calls, and --ledger for sales and arrows";
}

impl ExportFormat {
    /// Whether it shows one run alone.
    const fn is_of_one(self) -> bool {
        matches!(
            self,
            ExportFormat::Html | ExportFormat::Json | ExportFormat::Svg | ExportFormat::Trace
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
    /// There is no picture.
    #[error(transparent)]
    Svg(#[from] SvgError),
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
    /// The same of directories of many seeds.
    #[error("this format shows one directory of many seeds, and {0} are named")]
    OnlyOneOfSeeds(usize),
    /// Many seeds have no SKU of their own to picture.
    #[error("the picture shows a SKU of one seed, and many seeds keep none")]
    NoPicture,
    /// Many seeds keep no calls to trace.
    #[error("a trace shows the calls of one seed, and many seeds keep none")]
    NoTrace,
    /// A directory of many seeds cannot be read.
    #[error(transparent)]
    Seeds(#[from] SeedsFilesError),
    /// A run and many seeds do not go together.
    #[error("{} holds one seed and {} many, and means are never shown beside single runs", one.display(), many.display())]
    TwoKinds {
        /// The first of one seed.
        one: PathBuf,
        /// The first of many.
        many: PathBuf,
    },
}

impl ExportError {
    /// The way out.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            ExportError::Files(_) | ExportError::Page(_) | ExportError::Trace(_) => None,
            ExportError::Seeds(SeedsFilesError::Shard { .. }) => {
                Some("`merge` puts all shards together; show what it writes")
            }
            ExportError::Seeds(_) => None,
            ExportError::TwoTimes { .. } | ExportError::TwoKinds { .. } => {
                Some("make one report of each kind")
            }
            ExportError::Svg(_) => None,
            ExportError::NoPicture => Some("play the seed alone: `--seed N`"),
            ExportError::NoTrace => Some("play the seed alone with --calls: `--seed N --calls`"),
            ExportError::OnlyOneOfSeeds(_) => Some("name one; `md` and `junit` take several"),
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
    let is_many = |it: &&PathBuf| SeedsFiles::is_there(it);
    let (many, one) = (
        directories.iter().find(is_many),
        directories.iter().find(|it| !is_many(it)),
    );
    match (one, many) {
        (None, Some(_)) => return export_seeds(directories, format),
        (Some(one), Some(many)) => {
            return Err(ExportError::TwoKinds {
                one: one.clone(),
                many: many.clone(),
            });
        }
        _ => {}
    }
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
        ExportFormat::Svg => runs.iter().map(svg).collect::<Result<_, _>>()?,
        ExportFormat::Trace => runs.iter().map(trace).collect::<Result<_, _>>()?,
    })
}

/// Directories of many seeds in a form.
fn export_seeds(directories: &[PathBuf], format: ExportFormat) -> Result<String, ExportError> {
    let several = matches!(format, ExportFormat::Markdown | ExportFormat::Junit);
    if !several && directories.len() > 1 {
        return Err(ExportError::OnlyOneOfSeeds(directories.len()));
    }
    let all = directories.iter().map(|it| SeedsFiles::read(it));
    let all = all.collect::<Result<Vec<_>, _>>()?;
    Ok(match format {
        ExportFormat::Html => all.iter().map(seeds_page).collect::<Result<_, _>>()?,
        ExportFormat::Markdown => super::markdown::seeds_markdown(&all),
        ExportFormat::Json => all.iter().map(|it| it.document.to_json()).collect(),
        ExportFormat::Csv => all
            .iter()
            .map(|it| replications::csv(&it.document))
            .collect(),
        ExportFormat::Junit => replications::junit(&all),
        ExportFormat::Svg => return Err(ExportError::NoPicture),
        ExportFormat::Trace => return Err(ExportError::NoTrace),
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
