//! What changed what could be sold of a SKU, in the order of time, and when the engine heard of it.

use std::collections::VecDeque;
use std::ops::Range;

use channel_mocks::core::Micros;

use crate::world::ChannelIndex;
use crate::world::ledger::{Letter, Mover, Strike};

/// More events than this of one SKU are forgotten, oldest first, once nothing can depend on them.
const MOST_EVENTS: usize = 4_096;

/// More than these are forgotten although something may: a count that nobody has set for so many changes.
const MOST_NEEDED: usize = 4 * MOST_EVENTS;

/// So many of the unheard events are looked at one by one before they are searched.
const LOOKED_AT: u64 = 24;

/// What faults did to the messages that told of a change, or would have.
#[derive(Clone, Debug, Default)]
struct Struck {
    strike: Option<Strike>,
    lost: Option<(Micros, Strike)>,
}

/// One change.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub at: Micros,
    pub by: Mover,
    /// Records that moved without a unit: a count that contains it is too high, where one that misses any other is.
    pub is_bad_count: bool,
    /// Units by which it makes counts too high; below zero: too low.
    pub units: i64,
    /// When the message that told the engine left its platform; `Micros::MAX` where that is not known.
    left_at: Micros,
    /// When a message first told the engine of it, in whatever shape; `Micros::MAX` before.
    pub heard_at: Micros,
    /// When the engine knew of it; `Micros::MAX` before. News in an altered shape counts once it is told clearly, or a write
    /// contains it.
    pub known_at: Micros,
    /// When a message that no fault had altered told of it; `Micros::MAX` before.
    pub clear_at: Micros,
    /// Of few events: a run has an event for every sale, and most are looked at but once or twice.
    struck: Option<Box<Struck>>,
    /// A sale that was cancelled before anybody heard of it, or that cancellation: nothing to take in.
    pub is_void: bool,
    /// The latest time at which the engine heard of this event or one before it, once it has heard of all of them.
    known_up_to: Micros,
}

impl Event {
    pub fn new(at: Micros, by: Mover, units: i64) -> Event {
        Event {
            at,
            by,
            is_bad_count: false,
            units,
            left_at: Micros::MAX,
            heard_at: Micros::MAX,
            known_at: Micros::MAX,
            clear_at: Micros::MAX,
            struck: None,
            is_void: false,
            known_up_to: Micros::MAX,
        }
    }

    /// When the message that told the engine left its platform.
    pub fn left_at(&self) -> Option<Micros> {
        Some(self.left_at).filter(|it| *it < Micros::MAX)
    }

    /// The fault that struck that message.
    pub fn strike(&self) -> Option<Strike> {
        self.struck.as_ref()?.strike
    }

    /// The first message that would have told of it and never came.
    pub fn lost(&self) -> Option<(Micros, Strike)> {
        self.struck.as_ref()?.lost
    }
}

/// What is asked of many events at a time, close together.
#[derive(Copy, Clone, Debug)]
pub(super) struct Brief {
    /// [`Event::known_at`].
    pub known_at: Micros,
    /// [`Event::units`].
    pub units: i64,
    /// Whose order it is of; none for stock.
    pub channel: Option<ChannelIndex>,
    /// Whether counts are to contain it: neither void nor a bad count.
    pub counts: bool,
}

impl Brief {
    fn of(event: &Event) -> Brief {
        Brief {
            known_at: event.known_at,
            units: event.units,
            channel: event.by.channel(),
            counts: !event.is_void && !event.is_bad_count,
        }
    }
}

