//! Writes of quantities, and what changes of them tell (docs/custom.md 3).

use crate::core::{Cause, Fact, ListingIndex, Micros, Stream};

use super::ShopState;
use super::events::Event;
use super::timers::{Due, Write};

/// What became of an accepted write.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// Buyers see it.
    Applied,
    /// Buyers will see it, or never.
    Pending,
}

impl ShopState {
    /// Accepts an absolute write; it overwrites what is there when it becomes live, sales in between included.
    pub(crate) fn accept_write(&mut self, write: Write) -> Accepted {
        let (now, listing) = (write.received_at, write.listing);
        self.writes += 1;
        let mut stream = Stream::new(self.keys.write_to_live, self.writes);
        let rules = &self.profile.inventory;
        let delay = rules.write_to_live.draw(&mut stream);
        if rules.stuck_share > 0.0 {
            let is_stuck = stream.chance(rules.stuck_share);
            self.faults.stuck_write.offer(is_stuck);
            if is_stuck {
                return Accepted::Pending;
            }
        }
        let live_at = match rules.writes_in_order {
            true => self.stock.reserve_live_at(now, listing, delay),
            false => now + delay,
        };
        if let Some(base) = &self.laid_over {
            let usual = base.inventory.write_to_live.usually_within();
            self.faults.late_write.offer(live_at > now + usual);
        }
        if live_at <= now {
            self.make_live(now, write);
            Accepted::Applied
        } else {
            self.timers.set(live_at, Due::WriteLive(write));
            Accepted::Pending
        }
    }

    /// Lets buyers see a write. The ledger is told of one that changes nothing too, for it makes the count fresh.
    pub(super) fn make_live(&mut self, now: Micros, write: Write) {
        let from = self.stock.set(write.listing, write.units);
        let cause = Cause::Write {
            sent_at: write.sent_at,
            received_at: write.received_at,
        };
        self.fact(Fact::Displayed {
            listing: ListingIndex(write.listing),
            from,
            to: write.units,
            cause,
        });
        if from != write.units {
            self.tell_quantity(now, write.listing);
        }
    }

    /// Adds units to what a listing displays, or takes some off.
    pub(super) fn move_units(&mut self, now: Micros, listing: u32, units: i64, cause: Cause) {
        let to = self.stock.displayed(listing).saturating_add(units);
        self.set_units(now, listing, to, cause);
    }

    /// Sets what a listing displays, otherwise than by a write.
    pub(super) fn set_units(&mut self, now: Micros, listing: u32, to: i64, cause: Cause) {
        let from = self.stock.set(listing, to);
        if from == to {
            return;
        }
        self.fact(Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause,
        });
        self.tell_quantity(now, listing);
    }

    fn tell_quantity(&mut self, now: Micros, listing: u32) {
        let units = self.stock.displayed(listing);
        self.raise(now, Event::QuantityChanged { listing, units });
    }
}
