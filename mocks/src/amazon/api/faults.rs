//! Scripted misbehaviour of the platform.

use super::Api;
use super::operations::OperationIndex;
use super::reply::Reply;
use crate::core::Stream;

/// The entity that keys the faults of an operation's n-th call. It holds the operation's place in the table, and the
/// first 21 rows have another formula than those that came after them.
fn entity(operation: OperationIndex, calls: u64) -> u64 {
    const FIRST_ROWS: u64 = 21;
    let place = operation.place() as u64;
    if place < FIRST_ROWS {
        calls * 31 + place
    } else {
        1 << 63 | calls << 8 | place
    }
}

impl Api {
    /// Refuses a call before it takes effect, where a fault is drawn.
    pub(super) fn fault(&self, operation: OperationIndex) -> Result<(), Reply> {
        let settings = &self.shop.settings;
        let faults = &settings.profile.faults;
        if faults.server_error_share <= 0.0 && faults.early_throttle_share <= 0.0 {
            return Ok(());
        }
        let entity = entity(operation, self.calls[operation.place()]);
        let mut stream = Stream::new(settings.draws.fault, entity);
        if stream.chance(faults.server_error_share) {
            return Err(Reply::internal_failure());
        }
        if stream.chance(faults.early_throttle_share) {
            return Err(Reply::throttled());
        }
        Ok(())
    }
}
