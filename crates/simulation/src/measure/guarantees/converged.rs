//! Counts and orders agree everywhere some time after the last buyer.

use super::finding::{About, Finding};
use super::participation::TookPart;
use super::{Place, Rests};
use crate::engine::config::Promise;
use crate::measure::assumptions::{Assumptions, Breach, Hypothesis};
use crate::measure::figures::RunFacts;
use crate::measure::verdict::CounterExample;
use crate::measure::words::counted;
use crate::world::ledger::Entry;

/// Of an engine with books of its own the counts alone are judged: the warehouse never hears of its orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Converged {
    stale_listings: u64,
    lost_orders: u64,
    /// SKUs whose quotas show too much outside of the assumptions, and orders lost outside of them.
    excused: u64,
    excuse: Option<Breach>,
    /// The first thing still open that `broken` does not count: an order not shipped, a shipment not confirmed.
    first: Option<CounterExample>,
    /// The first that it counts.
    first_counted: Option<CounterExample>,
    first_stale: Option<CounterExample>,
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
                channel: "all channels".to_string(),
                sku: Some(sku.0 + 1),
                sellable: Some(sellable),
                what,
                ..CounterExample::default()
            };
            self.first_counted.get_or_insert_with(|| example.clone());
            self.first_stale.get_or_insert(example);
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
        if unsynced_listings > 0 {
            let what = format!(
                "still open: {}",
                counted(unsynced_listings, "stale listing")
            );
            self.first_stale
                .get_or_insert_with(|| place.example(channel, what));
        }
        if unsynced_listings + lost_orders + unshipped_orders + unconfirmed_fulfillments > 0 {
            let what = format!(
                "still open: {}, {} not received, {} not shipped, {} not confirmed",
                counted(unsynced_listings, "stale listing"),
                counted(lost_orders, "order"),
                counted(unshipped_orders, "order"),
                counted(unconfirmed_fulfillments, "shipment")
            );
            let first = match unsynced_listings + lost_orders {
                0 => &mut self.first,
                _ => &mut self.first_counted,
            };
            first.get_or_insert_with(|| place.example(channel, what));
        }
    }

    pub fn finding(self, accepted_orders: u64, took_part: TookPart, facts: &RunFacts) -> Finding {
        let sold = accepted_orders > 0;
        let agrees = facts.convergence.is_some() && (facts.converged || !took_part.orders);
        let open = if took_part.orders {
            self.stale_listings + self.lost_orders
        } else {
            self.stale_listings
        };
        // The example shows what is counted, where anything is.
        let first = if took_part.orders {
            self.first_counted.or(self.first)
        } else {
            self.first_stale
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
