//! The same accounting where each channel shows a quota: only the sum of quotas can be too high, and the lots are the sum's.

use channel_mocks::core::{Micros, OrderRef};

use super::listing::{Lot, SetBy, Source};
use super::sku::Sku;
use crate::world::ChannelIndex;
use crate::world::ledger::Mover;

/// Lots that a cancellation has taken back: of which order and when, the newest first.
#[derive(Clone, Debug, Default)]
pub(super) struct SetAside {
    of: Option<(Micros, ChannelIndex, OrderRef)>,
    lots: Vec<Lot>,
}

impl Sku {
    /// A quota has become another. `rest_is`: what units are that nothing else accounts for; `opening_is`: what those are that it
    /// showed from the beginning.
    pub fn quota_shown(
        &mut self,
        channel: ChannelIndex,
        set_by: SetBy,
        rest_is: Source,
        opening_is: Source,
    ) {
        let listing = self.listing(channel);
        let was_seen = std::mem::replace(&mut listing.is_seen, true);
        if set_by.is_seen {
            listing.set_by = set_by;
        }
        let sellable = set_by.sellable;
        if !was_seen {
            // What it showed until now was never told; no more than that can have been too much.
            listing.displayed = set_by.from;
            self.cover(set_by.at, sellable, |_| opening_is);
        }
        self.listing(channel).displayed = set_by.to;
        if set_by.to > set_by.from && set_by.is_seen {
            if let Source::Restock { order, .. } = rest_is {
                self.return_set_aside(set_by.at, (channel, order), sellable);
            }
            let mut excess = self.excess(sellable);
            for lot in self.raised(channel, set_by) {
                let units = lot.units.min(excess);
                excess -= units;
                self.quotas.add(Lot { units, ..lot });
            }
            self.cover(set_by.at, sellable, |_| rest_is);
        }
        self.uncover(sellable);
    }

    /// Sellable units have changed: `sellable` is the count after it, `event` the change.
    pub fn quota_moved(&mut self, at: Micros, units: i64, by: Mover, event: u64, sellable: i64) {
        match by {
            // Its own quota falls with it, in a moment.
            Mover::Sale(..) => {}
            _ if units < 0 => self.cover(at, sellable, |_| Source::Missed(event)),
            _ => {
                self.quotas.release(units);
                let taken = self.uncover(sellable);
                self.set_aside(at, by, taken);
            }
        }
    }

    /// Keeps what a cancellation has taken back. Its platform puts the units on sale at the same instant, before or after, and together
    /// the two leave the sum as much too high as it was, for what it was.
    fn set_aside(&mut self, at: Micros, by: Mover, taken: Vec<Lot>) {
        let (Mover::Cancellation(channel, order) | Mover::Removal(channel, order)) = by else {
            return;
        };
        let of = (at, channel, order);
        if self.set_aside.of != Some(of) {
            self.set_aside.lots.clear();
        }
        self.set_aside.of = Some(of);
        self.set_aside.lots.extend(taken);
    }

    /// Lays the lots out again that were taken back for units of an order which are on sale once more, the last ones to go first.
    fn return_set_aside(
        &mut self,
        at: Micros,
        (channel, order): (ChannelIndex, OrderRef),
        sellable: i64,
    ) {
        if self.set_aside.of != Some((at, channel, order)) {
            return;
        }
        let mut excess = self.excess(sellable);
        while excess > 0
            && let Some(lot) = self.set_aside.lots.last_mut()
        {
            let units = lot.units.min(excess);
            (lot.units, excess) = (lot.units - units, excess - units);
            let lot = Lot { units, ..*lot };
            self.quotas.add(lot);
            if self.set_aside.lots.last().is_some_and(|it| it.units == 0) {
                self.set_aside.lots.pop();
            }
        }
    }

    /// Units on display beyond what can be sold, and beyond those that lots account for.
    fn excess(&self, sellable: i64) -> i64 {
        let shown = self.listings.iter().filter(|listing| listing.is_seen);
        let shown: i64 = shown.map(|listing| listing.displayed.max(0)).sum();
        shown - sellable.max(0) - self.quotas.covered()
    }

    fn cover(&mut self, at: Micros, sellable: i64, source: impl Fn(i64) -> Source) {
        let units = self.excess(sellable);
        self.quotas.add(Lot {
            at,
            source: source(units),
            units,
        });
    }

    /// Takes back the newest lots as far as the sum does not need them any more. Gives them, the newest first.
    fn uncover(&mut self, sellable: i64) -> Vec<Lot> {
        let mut surplus = -self.excess(sellable);
        let mut taken = Vec::new();
        while surplus > 0
            && let Some(lot) = self.quotas.lots.back_mut()
        {
            let units = lot.units.min(surplus);
            (lot.units, surplus) = (lot.units - units, surplus - units);
            taken.push(Lot { units, ..*lot });
            if lot.units == 0 {
                self.quotas.lots.pop_back();
            }
        }
        taken
    }

    /// What a raise did not know of, oldest first: the listing's own sales, which it put back; lost stock; wrong records that
    /// it went by; sales elsewhere, where units are shown on several channels on purpose.
    fn raised(&self, channel: ChannelIndex, set_by: SetBy) -> Vec<Lot> {
        let Some(write) = set_by.write else {
            return Vec::new();
        };
        let (mut own, mut lost, mut elsewhere) = (Vec::new(), Vec::new(), Vec::new());
        for number in self.events.unknown_at(write.sent_at)..self.events.end() {
            let Some(event) = self.events.get(number) else {
                continue;
            };
            let is_unknown = event.known_at > write.sent_at && !event.is_void;
            if !is_unknown || event.is_bad_count || event.units <= 0 {
                continue;
            }
            let lot = |source| Lot {
                at: event.at,
                source,
                units: event.units,
            };
            match event.by.channel() {
                Some(of) if of == channel => own.push(lot(Source::Undone {
                    event: number,
                    was_known: false,
                })),
                Some(_) => elsewhere.push(lot(Source::Missed(number))),
                None => lost.push(lot(Source::Missed(number))),
            }
        }
        let wrong = self.events.bad_counts.iter().filter_map(|&number| {
            let event = self.events.get(number)?;
            (event.known_at <= write.sent_at && event.units > 0).then_some(Lot {
                at: event.at,
                source: Source::BadRecord(number),
                units: event.units,
            })
        });
        let wrong: Vec<Lot> = wrong.collect();
        [own, lost, wrong, elsewhere].concat()
    }
}
