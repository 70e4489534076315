//! What a write says of one event by itself, whichever is asked for: whether it still misses it.

use std::cmp::Ordering;

use super::{ALL, Pending};
use crate::measure::causes::events::{Brief, Events};
use crate::measure::causes::listing::MOST_LOTS;
use crate::world::ChannelIndex;

/// Where what a write contains of events that the engine had not heard of begins and ends: the same as [`Front`](super::Front) counts down, for
/// events in any order.
#[derive(Copy, Clone, Debug)]
pub(super) struct Edges {
    /// The first own sale that it contains, with units that it does not contain.
    own: (u64, i64),
    /// The last event elsewhere that it contains, with units that it does; those before are contained as a whole.
    other: (u64, i64),
}

impl Edges {
    /// Units missed of an event that the engine had not heard of.
    fn missed(&self, channel: ChannelIndex, number: u64, event: &Brief) -> i64 {
        let is_own = event.channel == Some(channel);
        let (edge, units) = if is_own { self.own } else { self.other };
        match (number.cmp(&edge), is_own) {
            (Ordering::Less, true) | (Ordering::Greater, false) => event.units,
            (Ordering::Equal, true) => units,
            (Ordering::Equal, false) => event.units - units,
            (Ordering::Greater, true) | (Ordering::Less, false) => 0,
        }
    }
}

impl Pending {
    /// Whether it misses units of an event that had happened when it became live; nothing where all of its lots say so alone.
    pub(in crate::measure::causes) fn still_misses(
        &mut self,
        events: &Events,
        channel: ChannelIndex,
        number: u64,
    ) -> Option<bool> {
        let event = events.brief(number).filter(|_| number < self.end)?;
        if !self.misses(number, event) {
            return Some(false);
        }
        if number < self.front.number || !self.is_among_first(events, number) {
            return None;
        }
        let units = if event.known_at <= self.sent_at && number == self.cut {
            self.cut_units
        } else if event.known_at <= self.sent_at || !self.contains_unknown() {
            event.units
        } else {
            self.edges(events, channel).missed(channel, number, event)
        };
        let taken = self.taken.binary_search_by_key(&number, |it| it.event);
        let taken = taken.map_or(0, |place| self.taken[place].units);
        Some(units > taken)
    }

    /// Whether the lot of an event is not one of those that are too many, wherever it lies among those of its time.
    fn is_among_first(&self, events: &Events, number: u64) -> bool {
        let at = events.get(number).map(|it| it.at);
        let same_time = (number..self.end).take_while(|it| events.get(*it).map(|it| it.at) == at);
        let before = usize::try_from(number - self.front.number).unwrap_or(usize::MAX);
        before < MOST_LOTS && before + same_time.take(MOST_LOTS).count() <= MOST_LOTS
    }

    fn edges(&mut self, events: &Events, channel: ChannelIndex) -> Edges {
        if let Some(edges) = self.edges {
            return edges;
        }
        let (mut own_left, mut other_left) = (self.front.own_left, self.front.other_left);
        let mut edges = Edges {
            own: (self.end, 0),
            other: (self.front.number, 0),
        };
        let mut is_own_found = own_left == ALL;
        for (number, event) in events.briefs(self.front.number..self.end) {
            if is_own_found && other_left == 0 {
                break;
            }
            let is_unknown = event.counts && event.known_at > self.sent_at && event.units > 0;
            if !is_unknown {
                continue;
            }
            if event.channel == Some(channel) {
                if !is_own_found && own_left < event.units {
                    (edges.own, is_own_found) = ((number, own_left), true);
                }
                own_left = own_left.saturating_sub(event.units);
            } else if other_left > 0 {
                let contained = event.units.min(other_left);
                other_left -= contained;
                edges.other = (number, contained);
            }
        }
        *self.edges.insert(edges)
    }
}
