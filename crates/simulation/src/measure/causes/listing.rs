//! What a displayed count does not contain: lots of units by which it is too high, each with what it misses.

use std::collections::{BTreeMap, VecDeque};

use channel_mocks::core::{Micros, OrderRef};

use super::open::OpenCases;
use super::pending::Pending;
use crate::world::ChannelIndex;

/// What a lot misses.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// An event that the count has never contained.
    Missed(u64),
    /// An event that it contained until a write replaced it. `was_known`: the engine had heard of it when it let go of that.
    Undone { event: u64, was_known: bool },
    /// A bad count of the warehouse that a write brought.
    BadRecord(u64),
    /// The platform put units of this order back on sale that are not there. `event`: what it did so for, if anybody tells of
    /// that. Here and below, `channel` is where that was: a unit of quotas may be sold anywhere.
    Restock {
        channel: ChannelIndex,
        order: OrderRef,
        event: Option<u64>,
    },
    /// Somebody set the count; by mistake, or for a reason of their own.
    Edit {
        channel: ChannelIndex,
        is_mistake: bool,
    },
    /// A write showed more than anything that the engine was told accounts for.
    Books { channel: ChannelIndex },
    /// A unit that was lent: shown on several channels on purpose. `event`: the sale elsewhere that took it, once there was one.
    Lent { event: Option<u64> },
    /// It was so from the beginning.
    Opening,
    /// The platform's own units, which no engine shows.
    PlatformsOwn,
    /// Nothing explains it.
    Unexplained,
}

impl Source {
    /// The event whose news would have put the count right.
    pub fn news(self) -> Option<u64> {
        match self {
            Source::Restock { event, .. } | Source::Lent { event } => event,
            _ => self.event(),
        }
    }

    /// The event that the count does not contain.
    pub fn event(self) -> Option<u64> {
        match self {
            Source::Missed(event) | Source::Undone { event, .. } | Source::BadRecord(event) => {
                Some(event)
            }
            _ => None,
        }
    }
}

/// Lots of one count. What it misses beyond them lets no unit through before a write sets it anew.
pub(super) const MOST_LOTS: usize = 4_096;

/// Units by which a count is too high.
#[derive(Copy, Clone, Debug)]
pub(super) struct Lot {
    /// When what it misses happened.
    pub at: Micros,
    pub source: Source,
    pub units: i64,
}

/// A quantity write that has become live.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub sent_at: Micros,
    pub received_at: Micros,
    pub live_at: Micros,
}

/// What set a count.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct SetBy {
    pub at: Micros,
    pub from: i64,
    pub to: i64,
    pub sellable: i64,
    /// The write, if an engine did.
    pub write: Option<Write>,
    pub is_seen: bool,
}

/// The count of one listing.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    pub displayed: i64,
    /// Whether `displayed` has been seen.
    pub is_seen: bool,
    /// By when what they miss happened; none while a write is pending.
    pub lots: VecDeque<Lot>,
    /// The last write, as long as nobody has asked for its lots ...
    pub pending: Option<Pending>,
    /// ... and the events that the count has missed since they happened, in their order.
    pub unbroken: VecDeque<u64>,
    /// Units of events that have let oversold units through already: each lets through one.
    pub used: BTreeMap<u64, (i64, Source)>,
    /// Events of which a pending write says what has been used of them, which is so no more.
    pub touched: Vec<u64>,
    pub set_by: SetBy,
    /// A sale was cancelled before anybody heard of it, and `open` has not been looked at since.
    pub has_new_void: bool,
    /// Oversold units whose event is not contained yet.
    pub open: OpenCases,
}

impl Listing {
    pub fn covered(&self) -> i64 {
        self.lots.iter().map(|lot| lot.units).sum()
    }

    pub fn add(&mut self, lot: Lot) {
        if lot.units > 0 {
            // Most come in the order of time.
            match self.lots.back() {
                Some(last) if last.at > lot.at => {
                    let place = self.lots.partition_point(|it| it.at <= lot.at);
                    self.lots.insert(place, lot);
                }
                _ => self.lots.push_back(lot),
            }
            self.lots.truncate(MOST_LOTS);
        }
    }

    /// The count shows nothing: of it it does not matter what it misses.
    pub fn clear(&mut self) {
        self.lots.clear();
        self.pending = None;
        self.unbroken.clear();
    }

    /// An event has happened that the count does not contain.
    pub fn miss(&mut self, number: u64, at: Micros, units: i64) {
        match self.pending {
            Some(_) if self.unbroken.len() >= MOST_LOTS => {}
            Some(_) => self.unbroken.push_back(number),
            None => self.add(Lot {
                at,
                source: Source::Missed(number),
                units,
            }),
        }
    }

