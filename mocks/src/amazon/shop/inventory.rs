//! Merchant-fulfilled quantities as they change in time: sales, returns, and writes on their way to being live
//! (docs/platforms/amazon.md 5).

use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::inventory::Write;
use crate::core::{Cause, Fact, ListingIndex, Micros, OrderRef, Stream};

use super::{Due, Event, State};

impl State {
    /// Accepts a quantity, which becomes live after a drawn delay, or never.
    pub(super) fn write_quantity(
        &mut self,
        now: Micros,
        sent_at: Micros,
        sku: SkuIndex,
        quantity: i64,
    ) {
        let (number, write) = self.inventory.write(now, sent_at, sku, quantity);
        let mut stream = Stream::new(self.settings.draws.write_to_live, number);
        let share = self.settings.profile.inventory.stuck_share;
        let is_stuck = stream.chance(share);
        self.faults.stuck_write.offer_if(share > 0.0, is_stuck);
        if is_stuck {
            return;
        }
        let delay = self
            .settings
            .profile
            .inventory
            .write_to_live
            .draw(&mut stream);
        if let Some(base) = &self.settings.laid_over {
            let usual = base.inventory.write_to_live.usually_within();
            self.faults.late_write.offer(delay > usual);
        }
        if delay == Micros::ZERO {
            self.make_live(now, &write);
            return;
        }
        let slot = self.inventory.keep(write);
        self.after(now + delay, Due::WriteLive(slot));
    }

    pub(super) fn write_live(&mut self, at: Micros, slot: u32) {
        let write = self.inventory.release(slot);
        self.make_live(at, &write);
    }

    /// Writes apply in the order in which they become live, and overwrite: a sale made in between is forgotten, unless the
    /// profile reconciles it (docs/platforms/amazon.md 5.2). One that comes through after a newer submission of the same
    /// SKU is dropped, unless the profile lets stale writes apply.
    fn make_live(&mut self, at: Micros, write: &Write) {
        let rules = &self.settings.profile.inventory;
        if self.inventory.is_stale(write) && !rules.stale_writes_apply {
            return;
        }
        let reconcile = rules.reconcile_decrements;
        let cause = Cause::Write {
            sent_at: write.sent_at,
            received_at: write.received_at,
        };
        let changed = self.displayed_changes(write.sku, cause, |state| {
            state.inventory.make_live(at, write, reconcile)
        });
        if changed {
            self.notify_quantity(at, write.sku);
        }
    }

    /// Lets the live quantity of a SKU change, and reports what its listing displayed before and displays now.
    pub(super) fn displayed_changes<T>(
        &mut self,
        sku: SkuIndex,
        cause: Cause,
        change: impl FnOnce(&mut State) -> T,
    ) -> T {
        let listing = self.catalogue.listing(sku);
        let from = self.merchant_units(listing);
        let result = change(self);
        let to = self.merchant_units(listing);
        self.fact(Fact::Displayed {
            listing,
            from,
            to,
            cause,
        });
        result
    }

    /// Notifies of a SKU's live quantity.
    pub(super) fn notify_quantity(&mut self, at: Micros, sku: SkuIndex) {
        let units = self.inventory.live(sku);
        self.notify(at, Event::Quantity { sku, units });
    }

    /// Sells units of a listing from the merchant's own quantity.
    pub(super) fn take_units(&mut self, now: Micros, sku: SkuIndex, units: u32, order: OrderRef) {
        self.change_live(now, sku, -i64::from(units), Cause::Checkout(order));
    }

    /// Puts units of a listing back on sale, if the merchant still offers it.
    pub(super) fn restore_units(&mut self, now: Micros, sku: SkuIndex, units: u32, cause: Cause) {
        if self.offers().is_merchant_offer(sku) {
            self.change_live(now, sku, i64::from(units), cause);
        }
    }

    fn change_live(&mut self, now: Micros, sku: SkuIndex, by: i64, cause: Cause) {
        self.displayed_changes(sku, cause, |state| state.inventory.add(sku, by, now));
        self.notify_quantity(now, sku);
    }

    /// Units of a listing that buyers can buy from the merchant.
    pub(super) fn merchant_units(&self, listing: ListingIndex) -> i64 {
        self.inventory.live(self.catalogue.own_sku(listing))
            + self.inventory.live(self.catalogue.fba_sku(listing))
    }
}
