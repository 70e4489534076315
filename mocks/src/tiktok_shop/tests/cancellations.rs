//! What cancellations are about, how they are found, and how requests are decided.

use serde_json::json;

use super::*;
use crate::core::{ActOutcome, Removal, RemovalKind};

const CANCEL: &str = "/return_refund/202602/cancellations";
const SEARCH: &str = "/return_refund/202602/cancellations/search";
const DAY: &str = "[orders]\ncancel_auto_approve = \"24h\"";

fn found(world: &mut World, body: &str) -> Vec<Value> {
    let answer = world.post(SEARCH, "page_size=10", body);
    answer.data()["cancellations"].as_array().unwrap().clone()
}

fn lines(cancellation: &Value) -> Vec<&str> {
    let lines = cancellation["cancel_line_items"].as_array().unwrap();
    lines
        .iter()
        .map(|line| line["order_line_item_id"].as_str().unwrap())
        .collect()
}

/// Cancels line items of an order through the API; all of it where none is named.
fn cancel(world: &mut World, order: OrderRef, lines: &[&str]) -> u64 {
    let id = world.shop.native_order_id(order);
    let body = json!({"order_id": id, "cancel_reason": "x", "order_line_item_ids": lines});
    world.post(CANCEL, "", &body.to_string()).code()
}

#[test]
fn a_cancellation_lists_what_it_cancelled_and_nothing_else() {
    let line = |unit: usize| format!("57700000000000000{unit}");
    let all: Vec<String> = (0..4).map(line).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    // The rest by the names of its lines, as the whole order, and by the buyer.
    for way in 0..3 {
        let mut world = World::ideal(DAY);
        let order = world.buy(&[(0, 4)]);
        assert_eq!(cancel(&mut world, order, &[all[1]]), 0);
        match way {
            0 => assert_eq!(cancel(&mut world, order, &[all[0], all[2], all[3]]), 0),
            1 => assert_eq!(cancel(&mut world, order, &[]), 0),
            _ => {
                world.shop.cancel_by_buyer(world.now, order);
                world.drain();
                let asked = &found(&mut world, "{}")[0];
                assert_eq!(asked["cancel_status"], "CANCELLATION_REQUEST_PENDING");
                assert_eq!(lines(asked), [all[0], all[2], all[3]], "asked for");
                let day = Micros::from_secs(86_400);
                world.run_for(day);
            }
        }
        assert_eq!(world.order_status(order), "CANCELLED");
        assert_eq!(world.displayed(0), 10, "every unit once");
        let both = found(&mut world, "{}");
        assert_eq!(lines(&both[0]), [all[0], all[2], all[3]], "way {way}");
        assert_eq!(lines(&both[1]), [all[1]]);
    }
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 4)]);
    assert_eq!(cancel(&mut world, order, &[]), 0);
    assert_eq!(lines(&found(&mut world, "{}")[0]), all, "a whole order");
}

#[test]
fn no_part_is_cancelled_beside_a_request_that_waits() {
    let mut world = World::ideal(DAY);
    let order = world.buy(&[(0, 3)]);
    let wish = Removal {
        line: 0,
        units: 1,
        kind: RemovalKind::BuyerRequest,
        restock: false,
    };
    let asked = world.shop.remove_units(world.now, order, wish);
    assert_eq!(asked, ActOutcome::Done);
    world.drain();
    let first = ["577000000000000000"];
    assert_eq!(cancel(&mut world, order, &first), 25_001_001);
    world.run_for(Micros::from_secs(86_400));
    assert_eq!(world.displayed(0), 8, "the one unit, and once");
    assert_eq!(cancel(&mut world, order, &["577000000000000001"]), 0);
    assert_eq!(world.displayed(0), 9);
}

