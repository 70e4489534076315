//! Channels that open or close while the engine runs. A shop that opens gets its quota like any other, from the pool and from
//! what others hold above theirs; one that closes is emptied by the same proofs as any revocation (docs/theory.md A5), and
//! what it has not sold goes back to the pool.

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::config::EngineConfig;
use super::super::StrategyContext;
use super::Escrow;
use super::holding::HoldingPhase;
use super::rebalance::PRIOR_UNITS;
use crate::snapshot::state;
use oversell_kernel::Micros;

/// When channels are open.
#[derive(Debug)]
pub(super) struct Hours {
    /// From and until, by channel.
    hours: Vec<(Micros, Micros)>,
    /// Whether one of them is not open throughout.
    change: bool,
    /// Whether the strategy has begun to empty a channel that has closed, by channel.
    left: Vec<bool>,
}

state!(Hours {
    kept: [left],
    parts: [],
    headers: [],
    made: [hours, change],
});

impl Hours {
    pub(super) fn new(config: &EngineConfig) -> Hours {
        let hours = config.channels.iter().map(|it| (it.opens_at, it.closes_at));
        let hours: Vec<(Micros, Micros)> = hours.collect();
        Hours {
            change: hours.iter().any(|it| *it != (Micros::ZERO, Micros::MAX)),
            left: vec![false; hours.len()],
            hours,
        }
    }

    /// How many channels are there when the engine begins.
    pub(super) fn channels_from_the_start(&self) -> u16 {
        let there = self.hours.iter().filter(|(from, _)| *from == Micros::ZERO);
        there.count() as u16
    }

    /// When the next channel closes; [`Micros::MAX`] when none will.
    pub(super) fn next_closing(&self) -> Micros {
        let closings = self.hours.iter().zip(&self.left);
        closings
            .filter(|(_, left)| !**left)
            .map(|((_, until), _)| *until)
            .min()
            .unwrap_or(Micros::MAX)
    }

    fn has_closed(&self, now: Micros, channel: ChannelIndex) -> bool {
        self.hours[usize::from(channel.0)].1 <= now
    }

    /// Whether a channel takes units now.
    pub(super) fn is_open(&self, now: Micros, channel: ChannelIndex) -> bool {
        self.hours[usize::from(channel.0)].0 <= now && !self.has_closed(now, channel)
    }
}

impl Escrow {
    /// Whether every channel is open throughout and lists everything, as far as is known.
    fn sells_everywhere(&self) -> bool {
        !self.hours.change && self.lists_all
    }

    /// Whether a channel takes units of a SKU now: it is open, and lists it.
    pub(super) fn sells(&self, now: Micros, channel: ChannelIndex, sku: SkuIndex) -> bool {
        self.hours.is_open(now, channel) && !self.holding(channel, sku).is_absent
    }

    /// The part of a SKU's units that a channel should hold: its part of demand, among the channels that take some.
    pub(super) fn share(
        &self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) -> f64 {
        let share = |channel| context.demand.share(context.now, channel, sku, PRIOR_UNITS);
        if self.sells_everywhere() {
            return share(channel);
        }
        let open = (0..self.channels as u16)
            .map(ChannelIndex)
            .filter(|it| self.sells(context.now, *it, sku));
        let of_all: f64 = open.map(share).sum();
        match self.sells(context.now, channel, sku) && of_all > 0.0 {
            true => share(channel) / of_all,
            false => 0.0,
        }
    }

    /// The channel that keeps what rounding leaves of a SKU: the flexible one with most demand, else the first; among those that
    /// take some.
    pub(super) fn keeper(&self, context: &StrategyContext<'_>, sku: SkuIndex) -> ChannelIndex {
        let usual = match self.has_cas_channel {
            true => self.first_cas,
            false => ChannelIndex(0),
        };
        if self.sells_everywhere() || self.sells(context.now, usual, sku) {
            return usual;
        }
        let mut open = (0..self.channels as u16)
            .map(ChannelIndex)
            .filter(|it| self.sells(context.now, *it, sku));
        let flexible = open.clone().find(|it| self.is_cas(*it));
        flexible.or_else(|| open.next()).unwrap_or(usual)
    }

    /// Begins to empty the channels that have closed.
    pub(super) fn leave_closed_channels(&mut self, context: &mut StrategyContext<'_>) {
        if self.hours.next_closing() > context.now {
            return;
        }
        for (left, (_, until)) in self.hours.left.iter_mut().zip(&self.hours.hours) {
            *left |= *until <= context.now;
        }
        for sku in 0..self.pool.len() as u32 {
            self.rebalance(context, SkuIndex(sku));
        }
    }

    /// Takes back what a closed channel holds of a SKU. Called again whenever something about it becomes known, until nothing
    /// is left: units may come back to it by a cancellation long after it has closed.
    pub(super) fn empty_closed(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex) {
        if !self.hours.change {
            return;
        }
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let holding = self.holding(channel, sku);
            let (exposure, phase, is_busy) = (holding.exposure, holding.phase, holding.busy);
            if !self.hours.has_closed(context.now, channel) || exposure <= 0 || is_busy {
                continue;
            }
            if self.is_cas(channel) {
                self.revoke(context, channel, sku, exposure, exposure);
            } else if matches!(phase, HoldingPhase::Open | HoldingPhase::Opening) {
                self.drain(context, channel, sku);
            }
        }
    }
}
