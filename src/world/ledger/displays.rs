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

use std::collections::VecDeque;

use channel_mocks::core::{Micros, OrderRef};

use super::entry::{Entry, Recorder};
use super::orders::{Known, Orders};
use crate::world::{ChannelIndex, SkuIndex};

/// Where an event comes from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// An accepted order: known to the engine once it has learned of the order.
    Order(ChannelIndex, OrderRef),
    /// A cancellation on a channel: can be known at once.
    Cancellation(ChannelIndex),
    /// A change of physical stock: can be known at once.
    Stock,
}

impl Source {
    fn channel(self) -> Option<ChannelIndex> {
        match self {
            Source::Order(channel, _) | Source::Cancellation(channel) => Some(channel),
            Source::Stock => None,
        }
    }
}

/// An event that a listing does not contain yet.
#[derive(Copy, Clone, Debug)]
struct Pending {
    happened_at: Micros,
    /// `None`: known since it happened.
    order: Option<(ChannelIndex, OrderRef)>,
}

impl Pending {
    fn known(&self, orders: &[Orders]) -> Known {
        match self.order {
            None => Known::At(self.happened_at),
            Some((channel, order)) => orders[usize::from(channel.0)].known(order),
        }
    }
}

/// An event that the engine has learned of.
#[derive(Copy, Clone, Debug)]
struct KnownEvent {
    known_at: Micros,
    happened_at: Micros,
    channel: Option<ChannelIndex>,
}

/// The events of a SKU that the engine knows, in the order in which it learned of them, as far back as a listing needs.
#[derive(Debug, Default)]
struct KnownEvents {
    events: VecDeque<KnownEvent>,
    /// Number of the first event kept.
    first: u64,
}

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

/// A quantity write that has become live.
#[derive(Copy, Clone, Debug)]
pub(super) struct LiveWrite {
    pub at: Micros,
    pub sent_at: Micros,
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

