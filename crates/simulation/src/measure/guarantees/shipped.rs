//! Units leave from the place that routing would choose, and channels hear of it in time. Two guarantees: an engine that
//! reserves from a stale view of the shelves is a different one from an engine that confirms late.

use channel_mocks::core::{Micros, OrderRef};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::finding::{About, Finding, TOLERATED_SHARE};
use super::{Place, Rests};
use crate::measure::verdict::CounterExample;
use crate::measure::words::counted;
use crate::world::ChannelIndex;
use crate::world::ledger::Entry;

#[derive(Clone, Debug, Default)]
pub(super) struct ShippedFromTheRightPlace {
    lines: u64,
    wrong: u64,
    first: Option<CounterExample>,
}

impl ShippedFromTheRightPlace {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry) {
        let Entry::Allocated {
            channel,
            wrong_warehouse,
            ..
        } = *entry
        else {
            return;
        };
        self.lines += 1;
        if wrong_warehouse {
            self.wrong += 1;
            self.first.get_or_insert_with(|| {
                let what = "a line was reserved in the wrong warehouse";
                place.example(channel, what.to_string())
            });
        }
    }

    pub fn finding(self) -> Finding {
        Finding {
            name: "shipped_from_the_right_place",
            about: About::Orders,
            promise: None,
            exercised: self.lines > 0,
            broken: self.wrong,
            of: self.lines,
            what: "lines reserved",
            excused: 0,
            tolerated_share: TOLERATED_SHARE,
            first: self.first,
            rests: Rests::default(),
        }
    }
}

/// An order that left so short a time before the end may be confirmed still.
const ON_ITS_WAY: Micros = Micros::from_secs(3_600);

#[derive(Clone, Debug, Default)]
pub(super) struct ShippedInTime {
    confirmed: u64,
    late: u64,
    unconfirmed: u64,
    /// When orders left of which the channel has not heard since.
    left: IndexMap<(ChannelIndex, OrderRef), Micros, FxBuildHasher>,
    first: Option<CounterExample>,
}

impl ShippedInTime {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry) {
        match *entry {
            Entry::Shipped {
                channel,
                order: Some(order),
                ..
            } => {
                self.left.insert((channel, order), place.at);
            }
            Entry::FulfillmentConfirmed {
                channel,
                order,
                late,
                ..
            } => {
                self.left.swap_remove(&(channel, order));
                self.confirmed += 1;
                if late {
                    self.late += 1;
                    self.first.get_or_insert_with(|| {
                        let what = "a shipment was confirmed after its ship-by time";
                        place.example(channel, what.to_string())
                    });
                }
            }
            Entry::ChannelClosed {
                channel,
                unconfirmed_fulfillments,
                ..
            } => {
                let left = self.left.iter();
                let on_their_way = left
                    .filter(|((of, _), at)| *of == channel && place.at.since(**at) < ON_ITS_WAY)
                    .count();
                let never = unconfirmed_fulfillments.saturating_sub(on_their_way as u64);
                if never == 0 {
                    return;
                }
                self.unconfirmed += never;
                self.first.get_or_insert_with(|| {
                    let orders = counted(never, "shipped order");
                    let verb = if never == 1 { "was" } else { "were" };
                    let what = format!("{orders} {verb} never confirmed");
                    place.example(channel, what)
                });
            }
            _ => {}
        }
    }

    pub fn finding(self) -> Finding {
        let shipments = self.confirmed + self.unconfirmed;
        Finding {
            name: "shipped_in_time",
            about: About::Orders,
            promise: None,
            exercised: shipments > 0,
            broken: self.late + self.unconfirmed,
            of: shipments,
            what: "shipments",
            excused: 0,
            tolerated_share: TOLERATED_SHARE,
            first: self.first,
            rests: Rests::default(),
        }
    }
}
