//! Refunds and returns (docs/platforms/shopify.md 3.2, 3.3 and 4.1).
//!
//! Units refunded with `CANCEL` leave the order unshipped and go back on sale where they were committed; units with
//! `RETURN` come back from the buyer to the location named, or to the one they left; units with `NO_RESTOCK` are taken
//! from what is not shipped yet, then from what is, and go nowhere. Both are of what returns have processed, before anything.

use super::Store;
use super::notices::Subject;
use crate::core::{Cause, Fact, ListingIndex, Micros, OrderRef, Party};
use crate::shopify::model::refunds::{Discrepancy, Refund, RestockType};
use crate::shopify::model::span::Span;
use crate::shopify::model::subscriptions::Topic;

/// Units of one line to refund.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefundedUnits {
    /// The order's line.
    pub(crate) line: u32,
    /// How many, at least 1.
    pub(crate) quantity: u32,
    /// What becomes of them.
    pub(crate) restock: RestockType,
    /// Where returned units are put.
    pub(crate) location: Option<u16>,
}

/// A refund that may be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefundRequest {
    /// The order.
    pub(crate) order: u32,
    /// The units.
    pub(crate) units: Vec<RefundedUnits>,
    /// The money paid back, in cents.
    pub(crate) amount_cents: i64,
    /// What of it is for shipping.
    pub(crate) shipping_cents: i64,
    /// Why it is more or less than its lines cost, if it is.
    pub(crate) discrepancy: Discrepancy,
    /// The staff's note.
    pub(crate) note: Option<String>,
    /// Who wanted it.
    pub(crate) by: Party,
}

impl Store {
    /// Books a refund whose lines have been pushed from `first_line` on.
    pub(crate) fn book_refund(
        &mut self,
        now: Micros,
        position: u32,
        (amount_cents, shipping_cents, discrepancy): (i64, i64, Discrepancy),
        first_line: u32,
    ) -> u32 {
        let refund = self.state.refunds.len() as u32;
        let lines = &self.state.refund_lines[first_line as usize..];
        let lines_cents = lines
            .iter()
            .map(|it| self.state.lines[it.line as usize].price_cents * i64::from(it.quantity))
            .sum();
        let discrepancy_cents =
            self.state
                .discrepancy_cents(position, amount_cents, lines_cents, shipping_cents);
        let order = &mut self.state.orders[position as usize];
        let previous = std::mem::replace(&mut order.last_refund, refund);
        order.refunded_cents += amount_cents;
        if amount_cents > 0
            && let Some(made) = self.state.made_orders.get_mut(&position)
        {
            made.given_status = None;
        }
        self.state.refunds.push(Refund {
            order: position,
            created_at: now,
            amount_cents,
            shipping_cents,
            discrepancy_cents,
            discrepancy,
            lines: Span {
                start: first_line,
                len: self.state.refund_lines.len() as u32 - first_line,
            },
            previous,
        });
        refund
    }

