//! What makes displayed counts wrong: sales and cancellations elsewhere, stock, edits.

use channel_mocks::core::{Micros, OrderRef};

use super::event::Pending;
use super::{ChangeSource, Displays};
use crate::world::ledger::orders::Orders;
use crate::world::{ChannelIndex, SkuIndex};

impl Displays {
    /// Notes a change of sellable units, already applied (`sellable` is the count after it).
    pub fn event(&mut self, at: Micros, sku: SkuIndex, source: ChangeSource, sellable: i64) {
        if !self.whole_stock {
            self.judge_sum(at, sku, sellable);
            return;
        }
        for channel in self.all_channels() {
            let position = self.position(channel, sku);
            if !self.is_seen(position, channel) {
                continue;
            }
            if source.channel() != Some(channel) {
                self.listings[position].pending.push_back(Pending {
                    happened_at: at,
                    source,
                    known_at: None,
                });
            }
            self.settle_at_zero(at, position, sellable);
            self.judge(at, position, channel, sellable);
        }
        if source == ChangeSource::Stock {
            self.known[sku.0 as usize].unheard_stock.push_back(at);
        }
    }

    /// Notes that somebody set a listing's count by hand. The next write replaces it, whoever knew of it.
    pub fn edited(&mut self, at: Micros, channel: ChannelIndex, sku: SkuIndex) {
        let position = self.position(channel, sku);
        if self.whole_stock && self.is_seen(position, channel) {
            self.listings[position].pending.push_back(Pending {
                happened_at: at,
                source: ChangeSource::Stock,
                known_at: Some(at),
            });
        }
    }

    /// Notes that an order was cancelled before the engine had heard of it: its sale need not be taken in any more.
    pub fn voided(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        sellable: i64,
        orders: &[Orders],
    ) {
        if !self.whole_stock {
            self.judge_sum(at, sku, sellable);
            return;
        }
        for other in self.all_channels() {
            let position = self.position(other, sku);
            if !self.is_seen(position, other) {
                continue;
            }
            if other != channel {
                self.drop_contained(position, orders);
            }
            self.settle_at_zero(at, position, sellable);
            self.judge(at, position, other, sellable);
        }
    }

    /// Notes that the engine has heard of the sale alone of an order that was cancelled at `cancelled_at`, when nobody had
    /// heard of it: from now on counts miss the cancellation.
    pub fn unvoided(
        &mut self,
        (channel, order): (ChannelIndex, OrderRef),
        sku: SkuIndex,
        cancelled_at: Micros,
    ) {
        if !self.whole_stock {
            return;
        }
        for other in self.all_channels() {
            let position = self.position(other, sku);
            if other == channel || !self.is_seen(position, other) {
                continue;
            }
            let pending = &mut self.listings[position].pending;
            let place = pending.partition_point(|event| event.happened_at <= cancelled_at);
            let event = Pending {
                happened_at: cancelled_at,
                source: ChangeSource::Cancellation(channel, order),
                known_at: None,
            };
            pending.insert(place, event);
        }
    }
}
