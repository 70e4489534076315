//! E-SET (docs/theory.md A5 (ii)), for platforms that can only overwrite a count. Even a lowering overwrite can put sold units
//! back on sale, so a quota changes only by way of zero: set 0, known to be live, order feed read past that moment, then
//! one raise, sent once and never repeated.

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::connectors::{Change, QuantityWrite};
use super::super::super::journal::Record;
use super::super::super::link::WriteNews;
use super::super::super::queue::Priority;
use super::super::{LOST_SALE_COST_CENTS, OVERSELL_COST_CENTS, StrategyContext};
use super::holding::HoldingPhase;
use super::{Check, Escrow};
use crate::planted::planted;
use oversell_kernel::Micros;

/// Time from a zero to the first reading that may confirm it, and between readings.
pub(super) const READ_BACK_EVERY: Micros = Micros::from_secs(15);

impl Escrow {
    /// CLOSED -> OPENING: moves units from the pool and sets the listing to them, once.
    pub(super) fn raise(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
    ) {
        assert!(
            units > 0
                && (units <= self.pool[sku.0 as usize]
                    || self.loans.is_on()
                    || planted!(QuotasRoundedUp)),
            "a raise comes out of the pool, or is a loan"
        );
        context.journal.append(
            context.now,
            Record::Granted {
                channel,
                sku,
                units,
            },
        );
        self.pool[sku.0 as usize] -= units;
        self.note_doubtful(sku, units);
        let holding = self.holding_mut(channel, sku);
        assert_eq!(
            holding.phase,
            HoldingPhase::Closed,
            "a positive set needs a closed listing"
        );
        holding.phase = HoldingPhase::Opening;
        holding.exposure += units;
        holding.raise = units;
        holding.busy = true;
        self.check(sku);
        self.send_raise(context, channel, sku, units);
    }

    fn send_raise(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
    ) {
        let rate = context.demand.rate(context.now, channel, sku);
        context.publish(
            channel,
            sku,
            Change::Set(units),
            Priority::Costing(LOST_SALE_COST_CENTS * rate),
        );
    }

    /// -> DRAINING: takes the listing back, however long that takes.
    pub(super) fn drain(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        context
            .journal
            .append(context.now, Record::DrainBegun { channel, sku });
        let holding = self.holding_mut(channel, sku);
        holding.phase = HoldingPhase::Draining;
        holding.restocked_since_zero = 0;
        self.verifications.forget(channel, sku);
        self.send_zero(context, channel, sku);
    }

    fn send_zero(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let holding = self.holding_mut(channel, sku);
        holding.busy = true;
        let rate = context.demand.total_rate(context.now, sku);
        context.publish(
            channel,
            sku,
            Change::Set(0),
            Priority::Costing(OVERSELL_COST_CENTS * rate),
        );
    }

