//! Which readings a budget can do without. Plain escrow moves a unit only when it knows where it is, so that it looks at every
//! raise and at every zero until it is through. Where units are shared, a slow product's raise may show when it shows, and a zero
//! that frees no unit is only to be seen some time: where nothing is to be moved, a sale needs no write (docs/theory.md A9.1), and
//! so nobody waits for a reading (docs/strategies.md, "A budget").

use super::super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::StrategyContext;
use super::super::holding::HoldingPhase;
use super::super::set::READ_BACK_EVERY;
use super::super::{Check, Escrow};
use oversell_kernel::Micros;

/// A listing that sells less than once in this time is slow. A choice, derived from nothing; docs/budget.md measures the budget
/// with it.
const SLOW: Micros = Micros::from_secs(86_400);

impl Escrow {
    /// Whether nobody needs to know when a raise of the listing is live: it is of one unit, which is never lowered but to zero, and
    /// sells so seldom that the next sale, or a reading in turn, is soon enough. One whose answer was lost is looked for all the
    /// same.
    pub(in super::super) fn is_raise_left_alone(
        &self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) -> bool {
        let holding = self.holding(channel, sku);
        self.loans.is_on
            && holding.raise <= 1
            && !holding.is_raise_in_doubt
            && context.demand.rate(context.now, channel, sku) * SLOW.as_secs_f64() < 1.0
    }

    /// When a zero is looked for next that was sent, or looked for, at `from`: plain escrow does it every
    /// [`READ_BACK_EVERY`]. Where none of the SKU's units are left to be moved it is soon enough just before the zero's lifetime
    /// is over, and once more when it is: until then it would not be sent again, whatever a look had shown.
    pub(in super::super) fn zero_look_at(
        &mut self,
        channel: ChannelIndex,
        sku: SkuIndex,
        from: Micros,
    ) -> Micros {
        if !self.frees_nothing(sku) {
            return from + READ_BACK_EVERY;
        }
        let holding = self.holding(channel, sku);
        let over_at = holding.zero_sent_at + self.write_lifetime[usize::from(channel.0)];
        let before = Micros(over_at.0.saturating_sub(READ_BACK_EVERY.0));
        self.holding_mut(channel, sku).is_look_put_off = true;
        match from < before {
            true => before,
            false => (over_at + Micros(1)).max(from + READ_BACK_EVERY),
        }
    }

    /// The platform has told a count of a listing that is on its way to zero. It is no proof, for signals are hints (docs/theory.md
    /// A5, H2); but where no unit waits for the proof, a zero that was told is as good, and anything else is a reason to look.
    pub(super) fn zero_signalled(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        shown: i64,
    ) {
        let holding = self.holding(channel, sku);
        if holding.phase != HoldingPhase::Draining || holding.busy {
            return;
        }
        // Sent when no raise could be live any more, so that none overtakes it.
        let is_last = holding.raised_at == Micros::ZERO
            || holding.zero_sent_at > self.dead_at(channel, holding.raised_at);
        let was_told = holding.zero_told;
        let is_told = shown <= 0 && is_last && holding.zero_sent_at > Micros::ZERO;
        let holding = self.holding_mut(channel, sku);
        holding.zero_told = is_told;
        holding.is_look_put_off |= is_told;
        if was_told && !is_told {
            self.schedule(now, channel, sku, Check::Zero);
        }
    }

    /// There are units of a SKU again: its listings that nobody looked at are, so that they can be raised.
    pub(super) fn look_for_zeros_put_off(&mut self, now: Micros, sku: SkuIndex) {
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let holding = self.holding(channel, sku);
            if holding.phase == HoldingPhase::Draining && holding.is_look_put_off && !holding.busy {
                let holding = self.holding_mut(channel, sku);
                (holding.is_look_put_off, holding.zero_told) = (false, false);
                self.schedule(now, channel, sku, Check::Zero);
            }
        }
    }

    /// Whether no unit comes free when a listing of the SKU is known to be at zero: it is sold out.
    pub(in super::super) fn frees_nothing(&self, sku: SkuIndex) -> bool {
        self.loans.is_on && self.owned[sku.0 as usize] <= 0
    }
}