/// The events of one SKU. They are numbered from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    first: u64,
    events: VecDeque<Event>,
    /// One for each of `events`.
    briefs: VecDeque<Brief>,
    /// Units of all events that count ...
    units: i64,
    /// ... and of those that were known at a time and before, by time.
    known_units: Vec<(Micros, i64)>,
    /// Some were known otherwise than by the first message of theirs, or are forgotten and never were: `units` and `known_units`
    /// say nothing.
    is_irregular: bool,
    /// When the last of those that are forgotten was known: of times before, `known_units` says nothing.
    forgotten_at: Micros,
    /// The engine has heard of every event before this one.
    known_until: u64,
    /// Changes of stock and of its records of which it has not.
    unheard_stock: VecDeque<u64>,
    /// Void events of which it has not heard, among those that count as heard.
    unheard_void: Vec<u64>,
    /// Bad counts of the warehouse.
    pub bad_counts: Vec<u64>,
    /// Those that have been forgotten since somebody asked, in their order.
    forgotten: Vec<Event>,
}

impl Events {
    pub fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    pub fn first(&self) -> u64 {
        self.first
    }

    pub fn get(&self, number: u64) -> Option<&Event> {
        let place = number.checked_sub(self.first)?;
        self.events.get(usize::try_from(place).ok()?)
    }

    /// The last sale on another channel since then.
    pub fn sold_elsewhere(&self, channel: ChannelIndex, since: Micros) -> Option<u64> {
        let mut all = (self.first..self.end()).rev().zip(self.events.iter().rev());
        let found = all.find(|(_, event)| {
            matches!(event.by, Mover::Sale(of, _) if of != channel) && !event.is_void
        });
        found
            .filter(|(_, event)| event.at >= since)
            .map(|(number, _)| number)
    }

    /// The place of an event among those that are kept.
    fn place(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }

    /// What is asked of many.
    pub fn brief(&self, number: u64) -> Option<&Brief> {
        self.briefs.get(self.place(number)?)
    }

    /// The same of a span of them, as far as they are kept.
    pub fn briefs(&self, span: Range<u64>) -> impl DoubleEndedIterator<Item = (u64, &Brief)> {
        let from = span.start.clamp(self.first, self.end());
        let until = span.end.clamp(from, self.end());
        let (first, last) = (self.place(from), self.place(until));
        let places = first.zip(last).map_or(0..0, |(first, last)| first..last);
        let briefs = self.briefs.range(places).enumerate();
        briefs.map(move |(place, brief)| (from + place as u64, brief))
    }

    /// What has been forgotten since this was asked last: the number of the first, and the events from there on.
    pub fn take_forgotten(&mut self) -> (u64, Vec<Event>) {
        let forgotten = std::mem::take(&mut self.forgotten);
        (self.first - forgotten.len() as u64, forgotten)
    }

    /// Whether [`Events::unknown_units`] can be told of a time, and what an event says of itself stays.
    pub fn is_regular(&self, time: Micros) -> bool {
        !self.is_irregular && time >= self.forgotten_at && self.bad_counts.is_empty()
    }

    /// Has every write's lots laid out when it becomes live.
    #[cfg(test)]
    pub fn lay_out_at_once(&mut self) {
        self.is_irregular = true;
    }

    /// Units of the events that count and of which the engine had not heard by a time, of regular ones.
    pub fn unknown_units(&self, time: Micros) -> i64 {
        let known = self.known_units.partition_point(|(at, _)| *at <= time);
        let known = known.checked_sub(1).map_or(0, |it| self.known_units[it].1);
        self.units - known
    }

    /// The engine knows of an event since then.
    fn know(&mut self, number: u64, known_at: Micros) {
        let Some(place) = self.place(number) else {
            return;
        };
        let (Some(event), Some(brief)) = (self.events.get_mut(place), self.briefs.get_mut(place))
        else {
            return;
        };
        if event.known_at == known_at {
            return;
        }
        let is_first = event.known_at == Micros::MAX && event.heard_at == known_at;
        (event.known_at, brief.known_at) = (known_at, known_at);
        let units = if brief.counts { brief.units } else { 0 };
        if units != 0 && !self.is_irregular {
            // Nearly always the last.
            let later = |it: &&(Micros, i64)| it.0 > known_at;
            let place =
                self.known_units.len() - self.known_units.iter().rev().take_while(later).count();
            match place.checked_sub(1).map(|it| self.known_units[it]) {
                Some((at, _)) if at == known_at => self.known_units[place - 1].1 += units,
                before => {
                    let sum = before.map_or(0, |(_, sum)| sum) + units;
                    self.known_units.insert(place, (known_at, sum));
                }
            }
            let from = self.known_units.partition_point(|(at, _)| *at <= known_at);
            for (_, sum) in &mut self.known_units[from..] {
                *sum += units;
            }
        }
        self.is_irregular |= !is_first;
    }

