//! What the shop knows, in dense vectors: orders refer to lines, fulfillments and refunds by position.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::annotations::{OrderNotes, Tagged};
use super::bulk::BulkOperation;
use super::catalogue::{Departures, Skus};
use super::customers::{CustomerRef, OwnCustomer};
use super::fulfillment::{
    Fulfillment, FulfillmentEvent, FulfillmentLine, FulfillmentOrder, FulfillmentOrderLine, Hold,
    Progress,
};
use super::ids;
use super::locations::Location;
use super::made::{MadeLine, MadeOrder, Payment};
use super::metafields::Metafields;
use super::orders::{Edit, Job, Line, Order};
use super::products::{FormerTexts, ProductDetails};
use super::refunds::{Refund, RefundLine};
use super::returns::{Return, ReturnLine};
use super::search_index::SearchIndex;
use super::span::NONE;
use super::stock::Stock;
use super::subscriptions::Subscription;
use crate::core::profile::put_in_force;
use crate::core::{FaultCounts, Micros, Shop, Telling};
use crate::shopify::profile::Profile;

/// Everything the shop knows.
pub(crate) struct State {
    /// What the shop was opened with. Apps may have changed SKUs, titles and prices of its listings since.
    pub(crate) shop: Shop,
    /// Its limits and delays: the profile in force.
    pub(crate) profile: Profile,
    /// The profile the shop was opened with, while values are laid over it.
    pub(crate) laid_over: Option<Box<Profile>>,
    /// When the profile in force came into force.
    pub(crate) in_force_since: Micros,
    pub(crate) faults: FaultCounts,
    /// Its `myshopify.com` domain.
    pub(crate) domain: String,
    /// Orders.
    pub(crate) orders: Vec<Order>,
    /// Lines of orders.
    pub(crate) lines: Vec<Line>,
    /// Fulfillment orders.
    pub(crate) fulfillment_orders: Vec<FulfillmentOrder>,
    /// Lines of fulfillment orders.
    pub(crate) fulfillment_order_lines: Vec<FulfillmentOrderLine>,
    /// Fulfillments.
    pub(crate) fulfillments: Vec<Fulfillment>,
    /// Lines of fulfillments.
    pub(crate) fulfillment_lines: Vec<FulfillmentLine>,
    /// Events of fulfillments.
    pub(crate) fulfillment_events: Vec<FulfillmentEvent>,
    /// Refunds.
    pub(crate) refunds: Vec<Refund>,
    /// Lines of refunds.
    pub(crate) refund_lines: Vec<RefundLine>,
    /// Notes of refunds that have one.
    pub(crate) refund_notes: IndexMap<u32, String, FxBuildHasher>,
    /// Fulfillment orders that orders got after their birth, by order.
    pub(crate) later_fulfillment_orders: IndexMap<u32, Vec<u32>, FxBuildHasher>,
    /// Holds on fulfillment orders, ended ones included.
    pub(crate) holds: Vec<Hold>,
    /// Bulk operations.
    pub(crate) bulk_operations: Vec<BulkOperation>,
    /// Tags, of what has any.
    pub(crate) tags: IndexMap<Tagged, Vec<String>, FxBuildHasher>,
    /// Metafields and their definitions.
    pub(crate) metafields: Metafields,
    /// What apps have written on orders.
    pub(crate) order_notes: IndexMap<u32, OrderNotes, FxBuildHasher>,
    /// What orders have that apps made.
    pub(crate) made_orders: IndexMap<u32, MadeOrder, FxBuildHasher>,
    /// What lines have of orders that apps made.
    pub(crate) made_lines: IndexMap<u32, MadeLine, FxBuildHasher>,
    /// Payments of orders that apps made.
    pub(crate) payments: Vec<Payment>,
    /// Returns that apps keep.
    pub(crate) returns: Vec<Return>,
    /// Lines of returns.
    pub(crate) return_lines: Vec<ReturnLine>,
    /// The returns of orders that have any, oldest first.
    pub(crate) returns_of: IndexMap<u32, Vec<u32>, FxBuildHasher>,
    /// Customers that apps made.
    pub(crate) own_customers: Vec<OwnCustomer>,
    /// Customers that apps set on orders, or took off them.
    pub(crate) set_customers: IndexMap<u32, Option<CustomerRef>, FxBuildHasher>,
    /// Staff notes of cancelled orders.
    pub(crate) staff_notes: IndexMap<u32, String, FxBuildHasher>,
    /// When fulfillment orders must have shipped that have a deadline, in microseconds of Unix time.
    pub(crate) deadlines: IndexMap<u32, i64, FxBuildHasher>,
    /// The locations, beside the names and countries that `shop` has.
    pub(crate) locations: Vec<Location>,
    /// What apps have written on products, of those that they have changed.
    pub(crate) products: IndexMap<u32, ProductDetails, FxBuildHasher>,
    /// Texts of products before they were changed, oldest first, for the lines of orders from before.
    pub(crate) former_texts: IndexMap<u32, Vec<FormerTexts>, FxBuildHasher>,
    /// The next number to try behind a handle that products were given after their titles.
    pub(crate) handle_numbers: IndexMap<String, u32, FxBuildHasher>,
    /// How many listings the shop was opened with; those behind them were made by apps, and nobody buys them.
    pub(crate) opened_listings: u32,
    /// Products that apps deleted.
    pub(crate) departures: Departures,
    /// Stock.
    pub(crate) stock: Stock,
    /// Listings by SKU.
    pub(crate) skus: Skus,
    /// What searches see of the orders.
    pub(crate) index: SearchIndex,
    /// Webhook subscriptions, removed ones included.
    pub(crate) subscriptions: Vec<Subscription>,
    /// Inventory adjustments made so far.
    pub(crate) adjustments: u64,
    /// Order edits.
    pub(crate) edits: Vec<Edit>,
    /// Jobs.
    pub(crate) jobs: Vec<Job>,
    /// What the body that is being written tells of orders.
    pub(crate) telling: Telling,
}

