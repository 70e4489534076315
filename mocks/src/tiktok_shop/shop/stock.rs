//! Writes of stock, and what their effects tell (docs/platforms/tiktok_shop.md 5).

use crate::core::{Cause, Fact, ListingIndex, Micros, Stream};
use crate::tiktok_shop::model::stock::{PendingWrite, Trigger};

use super::ShopState;
use super::events::{Event, InventoryChange};
use super::timers::Due;

impl ShopState {
    /// Accepts an absolute write; it overwrites what is available when it becomes live, sales in between included:
    /// that is the race of docs/platforms/tiktok_shop.md 5.4.
    pub(crate) fn accept_write(&mut self, write: PendingWrite) {
        let now = write.received_at;
        self.writes.accepted += 1;
        let mut stream = Stream::new(self.keys.propagation, self.writes.accepted);
        let rules = &self.profile.inventory;
        let delay = rules.propagation.draw(&mut stream);
        if rules.stuck_share > 0.0 {
            let is_stuck = stream.chance(rules.stuck_share);
            self.faults.stuck_write.offer(is_stuck);
            if is_stuck {
                self.writes.recycle(write.quantities);
                return;
            }
        }
        let live_at = if rules.writes_in_order {
            self.stock.reserve_live_at(now, write.listing, delay)
        } else {
            now + delay
        };
        if let Some(base) = &self.laid_over {
            let usual = base.inventory.propagation.usually_within();
            self.faults.late_write.offer(live_at > now + usual);
        }
        if live_at <= now {
            self.make_live(now, write);
        } else {
            let index = self.writes.hold(write);
            self.timers.set(live_at, Due::WriteLive(index));
        }
    }

    /// Whether the next row of an update fails by itself.
    pub(crate) fn row_fails(&mut self) -> bool {
        let share = self.profile.inventory.partial_failure_share;
        if share <= 0.0 {
            return false;
        }
        let row = self.faults.partial_failure.eligible;
        let fails = Stream::new(self.keys.partial_failure, row).chance(share);
        self.faults.partial_failure.offer(fails);
        fails
    }

    pub(super) fn write_due(&mut self, now: Micros, index: u32) {
        if let Some(write) = self.writes.take(index) {
            self.make_live(now, write);
        }
    }

    fn make_live(&mut self, now: Micros, write: PendingWrite) {
        let listing = write.listing;
        let from = self.stock.displayed(listing);
        let available = self.stock.available(listing);
        for (location, units) in write.quantities.iter().enumerate() {
            self.stock.set_available(listing, location, *units);
        }
        let to = self.stock.displayed(listing);
        self.fact(Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause: Cause::Write {
                sent_at: write.sent_at,
                received_at: write.received_at,
            },
        });
        let change = self.stock.available(listing) - available;
        if change != 0 {
            self.inventory_changed(now, listing, Trigger::ApiSync, change, 0);
        }
        self.writes.recycle(write.quantities);
    }

    /// Reports a change of the displayed quantity, unless there was none.
    pub(super) fn displayed_changed(&mut self, listing: u32, from: i64, cause: Cause) {
        let to = self.stock.displayed(listing);
        if from != to {
            self.fact(Fact::Displayed {
                listing: ListingIndex(listing),
                from,
                to,
                cause,
            });
        }
    }

    /// Sends webhook 71, if anybody listens.
    pub(super) fn inventory_changed(
        &mut self,
        now: Micros,
        listing: u32,
        trigger: Trigger,
        available_delta: i64,
        committed_delta: i64,
    ) {
        if self.subscriptions.inventory_listener().is_some() {
            let change = InventoryChange {
                listing,
                trigger,
                at: now,
                available: self.stock.available(listing),
                committed: self.stock.committed(listing),
                available_delta,
                committed_delta,
            };
            self.raise(now, Event::Inventory(change));
        }
    }
}
