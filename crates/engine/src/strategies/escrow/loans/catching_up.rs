//! After a restart nothing is lent until every channel's order feed has passed it, and what is shown beyond the stock is taken
//! back before anything else (docs/theory.md A9.1, crash): sales of the time in between are not known yet.

use super::super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::StrategyContext;
use super::super::Escrow;
use crate::planted::planted;
use oversell_kernel::Micros;

/// Whose feed has not passed the last restart.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct CatchingUp {
    restarted_at: Micros,
    /// By channel; empty when all have passed it.
    behind: Vec<bool>,
}

impl CatchingUp {
    /// Whether every feed has passed the last restart.
    pub(super) fn is_over(&self) -> bool {
        self.behind.is_empty()
    }

    /// A feed is complete up to then; whether that was the last one.
    fn passed(&mut self, channel: ChannelIndex, complete_to: Micros) -> bool {
        if self.is_over() || complete_to < self.restarted_at {
            return false;
        }
        self.behind[usize::from(channel.0)] = false;
        let is_over = self.behind.iter().all(|is_behind| !is_behind);
        if is_over {
            self.behind.clear();
        }
        is_over
    }
}

impl Escrow {
    /// The engine goes on from its journal after a crash.
    pub(in super::super) fn close_what_is_lent(&mut self, context: &mut StrategyContext<'_>) {
        if !self.loans.is_on {
            return;
        }
        if planted!(LoansForgottenInACrash) {
            self.forget_loans();
            return;
        }
        let open = (0..self.channels as u16).map(|channel| {
            let is_open = self.hours.is_open(context.now, ChannelIndex(channel));
            is_open && context.links[ChannelIndex(channel)].is_ready()
        });
        self.loans.catching_up = CatchingUp {
            restarted_at: context.now,
            behind: open.collect(),
        };
        if self
            .loans
            .catching_up
            .behind
            .iter()
            .all(|is_behind| !is_behind)
        {
            self.loans.catching_up.behind.clear();
        }
        for sku in self.lent() {
            self.rebalance(context, sku);
        }
    }

    /// The SKUs of which more is shown than there is; what has the fewest units left is sold twice first, and stands first.
    pub(super) fn lent(&self) -> Vec<SkuIndex> {
        let all = (0..self.pool.len() as u32).map(SkuIndex);
        let mut lent: Vec<SkuIndex> = all.filter(|sku| self.overbooked_units(*sku) > 0).collect();
        lent.sort_by_key(|sku| (self.owned[sku.0 as usize], *sku));
        lent
    }

    /// The bug: what is lent is in no account any more.
    fn forget_loans(&mut self) {
        self.loans.worst.fill(0);
        for sku in (0..self.pool.len() as u32).map(SkuIndex) {
            let mut lent = (-self.pool[sku.0 as usize]).max(0);
            self.pool[sku.0 as usize] += lent;
            for channel in (0..self.channels as u16).map(ChannelIndex) {
                let holding = self.holding_mut(channel, sku);
                let forgotten = holding.exposure.clamp(0, lent);
                holding.exposure -= forgotten;
                lent -= forgotten;
            }
            self.pool[sku.0 as usize] -= lent;
        }
    }

    /// A feed is complete up to then: once all have passed the restart, units are lent again.
    pub(in super::super) fn catch_up(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        complete_to: Micros,
    ) {
        if self.loans.catching_up.passed(channel, complete_to) {
            for sku in (0..self.pool.len() as u32).map(SkuIndex) {
                self.rebalance(context, sku);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_when_the_last_feed_has_passed_the_restart() {
        let mut catching_up = CatchingUp {
            restarted_at: Micros::from_secs(100),
            behind: vec![true, true, false],
        };
        let passed = |it: &mut CatchingUp, channel, to| {
            it.passed(ChannelIndex(channel), Micros::from_secs(to))
        };
        assert!(!passed(&mut catching_up, 0, 99));
        assert!(!passed(&mut catching_up, 0, 100));
        assert!(!catching_up.is_over());
        assert!(passed(&mut catching_up, 1, 160));
        assert!(catching_up.is_over());
        assert!(!passed(&mut catching_up, 1, 200), "only once");
    }
}
