//! Bulk operations: queries that run in the background (docs/platforms/shopify.md 2.6).

use super::ids;
use crate::core::random::mix;
use crate::core::{Micros, Seed, Tells};

/// What the paths of result files start with.
pub(crate) const RESULT_PREFIX: &str = "/bulk_operations/";
/// How long a result can be fetched.
pub(crate) const RESULT_LIFETIME: Micros = Micros::from_secs(7 * 86_400);

/// Appends the path of an operation's result file, which no one guesses.
pub(crate) fn write_result_path(seed: Seed, position: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(RESULT_PREFIX.as_bytes());
    ids::write_uuid(mix(seed.0, 5), u64::from(position), out);
    out.extend_from_slice(b".jsonl");
}

/// How an operation stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum BulkStatus {
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
pub(crate) struct BulkResult {
    /// Lines.
    pub(crate) objects: u64,
    /// Lines of the root connection.
    pub(crate) root_objects: u64,
    /// The lines, each an object, children named after their parents.
    pub(crate) file: Vec<u8>,
    /// What the file tells.
    pub(crate) tells: Tells,
}

/// A bulk operation.
#[derive(Clone, Debug)]
pub(crate) struct BulkOperation {
    /// The query's text.
    pub(crate) query: String,
    /// The version that it was asked in.
    pub(crate) version: String,
    /// When it was accepted.
    pub(crate) created_at: Micros,
    /// When it ended; `Micros::MAX` while it has not.
    pub(crate) completed_at: Micros,
    /// How it stands.
    pub(crate) status: BulkStatus,
    /// What came of it; empty until it is completed.
    pub(crate) result: BulkResult,
}

impl BulkOperation {
    /// Whether it has not ended.
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.status, BulkStatus::Running | BulkStatus::Canceling)
    }

    /// The status as the schema's enum names it.
    pub(crate) fn status_name(&self, now: Micros) -> &'static str {
        match self.status {
            BulkStatus::Running if now <= self.created_at => "CREATED",
            BulkStatus::Running => "RUNNING",
            BulkStatus::Canceling => "CANCELING",
            BulkStatus::Canceled => "CANCELED",
            BulkStatus::Completed => "COMPLETED",
        }
    }
}