#[test]
fn searches_find_by_id_type_and_buyer() {
    let mut world = World::ideal(DAY);
    let orders = [world.buy(&[(0, 1)]), world.buy(&[(0, 1)])];
    assert_eq!(cancel(&mut world, orders[0], &[]), 0);
    world.shop.cancel_by_buyer(world.now, orders[1]);
    world.drain();
    let id = world.shop.native_order_id(orders[0]);
    let shown = world.get("/order/202507/orders", &format!("ids={id}"));
    let buyer = shown.data()["orders"][0]["user_id"].clone();
    let (first, second) = ("4030000000000000001", "4030000000000000002");
    for (filter, expected) in [
        (json!({}), &[second, first][..]),
        (json!({"cancel_ids": [first]}), &[first]),
        (json!({"cancel_ids": ["17"]}), &[]),
        (json!({"cancel_types": ["BUYER_CANCEL"]}), &[second]),
        (json!({"cancel_types": ["CANCEL"]}), &[first]),
        (
            json!({"cancel_types": ["CANCEL", "BUYER_CANCEL"]}),
            &[second, first],
        ),
        (json!({"buyer_user_ids": [buyer]}), &[second, first]),
        (json!({"buyer_user_ids": ["3"]}), &[]),
        (
            json!({"cancel_ids": [second], "cancel_types": ["CANCEL"]}),
            &[],
        ),
    ] {
        let rows = found(&mut world, &filter.to_string());
        let ids: Vec<&str> = rows
            .iter()
            .map(|row| row["cancel_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{filter}");
    }
    for filter in ["cancel_ids", "cancel_types", "buyer_user_ids", "order_ids"] {
        let answer = world.post(SEARCH, "page_size=10", &json!({filter: "x"}).to_string());
        assert_eq!(
            (answer.status, answer.code()),
            (400, 36_009_004),
            "{filter}"
        );
        assert!(answer.message().starts_with("Invalid request body"));
    }
}

#[test]
fn a_rejection_has_a_reason() {
    let mut world = World::ideal(DAY);
    let order = world.buy(&[(0, 1)]);
    world.shop.cancel_by_buyer(world.now, order);
    world.drain();
    let reject = "/return_refund/202309/cancellations/4030000000000000001/reject";
    let missing = "RejectReason is a required field and has not been provided.";
    for body in [
        "",
        "{}",
        r#"{"reject_reason":""}"#,
        r#"{"reject_reason":null}"#,
    ] {
        let answer = world.post(reject, "", body);
        assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{body}");
        assert_eq!(answer.message(), missing, "{body}");
    }
    for verdict in [reject.to_string(), reject.replace("reject", "approve")] {
        for body in ["no JSON", "[1", r#"{"reject_reason":7}"#] {
            let answer = world.post(&verdict, "", body);
            assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{body}");
            assert!(answer.message().starts_with("Invalid request body"));
        }
    }
    let waits = &found(&mut world, "{}")[0];
    assert_eq!(waits["cancel_status"], "CANCELLATION_REQUEST_PENDING");
    world
        .post(reject, "", r#"{"reject_reason":"packed"}"#)
        .data();
    assert_eq!(world.order_status(order), "AWAITING_SHIPMENT");
}

/// What every line of an order says of its cancellation.
fn cancelled_by(world: &mut World, order: OrderRef) -> Vec<Option<(String, String)>> {
    let id = world.shop.native_order_id(order);
    let answer = world.get("/order/202507/orders", &format!("ids={id}"));
    let lines = answer.data()["orders"][0]["line_items"].as_array().unwrap();
    let text = |value: &Value| Some(value.as_str()?.to_string());
    lines
        .iter()
        .map(|line| Some((text(&line["cancel_user"])?, text(&line["cancel_reason"])?)))
        .collect()
}

#[test]
fn every_cancelled_line_keeps_its_own_party_and_reason() {
    let mut world = World::ideal(DAY);
    let order = world.buy(&[(0, 4)]);
    let id = world.shop.native_order_id(order);
    let by = |user: &str, reason: &str| Some((user.to_string(), reason.to_string()));
    for (unit, reason) in [(2, "broken"), (0, "lost")] {
        let line = format!("57700000000000000{unit}");
        let body = json!({"order_id": id, "cancel_reason": reason, "order_line_item_ids": [line]});
        world.post(CANCEL, "", &body.to_string()).data();
    }
    let both = [by("SELLER", "lost"), None, by("SELLER", "broken"), None];
    assert_eq!(cancelled_by(&mut world, order), both);
    // A request that waits takes nothing from the lines that are cancelled already.
    world.shop.cancel_by_buyer(world.now, order);
    world.drain();
    assert_eq!(cancelled_by(&mut world, order), both, "beside a request");
    world.run_for(Micros::from_secs(86_400));
    let buyer = by("BUYER", "no longer needed");
    assert_eq!(
        cancelled_by(&mut world, order),
        [both[0].clone(), buyer.clone(), both[2].clone(), buyer]
    );
    let mut world = World::ideal(DAY);
    let whole = world.buy(&[(0, 2)]);
    world.shop.cancel_by_seller(world.now, whole);
    world.drain();
    let lines = cancelled_by(&mut world, whole);
    assert!(
        lines
            .iter()
            .all(|line| line.as_ref().unwrap().0 == "SELLER")
    );
}

#[test]
fn stock_is_to_be_replenished_where_cancelled_units_go_back_on_sale() {
    let mut world = World::ideal(DAY);
    world.shop.open_with(ListingIndex(1), 5);
    let by_hand = json!({"seller_id": "1", "sku_ids": [SKU_1], "stock_operation_setting": {"enable_auto_restock": false}});
    let setting = "/product/202608/inventory/operation/settings";
    world.post(setting, "", &by_hand.to_string()).data();
    let order = world.buy(&[(0, 1), (1, 2)]);
    let line = |unit: u32| format!("57700000000000000{unit}");
    assert_eq!(cancel(&mut world, order, &[&line(1)]), 0);
    let replenishes = |world: &mut World| found(world, "{}")[0]["should_replenish_stock"].clone();
    assert_eq!(replenishes(&mut world), false, "restocked by hand");
    assert_eq!(world.displayed(1), 3);
    world.shop.cancel_by_buyer(world.now, order);
    world.drain();
    assert_eq!(replenishes(&mut world), true, "of a request, what would be");
    world.run_for(Micros::from_secs(86_400));
    assert_eq!((world.displayed(0), world.displayed(1)), (10, 3));
    assert_eq!(replenishes(&mut world), true, "a unit went back");
    // What happened stays true when the setting changes.
    let all = json!({"seller_id": "1", "sku_ids": [SKU_0, SKU_1], "stock_operation_setting": {"enable_auto_restock": false}});
    world.post(setting, "", &all.to_string()).data();
    let told = found(&mut world, "{}");
    let told: Vec<&Value> = told
        .iter()
        .map(|it| &it["should_replenish_stock"])
        .collect();
    assert_eq!(told, [true, false]);
}

#[test]
fn a_cancellation_is_complete_when_it_is_refunded() {
    let mut world = World::ideal("[orders]\nrefund_after = \"2h\"");
    world.subscribe("CANCELLATION_STATUS_CHANGE");
    let order = world.buy(&[(0, 3)]);
    assert_eq!(cancel(&mut world, order, &["577000000000000001"]), 0);
    world.run_for(Micros::from_secs(3_600));
    assert_eq!(cancel(&mut world, order, &[]), 0);
    let statuses = |world: &mut World, body: &str| -> Vec<String> {
        let rows = found(world, body);
        let rows = rows
            .iter()
            .map(|row| row["cancel_status"].as_str().unwrap());
        rows.map(|status| status.replace("CANCELLATION_REQUEST_", ""))
            .collect()
    };
    assert_eq!(statuses(&mut world, "{}"), ["SUCCESS", "SUCCESS"]);
    let before = found(&mut world, "{}");
    world.run_for(Micros::from_secs(3_600));
    assert_eq!(statuses(&mut world, "{}"), ["SUCCESS", "COMPLETE"]);
    world.run_for(Micros::from_secs(3_600));
    let complete = r#"{"cancel_status":["CANCELLATION_REQUEST_COMPLETE"]}"#;
    assert_eq!(statuses(&mut world, complete), ["COMPLETE", "COMPLETE"]);
    let after = found(&mut world, "{}");
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before["update_time"], after["update_time"]);
    }
    assert_eq!(cancelled_by(&mut world, order).iter().flatten().count(), 3);
    assert_eq!(world.displayed(0), 10, "nothing goes back twice");
    let told = world.receive(DeliveryOutcome::Answered(200));
    let told: Vec<(&Value, &Value)> = told
        .iter()
        .map(|body| (&body["data"]["cancel_id"], &body["data"]["cancel_status"]))
        .collect();
    let expected = [
        (1, "SUCCESS"),
        (2, "SUCCESS"),
        (1, "COMPLETE"),
        (2, "COMPLETE"),
    ]
    .map(|(id, status)| {
        (
            json!(format!("403000000000000000{id}")),
            json!(format!("CANCELLATION_REQUEST_{status}")),
        )
    });
    let expected: Vec<(&Value, &Value)> =
        expected.iter().map(|(id, status)| (id, status)).collect();
    assert_eq!(told, expected);
    let mut never = World::ideal("");
    let order = never.buy(&[(0, 1)]);
    assert_eq!(cancel(&mut never, order, &[]), 0);
    never.run_for(Micros::from_secs(6 * 86_400));
    assert_eq!(statuses(&mut never, "{}"), ["SUCCESS"]);
}

