//! The whole state of a shop: what there is, what happens to it by itself and by people, and the facts of both.

mod acts;
mod fba;
mod feeds;
mod inventory;
mod listings_feed;
mod orders;
mod outbound;
mod removals;
mod report_rows;
mod reports;
mod settings;
mod submissions;

use std::collections::VecDeque;

use super::model::catalogue::{Catalogue, SkuIndex};
use super::model::documents::Documents;
use super::model::fba::FbaStock;
use super::model::feeds::Feeds;
use super::model::inventory::Inventory;
use super::model::offers::Offers;
use super::model::orders::OrderBook;
use super::model::outbound::Outbound;
use super::model::reports::Reports;
use super::profile::Profile;
use crate::core::timers::Timers;
use crate::core::{Fact, FaultCounts, Micros, Output, Shop, Timer};
pub use settings::Credentials;
pub(crate) use settings::{Draws, Settings};

/// What the machine does by itself later.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// An order leaves Pending.
    PendingEnds(u32),
    /// Amazon ships an order from its own warehouse.
    AmazonShips(u32),
    /// A written quantity becomes live.
    WriteLive(u32),
    /// A feed could start, if no other of its type is running.
    FeedReady(u32),
    /// A feed has been processed.
    FeedEnds(u32),
    /// A report is begun.
    ReportStarts(u32),
    /// A report is done.
    ReportEnds(u32),
    /// An order of another channel has been planned.
    OutboundPlanned(u32),
    /// An order of another channel waits no longer, for units or for its release.
    OutboundGivesUp(u32),
    /// An order of another channel is shipped.
    OutboundShips(u32),
}

impl Due {
    const fn reason(self) -> &'static str {
        match self {
            Due::PendingEnds(_) => "an order leaves Pending",
            Due::AmazonShips(_) => "Amazon ships an order",
            Due::WriteLive(_) => "a written quantity becomes live",
            Due::FeedReady(_) => "a feed could start",
            Due::FeedEnds(_) => "a feed has been processed",
            Due::ReportStarts(_) => "a report is begun",
            Due::ReportEnds(_) => "a report is done",
            Due::OutboundPlanned(_) => "an order of another channel has been planned",
            Due::OutboundGivesUp(_) => "an order of another channel waits no longer",
            Due::OutboundShips(_) => "an order of another channel is shipped",
        }
    }
}

/// What the seller can be notified of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A change of an order, by its number.
    Order(u32),
    /// A live quantity.
    Quantity {
        /// Of which SKU.
        sku: SkuIndex,
        /// Units.
        units: i64,
    },
    /// The end of a feed, by its number.
    Feed(u32),
    /// The end of a report, by its number.
    Report(u32),
}

/// The state of one seller's shop in one marketplace.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) catalogue: Catalogue,
    pub(crate) inventory: Inventory,
    pub(crate) fba: FbaStock,
    pub(crate) orders: OrderBook,
    pub(crate) documents: Documents,
    pub(crate) feeds: Feeds,
    pub(crate) reports: Reports,
    pub(crate) outbound: Outbound,
    /// What has happened since somebody last took notice, each with its time, oldest first.
    pub(crate) events: Vec<(Micros, Event)>,
    pub(crate) faults: FaultCounts,
    /// Facts, and the answers between them.
    pub(crate) outputs: VecDeque<Output<Fact>>,
    /// The first order that Amazon may still have to cancel for not being shipped. Deadlines follow placements, so that
    /// one place in the row of orders stands for all timers of this kind.
    next_deadline: u32,
    timers: Timers<Due>,
}

impl State {
    /// A shop with all its listings at 0 units and no order.
    pub(crate) fn new(shop: Shop, profile: Profile, credentials: Credentials) -> State {
        let draws = Draws::new(shop.seed, &shop.name);
        let listings = shop.listings.len();
        let mut inventory = Inventory::new(listings);
        inventory
            .past
            .set_reach(profile.inventory.read_lag.upper_bound());
        State {
            catalogue: Catalogue::new(&shop.listings, &profile.fba.sku_suffix),
            inventory,
            fba: FbaStock::new(listings),
            orders: OrderBook::default(),
            documents: Documents::new(draws.ids),
            feeds: Feeds::default(),
            reports: Reports::default(),
            outbound: Outbound::default(),
            events: Vec::new(),
            faults: FaultCounts::default(),
            outputs: VecDeque::new(),
            next_deadline: 0,
            timers: Timers::default(),
            settings: Settings {
                name: shop.name,
                currency: shop.currency,
                epoch: shop.epoch,
                by_id_lags: vec![(Micros::ZERO, profile.orders.by_id_lag)],
                profile,
                laid_over: None,
                in_force_since: Micros::ZERO,
                credentials,
                draws,
                public_address: None,
            },
        }
    }

    /// What buyers are offered.
    pub(crate) fn offers(&self) -> Offers<'_> {
        Offers {
            catalogue: &self.catalogue,
            inventory: &self.inventory,
            fba: &self.fba,
        }
    }

    /// Reports a fact.
    pub(crate) fn fact(&mut self, fact: Fact) {
        self.outputs.push_back(Output::Fact(fact));
    }

    /// Lets something be due at `at`.
    pub(crate) fn after(&mut self, at: Micros, due: Due) {
        self.timers.set(at, due);
    }

    /// Tells whoever has subscribed.
    pub(crate) fn notify(&mut self, at: Micros, event: Event) {
        self.events.push((at, event));
    }

    /// Does everything that is due by `now`, each at its own time, in order of time.
    pub(crate) fn advance(&mut self, now: Micros) {
        loop {
            let timer = self.timers.peek();
            let deadline = self.unshipped_deadline();
            match (timer, deadline) {
                (Some((at, due)), deadline)
                    if at <= now && deadline.is_none_or(|(deadline, _)| at <= deadline) =>
                {
                    self.timers.pop();
                    match due {
                        Due::PendingEnds(order) => self.pending_ends(at, order),
                        Due::AmazonShips(order) => self.amazon_ships(at, order),
                        Due::WriteLive(write) => self.write_live(at, write),
                        Due::FeedReady(feed) => self.feed_ready(at, feed),
                        Due::FeedEnds(feed) => self.feed_ends(at, feed),
                        Due::ReportStarts(report) => self.report_starts(at, report),
                        Due::ReportEnds(report) => self.report_ends(at, report),
                        Due::OutboundPlanned(order) => self.outbound_planned(at, order),
                        Due::OutboundGivesUp(order) => self.outbound_gives_up(at, order),
                        Due::OutboundShips(order) => self.outbound_ships(at, order),
                    }
                }
                (_, Some((at, order))) if at <= now => self.ship_deadline_passed(at, order),
                _ => break,
            }
        }
    }

    /// Removes what has become pointless from the front of the timers, so that the next timeout is exact.
    pub(crate) fn settle(&mut self) {
        while let Some((_, due)) = self.timers.peek() {
            let pointless = match due {
                Due::PendingEnds(order) => !self.is_pending(order),
                _ => false,
            };
            if !pointless {
                break;
            }
            self.timers.pop();
        }
        self.skip_settled_deadlines();
    }

    /// When the shop next does something by itself.
    pub(crate) fn next_timer(&self) -> Option<Timer> {
        let timer = self.timers.peek().map(|(at, due)| Timer {
            at,
            reason: due.reason(),
        });
        let deadline = self.unshipped_deadline().map(|(at, _)| Timer {
            at,
            reason: "an order has not been shipped in time",
        });
        timer
            .into_iter()
            .chain(deadline)
            .min_by_key(|timer| timer.at)
    }
}
