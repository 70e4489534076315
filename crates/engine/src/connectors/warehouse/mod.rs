//! The client of the warehouse's REST API (version 1): stock and its changes, allocations.

mod requests;
#[cfg(test)]
mod tests;
mod wire;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::exchange;
use super::skus::SkuTable;
use crate::canonical::{ChannelIndex, LineKey, OrderKey, ShipTo, SkuIndex};
use crate::config::{EngineConfig, Platform};
use crate::machine::{Request, Response};
use crate::snapshot::state;
use http::HeaderValue;
use oversell_kernel::Epoch;
use oversell_kernel::Micros;

/// One thing to ask of the warehouse: exactly one HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Operation {
    /// Read the locations; everything else names locations by their place in this list, so it comes first.
    ReadLocations,
    /// Read one page of the stock.
    ReadStock {
        /// Continue after the SKU that the last page named as `next`.
        after: Option<String>,
    },
    /// Read one page of the change feed.
    ReadChanges {
        /// Continue after this position.
        after: u64,
        /// The answer may be held back for so long if there is nothing to tell; at most 20 seconds.
        wait_ms: u32,
        /// Which changes.
        kinds: ChangeKinds,
    },
    /// Allocate stock to orders. Repeating it changes nothing.
    Allocate {
        /// At most 100 orders.
        batch: Vec<AllocationRequest>,
    },
    /// Let allocations that were made on hold be picked.
    Release {
        /// Allocation ids.
        allocations: Vec<u64>,
    },
    /// Give up an allocation; its units become available again.
    Cancel {
        /// Allocation id.
        allocation: u64,
    },
    /// Give back what an allocation holds beyond what is wanted.
    Reduce {
        /// Where it was sold.
        channel: ChannelIndex,
        /// Which order.
        order: OrderKey,
        /// Its allocation.
        allocation: u64,
        /// Units that are still wanted, by line.
        wanted: Vec<(LineKey, u32)>,
    },
}

/// The kinds of change.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Goods came in.
    Received,
    /// Goods were lost.
    Damaged,
    /// A count corrected the stock.
    Recounted,
    /// A buyer sent goods back.
    Returned,
    /// Units were taken from what is available, for an order.
    Allocated,
    /// Units of a cancelled allocation became available again.
    Deallocated,
    /// Units left the warehouse.
    Shipped,
}

impl ChangeKind {
    /// All of them.
    pub const ALL: [ChangeKind; 7] = [
        ChangeKind::Received,
        ChangeKind::Damaged,
        ChangeKind::Recounted,
        ChangeKind::Returned,
        ChangeKind::Allocated,
        ChangeKind::Deallocated,
        ChangeKind::Shipped,
    ];

    /// The API's word for it.
    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::Received => "received",
            ChangeKind::Damaged => "damaged",
            ChangeKind::Recounted => "recounted",
            ChangeKind::Returned => "returned",
            ChangeKind::Allocated => "allocated",
            ChangeKind::Deallocated => "deallocated",
            ChangeKind::Shipped => "shipped",
        }
    }

    fn parse(name: &str) -> Option<ChangeKind> {
        ChangeKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A set of kinds of change.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChangeKinds(u8);

impl ChangeKinds {
    /// Every kind.
    pub const ALL: ChangeKinds = ChangeKinds(0x7f);

    /// These kinds.
    pub fn of(kinds: &[ChangeKind]) -> ChangeKinds {
        ChangeKinds(kinds.iter().fold(0, |set, &kind| set | 1 << kind as u8))
    }

    /// Whether the set has the kind.
    pub fn contains(self, kind: ChangeKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

/// An order to allocate stock to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AllocationRequest {
    /// Where it was sold.
    pub channel: ChannelIndex,
    /// Which order.
    pub order: OrderKey,
    /// Allocate, but do not pick until released.
    pub hold: bool,
    /// Address, when known.
    pub ship_to: Option<ShipTo>,
    /// What.
    pub lines: Vec<LineRequest>,
}

/// A line to allocate.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LineRequest {
    /// Native id.
    pub line: LineKey,
    /// What.
    pub sku: SkuIndex,
    /// How many.
    pub units: u32,
    /// From where, if the engine cares; place in the list of locations.
    pub location: Option<u16>,
}

/// A location of the warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its id in the API.
    pub id: String,
    /// Two-letter country, if it has one.
    pub country: Option<[u8; 2]>,
    /// The channels that may be served from it, of those in the configuration, in order.
    pub channels: Vec<ChannelIndex>,
    /// Whether the merchant ships from it; Amazon sells what it ships itself from a count of its own.
    pub is_the_merchants: bool,
    /// First digits of the postal codes that are served from it by preference.
    pub postal_prefixes: Vec<u8>,
}

