//! Taking a listing down (docs/theory.md A9 and A5, additive exposure).
//!
//! A compare-and-set listing gives units up in one round trip, exactly. An overwrite-only one goes to zero, is fenced and raised
//! again; where it sells next to nothing while news is under way it may instead be set straight to the smaller count. Such a
//! write may erase sales that nobody knows of yet, so both the old exposure and the new count stand on the books until a reading
//! after the write's lifetime, and the order feed past it, have shown what is left. The pool pays for the difference meanwhile.

use super::super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::super::connectors::{Change, QuantityWrite};
use super::super::super::super::journal::Record;
use super::super::super::super::link::WriteNews;
use super::super::super::super::queue::Priority;
use super::super::super::poisson::line;
use super::super::super::{OVERSELL_COST_CENTS, StrategyContext};
use super::super::holding::HoldingPhase;
use super::super::{Check, Escrow};
use super::pool::{LARGEST_OWN_LOAD, Listing};
use crate::planted::planted;
use oversell_kernel::Micros;
use std::cmp::Reverse;

/// Time from one look at a lowered listing whose exposure is in doubt to the next.
const LOOK_AGAIN: Micros = Micros::from_secs(120);
/// Time from a write that was taken back unsent to the next decision about its SKU, if nothing else is heard of it.
const DECIDE_AGAIN: Micros = Micros::from_secs(10);

impl Escrow {
    /// Takes a listing down to so many units, as soon as it can be.
    pub(super) fn lower(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        to: i64,
        listing: &Listing,
    ) {
        let lowering_to = self.holding(channel, sku).lowering_to;
        if lowering_to > 0 && lowering_to <= to {
            // It is on its way there. Taken back for the same count it would never leave: whoever is starved asks for what was
            // decided a moment ago, again and again.
            return;
        }
        // A lowering that waits gives way to one to fewer units. That ends: it is left alone by whoever asks for more. A raise that
        // waits does not: the same need would ask for it again.
        if self.withdraw_unsent(context, channel, sku) && lowering_to == 0
            || self.holding(channel, sku).busy
        {
            return;
        }
        let holding = self.holding(channel, sku);
        let (phase, exposure) = (holding.phase, holding.exposure);
        if self.is_cas(channel) {
            self.loans.estimates.decided(context.now, channel, sku);
            self.revoke(context, channel, sku, exposure, exposure - to);
        } else if phase == HoldingPhase::Open
            && to > 0
            && listing.own_load() <= LARGEST_OWN_LOAD
            && !context.links[channel].is_blind(context.now)
        {
            if holding.revoke_after <= context.now {
                self.lower_directly(context, channel, sku, to);
            }
        } else if phase == HoldingPhase::Open
            || (phase == HoldingPhase::Opening && to == 0)
            // What came back on sale after the zero.
            || (listing.displayed > to && to == 0)
        {
            self.loans.estimates.decided(context.now, channel, sku);
            self.drain(context, channel, sku);
        }
    }

