//! Deliveries: topics, filters, retries, removal, faults.

use serde_json::{Value, json};

use super::{Bench, ideal};
use crate::core::{
    ActOutcome, DeliveryOutcome, Fact, Input, ListingIndex, Machine, Micros, Storefront,
};

pub(super) const CREATE: &str = "mutation($topic: WebhookSubscriptionTopic!, $input: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $input) { webhookSubscription { id uri } userErrors { field message } } }";

fn subscribe(bench: &mut Bench, topic: &str, input: Value) {
    let answer = bench.graphql(CREATE, json!({"topic": topic, "input": input}));
    assert_eq!(
        answer["data"]["webhookSubscriptionCreate"]["userErrors"],
        json!([]),
        "{answer}"
    );
}

fn topics(bench: &Bench) -> Vec<String> {
    let topic = |request: &crate::core::Request| {
        request.headers()["x-shopify-topic"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    bench
        .deliveries
        .iter()
        .map(|(_, _, request)| topic(request))
        .collect()
}

fn body(bench: &Bench, index: usize) -> Value {
    serde_json::from_slice(bench.deliveries[index].2.body()).unwrap()
}

fn bench(changes: &str) -> Bench {
    let mut bench = Bench::new(ideal(changes));
    bench.shop.open_with(ListingIndex(0), 10);
    bench
}

#[test]
fn a_payload_is_that_of_the_moment_of_sending() {
    let mut bench = bench("[webhooks]\nlatency = { fixed = \"2s\" }");
    subscribe(
        &mut bench,
        "INVENTORY_LEVELS_UPDATE",
        json!({"uri": "http://hook.test/stock"}),
    );
    for units in [10, 0] {
        bench.shop.edit_count(bench.now, ListingIndex(0), units + 1);
    }
    bench.run_until(bench.now + Micros::from_secs(3));
    // Two changes, 11 and 1: both deliveries show 1.
    assert_eq!(
        (
            topics(&bench).len(),
            body(&bench, 0)["available"].clone(),
            body(&bench, 1)["available"].clone()
        ),
        (2, json!(1), json!(1))
    );
    assert_ne!(
        bench.deliveries[0].2.headers()["x-shopify-webhook-id"],
        bench.deliveries[1].2.headers()["x-shopify-webhook-id"]
    );
}

#[test]
fn include_fields_leave_the_rest_out() {
    let mut bench = bench("");
    let fields = ["id", "updated_at", "line_items.sku", "line_items.quantity"];
    subscribe(
        &mut bench,
        "ORDERS_CREATE",
        json!({"uri": "http://hook.test/o", "includeFields": fields, "name": "mine"}),
    );
    bench.checkout(&[(0, 2)]);
    assert_eq!(
        body(&bench, 0),
        json!({"id": 5_001_000_000_001u64, "updated_at": "2026-11-20T08:05:12-05:00",
               "line_items": [{"sku": "TEE-RED-M", "quantity": 2}]})
    );
    assert_eq!(bench.deliveries[0].2.headers()["x-shopify-name"], "mine");
}

#[test]
fn repeated_filtered_payloads_are_dropped() {
    let mut bench = bench("[webhooks]\ndrop_repeated_filtered_payloads = true");
    subscribe(
        &mut bench,
        "INVENTORY_LEVELS_UPDATE",
        json!({"uri": "http://hook.test/s", "includeFields": ["inventory_item_id"]}),
    );
    for units in [5, 6] {
        bench.shop.edit_count(bench.now, ListingIndex(0), units);
        bench.shop.handle(bench.now, Input::Wake);
        bench.drain();
    }
    assert_eq!(bench.deliveries.len(), 1);
}

#[test]
fn failures_are_retried_with_the_same_body_until_the_subscription_goes() {
    let mut bench = bench("");
    subscribe(
        &mut bench,
        "ORDERS_CREATE",
        json!({"callbackUrl": "http://hook.test/o"}),
    );
    bench.checkout(&[(0, 1)]);
    let start = bench.now;
    let mut waits = Vec::new();
    for attempt in 0..9 {
        let (at, id, request) = &bench.deliveries[attempt];
        waits.push(at.since(start).whole_secs());
        assert_eq!(request.body(), bench.deliveries[0].2.body());
        let (at, id) = (*at, *id);
        assert_eq!(bench.now, at);
        let outcome = if attempt % 2 == 0 {
            DeliveryOutcome::Failed
        } else {
            DeliveryOutcome::Answered(302)
        };
        bench.shop.handle(
            bench.now,
            Input::Delivered {
                delivery: id,
                outcome,
            },
        );
        bench.drain();
        if let Some(timer) = bench.shop.poll_timeout() {
            bench.run_until(timer.at);
        }
    }
    assert_eq!(
        waits,
        [0, 56, 169, 395, 847, 1_751, 3_558, 7_172, 14_400],
        "8 retries in 4 h"
    );
    assert_eq!(bench.deliveries.len(), 9);
    assert!(bench.facts.contains(&Fact::SubscriptionRemoved {
        topic: "orders/create"
    }));
    bench.checkout(&[(0, 1)]);
    assert_eq!(bench.deliveries.len(), 9, "nobody is subscribed any more");
    let listed = bench.graphql(
        "{ webhookSubscriptions(first: 5) { nodes { id } } }",
        json!({}),
    );
    assert_eq!(listed["data"]["webhookSubscriptions"]["nodes"], json!([]));
}

#[test]
fn duplicates_share_their_id_and_drops_never_come() {
    let mut twice = bench("[faults]\nduplicate = 1.0");
    subscribe(
        &mut twice,
        "ORDERS_CREATE",
        json!({"uri": "http://hook.test/o"}),
    );
    twice.checkout(&[(0, 1)]);
    let ids: Vec<_> = twice
        .deliveries
        .iter()
        .map(|(_, _, request)| request.headers()["x-shopify-webhook-id"].clone())
        .collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    let mut never = bench("[faults]\ndrop = 1.0");
    subscribe(
        &mut never,
        "ORDERS_CREATE",
        json!({"uri": "http://hook.test/o"}),
    );
    never.checkout(&[(0, 1)]);
    assert!(never.deliveries.is_empty());
}

#[test]
fn the_update_can_overtake_the_creation() {
    let mut bench = bench(
        "[webhooks]\nlatency = { fixed = \"1s\" }\n[faults]\nupdate_before_create = 1.0\nupdate_before_create_gap = { fixed = \"500ms\" }",
    );
    subscribe(
        &mut bench,
        "ORDERS_CREATE",
        json!({"uri": "http://hook.test/o"}),
    );
    subscribe(
        &mut bench,
        "ORDERS_UPDATED",
        json!({"uri": "http://hook.test/o"}),
    );
    bench.checkout(&[(0, 1)]);
    bench.run_until(Micros::from_secs(10));
    assert_eq!(topics(&bench), ["orders/updated", "orders/create"]);
    assert_eq!(
        bench.deliveries[1].0.since(bench.deliveries[0].0),
        Micros::from_millis(500)
    );
    let event = |index: usize| bench.deliveries[index].2.headers()["x-shopify-event-id"].clone();
    assert_eq!(event(0), event(1), "one act of the buyer");
}

#[test]
fn a_cancellation_with_restock_raises_its_topics() {
    let mut bench = bench("");
    let order = bench.checkout(&[(0, 2)]);
    for topic in [
        "ORDERS_CANCELLED",
        "ORDERS_UPDATED",
        "REFUNDS_CREATE",
        "INVENTORY_LEVELS_UPDATE",
    ] {
        subscribe(&mut bench, topic, json!({"uri": "http://hook.test/o"}));
    }
    let facts_before = bench.facts.len();
    let cancel = "mutation($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: true, refund: true) { job { id done } orderCancelUserErrors { code } userErrors { message } } }";
    let id = format!("gid://shopify/Order/{}", bench.shop.native_order_id(order));
    let answer = bench.graphql(cancel, json!({ "id": id }));
    assert_eq!(answer["data"]["orderCancel"]["job"]["done"], false);
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 10);
    let mut seen = topics(&bench);
    seen.sort();
    assert_eq!(
        seen,
        [
            "inventory_levels/update",
            "orders/cancelled",
            "orders/updated",
            "refunds/create"
        ]
    );
    let cancelled = (0..4)
        .map(|index| body(&bench, index))
        .find(|body| body.get("cancel_reason").is_some())
        .unwrap();
    assert_eq!(
        (
            cancelled["cancel_reason"].clone(),
            cancelled["financial_status"].clone(),
            cancelled["current_total_price"].clone()
        ),
        (json!("customer"), json!("refunded"), json!("0.00"))
    );
    assert_eq!(
        cancelled["refunds"][0]["refund_line_items"][0]["subtotal"],
        json!(46.98)
    );
    assert_eq!(cancelled["line_items"][0]["current_quantity"], 0);
    assert!(matches!(
        bench.facts[facts_before],
        Fact::Displayed { .. } | Fact::OrderCancelled { .. } | Fact::Call { .. }
    ));
    assert_eq!(bench.displayed(0), 10);
    let job = bench.graphql(
        "query($id: ID!) { job(id: $id) { done } }",
        json!({"id": answer["data"]["orderCancel"]["job"]["id"]}),
    );
    assert_eq!(job["data"]["job"]["done"], true);
    let again = bench.graphql(cancel, json!({ "id": id }));
    assert_eq!(
        again["data"]["orderCancel"]["userErrors"][0]["message"],
        "Cannot cancel an order that has already been canceled"
    );
    assert_eq!(
        bench.shop.cancel_by_seller(bench.now, order),
        ActOutcome::Refused("Cannot cancel an order that has already been canceled")
    );
}

#[test]
fn addresses_are_checked_in_the_platforms_words() {
    let mut strict = bench("[webhooks]\nallow_http_callbacks = false");
    let mut message = |uri: &str| {
        let answer = strict.graphql(
            CREATE,
            json!({"topic": "ORDERS_CREATE", "input": {"uri": uri}}),
        );
        answer["data"]["webhookSubscriptionCreate"]["userErrors"][0]["message"].clone()
    };
    assert_eq!(message(""), "Address can't be blank");
    assert_eq!(
        message("http://hook.test/o"),
        "Address protocol http:// is not supported"
    );
    assert_eq!(
        message("https://x.myshopify.com/o"),
        "Address cannot be a Shopify or an internal domain"
    );
    assert_eq!(message("https://hook.test/o"), json!(null));
    assert_eq!(
        message("https://hook.test/o"),
        "Address for this topic has already been taken"
    );
    assert_eq!(
        message("pubsub://x"),
        "Address protocol pubsub:// is not supported"
    );
}

#[test]
fn a_subscription_is_checked_as_the_platform_does_and_costs_one_point() {
    let mut bench = Bench::new(super::ideal("webhooks.allow_http_callbacks = false"));
    let create = "mutation($input: WebhookSubscriptionInput!) { webhookSubscriptionCreate(topic: ORDERS_PAID, webhookSubscription: $input) { webhookSubscription { id metafieldNamespaces endpoint { __typename } apiVersion { handle } } userErrors { field message } } }";
    let mut made = |input: serde_json::Value| {
        let answer = bench.graphql(create, serde_json::json!({"input": input}));
        assert_eq!(
            answer["extensions"]["cost"]["requestedQueryCost"], 10,
            "{answer}"
        );
        answer["data"]["webhookSubscriptionCreate"].clone()
    };
    for host in ["localhost", "10.3.0.9:8443", "a.myshopify.com"] {
        let refused = made(serde_json::json!({"uri": format!("https://{host}/in")}));
        let message = refused["userErrors"][0]["message"]
            .as_str()
            .unwrap_or("none");
        assert!(message.contains("internal domain"), "{host}: {message}");
    }
    for (filter, is_valid) in [
        ("paid", false),
        ("total_price:>9 AND vip", false),
        ("(total_price:>9 OR note:'a b') AND NOT tags:x", true),
    ] {
        let uri = format!("https://shop.example/{}", filter.len());
        let answer = made(serde_json::json!({"uri": uri, "filter": filter}));
        let errors = answer["userErrors"].as_array().unwrap();
        assert_eq!(errors.is_empty(), is_valid, "{filter}: {answer}");
        if !is_valid {
            assert_eq!(
                errors[0]["field"],
                serde_json::json!(["webhookSubscription"])
            );
        }
    }
    let named = made(
        serde_json::json!({"uri": "https://shop.example/n", "metafieldNamespaces": ["$app:sync", "plain"]}),
    );
    assert_eq!(
        named["webhookSubscription"]["metafieldNamespaces"],
        serde_json::json!(["app--580111--sync", "plain"])
    );
}

#[test]
fn a_change_of_what_is_on_sale_is_a_change_of_its_product() {
    let mut bench = Bench::ideal();
    for (uri, fields) in [
        ("http://hook.test/whole", json!([])),
        ("http://hook.test/part", json!(["id", "variants.sku"])),
    ] {
        let made = bench.graphql(
            CREATE,
            json!({"topic": "PRODUCTS_UPDATE", "input": {"uri": uri, "includeFields": fields}}),
        );
        assert_eq!(
            made["data"]["webhookSubscriptionCreate"]["userErrors"],
            json!([])
        );
    }
    bench.checkout(&[(1, 2)]);
    bench.run_until(bench.now + crate::core::Micros::from_secs(60));
    let told: Vec<(String, serde_json::Value)> = bench
        .deliveries
        .iter()
        .map(|(_, _, request)| {
            assert_eq!(request.headers()["x-shopify-topic"], "products/update");
            let payload = serde_json::from_slice(request.body()).unwrap();
            (request.uri().path().to_owned(), payload)
        })
        .collect();
    let whole = told.iter().find(|it| it.0 == "/whole").unwrap();
    let left = bench.displayed(1);
    assert_eq!(whole.1["variants"][0]["inventory_quantity"], left);
    let part = told.iter().find(|it| it.0 == "/part").unwrap();
    assert_eq!(
        part.1,
        json!({"id": 2_001_000_000_002_u64, "variants": [{"sku": whole.1["variants"][0]["sku"]}]})
    );
}

#[test]
fn a_version_that_is_not_out_yet_is_told_as_a_candidate() {
    let mut bench = Bench::ideal();
    for (version, shown) in [
        (
            "2026-10",
            json!({ "handle": "2026-10", "displayName": "2026-10", "supported": true }),
        ),
        (
            "2027-01",
            json!({ "handle": "2027-01", "displayName": "2027-01 (Release candidate)", "supported": false }),
        ),
    ] {
        let query = format!(
            "mutation {{ it: webhookSubscriptionCreate(topic: ORDERS_PAID, webhookSubscription: {{ uri: \"https://example.com/{version}\" }}) {{ webhookSubscription {{ apiVersion {{ handle displayName supported }} }} }} }}"
        );
        let body = json!({ "query": query }).to_string();
        let (_, response) = bench.post(&format!("/admin/api/{version}/graphql.json"), body);
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        let made = &answer["data"]["it"]["webhookSubscription"];
        assert_eq!(made["apiVersion"], shown, "{answer}");
    }
}
