//! The journal's past, replaced by the state that it led to.
//!
//! In one transaction the state is written and the entries that led to it are deleted, so that a crash at any point leaves
//! either the old database or the new one. Pages that become free are used again.

use rusqlite::{Connection, OptionalExtension};

use super::{Store, StoreError, traced};
use crate::engine::recovery::Replayed;
use crate::engine::snapshot::BUILD;
use crate::engine::{CallId, Micros, SyncEngine};

/// A state that took the place of what led to it.
pub struct Saved {
    /// The last entry that is in it.
    pub seq: i64,
    /// When the last entry was taken.
    pub at: Micros,
    /// Hash over everything that had been put out.
    pub trace: u64,
    /// Calls under way.
    pub calls: Vec<CallId>,
    /// The engine ([`SyncEngine::restored`]).
    pub state: Vec<u8>,
}

impl Saved {
    /// Where the replay of the rest begins.
    pub fn replayed(&self) -> Replayed {
        Replayed {
            inputs: 0,
            at: self.at,
            unknown_calls: self.calls.clone(),
        }
    }
}

/// How far a compaction is; for tests of crashes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum CompactionStep {
    /// Nothing has been done.
    Begun,
    /// The state is written, not durably.
    StateWritten,
    /// The entries are deleted, not durably.
    EntriesDeleted,
    /// Everything is durable.
    Committed,
    /// The write-ahead file is empty.
    Done,
}

/// The state in a database, if there is one.
pub(super) fn read(connection: &Connection) -> Result<Option<(Saved, String)>, StoreError> {
    let row = connection
        .query_row(
            "SELECT seq, at, trace, build, calls, state FROM snapshot",
            [],
            |row| {
                let calls: Vec<u8> = row.get(4)?;
                let trace: String = row.get(2)?;
                let saved = Saved {
                    seq: row.get(0)?,
                    at: Micros(row.get::<_, i64>(1)? as u64),
                    trace: 0,
                    calls: calls
                        .chunks_exact(8)
                        .map(|bytes| {
                            let number = bytes.iter().rev();
                            CallId(number.fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
                        })
                        .collect(),
                    state: row.get(5)?,
                };
                Ok((saved, trace, row.get(3)?))
            },
        )
        .optional()?;
    let Some((saved, trace, build)) = row else {
        return Ok(None);
    };
    let trace = u64::from_str_radix(&trace, 16)
        .map_err(|_| StoreError::Damaged(format!("the snapshot's `trace` is \"{trace}\"")))?;
    Ok(Some((Saved { trace, ..saved }, build)))
}

impl Store {
    /// The state that stands for what came before the journal's first entry; `None` when the journal begins at the start.
    ///
    /// # Errors
    /// [`StoreError::OtherBuild`] when another build of the engine wrote it.
    pub fn saved(&self) -> Result<Option<Saved>, StoreError> {
        match read(&self.connection)? {
            None => Ok(None),
            Some((saved, build)) if build == BUILD => Ok(Some(saved)),
            Some((saved, build)) => Err(StoreError::OtherBuild {
                path: self.path.clone(),
                entries: saved.seq,
                build,
            }),
        }
    }

    /// From now on the journal is compacted when it has so many entries, and twice as many bytes as the state it led to.
    pub fn compact_after(&mut self, entries: i64) {
        self.compact_after = entries;
    }

    /// Whether it is time to.
    pub fn wants_compaction(&self) -> bool {
        let (entries, bytes) = self.tail;
        entries >= self.compact_after && bytes >= 2 * self.state_bytes
    }

    /// Puts the engine's state in the place of everything it was told. Everything must have been committed, and every output
    /// taken. `watch` is told each step.
    ///
    /// # Errors
    /// When SQLite refuses, or the state cannot be written.
    pub fn compact(
        &mut self,
        at: Micros,
        engine: &SyncEngine,
        mut watch: impl FnMut(CompactionStep),
    ) -> Result<(), StoreError> {
        self.commit()?;
        watch(CompactionStep::Begun);
        let state = engine
            .snapshot()
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        let calls: Vec<u8> = self
            .open_calls
            .iter()
            .flat_map(|call| call.0.to_le_bytes())
            .collect();
        self.begin()?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO snapshot VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute((
                self.last_seq,
                at.0 as i64,
                traced(self.trace),
                BUILD,
                calls,
                &state,
            ))?;
        watch(CompactionStep::StateWritten);
        self.connection
            .prepare_cached("DELETE FROM journal")?
            .execute([])?;
        watch(CompactionStep::EntriesDeleted);
        self.commit()?;
        watch(CompactionStep::Committed);
        self.tail = (0, 0);
        self.state_bytes = state.len() as i64;
        self.compactions += 1;
        self.empty_the_write_ahead_file()?;
        watch(CompactionStep::Done);
        Ok(())
    }
}
