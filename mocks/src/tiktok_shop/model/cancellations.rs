//! Cancellations of orders, decided or waiting for a decision (docs/platforms/tiktok_shop.md 4.1, 4.3).

use crate::core::{Micros, Party};

use super::orders::{NONE, Order};

/// The types of cancellations: of the seller or the platform, and of the buyer.
pub(crate) const CANCEL_TYPES: [&str; 2] = ["CANCEL", "BUYER_CANCEL"];

/// How far a cancellation has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum CancellationState {
    /// A buyer has asked, nobody has decided.
    Pending,
    /// The order, or a part of it, is cancelled.
    Success,
    /// And what was paid for it is refunded.
    Complete,
    /// Turned down, or overtaken by the shipment.
    Withdrawn,
}

impl CancellationState {
    /// The API's words for all states, in their order.
    pub(crate) const API_NAMES: [&str; 4] = [
        "CANCELLATION_REQUEST_PENDING",
        "CANCELLATION_REQUEST_SUCCESS",
        "CANCELLATION_REQUEST_COMPLETE",
        "CANCELLATION_REQUEST_CANCEL",
    ];

    /// The API's word; the webhook's differs in one (docs/platforms/tiktok_shop.md 6.3).
    pub(crate) fn api_name(self) -> &'static str {
        CancellationState::API_NAMES[self as usize]
    }

    /// Whether it came to pass.
    fn is_done(self) -> bool {
        matches!(
            self,
            CancellationState::Success | CancellationState::Complete
        )
    }

    pub(crate) fn webhook_name(self) -> &'static str {
        match self {
            CancellationState::Withdrawn => "CANCELLATION_REQUEST_CANCELLED",
            state => state.api_name(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Cancellation {
    pub(crate) order: u32,
    pub(crate) by: Party,
    pub(crate) state: CancellationState,
    pub(crate) created_at: Micros,
    pub(crate) updated_at: Micros,
    pub(crate) reason: Box<str>,
    /// The units it is about, by position within the order, in rising order; none means the whole order, of which nothing
    /// was cancelled before.
    pub(crate) units: Box<[u32]>,
    /// The order's cancellation before; `NONE` for none.
    previous: u32,
    /// Whether units of it went back on sale when it came to pass.
    pub(crate) restocked: bool,
}

impl Cancellation {
    /// Whether it is about a unit.
    fn names(&self, unit: u32) -> bool {
        self.units.is_empty() || self.units.binary_search(&unit).is_ok()
    }

    /// The platform's word for its type: whether the buyer wanted it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.by {
            Party::Buyer => "BUYER_CANCEL",
            Party::Seller | Party::Platform => "CANCEL",
        }
    }
}

/// The platform's word for who asked.
pub(crate) fn role(by: Party) -> &'static str {
    match by {
        Party::Buyer => "BUYER",
        Party::Seller => "SELLER",
        Party::Platform => "SYSTEM",
    }
}

/// All cancellations of a shop; an order names its latest.
#[derive(Debug, Default)]
pub(crate) struct Cancellations {
    pub(crate) all: Vec<Cancellation>,
}

impl Cancellations {
    /// Enters a cancellation of an order, whose latest before it is `previous`, and answers its position.
    pub(crate) fn enter(
        &mut self,
        now: Micros,
        order: u32,
        previous: u32,
        by: Party,
        state: CancellationState,
        reason: &str,
    ) -> u32 {
        let index = self.all.len() as u32;
        self.all.push(Cancellation {
            order,
            by,
            state,
            created_at: now,
            updated_at: now,
            reason: reason.into(),
            units: Box::default(),
            previous,
            restocked: false,
        });
        index
    }

    pub(crate) fn decide(&mut self, now: Micros, index: u32, state: CancellationState) {
        let cancellation = &mut self.all[index as usize];
        cancellation.state = state;
        cancellation.updated_at = now;
    }

    /// Notes that what was paid is refunded. It does not count as a change: old cancellations are recorded as complete with the
    /// time of their creation as `update_time`.
    pub(crate) fn complete(&mut self, index: u32) {
        self.all[index as usize].state = CancellationState::Complete;
    }

    /// Whether a cancellation came to pass, and its refund did not yet.
    pub(crate) fn awaits_refund(&self, index: u32) -> bool {
        self.all[index as usize].state == CancellationState::Success
    }

    pub(crate) fn is_pending(&self, index: u32) -> bool {
        self.all
            .get(index as usize)
            .is_some_and(|cancellation| cancellation.state == CancellationState::Pending)
    }

    /// The last cancellation of an order that came to pass.
    pub(crate) fn done_of(&self, order: &Order) -> Option<&Cancellation> {
        self.all
            .get(order.cancellation as usize)
            .filter(|it| it.state.is_done())
    }

    /// The cancellation that took a unit out of an order, which may have several, each with units, a party and a reason of
    /// its own.
    pub(crate) fn done_of_unit(&self, order: &Order, unit: u32) -> Option<&Cancellation> {
        let mut at = order.cancellation;
        while let Some(found) = self.all.get(at as usize) {
            if found.state.is_done() && found.names(unit) {
                return Some(found);
            }
            at = found.previous;
        }
        None
    }

    /// The undecided cancellation of an order.
    pub(crate) fn pending_of(&self, order: &Order) -> Option<u32> {
        let index = order.cancellation;
        (index != NONE && self.is_pending(index)).then_some(index)
    }
}
