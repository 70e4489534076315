//! The link to the merchant's own stock system: what is there, what is promised to orders, what has been shipped.

mod answers;
mod changes;
mod waiting;

use std::collections::VecDeque;

use crate::budget::{Claim, RateBudget};
use crate::calls::{CallTable, Pending};
use crate::canonical::{ChannelIndex, LineKey, OrderKey, Parcel, SkuIndex};
use crate::config::EngineConfig;
use crate::connectors::BucketBelief;
use crate::connectors::warehouse::{
    AllocatedLine, AllocationRequest, AllocationResult, Change, ChangeKind, ChangeKinds, Event,
    LineRequest, Operation, WarehouseClient,
};
use crate::coverage::{Coverage, CoveragePoint};
use crate::jump_guard::StockChange;
use crate::machine::{CallError, CallId, Output, Response, Target};
use crate::orders::OrderBook;
use crate::routing::{Location, StockView};
use crate::snapshot::state;
use changes::{ChangeReader, change_readers};
use oversell_kernel::Micros;
use waiting::Waiting;

/// Orders in one allocation call (the API's limit).
const ALLOCATION_BATCH: usize = 100;
/// Allocation calls under way: few, so that orders gather into batches while the warehouse is busy.
const ALLOCATION_CALLS: usize = 2;
/// Time from one allocation call to the next, in which orders gather; an order after a quiet spell goes at once.
const ALLOCATION_PAUSE: Micros = Micros::from_millis(250);
/// Releases gather for so long: picking takes hours, and one call serves many.
const RELEASE_GATHER: Micros = Micros::from_secs(5);
/// How long the warehouse may hold an answer when there is nothing to tell.
const LONG_POLL_MS: u32 = 20_000;
/// Pause after news of what lies on the shelves, in which further ones gather.
const STOCK_PAUSE: Micros = Micros::from_secs(1);
/// The same after news of parcels: channels are told of them within days, and one answer holds many.
const PARCEL_PAUSE: Micros = Micros::from_secs(15);
/// Wait after a failed call; doubles up to [`LONGEST_RETRY`].
const FIRST_RETRY: Micros = Micros::from_millis(500);
/// See [`FIRST_RETRY`].
const LONGEST_RETRY: Micros = Micros::from_secs(60);
/// Calls a second that the merchant's own system is believed to take.
const BELIEF: BucketBelief = BucketBelief {
    name: "warehouse",
    capacity: 100.0,
    rate_per_second: 50.0,
};

/// Units wanted for an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AllocationWanted {
    /// Where it was sold.
    pub channel: ChannelIndex,
    /// Which.
    pub order: OrderKey,
    /// Not to be picked yet.
    pub hold: bool,
    /// Until when the request waits if its units are not there as far as is known: a cancellation that has made them free may
    /// be on its way. Asked sooner, the warehouse would be short, and that answer is final.
    pub patient_until: Micros,
}

