//! Cancelling: by buyers at once or as a request, by the seller, by the platform (docs/platforms/tiktok_shop.md 4.1, 4.3).

use crate::core::{Cause, Fact, Micros, OrderRef, Party};
use crate::tiktok_shop::model::cancellations::CancellationState;
use crate::tiktok_shop::model::orders::{CANCELLED_UNIT, Status};
use crate::tiktok_shop::model::stock::Trigger;

use super::ShopState;
use super::events::Event;
use super::timers::Due;

impl ShopState {
    pub(super) fn new_cancellation(
        &mut self,
        now: Micros,
        order: u32,
        by: Party,
        state: CancellationState,
        reason: &str,
    ) -> u32 {
        let previous = self.orders.order(order).cancellation;
        let index = self
            .cancellations
            .enter(now, order, previous, by, state, reason);
        self.cancellations.all[index as usize].units = self.rest_of(order);
        self.orders.order_mut(order).cancellation = index;
        index
    }

    /// What a cancellation of a whole order is about: the units that are left where some were cancelled before, else none
    /// by name.
    fn rest_of(&self, order: u32) -> Box<[u32]> {
        let record = self.orders.order(order);
        if record.cancelled_units == 0 {
            return Box::default();
        }
        self.orders.waiting_units(record).collect()
    }

    /// Cancels an order for the seller; a buyer's undecided request is granted by it. Answers the cancellation, or `None`
    /// where the order can no longer be cancelled.
    pub(crate) fn cancel_for_seller(
        &mut self,
        now: Micros,
        order: u32,
        reason: &str,
    ) -> Option<u32> {
        if !self.orders.order(order).status.seller_may_cancel() {
            return None;
        }
        let pending = self.pending_cancellation(order);
        Some(self.cancel(now, order, Party::Seller, pending, reason))
    }

    /// Cancels a whole order that has not left, and gives its stock free. An undecided request is settled by it.
    pub(super) fn cancel(
        &mut self,
        now: Micros,
        order: u32,
        by: Party,
        request: Option<u32>,
        reason: &str,
    ) -> u32 {
        let index = match request {
            Some(index) => {
                self.cancellations
                    .decide(now, index, CancellationState::Success);
                // A request for a part may be granted by a cancellation of all.
                self.cancellations.all[index as usize].units = self.rest_of(order);
                index
            }
            None => self.new_cancellation(now, order, by, CancellationState::Success, reason),
        };
        self.fact(Fact::OrderCancelled {
            order: OrderRef(order),
            by,
        });
        let restocked = self.release(now, order);
        self.cancellation_done(now, index, restocked);
        self.set_status(now, order, Status::Cancelled);
        index
    }

    /// Tells that a cancellation came to pass; where something was paid, its refund follows.
    pub(super) fn cancellation_done(&mut self, now: Micros, index: u32, restocked: bool) {
        let cancellation = &mut self.cancellations.all[index as usize];
        cancellation.restocked = restocked;
        let order = cancellation.order;
        let state = CancellationState::Success;
        self.raise(now, Event::Cancellation { index, state });
        let was_paid = self.orders.order(order).status != Status::Unpaid;
        let delay = self.profile.orders.refund_after;
        if was_paid && delay > Micros::ZERO {
            self.timers
                .set(now + delay, Due::CancellationRefunded(index));
        }
    }

    /// Tells that what was paid for a cancelled order, or a part of it, is refunded.
    pub(super) fn cancellation_refunded(&mut self, now: Micros, index: u32) {
        self.cancellations.complete(index);
        let state = CancellationState::Complete;
        self.raise(now, Event::Cancellation { index, state });
    }

    /// Whether cancelled units of a listing go back on sale by themselves; counts that it was asked for.
    pub(super) fn restocks(&mut self, listing: u32) -> bool {
        let restocks = self.stock.auto_restock(listing);
        if let Some(base) = &self.laid_over {
            // What the seller has set for a SKU stands above the profile.
            let usual = self.stock.own_auto_restock(listing);
            let is_changed = restocks != usual.unwrap_or(base.inventory.auto_restock);
            self.faults.changed_restock.offer(is_changed);
        }
        restocks
    }

    /// Gives the committed units of an order free: back to what can be bought, unless the SKU is restocked by
    /// hand (docs/platforms/tiktok_shop.md 5.1). Tells whether any went back.
    fn release(&mut self, now: Micros, order: u32) -> bool {
        if !std::mem::replace(&mut self.orders.order_mut(order).committed, false) {
            return false;
        }
        let mut restocked = false;
        let lines = self.orders.lines(self.orders.order(order)).len();
        let (mut line, mut unit) = (0, 0);
        while line < lines {
            // A basket line that was split over locations changes the displayed quantity once.
            let listing = self.orders.lines(self.orders.order(order))[line].listing;
            let from = self.stock.displayed(listing);
            let restock = self.restocks(listing);
            let mut units = 0;
            loop {
                let part = &self.orders.lines(self.orders.order(order))[line];
                let location = usize::from(part.location);
                let end = unit + part.units as usize;
                let part_units = self.orders.units(self.orders.order(order))[unit..end]
                    .iter()
                    .filter(|package| **package != CANCELLED_UNIT)
                    .count() as i64;
                unit = end;
                self.stock.add_committed(listing, location, -part_units);
                if restock {
                    self.stock.add_available(listing, location, part_units);
                }
                units += part_units;
                line += 1;
                let next = self.orders.lines(self.orders.order(order)).get(line);
                if !next.is_some_and(|next| next.continues) {
                    break;
                }
            }
            self.displayed_changed(listing, from, Cause::Cancelled(OrderRef(order)));
            let back = if restock { units } else { 0 };
            restocked |= back > 0;
            self.inventory_changed(now, listing, Trigger::OrderCanceled, back, -units);
        }
        restocked
    }

    /// A buyer's request, for units of the order or, naming none, for all; the platform approves it after the profile's
    /// delay if nobody decides before.
    pub(super) fn request_cancellation(&mut self, now: Micros, order: u32, units: Vec<u32>) {
        let index = self.new_cancellation(
            now,
            order,
            Party::Buyer,
            CancellationState::Pending,
            "no longer needed",
        );
        if !units.is_empty() {
            self.cancellations.all[index as usize].units = units.into();
        }
        self.raise(
            now,
            Event::Cancellation {
                index,
                state: CancellationState::Pending,
            },
        );
        let delay = self.profile.orders.cancel_auto_approve;
        if delay == Micros::ZERO {
            self.approve(now, index);
        } else {
            self.timers
                .set(now + delay, Due::ApproveCancellation(index));
        }
    }

    /// Grants a pending request.
    pub(crate) fn approve(&mut self, now: Micros, index: u32) {
        let order = self.cancellations.all[index as usize].order;
        let units = self.cancellations.all[index as usize].units.clone();
        if units.is_empty() {
            self.cancel(now, order, Party::Buyer, Some(index), "");
        } else {
            self.cancel_units(now, order, &units, Party::Buyer, Some(index), "");
        }
    }

    /// Ends a pending request without cancelling.
    pub(crate) fn withdraw(&mut self, now: Micros, index: u32) {
        self.cancellations
            .decide(now, index, CancellationState::Withdrawn);
        self.raise(
            now,
            Event::Cancellation {
                index,
                state: CancellationState::Withdrawn,
            },
        );
    }
}
