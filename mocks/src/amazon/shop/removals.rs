//! Units of an item cancelled while the rest of the order goes on (docs/platforms/amazon.md 7.2).

use crate::amazon::model::orders::{Status, Trigger};
use crate::core::{ActOutcome, Cause, Fact, Micros, OrderRef, Party, Removal, RemovalKind};

use super::State;
use super::orders::Restore;

impl State {
    /// Cancels units of an item. The seller does it by hand, as with a whole order; a buyer may while the order is
    /// Pending, and can only ask later. Orders cannot be edited.
    pub(crate) fn remove_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        removal: Removal,
    ) -> ActOutcome {
        let Some(status) = self.orders.status(order) else {
            return ActOutcome::Refused("no such order");
        };
        let by_amazon = self
            .orders
            .get(order)
            .is_some_and(|row| row.fulfilled_by_amazon);
        if by_amazon {
            return ActOutcome::Refused("Amazon fulfils the order");
        }
        if status.is_final() {
            return ActOutcome::Refused("the order is shipped or cancelled");
        }
        let open = |line: &crate::amazon::model::orders::Line| line.units - line.shipped;
        let Some(waiting) = self.orders.lines(order).get(removal.line).map(open) else {
            return ActOutcome::Refused("no such order line");
        };
        if removal.units == 0 || removal.units > waiting {
            return ActOutcome::Refused("not so many units of the line wait to be shipped");
        }
        match (removal.kind, status) {
            (RemovalKind::Edit, _) => ActOutcome::Refused("orders cannot be edited on Amazon"),
            (RemovalKind::Refund, Status::Pending) => {
                ActOutcome::Refused("a pending order cannot be cancelled by the seller")
            }
            (RemovalKind::Refund, _) => {
                let restore = if removal.restock {
                    Restore::Usual
                } else {
                    Restore::NoInventory
                };
                self.cancel_units(now, order, removal, Party::Seller, restore);
                ActOutcome::Done
            }
            (RemovalKind::BuyerRequest, Status::Pending)
                if self.settings.profile.orders.free_buyer_cancel_while_pending =>
            {
                self.cancel_units(now, order, removal, Party::Buyer, Restore::Usual);
                ActOutcome::Done
            }
            // What holds for a whole order: a request changes nothing until the seller acts on it.
            (RemovalKind::BuyerRequest, _) => self.cancel_by_buyer(now, order),
        }
    }

    /// Takes units out of an item's ordered quantity. An order of which nothing is left is cancelled, or, when the rest
    /// has left, shipped.
    fn cancel_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        removal: Removal,
        by: Party,
        restore: Restore,
    ) {
        let lines = self.orders.lines(order);
        let ordered: u32 = lines.iter().map(|line| line.units).sum();
        let shipped: u32 = lines.iter().map(|line| line.shipped).sum();
        let sku = lines[removal.line].sku;
        if ordered == removal.units {
            self.cancel(now, order, by, restore);
            return;
        }
        let status = if ordered - removal.units == shipped {
            Status::Shipped
        } else {
            self.orders.status(order).unwrap_or(Status::Unshipped)
        };
        let trigger = if status == Status::Shipped {
            Trigger::Status
        } else {
            Trigger::Detail
        };
        self.orders.lines_mut(order)[removal.line].units -= removal.units;
        let change = self.commit(now, order, status, trigger, None);
        self.orders
            .note_removal(order, change, removal.line, removal.units);
        let restocked = self.restores(restore) && self.offers().is_merchant_offer(sku);
        self.note_restock(restore);
        self.fact(Fact::UnitsRemoved {
            order,
            listing: self.catalogue.listing(sku),
            units: removal.units,
            by,
            restocked,
        });
        if restocked {
            self.restore_units(now, sku, removal.units, Cause::Removed(order));
        }
    }
}
