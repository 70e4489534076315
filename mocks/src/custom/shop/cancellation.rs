//! Cancelling orders, and units of one while the rest goes on (docs/custom.md 4).

use crate::core::{
    ActOutcome, Cause, Fact, ListingIndex, Micros, OrderRef, Party, Removal, RemovalKind,
};
use crate::custom::model::orders::Status;

use super::ShopState;
use super::acts::NO_SUCH_ORDER;

/// Why an order cannot be cancelled, or not in part.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotCancellable {
    /// It is cancelled already.
    Cancelled,
    /// All of it, or a part, has left.
    HasLeft,
}

impl NotCancellable {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            NotCancellable::Cancelled => "the order is cancelled",
            NotCancellable::HasLeft => "units of the order have been shipped",
        }
    }
}

impl ShopState {
    /// Whether an order that exists can be cancelled.
    pub(crate) fn may_cancel(&self, order: u32) -> Result<(), NotCancellable> {
        let has_left = self.orders.lines(order).iter().any(|it| it.fulfilled > 0);
        match self.orders.order(order).status {
            Status::Cancelled => Err(NotCancellable::Cancelled),
            Status::Fulfilled => Err(NotCancellable::HasLeft),
            Status::Pending | Status::Open if has_left => Err(NotCancellable::HasLeft),
            Status::Pending | Status::Open => Ok(()),
        }
    }

    /// Cancels for a buyer or the staff, where the order can be cancelled.
    pub(crate) fn cancel_by(&mut self, now: Micros, order: OrderRef, by: Party) -> ActOutcome {
        if self.orders.get(order.0).is_none() {
            return NO_SUCH_ORDER;
        }
        if let Err(refused) = self.may_cancel(order.0) {
            return ActOutcome::Refused(refused.reason());
        }
        self.cancel(now, order.0, by, None);
        ActOutcome::Done
    }

    /// Cancels a whole order that can be cancelled. Its units go back on sale as `restock` says, or else as the profile does.
    pub(crate) fn cancel(&mut self, now: Micros, order: u32, by: Party, restock: Option<bool>) {
        self.fact(Fact::OrderCancelled {
            order: OrderRef(order),
            by,
        });
        let restock = self.restocks(restock);
        let record = self.orders.order_mut(order);
        record.status = Status::Cancelled;
        record.cancelled_by = Some(by);
        for line in 0..self.orders.lines(order).len() {
            let units = self.orders.lines(order)[line].open();
            let cause = Cause::Cancelled(OrderRef(order));
            self.take_out(now, order, line, units, restock, cause);
        }
        self.order_changed(now, order);
    }

    /// Takes units of a line out of an order: what is left of it goes on, and the last units taken cancel it.
    pub(crate) fn remove_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        removal: Removal,
    ) -> ActOutcome {
        let Removal {
            line, units, kind, ..
        } = removal;
        if self.orders.get(order.0).is_none() {
            return NO_SUCH_ORDER;
        }
        let by = match kind {
            RemovalKind::Edit => return ActOutcome::Refused("orders cannot be edited here"),
            RemovalKind::Refund => Party::Seller,
            RemovalKind::BuyerRequest => Party::Buyer,
        };
        if let Err(refused) = self.may_cancel(order.0) {
            return ActOutcome::Refused(refused.reason());
        }
        let Some(of) = self.orders.lines(order.0).get(line) else {
            return ActOutcome::Refused("no such line");
        };
        if units == 0 || units > of.open() {
            return ActOutcome::Refused("not so many units of the line wait to be shipped");
        }
        let listing = of.listing;
        if units == self.orders.open_units(order.0) {
            self.cancel(now, order.0, by, None);
            return ActOutcome::Done;
        }
        let restocked = self.restocks(None);
        self.fact(Fact::UnitsRemoved {
            order,
            listing: ListingIndex(listing),
            units,
            by,
            restocked,
        });
        self.orders.order_mut(order.0).removed_units += units;
        self.take_out(now, order.0, line, units, restocked, Cause::Removed(order));
        self.order_changed(now, order.0);
        ActOutcome::Done
    }

    /// Whether cancelled units go back on sale; counts that the profile was asked.
    fn restocks(&mut self, asked: Option<bool>) -> bool {
        let by_profile = self.profile.inventory.restock_on_cancel;
        if let (None, Some(base)) = (asked, &self.laid_over) {
            let is_changed = by_profile != base.inventory.restock_on_cancel;
            self.faults.changed_restock.offer(is_changed);
        }
        asked.unwrap_or(by_profile)
    }

    fn take_out(
        &mut self,
        now: Micros,
        order: u32,
        line: usize,
        units: u32,
        restock: bool,
        cause: Cause,
    ) {
        let of = self.orders.line_mut(order, line);
        of.cancelled += units;
        let listing = of.listing;
        if restock {
            of.restocked += units;
            self.move_units(now, listing, i64::from(units), cause);
        }
    }
}
