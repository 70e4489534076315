//! How a SKU ended, and which channels caused it.

use super::{Meter, Refusals};
use crate::measure::sales::apportion;
use crate::world::SkuIndex;

impl Meter {
    /// Books a SKU's end on the channels that caused it: units without cover where they were oversold (or, when stock was
    /// lost, sold), units that could still be sold where they were refused.
    pub(super) fn close_sku(&mut self, sku: SkuIndex, sellable: i64) {
        let width = self.channels.len();
        let first = sku.0 as usize * width;
        let Some(counts) = self.skus.get(first..first + width) else {
            return;
        };
        if sellable < 0 {
            let missing = sellable.unsigned_abs();
            let oversold = counts.iter().map(|channel| channel.oversold);
            let parts = if oversold.clone().sum::<u64>() > 0 {
                apportion(missing, oversold)
            } else {
                apportion(missing, counts.iter().map(|channel| channel.accepted))
            };
            for (raw, part) in self.channels.iter_mut().zip(parts) {
                raw.unfillable_units += part;
            }
        }
        let Refusals {
            price_cents,
            left_at_last,
        } = *self.refusals(sku);
        let counts = &self.skus[first..first + width];
        let rejected = counts.iter().map(|channel| channel.rejected_in_stock);
        // What was sold after that was not lost, and what came back after it was nobody's loss.
        let left = u64::try_from(left_at_last.min(sellable)).unwrap_or(0);
        let lost = rejected.clone().sum::<u64>().min(left);
        let parts = apportion(lost, rejected);
        for (raw, part) in self.channels.iter_mut().zip(parts) {
            raw.net_undersell_units += part;
            raw.lost_cents += part * price_cents;
        }
    }
}
