//! Returns and refunds: from the buyer's request to the money, and webhook 12.

use super::super::{ReturnRef, ReturnType};
use super::*;
use crate::core::ActOutcome;

const FIRST: &str = "4035000000000000001";

fn shipped(world: &mut World, units: u32) -> OrderRef {
    let order = world.buy(&[(0, units)]);
    world.ship(order).data();
    order
}

fn ask(
    world: &mut World,
    order: OrderRef,
    units: &[u32],
    kind: ReturnType,
) -> Result<ReturnRef, &'static str> {
    let asked = world.shop.request_return(world.now, order, units, kind);
    assert!(world.drain().is_none());
    asked
}

fn decide(world: &mut World, return_id: &str, verdict: &str, body: &str) -> u64 {
    let path = format!("/return_refund/202309/returns/{return_id}/{verdict}");
    world.post(&path, "", body).code()
}

fn search(world: &mut World, body: &str) -> Vec<Value> {
    let answer = world.post("/return_refund/202602/returns/search", "page_size=10", body);
    answer.data()["return_orders"].as_array().unwrap().clone()
}

#[test]
fn a_return_goes_from_request_to_refund() {
    let mut world = World::ideal("");
    world.subscribe("RETURN_STATUS_CHANGE");
    let early = world.buy(&[(0, 1)]);
    assert!(ask(&mut world, early, &[], ReturnType::Refund).is_err());
    let order = shipped(&mut world, 2);
    let asked = ask(&mut world, order, &[1], ReturnType::ReturnAndRefund).unwrap();
    assert!(
        ask(&mut world, order, &[1], ReturnType::Refund).is_err(),
        "a unit is in one return only"
    );
    assert_eq!(
        decide(
            &mut world,
            FIRST,
            "approve",
            r#"{"decision":"APPROVE_REFUND"}"#
        ),
        25_002_002,
        "the units are to come back"
    );
    let send_back = |world: &mut World| {
        let outcome = world.shop.send_back(world.now, asked);
        assert!(world.drain().is_none());
        outcome
    };
    assert!(matches!(send_back(&mut world), ActOutcome::Refused(_)));
    world.now = Micros::from_secs(60);
    assert_eq!(
        decide(
            &mut world,
            FIRST,
            "approve",
            r#"{"decision":"APPROVE_RETURN"}"#
        ),
        0
    );
    assert_eq!(send_back(&mut world), ActOutcome::Done);
    let found = &search(&mut world, r#"{"return_status":["BUYER_SHIPPED_ITEM"]}"#)[0];
    assert_eq!(
        found["seller_next_action_response"][0]["action"],
        "SELLER_RESPOND_RECEIVE_PACKAGE"
    );
    assert_eq!(
        found["return_line_items"][0]["order_line_item_id"],
        "577000000001000001"
    );
    assert_eq!(found["refund_amount"]["refund_total"], "10.00");
    let line = found["return_line_items"][0].as_object().unwrap();
    let mut names: Vec<&str> = line.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "order_line_item_id",
            "product_image",
            "product_name",
            "refund_amount",
            "return_line_item_id",
            "seller_sku",
            "sku_id",
            "sku_name",
        ]
    );
    let received = r#"{"decision":"APPROVE_RECEIVED_PACKAGE"}"#;
    assert_eq!(decide(&mut world, FIRST, "approve", received), 0);
    assert_ne!(decide(&mut world, FIRST, "approve", received), 0);
    assert_eq!(world.displayed(0), 7, "the API puts nothing back on sale");

    let told = world.receive(DeliveryOutcome::Answered(200));
    let told: Vec<&str> = told
        .iter()
        .map(|body| {
            assert_eq!(
                (&body["type"], &body["data"]["return_id"]),
                (&12.into(), &FIRST.into())
            );
            body["data"]["return_status"].as_str().unwrap()
        })
        .collect();
    assert_eq!(
        told,
        [
            "RETURN_OR_REFUND_REQUEST_PENDING",
            "AWAITING_BUYER_SHIP",
            "BUYER_SHIPPED_ITEM",
            "RETURN_OR_REFUND_REQUEST_COMPLETE"
        ]
    );
    let records = world.get(
        &format!("/return_refund/202309/returns/{FIRST}/records"),
        "",
    );
    let records = records.data()["records"].as_array().unwrap();
    assert_eq!(records.len(), 4);
    assert_eq!(records[3]["role"], "BUYER");
    assert_eq!(records[0]["role"], "SELLER");
}