    /// A write to an overwrite-only listing has ended.
    pub(super) fn set_written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        write: QuantityWrite,
        sent_at: Micros,
        outcome: WriteNews,
    ) {
        let Change::Set(value) = write.change else {
            return;
        };
        if self.lowering_written(context, channel, write, sent_at, outcome) {
            return;
        }
        let sku = write.sku;
        let holding = self.holding_mut(channel, sku);
        holding.busy = false;
        if value > 0 {
            if planted!(BlindRetryOfRaise) && outcome == WriteNews::Unknown {
                holding.busy = true;
                self.send_raise(context, channel, sku, value);
                return;
            }
            match outcome {
                WriteNews::Unknown if planted!(LostRaiseTakenForNeverTaken) => {
                    holding.phase = HoldingPhase::Closed;
                    holding.exposure -= value;
                    self.give_back(context, channel, sku, value);
                }
                WriteNews::Live | WriteNews::Accepted | WriteNews::Unknown => {
                    // Applied or not, it is counted; within its lifetime it will show.
                    holding.raised_at = sent_at;
                    holding.refusals = 0;
                    holding.is_raise_in_doubt = outcome == WriteNews::Unknown;
                    if planted!(WriteLifetimeLeftOut) {
                        holding.phase = HoldingPhase::Open;
                    }
                    if holding.phase == HoldingPhase::Opening
                        && !self.is_raise_left_alone(context, channel, sku)
                    {
                        self.schedule_raise_checks(channel, sku);
                    }
                }
                WriteNews::Refused => {
                    // Certainly not executed, so sending it is still the first time.
                    holding.busy = true;
                    self.send_raise(context, channel, sku, value);
                }
                WriteNews::Rejected | WriteNews::Stale => {
                    holding.phase = HoldingPhase::Closed;
                    holding.exposure -= value;
                    holding.raise = 0;
                    holding.refusals += 1;
                    self.give_back(context, channel, sku, value);
                }
            }
            self.set_sold(channel, sku);
        } else {
            match outcome {
                WriteNews::Live | WriteNews::Accepted | WriteNews::Unknown => {
                    holding.zero_sent_at = sent_at;
                    let due = sent_at + self.zero_look(channel, sku, READ_BACK_EVERY);
                    self.schedule(due, channel, sku, Check::Zero);
                    if planted!(AcceptedTakenForApplied) && outcome != WriteNews::Unknown {
                        self.fence(context, channel, sku);
                    }
                }
                // A zero may be repeated freely.
                WriteNews::Refused | WriteNews::Rejected | WriteNews::Stale => {
                    holding.zero_sent_at = Micros::ZERO;
                    self.schedule(context.now + READ_BACK_EVERY, channel, sku, Check::Zero);
                }
            }
        }
        self.rebalance(context, sku);
    }

    /// Sees to it that a raise is looked at when it must have shown, and one whose answer was lost when it has reached the
    /// platform or never will.
    pub(super) fn schedule_raise_checks(&mut self, channel: ChannelIndex, sku: SkuIndex) {
        let holding = self.holding(channel, sku);
        let (sent_at, is_in_doubt) = (holding.raised_at, holding.is_raise_in_doubt);
        let due = match self.is_never_dead(channel) {
            true => self.next_look(sent_at, channel, sent_at),
            false => self.dead_at(channel, sent_at),
        };
        self.schedule(due, channel, sku, Check::Raise);
        if is_in_doubt {
            self.schedule(
                self.arrived_at(channel, sent_at),
                channel,
                sku,
                Check::Raise,
            );
        }
    }

    /// A raise should have shown by now.
    pub(super) fn check_raise(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let holding = self.holding(channel, sku);
        if holding.phase == HoldingPhase::Opening {
            let raised_at = holding.raised_at;
            context.link(channel).want_quantity(sku);
            if self.is_never_dead(channel) {
                let due = self.next_look(context.now, channel, raised_at);
                self.schedule(due, channel, sku, Check::Raise);
            }
        }
    }

    /// What was submitted last, read to learn of a raise whose answer was lost (docs/theory.md A5, E-SET). Where the read left
    /// when the raise had reached the platform or never would, and another quantity was submitted last, the raise was never
    /// taken, and nothing was sold of it: the listing is closed as before. Where the quantity is the raise's, the raise counts
    /// as taken; it shows within its lifetime or never.
    pub(super) fn resolve_raise(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        submitted: Option<i64>,
        sent_at: Micros,
    ) {
        let arrived_at = self.arrived_at(channel, self.holding(channel, sku).raised_at);
        let holding = self.holding_mut(channel, sku);
        if holding.phase != HoldingPhase::Opening
            || holding.busy
            || !holding.is_raise_in_doubt
            || sent_at < arrived_at
        {
            return;
        }
        holding.is_raise_in_doubt = false;
        // A sale that is known means that it is live.
        if submitted == Some(holding.raise) || holding.exposure < holding.raise {
            return;
        }
        let units = std::mem::take(&mut holding.raise);
        holding.phase = HoldingPhase::Closed;
        holding.exposure -= units;
        self.give_back(context, channel, sku, units);
        self.set_sold(channel, sku);
        self.rebalance(context, sku);
    }

    /// A drain goes on: another zero, or another reading.
    pub(super) fn check_zero(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let lifetime = self.write_lifetime[channel.0 as usize];
        let holding = self.holding(channel, sku).clone();
        if holding.phase != HoldingPhase::Draining || holding.busy {
            return;
        }
        if self.is_never_dead(channel) {
            if holding.zero_sent_at == Micros::ZERO {
                self.send_zero(context, channel, sku);
            } else {
                context.link(channel).want_quantity(sku);
            }
            return;
        }
        let positive_dead_at =
            if holding.raised_at > Micros::ZERO && !planted!(WriteLifetimeLeftOut) {
                self.dead_at(channel, holding.raised_at)
            } else {
                Micros::ZERO
            };
        if context.now < positive_dead_at {
            // A zero overtaken by our own raise would prove nothing: come back when the raise can no longer apply.
            self.schedule(positive_dead_at + Micros(1), channel, sku, Check::Zero);
        } else if holding.zero_sent_at <= positive_dead_at
            || context.now.since(holding.zero_sent_at) > lifetime
        {
            self.send_zero(context, channel, sku);
        } else {
            context.link(channel).want_quantity(sku);
        }
    }

    /// A reading of an overwrite-only listing.
    pub(super) fn set_read(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sent_at: Micros,
    ) {
        let holding = self.holding(channel, sku).clone();
        let dead_at = self.dead_at(channel, holding.raised_at);
        match holding.phase {
            HoldingPhase::Opening if displayed > 0 || holding.exposure < holding.raise => {
                self.holding_mut(channel, sku).phase = HoldingPhase::Open;
                self.watch_if_selling(context, channel, sku);
            }
            // Neither on display nor sold a lifetime after it was sent: it never will be, or has sold out unknown to us. It is
            // never repeated; what this reading leaves unaccounted for comes back when the feed has passed it.
            HoldingPhase::Opening
                if (sent_at >= dead_at || planted!(StaleReadingAccepted)) && !holding.busy =>
            {
                self.holding_mut(channel, sku).phase = HoldingPhase::Open;
                self.verifications.want(channel, sku);
                self.watch(context, channel, sku);
            }
            HoldingPhase::Draining if !holding.busy => {
                let positive_dead = sent_at > dead_at
                    || holding.raised_at == Micros::ZERO
                    || planted!(WriteLifetimeLeftOut);
                if displayed <= 0
                    && positive_dead
                    && sent_at >= holding.zero_sent_at
                    && holding.zero_sent_at > Micros::ZERO
                {
                    self.fence(context, channel, sku);
                } else if displayed > 0 && self.is_overdue(sent_at, channel, holding.zero_sent_at) {
                    self.send_zero(context, channel, sku);
                } else {
                    let due = match self.is_never_dead(channel) {
                        true => self.next_look(context.now, channel, holding.zero_sent_at),
                        false => context.now + self.zero_look(channel, sku, READ_BACK_EVERY),
                    };
                    self.schedule(due, channel, sku, Check::Zero);
                }
            }
            _ => {}
        }
    }

    /// DRAINING -> FENCING: at zero, nothing pending; now the feed must be read past this moment.
    fn fence(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex, sku: SkuIndex) {
        let now = context.now;
        let holding = self.holding_mut(channel, sku);
        holding.phase = HoldingPhase::Fencing;
        holding.zero_known_at = now;
        if planted!(FenceLeftOut) {
            self.close(context, channel, sku);
            self.rebalance(context, sku);
            return;
        }
        self.fencing[channel.0 as usize].push_back(sku);
        if self.frees_nothing(sku) {
            return;
        }
        let link = context.link(channel);
        let ripe = now + link.feed.visibility_lag();
        link.feed.hasten(ripe);
    }

    /// FENCING -> CLOSED: everything sold before the zero is known, so what is left was never sold.
    pub(super) fn open_fences(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        complete_to: Micros,
    ) {
        while let Some(&sku) = self.fencing[channel.0 as usize].front() {
            let zero_known_at = self.holding(channel, sku).zero_known_at;
            if !self.is_told(context, channel, zero_known_at, complete_to, false) {
                // Whatever waits behind it was known to be at zero later still.
                let mut all = self.fencing[channel.0 as usize].iter();
                if let Some(&sku) = all.find(|sku| !self.frees_nothing(**sku)) {
                    let zero_known_at = self.holding(channel, sku).zero_known_at;
                    self.is_told(context, channel, zero_known_at, complete_to, true);
                }
                return;
            }
            self.fencing[channel.0 as usize].pop_front();
            if self.holding(channel, sku).phase != HoldingPhase::Fencing {
                // Drained once more since, for what had come back on sale.
                continue;
            }
            self.close(context, channel, sku);
            self.rebalance(context, sku);
        }
    }

    /// Releases what a drained listing did not sell.
    pub(super) fn close(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let holding = self.holding_mut(channel, sku);
        // Units that came back after the zero are on sale now and stay exposed.
        let kept = if planted!(FenceCancelRuleLeftOut) {
            0
        } else {
            holding
                .restocked_since_zero
                .clamp(0, holding.exposure.max(0))
        };
        let released = holding.exposure - kept;
        holding.exposure = kept;
        holding.phase = if kept > 0 {
            HoldingPhase::Open
        } else {
            HoldingPhase::Closed
        };
        holding.raise = 0;
        holding.in_doubt = 0;
        holding.shown_before = 0;
        self.give_back(context, channel, sku, released);
        if kept > 0 {
            // Whether they are really on display has still to be seen.
            self.holding_mut(channel, sku).restock_known_at = context.now;
            self.watch(context, channel, sku);
        }
    }

    /// A sale became known on an overwrite-only listing.
    pub(super) fn set_sold(&mut self, channel: ChannelIndex, sku: SkuIndex) {
        let holding = self.holding_mut(channel, sku);
        if holding.phase == HoldingPhase::Opening && holding.exposure < holding.raise {
            // Only the raise can have been sold from, so it is live.
            holding.phase = HoldingPhase::Open;
        }
        if matches!(holding.phase, HoldingPhase::Open) && holding.exposure <= 0 && !holding.busy {
            // Everything granted is known to be sold: at zero, nothing pending, all known.
            holding.phase = HoldingPhase::Closed;
            holding.raise = 0;
            holding.in_doubt = 0;
            holding.shown_before = 0;
        }
    }
}
