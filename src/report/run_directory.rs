//! The run directory: everything a report is made from (docs/output.md).
//!
//! An existing run is never touched: the directory asked for is used when it does not exist or is empty, else the same
//! name with `-2`, `-3` and so on. A directory is claimed before the run, by a file in it that stays locked as long as the
//! run lasts; that tries whether anything can be written there, and gives two runs at once two directories. Files are
//! written aside and renamed, so that one that is there is whole, and `manifest.json` comes last.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSlice;
use serde::Serialize;

use super::frontier;
use super::html::{PageError, page};
use super::json::{Document, SCHEMA_VERSION};
use super::run_files::{Manifest, RunFiles};
use crate::experiment::{RunResult, file_name};

/// Most numbered names that are tried.
const MOST_NAMES: u32 = 10_000;

/// The file that claims a directory; it goes when the run is complete.
pub(super) const CLAIM: &str = "unfinished";

/// What it says, to whoever finds it; also what is tried to be written before the run, a block of most disks.
const CLAIM_TEXT: &str = "A run is being written here, or was broken off: without manifest.json the other files are incomplete.\n";
const CLAIM_BYTES: usize = 4_096;

/// So many lines of a file are laid out in one go.
const LINES_AT_A_TIME: usize = 512;

/// A file or directory of the run could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}; choose another place with --out DIR", path.display())]
pub struct RunDirectoryError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// The page of a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PageFileError {
    /// It could not be rendered.
    #[error(transparent)]
    Page(#[from] PageError),
    /// It could not be written.
    #[error(transparent)]
    File(#[from] RunDirectoryError),
}

/// A directory of one run's own.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    /// The locked [`CLAIM`]; none in the parts of a directory.
    claim: Option<File>,
    /// Whether it was there, empty, before.
    existed: bool,
}

/// Writes a file beside its place and moves it there, so that whoever finds it finds it whole. Where a link leads is written to,
/// and a device or a pipe is written to as it is.
///
/// # Errors
/// When it cannot be written; nothing is left beside it then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let there = fs::metadata(path).ok();
    if there.is_some_and(|it| !it.is_file() && !it.is_dir()) {
        return fs::write(path, bytes);
    }
    let place = match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => match fs::canonicalize(path) {
            Ok(place) => place,
            // It leads to what is not there yet.
            Err(_) => return fs::write(path, bytes),
        },
        _ => path.to_path_buf(),
    };
    // Another process may be writing the same file.
    let mut aside = place.as_os_str().to_os_string();
    aside.push(format!(".{}.part", std::process::id()));
    let aside = PathBuf::from(aside);
    let written = File::create(&aside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&aside, &place));
    if written.is_err() {
        // The error that led here is the one to tell.
        let _ = fs::remove_file(&aside);
    }
    written
}

/// The places where a directory may go that is wanted here: here, and under the same name with `-2`, `-3` and so on.
pub fn at_or_beside(wanted: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    (1..=MOST_NAMES).map(|number| match number {
        1 => wanted.to_path_buf(),
        _ => {
            let mut name = wanted.as_os_str().to_os_string();
            name.push(format!("-{number}"));
            PathBuf::from(name)
        }
    })
}

/// Where runs are written when nothing else is said.
pub fn default_path(scenario: &str, of: impl std::fmt::Display) -> PathBuf {
    let name: String = scenario
        .chars()
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => letter,
            _ => '-',
        })
        .collect();
    let name = name.trim_start_matches('.');
    Path::new("reports/out").join(format!("{name}-{of}"))
}

impl RunDirectory {
    /// Claims a directory at or beside `wanted`, and tries whether it can be written to.
    ///
    /// # Errors
    /// When none can be created or written to there.
    pub fn claim(wanted: &Path) -> Result<RunDirectory, RunDirectoryError> {
        let failed = |path: &Path, source| RunDirectoryError {
            path: path.to_path_buf(),
            source,
        };
        if let Some(parent) = wanted.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
        }
        for path in at_or_beside(wanted) {
            let existed = match fs::create_dir(&path) {
                Ok(()) => false,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if path == wanted && !path.is_dir() {
                        let error = io::Error::other("it is a file, not a directory");
                        return Err(failed(&path, error));
                    }
                    true
                }
                Err(error) => return Err(failed(&path, error)),
            };
            if !is_free(&path) {
                continue;
            }
            match lock(&path) {
                // Somebody else may have finished a run there in between.
                Ok(Some(claim)) if is_free(&path) => {
                    return Ok(RunDirectory {
                        path,
                        claim: Some(claim),
                        existed,
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    if !existed {
                        let _ = fs::remove_file(path.join(CLAIM));
                        let _ = fs::remove_dir(&path);
                    }
                    return Err(failed(&path.join(CLAIM), error));
                }
            }
        }
        Err(failed(
            wanted,
            io::Error::other("too many runs of this name already"),
        ))
    }

