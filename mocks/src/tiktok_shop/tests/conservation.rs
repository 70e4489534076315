//! Whatever buyers, staff and engines do: quantities add up, and the facts tell the same story as the shop.

use super::*;
use crate::core::Cause;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Act {
    Buy(u32, u32),
    Pay(u32),
    BuyerCancels(u32),
    SellerCancels(u32),
    Ship(u32),
    ShipOneLine(u32),
    Return(u32),
    Edit(u32, i64),
    Write(u32, i64, i64),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let order = 0u32..12;
    prop_oneof![
        4 => (0u32..3, 1u32..5).prop_map(|(listing, units)| Act::Buy(listing, units)),
        1 => order.clone().prop_map(Act::Pay),
        1 => order.clone().prop_map(Act::BuyerCancels),
        1 => order.clone().prop_map(Act::SellerCancels),
        2 => order.clone().prop_map(Act::Ship),
        1 => order.clone().prop_map(Act::ShipOneLine),
        1 => order.prop_map(Act::Return),
        1 => (0u32..3, 0i64..30).prop_map(|(listing, units)| Act::Edit(listing, units)),
        2 => (0u32..3, 0i64..20, 0i64..20).prop_map(|(listing, first, second)| Act::Write(listing, first, second)),
        3 => (0u64..200_000).prop_map(Act::Wait),
    ]
}

impl World {
    fn perform(&mut self, act: &Act) {
        let now = self.now;
        match *act {
            Act::Buy(listing, units) => {
                self.try_buy(&[(listing, units)]);
            }
            Act::Pay(order) => {
                self.shop.pay(now, OrderRef(order));
            }
            Act::BuyerCancels(order) => {
                self.shop.cancel_by_buyer(now, OrderRef(order));
            }
            Act::SellerCancels(order) => {
                self.shop.cancel_by_seller(now, OrderRef(order));
            }
            Act::Ship(order) => {
                self.ship(OrderRef(order));
            }
            Act::ShipOneLine(order) => {
                let id = self.shop.native_order_id(OrderRef(order));
                let line = 577_000_000_000_000_000 + u64::from(order) * 1_000_000;
                let body = format!(
                    r#"{{"tracking_number":"T","shipping_provider_id":"{PROVIDER}","order_line_item_ids":["{line}"]}}"#
                );
                self.post(
                    &format!("/fulfillment/202309/orders/{id}/packages"),
                    "",
                    &body,
                );
            }
            Act::Return(order) => {
                self.shop.return_units(now, OrderRef(order), 0, 1, true);
            }
            Act::Edit(listing, units) => {
                self.shop.edit_count(now, ListingIndex(listing), units);
            }
            Act::Write(listing, first, second) => {
                let sku = 1_729_000_000_000_000_001 + u64::from(listing);
                let body = format!(
                    r#"{{"skus":[{{"id":"{sku}","inventory":[{{"warehouse_id":"{WAREHOUSE_0}","quantity":{first}}},{{"warehouse_id":"{WAREHOUSE_1}","quantity":{second}}}]}}]}}"#
                );
                let path = format!("/product/202309/products/{PRODUCT}/inventory/update");
                self.post(&path, "", &body);
            }
            Act::Wait(seconds) => self.run_for(Micros::from_secs(seconds)),
        }
        assert!(self.drain().is_none());
    }

    /// Units that orders hold of a listing, by the orders' own account.
    fn held_by_orders(&self, listing: u32) -> i64 {
        let orders = &self.shop.shop.orders;
        (0..orders.len())
            .map(|order| orders.order(order))
            .filter(|order| order.committed)
            .map(|order| {
                let mut unit = 0;
                let mut held = 0;
                for line in orders.lines(order) {
                    for package in &orders.units(order)[unit..unit + line.units as usize] {
                        held += i64::from(line.listing == listing && *package == 0);
                    }
                    unit += line.units as usize;
                }
                held
            })
            .sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn quantities_and_facts_agree(acts in prop::collection::vec(act(), 1..60), at_payment in any::<bool>()) {
        let commit_at = if at_payment { "payment" } else { "placement" };
        let mut world = World::open(
            "tiktok-default",
            &format!(
                "[orders]\nunpaid_share = 0.3\ncommit_at = \"{commit_at}\"\n[faults]\nunavailable = 0.0\n[token]\naccess_lifetime = \"300d\"\n[limits]\nwrite = {{ rate_per_second = inf, burst = inf }}\nburst_guard_per_second = inf"
            ),
            2,
        );
        world.subscribe("ORDER_STATUS_CHANGE");
        for act in &acts {
            world.perform(act);
            for listing in 0..3 {
                let places = [0, 1].map(|place| world.shop.shop.stock.available_at(listing, place));
                prop_assert!(places.iter().all(|units| *units >= 0), "{places:?}");
                prop_assert_eq!(world.displayed(listing), places[0] + places[1]);
                prop_assert_eq!(world.shop.shop.stock.committed(listing), world.held_by_orders(listing));
            }
        }
        // Each fact starts where the one before ended, and the last one is what the shop displays.
        let mut displayed = [10, 0, 0];
        for fact in &world.facts {
            if let Fact::Displayed { listing, from, to, cause } = fact {
                let known = &mut displayed[listing.0 as usize];
                prop_assert_eq!(*known, *from);
                let is_write = matches!(cause, Cause::Write { .. });
                prop_assert!(is_write || from != to);
                *known = *to;
            }
        }
        for listing in 0..3u32 {
            prop_assert_eq!(displayed[listing as usize], world.displayed(listing));
        }
    }
}
