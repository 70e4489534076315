//! What makes them right: quantity writes, by what the engine knew when it let go of them.

use channel_mocks::core::Micros;

use super::event::KnownEvent;
use super::{ChangeSource, Displays};
use crate::world::ledger::orders::{Known, Orders};
use crate::world::ledger::{Entry, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

/// A quantity write that has become live.
#[derive(Copy, Clone, Debug)]
pub(in crate::world::ledger) struct LiveWrite {
    pub at: Micros,
    pub sent_at: Micros,
}

impl Displays {
    /// Notes that the engine has heard of an event. It may have heard of it before writes that are live already.
    pub fn heard(
        &mut self,
        at: Micros,
        sku: SkuIndex,
        event: KnownEvent,
        sellable: i64,
        orders: &[Orders],
        recorder: &mut dyn Recorder,
    ) {
        if !self.whole_stock {
            return;
        }
        let known = &mut self.known[sku.0 as usize];
        known.events.push_back(event);
        let heard_of = known.first + known.events.len() as u64;
        for other in self.all_channels() {
            let position = self.position(other, sku);
            if !self.is_seen(position, other) {
                continue;
            }
            if let Some((sent_at, live_at)) = self.listings[position].newest_write
                && sent_at >= event.known_at
            {
                let write = LiveWrite {
                    at: live_at,
                    sent_at,
                };
                self.bring_known(position, other, sku, write, recorder);
                self.drop_contained(position, orders);
            }
            let intended = self.intended(other, sellable);
            let listing = &mut self.listings[position];
            if listing.displayed.max(0) == intended {
                // Nothing that it knows calls for a write.
                listing.next_known = heard_of;
                while let Some(event) = listing.pending.front()
                    && event.known(orders) != Known::NotYet
                {
                    listing.pending.pop_front();
                }
            }
            self.judge(at, position, other, sellable);
        }
        self.trim(sku);
    }

    /// Notes that the engine has heard of a count that contains all changes of a SKU's stock up to `until`.
    #[expect(clippy::too_many_arguments, reason = "one message's coordinates")]
    pub fn heard_of_stock(
        &mut self,
        at: Micros,
        known_at: Micros,
        sku: SkuIndex,
        until: Micros,
        sellable: i64,
        orders: &[Orders],
        recorder: &mut dyn Recorder,
    ) {
        while let Some(known) = self.known.get_mut(sku.0 as usize)
            && let Some(&happened_at) = known.unheard_stock.front()
            && happened_at <= until
        {
            known.unheard_stock.pop_front();
            for channel in self.all_channels() {
                let position = self.position(channel, sku);
                let missed = self.listings[position].pending.iter_mut();
                for event in missed.filter(|event| {
                    event.source == ChangeSource::Stock && event.happened_at == happened_at
                }) {
                    event.known_at.get_or_insert(known_at);
                }
            }
            let event = KnownEvent {
                known_at,
                happened_at,
                channel: None,
            };
            self.heard(at, sku, event, sellable, orders, recorder);
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
        let before = self.listings[position].displayed;
        self.listings[position].displayed = displayed;
        if !self.is_seen(position, channel) {
            return;
        }
        if !self.whole_stock {
            self.sums[sku.0 as usize].displayed += displayed.max(0) - before.max(0);
            self.take_largest(sku);
            self.judge_sum(at, sku, sellable);
            if displayed > before {
                self.look_at_raise(channel, sku, sellable);
            }
            return;
        }
        if displayed > before {
            self.look_at_raise(channel, sku, sellable);
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
            self.drop_contained(position, orders);
            self.trim(sku);
            // A count of 0 with nothing to sell is right whatever the write knew of: it settles below, and brings nothing.
            let intended = self.intended(channel, sellable);
            if displayed.max(0) == intended && intended > 0 {
                self.bring_all(position, channel, sku, write, brought, orders, recorder);
            }
        }
        self.settle_at_zero(at, position, sellable);
        self.judge(at, position, channel, sellable);
    }

    /// Drops events from the front as long as a live write contains them.
    pub(super) fn drop_contained(&mut self, position: usize, orders: &[Orders]) {
        let listing = &mut self.listings[position];
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
        self.settle(write.at, position);
    }

    /// Forgets known events that every listing of the SKU is past.
    fn trim(&mut self, sku: SkuIndex) {
        let first = sku.0 as usize * self.channels;
        let known = &mut self.known[sku.0 as usize];
        // A channel that is closed needs none: it begins anew when it opens. Nor does one that does not list the SKU.
        let needed = self.listings[first..first + self.channels]
            .iter()
            .zip(&self.is_open)
            .filter(|(listing, is_open)| **is_open && !listing.is_absent)
            .map(|(listing, _)| listing.next_known)
            .min()
            .unwrap_or(known.first + known.events.len() as u64);
        while known.first < needed && known.events.pop_front().is_some() {
            known.first += 1;
        }
    }
}
