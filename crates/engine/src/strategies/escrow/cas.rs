//! E-CAS (docs/theory.md A5 (i)): grants by delta with an idempotency key, counted when sent; revocations by compare-and-set,
//! counted when confirmed. Exact at every delay, loss, duplication and reordering.

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::connectors::{Change, QuantityWrite};
use super::super::super::journal::Record;
use super::super::super::link::WriteNews;
use super::super::super::queue::Priority;
use super::super::{LOST_SALE_COST_CENTS, StrategyContext};
use super::{Check, Escrow};
use crate::planted::planted;
use oversell_kernel::Micros;

/// How long a listing that shows nothing is not asked for units again.
const NOTHING_TO_TAKE_PAUSE: Micros = Micros::from_secs(30);

/// So many changes of a channel that wait at once are a backfill: a catalogue that is synchronised anew. What changes nothing
/// soon then goes into the background.
const BACKFILL_FROM: usize = 1_000;
/// A listing that will not sell out within this changes nothing soon by being topped up.
const BACKFILL_COVER: Micros = Micros::from_secs(3_600);

/// Time from the first refusal of a revocation or a smaller count to the next attempt, where units are lent, which doubles with each refusal (chosen:
/// as soon as a zero is looked for, and no more seldom than an hour).
const REVOKE_AGAIN: Micros = Micros::from_secs(15);
/// See [`REVOKE_AGAIN`].
const LONGEST_PAUSE: Micros = Micros::from_secs(3_600);

/// Whether what a listing displays will last for a while at its rate, in units a second.
fn lasts(displayed: i64, rate: f64) -> bool {
    displayed as f64 > rate * BACKFILL_COVER.as_secs_f64()
}

impl Escrow {
    /// Moves units from the pool to the channel: journal, count, send.
    pub(super) fn grant(
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
            "a grant comes out of the pool, or is a loan"
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
        let on_display = holding.exposure;
        holding.exposure += units;
        holding.busy = true;
        self.check(sku);
        let rate = context.demand.rate(context.now, channel, sku);
        let waiting = context.link(channel).queue.listings();
        let priority = match waiting >= BACKFILL_FROM && lasts(on_display, rate) {
            true => Priority::Background,
            false => Priority::Costing(LOST_SALE_COST_CENTS * rate),
        };
        context.publish(channel, sku, Change::Adjust(units), priority);
    }

    /// A sale has become known: a grant that waits in the background is brought forward when the listing will not last.
    pub(super) fn hasten_grant(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let Some(change) = context.link(channel).queue.in_background(sku) else {
            return;
        };
        let granted = match change {
            Change::Adjust(units) => units,
            _ => 0,
        };
        let rate = context.demand.rate(context.now, channel, sku);
        if !lasts(self.holding(channel, sku).exposure - granted, rate) {
            let priority = Priority::Costing(LOST_SALE_COST_CENTS * rate);
            context.publish(channel, sku, change, priority);
        }
    }

    /// Tries to take units back. `displayed` is what the listing is believed to show; if it shows anything else, nothing
    /// happens there and the next attempt starts from a fresh reading.
    pub(super) fn revoke(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        units: i64,
    ) {
        let units = units.min(displayed);
        let is_lent = self.loans.is_on();
        let holding = self.holding_mut(channel, sku);
        // A unit that is lent is on sale twice until it is taken back, however often the platform says no.
        let is_free = match is_lent {
            true => !holding.busy,
            false => holding.is_free(),
        };
        if units <= 0 || !is_free || context.now < holding.revoke_after {
            return;
        }
        holding.busy = true;
        let change = if planted!(BlindDeltaOnCas) {
            Change::Adjust(-units)
        } else {
            Change::CompareAndSet {
                from: displayed,
                to: displayed - units,
            }
        };
        if planted!(CreditOnSend) {
            holding.exposure -= units;
            self.give_back(context, channel, sku, units);
        }
        let rate = context.demand.total_rate(context.now, sku);
        context.publish(
            channel,
            sku,
            change,
            Priority::Costing(LOST_SALE_COST_CENTS * rate),
        );
    }

