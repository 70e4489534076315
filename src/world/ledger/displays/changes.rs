//! What makes displayed counts wrong: sales and cancellations elsewhere, stock, edits.

use channel_mocks::core::Micros;

use super::event::{KnownEvent, Pending};
use super::{ChangeSource, Displays};
use crate::world::ledger::orders::Orders;
use crate::world::{ChannelIndex, SkuIndex};

impl Displays {
    /// Notes a change of sellable units, already applied (`sellable` is the count after it).
    pub fn event(&mut self, at: Micros, sku: SkuIndex, source: ChangeSource, sellable: i64) {
        if !self.whole_stock {
            return;
        }
        let order = match source {
            ChangeSource::Order(channel, order) => Some((channel, order)),
            ChangeSource::Cancellation(_) | ChangeSource::Stock => None,
        };
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let position = self.position(channel, sku);
            if source.channel() != Some(channel) {
                self.push(
                    position,
                    channel,
                    Pending {
                        happened_at: at,
                        order,
                    },
                );
            }
            self.settle_at_zero(at, position, channel, sellable);
        }
        if order.is_none() {
            self.known[sku.0 as usize].events.push_back(KnownEvent {
                known_at: at,
                happened_at: at,
                channel: source.channel(),
            });
        }
    }

    /// Notes that somebody set a listing's count by hand.
    pub fn edited(&mut self, at: Micros, channel: ChannelIndex, sku: SkuIndex) {
        if self.whole_stock {
            let position = self.position(channel, sku);
            self.push(
                position,
                channel,
                Pending {
                    happened_at: at,
                    order: None,
                },
            );
        }
    }

    /// Notes that an order was cancelled before anybody had learned of it: its sale need not be taken in any more.
    pub fn voided(&mut self, at: Micros, channel: ChannelIndex, sku: SkuIndex, orders: &[Orders]) {
        if !self.whole_stock {
            return;
        }
        for other in (0..self.channels as u16).map(ChannelIndex) {
            if other != channel {
                self.drop_contained(at, self.position(other, sku), other, orders);
            }
        }
    }
}
