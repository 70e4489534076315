//! Displayed counts, and which changes elsewhere each of them does not contain yet (docs/theory.md B).
//!
//! **Counts that stand for the whole stock** (spreadsheet, trigger, mirror). Every sale or cancellation on another channel
//! and every stock change is an event that the listing's count has to take in; a sale on the listing's own channel is
//! not, because the platform decrements by itself. Somebody's edit of the listing is an event of that listing alone. A
//! live write contains
//! * each event of which a message had told the engine when it let go of the write, and
//! * every event, if the count is now exactly what a perfectly informed engine would show, max(0, sellable - buffer).
//!
//! What the engine has heard of is also contained by a count that is exactly right without a write, as when a sale and its
//! cancellation are heard of together. A listing that shows nothing while there is nothing to sell contains every event,
//! whoever brought it to zero.
//!
//! A count is **wrong** while it is not exactly right and misses an event, or shows too much, whatever it misses (a write
//! that puts the listing's own sales back on sale). The age of a wrong count is that of the oldest event that it does not
//! contain, or the time for which it has shown too much.
//!
//! **Quotas** (escrow, informed escrow). A quota may be anything, as long as the quotas of a SKU together do not exceed what can be
//! sold: that sum is wrong or right, and its age is the time for which it has been wrong. With a budget (docs/theory.md A9) quotas
//! may show the same units, and in place of the sum the largest of them is wrong or right.
//!
//! Before a channel opens and after it closes nobody can buy what it displays: such a count is never wrong, takes no event in,
//! and belongs to no sum. When it opens, a whole-stock count misses the stock itself. The same holds for good of a SKU that a
//! channel does not list.

mod changes;
mod event;
mod margin;
mod writes;

use std::collections::VecDeque;

use channel_mocks::core::Micros;

use crate::world::ledger::Entry;
use crate::world::{Assortments, ChannelIndex, SkuIndex};
use event::{KnownEvents, Pending};
use margin::Margin;

pub(super) use event::{ChangeSource, KnownEvent};
pub(super) use writes::LiveWrite;

#[derive(Debug, Default)]
struct Listing {
    displayed: i64,
    /// The channel does not list the SKU: nobody can buy it there, and no count is missing.
    is_absent: bool,
    /// In the order in which they happened.
    pending: VecDeque<Pending>,
    /// Events that happened before this time are contained, whatever was known of them.
    contains_until: Micros,
    /// The latest time at which a write that is live by now was let go of, and when it became live.
    newest_write: Option<(Micros, Micros)>,
    /// Number of the first known event that no live write has brought.
    next_known: u64,
    /// Since when the count has been wrong; `None` while it is not.
    wrong_since: Option<Micros>,
}

/// What the quotas of a SKU come to.
#[derive(Copy, Clone, Debug, Default)]
struct QuotaSum {
    /// Units that they show together.
    displayed: i64,
    /// Since when they have exceeded what can be sold; `None` while they do not.
    wrong_since: Option<Micros>,
    margin: Margin,
}

/// All displayed counts.
#[derive(Debug)]
pub(super) struct Displays {
    channels: usize,
    whole_stock: bool,
    /// Quotas may show the same units: what the largest of a SKU shows is what counts.
    shared: bool,
    /// Units held back, per channel; none where nothing is said.
    buffers: Vec<u32>,
    /// Whether buyers can buy, per channel.
    is_open: Vec<bool>,
    /// `[sku][channel]`
    listings: Vec<Listing>,
    /// Per SKU; empty for quotas.
    known: Vec<KnownEvents>,
    /// Per SKU; empty where counts stand for the whole stock.
    sums: Vec<QuotaSum>,
    /// Listings whose count is wrong, per channel.
    unsynced: Vec<u64>,
    /// SKUs whose quotas exceed together what can be sold.
    overshown: u64,
    last_unsynced_at: Option<Micros>,
    /// SKUs of which somebody has counted too many.
    watched: Vec<SkuIndex>,
    /// What is to be recorded.
    remarks: Vec<Entry>,
}

