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
                .push(FulfillmentOrderLine::new(made, line, quantity));
        }
        self.state.fulfillment_orders[from as usize].updated_at = now;
        self.add_fulfillment_order(now, order, location, start);
        if let Some(deadline) = self.state.deadlines.get(&from).copied() {
            self.state.deadlines.insert(made, deadline);
        }
        made
    }

    /// Adds a fulfillment order of the lines from `start` on, and returns its position.
    pub(super) fn add_fulfillment_order(
        &mut self,
        now: Micros,
        order: u32,
        location: u16,
        start: u32,
    ) -> u32 {
        let made = self.state.fulfillment_orders.len() as u32;
        let len = self.state.fulfillment_order_lines.len() as u32 - start;
        self.state.fulfillment_orders.push(FulfillmentOrder {
            order,
            location,
            born_with: Span { start, len },
            merged_in: Vec::new(),
            updated_at: now,
            progress: Progress::None,
        });
        self.state
            .later_fulfillment_orders
            .entry(order)
            .or_default()
            .push(made);
        made
    }

    /// Puts units of other fulfillment orders of the same order and location into one. A line that gave all its units
    /// is still shown, with none (docs/platforms/shopify.md 7).
    pub(crate) fn merge_into(&mut self, now: Micros, into: u32, units: &[(u32, u32)]) {
        for &(at, quantity) in units {
            let given = &mut self.state.fulfillment_order_lines[at as usize];
            debug_assert!(quantity > 0 && quantity <= given.remaining);
            given.remaining -= quantity;
            given.total -= quantity;
            let (line, from) = (given.line, given.fulfillment_order);
            self.state.fulfillment_orders[from as usize].updated_at = now;
            let present = self.state.fulfillment_orders[into as usize]
                .lines()
                .find(|at| self.state.fulfillment_order_lines[*at].line == line);
            if let Some(present) = present {
                let taken = &mut self.state.fulfillment_order_lines[present];
                taken.remaining += quantity;
                taken.total += quantity;
                taken.is_moved_away = false;
            } else {
                let made = self.state.fulfillment_order_lines.len() as u32;
                self.state
                    .fulfillment_order_lines
                    .push(FulfillmentOrderLine::new(into, line, quantity));
                let target = &mut self.state.fulfillment_orders[into as usize];
                target.merged_in.push(made);
            }
        }
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
            let Some(listing) = self.state.counted_listing(line) else {
                continue;
            };
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