    /// Takes back what is lent of a SKU whose units are shared no longer: from compare-and-set listings first, in one round
    /// trip; then from those that sell next to nothing while news is under way; and from the others, which go dark for it, only
    /// when so few units are left that unseen sales may go beyond them.
    pub(in super::super) fn repay(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex) {
        let units = self.owned[sku.0 as usize];
        let (listings, _) = self.listings(context, sku, units);
        let mut missing = self.overbooked_units(sku);
        let each = || {
            let channels = (0..listings.len()).map(|at| ChannelIndex(at as u16));
            channels.zip(&listings).filter(|(_, it)| it.displayed > 0)
        };
        for (channel, it) in each().filter(|(_, it)| it.is_cas) {
            let taken = it.displayed.min(missing);
            if taken > 0 {
                missing -= taken;
                self.lower(context, channel, sku, it.displayed - taken, it);
            }
        }
        let is_slow = |it: &Listing| !it.is_cas && it.own_load() <= LARGEST_OWN_LOAD;
        let slow = each()
            .filter(|(_, it)| is_slow(it))
            .map(|(at, it)| (at, *it));
        // What sold well and sells no more, while counts take long to become live, would stay fast for as long as it has been.
        let lately = each().filter(|(_, it)| !is_slow(it)).map(|(at, it)| {
            let rate = context.demand.rate(context.now, at, sku);
            (at, Listing { rate, ..*it })
        });
        let slow: Vec<(ChannelIndex, Listing)> =
            slow.chain(lately.filter(|(_, it)| is_slow(it))).collect();
        for (channel, it) in slow {
            let taken = it.displayed.min(missing);
            if taken > 0 {
                missing -= taken;
                self.lower(context, channel, sku, it.displayed - taken, &it);
            }
        }
        let rate: f64 = listings.iter().map(|it| it.rate).sum();
        let slowest = listings.iter().map(|it| it.ingest + it.publish);
        let unseen = rate * slowest.fold(0.0, f64::max);
        let line = line(unseen, self.loans.price()).unwrap_or(i64::MAX);
        if units - missing > line {
            return;
        }
        while missing > 0 {
            // The one that gives enough and loses least; else the one that gives most.
            let fast = each().filter(|(channel, it)| {
                let holding = self.holding(*channel, sku);
                !it.is_cas && !is_slow(it) && holding.phase == HoldingPhase::Open && !holding.busy
            });
            let enough = |it: &Listing| it.displayed >= missing;
            let next = fast.max_by_key(|(channel, it)| {
                let worth = match enough(it) {
                    true => -it.displayed,
                    false => it.displayed,
                };
                (enough(it), worth, Reverse(*channel))
            });
            let Some((channel, it)) = next else {
                return;
            };
            missing -= it.displayed;
            self.drain(context, channel, sku);
        }
    }

    /// Takes a positive write back that still waits to be sent, so that nothing of it was ever shown; whether there was one.
    fn withdraw_unsent(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) -> bool {
        let link = context.link(channel);
        if link.queue.is_in_flight(sku) {
            return false;
        }
        let units = match link.waiting_change(sku) {
            Some(Change::Set(units) | Change::Adjust(units)) if units > 0 => units,
            _ => return false,
        };
        link.queue.forget(sku);
        let holding = self.holding_mut(channel, sku);
        holding.busy = false;
        holding.exposure -= units;
        if holding.phase == HoldingPhase::Opening {
            holding.phase = HoldingPhase::Closed;
            holding.raise = 0;
        }
        if std::mem::take(&mut holding.lowering_to) > 0 {
            // What is on display is what was there before.
            holding.in_doubt = (holding.exposure - holding.shown_before).max(0);
            holding.shown_before = 0;
        }
        self.give_back(context, channel, sku, units);
        // At once, the same need would raise it again and the same surplus take it back, without end.
        // And once for all that was taken back: each decision may take back several writes, which would double without end.
        if !std::mem::replace(&mut self.undecided[sku.0 as usize], true) {
            let later = context.now + DECIDE_AGAIN;
            self.schedule(later, channel, sku, Check::Decide);
        }
        true
    }

    /// Overwrites a listing with a smaller count; what it may have sold before stays on the books beside it.
    fn lower_directly(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        to: i64,
    ) {
        context.journal.append(
            context.now,
            Record::Granted {
                channel,
                sku,
                units: to,
            },
        );
        self.verifications.forget(channel, sku);
        self.pool[sku.0 as usize] -= to;
        let holding = self.holding_mut(channel, sku);
        holding.shown_before = super::still_shown(holding);
        holding.in_doubt = holding.exposure;
        holding.exposure += to;
        holding.lowering_to = to;
        holding.lowered_to = to;
        holding.busy = true;
        if planted!(OlderCountForgotten) {
            let older = std::mem::take(&mut holding.in_doubt);
            holding.exposure -= older;
            holding.shown_before = 0;
            self.pool[sku.0 as usize] += older;
        }
        self.check(sku);
        self.loans.estimates.decided(context.now, channel, sku);
        let rate = context.demand.total_rate(context.now, sku);
        context.publish(
            channel,
            sku,
            Change::Set(to),
            Priority::Costing(OVERSELL_COST_CENTS * rate),
        );
    }

