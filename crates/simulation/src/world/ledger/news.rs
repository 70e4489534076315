//! What messages have told the engine. From then on a write that it lets go of can contain it, and it is the engine's own
//! time that passes.

use channel_mocks::core::{Micros, OrderRef, StockOwner, Tells, Told};

use super::displays::KnownEvent;
use super::{Entry, Ledger, Mover, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

impl Ledger {
    /// Notes what a message of a channel, or (`None`) of the warehouse, told the engine when it reached it at `heard_at`.
    pub fn told(
        &mut self,
        at: Micros,
        heard_at: Micros,
        channel: Option<ChannelIndex>,
        tells: &Tells,
        recorder: &mut dyn Recorder,
    ) {
        let heard_at = heard_at.min(at);
        for told in &tells.0 {
            match (*told, channel) {
                (Told::Sale(order), Some(channel)) => {
                    let is_cancelled = || tells.0.contains(&Told::Cancellation(order));
                    self.heard_of_sale(at, heard_at, (channel, order), is_cancelled, recorder);
                }
                (Told::Removal { order, units }, Some(channel)) => {
                    self.heard_of_removals(at, heard_at, (channel, order), units, recorder);
                }
                (Told::Cancellation(order), Some(channel)) => {
                    self.heard_of_cancellation(at, heard_at, (channel, order), recorder);
                }
                (Told::Stock { sku, until }, None) => {
                    let sku = SkuIndex(sku);
                    self.note_heard(at, sku, Mover::Stock, (until, heard_at), recorder);
                    let sellable = self.stock.sellable(sku, StockOwner::Merchant);
                    self.displays.heard_of_stock(
                        at,
                        heard_at,
                        sku,
                        until,
                        sellable,
                        &self.orders,
                        recorder,
                    );
                }
                // A message that names an order and none of its lines tells of no sale.
                (Told::Stock { .. } | Told::Named(_), Some(_))
                | (
                    Told::Sale(_) | Told::Named(_) | Told::Removal { .. } | Told::Cancellation(_),
                    None,
                ) => {}
            }
        }
    }

    /// The engine has heard of an order. `is_cancelled`: whether the same message showed it as cancelled.
    pub(super) fn heard_of_sale(
        &mut self,
        at: Micros,
        known_at: Micros,
        (channel, order): (ChannelIndex, OrderRef),
        is_cancelled: impl FnOnce() -> bool,
        recorder: &mut dyn Recorder,
    ) {
        let index = usize::from(channel.0);
        let Some(record) = self.orders[index].get(order) else {
            return;
        };
        if record.known_at != Micros::MAX {
            let times = (record.accepted_at, known_at);
            return self.note_heard_again(at, (channel, order), times, recorder);
        }
        if record.void && is_cancelled() {
            return;
        }
        let (was_void, owner) = (record.void, record.owner);
        let (accepted_at, cancelled_at) = (record.accepted_at, record.cancelled_at);
        self.orders[index].update(order, |record| {
            record.known_at = known_at;
            record.void = false;
        });
        if owner != StockOwner::Merchant {
            return;
        }
        for line in 0..self.orders[index].lines(order).len() {
            let (sku, _) = self.orders[index].lines(order)[line];
            if was_void {
                self.displays.unvoided((channel, order), sku, cancelled_at);
            }
            let by = Mover::Sale(channel, order);
            self.note_heard(at, sku, by, (accepted_at, known_at), recorder);
            recorder.record(
                at,
                &Entry::Learned {
                    channel,
                    sku,
                    accepted_at,
                    known_at,
                },
            );
            let event = KnownEvent {
                known_at,
                happened_at: accepted_at,
                channel: Some(channel),
            };
            let sellable = self.stock.sellable(sku, owner);
            self.displays
                .heard(at, sku, event, sellable, &self.orders, recorder);
        }
    }

    /// The engine has seen an order of which so many units had been taken out.
    pub(super) fn heard_of_removals(
        &mut self,
        at: Micros,
        known_at: Micros,
        (channel, order): (ChannelIndex, OrderRef),
        units: u32,
        recorder: &mut dyn Recorder,
    ) {
        let orders = &mut self.orders[usize::from(channel.0)];
        let heard_of = orders.hear_of_removals(known_at, order, units);
        if orders.get(order).is_none_or(|record| record.void) {
            return;
        }
        for (sku, happened_at) in heard_of {
            let by = Mover::Removal(channel, order);
            self.note_heard(at, sku, by, (happened_at, known_at), recorder);
            let event = KnownEvent {
                known_at,
                happened_at,
                channel: Some(channel),
            };
            let sellable = self.stock.sellable(sku, StockOwner::Merchant);
            self.displays
                .heard(at, sku, event, sellable, &self.orders, recorder);
        }
    }

    /// The engine has heard that an order is cancelled, with all that had been taken out of it before.
    pub(super) fn heard_of_cancellation(
        &mut self,
        at: Micros,
        known_at: Micros,
        (channel, order): (ChannelIndex, OrderRef),
        recorder: &mut dyn Recorder,
    ) {
        let orders = &mut self.orders[usize::from(channel.0)];
        let Some(record) = orders.get(order) else {
            return;
        };
        if !record.cancelled || record.cancellation_known_at != Micros::MAX {
            return;
        }
        let (is_void, owner, happened_at) = (record.void, record.owner, record.cancelled_at);
        self.heard_of_removals(at, known_at, (channel, order), u32::MAX, recorder);
        let orders = &mut self.orders[usize::from(channel.0)];
        orders.update(order, |record| record.cancellation_known_at = known_at);
        if is_void || owner != StockOwner::Merchant {
            return;
        }
        let lines: Vec<(SkuIndex, u32)> = orders.unshipped_lines(order).collect();
        for (sku, _) in lines.into_iter().filter(|(_, units)| *units > 0) {
            let by = Mover::Cancellation(channel, order);
            self.note_heard(at, sku, by, (happened_at, known_at), recorder);
            let event = KnownEvent {
                known_at,
                happened_at,
                channel: Some(channel),
            };
            let sellable = self.stock.sellable(sku, owner);
            self.displays
                .heard(at, sku, event, sellable, &self.orders, recorder);
        }
    }
}
