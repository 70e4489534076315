//! Counts by item and location, and the one function that changes them.
//!
//! Every change is a [`Movement`]; [`Inventory::apply`] asserts after each that counts are never negative and that
//! nothing is reserved which is not there. A recount or breakage may uncover that fewer units exist than are reserved;
//! then `available` is negative until shipping finds the missing lines.

use super::changes::ChangeKind;
use super::seed::{ItemIndex, WarehouseSeed};
use crate::core::LocationIndex;

/// The most units of one item that a location holds.
pub(crate) const MOST_UNITS: i32 = i32::MAX;

/// A change of counts. Units are never negative, except in a recount, where the sign tells gain from loss.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Movement {
    Received,
    Damaged,
    Recounted,
    Returned,
    Allocated,
    /// Reserved units were given back by a cancellation.
    Cancelled,
    /// Reserved units turned out not to exist.
    Missing,
    /// Reserved units left the building.
    Shipped,
    /// A third party shipped units that were never reserved here.
    ShippedByThirdParty,
}

impl Movement {
    /// How the change feed names it.
    pub fn change_kind(self) -> ChangeKind {
        match self {
            Movement::Received => ChangeKind::Received,
            Movement::Damaged => ChangeKind::Damaged,
            Movement::Recounted => ChangeKind::Recounted,
            Movement::Returned => ChangeKind::Returned,
            Movement::Allocated => ChangeKind::Allocated,
            Movement::Cancelled | Movement::Missing => ChangeKind::Deallocated,
            Movement::Shipped | Movement::ShippedByThirdParty => ChangeKind::Shipped,
        }
    }

    /// Effects of one unit on the units on hand and on the reserved units.
    fn effect(self) -> (i32, i32) {
        match self {
            Movement::Received | Movement::Recounted | Movement::Returned => (1, 0),
            Movement::Damaged | Movement::ShippedByThirdParty => (-1, 0),
            Movement::Allocated => (0, 1),
            Movement::Cancelled | Movement::Missing => (0, -1),
            Movement::Shipped => (-1, -1),
        }
    }

    /// The signed units of the change feed: the effect on units on hand, or, where those stay, on available units.
    pub fn signed(self, units: i32) -> i32 {
        let (on_hand, allocated) = self.effect();
        units * if on_hand == 0 { -allocated } else { on_hand }
    }
}

/// The counts of one item at one location.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Units on the shelf.
    pub on_hand: i32,
    /// Units of them reserved for orders.
    pub allocated: i32,
    /// Position in the change feed of the last change contained here; 0 before the first.
    pub version: u32,
}

impl Cell {
    /// Units that can still be promised. Negative when reserved units turned out not to exist.
    pub fn available(&self) -> i32 {
        self.on_hand - self.allocated
    }
}

/// Sums over all items and locations, in units.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// On hand when the run opened.
    pub opening: i64,
    /// Booked in from suppliers.
    pub received: i64,
    /// Put back on the shelf after returns.
    pub returned: i64,
    /// Found in recounts.
    pub recount_gains: i64,
    /// Missed in recounts.
    pub recount_losses: i64,
    /// Broken or lost.
    pub damaged: i64,
    /// Shipped, by third parties too.
    pub shipped: i64,
    /// On hand now.
    pub on_hand: i64,
    /// Reserved now.
    pub allocated: i64,
}

/// Conservation is broken: the warehouse has gained or lost units out of nothing.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "units are not conserved: {came} came (opening, received, returned, recount gains) but {accounted} are accounted for \
     (on hand, shipped, damaged, recount losses): {totals:?}"
)]
pub struct Unbalanced {
    /// Opening + received + returned + recount gains.
    pub came: i64,
    /// On hand + shipped + damaged + recount losses.
    pub accounted: i64,
    /// The numbers behind both.
    pub totals: Totals,
}

/// All counts.
#[derive(Debug)]
pub(crate) struct Inventory {
    /// Row by row: `[item][location]`.
    cells: Vec<Cell>,
    locations: usize,
    /// Flows only; `on_hand` and `allocated` stay 0 here and are summed from the cells when asked for.
    flows: Totals,
}

impl Inventory {
    pub fn open(seed: &WarehouseSeed) -> Inventory {
        let locations = seed.locations.len();
        let mut cells = vec![Cell::default(); seed.skus.len() * locations];
        let mut flows = Totals::default();
        for (row, counts) in cells.chunks_mut(locations.max(1)).zip(&seed.stock) {
            for (cell, &count) in row.iter_mut().zip(counts) {
                cell.on_hand = i32::try_from(count).unwrap_or(MOST_UNITS);
                flows.opening += i64::from(cell.on_hand);
            }
        }
        Inventory {
            cells,
            locations,
            flows,
        }
    }

