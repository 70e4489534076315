//! What sales platforms report to the ledger: things that happened, never opinions of an engine.

use serde::Serialize;

use super::shop::{ListingIndex, OrderRef};
use oversell_kernel::Micros;

/// Who did something.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The buyer.
    Buyer,
    /// The merchant, by hand or through the API.
    Seller,
    /// The platform itself (payment failed, deadline missed).
    Platform,
}

/// Why a displayed quantity changed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A checkout took units.
    Checkout(OrderRef),
    /// A cancelled order put units back.
    Cancelled(OrderRef),
    /// Units taken out of an order, which goes on without them, were put back on sale.
    Removed(OrderRef),
    /// A returned unit was put back on sale.
    Returned(OrderRef),
    /// A quantity write through the API has become live.
    Write {
        /// When the engine let go of the request.
        sent_at: Micros,
        /// When the platform received it.
        received_at: Micros,
    },
    /// Somebody edited the count in the platform's own admin.
    Edit,
}

/// How a call ended, as far as load and limits are concerned.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// Served, possibly with business errors inside.
    Served,
    /// Refused by a rate limit.
    Throttled,
    /// Refused for another reason: authentication, bad input, unknown path.
    Refused,
}

/// What a call was for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Reads, queue receives included.
    Read,
    /// Writes.
    Write,
    /// Getting or refreshing tokens.
    Token,
}

/// One thing that happened on a sales platform.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The quantity that buyers can still buy of a listing changed, or a write confirmed the same value
    /// (`from == to`, cause `Write`), which makes the number fresh again.
    Displayed {
        /// The listing.
        listing: ListingIndex,
        /// Units before.
        from: i64,
        /// Units after.
        to: i64,
        /// Why.
        cause: Cause,
    },
    /// An app made an order, which no buyer placed at a checkout. It comes before what it changes of the displayed
    /// quantity.
    OrderMade {
        /// Which order.
        order: OrderRef,
        /// Its units, those of custom lines included.
        units: u32,
        /// Units that it took from what the platform displays.
        claimed_units: u32,
    },
    /// An order was cancelled, wholly.
    OrderCancelled {
        /// Which order.
        order: OrderRef,
        /// By whom.
        by: Party,
    },
    /// Units of a line were taken out of an order that goes on without them. It comes before what it changes of the
    /// displayed quantity.
    UnitsRemoved {
        /// Which order.
        order: OrderRef,
        /// The line's listing.
        listing: ListingIndex,
        /// How many: the platform did not show them as shipped.
        units: u32,
        /// By whom.
        by: Party,
        /// Whether the platform puts them back on sale.
        restocked: bool,
    },
    /// The platform now shows (part of) an order as shipped: the fulfilment has been written back.
    FulfillmentConfirmed {
        /// Which order.
        order: OrderRef,
        /// Units confirmed by this call.
        units: u32,
        /// Whether the whole order is now fulfilled.
        complete: bool,
        /// Whether the platform's ship-by time had passed.
        late: bool,
    },
    /// The platform shows units of an order as shipped no longer: a fulfilment was cancelled.
    FulfillmentCancelled {
        /// Which order.
        order: OrderRef,
        /// Units that wait to be shipped again.
        units: u32,
    },
    /// The engine confirmed a shipment for an order that was already cancelled or fulfilled, and was refused.
    FulfillmentRefused {
        /// Which order.
        order: OrderRef,
    },
    /// A call was answered.
    Call {
        /// The platform's own name of the operation, such as `patchListingsItem`.
        operation: &'static str,
        /// What it was for.
        kind: CallKind,
        /// How it ended.
        outcome: CallOutcome,
    },
    /// Amazon sold units of a listing from its own warehouse; they are no units of the merchant's displayed quantity.
    FbaSold {
        /// Which order.
        order: OrderRef,
        /// Its listing.
        listing: ListingIndex,
        /// Units.
        units: u32,
    },
    /// Amazon has shipped units of a listing from its own warehouse for an order of another channel (Multi-Channel
    /// Fulfillment): they are gone from what it can sell.
    FbaShippedForOthers {
        /// The listing.
        listing: ListingIndex,
        /// Units, at least 1.
        units: u32,
    },
    /// A read showed an older quantity of a listing than there is.
    ReadStale {
        /// The listing.
        listing: ListingIndex,
    },
    /// The platform gave up on a webhook subscription after repeated failures.
    SubscriptionRemoved {
        /// Its topic.
        topic: &'static str,
    },
}
