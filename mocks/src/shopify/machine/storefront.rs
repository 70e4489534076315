//! Buyers and the merchant's staff: the storefront and the admin (sheet sections 4.5 and 5.5).

use crate::shopify::model::ids;
use super::Shopify;
use crate::shopify::model::state::CancelReason;
use crate::core::{
    ActOutcome, Basket, Cause, CheckoutOutcome, LimitUse, ListingIndex, Micros, OrderRef, Party,
    Storefront,
};

impl Shopify {
    fn cancel_in_admin(
        &mut self,
        now: Micros,
        order: OrderRef,
        by: Party,
        reason: CancelReason,
        restock: bool,
    ) -> ActOutcome {
        self.arrive(now);
        if order.0 as usize >= self.state.orders.len() {
            return ActOutcome::Refused("there is no such order");
        }
        match self.cancel_obstacle(order.0) {
            Some(obstacle) => ActOutcome::Refused(obstacle),
            None => {
                self.cancel(now, order.0, by, reason, restock, true);
                ActOutcome::Done
            }
        }
    }
}

impl Storefront for Shopify {
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.arrive(now);
        for line in &basket.lines {
            let displayed = self.displayed(line.listing);
            if displayed < i64::from(line.units) {
                return CheckoutOutcome::Refused {
                    listing: line.listing,
                    displayed,
                };
            }
        }
        CheckoutOutcome::Accepted(self.place(now, basket))
    }

    /// Orders are paid at checkout.
    fn pay(&mut self, _: Micros, _: OrderRef) -> ActOutcome {
        ActOutcome::Refused("orders are paid at checkout")
    }

    /// A buyer asks, the staff cancel in the admin: units go back on sale and the money goes back.
    fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.cancel_in_admin(now, order, Party::Buyer, CancelReason::Customer, true)
    }

    /// The staff cancel because there is no stock: nothing goes back on sale.
    fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.cancel_in_admin(now, order, Party::Seller, CancelReason::Inventory, false)
    }

    fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome {
        self.arrive(now);
        let Some(record) = self.state.orders.get(order.0 as usize) else {
            return ActOutcome::Refused("there is no such order");
        };
        let Some(position) = record.lines.range().nth(line) else {
            return ActOutcome::Refused("the order has no such line");
        };
        let shipped = &self.state.lines[position];
        if units == 0 || units > shipped.fulfilled - shipped.returned {
            return ActOutcome::Refused("not so many units of the line are with the buyer");
        }
        self.take_back(now, order.0, position as u32, units, restock);
        ActOutcome::Done
    }

    /// The staff set the count of the first location, so that the shop displays `units`.
    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        self.arrive(now);
        if listing.0 as usize >= self.state.displayed.len() || self.state.shop.locations.is_empty()
        {
            return ActOutcome::Refused("there is no such listing, or no location");
        }
        let delta = units - self.state.displayed[listing.0 as usize];
        let event = self.signals.new_event();
        self.stock(listing.0, 0);
        self.move_available(now, event, (listing.0, 0), delta, Cause::Edit);
        ActOutcome::Done
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        if (listing.0 as usize) < self.state.displayed.len()
            && !self.state.shop.locations.is_empty()
        {
            let delta = units - self.state.displayed[listing.0 as usize];
            self.state
                .change_available(Micros::ZERO, listing.0, 0, delta);
        }
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        self.state
            .displayed
            .get(listing.0 as usize)
            .copied()
            .unwrap_or(0)
    }

    fn native_order_id(&self, order: OrderRef) -> String {
        ids::ORDER.number(u64::from(order.0)).to_string()
    }

    fn order_ref(&self, native_id: &str) -> Option<OrderRef> {
        let number = native_id.parse().ok()?;
        ids::ORDER
            .position(number, self.state.orders.len())
            .map(OrderRef)
    }

    fn limits(&self) -> Vec<LimitUse> {
        let mut limits = vec![self.limiter.usage()];
        // A shop that nobody asked by REST shows no such limit.
        let calls = self.call_limiter.usage();
        if calls.used > 0.0 {
            limits.push(calls);
        }
        limits
    }
}
