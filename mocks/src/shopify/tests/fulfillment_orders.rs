//! Moving, holding and opening fulfillment orders; stocking items.

use serde_json::{Value, json};

use super::rest::body;
use super::{Bench, ideal};
use crate::core::{ListingIndex, Micros, OrderRef, Removal, RemovalKind, Storefront};

const FULFILLMENT_ORDER: &str = "gid://shopify/FulfillmentOrder/9701000000001";
const LYON: &str = "gid://shopify/Location/1101000000002";

fn run(bench: &mut Bench, call: &str, payload: &str) -> Value {
    let query = format!("mutation {{ it: {call} {{ {payload} userErrors {{ field message }} }} }}");
    let answer = bench.graphql(&query, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["it"].clone()
}

fn ship(bench: &mut Bench, id: &str) -> Value {
    let call = format!(
        "fulfillmentCreate(fulfillment: {{ lineItemsByFulfillmentOrder: [{{ fulfillmentOrderId: \"{id}\" }}] }})"
    );
    run(
        bench,
        &call,
        "fulfillment { totalQuantity location { id } }",
    )
}

fn moved(bench: &mut Bench, rows: &str) -> Value {
    let call = format!(
        "fulfillmentOrderMove(id: \"{FULFILLMENT_ORDER}\", newLocationId: \"{LYON}\"{rows})"
    );
    let shown = "movedFulfillmentOrder { id status assignedLocation { location { id } } lineItems(first: 5) { nodes { id totalQuantity remainingQuantity } } } originalFulfillmentOrder { id status } remainingFulfillmentOrder { id lineItems(first: 5) { nodes { remainingQuantity } } }";
    run(bench, &call, shown)
}

#[test]
fn a_whole_move_keeps_the_id_and_what_can_be_bought() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let facts = bench.displayed_facts().len();
    let answer = moved(&mut bench, "");
    assert_eq!(answer["userErrors"], json!([]), "{answer}");
    assert_eq!(answer["movedFulfillmentOrder"]["id"], FULFILLMENT_ORDER);
    assert!(answer["remainingFulfillmentOrder"].is_null());
    let state = &bench.shop.store.state;
    let levels =
        [state.stock.level(0, 0), state.stock.level(0, 1)].map(|l| (l.available, l.committed));
    assert_eq!(levels, [(10, 0), (-3, 3)]);
    assert_eq!(
        (bench.displayed(0), bench.displayed_facts().len()),
        (7, facts)
    );
    assert_eq!(
        ship(&mut bench, FULFILLMENT_ORDER)["fulfillment"]["location"]["id"],
        LYON
    );
    assert_eq!(bench.shop.store.state.stock.level(0, 1).committed, 0);
    assert_eq!(
        moved(&mut bench, "")["userErrors"][0]["message"],
        "Cannot change location."
    );
}

