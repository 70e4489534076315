//! The REST API's writes: stock, shipments, cancellations, webhooks.

use serde_json::{Value, json};

use super::Bench;
use super::rest::body;
use crate::core::{Cause, Fact, OrderRef, Party};

const ITEM: u64 = 3_001_000_000_001;
const LOCATION: u64 = 1_101_000_000_001;
const ORDER: u64 = 5_001_000_000_001;

#[test]
fn stock_is_set_and_adjusted_with_the_same_facts_as_by_graphql() {
    let mut bench = Bench::ideal();
    let set =
        json!({"location_id": LOCATION, "inventory_item_id": ITEM.to_string(), "available": 4});
    let answer = bench.rest("POST", "inventory_levels/set.json", set.clone());
    assert_eq!(body(&answer)["inventory_level"]["available"], 4);
    assert_eq!(
        bench
            .rest("POST", "inventory_levels/set.json", set)
            .status(),
        200
    );
    let adjust =
        json!({"location_id": LOCATION, "inventory_item_id": ITEM, "available_adjustment": -3});
    let answer = bench.rest("POST", "inventory_levels/adjust.json", adjust);
    assert_eq!(body(&answer)["inventory_level"]["available"], 1);
    let cause = Cause::Write {
        sent_at: bench.now,
        received_at: bench.now,
    };
    assert_eq!(
        bench.displayed_facts(),
        [(10, 4, cause), (4, 4, cause), (4, 1, cause)]
    );
    assert_eq!(bench.displayed(0), 1);
    let unknown = json!({"location_id": LOCATION, "inventory_item_id": 7, "available": 4});
    assert_eq!(
        bench
            .rest("POST", "inventory_levels/set.json", unknown)
            .status(),
        404
    );
    let missing = json!({"location_id": LOCATION, "inventory_item_id": ITEM});
    assert_eq!(
        bench
            .rest("POST", "inventory_levels/set.json", missing)
            .status(),
        400
    );
    assert_eq!(bench.displayed_facts().len(), 3);
}

#[test]
fn an_order_is_shipped_and_its_tracking_changed() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let listed = bench.rest(
        "GET",
        &format!("orders/{ORDER}/fulfillment_orders.json"),
        Value::Null,
    );
    let listed = body(&listed);
    let fulfillment_order = &listed["fulfillment_orders"][0];
    assert_eq!(fulfillment_order["status"], "open");
    assert_eq!(
        fulfillment_order["supported_actions"][0],
        "create_fulfillment"
    );
    assert_eq!(
        fulfillment_order["line_items"][0]["fulfillable_quantity"],
        3
    );
    let line = &fulfillment_order["line_items"][0]["id"];
    let ship = |quantity: u64| {
        json!({"fulfillment": {
            "line_items_by_fulfillment_order": [{"fulfillment_order_id": fulfillment_order["id"],
                "fulfillment_order_line_items": [{"id": line, "quantity": quantity}]}],
            "tracking_info": {"company": "DHL", "number": "JD1", "url": "https://track.example/JD1"}}})
    };
    let made = bench.rest("POST", "fulfillments.json", ship(2));
    assert_eq!(made.status(), 201, "{}", body(&made));
    let made = body(&made);
    assert_eq!(made["fulfillment"]["tracking_number"], "JD1");
    assert_eq!(made["fulfillment"]["line_items"][0]["quantity"], 2);
    assert!(bench.facts.contains(&Fact::FulfillmentConfirmed {
        order: OrderRef(0),
        units: 2,
        complete: false,
        late: false
    }));
    let refused = bench.rest("POST", "fulfillments.json", ship(2));
    assert_eq!(refused.status(), 422);
    assert_eq!(
        body(&refused),
        json!({"errors": ["Invalid fulfillment order line item quantity requested."]})
    );
    let path = format!(
        "fulfillments/{}/update_tracking.json",
        made["fulfillment"]["id"]
    );
    let change = json!({"fulfillment": {"tracking_info": {"company": "UPS", "number": "1Z"}}});
    let changed = body(&bench.rest("POST", &path, change));
    assert_eq!(changed["fulfillment"]["tracking_company"], "UPS");
    let all = bench.rest(
        "GET",
        &format!("orders/{ORDER}/fulfillments.json"),
        Value::Null,
    );
    assert_eq!(
        body(&all)["fulfillments"][0]["tracking_numbers"],
        json!(["1Z"])
    );
    let order = body(&bench.rest("GET", &format!("orders/{ORDER}.json"), Value::Null));
    assert_eq!(order["order"]["fulfillment_status"], "partial");
}

