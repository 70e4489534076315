//! What is on sale changes: the ledger and the subscribers hear of it (docs/platforms/shopify.md 4.1 and 5.5).

use super::Store;
use crate::core::{Cause, Fact, ListingIndex, Micros};

/// Why a location must go on to stock an item (docs/platforms/shopify.md 4.4).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnstockObstacle {
    /// No other location stocks it.
    OnlyLocation,
    /// Units there are committed, on their way or set aside.
    SpokenFor {
        /// The platform's code.
        code: &'static str,
        /// The platform's words.
        message: &'static str,
    },
}

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
        let from = self.state.on_sale(listing);
        if delta != 0 {
            self.state
                .stock
                .change_available(now, listing, location, delta);
        }
        let to = self.state.on_sale(listing);
        self.fact(Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause,
        });
        if delta != 0 {
            self.raise_stock(now, event, (listing, location));
        }
    }

    /// Makes a location stock an item. What its level has kept since it was deactivated is on sale again.
    pub(crate) fn start_to_stock(
        &mut self,
        now: Micros,
        event: u64,
        (listing, location): (u32, u16),
        cause: Cause,
    ) {
        // What comes back of a deleted product is stocked nowhere.
        if !self.state.is_listed(listing) {
            return;
        }
        let from = self.state.on_sale(listing);
        if self
            .state
            .stock
            .activate(listing, location)
            .is_some_and(|kept| kept != 0)
        {
            self.tell_of_display(now, event, (listing, location), from, cause);
        }
    }

    /// Tells the ledger and the subscribers that an activation or deactivation moved what is on sale.
    fn tell_of_display(
        &mut self,
        now: Micros,
        event: u64,
        (listing, location): (u32, u16),
        from: i64,
        cause: Cause,
    ) {
        let to = self.state.on_sale(listing);
        self.fact(Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause,
        });
        self.raise_stock(now, event, (listing, location));
    }

    /// Makes a location no longer stock an item. Its level keeps its stock, which is no longer on sale.
    ///
    /// # Errors
    /// Why the platform refuses: units there are spoken for, or no other location stocks the item.
    pub(crate) fn unstock(
        &mut self,
        now: Micros,
        sent_at: Micros,
        (listing, location): (u32, u16),
    ) -> Result<(), UnstockObstacle> {
        let locations = self.state.shop.locations.len() as u16;
        let level = self.state.stock.level(listing, location);
        if !level.is_active {
            return Ok(());
        }
        let elsewhere = (0..locations)
            .any(|at| at != location && self.state.stock.level(listing, at).is_active);
        if !elsewhere {
            return Err(UnstockObstacle::OnlyLocation);
        }
        if let Some((code, message)) = level.unstock_obstacle() {
            return Err(UnstockObstacle::SpokenFor { code, message });
        }
        let has_stock = level.available != 0;
        let from = self.state.on_sale(listing);
        self.state.stock.deactivate(listing, location);
        if has_stock {
            let event = self.new_event();
            let cause = Cause::Write {
                sent_at,
                received_at: now,
            };
            self.tell_of_display(now, event, (listing, location), from, cause);
        }
        Ok(())
    }
}
