//! Shipments cancelled and reported on; fulfillment orders split and merged.

use serde_json::{Value, json};

use super::Bench;
use crate::core::{Fact, OrderRef, Storefront};

const FIRST: &str = "gid://shopify/FulfillmentOrder/9701000000001";
const SECOND: &str = "gid://shopify/FulfillmentOrder/9701000000002";
const SHIPMENT: &str = "gid://shopify/Fulfillment/9001000000001";

fn line(number: u64) -> String {
    format!("gid://shopify/FulfillmentOrderLineItem/{number}")
}

fn run(bench: &mut Bench, call: &str, payload: &str) -> Value {
    let query = format!("mutation {{ it: {call} {{ {payload} }} }}");
    let answer = bench.graphql(&query, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["it"].clone()
}

/// Ships so many units of the first line of the first fulfillment order.
fn ship(bench: &mut Bench, quantity: u32) {
    let row = line(19_701_000_000_001);
    let call = format!(
        "fulfillmentCreate(fulfillment: {{ lineItemsByFulfillmentOrder: [{{ fulfillmentOrderId: \"{FIRST}\", fulfillmentOrderLineItems: [{{ id: \"{row}\", quantity: {quantity} }}] }}] }})"
    );
    let made = run(bench, &call, "userErrors { message }");
    assert_eq!(made["userErrors"], json!([]));
}

fn cancel(bench: &mut Bench, id: &str) -> Value {
    let call = format!("fulfillmentCancel(id: \"{id}\")");
    let shown = "fulfillment { status displayStatus } userErrors { field message }";
    run(bench, &call, shown)
}

/// Status, and total and remaining units of each line, of every fulfillment order of the first order.
fn parts(bench: &mut Bench) -> Vec<(String, Vec<(i64, i64)>)> {
    let read = bench.graphql(
        "{ order(id: \"gid://shopify/Order/5001000000001\") { fulfillmentOrders(first: 9) { nodes { status lineItems(first: 9) { nodes { totalQuantity remainingQuantity } } } } } }",
        json!({}),
    );
    let nodes = read["data"]["order"]["fulfillmentOrders"]["nodes"].as_array();
    let units = |row: &Value, name: &str| row[name].as_i64().unwrap();
    nodes
        .unwrap()
        .iter()
        .map(|node| {
            let rows = node["lineItems"]["nodes"].as_array().unwrap();
            let rows = rows
                .iter()
                .map(|row| (units(row, "totalQuantity"), units(row, "remainingQuantity")));
            (node["status"].as_str().unwrap().to_owned(), rows.collect())
        })
        .collect()
}

fn committed(bench: &Bench) -> i64 {
    let stock = &bench.shop.store.state.stock;
    (0..2)
        .map(|location| stock.level(0, location).committed)
        .sum()
}

#[test]
fn units_of_a_cancelled_shipment_wait_in_a_new_fulfillment_order_when_all_had_left() {
    let mut bench = Bench::ideal();
    let order = bench.checkout(&[(0, 4)]);
    bench.graphql(
        "mutation { webhookSubscriptionCreate(topic: FULFILLMENTS_UPDATE, webhookSubscription: { uri: \"https://example.com/f\" }) { userErrors { message } } }",
        json!({}),
    );
    ship(&mut bench, 4);
    assert_eq!((committed(&bench), bench.displayed(0)), (0, 6));
    let done = json!({ "fulfillment": { "status": "CANCELLED", "displayStatus": "CANCELED" }, "userErrors": [] });
    assert_eq!(cancel(&mut bench, SHIPMENT), done);
    assert_eq!((committed(&bench), bench.displayed(0)), (4, 6));
    let units = 4;
    assert!(
        bench
            .facts
            .contains(&Fact::FulfillmentCancelled { order, units })
    );
    let expected = [("CLOSED", vec![(4, 4)]), ("OPEN", vec![(4, 4)])];
    let expected = expected.map(|(status, rows)| (status.to_owned(), rows));
    assert_eq!(parts(&mut bench), expected);
    // Once more changes nothing.
    assert_eq!(cancel(&mut bench, SHIPMENT), done);
    assert_eq!(parts(&mut bench), expected);
    let now = bench.now;
    bench.run_until(crate::core::Micros(now.0 + 5_000_000));
    let delivered: Vec<Value> = bench
        .deliveries
        .iter()
        .map(|(_, _, request)| serde_json::from_slice(request.body()).unwrap())
        .collect();
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0]["status"], "cancelled");
    let unknown = cancel(&mut bench, "gid://shopify/Fulfillment/31");
    assert_eq!(
        unknown,
        json!({ "fulfillment": null, "userErrors": [{ "field": ["id"], "message": "Fulfillment not found." }] })
    );
    // Nothing is outstanding any more, so the order may be cancelled.
    let state = &bench.shop.store.state;
    assert_eq!(state.cancel_obstacle(0), None);
    assert_eq!(state.orders[0].fulfillment_status().0, "UNFULFILLED");
}