    /// Gives the directory back when there was no run: nothing is left of the claim. What has been written stays.
    pub fn release(&self) {
        if self.claim.is_some() {
            // Whatever cannot be removed does no harm.
            let _ = fs::remove_file(self.path.join(CLAIM));
            if !self.existed {
                let _ = fs::remove_dir(&self.path);
            }
        }
    }

    /// The part of this directory that belongs to a later life of served shops, counted from 1; the first one's is the
    /// directory itself.
    pub fn of_life(&self, life: u32) -> RunDirectory {
        RunDirectory {
            path: match life {
                0 | 1 => self.path.clone(),
                later => self.path.join(format!("life-{later}")),
            },
            claim: None,
            existed: true,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes everything: `scenario.toml`, `figures.json`, `frontier.csv`, `series/STRATEGY.csv`, `series/STRATEGY.skus.csv`,
    /// `causes/STRATEGY.jsonl` and `playback/STRATEGY.json` where causes were asked for, `histograms/STRATEGY.NAME.hdr`, and
    /// last `manifest.json`, whose presence says that the rest is complete. A directory that went while the run lasted is made anew.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(
        &self,
        document: &Document,
        runs: &[RunResult],
        expanded_scenario: &str,
        orders: Option<&str>,
    ) -> Result<(), RunDirectoryError> {
        let mut files = Vec::new();
        self.put(&mut files, "scenario.toml", expanded_scenario.as_bytes())?;
        self.put(&mut files, "figures.json", document.to_json().as_bytes())?;
        let points = frontier::points(document);
        self.put(&mut files, "frontier.csv", &csv_of(&points))?;
        let of_runs: Result<Vec<Vec<String>>, RunDirectoryError> =
            runs.par_iter().map(|run| self.write_run(run)).collect();
        files.extend(of_runs?.into_iter().flatten());
        // Written while the runs went on.
        files.extend(runs.iter().flat_map(|run| run.kept.files.iter().cloned()));
        let signals = runs.iter().filter_map(|run| {
            let signals = run.measured.signals.as_ref()?;
            Some((run.name(), signals))
        });
        let signals: BTreeMap<_, _> = signals.collect();
        if !signals.is_empty() {
            self.put(&mut files, "signals.json", &json_of(&signals))?;
        }
        // That of the run whose platforms told most.
        let told = runs.iter().filter_map(|run| run.one_order.as_ref()).rev();
        let most = told.max_by_key(|it| {
            let read = it.channels.iter().filter(|it| !it.canonical.is_null());
            (it.sku.is_some(), read.count())
        });
        if let Some(one_order) = most {
            self.put(&mut files, "one_order.json", &json_of(one_order))?;
        }
        let manifest = Manifest {
            schema_version: SCHEMA_VERSION,
            program: "simulate".to_string(),
            program_version: env!("CARGO_PKG_VERSION").to_string(),
            scenario: document.scenario.clone(),
            seed: document.seed,
            strategies: runs.iter().map(|run| run.name().to_string()).collect(),
            orders: orders.map(str::to_string),
            command: document.rerun.clone(),
            files: files.clone(),
        };
        let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        text.push('\n');
        self.put(&mut files, "manifest.json", text.as_bytes())?;
        self.complete();
        Ok(())
    }

    /// Writes the files of one run, and gives their names.
    fn write_run(&self, run: &RunResult) -> Result<Vec<String>, RunDirectoryError> {
        let mut files = Vec::new();
        let name = file_name(run.name());
        self.put(
            &mut files,
            &format!("series/{name}.csv"),
            &csv_of(&run.measured.series.rows(&run.measured.names())),
        )?;
        self.put(
            &mut files,
            &format!("series/{name}.skus.csv"),
            &csv_of(&run.measured.series.worst_skus(&run.measured.names())),
        )?;
        if run.measured.causes.is_some() {
            let file = format!("causes/{name}.jsonl");
            self.put(&mut files, &file, &lines_of(&run.measured.chains))?;
        }
        if let Some(rows) = &run.measured.limit_rows {
            let file = format!("series/{name}.limits.csv");
            self.put(&mut files, &file, &csv_of(rows))?;
        }
        if let Some(playback) = &run.measured.playback {
            // Plain numbers and names: they can always be written.
            let text = serde_json::to_string(playback).unwrap_or_default();
            let file = format!("playback/{name}.json");
            self.put(&mut files, &file, text.as_bytes())?;
        }
        for (kind, durations) in &run.measured.histograms {
            let facts = &run.measured.facts;
            let log = durations.log(&format!("{}: {kind}", run.name()), facts.simulated);
            let file = format!("histograms/{name}.{kind}.hdr");
            self.put(&mut files, &file, log.as_bytes())?;
        }
        Ok(files)
    }

    /// Takes the claim away: the manifest says now that everything is there.
    pub fn complete(&self) {
        // A claim that cannot be removed does no harm.
        let _ = fs::remove_file(self.path.join(CLAIM));
    }

    /// Renders `report.html` from what has been written, and gives its path. It is no part of the manifest: it can be made
    /// again from the other files at any time.
    ///
    /// # Errors
    /// When what was written cannot be read back, or the page cannot be written.
    pub fn write_page(&self) -> Result<PathBuf, PageFileError> {
        let run = RunFiles::read_for_page(&self.path).map_err(PageError::from)?;
        let text = page(&run)?;
        let path = self.path.join("report.html");
        write_whole(&path, text.as_bytes()).map_err(|source| RunDirectoryError {
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }

    /// Writes a file whole, and notes its name.
    pub(super) fn put(
        &self,
        files: &mut Vec<String>,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), RunDirectoryError> {
        let path = self.path.join(name);
        let failed = |source| RunDirectoryError {
            path: path.clone(),
            source,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        write_whole(&path, bytes).map_err(failed)?;
        files.push(name.to_string());
        Ok(())
    }
}

/// Whether nothing but a claim is in a directory, and files that a run which was killed had not written to their end.
fn is_free(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|files| {
        files.flatten().all(|file| {
            let name = file.file_name();
            name == CLAIM || Path::new(&name).extension().is_some_and(|it| it == "part")
        })
    })
}

/// Locks the claim of a directory; none when another run has it. One that was left behind by a run that was killed is
/// locked by nobody.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let path = path.join(CLAIM);
    let mut claim = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)?;
    match claim.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        // Some file systems know no locks; then the name alone has to do.
        Err(TryLockError::Error(_)) | Ok(()) => {}
    }
    let mut text = CLAIM_TEXT.as_bytes().to_vec();
    text.resize(CLAIM_BYTES, b'\n');
    claim.write_all(&text)?;
    claim.sync_all()?;
    // A run that finished between opening and locking has taken the file away with it.
    Ok(path.exists().then_some(claim))
}

