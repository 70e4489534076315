//! Which readings a budget can do without. Plain escrow moves a unit only when it knows where it is, so that it looks at every
//! raise and at every zero until it is through. Where units are shared, a slow product's raise may show when it shows, and a zero
//! that frees no unit is only to be seen some time: where nothing is to be moved, a sale needs no write (docs/theory.md A9.1), and
//! so nobody waits for a reading (docs/strategies.md, "A budget").

use super::super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::StrategyContext;
use super::super::Escrow;
use oversell_kernel::Micros;

/// A listing that sells less than once in this time is slow. A choice, derived from nothing; docs/budget.md measures the budget
/// with it.
const SLOW: Micros = Micros::from_secs(86_400);

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

    /// Time from one look for a zero to the next; `usual` is that of plain escrow. As long as the channel's writes take, where
    /// none of the SKU's units are left to be moved.
    pub(in super::super) fn zero_look(
        &self,
        channel: ChannelIndex,
        sku: SkuIndex,
        usual: Micros,
    ) -> Micros {
        if !self.frees_nothing(sku) {
            return usual;
        }
        let mean = self.loans.estimates.publish(channel);
        let longest = self.write_lifetime[usize::from(channel.0)];
        Micros((mean * 1e6) as u64).min(longest).max(usual)
    }

    /// Whether no unit comes free when a listing of the SKU is known to be at zero: it is sold out.
    pub(in super::super) fn frees_nothing(&self, sku: SkuIndex) -> bool {
        self.loans.is_on && self.owned[sku.0 as usize] <= 0
    }
}
