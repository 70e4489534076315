//! What shops that stand around another one pass on to it as it is: the methods of [`Machine`](super::Machine) and
//! [`Storefront`](super::Storefront) that mean nothing else to them. Such a shop has `with` and `read`, which let something be done with
//! the one inside, and writes out itself what it does otherwise.

/// All of [`Machine`](super::Machine) but `poll_output`.
macro_rules! pass_on_machine {
    () => {
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
            self.read(|shop| shop.signature_header())
        }

        fn sign(&self, webhook: &mut Request) {
            self.read(|shop| shop.sign(webhook));
        }

        fn poll_timeout(&self) -> Option<Timer> {
            self.read(|shop| shop.poll_timeout())
        }
    };
}

/// All of [`Storefront`](super::Storefront) but what tells of listings: checkouts, and counts that are set or shown.
macro_rules! pass_on_storefront {
    () => {
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
            self.read(|shop| shop.subscriptions())
        }

        fn lay_over(&mut self, now: Micros, overrides: &toml::Table) -> Result<(), String> {
            self.with(|shop| shop.lay_over(now, overrides))
        }

        fn fault_counts(&self) -> FaultCounts {
            self.read(|shop| shop.fault_counts())
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

        fn add_moved_limits(&self, list: &mut Vec<LimitUse>) {
            self.read(|shop| shop.add_moved_limits(list));
        }

        fn limits(&self) -> Vec<LimitUse> {
            self.read(|shop| shop.limits())
        }

        fn not_simulated(&self) -> Vec<(String, u64)> {
            self.read(|shop| shop.not_simulated())
        }

        fn recognises(&self, request: &Request) -> bool {
            self.read(|shop| shop.recognises(request))
        }

        fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
            self.read(|shop| shop.write_room(now, operation))
        }
    };
}

pub(super) use {pass_on_machine, pass_on_storefront};

#[cfg(test)]
mod tests {
    /// Names of the methods between a line and the end of what it begins.
    fn methods<'a>(source: &'a str, begins: &str, end: &str) -> Vec<&'a str> {
        let (_, rest) = source.split_once(begins).unwrap();
        let (body, _) = rest.split_once(end).unwrap();
        let heads = body
            .lines()
            .filter_map(|it| it.trim_start().strip_prefix("fn "));
        heads.filter_map(|it| it.split('(').next()).collect()
    }

    /// A method left to its default would not reach the shop, and nobody would be told.
    #[test]
    fn every_method_is_passed_on() {
        let passed = include_str!("passing_on.rs");
        for (source, name, rule) in [
            (include_str!("machine.rs"), "Machine", "pass_on_machine"),
            (
                include_str!("storefront.rs"),
                "Storefront",
                "pass_on_storefront",
            ),
        ] {
            let declared = methods(source, &format!("\npub trait {name}"), "\n}\n");
            assert!(declared.len() > 5, "{declared:?}");
            let here = methods(passed, &format!("\nmacro_rules! {rule}"), "\n}\n");
            for (around, shop) in [
                (include_str!("several.rs"), "NthShop<S>"),
                (include_str!("assorted.rs"), "AssortedShop"),
            ] {
                let written = methods(around, &format!("{name} for {shop}"), "\n}\n");
                for method in &declared {
                    let at =
                        [&here, &written].map(|it| it.iter().filter(|it| *it == method).count());
                    assert_eq!(at[0] + at[1], 1, "{name}::{method} of {shop}");
                    let call = format!("shop.{method}(");
                    let is_passed = [passed, around].iter().any(|it| it.contains(&call));
                    assert!(is_passed, "{name}::{method} of {shop} calls something else");
                }
            }
        }
    }
}
