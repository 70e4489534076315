//! What happens to units without an engine's doing, and the counts as the ledger may read them.
//!
//! Each act behaves like [`crate::core::Machine::handle`]: drain outputs and ask for the timeout afterwards. Items and
//! locations come from the seed's own lists; one that is not in them is a defect of the caller and panics.

use super::changes::LineIndex;
use super::fact::{Fact, StockReason};
use super::inventory::{MOST_UNITS, Movement, Totals, Unbalanced};
use super::machine::Warehouse;
use super::seed::ItemIndex;
use crate::core::{LocationIndex, Micros};

impl Warehouse {
    /// Books a supplier's delivery. Returns the units booked: all of them, unless the location is full (2^31 - 1 units
    /// of an item).
    pub fn receive(
        &mut self,
        now: Micros,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        self.add(now, Movement::Received, item, location, units)
    }

    /// Books units broken or lost. Returns the units booked, never more than are on hand.
    pub fn damage(
        &mut self,
        now: Micros,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        self.ship_due(now);
        let on_hand = self.inventory.cell(item, location).on_hand;
        let units = i32::try_from(units).unwrap_or(MOST_UNITS).min(on_hand);
        if units > 0 {
            self.change(now, Movement::Damaged, item, location, units);
        }
        self.answer_waiters(now);
        units as u32
    }

    /// Books a count of the shelf, reserved units included. Returns the units gained, or lost when negative. A count
    /// that finds what was expected is noted as well.
    pub fn recount(
        &mut self,
        now: Micros,
        item: ItemIndex,
        location: LocationIndex,
        counted: u32,
    ) -> i64 {
        self.ship_due(now);
        let on_hand = self.inventory.cell(item, location).on_hand;
        let delta = i32::try_from(counted).unwrap_or(MOST_UNITS) - on_hand;
        self.change(now, Movement::Recounted, item, location, delta);
        self.answer_waiters(now);
        i64::from(delta)
    }

    /// Puts a buyer's returned units back on the shelf. Returns the units booked, as [`Warehouse::receive`] does.
    pub fn return_units(
        &mut self,
        now: Micros,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        self.add(now, Movement::Returned, item, location, units)
    }

    /// Books units that a third party shipped from a location which is not sellable here (Fulfilment by Amazon), for an
    /// order that never came through the API. Returns the units booked, never more than are on hand.
    pub fn ship_by_third_party(
        &mut self,
        now: Micros,
        channel: u16,
        order_id: &str,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        self.ship_due(now);
        let cell = self.inventory.cell(item, location);
        let units = i32::try_from(units).unwrap_or(MOST_UNITS).min(cell.on_hand);
        if units > 0 {
            self.post(
                now,
                Movement::ShippedByThirdParty,
                item,
                location,
                units,
                LineIndex::NONE,
            );
            self.report(Fact::Shipped {
                channel,
                order_id: Box::from(order_id),
                item,
                location,
                units: units as u32,
            });
        }
        self.answer_waiters(now);
        units as u32
    }

    fn add(
        &mut self,
        now: Micros,
        movement: Movement,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        self.ship_due(now);
        let room = MOST_UNITS - self.inventory.cell(item, location).on_hand;
        let units = i32::try_from(units).unwrap_or(MOST_UNITS).min(room);
        if units > 0 {
            self.change(now, movement, item, location, units);
        }
        self.answer_waiters(now);
        units as u32
    }

    fn change(
        &mut self,
        now: Micros,
        movement: Movement,
        item: ItemIndex,
        location: LocationIndex,
        units: i32,
    ) {
        let on_hand = self.post(now, movement, item, location, units, LineIndex::NONE);
        let reason = match movement {
            Movement::Received => StockReason::Received,
            Movement::Damaged => StockReason::Damaged,
            Movement::Returned => StockReason::Returned,
            _ => StockReason::Recounted,
        };
        self.report(Fact::StockChanged {
            item,
            location,
            delta: i64::from(movement.signed(units)),
            on_hand: i64::from(on_hand),
            reason,
        });
    }

    /// The dense number of a SKU.
    pub fn item(&self, sku: &str) -> Option<ItemIndex> {
        self.catalogue.item(sku)
    }

    /// The dense number of a location's code.
    pub fn location(&self, code: &str) -> Option<LocationIndex> {
        self.catalogue.location(code)
    }

    /// Units on the shelf.
    pub fn on_hand(&self, item: ItemIndex, location: LocationIndex) -> i64 {
        i64::from(self.inventory.cell(item, location).on_hand)
    }

    /// Units on the shelf that are not reserved. Negative when a recount or breakage uncovered that reserved units do
    /// not exist.
    pub fn available(&self, item: ItemIndex, location: LocationIndex) -> i64 {
        i64::from(self.inventory.cell(item, location).available())
    }

    /// Units of an item on all shelves.
    pub fn on_hand_everywhere(&self, item: ItemIndex) -> i64 {
        let row = self.inventory.row(item).iter();
        row.map(|cell| i64::from(cell.on_hand)).sum()
    }

    /// Units of an item that are not reserved, over all locations.
    pub fn available_everywhere(&self, item: ItemIndex) -> i64 {
        let row = self.inventory.row(item).iter();
        row.map(|cell| i64::from(cell.available())).sum()
    }

    /// Units of an item that could still be promised to a channel's buyers: what is available at the locations that may
    /// serve it, those of third parties included. A location that lacks reserved units counts as empty.
    pub fn available_to_channel(&self, item: ItemIndex, channel: u16) -> i64 {
        let row = self.inventory.row(item).iter().enumerate();
        row.filter(|(location, _)| self.catalogue.serves(*location, channel))
            .map(|(_, cell)| i64::from(cell.available().max(0)))
            .sum()
    }

    /// Sums over all items and locations. Walks over all counts.
    pub fn totals(&self) -> Totals {
        self.inventory.totals()
    }

    /// Checks that opening + received + returned + recount gains = on hand + shipped + damaged + recount losses.
    ///
    /// # Errors
    /// Both sums and the numbers behind them, when they differ: then the warehouse itself is defective.
    pub fn conservation(&self) -> Result<Totals, Unbalanced> {
        self.inventory.conservation()
    }
}
