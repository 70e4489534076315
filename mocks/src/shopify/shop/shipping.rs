//! Shipments and their tracking (docs/platforms/shopify.md 7).

use super::Store;
use super::notices::Subject;
use crate::core::{Fact, Micros, OrderRef};
use crate::shopify::model::fulfillment::{Fulfillment, FulfillmentLine, Tracking};
use crate::shopify::model::span::Span;
use crate::shopify::model::subscriptions::Topic;

/// Units shipped of one fulfillment order line.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShippedUnits {
    /// The fulfillment order's line.
    pub(crate) line: u32,
    /// Units.
    pub(crate) quantity: u32,
}

impl Store {
    /// Ships units of one location's fulfillment orders of one order; the quantities are known to be there.
    pub(crate) fn ship(
        &mut self,
        now: Micros,
        position: u32,
        location: u16,
        shipped: &[ShippedUnits],
        tracking: Tracking,
    ) -> u32 {
        let event = self.new_event();
        let fulfillment = self.state.fulfillments.len() as u32;
        let start = self.state.fulfillment_lines.len() as u32;
        let mut units = 0;
        for &ShippedUnits { line: at, quantity } in shipped {
            let assigned = &mut self.state.fulfillment_order_lines[at as usize];
            debug_assert!(quantity > 0 && quantity <= assigned.remaining);
            assigned.remaining -= quantity;
            let (line, fulfillment_order) = (assigned.line, assigned.fulfillment_order);
            self.state.fulfillment_orders[fulfillment_order as usize].updated_at = now;
            let record = &mut self.state.lines[line as usize];
            record.fulfilled += quantity;
            let listing = record.listing;
            self.state.stock.level_mut(listing, location).committed -= i64::from(quantity);
            units += quantity;
            self.state.fulfillment_lines.push(FulfillmentLine {
                line,
                quantity,
                fulfillment_order,
            });
        }
        let order = &mut self.state.orders[position as usize];
        order.fulfilled_units += units;
        order.fulfillments += 1;
        let complete = order.fulfilled_units >= order.units - order.removed_units;
        let previous = std::mem::replace(&mut order.last_fulfillment, fulfillment);
        let number = order.fulfillments;
        self.state.fulfillments.push(Fulfillment {
            order: position,
            location,
            number,
            created_at: now,
            updated_at: now,
            lines: Span {
                start,
                len: shipped.len() as u32,
            },
            tracking,
            previous,
        });
        // The platform sets no ship-by time, so nothing is late here.
        self.fact(Fact::FulfillmentConfirmed {
            order: OrderRef(position),
            units,
            complete,
            late: false,
        });
        self.touch(now, position);
        self.raise(
            now,
            event,
            Topic::FulfillmentsCreate,
            Subject::Fulfillment(fulfillment),
        );
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(position));
        let topic = if complete {
            Topic::OrdersFulfilled
        } else {
            Topic::OrdersPartiallyFulfilled
        };
        self.raise(now, event, topic, Subject::Order(position));
        fulfillment
    }

    /// Replaces a fulfillment's tracking.
    pub(crate) fn replace_tracking(&mut self, now: Micros, at: u32, tracking: Tracking) {
        let record = &mut self.state.fulfillments[at as usize];
        record.tracking = tracking;
        record.updated_at = now;
        let order = record.order;
        let event = self.new_event();
        self.touch(now, order);
        self.raise(
            now,
            event,
            Topic::FulfillmentsUpdate,
            Subject::Fulfillment(at),
        );
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
    }
}
