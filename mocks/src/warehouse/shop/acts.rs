//! Units that come, go or are counted without an order.

use crate::core::{LocationIndex, Micros};
use crate::warehouse::model::changes::LineIndex;
use crate::warehouse::model::inventory::{MOST_UNITS, Movement};
use crate::warehouse::model::seed::ItemIndex;

use super::WarehouseState;
use super::fact::{Fact, StockReason};

impl WarehouseState {
    /// Books units broken or lost. Returns the units booked, never more than are on hand.
    pub(crate) fn damage(
        &mut self,
        now: Micros,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        let on_hand = self.inventory.cell(item, location).on_hand;
        let units = i32::try_from(units).unwrap_or(MOST_UNITS).min(on_hand);
        if units > 0 {
            self.change(now, Movement::Damaged, item, location, units);
        }
        units as u32
    }

    /// Books a count of the shelf, reserved units included. Returns the units gained, or lost when negative. A count
    /// that finds what was expected is noted as well.
    pub(crate) fn recount(
        &mut self,
        now: Micros,
        item: ItemIndex,
        location: LocationIndex,
        counted: u32,
    ) -> i64 {
        let on_hand = self.inventory.cell(item, location).on_hand;
        let delta = i32::try_from(counted).unwrap_or(MOST_UNITS) - on_hand;
        self.change(now, Movement::Recounted, item, location, delta);
        i64::from(delta)
    }

    /// Books units that a third party shipped from a location which is not sellable here (Fulfilment by Amazon), for an
    /// order that never came through the API. Returns the units booked, never more than are on hand.
    pub(crate) fn ship_by_third_party(
        &mut self,
        now: Micros,
        channel: u16,
        order_id: &str,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
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
        units as u32
    }

    /// Books units that come, as many as the location has room for.
    pub(crate) fn add(
        &mut self,
        now: Micros,
        movement: Movement,
        item: ItemIndex,
        location: LocationIndex,
        units: u32,
    ) -> u32 {
        let room = MOST_UNITS - self.inventory.cell(item, location).on_hand;
        let units = i32::try_from(units).unwrap_or(MOST_UNITS).min(room);
        if units > 0 {
            self.change(now, movement, item, location, units);
        }
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
}
