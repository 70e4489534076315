//! A write whose lots nobody has asked for: what it contains is told by a few numbers, and most writes are followed by another
//! before anybody has to know every lot. The oldest one is found without the others; all are laid out when they are needed, as they
//! were when the write became live.
//!
//! That is so where events say of themselves what a count contains ([`Events::is_regular`]).

mod edges;

use std::collections::VecDeque;

use channel_mocks::core::Micros;

use super::events::{Brief, Events};
use super::listing::{Listing, Lot, MOST_LOTS, Source};
use crate::world::ChannelIndex;
use edges::Edges;

/// A write that showed an older state is looked up among so many events before it.
pub(super) const MOST_UNDONE: u64 = 2_048;

/// Units of an event that are no part of its lot any more.
#[derive(Copy, Clone, Debug)]
struct Taken {
    event: u64,
    units: i64,
    /// The count had missed the event since it happened.
    is_unbroken: bool,
}

impl Taken {
    /// Of an event that is used; its units, and what the count missed of it.
    fn of(event: u64, (units, source): (i64, Source)) -> Taken {
        let is_unbroken = matches!(source, Source::Missed(_));
        Taken {
            event,
            units,
            is_unbroken,
        }
    }
}

/// How far the oldest lots have been looked through: none before has units left.
#[derive(Copy, Clone, Debug)]
struct Front {
    number: u64,
    /// Units that are still to be left out of what happened elsewhere and the engine had not heard of.
    other_left: i64,
    /// Units of own sales that the engine had not heard of which the count does not contain; the oldest.
    own_left: i64,
    /// The place in `taken` of the first event from `number` on.
    taken: usize,
}

/// What a write contains: every event that the engine had heard of when it let go of it, but the last of them from `cut` on, and
/// some units of those that it had not heard of.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub sent_at: Micros,
    /// The event after the last one that had happened.
    end: u64,
    /// The first event that the engine had heard of and that the count does not contain; `end` without any.
    cut: u64,
    /// Units of that event.
    cut_units: i64,
    /// Units contained of events elsewhere that the engine had not heard of, oldest first.
    other_units: i64,
    /// Units not contained of the listing's own sales that it had not heard of, oldest first; all without a bound.
    own_units: i64,
    /// In the order of their events.
    taken: Vec<Taken>,
    front: Front,
    /// Once somebody has asked.
    edges: Option<Edges>,
}

/// As many as there are.
const ALL: i64 = i64::MAX;

impl Pending {
    /// A write of a listing's count, which raised it by `raised` units; `rest`: how many units more it shows than the engine's own
    /// account of what it had heard of.
    fn new(
        events: &Events,
        channel: ChannelIndex,
        sent_at: Micros,
        mut rest: i64,
        raised: i64,
    ) -> Pending {
        let end = events.end();
        let (mut other_units, mut own_units) = (0, ALL);
        let unknown_from = events.unknown_at(sent_at);
        if rest < 0 {
            // See `Sku::written`.
            let own = events.briefs(unknown_from..end).map(|(_, it)| it);
            let own = own.filter(|it| it.counts && it.known_at > sent_at && it.units > 0);
            let own = own.filter(|it| it.channel == Some(channel));
            let of_own: i64 = own.map(|it| it.units).sum();
            let contained = (-rest).min((of_own - raised).max(0));
            other_units = -rest - contained;
            if contained > 0 {
                own_units = of_own - contained;
            }
        }
        let (mut cut, mut cut_units) = (end, 0);
        let oldest = end.saturating_sub(MOST_UNDONE).max(events.first());
        for (number, event) in events.briefs(oldest..end).rev() {
            if rest <= 0 {
                break;
            }
            if !event.counts || event.known_at > sent_at {
                continue;
            }
            if event.units > 0 {
                (cut, cut_units) = (number, event.units.min(rest));
            }
            rest -= event.units;
        }
        Pending {
            sent_at,
            end,
            cut,
            cut_units,
            other_units,
            own_units,
            taken: Vec::new(),
            front: Front {
                number: unknown_from.min(cut),
                other_left: other_units,
                own_left: own_units,
                taken: 0,
            },
            edges: None,
        }
    }

