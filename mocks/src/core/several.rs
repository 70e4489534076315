//! Several shops of one platform side by side. The ids of the platforms' objects are computed from dense positions, which
//! are the same in every shop; those of the second and later shops lie apart, as they do outside, where no two orders
//! of a platform share an id.

use std::cell::Cell;

use http::HeaderName;
use oversell_kernel::Micros;

use super::fact::Fact;
use super::faults::FaultCounts;
use super::machine::{Input, Machine, Output, Request, Response, Timer};
use super::refusal::{Called, Refusal};
use super::shop::{ListingIndex, OrderRef};
use super::storefront::{
    ActOutcome, Basket, CheckoutOutcome, LimitUse, Removal, Storefront, WriteRoom,
};

thread_local! {
    /// Which shop of its platform the emulator at work is, from 0. It is set for the length of one call and decides
    /// nothing but ids.
    static AT_WORK: Cell<u32> = const { Cell::new(0) };
}

/// Which shop of its platform the emulator at work is, from 0.
pub(crate) fn at_work() -> u32 {
    AT_WORK.get()
}

/// How far the ids of the shop at work lie from those of the first, where the ids of two neighbours lie `stride` apart.
pub(crate) fn apart(stride: u64) -> u64 {
    u64::from(at_work()) * stride
}

/// Lets the n-th shop of a platform be at work as long as it lives.
struct Work {
    before: u32,
}

impl Work {
    fn of(number: u32) -> Work {
        Work {
            before: AT_WORK.replace(number),
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        AT_WORK.set(self.before);
    }
}

/// Opens the n-th shop of its platform, counted from 0. The first is left as it is.
pub fn open_nth<S: Storefront + Send + 'static>(
    number: u32,
    open: impl FnOnce() -> S,
) -> Box<dyn Storefront + Send> {
    let _work = Work::of(number);
    let shop = open();
    match number {
        0 => Box::new(shop),
        number => Box::new(NthShop { number, shop }),
    }
}

/// A shop that is not the first of its platform.
struct NthShop<S> {
    number: u32,
    shop: S,
}

impl<S> NthShop<S> {
    fn with<T>(&mut self, act: impl FnOnce(&mut S) -> T) -> T {
        let _work = Work::of(self.number);
        act(&mut self.shop)
    }

    fn read<T>(&self, read: impl FnOnce(&S) -> T) -> T {
        let _work = Work::of(self.number);
        read(&self.shop)
    }
}

impl<S: Storefront> Machine for NthShop<S> {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        self.with(|shop| shop.handle(now, input));
    }

    fn set_clients_clock(&mut self, shows: Micros) {
        self.with(|shop| shop.set_clients_clock(shows));
    }

    fn called(&mut self, request: &Request) -> Called {
        self.with(|shop| shop.called(request))
    }

    fn refusal(&self, now: Micros, request: &Request, refusal: Refusal) -> Response {
        self.read(|shop| shop.refusal(now, request, refusal))
    }

    fn signature_header(&self) -> Option<HeaderName> {
        self.read(S::signature_header)
    }

    fn sign(&self, webhook: &mut Request) {
        self.read(|shop| shop.sign(webhook));
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.with(S::poll_output)
    }

    fn poll_timeout(&self) -> Option<Timer> {
        self.read(S::poll_timeout)
    }
}

impl<S: Storefront> Storefront for NthShop<S> {
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.with(|shop| shop.checkout(now, basket))
    }

    fn checkout_of_merchant(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.with(|shop| shop.checkout_of_merchant(now, basket))
    }

    fn pay(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.with(|shop| shop.pay(now, order))
    }

    fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.with(|shop| shop.cancel_by_buyer(now, order))
    }

    fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.with(|shop| shop.cancel_by_seller(now, order))
    }

    fn remove_units(&mut self, now: Micros, order: OrderRef, removal: Removal) -> ActOutcome {
        self.with(|shop| shop.remove_units(now, order, removal))
    }

    fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome {
        self.with(|shop| shop.return_units(now, order, line, units, restock))
    }

    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        self.with(|shop| shop.edit_count(now, listing, units))
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        self.with(|shop| shop.open_with(listing, units));
    }

    fn grant_anew(&mut self, now: Micros) {
        self.with(|shop| shop.grant_anew(now));
    }

    fn revoke_access(&mut self, now: Micros) {
        self.with(|shop| shop.revoke_access(now));
    }

    fn end_tokens(&mut self, now: Micros) {
        self.with(|shop| shop.end_tokens(now));
    }

    fn drop_subscriptions(&mut self, now: Micros) -> u32 {
        self.with(|shop| shop.drop_subscriptions(now))
    }

    fn subscriptions(&self) -> u32 {
        self.read(S::subscriptions)
    }

    fn lay_over(&mut self, now: Micros, overrides: &toml::Table) -> Result<(), String> {
        self.with(|shop| shop.lay_over(now, overrides))
    }

    fn fault_counts(&self) -> FaultCounts {
        self.read(S::fault_counts)
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        self.read(|shop| shop.displayed(listing))
    }

    fn native_order_id(&self, order: OrderRef) -> String {
        self.read(|shop| shop.native_order_id(order))
    }

    fn order_ref(&self, native_id: &str) -> Option<OrderRef> {
        self.read(|shop| shop.order_ref(native_id))
    }

    fn add_limits(&self, list: &mut Vec<LimitUse>) {
        self.read(|shop| shop.add_limits(list));
    }

    fn add_used_limits(&self, list: &mut Vec<LimitUse>) {
        self.read(|shop| shop.add_used_limits(list));
    }

    fn limits(&self) -> Vec<LimitUse> {
        self.read(S::limits)
    }

    fn not_simulated(&self) -> Vec<(String, u64)> {
        self.read(S::not_simulated)
    }

    fn recognises(&self, request: &Request) -> bool {
        self.read(|shop| shop.recognises(request))
    }

    fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        self.read(|shop| shop.write_room(now, operation))
    }
}

#[cfg(test)]
pub(super) mod tests {
    /// Names of the methods between a line and the end of what it begins.
    pub(in crate::core) fn methods<'a>(source: &'a str, begins: &str) -> Vec<&'a str> {
        let (_, rest) = source.split_once(begins).unwrap();
        let (body, _) = rest.split_once("\n}\n").unwrap();
        let heads = body.lines().filter_map(|it| it.strip_prefix("    fn "));
        heads.filter_map(|it| it.split('(').next()).collect()
    }

    /// A method left to its default would not reach the shop, and nobody would be told.
    #[test]
    fn every_method_is_forwarded() {
        let (own, _) = include_str!("several.rs")
            .split_once("#[cfg(test)]")
            .unwrap();
        for (source, name) in [
            (include_str!("machine.rs"), "Machine"),
            (include_str!("storefront.rs"), "Storefront"),
        ] {
            let declared = methods(source, &format!("\npub trait {name}"));
            assert!(declared.len() > 5, "{declared:?}");
            let here = methods(own, &format!("\nimpl<S: Storefront> {name} for NthShop<S>"));
            for method in declared {
                assert!(here.contains(&method), "{name}::{method} is not forwarded");
                let calls = [format!("|shop| shop.{method}("), format!("(S::{method})")];
                assert!(
                    calls.iter().any(|it| own.contains(it)),
                    "{name}::{method} is not passed to the method of the same name"
                );
            }
        }
    }
}
