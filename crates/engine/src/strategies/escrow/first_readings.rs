//! What was sold before a listing was first read.
//!
//! A shop that sells already when the engine comes may have sold units of which the engine does not know yet, and which are
//! missing from the first readings of its listings. They look as if no channel held them, and would be handed out a second time. So
//! nothing of a SKU is handed out before the order feed of each channel that sold before is complete past its first reading
//! (docs/theory.md A5, H2): every sale that the reading lacks has come off the pool by then. The merchant says whether shops were
//! selling; a listing that shows zero does not tell whether it was sold out or never on sale. What is on display beyond the stock is taken off at once, since
//! sales that are unknown only make it more. Who may oversell a share of what he sells does not wait, which may take hours: what he hands
//! out meanwhile stands on his books as lent.

use std::collections::VecDeque;

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::StrategyContext;
use super::{Escrow, Knowledge};
use crate::planted::planted;
use oversell_kernel::Micros;

/// First readings whose fence has not opened yet.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct FirstReadings {
    /// By SKU, the channels on which sales before the first reading may be unknown.
    doubtful: Vec<u16>,
    /// By channel, when readings were answered, in that order.
    waiting: Vec<VecDeque<(Micros, SkuIndex)>>,
    /// By channel, listings that have not been read yet.
    unread: Vec<u32>,
}

impl FirstReadings {
    /// Nothing has been read.
    pub(super) fn new(channels: usize, skus: usize) -> FirstReadings {
        FirstReadings {
            doubtful: vec![0; skus],
            waiting: vec![VecDeque::new(); channels],
            unread: vec![skus as u32; channels],
        }
    }

    /// Whether units may have been sold of which nothing is known.
    pub(super) fn are_doubtful(&self, sku: SkuIndex) -> bool {
        self.doubtful[sku.0 as usize] > 0
    }
}

impl Escrow {
    /// A listing has been read for the first time, or turned out not to be there.
    pub(super) fn first_read(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        is_listed: bool,
    ) {
        let index = usize::from(channel.0);
        self.first_readings.unread[index] = self.first_readings.unread[index].saturating_sub(1);
        let may_have_sold = is_listed && context.was_selling(channel);
        if may_have_sold
            && self.knowledge == Knowledge::Feeds
            && !planted!(FirstReadingTakenForSettled)
        {
            self.first_readings.doubtful[sku.0 as usize] += 1;
            self.first_readings.waiting[index].push_back((context.now, sku));
        }
        self.hasten_first_readings(context, channel);
    }

    /// The feed is read as soon as it tells of all first readings, once there are no more to come; before that as ever.
    fn hasten_first_readings(&self, context: &mut StrategyContext<'_>, channel: ChannelIndex) {
        let index = usize::from(channel.0);
        if self.first_readings.unread[index] > 0 {
            return;
        }
        if let Some((last, _)) = self.first_readings.waiting[index].back() {
            let feed = &mut context.link(channel).feed;
            feed.hasten(self.jumps.later(*last, feed.visibility_lag()));
        }
    }

    /// The feed is complete up to an instant: what lies behind it of the first readings is no longer in doubt.
    pub(super) fn settle_first_readings(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        complete_to: Micros,
    ) {
        let index = usize::from(channel.0);
        while let Some(&(read_at, sku)) = self.first_readings.waiting[index].front() {
            if !self.is_told(context, channel, read_at, complete_to, false) {
                self.hasten_first_readings(context, channel);
                return;
            }
            self.first_readings.waiting[index].pop_front();
            self.first_readings.doubtful[sku.0 as usize] -= 1;
            match (self.first_readings.are_doubtful(sku), self.loans.is_on()) {
                (true, _) => {}
                // What was decided about it stands until something happens to it.
                (false, true) => self.loans.settled(sku),
                (false, false) => self.rebalance(context, sku),
            }
        }
    }
}
