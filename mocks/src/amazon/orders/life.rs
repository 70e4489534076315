//! The life of an order: placing, release from Pending, cancels, Amazon's own shipping and its deadlines (sheet
//! section 4.1).

use crate::core::{Cause, Fact, ListingIndex, Micros, OrderRef, Party, Stream};

use super::super::catalogue::SkuIndex;
use super::super::machine::{Amazon, Due};
use super::{Status, Trigger};

/// Why buyers here cancel, in every payload that carries a reason.
pub const BUYER_CANCEL_REASON: &str = "Changed my mind";

/// Whose cancel decides whether units go back on sale.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::amazon) enum Restore {
    /// By the rule for cancels.
    Usual,
    /// By the rule for the reason NoInventory.
    NoInventory,
}

/// Number of a change among all changes of all orders, independent of other orders' fates: keys its draws.
fn change_entity(order: u32, step: u16) -> u64 {
    u64::from(order) << 16 | u64::from(step)
}

impl Amazon {
    /// Stores an order whose units have been taken.
    pub(in crate::amazon) fn place_order(
        &mut self,
        now: Micros,
        postal_code: u32,
        country: &str,
        fulfilled_by_amazon: bool,
        lines: &[(SkuIndex, u32)],
    ) -> OrderRef {
        let country = match country.as_bytes() {
            [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => [*first, *second],
            _ => *b"US",
        };
        let order = self.orders.push(
            now,
            postal_code,
            country,
            fulfilled_by_amazon,
            lines.iter().copied(),
        );
        match self.draw_pending(order) {
            Some(hold) => {
                self.after(now + hold, Due::PendingEnds(order.0));
                self.commit(now, order, Status::Pending, Trigger::Status, None);
            }
            None => {
                self.commit(now, order, Status::Unshipped, Trigger::Status, None);
                self.plan_amazon_shipping(now, order);
            }
        }
        order
    }

    fn draw_pending(&self, order: OrderRef) -> Option<Micros> {
        let parts = &self.profile.orders.pending;
        let total: f64 = parts.iter().map(|part| part.share.max(0.0)).sum();
        let mut stream = Stream::new(self.draws.pending, u64::from(order.0));
        let mut point = stream.uniform() * total;
        let chosen = parts
            .iter()
            .find(|part| {
                point -= part.share.max(0.0);
                point < 0.0
            })
            .or(parts.last())?;
        Some(chosen.hold.draw(&mut stream))
    }

    /// Records a change, sends it on its way into the lists, and notifies.
    pub(in crate::amazon) fn commit(
        &mut self,
        at: Micros,
        order: OrderRef,
        status: Status,
        trigger: Trigger,
        cancelled_by: Option<Party>,
    ) -> u32 {
        let number = self.orders.record(order, at, status, trigger, cancelled_by);
        let step = self.orders.change(number).map_or(0, |change| change.step);
        let mut stream = Stream::new(self.draws.list_lag, change_entity(order.0, step));
        let lag = self.profile.orders.list_lag.draw(&mut stream);
        self.orders.publish(at, at + lag, number);
        let silent_placement = status == Status::Pending
            && trigger == Trigger::Status
            && !self.profile.notifications.order_change_at_placement;
        if trigger != Trigger::Detail && !silent_placement {
            self.signal_order(at, number, change_entity(order.0, step));
        }
        number
    }

    /// The change that a read by id shows of an order now, if any has got past its lag.
    pub(in crate::amazon) fn visible_by_id(&self, now: Micros, order: OrderRef) -> Option<u32> {
        let lag = &self.profile.orders.by_id_lag;
        let mut candidate = self.orders.latest(order);
        if lag.upper_bound() == Micros::ZERO {
            return candidate;
        }
        while let Some(number) = candidate {
            let change = self.orders.change(number)?;
            let entity = change_entity(order.0, change.step);
            let mut stream = Stream::new(self.draws.by_id_lag, entity);
            if change.at + lag.draw(&mut stream) <= now {
                return Some(number);
            }
            candidate = self.orders.previous(number);
        }
        None
    }

    pub(in crate::amazon) fn is_pending(&self, order: u32) -> bool {
        self.orders.status(OrderRef(order)) == Some(Status::Pending)
    }

    pub(in crate::amazon) fn pending_ends(&mut self, at: Micros, order: u32) {
        if !self.is_pending(order) {
            return;
        }
        let mut stream = Stream::new(self.draws.pending_cancel, u64::from(order));
        let order = OrderRef(order);
        if stream.chance(self.profile.orders.pending_cancel_share) {
            self.cancel(at, order, Party::Platform, Restore::Usual);
        } else {
            self.commit(at, order, Status::Unshipped, Trigger::Status, None);
            self.plan_amazon_shipping(at, order);
        }
    }

    fn plan_amazon_shipping(&mut self, at: Micros, order: OrderRef) {
        if self
            .orders
            .get(order)
            .is_some_and(|row| row.fulfilled_by_amazon)
        {
            let mut stream = Stream::new(self.draws.fba_ship, u64::from(order.0));
            let delay = self.profile.fba.ship_delay.draw(&mut stream);
            self.after(at + delay, Due::AmazonShips(order.0));
        }
    }

    pub(in crate::amazon) fn amazon_ships(&mut self, at: Micros, order: u32) {
        let order = OrderRef(order);
        if self.orders.status(order) != Some(Status::Unshipped) {
            return;
        }
        let late = at > self.latest_ship_date(order);
        let mut units = 0;
        for line in self.orders.lines_mut(order) {
            line.shipped = line.units;
            units += line.units;
        }
        for index in 0..self.orders.lines(order).len() {
            let line = &self.orders.lines(order)[index];
            let (listing, line_units) = (self.catalogue.listing(line.sku), line.units);
            self.fba_shipped(at, listing, line_units);
        }
        self.commit(at, order, Status::Shipped, Trigger::Status, None);
        self.fact(Fact::FulfillmentConfirmed {
            order,
            units,
            complete: true,
            late,
        });
    }

    /// The latest ship date of an order.
    pub(in crate::amazon) fn latest_ship_date(&self, order: OrderRef) -> Micros {
        self.orders.get(order).map_or(Micros::MAX, |row| {
            row.placed_at + self.profile.orders.ship_by
        })
    }

    /// Cancels an order as a whole and puts its units back on sale where the rules say so.
    pub(in crate::amazon) fn cancel(
        &mut self,
        at: Micros,
        order: OrderRef,
        by: Party,
        restore: Restore,
    ) {
        self.commit(at, order, Status::Canceled, Trigger::Status, Some(by));
        self.fact(Fact::OrderCancelled { order, by });
        let rules = &self.profile.inventory;
        let restored = match restore {
            Restore::Usual => rules.restore_on_cancel,
            Restore::NoInventory => rules.restore_on_no_inventory_cancel,
        };
        let by_amazon = self
            .orders
            .get(order)
            .is_some_and(|row| row.fulfilled_by_amazon);
        for index in 0..self.orders.lines(order).len() {
            let line = &self.orders.lines(order)[index];
            let (sku, units) = (line.sku, line.units);
            if by_amazon {
                // Amazon never loses the unit: it was not shipped, so it is free again.
                self.fba_released(at, self.catalogue.listing(sku), units);
            } else if restored {
                self.restore_units(at, sku, units, Cause::Cancelled(order));
            }
        }
    }

    /// The first order that Amazon will cancel for not being shipped, and when.
    pub(in crate::amazon) fn unshipped_deadline(&self) -> Option<(Micros, u32)> {
        let order = self.next_deadline;
        let row = self.orders.get(OrderRef(order))?;
        let rules = &self.profile.orders;
        Some((
            row.placed_at + rules.ship_by + rules.cancel_after_ship_by,
            order,
        ))
    }

    /// Skips orders at the front that need no deadline any more.
    pub(in crate::amazon) fn skip_settled_deadlines(&mut self) {
        while let Some(row) = self.orders.get(OrderRef(self.next_deadline)) {
            let settled = row.fulfilled_by_amazon
                || self
                    .orders
                    .status(OrderRef(self.next_deadline))
                    .is_some_and(Status::is_final);
            if !settled {
                break;
            }
            self.next_deadline += 1;
        }
    }

    pub(in crate::amazon) fn ship_deadline_passed(&mut self, at: Micros, order: u32) {
        self.next_deadline = order + 1;
        let reference = OrderRef(order);
        // A partly shipped order stays as it is: cancels here are of whole orders.
        let open = matches!(
            self.orders.status(reference),
            Some(Status::Unshipped | Status::Pending)
        );
        let own = self
            .orders
            .get(reference)
            .is_some_and(|row| !row.fulfilled_by_amazon);
        if open && own {
            self.cancel(at, reference, Party::Platform, Restore::Usual);
        }
    }

    /// Sells units of a listing from the merchant's own quantity.
    pub(in crate::amazon) fn take_units(
        &mut self,
        now: Micros,
        sku: SkuIndex,
        units: u32,
        order: OrderRef,
    ) {
        self.change_live(now, sku, -i64::from(units), Cause::Checkout(order));
    }

    /// Puts units of a listing back on sale.
    pub(in crate::amazon) fn restore_units(
        &mut self,
        now: Micros,
        sku: SkuIndex,
        units: u32,
        cause: Cause,
    ) {
        self.change_live(now, sku, i64::from(units), cause);
    }

    fn change_live(&mut self, now: Micros, sku: SkuIndex, by: i64, cause: Cause) {
        let listing = self.catalogue.listing(sku);
        let from = self.merchant_units(listing);
        self.inventory.add(sku, by, now);
        let to = self.merchant_units(listing);
        self.fact(Fact::Displayed {
            listing,
            from,
            to,
            cause,
        });
        self.signal_quantity(now, sku);
    }

    /// Units of a listing that buyers can buy from the merchant.
    pub(in crate::amazon) fn merchant_units(&self, listing: ListingIndex) -> i64 {
        self.inventory.live(self.catalogue.own_sku(listing))
            + self.inventory.live(self.catalogue.fba_sku(listing))
    }
}
