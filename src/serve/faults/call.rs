//! A call that faults can strike.

use std::sync::Arc;

use channel_mocks::core::{Micros, Response};

use super::SessionFaults;
use crate::stage::faults::ReplyFate;

/// A call under way. When it is dropped the client has learnt how the call ended: by its answer, by a closed connection, or
/// because it hung up.
pub struct StruckCall {
    faults: Arc<SessionFaults>,
    place: u16,
    number: u64,
}

impl StruckCall {
    pub(super) fn new(faults: Arc<SessionFaults>, place: u16, number: u64) -> StruckCall {
        StruckCall {
            faults,
            place,
            number,
        }
    }

    /// The reply leaves the system at a time; a fault may alter it.
    pub fn reply(&self, leaves_at: Micros, response: &mut Response) -> ReplyFate {
        let mut plan = self.faults.plan();
        plan.machine
            .reply(leaves_at, self.place, self.number, response)
    }
}

impl Drop for StruckCall {
    fn drop(&mut self) {
        self.faults.plan().machine.ended(self.place, self.number);
    }
}
