//! What happens to units without an engine's doing, and the counts as the ledger may read them.
//!
//! Each act behaves like [`crate::core::Machine::handle`]: drain outputs and ask for the timeout afterwards. Items and
//! locations come from the seed's own lists; one that is not in them is a defect of the caller and panics.

use crate::core::{LimitUse, LocationIndex, Micros};

use super::Warehouse;
use crate::warehouse::api::limits;
use crate::warehouse::model::inventory::{Movement, Totals, Unbalanced};
use crate::warehouse::model::seed::ItemIndex;

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
        self.act(now, |shop| {
            shop.add(now, Movement::Received, item, location, units)
        })
    }

    /// Books units broken or lost. Returns the units booked, never more than are on hand.
    pub fn damage(
        &mut self,
        now: Micros,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        self.act(now, |shop| shop.damage(now, item, location, units))
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
        self.act(now, |shop| shop.recount(now, item, location, counted))
    }

    /// Puts a buyer's returned units back on the shelf. Returns the units booked, as [`Warehouse::receive`] does.
    pub fn return_units(
        &mut self,
        now: Micros,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        self.act(now, |shop| {
            shop.add(now, Movement::Returned, item, location, units)
        })
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
        self.act(now, |shop| {
            shop.ship_by_third_party(now, channel, order_id, item, location, units)
        })
    }

    /// The dense number of a SKU.
    pub fn item(&self, sku: &str) -> Option<ItemIndex> {
        self.shop.catalogue.item(sku)
    }

    /// The dense number of a location's code.
    pub fn location(&self, code: &str) -> Option<LocationIndex> {
        self.shop.catalogue.location(code)
    }

    /// Units on the shelf.
    pub fn on_hand(&self, item: ItemIndex, location: LocationIndex) -> i64 {
        i64::from(self.shop.inventory.cell(item, location).on_hand)
    }

    /// Units on the shelf that are not reserved. Negative when a recount or breakage uncovered that reserved units do
    /// not exist.
    pub fn available(&self, item: ItemIndex, location: LocationIndex) -> i64 {
        i64::from(self.shop.inventory.cell(item, location).available())
    }

    /// Units of an item that could still be promised to a channel's buyers: what is available at the locations that may
    /// serve it, those of third parties included. A location that lacks reserved units counts as empty.
    pub fn available_to_channel(&self, item: ItemIndex, channel: u16) -> i64 {
        let row = self.shop.inventory.row(item).iter().enumerate();
        row.filter(|(location, _)| self.shop.catalogue.serves(*location, channel))
            .map(|(_, cell)| i64::from(cell.available().max(0)))
            .sum()
    }

    /// Sums over all items and locations. Walks over all counts.
    pub fn totals(&self) -> Totals {
        self.shop.inventory.totals()
    }

    /// Checks that opening + received + returned + recount gains = on hand + shipped + damaged + recount losses.
    ///
    /// # Errors
    /// Both sums and the numbers behind them, when they differ: then the warehouse itself is defective.
    pub fn conservation(&self) -> Result<Totals, Unbalanced> {
        self.shop.inventory.conservation()
    }

    /// Use of the rate limit so far.
    pub fn limits(&self) -> [LimitUse; 1] {
        [limits::usage(&self.bucket)]
    }
}
