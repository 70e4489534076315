//! Orders that apps delete (docs/platforms/shopify.md 3.5).

use super::Store;
use super::notices::Subject;
use crate::core::{Cause, Fact, Micros, OrderRef, Party};
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Deletes an order that an app made. Units that it claimed and that have not left are on sale again.
    pub(crate) fn delete_order(&mut self, now: Micros, position: u32) {
        let event = self.new_event();
        let is_open = !self.state.orders[position as usize].is_cancelled();
        self.state.orders[position as usize].is_deleted = true;
        if is_open {
            self.fact(Fact::OrderCancelled {
                order: OrderRef(position),
                by: Party::Seller,
            });
        }
        let fulfillment_orders: Vec<u32> = self.state.fulfillment_orders_of(position).collect();
        for at in fulfillment_orders {
            let record = &self.state.fulfillment_orders[at as usize];
            let (location, lines): (u16, Vec<usize>) = (record.location, record.lines().collect());
            for at in lines {
                let assigned = &mut self.state.fulfillment_order_lines[at];
                let (line, quantity) = (assigned.line, std::mem::take(&mut assigned.remaining));
                if let Some(listing) = self.state.counted_listing(line)
                    && quantity > 0
                {
                    let units = i64::from(quantity);
                    self.state.stock.level_mut(listing, location).committed -= units;
                    let cause = Cause::Cancelled(OrderRef(position));
                    self.move_available(now, event, (listing, location), units, cause);
                }
            }
        }
        self.touch(now, position);
        self.raise(now, event, Topic::OrdersDelete, Subject::Order(position));
    }
}