#[test]
fn an_order_is_cancelled_at_once_and_only_once() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let path = format!("orders/{ORDER}/cancel.json");
    let wish = json!({"reason": "inventory", "restock": true, "amount": "70.47"});
    let cancelled = body(&bench.rest("POST", &path, wish.clone()));
    assert_eq!(cancelled["order"]["cancel_reason"], "inventory");
    assert_eq!(cancelled["order"]["financial_status"], "refunded");
    assert!(bench.facts.contains(&Fact::OrderCancelled {
        order: OrderRef(0),
        by: Party::Seller
    }));
    assert_eq!(bench.displayed(0), 10);
    let again = bench.rest("POST", &path, wish);
    assert_eq!(again.status(), 422);
    assert_eq!(
        body(&again)["errors"],
        "Cannot cancel an order that has already been canceled"
    );
}

#[test]
fn webhooks_are_managed_in_rests_words() {
    let mut bench = Bench::ideal();
    let hook = |topic: &str, address: &str| json!({"webhook": {"topic": topic, "address": address, "format": "json", "fields": ["id", "updated_at"]}});
    let made = bench.rest(
        "POST",
        "webhooks.json",
        hook("orders/create", "http://127.0.0.1:9/a"),
    );
    assert_eq!(made.status(), 201);
    let made = body(&made)["webhook"].clone();
    assert_eq!(
        (made["topic"].clone(), made["api_version"].clone()),
        (json!("orders/create"), json!("2026-07"))
    );
    let taken = bench.rest(
        "POST",
        "webhooks.json",
        hook("orders/create", "http://127.0.0.1:9/a"),
    );
    assert_eq!(taken.status(), 422);
    assert_eq!(
        body(&taken),
        json!({"errors": {"address": ["for this topic has already been taken"]}})
    );
    let blank = bench.rest("POST", "webhooks.json", hook("orders/create", ""));
    assert_eq!(
        body(&blank),
        json!({"errors": {"address": ["can't be blank"]}})
    );
    let unknown = bench.rest(
        "POST",
        "webhooks.json",
        hook("orders/eaten", "http://127.0.0.1:9/a"),
    );
    assert!(body(&unknown)["errors"]["topic"].is_array());
    bench.checkout(&[(0, 1)]);
    assert_eq!(bench.deliveries.len(), 1);
    assert_eq!(
        bench.deliveries[0].2.headers()["x-shopify-topic"],
        "orders/create"
    );
    let sent: Value = serde_json::from_slice(bench.deliveries[0].2.body()).unwrap();
    assert_eq!(sent.as_object().unwrap().len(), 2, "only the wanted fields");
    let path = format!("webhooks/{}.json", made["id"]);
    let change = json!({"webhook": {"id": made["id"], "address": "http://127.0.0.1:9/b"}});
    assert_eq!(
        body(&bench.rest("PUT", &path, change))["webhook"]["address"],
        "http://127.0.0.1:9/b"
    );
    let listed = body(&bench.rest("GET", "webhooks.json?topic=orders/create", Value::Null));
    assert_eq!(listed["webhooks"].as_array().unwrap().len(), 1);
    assert_eq!(
        body(&bench.rest("GET", "webhooks/count.json", Value::Null)),
        json!({"count": 1})
    );
    let gone = bench.rest("DELETE", &path, Value::Null);
    assert_eq!((gone.status().as_u16(), body(&gone)), (200, json!({})));
    assert_eq!(bench.rest("GET", &path, Value::Null).status(), 404);
}

#[test]
fn an_item_is_stocked_where_it_is_connected() {
    let mut bench = Bench::ideal();
    let level = json!({"location_id": LOCATION + 1, "inventory_item_id": ITEM});
    let gid = format!("gid://shopify/InventoryLevel/110012006578?inventory_item_id={ITEM}");
    let off = bench.graphql(
        "mutation($id: ID!) { inventoryDeactivate(inventoryLevelId: $id) { userErrors { message } } }",
        json!({ "id": gid }),
    );
    assert_eq!(
        off["data"]["inventoryDeactivate"]["userErrors"],
        json!([]),
        "{off}"
    );
    let levels = format!("inventory_levels.json?inventory_item_ids={ITEM}");
    let count = |bench: &mut Bench| {
        let listed = body(&bench.rest("GET", &levels, Value::Null));
        listed["inventory_levels"].as_array().unwrap().len()
    };
    assert_eq!(count(&mut bench), 1);
    let mut adjust = level.clone();
    adjust["available_adjustment"] = json!(1);
    assert_eq!(
        bench
            .rest("POST", "inventory_levels/adjust.json", adjust)
            .status(),
        422
    );
    assert_eq!(
        bench
            .rest("POST", "inventory_levels/connect.json", level)
            .status(),
        201
    );
    assert_eq!(count(&mut bench), 2);
}