impl Displays {
    /// `opening` is `[channel][sku]`; missing entries display 0. `assortments` says which SKUs channels list, and `sellable` is per
    /// SKU.
    pub fn open(
        channels: usize,
        whole_stock: bool,
        shared: bool,
        buffers: Vec<u32>,
        opening: &[Vec<i64>],
        assortments: &Assortments,
        sellable: &[i64],
    ) -> Displays {
        let mut displays = Displays {
            channels,
            whole_stock,
            shared,
            buffers,
            is_open: vec![true; channels],
            listings: Vec::with_capacity(channels * sellable.len()),
            known: Vec::new(),
            sums: vec![QuotaSum::default(); if whole_stock { 0 } else { sellable.len() }],
            unsynced: vec![0; channels],
            overshown: 0,
            last_unsynced_at: None,
            watched: Vec::new(),
            remarks: Vec::new(),
        };
        displays.known.resize_with(
            if whole_stock { sellable.len() } else { 0 },
            KnownEvents::default,
        );
        for (sku, &sellable) in sellable.iter().enumerate() {
            for channel in 0..channels {
                let displayed = opening
                    .get(channel)
                    .and_then(|counts| counts.get(sku))
                    .copied()
                    .unwrap_or(0);
                let own = ChannelIndex(channel as u16);
                let is_absent = !assortments.lists(own, SkuIndex(sku as u32));
                debug_assert!(
                    !is_absent || displayed == 0,
                    "what is not listed shows nothing"
                );
                let mut listing = Listing {
                    displayed,
                    is_absent,
                    ..Listing::default()
                };
                if whole_stock && !is_absent && displayed != displays.intended(own, sellable) {
                    // The stock itself is what this count misses.
                    listing.pending.push_back(Pending {
                        happened_at: Micros::ZERO,
                        source: ChangeSource::Stock,
                        known_at: Some(Micros::ZERO),
                    });
                }
                displays.listings.push(listing);
                let (channel, sku) = (ChannelIndex(channel as u16), SkuIndex(sku as u32));
                if whole_stock {
                    let position = displays.position(channel, sku);
                    displays.judge(Micros::ZERO, position, channel, sellable);
                } else {
                    displays.sums[sku.0 as usize].displayed += displayed.max(0);
                }
            }
            if !whole_stock {
                displays.take_largest(SkuIndex(sku as u32));
                displays.judge_sum(Micros::ZERO, SkuIndex(sku as u32), sellable);
                displays.look_at_opening(SkuIndex(sku as u32), sellable);
            }
        }
        displays
    }

    /// Notes that a channel opens or closes. `sellable` is per SKU.
    pub fn set_open(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        is_open: bool,
        sellable: impl Iterator<Item = i64>,
    ) {
        if std::mem::replace(&mut self.is_open[usize::from(channel.0)], is_open) == is_open {
            return;
        }
        for (sku, sellable) in (0u32..).map(SkuIndex).zip(sellable) {
            let position = self.position(channel, sku);
            if !self.whole_stock {
                let displayed = self.listings[position].displayed.max(0);
                let sum = &mut self.sums[sku.0 as usize];
                sum.displayed += if is_open { displayed } else { -displayed };
                self.take_largest(sku);
                self.judge_sum(at, sku, sellable);
                continue;
            }
            let known = &self.known[sku.0 as usize];
            let heard_of = known.first + known.events.len() as u64;
            let intended = self.intended(channel, sellable);
            let listing = &mut self.listings[position];
            listing.pending.clear();
            if is_open && !listing.is_absent {
                listing.next_known = heard_of;
                listing.contains_until = at;
                if listing.displayed != intended {
                    listing.pending.push_back(Pending {
                        happened_at: at,
                        source: ChangeSource::Stock,
                        known_at: Some(at),
                    });
                }
            }
            self.judge(at, position, channel, sellable);
        }
    }

    fn intended(&self, channel: ChannelIndex, sellable: i64) -> i64 {
        let buffer = self.buffers.get(usize::from(channel.0));
        (sellable - buffer.map_or(0, |units| i64::from(*units))).max(0)
    }

    fn position(&self, channel: ChannelIndex, sku: SkuIndex) -> usize {
        sku.0 as usize * self.channels + usize::from(channel.0)
    }

    pub fn displayed(&self, channel: ChannelIndex, sku: SkuIndex) -> i64 {
        self.listings[self.position(channel, sku)].displayed
    }

    fn all_channels(&self) -> impl Iterator<Item = ChannelIndex> + use<> {
        (0..self.channels as u16).map(ChannelIndex)
    }

    fn is_open(&self, channel: ChannelIndex) -> bool {
        self.is_open[usize::from(channel.0)]
    }

    /// Whether buyers can buy what the listing at this position displays: its channel is open, and lists it.
    fn is_seen(&self, position: usize, channel: ChannelIndex) -> bool {
        self.is_open(channel) && !self.listings[position].is_absent
    }