#[test]
fn a_fulfillment_order_with_units_left_takes_a_cancelled_shipment_back_except_what_came_home() {
    let mut bench = Bench::ideal();
    let order = bench.checkout(&[(0, 5)]);
    ship(&mut bench, 3);
    let taken_back = bench.shop.return_units(bench.now, order, 0, 1, false);
    assert_eq!(taken_back, crate::core::ActOutcome::Done);
    bench.drain();
    let response = bench.rest("POST", "fulfillments/9001000000001/cancel.json", json!({}));
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["fulfillment"]["status"], "cancelled");
    assert!(bench.facts.contains(&Fact::FulfillmentCancelled {
        order: OrderRef(0),
        units: 2
    }));
    assert_eq!(
        parts(&mut bench),
        [("IN_PROGRESS".to_owned(), vec![(5, 4)])]
    );
    assert_eq!(committed(&bench), 4);
}

#[test]
fn a_shipment_shows_the_newest_event_of_its_carrier() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    ship(&mut bench, 1);
    let report = |bench: &mut Bench, id: &str, rest: &str| {
        let call = format!(
            "fulfillmentEventCreate(fulfillmentEvent: {{ fulfillmentId: \"{id}\", {rest} }})"
        );
        let shown = "fulfillmentEvent { id status message happenedAt estimatedDeliveryAt } userErrors { field message }";
        run(bench, &call, shown)
    };
    let read = |bench: &mut Bench| {
        let query = format!(
            "{{ fulfillment(id: \"{SHIPMENT}\") {{ displayStatus inTransitAt deliveredAt estimatedDeliveryAt events(first: 5) {{ nodes {{ status }} }} }} }}"
        );
        bench.graphql(&query, json!({}))["data"]["fulfillment"].clone()
    };
    let event = report(
        &mut bench,
        SHIPMENT,
        "status: OUT_FOR_DELIVERY, message: \"van 3\", happenedAt: \"2026-11-23T08:00:00+01:00\", estimatedDeliveryAt: \"2026-11-23T16:30:00Z\"",
    );
    assert_eq!(event["fulfillmentEvent"]["message"], "van 3");
    assert_eq!(
        event["fulfillmentEvent"]["happenedAt"],
        "2026-11-23T07:00:00Z"
    );
    report(
        &mut bench,
        SHIPMENT,
        "status: IN_TRANSIT, happenedAt: \"2026-11-22T20:15:09Z\"",
    );
    assert_eq!(
        read(&mut bench),
        json!({
            "displayStatus": "IN_TRANSIT",
            "inTransitAt": "2026-11-22T20:15:09Z",
            "deliveredAt": null,
            "estimatedDeliveryAt": "2026-11-23T16:30:00Z",
            "events": { "nodes": [{ "status": "IN_TRANSIT" }, { "status": "OUT_FOR_DELIVERY" }] },
        })
    );
    cancel(&mut bench, SHIPMENT);
    let late = report(&mut bench, SHIPMENT, "status: DELIVERED");
    assert_eq!(late["userErrors"], json!([]));
    assert_eq!(read(&mut bench)["displayStatus"], "CANCELED");
    let unknown = report(
        &mut bench,
        "gid://shopify/Fulfillment/5",
        "status: DELIVERED",
    );
    assert!(unknown["fulfillmentEvent"].is_null());
    assert_eq!(
        unknown["userErrors"][0]["field"],
        json!(["fulfillmentEvent", "fulfillmentId"])
    );
}

fn split(bench: &mut Bench, rows: &str) -> Value {
    let call = format!(
        "fulfillmentOrderSplit(fulfillmentOrderSplits: [{{ fulfillmentOrderId: \"{FIRST}\", fulfillmentOrderLineItems: [{rows}] }}])"
    );
    let shown = "fulfillmentOrderSplits { fulfillmentOrder { id } remainingFulfillmentOrder { id } replacementFulfillmentOrder { id } } userErrors { field message code }";
    run(bench, &call, shown)
}

fn merge(bench: &mut Bench, intents: &str) -> Value {
    let call = format!(
        "fulfillmentOrderMerge(fulfillmentOrderMergeInputs: [{{ mergeIntents: [{intents}] }}])"
    );
    let shown =
        "fulfillmentOrderMerges { fulfillmentOrder { id } } userErrors { field message code }";
    run(bench, &call, shown)
}

