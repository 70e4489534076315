//! What the warehouse reports to the ledger.

use crate::core::{CallKind, CallOutcome, LocationIndex};
use crate::warehouse::model::seed::ItemIndex;

/// Why the physical count of an item at a location changed without a shipment.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum StockReason {
    /// A delivery from a supplier was booked in.
    Received,
    /// Units broke or went missing.
    Damaged,
    /// Somebody counted the shelf; the change may be 0.
    Recounted,
    /// A buyer's return was put back on the shelf.
    Returned,
}

/// Why reserved units were let go of without a shipment.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum DeallocationReason {
    /// The allocation was cancelled through the API.
    Cancelled,
    /// The picker found fewer units on the shelf than the line needs; a [`Fact::Short`] follows.
    Missing,
}

/// One thing that happened in the warehouse. Units are whole pieces; `channel` is a position in
/// [`crate::warehouse::WarehouseSeed::channels`]; `order_id` is the id under which the engine sent the order.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// An order reached the warehouse, as one entry of an allocation request. It comes before every other fact of that
    /// entry.
    OrderReceived {
        /// The channel it was sold on.
        channel: u16,
        /// Its id.
        order_id: Box<str>,
        /// Whether the warehouse had it already; then nothing else follows.
        duplicate: bool,
    },
    /// A line's units are reserved.
    Allocated {
        /// The channel the order was sold on.
        channel: u16,
        /// The order's id.
        order_id: Box<str>,
        /// What.
        item: ItemIndex,
        /// Where.
        location: LocationIndex,
        /// How many.
        units: u32,
        /// The engine asked for another location, which could not serve the line.
        rerouted: bool,
        /// The location differs from the routing truth: the first one in order of preference for the order's postal
        /// code that had enough units available at this moment. Never so for a line that no location could serve alone.
        off_route: bool,
        /// Units of the order are reserved at another location already: they leave in a parcel of their own.
        split: bool,
    },
    /// No location could serve a line, at allocation or when it was to be picked: an oversell surfaces.
    Short {
        /// The channel the order was sold on.
        channel: u16,
        /// The order's id.
        order_id: Box<str>,
        /// What is missing.
        item: ItemIndex,
        /// How many: always the whole line.
        units: u32,
    },
    /// Reserved units were let go of.
    Deallocated {
        /// The channel the order was sold on.
        channel: u16,
        /// The order's id.
        order_id: Box<str>,
        /// What.
        item: ItemIndex,
        /// Where.
        location: LocationIndex,
        /// How many.
        units: u32,
        /// Why.
        reason: DeallocationReason,
    },
    /// A line left the building.
    Shipped {
        /// The channel the order was sold on.
        channel: u16,
        /// The order's id.
        order_id: Box<str>,
        /// What.
        item: ItemIndex,
        /// From where.
        location: LocationIndex,
        /// How many.
        units: u32,
    },
    /// The physical count changed without a shipment.
    StockChanged {
        /// What.
        item: ItemIndex,
        /// Where.
        location: LocationIndex,
        /// Units gained, or lost when negative.
        delta: i64,
        /// Units on hand afterwards.
        on_hand: i64,
        /// Why.
        reason: StockReason,
    },
    /// A call was answered, or taken on hold in the case of a long poll.
    Call {
        /// The operation's id in the OpenAPI description, such as `createAllocations`; `unrouted` for unknown paths.
        operation: &'static str,
        /// What it was for.
        kind: CallKind,
        /// How it ended.
        outcome: CallOutcome,
    },
}

impl Fact {
    /// The order that the fact speaks of: its channel and its id there.
    pub fn order(&self) -> Option<(u16, &str)> {
        match self {
            Fact::OrderReceived {
                channel, order_id, ..
            }
            | Fact::Allocated {
                channel, order_id, ..
            }
            | Fact::Short {
                channel, order_id, ..
            }
            | Fact::Deallocated {
                channel, order_id, ..
            }
            | Fact::Shipped {
                channel, order_id, ..
            } => Some((*channel, order_id)),
            Fact::StockChanged { .. } | Fact::Call { .. } => None,
        }
    }
}