    /// The event before which it says nothing.
    pub fn needs_from(&self) -> u64 {
        let taken = self.taken.first().map_or(self.end, |it| it.event);
        self.front.number.min(taken)
    }

    /// The last event that it may contain: those behind are missed, but for void ones and units that are used.
    pub fn contained_until(&self) -> u64 {
        match self.contains_unknown() {
            true => u64::MAX,
            false => self.cut,
        }
    }

    /// Whether it would contain other units if an event that nobody has heard of had not been.
    pub fn contains_unknown(&self) -> bool {
        self.own_units < ALL || self.other_units > 0
    }

    /// Whether the count misses an event at all, units of it or none.
    fn misses(&self, number: u64, event: &Brief) -> bool {
        event.counts && (event.known_at > self.sent_at || number >= self.cut)
    }

    /// Units of an event that the count misses; to be asked of one event after the other.
    fn units_missed(
        &self,
        channel: ChannelIndex,
        number: u64,
        event: &Brief,
        front: &mut Front,
    ) -> i64 {
        if event.units <= 0 || !self.misses(number, event) {
            return 0;
        }
        if event.known_at <= self.sent_at {
            return match number == self.cut {
                true => self.cut_units,
                false => event.units,
            };
        }
        if event.channel == Some(channel) {
            let units = event.units.min(front.own_left);
            front.own_left -= units;
            return units;
        }
        let contained = event.units.min(front.other_left);
        front.other_left -= contained;
        event.units - contained
    }

    /// What has been taken of an event; to be asked of one event after the other.
    fn taken_of(&self, number: u64, front: &mut Front) -> Option<Taken> {
        while let Some(taken) = self.taken.get(front.taken)
            && taken.event < number
        {
            front.taken += 1;
        }
        let taken = self.taken.get(front.taken);
        taken.copied().filter(|taken| taken.event == number)
    }

    /// The lot of an event that had happened when the write became live, with no units where there is none. `is_missed_since`:
    /// whether the count has missed the event since it happened.
    fn lot(
        &self,
        (events, channel): (&Events, ChannelIndex),
        number: u64,
        front: &mut Front,
        is_missed_since: impl FnOnce() -> bool,
    ) -> Option<Lot> {
        let event = events.brief(number)?;
        let units = self.units_missed(channel, number, event, front);
        let taken = self.taken_of(number, front);
        let units = units - taken.map_or(0, |it| it.units);
        if units <= 0 {
            return None;
        }
        let is_unbroken = taken.is_some_and(|it| it.is_unbroken);
        let source = match is_unbroken || is_missed_since() {
            true => Source::Missed(number),
            false => Source::Undone {
                event: number,
                was_known: event.known_at <= self.sent_at,
            },
        };
        let at = events.get(number)?.at;
        Some(Lot { at, source, units })
    }

    /// The lot of an event that has happened since.
    fn later_lot(&self, events: &Events, number: u64) -> Option<Lot> {
        let event = events.brief(number).filter(|it| it.counts)?;
        let taken = self.taken.binary_search_by_key(&number, |it| it.event);
        let units = event.units - taken.map_or(0, |place| self.taken[place].units);
        let lot = Lot {
            at: events.get(number)?.at,
            source: Source::Missed(number),
            units,
        };
        (units > 0).then_some(lot)
    }

    /// The lots of the count; `unbroken`: the events that it has missed since they happened.
    fn lots(&self, unbroken: &VecDeque<u64>, events: &Events, channel: ChannelIndex) -> Vec<Lot> {
        let mut front = self.front;
        let (mut unknown, mut known) = (Vec::new(), Vec::new());
        // Both are in the order of the events.
        let mut place = unbroken.partition_point(|it| *it < front.number);
        for number in self.front.number..self.end {
            while unbroken.get(place).is_some_and(|it| *it < number) {
                place += 1;
            }
            let is_missed_since = || unbroken.get(place) == Some(&number);
            let lot = self.lot((events, channel), number, &mut front, is_missed_since);
            let Some(lot) = lot else { continue };
            let is_known = events
                .brief(number)
                .is_some_and(|it| it.known_at <= self.sent_at);
            match is_known {
                true => known.push(lot),
                false => unknown.push(lot),
            }
        }
        // Of the same time they stay as `Sku::written` finds them.
        let mut lots = unknown;
        lots.extend(known.into_iter().rev());
        lots.sort_by_key(|lot| lot.at);
        let since = unbroken.partition_point(|number| *number < self.end);
        let since = unbroken.range(since..);
        lots.extend(since.filter_map(|number| self.later_lot(events, *number)));
        lots.truncate(MOST_LOTS);
        lots
    }