impl State {
    /// An empty shop that displays nothing.
    pub(crate) fn new(shop: Shop, profile: Profile, domain: String) -> State {
        let skus = Skus::of(&shop.listings);
        let mut stock = Stock::new(shop.listings.len(), shop.locations.len());
        stock.past.set_reach(profile.delay.read_lag.upper_bound());
        let locations = shop.locations.iter();
        let locations = locations.map(|_| Location::opened()).collect();
        State {
            locations,
            products: IndexMap::default(),
            former_texts: IndexMap::default(),
            handle_numbers: IndexMap::default(),
            opened_listings: shop.listings.len() as u32,
            departures: Departures::default(),
            stock,
            skus,
            index: SearchIndex::default(),
            shop,
            profile,
            laid_over: None,
            in_force_since: Micros::ZERO,
            faults: FaultCounts::default(),
            domain,
            orders: Vec::new(),
            lines: Vec::new(),
            fulfillment_orders: Vec::new(),
            fulfillment_order_lines: Vec::new(),
            fulfillments: Vec::new(),
            fulfillment_lines: Vec::new(),
            fulfillment_events: Vec::new(),
            refunds: Vec::new(),
            refund_lines: Vec::new(),
            refund_notes: IndexMap::default(),
            edits: Vec::new(),
            later_fulfillment_orders: IndexMap::default(),
            holds: Vec::new(),
            bulk_operations: Vec::new(),
            tags: IndexMap::default(),
            metafields: Metafields::default(),
            order_notes: IndexMap::default(),
            made_orders: IndexMap::default(),
            made_lines: IndexMap::default(),
            payments: Vec::new(),
            returns: Vec::new(),
            return_lines: Vec::new(),
            returns_of: IndexMap::default(),
            own_customers: Vec::new(),
            set_customers: IndexMap::default(),
            staff_notes: IndexMap::default(),
            deadlines: IndexMap::default(),
            subscriptions: Vec::new(),
            adjustments: 0,
            jobs: Vec::new(),
            telling: Telling::default(),
        }
    }

    /// The tags of an object.
    pub(crate) fn tags_of(&self, owner: Tagged) -> &[String] {
        self.tags.get(&owner).map_or(&[], Vec::as_slice)
    }

    /// The order of a gid; one that was deleted is there no more.
    pub(crate) fn find_order(&self, gid: &str) -> Option<u32> {
        let found = ids::ORDER.find(gid, self.orders.len());
        found.filter(|at| !self.orders[*at as usize].is_deleted)
    }

    /// The profile that the shop was opened with.
    pub(crate) fn opened_with(&self) -> &Profile {
        self.laid_over.as_deref().unwrap_or(&self.profile)
    }

    /// Lets a profile come into force in place of the present one.
    pub(crate) fn put_in_force(&mut self, now: Micros, profile: Profile) {
        self.in_force_since = now;
        let reach = profile.delay.read_lag.upper_bound();
        self.stock.past.set_reach(reach);
        put_in_force(profile, &mut self.profile, &mut self.laid_over);
    }

