//! A shop that lists only some of a merchant's SKUs. Its emulator knows those alone, by positions of its own; whoever stands outside
//! means a SKU by its position in the merchant's catalogue, and is understood.

use http::HeaderName;
use oversell_kernel::Micros;

use super::fact::Fact;
use super::faults::FaultCounts;
use super::machine::{Input, Machine, Output, Request, Response, Timer};
use super::refusal::{Called, Refusal};
use super::shop::{ListingIndex, OrderRef};
use super::storefront::{
    ActOutcome, Basket, BasketLine, CheckoutOutcome, LimitUse, Removal, Storefront, WriteRoom,
};

/// Lets a shop that was opened with the SKUs at `listed` alone, ascending positions in a catalogue of so many `skus`, be spoken to by
/// their positions there.
///
/// # Panics
/// When a position lies beyond the catalogue: the opening checks it.
pub fn assorted(
    shop: Box<dyn Storefront + Send>,
    listed: Vec<u32>,
    skus: usize,
) -> Box<dyn Storefront + Send> {
    let mut places = vec![None; skus];
    for (place, position) in (0u32..).zip(&listed) {
        places[*position as usize] = Some(ListingIndex(place));
    }
    Box::new(AssortedShop {
        shop,
        listed,
        places,
    })
}

/// A shop that lists only some of the SKUs.
struct AssortedShop {
    shop: Box<dyn Storefront + Send>,
    /// The position in the catalogue, by the shop's own.
    listed: Vec<u32>,
    /// The shop's own position, by that in the catalogue.
    places: Vec<Option<ListingIndex>>,
}

impl AssortedShop {
    /// The shop's own position of a SKU, if it lists it.
    fn place(&self, sku: ListingIndex) -> Option<ListingIndex> {
        self.places.get(sku.0 as usize).copied().flatten()
    }

    /// The position in the catalogue of what the shop lists there.
    fn position(&self, place: ListingIndex) -> ListingIndex {
        ListingIndex(self.listed[place.0 as usize])
    }

    fn in_catalogue(&self, mut fact: Fact) -> Fact {
        match &mut fact {
            Fact::Displayed { listing, .. }
            | Fact::UnitsRemoved { listing, .. }
            | Fact::FbaSold { listing, .. }
            | Fact::FbaShippedForOthers { listing, .. }
            | Fact::ReadStale { listing } => *listing = self.position(*listing),
            Fact::OrderMade { .. }
            | Fact::OrderCancelled { .. }
            | Fact::FulfillmentConfirmed { .. }
            | Fact::FulfillmentCancelled { .. }
            | Fact::FulfillmentRefused { .. }
            | Fact::Call { .. }
            | Fact::SubscriptionRemoved { .. } => {}
        }
        fact
    }

    fn check_out(
        &mut self,
        basket: &Basket,
        pay: impl FnOnce(&mut dyn Storefront, &Basket) -> CheckoutOutcome,
    ) -> CheckoutOutcome {
        let mut lines = Vec::with_capacity(basket.lines.len());
        for line in &basket.lines {
            let Some(listing) = self.place(line.listing) else {
                // There is no page from which it could be put into a basket.
                return CheckoutOutcome::Refused {
                    listing: line.listing,
                    displayed: 0,
                };
            };
            lines.push(BasketLine { listing, ..*line });
        }
        let own = Basket {
            lines,
            ..basket.clone()
        };
        match pay(self.shop.as_mut(), &own) {
            CheckoutOutcome::Refused { listing, displayed } => CheckoutOutcome::Refused {
                listing: self.position(listing),
                displayed,
            },
            accepted @ CheckoutOutcome::Accepted { .. } => accepted,
        }
    }
}

impl Machine for AssortedShop {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        self.shop.handle(now, input);
    }

    fn set_clients_clock(&mut self, shows: Micros) {
        self.shop.set_clients_clock(shows);
    }

    fn called(&mut self, request: &Request) -> Called {
        self.shop.called(request)
    }

    fn refusal(&self, now: Micros, request: &Request, refusal: Refusal) -> Response {
        self.shop.refusal(now, request, refusal)
    }

    fn signature_header(&self) -> Option<HeaderName> {
        self.shop.signature_header()
    }

    fn sign(&self, webhook: &mut Request) {
        self.shop.sign(webhook);
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        match self.shop.poll_output()? {
            Output::Fact(fact) => Some(Output::Fact(self.in_catalogue(fact))),
            other @ (Output::Response { .. } | Output::Delivery { .. }) => Some(other),
        }
    }

    fn poll_timeout(&self) -> Option<Timer> {
        self.shop.poll_timeout()
    }
}

