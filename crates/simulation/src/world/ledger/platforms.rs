//! What platforms report: counts they display, orders they cancel, shipments they show, calls they answered.

use channel_mocks::core::{Cause, Fact, Micros, OrderRef, Party, StockOwner};

use super::displays::{ChangeSource, LiveWrite};
use super::{CallTarget, Entry, Ledger, Mover, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

impl Ledger {
    /// Notes what a platform reports.
    pub fn platform_fact(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        fact: &Fact,
        recorder: &mut dyn Recorder,
    ) {
        if self.is_about_order_by_app(channel, fact) {
            return;
        }
        match *fact {
            Fact::OrderMade {
                order,
                units,
                claimed_units,
            } => {
                self.orders[usize::from(channel.0)].accept_made(at, order);
                recorder.record(
                    at,
                    &Entry::OrderMade {
                        channel,
                        order,
                        units,
                        claimed_units,
                    },
                );
            }
            Fact::Displayed {
                listing,
                from,
                to,
                cause,
            } => self.displayed(at, channel, SkuIndex(listing.0), from, to, cause, recorder),
            Fact::OrderCancelled { order, by } => self.cancelled(at, channel, order, by, recorder),
            Fact::UnitsRemoved {
                order,
                listing,
                units,
                by,
                restocked,
            } => {
                let sku = SkuIndex(listing.0);
                self.removed(at, channel, order, (sku, units), by, restocked, recorder);
            }
            Fact::FulfillmentConfirmed {
                order, units, late, ..
            } => {
                self.orders[usize::from(channel.0)].update(order, |record| {
                    record.confirmed = record.confirmed.saturating_add(units);
                });
                recorder.record(
                    at,
                    &Entry::FulfillmentConfirmed {
                        channel,
                        order,
                        units,
                        late,
                    },
                );
            }
            Fact::FulfillmentCancelled { order, units } => {
                self.orders[usize::from(channel.0)].update(order, |record| {
                    record.confirmed = record.confirmed.saturating_sub(units);
                });
            }
            Fact::Call { kind, outcome, .. } => recorder.record(
                at,
                &Entry::Call {
                    target: CallTarget::Channel(channel),
                    kind,
                    outcome,
                },
            ),
            Fact::ReadStale { listing } => {
                let sku = SkuIndex(listing.0);
                recorder.record(at, &Entry::ReadStale { channel, sku });
            }
            // Whose units an order sells came with its acceptance; what Amazon ships for other channels is noted when it leaves
            // the location that stands for its warehouses. A refusal shows in the count of orders that stay unconfirmed, a lost
            // subscription in ingestion latency.
            Fact::FbaSold { .. }
            | Fact::FbaShippedForOthers { .. }
            | Fact::FulfillmentRefused { .. }
            | Fact::SubscriptionRemoved { .. } => {}
        }
    }

    /// Whether a fact is about what became of an order that an app made. No buyer waits for such an order and no unit of
    /// the merchant's is promised to it, so that it is counted when it is made and not followed.
    fn is_about_order_by_app(&self, channel: ChannelIndex, fact: &Fact) -> bool {
        let order = match *fact {
            Fact::OrderCancelled { order, .. }
            | Fact::UnitsRemoved { order, .. }
            | Fact::FulfillmentConfirmed { order, .. }
            | Fact::FulfillmentCancelled { order, .. } => order,
            _ => return false,
        };
        self.orders[usize::from(channel.0)].is_by_app(order)
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one fact")]
    fn displayed(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        from: i64,
        to: i64,
        cause: Cause,
        recorder: &mut dyn Recorder,
    ) {
        let sellable = self.stock.sellable(sku, StockOwner::Merchant);
        recorder.record(
            at,
            &Entry::Displayed {
                channel,
                sku,
                from,
                to,
                cause,
                sellable,
            },
        );
        let write = match cause {
            Cause::Write { sent_at, .. } => Some(LiveWrite { at, sent_at }),
            Cause::Edit => {
                self.last_change_at = at;
                self.displays.edited(at, channel, sku);
                None
            }
            Cause::Cancelled(order) => {
                let left = self.orders[usize::from(channel.0)].left_units(order, sku);
                let raised = u32::try_from(to - from).unwrap_or(0);
                let units = left.min(raised);
                if units > 0 {
                    recorder.record(
                        at,
                        &Entry::RestockedGone {
                            channel,
                            sku,
                            units,
                        },
                    );
                }
                None
            }
            Cause::Checkout(_) | Cause::Removed(_) | Cause::Returned(_) => None,
        };
        self.displays.show(
            at,
            channel,
            sku,
            to,
            write,
            sellable,
            &self.orders,
            recorder,
        );
        self.record_remarks(at, recorder);
    }

    fn cancelled(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        order: OrderRef,
        by: Party,
        recorder: &mut dyn Recorder,
    ) {
        let orders = &mut self.orders[usize::from(channel.0)];
        let Some((owner, was_cancelled, heard)) = orders.get(order).map(|record| {
            (
                record.owner,
                record.cancelled,
                record.known_at != Micros::MAX,
            )
        }) else {
            return;
        };
        if was_cancelled {
            return;
        }
        self.last_change_at = at;
        let lines: Vec<(SkuIndex, u32)> = orders.unshipped_lines(order).collect();
        orders.update(order, |record| {
            record.cancelled = true;
            record.cancelled_at = at;
            record.void = !heard && record.shipped == 0;
        });
        let units = lines.iter().map(|&(_, units)| units).sum();
        recorder.record(
            at,
            &Entry::Cancelled {
                channel,
                order,
                by,
                units,
            },
        );
        for (sku, units) in lines {
            if units == 0 {
                continue;
            }
            if owner == StockOwner::Merchant {
                let by = Mover::Cancellation(channel, order);
                let back = i64::from(units);
                let after = self.stock.sellable(sku, owner) + back;
                self.note_moved(at, sku, (back, after), by, recorder);
            }
            self.stock.cancel(sku, owner, units);
            if owner == StockOwner::Merchant {
                let sellable = self.stock.sellable(sku, owner);
                if heard {
                    let source = ChangeSource::Cancellation(channel, order);
                    self.displays.event(at, sku, source, sellable);
                } else {
                    self.displays
                        .voided(at, channel, sku, sellable, &self.orders);
                }
            }
        }
    }

    /// Units of an order were taken out of it; the rest goes on.
    #[expect(clippy::too_many_arguments, reason = "the fields of one fact")]
    fn removed(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        order: OrderRef,
        (sku, units): (SkuIndex, u32),
        by: Party,
        restocked: bool,
        recorder: &mut dyn Recorder,
    ) {
        let orders = &mut self.orders[usize::from(channel.0)];
        let Some(owner) = orders.get(order).map(|record| record.owner) else {
            return;
        };
        self.last_change_at = at;
        let open = orders.remove(order, sku, units);
        let is_void = orders.get(order).is_some_and(|record| record.void);
        recorder.record(
            at,
            &Entry::UnitsRemoved {
                channel,
                order,
                sku,
                units: open,
                by,
            },
        );
        let gone = units - open;
        if restocked && gone > 0 {
            let units = gone;
            recorder.record(
                at,
                &Entry::RestockedGone {
                    channel,
                    sku,
                    units,
                },
            );
        }
        let is_event = open > 0 && owner == StockOwner::Merchant && !is_void;
        let orders = &mut self.orders[usize::from(channel.0)];
        let number = orders.note_removal(at, order, (sku, units), is_event);
        if open == 0 {
            return;
        }
        if owner == StockOwner::Merchant {
            let by = Mover::Removal(channel, order);
            let back = i64::from(open);
            let after = self.stock.sellable(sku, owner) + back;
            self.note_moved(at, sku, (back, after), by, recorder);
        }
        self.stock.cancel(sku, owner, open);
        if owner == StockOwner::Merchant {
            if is_void {
                let sellable = self.stock.sellable(sku, owner);
                self.displays
                    .voided(at, channel, sku, sellable, &self.orders);
            } else {
                let sellable = self.stock.sellable(sku, owner);
                let source = ChangeSource::Removal(channel, order, number);
                self.displays.event(at, sku, source, sellable);
            }
        }
    }
}
