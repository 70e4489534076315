//! What can be asked of the ledger at any time.

use channel_mocks::core::{Micros, OrderRef, StockOwner};

use super::{Entry, Ledger, OpenItems, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

impl Ledger {
    /// Notes that a support agent looks at a channel's orders.
    pub fn support_read(&mut self, at: Micros, channel: ChannelIndex, recorder: &mut dyn Recorder) {
        let age = self.orders[usize::from(channel.0)]
            .oldest_uningested()
            .map_or(Micros::ZERO, |(accepted_at, _)| at.since(accepted_at));
        recorder.record(at, &Entry::SupportRead { channel, age });
    }

    /// A channel opens to buyers, or closes: what it displays counts from now on, or no longer.
    pub fn hours(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        is_open: bool,
        recorder: &mut dyn Recorder,
    ) {
        self.set_open(at, channel, is_open);
        self.last_change_at = at;
        recorder.record(at, &Entry::Hours { channel, is_open });
    }

    /// As [`Ledger::hours`], for what is so before the run begins.
    pub fn set_open(&mut self, at: Micros, channel: ChannelIndex, is_open: bool) {
        let sellable = self.stock.iter().map(|sku| sku.sellable);
        self.displays.set_open(at, channel, is_open, sellable);
    }

    /// What has not come to an end, over all channels.
    pub fn open_items(&self) -> OpenItems {
        let mut sum = OpenItems::default();
        for channel in 0..self.orders.len() {
            sum += &self.open_items_of(ChannelIndex(channel as u16));
        }
        sum.overshown_skus = self.displays.overshown();
        sum
    }

    /// What has not come to an end on one channel.
    pub fn open_items_of(&self, channel: ChannelIndex) -> OpenItems {
        let orders = &self.orders[usize::from(channel.0)];
        OpenItems {
            uningested_orders: orders.uningested,
            unsynced_listings: self.displays.unsynced(channel),
            overshown_skus: 0,
            unshipped_orders: orders.unshipped,
            unconfirmed_fulfillments: orders.unconfirmed,
        }
    }

    /// When a count last stopped being wrong; `None` if none ever was. Only the end of the matter when no count is.
    pub fn last_unsynced_at(&self) -> Option<Micros> {
        self.displays.last_unsynced_at()
    }

    /// When something last changed from outside the engine: a sale, a cancellation, stock, an edit.
    pub fn last_change_at(&self) -> Micros {
        self.last_change_at
    }

    /// Time from the last change from outside to the moment from which no count was wrong any more; `None` while one is
    /// (docs/theory.md B, convergence time).
    pub fn convergence(&self) -> Option<Micros> {
        self.open_items().counts_are_right().then(|| {
            self.last_unsynced_at()
                .map_or(Micros::ZERO, |at| at.since(self.last_change_at))
        })
    }

    /// Units of the shared pool that can still be sold; negative when more is sold than there is.
    pub fn sellable(&self, sku: SkuIndex) -> i64 {
        self.stock.sellable(sku, StockOwner::Merchant)
    }

    /// What a listing displays.
    pub fn displayed_units(&self, channel: ChannelIndex, sku: SkuIndex) -> i64 {
        self.displays.displayed(channel, sku)
    }

    /// The lines of an order: SKU and units. Empty for an unknown order.
    pub fn order_lines(&self, channel: ChannelIndex, order: OrderRef) -> &[(SkuIndex, u32)] {
        self.orders[usize::from(channel.0)].lines(order)
    }
}
