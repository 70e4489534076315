//! Shipments and their tracking (docs/platforms/shopify.md 7).

use super::Store;
use super::notices::Subject;
use crate::core::{Fact, Micros, OrderRef};
use crate::shopify::model::fulfillment::{
    Fulfillment, FulfillmentEvent, FulfillmentLine, FulfillmentOrderLine, Tracking,
};
use crate::shopify::model::span::{NONE, Span};
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
            if let Some(listing) = self.state.counted_listing(line) {
                self.state.stock.level_mut(listing, location).committed -= i64::from(quantity);
            }
            units += quantity;
            let mut earlier = self.state.fulfillment_lines[start as usize..].iter_mut();
            let shown = match earlier.find(|shipped| shipped.line == line) {
                Some(first) => {
                    first.shown += quantity;
                    0
                }
                None => quantity,
            };
            self.state.fulfillment_lines.push(FulfillmentLine {
                line,
                quantity,
                shown,
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
            is_cancelled: false,
            last_event: NONE,
            previous,
        });
        // The platform sets no ship-by time, so nothing is late here.
        self.fact(Fact::FulfillmentConfirmed {
            order: OrderRef(position),
            units,
            complete,
            late: false,
        });
        self.archive_if_done(now, position);
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
        self.fulfillment_changed(now, at);
    }

    /// Cancels a shipment: its units wait to be shipped again, except those that the buyer has sent back. A fulfillment
    /// order of which something remains takes them back; one that had left wholly stays closed, and a new one has them
    /// (docs/platforms/shopify.md 7).
    pub(crate) fn cancel_fulfillment(&mut self, now: Micros, at: u32) {
        let record = &mut self.state.fulfillments[at as usize];
        if record.is_cancelled {
            return;
        }
        record.is_cancelled = true;
        record.updated_at = now;
        let (order, location, shipped) = (record.order, record.location, record.lines);
        let mut reopened: Vec<(u32, u32, u32)> = Vec::new();
        for shipped in shipped.range() {
            let shipped = self.state.fulfillment_lines[shipped].clone();
            let sent = self.state.with_the_buyer(order, shipped.line);
            let quantity = shipped.quantity.min(sent);
            if quantity > 0 {
                self.state.lines[shipped.line as usize].fulfilled -= quantity;
                if let Some(listing) = self.state.counted_listing(shipped.line) {
                    let level = self.state.stock.level_mut(listing, location);
                    level.committed += i64::from(quantity);
                }
                reopened.push((shipped.fulfillment_order, shipped.line, quantity));
            }
        }
        let units: u32 = reopened.iter().map(|(_, _, quantity)| quantity).sum();
        self.state.orders[order as usize].fulfilled_units -= units;
        reopened.sort_by_key(|(fulfillment_order, ..)| *fulfillment_order);
        for group in reopened.chunk_by(|one, other| one.0 == other.0) {
            self.reopen(now, (order, location), group);
        }
        self.fact(Fact::FulfillmentCancelled {
            order: OrderRef(order),
            units,
        });
        self.fulfillment_changed(now, at);
    }

    /// Lets units that one fulfillment order had shipped wait again; each with that fulfillment order and its line.
    fn reopen(&mut self, now: Micros, (order, location): (u32, u16), units: &[(u32, u32, u32)]) {
        let from = units[0].0;
        let record = &mut self.state.fulfillment_orders[from as usize];
        record.updated_at = now;
        let lines: Vec<usize> = record.lines().collect();
        let is_closed = self
            .state
            .remaining(&self.state.fulfillment_orders[from as usize])
            == 0;
        let start = self.state.fulfillment_order_lines.len() as u32;
        let made = self.state.fulfillment_orders.len() as u32;
        for &(_, line, quantity) in units {
            let assigned = lines
                .iter()
                .copied()
                .find(|at| self.state.fulfillment_order_lines[*at].line == line);
            if let Some(assigned) = assigned {
                let assigned = &mut self.state.fulfillment_order_lines[assigned];
                if is_closed {
                    assigned.reopened += quantity;
                } else {
                    assigned.remaining += quantity;
                }
            }
            if is_closed {
                self.state
                    .fulfillment_order_lines
                    .push(FulfillmentOrderLine::new(made, line, quantity));
            }
        }
        if is_closed {
            self.add_fulfillment_order(now, order, location, start);
        }
    }

    /// Notes what a carrier reports of a shipment, and returns the event's position.
    pub(crate) fn report_event(&mut self, now: Micros, event: FulfillmentEvent) -> u32 {
        let made = self.state.fulfillment_events.len() as u32;
        let at = event.fulfillment;
        let record = &mut self.state.fulfillments[at as usize];
        let previous = std::mem::replace(&mut record.last_event, made);
        record.updated_at = now;
        self.state
            .fulfillment_events
            .push(FulfillmentEvent { previous, ..event });
        self.fulfillment_changed(now, at);
        made
    }

    /// Notes that a shipment changed, and its order with it.
    fn fulfillment_changed(&mut self, now: Micros, at: u32) {
        let order = self.state.fulfillments[at as usize].order;
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
