//! The whole state of a shop, what it does by itself in time, and what buyers and staff do to it.

pub(crate) mod access;
pub(crate) mod acts;
mod cancellations;
pub(crate) mod events;
mod lifecycle;
mod products;
mod removals;
mod returns;
pub(crate) mod shipping;
mod stock;
pub(crate) mod subscriptions;
pub(crate) mod timers;

use std::collections::VecDeque;

use crate::core::profile::put_in_force;
use crate::core::{Fact, FaultCounts, ListingIndex, Micros, Shop};

use super::model::cancellations::Cancellations;
use super::model::catalogue::Catalogue;
use super::model::external_orders::ExternalOrders;
use super::model::orders::{Order, Orders};
use super::model::returns::Returns;
use super::model::stock::{PendingWrites, Stock};
use super::profile::Profile;
use access::{Access, Credentials};
use events::Event;
use subscriptions::Subscriptions;
use timers::Timers;

/// Keys of the shop's random streams, one for each purpose.
#[derive(Debug)]
struct Keys {
    propagation: u64,
    search_lag: u64,
    unpaid: u64,
    collection: u64,
    transit: u64,
    completion: u64,
    partial_failure: u64,
}

/// What a shop has to tell, in the order in which it arose.
#[derive(Debug)]
pub(crate) enum News {
    /// For the ledger.
    Fact(Fact),
    /// For webhooks, with the time at which it was raised.
    Event(Micros, Event),
    /// It is time for this delivery.
    Send(Micros, u32),
}

/// The state of a shop.
#[derive(Debug)]
pub(crate) struct ShopState {
    /// What the shop was opened with.
    pub(crate) seed: Shop,
    /// The profile in force.
    pub(crate) profile: Profile,
    /// The profile the shop was opened with, while values are laid over it.
    pub(crate) laid_over: Option<Box<Profile>>,
    /// When the profile in force came into force.
    pub(crate) in_force_since: Micros,
    pub(crate) faults: FaultCounts,
    pub(crate) catalogue: Catalogue,
    pub(crate) stock: Stock,
    pub(crate) writes: PendingWrites,
    pub(crate) orders: Orders,
    pub(crate) cancellations: Cancellations,
    pub(crate) returns: Returns,
    pub(crate) external_orders: ExternalOrders,
    pub(crate) access: Access,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) timers: Timers,
    news: VecDeque<News>,
    keys: Keys,
}

impl ShopState {
    pub(crate) fn open(seed: Shop, profile: Profile, credentials: Credentials) -> ShopState {
        let key = |purpose: &str| seed.seed.key(&seed.name, purpose);
        let profile = profile.for_shop(&seed);
        let mut stock = Stock::new(
            seed.listings.len(),
            seed.locations.len().max(1),
            profile.inventory.auto_restock,
        );
        let reach = profile.inventory.read_lag.upper_bound();
        stock.past.set_reach(reach);
        ShopState {
            catalogue: Catalogue::new(&seed, profile.skus_per_product),
            stock,
            writes: PendingWrites::default(),
            orders: Orders::default(),
            cancellations: Cancellations::default(),
            returns: Returns::default(),
            external_orders: ExternalOrders::default(),
            access: Access::new(credentials, &profile.token, key("tokens")),
            subscriptions: Subscriptions::new(profile.webhooks.inventory_route),
            timers: Timers::default(),
            news: VecDeque::new(),
            keys: Keys {
                propagation: key("propagation"),
                search_lag: key("search lag"),
                unpaid: key("unpaid"),
                collection: key("collection"),
                transit: key("transit"),
                completion: key("completion"),
                partial_failure: key("partial failure"),
            },
            laid_over: None,
            in_force_since: Micros::ZERO,
            faults: FaultCounts::default(),
            seed,
            profile,
        }
    }

    /// The profile that the shop was opened with.
    pub(crate) fn opened_with(&self) -> &Profile {
        self.laid_over.as_deref().unwrap_or(&self.profile)
    }

    /// Lets a profile come into force in place of the present one.
    pub(crate) fn put_in_force(&mut self, now: Micros, by_client: Micros, profile: Profile) {
        if now > self.in_force_since {
            self.access.end_outlived(by_client, &self.profile.token);
        }
        self.in_force_since = now;
        self.stock.auto_restock_default = profile.inventory.auto_restock;
        let reach = profile.inventory.read_lag.upper_bound();
        self.stock.past.set_reach(reach);
        self.subscriptions
            .set_route(profile.webhooks.inventory_route);
        put_in_force(profile, &mut self.profile, &mut self.laid_over);
    }

    /// Takes the oldest news.
    pub(crate) fn take_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// Ends the read under way, and tells of which listings it has shown older counts.
    pub(crate) fn end_read(&mut self) {
        for listing in self.stock.end_read() {
            let listing = ListingIndex(listing);
            self.fact(Fact::ReadStale { listing });
        }
    }

    fn fact(&mut self, fact: Fact) {
        self.news.push_back(News::Fact(fact));
    }

    /// Raises an event; without a listener nothing happens.
    fn raise(&mut self, now: Micros, event: Event) {
        if self.subscriptions.listener(&event).is_some() {
            self.news.push_back(News::Event(now, event));
        }
    }

    /// The undecided cancellation of an order.
    fn pending_cancellation(&self, order: u32) -> Option<u32> {
        self.cancellations.pending_of(self.orders.order(order))
    }

    pub(crate) fn is_cancel_pending(&self, order: &Order) -> bool {
        self.cancellations.pending_of(order).is_some()
    }
}
