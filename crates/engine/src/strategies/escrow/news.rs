//! What the strategy does about each piece of news: the accounts first ([`counting`](super::counting)), then the listing's
//! protocol, then who should hold how much ([`rebalance`](super::rebalance)).

use super::super::super::cancellation::Restock;
use super::super::super::canonical::{ChannelIndex, Line, OrderKey, SkuIndex};
use super::super::super::connectors::{Change, QuantityWrite};
use super::super::super::coverage::Coverage;
use super::super::super::journal::Record;
use super::super::super::link::WriteNews;
use super::super::super::machine::Truth;
use super::super::{Sale, StrategyContext, StrategyMachine};
use super::holding::HoldingPhase;
use super::{Check, Escrow, Knowledge};
use crate::planted::planted;
use oversell_kernel::Micros;
use std::cmp::Reverse;

impl StrategyMachine for Escrow {
    fn channel_ready(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex) {
        self.begin_read_backs(context, channel);
        for sku in 0..context.config.skus.len() as u32 {
            if context.link(channel).connector.knows(SkuIndex(sku)) {
                context.link(channel).want_quantity(SkuIndex(sku));
            } else {
                self.not_listed(context, channel, SkuIndex(sku));
            }
        }
    }

    fn stock_known(&mut self, context: &mut StrategyContext<'_>, sellable: &[i64]) {
        self.stock_known = true;
        if self.loans.is_on() {
            self.solve_price(context, sellable);
        }
        for (sku, units) in sellable.iter().enumerate() {
            self.pool[sku] += units;
            self.owned[sku] += units;
            self.rebalance(context, SkuIndex(sku as u32));
        }
    }

    fn stock_changed(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, delta: i64) {
        self.pool[sku.0 as usize] += delta;
        self.owned[sku.0 as usize] += delta;
        for channel in 0..self.channels as u16 {
            self.holding_mut(ChannelIndex(channel), sku).refusals = 0;
        }
        self.rebalance(context, sku);
    }

    fn sold(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex, order: &Sale<'_>) {
        if self.knowledge == Knowledge::Feeds {
            for line in order.lines {
                self.count_sale(
                    context,
                    channel,
                    line.sku,
                    i64::from(line.units),
                    order.sold_at,
                );
            }
        }
    }

    fn cancelled(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        _order: OrderKey,
        lines: &[Line],
        restock: Restock,
        at: Micros,
    ) {
        if self.knowledge == Knowledge::Feeds {
            // In doubt the channel is credited, and the listing read back.
            let is_on_channel = restock != Restock::OffSale;
            for line in lines {
                self.count_cancellation(
                    context,
                    channel,
                    line.sku,
                    i64::from(line.units),
                    is_on_channel,
                    at,
                );
            }
        }
    }

    fn gone(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, units: i64) {
        if self.knowledge == Knowledge::Feeds {
            self.stock_changed(context, sku, -units);
        }
    }

