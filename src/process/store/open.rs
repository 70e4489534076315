//! Opening the database: whose file it is, which version it has, and that nobody else is at work on it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::StoreError;
use super::schema::{APPLICATION, TABLES, VERSION};
use crate::scenario::file::create_private;

/// How long a person's own writing to the tables may hold the engine up.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the lock is tried for, so long apart, before another engine is taken to be at work. One that has just been ended may hold
/// it a moment longer: a program that it was about to start has it too until that begins.
const TRIES: u32 = 25;
/// See [`TRIES`].
const BETWEEN_TRIES: Duration = Duration::from_millis(20);
/// Prepared statements that are kept: more than there are.
const STATEMENTS: usize = 64;

/// An open database whose tables exist.
pub struct Opened {
    pub connection: Connection,
    pub lock: File,
    pub last_seq: i64,
    /// Entries and bytes of the journal.
    pub tail: (i64, i64),
}

/// The file whose lock says that an engine is at work. The system lets go of it however a process ends.
fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn locked(path: &Path) -> Result<File, StoreError> {
    let lock = lock_path(path);
    let failed = |error| StoreError::File {
        path: lock.clone(),
        error,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)
        .map_err(failed)?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_TRIES),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    Err(StoreError::InUse(path.to_path_buf()))
}

/// Makes an empty file, for its owner's eyes only, where there is none: tokens will stand in it.
fn make(path: &Path) -> Result<(), StoreError> {
    match create_private(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::File {
            path: path.to_path_buf(),
            error,
        }),
    }
}

/// Opens the database, or makes it.
pub fn open(path: &Path) -> Result<Opened, StoreError> {
    let lock = locked(path)?;
    make(path)?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let foreign = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::Foreign(path.to_path_buf()),
        _ => StoreError::Sqlite(error),
    };
    let application: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(foreign)?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Err(StoreError::Foreign(path.to_path_buf()));
    }
    if tables > 0 && version != VERSION {
        return Err(StoreError::Version {
            path: path.to_path_buf(),
            found: version,
            known: VERSION,
        });
    }
    // Readers are never in the way of the engine, nor it in theirs; every commit is on the disk when it returns (H7).
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    if tables == 0 {
        connection.execute_batch(&format!(
            "BEGIN;{TABLES}PRAGMA application_id = {APPLICATION};PRAGMA user_version = {VERSION};COMMIT;"
        ))?;
    }
    let last_seq = connection.query_row(
        "SELECT max(coalesce((SELECT max(seq) FROM journal), 0), coalesce((SELECT seq FROM snapshot), 0))",
        [],
        |row| row.get(0),
    )?;
    let tail = connection.query_row(
        "SELECT count(*), coalesce(sum(length(message)), 0) FROM journal",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(Opened {
        connection,
        lock,
        last_seq,
        tail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One that lets go within the time is waited for, and one that does not is told of.
    #[test]
    fn an_engine_that_is_ending_is_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("engine.db");
        let first = open(&path).ok().unwrap();
        assert!(matches!(open(&path), Err(StoreError::InUse(_))));
        let ending = thread::spawn(move || {
            thread::sleep(BETWEEN_TRIES * 3);
            drop(first);
        });
        assert!(open(&path).is_ok());
        ending.join().unwrap();
    }
}
