//! Counts that somebody else wrote: a person in the platform's admin, a second app (docs/theory.md A5, H6 and foreign writes).
//!
//! With nothing of ours under way, a listing shows no more than its exposure, and sales known since the reading left; unless
//! somebody else wrote the count, or a cancellation put units back on sale of which nothing is known yet. Which of the two it
//! was need not be told apart. The listing is begun again from the reading ([`Escrow::begin_again`]), as it was when the engine
//! took over: its exposure is what it shows, and the pool pays for it. Of what happened before the reading and becomes known
//! later,
//!
//! - a sale is missing from the reading already, so that its units come off the pool;
//! - a cancellation's units are in the reading already, and now a second time in the exposure. The pool gets back what it paid
//!   for them when the feed has passed the reading ([`verify`](super::verify)) and not before, for until then there may be
//!   sales, unknown yet, that hid as many others from the reading.
//!
//! Where the order of an event and the reading is in doubt, the channel's exposure keeps the units, which is the safe side. So
//! the pool is never larger for a listing's having been begun again. Below zero it is taken back wherever it can be.
//!
//! Only units that are known to be sold can come back on sale, and the news of it take a moment. So what a reading shows beyond
//! them counts at once, and what it shows within them when another reading, [`NEWS_GRACE`] later, still shows it.
//!
//! Listings are read in turn, in the background, and when the platform tells a count that nothing explains.

use std::collections::VecDeque;

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::config::EngineConfig;
use super::super::super::journal::Record;
use super::super::StrategyContext;
use super::holding::{Holding, HoldingPhase};
use super::{CLOCK_STEP, Check, Escrow};
use crate::planted::planted;
use oversell_kernel::Micros;

/// Every listing is read so often, if the channel's pause between readings allows.
const READ_BACK_PERIOD: Micros = Micros::from_secs(600);
/// Time from one reading in turn of a channel to the next, at least.
const READ_BACK_PAUSE: Micros = Micros::from_secs(180);
/// Time from one reading of a listing for the sake of a signal to the next.
const SIGNAL_PAUSE: Micros = Micros::from_secs(60);
/// Units that came back on sale are known to be a cancellation's by then, for the most part: signals take seconds, seldom minutes.
const NEWS_GRACE: Micros = Micros::from_secs(120);
/// A signal tells of the past: what was sold or taken back in the last so long does not speak against it, and an answer that
/// took longer tells nothing of foreign writes. Known sales are remembered so long.
const LONGEST_WAY: Micros = Micros::from_secs(120);

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
            .is_some_and(|sale| sale.known_at + LONGEST_WAY < known_at)
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

    /// Known units that a count as of then or later may show as unsold.
    fn maybe_sold_after(&self, channel: ChannelIndex, sku: SkuIndex, as_of: Micros) -> i64 {
        let sales = self.0[channel.0 as usize].iter();
        sales
            .filter(|sale| sale.sku == sku && sale.sold_at + CLOCK_STEP > as_of)
            .map(|sale| sale.units)
            .sum()
    }
}

/// Time from one reading in turn of a channel to the next.
fn pause(config: &EngineConfig, batch: usize) -> Micros {
    let readings = config.skus.len().div_ceil(batch.max(1)).max(1) as u64;
    Micros(READ_BACK_PERIOD.0 / readings).max(READ_BACK_PAUSE)
}

/// Whether a count above the exposure can be judged: nothing of ours is under way but a reading.
fn is_at_rest(holding: &Holding) -> bool {
    (!holding.busy || holding.awaits_reading)
        && matches!(holding.phase, HoldingPhase::Open | HoldingPhase::Closed)
}