#[test]
fn what_is_split_off_can_be_shipped_by_itself_or_merged_again() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3), (1, 2)]);
    let (tee, mug) = (line(19_701_000_000_001), line(19_701_000_000_002));
    let named = format!("{{ id: \"{tee}\", quantity: 1 }}, {{ id: \"{mug}\", quantity: 2 }}");
    let done = split(&mut bench, &named);
    let expected = json!([{ "fulfillmentOrder": { "id": FIRST }, "remainingFulfillmentOrder": { "id": SECOND }, "replacementFulfillmentOrder": null }]);
    assert_eq!(done["fulfillmentOrderSplits"], expected);
    let named = |status: &str, rows: Vec<(i64, i64)>| (status.to_owned(), rows);
    let halves = [
        named("OPEN", vec![(2, 2)]),
        named("OPEN", vec![(1, 1), (2, 2)]),
    ];
    assert_eq!(parts(&mut bench), halves);
    let both =
        format!("{{ fulfillmentOrderId: \"{FIRST}\" }}, {{ fulfillmentOrderId: \"{SECOND}\" }}");
    let merged = merge(&mut bench, &both);
    assert_eq!(
        merged["fulfillmentOrderMerges"],
        json!([{ "fulfillmentOrder": { "id": FIRST } }])
    );
    let whole = [
        named("OPEN", vec![(3, 3), (2, 2)]),
        named("CLOSED", vec![(0, 0), (0, 0)]),
    ];
    assert_eq!(parts(&mut bench), whole);
    let call = format!(
        "fulfillmentCreate(fulfillment: {{ lineItemsByFulfillmentOrder: [{{ fulfillmentOrderId: \"{FIRST}\" }}] }})"
    );
    let shipped = run(&mut bench, &call, "fulfillment { totalQuantity }");
    assert_eq!(shipped["fulfillment"]["totalQuantity"], 5);
    assert_eq!(committed(&bench), 0);
    let refused = merge(&mut bench, &both);
    assert_eq!(
        refused["userErrors"][0]["message"],
        "Fulfillment order: 9701000000001 is currently not in a mergeable state."
    );
    let refused = split(&mut bench, &format!("{{ id: \"{tee}\", quantity: 1 }}"));
    assert_eq!(
        refused["userErrors"][0]["message"],
        "The fulfillment order is not in a splittable state."
    );
}

#[test]
fn parts_of_one_line_that_leave_together_are_one_line_and_come_back_apart() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let tee = line(19_701_000_000_001);
    split(&mut bench, &format!("{{ id: \"{tee}\", quantity: 1 }}"));
    let call = format!(
        "fulfillmentCreate(fulfillment: {{ lineItemsByFulfillmentOrder: [{{ fulfillmentOrderId: \"{FIRST}\" }}, {{ fulfillmentOrderId: \"{SECOND}\" }}] }})"
    );
    let shown =
        "fulfillment { totalQuantity fulfillmentLineItems(first: 5) { nodes { quantity } } }";
    let shipped = run(&mut bench, &call, shown);
    assert_eq!(
        shipped["fulfillment"],
        json!({ "totalQuantity": 3, "fulfillmentLineItems": { "nodes": [{ "quantity": 3 }] } })
    );
    let rest = bench.rest("GET", "orders/5001000000001/fulfillments.json", Value::Null);
    let body: Value = serde_json::from_slice(rest.body()).unwrap();
    let lines = &body["fulfillments"][0]["line_items"];
    assert_eq!(
        (lines[0]["quantity"].as_i64(), lines[1].is_null()),
        (Some(3), true)
    );
    cancel(&mut bench, SHIPMENT);
    let named = |status: &str, units: i64| (status.to_owned(), vec![(units, units)]);
    let reopened = [
        named("CLOSED", 2),
        named("CLOSED", 1),
        named("OPEN", 2),
        named("OPEN", 1),
    ];
    assert_eq!(parts(&mut bench), reopened);
}