    /// Leaves those of the events that a count has missed since they happened which it misses still.
    fn narrow(&self, unbroken: &mut VecDeque<u64>, events: &Events, channel: ChannelIndex) {
        let mut front = self.front;
        let mut contained_until = 0;
        for number in self.front.number..self.end {
            if front.other_left == 0 {
                break;
            }
            if let Some(event) = events.brief(number) {
                let units = self.units_missed(channel, number, event, &mut front);
                contained_until = if units > 0 { number } else { number + 1 };
            }
        }
        let is_missed = |number: u64| {
            let event = events.brief(number);
            number >= contained_until && event.is_some_and(|it| self.misses(number, it))
        };
        let until = unbroken.partition_point(|number| *number < self.cut);
        let mut kept = until;
        for place in (0..until).rev() {
            if is_missed(unbroken[place]) {
                kept -= 1;
                unbroken.swap(kept, place);
            }
        }
        unbroken.drain(..kept);
    }

    /// Takes up to so many units of the oldest lot; none where several have its time.
    fn take(
        &mut self,
        units: i64,
        unbroken: &mut VecDeque<u64>,
        events: &Events,
        channel: ChannelIndex,
    ) -> Result<Option<Lot>, SameTime> {
        let mut front = self.front;
        let mut found = None;
        while front.number < self.end {
            let number = front.number;
            let mut next = front;
            let is_missed_since = || unbroken.binary_search(&number).is_ok();
            found = self.lot((events, channel), number, &mut next, is_missed_since);
            if found.is_some() {
                let is_same_time = |it: &Lot| {
                    let next = events.get(number + 1);
                    next.is_some_and(|next| next.at == it.at)
                };
                if found.as_ref().is_some_and(is_same_time) {
                    return Err(SameTime);
                }
                break;
            }
            front = next;
            front.number += 1;
        }
        self.front = front;
        if found.is_none() {
            let since = unbroken.partition_point(|number| *number < self.end);
            let mut since = unbroken.range(since..);
            found = since.find_map(|number| self.later_lot(events, *number));
        }
        let Some(lot) = found else { return Ok(None) };
        let (Source::Missed(event) | Source::Undone { event, .. }) = lot.source else {
            return Ok(None);
        };
        let units = units.min(lot.units);
        match self.taken.binary_search_by_key(&event, |it| it.event) {
            Ok(place) => self.taken[place].units += units,
            Err(place) => self
                .taken
                .insert(place, Taken::of(event, (units, lot.source))),
        }
        if units == lot.units
            && let Ok(place) = unbroken.binary_search(&event)
        {
            unbroken.remove(place);
        }
        Ok(Some(Lot { units, ..lot }))
    }
}

/// Several events of the same time, whose lots have to be laid out to know which is the oldest.
struct SameTime;

impl Listing {
    /// Lays out the lots of a write that nobody had asked for.
    pub fn lay_out(&mut self, events: &Events, channel: ChannelIndex) {
        if let Some(pending) = self.pending.take() {
            self.lots = pending.lots(&self.unbroken, events, channel).into();
            self.unbroken.clear();
        }
    }

    /// Takes up to so many units of the oldest lot, wherever it is.
    pub fn take_oldest(
        &mut self,
        units: i64,
        events: &Events,
        channel: ChannelIndex,
    ) -> Option<Lot> {
        let Some(pending) = &mut self.pending else {
            return self.take(units);
        };
        match pending.take(units, &mut self.unbroken, events, channel) {
            Ok(taken) => {
                if let Some(lot) = taken {
                    self.use_up(lot);
                }
                taken
            }
            Err(SameTime) => {
                self.lay_out(events, channel);
                self.take(units)
            }
        }
    }

