//! Acts of buyers and staff on the machine: what was due comes before them, as before a request.

use crate::core::{
    ActOutcome, Basket, CheckoutOutcome, Fact, FaultCounts, LimitUse, ListingIndex, Micros,
    OrderRef, Output, Removal, Request, Storefront, WriteRoom,
};

use http::HeaderValue;

use super::TiktokShop;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::returns::{ReturnRef, ReturnType};
use crate::tiktok_shop::shop::access::query::Query;

impl TiktokShop {
    /// A buyer asks for a return of units of a shipped order, named by their position within it; naming none means all.
    /// The seller decides through the API.
    ///
    /// # Errors
    /// Says why the platform refuses: no such order, not shipped yet, or units that are in another return.
    pub fn request_return(
        &mut self,
        now: Micros,
        order: OrderRef,
        units: &[u32],
        kind: ReturnType,
    ) -> Result<ReturnRef, &'static str> {
        self.act(now, |shop| {
            shop.request_return(now, order.0, units, kind)
                .map(ReturnRef)
                .map_err(|_| "the units have not been shipped or are being returned")
        })
    }

    /// The buyer hands the units of an agreed return to a carrier.
    pub fn send_back(&mut self, now: Micros, return_ref: ReturnRef) -> ActOutcome {
        self.act(now, |shop| shop.send_back(now, return_ref.0))
    }
}

impl Storefront for TiktokShop {
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.act(now, |shop| shop.checkout(now, basket))
    }

    fn pay(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.act(now, |shop| shop.pay(now, order))
    }

    fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.act(now, |shop| shop.cancel_by_buyer(now, order))
    }

    fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.act(now, |shop| shop.cancel_by_seller(now, order))
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
        let shop = &mut self.shop;
        shop.access.grant_anew(now, &shop.profile.token);
    }

    /// The seller ends the authorization; the codes that tell of it are assumed to be those of unknown tokens.
    fn revoke_access(&mut self, now: Micros) {
        self.act(now, |shop| shop.access.revoke());
    }

    fn end_tokens(&mut self, now: Micros) {
        let by_client = self.clients_clock.unwrap_or(now);
        self.act(now, |shop| shop.access.end_tokens(by_client));
    }

    fn drop_subscriptions(&mut self, now: Micros) -> u32 {
        let removed = self.act(now, |shop| shop.subscriptions.clear());
        for topic in &removed {
            let fact = Fact::SubscriptionRemoved { topic };
            self.outputs.push_back(Output::Fact(fact));
        }
        removed.len() as u32
    }

    fn subscriptions(&self) -> u32 {
        self.shop.subscriptions.registered().count() as u32
    }

    fn lay_over(&mut self, now: Micros, overrides: &toml::Table) -> Result<(), String> {
        let profile = self.shop.opened_with().laid_over(overrides)?;
        let by_client = self.clients_clock.unwrap_or(now);
        self.limits.set(now, &profile.limits);
        self.act(now, |shop| shop.put_in_force(now, by_client, profile));
        Ok(())
    }

    fn fault_counts(&self) -> FaultCounts {
        let mut counts = self.shop.faults.plus(&self.signals.faults);
        counts.early_token_expiry = self.shop.access.early_expiry.get();
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
        let id = native_id.parse().ok()?;
        self.shop.orders.with_id(id).map(OrderRef)
    }

    fn add_limits(&self, list: &mut Vec<LimitUse>) {
        list.extend(self.limits.usage());
    }

    fn add_moved_limits(&self, list: &mut Vec<LimitUse>) {
        list.extend(self.limits.moved());
    }

    /// The access token decides, then the cipher, then what tokens are asked for with.
    fn recognises(&self, request: &Request) -> bool {
        let access = &self.shop.access;
        let query = Query::parse(request.uri().query().unwrap_or(""));
        let header = request.headers().get("x-tts-access-token");
        let header = header.map(HeaderValue::as_bytes);
        let token = header.or_else(|| query.get("access_token").map(str::as_bytes));
        if let Some(token) = token {
            return access.access_token(token).is_some();
        }
        let own = &access.credentials;
        let is = |name, text: &String| query.get(name) == Some(text.as_str());
        is("shop_cipher", &own.shop_cipher)
            || is("auth_code", &own.auth_code)
            || query
                .get("refresh_token")
                .is_some_and(|it| access.knows_refresh_token(it))
    }

    fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        let tier = self.shop.profile.tiers.inventory_update;
        (operation == "inventory/update").then(|| self.limits.room(now, tier))
    }
}
