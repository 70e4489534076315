//! The engine's database: one SQLite file in WAL mode. What the engine is told is written to the journal before anything
//! that follows from it leaves the process (domain.md A5, H7); the tables for people are written in the same transaction.

mod journal;
mod open;
mod schema;
mod tables;

use std::fs::File;
use std::path::PathBuf;

use rusqlite::Connection;
use thiserror::Error;

use crate::engine::clock::Micros;
use crate::engine::config::EngineConfig;
use crate::engine::{Input, Output};

pub use journal::Entry;
use tables::Tables;

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
    /// The replayed engine did not do what the journal says it did.
    #[error(
        "the journal was written by another build of the engine: after entry {seq} this one does something else"
    )]
    Diverged {
        /// The last entry that was compared.
        seq: i64,
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
    /// The way out.
    pub fn help(&self) -> &'static str {
        match self {
            StoreError::Foreign(_) => "give `database` the path of a new file, or of an engine's",
            StoreError::Version { .. } => {
                "run the program that made it, or give `database` the path of a new file once everything has settled"
            }
            StoreError::InUse(_) => "end the other engine, or give this one a database of its own",
            StoreError::Configuration { .. } => {
                "set it back, or give `database` the path of a new file once everything has settled; addresses and \
                 credentials may change at any time"
            }
            StoreError::Diverged { .. } => {
                "run the build that wrote it, or give `database` the path of a new file once everything has settled"
            }
            StoreError::Damaged(_) => {
                "restore a copy of the file together with its -wal file, or begin a new one"
            }
            StoreError::File { .. } | StoreError::Sqlite(_) => {
                "look at the disk and at the rights of the file and its folder"
            }
        }
    }
}

/// An open database.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    in_transaction: bool,
    /// Number of the last journal entry.
    last_seq: i64,
    /// Hash over everything that the engine has put out.
    trace: u64,
    tables: Option<Tables>,
    /// The first thing that went wrong inside of a call that cannot fail.
    failure: Option<rusqlite::Error>,
    /// Held as long as the engine runs; the system lets go of it however the process ends.
    _lock: File,
}

impl Store {
    /// Value of a key of `meta`.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        use rusqlite::OptionalExtension;
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

    /// From now on the tables for people are written.
    pub fn project(&mut self, config: &EngineConfig) {
        self.tables = Some(Tables::new(config));
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

    /// Writes down what the engine is about to be told.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn record(&mut self, now: Micros, input: &Input) -> Result<(), StoreError> {
        self.begin()?;
        self.last_seq += 1;
        journal::insert(&self.connection, self.last_seq, now, input)?;
        if let Some(tables) = &mut self.tables {
            tables.told(&self.connection, now, input)?;
        }
        Ok(())
    }

    /// Takes note of what the engine puts out.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn put_out(&mut self, now: Micros, output: &Output) -> Result<(), StoreError> {
        self.trace = journal::trace(self.trace, output);
        if let Some(tables) = &mut self.tables {
            tables.put_out(&self.connection, now, output)?;
        }
        Ok(())
    }

    /// Makes everything durable that was recorded so far. Only then may outputs leave the process.
    ///
    /// # Errors
    /// When SQLite refused this, or anything before.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        if let Some(error) = self.failure.take() {
            return Err(error.into());
        }
        if self.in_transaction {
            let trace = format!("{} {:016x}", self.last_seq, self.trace);
            self.set_meta("trace", &trace)?;
            self.connection.prepare_cached("COMMIT")?.execute([])?;
            self.in_transaction = false;
        }
        Ok(())
    }

    /// Whether something is recorded and not yet durable.
    pub fn is_dirty(&self) -> bool {
        self.in_transaction
    }

    /// Number of journal entries.
    pub fn entries(&self) -> i64 {
        self.last_seq
    }
}

/// The engine's own journal of decisions, as rows of tables.
pub struct Decisions(pub std::rc::Rc<std::cell::RefCell<Store>>);
