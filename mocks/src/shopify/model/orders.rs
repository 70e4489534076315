//! Orders, their lines, and the jobs that cancel them.

use super::made::Financial;
use super::span::Span;
use crate::core::Micros;

/// Why an order was cancelled (docs/platforms/shopify.md 3.1).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum CancelReason {
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
    pub(crate) fn named(name: &str) -> Option<CancelReason> {
        Self::ALL
            .iter()
            .find(|(_, graphql, _)| *graphql == name)
            .map(|(reason, ..)| *reason)
    }

    /// Its GraphQL name.
    pub(crate) fn graphql(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its name in webhook payloads.
    pub(crate) fn rest(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

/// An order. Times are those of the simulation; `Micros::MAX` means "not".
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The buyer's number.
    pub(crate) buyer: u64,
    /// When it was placed and paid.
    pub(crate) created_at: Micros,
    /// Its last change.
    pub(crate) updated_at: Micros,
    /// When it was cancelled.
    pub(crate) cancelled_at: Micros,
    /// When it was closed.
    pub(crate) closed_at: Micros,
    /// From when on its fulfillment orders can be seen.
    pub(crate) routed_at: Micros,
    /// Its lines.
    pub(crate) lines: Span,
    /// The fulfillment orders it was born with, one a location; [`State::fulfillment_orders_of`] has all.
    pub(crate) fulfillment_orders: Span,
    /// Its newest fulfillment; earlier ones follow by [`Fulfillment::previous`].
    pub(crate) last_fulfillment: u32,
    /// How many fulfillments it has.
    pub(crate) fulfillments: u32,
    /// Its newest refund; earlier ones follow by [`Refund::previous`].
    pub(crate) last_refund: u32,
    /// What it costs the buyer, in cents.
    pub(crate) total_cents: i64,
    /// What was paid back, in cents.
    pub(crate) refunded_cents: i64,
    /// Units ordered.
    pub(crate) units: u32,
    /// Units taken out of the order before they were shipped.
    pub(crate) removed_units: u32,
    /// Units shipped.
    pub(crate) fulfilled_units: u32,
    /// Units returned.
    pub(crate) returned_units: u32,
    /// Where it ships to.
    pub(crate) country: &'static str,
    /// Where it ships to.
    pub(crate) postal_code: u32,
    /// Why it was cancelled.
    pub(crate) cancel_reason: Option<CancelReason>,
    /// How often it changed; keys the draws of its index lags.
    pub(crate) changes: u32,
    /// Whether an app deleted it: nobody can see it any more.
    pub(crate) is_deleted: bool,
}

impl Order {
    /// Whether it was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled_at != Micros::MAX
    }

    /// Its financial state, when so much has been received for it.
    pub(crate) fn paid_status(&self, received_cents: i64) -> Financial {
        if self.refunded_cents == 0 {
            Financial::Paid
        } else if self.refunded_cents >= received_cents {
            Financial::Refunded
        } else {
            Financial::PartiallyRefunded
        }
    }

    /// Whether nothing of it has left and nothing is left that could.
    pub(crate) fn needs_no_shipping(&self) -> bool {
        self.fulfilled_units == 0 && (self.is_cancelled() || self.removed_units >= self.units)
    }

    /// Its fulfilment state: GraphQL's word and the payloads' word.
    pub(crate) fn fulfillment_status(&self) -> (&'static str, Option<&'static str>) {
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
pub(crate) struct Line {
    /// What; [`NONE`](super::span::NONE) for a custom line, which is of no listing.
    pub(crate) listing: u32,
    /// Whether its units are taken from the listing's stock.
    pub(crate) claims_stock: bool,
    /// Units ordered; never changes.
    pub(crate) quantity: u32,
    /// Units that are still wanted.
    pub(crate) current_quantity: u32,
    /// Units shipped.
    pub(crate) fulfilled: u32,
    /// Units returned.
    pub(crate) returned: u32,
    /// Price of a unit.
    pub(crate) price_cents: i64,
}

/// An order edit that took units out of a line.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    /// The order.
    pub(crate) order: u32,
    /// When it was committed.
    pub(crate) created_at: Micros,
    /// The line.
    pub(crate) line: u32,
    /// By how many units the line fell.
    pub(crate) removed: u32,
}

/// An asynchronous job.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// The order it cancels.
    pub(crate) order: u32,
    /// What it does about stock.
    pub(crate) restock: bool,
    /// Whether it pays back.
    pub(crate) refund: bool,
    /// Why.
    pub(crate) reason: CancelReason,
    /// The staff's note.
    pub(crate) staff_note: Option<String>,
    /// Whether it is done.
    pub(crate) is_done: bool,
}

impl Line {
    /// Units that wait to be shipped.
    pub(crate) fn fulfillable(&self) -> u32 {
        self.current_quantity
            .saturating_sub(self.fulfilled - self.returned)
    }
}