#[test]
fn splits_and_merges_that_name_what_is_not_there_change_nothing() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let tee = line(19_701_000_000_001);
    let before = parts(&mut bench);
    let rows = |quantity: u32| format!("{{ id: \"{tee}\", quantity: {quantity} }}");
    let lines = "fulfillmentOrderLineItems";
    let quantity_at = |steps: &[&str]| {
        let mut path = steps.to_vec();
        path.extend([lines, "0", "quantity"]);
        json!(path)
    };
    let invalid = "Invalid fulfillment order line item quantity requested.";
    let twice = format!("{}, {}", rows(2), rows(2));
    let stranger = format!("{{ id: \"{}\", quantity: 1 }}", line(7));
    for (named, field, message, code) in [
        (
            String::new(),
            json!(["fulfillmentOrderSplits", "0", lines]),
            "There must be at least one item selected in this fulfillment to split it.",
            json!("NO_LINE_ITEMS_PROVIDED_TO_SPLIT"),
        ),
        (
            rows(0),
            quantity_at(&["fulfillmentOrderSplits", "0"]),
            "You must select at least one item to split into a new fulfillment order.",
            json!("GREATER_THAN"),
        ),
        (rows(4), json!(null), invalid, json!(null)),
        (
            rows(3),
            json!(null),
            "The fulfillment order is not in a splittable state.",
            json!(null),
        ),
        (twice, json!(null), invalid, json!(null)),
        (
            stranger,
            json!(null),
            "Fulfillment order line item does not exist.",
            json!(null),
        ),
    ] {
        let refused = split(&mut bench, &named);
        assert!(refused["fulfillmentOrderSplits"].is_null());
        let error = json!({ "field": field, "message": message, "code": code });
        assert_eq!(refused["userErrors"], json!([error]), "{named}");
    }
    let first = format!("{{ fulfillmentOrderId: \"{FIRST}\" }}");
    let missing = merge(
        &mut bench,
        &format!("{first}, {{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/12\" }}"),
    );
    assert_eq!(
        missing["userErrors"][0]["code"],
        "FULFILLMENT_ORDER_NOT_FOUND"
    );
    let nothing = merge(
        &mut bench,
        &format!(
            "{first}, {{ fulfillmentOrderId: \"{FIRST}\", {lines}: [{}] }}",
            rows(0)
        ),
    );
    let at = ["fulfillmentOrderMergeInputs", "0", "mergeIntents", "1"];
    assert_eq!(nothing["userErrors"][0]["field"], quantity_at(&at));
    // Another order's fulfillment order is not to be merged with.
    bench.checkout(&[(0, 1)]);
    let foreign = merge(
        &mut bench,
        &format!("{first}, {{ fulfillmentOrderId: \"{SECOND}\" }}"),
    );
    assert_eq!(
        foreign["userErrors"][0]["message"],
        "Fulfillment order: 9701000000002 is currently not in a mergeable state."
    );
    assert_eq!(parts(&mut bench), before);
}

#[test]
fn fulfillment_orders_have_the_deadline_that_they_are_given_all_or_none() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2)]);
    bench.checkout(&[(1, 2)]);
    let set = |bench: &mut Bench, ids: &[&str], at: &str| {
        let call = format!(
            "fulfillmentOrdersSetFulfillmentDeadline(fulfillmentOrderIds: {}, fulfillmentDeadline: \"{at}\")",
            json!(ids)
        );
        run(bench, &call, "success userErrors { field code message }")
    };
    let shown = |bench: &mut Bench, id: &str| {
        let query = format!("{{ fulfillmentOrder(id: \"{id}\") {{ fulfillBy }} }}");
        bench.graphql(&query, json!({}))["data"]["fulfillmentOrder"]["fulfillBy"].clone()
    };
    let unknown = "gid://shopify/FulfillmentOrder/9701000000044";
    let refused = set(&mut bench, &[FIRST, unknown], "2026-12-01T08:00:00Z");
    assert_eq!(
        refused,
        json!({"success": false, "userErrors": [{"field": ["fulfillmentOrderIds"], "code": "FULFILLMENT_ORDERS_NOT_FOUND",
               "message": "The fulfillment orders could not be found."}]})
    );
    assert_eq!(shown(&mut bench, FIRST), Value::Null);
    let done = set(&mut bench, &[FIRST, SECOND], "2026-12-01T09:00:00+01:00");
    assert_eq!(done, json!({"success": true, "userErrors": []}));
    for id in [FIRST, SECOND] {
        assert_eq!(shown(&mut bench, id), "2026-12-01T08:00:00Z");
    }
    let listed = bench.rest(
        "GET",
        "orders/5001000000001/fulfillment_orders.json",
        Value::Null,
    );
    let listed: Value = serde_json::from_slice(listed.body()).unwrap();
    let told = listed["fulfillment_orders"][0]["fulfill_by"].as_str();
    assert!(
        told.is_some_and(|told| told.starts_with("2026-12-01T")),
        "{listed}"
    );

    // What is split off must ship as early.
    let row = line(19_701_000_000_001);
    let split = format!(
        "fulfillmentOrderSplit(fulfillmentOrderSplits: [{{ fulfillmentOrderId: \"{FIRST}\", fulfillmentOrderLineItems: [{{ id: \"{row}\", quantity: 1 }}] }}])"
    );
    let parts = run(
        &mut bench,
        &split,
        "fulfillmentOrderSplits { remainingFulfillmentOrder { fulfillBy } }",
    );
    let part = &parts["fulfillmentOrderSplits"][0]["remainingFulfillmentOrder"];
    assert_eq!(part["fulfillBy"], "2026-12-01T08:00:00Z", "{parts}");

    let wrong = "mutation($at: DateTime!) { fulfillmentOrdersSetFulfillmentDeadline(fulfillmentOrderIds: [], fulfillmentDeadline: $at) { success } }";
    let answer = bench.graphql(wrong, json!({ "at": "at noon" }));
    assert!(answer["errors"][0]["message"].is_string(), "{answer}");
}