impl Escrow {
    /// The channel's listings are read in turn from now on.
    pub(super) fn begin_read_backs(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
    ) {
        if planted!(ReconciliationLeftOut) {
            return;
        }
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
        let holding = self.holding(channel, sku);
        let exposure = holding.exposure.max(0);
        let as_of = Micros(now.0.saturating_sub(LONGEST_WAY.0));
        if displayed <= exposure
            || planted!(ReconciliationLeftOut)
            || !is_at_rest(holding)
            || holding.returned_at > as_of
            || holding.signal_read_at > now
            || displayed <= exposure + self.recent_sales.maybe_sold_after(channel, sku, as_of)
        {
            return;
        }
        self.holding_mut(channel, sku).signal_read_at = now + SIGNAL_PAUSE;
        context.link(channel).want_quantity(sku);
    }

    /// Looks again at units that nothing has explained yet.
    pub(super) fn check_foreign(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let holding = self.holding_mut(channel, sku);
        if holding.suspected_at == Micros::MAX {
            return;
        }
        if is_at_rest(holding) {
            context.link(channel).want_quantity(sku);
        } else {
            // Whatever is under way may change the count; the readings in turn go on from there.
            holding.suspected_at = Micros::MAX;
        }
    }

    /// Looks for units in a reading that somebody else put on display, and begins the listing again from it if there are any.
    pub(super) fn find_foreign(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sent_at: Micros,
    ) {
        let now = context.now;
        let holding = self.holding(channel, sku);
        // A reading from before units came back may show them.
        if !is_at_rest(holding) || sent_at < holding.returned_at || sent_at + LONGEST_WAY < now {
            return;
        }
        let (exposure, sold) = (holding.exposure, holding.sold.max(0));
        let surplus = if displayed > exposure.max(0) {
            displayed - exposure - self.recent_sales.maybe_sold_after(channel, sku, sent_at)
        } else {
            0
        };
        let lag = context.link(channel).feed.visibility_lag();
        let holding = self.holding_mut(channel, sku);
        if surplus <= 0 {
            holding.suspected_at = Micros::MAX;
            let is_quiet = now > holding.moved_at + lag + LONGEST_WAY;
            if displayed < exposure && holding.phase == HoldingPhase::Open && is_quiet {
                // Every sale up to the last move is known: fewer on display than that may be somebody's doing too.
                self.verifications.want(channel, sku);
            }
        } else if surplus > sold
            || (holding.suspected_at < Micros::MAX && sent_at >= holding.suspected_at + NEWS_GRACE)
        {
            self.begin_again(context, channel, sku, displayed, sent_at);
        } else if holding.suspected_at == Micros::MAX {
            holding.suspected_at = now;
            self.schedule(now + NEWS_GRACE, channel, sku, Check::Foreign);
        }
    }

    /// Begins a listing again from a reading that shows more than the exposure: counts what it shows on the channel, at the
    /// pool's expense, before anything else is decided.
    fn begin_again(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sent_at: Micros,
    ) {
        let now = context.now;
        let is_cas = self.is_cas(channel);
        self.verifications.forget(channel, sku);
        let holding = self.holding_mut(channel, sku);
        let units = displayed - holding.exposure;
        holding.exposure = displayed;
        holding.read_at = now;
        holding.suspected_at = Micros::MAX;
        holding.phase = HoldingPhase::Open;
        holding.looks = 0;
        holding.refusals = 0;
        holding.revoke_after = Micros::ZERO;
        self.pool[sku.0 as usize] -= units;
        context.journal.append(
            now,
            Record::ForeignWrite {
                channel,
                sku,
                units,
            },
        );
        self.check(sku);
        self.fence_reading(context, channel, sku, sent_at, 0);
        self.watch(context, channel, sku);
        // Compare-and-set listings give units up in a moment. Where they cannot, this one goes dark first.
        let at_hand: i64 = (0..self.channels as u16)
            .map(ChannelIndex)
            .filter(|other| self.is_cas(*other))
            .map(|other| self.holding(other, sku).exposure.max(0))
            .sum();
        if !is_cas && !self.holding(channel, sku).busy && at_hand < -self.pool[sku.0 as usize] {
            self.drain(context, channel, sku);
        }
        self.rebalance(context, sku);
    }
}
