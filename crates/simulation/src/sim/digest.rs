//! Facts and outcomes as words of the trace hash: every field of every fact.

use channel_mocks::core::random::hash_text;
use channel_mocks::core::{ActOutcome, CallKind, CallOutcome, Cause, CheckoutOutcome, Fact, Party};
use channel_mocks::warehouse::{DeallocationReason, Fact as WarehouseFact, StockReason};

use super::trace::TraceHash;

impl TraceHash {
    /// Feeds a platform's fact.
    pub(super) fn platform_fact(&mut self, fact: &Fact) {
        match fact {
            Fact::Displayed {
                listing,
                from,
                to,
                cause,
            } => {
                self.word(1 << 32 | u64::from(listing.0));
                self.signed(*from);
                self.signed(*to);
                self.cause(*cause);
            }
            Fact::OrderCancelled { order, by } => {
                self.word(2 << 32 | u64::from(order.0));
                self.word(match by {
                    Party::Buyer => 0,
                    Party::Seller => 1,
                    Party::Platform => 2,
                });
            }
            Fact::OrderMade {
                order,
                units,
                claimed_units,
            } => {
                self.word(11 << 32 | u64::from(order.0));
                self.word(u64::from(*units) << 32 | u64::from(*claimed_units));
            }
            Fact::UnitsRemoved {
                order,
                listing,
                units,
                by,
                restocked,
            } => {
                self.word(9 << 32 | u64::from(order.0));
                self.units(listing.0, 0, *units);
                self.word((*by as u64) << 1 | u64::from(*restocked));
            }
            Fact::FulfillmentConfirmed {
                order,
                units,
                complete,
                late,
            } => {
                self.word(3 << 32 | u64::from(order.0));
                self.word(u64::from(*units) << 2 | u64::from(*complete) << 1 | u64::from(*late));
            }
            Fact::FulfillmentCancelled { order, units } => {
                self.word(10 << 32 | u64::from(order.0));
                self.word(u64::from(*units));
            }
            Fact::FulfillmentRefused { order } => self.word(4 << 32 | u64::from(order.0)),
            Fact::Call {
                operation,
                kind,
                outcome,
            } => self.call(operation, *kind, *outcome),
            Fact::FbaSold {
                order,
                listing,
                units,
            } => {
                self.word(7 << 32 | u64::from(order.0));
                self.units(listing.0, 0, *units);
            }
            Fact::FbaShippedForOthers { listing, units } => {
                self.word(8 << 32);
                self.units(listing.0, 0, *units);
            }
            Fact::ReadStale { listing } => {
                self.word(11 << 32);
                self.units(listing.0, 0, 0u32);
            }
            Fact::SubscriptionRemoved { topic } => {
                self.word(6 << 32);
                self.word(hash_text(topic));
            }
        }
    }

    fn cause(&mut self, cause: Cause) {
        match cause {
            Cause::Checkout(order) => self.word(1 << 32 | u64::from(order.0)),
            Cause::Cancelled(order) => self.word(2 << 32 | u64::from(order.0)),
            Cause::Removed(order) => self.word(4 << 32 | u64::from(order.0)),
            Cause::Returned(order) => self.word(3 << 32 | u64::from(order.0)),
            Cause::Write {
                sent_at,
                received_at,
            } => {
                self.word(sent_at.0);
                self.word(received_at.0);
            }
            Cause::Edit => self.word(5 << 32),
        }
    }

    fn call(&mut self, operation: &str, kind: CallKind, outcome: CallOutcome) {
        let kind = match kind {
            CallKind::Read => 0,
            CallKind::Write => 1,
            CallKind::Token => 2,
        };
        let outcome = match outcome {
            CallOutcome::Served => 0,
            CallOutcome::Throttled => 1,
            CallOutcome::Refused => 2,
        };
        self.word(5 << 32 | kind << 8 | outcome);
        self.bytes(operation.as_bytes());
    }

    /// Feeds a fact of the warehouse.
    pub(super) fn warehouse_fact(&mut self, fact: &WarehouseFact) {
        match fact {
            WarehouseFact::OrderReceived {
                channel,
                order_id,
                duplicate,
            } => {
                self.order(11, *channel, order_id);
                self.word(u64::from(*duplicate));
            }
            WarehouseFact::Allocated {
                channel,
                order_id,
                item,
                location,
                units,
                rerouted,
                off_route,
                // Follows from the places of the order's lines before it.
                split: _,
            } => {
                self.order(12, *channel, order_id);
                self.units(item.0, location.0, *units);
                self.word(u64::from(*rerouted) << 1 | u64::from(*off_route));
            }
            WarehouseFact::Short {
                channel,
                order_id,
                item,
                units,
            } => {
                self.order(13, *channel, order_id);
                self.units(item.0, 0, *units);
            }
            WarehouseFact::Deallocated {
                channel,
                order_id,
                item,
                location,
                units,
                reason,
            } => {
                self.order(14, *channel, order_id);
                self.units(item.0, location.0, *units);
                self.word(match reason {
                    DeallocationReason::Cancelled => 0,
                    DeallocationReason::Missing => 1,
                });
            }
            WarehouseFact::Shipped {
                channel,
                order_id,
                item,
                location,
                units,
            } => {
                self.order(15, *channel, order_id);
                self.units(item.0, location.0, *units);
            }
            WarehouseFact::StockChanged {
                item,
                location,
                delta,
                on_hand,
                reason,
            } => {
                let reason = match reason {
                    StockReason::Received => 0,
                    StockReason::Damaged => 1,
                    StockReason::Recounted => 2,
                    StockReason::Returned => 3,
                };
                self.units(item.0, location.0, 16 << 8 | reason);
                self.signed(*delta);
                self.signed(*on_hand);
            }
            WarehouseFact::Call {
                operation,
                kind,
                outcome,
            } => self.call(operation, *kind, *outcome),
        }
    }

