//! Orders, their lines, and the jobs that cancel them.

use super::span::Span;
use crate::core::Micros;

/// Why an order was cancelled (sheet section 3.1).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum CancelReason {
    Customer,
    Declined,
    Fraud,
    Inventory,
    Other,
    Staff,
}

impl CancelReason {
    const ALL: [(CancelReason, &'static str, &'static str); 6] = [
        (CancelReason::Customer, "CUSTOMER", "customer"),
        (CancelReason::Declined, "DECLINED", "declined"),
        (CancelReason::Fraud, "FRAUD", "fraud"),
        (CancelReason::Inventory, "INVENTORY", "inventory"),
        (CancelReason::Other, "OTHER", "other"),
        (CancelReason::Staff, "STAFF", "staff"),
    ];

    /// By its GraphQL name.
    pub fn named(name: &str) -> Option<CancelReason> {
        Self::ALL
            .iter()
            .find(|(_, graphql, _)| *graphql == name)
            .map(|(reason, ..)| *reason)
    }

    /// Its GraphQL name.
    pub fn graphql(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its name in webhook payloads.
    pub fn rest(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

/// An order. Times are those of the simulation; `Micros::MAX` means "not".
#[derive(Clone, Debug)]
pub struct Order {
    /// The buyer's number.
    pub buyer: u64,
    /// When it was placed and paid.
    pub created_at: Micros,
    /// Its last change.
    pub updated_at: Micros,
    /// When it was cancelled.
    pub cancelled_at: Micros,
    /// When it was closed.
    pub closed_at: Micros,
    /// From when on its fulfillment orders can be seen.
    pub routed_at: Micros,
    /// Its lines.
    pub lines: Span,
    /// The fulfillment orders it was born with, one a location; [`State::fulfillment_orders_of`] has all.
    pub fulfillment_orders: Span,
    /// Its newest fulfillment; earlier ones follow by [`Fulfillment::previous`].
    pub last_fulfillment: u32,
    /// How many fulfillments it has.
    pub fulfillments: u32,
    /// Its newest refund; earlier ones follow by [`Refund::previous`].
    pub last_refund: u32,
    /// What the buyer paid, in cents.
    pub total_cents: i64,
    /// What was paid back, in cents.
    pub refunded_cents: i64,
    /// Units ordered.
    pub units: u32,
    /// Units taken out of the order before they were shipped.
    pub removed_units: u32,
    /// Units shipped.
    pub fulfilled_units: u32,
    /// Units returned.
    pub returned_units: u32,
    /// Where it ships to.
    pub country: &'static str,
    /// Where it ships to.
    pub postal_code: u32,
    /// Why it was cancelled.
    pub cancel_reason: Option<CancelReason>,
    /// How often it changed; keys the draws of its index lags.
    pub changes: u32,
}

impl Order {
    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled_at != Micros::MAX
    }

    /// Why it cannot be cancelled, if so.
    pub fn cancel_obstacle(&self) -> Option<&'static str> {
        if self.is_cancelled() {
            Some("Cannot cancel an order that has already been canceled")
        } else if self.fulfilled_units > 0 {
            Some("Cannot cancel an order that has outstanding fulfillments")
        } else {
            None
        }
    }

    /// Its financial state: GraphQL's word and the payloads' word.
    pub fn financial_status(&self) -> (&'static str, &'static str) {
        if self.refunded_cents == 0 {
            ("PAID", "paid")
        } else if self.refunded_cents >= self.total_cents {
            ("REFUNDED", "refunded")
        } else {
            ("PARTIALLY_REFUNDED", "partially_refunded")
        }
    }

    /// Its fulfilment state: GraphQL's word and the payloads' word.
    pub fn fulfillment_status(&self) -> (&'static str, Option<&'static str>) {
        if self.fulfilled_units == 0 {
            ("UNFULFILLED", None)
        } else if self.fulfilled_units < self.units - self.removed_units {
            ("PARTIALLY_FULFILLED", Some("partial"))
        } else {
            ("FULFILLED", Some("fulfilled"))
        }
    }
}

/// A line of an order.
#[derive(Clone, Debug)]
pub struct Line {
    /// What.
    pub listing: u32,
    /// Units ordered; never changes.
    pub quantity: u32,
    /// Units that are still wanted.
    pub current_quantity: u32,
    /// Units shipped.
    pub fulfilled: u32,
    /// Units returned.
    pub returned: u32,
    /// Price of a unit.
    pub price_cents: i64,
}

/// An asynchronous job.
#[derive(Clone, Debug)]
pub struct Job {
    /// The order it cancels.
    pub order: u32,
    /// What it does about stock.
    pub restock: bool,
    /// Whether it pays back.
    pub refund: bool,
    /// Why.
    pub reason: CancelReason,
    /// The staff's note.
    pub staff_note: Option<String>,
    /// Whether it is done.
    pub is_done: bool,
}

impl Line {
    /// Units that wait to be shipped.
    pub fn fulfillable(&self) -> u32 {
        self.current_quantity
            .saturating_sub(self.fulfilled - self.returned)
    }
}
