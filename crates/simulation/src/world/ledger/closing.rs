//! The end of the run: how everything ended, and whether it adds up.

use channel_mocks::core::Micros;
use channel_mocks::warehouse::Totals;

use super::{Conservation, ConservationError, Entry, Ledger, Recorder, conservation};
use crate::world::{ChannelIndex, SkuIndex};

impl Ledger {
    /// Closes the books at the end of the run: records how every SKU and channel ended, and checks that no unit appeared
    /// or vanished. `warehouse` are the
    /// warehouse's own sums.
    ///
    /// # Errors
    /// What does not add up. It is the harness that is wrong then, never the engine.
    pub fn close(
        &mut self,
        at: Micros,
        warehouse: Totals,
        recorder: &mut dyn Recorder,
    ) -> Result<Conservation, ConservationError> {
        self.displays.close_margins(at);
        self.record_remarks(at, recorder);
        for (index, sku) in self.stock.iter().enumerate() {
            let overshown_units = self
                .displays
                .overshown_units(SkuIndex(index as u32), sku.sellable);
            recorder.record(
                at,
                &Entry::SkuClosed {
                    sku: SkuIndex(index as u32),
                    supplied_units: sku.supplied - sku.fba_supplied - sku.miscounted,
                    sellable: sku.sellable,
                    overshown_units,
                },
            );
        }
        for index in 0..self.orders.len() {
            let channel = ChannelIndex(index as u16);
            let open = self.open_items_of(channel);
            self.close_followed(at, channel, recorder);
            recorder.record(
                at,
                &Entry::ChannelClosed {
                    channel,
                    lost_orders: open.uningested_orders,
                    first_lost: self.orders[index].oldest_uningested(),
                    unshipped_orders: open.unshipped_orders,
                    unconfirmed_fulfillments: open.unconfirmed_fulfillments,
                    unsynced_listings: open.unsynced_listings,
                },
            );
        }
        let mut open = vec![0i64; self.stock.len()];
        for orders in &self.orders {
            orders.for_each_open_line(|sku, units| open[sku.0 as usize] += i64::from(units));
        }
        conservation::check(self.stock.iter(), &open, warehouse)
    }
}
