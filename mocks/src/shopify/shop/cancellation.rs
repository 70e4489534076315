//! Cancellations of whole orders, at once or by a job (docs/platforms/shopify.md 3.3).

use std::cmp::Reverse;

use super::Store;
use super::notices::Subject;
use crate::core::{Cause, Fact, Micros, OrderRef, Party, Stream};
use crate::shopify::model::orders::{CancelReason, Job};
use crate::shopify::model::refunds::{Discrepancy, RestockType};
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Starts a job that cancels an order, and returns its position.
    pub(crate) fn schedule_cancellation(&mut self, now: Micros, job: Job) -> u32 {
        let position = self.state.jobs.len() as u32;
        self.state.jobs.push(job);
        let mut stream = Stream::new(self.keys.cancel_job, u64::from(position));
        let delay = self.state.profile.delay.cancel_job.draw(&mut stream);
        self.jobs_due.push(Reverse((now + delay, position)));
        position
    }

    /// When the next job is done.
    pub(crate) fn next_job(&self) -> Option<Micros> {
        let cancellation = self.jobs_due.peek().map(|Reverse((at, _))| *at);
        cancellation.into_iter().chain(self.next_delisting()).min()
    }

    /// Does the next job.
    pub(crate) fn end_job(&mut self) {
        let cancellation = self.jobs_due.peek().map(|Reverse((at, _))| *at);
        let is_delisting = self
            .next_delisting()
            .is_some_and(|due| cancellation.is_none_or(|at| due < at));
        if is_delisting {
            self.end_delisting();
        } else if let Some(Reverse((at, position))) = self.jobs_due.pop() {
            self.state.stock.past.tick(at);
            self.run_job(at, position);
        }
    }

    /// Cancels a whole order that nothing stands in the way of.
    pub(crate) fn cancel(
        &mut self,
        now: Micros,
        position: u32,
        by: Party,
        reason: CancelReason,
        restock: bool,
        refund: bool,
    ) {
        debug_assert_eq!(self.state.cancel_obstacle(position), None);
        let event = self.new_event();
        self.fact(Fact::OrderCancelled {
            order: OrderRef(position),
            by,
        });
        let first_refund_line = self.state.refund_lines.len() as u32;
        let fulfillment_orders: Vec<u32> = self.state.fulfillment_orders_of(position).collect();
        for fulfillment_order in fulfillment_orders {
            let record = &mut self.state.fulfillment_orders[fulfillment_order as usize];
            record.updated_at = now;
            let (location, lines): (u16, Vec<usize>) = (record.location, record.lines().collect());
            for at in lines {
                let assigned = &mut self.state.fulfillment_order_lines[at];
                let (line, quantity) = (assigned.line, assigned.remaining);
                assigned.remaining = 0;
                assigned.total -= quantity;
                self.state.lines[line as usize].current_quantity -= quantity;
                let counted = self.state.counted_listing(line);
                if let Some(listing) = counted {
                    self.state.stock.level_mut(listing, location).committed -= i64::from(quantity);
                }
                if restock && let Some(listing) = counted {
                    let cause = Cause::Cancelled(OrderRef(position));
                    self.move_available(
                        now,
                        event,
                        (listing, location),
                        i64::from(quantity),
                        cause,
                    );
                }
                if quantity > 0 {
                    let restock = if restock {
                        RestockType::Cancel
                    } else {
                        RestockType::NoRestock
                    };
                    let refunded = self.state.refund_line(line, quantity, location, restock);
                    self.state.refund_lines.push(refunded);
                }
            }
        }
        let record = &mut self.state.orders[position as usize];
        record.cancelled_at = now;
        record.cancel_reason = Some(reason);
        if refund {
            record.closed_at = now;
        }
        // What nobody has captured is never taken any more, whatever becomes of what was.
        self.void_authorizations(now, position);
        let received = self.state.net_received_cents(position);
        let amount = if refund { received } else { 0 };
        // A refund tells of the units that left, with money or without; of nothing at all there is none.
        let has_lines = self.state.refund_lines.len() as u32 > first_refund_line;
        let refunded = (has_lines || amount > 0).then(|| {
            let money = (amount, 0, Discrepancy::default());
            self.book_refund(now, position, money, first_refund_line)
        });
        self.touch(now, position);
        self.raise(now, event, Topic::OrdersCancelled, Subject::Order(position));
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(position));
        if let Some(refund) = refunded {
            self.raise(now, event, Topic::RefundsCreate, Subject::Refund(refund));
        }
    }

    /// Does what a job was for, if nothing has come in its way since.
    fn run_job(&mut self, now: Micros, position: u32) {
        let job = self.state.jobs[position as usize].clone();
        self.state.jobs[position as usize].is_done = true;
        if self.state.orders[job.order as usize].is_deleted
            || self.state.cancel_obstacle(job.order).is_some()
        {
            return;
        }
        if let Some(note) = job.staff_note {
            self.state.staff_notes.insert(job.order, note);
        }
        let by = if job.reason == CancelReason::Customer {
            Party::Buyer
        } else {
            Party::Seller
        };
        self.cancel(now, job.order, by, job.reason, job.restock, job.refund);
    }
}
