//! Webhooks: retries, duplicates, losses, stalls, routes.

use super::*;

const FAILED: DeliveryOutcome = DeliveryOutcome::Failed;
const DONE: DeliveryOutcome = DeliveryOutcome::Answered(200);

#[test]
fn type_1_looks_like_the_documented_sample() {
    let mut world = World::ideal("");
    world.subscribe("ORDER_STATUS_CHANGE");
    world.buy(&[(0, 1)]);
    let (_, request) = &world.deliveries[0];
    insta::assert_snapshot!(
        String::from_utf8_lossy(request.body()),
        @r#"{"type":1,"tts_notification_id":"7400000000000000001","shop_id":"7490000000000000001","timestamp":1767225600,"data":{"order_id":"576460000000000001","order_status":"AWAITING_SHIPMENT","is_on_hold_order":false,"update_time":1767225600}}"#
    );
}

#[test]
fn retries_follow_the_schedule_and_end() {
    for (from, expected) in [
        ("previous", [120, 1_920, 12_720, 55_920]),
        ("first", [120, 1_800, 10_800, 43_200]),
    ] {
        let mut world = World::ideal(&format!("[webhooks]\nretry_from = \"{from}\""));
        world.subscribe("ORDER_STATUS_CHANGE");
        world.buy(&[(0, 1)]);
        let first = world.receive(FAILED);
        for at in expected {
            let timer = world.shop.poll_timeout().expect("a retry is set");
            assert_eq!(
                (timer.at, timer.reason),
                (Micros::from_secs(at), "webhook leaves")
            );
            world.run_until(timer.at);
            let again = world.receive(DeliveryOutcome::Answered(500));
            assert_eq!(again, first, "a retry repeats the body");
        }
        assert_eq!(world.shop.poll_timeout(), None, "then the event is lost");
    }
}

#[test]
fn an_answered_delivery_is_not_repeated_and_late_news_of_it_is_passed_over() {
    let mut world = World::ideal("");
    world.subscribe("ORDER_STATUS_CHANGE");
    world.buy(&[(0, 1)]);
    let id = world.deliveries[0].0;
    world.receive(DONE);
    world.shop.handle(
        world.now,
        Input::Delivered {
            delivery: id,
            outcome: FAILED,
        },
    );
    assert_eq!(world.shop.poll_timeout(), None);
}

#[test]
fn duplicates_share_their_id_and_drops_never_leave() {
    let mut world = World::ideal("[webhooks]\nduplicate_share = 1.0");
    world.subscribe("ORDER_STATUS_CHANGE");
    world.buy(&[(0, 1)]);
    let bodies = world.receive(DONE);
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0], bodies[1]);

    let mut world = World::ideal("[webhooks]\ndrop_share = 1.0");
    world.subscribe("ORDER_STATUS_CHANGE");
    world.buy(&[(0, 1)]);
    assert!(world.deliveries.is_empty());
}

fn sent_order(world: &mut World) -> Vec<String> {
    world.subscribe("ORDER_STATUS_CHANGE");
    for _ in 0..8 {
        world.buy(&[(0, 1)]);
    }
    world.run_for(Micros::from_secs(1_000));
    world
        .receive(DONE)
        .iter()
        .map(|body| body["tts_notification_id"].as_str().unwrap().to_string())
        .collect()
}

#[test]
fn order_is_kept_only_where_the_profile_says_so() {
    let delay = "delay = { uniform = [\"1s\", \"60s\"] }";
    let kept = sent_order(&mut World::ideal(&format!("[webhooks]\n{delay}")));
    assert!(kept.is_sorted(), "{kept:?}");
    let loose = sent_order(&mut World::ideal(&format!(
        "[webhooks]\n{delay}\nin_order = false"
    )));
    assert_eq!(loose.len(), 8);
    assert!(!loose.is_sorted(), "{loose:?}");
}

#[test]
fn nothing_leaves_in_a_stall() {
    let mut world = World::ideal("[webhooks]\nstalls = [{ from = \"0s\", until = \"90s\" }]");
    world.subscribe("ORDER_STATUS_CHANGE");
    world.buy(&[(0, 1)]);
    assert!(world.deliveries.is_empty());
    world.run_for(Micros::from_secs(89));
    assert!(world.deliveries.is_empty());
    world.run_for(Micros::from_secs(1));
    assert_eq!(world.receive(DONE).len(), 1);
}

#[test]
fn inventory_events_take_the_route_of_the_profile() {
    for (route, event_type) in [
        ("event_type", "INVENTORY_CHANGE"),
        ("order_status_change", "ORDER_STATUS_CHANGE"),
    ] {
        let mut world = World::ideal(&format!("[webhooks]\ninventory_route = \"{route}\""));
        world.subscribe(event_type);
        world.buy(&[(0, 3)]);
        let bodies = world.receive(DONE);
        let body = bodies.iter().find(|body| body["type"] == 71).unwrap();
        let after = &body["data"]["quantity_snapshot_after_change"];
        assert_eq!(after["total_available_quantity"], 7);
        assert_eq!(after["total_committed_quantity"], 3);
        let change = &body["data"]["change_detail"][0];
        assert_eq!(change["trigger_source"], "order_created");
        assert_eq!(change["available_quantity_delta"], -3);
        assert!(body["data"]["sku_id"].is_u64());
        world.set_stock(SKU_0, 50).data();
        let bodies = world.receive(DONE);
        assert_eq!(
            bodies[0]["data"]["change_detail"][0]["trigger_source"],
            "api_sync"
        );
    }
    let mut world = World::ideal("[webhooks]\ninventory_route = \"off\"");
    let body = r#"{"address":"http://127.0.0.1:8/hook","event_type":"INVENTORY_CHANGE"}"#;
    let answer = world.send(world.signed(Method::PUT, "/event/202309/webhooks", "", body));
    let told = "EventType is invalid, allowed values: ORDER_STATUS_CHANGE,";
    assert!(answer.message().starts_with(told) && !answer.message().contains("INVENTORY_CHANGE"));
}

#[test]
fn registrations_are_listed_replaced_and_removed() {
    let mut world = World::ideal("");
    world.subscribe("ORDER_STATUS_CHANGE");
    world.subscribe("PACKAGE_UPDATE");
    world.subscribe("PACKAGE_UPDATE");
    let list = world.get("/event/202309/webhooks", "");
    assert_eq!(list.data()["total_count"], 2);
    assert_eq!(list.data()["webhooks"][1]["event_type"], "PACKAGE_UPDATE");
    for _ in 0..2 {
        let body = r#"{"event_type":"ORDER_STATUS_CHANGE"}"#;
        let answer = world.send(world.signed(Method::DELETE, "/event/202309/webhooks", "", body));
        answer.data();
    }
    world.buy(&[(0, 1)]);
    assert!(world.deliveries.is_empty());
}

#[test]
fn a_real_shop_takes_public_addresses_only() {
    let mut world = World::ideal("[webhooks]\nrelaxed_callback_url = false");
    for (address, code) in [
        ("https://hooks.example.com/tiktok", 0),
        ("http://hooks.example.com/tiktok", 36_009_004),
        ("https://hooks.example.com:8443/tiktok", 36_009_004),
        ("https://192.0.2.7/tiktok", 36_009_004),
        ("not an address", 36_009_004),
    ] {
        let body = format!(r#"{{"address":"{address}","event_type":"ORDER_STATUS_CHANGE"}}"#);
        let answer = world.send(world.signed(Method::PUT, "/event/202309/webhooks", "", &body));
        assert_eq!(answer.code(), code, "{address}");
    }
}
