//! The engine's database: one SQLite file in WAL mode. What the engine is told is written to the journal before anything
//! that follows from it leaves the process (docs/theory.md A5, H7); the tables for people are written in the same transaction.

pub mod compaction;
mod inputs;
mod open;
mod schema;
mod tables;

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use indexmap::IndexSet;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use rustc_hash::FxBuildHasher;
use thiserror::Error;

use crate::engine::config::EngineConfig;
use crate::engine::journal::{Journal, Record};
use crate::engine::recovery::{self, InputRecord, Replayed};
use crate::engine::{CallId, Engine, Input, Micros, Output};

use compaction::Saved;
use tables::Names;

/// Why the database cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file is something else.
    #[error("{0} is not an engine's database")]
    Foreign(PathBuf),
    /// Another version of the program made it.
    #[error("{path} has tables of version {found}, and this program knows version {known}")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i32,
        /// The one that would fit.
        known: i32,
    },
    /// Another engine is at work on it.
    #[error("{0} belongs to an engine that is running")]
    InUse(PathBuf),
    /// It was made under a configuration that decides differently.
    #[error("{path} was begun with another configuration: `{key}` was {was} and is {is}")]
    Configuration {
        /// The file.
        path: PathBuf,
        /// What differs.
        key: String,
        /// What it was when the database was made.
        was: String,
        /// What it is now.
        is: String,
    },
    /// The replayed engine did not do what the one that wrote the journal did.
    #[error(
        "{path} was written by another build of the engine: from its {entries} journal entries this one concludes \
         something else"
    )]
    Diverged {
        /// The file.
        path: PathBuf,
        /// Entries replayed.
        entries: i64,
    },
    /// The state in the database is of another build.
    #[error(
        "{path} was written by another build of the engine ({build}), which put the state after {entries} journal entries in \
         their place; this one cannot read it"
    )]
    OtherBuild {
        /// The file.
        path: PathBuf,
        /// Entries that led to it.
        entries: i64,
        /// The build.
        build: String,
    },
    /// What stands in the database cannot be read.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The file system refused.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// SQLite refused.
    #[error("the database: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    /// Whether what stands in the file is broken, rather than out of reach.
    pub fn is_corruption(&self) -> bool {
        match self {
            StoreError::Damaged(_) => true,
            StoreError::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            ),
            _ => false,
        }
    }

    /// The way out.
    pub fn help(&self) -> &'static str {
        match self {
            StoreError::Foreign(_) => {
                "give `database` the path of a new file, or of an engine's; if it was one, its beginning is corrupted: restore a copy"
            }
            StoreError::Version { .. } => {
                "run the program that made it, or give `database` the path of a new file once everything has settled"
            }
            StoreError::InUse(_) => "end the other engine, or give this one a database of its own",
            StoreError::Configuration { .. } => {
                "set it back, or give `database` the path of a new file once everything has settled; addresses and \
                 credentials may change at any time"
            }
            StoreError::Diverged { .. } | StoreError::OtherBuild { .. } => {
                "run the build that wrote it, or give `database` the path of a new file once everything has settled"
            }
            _ if self.is_corruption() => {
                "restore a copy of the file together with its -wal file, or give `database` the path of a new file"
            }
            StoreError::File { .. } | StoreError::Sqlite(_) | StoreError::Damaged(_) => {
                "look at the disk and at the rights of the file and its folder"
            }
        }
    }
}

/// Where the hash over everything the engine put out is kept.
const TRACE: &str = "trace";
/// Where it is kept how many journal entries there have been, so that some that are lost at the end are missed.
const ENTRIES: &str = "entries";

/// An open database.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    in_transaction: bool,
    /// Whether the transaction has inputs.
    has_inputs: bool,
    /// Number of the last journal entry.
    last_seq: i64,
    /// Hash over everything that the engine has put out.
    trace: u64,
    /// Calls of the engine without an answer, in the order in which they were made.
    open_calls: IndexSet<CallId, FxBuildHasher>,
    /// Entries of the journal, and bytes of their messages.
    tail: (i64, i64),
    /// Bytes of the state that stands for what came before.
    state_bytes: i64,
    /// See [`Store::compact_after`].
    compact_after: i64,
    compactions: u64,
    names: Option<Names>,
    /// The first thing that went wrong inside of a call that cannot fail.
    failure: Option<rusqlite::Error>,
    /// Held as long as the engine runs.
    _lock: File,
}