fn json_of(value: &impl Serialize) -> Vec<u8> {
    // Plain numbers and texts, into memory: neither can fail.
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A line each. Ten thousand of them take as long as a tenth of a run, and no line needs another, so all cores write.
fn lines_of<Line: Serialize + Sync>(lines: &[Line]) -> Vec<u8> {
    let pieces = lines.par_chunks(LINES_AT_A_TIME).map(|lines| {
        let mut bytes = Vec::new();
        for line in lines {
            // Plain numbers and texts, into memory: neither can fail.
            let _ = serde_json::to_writer(&mut bytes, line);
            bytes.push(b'\n');
        }
        bytes
    });
    pieces.collect::<Vec<_>>().concat()
}

fn csv_of<Row: Serialize>(rows: &[Row]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Rows are plain numbers and names, and the writer is memory: neither can fail.
        let _ = writer.serialize(row);
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(place: &Path) -> Vec<String> {
        let files = fs::read_dir(place).unwrap();
        let mut names: Vec<String> = files
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn two_runs_at_once_into_an_empty_directory_get_two() {
        let place = tempfile::tempdir().unwrap();
        let wanted = place.path().join("run");
        fs::create_dir(&wanted).unwrap();
        let first = RunDirectory::claim(&wanted).unwrap();
        let second = RunDirectory::claim(&wanted).unwrap();
        assert_eq!(first.path(), wanted);
        assert_eq!(second.path(), place.path().join("run-2"));
        first.release();
        second.release();
        assert_eq!(names(place.path()), ["run"], "what was there before stays");
        assert_eq!(names(&wanted), Vec::<String>::new());
    }

    #[test]
    fn a_claim_that_was_left_behind_does_not_hold() {
        let place = tempfile::tempdir().unwrap();
        let wanted = place.path().join("run");
        drop(RunDirectory::claim(&wanted).unwrap());
        assert_eq!(names(&wanted), [CLAIM], "as after a kill");
        let again = RunDirectory::claim(&wanted).unwrap();
        assert_eq!(again.path(), wanted);
        fs::write(wanted.join("ledger.jsonl"), "{}").unwrap();
        again.release();
        let beside = RunDirectory::claim(&wanted).unwrap();
        assert_eq!(beside.path(), place.path().join("run-2"));
    }

    #[test]
    fn a_file_in_the_directorys_place_is_said_and_kept() {
        let place = tempfile::tempdir().unwrap();
        let wanted = place.path().join("run");
        fs::write(&wanted, "mine").unwrap();
        for wanted in [wanted.clone(), wanted.join("below")] {
            let error = RunDirectory::claim(&wanted).unwrap_err().to_string();
            assert!(error.contains("--out DIR"), "{error}");
        }
        assert_eq!(fs::read_to_string(&wanted).unwrap(), "mine");
        assert_eq!(names(place.path()), ["run"]);
    }

    #[test]
    fn what_cannot_be_written_whole_leaves_what_was_there() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("figures.json");
        write_whole(&file, b"first").unwrap();
        // A directory in the way of the file aside.
        let aside = format!("figures.json.{}.part", std::process::id());
        fs::create_dir(place.path().join(aside)).unwrap();
        assert!(write_whole(&file, b"second").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "first");
    }
}
