//! The run directory of many seeds: `seeds.jsonl` row by row while they are played, then `histograms/`, `replications.json` and
//! last `manifest.json`. Nothing but `timing.json` depends on the machine.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{SeedsFiles, SeedsFilesError};
use crate::experiment::file_name;
use crate::experiment::replications::merge::{MergeError, ShardFiles};
use crate::experiment::replications::{Frame, Histograms, ReplicationsDocument, SCHEMA_VERSION};
use crate::experiment::shard::Shard;
use crate::report::html::{PageError, seeds_page};
use crate::report::run_directory::{RunDirectory, RunDirectoryError, write_whole};
use crate::scenario::file::text_of;

/// What a directory of many seeds holds, as its manifest says it.
pub const MANY_SEEDS: &str = "replications";

/// What made it, `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    pub schema_version: u32,
    /// What the directory holds: `replications`.
    pub kind: String,
    /// `simulate`.
    pub program: String,
    /// Its version.
    pub program_version: String,
    /// The order log of a scenario that replays one.
    pub orders: Option<String>,
    /// What it is about.
    pub frame: Frame,
    /// Which part of it is here; absent where all of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Of a shard: whether the whole is to have no page. It is no part of what is compared, and the whole itself does not say it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_report: bool,
    /// The files, in the order in which they were written.
    pub files: Vec<String>,
}

impl Manifest {
    /// In what it differs from another shard's of the same experiment, in a word; nothing where they belong together.
    pub fn differs_from(&self, other: &Manifest, other_scenario: bool) -> Option<&'static str> {
        if self.program_version != other.program_version {
            Some("version of the program")
        } else if other_scenario || self.frame.scenario != other.frame.scenario {
            Some("scenario")
        } else if self.orders != other.orders {
            Some("order log")
        } else if self.frame.seeds != other.frame.seeds {
            Some("set of seeds")
        } else if self.frame.thresholds != other.frame.thresholds {
            Some("set of thresholds")
        } else if self.frame != other.frame {
            Some("set of contenders")
        } else {
            None
        }
    }
}

/// How long it took, `timing.json`.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Real time, seconds; of shards that were put together, their sum.
    pub wall_s: f64,
    /// Runs at once; of shards that were put together, the most of one.
    pub threads: usize,
    /// Seeds played here.
    pub seeds: u64,
}

/// A shard, and what its whole is to be like.
#[derive(Copy, Clone, Debug)]
pub struct Part {
    /// Which.
    pub shard: Shard,
    /// Whether the whole is to have no page.
    pub no_report: bool,
}

/// `seeds.jsonl` while it is written, aside.
#[derive(Debug)]
pub struct RowsFile {
    file: BufWriter<File>,
    aside: PathBuf,
    path: PathBuf,
}

impl RowsFile {
    /// Begins it in a directory.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(directory: &RunDirectory) -> Result<RowsFile, RunDirectoryError> {
        let path = directory.path().join("seeds.jsonl");
        let aside = directory.path().join("seeds.jsonl.part");
        match File::create(&aside) {
            Ok(file) => Ok(RowsFile {
                file: BufWriter::new(file),
                aside,
                path,
            }),
            Err(source) => Err(RunDirectoryError {
                path: aside,
                source,
            }),
        }
    }

    /// Adds a line, which has its break.
    ///
    /// # Errors
    /// A sentence, when it cannot be written.
    pub fn keep(&mut self, line: &str) -> Result<(), String> {
        let written = self.file.write_all(line.as_bytes());
        written.map_err(|source| self.failed(source).to_string())
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn complete(mut self) -> Result<(), RunDirectoryError> {
        let written = self.file.flush();
        let written = written.and_then(|()| fs::rename(&self.aside, &self.path));
        written.map_err(|source| self.failed(source))
    }

    /// Takes it away.
    pub fn discard(self) {
        // What cannot be removed does no harm: a later run takes its place.
        let _ = fs::remove_file(&self.aside);
    }

    fn failed(&self, source: io::Error) -> RunDirectoryError {
        RunDirectoryError {
            path: self.path.clone(),
            source,
        }
    }
}

/// Writes everything but the rows, which are there: `scenario.toml`, `histograms/`, `replications.json` (not of a shard, which
/// judges nothing), `timing.json` and last `manifest.json`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(
    directory: &RunDirectory,
    document: &ReplicationsDocument,
    histograms: &Histograms,
    expanded_scenario: &str,
    orders: Option<&str>,
    part: Option<Part>,
    timing: Timing,
) -> Result<(), RunDirectoryError> {
    let mut files = vec!["seeds.jsonl".to_string()];
    directory.put(&mut files, "scenario.toml", expanded_scenario.as_bytes())?;
    for (name, log) in histograms.logs() {
        let file = format!("histograms/{name}.hdr");
        directory.put(&mut files, &file, log.as_bytes())?;
    }
    if part.is_none() {
        let text = document.to_json();
        directory.put(&mut files, "replications.json", text.as_bytes())?;
    }
    directory.put(&mut files, "timing.json", pretty(&timing).as_bytes())?;
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        kind: MANY_SEEDS.to_string(),
        program: "simulate".to_string(),
        program_version: env!("CARGO_PKG_VERSION").to_string(),
        orders: orders.map(str::to_string),
        frame: document.frame.clone(),
        shard: part.map(|it| it.shard),
        no_report: part.is_some_and(|it| it.no_report),
        files: files.clone(),
    };
    directory.put(&mut files, "manifest.json", pretty(&manifest).as_bytes())?;
    directory.complete();
    Ok(())
}

