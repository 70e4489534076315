//! Locations that come, go and hand over what they have (docs/platforms/shopify.md 4.6).

use super::Store;
use crate::core::{Cause, LocationSeed, Micros};
use crate::shopify::model::locations::Location;

impl Store {
    /// Adds a location, which stocks nothing yet, and returns its position.
    pub(crate) fn add_location(&mut self, name: String, country: String, record: Location) -> u16 {
        let seed = LocationSeed {
            code: name,
            country,
        };
        self.state.shop.locations.push(seed);
        self.state.locations.push(record);
        self.state.stock.add_location();
        self.state.locations.len() as u16 - 1
    }

    /// Hands over all that one location stocks, and the fulfillment orders that it still has to ship, to another. What
    /// can be bought in all stays the same, unless the other one has kept units of an item that it did not stock.
    pub(crate) fn relocate(&mut self, now: Micros, sent_at: Micros, from: u16, to: u16) {
        let event = self.new_event();
        let cause = Cause::Write {
            sent_at,
            received_at: now,
        };
        for listing in 0..self.state.shop.listings.len() as u32 {
            if !self.state.stock.level(listing, from).is_active {
                continue;
            }
            self.start_to_stock(now, event, (listing, to), cause);
            let stock = &mut self.state.stock;
            let given = stock.level_mut(listing, from);
            let committed = std::mem::take(&mut given.committed);
            let others = std::mem::take(&mut given.others);
            let available = given.available;
            let taken = stock.level_mut(listing, to);
            taken.committed += committed;
            for (here, more) in taken.others.iter_mut().zip(others) {
                *here += more;
            }
            if available != 0 {
                stock.change_available(now, listing, from, -available);
                stock.change_available(now, listing, to, available);
                self.raise_stock(now, event, (listing, from));
                self.raise_stock(now, event, (listing, to));
            }
            self.state.stock.deactivate(listing, from);
        }
        for position in 0..self.state.fulfillment_orders.len() as u32 {
            let record = &self.state.fulfillment_orders[position as usize];
            if record.location == from && self.state.remaining(record) > 0 {
                self.state.fulfillment_orders[position as usize].location = to;
                self.fulfillment_order_changed(now, position);
            }
        }
    }
}
