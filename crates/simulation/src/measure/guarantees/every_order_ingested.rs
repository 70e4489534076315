//! Every accepted order reaches the merchant's own system once, and no other does.

use super::finding::{About, Finding};
use super::{Place, Rests};
use crate::engine::config::Promise;
use crate::measure::assumptions::{Assumptions, Breach, Hypothesis};
use crate::measure::verdict::CounterExample;
use crate::measure::words::counted;
use crate::world::ledger::Entry;

#[derive(Clone, Debug, Default)]
pub(super) struct EveryOrderIngested {
    lost: u64,
    unknown: u64,
    /// Shipments of units that their order never asked for.
    twice: u64,
    /// Lost where the order feed was later than the engine was told.
    excused: u64,
    excuse: Option<Breach>,
    first: Option<CounterExample>,
}

impl EveryOrderIngested {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry, assumptions: &Assumptions) {
        match *entry {
            Entry::OrderUnknown { channel } => {
                self.unknown += 1;
                self.first.get_or_insert_with(|| {
                    let what = "an order that nobody placed reached the warehouse";
                    place.example(channel, what.to_string())
                });
            }
            Entry::Shipped {
                channel,
                order: Some(order),
                never_ordered_units: units @ 1..,
                ..
            } => {
                self.twice += 1;
                self.first.get_or_insert_with(|| {
                    let units = counted(u64::from(units), "unit");
                    let what =
                        format!("{units} left for order {} that it never asked for", order.0);
                    place.example(channel, what)
                });
            }
            Entry::ChannelClosed {
                channel,
                lost_orders,
                first_lost,
                ..
            } => {
                self.lost += lost_orders;
                if lost_orders > 0
                    && let Some(breach) = assumptions.late_feed(channel)
                {
                    self.excused += lost_orders;
                    self.excuse.get_or_insert(breach);
                }
                if let Some((accepted_at, order)) = first_lost {
                    let place = Place {
                        at: accepted_at,
                        ..place
                    };
                    self.first.get_or_insert_with(|| {
                        let what = format!("order {} never reached the warehouse", order.0);
                        place.example(channel, what)
                    });
                }
            }
            _ => {}
        }
    }

    pub fn finding(self, accepted_orders: u64) -> Finding {
        Finding {
            name: Promise::EveryOrderIngested.name(),
            about: About::Orders,
            promise: Some(Promise::EveryOrderIngested),
            exercised: accepted_orders > 0,
            broken: self.lost + self.unknown + self.twice,
            of: accepted_orders,
            what: "orders",
            excused: self.excused,
            tolerated_share: 0.0,
            first: self.first,
            rests: Rests {
                on: &[Hypothesis::H2, Hypothesis::H7],
                excuse: self.excuse,
            },
        }
    }
}
