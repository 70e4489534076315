//! Profiles that change while the shop runs: what is laid over holds from then on, and comes back.

use super::*;
use crate::core::{ActOutcome, FaultCount, Tells, Told};

fn second(seconds: u64) -> Micros {
    Micros::from_secs(seconds)
}

fn count(eligible: u64, injected: u64) -> FaultCount {
    FaultCount { eligible, injected }
}

impl World {
    fn lay(&mut self, overrides: &str) {
        let table = overrides.parse().unwrap();
        self.shop.lay_over(self.now, &table).unwrap();
        assert!(self.drain().is_none());
    }

    /// The available units of the first SKU, as inventory search shows them.
    fn searched(&mut self) -> i64 {
        let body = format!(r#"{{"sku_ids":["{SKU_0}"]}}"#);
        let answer = self.post("/product/202309/inventory/search", "", &body);
        answer.data()["inventory"][0]["skus"][0]["total_available_quantity"]
            .as_i64()
            .unwrap()
    }
}

/// Something of every group of the profile.
const EVERYTHING: &str = r#"
[token]
access_lifetime = "1s"
refresh_lifetime = "1s"
[gateway]
shop_inactive = true
[limits]
light_read = { rate_per_second = 0.1, burst = 1.0 }
read = { rate_per_second = 0.1, burst = 1.0 }
write = { rate_per_second = 0.1, burst = 1.0 }
burst_guard_per_second = 1.0
squeeze = [{ from = "1s", until = "9h", factor = 0.1 }]
[latency]
read = { fixed = "9s" }
[faults]
unavailable = 1.0
early_throttle_share = 1.0
[orders]
hold = "9h"
unpaid_share = 1.0
search_lag = { fixed = "9h" }
[inventory]
propagation = { fixed = "9h" }
stuck_share = 1.0
writes_in_order = false
partial_failure_share = 1.0
read_lag = { fixed = "9h" }
auto_restock = false
[webhooks]
delay = { fixed = "9h" }
drop_share = 1.0
duplicate_share = 1.0
reorder_share = 1.0
wrong_signature_share = 1.0
inventory_route = "off"
"#;

fn bytes_of_a_run(touched: bool) -> Vec<String> {
    let mut world = World::open("tiktok-default", "", 2);
    let mut told = Vec::new();
    let touch = |world: &mut World| {
        if touched {
            world.lay(EVERYTHING);
            world.lay("");
        }
    };
    world.subscribe("ORDER_STATUS_CHANGE");
    world.subscribe("INVENTORY_CHANGE");
    for step in 0..40 {
        touch(&mut world);
        world.try_buy(&[(0, 1)]);
        touch(&mut world);
        let body = format!(
            r#"{{"skus":[{{"id":"{SKU_0}","inventory":[{{"warehouse_id":"{WAREHOUSE_0}","quantity":{step}}},{{"warehouse_id":"{WAREHOUSE_1}","quantity":1}}]}}]}}"#
        );
        for _ in 0..2 {
            let path = format!("/product/202309/products/{PRODUCT}/inventory/update");
            let write = world.post(&path, "", &body);
            touch(&mut world);
            let search = world.post("/order/202309/orders/search", "&page_size=10", "{}");
            told.extend([write, search].map(|it| format!("{} {} {}", it.at, it.status, it.body)));
        }
        world.run_for(second(37 + 400 * (step % 3)));
        let deliveries = std::mem::take(&mut world.deliveries);
        for (delivery, request) in deliveries {
            told.push(format!("{:?}", (request.headers(), request.body())));
            let outcome = DeliveryOutcome::Answered(if step % 2 == 0 { 200 } else { 500 });
            touch(&mut world);
            let now = world.now;
            world
                .shop
                .handle(now, Input::Delivered { delivery, outcome });
        }
    }
    told.push(format!("{:?} {:?}", world.facts, world.shop.limits()));
    told
}

#[test]
fn laying_over_and_restoring_at_once_changes_no_byte() {
    assert_eq!(bytes_of_a_run(true), bytes_of_a_run(false));
}

#[test]
fn unknown_unfit_and_fixed_keys_are_refused_and_nothing_changes() {
    let mut world = World::ideal("");
    let before = world.shop.profile().clone();
    let mut refused = |over: &str| {
        let table = over.parse().unwrap();
        world.shop.lay_over(Micros::ZERO, &table).unwrap_err()
    };
    assert!(refused("[orders]\nholdd = \"1h\"").contains("holdd"));
    assert!(refused("[webhooks]\ndrop_share = 2.0").contains("webhooks.drop_share"));
    assert!(refused("skus_per_product = 3").contains("skus_per_product"));
    assert_eq!(*world.shop.profile(), before);
}

#[test]
fn limits_change_from_now_on_and_come_back() {
    let mut world = World::ideal("[limits]\nwrite = { rate_per_second = 1.0, burst = 4.0 }");
    let served = |world: &mut World| {
        (0..10)
            .filter(|_| world.set_stock(SKU_0, 5).code() == 0)
            .count()
    };
    world.lay("[limits]\nwrite = { rate_per_second = 0.1, burst = 2.0 }");
    assert_eq!(served(&mut world), 2, "the level is cut to the capacity");
    world.run_for(second(10));
    assert_eq!(served(&mut world), 1);
    world.lay("");
    assert_eq!(served(&mut world), 0, "the level is kept");
    let counts = world.shop.fault_counts();
    assert_eq!(
        (counts.cut_limit, counts.cut_throttle),
        (count(20, 20), count(20, 17))
    );
    world.run_for(second(10));
    assert_eq!(served(&mut world), 4);
    world.lay("[faults]\nearly_throttle_share = 1.0");
    world.run_for(second(10));
    assert_eq!(served(&mut world), 0);
    assert_eq!(world.shop.fault_counts().early_throttle, count(10, 10));
    world.lay("[faults]\nunavailable = 1.0");
    assert_eq!(world.set_stock(SKU_0, 5).status, 503);
    assert_eq!(world.shop.fault_counts().server_error, count(1, 1));
}

#[test]
fn writes_come_late_out_of_order_or_never_and_only_those_accepted_meanwhile() {
    let mut world = World::ideal("");
    world.lay("[inventory]\npropagation = { fixed = \"60s\" }");
    world.set_stock(SKU_0, 7).data();
    world.lay("");
    world.set_stock(SKU_0, 8).data();
    assert_eq!(
        world.displayed(0),
        10,
        "a later write of a SKU waits for the earlier one"
    );
    world.run_for(second(60));
    assert_eq!(world.displayed(0), 8);
    assert_eq!(world.shop.fault_counts().late_write, count(1, 1));

    world.lay("[inventory]\npropagation = { fixed = \"60s\" }\nwrites_in_order = false");
    world.set_stock(SKU_0, 1).data();
    world.lay("[inventory]\nwrites_in_order = false");
    world.set_stock(SKU_0, 2).data();
    assert_eq!(world.displayed(0), 2);
    world.run_for(second(60));
    assert_eq!(
        world.displayed(0),
        1,
        "the older write overwrites the newer one"
    );
    assert_eq!(world.shop.fault_counts().late_write, count(3, 2));

    world.lay("[inventory]\nstuck_share = 1.0");
    world.set_stock(SKU_0, 50).data();
    world.run_for(second(100_000));
    assert_eq!(world.displayed(0), 1);
    assert_eq!(world.shop.fault_counts().stuck_write, count(1, 1));
    world.lay("");
    world.set_stock(SKU_0, 51).data();
    assert_eq!(world.displayed(0), 51);
}

#[test]
fn a_share_of_an_updates_skus_fails_while_the_others_go_through() {
    let mut world = World::ideal("[inventory]\npartial_failure_share = 0.5");
    let skus: Vec<String> = (1..=10)
        .map(|n| {
            format!(
                r#"{{"id":"17290000000000000{n:02}","inventory":[{{"warehouse_id":"{WAREHOUSE_0}","quantity":77}}]}}"#
            )
        })
        .collect();
    let body = format!(r#"{{"skus":[{}]}}"#, skus.join(","));
    let path = format!("/product/202309/products/{PRODUCT}/inventory/update");
    let answer = world.post(&path, "", &body);
    let failed = answer.data()["errors"].as_array().unwrap();
    let reason = &failed[0]["detail"]["extra_errors"][0]["code"];
    assert_eq!(*reason, 12_001_000);
    let live = (0..10).filter(|n| world.displayed(*n) == 77).count();
    assert!((1..10).contains(&live));
    assert_eq!(live + failed.len(), 10);
    let counted = world.shop.fault_counts().partial_failure;
    assert_eq!(counted, count(10, failed.len() as u64));
}

#[test]
fn reads_show_older_quantities_while_they_lag() {
    let mut world = World::ideal("");
    world.run_for(second(100));
    world.lay("[inventory]\nread_lag = { fixed = \"30s\" }");
    world.set_stock(SKU_0, 7).data();
    assert_eq!((world.searched(), world.displayed(0)), (10, 7));
    world.run_for(second(29));
    world.buy(&[(0, 2)]);
    assert_eq!(world.searched(), 10);
    world.run_for(second(1));
    assert_eq!((world.searched(), world.displayed(0)), (7, 5));
    let product = world.get(&format!("/product/202309/products/{PRODUCT}"), "");
    let shown = &product.data()["skus"][0]["inventory"][0]["quantity"];
    assert_eq!(*shown, 7, "products lag as inventory does");
    assert_eq!(world.shop.fault_counts().lagged_read, count(4, 4));
    world.lay("");
    assert_eq!(world.searched(), 5);
    assert_eq!(world.shop.fault_counts().lagged_read, count(4, 4));
    let stale = Fact::ReadStale {
        listing: ListingIndex(0),
    };
    let told = world.facts.iter().filter(|it| **it == stale).count();
    assert_eq!(told, 4, "each of these reads, and no other");
}

#[test]
fn signals_are_lost_doubled_reordered_late_and_wrongly_signed_while_the_shares_say_so() {
    let mut world = World::ideal("");
    world.subscribe("ORDER_STATUS_CHANGE");
    let sent = |world: &mut World, over: &str, seconds: u64| {
        world.lay(over);
        world.buy(&[(0, 1)]);
        let at_once = world.deliveries.len();
        world.run_for(second(seconds));
        let deliveries = std::mem::take(&mut world.deliveries);
        (at_once, deliveries)
    };
    let numbers = |sent: (usize, Vec<_>)| (sent.0, sent.1.len());
    let is_right = |world: &World, request: &Request| {
        let signature = world.signer.delivery(request.body());
        request.headers()["authorization"].as_bytes() == signature
    };
    assert_eq!(numbers(sent(&mut world, "", 0)), (1, 1));
    assert_eq!(
        numbers(sent(&mut world, "[webhooks]\ndrop_share = 1.0", 9)),
        (0, 0)
    );
    assert_eq!(
        numbers(sent(&mut world, "[webhooks]\nduplicate_share = 1.0", 0)),
        (2, 2)
    );
    let held =
        "[webhooks]\nreorder_share = 1.0\nreorder_delay = { fixed = \"5s\" }\nin_order = true";
    assert_eq!(numbers(sent(&mut world, held, 5)), (0, 1));
    let late = "[webhooks]\ndelay = { fixed = \"5s\" }";
    assert_eq!(numbers(sent(&mut world, late, 5)), (0, 1));
    let (_, forged) = sent(&mut world, "[webhooks]\nwrong_signature_share = 1.0", 0);
    assert!(!is_right(&world, &forged[0].1));
    let (_, right) = sent(&mut world, "", 0);
    assert!(is_right(&world, &right[0].1));
    let counts = world.shop.fault_counts();
    assert_eq!(counts.dropped_signal, count(1, 1));
    assert_eq!(counts.duplicated_signal, count(1, 1));
    assert_eq!(counts.reordered_signal, count(1, 1));
    assert_eq!(counts.wrongly_signed_signal, count(1, 1));
    assert_eq!(
        counts.late_signal.injected, 2,
        "held back ones are late too"
    );
}

#[test]
fn a_wrongly_signed_cancellation_tells_nothing_until_a_retry_is_signed_rightly() {
    let mut world = World::ideal("");
    world.subscribe("ORDER_STATUS_CHANGE");
    let order = world.buy(&[(0, 1)]);
    world.deliveries.clear();
    world.lay("[webhooks]\nwrong_signature_share = 1.0");
    assert_eq!(
        world.shop.cancel_by_seller(world.now, order),
        ActOutcome::Done
    );
    assert!(world.drain().is_none());
    let (delivery, mut request) = world.deliveries.remove(0);
    assert_eq!(Tells::detach(request.extensions_mut()), None);
    world.lay("");
    let outcome = DeliveryOutcome::Answered(401);
    world
        .shop
        .handle(world.now, Input::Delivered { delivery, outcome });
    world.run_for(second(3_600));
    let (_, mut request) = world.deliveries.remove(0);
    let tells = Tells::detach(request.extensions_mut()).unwrap();
    assert_eq!(tells.0, [Told::Cancellation(order)]);
}

#[test]
fn shorter_lives_end_older_tokens_for_good_and_revoked_access_is_granted_anew() {
    let mut world = World::ideal("");
    let subscribed = ["ORDER_STATUS_CHANGE", "PACKAGE_UPDATE"];
    subscribed.iter().for_each(|it| world.subscribe(it));
    world.run_for(second(3_600));
    world.lay("[token]\naccess_lifetime = \"1h\"");
    let refused = world.get("/event/202309/webhooks", "");
    assert_eq!((refused.status, refused.code()), (401, 105_002));
    world.run_for(second(1));
    world.lay("");
    let refused = world.get("/event/202309/webhooks", "");
    assert_eq!(refused.code(), 105_002, "what has ended stays ended");
    assert_eq!(world.shop.fault_counts().early_token_expiry, count(2, 2));
    let refresh = "/api/v2/token/refresh?app_key=6demo0key&app_secret=0123456789abcdef&grant_type=refresh_token&refresh_token=ROW_refA";
    let renewed = world.unsigned(refresh);
    world.token = renewed.data()["access_token"].as_str().unwrap().to_owned();
    world.get("/event/202309/webhooks", "").data();

    world.run_for(second(1));
    world.shop.end_tokens(world.now);
    assert_eq!(world.get("/event/202309/webhooks", "").code(), 105_002);
    let counted = world.shop.fault_counts().early_token_expiry;
    assert_eq!(counted, count(3, 3));

    world.shop.revoke_access(world.now);
    assert_ne!(world.get("/event/202309/webhooks", "").code(), 0);
    assert_ne!(world.unsigned(refresh).code(), 0);
    world.shop.grant_anew(world.now);
    world.token = "ROW_tokA".to_owned();
    let registered = world.get("/event/202309/webhooks", "");
    assert_eq!(registered.data()["total_count"], 2, "subscriptions stay");
    world.facts.clear();
    assert_eq!(world.shop.subscriptions(), 2);
    assert_eq!(world.shop.drop_subscriptions(world.now), 2);
    assert_eq!(world.shop.subscriptions(), 0);
    assert!(world.drain().is_none());
    assert_eq!(
        world.facts,
        subscribed.map(|topic| Fact::SubscriptionRemoved { topic })
    );
    world.buy(&[(0, 1)]);
    assert!(world.deliveries.is_empty());
    assert_eq!(world.shop.drop_subscriptions(world.now), 0);
}

#[test]
fn orders_wait_longer_are_listed_later_and_restock_as_the_profile_in_force_has_it() {
    let mut world = World::ideal("");
    let before = world.buy(&[(0, 1)]);
    world.lay("[orders]\nhold = \"3h\"\nsearch_lag = { fixed = \"2h\" }\n[inventory]\nauto_restock = false");
    let held = world.buy(&[(0, 1)]);
    assert_eq!(world.order_status(before), "AWAITING_SHIPMENT");
    assert_eq!(world.order_status(held), "ON_HOLD");
    let listed = |world: &mut World| {
        let answer = world.post("/order/202309/orders/search", "page_size=10", "{}");
        answer.data()["orders"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(listed(&mut world), 1);
    world.shop.cancel_by_seller(world.now, before);
    assert_eq!(world.displayed(0), 8, "no restock");
    let own = format!(
        r#"{{"seller_id":"1","sku_ids":["{SKU_0}"],"stock_operation_setting":{{"enable_auto_restock":true}}}}"#
    );
    world
        .post("/product/202608/inventory/operation/settings", "", &own)
        .data();
    world.shop.cancel_by_buyer(world.now, held);
    assert_eq!(
        world.displayed(0),
        9,
        "a SKU's own setting goes before the default"
    );
    world.lay("");
    let counts = world.shop.fault_counts();
    assert_eq!(counts.hold, count(1, 1));
    assert_eq!(counts.changed_restock, count(2, 1));
    assert!(counts.late_listing.injected >= 2);
    let after = world.buy(&[(0, 1)]);
    assert_eq!(world.order_status(after), "AWAITING_SHIPMENT");
}
