//! Bulk operations: queries that run in the background (sheet section 2.6).

use super::ids;
use crate::core::random::mix;
use crate::core::{Micros, Seed};

/// What the paths of result files start with.
pub const RESULT_PREFIX: &str = "/bulk_operations/";
/// How long a result can be fetched.
pub const RESULT_LIFETIME: Micros = Micros::from_secs(7 * 86_400);

/// Appends the path of an operation's result file, which no one guesses.
pub fn write_result_path(seed: Seed, position: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(RESULT_PREFIX.as_bytes());
    ids::write_uuid(mix(seed.0, 5), u64::from(position), out);
    out.extend_from_slice(b".jsonl");
}

/// How an operation stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum BulkStatus {
    /// Accepted or under way.
    Running,
    /// Told to stop.
    Canceling,
    /// Stopped.
    Canceled,
    /// Its result is there.
    Completed,
}

/// The result of a bulk operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkResult {
    /// Lines.
    pub objects: u64,
    /// Lines of the root connection.
    pub root_objects: u64,
    /// The lines, each an object, children named after their parents.
    pub file: Vec<u8>,
}

/// A bulk operation.
#[derive(Clone, Debug)]
pub struct BulkOperation {
    /// The query's text.
    pub query: String,
    /// When it was accepted.
    pub created_at: Micros,
    /// When it ended; `Micros::MAX` while it has not.
    pub completed_at: Micros,
    /// How it stands.
    pub status: BulkStatus,
    /// What came of it; empty until it is completed.
    pub result: BulkResult,
}

impl BulkOperation {
    /// Whether it has not ended.
    pub fn is_pending(&self) -> bool {
        matches!(self.status, BulkStatus::Running | BulkStatus::Canceling)
    }

    /// The status as the schema's enum names it.
    pub fn status_name(&self, now: Micros) -> &'static str {
        match self.status {
            BulkStatus::Running if now <= self.created_at => "CREATED",
            BulkStatus::Running => "RUNNING",
            BulkStatus::Canceling => "CANCELING",
            BulkStatus::Canceled => "CANCELED",
            BulkStatus::Completed => "COMPLETED",
        }
    }
}
