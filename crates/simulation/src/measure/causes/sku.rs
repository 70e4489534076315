//! The accounting of one SKU: displayed count less what could be sold equals the units of the events that the count misses.

use channel_mocks::core::Micros;

use super::events::{Event, Events};
use super::listing::{Listing, Lot, SetBy, Source, Write};
use super::pending::{MOST_UNDONE, Pending};
use super::quotas::SetAside;
use crate::world::ChannelIndex;
use crate::world::ledger::{Letter, Mover};

/// One SKU.
#[derive(Clone, Debug, Default)]
pub(super) struct Sku {
    pub events: Events,
    /// By channel.
    pub listings: Vec<Listing>,
    /// Of quotas: the lots of all of them together. Empty where counts stand for the whole stock.
    pub quotas: Listing,
    /// See [`SetAside`].
    pub set_aside: SetAside,
    /// Units by which people have raised counts of channels by mistake, less what they have put right.
    miscounted: i64,
    /// The last channel where they have.
    miscounted_at: Option<ChannelIndex>,
}

impl Sku {
    pub fn new(channels: usize) -> Sku {
        Sku {
            listings: vec![Listing::default(); channels],
            ..Sku::default()
        }
    }

    pub fn listing(&mut self, channel: ChannelIndex) -> &mut Listing {
        &mut self.listings[usize::from(channel.0)]
    }

    /// Sellable units have changed; `sold_at`: of a cancellation, when the order was sold. Answers the event.
    pub fn moved(
        &mut self,
        at: Micros,
        sold_at: Option<Micros>,
        (units, sellable): (i64, i64),
        by: Mover,
        whole_stock: bool,
    ) -> u64 {
        let mut event = Event::new(at, by, -units);
        let cancels = match by {
            Mover::Cancellation(channel, order) => {
                sold_at.and_then(|it| self.events.unheard_sale(Mover::Sale(channel, order), it))
            }
            _ => None,
        };
        event.is_void = cancels.is_some();
        let number = self.add(event);
        if let Some(sale) = cancels {
            let is_changed =
                |it: &Listing| it.pending.as_ref().is_some_and(Pending::contains_unknown);
            if self.listings.iter().any(is_changed) {
                self.lay_out_all();
            }
            self.events.void(sale);
            self.events.void(number);
            for listing in &mut self.listings {
                listing.has_new_void = true;
                listing.lots.retain(|lot| lot.source.event() != Some(sale));
                if listing.pending.is_some() {
                    listing.touched.push(sale);
                }
            }
        }
        if units > 0 {
            for listing in &mut self.listings {
                listing.release(units);
            }
        }
        // A platform may put the units on sale a moment before it tells that they are back.
        if let (true, Mover::Cancellation(channel, order) | Mover::Removal(channel, order)) =
            (whole_stock, by)
        {
            self.listing(channel).came_back(order, sellable);
        }
        if whole_stock && units < 0 {
            for (place, listing) in (0u16..).zip(&mut self.listings) {
                let own = by.channel() == Some(ChannelIndex(place));
                let shows_nothing = listing.is_seen && listing.displayed <= 0;
                if !own && !shows_nothing {
                    listing.miss(number, at, -units);
                }
            }
        }
        number
    }

    /// The engine has heard of a change ([`Events::heard`]).
    pub fn heard(
        &mut self,
        by: Mover,
        at: Micros,
        known_at: Micros,
        letter: Letter,
        is_read: bool,
    ) {
        // A write that is live already is told now what it did not know.
        let is_told = |it: &Listing| {
            let pending = it.pending.as_ref();
            pending.is_some_and(|it| it.sent_at >= known_at)
        };
        if self.listings.iter().any(is_told) {
            self.lay_out_all();
        }
        self.events.heard(by, at, known_at, letter, is_read);
    }

    /// The warehouse's records have moved away from the truth, or a channel's count has by mistake.
    pub fn miscounted(&mut self, at: Micros, channel: Option<ChannelIndex>, units: i64) {
        match channel {
            None => {
                let mut event = Event::new(at, Mover::Stock, units);
                event.is_bad_count = true;
                self.add(event);
            }
            Some(channel) => {
                self.miscounted = (self.miscounted + units).max(0);
                if units > 0 {
                    self.miscounted_at = Some(channel);
                }
            }
        }
    }

