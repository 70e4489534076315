//! Which channel should hold how much: standing quotas by demand share, moved late and seldom (docs/theory.md A5, A7).

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::StrategyContext;
use super::Escrow;
use super::holding::HoldingPhase;
use crate::planted::planted;
use oversell_kernel::Micros;

/// Expected shares weigh as much as so many sold units.
pub(super) const PRIOR_UNITS: f64 = 40.0;
/// A compare-and-set listing is topped up when it would sell out within this time.
const TOP_UP_COVER: Micros = Micros::from_secs(10);
/// A listing is drained for the sake of others only if what it holds would last so many times the time a drain takes.
const DRAIN_WORTH: f64 = 3.0;

impl Escrow {
    /// Units that could still be sold anywhere, as far as known.
    fn remaining(&self, sku: SkuIndex) -> i64 {
        if self.loans.is_on() {
            // What is lent, or may be there twice, is there once.
            return self.owned[sku.0 as usize].max(0);
        }
        let exposed: i64 = (0..self.channels as u16)
            .map(|channel| self.holding(ChannelIndex(channel), sku).exposure.max(0))
            .sum();
        exposed + self.pool[sku.0 as usize].max(0)
    }

    /// The channel's fair part of what remains: rounded down on overwrite-only channels, where a transfer is dear; the rest
    /// is left to compare-and-set channels, from which it can be fetched (docs/theory.md A5 (iii), last units).
    fn quota(&self, context: &StrategyContext<'_>, channel: ChannelIndex, sku: SkuIndex) -> i64 {
        let free = self.remaining(sku) as f64
            * (1.0
                - if self.opened[sku.0 as usize] {
                    0.0
                } else {
                    self.settings.reserve
                });
        let part_of = |channel| {
            let part = free * self.share(context, channel, sku);
            if planted!(QuotasRoundedUp) {
                return part.ceil() as i64;
            }
            (part + 1e-9) as i64
        };
        let part = part_of(channel);
        if self.keeper(context, sku) != channel {
            return part;
        }
        let others: i64 = (0..self.channels as u16)
            .map(ChannelIndex)
            .filter(|other| *other != channel)
            .map(part_of)
            .sum();
        (free as i64 - others).max(part)
    }

    /// What a channel holds above its quota.
    pub(super) fn surplus(
        &self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) -> i64 {
        if let Some(units) = self.surplus_of_shared(context, channel, sku) {
            return units;
        }
        let deficit = self.overbooked_units(sku).max(0);
        (self.holding(channel, sku).exposure - self.quota(context, channel, sku)).max(deficit)
    }

    /// Decides about one SKU: grants from the pool, revocations for the pool, drains. Called whenever something about it
    /// became known; cheap when there is nothing to do.
    pub(super) fn rebalance(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex) {
        if !self.is_known(sku) {
            return;
        }
        self.empty_closed(context, sku);
        if self.first_readings.are_doubtful(sku) && !self.loans.is_on() {
            self.take_over(context, sku);
            return;
        }
        if self.rebalance_shared(context, sku) {
            return;
        }
        if self.free_units(sku) > 0 {
            self.hand_out(context, sku);
        }
        if self.overbooked_units(sku) > 0 {
            if self.loans.is_on() {
                self.repay(context, sku);
            } else if self.opened[sku.0 as usize] {
                self.take_back_deficit(context, sku);
            } else {
                // Its first quotas are handed out when that is done.
                self.take_over(context, sku);
                return;
            }
        } else if self.settings.rebalance && self.opened[sku.0 as usize] {
            self.help_the_starved(context, sku);
        }
        self.opened[sku.0 as usize] = true;
    }

    /// Gives pool units to channels below their quota that can take them now.
    fn hand_out(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex) {
        // Quotas are of one total, so they are worked out before the first unit moves.
        let quotas: Vec<i64> = (0..self.channels as u16)
            .map(|channel| self.quota(context, ChannelIndex(channel), sku))
            .collect();
        for (channel, quota) in quotas.into_iter().enumerate() {
            let channel = ChannelIndex(channel as u16);
            let holding = self.holding(channel, sku);
            let pool = if planted!(QuotasRoundedUp) {
                i64::MAX
            } else {
                self.free_units(sku)
            };
            let wanted = (quota - holding.exposure).min(pool);
            if wanted <= 0 || !holding.is_free() || holding.phase == HoldingPhase::Unread {
                continue;
            }
            if context.links[channel].is_blind(context.now) {
                // Units would lie there unseen; they are handed out when its feed is read again.
                self.passed_over[channel.0 as usize] = true;
                continue;
            }
            if self.is_cas(channel) {
                if self.is_worth_a_call(context, channel, sku, wanted) {
                    self.grant(context, channel, sku, wanted);
                }
            } else if holding.phase == HoldingPhase::Closed {
                self.raise(context, channel, sku, wanted);
            }
        }
    }

