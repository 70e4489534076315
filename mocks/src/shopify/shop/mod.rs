//! The store: its whole state, what it does by itself in time, and what it tells, namely facts to the ledger and notices
//! to subscribers. What changes here changes in the same way whoever causes it (docs/platforms/shopify.md 4.1 and 5.5).

mod annotations;
mod bulk;
mod cancellation;
mod checkout;
mod deletion;
mod delisting;
mod edits;
mod fulfillment_orders;
mod locations;
pub(crate) mod making;
mod metafields;
pub(crate) mod notices;
mod payments;
mod products;
pub(crate) mod refunds;
mod returns;
pub(crate) mod shipping;
pub(crate) mod stock;
pub(crate) mod writes;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::core::random::mix;
use crate::core::{Fact, ListingIndex, Micros, Output, Shop, Stream};
use crate::shopify::model::made::Financial;
use crate::shopify::model::search_index::Entry;
use crate::shopify::model::state::State;
use crate::shopify::profile::Profile;
use notices::Notice;
use writes::PendingWrites;

/// The store.
pub(crate) struct Store {
    pub(crate) state: State,
    /// What the driver has not taken yet; facts stand between responses and deliveries in the order of their happening.
    pub(crate) outbox: VecDeque<Output<Fact>>,
    /// What subscribers are owed and nobody has begun to deliver.
    pub(crate) notices: Vec<Notice>,
    /// Jobs by the time they are done.
    jobs_due: BinaryHeap<Reverse<(Micros, u32)>>,
    /// Listings that jobs delete, by the time they do.
    delisting_due: BinaryHeap<Reverse<(Micros, u32)>>,
    /// Bulk operations by the time they end.
    bulk_due: BinaryHeap<Reverse<(Micros, u32)>>,
    writes: PendingWrites,
    keys: Keys,
    events: u64,
    /// When apps made the newest orders, where their number in a minute is limited.
    made_at: VecDeque<Micros>,
}

/// Keys of the random streams.
struct Keys {
    search_index: u64,
    order_routing: u64,
    cancel_job: u64,
    bulk_operation: u64,
    write_to_live: u64,
    validation_job: u64,
    delisting_job: u64,
}

impl Store {
    /// A store without orders that displays nothing.
    pub(crate) fn new(shop: Shop, profile: Profile, domain: String) -> Store {
        let key = |purpose: &str| shop.seed.key(&shop.name, purpose);
        let keys = Keys {
            search_index: key("search_index"),
            order_routing: key("order_routing"),
            cancel_job: key("cancel_job"),
            bulk_operation: key("bulk_operation"),
            write_to_live: key("write_to_live"),
            validation_job: key("validation_job"),
            delisting_job: key("delisting_job"),
        };
        Store {
            state: State::new(shop, profile, domain),
            outbox: VecDeque::new(),
            notices: Vec::new(),
            jobs_due: BinaryHeap::new(),
            delisting_due: BinaryHeap::new(),
            bulk_due: BinaryHeap::new(),
            writes: PendingWrites::default(),
            keys,
            events: 0,
            made_at: VecDeque::new(),
        }
    }

    /// Tells the ledger. It keeps the listings that the shop was opened with: of what apps make it hears nothing.
    /// Ends the read under way, and tells of which listings it has shown older counts.
    pub(crate) fn end_read(&mut self) {
        for listing in self.state.stock.end_read() {
            let listing = ListingIndex(listing);
            self.fact(Fact::ReadStale { listing });
        }
    }

    pub(crate) fn fact(&mut self, fact: Fact) {
        if let Fact::Displayed { listing, .. } | Fact::UnitsRemoved { listing, .. } = &fact
            && self.state.is_made(listing.0)
        {
            return;
        }
        self.outbox.push_back(Output::Fact(fact));
    }

    /// Archives an order that is done, in a shop that does so by itself.
    pub(crate) fn archive_if_done(&mut self, now: Micros, position: u32) {
        let record = &self.state.orders[position as usize];
        let is_open = record.closed_at == Micros::MAX && !record.is_cancelled();
        let has_shipped = record.fulfillment_status().0 == "FULFILLED";
        let is_archived = self.state.profile.shop.archives_orders
            && is_open
            && has_shipped
            && self.state.financial_status(position) == Some(Financial::Paid);
        if is_archived {
            self.state.orders[position as usize].closed_at = now;
        }
    }

    /// Notes that an order changed: its time moves on, and searches will see it after their lag.
    pub(crate) fn touch(&mut self, now: Micros, position: u32) {
        let order = &mut self.state.orders[position as usize];
        order.updated_at = now;
        order.changes += 1;
        let entity = mix(u64::from(position), u64::from(order.changes));
        let mut stream = Stream::new(self.keys.search_index, entity);
        let lag = self.state.profile.delay.search_index.draw(&mut stream);
        if let Some(base) = &self.state.laid_over {
            let usual = base.delay.search_index.usually_within();
            self.state.faults.late_listing.offer(lag > usual);
        }
        let fraction = self.state.shop.epoch.unix_micros.rem_euclid(1_000_000) as u64;
        let financial = self.state.financial_status(position);
        let order = &self.state.orders[position as usize];
        let entry = Entry::of(order, financial, fraction);
        self.state.index.schedule(now, now + lag, position, entry);
    }
}
