//! What an order goes through: payment, hold, carriers, deadlines (docs/platforms/tiktok_shop.md 4.2, 4.3).

use crate::core::{Cause, Distribution, Micros, OrderRef, Party, Stream};

use crate::tiktok_shop::model::orders::Status;
use crate::tiktok_shop::model::stock::Trigger;

use super::events::Event;
use super::timers::Due;
use super::{News, ShopState};

impl ShopState {
    /// When search will see a change made now; drawn for each position of the version log.
    pub(super) fn visible_at(&mut self, now: Micros) -> Micros {
        let position = self.orders.log().len() as u64;
        let mut stream = Stream::new(self.keys.search_lag, position);
        let lag = self.profile.orders.search_lag.draw(&mut stream);
        if let Some(base) = &self.laid_over {
            let usual = base.orders.search_lag.usually_within();
            self.faults.late_listing.offer(lag > usual);
        }
        now + lag
    }

    /// Status of an order whose payment has just come in.
    pub(super) fn status_when_paid(&self) -> Status {
        if self.profile.orders.hold > Micros::ZERO {
            Status::OnHold
        } else {
            Status::AwaitingShipment
        }
    }

    /// Moves an order to a status, sends webhook 1 and sets the timer that follows from it.
    pub(super) fn set_status(&mut self, now: Micros, order: u32, status: Status) {
        let visible_at = self.visible_at(now);
        self.orders.set_status(now, order, status, visible_at);
        self.entered_status(now, order);
    }

    /// Sends webhook 1 for the status an order has just entered and sets the timer that follows from it.
    pub(super) fn entered_status(&mut self, now: Micros, order: u32) {
        let record = self.orders.order(order);
        let status = record.status;
        self.raise(
            now,
            Event::OrderStatus {
                order,
                status,
                is_on_hold_order: record.is_on_hold_order,
                at: now,
            },
        );
        let orders = &self.profile.orders;
        let drawn = |key: u64, delay: &Distribution| {
            now + delay.draw(&mut Stream::new(key, u64::from(order)))
        };
        match status {
            Status::Unpaid => self
                .timers
                .set(now + orders.unpaid_expiry, Due::UnpaidExpires(order)),
            Status::OnHold => self.timers.set(now + orders.hold, Due::HoldEnds(order)),
            Status::AwaitingCollection if orders.carrier_scans => {
                let at = drawn(self.keys.collection, &orders.collection);
                self.timers.set(at, Due::Collected(order));
            }
            Status::InTransit => {
                let at = drawn(self.keys.transit, &orders.transit);
                self.timers.set(at, Due::Delivered(order));
            }
            Status::Delivered => {
                let at = drawn(self.keys.completion, &orders.completion);
                self.timers.set(at, Due::Completed(order));
            }
            _ => {}
        }
    }

    /// Starts what runs from payment: the automatic cancel of orders that are not shipped.
    pub(super) fn start_ship_deadline(&mut self, now: Micros, order: u32) {
        let after = self.profile.orders.auto_cancel_after;
        if after > Micros::ZERO {
            self.timers.set(now + after, Due::ShipDeadline(order));
        }
    }

    /// Takes payment for an unpaid order. With stock committed at payment the stock may be gone; then the platform
    /// cancels and this answers false.
    pub(super) fn receive_payment(&mut self, now: Micros, order: u32) -> bool {
        if !self.orders.order(order).committed && !self.commit_order(now, order) {
            self.cancel(now, order, Party::Platform, None, "out of stock at payment");
            return false;
        }
        self.orders.order_mut(order).paid_at = now;
        self.start_ship_deadline(now, order);
        let status = self.status_when_paid();
        self.set_status(now, order, status);
        true
    }

    /// Commits the stock of an order placed without: each line at the first location that can serve it alone.
    fn commit_order(&mut self, now: Micros, order: u32) -> bool {
        let lines = self.orders.lines(self.orders.order(order));
        let mut chosen = Vec::with_capacity(lines.len());
        for line in lines {
            let units = i64::from(line.units);
            let location = (0..self.stock.locations)
                .find(|location| self.stock.available_at(line.listing, *location) >= units);
            match location {
                Some(location) => chosen.push((line.listing, location, units)),
                None => return false,
            }
        }
        for (line, (listing, location, units)) in chosen.into_iter().enumerate() {
            self.orders.lines_mut(order)[line].location = location as u16;
            let from = self.stock.displayed(listing);
            self.stock.add_available(listing, location, -units);
            self.stock.add_committed(listing, location, units);
            self.displayed_changed(listing, from, Cause::Checkout(OrderRef(order)));
            self.inventory_changed(now, listing, Trigger::OrderCreated, -units, units);
        }
        self.orders.order_mut(order).committed = true;
        true
    }

    /// Whether something due would still change anything: orders move on, and their old timers go stale.
    pub(crate) fn is_live(&self, due: Due) -> bool {
        let status = |order: u32| self.orders.order(order).status;
        match due {
            Due::HoldEnds(order) => status(order) == Status::OnHold,
            Due::UnpaidExpires(order) => status(order) == Status::Unpaid,
            Due::ShipDeadline(order) => {
                matches!(status(order), Status::OnHold | Status::AwaitingShipment)
            }
            Due::Collected(order) => status(order) == Status::AwaitingCollection,
            Due::Delivered(order) => status(order) == Status::InTransit,
            Due::Completed(order) => status(order) == Status::Delivered,
            Due::ApproveCancellation(index) => self.cancellations.is_pending(index),
            Due::CancellationRefunded(index) => self.cancellations.awaits_refund(index),
            Due::WriteLive(_) | Due::Send(_) => true,
        }
    }

    /// Does what has come due; `is_live` has been asked.
    pub(crate) fn perform(&mut self, now: Micros, due: Due) {
        match due {
            Due::HoldEnds(order) => self.set_status(now, order, Status::AwaitingShipment),
            Due::UnpaidExpires(order) => {
                self.cancel(now, order, Party::Platform, None, "unpaid");
            }
            Due::ShipDeadline(order) => {
                let pending = self.pending_cancellation(order);
                self.cancel(now, order, Party::Platform, pending, "not shipped in time");
            }
            Due::Collected(order) => self.set_status(now, order, Status::InTransit),
            Due::Delivered(order) => self.set_status(now, order, Status::Delivered),
            Due::Completed(order) => self.set_status(now, order, Status::Completed),
            Due::ApproveCancellation(index) => self.approve(now, index),
            Due::CancellationRefunded(index) => self.cancellation_refunded(now, index),
            Due::WriteLive(index) => self.write_due(now, index),
            Due::Send(index) => self.news.push_back(News::Send(now, index)),
        }
    }
}
