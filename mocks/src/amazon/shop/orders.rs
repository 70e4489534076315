//! How orders go on in time: placing, release from Pending, cancels, Amazon's own shipping and its deadlines
//! (docs/platforms/amazon.md 4.1).

use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::orders::{Change, Status, Trigger};
use crate::amazon::profile::Profile;
use crate::core::{Cause, Fact, Micros, OrderRef, Party, Stream};

use super::{Due, Event, State};

/// Whose cancel decides whether units go back on sale.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Restore {
    /// By the rule for cancels.
    Usual,
    /// By the rule for the reason NoInventory.
    NoInventory,
}

impl State {
    /// Stores an order whose units have been taken.
    pub(crate) fn place_order(
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
        let hold = self.draw_pending(&self.settings.profile, order);
        if let Some(base) = &self.settings.laid_over {
            let usual = self.draw_pending(base, order);
            self.faults.hold.offer(hold > usual);
        }
        match hold {
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

    /// How long an order stays Pending by a profile, if it is Pending at all.
    fn draw_pending(&self, profile: &Profile, order: OrderRef) -> Option<Micros> {
        let parts = &profile.orders.pending;
        let total: f64 = parts.iter().map(|part| part.share.max(0.0)).sum();
        let mut stream = Stream::new(self.settings.draws.pending, u64::from(order.0));
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
    pub(crate) fn commit(
        &mut self,
        at: Micros,
        order: OrderRef,
        status: Status,
        trigger: Trigger,
        cancelled_by: Option<Party>,
    ) -> u32 {
        let number = self.orders.record(order, at, status, trigger, cancelled_by);
        let entity = self.orders.change(number).map_or(0, Change::entity);
        let mut stream = Stream::new(self.settings.draws.list_lag, entity);
        let lag = self.settings.profile.orders.list_lag.draw(&mut stream);
        if let Some(base) = &self.settings.laid_over {
            let usual = base.orders.list_lag.usually_within();
            self.faults.late_listing.offer(lag > usual);
        }
        self.orders.publish(at, at + lag, number);
        let silent_placement = status == Status::Pending
            && trigger == Trigger::Status
            && !self
                .settings
                .profile
                .notifications
                .order_change_at_placement;
        if trigger != Trigger::Detail && !silent_placement {
            self.notify(at, Event::Order(number));
        }
        number
    }

    /// The change that a read by id shows of an order now, if any has got past its lag.
    pub(crate) fn visible_by_id(&self, now: Micros, order: OrderRef) -> Option<u32> {
        let mut candidate = self.orders.latest(order);
        if self.settings.reads_by_id_at_once() {
            return candidate;
        }
        while let Some(number) = candidate {
            let change = self.orders.change(number)?;
            let mut stream = Stream::new(self.settings.draws.by_id_lag, change.entity());
            let lag = self.settings.by_id_lag(change.at);
            if change.at + lag.draw(&mut stream) <= now {
                return Some(number);
            }
            candidate = self.orders.previous(number);
        }
        None
    }

    pub(crate) fn is_pending(&self, order: u32) -> bool {
        self.orders.status(OrderRef(order)) == Some(Status::Pending)
    }

    pub(crate) fn pending_ends(&mut self, at: Micros, order: u32) {
        if !self.is_pending(order) {
            return;
        }
        let mut stream = Stream::new(self.settings.draws.pending_cancel, u64::from(order));
        let order = OrderRef(order);
        if stream.chance(self.settings.profile.orders.pending_cancel_share) {
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
            let mut stream = Stream::new(self.settings.draws.fba_ship, u64::from(order.0));
            let delay = self.settings.profile.fba.ship_delay.draw(&mut stream);
            self.after(at + delay, Due::AmazonShips(order.0));
        }
    }

    pub(crate) fn amazon_ships(&mut self, at: Micros, order: u32) {
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
    pub(crate) fn latest_ship_date(&self, order: OrderRef) -> Micros {
        self.orders.get(order).map_or(Micros::MAX, |row| {
            row.placed_at + self.settings.profile.orders.ship_by
        })
    }

    /// Cancels an order as a whole and puts its units back on sale where the rules say so.
    pub(crate) fn cancel(&mut self, at: Micros, order: OrderRef, by: Party, restore: Restore) {
        self.commit(at, order, Status::Canceled, Trigger::Status, Some(by));
        self.fact(Fact::OrderCancelled { order, by });
        let restored = self.restores(restore);
        let by_amazon = self
            .orders
            .get(order)
            .is_some_and(|row| row.fulfilled_by_amazon);
        if !by_amazon {
            self.note_restock(restore);
        }
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

    /// Whether cancelled units go back on sale (docs/platforms/amazon.md 5.2).
    pub(super) fn restores(&self, restore: Restore) -> bool {
        let rules = &self.settings.profile.inventory;
        match restore {
            Restore::Usual => rules.restore_on_cancel,
            Restore::NoInventory => rules.restore_on_no_inventory_cancel,
        }
    }

    /// Counts a cancellation after which units come back as the profile has it.
    pub(super) fn note_restock(&mut self, restore: Restore) {
        if let (Some(base), Restore::Usual) = (&self.settings.laid_over, restore) {
            let usual = base.inventory.restore_on_cancel;
            let is_changed = self.restores(restore) != usual;
            self.faults.changed_restock.offer(is_changed);
        }
    }

    /// The first order that Amazon will cancel for not being shipped, and when.
    pub(crate) fn unshipped_deadline(&self) -> Option<(Micros, u32)> {
        let order = self.next_deadline;
        let row = self.orders.get(OrderRef(order))?;
        let rules = &self.settings.profile.orders;
        Some((
            row.placed_at + rules.ship_by + rules.cancel_after_ship_by,
            order,
        ))
    }

    /// Skips orders at the front that need no deadline any more.
    pub(crate) fn skip_settled_deadlines(&mut self) {
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

    pub(crate) fn ship_deadline_passed(&mut self, at: Micros, order: u32) {
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
}
