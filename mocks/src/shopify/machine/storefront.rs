//! Buyers and the merchant's staff: the storefront and the admin (docs/platforms/shopify.md 4.5 and 5.5).

use super::Shopify;
use crate::core::{
    ActOutcome, Basket, Cause, CheckoutOutcome, Fact, FaultCounts, LimitUse, ListingIndex, Micros,
    OrderRef, Party, Removal, StockOwner, Storefront, WriteRoom,
};
use crate::shopify::model::ids;
use crate::shopify::model::orders::CancelReason;

impl Shopify {
    fn cancel_in_admin(
        &mut self,
        now: Micros,
        order: OrderRef,
        by: Party,
        reason: CancelReason,
        restock: bool,
    ) -> ActOutcome {
        self.advance(now);
        if order.0 as usize >= self.store.state.orders.len() {
            return ActOutcome::Refused("there is no such order");
        }
        match self.store.state.cancel_obstacle(order.0) {
            Some(obstacle) => ActOutcome::Refused(obstacle),
            None => {
                self.store.cancel(now, order.0, by, reason, restock, true);
                self.hand_over();
                ActOutcome::Done
            }
        }
    }
}

impl Storefront for Shopify {
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.advance(now);
        for line in &basket.lines {
            let displayed = self.displayed(line.listing);
            let is_sold_on = self.store.state.is_sold_on(line.listing.0);
            if displayed < i64::from(line.units) && !is_sold_on {
                return CheckoutOutcome::Refused {
                    listing: line.listing,
                    displayed,
                };
            }
        }
        let order = self.store.place(now, basket);
        self.hand_over();
        CheckoutOutcome::Accepted {
            order,
            stock: StockOwner::Merchant,
        }
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

    fn remove_units(&mut self, now: Micros, order: OrderRef, removal: Removal) -> ActOutcome {
        self.advance(now);
        let outcome = self.store.remove_units(now, order, removal);
        self.hand_over();
        outcome
    }

    fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome {
        self.advance(now);
        let Some(record) = self.store.state.orders.get(order.0 as usize) else {
            return ActOutcome::Refused("there is no such order");
        };
        let Some(position) = record.lines.range().nth(line) else {
            return ActOutcome::Refused("the order has no such line");
        };
        let shipped = &self.store.state.lines[position];
        if units == 0 || units > shipped.fulfilled - shipped.returned {
            return ActOutcome::Refused("not so many units of the line are with the buyer");
        }
        self.store
            .take_back(now, order.0, position as u32, units, restock);
        self.hand_over();
        ActOutcome::Done
    }

    /// The staff set the count of the first active location, so that the shop displays `units`.
    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        self.advance(now);
        let state = &self.store.state;
        let is_listed =
            (listing.0 as usize) < state.stock.displayed.len() && state.is_listed(listing.0);
        let first = self.store.state.first_active_location();
        let Some(location) = first.filter(|_| is_listed) else {
            return ActOutcome::Refused("there is no such listing, or no location");
        };
        let event = self.store.new_event();
        let level = (listing.0, location);
        self.store.start_to_stock(now, event, level, Cause::Edit);
        let delta = units - self.store.state.stock.displayed[listing.0 as usize];
        self.store
            .move_available(now, event, level, delta, Cause::Edit);
        self.hand_over();
        ActOutcome::Done
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        if (listing.0 as usize) < self.store.state.stock.displayed.len()
            && !self.store.state.shop.locations.is_empty()
        {
            let delta = units - self.store.state.stock.displayed[listing.0 as usize];
            self.store
                .state
                .stock
                .change_available(Micros::ZERO, listing.0, 0, delta);
        }
    }

    /// The merchant installs the app anew; the custom app's token is good again, tokens issued before are not.
    fn grant_anew(&mut self, _now: Micros) {
        self.api.auth.grant_anew();
    }

    /// The merchant uninstalls the app.
    fn revoke_access(&mut self, _now: Micros) {
        self.api.auth.revoke();
    }

    fn end_tokens(&mut self, now: Micros) {
        self.api.end_tokens(now);
    }

    fn drop_subscriptions(&mut self, now: Micros) -> u32 {
        self.advance(now);
        let mut dropped = 0;
        let mut topics = Vec::new();
        for subscription in &mut self.store.state.subscriptions {
            if std::mem::replace(&mut subscription.is_alive, false) {
                dropped += 1;
                topics.extend(subscription.topic);
            }
        }
        for topic in topics {
            self.store.fact(Fact::SubscriptionRemoved {
                topic: topic.header(),
            });
        }
        dropped
    }

    fn subscriptions(&self) -> u32 {
        let all = self.store.state.subscriptions.iter();
        all.filter(|subscription| subscription.is_alive).count() as u32
    }

    fn lay_over(&mut self, now: Micros, overrides: &toml::Table) -> Result<(), String> {
        let profile = self.store.state.opened_with().laid_over(overrides)?;
        self.advance(now);
        self.api.put_in_force(now, &mut self.store.state, profile);
        Ok(())
    }

    fn fault_counts(&self) -> FaultCounts {
        let mut counts = self.store.state.faults.plus(&self.signals.faults);
        counts.lagged_read = self.store.state.stock.past.lagged_reads;
        counts.early_token_expiry = self.api.auth.early_expiry;
        counts
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        let state = &self.store.state;
        match (listing.0 as usize) < state.stock.displayed.len() {
            true => state.on_sale(listing.0),
            false => 0,
        }
    }

    fn native_order_id(&self, order: OrderRef) -> String {
        ids::ORDER.number(u64::from(order.0)).to_string()
    }

    fn order_ref(&self, native_id: &str) -> Option<OrderRef> {
        let number = native_id.parse().ok()?;
        ids::ORDER
            .position(number, self.store.state.orders.len())
            .map(OrderRef)
    }

    fn add_limits(&self, list: &mut Vec<LimitUse>) {
        list.extend(self.api.limits());
    }

    fn not_simulated(&self) -> Vec<(String, u64)> {
        self.api.not_simulated()
    }

    fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        self.api.write_room(now, operation)
    }
}
