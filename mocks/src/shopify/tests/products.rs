//! Products that apps delete.

use serde_json::{Value, json};

use super::{Bench, ideal};
use crate::core::{ActOutcome, Cause, CheckoutOutcome, ListingIndex, Micros, Storefront};

const MUG: &str = "gid://shopify/Product/2001000000002";
const MUG_VARIANT: &str = "gid://shopify/ProductVariant/4001000000002";
const MUG_ITEM: &str = "gid://shopify/InventoryItem/3001000000002";
const BERLIN: &str = "gid://shopify/Location/1101000000001";
const DELETE: &str = "mutation($id: ID!, $now: Boolean) { it: productDelete(input: { id: $id }, synchronous: $now) { deletedProductId shop { name } userErrors { field message } } }";

fn delete(bench: &mut Bench, id: &str, is_at_once: bool) -> Value {
    let answer = bench.graphql(DELETE, json!({ "id": id, "now": is_at_once }));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    assert_eq!(answer["data"]["it"]["shop"]["name"], "demo");
    answer["data"]["it"].clone()
}

fn is_there(bench: &mut Bench) -> bool {
    let answer = bench.graphql(
        "query($id: ID!) { product(id: $id) { id } }",
        json!({ "id": MUG }),
    );
    !answer["data"]["product"].is_null()
}

