//! Writes of somebody else: a person in the platform's admin, a second app (docs/theory.md A5, H6 and foreign writes).
//!
//! No count exceeds the exposure unless somebody else wrote it, or a cancellation put units back on sale of which nothing is
//! known yet. Of the latter there are no more than units known to be sold there: what a reading shows beyond that is a foreign
//! write at once; what it shows less far above is one if it is still unexplained when the feed has passed the reading.
//!
//! Listings are read in turn, in the background, and whenever the platform tells a count above the exposure. What is found is
//! counted on the channel first, so that the pool is below zero until the units are taken back, here and wherever they can
//! be: by compare-and-set, or by way of zero.

use std::collections::VecDeque;

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::config::EngineConfig;
use super::super::super::journal::Record;
use super::super::StrategyContext;
use super::holding::{Holding, HoldingPhase};
use super::{CLOCK_STEP, Check, Escrow};
use oversell_kernel::Micros;

/// Every listing is read so often, if the channel's pause between readings allows.
const READ_BACK_PERIOD: Micros = Micros::from_secs(600);
/// Time from one reading in turn of a channel to the next, at least.
const READ_BACK_PAUSE: Micros = Micros::from_secs(10);
/// Time from one reading of a listing for the sake of a signal to the next.
const SIGNAL_PAUSE: Micros = Micros::from_secs(60);
/// Answers that took longer tell nothing of foreign writes: sales that may be later are remembered so long.
const LONGEST_READING: Micros = Micros::from_secs(120);

/// The readings in turn, by channel: when the next leaves, and with which SKU it begins.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct ReadBacks(Vec<(Micros, u32)>);

impl ReadBacks {
    /// Readings that begin when the channels are ready.
    pub(super) fn new(channels: usize) -> ReadBacks {
        ReadBacks(vec![(Micros::MAX, 0); channels])
    }

    /// When the next reading leaves.
    pub(super) fn next_at(&self) -> Micros {
        let all = self.0.iter().map(|(at, _)| *at);
        all.min().unwrap_or(Micros::MAX)
    }
}

/// A sale that became known lately.
#[derive(Copy, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct KnownSale {
    known_at: Micros,
    sold_at: Micros,
    sku: SkuIndex,
    units: i64,
}

/// Sales by channel, as far back as a reading may be under way.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct RecentSales(Vec<VecDeque<KnownSale>>);

impl RecentSales {
    /// No sales.
    pub(super) fn new(channels: usize) -> RecentSales {
        RecentSales(vec![VecDeque::new(); channels])
    }

    /// A sale at `sold_at`, platform time, is known.
    pub(super) fn note(
        &mut self,
        known_at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
        sold_at: Micros,
    ) {
        let sales = &mut self.0[channel.0 as usize];
        while sales
            .front()
            .is_some_and(|sale| sale.known_at + LONGEST_READING < known_at)
        {
            sales.pop_front();
        }
        sales.push_back(KnownSale {
            known_at,
            sold_at,
            sku,
            units,
        });
    }

    /// Known units that a reading sent then may show as unsold.
    fn maybe_sold_after(&self, channel: ChannelIndex, sku: SkuIndex, sent_at: Micros) -> i64 {
        let sales = self.0[channel.0 as usize].iter();
        sales
            .filter(|sale| sale.sku == sku && sale.sold_at + CLOCK_STEP > sent_at)
            .map(|sale| sale.units)
            .sum()
    }
}

/// Time from one reading in turn of a channel to the next.
fn pause(config: &EngineConfig, batch: usize) -> Micros {
    let readings = config.skus.len().div_ceil(batch.max(1)).max(1) as u64;
    Micros(READ_BACK_PERIOD.0 / readings).max(READ_BACK_PAUSE)
}

/// Whether a count above the exposure can be judged: nothing of ours is under way.
fn is_at_rest(holding: &Holding) -> bool {
    !holding.busy && matches!(holding.phase, HoldingPhase::Open | HoldingPhase::Closed)
}

impl Escrow {
    /// The channel's listings are read in turn from now on.
    pub(super) fn begin_read_backs(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
    ) {
        let batch = context.link(channel).capabilities().read_batch;
        self.read_backs.0[channel.0 as usize].0 = context.now + pause(context.config, batch);
    }

