//! Shops that somebody kept otherwise before, with more on display together than there is (docs/theory.md A5, H6): what is too
//! much is taken off before the first quota is handed out.

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::StrategyContext;
use super::Escrow;
use super::holding::HoldingPhase;

impl Escrow {
    /// Takes back what the listings held beyond the stock when they were first read, and no more: what is coming back from a
    /// listing is not asked of another. One channel keeps its units meanwhile, the one from which they are had again most
    /// cheaply, so that something is on sale while fences last for hours.
    pub(super) fn take_over(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex) {
        let all = || (0..self.channels as u16).map(ChannelIndex);
        let is_coming = |channel: ChannelIndex| {
            let holding = self.holding(channel, sku);
            let phase = holding.phase;
            holding.busy || matches!(phase, HoldingPhase::Draining | HoldingPhase::Fencing)
        };
        let coming: i64 = all()
            .filter(|channel| is_coming(*channel))
            .map(|channel| self.holding(channel, sku).exposure.max(0))
            .sum();
        let mut missing = self.overbooked_units(sku) - coming;
        let keeper = self.keeper(context, sku);
        let others = all().filter(|channel| *channel != keeper);
        let in_turn: Vec<ChannelIndex> = others
            .chain([keeper])
            .filter(|channel| !is_coming(*channel))
            .collect();
        for channel in in_turn {
            let holding = self.holding(channel, sku);
            let exposure = holding.exposure;
            if missing <= 0 || exposure <= 0 {
                continue;
            }
            if self.is_cas(channel) {
                let units = exposure.min(missing);
                missing -= units;
                self.revoke(context, channel, sku, exposure, units);
            } else if holding.phase == HoldingPhase::Open {
                missing -= exposure;
                self.drain(context, channel, sku);
            }
        }
    }
}