    /// A write to an overwrite-only listing has ended; whether it was one that lowers it directly.
    pub(in super::super) fn lowering_written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        write: QuantityWrite,
        sent_at: Micros,
        outcome: WriteNews,
    ) -> bool {
        let sku = write.sku;
        let holding = self.holding_mut(channel, sku);
        let units = holding.lowering_to;
        if units == 0 || write.change != Change::Set(units) {
            return false;
        }
        holding.busy = false;
        holding.lowering_to = 0;
        match outcome {
            // Applied or not, it is counted; within its lifetime it shows or never will.
            WriteNews::Live | WriteNews::Accepted | WriteNews::Unknown => {
                holding.raised_at = sent_at;
                holding.is_raise_in_doubt = false;
                if outcome != WriteNews::Unknown {
                    holding.refusals = 0;
                }
                let dead_at = self.dead_at(channel, sent_at);
                self.holding_mut(channel, sku).lowered_at = dead_at;
                let due = match self.is_never_dead(channel) {
                    true => self.next_look(context.now, channel, sent_at),
                    false => dead_at + Micros(1),
                };
                self.schedule(due, channel, sku, Check::Lowered);
            }
            // Certainly not executed: the listing is as it was.
            WriteNews::Refused | WriteNews::Rejected | WriteNews::Stale => {
                holding.exposure -= units;
                holding.in_doubt = (holding.exposure - holding.shown_before).max(0);
                holding.shown_before = 0;
                self.give_back(context, channel, sku, units);
                if outcome != WriteNews::Refused {
                    self.taking_back_refused(context, channel, sku);
                }
            }
        }
        self.rebalance(context, sku);
        true
    }

    /// A count was told of a lowered listing. No proof, since an older write or one under way may change it; but what it is
    /// believed to show from now on.
    pub(super) fn believe_lowered(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        shown: i64,
        is_news: bool,
    ) {
        let holding = self.holding(channel, sku);
        let believed = holding.exposure - holding.in_doubt;
        let is_overdue = self.is_overdue(now, channel, holding.raised_at);
        if holding.in_doubt <= 0
            || holding.lowering_to > 0
            || holding.phase != HoldingPhase::Open
            // More than is believed is shown where the last overwrite went live late, over sales that it does not know.
            || (shown > believed && shown > holding.lowered_to && !is_overdue)
        {
            return;
        }
        let holding = self.holding_mut(channel, sku);
        holding.in_doubt = holding.exposure - shown.max(0);
        holding.shown_before = 0;
        // Sales before now are in the count that is shown, and must not come off it once more when they become known.
        holding.lowered_at = now;
        self.loans.seen_by(is_news, now, channel, sku);
    }

    /// Looks for what a lowered listing still shows, now that the write is live or never will be.
    pub(in super::super) fn check_lowered(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let holding = self.holding(channel, sku);
        if holding.in_doubt <= 0 || holding.phase != HoldingPhase::Open {
            self.rebalance(context, sku);
            return;
        }
        // A reading that waits for its fence answers this too.
        let is_read = self.verifications.is_under_way(channel, sku);
        let (is_busy, raised_at) = (holding.busy, holding.raised_at);
        let is_never_dead = self.is_never_dead(channel);
        if !is_busy && !is_read && context.now > self.dead_at(channel, raised_at) {
            self.verifications.want(channel, sku);
            context.link(channel).want_quantity(sku);
        } else if !is_busy && is_never_dead {
            context.link(channel).want_quantity(sku);
        }
        let due = match is_never_dead {
            true => self.next_look(context.now, channel, raised_at),
            false => context.now + LOOK_AGAIN,
        };
        self.schedule(due, channel, sku, Check::Lowered);
    }

    /// A listing was read: once no write can change it any more, what it shows is all that it can still sell.
    pub(in super::super) fn settle_doubt(
        &mut self,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sent_at: Micros,
    ) {
        let holding = self.holding(channel, sku);
        if holding.in_doubt <= 0 || holding.busy || holding.phase != HoldingPhase::Open {
            return;
        }
        if sent_at > self.dead_at(channel, holding.raised_at) {
            let holding = self.holding_mut(channel, sku);
            holding.shown_before = 0;
            let beyond = (holding.exposure - displayed.max(0)).max(0);
            holding.in_doubt = holding.in_doubt.min(beyond);
        }
    }
}