    /// A write to a compare-and-set listing has ended.
    pub(super) fn cas_written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        write: QuantityWrite,
        sent_at: Micros,
        outcome: WriteNews,
    ) {
        let sku = write.sku;
        let holding = self.holding_mut(channel, sku);
        holding.busy = false;
        if matches!(
            outcome,
            WriteNews::Live | WriteNews::Accepted | WriteNews::Unknown
        ) {
            holding.raised_at = holding.raised_at.max(sent_at);
        }
        let outcome = match outcome {
            WriteNews::Stale if planted!(StaleRevocationCredited) => WriteNews::Live,
            outcome => outcome,
        };
        let change = match write.change {
            Change::Adjust(less) if less < 0 && planted!(BlindDeltaOnCas) => {
                Change::CompareAndSet { from: -less, to: 0 }
            }
            change => change,
        };
        match (change, outcome) {
            (Change::Adjust(_), WriteNews::Live | WriteNews::Accepted) => {
                self.holding_mut(channel, sku).refusals = 0;
                self.watch_if_selling(context, channel, sku);
            }
            (Change::Adjust(units), WriteNews::Refused) => {
                // Certainly not executed and already counted: the same grant goes out again, with a new key.
                self.holding_mut(channel, sku).busy = true;
                let rate = context.demand.rate(context.now, channel, sku);
                context.publish(
                    channel,
                    sku,
                    Change::Adjust(units),
                    Priority::Costing(LOST_SALE_COST_CENTS * rate),
                );
                return;
            }
            (Change::Adjust(units), WriteNews::Rejected | WriteNews::Stale) => {
                let holding = self.holding_mut(channel, sku);
                holding.exposure -= units;
                holding.refusals += 1;
                self.give_back(context, channel, sku, units);
            }
            // The link repeats an unknown outcome under its key until it is known; if it ever gives up, the units stay
            // counted, which is the safe side.
            (Change::Adjust(_), WriteNews::Unknown) => self.watch(context, channel, sku),
            (Change::CompareAndSet { .. }, WriteNews::Live) if planted!(CreditOnSend) => {}
            (Change::CompareAndSet { from, to }, WriteNews::Live) => {
                // Success at its linearisation point: exactly `from - to` unsold units have left the channel.
                let holding = self.holding_mut(channel, sku);
                holding.exposure -= from - to;
                self.give_back(context, channel, sku, from - to);
            }
            (Change::CompareAndSet { .. }, WriteNews::Stale) => {
                context.link(channel).want_quantity(sku);
                let holding = self.holding_mut(channel, sku);
                holding.busy = true;
                holding.awaits_reading = true;
                return;
            }
            (Change::CompareAndSet { .. }, WriteNews::Rejected) => {
                self.taking_back_refused(context, channel, sku);
            }
            // Nothing credited: either nothing happened, or units are stranded until the next reading.
            (Change::CompareAndSet { .. }, WriteNews::Unknown) => {
                self.watch(context, channel, sku);
            }
            (Change::CompareAndSet { .. }, _) | (Change::Set(_), _) => {}
        }
        self.rebalance(context, sku);
    }

    /// The platform does not take what takes units back, and nothing happened there.
    pub(super) fn taking_back_refused(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let is_lent = self.loans.is_on();
        let holding = self.holding_mut(channel, sku);
        holding.refusals = holding.refusals.saturating_add(1);
        if is_lent {
            let times = u32::from(holding.refusals - 1);
            let later = context.now + REVOKE_AGAIN.doubled(times, LONGEST_PAUSE);
            holding.revoke_after = later;
            // Where nothing is in doubt, that look decides about the SKU anew.
            self.schedule(later, channel, sku, Check::Lowered);
        }
    }

    /// A reading asked for after a failed revocation.
    pub(super) fn cas_read(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
    ) {
        let holding = self.holding_mut(channel, sku);
        if !std::mem::take(&mut holding.awaits_reading) {
            return;
        }
        holding.busy = false;
        if displayed < holding.exposure {
            // Units are sold unknown to us, or nowhere.
            self.verifications.want(channel, sku);
        }
        if displayed <= 0 {
            // Asked again at once, it would show the same; a sale that becomes known or a verification goes on from here.
            let holding = self.holding_mut(channel, sku);
            holding.revoke_after = context.now + NOTHING_TO_TAKE_PAUSE;
            self.watch(context, channel, sku);
        }
        let wanted = self.surplus(context, channel, sku);
        if wanted > 0 && displayed > 0 {
            self.revoke(context, channel, sku, displayed, wanted);
        }
        if !self.holding_mut(channel, sku).busy {
            self.rebalance(context, sku);
        }
    }
}
