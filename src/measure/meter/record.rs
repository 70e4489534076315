//! What each entry of the ledger adds.

use channel_mocks::core::{CallOutcome, Cause, Micros};

use super::Meter;
use crate::measure::verdict::CounterExample;
use crate::world::ledger::{CallTarget, Entry, Recorder};

impl Recorder for Meter {
    fn record(&mut self, at: Micros, entry: &Entry) {
        if self.is_predicted {
            self.theory.record(at, entry);
        }
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
                self.series.offered(at, first_line, displayed_age);
            }
            Entry::Accepted {
                channel,
                sku,
                units,
                oversold_units,
                displayed,
                sellable,
                price_cents,
                first_line,
                first_oversold_line,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.accepted(units, oversold_units, price_cents);
                sales.accepted_orders += u64::from(first_line);
                sales.oversold_orders += u64::from(first_oversold_line);
                self.evidence.accepted_orders += u64::from(first_line);
                let counts = self.sku(channel, sku);
                counts.accepted += u64::from(units);
                counts.oversold += u64::from(oversold_units);
                self.evidence.oversold_units += u64::from(oversold_units);
                self.series.accepted(at, units, oversold_units);
                self.moves.changed(at);
                if oversold_units > 0 && self.evidence.oversold.is_none() {
                    self.evidence.oversold = Some(CounterExample {
                        at_s: at.as_secs_f64(),
                        channel: self.name(channel),
                        sku: Some(sku.0 + 1),
                        displayed: Some(displayed),
                        sellable: Some(sellable),
                        what: format!(
                            "sold {units} of SKU {} with {} left, while showing {displayed}",
                            sku.0 + 1,
                            sellable.max(0)
                        ),
                    });
                }
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
                    self.series.rejected_in_stock(at, units);
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
                Cause::Edit => {
                    self.evidence.assumptions_broken = true;
                    self.moves.changed(at);
                }
                Cause::Cancelled(_) => {
                    if sellable <= 0 {
                        self.resurrected_units += u64::try_from(to - from).unwrap_or(0);
                    }
                }
                Cause::Checkout(_) | Cause::Returned(_) => {}
            },
            // For the prediction alone.
            Entry::SoldOut { .. }
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
                let example = self.example(
                    at,
                    channel,
                    "an order that nobody placed reached the warehouse",
                );
                self.evidence.misplaced_order.get_or_insert(example);
            }
            Entry::SupportRead { channel, age } => {
                self.channel(channel).staleness.support.record(age);
            }
            Entry::Cancelled { channel, by, .. } => {
                self.channel(channel).sales.cancelled(by);
                self.moves.changed(at);
            }
            Entry::Allocated {
                channel,
                wrong_warehouse,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.allocations += 1;
                sales.wrong_warehouse += u64::from(wrong_warehouse);
                self.evidence.fulfillment_steps += 1;
                if wrong_warehouse {
                    let example =
                        self.example(at, channel, "a line was reserved in the wrong warehouse");
                    self.evidence.misfulfilled.get_or_insert(example);
                }
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
                self.evidence.fulfillment_steps += 1;
                if late {
                    let example = self.example(
                        at,
                        channel,
                        "a shipment was confirmed after its ship-by time",
                    );
                    self.evidence.misfulfilled.get_or_insert(example);
                }
            }
            Entry::Stock { delta, .. } => {
                self.evidence.assumptions_broken |= delta < 0;
                self.moves.changed(at);
            }
            Entry::RestockedGone { units, .. } => {
                self.evidence.restocked_gone_units += u64::from(units);
            }
            Entry::Call {
                target,
                kind,
                outcome,
            } => {
                match target {
                    CallTarget::Channel(channel) => {
                        self.channel(channel).calls.count(kind, outcome)
                    }
                    CallTarget::Warehouse => self.warehouse_calls.count(kind, outcome),
                }
                self.evidence.calls += 1;
                if outcome == CallOutcome::Throttled {
                    self.throttled(at, target);
                }
            }
            Entry::SkuClosed {
                sku,
                supplied_units,
                sellable,
                overshown_units,
            } => {
                self.close_sku(sku, supplied_units, sellable);
                if overshown_units > 0 {
                    self.evidence.unsettled.get_or_insert(CounterExample {
                        at_s: at.as_secs_f64(),
                        channel: "all channels".to_string(),
                        sku: Some(sku.0 + 1),
                        sellable: Some(sellable),
                        what: format!(
                            "the quotas of SKU {} show together {overshown_units} units more than the {} that can be \
                             sold",
                            sku.0 + 1,
                            sellable.max(0)
                        ),
                        ..CounterExample::default()
                    });
                }
            }
            Entry::ChannelClosed {
                channel,
                lost_orders,
                first_lost,
                unshipped_orders,
                unconfirmed_fulfillments,
                unsynced_listings,
            } => {
                let raw = self.channel(channel);
                raw.lost_orders = lost_orders;
                raw.unshipped_orders = unshipped_orders;
                raw.unconfirmed_fulfillments = unconfirmed_fulfillments;
                if let Some((accepted_at, order)) = first_lost {
                    let what = format!("order {} never reached the warehouse", order.0);
                    let example = self.example(accepted_at, channel, &what);
                    self.evidence.misplaced_order.get_or_insert(example);
                }
                if unconfirmed_fulfillments > 0 {
                    let what =
                        format!("{unconfirmed_fulfillments} shipped orders were never confirmed");
                    let example = self.example(at, channel, &what);
                    self.evidence.misfulfilled.get_or_insert(example);
                }
                if unsynced_listings + lost_orders + unshipped_orders + unconfirmed_fulfillments > 0
                {
                    let what = format!(
                        "still open: {unsynced_listings} wrong counts, {lost_orders} orders not received, \
                         {unshipped_orders} not shipped, {unconfirmed_fulfillments} shipments not confirmed"
                    );
                    let example = self.example(at, channel, &what);
                    self.evidence.unsettled.get_or_insert(example);
                }
            }
        }
    }
}
