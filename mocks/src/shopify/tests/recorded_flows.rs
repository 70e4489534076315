//! Recorded exchanges of a real shop replayed against a shop in the same state: shapes, messages, error paths and prices
//! must agree; ids, times and texts of the recorded shop may differ.
//!
//! Not replayed: requests that create or delete orders, products and customers (the emulator's come from buyers and the
//! catalogue), `inventoryMoveQuantities`, and exchanges whose request text is not in the recording.

use serde_json::{Value, json};

use super::{Bench, recordings};
use crate::core::Storefront;

/// A recording; `None`, said aloud, where recordings are not at hand.
fn recording(name: &str) -> Option<Value> {
    let path = recordings()?.join(format!("{name}.json"));
    let text = std::fs::read_to_string(path).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// The recorded shop's ids replaced by those of the first objects here; ids made up to be unknown stay so.
fn translated(value: &Value) -> Value {
    const OURS: [(&str, &str); 6] = [
        ("gid://shopify/Order/", "5001000000001"),
        ("gid://shopify/FulfillmentOrder/", "9701000000001"),
        ("gid://shopify/FulfillmentOrderLineItem/", "19701000000001"),
        ("gid://shopify/Fulfillment/", "9001000000001"),
        ("gid://shopify/InventoryItem/", "3001000000001"),
        (
            "gid://shopify/InventoryLevel/",
            "110012006577?inventory_item_id=3001000000001",
        ),
    ];
    match value {
        Value::String(text) => {
            let ours = OURS.iter().find_map(|(prefix, number)| {
                let theirs = text.strip_prefix(prefix)?;
                (!theirs.starts_with("99999")).then(|| json!(format!("{prefix}{number}")))
            });
            ours.unwrap_or_else(|| value.clone())
        }
        Value::Array(elements) => elements.iter().map(translated).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| (key.clone(), translated(member)))
            .collect(),
        other => other.clone(),
    }
}