    /// The counts of an item at a location; both must exist.
    pub fn cell(&self, item: ItemIndex, location: LocationIndex) -> &Cell {
        &self.row(item)[usize::from(location.0)]
    }

    /// The counts of an item at each location; the item must exist.
    pub fn row(&self, item: ItemIndex) -> &[Cell] {
        let start = item.0 as usize * self.locations;
        &self.cells[start..start + self.locations]
    }

    /// Books a movement and notes `version` as its position in the change feed. The caller has checked that the units
    /// are there (and that they fit): an impossible movement is a defect, and stops the run.
    pub fn apply(
        &mut self,
        movement: Movement,
        item: ItemIndex,
        location: LocationIndex,
        units: i32,
        version: u32,
    ) -> Cell {
        assert!(units >= 0 || movement == Movement::Recounted);
        let (on_hand, allocated) = movement.effect();
        let at = item.0 as usize * self.locations + usize::from(location.0);
        let cell = &mut self.cells[at];
        cell.on_hand += on_hand * units;
        cell.allocated += allocated * units;
        assert!(cell.on_hand >= 0, "units on hand fell below 0: {cell:?}");
        assert!(cell.allocated >= 0, "reserved units fell below 0: {cell:?}");
        assert!(
            movement != Movement::Allocated || cell.allocated <= cell.on_hand,
            "units were reserved that are not there: {cell:?}"
        );
        debug_assert!(version > cell.version, "the feed goes forward");
        cell.version = version;
        let units = i64::from(units);
        match movement {
            Movement::Received => self.flows.received += units,
            Movement::Damaged => self.flows.damaged += units,
            Movement::Recounted if units >= 0 => self.flows.recount_gains += units,
            Movement::Recounted => self.flows.recount_losses -= units,
            Movement::Returned => self.flows.returned += units,
            Movement::Shipped | Movement::ShippedByThirdParty => self.flows.shipped += units,
            Movement::Allocated | Movement::Cancelled | Movement::Missing => {}
        }
        *cell
    }

    /// Sums over all items and locations.
    pub fn totals(&self) -> Totals {
        let mut totals = self.flows;
        for cell in &self.cells {
            totals.on_hand += i64::from(cell.on_hand);
            totals.allocated += i64::from(cell.allocated);
        }
        totals
    }

    /// Checks that every unit that came is accounted for.
    pub fn conservation(&self) -> Result<Totals, Unbalanced> {
        let totals = self.totals();
        let came = totals.opening + totals.received + totals.returned + totals.recount_gains;
        let accounted = totals.on_hand + totals.shipped + totals.damaged + totals.recount_losses;
        if came == accounted {
            Ok(totals)
        } else {
            Err(Unbalanced {
                came,
                accounted,
                totals,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::tests as support;

    const EAST: LocationIndex = LocationIndex(0);
    const ITEM: ItemIndex = ItemIndex(0);

    #[test]
    fn a_vanished_unit_is_noticed() {
        let mut inventory = Inventory::open(&support::seed());
        let opened = inventory.conservation().unwrap();
        assert_eq!(opened.opening, opened.on_hand);
        inventory.apply(Movement::Received, ITEM, EAST, 5, 1);
        inventory.apply(Movement::Recounted, ITEM, EAST, -2, 2);
        let totals = inventory.conservation().unwrap();
        assert_eq!((totals.received, totals.recount_losses), (5, 2));
        inventory.cells[0].on_hand -= 1;
        let error = inventory.conservation().unwrap_err();
        assert_eq!(error.came - error.accounted, 1);
        assert!(error.to_string().contains("not conserved"));
    }

    #[test]
    #[should_panic(expected = "units were reserved that are not there")]
    fn what_is_not_there_cannot_be_reserved() {
        let mut inventory = Inventory::open(&support::seed());
        let units = inventory.cell(ITEM, EAST).available() + 1;
        inventory.apply(Movement::Allocated, ITEM, EAST, units, 1);
    }

    #[test]
    fn signs_follow_the_count_that_moves() {
        assert_eq!(Movement::Received.signed(3), 3);
        assert_eq!(Movement::Damaged.signed(3), -3);
        assert_eq!(Movement::Recounted.signed(-3), -3);
        assert_eq!(Movement::Allocated.signed(3), -3);
        assert_eq!(Movement::Cancelled.signed(3), 3);
        assert_eq!(Movement::Shipped.signed(3), -3);
    }
}
