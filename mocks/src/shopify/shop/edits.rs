//! Units that leave an order before they ship by the hand of the staff: order edits, and refunds of units that wait
//! (docs/platforms/shopify.md 3.3). The fulfillment orders shrink with the order, and `currentQuantity` falls.

use super::Store;
use super::notices::Subject;
use super::refunds::{RefundRequest, RefundedUnits};
use crate::core::{ActOutcome, Micros, OrderRef, Party, Removal, RemovalKind};
use crate::shopify::model::orders::Edit;
use crate::shopify::model::refunds::{Discrepancy, RestockType};
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Takes units of a line out of an order. A buyer can only ask; the staff then refund, and restock as they do when a
    /// buyer cancels the whole order.
    pub(crate) fn remove_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        removal: Removal,
    ) -> ActOutcome {
        let Some(record) = self.state.orders.get(order.0 as usize) else {
            return ActOutcome::Refused("there is no such order");
        };
        if record.is_cancelled() {
            return ActOutcome::Refused("the order is cancelled");
        }
        let Some(line) = record.lines.range().nth(removal.line) else {
            return ActOutcome::Refused("the order has no such line");
        };
        let line = line as u32;
        if removal.units == 0 || removal.units > self.state.waiting(order.0, line) {
            return ActOutcome::Refused("not so many units of the line wait to be shipped");
        }
        let (by, restock) = match removal.kind {
            RemovalKind::Edit => {
                self.edit_order(now, order.0, line, removal.units, removal.restock);
                return ActOutcome::Done;
            }
            RemovalKind::Refund => (Party::Seller, removal.restock),
            RemovalKind::BuyerRequest => (Party::Buyer, true),
        };
        let price_cents = self.state.lines[line as usize].price_cents;
        self.apply_refund(
            now,
            RefundRequest {
                order: order.0,
                units: vec![RefundedUnits {
                    line,
                    quantity: removal.units,
                    restock: if restock {
                        RestockType::Cancel
                    } else {
                        RestockType::NoRestock
                    },
                    location: None,
                }],
                amount_cents: price_cents * i64::from(removal.units),
                shipping_cents: 0,
                discrepancy: Discrepancy::default(),
                note: None,
                by,
            },
        );
        ActOutcome::Done
    }

    /// Commits an edit that lowers a line. It books no refund; what is paid back is another act of the staff's.
    fn edit_order(&mut self, now: Micros, order: u32, line: u32, units: u32, restock: bool) {
        let event = self.new_event();
        self.take_unshipped(now, event, order, line, units, (Party::Seller, restock));
        let edit = self.state.edits.len() as u32;
        self.state.edits.push(Edit {
            order,
            created_at: now,
            line,
            removed: units,
        });
        self.touch(now, order);
        self.raise(now, event, Topic::OrdersEdited, Subject::Edit(edit));
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
    }
}