/// Where two values differ in their keys or in the kinds of their leaves; a `null` fits anything.
fn differences(ours: &Value, theirs: &Value, path: &str, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for key in ours.keys().filter(|key| !theirs.contains_key(*key)) {
                found.push(format!("{path}.{key} is not in the recording"));
            }
            for (key, theirs) in theirs {
                match ours.get(key) {
                    Some(ours) => differences(ours, theirs, &format!("{path}.{key}"), found),
                    None => found.push(format!("{path}.{key} is missing")),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if let (Some(ours), Some(theirs)) = (ours.first(), theirs.first()) {
                differences(ours, theirs, &format!("{path}[]"), found);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (ours, theirs) if std::mem::discriminant(ours) != std::mem::discriminant(theirs) => {
            found.push(format!("{path}: {ours} against {theirs}"));
        }
        _ => {}
    }
}

/// Replays a request and compares shape, user errors and the requested price.
fn replay(bench: &mut Bench, query: &str, variables: &Value, recorded: &Value) -> Value {
    let answer = bench.graphql(query, translated(variables));
    let mut found = Vec::new();
    differences(&answer["data"], &recorded["data"], "data", &mut found);
    assert_eq!(found, Vec::<String>::new(), "{query}\n{answer}");
    let price = &recorded["extensions"]["cost"]["requestedQueryCost"];
    if !price.is_null() {
        let ours = &answer["extensions"]["cost"]["requestedQueryCost"];
        assert_eq!(ours, price, "{query}");
    }
    if let Some(payload) = recorded["data"].as_object().and_then(|d| d.iter().next()) {
        for list in ["userErrors", "orderCancelUserErrors"] {
            let theirs = payload.1[list].to_string();
            let mut ours = answer["data"][payload.0][list].to_string();
            // A message may name the fulfillment order.
            if let Some(number) = theirs.split("order 98").nth(1) {
                let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
                ours = ours.replace("9701000000001", &format!("98{digits}"));
            }
            assert_eq!(ours, theirs, "{query}");
        }
    }
    answer
}

#[test]
fn shipments_are_refused_and_accepted_as_recorded() {
    let Some(recorded) = recording("fulfillment-create-preconditions") else {
        return;
    };
    let cases = recorded["cases"].as_object().unwrap();
    let first = &cases["closed"]["setup"]["firstFulfillmentCreate"];
    let text = first["query"].as_str().unwrap();
    for (name, case) in cases {
        let mut bench = Bench::ideal();
        let order = bench.checkout(&[(0, 1)]);
        match name.as_str() {
            "cancelled" => {
                bench.shop.cancel_by_buyer(bench.now, order);
            }
            "closed" => {
                replay(&mut bench, text, &first["variables"], &first["response"]);
            }
            "inProgress" => {
                let report = &case["setup"]["reportProgress"];
                let query = report["query"].as_str().unwrap();
                let response = &report["response"];
                replay(&mut bench, query, &report["variables"], response);
            }
            _ => {}
        }
        bench.drain();
        let text = if name.ends_with("V2") {
            text.replace("fulfillmentCreate(", "fulfillmentCreateV2(")
                .replace("FulfillmentInput!", "FulfillmentV2Input!")
        } else {
            text.to_owned()
        };
        let answer = replay(&mut bench, &text, &case["variables"], &case["response"]);
        assert_eq!(
            answer["extensions"]["cost"]["actualQueryCost"],
            case["response"]["extensions"]["cost"]["actualQueryCost"],
            "{name}"
        );
    }
}

#[test]
fn tracking_is_written_and_read_as_recorded() {
    let Some(recorded) = recording("fulfillment-multi-tracking-info") else {
        return;
    };
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    for step in [
        "fulfillmentCreate",
        "fulfillmentTrackingInfoUpdate",
        "downstreamRead",
        "fulfillmentTrackingInfoUpdateV2",
        "downstreamReadAfterV2",
    ] {
        let exchange = &recorded[step];
        let query = exchange["query"].as_str().unwrap();
        let response = &exchange["response"];
        let answer = replay(&mut bench, query, &exchange["variables"], response);
        for path in [
            format!("/data/{step}/fulfillment/trackingInfo"),
            "/data/order/fulfillments/0/trackingInfo".into(),
            "/extensions/cost/actualQueryCost".into(),
        ] {
            assert_eq!(
                answer.pointer(&path),
                response.pointer(&path),
                "{step}{path}"
            );
        }
    }
}

#[test]
fn top_level_reads_have_the_recorded_shapes() {
    let Some(recorded) = recording("fulfillment-top-level-reads") else {
        return;
    };
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    bench.graphql(
        "mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/9701000000001\" }], trackingInfo: { number: \"1\" } }) { userErrors { message } } }",
        json!({}),
    );
    for step in ["detailRead", "catalogRead"] {
        let exchange = &recorded[step];
        let query = exchange["query"].as_str().unwrap();
        let answer = replay(
            &mut bench,
            query,
            &exchange["variables"],
            &exchange["response"],
        );
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    let exchange = &recorded["assignedFulfillmentOrdersAccess"];
    let query = exchange["query"].as_str().unwrap();
    let answer = bench.graphql(query, exchange["variables"].clone());
    assert_eq!(answer["errors"], exchange["response"]["errors"]);
    assert_eq!(answer["data"], exchange["response"]["data"]);
    assert_eq!(
        answer["extensions"]["cost"]["requestedQueryCost"],
        exchange["response"]["extensions"]["cost"]["requestedQueryCost"]
    );
}

#[test]
fn cancellations_are_refused_as_recorded() {
    let Some(recorded) = recording("orderCancel-error-messages") else {
        return;
    };
    for (name, exchange) in recorded["expected"].as_object().unwrap() {
        let mut bench = Bench::ideal();
        let order = bench.checkout(&[(0, 1)]);
        if name == "alreadyCancelled" {
            bench.shop.cancel_by_buyer(bench.now, order);
            bench.drain();
        }
        let query = exchange["query"].as_str().unwrap();
        let response = &exchange["response"]["payload"];
        let answer = replay(&mut bench, query, &exchange["variables"], response);
        assert_eq!(
            answer["extensions"]["cost"]["actualQueryCost"],
            response["extensions"]["cost"]["actualQueryCost"]
        );
    }
}

#[test]
fn reads_of_orders_and_stock_have_the_recorded_shapes() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2)]);
    for (name, call) in [
        ("order-merchant-detail-read", 0),
        ("order-catalog-count-read", 0),
        ("order-catalog-count-read", 1),
    ] {
        let Some(recorded) = recording(name) else {
            return;
        };
        let exchange = &recorded["upstreamCalls"][call];
        let query = exchange["query"].as_str().unwrap();
        let response = &exchange["response"]["body"];
        let answer = replay(&mut bench, query, &exchange["variables"], response);
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    if let Some(recorded) = recording("inventory-live-hybrid-cold-authoritative-reads") {
        let exchange = &recorded["coldRead"];
        let query = exchange["query"].as_str().unwrap();
        replay(
            &mut bench,
            query,
            &exchange["variables"],
            &exchange["response"],
        );
    }
}
