//! What changes in the shop, whoever causes it: orders born, cancelled, shipped; stock moved; and the facts, index
//! updates and webhooks that follow (sheet sections 4.1 and 5.5).

use crate::shopify::machine::Shopify;
use crate::shopify::model::search_index::Entry;
use crate::shopify::signals::Subject;
use crate::shopify::model::state::{
    CancelReason, Fulfillment, FulfillmentLine, FulfillmentOrder, FulfillmentOrderLine, Line, NONE,
    Order, Progress, Refund, RefundLine, RestockType, Span, Tracking,
};
use crate::shopify::model::subscriptions::Topic;
use crate::core::random::mix;
use crate::core::{Basket, Cause, Fact, ListingIndex, Micros, OrderRef, Party, Stream};

/// Units shipped of one fulfillment order line.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShippedUnits {
    /// The fulfillment order's line.
    pub line: u32,
    /// Units.
    pub quantity: u32,
}

impl Shopify {
    /// Raises a topic.
    pub(crate) fn raise(&mut self, now: Micros, event: u64, topic: Topic, subject: Subject) {
        self.signals
            .raise(&self.state, now, event, topic, subject, now);
    }

    /// Notes that an order changed: its time moves on, and searches will see it after their lag.
    pub(crate) fn touch(&mut self, now: Micros, position: u32) {
        let order = &mut self.state.orders[position as usize];
        order.updated_at = now;
        order.changes += 1;
        let entity = mix(u64::from(position), u64::from(order.changes));
        let mut stream = Stream::new(self.keys.search_index, entity);
        let lag = self.state.profile.delay.search_index.draw(&mut stream);
        let fraction = self.state.shop.epoch.unix_micros.rem_euclid(1_000_000) as u64;
        let entry = Entry::of(&self.state.orders[position as usize], fraction);
        self.state.index.schedule(now, now + lag, position, entry);
    }

