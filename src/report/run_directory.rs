//! The run directory: everything a report is made from (docs/output.md).
//!
//! An existing run is never touched: the directory asked for is used when it does not exist or is empty, else the same
//! name with `-2`, `-3` and so on. A directory is claimed by creating it, so that two runs at once get two of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::json::{Document, SCHEMA_VERSION};
use crate::experiment::RunResult;
use crate::measure::Measured;

/// Most numbered names that are tried.
const MOST_NAMES: u32 = 10_000;

/// A file or directory of the run could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}; choose another place with --out DIR", path.display())]
pub struct RunDirectoryError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// A directory of one run's own.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
}

/// What made a run, `manifest.json`.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    schema_version: u32,
    program: &'static str,
    program_version: &'static str,
    scenario: &'a str,
    seed: u64,
    strategies: Vec<&'a str>,
    orders: Option<&'a str>,
    command: &'a str,
    files: Vec<String>,
}

/// Where runs are written when nothing else is said.
pub fn default_path(scenario: &str, seed: u64) -> PathBuf {
    let name: String = scenario
        .chars()
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => letter,
            _ => '-',
        })
        .collect();
    let name = name.trim_start_matches('.');
    Path::new("reports/out").join(format!("{name}-{seed}"))
}

impl RunDirectory {
    /// Claims a directory at or beside `wanted`.
    ///
    /// # Errors
    /// When none can be created there.
    pub fn claim(wanted: &Path) -> Result<RunDirectory, RunDirectoryError> {
        let failed = |path: &Path, source| RunDirectoryError {
            path: path.to_path_buf(),
            source,
        };
        if let Some(parent) = wanted.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
        }
        for number in 1..=MOST_NAMES {
            let path = if number == 1 {
                wanted.to_path_buf()
            } else {
                let mut name = wanted.as_os_str().to_os_string();
                name.push(format!("-{number}"));
                PathBuf::from(name)
            };
            match fs::create_dir(&path) {
                Ok(()) => return Ok(RunDirectory { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let empty = fs::read_dir(&path).is_ok_and(|mut files| files.next().is_none());
                    if number == 1 && empty {
                        return Ok(RunDirectory { path });
                    }
                }
                Err(error) => return Err(failed(&path, error)),
            }
        }
        Err(failed(
            wanted,
            io::Error::other("too many runs of this name already"),
        ))
    }

    /// The part of this directory that belongs to a later life of served shops, counted from 1; the first one's is the
    /// directory itself.
    pub fn of_life(&self, life: u32) -> RunDirectory {
        RunDirectory {
            path: match life {
                0 | 1 => self.path.clone(),
                later => self.path.join(format!("life-{later}")),
            },
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes everything: `scenario.toml`, `figures.json`, `series/STRATEGY.csv`, `histograms/STRATEGY.NAME.hdr`, and last
    /// `manifest.json`, whose presence says that the rest is complete.
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
        for run in runs {
            let name = run.name();
            self.put(
                &mut files,
                &format!("series/{name}.csv"),
                &series(&run.measured),
            )?;
            for (kind, durations) in &run.measured.histograms {
                let mut text = durations.encoded();
                text.push('\n');
                let file = format!("histograms/{name}.{kind}.hdr");
                self.put(&mut files, &file, text.as_bytes())?;
            }
        }
        let manifest = Manifest {
            schema_version: SCHEMA_VERSION,
            program: "simulate",
            program_version: env!("CARGO_PKG_VERSION"),
            scenario: &document.scenario,
            seed: document.seed,
            strategies: runs.iter().map(RunResult::name).collect(),
            orders,
            command: &document.rerun,
            files: files.clone(),
        };
        let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        text.push('\n');
        self.put(&mut files, "manifest.json", text.as_bytes())
    }

    fn put(
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
        fs::write(&path, bytes).map_err(failed)?;
        files.push(name.to_string());
        Ok(())
    }
}

fn series(run: &Measured) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in run.series.rows() {
        // Rows are plain numbers and the writer is memory: neither can fail.
        let _ = writer.serialize(row);
    }
    writer.into_inner().unwrap_or_default()
}