/// How many products, variants and items of any search and of none, and what is found by id, handle and SKU.
fn shown(bench: &mut Bench) -> Value {
    let answer = bench.graphql(
        "query($product: ID!, $variant: ID!, $item: ID!, $location: ID!) {
          product(id: $product) { id } variant: productVariant(id: $variant) { id } item: inventoryItem(id: $item) { id } node(id: $variant) { id }
          handle: productByHandle(handle: \"mug\") { id } byId: productByIdentifier(identifier: { id: $product }) { id }
          products(first: 9) { nodes { handle } } variants: productVariants(first: 9) { nodes { sku } } items: inventoryItems(first: 9) { nodes { sku } }
          sku: productVariants(first: 9, query: \"sku:MUG\") { nodes { id } } titled: productsCount(query: \"title:mug*\") { count } productsCount { count }
          location(id: $location) { inventoryLevel(inventoryItemId: $item) { id } inventoryLevels(first: 9, includeInactive: true) { nodes { item { sku } } } } }",
        json!({ "product": MUG, "variant": MUG_VARIANT, "item": MUG_ITEM, "location": BERLIN }),
    );
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"].clone()
}

#[test]
fn a_deleted_product_is_shown_nowhere_and_sold_no_more() {
    let mut bench = Bench::ideal();
    bench.graphql(
        "mutation { webhookSubscriptionCreate(topic: PRODUCTS_DELETE, webhookSubscription: { uri: \"https://example.com/gone\" }) { userErrors { message } } }",
        json!({}),
    );
    bench.checkout(&[(1, 2)]);
    let before = shown(&mut bench);
    assert_eq!(before["product"]["id"], MUG);
    assert_eq!(before["productsCount"]["count"], 3);
    assert_eq!(
        before["location"]["inventoryLevels"]["nodes"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );

    let done = delete(&mut bench, MUG, true);
    assert_eq!(done["deletedProductId"], MUG);
    assert_eq!(done["userErrors"], json!([]));
    let (from, to, cause) = *bench.displayed_facts().last().unwrap();
    assert_eq!((from, to), (8, 0));
    assert!(matches!(cause, Cause::Write { .. }), "{cause:?}");

    let handles = json!([{ "handle": "tee-red-m" }, { "handle": "cap" }]);
    let skus = json!([{ "sku": "TEE-RED-M" }, { "sku": "CAP" }]);
    let stocked = json!([{ "item": { "sku": "TEE-RED-M" } }, { "item": { "sku": "CAP" } }]);
    assert_eq!(
        shown(&mut bench),
        json!({ "product": null, "variant": null, "item": null, "node": null, "handle": null, "byId": null,
            "products": { "nodes": handles }, "variants": { "nodes": skus }, "items": { "nodes": skus },
            "sku": { "nodes": [] }, "titled": { "count": 0 }, "productsCount": { "count": 2 },
            "location": { "inventoryLevel": null, "inventoryLevels": { "nodes": stocked } } })
    );
    let refused = bench.try_checkout(&[(1, 1)]);
    assert!(
        !matches!(refused, CheckoutOutcome::Accepted { .. }),
        "{refused:?}"
    );
    bench.checkout(&[(2, 1)]);

    // An order keeps its line, which points at nothing any more.
    let order = bench.graphql(
        "{ order(id: \"gid://shopify/Order/5001000000001\") { lineItems(first: 1) { nodes { sku title variant { id } product { id } } } } }",
        json!({}),
    );
    assert_eq!(
        order["data"]["order"]["lineItems"]["nodes"],
        json!([{ "sku": "MUG", "title": "MUG title", "variant": null, "product": null }])
    );
    let told = bench.rest("GET", "orders/5001000000001.json", Value::Null);
    let told: Value = serde_json::from_slice(told.body()).unwrap();
    let line = &told["order"]["line_items"][0];
    assert_eq!(line["product_exists"], false);
    assert_eq!(
        (&line["product_id"], &line["variant_id"]),
        (&Value::Null, &Value::Null)
    );

    let again = delete(&mut bench, MUG, true);
    assert_eq!(again["deletedProductId"], Value::Null);
    assert_eq!(
        again["userErrors"],
        json!([{ "field": ["id"], "message": "Product does not exist" }])
    );
    bench.run_until(Micros(bench.now.0 + 5_000_000));
    let told: Vec<Value> = bench
        .deliveries
        .iter()
        .map(|(_, _, request)| serde_json::from_slice(request.body()).unwrap())
        .collect();
    assert_eq!(told, [json!({ "id": 2_001_000_000_002_u64 })]);
}

#[test]
fn what_writes_to_a_deleted_product_does_not_find_it() {
    let mut bench = Bench::ideal();
    delete(&mut bench, MUG, true);
    let set = bench.graphql(
        "mutation($item: ID!, $location: ID!) { it: inventorySetQuantities(input: { name: \"available\", reason: \"correction\", quantities: [{ inventoryItemId: $item, locationId: $location, quantity: 4, changeFromQuantity: null }] }) @idempotent(key: \"k\") { userErrors { code } } }",
        json!({ "item": MUG_ITEM, "location": BERLIN }),
    );
    assert_eq!(
        set["data"]["it"]["userErrors"],
        json!([{ "code": "INVALID_INVENTORY_ITEM" }]),
        "{set}"
    );
    let activated = bench.graphql(
        "mutation($item: ID!, $location: ID!) { it: inventoryActivate(inventoryItemId: $item, locationId: $location) @idempotent(key: \"l\") { userErrors { field } } }",
        json!({ "item": MUG_ITEM, "location": BERLIN }),
    );
    assert_eq!(
        activated["data"]["it"]["userErrors"],
        json!([{ "field": ["inventoryItemId"] }]),
        "{activated}"
    );
    let tagged = bench.graphql(
        "mutation($id: ID!) { it: tagsAdd(id: $id, tags: [\"winter\"]) { userErrors { message } } }",
        json!({ "id": MUG }),
    );
    assert_eq!(
        tagged["data"]["it"]["userErrors"],
        json!([{ "message": "Product does not exist" }])
    );
    for owner in [MUG, MUG_VARIANT] {
        let written = bench.graphql(
            "mutation($owner: ID!) { it: metafieldsSet(metafields: [{ ownerId: $owner, namespace: \"shelf\", key: \"row\", type: \"single_line_text_field\", value: \"B\" }]) { userErrors { message } } }",
            json!({ "owner": owner }),
        );
        assert_eq!(
            written["data"]["it"]["userErrors"],
            json!([{ "message": "Owner does not exist." }]),
            "{owner}"
        );
    }
    for path in [
        "products/2001000000002.json",
        "variants/4001000000002.json",
        "inventory_items/3001000000002.json",
    ] {
        let answer = bench.rest("GET", path, Value::Null);
        assert_eq!(answer.status(), 404, "{path}");
    }
    let set = json!({ "inventory_item_id": 3_001_000_000_002_u64, "location_id": 1_101_000_000_001_u64, "available": 3 });
    let answer = bench.rest("POST", "inventory_levels/set.json", set);
    assert_eq!(answer.status(), 404);
    let listed = bench.rest("GET", "products.json", Value::Null);
    let listed: Value = serde_json::from_slice(listed.body()).unwrap();
    let handles: Vec<&str> = listed["products"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|product| product["handle"].as_str())
        .collect();
    assert_eq!(handles, ["tee-red-m", "cap"]);
    assert_eq!(bench.displayed(1), 0);
}

#[test]
fn units_that_come_back_from_orders_of_a_deleted_product_are_not_on_sale() {
    let mut bench = Bench::ideal();
    bench.graphql(
        "mutation { a: webhookSubscriptionCreate(topic: INVENTORY_LEVELS_UPDATE, webhookSubscription: { uri: \"https://example.com/levels\" }) { userErrors { message } } b: webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: \"https://example.com/products\" }) { userErrors { message } } }",
        json!({}),
    );
    bench.checkout(&[(1, 3)]);
    bench.run_until(Micros(bench.now.0 + 5_000_000));
    let before = bench.deliveries.len();
    assert!(before > 0, "a checkout moves what is on sale");
    delete(&mut bench, MUG, true);
    let cancelled = bench.graphql(
        "mutation { it: orderCancel(orderId: \"gid://shopify/Order/5001000000001\", reason: CUSTOMER, restock: true, refundMethod: { originalPaymentMethodsRefund: true }) { orderCancelUserErrors { message } } }",
        json!({}),
    );
    assert_eq!(
        cancelled["data"]["it"]["orderCancelUserErrors"],
        json!([]),
        "{cancelled}"
    );
    bench.run_until(Micros(bench.now.0 + 10_000_000));
    let order = bench.graphql(
        "{ order(id: \"gid://shopify/Order/5001000000001\") { cancelledAt } }",
        json!({}),
    );
    assert!(order["data"]["order"]["cancelledAt"].is_string(), "{order}");
    // Nor can the staff count what is not there.
    let counted = bench.shop.edit_count(bench.now, ListingIndex(1), 5);
    assert!(matches!(counted, ActOutcome::Refused(_)), "{counted:?}");
    bench.drain();
    assert_eq!(bench.displayed(1), 0);
    assert_eq!(bench.deliveries.len(), before, "nobody hears of it");
}

#[test]
fn shipped_units_of_a_deleted_product_come_back_to_no_shelf() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 4)]);
    let shipped = bench.graphql(
        "mutation { it: fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/9701000000001\" }] }) { userErrors { message } } }",
        json!({}),
    );
    assert_eq!(shipped["data"]["it"]["userErrors"], json!([]), "{shipped}");
    delete(&mut bench, MUG, true);
    let refunded = bench.graphql(
        "mutation($location: ID!) { it: refundCreate(input: { orderId: \"gid://shopify/Order/5001000000001\", refundLineItems: [{ lineItemId: \"gid://shopify/LineItem/6001000000001\", quantity: 3, restockType: RETURN, locationId: $location }] }) @idempotent(key: \"r\") { refund { id } userErrors { message } } }",
        json!({ "location": BERLIN }),
    );
    assert_eq!(
        refunded["data"]["it"]["userErrors"],
        json!([]),
        "{refunded}"
    );
    assert!(
        refunded["data"]["it"]["refund"]["id"].is_string(),
        "{refunded}"
    );
    assert_eq!(bench.displayed(1), 0);
    let level = bench.shop.store.state.stock.level(1, 0);
    assert!(!level.is_active, "{level:?}");
}

