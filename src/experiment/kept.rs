//! What is kept of a run in virtual time when somebody asks: its ledger and its calls, written as they happen.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use channel_mocks::core::{Epoch, Micros, Seed};

use super::error::ExperimentError;
use super::file_name::file_name;
use crate::scenario::Scenario;
use crate::world::ledger::{Entry, Message, Recorder};
use crate::world::records::{CallFiles, CallLog, KeptCalls, LedgerLines, RecordNames};
use crate::world::{OrderSource, World};

/// What to keep of runs, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepRecords {
    /// The run directory.
    pub directory: PathBuf,
    /// Whether to keep the ledger, in `ledger/NAME.jsonl`; runs in real time always do.
    pub ledger: bool,
    /// How many calls to keep, in `calls/NAME.jsonl` and `calls/NAME.har`; none when left out.
    pub calls: Option<u64>,
}

/// What was kept of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Files, as the run directory names them.
    pub files: Vec<String>,
    /// How many calls are in them.
    pub calls: KeptCalls,
}

/// What an archive says of itself.
pub(super) fn about(scenario: &Scenario, seed: u64, contender: &str) -> String {
    format!(
        "Calls of {contender} in {}, seed {seed}, between a sync engine and Oversell's emulators.",
        scenario.name
    )
}

/// The instant that times of a scenario count from.
pub(super) fn epoch(scenario: &Scenario) -> Epoch {
    let read = Epoch::parse_start(&scenario.start);
    // A scenario whose start cannot be read is refused before it is played.
    read.map_or(Epoch::from_unix_secs(0), |(epoch, _)| epoch)
}

/// Writes the records of one run.
pub(super) struct RunRecords {
    ledger: Option<(PathBuf, LedgerLines<BufWriter<File>>)>,
    calls: Option<CallLog<CallFiles>>,
    /// The contender's, as it stands in names of files.
    name: String,
    epoch: Epoch,
    about: String,
    now: Micros,
}

impl RunRecords {
    /// For a contender's run of a scenario on a seed.
    ///
    /// # Errors
    /// When a file cannot be created, or there is no world of that scenario.
    pub fn create(
        keep: &KeepRecords,
        scenario: &Scenario,
        seed: u64,
        orders: Option<&OrderSource>,
        name: &str,
    ) -> Result<RunRecords, ExperimentError> {
        let world =
            World::new(scenario, Seed(seed), orders).map_err(ExperimentError::unexpected)?;
        let skus = world.catalogue.skus.into_iter().map(|it| it.code);
        let names = RecordNames::new(scenario, skus.collect());
        let own = file_name(name);
        let place = |what: &str| keep.directory.join(what).join(format!("{own}.jsonl"));
        let failed = |path: &Path, error| {
            ExperimentError::unexpected(format!("cannot write {}: {error}", path.display()))
        };
        let mut ledger = None;
        if keep.ledger {
            let path = place("ledger");
            let file = create_aside(&path).map_err(|error| failed(&path, error))?;
            let lines = LedgerLines::new(BufWriter::new(file), names.clone());
            ledger = Some((path, lines));
        }
        let mut calls = None;
        if let Some(most) = keep.calls {
            let path = place("calls");
            let files = CallFiles::create(&path, most, true);
            let files = files.map_err(ExperimentError::unexpected)?;
            calls = Some(CallLog::new(names, files));
        }
        Ok(RunRecords {
            ledger,
            calls,
            name: own.to_string(),
            epoch: epoch(scenario),
            about: about(scenario, seed, name),
            now: Micros::ZERO,
        })
    }

    /// Completes the files.
    ///
    /// # Errors
    /// The first failure of all that was to be written.
    pub fn finish(self) -> io::Result<Kept> {
        let mut kept = Kept::default();
        if let Some((path, lines)) = self.ledger {
            lines.finish()?;
            fs::rename(aside(&path), &path)?;
            kept.files.push(format!("ledger/{}.jsonl", self.name));
        }
        if let Some(calls) = self.calls {
            kept.calls = calls.finish(self.now).finish(self.epoch, &self.about)?;
            for ending in ["jsonl", "har"] {
                kept.files.push(format!("calls/{}.{ending}", self.name));
            }
        }
        Ok(kept)
    }
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("jsonl.part")
}

fn create_aside(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create(aside(path))
}

impl Recorder for RunRecords {
    fn record(&mut self, at: Micros, entry: &Entry) {
        self.now = at;
        if let Some((_, ledger)) = &mut self.ledger {
            ledger.record(at, entry);
        }
        if let Some(calls) = &mut self.calls {
            calls.record(at, entry);
        }
    }

    fn wants_messages(&self) -> bool {
        self.calls.is_some()
    }

    fn message(&mut self, at: Micros, message: &Message<'_>) {
        self.now = at;
        if let Some(calls) = &mut self.calls {
            calls.message(at, message);
        }
    }
}
