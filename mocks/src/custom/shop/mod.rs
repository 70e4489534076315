//! The whole state of a shop, what it does by itself in time, and what buyers and staff do to it.

pub(crate) mod access;
mod acts;
pub(crate) mod cancellation;
pub(crate) mod events;
mod lifecycle;
pub(crate) mod shipping;
pub(crate) mod stock;
pub(crate) mod subscriptions;
pub(crate) mod timers;
pub(crate) mod view;

use std::collections::VecDeque;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::core::profile::put_in_force;
use crate::core::timers::Timers;
use crate::core::{Fact, FaultCounts, ListingIndex, Micros, Shop};

use super::model::orders::Orders;
use super::model::stock::Stock;
use super::profile::Profile;
use access::{Access, Credentials};
use events::Event;
use subscriptions::Subscriptions;
use timers::Due;

/// Keys of the shop's random streams, one for each purpose.
#[derive(Debug)]
struct Keys {
    write_to_live: u64,
    list_lag: u64,
    unpaid: u64,
    hold: u64,
}

/// What a shop has to tell, in the order in which it arose.
#[derive(Debug)]
pub(crate) enum News {
    /// For the ledger.
    Fact(Fact),
    /// For webhooks, with the time at which it was raised.
    Event(Micros, Event),
    /// It is time for this delivery.
    Send(u32),
}

/// The state of a shop.
#[derive(Debug)]
pub(crate) struct ShopState {
    /// What the shop was opened with.
    pub(crate) seed: Shop,
    /// Listings by the merchant's SKU; of two with the same the first.
    listing_of_sku: IndexMap<Box<str>, u32, FxBuildHasher>,
    /// The profile in force.
    pub(crate) profile: Profile,
    /// The profile the shop was opened with, while values are laid over it.
    pub(crate) laid_over: Option<Box<Profile>>,
    pub(crate) faults: FaultCounts,
    pub(crate) stock: Stock,
    /// Writes of quantities that were accepted; keys their draws.
    writes: u64,
    pub(crate) orders: Orders,
    pub(crate) access: Access,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) timers: Timers<Due>,
    news: VecDeque<News>,
    keys: Keys,
}

impl ShopState {
    pub(crate) fn open(seed: Shop, profile: Profile, credentials: Credentials) -> ShopState {
        let key = |purpose: &str| seed.seed.key(&seed.name, purpose);
        let mut stock = Stock::new(seed.listings.len());
        stock
            .past
            .set_reach(profile.inventory.read_lag.upper_bound());
        let mut listing_of_sku = IndexMap::default();
        for (listing, of) in (0u32..).zip(&seed.listings) {
            listing_of_sku
                .entry(of.sku.as_str().into())
                .or_insert(listing);
        }
        ShopState {
            listing_of_sku,
            stock,
            writes: 0,
            orders: Orders::default(),
            access: Access::new(credentials),
            subscriptions: Subscriptions::default(),
            timers: Timers::default(),
            news: VecDeque::new(),
            keys: Keys {
                write_to_live: key("write to live"),
                list_lag: key("list lag"),
                unpaid: key("unpaid"),
                hold: key("hold"),
            },
            laid_over: None,
            faults: FaultCounts::default(),
            seed,
            profile,
        }
    }

    /// The listing of a SKU.
    pub(crate) fn listing(&self, sku: &str) -> Option<u32> {
        self.listing_of_sku.get(sku).copied()
    }

    /// The profile that the shop was opened with.
    pub(crate) fn opened_with(&self) -> &Profile {
        self.laid_over.as_deref().unwrap_or(&self.profile)
    }

    /// Lets a profile come into force in place of the present one.
    pub(crate) fn put_in_force(&mut self, profile: Profile) {
        let reach = profile.inventory.read_lag.upper_bound();
        self.stock.past.set_reach(reach);
        put_in_force(profile, &mut self.profile, &mut self.laid_over);
    }

    /// Takes the oldest news.
    pub(crate) fn take_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// Ends the read under way, and tells of which listings it has shown older counts.
    pub(crate) fn end_read(&mut self) {
        for slot in self.stock.past.end_read() {
            let listing = ListingIndex(slot as u32);
            self.fact(Fact::ReadStale { listing });
        }
    }

    fn fact(&mut self, fact: Fact) {
        self.news.push_back(News::Fact(fact));
    }

    /// Raises an event; without a listener nothing happens.
    fn raise(&mut self, now: Micros, event: Event) {
        if self.subscriptions.listens(event) {
            self.news.push_back(News::Event(now, event));
        }
    }
}