    /// Lays out the lots of a listing's last write.
    pub fn lay_out(&mut self, channel: ChannelIndex) {
        self.listings[usize::from(channel.0)].lay_out(&self.events, channel);
    }

    fn lay_out_all(&mut self) {
        for (place, listing) in (0u16..).zip(&mut self.listings) {
            listing.lay_out(&self.events, ChannelIndex(place));
        }
    }

    fn add(&mut self, event: Event) -> u64 {
        let (listings, quotas) = (&self.listings, &self.quotas);
        // An event that a case still waits for is kept by the case itself.
        self.events.push(event, || {
            let needed = listings.iter().map(Listing::needs_from).min();
            needed.unwrap_or(u64::MAX).min(quotas.needs_from())
        })
    }

    /// A listing's count has become another, or was confirmed. `rest_is`: what units are that nothing else accounts for.
    pub fn shown(&mut self, channel: ChannelIndex, set_by: SetBy, rest_is: Source, buffer: i64) {
        let (at, to, sellable) = (set_by.at, set_by.to, set_by.sellable);
        // Of a count that shows nothing it does not matter what it misses.
        if let Some(write) = set_by.write
            && to > 0
        {
            self.written(channel, to, sellable, write, buffer);
        }
        let listing = &mut self.listings[usize::from(channel.0)];
        listing.displayed = to;
        listing.is_seen = true;
        if set_by.is_seen {
            listing.set_by = set_by;
        }
        if to <= 0 {
            listing.clear();
            return;
        }
        if set_by.is_seen && to > set_by.from {
            listing.lay_out(&self.events, channel);
            let units = to - sellable.max(0) - listing.covered();
            listing.add(Lot {
                at,
                source: rest_is,
                units,
            });
        }
    }