    /// The lots of a write take the place of all others.
    pub fn replace(&mut self, lots: Vec<Lot>) {
        let mut lots = lots;
        lots.retain(|lot| lot.units > 0);
        // Of the same time they stay as they came.
        lots.sort_by_key(|lot| lot.at);
        lots.truncate(MOST_LOTS);
        self.lots = lots.into();
    }

    /// Takes up to so many units of the oldest lot.
    pub fn take(&mut self, units: i64) -> Option<Lot> {
        let lot = self.lots.front_mut()?;
        let taken = Lot {
            units: units.min(lot.units),
            ..*lot
        };
        lot.units -= taken.units;
        if lot.units == 0 {
            self.lots.pop_front();
        }
        self.use_up(taken);
        Some(taken)
    }

    /// Units of a lot have let oversold units through.
    pub fn use_up(&mut self, taken: Lot) {
        if let Some(event) = taken.source.event() {
            let used = self.used.entry(event).or_insert((0, taken.source));
            used.0 += taken.units;
        }
    }

    /// The units that the platform put back for an order are there after all, or some of them: takes back what the lots
    /// account for beyond the count's excess.
    pub fn came_back(&mut self, order: OrderRef, sellable: i64) {
        let is_it =
            |lot: &Lot| matches!(lot.source, Source::Restock { order: of, .. } if of == order);
        if !self.lots.iter().any(is_it) {
            return;
        }
        let mut surplus = self.covered() - (self.displayed - sellable.max(0)).max(0);
        for lot in self.lots.iter_mut().rev() {
            if is_it(lot) && surplus > 0 {
                let units = lot.units.min(surplus);
                (lot.units, surplus) = (lot.units - units, surplus - units);
            }
        }
        self.lots.retain(|lot| lot.units > 0);
    }

    /// As many units as were oversold may be again: newest first.
    pub fn release(&mut self, mut units: i64) {
        while units > 0
            && let Some(mut entry) = self.used.last_entry()
        {
            if self.pending.is_some() {
                self.touched.push(*entry.key());
            }
            let freed = entry.get().0.min(units);
            entry.get_mut().0 -= freed;
            units -= freed;
            if entry.get().0 == 0 {
                let (event, _) = entry.remove_entry();
                self.open.let_go(event);
            }
        }
    }

    /// What the count missed of an event of this time, if it did.
    pub fn missed_as(&self, event: u64, at: Micros) -> Option<Source> {
        // A lot of an event has its time.
        let from = self.lots.partition_point(|lot| lot.at < at);
        let mut same_time = self.lots.range(from..).take_while(|lot| lot.at == at);
        let lot = same_time.find(|it| it.source.event() == Some(event));
        let used = || self.used.get(&event).map(|(_, source)| *source);
        lot.map(|lot| lot.source).or_else(used)
    }

    /// The same for many events one after the other, whose lots are where `beside` is, or next to it.
    pub fn missed_beside(&self, beside: &mut usize, event: u64, at: Micros) -> Option<Source> {
        for place in [*beside + 1, *beside, beside.saturating_sub(1)] {
            let lot = self.lots.get(place);
            if let Some(lot) = lot.filter(|it| it.at == at && it.source.event() == Some(event)) {
                *beside = place;
                return Some(lot.source);
            }
        }
        *beside = self.lots.partition_point(|lot| lot.at < at);
        self.missed_as(event, at)
    }

    /// Whether what a write contains can be told later as well: nobody has set the count but engines.
    pub fn can_be_put_off(&self) -> bool {
        let is_edit = |lot: &Lot| matches!(lot.source, Source::Edit { .. });
        !self.lots.iter().any(is_edit)
    }

    /// The event before which nothing matters to this listing.
    pub fn needs_from(&self) -> u64 {
        // Lots of events are in the order of these, but for those of one time.
        let lots = self.lots.iter();
        let mut events = lots.filter_map(|lot| Some((lot.at, lot.source.event()?)));
        let of_lots = events.next().map(|(at, event)| {
            let same_time = events.take_while(|it| it.0 == at);
            same_time.map(|it| it.1).fold(event, u64::min)
        });
        let used = self.used.keys().next().copied();
        let pending = self.pending.as_ref().map(Pending::needs_from);
        let unbroken = self.unbroken.front().copied();
        let needed = of_lots.into_iter().chain(used).chain(pending);
        needed.chain(unbroken).min().unwrap_or(u64::MAX)
    }
}