    /// Asks for the readings that are due, one call a channel.
    pub(super) fn read_back(&mut self, context: &mut StrategyContext<'_>) {
        let (now, skus) = (context.now, context.config.skus.len() as u32);
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let (at, first) = self.read_backs.0[channel.0 as usize];
            if at > now {
                continue;
            }
            let batch = context.link(channel).capabilities().read_batch;
            let mut next = first;
            for _ in 0..batch.min(skus as usize) {
                let sku = SkuIndex(next);
                next = (next + 1) % skus;
                if context.link(channel).connector.knows(sku)
                    && is_at_rest(self.holding(channel, sku))
                {
                    context.link(channel).want_quantity(sku);
                }
            }
            self.read_backs.0[channel.0 as usize] = (now + pause(context.config, batch), next);
        }
    }

    /// The platform has told a count. Signals come late and out of order, so one that nothing explains is a reason to read.
    pub(super) fn suspect(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
    ) {
        let now = context.now;
        let holding = self.holding_mut(channel, sku);
        if holding.phase == HoldingPhase::Unread
            || displayed <= holding.exposure
            || holding.suspected_until > now
        {
            return;
        }
        // What is told before the next reading is seen by that one.
        let due = now.max(holding.suspect_at);
        holding.suspected_until = due.max(now + Micros(1));
        holding.suspect_at = due + SIGNAL_PAUSE;
        if due > now {
            self.schedule(due, channel, sku, Check::Suspicion);
        } else {
            context.link(channel).want_quantity(sku);
        }
    }

    /// Looks at what a write of somebody else's has left behind, once nothing of ours can be on its way.
    pub(super) fn check_foreign(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let lifetime = self.write_lifetime[channel.0 as usize];
        let holding = self.holding(channel, sku);
        let fit_at = holding.raised_at + lifetime;
        if holding.busy || context.now < fit_at {
            let due = fit_at.max(context.now + CLOCK_STEP);
            self.schedule(due, channel, sku, Check::Foreign);
        } else {
            self.verifications.want(channel, sku);
            context.link(channel).want_quantity(sku);
        }
    }

    /// Looks for a foreign write in a reading. `true`: there is one, and its units are on their way back.
    pub(super) fn is_foreign(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sent_at: Micros,
    ) -> bool {
        let holding = self.holding(channel, sku);
        // A reading from before units came back may show them.
        if displayed <= holding.exposure.max(0)
            || !is_at_rest(holding)
            || sent_at < holding.returned_at
            || sent_at + LONGEST_READING < context.now
        {
            return false;
        }
        let later = self.recent_sales.maybe_sold_after(channel, sku, sent_at);
        let surplus = displayed - holding.exposure - later;
        if surplus <= 0 {
            return false;
        }
        if surplus > holding.sold.max(0) {
            // How much of the exposure had been sold unknown to us before the count was overwritten cannot be told, so all
            // of it stays counted beside what is displayed.
            let units = displayed + holding.exposure.max(0) - holding.exposure;
            self.take_on(context, channel, sku, displayed, units);
            return true;
        }
        self.suspend_judgement(context, channel, sku, sent_at, surplus);
        false
    }

    /// Somebody else has put so many units on display: counts them on the channel, and takes them back.
    pub(super) fn take_on(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        units: i64,
    ) {
        context.journal.append(
            context.now,
            Record::ForeignWrite {
                channel,
                sku,
                units,
            },
        );
        self.verifications.forget(channel, sku);
        self.pool[sku.0 as usize] -= units;
        let holding = self.holding_mut(channel, sku);
        holding.exposure += units;
        holding.looks = 0;
        holding.refusals = 0;
        holding.awaits_reading = false;
        let is_at_rest = is_at_rest(holding);
        self.check(sku);
        if self.is_cas(channel) {
            let wanted = self.surplus(context, channel, sku);
            self.revoke(context, channel, sku, displayed, wanted);
            let due = context.now + self.write_lifetime[channel.0 as usize];
            self.schedule(due, channel, sku, Check::Foreign);
        } else if is_at_rest {
            self.drain(context, channel, sku);
        }
        self.rebalance(context, sku);
    }
}
