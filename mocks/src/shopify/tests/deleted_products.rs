//! What orders do to the stock of products that were deleted after they were sold: nothing that anybody sees.

use serde_json::{Value, json};

use super::{Bench, ideal, shop};
use crate::core::{CheckoutOutcome, Fact, ListingIndex, ListingSeed, Micros, Storefront};
use crate::shopify::model::stock::Level;
use crate::shopify::{Credentials, Shopify};

const MUG: &str = "gid://shopify/Product/2001000000002";
const ORDER: &str = "gid://shopify/Order/5001000000001";
const LYON: &str = "gid://shopify/Location/1101000000002";

fn run(bench: &mut Bench, call: &str, payload: &str) -> Value {
    let query = format!("mutation {{ it: {call} {{ {payload} }} }}");
    let answer = bench.graphql(&query, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["it"].clone()
}

fn subscribe(bench: &mut Bench, topic: &str) {
    let call = format!(
        "webhookSubscriptionCreate(topic: {topic}, webhookSubscription: {{ uri: \"https://example.com/{topic}\" }})"
    );
    let done = run(bench, &call, "userErrors { message }");
    assert_eq!(done["userErrors"], json!([]));
}

fn delete(bench: &mut Bench, id: &str) {
    let call = format!("productDelete(input: {{ id: \"{id}\" }})");
    let done = run(bench, &call, "userErrors { message }");
    assert_eq!(done["userErrors"], json!([]));
}

fn ship_all(bench: &mut Bench) {
    let call = "fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/9701000000001\" }] })";
    let done = run(bench, call, "userErrors { message }");
    assert_eq!(done["userErrors"], json!([]));
}

/// A shop that has sold five mugs, tells of stock and has deleted the mug; nothing of what came before is kept.
fn sold_and_deleted(is_shipped: bool) -> Bench {
    let mut bench = Bench::ideal();
    subscribe(&mut bench, "INVENTORY_LEVELS_UPDATE");
    subscribe(&mut bench, "PRODUCTS_UPDATE");
    bench.checkout(&[(1, 5)]);
    if is_shipped {
        ship_all(&mut bench);
    }
    delete(&mut bench, MUG);
    bench.run_until(Micros(bench.now.0 + 10_000_000));
    bench.deliveries.clear();
    bench.facts.clear();
    bench
}

/// No level of the mug counts anything, the ledger hears of no change of what is on sale, and no stock webhook leaves.
fn assert_unseen(bench: &mut Bench) {
    bench.run_until(Micros(bench.now.0 + 10_000_000));
    let unstocked = Level {
        is_active: false,
        was_stocked: false,
        ..Level::default()
    };
    for location in 0..2 {
        assert_eq!(*bench.shop.store.state.stock.level(1, location), unstocked);
    }
    assert_eq!(bench.displayed(1), 0);
    assert_eq!(bench.displayed_facts(), []);
    assert!(bench.deliveries.is_empty(), "{:?}", bench.deliveries);
}

fn refund(bench: &mut Bench, quantity: u32, kind: &str) -> Value {
    let call = format!(
        "refundCreate(input: {{ orderId: \"{ORDER}\", refundLineItems: [{{ lineItemId: \"gid://shopify/LineItem/6001000000001\", quantity: {quantity}, restockType: {kind}, locationId: \"{LYON}\" }}] }}) @idempotent(key: \"{kind}-{quantity}\")"
    );
    let shown = "refund { refundLineItems(first: 3) { nodes { quantity restockType restocked location { id } } } } userErrors { message }";
    let done = run(bench, &call, shown);
    assert_eq!(done["userErrors"], json!([]), "{done}");
    done["refund"]["refundLineItems"]["nodes"].clone()
}

/// Units, and whether they were put back, of every removal that the ledger heard of.
fn removals(bench: &Bench) -> Vec<(u32, bool)> {
    let removal = |fact: &Fact| match fact {
        Fact::UnitsRemoved {
            units, restocked, ..
        } => Some((*units, *restocked)),
        _ => None,
    };
    bench.facts.iter().filter_map(removal).collect()
}

#[test]
fn refunded_units_that_never_left_go_back_nowhere() {
    let mut bench = sold_and_deleted(false);
    let lines = refund(&mut bench, 2, "CANCEL");
    let unseen =
        json!({ "quantity": 2, "restockType": "CANCEL", "restocked": false, "location": null });
    assert_eq!(lines, json!([unseen]));
    assert_eq!(removals(&bench), [(2, false)]);
    // By another road the same: units to be returned that the buyer never got.
    refund(&mut bench, 1, "RETURN");
    assert_eq!(removals(&bench), [(2, false), (1, false)]);
    assert_unseen(&mut bench);
    let line = bench.graphql(
        &format!("{{ order(id: \"{ORDER}\") {{ lineItems(first: 1) {{ nodes {{ currentQuantity restockable }} }} }} }}"),
        json!({}),
    );
    assert_eq!(
        line["data"]["order"]["lineItems"]["nodes"][0],
        json!({ "currentQuantity": 2, "restockable": false })
    );
    let told = bench.rest("GET", "orders/5001000000001/refunds.json", Value::Null);
    let told: Value = serde_json::from_slice(told.body()).unwrap();
    let first = &told["refunds"][0];
    assert_eq!(first["restock"], false);
    let line = &first["refund_line_items"][0];
    assert_eq!(
        (&line["location_id"], &line["restock_type"]),
        (&Value::Null, &json!("cancel"))
    );
}

#[test]
fn what_was_restocked_before_the_deletion_stays_told() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 5)]);
    let lines = refund(&mut bench, 2, "CANCEL");
    assert_eq!(lines[0]["restocked"], true);
    assert_eq!(removals(&bench), [(2, true)]);
    delete(&mut bench, MUG);
    let told = bench.graphql(
        &format!("{{ order(id: \"{ORDER}\") {{ refunds {{ refundLineItems(first: 3) {{ nodes {{ restocked location {{ name }} }} }} }} }} }}"),
        json!({}),
    );
    let line = &told["data"]["order"]["refunds"][0]["refundLineItems"]["nodes"][0];
    assert_eq!(line["restocked"], true, "{told}");
    assert_ne!(line["location"], Value::Null);
}