/// What the core should know.
#[derive(Debug)]
pub enum WarehouseNews {
    /// The whole stock has been read.
    StockKnown,
    /// Stock that all channels share changed, other than for orders, or was counted anew.
    StockChanged(StockChange),
    /// The warehouse has answered for an order.
    Allocated {
        /// Where it was sold.
        channel: ChannelIndex,
        /// Which.
        order: OrderKey,
        /// Allocation id.
        allocation: u64,
        /// Units it does not have.
        short_units: u32,
        /// Its lines; empty when nobody reads the journal.
        lines: Vec<AllocatedLine>,
    },
    /// Units are no longer set aside for an order: it was cancelled, or they were not there when they were picked.
    Deallocated {
        /// Where it was sold.
        channel: ChannelIndex,
        /// Which.
        order: OrderKey,
        /// Its line.
        line: LineKey,
        /// How many.
        units: u32,
        /// Whether they were not there, rather than given up.
        is_missing: bool,
    },
    /// Units of an order have left.
    Shipped {
        /// Where it was sold.
        channel: ChannelIndex,
        /// Which.
        order: OrderKey,
        /// Its line.
        line: LineKey,
        /// What.
        sku: SkuIndex,
        /// From where.
        location: u16,
        /// The units and their tracking.
        parcel: Parcel,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Stage {
    ReadingLocations,
    ReadingStock(Option<String>),
    Ready,
}

/// The link to the warehouse.
pub struct WarehouseLink {
    client: WarehouseClient,
    calls: CallTable<Operation>,
    budget: RateBudget,
    stage: Stage,
    stage_under_way: bool,
    stock: StockView,
    /// Whether changes of the stock are remembered for the journal.
    watches_stock: bool,
    /// The warehouse's codes of its locations.
    location_codes: Vec<String>,
    skus: usize,
    channels: u16,
    /// Feed position up to which each row's first reading already counts changes, by SKU then location.
    row_versions: Vec<u64>,
    /// The change feed, read by two readers: what changes the shelves is wanted at once, parcels can wait.
    readers: [ChangeReader; 2],
    wanted: VecDeque<AllocationWanted>,
    /// Those of them whose units are not there yet.
    waiting: Waiting,
    /// When the next call may leave, unless it is full before.
    allocate_at: Micros,
    allocating: usize,
    releases: Vec<u64>,
    release_at: Micros,
    cancels: VecDeque<u64>,
    /// Orders of which the warehouse holds more than is wanted, with their allocations.
    reductions: VecDeque<(ChannelIndex, OrderKey, u64)>,
    blocked_until: Micros,
    failures: u32,
    next_wake: Micros,
    events: Vec<Event>,
    /// How calls ended.
    pub coverage: Coverage,
    /// Rows that could not be read.
    pub quarantined: u64,
}

state!(WarehouseLink {
    kept: [
        calls,
        budget,
        stage,
        stage_under_way,
        stock,
        location_codes,
        row_versions,
        readers,
        wanted,
        waiting,
        allocate_at,
        allocating,
        releases,
        release_at,
        cancels,
        reductions,
        blocked_until,
        failures,
        next_wake,
        quarantined,
    ],
    parts: [client],
    headers: [],
    made: [watches_stock, skus, channels, events, coverage],
});

impl WarehouseLink {
    /// A link that reads locations and stock at its first pump.
    pub fn new(config: &EngineConfig) -> WarehouseLink {
        WarehouseLink {
            client: WarehouseClient::new(config),
            calls: CallTable::new(0),
            budget: RateBudget::new(BELIEF),
            stage: Stage::ReadingLocations,
            stage_under_way: false,
            stock: StockView::default(),
            watches_stock: false,
            location_codes: Vec::new(),
            skus: config.skus.len(),
            channels: config.channels.len() as u16,
            row_versions: Vec::new(),
            readers: change_readers(config),
            wanted: VecDeque::new(),
            waiting: Waiting::default(),
            allocate_at: Micros::ZERO,
            allocating: 0,
            releases: Vec::new(),
            release_at: Micros::ZERO,
            cancels: VecDeque::new(),
            reductions: VecDeque::new(),
            blocked_until: Micros::ZERO,
            failures: 0,
            next_wake: Micros::ZERO,
            events: Vec::new(),
            coverage: Coverage::default(),
            quarantined: 0,
        }
    }

    /// Units that all channels share, by SKU.
    pub fn sellable(&self) -> Vec<i64> {
        (0..self.skus as u32)
            .map(|sku| self.stock.sellable(SkuIndex(sku)))
            .collect()
    }

    /// From now on, remembers which counts change.
    pub fn watch_stock(&mut self) {
        self.watches_stock = true;
        self.stock.watch();
    }

    /// Places whose count changed since the last time, each once, with their count now.
    pub fn take_touched_stock(&mut self) -> Vec<(SkuIndex, u16, i64)> {
        self.stock.take_touched()
    }

    /// The warehouse's code of a location.
    pub fn location_code(&self, location: u16) -> &str {
        &self.location_codes[location as usize]
    }

    /// Asks for units for an order.
    pub fn want_allocation(&mut self, wanted: AllocationWanted) {
        self.wanted.push_back(wanted);
    }

    /// Lets a held allocation be picked.
    pub fn want_release(&mut self, now: Micros, allocation: u64) {
        if self.releases.is_empty() {
            self.release_at = now + RELEASE_GATHER;
        }
        self.releases.push(allocation);
    }

    /// Gives an allocation back.
    pub fn want_cancelled(&mut self, allocation: u64) {
        self.cancels.push_back(allocation);
    }

    /// Gives back what an allocation holds beyond the order's current units.
    pub fn want_reduced(&mut self, channel: ChannelIndex, order: OrderKey, allocation: u64) {
        let wanted = (channel, order, allocation);
        if !self.reductions.contains(&wanted) {
            self.reductions.push_back(wanted);
        }
    }

    /// When `pump` has something to do by itself.
    pub fn next_wake(&self) -> Micros {
        self.next_wake
    }

    fn send(
        &mut self,
        now: Micros,
        operation: Operation,
        held: f64,
        outputs: &mut VecDeque<Output>,
    ) {
        let request = self.client.build(&operation);
        let call = self.calls.insert(operation, now, held);
        outputs.push_back(Output::Call {
            call,
            target: Target::Warehouse,
            request,
        });
    }

    /// Holds the price of one call, or blocks the link until it can. Gives the tokens held.
    fn afford(&mut self, now: Micros) -> Option<f64> {
        if now < self.blocked_until {
            return None;
        }
        match self.budget.hold(now, 1.0, Claim::Urgent) {
            Ok(held) => Some(held),
            Err(later) => {
                self.blocked_until = later;
                None
            }
        }
    }

    /// Sends everything that may be sent now. Orders' lines and addresses are read from the books.
    pub fn pump(&mut self, now: Micros, books: &[OrderBook], outputs: &mut VecDeque<Output>) {
        debug_assert_eq!(books.len(), usize::from(self.channels));
        let opening = match &self.stage {
            Stage::ReadingLocations => Some(Operation::ReadLocations),
            Stage::ReadingStock(after) => Some(Operation::ReadStock {
                after: after.clone(),
            }),
            Stage::Ready => None,
        };
        match opening {
            Some(operation) => {
                if !self.stage_under_way
                    && let Some(held) = self.afford(now)
                {
                    self.stage_under_way = true;
                    self.send(now, operation, held, outputs);
                }
            }
            None => self.pump_ready(now, books, outputs),
        }
        self.rearm(now);
    }

    fn pump_ready(&mut self, now: Micros, books: &[OrderBook], outputs: &mut VecDeque<Output>) {
        // Cancellations, whole and in part, go first, for sales that are known may have been of the units they free.
        while !self.cancels.is_empty()
            && let Some(held) = self.afford(now)
        {
            let allocation = self.cancels.pop_front().expect("not empty");
            self.send(now, Operation::Cancel { allocation }, held, outputs);
        }
        while let Some(&(channel, order, allocation)) = self.reductions.front() {
            let Some(booked) = books[channel.0 as usize].get(order) else {
                self.reductions.pop_front();
                continue;
            };
            let Some(held) = self.afford(now) else {
                break;
            };
            self.reductions.pop_front();
            let operation = Operation::Reduce {
                channel,
                order,
                allocation,
                wanted: booked.current_lines().collect(),
            };
            self.send(now, operation, held, outputs);
        }
        self.wanted.extend(self.waiting.take_due(now));
        while self.allocation_due() <= now
            && let Some(held) = self.afford(now)
        {
            let batch = self.next_batch(now, books);
            if batch.is_empty() {
                self.budget.let_go(held);
            } else {
                self.allocating += 1;
                self.allocate_at = now + ALLOCATION_PAUSE;
                self.send(now, Operation::Allocate { batch }, held, outputs);
            }
        }
        while now >= self.release_at
            && !self.releases.is_empty()
            && let Some(held) = self.afford(now)
        {
            let allocations = self
                .releases
                .drain(..self.releases.len().min(1_000))
                .collect();
            self.send(now, Operation::Release { allocations }, held, outputs);
        }
        for reader in 0..self.readers.len() {
            if self.readers[reader].due() <= now
                && let Some(held) = self.afford(now)
            {
                let reader = &mut self.readers[reader];
                reader.reading = true;
                let operation = Operation::ReadChanges {
                    after: reader.cursor.unwrap_or(0),
                    wait_ms: reader.wait_ms,
                    kinds: reader.kinds,
                };
                self.send(now, operation, held, outputs);
            }
        }
    }

    /// The requests of the next allocation call. Orders whose units are not there yet are put aside.
    fn next_batch(&mut self, now: Micros, books: &[OrderBook]) -> Vec<AllocationRequest> {
        let mut batch = Vec::new();
        while batch.len() < ALLOCATION_BATCH
            && let Some(wanted) = self.wanted.pop_front()
        {
            match self.lacking(now, books, wanted) {
                Some(sku) => self.waiting.put(sku, wanted),
                None => batch.extend(self.request_for(books, wanted)),
            }
        }
        batch
    }

    /// A SKU of which the order's units are not there, as far as is known, while it is worth waiting for them.
    fn lacking(
        &self,
        now: Micros,
        books: &[OrderBook],
        wanted: AllocationWanted,
    ) -> Option<SkuIndex> {
        if now >= wanted.patient_until {
            return None;
        }
        let booked = books[wanted.channel.0 as usize].get(wanted.order)?;
        let mut lines = booked.lines.iter();
        let lacking = lines.find(|line| {
            self.stock.open_to(line.sku, wanted.channel) < i64::from(line.current_units)
        });
        lacking.map(|line| line.sku)
    }

    /// The allocation request for an order, routed by what the engine believes to be where; the units are taken from that
    /// belief at once, so that the next order does not count on them.
    fn request_for(
        &mut self,
        books: &[OrderBook],
        wanted: AllocationWanted,
    ) -> Option<AllocationRequest> {
        let booked = books[wanted.channel.0 as usize].get(wanted.order)?;
        let lines: Vec<LineRequest> = booked
            .lines
            .iter()
            .filter(|line| line.current_units > 0)
            .map(|line| {
                let units = line.current_units;
                let ship_to = booked.ship_to.as_ref();
                let location = self.stock.route(line.sku, units, wanted.channel, ship_to);
                if let Some(location) = location {
                    self.stock.add(line.sku, location, -i64::from(units));
                }
                LineRequest {
                    line: line.id,
                    sku: line.sku,
                    units,
                    location,
                }
            })
            .collect();
        if lines.is_empty() {
            return None;
        }
        Some(AllocationRequest {
            channel: wanted.channel,
            order: wanted.order,
            // Released meanwhile: then there is nothing to hold.
            hold: wanted.hold && !booked.released,
            ship_to: booked.ship_to.clone(),
            lines,
        })
    }

    /// When the next allocation call may leave; never while there is nothing to ask, or too much is being asked.
    fn allocation_due(&self) -> Micros {
        if self.wanted.is_empty() || self.allocating >= ALLOCATION_CALLS {
            Micros::MAX
        } else if self.wanted.len() >= ALLOCATION_BATCH {
            Micros::ZERO
        } else {
            self.allocate_at
        }
    }

    fn rearm(&mut self, now: Micros) {
        let waiting = match self.stage {
            Stage::ReadingLocations | Stage::ReadingStock(_) => !self.stage_under_way,
            Stage::Ready => !self.cancels.is_empty() || !self.reductions.is_empty(),
        };
        let due = if waiting {
            Micros::ZERO
        } else if self.stage == Stage::Ready {
            let release_due = if self.releases.is_empty() {
                Micros::MAX
            } else {
                self.release_at
            };
            let reads = self.readers.iter().map(ChangeReader::due);
            reads
                .fold(release_due, Micros::min)
                .min(self.allocation_due())
                .min(self.waiting.next_due())
        } else {
            Micros::MAX
        };
        self.next_wake = if due == Micros::MAX {
            Micros::MAX
        } else {
            due.max(self.blocked_until).max(now)
        };
    }
}