    /// A write has set the count whose lots are laid out when somebody asks. `rest` and `raised` as in [`Pending::new`].
    pub fn put_off(
        &mut self,
        events: &Events,
        channel: ChannelIndex,
        sent_at: Micros,
        (rest, raised): (i64, i64),
    ) {
        let mut pending = Pending::new(events, channel, sent_at, rest, raised);
        let before = self.pending.take();
        if before.is_none() {
            let missed = self.lots.drain(..).filter_map(|lot| match lot.source {
                Source::Missed(number) => Some(number),
                _ => None,
            });
            self.unbroken = missed.collect();
            self.unbroken.make_contiguous().sort_unstable();
        }
        pending.narrow(&mut self.unbroken, events, channel);
        match before {
            Some(before) if !before.contains_unknown() && !pending.contains_unknown() => {
                self.take_over(before, &mut pending, events, channel);
            }
            _ => self.begin(&mut pending, events, channel),
        }
        self.touched.clear();
        self.pending = Some(pending);
    }

    /// What oversold units have used of the events that a write misses, where no write before it says so.
    fn begin(&mut self, pending: &mut Pending, events: &Events, channel: ChannelIndex) {
        // What is contained from now on lets no unit through, and may let one through again once it is undone.
        let open = &mut self.open;
        self.used.retain(|event, (units, source)| {
            let brief = events.brief(*event);
            let is_missed = brief.is_some_and(|it| pending.misses(*event, it));
            match is_missed {
                true => pending.taken.push(Taken::of(*event, (*units, *source))),
                false => open.let_go(*event),
            }
            is_missed
        });
        let mut front = pending.front;
        let last = pending.taken.last().map(|it| it.event);
        for number in last.map_or(0..0, |last| pending.front.number..last + 1) {
            let Some(event) = events.brief(number) else {
                continue;
            };
            let units = pending.units_missed(channel, number, event, &mut front);
            if let Some(taken) = pending.taken_of(number, &mut front) {
                self.keep_whole(taken, units);
            }
        }
    }

    /// The same where the write before says it: both tell of each event by itself what they miss of it, so that only what has
    /// changed between them is looked at.
    fn take_over(
        &mut self,
        before: Pending,
        pending: &mut Pending,
        events: &Events,
        channel: ChannelIndex,
    ) {
        pending.taken = before.taken;
        for &event in &self.touched {
            let used = self.used.get(&event).map(|used| Taken::of(event, *used));
            let place = pending.taken.binary_search_by_key(&event, |it| it.event);
            match (place, used) {
                (Ok(place), Some(used)) => pending.taken[place] = used,
                (Err(place), Some(used)) => pending.taken.insert(place, used),
                (Ok(place), None) => {
                    pending.taken.remove(place);
                }
                (Err(_), None) => {}
            }
        }
        let is_missed = |event: u64, pending: &Pending| {
            let brief = events.brief(event);
            brief.is_some_and(|it| pending.misses(event, it))
        };
        // Every event from the cut on is missed as it was, unless it has become void.
        let until = pending.taken.partition_point(|it| it.event < pending.cut);
        let first = pending.taken[..until].iter().map(|it| it.event);
        let looked_at = first.chain(self.touched.iter().copied());
        let contained = looked_at.filter(|event| !is_missed(*event, pending));
        let mut contained: Vec<u64> = contained.collect();
        contained.sort_unstable();
        for event in &contained {
            if self.used.remove(event).is_some() {
                self.open.let_go(*event);
            }
        }
        if !contained.is_empty() {
            let is_contained = |it: &Taken| contained.binary_search(&it.event).is_ok();
            pending.taken.retain(|it| !is_contained(it));
        }
        let ends = [before.cut, pending.cut];
        for number in self.touched.clone().into_iter().chain(ends) {
            let Some(event) = events.brief(number) else {
                continue;
            };
            let mut front = pending.front;
            let units = pending.units_missed(channel, number, event, &mut front);
            if let Some(taken) = pending.taken_of(number, &mut front) {
                self.keep_whole(taken, units);
            }
        }
    }

    /// An event all of whose units have let one through has no lot; others have one again.
    fn keep_whole(&mut self, taken: Taken, units: i64) {
        match self.unbroken.binary_search(&taken.event) {
            Ok(place) if taken.units >= units => {
                self.unbroken.remove(place);
            }
            Err(place) if taken.units < units && taken.is_unbroken => {
                self.unbroken.insert(place, taken.event);
            }
            _ => {}
        }
    }
}
