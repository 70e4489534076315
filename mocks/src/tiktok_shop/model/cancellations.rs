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
    /// The order is cancelled.
    Success,
    /// Turned down, or overtaken by the shipment.
    Withdrawn,
}

impl CancellationState {
    /// The API's words for all states, of which the last does not occur here.
    pub(crate) const API_NAMES: [&str; 4] = [
        "CANCELLATION_REQUEST_PENDING",
        "CANCELLATION_REQUEST_SUCCESS",
        "CANCELLATION_REQUEST_CANCEL",
        "CANCELLATION_REQUEST_COMPLETE",
    ];

    /// The API's word; the webhook's differs in one (docs/platforms/tiktok_shop.md 6.3).
    pub(crate) fn api_name(self) -> &'static str {
        match self {
            CancellationState::Pending => "CANCELLATION_REQUEST_PENDING",
            CancellationState::Success => "CANCELLATION_REQUEST_SUCCESS",
            CancellationState::Withdrawn => "CANCELLATION_REQUEST_CANCEL",
        }
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
}

impl Cancellation {
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
    /// Enters a cancellation and answers its position.
    pub(crate) fn enter(
        &mut self,
        now: Micros,
        order: u32,
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
        });
        index
    }

    pub(crate) fn decide(&mut self, now: Micros, index: u32, state: CancellationState) {
        let cancellation = &mut self.all[index as usize];
        cancellation.state = state;
        cancellation.updated_at = now;
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
            .filter(|it| it.state == CancellationState::Success)
    }

    /// The undecided cancellation of an order.
    pub(crate) fn pending_of(&self, order: &Order) -> Option<u32> {
        let index = order.cancellation;
        (index != NONE && self.is_pending(index)).then_some(index)
    }
}
