//! The main road from a token to a throttled call, through bytes alone.

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::webhooks::CREATE;
use super::{Bench, ideal};
use crate::core::{CallOutcome, Fact, ListingIndex, Micros, OrderRef, Request, Storefront};

#[test]
fn from_token_to_throttling() {
    let mut bench = Bench::new(ideal(
        "[graphql]\nbucket_points = 2000.0\nrestore_points_per_second = 100.0\nquery_cost_max = 1000.0",
    ));
    bench.shop.open_with(ListingIndex(0), 10);
    bench.token = "none".into();
    let (_, refused) = bench.post("/admin/api/2026-07/graphql.json", "{}");
    assert_eq!(refused.status(), 401);
    let grant = r#"{"client_id":"oversell-client-id","client_secret":"hush","grant_type":"client_credentials"}"#;
    let (_, granted) = bench.post("/admin/oauth/access_token", grant);
    let granted: Value = serde_json::from_slice(granted.body()).unwrap();
    assert_eq!(granted["expires_in"], 86_399);
    bench.token = granted["access_token"].as_str().unwrap().to_owned();

    let made = bench.graphql(
        CREATE,
        json!({"topic": "ORDERS_CREATE", "input": {"uri": "http://127.0.0.1:9/hook"}}),
    );
    assert_eq!(
        made["data"]["webhookSubscriptionCreate"]["webhookSubscription"]["uri"],
        "http://127.0.0.1:9/hook"
    );

    let order = bench.checkout(&[(0, 2)]);
    let (_, id, delivery): (_, _, Request) = {
        let (at, id, request) = &bench.deliveries[0];
        (*at, *id, request.clone())
    };
    let headers = delivery.headers();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"hush").unwrap();
    mac.update(delivery.body());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(headers["x-shopify-hmac-sha256"], signature);
    assert_eq!(headers["x-shopify-api-version"], "2026-07");
    assert_eq!(headers["x-shopify-shop-domain"], "demo.myshopify.com");
    assert_eq!(
        headers["x-shopify-triggered-at"],
        "2026-11-20T13:05:12.000000000Z"
    );
    assert_eq!(delivery.uri().to_string(), "http://127.0.0.1:9/hook");
    let payload: Value = serde_json::from_slice(delivery.body()).unwrap();
    assert_eq!(payload["id"].to_string(), bench.shop.native_order_id(order));
    assert_eq!(payload["created_at"], "2026-11-20T08:05:12-05:00");
    assert_eq!(
        (
            payload["total_price"].clone(),
            payload["line_items"][0]["sku"].clone()
        ),
        (json!("46.98"), json!("TEE-RED-M"))
    );
    assert!(
        (3_500..7_500).contains(&delivery.body().len()),
        "{}",
        delivery.body().len()
    );
    bench.answer(id, 200);

    let orders = bench.graphql(
        "{ orders(first: 10, sortKey: UPDATED_AT, query: \"updated_at:>='2026-11-20T13:05:12Z'\") { nodes { id legacyResourceId totalPriceSet { shopMoney { amount currencyCode } }
             lineItems(first: 25) { nodes { sku quantity } } fulfillmentOrders(first: 5) { nodes { id } } } pageInfo { hasNextPage endCursor } } }",
        json!({}),
    );
    let node = &orders["data"]["orders"]["nodes"][0];
    assert_eq!(
        node["totalPriceSet"]["shopMoney"],
        json!({"amount": "46.98", "currencyCode": "EUR"})
    );
    assert_eq!(
        node["lineItems"]["nodes"],
        json!([{"sku": "TEE-RED-M", "quantity": 2}])
    );

    let write = bench.graphql(
        "mutation { inventorySetQuantities(input: { name: \"available\", reason: \"correction\", quantities: [{ inventoryItemId: \"gid://shopify/InventoryItem/3001000000001\", locationId: \"gid://shopify/Location/1101000000001\", quantity: 3, changeFromQuantity: 8 }] }) @idempotent(key: \"w\") { userErrors { code } } }",
        json!({}),
    );
    assert_eq!(
        write["data"]["inventorySetQuantities"]["userErrors"],
        json!([])
    );
    let level = bench.graphql(
        "{ inventoryLevel(id: \"gid://shopify/InventoryLevel/110012006577?inventory_item_id=3001000000001\") { quantities(names: [\"available\"]) { quantity } } }",
        json!({}),
    );
    assert_eq!(
        level["data"]["inventoryLevel"]["quantities"][0]["quantity"],
        3
    );

    let ship = "mutation($id: ID!) { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: $id }], trackingInfo: { company: \"DHL\", number: \"JD1\" } }) { fulfillment { status trackingInfo { number } } userErrors { field message } } }";
    let fulfillment_order = node["fulfillmentOrders"]["nodes"][0]["id"].clone();
    let shipped = bench.graphql(ship, json!({ "id": fulfillment_order }));
    assert_eq!(
        shipped["data"]["fulfillmentCreate"]["fulfillment"]["status"], "SUCCESS",
        "{shipped}"
    );
    assert!(bench.facts.contains(&Fact::FulfillmentConfirmed {
        order: OrderRef(0),
        units: 2,
        complete: true,
        late: false
    }));
    let again = bench.graphql(ship, json!({ "id": fulfillment_order }));
    assert_eq!(
        again["data"]["fulfillmentCreate"]["userErrors"],
        json!([{"field": ["fulfillment"], "message": "Fulfillment order 9701000000001 has an unfulfillable status= closed."}])
    );
    assert!(
        bench
            .facts
            .contains(&Fact::FulfillmentRefused { order: OrderRef(0) })
    );

    // One dear query after the other until the bucket cannot pay the next.
    let dear = "{ orders(first: 250) { nodes { lineItems(first: 50) { nodes { id variant { id inventoryItem { id } } } } fulfillmentOrders(first: 5) { nodes { lineItems(first: 10) { nodes { id } } } } } } }";
    let throttled = loop {
        let answer = bench.graphql(dear, json!({}));
        if answer.get("data").is_none() {
            break answer;
        }
    };
    assert_eq!(throttled["errors"][0]["extensions"]["code"], "THROTTLED");
    assert_eq!(throttled["errors"][0]["message"], "Throttled");
    let cost = &throttled["extensions"]["cost"];
    assert!(cost["actualQueryCost"].is_null());
    let number = |value: &Value| value.as_f64().unwrap();
    let wait = (number(&cost["requestedQueryCost"])
        - number(&cost["throttleStatus"]["currentlyAvailable"]))
        / number(&cost["throttleStatus"]["restoreRate"]);
    let refused_at = bench.now;
    bench.now = refused_at + Micros::from_secs_f64(wait).since(Micros(20_000));
    assert!(
        bench.graphql(dear, json!({})).get("data").is_none(),
        "a little too early"
    );
    bench.now = refused_at + Micros::from_secs_f64(wait);
    assert!(
        bench.graphql(dear, json!({})).get("data").is_some(),
        "after exactly the computed wait"
    );
    assert!(bench.facts.contains(&Fact::Call {
        operation: "orders",
        kind: crate::core::CallKind::Read,
        outcome: CallOutcome::Throttled
    }));
}