    /// Books a return of shipped units of one line, with its refund.
    pub(crate) fn take_back(
        &mut self,
        now: Micros,
        position: u32,
        line: u32,
        units: u32,
        restock: bool,
    ) {
        let event = self.new_event();
        let missing = self.state.pay_for_shipped(position, line, units, restock);
        let record = &self.state.lines[line as usize];
        let cents = record.price_cents * i64::from(units);
        let location = self.state.shipped_from(position, line);
        let first_line = self.state.refund_lines.len() as u32;
        let kind = if restock {
            RestockType::Return
        } else {
            RestockType::NoRestock
        };
        let refunded = self.state.refund_line(line, units, location, kind);
        self.state.refund_lines.push(refunded);
        let money = (cents, 0, Discrepancy::default());
        let refund = self.book_refund(now, position, money, first_line);
        if missing > 0
            && let Some(listing) = self.state.counted_listing(line)
        {
            let cause = Cause::Returned(OrderRef(position));
            self.move_available(now, event, (listing, location), i64::from(missing), cause);
        }
        self.touch(now, position);
        self.raise(now, event, Topic::RefundsCreate, Subject::Refund(refund));
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(position));
    }

    /// Takes up to `quantity` unshipped units of a line out of the order, and says how many it took from where. With
    /// `restock` they go back on sale there, unless their product is deleted.
    pub(super) fn take_unshipped(
        &mut self,
        now: Micros,
        event: u64,
        order: u32,
        line: u32,
        quantity: u32,
        (by, restock): (Party, bool),
    ) -> Vec<(u16, u32)> {
        let mut left = quantity;
        let mut taken = Vec::new();
        let counted = self.state.counted_listing(line);
        let fulfillment_orders: Vec<u32> = self.state.fulfillment_orders_of(order).collect();
        for at in fulfillment_orders {
            let record = &mut self.state.fulfillment_orders[at as usize];
            let (location, lines): (u16, Vec<usize>) = (record.location, record.lines().collect());
            for assigned in lines {
                let assigned = &mut self.state.fulfillment_order_lines[assigned];
                let here = if assigned.line == line {
                    assigned.remaining.min(left)
                } else {
                    0
                };
                if here == 0 {
                    continue;
                }
                assigned.remaining -= here;
                assigned.total -= here;
                left -= here;
                self.state.fulfillment_orders[at as usize].updated_at = now;
                if let Some(listing) = counted {
                    self.state.stock.level_mut(listing, location).committed -= i64::from(here);
                }
                taken.push((location, here));
            }
        }
        let took = quantity - left;
        if took == 0 {
            return taken;
        }
        self.state.orders[order as usize].removed_units += took;
        self.state.lines[line as usize].current_quantity -= took;
        // Of a deleted product, too, the units are out of the order.
        let Some(listing) = self.state.claimed_listing(line) else {
            return taken;
        };
        let restock = restock && counted.is_some();
        self.fact(Fact::UnitsRemoved {
            order: OrderRef(order),
            listing: ListingIndex(listing),
            units: took,
            by,
            restocked: restock,
        });
        if restock {
            for &(location, units) in &taken {
                let cause = Cause::Removed(OrderRef(order));
                self.move_available(now, event, (listing, location), i64::from(units), cause);
            }
        }
        taken
    }

    /// Books a refund that is known to fit its order, and returns its position.
    pub(crate) fn apply_refund(&mut self, now: Micros, request: RefundRequest) -> u32 {
        let order = request.order;
        let event = self.new_event();
        let mut lines = Vec::with_capacity(request.units.len());
        for unit in &request.units {
            let counted = self.state.counted_listing(unit.line);
            // What a return has taken out of the order already is paid for first, and leaves it no second time.
            let processed = match unit.restock {
                RestockType::Cancel => 0,
                _ => self.state.processed_unpaid(order, unit.line),
            };
            let processed = processed.min(unit.quantity);
            let mut left = unit.quantity - processed;
            let record = &self.state.lines[unit.line as usize];
            let shipped = record.fulfilled - record.returned;
            // What is to be returned and never left is taken out of the order and put back on sale as well.
            let unshipped = match unit.restock {
                RestockType::Return => left.saturating_sub(shipped),
                RestockType::Cancel | RestockType::NoRestock => left,
            };
            if unshipped > 0 {
                let how = (request.by, unit.restock != RestockType::NoRestock);
                let taken = self.take_unshipped(now, event, order, unit.line, unshipped, how);
                for (location, quantity) in taken {
                    left -= quantity;
                    let state = &self.state;
                    lines.push(state.refund_line(unit.line, quantity, location, unit.restock));
                }
            }
            left += processed;
            if left > 0 {
                let location = unit
                    .location
                    .unwrap_or_else(|| self.state.shipped_from(order, unit.line));
                let is_restocked = unit.restock == RestockType::Return;
                let missing = self
                    .state
                    .pay_for_shipped(order, unit.line, left, is_restocked);
                if missing > 0
                    && let Some(listing) = counted
                {
                    let cause = Cause::Returned(OrderRef(order));
                    let level = (listing, location);
                    self.start_to_stock(now, event, level, cause);
                    self.move_available(now, event, level, i64::from(missing), cause);
                }
                let state = &self.state;
                lines.push(state.refund_line(unit.line, left, location, unit.restock));
            }
        }
        let first_line = self.state.refund_lines.len() as u32;
        self.state.refund_lines.append(&mut lines);
        let money = (
            request.amount_cents,
            request.shipping_cents,
            request.discrepancy,
        );
        let refund = self.book_refund(now, order, money, first_line);
        if let Some(note) = request.note {
            self.state.refund_notes.insert(refund, note);
        }
        self.touch(now, order);
        self.raise(now, event, Topic::RefundsCreate, Subject::Refund(refund));
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
        refund
    }
}