impl Store {
    /// Opens the database, or makes it.
    ///
    /// # Errors
    /// When the file is something else, of another version, in use, or cannot be written.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let opened = open::open(path)?;
        let state_bytes = opened.connection.query_row(
            "SELECT coalesce(sum(length(state)), 0) FROM snapshot",
            [],
            |row| row.get(0),
        )?;
        Ok(Store {
            connection: opened.connection,
            path: path.to_path_buf(),
            in_transaction: false,
            has_inputs: false,
            last_seq: opened.last_seq,
            trace: inputs::NO_OUTPUTS,
            open_calls: IndexSet::default(),
            tail: opened.tail,
            state_bytes,
            compact_after: i64::MAX,
            compactions: 0,
            names: None,
            failure: None,
            _lock: opened.lock,
        })
    }

    /// Value of a key of `meta`.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?)
    }

    /// Sets a key of `meta` in the present transaction.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.begin()?;
        self.connection
            .prepare_cached(
                "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
            )?
            .execute((key, value))?;
        Ok(())
    }

    /// Holds what a replay depends on against what the database was begun with; a new one keeps it.
    ///
    /// # Errors
    /// [`StoreError::Configuration`] with the first difference.
    pub fn agree(&mut self, facts: &[(String, String)]) -> Result<(), StoreError> {
        for (key, is) in facts {
            match self.meta(key)? {
                Some(was) if was == *is => {}
                None if self.last_seq == 0 => self.set_meta(key, is)?,
                was => {
                    return Err(StoreError::Configuration {
                        path: self.path.clone(),
                        key: key.clone(),
                        was: was.unwrap_or_else(|| "absent".to_string()),
                        is: is.clone(),
                    });
                }
            }
        }
        self.commit()?;
        Ok(())
    }

    fn begin(&mut self) -> Result<(), rusqlite::Error> {
        if !self.in_transaction {
            self.connection
                .prepare_cached("BEGIN IMMEDIATE")?
                .execute([])?;
            self.in_transaction = true;
        }
        Ok(())
    }

    /// Brings an engine to where the one stood that wrote the journal: a new one, or the one of the state that `saved` says
    /// the rest of. `show` gets the number of inputs taken so far.
    ///
    /// # Errors
    /// When the journal cannot be read, or this build of the engine concludes something else from it.
    pub fn replay(
        &mut self,
        engine: &mut dyn Engine,
        saved: Option<&Saved>,
        mut show: impl FnMut(i64),
    ) -> Result<Replayed, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT at, kind, number, channel, message, seq FROM journal ORDER BY seq")?;
        let mut rows = statement.query([])?;
        let mut broken: Option<StoreError> = None;
        let mut trace = saved.map_or(inputs::NO_OUTPUTS, |saved| saved.trace);
        let mut count = 0;
        let before = saved.map_or(0, |saved| saved.seq);
        let records = std::iter::from_fn(|| {
            let read = rows.next().map_err(StoreError::from);
            count += 1;
            let read_next = |row| inputs::read_as(row, before + count);
            let record = read.and_then(|row| row.map(read_next).transpose());
            show(count);
            record.unwrap_or_else(|error| {
                broken = Some(error);
                None
            })
        });
        let from = saved.map(Saved::replayed).unwrap_or_default();
        let replayed = recovery::resume(engine, from, records, |output| {
            trace = inputs::trace(trace, output);
        });
        // What cannot be read ends the records early, and the engine may miss them: the reason is told, not what follows from it.
        if let Some(error) = broken {
            return Err(error);
        }
        let replayed = replayed.map_err(|error| StoreError::Damaged(error.to_string()))?;
        drop(rows);
        drop(statement);
        let written = self.meta(ENTRIES)?.and_then(|text| text.parse().ok());
        if let Some(written) = written.filter(|it: &i64| *it != self.last_seq) {
            return Err(StoreError::Damaged(format!(
                "the journal ends with entry {}, and {written} were written",
                self.last_seq
            )));
        }
        // Nothing is told of a database that has never had an input; of one that has lost all of them, something is.
        let told = self.meta(TRACE)?;
        let is_new = self.last_seq == 0 && told.is_none();
        if !is_new && told.as_deref() != Some(&traced(trace)) {
            return Err(StoreError::Diverged {
                path: self.path.clone(),
                entries: self.last_seq,
            });
        }
        self.trace = trace;
        self.open_calls = replayed.unknown_calls.iter().copied().collect();
        Ok(replayed)
    }

    /// Writes down what the engine is about to be told.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn record(&mut self, now: Micros, input: &Input) -> Result<(), StoreError> {
        // Only informed escrow is told what has no record, and no process is one.
        let Some(record) = InputRecord::of(now, input) else {
            return Ok(());
        };
        self.begin()?;
        self.has_inputs = true;
        self.last_seq += 1;
        self.tail.0 += 1;
        self.tail.1 += record.message.len() as i64;
        if let Input::Response { call, .. } = input {
            self.open_calls.shift_remove(call);
        }
        inputs::insert(&self.connection, self.last_seq, &record)?;
        Ok(())
    }

    /// Takes note of what the engine puts out.
    pub fn put_out(&mut self, output: &Output) {
        self.trace = inputs::trace(self.trace, output);
        if let Output::Call { call, .. } = output {
            self.open_calls.insert(*call);
        }
    }

    /// Makes everything durable that was recorded so far. Only then may outputs leave the process. Whether there was
    /// anything.
    ///
    /// # Errors
    /// When SQLite refused this, or anything before.
    pub fn commit(&mut self) -> Result<bool, StoreError> {
        if let Some(error) = self.failure.take() {
            return Err(error.into());
        }
        if std::mem::take(&mut self.has_inputs) {
            self.set_meta(TRACE, &traced(self.trace))?;
            self.set_meta(ENTRIES, &self.last_seq.to_string())?;
        }
        if !self.in_transaction {
            return Ok(false);
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        self.in_transaction = false;
        Ok(true)
    }

    /// Number of journal entries so far, those included that a state has taken the place of.
    pub fn entries(&self) -> i64 {
        self.last_seq
    }

    /// Number of journal entries that are there.
    pub fn tail(&self) -> i64 {
        self.tail.0
    }

    /// Compactions since the database was opened.
    pub fn compactions(&self) -> u64 {
        self.compactions
    }

    /// Commits, and moves everything from the write-ahead file to the database's own.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn close(&mut self) -> Result<(), StoreError> {
        self.commit()?;
        self.empty_the_write_ahead_file()
    }

    fn empty_the_write_ahead_file(&mut self) -> Result<(), StoreError> {
        // A reader may hold the file open: then it stays, and is read at the next start.
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

fn traced(trace: u64) -> String {
    format!("{trace:016x}")
}

/// The engine's records, written to the tables for people. While a journal is replayed they are there already.
pub struct Decisions {
    store: Rc<RefCell<Store>>,
    replaying: Rc<Cell<bool>>,
}

impl Decisions {
    /// For the engine; it shares the store with its driver.
    pub fn new(
        store: Rc<RefCell<Store>>,
        replaying: Rc<Cell<bool>>,
        config: &EngineConfig,
    ) -> Decisions {
        store.borrow_mut().names = Some(Names::new(config));
        Decisions { store, replaying }
    }
}

impl Journal for Decisions {
    fn keeps(&self) -> bool {
        true
    }

    fn append(&mut self, now: Micros, record: Record<'_>) {
        if self.replaying.get() {
            return;
        }
        let mut store = self.store.borrow_mut();
        let Store {
            connection,
            names: Some(names),
            failure,
            ..
        } = &mut *store
        else {
            return;
        };
        if failure.is_none() {
            *failure = names.write(connection, now, record).err();
        }
    }
}