#[test]
fn a_line_of_a_cancellation_is_none_of_an_order() {
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 2)]);
    assert_eq!(cancel(&mut world, order, &[]), 0);
    let cancellation = &found(&mut world, "{}")[0];
    assert_eq!(cancellation["cancel_reason_text"], "x");
    let line = &cancellation["cancel_line_items"][1];
    let mut names: Vec<&str> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "cancel_line_item_id",
            "order_line_item_id",
            "product_image",
            "product_name",
            "seller_sku",
            "sku_id",
            "sku_name",
        ]
    );
    assert_eq!(
        (&line["sku_id"], &line["seller_sku"]),
        (&json!(SKU_0), &json!("SKU-000"))
    );
    let other = &cancellation["cancel_line_items"][0];
    assert_ne!(line["cancel_line_item_id"], other["cancel_line_item_id"]);
}

#[test]
fn nothing_is_refunded_of_what_nobody_paid() {
    let mut world = World::ideal("[orders]\nunpaid_share = 1.0\nrefund_after = \"2h\"");
    let orders = [world.buy(&[(0, 1)]), world.buy(&[(0, 1)])];
    assert_eq!(world.shop.pay(world.now, orders[0]), ActOutcome::Done);
    world.drain();
    assert_eq!(cancel(&mut world, orders[0], &[]), 0);
    world.run_for(Micros::from_secs(72 * 3_600));
    assert_eq!(world.order_status(orders[1]), "CANCELLED");
    let mut statuses: Vec<String> = found(&mut world, "{}")
        .iter()
        .map(|row| row["cancel_status"].to_string())
        .collect();
    statuses.sort_unstable();
    let expected = ["COMPLETE", "SUCCESS"].map(|it| format!("\"CANCELLATION_REQUEST_{it}\""));
    assert_eq!(statuses, expected);
}
