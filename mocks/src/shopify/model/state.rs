//! What the shop knows, in dense vectors: orders refer to lines, fulfillments and refunds by position.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::shopify::api::bulk::BulkOperation;
use crate::shopify::profile::Profile;
use super::search_index::SearchIndex;
use super::subscriptions::Subscription;
use crate::core::{Micros, Shop};

/// No position.
pub const NONE: u32 = u32::MAX;

/// A run of consecutive positions.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub start: u32,
    /// How many.
    pub len: u32,
}

impl Span {
    /// The positions.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

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

/// What one location ships of one order.
#[derive(Clone, Debug)]
pub struct FulfillmentOrder {
    /// Its order.
    pub order: u32,
    /// The location.
    pub location: u16,
    /// Its lines.
    pub lines: Span,
    /// Its last change.
    pub updated_at: Micros,
    /// What the staff have said about it.
    pub progress: Progress,
}

/// What the staff have said about a fulfillment order.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    #[default]
    None,
    /// That work on it has begun.
    Reported,
    /// That it has to wait.
    OnHold,
}

/// A hold on a fulfillment order.
#[derive(Clone, Debug)]
pub struct Hold {
    /// The fulfillment order.
    pub fulfillment_order: u32,
    /// Why, as the schema's enum names it.
    pub reason: String,
    /// More about why.
    pub notes: Option<String>,
    /// The app's own name of the hold.
    pub handle: String,
    /// Whether it still holds.
    pub is_alive: bool,
}

/// A line of a fulfillment order.
#[derive(Clone, Debug)]
pub struct FulfillmentOrderLine {
    /// Its fulfillment order.
    pub fulfillment_order: u32,
    /// The order's line.
    pub line: u32,
    /// Units assigned.
    pub total: u32,
    /// Units not shipped yet.
    pub remaining: u32,
}

/// Tracking of a fulfillment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// The carrier.
    pub company: Option<String>,
    /// Tracking numbers.
    pub numbers: Vec<String>,
    /// Tracking addresses.
    pub urls: Vec<String>,
}

/// A shipment.
#[derive(Clone, Debug)]
pub struct Fulfillment {
    /// Its order.
    pub order: u32,
    /// Where it left.
    pub location: u16,
    /// Its number in the order, from 1.
    pub number: u32,
    /// When it was booked.
    pub created_at: Micros,
    /// Its last change.
    pub updated_at: Micros,
    /// Its lines.
    pub lines: Span,
    /// Its tracking.
    pub tracking: Tracking,
    /// The order's fulfillment before it.
    pub previous: u32,
}

/// A line of a shipment.
#[derive(Clone, Debug)]
pub struct FulfillmentLine {
    /// The order's line.
    pub line: u32,
    /// Units.
    pub quantity: u32,
    /// The fulfillment order it was booked against.
    pub fulfillment_order: u32,
}

/// What a refund did with the units (sheet section 3.2).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum RestockType {
    NoRestock,
    Cancel,
    Return,
}

impl RestockType {
    /// GraphQL's word and the payloads' word.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            RestockType::NoRestock => ("NO_RESTOCK", "no_restock"),
            RestockType::Cancel => ("CANCEL", "cancel"),
            RestockType::Return => ("RETURN", "return"),
        }
    }

    /// By GraphQL's word or the payloads' word.
    pub fn named(word: &str) -> Option<RestockType> {
        [
            RestockType::NoRestock,
            RestockType::Cancel,
            RestockType::Return,
        ]
        .into_iter()
        .find(|kind| kind.words().0 == word || kind.words().1 == word)
    }
}

/// A refund.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Its order.
    pub order: u32,
    /// When.
    pub created_at: Micros,
    /// How much.
    pub amount_cents: i64,
    /// Its lines.
    pub lines: Span,
    /// The order's refund before it.
    pub previous: u32,
}

/// A line of a refund.
#[derive(Clone, Debug)]
pub struct RefundLine {
    /// The order's line.
    pub line: u32,
    /// Units.
    pub quantity: u32,
    /// Where units went back to stock.
    pub location: u16,
    /// What became of the units.
    pub restock: RestockType,
}

/// Stock of one item at one location (sheet section 4.1). `on_hand` is the sum of all but `incoming`.
#[derive(Clone, Debug)]
pub struct Level {
    /// Whether the location stocks the item.
    pub is_active: bool,
    /// Units that can be sold; may be negative.
    pub available: i64,
    /// Units of orders not yet shipped.
    pub committed: i64,
    /// Other states, in the order of [`OTHER_STATES`].
    pub others: [i64; 5],
    /// The last change of `available`.
    pub updated_at: Micros,
}

impl Default for Level {
    fn default() -> Level {
        Level {
            is_active: true,
            available: 0,
            committed: 0,
            others: [0; 5],
            updated_at: Micros::ZERO,
        }
    }
}

/// States that are neither available nor committed; `incoming` stands apart from `on_hand`.
pub const OTHER_STATES: [&str; 5] = [
    "damaged",
    "quality_control",
    "reserved",
    "safety_stock",
    "incoming",
];

impl Level {
    /// Units physically there.
    pub fn on_hand(&self) -> i64 {
        self.available + self.committed + self.others[..4].iter().sum::<i64>()
    }

