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
