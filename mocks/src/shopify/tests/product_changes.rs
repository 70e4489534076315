//! What a changed product is to those who read, buy or have bought it.

use serde_json::{Value, json};

use super::Bench;
use super::made_orders::create;
use super::product_set::{BERLIN, MUG, by_id, quantity, set, subscribe, told, with_variant};
use crate::core::{Cause, CheckoutOutcome, Micros};

const MUG_VARIANT: &str = "gid://shopify/ProductVariant/4001000000002";

#[test]
fn what_is_set_is_shown_by_every_later_read_and_told_once() {
    let mut bench = Bench::ideal();
    subscribe(&mut bench);
    bench.now = Micros::from_secs(90);
    let mut input = with_variant(json!({
        "id": MUG_VARIANT, "price": "12.5", "compareAtPrice": 20, "barcode": "4006381333931", "inventoryPolicy": "CONTINUE",
        "inventoryItem": { "sku": "MUG-XL" },
    }));
    for (member, value) in [
        ("title", json!("Large mug")),
        ("handle", json!("Large Mug!")),
        ("descriptionHtml", json!("<p>Holds a litre</p>")),
        ("vendor", json!("Pottery")),
        ("productType", json!("Tableware")),
        ("status", json!("UNLISTED")),
        ("tags", json!(["kitchen, blue"])),
    ] {
        input[member] = value;
    }
    let done = set(&mut bench, by_id(), input.clone());
    let variant = json!({ "sku": "MUG-XL", "price": "12.50", "compareAtPrice": "20.00", "barcode": "4006381333931", "inventoryPolicy": "CONTINUE", "inventoryQuantity": 10, "inventoryItem": { "sku": "MUG-XL" } });
    let product = json!({ "id": MUG, "title": "Large mug", "handle": "large-mug", "status": "UNLISTED", "descriptionHtml": "<p>Holds a litre</p>", "vendor": "Pottery",
        "productType": "Tableware", "tags": ["blue", "kitchen"], "totalInventory": 10, "variants": { "nodes": [variant] } });
    assert_eq!(done, json!({ "product": product, "userErrors": [] }));
    // The same once more is no change.
    set(&mut bench, by_id(), input);
    let heard = told(&mut bench);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0].1["title"], "Large mug");

    let found = bench.graphql(
        "{ productByHandle(handle: \"large-mug\") { id updatedAt variants(first: 1) { nodes { updatedAt availableForSale } } } old: productByHandle(handle: \"mug\") { id } bySku: productVariants(first: 9, query: \"sku:MUG-XL\") { nodes { id } } byOldSku: productVariants(first: 9, query: \"sku:MUG\") { nodes { id } }
           rest: products(first: 9, query: \"vendor:Pottery AND product_type:Tableware AND status:unlisted\") { nodes { id } } handle: productsCount(query: \"handle:large-mug\") { count } barcode: productVariantsCount(query: \"barcode:4006381333931\") { count } active: productsCount(query: \"status:active\") { count } }",
        json!({}),
    );
    assert_eq!(
        found["data"],
        json!({ "productByHandle": { "id": MUG, "updatedAt": "2026-11-20T13:06:41Z", "variants": { "nodes": [{ "updatedAt": "2026-11-20T13:06:41Z", "availableForSale": true }] } }, "old": null,
            "bySku": { "nodes": [{ "id": MUG_VARIANT }] }, "byOldSku": { "nodes": [] }, "rest": { "nodes": [{ "id": MUG }] }, "handle": { "count": 1 }, "barcode": { "count": 1 }, "active": { "count": 2 } })
    );
    let listed = bench.rest("GET", "products.json", Value::Null);
    let listed: Value = serde_json::from_slice(listed.body()).unwrap();
    let shown = &listed["products"][1];
    for (member, value) in [
        ("title", "Large mug"),
        ("handle", "large-mug"),
        ("body_html", "<p>Holds a litre</p>"),
        ("vendor", "Pottery"),
        ("product_type", "Tableware"),
        ("status", "unlisted"),
        ("tags", "blue, kitchen"),
    ] {
        assert_eq!(shown[member], value, "{member}");
    }
    assert_ne!(shown["updated_at"], shown["created_at"]);
    for (member, value) in [
        ("sku", "MUG-XL"),
        ("price", "12.50"),
        ("compare_at_price", "20.00"),
        ("barcode", "4006381333931"),
        ("inventory_policy", "continue"),
    ] {
        assert_eq!(shown["variants"][0][member], value, "{member}");
    }
}

