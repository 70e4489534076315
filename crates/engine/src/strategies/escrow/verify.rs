//! Finding units that the accounts hold on a channel and that the channel does not display (docs/theory.md A5: stranded
//! allowance is found again by reading the count after W, with the feed read past that reading).
//!
//! Let a listing show `d` in a reading, with every write of ours settled before it. Of its exposure E then, `d` can still be
//! sold; the rest was sold unknown to us, or is nowhere. When the order feed is complete past the reading, whatever was sold
//! before it is known and has left E. What is left of E - d was never on sale, and goes back to the pool:
//!
//! - a sale that became known after the reading and may have happened before it leaves E, and so leaves the excess;
//! - a cancellation that became known after the reading and put units back on sale before it is in `d` already, so that the
//!   units it adds to E add to the excess; of one that may be later, nothing is added, which is the safe side;
//! - a write decided after the reading changes E and the display alike.

use std::collections::VecDeque;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::config::CLOCK_SKEW;
use super::super::StrategyContext;
use super::holding::HoldingPhase;
use super::{CLOCK_STEP, Check, Escrow};
use crate::planted::planted;
use oversell_kernel::Micros;

/// An exposure is looked at when so many sales were to be expected since it last moved: without a fault that happens once in
/// twenty thousand times.
const EXPECTED_SALES: f64 = 10.0;
/// No look is sooner than this after the last move.
const SOONEST_LOOK: Micros = Micros::from_secs(30);
/// No look is later than this after the last move of a listing that has sold.
const LATEST_LOOK: Micros = Micros::from_secs(6 * 3_600);
/// After a cancellation, its units are looked for so soon if nobody has bought them: platforms seldom say whether they put
/// them back.
const LOOK_AFTER_RESTOCK: Micros = Micros::from_secs(120);
/// Looks in a row that find nothing double the time to the next, up to so many times.
const MAX_DOUBLINGS: u8 = 7;

/// What a reading has shown.
#[derive(Copy, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Reading {
    sent_at: Micros,
    answered_at: Micros,
    /// Units of the exposure that are neither on display nor known to be sold.
    excess: i64,
}

/// Readings that are wanted, and those whose fence has not opened yet.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Verifications {
    /// By listing: `None` until the reading is there.
    listings: IndexMap<(ChannelIndex, SkuIndex), Option<Reading>, FxBuildHasher>,
    /// By channel, in the order of their answers.
    fenced: Vec<VecDeque<(Micros, SkuIndex)>>,
}

impl Verifications {
    pub(super) fn new(channels: usize) -> Verifications {
        Verifications {
            listings: IndexMap::default(),
            fenced: vec![VecDeque::new(); channels],
        }
    }

    /// Asks for a verification by the next reading that is fit for it.
    pub(super) fn want(&mut self, channel: ChannelIndex, sku: SkuIndex) {
        self.listings.entry((channel, sku)).or_insert(None);
    }

    /// Gives a verification up.
    pub(super) fn forget(&mut self, channel: ChannelIndex, sku: SkuIndex) {
        self.listings.swap_remove(&(channel, sku));
    }

    pub(super) fn is_under_way(&self, channel: ChannelIndex, sku: SkuIndex) -> bool {
        self.listings.contains_key(&(channel, sku))
    }

    fn reading_mut(&mut self, channel: ChannelIndex, sku: SkuIndex) -> Option<&mut Reading> {
        if self.listings.is_empty() {
            return None;
        }
        self.listings.get_mut(&(channel, sku))?.as_mut()
    }

    /// A sale at `sold_at` has left the exposure. Platforms round times down, so one that is told as of the reading or before
    /// may be in it.
    pub(super) fn sold(
        &mut self,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
        sold_at: Micros,
    ) {
        if let Some(reading) = self.reading_mut(channel, sku)
            && sold_at <= reading.answered_at + CLOCK_SKEW
        {
            reading.excess -= units;
        }
    }

    /// A cancellation, not later than `at`, has put units back on sale and into the exposure.
    pub(super) fn restocked(
        &mut self,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
        at: Micros,
    ) {
        if let Some(reading) = self.reading_mut(channel, sku)
            && at <= reading.sent_at
        {
            reading.excess += units;
        }
    }
}

impl Escrow {
    /// Sees to it that the listing is looked at if its exposure does not sell.
    pub(super) fn watch(
        &mut self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let now = context.now;
        let holding = self.holding_mut(channel, sku);
        holding.moved_at = now;
        if holding.exposure > 0 {
            let due = now + self.patience(context, channel, sku);
            self.look_at(due, channel, sku);
        }
    }

    /// The same for units that have only just come to a listing: it is looked at if its sales so far let expect others soon. A
    /// catalogue of slow listings is not read for having been filled.
    pub(super) fn watch_if_selling(
        &mut self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        if self.patience(context, channel, sku) < LATEST_LOOK {
            self.watch(context, channel, sku);
        }
    }