    /// The quantity of a state; `None` when there is no such state.
    pub fn quantity(&self, name: &str) -> Option<i64> {
        match name {
            "available" => Some(self.available),
            "committed" => Some(self.committed),
            "on_hand" => Some(self.on_hand()),
            other => OTHER_STATES
                .iter()
                .position(|n| *n == other)
                .map(|at| self.others[at]),
        }
    }
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

/// Everything the shop knows.
pub struct State {
    /// What the shop was opened with.
    pub shop: Shop,
    /// Its limits and delays.
    pub profile: Profile,
    /// Its `myshopify.com` domain.
    pub domain: String,
    /// Orders.
    pub orders: Vec<Order>,
    /// Lines of orders.
    pub lines: Vec<Line>,
    /// Fulfillment orders.
    pub fulfillment_orders: Vec<FulfillmentOrder>,
    /// Lines of fulfillment orders.
    pub fulfillment_order_lines: Vec<FulfillmentOrderLine>,
    /// Fulfillments.
    pub fulfillments: Vec<Fulfillment>,
    /// Lines of fulfillments.
    pub fulfillment_lines: Vec<FulfillmentLine>,
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// Lines of refunds.
    pub refund_lines: Vec<RefundLine>,
    /// Notes of refunds that have one.
    pub refund_notes: IndexMap<u32, String, FxBuildHasher>,
    /// Fulfillment orders that orders got after their birth, by order.
    pub later_fulfillment_orders: IndexMap<u32, Vec<u32>, FxBuildHasher>,
    /// Holds on fulfillment orders, ended ones included.
    pub holds: Vec<Hold>,
    /// Bulk operations.
    pub bulk_operations: Vec<BulkOperation>,
    /// Staff notes of cancelled orders.
    pub staff_notes: IndexMap<u32, String, FxBuildHasher>,
    /// Stock, listing by listing, within a listing location by location.
    pub levels: Vec<Level>,
    /// How many levels are not active.
    pub inactive_levels: usize,
    /// Sum of `available` by listing: what buyers can buy.
    pub displayed: Vec<i64>,
    /// Listings by SKU; of equal SKUs the first.
    pub skus: IndexMap<String, u32, FxBuildHasher>,
    /// What searches see of the orders.
    pub index: SearchIndex,
    /// Webhook subscriptions, removed ones included.
    pub subscriptions: Vec<Subscription>,
    /// Jobs.
    pub jobs: Vec<Job>,
}

impl State {
    /// An empty shop that displays nothing.
    pub fn new(shop: Shop, profile: Profile, domain: String) -> State {
        let mut skus = IndexMap::default();
        for (position, listing) in shop.listings.iter().enumerate() {
            skus.entry(listing.sku.clone()).or_insert(position as u32);
        }
        State {
            levels: vec![Level::default(); shop.listings.len() * shop.locations.len()],
            inactive_levels: 0,
            displayed: vec![0; shop.listings.len()],
            skus,
            index: SearchIndex::default(),
            shop,
            profile,
            domain,
            orders: Vec::new(),
            lines: Vec::new(),
            fulfillment_orders: Vec::new(),
            fulfillment_order_lines: Vec::new(),
            fulfillments: Vec::new(),
            fulfillment_lines: Vec::new(),
            refunds: Vec::new(),
            refund_lines: Vec::new(),
            refund_notes: IndexMap::default(),
            later_fulfillment_orders: IndexMap::default(),
            holds: Vec::new(),
            bulk_operations: Vec::new(),
            staff_notes: IndexMap::default(),
            subscriptions: Vec::new(),
            jobs: Vec::new(),
        }
    }

    /// The level of a listing at a location.
    pub fn level(&self, listing: u32, location: u16) -> &Level {
        &self.levels[listing as usize * self.shop.locations.len() + usize::from(location)]
    }

    /// The level of a listing at a location, to change it. Whoever changes `available` goes through
    /// [`State::change_available`].
    pub fn level_mut(&mut self, listing: u32, location: u16) -> &mut Level {
        &mut self.levels[listing as usize * self.shop.locations.len() + usize::from(location)]
    }

    /// Changes `available` and the displayed sum with it.
    pub fn change_available(&mut self, now: Micros, listing: u32, location: u16, delta: i64) {
        let level = self.level_mut(listing, location);
        level.available += delta;
        level.updated_at = now;
        self.displayed[listing as usize] += delta;
    }

    /// The fulfillment orders of an order, in the order of their making.
    pub fn fulfillment_orders_of(&self, order: u32) -> impl Iterator<Item = u32> + '_ {
        let born_with = self.orders[order as usize].fulfillment_orders.range();
        let later = self.later_fulfillment_orders.get(&order);
        born_with
            .map(|at| at as u32)
            .chain(later.into_iter().flatten().copied())
    }

    /// The fulfillments of an order, oldest first.
    pub fn fulfillments_of(&self, order: &Order) -> Vec<u32> {
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
    pub fn refunds_of(&self, order: &Order) -> Vec<u32> {
        let mut found = Vec::new();
        let mut next = order.last_refund;
        while next != NONE {
            found.push(next);
            next = self.refunds[next as usize].previous;
        }
        found.reverse();
        found
    }

    /// Units of a line that wait to be shipped.
    pub fn fulfillable(&self, line: &Line) -> u32 {
        line.current_quantity
            .saturating_sub(line.fulfilled - line.returned)
    }

    /// What a fulfillment order's state is called, by what remains of it.
    pub fn fulfillment_order_status(&self, fulfillment_order: &FulfillmentOrder) -> &'static str {
        let lines = &self.fulfillment_order_lines[fulfillment_order.lines.range()];
        let remaining: u32 = lines.iter().map(|line| line.remaining).sum();
        let total: u32 = lines.iter().map(|line| line.total).sum();
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
}
