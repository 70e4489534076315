//! What is kept of a run when somebody asks, in both kinds of time alike: the ledger as JSON lines, and the calls that
//! passed between the engine and the systems, as JSON lines and as an HTTP archive (docs/records.md).
//!
//! Nothing here decides anything, and no figure is taken from it.

mod call;
mod call_files;
mod call_log;
mod effects;
mod file_error;
mod har;
mod ledger_lines;
mod live;
mod note;
mod redact;
mod used;

use crate::scenario::Scenario;

pub use call::{CallFailure, CallLine, CallRecord, Change, Effect};
pub use call_files::{CallFiles, KeptCalls};
pub use call_log::{CallEnd, CallLog, CallSink, Exchange, Sending};
pub use file_error::RecordFileError;
pub use har::{rendered_request, rendered_response, socket_base};
pub use ledger_lines::LedgerLines;
pub use live::{CallCount, Live, LiveCalls, REMEMBERED, RecentCalls, RememberedCall, SystemCounts};
pub use note::CallNote;

/// Calls that a file holds unless something else is asked for.
pub const MOST_CALLS: u64 = 100_000;

/// What the warehouse is called among systems.
pub const WAREHOUSE: &str = "warehouse";

/// The names of what records give by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordNames {
    /// Channels, in the scenario's order.
    pub channels: Vec<String>,
    /// SKUs, by listing.
    pub skus: Vec<String>,
    /// The warehouse's locations.
    pub locations: Vec<String>,
}

impl RecordNames {
    /// The names of a scenario that sells `skus`.
    pub fn new(scenario: &Scenario, skus: Vec<String>) -> RecordNames {
        let locations = scenario.warehouse.locations.iter();
        RecordNames {
            channels: scenario.channels.iter().map(|it| it.name.clone()).collect(),
            skus,
            locations: locations.map(|it| it.code.clone()).collect(),
        }
    }

    /// The name of a system: a channel, or the warehouse after them.
    pub fn system(&self, position: u16) -> &str {
        let channel = self.channels.get(usize::from(position));
        channel.map_or(WAREHOUSE, String::as_str)
    }
}