    fn written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        write: QuantityWrite,
        sent_at: Micros,
        outcome: WriteNews,
    ) {
        let is_raise = match write.change {
            Change::Adjust(units) => units > 0,
            Change::Set(units) => {
                units > 0 && self.holding(channel, write.sku).phase == HoldingPhase::Opening
            }
            Change::CompareAndSet { .. } => false,
        };
        if is_raise {
            self.loans.raise_left(sent_at, channel, write.sku);
        }
        if matches!(outcome, WriteNews::Live) {
            self.loans.seen(context.now, channel, write.sku);
        }
        if self.is_cas(channel) {
            self.cas_written(context, channel, write, sent_at, outcome);
        } else {
            self.set_written(context, channel, write, sent_at, outcome);
        }
    }

    fn read(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sent_at: Micros,
    ) {
        if self.holding(channel, sku).phase == HoldingPhase::Unread {
            let (is_cas, now) = (self.is_cas(channel), context.now);
            let holding = self.holding_mut(channel, sku);
            holding.phase = if is_cas || displayed > 0 {
                HoldingPhase::Open
            } else {
                HoldingPhase::Closed
            };
            holding.exposure = displayed.max(0);
            holding.read_at = now;
            context.journal.append(
                now,
                Record::ListingRead {
                    channel,
                    sku,
                    displayed,
                },
            );
            self.pool[sku.0 as usize] -= displayed.max(0);
            if !context.opens_late(channel) {
                self.unread[sku.0 as usize] -= 1;
            }
            self.first_read(context, channel, sku, true);
            self.rebalance(context, sku);
        } else {
            self.note_seen(context.now, channel, sku, displayed, false);
            self.settle_doubt(channel, sku, displayed, sent_at);
            self.find_foreign(context, channel, sku, displayed, sent_at);
            if self.is_cas(channel) {
                self.cas_read(context, channel, sku, displayed);
            } else {
                self.set_read(context, channel, sku, displayed, sent_at);
            }
            self.verify(context, channel, sku, displayed, sent_at);
            self.lower_what_is_too_much(context, channel, sku);
        }
    }

    fn not_listed(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        if self.holding(channel, sku).phase != HoldingPhase::Unread {
            // A listing that was there is gone. What it may have sold is still in its exposure.
            return;
        }
        let holding = self.holding_mut(channel, sku);
        holding.phase = HoldingPhase::Closed;
        holding.is_absent = true;
        holding.read_at = Micros::ZERO;
        self.lists_all = false;
        if !context.opens_late(channel) {
            self.unread[sku.0 as usize] -= 1;
        }
        self.first_read(context, channel, sku, false);
        self.rebalance(context, sku);
    }

    fn submission_read(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        submitted: Option<i64>,
        sent_at: Micros,
    ) {
        if !self.is_cas(channel) {
            self.resolve_raise(context, channel, sku, submitted, sent_at);
        }
    }

    fn signalled(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
    ) {
        if planted!(EchoTakenForNews) && self.is_known(sku) {
            let found = displayed - self.holding(channel, sku).exposure;
            self.stock_changed(context, sku, found.max(0));
        }
        self.note_seen(context.now, channel, sku, displayed, true);
        self.suspect(context, channel, sku, displayed);
        let holding = self.holding_mut(channel, sku);
        if holding.phase == HoldingPhase::Opening && displayed > 0 && !holding.busy {
            holding.phase = HoldingPhase::Open;
            self.watch_if_selling(context, channel, sku);
        }
        self.lower_what_is_too_much(context, channel, sku);
    }

    fn feed_complete(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        complete_to: Micros,
    ) {
        self.catch_up(context, channel, complete_to);
        self.settle_first_readings(context, channel, complete_to);
        self.open_fences(context, channel, complete_to);
        self.end_verifications(context, channel, complete_to);
        if std::mem::take(&mut self.passed_over[channel.0 as usize]) {
            for sku in (0..context.config.skus.len() as u32).map(SkuIndex) {
                self.rebalance(context, sku);
            }
        }
    }

    fn restarted(&mut self, context: &mut StrategyContext<'_>) {
        self.close_what_is_lent(context);
    }

    fn clock_set(&mut self, context: &mut StrategyContext<'_>, ahead: Micros) {
        self.jumps.note(context.now, ahead);
        // What was to be looked at when a raise is dead is looked at too soon now.
        for sku in (0..context.config.skus.len() as u32).map(SkuIndex) {
            for channel in (0..self.channels as u16).map(ChannelIndex) {
                let holding = self.holding(channel, sku);
                if holding.phase == HoldingPhase::Opening && !holding.busy {
                    self.schedule_raise_checks(channel, sku);
                }
            }
        }
    }

    fn truth(&mut self, context: &mut StrategyContext<'_>, truth: &Truth) {
        if self.knowledge != Knowledge::Truth {
            return;
        }
        match *truth {
            Truth::Sold {
                channel,
                sku,
                units,
                ..
            } => {
                let now = context.now;
                self.count_sale(context, channel, sku, i64::from(units), now);
            }
            Truth::Cancelled {
                channel,
                sku,
                units,
                restocked,
                ..
            } => {
                let now = context.now;
                self.count_cancellation(context, channel, sku, i64::from(restocked), true, now);
                if units > restocked {
                    self.count_cancellation(
                        context,
                        channel,
                        sku,
                        i64::from(units - restocked),
                        false,
                        now,
                    );
                }
            }
            Truth::Live {
                channel,
                sku,
                displayed,
            } if !self.is_cas(channel) => {
                let phase = self.holding(channel, sku).phase;
                if phase == HoldingPhase::Opening && displayed > 0 {
                    self.holding_mut(channel, sku).phase = HoldingPhase::Open;
                    self.watch_if_selling(context, channel, sku);
                    self.lower_what_is_too_much(context, channel, sku);
                } else if phase == HoldingPhase::Draining && displayed <= 0 {
                    // Every sale is known and nothing of ours is pending: no fence is needed.
                    self.close(context, channel, sku);
                    self.rebalance(context, sku);
                }
            }
            Truth::Live { .. } => {}
            // The engine core passes stock changes on from the warehouse's feed for every strategy alike.
            Truth::Stock { .. } => {}
        }
    }

    fn coverage(&self) -> Coverage {
        let mut coverage = self.coverage;
        for holding in &self.holdings {
            coverage.mark(holding.phase.point());
        }
        coverage
    }

    fn lent(&self) -> Option<Vec<i64>> {
        self.loans.is_on().then(|| self.loans.worst().to_vec())
    }

    fn wake(&mut self, context: &mut StrategyContext<'_>) {
        self.leave_closed_channels(context);
        self.solve_price_when_due(context);
        while let Some(&Reverse((at, channel, sku, check))) = self.checks.peek() {
            if at > context.now {
                break;
            }
            self.checks.pop();
            match check {
                Check::Raise => self.check_raise(context, channel, sku),
                Check::Zero => self.check_zero(context, channel, sku),
                Check::Unsold => self.check_unsold(context, channel, sku, at),
                Check::Foreign => self.check_foreign(context, channel, sku),
                Check::Lowered => self.check_lowered(context, channel, sku),
                Check::Decide => {
                    self.undecided[sku.0 as usize] = false;
                    self.rebalance(context, sku);
                }
            }
        }
        self.read_back(context);
    }

    fn next_wake(&self) -> Micros {
        let check = self.checks.peek();
        let check = check.map_or(Micros::MAX, |Reverse((at, ..))| *at);
        check
            .min(self.read_backs.next_at())
            .min(self.hours.next_closing())
            .min(self.loans.next_solve())
    }
}