    fn pop(&mut self) {
        self.forgotten.extend(self.events.pop_front());
        self.first += 1;
        let Some(brief) = self.briefs.pop_front().filter(|it| it.counts) else {
            return;
        };
        self.is_irregular |= brief.known_at == Micros::MAX;
        self.forgotten_at = self.forgotten_at.max(brief.known_at);
    }

    /// Leaves out of `known_units` what nobody asks for any more, many at a time.
    fn forget_known_units(&mut self) {
        let forgotten_at = self.forgotten_at;
        let before = self
            .known_units
            .partition_point(|(at, _)| *at <= forgotten_at);
        // The last of them still says how many there were.
        let before = before.saturating_sub(1);
        if before >= MOST_EVENTS / 4 {
            self.known_units.drain(..before);
        }
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Event> {
        let place = number.checked_sub(self.first)?;
        self.events.get_mut(usize::try_from(place).ok()?)
    }

    /// Takes an event; every one before `needed`, which is asked for when there are many, may be forgotten.
    pub fn push(&mut self, event: Event, needed: impl FnOnce() -> u64) -> u64 {
        let number = self.end();
        if event.by == Mover::Stock {
            self.unheard_stock.push_back(number);
        }
        if event.is_bad_count {
            self.bad_counts.push(number);
        }
        let brief = Brief::of(&event);
        if brief.counts {
            self.units += brief.units;
        }
        self.briefs.push_back(brief);
        self.events.push_back(event);
        if self.events.len() > MOST_EVENTS {
            let until = needed().min(self.known_until);
            while self.first < until && self.events.len() > MOST_EVENTS / 2 {
                self.pop();
            }
            if self.events.len() > MOST_NEEDED {
                self.pop();
                self.known_until = self.known_until.max(self.first);
            }
            self.forget_known_units();
            let first = self.first;
            self.unheard_void.retain(|number| *number >= first);
        }
        number
    }

    /// The number of a change by an order.
    pub fn find(&self, by: Mover, at: Micros) -> Option<u64> {
        let from = self.events.partition_point(|event| event.at < at);
        let same_time = self.events.iter().skip(from).take_while(|it| it.at == at);
        let place = same_time.clone().position(|it| it.by == by);
        place.map(|place| self.first + (from + place) as u64)
    }

    /// The number of a change by an order that the engine has not heard of, void or not. News comes more than once, and
    /// what was heard is long behind.
    fn find_unheard(&mut self, by: Mover, at: Micros) -> Option<u64> {
        let is_it = |event: &Event| event.by == by && event.at == at;
        let void = |number: &u64| self.get(*number).is_some_and(is_it);
        if let Some(place) = self.unheard_void.iter().position(void) {
            return Some(self.unheard_void.swap_remove(place));
        }
        // Most news is of one of the oldest that are unheard.
        for number in self.known_until..self.known_until + LOOKED_AT {
            let event = self.get(number)?;
            if event.at > at {
                return None;
            }
            if is_it(event) {
                return Some(number);
            }
        }
        let found = self.find(by, at);
        found.filter(|number| *number >= self.known_until)
    }

    /// The sale of an order at a time, if the engine has not heard of it.
    pub fn unheard_sale(&self, by: Mover, at: Micros) -> Option<u64> {
        let unknown = usize::try_from(self.known_until - self.first).unwrap_or(0);
        let from = self.events.partition_point(|event| event.at < at);
        let from = from.max(unknown).min(self.events.len());
        let mut same_time = self.events.range(from..).take_while(|it| it.at == at);
        let found =
            same_time.position(|it| it.by == by && it.heard_at == Micros::MAX && !it.is_void);
        found.map(|place| self.first + (from + place) as u64)
    }

    /// Nobody has to hear of an event any more.
    pub fn void(&mut self, number: u64) {
        if let Some(place) = self.place(number)
            && let (Some(event), Some(brief)) =
                (self.events.get_mut(place), self.briefs.get_mut(place))
        {
            event.is_void = true;
            if std::mem::replace(&mut brief.counts, false) {
                self.units -= brief.units;
                self.is_irregular |= brief.known_at < Micros::MAX;
            }
        }
        self.advance();
    }

    /// The engine has heard of a change; of stock, of all up to a time. `is_read`: it is taken to have understood.
    pub fn heard(
        &mut self,
        by: Mover,
        at: Micros,
        known_at: Micros,
        letter: Letter,
        is_read: bool,
    ) {
        if by == Mover::Stock {
            while let Some(&number) = self.unheard_stock.front()
                && self.get(number).is_none_or(|event| event.at <= at)
            {
                self.unheard_stock.pop_front();
                self.learn(number, known_at, letter, is_read);
            }
        } else if let Some(number) = self.find_unheard(by, at) {
            self.learn(number, known_at, letter, is_read);
        }
        self.advance();
    }

    /// A write contains an event that the engine has heard of in an altered shape alone: it had understood.
    pub fn understood(&mut self, number: u64) {
        if let Some(event) = self.get_mut(number)
            && event.known_at == Micros::MAX
            && event.heard_at < Micros::MAX
        {
            event.clear_at = event.heard_at;
            let heard_at = event.heard_at;
            self.know(number, heard_at);
        }
        self.advance();
    }

    /// The engine has heard of a sale again, in a message that no fault had altered.
    pub fn heard_clearly(&mut self, by: Mover, at: Micros, known_at: Micros) {
        if let Some(number) = self.find(by, at)
            && let Some(event) = self.get_mut(number)
        {
            event.clear_at = event.clear_at.min(known_at);
            if event.heard_at < Micros::MAX {
                let known_at = event.known_at.min(known_at);
                self.know(number, known_at);
            }
        }
        self.advance();
    }

    fn learn(&mut self, number: u64, heard_at: Micros, letter: Letter, is_read: bool) {
        if let Some(event) = self.get_mut(number)
            && event.heard_at == Micros::MAX
        {
            event.heard_at = heard_at;
            event.left_at = letter.left_at.unwrap_or(Micros::MAX);
            if letter.strike.is_some() {
                event.struck.get_or_insert_default().strike = letter.strike;
            }
            if is_read {
                self.know(number, heard_at);
            } else {
                self.is_irregular = true;
            }
        }
    }

    /// A message that would have told of a sale has got lost.
    pub fn lose(&mut self, number: u64, at: Micros, strike: Strike) {
        if let Some(event) = self.get_mut(number) {
            let struck = event.struck.get_or_insert_default();
            struck.lost.get_or_insert((at, strike));
        }
    }

    fn advance(&mut self) {
        let mut up_to = match self.known_until.checked_sub(1).and_then(|it| self.get(it)) {
            Some(event) => event.known_up_to,
            None => Micros::ZERO,
        };
        while let Some(event) = self.get_mut(self.known_until)
            && (event.is_void || event.known_at < Micros::MAX)
        {
            if !event.is_void {
                up_to = up_to.max(event.known_at);
            }
            event.known_up_to = up_to;
            let is_unheard = event.known_at == Micros::MAX;
            if is_unheard {
                self.unheard_void.push(self.known_until);
            }
            self.known_until += 1;
        }
    }

    /// The first event of which the engine may not have heard by a time.
    pub fn unknown_at(&self, time: Micros) -> u64 {
        let mut number = self.known_until;
        while let Some(before) = number.checked_sub(1).filter(|it| *it >= self.first)
            && self.get(before).is_some_and(|it| it.known_up_to > time)
        {
            number = before;
        }
        number
    }
}