/// Writes `report.html` into a directory that is complete, and says where.
///
/// # Errors
/// When the directory cannot be read, or the page cannot be written.
pub fn write_page(directory: &RunDirectory) -> Result<PathBuf, SeedsPageError> {
    let page = seeds_page(&SeedsFiles::read(directory.path())?)?;
    let path = directory.path().join("report.html");
    write_whole(&path, page.as_bytes()).map_err(|source| RunDirectoryError {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

/// Why the page of many seeds is not there.
#[derive(Debug, thiserror::Error)]
pub enum SeedsPageError {
    /// The directory cannot be read.
    #[error(transparent)]
    Files(#[from] SeedsFilesError),
    /// The page cannot be made.
    #[error(transparent)]
    Page(#[from] PageError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] RunDirectoryError),
}

fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads the manifest of a shard, and its scenario's text.
///
/// # Errors
/// [`MergeError::Incomplete`] where there is none, as after a kill; [`MergeError::Unreadable`].
pub fn read_manifest(place: &Path) -> Result<(Manifest, String), MergeError> {
    let path = place.join("manifest.json");
    let shown = place.display();
    let text = match text_of(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && place.is_dir() => {
            return Err(MergeError::Incomplete(format!(
                "{shown} has no manifest.json: its run was broken off, or goes on"
            )));
        }
        Err(_) if !place.exists() => {
            return Err(MergeError::Incomplete(format!("there is no {shown}")));
        }
        Err(error) => {
            let path = path.display();
            return Err(MergeError::Unreadable(format!("{path}: {error}")));
        }
    };
    let kind: Kind = serde_json::from_str(&text)
        .map_err(|error| MergeError::Unreadable(format!("{}: {error}", path.display())))?;
    if kind.kind.as_deref() != Some(MANY_SEEDS) {
        return Err(MergeError::Different(format!(
            "{shown} holds no shard of many seeds, but {}",
            match &kind.kind {
                Some(kind) => format!("`{kind}`"),
                None => "a single run".to_string(),
            }
        )));
    }
    let manifest = serde_json::from_str(&text)
        .map_err(|error| MergeError::Unreadable(format!("{}: {error}", path.display())))?;
    let path = place.join("scenario.toml");
    let scenario = text_of(&path)
        .map_err(|error| MergeError::Unreadable(format!("{}: {error}", path.display())))?;
    Ok((manifest, scenario))
}

/// How long a shard took; nothing where that cannot be read, since no result depends on it.
pub fn read_timing(place: &Path) -> Option<Timing> {
    let text = text_of(&place.join("timing.json")).ok()?;
    serde_json::from_str(&text).ok()
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// A shard's rows and histograms.
///
/// # Errors
/// [`MergeError::Unreadable`].
pub fn read_shard(place: &Path, frame: &Frame) -> Result<ShardFiles<'static>, MergeError> {
    let unreadable = |path: &Path, error: io::Error| {
        MergeError::Unreadable(format!("{}: {error}", path.display()))
    };
    let path = place.join("seeds.jsonl");
    let file = File::open(&path).map_err(|error| unreadable(&path, error))?;
    let folder = place.join("histograms");
    let mut histograms = Vec::new();
    let names = match fs::read_dir(&folder) {
        Ok(files) => {
            let names = files.map(|it| it.map(|it| it.file_name().to_string_lossy().into_owned()));
            let names: io::Result<Vec<String>> = names.collect();
            let mut names = names.map_err(|error| unreadable(&folder, error))?;
            names.sort();
            names
        }
        // A shard without seeds has none.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(&folder, error)),
    };
    for name in names {
        let path = folder.join(&name);
        // The names of contenders may hold dots; those of kinds do not.
        let parts = name.strip_suffix(".hdr").and_then(|it| it.rsplit_once('.'));
        let parts = parts.and_then(|(of, kind)| {
            let mut contenders = frame.contenders.iter();
            Some((contenders.find(|it| file_name(&it.name) == of)?, kind))
        });
        let Some((contender, kind)) = parts else {
            let error = io::Error::other("it belongs to no contender");
            return Err(unreadable(&path, error));
        };
        let text = text_of(&path).map_err(|error| unreadable(&path, error))?;
        histograms.push((contender.name.clone(), kind.to_string(), text));
    }
    Ok(ShardFiles {
        place: place.display().to_string(),
        lines: Box::new(BufReader::new(file).lines()),
        histograms,
    })
}