#[test]
fn a_cancelled_order_puts_nothing_back() {
    let mut bench = sold_and_deleted(false);
    let call = format!(
        "orderCancel(orderId: \"{ORDER}\", reason: CUSTOMER, restock: true, refundMethod: {{ originalPaymentMethodsRefund: true }})"
    );
    let done = run(&mut bench, &call, "orderCancelUserErrors { message }");
    assert_eq!(done["orderCancelUserErrors"], json!([]), "{done}");
    assert_unseen(&mut bench);
    let is_cancellation = |fact: &&Fact| matches!(fact, Fact::OrderCancelled { .. });
    assert_eq!(bench.facts.iter().filter(is_cancellation).count(), 1);
    let told = bench.graphql(
        &format!("{{ order(id: \"{ORDER}\") {{ refunds {{ refundLineItems(first: 3) {{ nodes {{ quantity restocked }} }} }} }} }}"),
        json!({}),
    );
    assert_eq!(
        told["data"]["order"]["refunds"][0]["refundLineItems"]["nodes"],
        json!([{ "quantity": 5, "restocked": false }])
    );
}

#[test]
fn shipped_units_come_back_unseen_by_refund_by_the_staff_and_by_disposition() {
    let mut bench = sold_and_deleted(true);
    let lines = refund(&mut bench, 1, "RETURN");
    assert_eq!(
        (&lines[0]["restocked"], &lines[0]["restockType"]),
        (&json!(false), &json!("RETURN"))
    );
    let order = crate::core::OrderRef(0);
    bench.shop.return_units(bench.now, order, 0, 1, true);
    bench.drain();
    let row = "{ fulfillmentLineItemId: \"gid://shopify/FulfillmentLineItem/17401000000001\", quantity: 2, returnReason: UNWANTED }";
    let call =
        format!("returnCreate(returnInput: {{ orderId: \"{ORDER}\", returnLineItems: [{row}] }})");
    let made = run(
        &mut bench,
        &call,
        "return { reverseFulfillmentOrders(first: 1) { nodes { lineItems(first: 1) { nodes { id } } } } } userErrors { message }",
    );
    assert_eq!(made["userErrors"], json!([]), "{made}");
    let coming =
        made["return"]["reverseFulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0]["id"]
            .as_str()
            .unwrap();
    let call = format!(
        "reverseFulfillmentOrderDispose(dispositionInputs: [{{ reverseFulfillmentOrderLineItemId: \"{coming}\", dispositionType: RESTOCKED, quantity: 2, locationId: \"{LYON}\" }}])"
    );
    let disposed = run(&mut bench, &call, "userErrors { message }");
    assert_eq!(disposed["userErrors"], json!([]), "{disposed}");
    assert_unseen(&mut bench);
}

#[test]
fn shipments_and_their_cancellation_commit_nothing() {
    let mut bench = sold_and_deleted(false);
    ship_all(&mut bench);
    assert_unseen(&mut bench);
    let call = "fulfillmentCancel(id: \"gid://shopify/Fulfillment/9001000000001\")";
    let done = run(&mut bench, call, "userErrors { message }");
    assert_eq!(done["userErrors"], json!([]));
    assert_unseen(&mut bench);
}

#[test]
fn a_fulfillment_order_moves_with_the_commitments_of_what_is_left_in_the_catalogue() {
    let mut bench = Bench::ideal();
    subscribe(&mut bench, "INVENTORY_LEVELS_UPDATE");
    bench.checkout(&[(0, 2), (1, 3)]);
    delete(&mut bench, MUG);
    bench.run_until(Micros(bench.now.0 + 10_000_000));
    bench.deliveries.clear();
    bench.facts.clear();
    let call = format!(
        "fulfillmentOrderMove(id: \"gid://shopify/FulfillmentOrder/9701000000001\", newLocationId: \"{LYON}\")"
    );
    let done = run(
        &mut bench,
        &call,
        "movedFulfillmentOrder { assignedLocation { location { id } } lineItems(first: 5) { nodes { remainingQuantity inventoryItemId } } } userErrors { message }",
    );
    assert_eq!(done["userErrors"], json!([]), "{done}");
    let moved = &done["movedFulfillmentOrder"];
    assert_eq!(moved["assignedLocation"]["location"]["id"], LYON);
    assert_eq!(
        moved["lineItems"]["nodes"],
        json!([
            { "remainingQuantity": 2, "inventoryItemId": "gid://shopify/InventoryItem/3001000000001" },
            { "remainingQuantity": 3, "inventoryItemId": null },
        ])
    );
    let stock = &bench.shop.store.state.stock;
    let committed = |location| stock.level(0, location).committed;
    assert_eq!((committed(0), committed(1)), (0, 2));
    bench.run_until(Micros(bench.now.0 + 10_000_000));
    let told: Vec<Value> = bench
        .deliveries
        .drain(..)
        .map(|(_, _, request)| serde_json::from_slice(request.body()).unwrap())
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for level in told {
        assert_eq!(level["inventory_item_id"], 3_001_000_000_001_u64);
    }
    assert_unseen(&mut bench);
}

#[test]
fn of_two_products_of_one_sku_the_other_one_goes_on() {
    let mut shop = shop();
    shop.listings.push(ListingSeed {
        sku: "MUG".into(),
        title: "MUG, boxed".into(),
        price_cents: 1_200,
    });
    let mut bench = Bench {
        shop: Shopify::new(shop, ideal(""), Credentials::default()),
        ..Bench::new(ideal(""))
    };
    bench.shop.open_with(ListingIndex(1), 10);
    bench.shop.open_with(ListingIndex(3), 4);
    bench.checkout(&[(1, 3)]);
    bench.checkout(&[(3, 1)]);
    let by_sku = |bench: &mut Bench| {
        let found = bench.graphql(
            "{ variants: productVariants(first: 9, query: \"sku:MUG\") { nodes { id } } items: inventoryItems(first: 9, query: \"sku:MUG\") { nodes { id } } orders(first: 9, query: \"sku:MUG\") { nodes { name } } }",
            json!({}),
        );
        found["data"].clone()
    };
    let nodes = |kind: &str, numbers: &[u64]| {
        let ids = numbers
            .iter()
            .map(|number| json!({ "id": format!("gid://shopify/{kind}/{number}") }));
        json!({ "nodes": ids.collect::<Vec<Value>>() })
    };
    let orders = json!({ "nodes": [{ "name": "#1001" }, { "name": "#1002" }] });
    assert_eq!(
        by_sku(&mut bench),
        json!({
            "variants": nodes("ProductVariant", &[4_001_000_000_002, 4_001_000_000_004]),
            "items": nodes("InventoryItem", &[3_001_000_000_002, 3_001_000_000_004]),
            "orders": orders,
        })
    );
    delete(&mut bench, MUG);
    assert_eq!(
        by_sku(&mut bench),
        json!({
            "variants": nodes("ProductVariant", &[4_001_000_000_004]),
            "items": nodes("InventoryItem", &[3_001_000_000_004]),
            "orders": orders,
        })
    );
    assert_eq!((bench.displayed(1), bench.displayed(3)), (0, 3));
    let refused = bench.try_checkout(&[(1, 1)]);
    assert!(
        !matches!(refused, CheckoutOutcome::Accepted { .. }),
        "{refused:?}"
    );
    // Units of the deleted one do not come back as units of the other, whose own do.
    bench.facts.clear();
    refund(&mut bench, 2, "CANCEL");
    assert_eq!((bench.displayed(1), bench.displayed(3)), (0, 3));
    bench
        .shop
        .cancel_by_buyer(bench.now, crate::core::OrderRef(1));
    bench.drain();
    assert_eq!((bench.displayed(1), bench.displayed(3)), (0, 4));
    assert_eq!(removals(&bench), [(2, false)]);
    assert_eq!(bench.displayed_facts().len(), 1);
}
