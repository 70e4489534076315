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
/// A zero that is not live after so many times the mean of the channel's writes is sent again: of log-normal times with the
/// profiles' spread one in a hundred takes longer.
const PATIENCE: f64 = 6.0;
/// A zero that units wait for is looked for after so many times the mean of the channel's writes ...
const USUALLY: f64 = 2.0;
/// ... but no later than this, if nothing is told of it before.
const LONGEST_UNTOLD: Micros = Micros::from_secs(600);
/// Looks that nobody waits for leave at multiples of this.
const GATHERED_EVERY: Micros = Micros::from_secs(300);
/// Time from one look for a raise that should show less to the next, at least.
const SOONEST_NEXT_LOOK: Micros = Micros::from_secs(120);

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

    /// As long as a zero of the channel may take to be live before it is taken to be lost: a few times as long as its writes
    /// take, but no longer than any can.
    fn zero_patience(&self, channel: ChannelIndex) -> Micros {
        let longest = self.write_lifetime[usize::from(channel.0)];
        let usual = self.loans.estimates.publish(channel) * PATIENCE;
        Micros::from_secs_f64(usual)
            .max(READ_BACK_EVERY)
            .min(longest)
    }

    /// When a zero is looked for first that left at `sent_at`, if the platform has not told of it before; plain escrow does it
    /// after [`READ_BACK_EVERY`]. Where none of the SKU's units are left to be moved it is soon enough when it may be taken to be
    /// lost.
    pub(in super::super) fn first_zero_look(
        &mut self,
        channel: ChannelIndex,
        sku: SkuIndex,
        sent_at: Micros,
    ) -> Micros {
        if !self.loans.is_on {
            return sent_at + READ_BACK_EVERY;
        }
        if !self.frees_nothing(sku) {
            let usual = Micros::from_secs_f64(self.loans.estimates.publish(channel) * USUALLY);
            return sent_at + usual.clamp(READ_BACK_EVERY, LONGEST_UNTOLD);
        }
        self.holding_mut(channel, sku).is_look_put_off = true;
        let due = sent_at + self.zero_patience(channel);
        // Together with others, so that one call reads many.
        Micros(
            due.0
                .div_ceil(GATHERED_EVERY.0)
                .saturating_mul(GATHERED_EVERY.0),
        )
    }

    /// A reading has not confirmed a zero. Plain escrow reads again after [`READ_BACK_EVERY`], and repeats the zero when its
    /// lifetime is over. With a budget a listing that still shows units may sell them twice, so that the zero, which may be
    /// repeated freely (docs/theory.md A5), is taken to be lost sooner, also where no lifetime is known; looks become rarer.
    pub(in super::super) fn zero_not_confirmed(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sent_at: Micros,
    ) {
        let now = context.now;
        let holding = self.holding(channel, sku);
        let zero_sent_at = holding.zero_sent_at;
        let raise_dead_at = self.dead_at(channel, holding.raised_at);
        let is_of_zero = zero_sent_at > Micros::ZERO && sent_at >= zero_sent_at;
        if !self.loans.is_on || !is_of_zero {
            self.schedule(now + READ_BACK_EVERY, channel, sku, Check::Zero);
        } else if displayed > 0 {
            let patience = self.zero_patience(channel);
            if sent_at >= zero_sent_at + patience {
                self.send_zero(context, channel, sku);
            } else {
                let pause = Micros(now.since(zero_sent_at).0 / 4).max(READ_BACK_EVERY);
                self.schedule(now + pause, channel, sku, Check::Zero);
            }
        } else if raise_dead_at < Micros::MAX {
            // A raise that may still come is waited for.
            let frees_nothing = self.frees_nothing(sku);
            self.holding_mut(channel, sku).is_look_put_off = frees_nothing;
            self.schedule(raise_dead_at + Micros(1), channel, sku, Check::Zero);
        } else {
            // Nobody knows how long that is: what the platform tells, or a reading in turn, goes on from here.
            self.holding_mut(channel, sku).zero_told = true;
        }
    }

    /// What a listing shows should be less, but a raise of it may be under way, over which nothing but a zero is sent: it is
    /// looked for, more seldom the older it is, and lowered when it is live.
    pub(super) fn look_for_raise(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let now = context.now;
        let holding = self.holding_mut(channel, sku);
        if now < holding.revoke_after {
            return;
        }
        let age = now.since(holding.raised_at);
        let next = now + age.max(SOONEST_NEXT_LOOK);
        holding.revoke_after = next;
        context.link(channel).want_quantity(sku);
        self.schedule(next, channel, sku, Check::Lowered);
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
        let is_enough = is_told && self.frees_nothing(sku);
        let holding = self.holding_mut(channel, sku);
        holding.zero_told = is_told;
        holding.is_look_put_off |= is_enough;
        // A zero that units wait for is proved at once; one that has been raised over is sent again.
        if was_told != is_told && !is_enough {
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
