//! What is on sale changes: the ledger and the subscribers hear of it (docs/platforms/shopify.md 4.1 and 5.5).

use super::Store;
use super::notices::Subject;
use crate::core::{Cause, Fact, ListingIndex, Micros};
use crate::shopify::model::subscriptions::Topic;

/// Why a location must go on to stock an item: code and message.
pub(crate) const ONLY_LOCATION: (&str, &str) = (
    "CANNOT_DEACTIVATE_FROM_ONLY_LOCATION",
    "Cannot unstock an inventory item from the only location at which it is stocked.",
);

impl Store {
    /// Moves `available` of one level, tells the ledger and raises the stock webhook if it moved.
    pub(crate) fn move_available(
        &mut self,
        now: Micros,
        event: u64,
        (listing, location): (u32, u16),
        delta: i64,
        cause: Cause,
    ) {
        let from = self.state.stock.displayed[listing as usize];
        if delta != 0 {
            self.state
                .stock
                .change_available(now, listing, location, delta);
        }
        let to = self.state.stock.displayed[listing as usize];
        self.fact(Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause,
        });
        if delta != 0 {
            self.raise(
                now,
                event,
                Topic::InventoryLevelsUpdate,
                Subject::Level(listing, location),
            );
        }
    }

    /// Makes a location no longer stock an item; what was available there is no longer on sale.
    ///
    /// # Errors
    /// The platform's code and message when units there are spoken for, or no other location stocks the item.
    pub(crate) fn unstock(
        &mut self,
        now: Micros,
        sent_at: Micros,
        (listing, location): (u32, u16),
    ) -> Result<(), (&'static str, &'static str)> {
        let locations = self.state.shop.locations.len() as u16;
        let level = self.state.stock.level(listing, location);
        if !level.is_active {
            return Ok(());
        }
        let elsewhere = (0..locations)
            .any(|at| at != location && self.state.stock.level(listing, at).is_active);
        if !elsewhere {
            return Err(ONLY_LOCATION);
        }
        if let Some(obstacle) = level.unstock_obstacle() {
            return Err(obstacle);
        }
        let available = level.available;
        if available != 0 {
            let event = self.new_event();
            let cause = Cause::Write {
                sent_at,
                received_at: now,
            };
            self.move_available(now, event, (listing, location), -available, cause);
        }
        self.state.stock.deactivate(listing, location);
        Ok(())
    }
}
