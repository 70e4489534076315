//! Cancelling a part of an order while the rest goes on (docs/platforms/tiktok_shop.md 4.5).

use crate::core::{
    ActOutcome, Cause, Fact, ListingIndex, Micros, OrderRef, Party, Removal, RemovalKind,
};
use crate::tiktok_shop::model::cancellations::CancellationState;
use crate::tiktok_shop::model::orders::{CANCELLED_UNIT, Status};
use crate::tiktok_shop::model::stock::Trigger;

use super::ShopState;

impl ShopState {
    /// Takes units of a basket line out of an order: the seller at once; a buyer at once within the hold, and by a
    /// request after it. Orders cannot be edited.
    pub(crate) fn remove_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        removal: Removal,
    ) -> ActOutcome {
        let Some(record) = self.orders.get(order.0) else {
            return ActOutcome::Refused("no such order");
        };
        if removal.kind == RemovalKind::Edit {
            return ActOutcome::Refused("orders cannot be edited on TikTok Shop");
        }
        let status = record.status;
        if !self.may_cancel_parts(order.0) {
            return ActOutcome::Refused("no part of the order can be cancelled");
        }
        if self.is_cancel_pending(record) {
            return ActOutcome::Refused("a request to cancel is waiting already");
        }
        let Some(units) = self.open_units_of_line(order.0, removal.line, removal.units) else {
            return ActOutcome::Refused("not so many units of the line wait to be shipped");
        };
        match removal.kind {
            RemovalKind::BuyerRequest if status == Status::AwaitingShipment => {
                self.request_cancellation(now, order.0, units);
            }
            RemovalKind::BuyerRequest => {
                self.cancel_units(now, order.0, &units, Party::Buyer, None, "no longer needed");
            }
            RemovalKind::Refund | RemovalKind::Edit => {
                self.cancel_units(now, order.0, &units, Party::Seller, None, "out of stock");
            }
        }
        ActOutcome::Done
    }

    /// Whether a part of an order can be cancelled: nothing of it has left, its stock is committed, and packages do not
    /// exist before shipping, which tells sellers in the US and UK from others.
    pub(crate) fn may_cancel_parts(&self, order: u32) -> bool {
        let record = self.orders.order(order);
        !self.profile.orders.shows_packages_up_front()
            && record.committed
            && record.status.seller_may_cancel()
    }

    /// The first so many units of the n-th basket line that wait to be shipped, by position within the order.
    fn open_units_of_line(&self, order: u32, line: usize, count: u32) -> Option<Vec<u32>> {
        let record = self.orders.order(order);
        let packages = self.orders.units(record);
        let (mut of_line, mut unit) = (None::<usize>, 0u32);
        let mut found = Vec::new();
        for part in self.orders.lines(record) {
            if !part.continues {
                of_line = Some(of_line.map_or(0, |line| line + 1));
            }
            for _ in 0..part.units {
                let wanted = of_line == Some(line) && found.len() < count as usize;
                if wanted && packages[unit as usize] == 0 {
                    found.push(unit);
                }
                unit += 1;
            }
        }
        (count > 0 && found.len() == count as usize).then_some(found)
    }

    /// Cancels units that wait to be shipped, given in rising order, and answers the cancellation. Naming all that are
    /// left cancels the order.
    pub(crate) fn cancel_units(
        &mut self,
        now: Micros,
        order: u32,
        units: &[u32],
        by: Party,
        request: Option<u32>,
        reason: &str,
    ) -> u32 {
        if units.len() as u32 == self.orders.order(order).open_units() {
            return self.cancel(now, order, by, request, reason);
        }
        let state = CancellationState::Success;
        let index = match request {
            Some(index) => {
                self.cancellations.decide(now, index, state);
                index
            }
            None => self.new_cancellation(now, order, by, state, reason),
        };
        self.cancellations.all[index as usize].units = units.into();
        let restocked = self.release_units(now, order, units, by);
        self.orders.order_mut(order).cancelled_units += units.len() as u32;
        self.cancellation_done(now, index, restocked);
        // The order's status stays, and no webhook 1 tells it; searches by update_time find the order again.
        let status = self.orders.order(order).status;
        let visible_at = self.visible_at(now);
        self.orders.set_status(now, order, status, visible_at);
        index
    }

    /// Gives units free, listing by listing: back to what can be bought, unless the SKU is restocked by hand. Tells whether
    /// any went back.
    fn release_units(&mut self, now: Micros, order: u32, units: &[u32], by: Party) -> bool {
        let (mut first, mut any_back) = (0, false);
        for line in 0..self.orders.lines(self.orders.order(order)).len() {
            let of = &self.orders.lines(self.orders.order(order))[line];
            let (listing, location, end) = (of.listing, usize::from(of.location), first + of.units);
            let here: Vec<u32> = units
                .iter()
                .copied()
                .filter(|unit| (first..end).contains(unit))
                .collect();
            first = end;
            if here.is_empty() {
                continue;
            }
            for unit in &here {
                self.orders.units_mut(order)[*unit as usize] = CANCELLED_UNIT;
            }
            let restocked = self.restocks(listing);
            self.fact(Fact::UnitsRemoved {
                order: OrderRef(order),
                listing: ListingIndex(listing),
                units: here.len() as u32,
                by,
                restocked,
            });
            let from = self.stock.displayed(listing);
            let count = here.len() as i64;
            self.stock.add_committed(listing, location, -count);
            let back = if restocked { count } else { 0 };
            self.stock.add_available(listing, location, back);
            self.displayed_changed(listing, from, Cause::Removed(OrderRef(order)));
            any_back |= restocked;
            self.inventory_changed(now, listing, Trigger::OrderCanceled, back, -count);
        }
        any_back
    }
}