    /// The fulfillment orders of an order, in the order of their making.
    pub(crate) fn fulfillment_orders_of(&self, order: u32) -> impl Iterator<Item = u32> + '_ {
        let born_with = self.orders[order as usize].fulfillment_orders.range();
        let later = self.later_fulfillment_orders.get(&order);
        born_with
            .map(|at| at as u32)
            .chain(later.into_iter().flatten().copied())
    }

    /// Whether a fulfillment order is there for apps to see: its order has been routed by now.
    pub(crate) fn is_routed(&self, fulfillment_order: u32, now: Micros) -> bool {
        let order = self.fulfillment_orders[fulfillment_order as usize].order;
        let order = &self.orders[order as usize];
        order.routed_at <= now && !order.is_deleted
    }

    /// The fulfillment order of a gid, if apps can see it by now.
    pub(crate) fn routed_fulfillment_order(&self, gid: &str, now: Micros) -> Option<u32> {
        ids::FULFILLMENT_ORDER
            .find(gid, self.fulfillment_orders.len())
            .filter(|at| self.is_routed(*at, now))
    }

    /// When a fulfillment order changed last: never before it came to be, by the routing of its order.
    pub(crate) fn fulfillment_order_updated_at(&self, at: u32) -> Micros {
        let record = &self.fulfillment_orders[at as usize];
        let order = &self.orders[record.order as usize];
        record.updated_at.max(order.routed_at)
    }

    /// The fulfillments of an order, oldest first.
    pub(crate) fn fulfillments_of(&self, order: &Order) -> Vec<u32> {
        let mut found = Vec::new();
        let mut next = order.last_fulfillment;
        while next != NONE {
            found.push(next);
            next = self.fulfillments[next as usize].previous;
        }
        found.reverse();
        found
    }

    /// The refunds of an order, oldest first.
    pub(crate) fn refunds_of(&self, order: &Order) -> Vec<u32> {
        let mut found = Vec::new();
        let mut next = order.last_refund;
        while next != NONE {
            found.push(next);
            next = self.refunds[next as usize].previous;
        }
        found.reverse();
        found
    }

    /// Units that a fulfillment order still has to ship.
    pub(crate) fn remaining(&self, fulfillment_order: &FulfillmentOrder) -> u32 {
        fulfillment_order
            .lines()
            .map(|at| self.fulfillment_order_lines[at].remaining)
            .sum()
    }

    /// What the staff see of an order's fulfilment: on hold, or in progress, when all that is still to be shipped is
    /// (docs/platforms/shopify.md 7).
    pub(crate) fn display_fulfillment_status(&self, position: u32) -> &'static str {
        let (status, _) = self.orders[position as usize].fulfillment_status();
        let mut open = self
            .fulfillment_orders_of(position)
            .map(|at| &self.fulfillment_orders[at as usize])
            .filter(|record| self.remaining(record) > 0)
            .map(|record| record.progress);
        let Some(progress) = open.next() else {
            return status;
        };
        match progress {
            Progress::None => status,
            alike if open.any(|other| other != alike) => status,
            Progress::OnHold => "ON_HOLD",
            Progress::Reported if status == "UNFULFILLED" => "IN_PROGRESS",
            Progress::Reported => status,
        }
    }

    /// Units of an order's line that wait on hold.
    pub(crate) fn held(&self, line: u32) -> u32 {
        let living = self.holds.iter().filter(|hold| hold.is_alive);
        let mut held_orders: Vec<u32> = living.map(|hold| hold.fulfillment_order).collect();
        held_orders.sort_unstable();
        held_orders.dedup();
        held_orders
            .into_iter()
            .flat_map(|at| self.fulfillment_orders[at as usize].lines())
            .map(|at| &self.fulfillment_order_lines[at])
            .filter(|assigned| assigned.line == line)
            .map(|assigned| assigned.remaining)
            .sum()
    }

    /// The events of a fulfillment, newest first.
    pub(crate) fn events_of(&self, fulfillment: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut next = self.fulfillments[fulfillment as usize].last_event;
        while next != NONE {
            found.push(next);
            next = self.fulfillment_events[next as usize].previous;
        }
        found
    }

    /// What a fulfillment order's state is called, by what remains of it.
    pub(crate) fn fulfillment_order_status(
        &self,
        fulfillment_order: &FulfillmentOrder,
    ) -> &'static str {
        let remaining = self.remaining(fulfillment_order);
        let total: u32 = fulfillment_order
            .lines()
            .map(|at| self.fulfillment_order_lines[at].total)
            .sum();
        if remaining == 0 {
            "CLOSED"
        } else if fulfillment_order.progress == Progress::OnHold {
            "ON_HOLD"
        } else if remaining < total || fulfillment_order.progress == Progress::Reported {
            "IN_PROGRESS"
        } else {
            "OPEN"
        }
    }

    /// Units of a line that fulfillment orders still have to ship.
    pub(crate) fn waiting(&self, order: u32, line: u32) -> u32 {
        self.fulfillment_orders_of(order)
            .flat_map(|at| self.fulfillment_orders[at as usize].lines())
            .map(|at| &self.fulfillment_order_lines[at])
            .filter(|assigned| assigned.line == line)
            .map(|assigned| assigned.remaining)
            .sum()
    }

    /// Takes shipped units out of a line; never more than left and have not come back.
    pub(crate) fn count_as_returned(&mut self, order: u32, line: u32, units: u32) {
        let record = &mut self.lines[line as usize];
        let units = units.min(record.fulfilled - record.returned);
        record.returned += units;
        record.current_quantity = record.current_quantity.saturating_sub(units);
        self.orders[order as usize].returned_units += units;
    }

    /// Where the first shipment of a line left: units come back there unless told otherwise.
    pub(crate) fn shipped_from(&self, position: u32, line: u32) -> u16 {
        self.fulfillments_of(&self.orders[position as usize])
            .into_iter()
            .map(|at| &self.fulfillments[at as usize])
            .filter(|fulfillment| !fulfillment.is_cancelled)
            .find_map(|fulfillment| {
                let lines = &self.fulfillment_lines[fulfillment.lines.range()];
                lines
                    .iter()
                    .any(|shipped| shipped.line == line)
                    .then_some(fulfillment.location)
            })
            .unwrap_or(0)
    }
}
