//! What each entry of the ledger adds.

use channel_mocks::core::{Cause, Micros};

use super::Meter;
use crate::world::ledger::{CallTarget, Entry, Message, Recorder, Trail};

impl Recorder for Meter {
    fn wants_trail(&self) -> bool {
        self.backlog.is_some()
    }

    fn trail(&mut self, at: Micros, step: &Trail) {
        if let Some(backlog) = &mut self.backlog {
            backlog.trail(at, step);
        }
    }

    fn wants_messages(&self) -> bool {
        self.traffic.is_some()
    }

    /// Signals and limits need no call.
    fn wants_calls(&self) -> bool {
        false
    }

    fn message(&mut self, at: Micros, message: &Message<'_>) {
        let Some(traffic) = &mut self.traffic else {
            return;
        };
        match message {
            Message::Taken { system, limits } => traffic.limits.look(at, *system, limits),
            message => traffic.signals.message(at, message),
        }
    }

    fn record(&mut self, at: Micros, entry: &Entry) {
        if let Some(traffic) = &mut self.traffic {
            traffic.signals.record(at, entry);
            if let Entry::Call {
                target, outcome, ..
            } = *entry
            {
                traffic.limits.call(at, target, outcome);
            }
        }
        if let Some(backlog) = &mut self.backlog {
            backlog.record(at, entry);
        }
        if self.is_predicted {
            self.theory.record(at, entry);
        }
        self.evidence.record(at, entry, &self.names);
        self.series.record(at, entry);
        match *entry {
            Entry::Offered {
                channel,
                sku,
                units,
                displayed_age,
                count_error_units,
                first_line,
                ..
            } => {
                let raw = self.channel(channel);
                raw.sales.offered_units += u64::from(units);
                raw.sales.attempts += u64::from(first_line);
                raw.staleness.offered(displayed_age, count_error_units);
                self.sku(channel, sku).offered += u64::from(units);
            }
            Entry::Accepted {
                channel,
                sku,
                units,
                oversold_units,
                price_cents,
                first_line,
                first_oversold_line,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.accepted(units, oversold_units, price_cents);
                sales.accepted_orders += u64::from(first_line);
                sales.oversold_orders += u64::from(first_oversold_line);
                let counts = self.sku(channel, sku);
                counts.accepted += u64::from(units);
                counts.oversold += u64::from(oversold_units);
                self.moves.changed(at);
            }
            Entry::Refused {
                channel,
                sku,
                units,
                in_stock,
                sellable,
                price_cents,
            } => {
                self.refusals(sku).left_at_last = sellable;
                let sales = &mut self.channel(channel).sales;
                sales.refused_units += u64::from(units);
                if in_stock {
                    sales.rejected_in_stock_units += u64::from(units);
                    self.sku(channel, sku).rejected_in_stock += u64::from(units);
                    self.refusals(sku).price_cents = price_cents;
                }
            }
            Entry::Displayed {
                channel,
                from,
                to,
                cause,
                sellable,
                ..
            } => match cause {
                Cause::Write { .. } => {
                    let raw = self.channel(channel);
                    raw.calls.live_writes += 1;
                    raw.calls.useful_writes += u64::from(from != to);
                    if from != to {
                        self.moves.wrote(at);
                    }
                }
                Cause::Edit => self.moves.changed(at),
                Cause::Cancelled(_) | Cause::Removed(_) => {
                    if sellable <= 0 {
                        self.resurrected_units += u64::try_from(to - from).unwrap_or(0);
                    }
                }
                Cause::Checkout(_) | Cause::Returned(_) => {}
            },
            // For the prediction alone.
            Entry::SoldOut { .. }
            | Entry::Hours { .. }
            | Entry::Learned { .. }
            | Entry::Propagated { own_sale: true, .. } => {}
            Entry::Propagated {
                channel,
                happened_at,
                known_at,
                sent_at,
                oldest_of_write,
                ..
            } => {
                let staleness = &mut self.channel(channel).staleness;
                staleness.propagation.record(at.since(happened_at));
                if oldest_of_write {
                    staleness.publish_wait.record(sent_at.since(known_at));
                }
            }
            Entry::Ingested {
                channel,
                duplicate,
                age,
                ..
            } => {
                let staleness = &mut self.channel(channel).staleness;
                if duplicate {
                    staleness.duplicates += 1;
                } else {
                    staleness.ingestion.record(age);
                }
            }
            Entry::OrderUnknown { channel } => {
                self.channel(channel).staleness.unknown_orders += 1;
            }
            Entry::SupportRead { channel, age } => {
                self.channel(channel).staleness.support.record(age);
            }
            Entry::Cancelled {
                channel, by, units, ..
            } => {
                self.channel(channel).sales.cancelled(by);
                self.supply.cancelled(units, by);
                self.moves.changed(at);
            }
            Entry::UnitsRemoved {
                channel, by, units, ..
            } => {
                self.channel(channel).sales.removed_units += u64::from(units);
                self.supply.cancelled(units, by);
                self.moves.changed(at);
            }
            Entry::Allocated {
                channel,
                wrong_warehouse,
                split,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.allocations += 1;
                sales.splits += u64::from(split);
                sales.wrong_warehouse += u64::from(wrong_warehouse);
            }
            Entry::Short {
                channel,
                units,
                first_of_order,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.short_units += u64::from(units);
                sales.short_orders += u64::from(first_of_order);
            }
            Entry::Shipped {
                channel,
                units,
                beyond_order_units,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.shipped_units += u64::from(units);
                sales.shipped_beyond_units += u64::from(beyond_order_units);
            }
            Entry::FulfillmentConfirmed { channel, late, .. } => {
                let sales = &mut self.channel(channel).sales;
                sales.confirmed_fulfillments += 1;
                sales.late_fulfillments += u64::from(late);
            }
            Entry::Stock { delta, .. } => {
                self.supply.gained_units += u64::try_from(delta).unwrap_or(0);
                self.moves.changed(at);
            }
            // Nobody's demand, and promised to nobody.
            Entry::OrderMade { .. }
            // For guarantees alone.
            | Entry::RestockedGone { .. }
            | Entry::ReadStale { .. }
            | Entry::Bounds { .. }
            | Entry::BeyondDisplay { .. }
            | Entry::BadCountReached { .. }
            | Entry::OpenedBeyond { .. }
            | Entry::MarginLow { .. }
            | Entry::OrdersFollowed { .. }
            | Entry::FollowedOrderLost { .. } => {}
            Entry::BadCount { .. } => self.moves.changed(at),
            Entry::Call {
                target,
                kind,
                outcome,
            } => match target {
                CallTarget::Channel(channel) => self.channel(channel).calls.count(kind, outcome),
                CallTarget::Warehouse => self.warehouse_calls.count(kind, outcome),
            },
            Entry::SkuClosed { sku, sellable, .. } => self.close_sku(sku, sellable),
            Entry::ChannelClosed {
                channel,
                lost_orders,
                unshipped_orders,
                unconfirmed_fulfillments,
                ..
            } => {
                let raw = self.channel(channel);
                raw.lost_orders = lost_orders;
                raw.unshipped_orders = unshipped_orders;
                raw.unconfirmed_fulfillments = unconfirmed_fulfillments;
            }
        }
    }
}
