//! Scripted misbehaviour of the platform.

use super::Api;
use super::operations::OperationIndex;
use super::reply::Reply;

impl Api {
    /// Refuses a call before it takes effect, where a fault is drawn.
    pub(super) fn fault(&mut self, operation: OperationIndex) -> Result<(), Reply> {
        let settings = &self.shop.settings;
        let faults = &settings.profile.faults;
        if faults.server_error_share <= 0.0 && faults.early_throttle_share <= 0.0 {
            return Ok(());
        }
        let mut stream = self.fault_streams.next(operation.row().name);
        if stream.chance(faults.server_error_share) {
            return Err(Reply::internal_failure());
        }
        if stream.chance(faults.early_throttle_share) {
            return Err(Reply::throttled());
        }
        Ok(())
    }
}