#[test]
fn a_partial_move_makes_a_new_fulfillment_order_of_the_same_order() {
    let mut bench = Bench::ideal();
    let order = bench.checkout(&[(0, 3)]);
    bench.checkout(&[(0, 1)]);
    let rows = ", fulfillmentOrderLineItems: [{ id: \"gid://shopify/FulfillmentOrderLineItem/19701000000001\", quantity: 1 }]";
    let answer = moved(&mut bench, rows);
    let made = answer["movedFulfillmentOrder"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(made, "gid://shopify/FulfillmentOrder/9701000000003");
    assert_eq!(
        answer["remainingFulfillmentOrder"]["lineItems"]["nodes"][0]["remainingQuantity"],
        2
    );
    let read = bench.graphql(
        "{ order(id: \"gid://shopify/Order/5001000000001\") { fulfillmentOrders(first: 5) { nodes { id } } } }",
        json!({}),
    );
    assert_eq!(
        read["data"]["order"]["fulfillmentOrders"]["nodes"],
        json!([{ "id": FULFILLMENT_ORDER }, { "id": made }])
    );
    assert_eq!(
        ship(&mut bench, FULFILLMENT_ORDER)["fulfillment"]["totalQuantity"],
        2
    );
    assert_eq!(ship(&mut bench, &made)["fulfillment"]["totalQuantity"], 1);
    let complete = bench.shop.store.state.orders[order.0 as usize].fulfilled_units;
    assert_eq!(complete, 3);
}

#[test]
fn a_hold_stops_shipping_until_it_is_released() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let hold = format!(
        "fulfillmentOrderHold(id: \"{FULFILLMENT_ORDER}\", fulfillmentHold: {{ reason: INVENTORY_OUT_OF_STOCK, reasonNotes: \"recount\", handle: \"h\" }})"
    );
    let held = run(
        &mut bench,
        &hold,
        "fulfillmentHold { id reason displayReason } fulfillmentOrder { status fulfillmentHolds { reasonNotes } supportedActions { action } }",
    );
    assert_eq!(held["fulfillmentOrder"]["status"], "ON_HOLD");
    assert_eq!(
        held["fulfillmentOrder"]["fulfillmentHolds"][0]["reasonNotes"],
        "recount"
    );
    let refused = ship(&mut bench, FULFILLMENT_ORDER);
    assert_eq!(
        refused["userErrors"][0]["message"],
        "Fulfillment order 9701000000001 has an unfulfillable status= on_hold."
    );
    let again = run(&mut bench, &hold, "");
    assert!(
        again["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("already in use")
    );
    let listed = bench.graphql(
        "{ manualHoldsFulfillmentOrders(first: 5) { nodes { id } } }",
        json!({}),
    );
    assert_eq!(
        listed["data"]["manualHoldsFulfillmentOrders"]["nodes"][0]["id"],
        FULFILLMENT_ORDER
    );
    let release = format!("fulfillmentOrderReleaseHold(id: \"{FULFILLMENT_ORDER}\")");
    let released = run(&mut bench, &release, "fulfillmentOrder { status }");
    assert_eq!(released["fulfillmentOrder"]["status"], "OPEN");
    assert_eq!(
        ship(&mut bench, FULFILLMENT_ORDER)["fulfillment"]["totalQuantity"],
        3
    );
}

#[test]
fn reported_progress_forbids_a_move_until_it_is_open_again() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let report = format!("fulfillmentOrderReportProgress(id: \"{FULFILLMENT_ORDER}\")");
    let reported = run(&mut bench, &report, "fulfillmentOrder { status }");
    assert_eq!(reported["fulfillmentOrder"]["status"], "IN_PROGRESS");
    let code = bench.graphql(
        &format!("mutation {{ fulfillmentOrderMove(id: \"{FULFILLMENT_ORDER}\", newLocationId: \"{LYON}\") {{ userErrors {{ code }} }} }}"),
        json!({}),
    );
    assert_eq!(
        code["data"]["fulfillmentOrderMove"]["userErrors"][0]["code"],
        "CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS"
    );
    let open = format!("fulfillmentOrderOpen(id: \"{FULFILLMENT_ORDER}\")");
    assert_eq!(
        run(&mut bench, &open, "fulfillmentOrder { status }")["fulfillmentOrder"]["status"],
        "OPEN"
    );
    assert_eq!(moved(&mut bench, "")["userErrors"], json!([]));
    let close = format!("fulfillmentOrderClose(id: \"{FULFILLMENT_ORDER}\")");
    let refused = run(&mut bench, &close, "");
    assert_eq!(refused["userErrors"].as_array().map(Vec::len), Some(1));
}

const SHOWN: &str = "id status supportedActions { action } lineItems(first: 5) { nodes { totalQuantity lineItem { fulfillableQuantity unfulfilledQuantity } } } order { displayFulfillmentStatus }";

fn actions(shown: &Value) -> Vec<&str> {
    let actions = shown["supportedActions"].as_array().unwrap();
    actions
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect()
}

#[test]
fn a_cancelled_fulfillment_order_is_closed_without_lines_and_replaced() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2), (1, 1)]);
    let facts = bench.displayed_facts().len();
    let cancel = |id: &str| format!("fulfillmentOrderCancel(id: \"{id}\")");
    let payload =
        format!("fulfillmentOrder {{ {SHOWN} }} replacementFulfillmentOrder {{ {SHOWN} }}");
    let answer = run(&mut bench, &cancel(FULFILLMENT_ORDER), &payload);
    assert_eq!(answer["userErrors"], json!([]), "{answer}");
    let (old, new) = (
        &answer["fulfillmentOrder"],
        &answer["replacementFulfillmentOrder"],
    );
    assert_eq!(
        (&old["status"], &old["lineItems"]["nodes"]),
        (&json!("CLOSED"), &json!([]))
    );
    assert_eq!(new["status"], "OPEN");
    assert_eq!(
        new["lineItems"]["nodes"].as_array().map(Vec::len),
        Some(2),
        "{answer}"
    );
    assert_eq!(bench.displayed_facts().len(), facts);
    let again = run(&mut bench, &cancel(FULFILLMENT_ORDER), "");
    assert!(
        again["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("can't be canceled")
    );
    let replacement = new["id"].as_str().unwrap().to_owned();
    assert_eq!(
        ship(&mut bench, &replacement)["fulfillment"]["totalQuantity"],
        3
    );
}