    /// Which lots a count has that a write brought: the events that the engine had not heard of when it let go of it; then, as
    /// far as it shows more than these account for, bad counts that it had heard of, and the events it had heard of last.
    fn written(
        &mut self,
        channel: ChannelIndex,
        to: i64,
        sellable: i64,
        write: Write,
        buffer: i64,
    ) {
        let listing = &mut self.listings[usize::from(channel.0)];
        if self.events.is_regular(write.sent_at) && self.miscounted == 0 && listing.can_be_put_off()
        {
            let rest = to - sellable + buffer - self.events.unknown_units(write.sent_at);
            let raised = (to - listing.displayed).max(0);
            return listing.put_off(&self.events, channel, write.sent_at, (rest, raised));
        }
        self.lay_out(channel);
        let is_own = |event: &Event| event.by.channel() == Some(channel);
        let mut missed: Vec<(u64, i64, bool)> = Vec::new();
        let mut explained = 0;
        let unknown_from = self.events.unknown_at(write.sent_at);
        for number in unknown_from..self.events.end() {
            let Some(event) = self.events.get(number) else {
                continue;
            };
            if event.is_void || event.is_bad_count || event.known_at <= write.sent_at {
                continue;
            }
            explained += event.units;
            if event.units > 0 {
                missed.push((number, event.units, false));
            }
        }
        let mut rest = to - sellable + buffer - explained;
        if rest < 0 {
            // A change by so many units, or one that compares, leaves the platform's own decrements alone, except for those
            // by which it raised the count. The rest came with a count from elsewhere, whatever the engine was told: the
            // oldest first.
            let raised = (to - self.listings[usize::from(channel.0)].displayed).max(0);
            let is_own = |number: u64| self.events.get(number).is_some_and(is_own);
            let (mut own, mut others): (Vec<_>, Vec<_>) =
                missed.iter_mut().partition(|(number, ..)| is_own(*number));
            let of_own: i64 = own.iter().map(|(_, units, _)| *units).sum();
            let mut contained = (-rest).min((of_own - raised).max(0));
            rest += contained;
            for (_, units, _) in own.iter_mut().rev() {
                let taken = contained.min(*units);
                (*units, contained) = (*units - taken, contained - taken);
            }
            for (_, units, _) in &mut others {
                let taken = (-rest).clamp(0, *units);
                (*units, rest) = (*units - taken, rest + taken);
            }
        }
        let contained = missed.iter().filter(|(_, units, _)| *units == 0);
        let contained: Vec<u64> = contained.map(|(number, ..)| *number).collect();
        for number in contained {
            self.events.understood(number);
        }
        let mut lots: Vec<Lot> = Vec::new();
        // What somebody else has put there stays in a count that a write only moves down from there.
        let listing = &self.listings[usize::from(channel.0)];
        let is_edit = |lot: &&Lot| matches!(lot.source, Source::Edit { .. });
        for lot in listing.lots.iter().filter(is_edit) {
            let units = rest.min(lot.units);
            if units > 0 && to <= listing.displayed {
                rest -= units;
                lots.push(Lot { units, ..*lot });
            }
        }
        for &number in &self.events.bad_counts {
            if let Some(event) = self.events.get(number)
                && rest > 0
                && event.known_at <= write.sent_at
                && event.units > 0
            {
                let units = rest.min(event.units);
                rest -= units;
                lots.push(Lot {
                    at: event.at,
                    source: Source::BadRecord(number),
                    units,
                });
            }
        }
        if rest > 0 && self.miscounted > 0 {
            let units = rest.min(self.miscounted);
            rest -= units;
            lots.push(Lot {
                at: write.live_at,
                source: Source::Edit {
                    channel: self.miscounted_at.unwrap_or(channel),
                    is_mistake: true,
                },
                units,
            });
        }
        let mut number = self.events.end();
        let oldest = number.saturating_sub(MOST_UNDONE).max(self.events.first());
        while rest > 0 && number > oldest {
            number -= 1;
            let Some(event) = self.events.get(number) else {
                break;
            };
            if event.is_void || event.is_bad_count || event.known_at > write.sent_at {
                continue;
            }
            if event.units > 0 {
                missed.push((number, event.units.min(rest), true));
            }
            rest -= event.units;
        }
        let place = usize::from(channel.0);
        let listing = &self.listings[place];
        // They lie beside each other among the lots, too.
        let mut beside = 0;
        lots.reserve(missed.len());
        for (number, units, was_known) in missed {
            let Some(event) = self.events.get(number) else {
                continue;
            };
            let source = match listing.missed_beside(&mut beside, number, event.at) {
                // Each write that leaves out what the count once contained does so by what it knows itself.
                Some(Source::Undone { .. }) | None => Source::Undone {
                    event: number,
                    was_known,
                },
                Some(source) => source,
            };
            let used = match listing.used.is_empty() {
                true => 0,
                false => listing.used.get(&number).map_or(0, |(units, _)| *units),
            };
            lots.push(Lot {
                at: event.at,
                source,
                units: units - used,
            });
        }
        let listing = &mut self.listings[place];
        // What is contained from now on lets no unit through, and may let one through again once it is undone.
        if !listing.used.is_empty() {
            let events = lots.iter().filter_map(|lot| lot.source.event());
            let mut events: Vec<u64> = events.collect();
            events.sort_unstable();
            let open = &mut listing.open;
            listing.used.retain(|event, _| {
                let is_missed = events.binary_search(event).is_ok();
                if !is_missed {
                    open.let_go(*event);
                }
                is_missed
            });
        }
        listing.replace(lots);
    }

    /// The last event that a count which a write has just brought may contain, of those that let nothing through since
    /// they were contained; all, where that is not known without a look at each.
    pub fn contained_until(&self, channel: ChannelIndex) -> u64 {
        let listing = &self.listings[usize::from(channel.0)];
        let pending = listing.pending.as_ref();
        // A void event is contained wherever it stands.
        let pending = pending.filter(|_| listing.displayed > 0 && !listing.has_new_void);
        pending.map_or(u64::MAX, Pending::contained_until)
    }

    /// Whether a count that a write has just brought still misses an event.
    pub fn still_misses(&mut self, channel: ChannelIndex, event: u64) -> bool {
        let listing = &mut self.listings[usize::from(channel.0)];
        if listing.displayed <= 0 {
            return false;
        }
        if listing.used.contains_key(&event) {
            return true;
        }
        let misses = |it: &mut Pending| it.still_misses(&self.events, channel, event);
        if let Some(is_missed) = listing.pending.as_mut().and_then(misses) {
            return is_missed;
        }
        listing.lay_out(&self.events, channel);
        match self.events.get(event) {
            Some(it) => listing.missed_as(event, it.at).is_some(),
            None => listing
                .lots
                .iter()
                .any(|it| it.source.event() == Some(event)),
        }
    }

    /// Takes up to so many units of a listing's oldest lot.
    pub fn take(&mut self, channel: ChannelIndex, units: i64) -> Option<Lot> {
        self.listings[usize::from(channel.0)].take_oldest(units, &self.events, channel)
    }
}
