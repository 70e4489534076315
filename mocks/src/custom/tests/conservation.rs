//! Whatever buyers, staff and engines do: no count falls below nothing, units are sold once, and the facts tell the same story
//! as the shop.

use proptest::prelude::*;

use super::*;
use crate::core::{Removal, RemovalKind};

#[derive(Clone, Debug)]
enum Act {
    Buy(u32, u32),
    Pay(u32),
    Cancel(u32, bool),
    CancelByCall(u32, Option<bool>),
    Remove(u32, u32),
    Ship(u32, u32),
    Return(u32, bool),
    Edit(u32, i64),
    Write(u32, i64),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let order = 0u32..12;
    let restock = prop::option::of(any::<bool>());
    prop_oneof![
        5 => (0u32..3, 0u32..5).prop_map(|(listing, units)| Act::Buy(listing, units)),
        1 => order.clone().prop_map(Act::Pay),
        1 => (order.clone(), any::<bool>()).prop_map(|(order, by_buyer)| Act::Cancel(order, by_buyer)),
        1 => (order.clone(), restock).prop_map(|(order, restock)| Act::CancelByCall(order, restock)),
        1 => (order.clone(), 1u32..4).prop_map(|(order, units)| Act::Remove(order, units)),
        3 => (order.clone(), 0u32..3).prop_map(|(order, units)| Act::Ship(order, units)),
        1 => (order, any::<bool>()).prop_map(|(order, restock)| Act::Return(order, restock)),
        1 => (0u32..3, -2i64..30).prop_map(|(listing, units)| Act::Edit(listing, units)),
        3 => (0u32..3, -2i64..20).prop_map(|(listing, units)| Act::Write(listing, units)),
        3 => (0u64..4_000).prop_map(Act::Wait),
    ]
}

impl World {
    fn perform(&mut self, number: usize, act: &Act) {
        let now = self.now;
        match *act {
            Act::Buy(listing, units) => {
                self.checkout(&[(listing, units), (3, 1)]);
            }
            Act::Pay(order) => drop(self.shop.pay(now, OrderRef(order))),
            Act::Cancel(order, true) => drop(self.shop.cancel_by_buyer(now, OrderRef(order))),
            Act::Cancel(order, false) => drop(self.shop.cancel_by_seller(now, OrderRef(order))),
            Act::CancelByCall(order, restock) => {
                let id = self.shop.native_order_id(OrderRef(order));
                let body = json!({"restock": restock});
                self.post(&format!("/v1/orders/{id}/cancel"), &body);
            }
            Act::Remove(order, units) => {
                let kind = RemovalKind::Refund;
                let removal = Removal {
                    line: 0,
                    units,
                    kind,
                    restock: true,
                };
                self.shop.remove_units(now, OrderRef(order), removal);
            }
            Act::Ship(order, units) => {
                let id = self.shop.native_order_id(OrderRef(order));
                let lines = match units {
                    0 => json!([]),
                    units => json!([{"id": "1", "quantity": units}]),
                };
                let body = json!({"carrier": "UPS", "tracking_number": format!("T{number}"), "lines": lines});
                self.post(&format!("/v1/orders/{id}/fulfillments"), &body);
            }
            Act::Return(order, restock) => {
                self.shop.return_units(now, OrderRef(order), 0, 1, restock);
            }
            Act::Edit(listing, units) => {
                self.shop.edit_count(now, ListingIndex(listing), units);
            }
            Act::Write(listing, units) => {
                self.put(&format!("SKU-{}", [0, 2, 3][listing as usize]), units, "");
            }
            Act::Wait(seconds) => self.run_for(Micros::from_secs(seconds)),
        }
        assert!(self.drain().is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn counts_orders_and_facts_agree(acts in prop::collection::vec(act(), 1..70), restocks in any::<bool>()) {
        let mut world = World::open("custom-default", &format!(
            "[inventory]\nrestock_on_cancel = {restocks}\nwrites_in_order = false\n[orders]\nunpaid_share = 0.3\nhold_share = 0.3\nhold = {{ fixed = \"20min\" }}\n[limits]\ncalls_per_second = inf\nburst = inf"
        ));
        world.shop.open_with(ListingIndex(3), 500);
        world.subscribe(&["order.created", "order.updated", "quantity.changed"]);
        for (number, act) in acts.iter().enumerate() {
            world.perform(number, act);
            for listing in 0..4 {
                prop_assert!(world.displayed(listing) >= 0);
            }
            let orders = &world.shop.shop.orders;
            for order in 0..orders.len() {
                for line in orders.lines(order) {
                    prop_assert!(line.units > 0 && line.cancelled + line.fulfilled <= line.units);
                    prop_assert!(line.restocked <= line.cancelled && line.returned <= line.fulfilled);
                }
            }
        }
        // Each fact starts where the one before ended, and the last one is what the shop displays.
        let mut displayed = [10, 0, 0, 500, 0, 0, 0];
        let mut sold_and_put_back = 0i64;
        for fact in &world.facts {
            if let Fact::Displayed { listing, from, to, cause } = fact {
                let known = &mut displayed[listing.0 as usize];
                prop_assert_eq!(*known, *from);
                *known = *to;
                use crate::core::Cause;
                if matches!(cause, Cause::Checkout(_) | Cause::Cancelled(_) | Cause::Removed(_) | Cause::Returned(_)) {
                    sold_and_put_back += from - to;
                }
            }
        }
        for (listing, shown) in (0u32..).zip(displayed) {
            prop_assert_eq!(shown, world.displayed(listing));
        }
        // What checkouts took and nobody put back is in the orders.
        let orders = &world.shop.shop.orders;
        let all = (0..orders.len()).flat_map(|order| orders.lines(order));
        let kept: i64 = all.map(|line| i64::from(line.units) - i64::from(line.restocked)).sum();
        let returned: i64 = world.facts.iter().map(|fact| match fact {
            Fact::Displayed { from, to, cause: crate::core::Cause::Returned(_), .. } => to - from,
            _ => 0,
        }).sum();
        prop_assert_eq!(sold_and_put_back, kept - returned);
    }
}