    fn order(&mut self, kind: u64, channel: u16, order_id: &str) {
        self.word(kind << 32 | u64::from(channel));
        self.bytes(order_id.as_bytes());
    }

    fn units(&mut self, item: u32, location: u16, units: u32) {
        self.word(u64::from(item) << 16 | u64::from(location));
        self.word(u64::from(units));
    }

    /// Feeds a platform's decision on a checkout.
    pub(super) fn checkout(&mut self, outcome: CheckoutOutcome) {
        match outcome {
            CheckoutOutcome::Accepted { order, .. } => self.word(1 << 32 | u64::from(order.0)),
            CheckoutOutcome::Refused { listing, displayed } => {
                self.word(2 << 32 | u64::from(listing.0));
                self.signed(displayed);
            }
        }
    }

    /// Feeds what became of an act.
    pub(super) fn act(&mut self, outcome: ActOutcome) {
        match outcome {
            ActOutcome::Done => self.word(1),
            ActOutcome::Refused(reason) => {
                self.word(2);
                self.bytes(reason.as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use channel_mocks::core::{ListingIndex, Micros, OrderRef};

    use super::*;

    #[test]
    fn every_field_of_a_fact_counts() {
        let displayed = |listing, from, to, cause| Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause,
        };
        let write = |sent, received| Cause::Write {
            sent_at: Micros(sent),
            received_at: Micros(received),
        };
        let confirmed = |order, units, complete, late| Fact::FulfillmentConfirmed {
            order: OrderRef(order),
            units,
            complete,
            late,
        };
        let call = |operation, kind, outcome| Fact::Call {
            operation,
            kind,
            outcome,
        };
        let facts = [
            displayed(1, 5, 4, Cause::Edit),
            displayed(2, 5, 4, Cause::Edit),
            displayed(1, 6, 4, Cause::Edit),
            displayed(1, 5, 3, Cause::Edit),
            displayed(1, 5, 4, Cause::Checkout(OrderRef(1))),
            displayed(1, 5, 4, Cause::Cancelled(OrderRef(1))),
            displayed(1, 5, 4, Cause::Returned(OrderRef(1))),
            displayed(1, 5, 4, Cause::Returned(OrderRef(2))),
            displayed(1, 5, 4, write(7, 8)),
            displayed(1, 5, 4, write(7, 9)),
            displayed(1, 5, 4, write(6, 8)),
            confirmed(1, 1, true, true),
            confirmed(2, 1, true, true),
            confirmed(1, 2, true, true),
            confirmed(1, 1, false, true),
            confirmed(1, 1, true, false),
            Fact::FulfillmentRefused { order: OrderRef(1) },
            Fact::OrderMade {
                order: OrderRef(1),
                units: 2,
                claimed_units: 1,
            },
            Fact::OrderMade {
                order: OrderRef(1),
                units: 1,
                claimed_units: 2,
            },
            Fact::FulfillmentCancelled {
                order: OrderRef(1),
                units: 1,
            },
            Fact::FulfillmentCancelled {
                order: OrderRef(1),
                units: 2,
            },
            Fact::OrderCancelled {
                order: OrderRef(1),
                by: Party::Buyer,
            },
            Fact::OrderCancelled {
                order: OrderRef(1),
                by: Party::Seller,
            },
            call("a", CallKind::Read, CallOutcome::Served),
            call("b", CallKind::Read, CallOutcome::Served),
            call("a", CallKind::Write, CallOutcome::Served),
            call("a", CallKind::Read, CallOutcome::Throttled),
            Fact::FbaSold {
                order: OrderRef(1),
                listing: ListingIndex(1),
                units: 1,
            },
            Fact::FbaSold {
                order: OrderRef(1),
                listing: ListingIndex(1),
                units: 2,
            },
            Fact::FbaShippedForOthers {
                listing: ListingIndex(1),
                units: 2,
            },
            Fact::ReadStale {
                listing: ListingIndex(1),
            },
            Fact::ReadStale {
                listing: ListingIndex(2),
            },
            Fact::SubscriptionRemoved { topic: "x" },
            Fact::SubscriptionRemoved { topic: "y" },
        ];
        let mut hashes: Vec<u64> = facts
            .iter()
            .map(|fact| {
                let mut hash = TraceHash::new(1);
                hash.platform_fact(fact);
                hash.value()
            })
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), facts.len());
    }
}
