//! Lanes: each kind of work is paid, blocked and repeated for itself.

use super::ChannelLink;
use crate::budget::Claim;
use crate::connectors::Operation;
use oversell_kernel::Micros;

/// Calls of one channel under way at the same time, at most.
pub(super) const MAX_CALLS_UNDER_WAY: usize = 64;
/// Wait before a failed call of a lane is repeated; doubles up to [`LONGEST_RETRY`].
const FIRST_RETRY: Micros = Micros::from_secs(1);
/// See [`FIRST_RETRY`].
const LONGEST_RETRY: Micros = Micros::from_secs(120);

/// A kind of work that waits for its own turn.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    SignIn,
    SetUp,
    Feed,
    Fetch,
    UrgentWrite,
    Write,
    BackgroundWrite,
    Read,
    Prepare,
    Confirm,
    Cancel,
    Receive,
    Acknowledge,
}
/// How many lanes there are.
pub(super) const LANES: usize = 13;

/// The lane of an operation.
pub(super) fn lane_of(operation: &Operation) -> Lane {
    match operation {
        Operation::Authenticate => Lane::SignIn,
        Operation::ReadCatalogue { .. } | Operation::SetUp { .. } => Lane::SetUp,
        Operation::PollOrders { .. } => Lane::Feed,
        Operation::FetchOrders { .. } => Lane::Fetch,
        Operation::ReadQuantities { .. } => Lane::Read,
        Operation::WriteQuantities { .. } => Lane::Write,
        Operation::PrepareFulfillment { .. } => Lane::Prepare,
        Operation::ConfirmFulfillment { .. } => Lane::Confirm,
        Operation::CancelOrder { .. } => Lane::Cancel,
        Operation::ReceiveMessages => Lane::Receive,
        Operation::AcknowledgeMessages { .. } => Lane::Acknowledge,
    }
}

impl ChannelLink {
    /// Holds the operation's price in its budget, or blocks the lane until it may be asked again. Gives the tokens held.
    pub(super) fn afford(
        &mut self,
        now: Micros,
        lane: Lane,
        operation: &Operation,
        claim: Claim,
    ) -> Option<f64> {
        let charge = self.connector.charge(operation);
        let Some(bucket) = charge.bucket else {
            return Some(0.0);
        };
        match self.budgets[bucket as usize].hold(now, charge.tokens, claim) {
            Ok(held) => Some(held),
            Err(later) => {
                self.lane_blocked[lane as usize] = later;
                None
            }
        }
    }

    /// Whether a lane may send now.
    pub(super) fn is_open(&self, now: Micros, lane: Lane) -> bool {
        self.lane_blocked[lane as usize] <= now && self.calls.len() < MAX_CALLS_UNDER_WAY
    }

    /// Blocks a lane whose call has failed, longer each time.
    pub(super) fn fail(&mut self, now: Micros, lane: Lane) {
        let failures = &mut self.lane_failures[lane as usize];
        let wait = FIRST_RETRY.doubled(*failures, LONGEST_RETRY);
        *failures += 1;
        self.lane_blocked[lane as usize] = now + wait;
    }
}
