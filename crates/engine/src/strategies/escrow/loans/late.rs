//! What shows more than there is although its sales elsewhere are known: it could not be taken down when they became known,
//! because a raise of it was still under way, or because it was believed to show less. So whenever a count is told or read, and the
//! listing alone shows more than there is, the rule decides about its SKU once more (docs/theory.md A9.1, actions: after every
//! acknowledgement and every reading).
//!
//! Where a write has no lifetime, because it may become live at any time or never, nothing can be waited for (H3). Nothing is
//! ever given back there; but what is on display is looked at all the same, each time after twice as long, and what has
//! not come true by then is written once more: a zero freely, a smaller count as a new decision.

use super::super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::StrategyContext;
use super::super::Escrow;
use super::super::set::READ_BACK_EVERY;
use super::displayed;
use oversell_kernel::Micros;

/// Nobody waits longer than this for a write to become live (chosen: half a day; no write of a built-in profile lives
/// longer than 80 minutes).
const LONGEST_WAIT: Micros = Micros::from_secs(12 * 3_600);
/// A write that is not live after so many times the usual delay, and after this time, is overdue (chosen, not derived).
const OVERDUE_TIMES: f64 = 4.0;
const OVERDUE_AFTER: Micros = Micros::from_secs(600);

impl Escrow {
    /// Decides about the SKU once more if the listing by itself is believed to show more than there is. What several show together
    /// is a loan, and stays.
    pub(in super::super) fn lower_what_is_too_much(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let units = self.owned[sku.0 as usize].max(0);
        if self.loans.is_on && displayed(self.holding(channel, sku)) > units {
            self.rebalance(context, sku);
        }
    }

    /// Whether nobody can wait until a write of the channel is live or never will be.
    pub(in super::super) fn is_never_dead(&self, channel: ChannelIndex) -> bool {
        self.loans.is_on && self.write_lifetime[usize::from(channel.0)] > LONGEST_WAIT
    }

    /// When a write of such a channel that was sent then is looked for next: after the usual delay first, then after twice as long
    /// each time.
    pub(in super::super) fn next_look(
        &self,
        now: Micros,
        channel: ChannelIndex,
        sent_at: Micros,
    ) -> Micros {
        let usual = Micros((self.loans.estimates.publish(channel) * 1e6) as u64);
        now + usual.max(READ_BACK_EVERY).max(now.since(sent_at))
    }

    /// Whether a write of such a channel that was sent then should have been live long ago.
    pub(in super::super) fn is_overdue(
        &self,
        now: Micros,
        channel: ChannelIndex,
        sent_at: Micros,
    ) -> bool {
        let usual = self.loans.estimates.publish(channel) * OVERDUE_TIMES;
        self.is_never_dead(channel)
            && sent_at > Micros::ZERO
            && now.since(sent_at) >= OVERDUE_AFTER.max(Micros((usual * 1e6) as u64))
    }
}