impl Storefront for AssortedShop {
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.check_out(basket, |shop, own| shop.checkout(now, own))
    }

    fn checkout_of_merchant(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.check_out(basket, |shop, own| shop.checkout_of_merchant(now, own))
    }

    fn pay(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.shop.pay(now, order)
    }

    fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.shop.cancel_by_buyer(now, order)
    }

    fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.shop.cancel_by_seller(now, order)
    }

    fn remove_units(&mut self, now: Micros, order: OrderRef, removal: Removal) -> ActOutcome {
        self.shop.remove_units(now, order, removal)
    }

    fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome {
        self.shop.return_units(now, order, line, units, restock)
    }

    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        match self.place(listing) {
            Some(place) => self.shop.edit_count(now, place, units),
            None => ActOutcome::Refused("the SKU is not listed on this channel"),
        }
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        match self.place(listing) {
            Some(place) => self.shop.open_with(place, units),
            None => debug_assert_eq!(units, 0, "what is not listed displays nothing"),
        }
    }

    fn grant_anew(&mut self, now: Micros) {
        self.shop.grant_anew(now);
    }

    fn revoke_access(&mut self, now: Micros) {
        self.shop.revoke_access(now);
    }

    fn end_tokens(&mut self, now: Micros) {
        self.shop.end_tokens(now);
    }

    fn drop_subscriptions(&mut self, now: Micros) -> u32 {
        self.shop.drop_subscriptions(now)
    }

    fn subscriptions(&self) -> u32 {
        self.shop.subscriptions()
    }

    fn lay_over(&mut self, now: Micros, overrides: &toml::Table) -> Result<(), String> {
        self.shop.lay_over(now, overrides)
    }

    fn fault_counts(&self) -> FaultCounts {
        self.shop.fault_counts()
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        self.place(listing)
            .map_or(0, |place| self.shop.displayed(place))
    }

    fn native_order_id(&self, order: OrderRef) -> String {
        self.shop.native_order_id(order)
    }

    fn order_ref(&self, native_id: &str) -> Option<OrderRef> {
        self.shop.order_ref(native_id)
    }

    fn add_limits(&self, list: &mut Vec<LimitUse>) {
        self.shop.add_limits(list);
    }

    fn add_used_limits(&self, list: &mut Vec<LimitUse>) {
        self.shop.add_used_limits(list);
    }

    fn limits(&self) -> Vec<LimitUse> {
        self.shop.limits()
    }

    fn not_simulated(&self) -> Vec<(String, u64)> {
        self.shop.not_simulated()
    }

    fn recognises(&self, request: &Request) -> bool {
        self.shop.recognises(request)
    }

    fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        self.shop.write_room(now, operation)
    }
}

#[cfg(test)]
mod tests {
    use super::super::several::tests::methods;

    /// A method left to its default would not reach the shop, and nobody would be told.
    #[test]
    fn every_method_is_forwarded() {
        let (own, _) = include_str!("assorted.rs")
            .split_once("#[cfg(test)]")
            .unwrap();
        for (source, name) in [
            (include_str!("machine.rs"), "Machine"),
            (include_str!("storefront.rs"), "Storefront"),
        ] {
            let declared = methods(source, &format!("\npub trait {name}"));
            assert!(declared.len() > 5, "{declared:?}");
            let here = methods(own, &format!("\nimpl {name} for AssortedShop"));
            for method in declared {
                assert!(here.contains(&method), "{name}::{method} is not forwarded");
                let calls = [format!("shop.{method}("), format!("self.shop.{method}(")];
                assert!(
                    calls.iter().any(|it| own.contains(it)),
                    "{name}::{method} is not passed to the method of the same name"
                );
            }
        }
    }
}