#[test]
fn what_is_on_hold_cannot_be_shipped_and_says_what_can_be_done() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 4)]);
    let read = |bench: &mut Bench| {
        let query = format!("{{ fulfillmentOrder(id: \"{FULFILLMENT_ORDER}\") {{ {SHOWN} }} }}");
        bench.graphql(&query, json!({}))["data"]["fulfillmentOrder"].clone()
    };
    assert!(actions(&read(&mut bench)).contains(&"SPLIT"));
    let hold = |handle: &str, rows: &str| {
        format!(
            "fulfillmentOrderHold(id: \"{FULFILLMENT_ORDER}\", fulfillmentHold: {{ reason: OTHER, handle: \"{handle}\"{rows} }})"
        )
    };
    let rows = |quantity: u32| {
        format!(
            ", fulfillmentOrderLineItems: [{{ id: \"gid://shopify/FulfillmentOrderLineItem/19701000000001\", quantity: {quantity} }}]"
        )
    };
    let long = run(&mut bench, &hold(&"h".repeat(65), &rows(3)), "")["userErrors"].clone();
    assert_eq!(
        (&long[0]["field"], &long[0]["message"]),
        (
            &json!(["fulfillmentHold", "handle"]),
            &json!("Handle is too long (maximum is 64 characters)")
        ),
        "{long}"
    );
    let name = "h".repeat(64);
    assert_eq!(
        run(&mut bench, &hold(&name, &rows(3)), "")["userErrors"],
        json!([])
    );
    let held = read(&mut bench);
    let line = &held["lineItems"]["nodes"][0]["lineItem"];
    assert_eq!(
        line,
        &json!({"fulfillableQuantity": 1, "unfulfilledQuantity": 4}),
        "{held}"
    );
    // A unit of the order goes on, so the order as a whole is not on hold.
    assert_eq!(held["order"]["displayFulfillmentStatus"], "UNFULFILLED");
    let part = run(&mut bench, &hold("b", &rows(1)), "");
    assert_eq!(
        part["userErrors"][0]["message"],
        "The fulfillment order is not in a splittable state."
    );
    let rest = "gid://shopify/FulfillmentOrder/9701000000002";
    assert_eq!(
        actions(&{
            let query = format!("{{ fulfillmentOrder(id: \"{rest}\") {{ {SHOWN} }} }}");
            bench.graphql(&query, json!({}))["data"]["fulfillmentOrder"].clone()
        }),
        ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"]
    );
    ship(&mut bench, rest);
    assert_eq!(
        read(&mut bench)["order"]["displayFulfillmentStatus"],
        "ON_HOLD"
    );
    for (call, why) in [
        (
            "fulfillmentOrderOpen",
            "Expected fulfillment order status to be valid but it was on_hold.",
        ),
        (
            "fulfillmentOrderReportProgress",
            "Cannot report progress on a fulfillment order in this state.",
        ),
    ] {
        let refused = run(
            &mut bench,
            &format!("{call}(id: \"{FULFILLMENT_ORDER}\")"),
            "",
        );
        assert_eq!(
            refused["userErrors"],
            json!([{"field": null, "message": why}])
        );
    }
}