    /// Units that the quotas of a SKU show beyond what can be sold; 0 where counts stand for the whole stock.
    pub fn overshown_units(&self, sku: SkuIndex, sellable: i64) -> i64 {
        self.sums
            .get(sku.0 as usize)
            .map_or(0, |sum| (sum.displayed - sellable.max(0)).max(0))
    }

    /// Displayed minus intended count; see [`super::Entry::Offered`].
    pub fn error(&self, channel: ChannelIndex, sku: SkuIndex, sellable: i64) -> i64 {
        if self.whole_stock {
            self.displayed(channel, sku).max(0) - self.intended(channel, sellable)
        } else {
            self.overshown_units(sku, sellable)
        }
    }

    /// Age of a count; zero while it is not wrong.
    pub fn age(&self, at: Micros, channel: ChannelIndex, sku: SkuIndex) -> Micros {
        let since = if self.whole_stock {
            let listing = &self.listings[self.position(channel, sku)];
            listing.wrong_since.map(|wrong_since| {
                let oldest = listing.pending.front();
                oldest.map_or(wrong_since, |event| event.happened_at)
            })
        } else {
            self.sums[sku.0 as usize].wrong_since
        };
        since.map_or(Micros::ZERO, |since| at.since(since))
    }

    /// Listings of a channel whose count is wrong; 0 for quotas.
    pub fn unsynced(&self, channel: ChannelIndex) -> u64 {
        self.unsynced[usize::from(channel.0)]
    }

    /// SKUs whose quotas exceed together what can be sold.
    pub fn overshown(&self) -> u64 {
        self.overshown
    }

    /// When a count last stopped being wrong.
    pub fn last_unsynced_at(&self) -> Option<Micros> {
        self.last_unsynced_at
    }

    /// Decides whether a listing's count is wrong from `at` on. A count that is wrong and right again at one instant, as
    /// between a sale and the platform's own decrement, has not been wrong.
    fn judge(&mut self, at: Micros, position: usize, channel: ChannelIndex, sellable: i64) {
        let intended = self.intended(channel, sellable);
        let is_seen = self.is_seen(position, channel);
        let listing = &mut self.listings[position];
        let displayed = listing.displayed.max(0);
        let is_wrong = is_seen
            && (displayed > intended || (displayed < intended && !listing.pending.is_empty()));
        match (listing.wrong_since, is_wrong) {
            (None, true) => {
                listing.wrong_since = Some(at);
                self.unsynced[usize::from(channel.0)] += 1;
            }
            (Some(since), false) => {
                listing.wrong_since = None;
                self.unsynced[usize::from(channel.0)] -= 1;
                self.came_right(at, since);
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// Where quotas may show the same units, a SKU shows what the largest of those shows that buyers can see.
    fn take_largest(&mut self, sku: SkuIndex) {
        if self.shared {
            let channels = self.all_channels().filter(|it| self.is_open(*it));
            let largest = channels.map(|it| self.displayed(it, sku).max(0)).max();
            self.sums[sku.0 as usize].displayed = largest.unwrap_or(0);
        }
    }

    /// The same for the sum of a SKU's quotas.
    fn judge_sum(&mut self, at: Micros, sku: SkuIndex, sellable: i64) {
        let sum = &mut self.sums[sku.0 as usize];
        if let Some(low) = sum.margin.moves(at, sellable - sum.displayed) {
            self.remarks.push(low.entry(sku));
        }
        let is_wrong = sum.displayed > sellable.max(0);
        match (sum.wrong_since, is_wrong) {
            (None, true) => {
                sum.wrong_since = Some(at);
                self.overshown += 1;
            }
            (Some(since), false) => {
                sum.wrong_since = None;
                self.overshown -= 1;
                self.came_right(at, since);
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    fn came_right(&mut self, at: Micros, since: Micros) {
        if since < at {
            self.last_unsynced_at = self.last_unsynced_at.max(Some(at));
        }
    }

    /// A listing that shows nothing while there is nothing to sell contains everything.
    fn settle_at_zero(&mut self, at: Micros, position: usize, sellable: i64) {
        let channel = ChannelIndex((position % self.channels) as u16);
        if self.intended(channel, sellable) == 0 && self.listings[position].displayed <= 0 {
            self.settle(at, position);
        }
    }

    fn settle(&mut self, at: Micros, position: usize) {
        let listing = &mut self.listings[position];
        listing.contains_until = at + Micros(1);
        listing.pending.clear();
    }
}