    /// Small top-ups of a listing that is far from selling out can wait for company.
    fn is_worth_a_call(
        &self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        wanted: i64,
    ) -> bool {
        let exposure = self.holding(channel, sku).exposure;
        let soon = context.demand.rate(context.now, channel, sku) * TOP_UP_COVER.as_secs_f64();
        exposure as f64 <= soon || wanted * 10 >= exposure
    }

    /// More was granted than there is (a recount, damage): units must come back from somewhere.
    fn take_back_deficit(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex) {
        let mut missing = -self.pool[sku.0 as usize];
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let holding = self.holding(channel, sku);
            if self.is_cas(channel) && !holding.busy && holding.exposure > 0 && missing > 0 {
                let exposure = holding.exposure;
                missing -= exposure.min(missing);
                self.revoke(
                    context,
                    channel,
                    sku,
                    exposure,
                    exposure.min(-self.pool[sku.0 as usize]),
                );
            }
        }
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let holding = self.holding(channel, sku);
            if !self.is_cas(channel)
                && holding.phase == HoldingPhase::Open
                && !holding.busy
                && holding.exposure > 0
                && missing > 0
            {
                missing -= holding.exposure;
                self.drain(context, channel, sku);
            }
        }
    }

    /// Finds units for channels that have none left and can take some.
    fn help_the_starved(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex) {
        let mut wanted = 0;
        let mut starved_rate = 0.0;
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let holding = self.holding(channel, sku);
            let rate = context.demand.rate(context.now, channel, sku);
            let starved = if self.is_cas(channel) {
                holding.phase != HoldingPhase::Unread
                    && (holding.exposure as f64) <= rate * TOP_UP_COVER.as_secs_f64()
            } else {
                holding.phase == HoldingPhase::Closed
            };
            if starved && holding.is_free() && !context.links[channel].is_blind(context.now) {
                wanted += (self.quota(context, channel, sku) - holding.exposure).max(0);
                starved_rate += rate;
            }
        }
        let wanted = wanted - self.free_units(sku);
        if wanted <= 0 {
            return;
        }
        // The cheap way first: compare-and-set listings give up what is above their quota, in one round trip.
        let mut found = 0;
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let holding = self.holding(channel, sku);
            if context.links[channel].is_blind(context.now) {
                continue;
            }
            if self.is_cas(channel) && holding.busy {
                found += wanted;
            } else if self.is_cas(channel) && found < wanted {
                let exposure = holding.exposure;
                let units = self
                    .surplus(context, channel, sku)
                    .min(wanted - found)
                    .min(exposure);
                if units > 0 {
                    found += units;
                    self.revoke(context, channel, sku, exposure, units);
                }
            }
        }
        if found > 0
            || (0..self.channels as u16)
                .any(|channel| self.is_coming_back(ChannelIndex(channel), sku))
        {
            return;
        }
        // The dear way: the overwrite-only listing that holds most for its demand goes dark for a while.
        let candidate = (0..self.channels as u16)
            .map(ChannelIndex)
            .filter(|channel| {
                !self.is_cas(*channel) && !context.links[*channel].is_blind(context.now)
            })
            .filter(|channel| {
                let holding = self.holding(*channel, sku);
                holding.phase == HoldingPhase::Open && !holding.busy && holding.exposure > 1
            })
            .map(|channel| {
                let rate = context.demand.rate(context.now, channel, sku);
                (
                    self.holding(channel, sku).exposure as f64
                        / (rate * self.drain_time(context, channel).as_secs_f64()),
                    rate,
                    channel,
                )
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.2.cmp(&a.2)));
        if let Some((times, rate, channel)) = candidate
            && times > DRAIN_WORTH
            && starved_rate > rate
        {
            self.drain(context, channel, sku);
        }
    }

    fn is_coming_back(&self, channel: ChannelIndex, sku: SkuIndex) -> bool {
        matches!(
            self.holding(channel, sku).phase,
            HoldingPhase::Draining | HoldingPhase::Fencing
        )
    }

    /// How long a drain takes at best: the zero, its confirmation, the feed's lag and one poll.
    fn drain_time(&self, context: &StrategyContext<'_>, channel: ChannelIndex) -> Micros {
        let own = &context.config.channels[channel.0 as usize];
        match self.knowledge {
            super::Knowledge::Feeds => {
                own.bounds.order_visibility_lag + own.bounds.write_lifetime + Micros::from_secs(10)
            }
            super::Knowledge::Truth => own.bounds.write_lifetime + Micros::from_secs(1),
        }
    }
}