    /// Moves `available` of one level, tells the ledger and raises the stock webhook if it moved.
    pub(crate) fn move_available(
        &mut self,
        now: Micros,
        event: u64,
        (listing, location): (u32, u16),
        delta: i64,
        cause: Cause,
    ) {
        let from = self.state.displayed[listing as usize];
        if delta != 0 {
            self.state.change_available(now, listing, location, delta);
        }
        let to = self.state.displayed[listing as usize];
        self.fact(Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause,
        });
        if delta != 0 {
            self.raise(
                now,
                event,
                Topic::InventoryLevelsUpdate,
                Subject::Level(listing, location),
            );
        }
    }

    /// Books an order for a basket that is known to be in stock: takes each line from the first locations with stock.
    pub(crate) fn place(&mut self, now: Micros, basket: &Basket) -> OrderRef {
        let position = self.state.orders.len() as u32;
        let event = self.signals.new_event();
        let first_line = self.state.lines.len() as u32;
        let mut taken: Vec<(u16, u32, u32)> = Vec::with_capacity(basket.lines.len());
        let (mut total_cents, mut units) = (0i64, 0u32);
        for (index, wanted) in basket.lines.iter().enumerate() {
            let listing = wanted.listing.0;
            let price_cents = self.state.shop.listings[listing as usize].price_cents as i64;
            total_cents += price_cents * i64::from(wanted.units);
            units += wanted.units;
            self.state.lines.push(Line {
                listing,
                quantity: wanted.units,
                current_quantity: wanted.units,
                fulfilled: 0,
                returned: 0,
                price_cents,
            });
            let mut left = i64::from(wanted.units);
            for location in 0..self.state.shop.locations.len() as u16 {
                let here = self
                    .state
                    .level(listing, location)
                    .available
                    .min(left)
                    .max(0);
                if here > 0 {
                    taken.push((location, first_line + index as u32, here as u32));
                    left -= here;
                }
            }
            debug_assert_eq!(left, 0, "the displayed quantity covered the line");
        }
        // One fulfillment order a location; lines keep their order inside it.
        taken.sort_by_key(|(location, ..)| *location);
        let first_fulfillment_order = self.state.fulfillment_orders.len() as u32;
        let mut previous_location = None;
        for &(location, line, quantity) in &taken {
            let at = self.state.fulfillment_order_lines.len() as u32;
            if previous_location != Some(location) {
                previous_location = Some(location);
                self.state.fulfillment_orders.push(FulfillmentOrder {
                    order: position,
                    location,
                    lines: Span { start: at, len: 0 },
                    updated_at: now,
                    progress: Progress::None,
                });
            }
            let fulfillment_order = self.state.fulfillment_orders.len() as u32 - 1;
            self.state.fulfillment_orders[fulfillment_order as usize]
                .lines
                .len += 1;
            self.state
                .fulfillment_order_lines
                .push(FulfillmentOrderLine {
                    fulfillment_order,
                    line,
                    total: quantity,
                    remaining: quantity,
                });
        }
        let mut stream = Stream::new(self.keys.order_routing, u64::from(position));
        let routing = self.state.profile.delay.order_routing.draw(&mut stream);
        self.state.orders.push(Order {
            buyer: basket.buyer,
            created_at: now,
            updated_at: now,
            cancelled_at: Micros::MAX,
            closed_at: Micros::MAX,
            routed_at: now + routing,
            lines: Span {
                start: first_line,
                len: basket.lines.len() as u32,
            },
            fulfillment_orders: Span {
                start: first_fulfillment_order,
                len: self.state.fulfillment_orders.len() as u32 - first_fulfillment_order,
            },
            last_fulfillment: NONE,
            fulfillments: 0,
            last_refund: NONE,
            total_cents,
            refunded_cents: 0,
            units,
            removed_units: 0,
            fulfilled_units: 0,
            returned_units: 0,
            country: basket.country,
            postal_code: basket.postal_code,
            cancel_reason: None,
            changes: 0,
        });
        for &(location, line, quantity) in &taken {
            let listing = self.state.lines[line as usize].listing;
            self.state.level_mut(listing, location).committed += i64::from(quantity);
            let cause = Cause::Checkout(OrderRef(position));
            self.move_available(now, event, (listing, location), -i64::from(quantity), cause);
        }
        self.touch(now, position);
        self.signals
            .raise_checkout(&self.state, now, event, position);
        OrderRef(position)
    }

    /// Why an order cannot be cancelled, if so.
    pub(crate) fn cancel_obstacle(&self, position: u32) -> Option<&'static str> {
        let order = &self.state.orders[position as usize];
        if order.is_cancelled() {
            Some("Cannot cancel an order that has already been canceled")
        } else if order.fulfilled_units > 0 {
            Some("Cannot cancel an order that has outstanding fulfillments")
        } else {
            None
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
        debug_assert_eq!(self.cancel_obstacle(position), None);
        let event = self.signals.new_event();
        self.fact(Fact::OrderCancelled {
            order: OrderRef(position),
            by,
        });
        let first_refund_line = self.state.refund_lines.len() as u32;
        let fulfillment_orders: Vec<u32> = self.state.fulfillment_orders_of(position).collect();
        for fulfillment_order in fulfillment_orders {
            let record = &mut self.state.fulfillment_orders[fulfillment_order as usize];
            record.updated_at = now;
            let (location, lines) = (record.location, record.lines);
            for at in lines.range() {
                let assigned = &mut self.state.fulfillment_order_lines[at];
                let (line, quantity) = (assigned.line, assigned.remaining);
                assigned.remaining = 0;
                assigned.total -= quantity;
                let listing = self.state.lines[line as usize].listing;
                self.state.lines[line as usize].current_quantity -= quantity;
                self.state.level_mut(listing, location).committed -= i64::from(quantity);
                if restock {
                    let cause = Cause::Cancelled(OrderRef(position));
                    self.move_available(
                        now,
                        event,
                        (listing, location),
                        i64::from(quantity),
                        cause,
                    );
                }
                if refund {
                    let restock = if restock {
                        RestockType::Cancel
                    } else {
                        RestockType::NoRestock
                    };
                    self.state.refund_lines.push(RefundLine {
                        line,
                        quantity,
                        location,
                        restock,
                    });
                }
            }
        }
        let record = &mut self.state.orders[position as usize];
        record.cancelled_at = now;
        record.cancel_reason = Some(reason);
        let mut refunded = None;
        if refund {
            record.closed_at = now;
            let amount = record.total_cents - record.refunded_cents;
            refunded = Some(self.book_refund(now, position, amount, first_refund_line));
        }
        self.touch(now, position);
        self.raise(now, event, Topic::OrdersCancelled, Subject::Order(position));
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(position));
        if let Some(refund) = refunded {
            self.raise(now, event, Topic::RefundsCreate, Subject::Refund(refund));
        }
    }

    /// Books a refund whose lines have been pushed from `first_line` on.
    pub(crate) fn book_refund(
        &mut self,
        now: Micros,
        position: u32,
        amount_cents: i64,
        first_line: u32,
    ) -> u32 {
        let refund = self.state.refunds.len() as u32;
        let order = &mut self.state.orders[position as usize];
        let previous = std::mem::replace(&mut order.last_refund, refund);
        order.refunded_cents += amount_cents;
        self.state.refunds.push(Refund {
            order: position,
            created_at: now,
            amount_cents,
            lines: Span {
                start: first_line,
                len: self.state.refund_lines.len() as u32 - first_line,
            },
            previous,
        });
        refund
    }

    /// Ships units of one location's fulfillment orders of one order; the quantities are known to be there.
    pub(crate) fn ship(
        &mut self,
        now: Micros,
        position: u32,
        location: u16,
        shipped: &[ShippedUnits],
        tracking: Tracking,
    ) -> u32 {
        let event = self.signals.new_event();
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
            self.state.level_mut(listing, location).committed -= i64::from(quantity);
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

    /// Where the first shipment of a line left: units come back there unless told otherwise.
    pub(crate) fn shipped_from(&self, position: u32, line: u32) -> u16 {
        self.state
            .fulfillments_of(&self.state.orders[position as usize])
            .into_iter()
            .find_map(|at| {
                let fulfillment = &self.state.fulfillments[at as usize];
                let lines = &self.state.fulfillment_lines[fulfillment.lines.range()];
                lines
                    .iter()
                    .any(|shipped| shipped.line == line)
                    .then_some(fulfillment.location)
            })
            .unwrap_or(0)
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
        let event = self.signals.new_event();
        let record = &mut self.state.lines[line as usize];
        record.returned += units;
        record.current_quantity = record.current_quantity.saturating_sub(units);
        let (listing, cents) = (record.listing, record.price_cents * i64::from(units));
        self.state.orders[position as usize].returned_units += units;
        let location = self.shipped_from(position, line);
        let first_line = self.state.refund_lines.len() as u32;
        self.state.refund_lines.push(RefundLine {
            line,
            quantity: units,
            location,
            restock: if restock {
                RestockType::Return
            } else {
                RestockType::NoRestock
            },
        });
        let refund = self.book_refund(now, position, cents, first_line);
        if restock {
            let cause = Cause::Returned(OrderRef(position));
            self.move_available(now, event, (listing, location), i64::from(units), cause);
        }
        self.touch(now, position);
        self.raise(now, event, Topic::RefundsCreate, Subject::Refund(refund));
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(position));
    }

    /// Does what a job was for, if nothing has come in its way since.
    pub(crate) fn run_job(&mut self, now: Micros, position: u32) {
        let job = self.state.jobs[position as usize].clone();
        self.state.jobs[position as usize].is_done = true;
        if self.cancel_obstacle(job.order).is_some() {
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
