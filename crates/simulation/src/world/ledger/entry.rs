//! Judged entries of the ledger.
//!
//! An entry serialises to a flat object: `kind`, then its members in the order in which they stand here. Times become
//! seconds; members that only counting needs stay out. [`super::EntryLine`] puts names in place of positions.

use channel_mocks::core::{CallKind, CallOutcome, Cause, Micros, OrderRef, Party};
use serde::{Serialize, Serializer};

use super::bounds::ChannelBounds;
use crate::world::{ChannelIndex, SkuIndex};

/// Where a call went.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallTarget {
    /// A channel.
    Channel(ChannelIndex),
    /// The warehouse.
    Warehouse,
}

/// One judged event. "Sellable" is ATP of docs/theory.md B: received + restocked - shrink - net accepted units of the SKU over
/// all channels; it may be negative.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// A buyer asked for units; one entry per line of the basket, before the platform's decision.
    Offered {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// How many.
        units: u32,
        /// Sellable units at this moment.
        sellable: i64,
        /// Age of the count the buyer saw, zero while it is not wrong (docs/theory.md B, age of information).
        #[serde(rename = "age_s", serialize_with = "seconds")]
        displayed_age: Micros,
        /// Displayed count minus intended count, just before the checkout. Intended is max(0, sellable - buffer) where a
        /// listing stands for the whole stock. Quotas are intended as they are, as long as those of the SKU together do
        /// not exceed the sellable units, so that only the excess is an error.
        #[serde(skip)]
        count_error_units: i64,
        /// Whether this is the basket's first line (attempts are counted by it).
        #[serde(skip)]
        first_line: bool,
    },
    /// The platform accepted a line.
    Accepted {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// In which order.
        order: OrderRef,
        /// How many.
        units: u32,
        /// Units of these that did not exist: max(0, units - max(0, sellable before)).
        oversold_units: u32,
        /// The count the buyer saw.
        #[serde(rename = "from")]
        displayed: i64,
        /// Sellable units just before.
        sellable: i64,
        /// Sellable units of the shared pool just after; the sale itself may have been from the platform's own.
        #[serde(skip)]
        shared_after: i64,
        /// Whether the platform has sold units of its own, which the count that buyers see is not about.
        #[serde(skip)]
        own_units: bool,
        /// Price of a unit.
        #[serde(skip)]
        price_cents: u64,
        /// Whether this is the order's first line (orders are counted by it).
        #[serde(skip)]
        first_line: bool,
        /// Whether this is the order's first line with oversold units (oversold orders are counted by it).
        #[serde(skip)]
        first_oversold_line: bool,
    },
    /// The platform refused the basket; one entry per line.
    Refused {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// How many.
        units: u32,
        /// Whether the basket could have been served: enough sellable units of every one of its lines existed in the
        /// shared pool, or (on a channel that sells from there) at FBA. The same for all lines of the basket; with one
        /// line this is docs/theory.md B's rejected_in_stock.
        in_stock: bool,
        /// Units of the SKU that the channel could still sell at this moment, from the pool that has more.
        sellable: i64,
        /// Price of a unit.
        #[serde(skip)]
        price_cents: u64,
    },
    /// What buyers can buy of a listing changed, or was confirmed.
    Displayed {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units before.
        from: i64,
        /// Units after.
        to: i64,
        /// Sellable units at this moment.
        sellable: i64,
        /// Why.
        #[serde(serialize_with = "word")]
        cause: Cause,
    },
    /// An event elsewhere (a sale, a cancellation, a stock change) is contained in a listing's displayed count from now
    /// on: propagation delay of docs/theory.md B. Sales on the listing's own channel, which the platform has taken in by
    /// itself, are given too, with `own_sale`: they are no propagation, but an absolute write that does not contain them
    /// puts their units back on sale (A4).
    Propagated {
        /// The listing's channel.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Whether the event is a sale on this very listing.
        own_sale: bool,
        /// When the event happened.
        #[serde(rename = "happened_at_s", serialize_with = "seconds")]
        happened_at: Micros,
        /// When the engine knew: a message had told it.
        #[serde(rename = "known_at_s", serialize_with = "seconds")]
        known_at: Micros,
        /// When the engine let go of the write.
        #[serde(rename = "sent_at_s", serialize_with = "seconds")]
        sent_at: Micros,
        /// Whether this was the oldest event from elsewhere that the write brought (the wait of its publish slot).
        oldest_of_write: bool,
    },
    /// A message has told the engine of a line of an accepted order of the shared pool.
    Learned {
        /// Where it was accepted.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// When it was accepted.
        #[serde(rename = "accepted_at_s", serialize_with = "seconds")]
        accepted_at: Micros,
        /// When the message reached it; less the time of acceptance it is a of docs/theory.md A.
        #[serde(rename = "known_at_s", serialize_with = "seconds")]
        known_at: Micros,
    },
    /// An accepted order has reached the merchant's own system.
    Ingested {
        /// Where it was accepted.
        channel: ChannelIndex,
        /// Which.
        order: OrderRef,
        /// Applied more than once.
        duplicate: bool,
        /// Time since it was accepted.
        #[serde(rename = "age_s", serialize_with = "seconds")]
        age: Micros,
    },
    /// A support agent looked at a channel's orders (at Poisson times): age of the newest fact shown.
    SupportRead {
        /// Which channel.
        channel: ChannelIndex,
        /// Now minus the accept time of the oldest order the merchant's own system does not have yet; zero when it has all.
        #[serde(rename = "age_s", serialize_with = "seconds")]
        age: Micros,
    },
    /// An order was cancelled. Units that had left already are not counted in `units`.
    Cancelled {
        /// Where.
        channel: ChannelIndex,
        /// Which.
        order: OrderRef,
        /// Its units.
        units: u32,
        /// By whom.
        by: Party,
    },
    /// Units were taken out of an order that goes on without them: by an edit, or a cancellation of a part. Units that
    /// had left already are not counted in `units`.
    UnitsRemoved {
        /// Where.
        channel: ChannelIndex,
        /// Of which order.
        order: OrderRef,
        /// What.
        sku: SkuIndex,
        /// How many.
        units: u32,
        /// By whom.
        by: Party,
    },
    /// The warehouse decided on a line.
    Allocated {
        /// For whom.
        channel: ChannelIndex,
        /// Units reserved.
        units: u32,
        /// The location differs from the routing truth, or lacked the units.
        #[serde(skip)]
        wrong_warehouse: bool,
        /// They leave in a further parcel of their order.
        #[serde(skip)]
        split: bool,
    },
    /// The warehouse had no stock for a line: an oversold (or miscounted) order has surfaced.
    Short {
        /// Of whom.
        channel: ChannelIndex,
        /// Which order.
        order: OrderRef,
        /// Units missing.
        units: u32,
        /// Whether this order was short for the first time (orders are counted by it).
        #[serde(skip)]
        first_of_order: bool,
    },
    /// Units left the warehouse.
    Shipped {
        /// For whom.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Which order; `None` when no channel accepted it.
        #[serde(skip_serializing_if = "Option::is_none")]
        order: Option<OrderRef>,
        /// Units.
        units: u32,
        /// From where: a position among the warehouse's locations.
        location: u16,
        /// Units of these beyond what the order still waited for: it was shipped twice, or had been cancelled, or they had
        /// been taken out of it.
        #[serde(skip)]
        beyond_order_units: u32,
        /// Units of these that the order never asked for, whatever was taken out of it: they left twice.
        #[serde(skip)]
        never_ordered_units: u32,
    },
    /// The warehouse was handed an order that no channel accepted.
    OrderUnknown {
        /// The channel it was said to be of.
        channel: ChannelIndex,
    },
    /// The last sellable unit of a SKU is gone: sellable fell from above zero to zero or below.
    SoldOut {
        /// What.
        sku: SkuIndex,
    },
    /// A channel shows an order as shipped.
    FulfillmentConfirmed {
        /// Where.
        channel: ChannelIndex,
        /// Which order.
        order: OrderRef,
        /// Units of it that it shows as shipped since the last such entry.
        units: u32,
        /// After its ship-by time.
        late: bool,
    },
    /// A channel opens to buyers, or closes. What it displays counts for nothing while it is closed.
    Hours {
        /// Which.
        channel: ChannelIndex,
        /// Whether it is open from now on.
        is_open: bool,
    },
    /// Sellable stock changed other than by sales.
    Stock {
        /// What.
        sku: SkuIndex,
        /// By how much.
        #[serde(rename = "units")]
        delta: i64,
    },
    /// An app made an order: no buyer placed it, so it is no demand, and none of the merchant's units are promised to it.
    /// What it claims of a displayed count is a change of that count, and what leaves the warehouse for it leaves
    /// unordered.
    OrderMade {
        /// Where.
        channel: ChannelIndex,
        /// Which order.
        order: OrderRef,
        /// Its units.
        units: u32,
        /// Units that it took from what the platform displays.
        claimed_units: u32,
    },
    /// A platform put units of a cancelled order back on sale that had left the warehouse before: they are sold where no
    /// engine decides, and are not there (H8 of docs/theory.md A5).
    RestockedGone {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// How many.
        units: u32,
    },
    /// A read showed an older count of a listing than there was: whoever takes it for an acknowledgement is wrong (H5 of
    /// docs/theory.md A5).
    ReadStale {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
    },
    /// An API call was answered.
    Call {
        /// Whom.
        target: CallTarget,
        /// What for.
        #[serde(rename = "call")]
        kind: CallKind,
        /// How it ended.
        outcome: CallOutcome,
    },
    /// What an engine is told of a channel, and what holds of it from now on (docs/theory.md A5, H2, H3 and H6).
    Bounds {
        /// Which channel.
        channel: ChannelIndex,
        /// What the engine goes by.
        #[serde(skip)]
        believed: ChannelBounds,
        /// What the platform keeps to.
        #[serde(skip)]
        holds: ChannelBounds,
    },
    /// A platform accepted units beyond what it displayed (H1 of docs/theory.md A5).
    BeyondDisplay {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// How many beyond.
        units: u32,
    },
    /// Somebody counted wrong: records now say more (or, when the count is put right, again less) than there is.
    BadCount {
        /// On whose listing; `None` for the warehouse's own records.
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<ChannelIndex>,
        /// Of what.
        sku: SkuIndex,
        /// Units by which the records have moved away from the truth; below zero when units are missing from them, or when
        /// a count that was too high is put right.
        units: i64,
    },
    /// While a count of the SKU was wrong, a listing came to show more than the true stock allows.
    BadCountReached {
        /// Which listing's channel.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units that it (of quotas: all of the SKU together) shows beyond the sellable ones.
        units: i64,
    },
    /// Before the engine had written anything, the quotas of a SKU together exceeded what could be sold.
    OpenedBeyond {
        /// What.
        sku: SkuIndex,
        /// By how many units.
        units: u64,
    },
    /// The quotas of a SKU together exceeded what could be sold by more than ever before.
    MarginLow {
        /// What.
        sku: SkuIndex,
        /// Sellable units less all that was on display: below zero.
        #[serde(rename = "units")]
        margin_units: i64,
        /// Since when.
        #[serde(rename = "happened_at_s", serialize_with = "seconds")]
        since: Micros,
    },
    /// The run is over: how many of a channel's orders were followed for a reason of their own.
    OrdersFollowed {
        /// Which channel.
        channel: ChannelIndex,
        /// Orders of which a webhook told that the engine acknowledged with a status 2xx.
        acknowledged: u64,
        /// Orders of which an altered payload told.
        altered: u64,
    },
    /// The run is over: an order that was followed never reached the merchant's own system.
    FollowedOrderLost {
        /// Where it was accepted.
        channel: ChannelIndex,
        /// Which.
        order: OrderRef,
        /// When it was accepted.
        #[serde(rename = "accepted_at_s", serialize_with = "seconds")]
        accepted_at: Micros,
        /// Whether the engine had acknowledged a webhook of it.
        acknowledged: bool,
        /// Whether a payload that told of it had been altered.
        altered: bool,
    },
    /// The run is over: how a SKU ends. One entry per SKU, in order.
    SkuClosed {
        /// What.
        sku: SkuIndex,
        /// Units that all channels together could ever sell: opening stock plus everything that came, minus everything
        /// that broke; without FBA.
        #[serde(rename = "units")]
        supplied_units: i64,
        /// Sellable units left; negative when more was sold than there is.
        sellable: i64,
        /// Units that quotas show together beyond the sellable ones; 0 where counts stand for the whole stock.
        overshown_units: i64,
    },
    /// The run is over: how a channel ends. One entry per channel, in order.
    ChannelClosed {
        /// Which.
        channel: ChannelIndex,
        /// Orders that never reached the merchant's own system, cancelled ones aside.
        #[serde(rename = "units")]
        lost_orders: u64,
        /// When the first of these was accepted, and which it is.
        #[serde(skip)]
        first_lost: Option<(Micros, OrderRef)>,
        /// Orders with units left to ship that the warehouse has.
        #[serde(skip)]
        unshipped_orders: u64,
        /// Shipped orders whose fulfilment the channel does not show.
        #[serde(skip)]
        unconfirmed_fulfillments: u64,
        /// Listings whose displayed count is wrong; 0 for quotas.
        #[serde(skip)]
        unsynced_listings: u64,
    },
}

fn seconds<S: Serializer>(time: &Micros, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

fn word<S: Serializer>(cause: &Cause, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match cause {
        Cause::Checkout(_) => "checkout",
        Cause::Cancelled(_) => "cancelled",
        Cause::Removed(_) => "removed",
        Cause::Returned(_) => "returned",
        Cause::Write { .. } => "write",
        Cause::Edit => "edit",
    })
}