    /// Notes a change of sellable units, already applied (`sellable` is the count after it).
    pub fn event(&mut self, at: Micros, sku: SkuIndex, source: Source, sellable: i64) {
        if !self.whole_stock {
            return;
        }
        let order = match source {
            Source::Order(channel, order) => Some((channel, order)),
            Source::Cancellation(_) | Source::Stock => None,
        };
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            let position = self.position(channel, sku);
            if source.channel() != Some(channel) {
                self.push(
                    position,
                    channel,
                    Pending {
                        happened_at: at,
                        order,
                    },
                );
            }
            self.settle_at_zero(at, position, channel, sellable);
        }
        if order.is_none() {
            self.known[sku.0 as usize].events.push_back(KnownEvent {
                known_at: at,
                happened_at: at,
                channel: source.channel(),
            });
        }
    }

    /// Notes that somebody set a listing's count by hand.
    pub fn edited(&mut self, at: Micros, channel: ChannelIndex, sku: SkuIndex) {
        if self.whole_stock {
            let position = self.position(channel, sku);
            self.push(
                position,
                channel,
                Pending {
                    happened_at: at,
                    order: None,
                },
            );
        }
    }

    /// Notes that the engine has learned of an order's line. `known_at` may lie before writes that are live already.
    #[expect(clippy::too_many_arguments, reason = "one event's coordinates")]
    pub fn learned(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        happened_at: Micros,
        known_at: Micros,
        orders: &[Orders],
        recorder: &mut dyn Recorder,
    ) {
        if !self.whole_stock {
            return;
        }
        self.known[sku.0 as usize].events.push_back(KnownEvent {
            known_at,
            happened_at,
            channel: Some(channel),
        });
        for other in (0..self.channels as u16).map(ChannelIndex) {
            let position = self.position(other, sku);
            if let Some((sent_at, live_at)) = self.listings[position].newest_write
                && sent_at >= known_at
            {
                let write = LiveWrite {
                    at: live_at,
                    sent_at,
                };
                self.bring_known(position, other, sku, write, recorder);
                self.drop_contained(at, position, other, orders);
            }
        }
        self.trim(sku);
    }

    /// Notes that an order was cancelled before anybody had learned of it: its sale need not be taken in any more.
    pub fn voided(&mut self, at: Micros, channel: ChannelIndex, sku: SkuIndex, orders: &[Orders]) {
        if !self.whole_stock {
            return;
        }
        for other in (0..self.channels as u16).map(ChannelIndex) {
            if other != channel {
                self.drop_contained(at, self.position(other, sku), other, orders);
            }
        }
    }

    /// Notes a listing's new count. `write` when an engine's write brought it.
    #[expect(clippy::too_many_arguments, reason = "one change's coordinates")]
    pub fn show(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        write: Option<LiveWrite>,
        sellable: i64,
        orders: &[Orders],
        recorder: &mut dyn Recorder,
    ) {
        let position = self.position(channel, sku);
        let changed = self.listings[position].displayed != displayed;
        self.listings[position].displayed = displayed;
        if !self.whole_stock {
            if changed && write.is_some() {
                self.last_unsynced_at = self.last_unsynced_at.max(Some(at));
            }
            return;
        }
        if let Some(write) = write {
            let listing = &mut self.listings[position];
            if listing
                .newest_write
                .is_none_or(|(sent_at, _)| sent_at <= write.sent_at)
            {
                listing.newest_write = Some((write.sent_at, write.at));
            }
            let brought = self.bring_known(position, channel, sku, write, recorder);
            self.drop_contained(at, position, channel, orders);
            self.trim(sku);
            if displayed.max(0) == self.intended(sellable) {
                self.bring_all(position, channel, sku, write, brought, orders, recorder);
            }
        }
        self.settle_at_zero(at, position, channel, sellable);
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

    /// Drops events from the front as long as a live write contains them.
    fn drop_contained(
        &mut self,
        at: Micros,
        position: usize,
        channel: ChannelIndex,
        orders: &[Orders],
    ) {
        let listing = &mut self.listings[position];
        if listing.pending.is_empty() {
            return;
        }
        let newest = listing.newest_write.map(|(sent_at, _)| sent_at);
        while let Some(event) = listing.pending.front() {
            let contained = match event.known(orders) {
                Known::Void => true,
                Known::NotYet => false,
                Known::At(known_at) => newest.is_some_and(|sent_at| known_at <= sent_at),
            };
            if !contained {
                return;
            }
            listing.pending.pop_front();
        }
        self.unsynced[usize::from(channel.0)] -= 1;
        self.last_unsynced_at = self.last_unsynced_at.max(Some(at));
    }

    /// Records the events that a write was the first to bring because the engine knew of them. Tells whether there was one
    /// from elsewhere.
    fn bring_known(
        &mut self,
        position: usize,
        channel: ChannelIndex,
        sku: SkuIndex,
        write: LiveWrite,
        recorder: &mut dyn Recorder,
    ) -> bool {
        let listing = &mut self.listings[position];
        let known = &self.known[sku.0 as usize];
        let mut brought = false;
        while let Some(event) = known
            .events
            .get((listing.next_known - known.first) as usize)
        {
            if event.known_at > write.sent_at {
                break;
            }
            listing.next_known += 1;
            if event.happened_at >= listing.contains_until {
                let own_sale = event.channel == Some(channel);
                recorder.record(
                    write.at,
                    &Entry::Propagated {
                        channel,
                        sku,
                        own_sale,
                        happened_at: event.happened_at,
                        known_at: event.known_at,
                        sent_at: write.sent_at,
                        oldest_of_write: !brought && !own_sale,
                    },
                );
                brought |= !own_sale;
            }
        }
        brought
    }

    /// Records what is still pending as brought by a write that made the count exactly right. Whatever the write
    /// contains was known when it was let go of, although the ledger saw no sign of it.
    #[expect(clippy::too_many_arguments, reason = "one write's coordinates")]
    fn bring_all(
        &mut self,
        position: usize,
        channel: ChannelIndex,
        sku: SkuIndex,
        write: LiveWrite,
        mut brought: bool,
        orders: &[Orders],
        recorder: &mut dyn Recorder,
    ) {
        let listing = &self.listings[position];
        // Events known before the newest live write have been recorded with it; this write may be an older one.
        let newest = listing
            .newest_write
            .map_or(write.sent_at, |(sent_at, _)| sent_at);
        for event in &listing.pending {
            let unseen = match event.known(orders) {
                Known::Void => false,
                Known::NotYet => true,
                Known::At(known_at) => known_at > newest,
            };
            if unseen {
                let known_at = event.happened_at.max(write.sent_at);
                recorder.record(
                    write.at,
                    &Entry::Propagated {
                        channel,
                        sku,
                        own_sale: false,
                        happened_at: event.happened_at,
                        known_at,
                        sent_at: known_at,
                        oldest_of_write: !brought,
                    },
                );
                brought = true;
            }
        }
        self.settle(write.at, position, channel);
    }

    /// Forgets known events that every listing of the SKU is past.
    fn trim(&mut self, sku: SkuIndex) {
        let first = sku.0 as usize * self.channels;
        let needed = self.listings[first..first + self.channels]
            .iter()
            .map(|listing| listing.next_known)
            .min()
            .unwrap_or(0);
        let known = &mut self.known[sku.0 as usize];
        while known.first < needed && known.events.pop_front().is_some() {
            known.first += 1;
        }
    }
}
