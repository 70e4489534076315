//! Returns that apps keep: their states, and units that go back on sale (docs/platforms/shopify.md 3.6).

use super::Store;
use super::notices::Subject;
use crate::core::{Cause, Micros, OrderRef};
use crate::shopify::model::returns::{Disposition, Return, ReturnLine, ReturnState};
use crate::shopify::model::span::Span;
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Keeps a return of an order, whose lines have been checked, and returns its position.
    pub(crate) fn add_return(
        &mut self,
        now: Micros,
        order: u32,
        lines: Vec<ReturnLine>,
        is_approved: bool,
    ) -> u32 {
        let at = self.state.returns.len() as u32;
        let start = self.state.return_lines.len() as u32;
        for line in lines {
            let (refunded, restocked_by_refund) =
                self.state
                    .paid_before(order, line.fulfillment_line, line.quantity);
            self.state.return_lines.push(ReturnLine {
                of: at,
                refunded,
                restocked_by_refund,
                ..line
            });
        }
        let own = self.state.returns_of.entry(order).or_default();
        own.push(at);
        let number = own.len() as u32;
        self.state.returns.push(Return {
            order,
            number,
            state: if is_approved {
                ReturnState::Open
            } else {
                ReturnState::Requested
            },
            created_at: now,
            approved_at: if is_approved { now } else { Micros::MAX },
            closed_at: Micros::MAX,
            decline: None,
            lines: Span {
                start,
                len: self.state.return_lines.len() as u32 - start,
            },
        });
        self.return_changed(now, at);
        at
    }

    /// Brings a return into another state; one that is in it already is left as it is.
    pub(crate) fn set_return_state(&mut self, now: Micros, at: u32, state: ReturnState) {
        let record = &mut self.state.returns[at as usize];
        if record.state == state {
            return;
        }
        if record.state == ReturnState::Requested && state == ReturnState::Open {
            record.approved_at = now;
        }
        record.state = state;
        record.closed_at = if state == ReturnState::Closed {
            now
        } else {
            Micros::MAX
        };
        self.return_changed(now, at);
    }

    /// Takes units out of a return's line.
    pub(crate) fn shrink_return(&mut self, now: Micros, line: u32, quantity: u32) {
        let record = &mut self.state.return_lines[line as usize];
        record.quantity -= quantity;
        let at = record.of;
        self.return_changed(now, at);
    }

    /// Notes that units of a return's line have come back: the order goes on without them, unless a refund has taken them
    /// out of it before.
    pub(crate) fn process_return(&mut self, now: Micros, line: u32, quantity: u32) {
        let (at, order_line) = self.returned_line(line);
        let order = self.state.returns[at as usize].order;
        let record = &mut self.state.return_lines[line as usize];
        let gone = record.gone();
        record.processed += quantity;
        let leaving = record.gone() - gone;
        self.state.count_as_returned(order, order_line, leaving);
        self.return_changed(now, at);
    }

    /// Notes what became of units of a return's line. Restocked ones are on sale again at their location, if the order had
    /// claimed them, no refund has put them back, and they do not wait to be shipped once more.
    pub(crate) fn dispose(&mut self, now: Micros, line: u32, disposition: Disposition) {
        let (at, order_line) = self.returned_line(line);
        let order = self.state.returns[at as usize].order;
        let with_the_buyer = self.state.with_the_buyer(order, order_line);
        let record = &mut self.state.return_lines[line as usize];
        let shown = record.on_sale();
        let here = record.gone().saturating_sub(shown) + with_the_buyer;
        record.dispositions.push(disposition.clone());
        let units = (record.on_sale() - shown).min(here);
        if let Some(location) = disposition.location
            && let Some(listing) = self.state.counted_listing(order_line)
            && units > 0
        {
            let event = self.new_event();
            let cause = Cause::Returned(OrderRef(order));
            let level = (listing, location);
            self.start_to_stock(now, event, level, cause);
            self.move_available(now, event, level, i64::from(units), cause);
        }
    }

    /// The return that a return's line is of, and the order's line that its units left with.
    fn returned_line(&self, line: u32) -> (u32, u32) {
        let record = &self.state.return_lines[line as usize];
        let shipped = &self.state.fulfillment_lines[record.fulfillment_line as usize];
        (record.of, shipped.line)
    }

    /// Notes that a return changed, and its order with it.
    fn return_changed(&mut self, now: Micros, at: u32) {
        let order = self.state.returns[at as usize].order;
        let event = self.new_event();
        self.touch(now, order);
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
    }
}
