//! Products that apps make: by `productCreate`, and by `productSet` where there is none yet.

use serde_json::{Value, json};

use super::made_orders::create as create_order;
use super::product_set::{LYON, quantity, set, with_variant};
use super::rest::body;
use super::{Bench, ideal};
use crate::core::{Fact, Micros};

const CREATE: &str = "mutation($product: ProductCreateInput, $media: [CreateMediaInput!]) { it: productCreate(product: $product, media: $media) {
  product { id title handle status vendor totalInventory tracksInventory createdAt publishedAt tags options { values }
    variants(first: 2) { nodes { id sku price inventoryItem { id tracked } } } }
  shop { name } userErrors { field message } } }";
const ORDER: &str = "gid://shopify/Order/5001000000002";

fn create(bench: &mut Bench, product: Value) -> Value {
    let answer = bench.graphql(CREATE, json!({ "product": product }));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

fn run(bench: &mut Bench, call: &str, payload: &str) -> Value {
    let answer = bench.graphql(
        &format!("mutation {{ it: {call} {{ {payload} }} }}"),
        json!({}),
    );
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

/// Names and quantities of the levels of an item.
fn levels(bench: &mut Bench, item: &Value) -> Value {
    let query = "query($id: ID!) { inventoryItem(id: $id) { inventoryLevels(first: 5) { nodes { location { name } quantities(names: [\"available\", \"committed\"]) { quantity } } } } }";
    let answer = bench.graphql(query, json!({ "id": item }));
    let nodes = answer["data"]["inventoryItem"]["inventoryLevels"]["nodes"].as_array();
    let nodes = nodes.unwrap_or_else(|| panic!("{answer}")).iter();
    nodes
        .map(|level| {
            json!([
                level["location"]["name"],
                level["quantities"][0]["quantity"],
                level["quantities"][1]["quantity"]
            ])
        })
        .collect()
}

#[test]
fn a_new_product_has_a_variant_without_stock_that_nobody_counts_yet() {
    let mut bench = Bench::ideal();
    super::product_set::subscribe(&mut bench);
    run(
        &mut bench,
        "webhookSubscriptionCreate(topic: PRODUCTS_CREATE, webhookSubscription: { uri: \"https://example.com/made\" })",
        "userErrors { message }",
    );
    bench.now += Micros::from_secs(60);
    let made = create(
        &mut bench,
        json!({ "title": "Blue Bowl!", "tags": ["new"] }),
    );
    let product = &made["product"];
    let variant = &product["variants"]["nodes"][0];
    assert_eq!(made["userErrors"], json!([]));
    assert_eq!(made["shop"]["name"], "demo");
    assert_eq!(
        (
            &product["handle"],
            &product["status"],
            &product["vendor"],
            &product["tags"]
        ),
        (
            &json!("blue-bowl"),
            &json!("ACTIVE"),
            &json!("demo"),
            &json!(["new"])
        )
    );
    assert_eq!(
        (
            &product["totalInventory"],
            &product["tracksInventory"],
            &product["publishedAt"]
        ),
        (&json!(0), &json!(false), &Value::Null)
    );
    assert_eq!(product["createdAt"], "2026-11-20T13:06:12Z");
    assert_eq!(product["options"], json!([{ "values": ["Default Title"] }]));
    let item = &variant["inventoryItem"]["id"];
    assert_eq!(
        (
            &variant["sku"],
            &variant["price"],
            &variant["inventoryItem"]["tracked"]
        ),
        (&json!(""), &json!("0.00"), &json!(false))
    );
    assert_eq!(levels(&mut bench, item), json!([["berlin", 0, 0]]));
    bench.run_until(Micros(bench.now.0 + 5_000_000));
    let told = bench.deliveries.drain(..);
    let told: Vec<(String, Value)> = told
        .map(|(_, _, request)| {
            let topic = request.headers()["x-shopify-topic"].to_str().unwrap();
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            (topic.to_owned(), body["handle"].clone())
        })
        .collect();
    assert_eq!(told, [("products/create".to_owned(), json!("blue-bowl"))]);

    // A second one of the title gets a number; a handle that is asked for is taken or refused.
    let second = create(&mut bench, json!({ "title": "Blue bowl" }));
    assert_eq!(second["product"]["handle"], "blue-bowl-1");
    let third = create(&mut bench, json!({ "title": "Blue bowl" }));
    assert_eq!(third["product"]["handle"], "blue-bowl-2");
    let long = "x".repeat(255);
    create(&mut bench, json!({ "title": long }));
    let longer = create(&mut bench, json!({ "title": long }));
    let handle = longer["product"]["handle"].as_str().unwrap();
    assert_eq!((handle.len(), &handle[250..]), (255, "xxx-1"));
    let signs = create(&mut bench, json!({ "title": "?!", "status": "DRAFT" }));
    assert_eq!(signs["product"]["handle"], "product");
    for (input, field, message) in [
        (
            json!({ "vendor": "Kiln" }),
            json!(["title"]),
            "Title can't be blank",
        ),
        (
            json!({ "title": " " }),
            json!(["title"]),
            "Title can't be blank",
        ),
        (
            json!({ "title": "Cup", "handle": "Mug" }),
            json!(["input", "handle"]),
            "Handle 'Mug' already in use. Please provide a new handle.",
        ),
        (
            json!({ "title": "Cup", "productOptions": [{ "name": "Size", "values": [{ "name": "L" }] }] }),
            json!(["productOptions"]),
            "Not simulated: a product keeps its one variant and its option Title / Default Title.",
        ),
    ] {
        let refused = create(&mut bench, input);
        assert_eq!(
            refused["userErrors"],
            json!([{ "field": field, "message": message }])
        );
        assert_eq!(refused["product"], Value::Null);
    }
    assert_eq!(bench.shop.store.state.shop.listings.len(), 9);
}

#[test]
fn its_stock_is_written_read_and_sold_by_apps_and_the_ledger_hears_nothing_of_it() {
    let mut bench = Bench::ideal();
    let made = create(&mut bench, json!({ "title": "Bowl" }));
    let variant = made["product"]["variants"]["nodes"][0].clone();
    let item = &variant["inventoryItem"]["id"];
    let facts = bench.displayed_facts().len();
    // As long as its stock is not counted it is sold without any, and no level hears of it.
    let order = json!({ "lineItems": [{ "variantId": variant["id"], "quantity": 2 }] });
    let order = create_order(&mut bench, order, "DECREMENT_OBEYING_POLICY");
    assert_eq!(order["userErrors"], json!([]), "{order}");
    assert_eq!(levels(&mut bench, item), json!([["berlin", 0, 0]]));
    let sale = "query($id: ID!) { node(id: $id) { ... on ProductVariant { availableForSale } } productsCount(query: \"out_of_stock_somewhere:true\") { count } }";
    let sale = bench.graphql(sale, json!({ "id": variant["id"] }));
    assert_eq!(
        sale["data"],
        json!({ "node": { "availableForSale": true }, "productsCount": { "count": 0 } })
    );
    let tracked =
        format!("inventoryItemUpdate(id: {item}, input: {{ tracked: true, sku: \"BOWL\" }})");
    let done = run(
        &mut bench,
        &tracked,
        "inventoryItem { tracked sku } userErrors { message }",
    );
    assert_eq!(
        done["inventoryItem"],
        json!({ "tracked": true, "sku": "BOWL" })
    );
    let activate = format!(
        "inventoryActivate(inventoryItemId: {item}, locationId: \"{LYON}\", available: 4) @idempotent(key: \"a\")"
    );
    let done = run(&mut bench, &activate, "userErrors { message }");
    assert_eq!(done["userErrors"], json!([]));
    let write = format!(
        "inventorySetQuantities(input: {{ name: \"available\", reason: \"correction\", quantities: [{{ inventoryItemId: {item}, locationId: \"gid://shopify/Location/1101000000001\", quantity: 3, changeFromQuantity: 0 }}] }}) @idempotent(key: \"b\")"
    );
    let done = run(&mut bench, &write, "userErrors { message }");
    assert_eq!(done["userErrors"], json!([]));
    assert_eq!(
        levels(&mut bench, item),
        json!([["berlin", 3, 0], ["lyon", 4, 0]])
    );

    // An order of an app claims it; what comes back is counted again.
    let order = json!({ "lineItems": [{ "variantId": variant["id"], "quantity": 5 }] });
    let order = create_order(&mut bench, order, "DECREMENT_OBEYING_POLICY");
    assert_eq!(order["userErrors"], json!([]), "{order}");
    assert_eq!(
        levels(&mut bench, item),
        json!([["berlin", 0, 3], ["lyon", 2, 2]])
    );
    let cancel = format!(
        "orderCancel(orderId: \"{ORDER}\", reason: OTHER, restock: true, refundMethod: {{ originalPaymentMethodsRefund: true }})"
    );
    let done = run(&mut bench, &cancel, "orderCancelUserErrors { message }");
    assert_eq!(done["orderCancelUserErrors"], json!([]));
    bench.run_until(Micros(bench.now.0 + 5_000_000));
    assert_eq!(
        levels(&mut bench, item),
        json!([["berlin", 3, 0], ["lyon", 4, 0]])
    );

    // A location that comes later stocks neither it nor what is made afterwards.
    let add = "locationAdd(input: { name: \"oslo\", address: { countryCode: NO } })";
    let oslo = run(&mut bench, add, "location { id } userErrors { message }");
    let oslo = oslo["location"]["id"].as_str().unwrap().to_owned();
    let late = create(&mut bench, json!({ "title": "Late" }));
    let late = &late["product"]["variants"]["nodes"][0]["inventoryItem"]["id"];
    assert_eq!(levels(&mut bench, late), json!([["berlin", 0, 0]]));
    let activate = format!(
        "inventoryActivate(inventoryItemId: {late}, locationId: \"{oslo}\", available: 9) @idempotent(key: \"c\")"
    );
    run(&mut bench, &activate, "userErrors { message }");
    assert_eq!(
        levels(&mut bench, late),
        json!([["berlin", 0, 0], ["oslo", 9, 0]])
    );
    assert_eq!(
        levels(&mut bench, item),
        json!([["berlin", 3, 0], ["lyon", 4, 0]])
    );

    let gone = format!("productDelete(input: {{ id: {} }})", made["product"]["id"]);
    let done = run(&mut bench, &gone, "userErrors { message }");
    assert_eq!(done["userErrors"], json!([]));
    assert_eq!(
        bench.displayed_facts().len(),
        facts,
        "only of what the shop was opened with"
    );
    let claims =
        |fact: &Fact| matches!(fact, Fact::OrderMade { claimed_units, .. } if *claimed_units > 0);
    assert!(!bench.facts.iter().any(claims));
    let is_of_it = |fact: &Fact| matches!(fact, Fact::UnitsRemoved { listing, .. } | Fact::Displayed { listing, .. } if listing.0 > 2);
    assert!(!bench.facts.iter().any(is_of_it));
}

#[test]
fn product_set_makes_what_is_not_there_with_its_stock_and_sets_it_the_next_time() {
    let mut bench = Bench::ideal();
    let mut input = with_variant(json!({
        "sku": "BOWL", "price": "12.50", "inventoryItem": { "tracked": true },
        "inventoryQuantities": [quantity(LYON, "available", 6)],
    }));
    input["title"] = json!("Bowl");
    input["handle"] = json!("bowl");
    input["status"] = json!("DRAFT");
    let made = set(&mut bench, json!({ "handle": "bowl" }), input.clone());
    assert_eq!(made["userErrors"], json!([]), "{made}");
    assert_eq!(
        (
            &made["product"]["totalInventory"],
            &made["product"]["status"]
        ),
        (&json!(6), &json!("DRAFT"))
    );
    // A handle is one however it is written.
    let mut spelt = input.clone();
    spelt["handle"] = json!("Bowl!");
    let same = set(&mut bench, json!({ "handle": "Bowl!" }), spelt);
    assert_eq!(same["product"]["id"], made["product"]["id"], "{same}");
    input["title"] = json!("Large bowl");
    input["variants"][0]["inventoryQuantities"] = json!([quantity(LYON, "available", 2)]);
    let again = set(&mut bench, json!({ "handle": "bowl" }), input.clone());
    assert_eq!(again["product"]["id"], made["product"]["id"]);
    assert_eq!(again["product"]["totalInventory"], 2);
    // It is found like any other, in both interfaces, and is published nowhere.
    let found = bench.graphql(
        "{ products(first: 9, query: \"sku:bowl -published_at:*\") { nodes { title } } productsCount { count } }",
        json!({}),
    );
    assert_eq!(
        found["data"],
        json!({ "products": { "nodes": [{ "title": "Large bowl" }] }, "productsCount": { "count": 4 } })
    );
    let listed = body(&bench.rest("GET", "products.json?status=draft", Value::Null));
    let variant = &listed["products"][0]["variants"][0];
    assert_eq!(
        (
            &variant["sku"],
            &variant["inventory_management"],
            &variant["inventory_quantity"]
        ),
        (&json!("BOWL"), &json!("shopify"), &json!(2))
    );
    // What is wrong with a new one is told before anything is made.
    input["handle"] = json!("other");
    input["variants"][0]["inventoryQuantities"] =
        json!([quantity("gid://shopify/Location/7", "available", 2)]);
    let refused = set(&mut bench, json!({ "handle": "other" }), input);
    assert_eq!(
        refused["userErrors"][0]["field"],
        json!([
            "input",
            "variants",
            "0",
            "inventoryQuantities",
            "0",
            "locationId"
        ])
    );
    assert_eq!(bench.shop.store.state.shop.listings.len(), 4);
}

#[test]
fn a_shop_does_not_fill_the_memory_with_products() {
    let mut bench = Bench::new(ideal(""));
    bench.shop.store.state.opened_listings = 0;
    for number in 3..10_000 {
        let change = crate::shopify::model::products::ProductChange::default();
        let handle = format!("made-{number}");
        let store = &mut bench.shop.store;
        let seed = crate::core::ListingSeed {
            sku: String::new(),
            title: handle.clone(),
            price_cents: 1,
        };
        match number {
            9_999 => drop(store.make_product(bench.now, handle, change)),
            _ => {
                store.state.shop.listings.push(seed);
                store.state.stock.add_listing();
            }
        }
    }
    let refused = create(&mut bench, json!({ "title": "One more" }));
    assert_eq!(
        refused["userErrors"],
        json!([{ "field": null, "message": "Not simulated: more than 10000 products that apps make." }])
    );
}