#[test]
fn a_product_that_a_job_deletes_is_there_until_the_job_is_done() {
    let mut bench = Bench::new(ideal("delay.cancel_job = { fixed = \"40s\" }"));
    bench.shop.open_with(ListingIndex(1), 6);
    let begun = delete(&mut bench, MUG, false);
    assert_eq!(begun["deletedProductId"], Value::Null);
    assert_eq!(begun["userErrors"], json!([]));
    let second = delete(&mut bench, MUG, false);
    let busy = "Another operation already in progress. Please wait until current one is finished.";
    assert_eq!(
        second["userErrors"],
        json!([{ "field": null, "message": busy }])
    );
    // Nor can it be deleted at once meanwhile; others can.
    let at_once = delete(&mut bench, MUG, true);
    assert_eq!(at_once["userErrors"], second["userErrors"]);
    let other = delete(&mut bench, "gid://shopify/Product/2001000000003", true);
    assert_eq!(other["userErrors"], json!([]));
    let began = bench.now;
    bench.run_until(Micros(began.0 + 39_000_000));
    assert!(is_there(&mut bench));
    assert_eq!(bench.displayed(1), 6);
    bench.run_until(Micros(began.0 + 41_000_000));
    assert!(!is_there(&mut bench));
    let (from, to, _) = *bench.displayed_facts().last().unwrap();
    assert_eq!((from, to), (6, 0));
    let late = delete(&mut bench, MUG, false);
    assert_eq!(
        late["userErrors"],
        json!([{ "field": ["id"], "message": "Product does not exist" }])
    );
}