#[test]
fn items_are_stocked_and_unstocked() {
    let mut bench = Bench::ideal();
    let item = "gid://shopify/InventoryItem/3001000000001";
    let toggle = |activate: bool, location: &str| {
        format!(
            "inventoryBulkToggleActivation(inventoryItemId: \"{item}\", inventoryItemUpdates: [{{ locationId: \"{location}\", activate: {activate} }}])"
        )
    };
    let berlin = "gid://shopify/Location/1101000000001";
    assert_eq!(
        run(&mut bench, &toggle(false, LYON), "")["userErrors"],
        json!([])
    );
    assert!(
        run(&mut bench, &toggle(false, berlin), "")["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("minimum of 1 location")
    );
    let write = "mutation($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i) @idempotent(key: \"k\") { userErrors { code } } }";
    let rows = json!([{"inventoryItemId": item, "locationId": LYON, "quantity": 3, "changeFromQuantity": null}]);
    let input = json!({"i": {"name": "available", "reason": "correction", "quantities": rows}});
    let refused = bench.graphql(write, input.clone());
    assert_eq!(
        refused["data"]["inventorySetQuantities"]["userErrors"][0]["code"],
        "ITEM_NOT_STOCKED_AT_LOCATION"
    );
    let activate = |key: &str| {
        format!(
            "mutation {{ inventoryActivate(inventoryItemId: \"{item}\", locationId: \"{LYON}\", available: 5) @idempotent(key: \"{key}\") {{ inventoryLevel {{ isActive quantities(names: [\"available\"]) {{ quantity }} }} userErrors {{ message }} }} }}"
        )
    };
    let made = bench.graphql(&activate("a"), json!({}));
    assert_eq!(
        made["data"]["inventoryActivate"]["inventoryLevel"]["quantities"][0]["quantity"],
        5
    );
    assert_eq!(bench.displayed(0), 15);
    assert_eq!(
        bench.graphql(&activate("a"), json!({}))["data"],
        made["data"]
    );
    let again = bench.graphql(&activate("b"), json!({}));
    assert_eq!(
        again["data"]["inventoryActivate"]["userErrors"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        bench.graphql(write, input)["data"]["inventorySetQuantities"]["userErrors"],
        json!([])
    );
    // What is for sale where an item is unstocked is no longer for sale.
    assert_eq!(
        run(&mut bench, &toggle(false, LYON), "")["userErrors"],
        json!([])
    );
    assert_eq!(bench.displayed(0), 10);
    bench.checkout(&[(0, 1)]);
    run(
        &mut bench,
        &toggle(true, LYON),
        "inventoryLevels { isActive }",
    );
    // The level has kept its three units through it all.
    assert_eq!(bench.displayed(0), 12);
    assert!(
        run(&mut bench, &toggle(false, berlin), "")["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("committed")
    );
}

#[test]
fn places_and_orders_that_do_not_go_together_are_listed_ascending() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 4)]);
    bench.checkout(&[(1, 1)]);
    let line = "gid://shopify/FulfillmentOrderLineItem/19701000000001";
    let rows = format!(", fulfillmentOrderLineItems: [{{ id: \"{line}\", quantity: 1 }}]");
    let made = moved(&mut bench, &rows);
    let in_lyon = made["movedFulfillmentOrder"]["id"].as_str().unwrap();
    let other = "gid://shopify/FulfillmentOrder/9701000000002";
    let places = "All fulfillment orders must be assigned to a single location. Multiple locations with ids [1101000000001, 1101000000002] were found.";
    let orders = "All fulfillment orders must belong to the same order. Multiple orders with ids [5001000000001, 5001000000002] were found.";
    // In whatever order they are given, and however often.
    for (given, message) in [
        ([FULFILLMENT_ORDER, in_lyon, in_lyon], places),
        ([in_lyon, FULFILLMENT_ORDER, in_lyon], places),
        ([FULFILLMENT_ORDER, other, other], orders),
        ([other, FULFILLMENT_ORDER, other], orders),
        // That they are of several orders is said before that they are at several locations.
        ([other, in_lyon, FULFILLMENT_ORDER], orders),
    ] {
        let groups = given.map(|id| format!("{{ fulfillmentOrderId: \"{id}\" }}"));
        let call = format!(
            "fulfillmentCreate(fulfillment: {{ lineItemsByFulfillmentOrder: [{}] }})",
            groups.join(", ")
        );
        let refused = run(&mut bench, &call, "fulfillment { id }");
        let error = json!({ "field": ["fulfillment"], "message": message });
        assert_eq!(refused["userErrors"], json!([error]), "{given:?}");
    }
}

/// Units may leave an order before it is routed; what is left comes to be then, and has not changed before.
#[test]
fn a_fulfillment_order_is_never_changed_before_it_came_to_be() {
    let mut bench = Bench::new(ideal("[delay]\norder_routing = { fixed = \"9s\" }"));
    bench.shop.open_with(ListingIndex(0), 10);
    bench.checkout(&[(0, 4)]);
    bench.now += Micros::from_secs(2);
    let removal = Removal {
        line: 0,
        units: 1,
        kind: RemovalKind::Edit,
        restock: true,
    };
    bench.shop.remove_units(bench.now, OrderRef(0), removal);
    bench.drain();
    bench.now += Micros::from_secs(30);
    let shown = bench.graphql(
        "{ fulfillmentOrders(first: 1) { nodes { createdAt updatedAt } } }",
        json!({}),
    );
    let shown = &shown["data"]["fulfillmentOrders"]["nodes"][0];
    assert_eq!(shown["createdAt"], shown["updatedAt"]);
    let listed = bench.rest(
        "GET",
        "orders/5001000000001/fulfillment_orders.json",
        Value::Null,
    );
    let listed = &body(&listed)["fulfillment_orders"][0];
    assert_eq!(listed["created_at"], listed["updated_at"]);
}
