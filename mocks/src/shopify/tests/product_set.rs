//! Products that apps set: `productSet`, and the stock that comes with it.

use serde_json::{Value, json};

use super::{Bench, ideal};
use crate::core::{Cause, Fact, ListingIndex, Micros, Storefront};

pub(super) const MUG: &str = "gid://shopify/Product/2001000000002";
pub(super) const BERLIN: &str = "gid://shopify/Location/1101000000001";
pub(super) const LYON: &str = "gid://shopify/Location/1101000000002";
pub(super) const SET: &str = "mutation($by: ProductSetIdentifiers, $input: ProductSetInput!, $now: Boolean) { it: productSet(identifier: $by, input: $input, synchronous: $now) {
  product { id title handle status descriptionHtml vendor productType tags totalInventory variants(first: 2) { nodes { sku price compareAtPrice barcode inventoryPolicy inventoryQuantity inventoryItem { sku } } } }
  userErrors { field message code } } }";

pub(super) fn set(bench: &mut Bench, by: Value, input: Value) -> Value {
    set_in(bench, "2026-07", by, input)
}

fn set_in(bench: &mut Bench, version: &str, by: Value, input: Value) -> Value {
    let variables = json!({ "by": by, "input": input, "now": true });
    let answer = bench.graphql_in(version, SET, variables);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

/// Options of a product, and one variant with these members.
pub(super) fn with_variant(members: Value) -> Value {
    let mut variant =
        json!({ "optionValues": [{ "optionName": "Title", "name": "Default Title" }] });
    let all = variant.as_object_mut().unwrap();
    all.extend(members.as_object().unwrap().clone());
    json!({ "productOptions": [{ "name": "Title", "position": 1, "values": [{ "name": "Default Title" }] }], "variants": [variant] })
}

pub(super) fn by_id() -> Value {
    json!({ "id": MUG })
}

pub(super) fn quantity(location: &str, name: &str, quantity: i64) -> Value {
    json!({ "locationId": location, "name": name, "quantity": quantity })
}

pub(super) fn subscribe(bench: &mut Bench) {
    for topic in ["INVENTORY_LEVELS_UPDATE", "PRODUCTS_UPDATE"] {
        let query = format!(
            "mutation {{ webhookSubscriptionCreate(topic: {topic}, webhookSubscription: {{ uri: \"https://example.com/{topic}\" }}) {{ userErrors {{ message }} }} }}"
        );
        bench.graphql(&query, json!({}));
    }
}

/// What subscribers have been told, without the times.
pub(super) fn told(bench: &mut Bench) -> Vec<(String, Value)> {
    bench.run_until(Micros(bench.now.0 + 10_000_000));
    let deliveries = bench.deliveries.drain(..);
    let told = deliveries.map(|(_, _, request)| {
        let mut body: Value = serde_json::from_slice(request.body()).unwrap();
        body.as_object_mut().unwrap().remove("updated_at");
        if let Some(variant) = body.pointer_mut("/variants/0") {
            variant.as_object_mut().unwrap().remove("updated_at");
        }
        (request.uri().path().to_owned(), body)
    });
    let mut told: Vec<(String, Value)> = told.collect();
    told.sort_by_key(|(path, body)| format!("{path} {body}"));
    told
}

#[test]
fn stock_that_comes_with_a_product_is_set_as_a_write_of_stock_sets_it() {
    let levels = |bench: &Bench| {
        [0, 1].map(|at| {
            let level = bench.shop.store.state.stock.level(1, at);
            (level.available, level.committed, level.on_hand())
        })
    };
    let prepared = || {
        let mut bench = Bench::ideal();
        subscribe(&mut bench);
        bench.checkout(&[(1, 3)]);
        told(&mut bench);
        bench.facts.clear();
        bench
    };
    for (name, berlin, lyon) in [("available", 4, 9), ("on_hand", 11, 5)] {
        let mut written = prepared();
        let rows = [(BERLIN, berlin), (LYON, lyon)].map(|(location, quantity)| {
            json!({ "inventoryItemId": "gid://shopify/InventoryItem/3001000000002", "locationId": location, "quantity": quantity })
        });
        let answer = written.graphql_in(
            "2026-01",
            "mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) { userErrors { message } } }",
            json!({ "input": { "name": name, "reason": "correction", "ignoreCompareQuantity": true, "quantities": rows } }),
        );
        assert_eq!(
            answer["data"]["inventorySetQuantities"]["userErrors"],
            json!([])
        );

        let mut bench = prepared();
        let quantities = [quantity(BERLIN, name, berlin), quantity(LYON, name, lyon)];
        let input = with_variant(json!({ "inventoryQuantities": quantities }));
        let done = set_in(&mut bench, "2026-01", by_id(), input);
        assert_eq!(done["userErrors"], json!([]), "{done}");
        assert_eq!(done["product"]["totalInventory"], written.displayed(1));
        assert_eq!(levels(&bench), levels(&written));
        assert_eq!(bench.displayed_facts(), written.displayed_facts());
        let cause = Cause::Write {
            sent_at: bench.now,
            received_at: bench.now,
        };
        assert_eq!(bench.displayed_facts().len(), 2);
        assert!(bench.displayed_facts().iter().all(|fact| fact.2 == cause));
        let heard = told(&mut bench);
        assert_eq!(heard, told(&mut written));
        assert!(heard.iter().any(|(path, body)| {
            path == "/INVENTORY_LEVELS_UPDATE" && body["available"] == lyon
        }));
        assert!(bench.facts.iter().any(|fact| matches!(
            fact,
            Fact::Call {
                operation: "productSet",
                ..
            }
        )));
    }
}

#[test]
fn stock_is_written_late_where_writes_of_stock_are() {
    let mut bench = Bench::new(ideal("[delay]\nwrite_to_live = { fixed = \"2s\" }"));
    bench.shop.open_with(ListingIndex(1), 10);
    let input = with_variant(json!({ "inventoryQuantities": [quantity(BERLIN, "available", 6)] }));
    assert_eq!(set(&mut bench, by_id(), input)["userErrors"], json!([]));
    assert_eq!(bench.displayed(1), 10);
    bench.run_until(Micros(bench.now.0 + 3_000_000));
    assert_eq!(bench.displayed(1), 6);
}

#[test]
fn a_location_that_does_not_stock_the_item_is_refused_in_every_version() {
    for version in ["2026-01", "2026-10"] {
        let mut bench = Bench::ideal();
        bench
            .shop
            .store
            .unstock(bench.now, bench.now, (1, 1))
            .unwrap();
        let input =
            with_variant(json!({ "inventoryQuantities": [quantity(LYON, "available", 2)] }));
        let done = set_in(&mut bench, version, by_id(), input);
        let message = "The specified inventory item is not stocked at the location.";
        assert_eq!(done["userErrors"][0]["message"], message, "{version}");
        assert_eq!(bench.displayed(1), 10);
    }
}

#[test]
fn what_writes_stock_tells_what_its_limit_has_left() {
    let bench = Bench::ideal();
    let is_told = |operation: &str| bench.shop.write_room(bench.now, operation).is_some();
    for operation in [
        "inventorySetQuantities",
        "productSet",
        "productVariantsBulkUpdate",
    ] {
        assert!(is_told(operation), "{operation}");
    }
    for operation in ["productUpdate", "orderClose", "no operation"] {
        assert!(!is_told(operation), "{operation}");
    }
}
