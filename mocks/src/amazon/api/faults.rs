//! Scripted misbehaviour of the platform.

use super::Api;
use super::operations::OperationIndex;
use super::reply::Reply;
use crate::amazon::shop::State;

impl Api {
    /// Refuses a call before it takes effect, where a fault is drawn.
    pub(super) fn fault(&mut self, operation: OperationIndex) -> Result<(), Reply> {
        let State {
            settings,
            faults: counts,
            ..
        } = &mut self.shop;
        let faults = &settings.profile.faults;
        if faults.server_error_share <= 0.0 && faults.early_throttle_share <= 0.0 {
            return Ok(());
        }
        let mut stream = self.fault_streams.next(operation.row().name);
        let fails = stream.chance(faults.server_error_share);
        counts
            .server_error
            .offer_if(faults.server_error_share > 0.0, fails);
        if fails {
            return Err(Reply::internal_failure());
        }
        let is_throttled = stream.chance(faults.early_throttle_share);
        counts
            .early_throttle
            .offer_if(faults.early_throttle_share > 0.0, is_throttled);
        if is_throttled {
            return Err(Reply::throttled());
        }
        Ok(())
    }
}
