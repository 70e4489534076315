//! Displayed counts, and which changes elsewhere each of them does not contain yet.
//!
//! **Counts that stand for the whole stock** (spreadsheet, trigger, mirror). Every sale or cancellation on another channel
//! and every stock change is an event that the listing's count has to take in; a sale on the listing's own channel is
//! not, because the platform decrements by itself. Somebody's edit of the listing is an event of that listing alone. A
//! live write contains
//! * each event that the engine had learned of when it let go of the write, and
//! * every event, if the count is now exactly what a perfectly informed engine would show, max(0, sellable - buffer).
//!
//! A listing that shows nothing while there is nothing to sell also contains every event, whoever brought it to zero.
//! The staleness of a count is the age of the oldest event that it does not contain.
//!
//! **Quotas** (escrow, oracle) are right until the engine decides otherwise, so that only its own writes make them stale:
//! from the moment a write is let go of to the moment it is live. That is known only afterwards; the entry `Displayed` of
//! the write carries it, and nothing is kept here.

mod changes;
mod event;
mod writes;

use std::collections::VecDeque;

use channel_mocks::core::Micros;

use crate::world::{ChannelIndex, SkuIndex};
use event::{KnownEvents, Pending};

pub(super) use event::ChangeSource;
pub(super) use writes::LiveWrite;

#[derive(Debug, Default)]
struct Listing {
    displayed: i64,
    /// In the order in which they happened.
    pending: VecDeque<Pending>,
    /// Events that happened before this time are contained, whatever was known of them.
    contains_until: Micros,
    /// The latest time at which a write that is live by now was let go of, and when it became live.
    newest_write: Option<(Micros, Micros)>,
    /// Number of the first known event that no live write has brought.
    next_known: u64,
}

/// All displayed counts.
#[derive(Debug)]
pub(super) struct Displays {
    channels: usize,
    whole_stock: bool,
    buffer: i64,
    /// `[sku][channel]`
    listings: Vec<Listing>,
    known: Vec<KnownEvents>,
    /// Listings with pending events, per channel.
    unsynced: Vec<u64>,
    last_unsynced_at: Option<Micros>,
}

impl Displays {
    /// `opening` is `[channel][sku]`; missing entries display 0. `sellable` is per SKU.
    pub fn open(
        channels: usize,
        whole_stock: bool,
        buffer: i64,
        opening: &[Vec<i64>],
        sellable: &[i64],
    ) -> Displays {
        let mut displays = Displays {
            channels,
            whole_stock,
            buffer,
            listings: Vec::with_capacity(channels * sellable.len()),
            known: Vec::new(),
            unsynced: vec![0; channels],
            last_unsynced_at: None,
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
                let mut listing = Listing {
                    displayed,
                    ..Listing::default()
                };
                if whole_stock && displayed != displays.intended(sellable) {
                    // The stock itself is what this count misses.
                    listing.pending.push_back(Pending {
                        happened_at: Micros::ZERO,
                        order: None,
                    });
                    displays.unsynced[channel] += 1;
                }
                displays.listings.push(listing);
            }
        }
        displays
    }

    fn intended(&self, sellable: i64) -> i64 {
        (sellable - self.buffer).max(0)
    }

    fn position(&self, channel: ChannelIndex, sku: SkuIndex) -> usize {
        sku.0 as usize * self.channels + usize::from(channel.0)
    }

    pub fn displayed(&self, channel: ChannelIndex, sku: SkuIndex) -> i64 {
        self.listings[self.position(channel, sku)].displayed
    }

    /// Displayed minus intended count; see [`Entry::Offered`].
    pub fn error(&self, channel: ChannelIndex, sku: SkuIndex, sellable: i64) -> i64 {
        let displayed = self.displayed(channel, sku).max(0);
        if self.whole_stock {
            displayed - self.intended(sellable)
        } else {
            (displayed - sellable.max(0)).max(0)
        }
    }

    /// Age of the oldest event that a count does not contain; zero when it contains all, and for quotas.
    pub fn age(&self, at: Micros, channel: ChannelIndex, sku: SkuIndex) -> Micros {
        self.listings[self.position(channel, sku)]
            .pending
            .front()
            .map_or(Micros::ZERO, |event| at.since(event.happened_at))
    }

    pub fn unsynced(&self, channel: ChannelIndex) -> u64 {
        self.unsynced[usize::from(channel.0)]
    }

    pub fn last_unsynced_at(&self) -> Option<Micros> {
        self.last_unsynced_at
    }

    fn push(&mut self, position: usize, channel: ChannelIndex, event: Pending) {
        let pending = &mut self.listings[position].pending;
        if pending.is_empty() {
            self.unsynced[usize::from(channel.0)] += 1;
        }
        pending.push_back(event);
    }

    /// A listing that shows nothing while there is nothing to sell contains everything.
    fn settle_at_zero(
        &mut self,
        at: Micros,
        position: usize,
        channel: ChannelIndex,
        sellable: i64,
    ) {
        if self.intended(sellable) == 0 && self.listings[position].displayed <= 0 {
            self.settle(at, position, channel);
        }
    }

    fn settle(&mut self, at: Micros, position: usize, channel: ChannelIndex) {
        let listing = &mut self.listings[position];
        listing.contains_until = at + Micros(1);
        if !listing.pending.is_empty() {
            listing.pending.clear();
            self.unsynced[usize::from(channel.0)] -= 1;
            self.last_unsynced_at = self.last_unsynced_at.max(Some(at));
        }
    }
}