/// Stock of a SKU at a location.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct StockLevel {
    /// What.
    pub sku: SkuIndex,
    /// Where; place in the list of locations.
    pub location: u16,
    /// Units there.
    pub on_hand: i64,
    /// Units of them that belong to orders.
    pub allocated: i64,
    /// Units that do not.
    pub available: i64,
    /// Position in the feed of the last change contained in these numbers.
    pub version: u64,
}

/// A change of stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Position in the feed.
    pub sequence: u64,
    /// When it happened.
    pub at: Micros,
    /// Why.
    pub kind: ChangeKind,
    /// What.
    pub sku: SkuIndex,
    /// Where; place in the list of locations.
    pub location: u16,
    /// How many, with sign.
    pub units: i64,
    /// Units there afterwards.
    pub on_hand: i64,
    /// Units available afterwards.
    pub available: i64,
    /// Whose, for allocations and shipments.
    pub allocation: Option<AllocationOf>,
    /// The parcel of a shipment.
    pub tracking: Option<Tracking>,
    /// For a deallocation: the units were not there, rather than given up.
    pub is_missing: bool,
}

/// To which allocation a change belongs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct AllocationOf {
    /// Allocation id.
    pub allocation: u64,
    /// Channel of the order.
    pub channel: ChannelIndex,
    /// Order.
    pub order: OrderKey,
    /// Line.
    pub line: LineKey,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracking {
    /// Carrier.
    pub carrier: String,
    /// Tracking number.
    pub number: String,
}

/// How an allocation went.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum AllocationStatus {
    /// Every line has its units.
    Allocated,
    /// At least one line has none.
    Short,
    /// Something in it, such as a SKU, is unknown to the warehouse.
    Invalid,
    /// Nothing is left of what was reserved: it was cancelled, reduced to nothing or not found.
    Cancelled,
}

/// The answer for one order of an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationResult {
    /// Channel of the order.
    pub channel: ChannelIndex,
    /// Order.
    pub order: OrderKey,
    /// Allocation id; an invalid allocation may have none.
    pub allocation: Option<u64>,
    /// How it went.
    pub status: AllocationStatus,
    /// Whether this repeats the answer to an earlier request.
    pub duplicate: bool,
    /// Line by line.
    pub lines: Vec<AllocatedLine>,
}

/// The answer for one line of an allocation.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct AllocatedLine {
    /// Line.
    pub line: LineKey,
    /// Where its units are; place in the list of locations.
    pub location: Option<u16>,
    /// Units asked for.
    pub units: u32,
    /// Units that are not there.
    pub short: u32,
}

/// What the client read out of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The locations, in the order that gives them their numbers.
    LocationsRead(Vec<Location>),
    /// A row of the stock.
    StockLevel(StockLevel),
    /// A page of the stock was read to its end.
    StockRead {
        /// Where the next page starts, if there is one.
        next: Option<String>,
        /// End of the change feed when the page was made.
        cursor: u64,
    },
    /// A change.
    Changed(Change),
    /// A page of the change feed was read to its end.
    ChangesRead {
        /// Continue after this position.
        next: u64,
        /// Whether there is more at once.
        more: bool,
    },
    /// The answer for one order of an allocation.
    Allocated(AllocationResult),
    /// An allocation may now be picked.
    Released {
        /// Allocation id.
        allocation: u64,
    },
    /// The warehouse does not know an allocation.
    UnknownAllocation {
        /// Allocation id.
        allocation: u64,
    },
    /// The answer to a cancellation.
    Cancelled {
        /// Allocation id.
        allocation: u64,
        /// False once it was shipped.
        cancelled: bool,
    },
    /// Units beyond those wanted were given back, unless the order had left.
    Reduced {
        /// Which.
        allocation: u64,
        /// Whether they were.
        reduced: bool,
    },
    /// Too many calls; nothing happened.
    Throttled {
        /// How long to wait, when the warehouse says.
        wait: Option<Micros>,
    },
    /// The call failed.
    Failed {
        /// Worth repeating?
        retry: bool,
        /// For logs.
        reason: String,
    },
    /// A row could not be read; it is counted, never dropped silently.
    Quarantined {
        /// What was wrong.
        reason: String,
    },
}