#[test]
fn refusals_free_the_units() {
    let mut world = World::ideal("");
    let order = shipped(&mut world, 1);
    ask(&mut world, order, &[], ReturnType::Refund).unwrap();
    let reasons = "/return_refund/202309/reject_reasons";
    for (query, code) in [
        ("", 36_009_004),
        ("return_or_cancel_id=", 36_009_004),
        ("return_or_cancel_id=1", 25_002_001),
    ] {
        assert_eq!(world.get(reasons, query).code(), code, "{query}");
    }
    let reasons = world.get(reasons, &format!("return_or_cancel_id={FIRST}"));
    let reason = reasons.data()["reasons"][0]["name"].as_str().unwrap();
    let reject = format!(r#"{{"decision":"REJECT_REFUND","reject_reason":"{reason}"}}"#);
    assert_eq!(
        decide(
            &mut world,
            FIRST,
            "reject",
            r#"{"decision":"REJECT_REFUND"}"#
        ),
        36_009_004,
        "a reason is required"
    );
    assert_eq!(decide(&mut world, FIRST, "approve", &reject), 36_009_004);
    assert_eq!(decide(&mut world, FIRST, "reject", &reject), 0);
    ask(&mut world, order, &[], ReturnType::Refund).expect("asked again");
    assert_eq!(decide(&mut world, "17", "approve", "{}"), 25_002_001);
}

#[test]
fn the_seller_opens_returns_by_sku_or_line() {
    let mut world = World::ideal("");
    let order = shipped(&mut world, 3);
    let id = world.shop.native_order_id(order);
    let create = |world: &mut World, kind: &str, what: &str| {
        let body = format!(
            r#"{{"order_id":"{id}","return_reason":"damaged","return_type":"{kind}"{what}}}"#
        );
        world.post("/return_refund/202602/returns", "", &body)
    };
    let one = format!(r#","skus":[{{"sku_id":"{SKU_0}","quantity":1}}]"#);
    let refund = create(&mut world, "REFUND", &one);
    assert_eq!(
        refund.data()["return_status"],
        "RETURN_OR_REFUND_REQUEST_COMPLETE"
    );
    let line = r#","order_line_list":[{"order_line_item_id":"577000000000000000"}]"#;
    assert_eq!(
        create(&mut world, "REFUND", line).code(),
        25_002_003,
        "the first unit has been refunded"
    );
    let rest = create(&mut world, "RETURN_AND_REFUND", "");
    assert_eq!(rest.data()["return_status"], "AWAITING_BUYER_SHIP");
    assert_eq!(create(&mut world, "REFUND", "").code(), 25_002_003);
    assert_eq!(create(&mut world, "EXCHANGE", "").code(), 36_009_004);
    let all = search(&mut world, &format!(r#"{{"order_ids":["{id}"]}}"#));
    assert_eq!(all[0]["return_line_items"].as_array().unwrap().len(), 2);
    assert_eq!(all[1]["return_type"], "REFUND");
    assert!(search(&mut world, r#"{"return_types":["EXCHANGE"]}"#).is_empty());
}

#[test]
fn units_that_came_back_at_the_counter_are_a_complete_return() {
    let mut world = World::ideal("");
    world.subscribe("RETURN_STATUS_CHANGE");
    let order = shipped(&mut world, 2);
    let outcome = world.shop.return_units(world.now, order, 0, 1, true);
    assert_eq!(outcome, ActOutcome::Done);
    assert!(world.drain().is_none());
    assert_eq!(world.displayed(0), 9);
    let told = world.receive(DeliveryOutcome::Answered(200));
    assert_eq!(
        told[0]["data"]["return_status"],
        "RETURN_OR_REFUND_REQUEST_COMPLETE"
    );
    let path = "/return_refund/202309/returns/search";
    let unsized_page = world.post(path, "", "");
    assert_eq!(unsized_page.data()["total_count"], 1);
    assert_eq!(world.post(path, "page_size=0", "").code(), 36_009_004);
    ask(&mut world, order, &[1], ReturnType::Refund).unwrap();
    let outcome = world.shop.return_units(world.now, order, 0, 1, true);
    assert!(matches!(outcome, ActOutcome::Refused(_)));
}

#[test]
fn returns_are_paged_newest_first() {
    let mut world = World::ideal("");
    for _ in 0..5 {
        let order = shipped(&mut world, 1);
        ask(&mut world, order, &[], ReturnType::Refund).unwrap();
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let answer = world.post(
            "/return_refund/202309/returns/search",
            &format!("page_size=2&page_token={token}"),
            "{}",
        );
        let data = answer.data();
        assert_eq!(data["total_count"], 5);
        for row in data["return_orders"].as_array().unwrap() {
            seen.push(row["return_id"].as_str().unwrap().to_string());
        }
        token = data["next_page_token"]
            .as_str()
            .unwrap()
            .replace('+', "%2B");
        if token.is_empty() {
            break;
        }
    }
    let expected: Vec<String> = (1..=5)
        .rev()
        .map(|n| format!("403500000000000000{n}"))
        .collect();
    assert_eq!(seen, expected);
}
