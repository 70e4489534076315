//! The journal: what an engine has come to know and is about to do, in the merchant's terms. A person reads it, and a
//! database makes tables of it; see [`super::recovery`] for what a crashed engine is rebuilt from.
//!
//! Write-ahead (docs/theory.md A5, H7): the driver makes the records of an input durable, together with the input, before it
//! carries any output that came after them.

use super::canonical::{ChannelIndex, Order, OrderState, Parcel, SkuIndex};
use oversell_kernel::Micros;

/// One record. Orders are named as their platform names them.
#[derive(Copy, Clone, Debug)]
pub enum Record<'a> {
    /// An order is known and its units are accounted for; a second sighting does not count again.
    OrderKnown {
        /// Where.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
        /// As it was first seen.
        order: &'a Order,
        /// The platform's ids of its lines, in their order.
        line_ids: &'a [String],
    },
    /// A known order has another state; the units of a cancelled one are accounted for.
    OrderChanged {
        /// Where.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
        /// Since `at`.
        state: OrderState,
        /// Platform time.
        at: Micros,
    },
    /// The warehouse has set units aside for an order.
    Allocated {
        /// Where it was sold.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
        /// The warehouse's id.
        allocation: u64,
        /// Units that it does not have.
        short_units: u32,
    },
    /// Where the units of a line are set aside.
    LineReserved {
        /// Where it was sold.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
        /// Of which line, as the platform names it.
        line_id: &'a str,
        /// At the place with this code of the warehouse's; `None` when nothing could be set aside.
        location: Option<&'a str>,
    },
    /// Units are no longer set aside for an order.
    Deallocated {
        /// Where it was sold.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
        /// Of which line, as the platform names it.
        line_id: &'a str,
        /// How many.
        units: u32,
    },
    /// Units of a line have been taken out of an order, which goes on without them.
    LineReduced {
        /// Where it was sold.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
        /// Which line, as the platform names it.
        line_id: &'a str,
        /// Units that are still wanted.
        current_units: u32,
    },
    /// Units of an order have left the warehouse.
    ParcelLeft {
        /// Where it was sold.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
        /// Of which line, as the platform names it.
        line_id: &'a str,
        /// What.
        sku: SkuIndex,
        /// From where, by the warehouse's code.
        location: &'a str,
        /// The parcel.
        parcel: &'a Parcel,
    },
    /// The platform has the shipment on record.
    ShipmentConfirmed {
        /// Where.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
    },
    /// The platform will not take the shipment, or not after many attempts: a person must look.
    ShipmentGivenUp {
        /// Where.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
    },
    /// The order is to be cancelled for lack of stock.
    CancelWanted {
        /// Where.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: &'a str,
    },
    /// Units available somewhere, as far as the engine knows: what the warehouse told, less what was asked for since.
    StockAt {
        /// What.
        sku: SkuIndex,
        /// Where, by the warehouse's code.
        location: &'a str,
        /// How many; below zero after a recount that found less than is promised.
        available: i64,
    },
    /// A listing has been found in a channel's catalogue.
    ListingFound {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// The platform's id.
        native_id: &'a str,
    },
    /// What a listing displays has become known.
    ListingShows {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units, or how many more than before.
        shown: Shown,
        /// How it is known.
        source: ShownBy,
    },
    /// A listing's count as it was found when the engine took over.
    ListingRead {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units displayed, which the channel may sell from now on.
        displayed: i64,
    },
    /// A grant is about to be sent: from now on the channel may sell so many units more.
    Granted {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units.
        units: i64,
    },
    /// More is on display than the engine put there: the channel may sell so many units more until they are taken back.
    ForeignWrite {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units.
        units: i64,
    },
    /// Units have certainly come back from a channel.
    Returned {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units.
        units: i64,
    },
    /// A drain of a channel is about to be sent.
    DrainBegun {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
    },
    /// Units beyond the stock are about to be shown (docs/theory.md A9): a [`Record::Granted`] with them in it follows.
    Lent {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units of this loan.
        units: i64,
        /// Units shown beyond the stock, these included.
        outstanding: i64,
        /// Oversold units that a saved sale may cost.
        price: f64,
        /// The channels that show the same units.
        shared_by: &'a [ChannelIndex],
    },
    /// The price of a saved sale was worked out.
    LoanPrice {
        /// Oversold units that a saved sale may cost.
        price: f64,
        /// How many times more sales meet unseen than under Poisson demand.
        burstiness: f64,
        /// Units that were to be expected to be oversold at the stock-outs so far.
        charged: f64,
        /// Units known to be oversold.
        oversold: u64,
        /// Units known to be sold.
        sold: u64,
    },
    /// Something could not be read or was refused for good.
    Quarantined {
        /// Where.
        channel: ChannelIndex,
        /// What was wrong.
        reason: &'a str,
    },
}

/// Units on display.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// So many.
    Units(i64),
    /// So many more than before; fewer when below zero.
    More(i64),
}

/// How a displayed count has become known.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ShownBy {
    /// The engine read it.
    Read,
    /// The platform told it by itself.
    Signal,
    /// The engine wrote it, and it is live.
    Write,
    /// The engine wrote it, and the platform has taken it for processing.
    PendingWrite,
}

/// Somewhere to write records to, in order.
pub trait Journal {
    /// Whether anybody reads the records; if not, the engine need not make them.
    fn keeps(&self) -> bool;

    /// Takes one record of what happened at `now`.
    fn append(&mut self, now: Micros, record: Record<'_>);
}

/// A journal that nobody reads: in virtual time the ledger knows better.
#[derive(Copy, Clone, Debug, Default)]
pub struct Forgetful;

impl Journal for Forgetful {
    fn keeps(&self) -> bool {
        false
    }

    fn append(&mut self, _now: Micros, _record: Record<'_>) {}
}
