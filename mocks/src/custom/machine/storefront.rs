//! Acts of buyers and staff on the machine: what was due comes before them, as before a request.

use crate::core::{
    ActOutcome, Basket, CheckoutOutcome, Fact, FaultCounts, LimitUse, ListingIndex, Micros,
    OrderRef, Output, Party, Removal, Request, Storefront, WriteRoom,
};
use crate::custom::api::SET_QUANTITY;
use crate::custom::model::ids;

use super::Custom;

impl Storefront for Custom {
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.act(now, |shop| shop.checkout(now, basket))
    }

    fn pay(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.act(now, |shop| shop.pay(now, order))
    }

    fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.act(now, |shop| shop.cancel_by(now, order, Party::Buyer))
    }

    fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.act(now, |shop| shop.cancel_by(now, order, Party::Seller))
    }

    fn remove_units(&mut self, now: Micros, order: OrderRef, removal: Removal) -> ActOutcome {
        self.act(now, |shop| shop.remove_units(now, order, removal))
    }

    fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome {
        self.act(now, |shop| {
            shop.return_units(now, order, line, units, restock)
        })
    }

    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        self.act(now, |shop| shop.edit_count(now, listing, units))
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        self.shop.open_with(listing, units);
    }

    fn grant_anew(&mut self, now: Micros) {
        self.act(now, |shop| shop.access.grant());
    }

    fn revoke_access(&mut self, now: Micros) {
        self.act(now, |shop| shop.access.revoke());
    }

    fn drop_subscriptions(&mut self, now: Micros) -> u32 {
        let dropped = self.subscriptions();
        for topic in self.act(now, |shop| shop.subscriptions.end_all()) {
            let fact = Fact::SubscriptionRemoved { topic };
            self.outputs.push_back(Output::Fact(fact));
        }
        dropped
    }

    fn subscriptions(&self) -> u32 {
        self.shop.subscriptions.all().len() as u32
    }

    fn lay_over(&mut self, now: Micros, overrides: &toml::Table) -> Result<(), String> {
        let profile = self.shop.opened_with().laid_over(overrides)?;
        let limits = &profile.limits;
        self.bucket.set(now, limits.burst, limits.calls_per_second);
        self.act(now, |shop| shop.put_in_force(profile));
        Ok(())
    }

    fn fault_counts(&self) -> FaultCounts {
        let mut counts = self.shop.faults.plus(&self.signals.faults);
        counts.lagged_read = self.shop.stock.past.lagged_reads;
        counts
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        self.shop.stock.displayed(listing.0)
    }

    fn native_order_id(&self, order: OrderRef) -> String {
        ids::order_id(order.0).to_string()
    }

    fn order_ref(&self, native_id: &str) -> Option<OrderRef> {
        let order = ids::order_of(native_id.parse().ok()?)?;
        self.shop.orders.get(order).map(|_| OrderRef(order))
    }

    fn add_limits(&self, list: &mut Vec<LimitUse>) {
        list.push(LimitUse {
            name: "calls",
            capacity: self.bucket.capacity(),
            rate_per_second: self.bucket.rate_per_second(),
            flow: self.bucket.flow(),
            used: self.bucket.used(),
            left: self.bucket.left(),
        });
    }

    fn recognises(&self, request: &Request) -> bool {
        self.shop.access.recognises(request.headers())
    }

    fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        (operation == SET_QUANTITY).then(|| self.bucket.room(now, 1.0))
    }
}
