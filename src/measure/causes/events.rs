//! What changed what could be sold of a SKU, in the order of time, and when the engine heard of it.

use std::collections::VecDeque;

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

/// The events of one SKU. They are numbered from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    first: u64,
    events: VecDeque<Event>,
    /// The engine has heard of every event before this one.
    known_until: u64,
    /// Changes of stock and of its records of which it has not.
    unheard_stock: VecDeque<u64>,
    /// Void events of which it has not heard, among those that count as heard.
    unheard_void: Vec<u64>,
    /// Bad counts of the warehouse.
    pub bad_counts: Vec<u64>,
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
        self.events.push_back(event);
        if self.events.len() > MOST_EVENTS {
            let until = needed().min(self.known_until);
            while self.first < until && self.events.len() > MOST_EVENTS / 2 {
                self.events.pop_front();
                self.first += 1;
            }
            if self.events.len() > MOST_NEEDED {
                self.events.pop_front();
                self.first += 1;
                self.known_until = self.known_until.max(self.first);
            }
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

    /// The sale of an order that the engine has not heard of.
    pub fn unheard_sale(&self, by: Mover) -> Option<u64> {
        let unknown = usize::try_from(self.known_until - self.first).unwrap_or(0);
        let events = self.events.iter().enumerate().skip(unknown);
        let mut found =
            events.filter(|(_, it)| it.by == by && it.heard_at == Micros::MAX && !it.is_void);
        found.next().map(|(place, _)| self.first + place as u64)
    }

    /// Nobody has to hear of an event any more.
    pub fn void(&mut self, number: u64) {
        if let Some(event) = self.get_mut(number) {
            event.is_void = true;
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
            (event.known_at, event.clear_at) = (event.heard_at, event.heard_at);
        }
        self.advance();
    }

    /// The engine has heard of a sale again, in a message that no fault had altered.
    pub fn heard_clearly(&mut self, by: Mover, at: Micros, known_at: Micros) {
        let number = self.find(by, at);
        if let Some(event) = number.and_then(|number| self.get_mut(number)) {
            event.clear_at = event.clear_at.min(known_at);
            if event.heard_at < Micros::MAX {
                event.known_at = event.known_at.min(known_at);
            }
        }
        self.advance();
    }

    fn learn(&mut self, number: u64, heard_at: Micros, letter: Letter, is_read: bool) {
        if let Some(event) = self.get_mut(number)
            && event.heard_at == Micros::MAX
        {
            event.heard_at = heard_at;
            if is_read {
                event.known_at = heard_at;
            }
            event.left_at = letter.left_at.unwrap_or(Micros::MAX);
            if letter.strike.is_some() {
                event.struck.get_or_insert_default().strike = letter.strike;
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
