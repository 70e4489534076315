//! The change feed: every movement of units, in order, in records of 32 bytes.

use crate::core::{LocationIndex, Micros};

use super::inventory::Movement;
use super::seed::ItemIndex;

/// What happened to units, as the API names it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ChangeKind {
    Received,
    Damaged,
    Recounted,
    Returned,
    Allocated,
    Deallocated,
    Shipped,
}

impl ChangeKind {
    const ALL: [ChangeKind; 7] = [
        ChangeKind::Received,
        ChangeKind::Damaged,
        ChangeKind::Recounted,
        ChangeKind::Returned,
        ChangeKind::Allocated,
        ChangeKind::Deallocated,
        ChangeKind::Shipped,
    ];

    /// The bits of all kinds.
    pub const EVERY: u8 = 0b111_1111;

    /// This kind's bit in a filter.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }

    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::Received => "received",
            ChangeKind::Damaged => "damaged",
            ChangeKind::Recounted => "recounted",
            ChangeKind::Returned => "returned",
            ChangeKind::Allocated => "allocated",
            ChangeKind::Deallocated => "deallocated",
            ChangeKind::Shipped => "shipped",
        }
    }

    pub fn named(name: &str) -> Option<ChangeKind> {
        ChangeKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The line of an order that a change belongs to, as a position in the order book; or none.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineIndex(pub u32);

impl LineIndex {
    /// The change belongs to no line.
    pub const NONE: LineIndex = LineIndex(u32::MAX);
}

/// One movement. Its position in the feed, counted from 1, is its `seq`.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Change {
    pub at: Micros,
    pub item: ItemIndex,
    pub line: LineIndex,
    /// Signed, see [`Movement::signed`].
    pub units: i32,
    pub on_hand: i32,
    pub available: i32,
    pub location: LocationIndex,
    pub movement: Movement,
}

/// What a reader of the change feed asks for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangesQuery {
    /// Changes after this position.
    pub after: u32,
    /// At most so many.
    pub limit: u32,
    /// How long to wait for the first.
    pub wait: Micros,
    /// Only these kinds: one bit each, see [`ChangeKind::bit`].
    pub kinds: u8,
}

/// All movements since the run opened.
#[derive(Debug, Default)]
pub(crate) struct ChangeFeed {
    changes: Vec<Change>,
    /// Kinds of the changes that waiting readers have not been told of yet.
    fresh: u8,
}

impl ChangeFeed {
    /// The position of the last change; 0 before the first.
    pub fn end(&self) -> u32 {
        self.changes.len() as u32
    }

    pub fn push(&mut self, change: Change) {
        self.fresh |= change.movement.change_kind().bit();
        self.changes.push(change);
    }

    pub fn after(&self, position: u32) -> &[Change] {
        self.changes.get(position as usize..).unwrap_or(&[])
    }

    /// Takes the kinds that have come since they were last taken.
    pub fn take_fresh(&mut self) -> u8 {
        std::mem::take(&mut self.fresh)
    }

    pub fn has(&self, query: &ChangesQuery) -> bool {
        self.after(query.after)
            .iter()
            .any(|change| change.movement.change_kind().bit() & query.kinds != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_takes_32_bytes() {
        assert_eq!(size_of::<Change>(), 32);
    }

    #[test]
    fn each_kind_has_its_own_bit_and_name() {
        let bits = ChangeKind::ALL
            .into_iter()
            .fold(0, |bits, kind| bits ^ kind.bit());
        assert_eq!(bits, ChangeKind::EVERY);
        for kind in ChangeKind::ALL {
            assert_eq!(ChangeKind::named(kind.name()), Some(kind));
        }
    }
}