    /// Looks at the listing then, unless it will be looked at before.
    fn look_at(&mut self, due: Micros, channel: ChannelIndex, sku: SkuIndex) {
        let holding = self.holding_mut(channel, sku);
        if due < holding.look_at {
            holding.look_at = due;
            self.schedule(due, channel, sku, Check::Unsold);
        }
    }

    /// How long the exposure may stay as it is before it is looked at.
    fn patience(
        &self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) -> Micros {
        let holding = self.holding(channel, sku);
        let expected = context
            .demand
            .time_to_sell(context.now, channel, sku, EXPECTED_SALES)
            .clamp(SOONEST_LOOK, LATEST_LOOK);
        // Nothing has moved since units were put back.
        let is_restocked =
            holding.restock_known_at == holding.moved_at && holding.moved_at > Micros::ZERO;
        let first = if is_restocked {
            expected.min(LOOK_AFTER_RESTOCK)
        } else {
            expected
        };
        Micros(first.0 << holding.looks.min(MAX_DOUBLINGS))
    }

    /// The time has come to look at an exposure, if it has not moved meanwhile.
    pub(super) fn check_unsold(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        due: Micros,
    ) {
        if due != self.holding(channel, sku).look_at {
            // It is to be looked at sooner, or has been.
            return;
        }
        let patience = self.patience(context, channel, sku);
        let now = context.now;
        let is_under_way = self.verifications.is_under_way(channel, sku);
        let holding = self.holding_mut(channel, sku);
        holding.look_at = Micros::MAX;
        // Draining listings are read as it is; closed and empty ones have nothing to look for.
        if holding.exposure <= 0 || holding.phase != HoldingPhase::Open {
            return;
        }
        let ripe = holding.moved_at + patience;
        if ripe > now {
            self.look_at(ripe, channel, sku);
            return;
        }
        holding.looks = holding.looks.saturating_add(1);
        if !is_under_way {
            self.verifications.want(channel, sku);
            context.link(channel).want_quantity(sku);
        }
        let next = now + self.patience(context, channel, sku);
        self.look_at(next, channel, sku);
        self.rebalance(context, sku);
    }

    /// Takes a reading for the verification that is wanted of the listing, if there is one and the reading is fit for it.
    pub(super) fn verify(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sent_at: Micros,
    ) {
        if !matches!(self.verifications.listings.get(&(channel, sku)), Some(None)) {
            return;
        }
        let holding = self.holding(channel, sku);
        // Every write is settled, and no unit came back on sale that the reading may have missed.
        let is_fit = holding.phase == HoldingPhase::Open
            && !holding.busy
            && (holding.raised_at == Micros::ZERO
                || sent_at >= self.dead_at(channel, holding.raised_at)
                || planted!(StaleReadingAccepted))
            && holding.restocked_at + CLOCK_STEP <= sent_at;
        let excess = holding.exposure - displayed.max(0);
        if !is_fit || excess <= 0 {
            // Nothing to be found, or nothing to be told from this reading: the next look tries again.
            self.verifications.forget(channel, sku);
            return;
        }
        self.fence_reading(context, channel, sku, sent_at, excess);
    }

    /// Keeps a reading that is answered now until the feed has passed it; `excess` units of the exposure were not on display.
    pub(super) fn fence_reading(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        sent_at: Micros,
        excess: i64,
    ) {
        let now = context.now;
        let reading = Reading {
            sent_at,
            answered_at: now,
            excess,
        };
        self.verifications
            .listings
            .insert((channel, sku), Some(reading));
        self.verifications.fenced[channel.0 as usize].push_back((now, sku));
        let link = context.link(channel);
        let ripe = now + link.feed.visibility_lag();
        link.feed.hasten(ripe);
    }

    /// The feed is complete up to an instant: readings answered by then tell what was never on sale.
    pub(super) fn end_verifications(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        complete_to: Micros,
    ) {
        while let Some(&(answered_at, sku)) = self.verifications.fenced[channel.0 as usize].front()
        {
            if !self.is_told(context, channel, answered_at, complete_to, true) {
                return;
            }
            self.verifications.fenced[channel.0 as usize].pop_front();
            let reading = self.verifications.reading_mut(channel, sku).copied();
            // A reading that was given up meanwhile leaves its place behind, and perhaps another has been taken since.
            let Some(reading) = reading.filter(|reading| reading.answered_at == answered_at) else {
                continue;
            };
            self.verifications.forget(channel, sku);
            let holding = self.holding_mut(channel, sku);
            let stranded = reading.excess.clamp(0, holding.exposure.max(0));
            if stranded == 0 {
                continue;
            }
            holding.exposure -= stranded;
            holding.in_doubt = (holding.in_doubt - stranded).max(0);
            self.give_back(context, channel, sku, stranded);
            if !self.is_cas(channel) {
                self.set_sold(channel, sku);
            }
            self.rebalance(context, sku);
        }
    }
}
