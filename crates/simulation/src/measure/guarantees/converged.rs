//! Counts and orders agree everywhere some time after the last buyer.

use super::finding::{About, Finding};
use super::participation::TookPart;
use super::{Place, Rests};
use crate::engine::config::Promise;
use crate::measure::assumptions::{Assumptions, Breach, Hypothesis};
use crate::measure::figures::RunFacts;
use crate::measure::verdict::CounterExample;
use crate::measure::words::counted;
use crate::world::ChannelIndex;
use crate::world::ledger::Entry;

/// Where an example is of several.
const ALL_CHANNELS: &str = "all channels";

/// Of an engine with books of its own the counts alone are judged: the warehouse never hears of its orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Converged {
    stale_listings: u64,
    lost_orders: u64,
    /// SKUs whose quotas show too much outside of the assumptions, and orders lost outside of them.
    excused: u64,
    excuse: Option<Breach>,
    /// The first SKU whose quotas show too much together.
    overshown: Option<CounterExample>,
    /// Everything else that is open, of all channels together: it says the same as what is counted.
    open: StillOpen,
    /// The same of an engine whose counts alone are judged.
    stale: StillOpen,
}

/// What is open at the end, over channels.
#[derive(Clone, Debug, Default)]
struct StillOpen {
    stale_listings: u64,
    lost_orders: u64,
    unshipped_orders: u64,
    unconfirmed_fulfillments: u64,
    channels: u32,
    example: Option<CounterExample>,
}

impl StillOpen {
    /// Adds what is open on a channel: stale listings, orders not received, orders not shipped, shipments not confirmed.
    fn add(&mut self, place: Place<'_>, channel: ChannelIndex, open: [u64; 4]) {
        if open == [0; 4] {
            return;
        }
        let [stale, lost, unshipped, unconfirmed] = open;
        self.stale_listings += stale;
        self.lost_orders += lost;
        self.unshipped_orders += unshipped;
        self.unconfirmed_fulfillments += unconfirmed;
        self.channels += 1;
        let example = place.example(channel, String::new());
        self.example = Some(match self.channels {
            1 => example,
            _ => CounterExample {
                channel: ALL_CHANNELS.to_string(),
                ..example
            },
        });
    }

    fn told(self, what: String) -> Option<CounterExample> {
        let example = self.example?;
        Some(CounterExample { what, ..example })
    }

    fn all(self) -> Option<CounterExample> {
        let what = format!(
            "still open: {}, {} not received, {} not shipped, {} not confirmed",
            counted(self.stale_listings, "stale listing"),
            counted(self.lost_orders, "order"),
            counted(self.unshipped_orders, "order"),
            counted(self.unconfirmed_fulfillments, "shipment")
        );
        self.told(what)
    }

    fn counts_alone(self) -> Option<CounterExample> {
        let what = format!(
            "still open: {}",
            counted(self.stale_listings, "stale listing")
        );
        self.told(what)
    }
}

impl Converged {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry, assumptions: &Assumptions) {
        if let Entry::SkuClosed {
            sku,
            sellable,
            overshown_units,
            ..
        } = *entry
            && overshown_units > 0
        {
            self.stale_listings += 1;
            let units = overshown_units.unsigned_abs();
            if assumptions.excused(sku, units, units) == units {
                self.excused += 1;
                self.excuse = self.excuse.or_else(|| assumptions.excuse(sku));
            }
            let what = format!(
                "the quotas of SKU {} show together {overshown_units} more than the {} that can be sold",
                sku.0 + 1,
                sellable.max(0)
            );
            let example = CounterExample {
                at_s: place.at.as_secs_f64(),
                channel: ALL_CHANNELS.to_string(),
                sku: Some(sku.0 + 1),
                sellable: Some(sellable),
                what,
                ..CounterExample::default()
            };
            self.overshown.get_or_insert(example);
        }
        let Entry::ChannelClosed {
            channel,
            lost_orders,
            unshipped_orders,
            unconfirmed_fulfillments,
            unsynced_listings,
            ..
        } = *entry
        else {
            return;
        };
        self.stale_listings += unsynced_listings;
        self.lost_orders += lost_orders;
        if lost_orders > 0
            && let Some(breach) = assumptions.late_feed(channel)
        {
            self.excused += lost_orders;
            self.excuse.get_or_insert(breach);
        }
        let open = [
            unsynced_listings,
            lost_orders,
            unshipped_orders,
            unconfirmed_fulfillments,
        ];
        self.open.add(place, channel, open);
        self.stale.add(place, channel, [unsynced_listings, 0, 0, 0]);
    }

    pub fn finding(self, accepted_orders: u64, took_part: TookPart, facts: &RunFacts) -> Finding {
        let sold = accepted_orders > 0;
        let agrees = facts.convergence.is_some() && (facts.converged || !took_part.orders);
        let open = if took_part.orders {
            self.stale_listings + self.lost_orders
        } else {
            self.stale_listings
        };
        let first = if took_part.orders {
            self.overshown.or_else(|| self.open.all())
        } else {
            self.overshown.or_else(|| self.stale.counts_alone())
        };
        let what = match (open, took_part.orders) {
            (0, true) => "run with orders or shipments still open",
            (0, false) => "run that had not come to rest",
            (_, true) => "listings that show too much or are stale, and orders not received",
            (_, false) => "listings that show too much or are stale",
        };
        // What had not come to rest need not be countable.
        let broken = if sold && !agrees { open.max(1) } else { 0 };
        Finding {
            name: Promise::Converged.name(),
            about: About::Counts,
            promise: Some(Promise::Converged),
            exercised: sold,
            broken,
            // There is no whole of it.
            of: 0,
            what,
            excused: self.excused.min(broken),
            tolerated_share: 0.0,
            first: first.or_else(|| {
                Some(CounterExample {
                    at_s: facts.simulated.as_secs_f64(),
                    channel: "warehouse".to_string(),
                    what: "the run had not come to rest by its deadline".to_string(),
                    ..CounterExample::default()
                })
            }),
            rests: Rests {
                on: &Hypothesis::ALL,
                excuse: self.excuse,
            },
        }
    }
}