/// Translates for the warehouse.
pub struct WarehouseClient {
    authorization: HeaderValue,
    epoch: Epoch,
    skus: SkuTable,
    channels: Vec<(String, Platform)>,
    locations: IndexMap<String, (), FxBuildHasher>,
}

state!(WarehouseClient {
    kept: [locations],
    parts: [],
    headers: [],
    made: [authorization, epoch, skus, channels],
});

impl WarehouseClient {
    /// A client with the configuration's token.
    pub fn new(config: &EngineConfig) -> WarehouseClient {
        let channels = config
            .channels
            .iter()
            .map(|it| (it.name.clone(), it.platform));
        WarehouseClient {
            authorization: exchange::header_value(&format!("Bearer {}", config.warehouse_token)),
            epoch: Epoch {
                unix_micros: config.epoch_unix_micros,
            },
            skus: SkuTable::new(&config.skus),
            channels: channels.collect(),
            locations: IndexMap::default(),
        }
    }

    /// Makes the request for an operation.
    pub fn build(&self, operation: &Operation) -> Request {
        match operation {
            Operation::ReadLocations => self.get(b"/v1/locations".to_vec()),
            Operation::ReadStock { after } => self.stock_request(after.as_deref()),
            Operation::ReadChanges {
                after,
                wait_ms,
                kinds,
            } => self.changes_request(*after, *wait_ms, *kinds),
            Operation::Allocate { batch } => self.allocate_request(batch),
            Operation::Release { allocations } => self.release_request(allocations),
            Operation::Cancel { allocation } => self.cancel_request(*allocation),
            Operation::Reduce {
                allocation, wanted, ..
            } => self.reduce_request(*allocation, wanted),
        }
    }

    /// Reads the response to an operation. Every response yields at least one event, but for an allocation or a
    /// release of nothing.
    pub fn parse(&mut self, operation: &Operation, response: &Response, events: &mut Vec<Event>) {
        if !response.status().is_success() {
            events.push(wire::refused(response));
            return;
        }
        let read = match operation {
            Operation::ReadLocations => self.locations_read(response.body(), events),
            Operation::ReadStock { .. } => self.stock_read(response.body(), events),
            Operation::ReadChanges { .. } => self.changes_read(response.body(), events),
            Operation::Allocate { .. } => self.allocations_read(response.body(), events),
            Operation::Release { .. } => wire::releases_read(response.body(), events),
            Operation::Cancel { allocation } => {
                wire::cancel_read(*allocation, response.body(), events)
            }
            Operation::Reduce { allocation, .. } => {
                wire::reduction_read(*allocation, response.body(), events)
            }
        };
        if let Err(error) = read {
            events.push(Event::Failed {
                retry: true,
                reason: format!(
                    "unreadable answer ({error}): {}",
                    exchange::excerpt(response.body())
                ),
            });
        }
    }

    fn channel(&self, name: &str) -> Option<(ChannelIndex, Platform)> {
        let position = self.channels.iter().position(|(known, _)| known == name)?;
        let index = u16::try_from(position).ok()?;
        Some((ChannelIndex(index), self.channels[position].1))
    }

    fn location(&self, id: &str) -> Option<u16> {
        self.locations
            .get_index_of(id)
            .and_then(|place| u16::try_from(place).ok())
    }
}