#[test]
fn buyers_buy_what_is_for_sale_and_what_is_sold_on_without_stock() {
    let mut bench = Bench::ideal();
    bench.facts.clear();
    set(&mut bench, by_id(), json!({ "status": "DRAFT" }));
    assert_eq!(bench.displayed(1), 0);
    let cause = Cause::Write {
        sent_at: bench.now,
        received_at: bench.now,
    };
    assert_eq!(bench.displayed_facts(), [(10, 0, cause)]);
    let refused = bench.try_checkout(&[(1, 1)]);
    assert!(matches!(
        refused,
        CheckoutOutcome::Refused { displayed: 0, .. }
    ));
    // Its stock can be written meanwhile, and is offered when it is for sale again.
    let input = with_variant(json!({ "inventoryQuantities": [quantity(BERLIN, "available", 4)] }));
    set(&mut bench, by_id(), input);
    assert_eq!(bench.displayed(1), 0);
    set(&mut bench, by_id(), json!({ "status": "ACTIVE" }));
    assert_eq!(bench.displayed_facts().last(), Some(&(0, 4, cause)));

    assert!(matches!(
        bench.try_checkout(&[(1, 5)]),
        CheckoutOutcome::Refused { .. }
    ));
    set(
        &mut bench,
        by_id(),
        with_variant(json!({ "inventoryPolicy": "CONTINUE" })),
    );
    bench.checkout(&[(1, 6)]);
    assert_eq!(bench.displayed(1), -2);
    bench.checkout(&[(1, 1)]);
    let level = bench.shop.store.state.stock.level(1, 0);
    assert_eq!((level.available, level.committed), (-3, 7));
    // An app's order that obeys the policy is sold on as well.
    let order = json!({ "lineItems": [{ "variantId": MUG_VARIANT, "quantity": 2 }] });
    let made = create(&mut bench, order, "DECREMENT_OBEYING_POLICY");
    assert_eq!(made["userErrors"], json!([]), "{made}");
    assert_eq!(bench.displayed(1), -5);
}

#[test]
fn orders_keep_the_texts_and_prices_that_they_were_made_with() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 1)]);
    let mut input = with_variant(json!({ "price": "99.00", "sku": "POT" }));
    input["title"] = json!("Pot");
    input["vendor"] = json!("Pottery");
    set(&mut bench, by_id(), input);
    bench.checkout(&[(1, 1)]);
    set(&mut bench, by_id(), json!({ "title": "Jug" }));
    bench.checkout(&[(1, 1)]);
    let read = bench.graphql(
        "{ orders(first: 9) { nodes { lineItems(first: 1) { nodes { sku title vendor originalUnitPriceSet { shopMoney { amount } } } } } } one: orders(first: 9, query: \"sku:MUG\") { nodes { name } } }",
        json!({}),
    );
    let lines: Vec<Value> = (0..3)
        .map(|at| read["data"]["orders"]["nodes"][at]["lineItems"]["nodes"][0].clone())
        .collect();
    let line = |sku: &str, title: &str, vendor: &str, amount: &str| json!({ "sku": sku, "title": title, "vendor": vendor, "originalUnitPriceSet": { "shopMoney": { "amount": amount } } });
    assert_eq!(
        lines,
        [
            line("MUG", "MUG title", "demo", "10.0"),
            line("POT", "Pot", "Pottery", "99.0"),
            line("POT", "Jug", "Pottery", "99.0"),
        ]
    );
    assert_eq!(read["data"]["one"]["nodes"], json!([{ "name": "#1001" }]));
    let told = bench.rest("GET", "orders/5001000000001.json", Value::Null);
    let told: Value = serde_json::from_slice(told.body()).unwrap();
    let line = &told["order"]["line_items"][0];
    assert_eq!(
        (
            &line["sku"],
            &line["title"],
            &line["vendor"],
            &line["price"]
        ),
        (
            &json!("MUG"),
            &json!("MUG title"),
            &json!("demo"),
            &json!("10.00")
        )
    );
}
