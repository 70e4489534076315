//! The order book: what was asked for and what became of it, in dense records.

use std::hash::Hasher;

use indexmap::IndexMap;
use indexmap::map::raw_entry_v1::{RawEntryApiV1, RawEntryMut};
use rustc_hash::{FxBuildHasher, FxHasher};

use super::changes::LineIndex;
use super::ids::AllocationIndex;
use super::seed::ItemIndex;
use crate::core::LocationIndex;

/// Most characters of an order's or line's id: JSON Schema's `maxLength` counts characters (2020-12 Validation, 6.3.1).
pub(crate) const LONGEST_ID: usize = 255;

/// A line that was not reserved has this location.
const NOWHERE: u16 = u16::MAX;

/// Where an allocation stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not picked before its release.
    Held,
    /// To be picked, or with nothing to pick.
    Open,
    /// Given back, by a cancellation or because nothing of it was on the shelf.
    Cancelled,
    /// At least one line has left.
    Shipped,
}

/// What the first answer said of an allocation.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Every line is reserved.
    Allocated,
    /// At least one line is not.
    Short,
    /// A line names an unknown SKU or location; nothing is reserved.
    Invalid,
}

#[derive(Debug)]
struct Allocation {
    order_id: Text,
    first_line: u32,
    channel: u16,
    state: State,
    answer: Answer,
}

#[derive(Debug)]
struct Line {
    allocation: u32,
    item: ItemIndex,
    units: u32,
    line_id: Text,
    location: u16,
}

/// A piece of the book's text.
#[derive(Copy, Clone, Debug)]
struct Text {
    start: u32,
    length: u16,
}

/// One line, or the part of a line that one location serves, as the book keeps it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct BookedLine<'book> {
    pub index: LineIndex,
    pub line_id: &'book str,
    pub item: ItemIndex,
    pub units: u32,
    /// Where it was reserved; `None` when it was not.
    pub location: Option<LocationIndex>,
}

/// All orders and their lines.
#[derive(Debug, Default)]
pub(crate) struct OrderBook {
    allocations: Vec<Allocation>,
    /// Lines of all allocations, one allocation after the other.
    lines: Vec<Line>,
    /// Ids of orders and lines, one after the other.
    texts: String,
    /// Allocations by channel and order id. The hash is computed from the book's text, so that no id is stored twice.
    by_order: IndexMap<u32, (), FxBuildHasher>,
}

fn hash(channel: u16, order_id: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u16(channel);
    hasher.write(order_id.as_bytes());
    hasher.finish()
}

impl OrderBook {
    /// The allocation of an order, and whether it is new. A new one is open, answered "allocated", and has no lines;
    /// add them before the next order comes.
    pub fn enter(&mut self, channel: u16, order_id: &str) -> (AllocationIndex, bool) {
        let hash = hash(channel, order_id);
        let (allocations, texts) = (&self.allocations, &self.texts);
        let entry = self
            .by_order
            .raw_entry_mut_v1()
            .from_hash(hash, |&candidate| {
                let allocation = &allocations[candidate as usize];
                allocation.channel == channel && slice(texts, allocation.order_id) == order_id
            });
        match entry {
            RawEntryMut::Occupied(entry) => (AllocationIndex(*entry.key()), false),
            RawEntryMut::Vacant(entry) => {
                let number = self.allocations.len() as u32;
                entry.insert_hashed_nocheck(hash, number, ());
                let order_id = self.keep(order_id);
                self.allocations.push(Allocation {
                    order_id,
                    first_line: self.lines.len() as u32,
                    channel,
                    state: State::Open,
                    answer: Answer::Allocated,
                });
                (AllocationIndex(number), true)
            }
        }
    }

    /// Adds a line to the newest allocation. `location` is where its units are reserved, if they are.
    pub fn add_line(
        &mut self,
        line_id: &str,
        item: ItemIndex,
        units: u32,
        location: Option<LocationIndex>,
    ) -> LineIndex {
        debug_assert!(!self.allocations.is_empty());
        let line_id = self.keep(line_id);
        let index = LineIndex(self.lines.len() as u32);
        self.lines.push(Line {
            allocation: self.allocations.len() as u32 - 1,
            item,
            units,
            line_id,
            location: location.map_or(NOWHERE, |location| location.0),
        });
        index
    }

