//! What news of sales and cancellations do to the accounts: whose units they were, and whose they are now.

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::config::CLOCK_SKEW;
use super::super::StrategyContext;
use super::holding::HoldingPhase;
use super::{CLOCK_STEP, Escrow};
use crate::planted::planted;
use oversell_kernel::Micros;

impl Escrow {
    /// A sale has become known.
    pub(super) fn count_sale(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
        sold_at: Micros,
    ) {
        self.owned[sku.0 as usize] -= units;
        self.holding_mut(channel, sku).sold += units;
        self.recent_sales
            .note(context.now, channel, sku, units, sold_at);
        let holding = self.holding(channel, sku);
        if sold_at <= holding.read_at + CLOCK_SKEW || holding.is_absent {
            // Of a listing that was not there when it was looked for, nothing was ever granted to it. Sold before the reading was answered from which the listing was begun: it may already have been of what was left,
            // so the sale comes off the pool. If it was not, the unit stays counted on the channel, which is the safe side.
            self.pool[sku.0 as usize] -= units;
        } else {
            let holding = self.holding_mut(channel, sku);
            holding.exposure -= units;
            holding.looks = 0;
            self.verifications.sold(channel, sku, units, sold_at);
            if self.is_cas(channel) {
                self.hasten_grant(context, channel, sku);
            } else {
                self.set_sold(channel, sku);
            }
            self.watch(context, channel, sku);
        }
        self.lent_units_sold(context, channel, sku, units, sold_at);
        self.check(sku);
        self.rebalance(context, sku);
    }

    /// A cancellation has become known, of a whole order or of a part.
    pub(super) fn count_cancellation(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
        restocked: bool,
        at: Micros,
    ) {
        self.owned[sku.0 as usize] += units;
        let now = context.now;
        let holding = self.holding_mut(channel, sku);
        holding.sold -= units;
        if restocked && holding.phase != HoldingPhase::Unread && !planted!(CancelsToPool) {
            // The unit is on sale again where it came from: credit the channel, never the pool.
            holding.exposure += units;
            holding.restocked_at = holding.restocked_at.max(at);
            holding.restock_known_at = now;
            if matches!(
                holding.phase,
                HoldingPhase::Draining | HoldingPhase::Fencing
            ) && at + CLOCK_STEP > holding.zero_sent_at
            {
                holding.restocked_since_zero += units;
            }
            if holding.phase == HoldingPhase::Closed && holding.exposure > 0 {
                holding.phase = HoldingPhase::Open;
            }
            holding.looks = 0;
            self.verifications
                .restocked(channel, sku, units, at + CLOCK_STEP);
            self.watch(context, channel, sku);
        } else {
            self.pool[sku.0 as usize] += units;
        }
        self.check(sku);
        self.rebalance(context, sku);
    }
}
