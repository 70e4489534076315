//! Fulfillment orders divided and moved (docs/platforms/shopify.md 7).

use super::Store;
use super::notices::Subject;
use crate::core::Micros;
use crate::shopify::model::fulfillment::{FulfillmentOrder, FulfillmentOrderLine, Progress};
use crate::shopify::model::span::Span;
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Makes a fulfillment order of units taken from another of the same order.
    pub(crate) fn split_off(
        &mut self,
        now: Micros,
        from: u32,
        units: &[(u32, u32)],
        location: u16,
    ) -> u32 {
        let order = self.state.fulfillment_orders[from as usize].order;
        let made = self.state.fulfillment_orders.len() as u32;
        let start = self.state.fulfillment_order_lines.len() as u32;
        for &(at, quantity) in units {
            let assigned = &mut self.state.fulfillment_order_lines[at as usize];
            debug_assert!(quantity > 0 && quantity <= assigned.remaining);
            assigned.remaining -= quantity;
            assigned.total -= quantity;
            assigned.is_moved_away = assigned.total == 0;
            let line = assigned.line;
            self.state
                .fulfillment_order_lines
                .push(FulfillmentOrderLine {
                    fulfillment_order: made,
                    is_moved_away: false,
                    line,
                    total: quantity,
                    remaining: quantity,
                });
        }
        self.state.fulfillment_orders.push(FulfillmentOrder {
            order,
            location,
            lines: Span {
                start,
                len: units.len() as u32,
            },
            updated_at: now,
            progress: Progress::None,
        });
        self.state.fulfillment_orders[from as usize].updated_at = now;
        self.state
            .later_fulfillment_orders
            .entry(order)
            .or_default()
            .push(made);
        made
    }

    /// Moves what is committed for units from one location to another: what can be bought in all stays the same, so the
    /// ledger hears nothing, and both levels raise their webhook.
    pub(crate) fn move_commitment(
        &mut self,
        now: Micros,
        units: &[(u32, u32)],
        from: u16,
        to: u16,
    ) {
        let event = self.new_event();
        for &(at, quantity) in units {
            let line = self.state.fulfillment_order_lines[at as usize].line;
            let listing = self.state.lines[line as usize].listing;
            let quantity = i64::from(quantity);
            self.state.stock.level_mut(listing, from).committed -= quantity;
            self.state.stock.level_mut(listing, to).committed += quantity;
            self.state
                .stock
                .change_available(now, listing, from, quantity);
            self.state
                .stock
                .change_available(now, listing, to, -quantity);
            for location in [from, to] {
                self.raise_stock(now, event, (listing, location));
            }
        }
    }

    /// Notes that a fulfillment order changed, and its order with it.
    pub(crate) fn fulfillment_order_changed(&mut self, now: Micros, fulfillment_order: u32) {
        let record = &mut self.state.fulfillment_orders[fulfillment_order as usize];
        record.updated_at = now;
        let order = record.order;
        let event = self.new_event();
        self.touch(now, order);
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
    }
}