#[test]
fn versions_and_unserved_paths() {
    let mut bench = Bench::ideal();
    let (_, old) = bench.post(
        "/admin/api/2024-10/graphql.json",
        r#"{"query":"{shop{name}}"}"#,
    );
    assert_eq!(old.headers()["x-shopify-api-version"], "2026-01");
    assert_eq!(
        old.headers()["content-type"],
        "application/json; charset=utf-8"
    );
    let (_, rest) = bench.post("/admin/api/2026-07/orders.json", "{}");
    assert_eq!(
        (rest.status().as_u16(), rest.body().as_slice()),
        (404, &br#"{"errors":"Not Found"}"#[..])
    );
}

#[test]
fn the_same_seed_gives_the_same_latencies() {
    let run = || {
        let mut bench = Bench::new(crate::shopify::Profile::named("shopify-plus").unwrap());
        (0..5)
            .map(|_| {
                bench
                    .post(
                        "/admin/api/2026-07/graphql.json",
                        r#"{"query":"{shop{name}}"}"#,
                    )
                    .0
            })
            .collect::<Vec<_>>()
    };
    let latencies = run();
    assert_eq!(latencies, run());
    assert!(
        latencies.windows(2).any(|pair| pair[0] != pair[1]),
        "each call draws its own"
    );
}