    /// Lowers the units of a line to these.
    pub fn lower_line(&mut self, index: u32, units: u32) {
        let line = &mut self.lines[index as usize];
        debug_assert!(units <= line.units);
        line.units = units;
    }

    /// Whether the allocation exists.
    pub fn contains(&self, allocation: AllocationIndex) -> bool {
        (allocation.0 as usize) < self.allocations.len()
    }

    pub fn state(&self, allocation: AllocationIndex) -> State {
        self.allocations[allocation.0 as usize].state
    }

    pub fn set_state(&mut self, allocation: AllocationIndex, state: State) {
        self.allocations[allocation.0 as usize].state = state;
    }

    pub fn answer(&self, allocation: AllocationIndex) -> Answer {
        self.allocations[allocation.0 as usize].answer
    }

    pub fn set_answer(&mut self, allocation: AllocationIndex, answer: Answer) {
        self.allocations[allocation.0 as usize].answer = answer;
    }

    pub fn channel(&self, allocation: AllocationIndex) -> u16 {
        self.allocations[allocation.0 as usize].channel
    }

    pub fn order_id(&self, allocation: AllocationIndex) -> &str {
        slice(
            &self.texts,
            self.allocations[allocation.0 as usize].order_id,
        )
    }

    /// The allocation of a line, and the line's id.
    pub fn line_owner(&self, line: LineIndex) -> (AllocationIndex, &str) {
        let line = &self.lines[line.0 as usize];
        (
            AllocationIndex(line.allocation),
            slice(&self.texts, line.line_id),
        )
    }

    /// The range of an allocation's lines.
    pub fn line_range(&self, allocation: AllocationIndex) -> std::ops::Range<u32> {
        let at = allocation.0 as usize;
        let end = self
            .allocations
            .get(at + 1)
            .map_or(self.lines.len() as u32, |next| next.first_line);
        self.allocations[at].first_line..end
    }

    /// A line by its position.
    pub fn line(&self, index: u32) -> BookedLine<'_> {
        let line = &self.lines[index as usize];
        BookedLine {
            index: LineIndex(index),
            line_id: slice(&self.texts, line.line_id),
            item: line.item,
            units: line.units,
            location: (line.location != NOWHERE).then_some(LocationIndex(line.location)),
        }
    }

    /// How many allocations there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.allocations.len()
    }

    fn keep(&mut self, text: &str) -> Text {
        let start = u32::try_from(self.texts.len()).expect("ids of one run fill less than 4 GiB");
        let length = u16::try_from(text.len()).expect("ids are checked against LONGEST_ID");
        self.texts.push_str(text);
        Text { start, length }
    }
}

fn slice(texts: &str, text: Text) -> &str {
    &texts[text.start as usize..][..usize::from(text.length)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_entered_once_per_channel() {
        let mut book = OrderBook::default();
        for round in 0..2 {
            for number in 0..2_000u32 {
                for channel in 0..2u16 {
                    let (allocation, new) = book.enter(channel, &format!("order-{number}"));
                    assert_eq!(allocation.0, number * 2 + u32::from(channel));
                    assert_eq!(new, round == 0);
                }
            }
        }
        assert_eq!(book.len(), 4_000);
        assert_eq!(book.order_id(AllocationIndex(7)), "order-3");
        assert_eq!(book.channel(AllocationIndex(7)), 1);
    }

    #[test]
    fn lines_stay_with_their_allocation() {
        let mut book = OrderBook::default();
        book.enter(0, "first");
        book.add_line("a", ItemIndex(4), 2, Some(LocationIndex(1)));
        book.add_line("b", ItemIndex(5), 3, None);
        let (second, _) = book.enter(0, "second");
        let line = book.add_line("c", ItemIndex(6), 1, None);
        assert_eq!(book.line_range(AllocationIndex(0)), 0..2);
        assert_eq!(book.line_range(second), 2..3);
        assert_eq!(book.line_owner(line), (second, "c"));
        assert_eq!(
            book.line(0),
            BookedLine {
                index: LineIndex(0),
                line_id: "a",
                item: ItemIndex(4),
                units: 2,
                location: Some(LocationIndex(1))
            }
        );
        assert_eq!(book.line(1).location, None);
    }
}
