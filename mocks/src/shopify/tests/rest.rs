//! The REST API's reads: shapes, filters, pages, limit.

use http::Response;
use serde_json::{Value, json};

use super::{Bench, ideal};
use crate::core::{CallOutcome, Fact, ListingIndex, Micros, Storefront};

pub(super) fn body(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn ids(response: &Response<Vec<u8>>) -> Vec<u64> {
    let body = body(response);
    let orders = body["orders"].as_array().unwrap();
    orders.iter().map(|o| o["id"].as_u64().unwrap()).collect()
}

/// The address of a relation, taken apart as the clients do it.
fn link(response: &Response<Vec<u8>>, relation: &str) -> Option<String> {
    let header = response.headers().get("link")?.to_str().unwrap();
    header.split(", ").find_map(|item| {
        let (address, rel) = item.split_once("; ").unwrap();
        (rel == format!("rel=\"{relation}\"")).then(|| address[1..address.len() - 1].to_owned())
    })
}

fn path(address: &str) -> &str {
    address
        .strip_prefix("http://127.0.0.1:8080")
        .expect("the caller's own host")
}

const FIRST: u64 = 5_001_000_000_001;

#[test]
fn an_order_has_the_webhooks_shape() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2)]);
    let one = bench.rest("GET", &format!("orders/{FIRST}.json"), Value::Null);
    let order = &body(&one)["order"];
    assert_eq!(order["total_price"], "46.98");
    assert_eq!(order["line_items"][0]["sku"], "TEE-RED-M");
    assert_eq!(order["created_at"], "2026-11-20T08:05:12-05:00");
    let headers = one.headers();
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(headers["x-shopify-api-version"], "2026-07");
    assert!(!headers.contains_key("x-shopify-api-deprecated-reason"));
    let some = bench.rest(
        "GET",
        &format!("orders/{FIRST}.json?fields=id,name"),
        Value::Null,
    );
    assert_eq!(
        body(&some),
        json!({"order": {"id": FIRST, "name": "#1001"}})
    );
    let missing = bench.rest("GET", "orders/7.json", Value::Null);
    assert_eq!(
        (missing.status().as_u16(), body(&missing)),
        (404, json!({"errors": "Not Found"}))
    );
}

#[test]
fn pages_follow_absolute_links_both_ways() {
    let mut bench = Bench::ideal();
    for _ in 0..5 {
        bench.checkout(&[(1, 1)]);
        bench.now += Micros::from_secs(2);
    }
    let first = bench.rest(
        "GET",
        "orders.json?status=any&limit=2&order=updated_at%20asc",
        Value::Null,
    );
    assert_eq!(ids(&first), [FIRST, FIRST + 1]);
    assert_eq!(link(&first, "previous"), None);
    let second = bench.rest("GET", path(&link(&first, "next").unwrap()), Value::Null);
    assert_eq!(ids(&second), [FIRST + 2, FIRST + 3]);
    let third = bench.rest("GET", path(&link(&second, "next").unwrap()), Value::Null);
    assert_eq!(ids(&third), [FIRST + 4]);
    assert_eq!(link(&third, "next"), None);
    let back = bench.rest("GET", path(&link(&third, "previous").unwrap()), Value::Null);
    assert_eq!(ids(&back), [FIRST + 2, FIRST + 3]);
    let back = bench.rest("GET", path(&link(&back, "previous").unwrap()), Value::Null);
    assert_eq!(ids(&back), [FIRST, FIRST + 1]);
    // Newest first unless told otherwise; no header when all fits.
    let all = bench.rest("GET", "orders.json", Value::Null);
    assert_eq!(ids(&all)[0], FIRST + 4);
    assert!(!all.headers().contains_key("link"));
    let page_info = link(&first, "next").unwrap();
    let both = bench.rest(
        "GET",
        &format!("{}&status=any", path(&page_info)),
        Value::Null,
    );
    assert_eq!(both.status(), 400);
    assert!(body(&both)["errors"]["status"].is_string());
    let large = bench.rest("GET", "orders.json?limit=251", Value::Null);
    assert_eq!(
        body(&large),
        json!({"errors": "Limit exceeds maximum limit of 250"})
    );
    let invented = bench.rest("GET", "orders.json?page_info=abc", Value::Null);
    assert_eq!(invented.status(), 400);
}

#[test]
fn filters_choose_orders() {
    let mut bench = Bench::ideal();
    for _ in 0..3 {
        bench.checkout(&[(1, 1)]);
        bench.now += Micros::from_secs(10);
    }
    let now = bench.now;
    bench.shop.cancel_by_buyer(now, crate::core::OrderRef(0));
    bench.drain();
    let mut count = |query: &str| {
        let listed = bench.rest("GET", &format!("orders.json?{query}"), Value::Null);
        let counted = bench.rest("GET", &format!("orders/count.json?{query}"), Value::Null);
        let listed = ids(&listed);
        assert_eq!(body(&counted), json!({"count": listed.len()}), "{query}");
        listed.len()
    };
    assert_eq!(count(""), 2, "open ones only");
    assert_eq!(count("status=any"), 3);
    assert_eq!(count("status=cancelled"), 1);
    assert_eq!(count("status=any&financial_status=refunded"), 1);
    assert_eq!(count("status=any&fulfillment_status=shipped"), 0);
    assert_eq!(
        count("status=any&created_at_min=2026-11-20T08:05:22-05:00"),
        2
    );
    assert_eq!(count("status=any&created_at_max=2026-11-20T13:05:21Z"), 1);
    assert_eq!(count("status=any&updated_at_min=2026-11-20T13:05:40Z"), 1);
    assert_eq!(count(&format!("status=any&ids={FIRST},{}", FIRST + 2)), 2);
    assert_eq!(count(&format!("status=any&since_id={FIRST}")), 2);
}

#[test]
fn the_lists_read_the_lagging_index() {
    let mut bench = Bench::new(ideal("[delay]\nsearch_index = { fixed = \"5s\" }"));
    bench.shop.open_with(ListingIndex(0), 10);
    bench.checkout(&[(0, 1)]);
    assert!(ids(&bench.rest("GET", "orders.json?status=any", Value::Null)).is_empty());
    let fresh = bench.rest("GET", &format!("orders/{FIRST}.json"), Value::Null);
    assert_eq!(fresh.status(), 200, "reads by id are fresh");
    bench.now += Micros::from_secs(5);
    assert_eq!(
        ids(&bench.rest("GET", "orders.json?status=any", Value::Null)),
        [FIRST]
    );
}

#[test]
fn the_bucket_fills_leaks_and_refuses_without_its_header() {
    let mut bench = Bench::new(ideal(
        "[rest]\nbucket_calls = 40.0\nleak_calls_per_second = 2.0",
    ));
    for call in 1..=40 {
        let shop = bench.rest("GET", "shop.json", Value::Null);
        assert_eq!(
            shop.headers()["x-shopify-shop-api-call-limit"]
                .to_str()
                .unwrap(),
            format!("{call}/40")
        );
    }
    let refused = bench.rest("GET", "shop.json", Value::Null);
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "2.0");
    assert!(
        !refused
            .headers()
            .contains_key("x-shopify-shop-api-call-limit")
    );
    assert_eq!(
        body(&refused)["errors"],
        "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."
    );
    assert!(bench.facts.contains(&Fact::Call {
        operation: "GET shop.json",
        kind: crate::core::CallKind::Read,
        outcome: CallOutcome::Throttled
    }));
    // The points of GraphQL are another bucket.
    let graphql = bench.graphql("{ shop { name } }", json!({}));
    assert_eq!(graphql["data"]["shop"]["name"], "demo");
    bench.now += Micros(499_999);
    assert_eq!(bench.rest("GET", "shop.json", Value::Null).status(), 429);
    bench.now += Micros(1);
    assert_eq!(bench.rest("GET", "shop.json", Value::Null).status(), 200);
    let names: Vec<&str> = bench.shop.limits().iter().map(|limit| limit.name).collect();
    assert_eq!(names, ["graphql points", "rest calls"]);
}

#[test]
fn the_catalogue_is_readable() {
    let mut bench = Bench::ideal();
    let products = bench.rest("GET", "products.json?limit=2", Value::Null);
    assert!(
        products
            .headers()
            .contains_key("x-shopify-api-deprecated-reason")
    );
    let listed = body(&products);
    let product = &listed["products"][0];
    assert_eq!(product["variants"][0]["sku"], "TEE-RED-M");
    let rest = bench.rest("GET", path(&link(&products, "next").unwrap()), Value::Null);
    assert_eq!(body(&rest)["products"].as_array().unwrap().len(), 1);
    let one = bench.rest(
        "GET",
        &format!("products/{}.json", product["id"]),
        Value::Null,
    );
    assert_eq!(body(&one)["product"], *product);
    let variant = product["variants"][0].clone();
    let one = bench.rest(
        "GET",
        &format!("variants/{}.json", variant["id"]),
        Value::Null,
    );
    assert_eq!(body(&one)["variant"], variant);
    let item = &variant["inventory_item_id"];
    let items = bench.rest(
        "GET",
        &format!("inventory_items.json?ids={item}"),
        Value::Null,
    );
    assert_eq!(body(&items)["inventory_items"][0]["sku"], "TEE-RED-M");
    let one = bench.rest("GET", &format!("inventory_items/{item}.json"), Value::Null);
    assert_eq!(body(&one)["inventory_item"]["tracked"], true);
    let locations = body(&bench.rest("GET", "locations.json", Value::Null));
    assert_eq!(locations["locations"][1]["name"], "lyon");
    let second = &locations["locations"][1]["id"];
    let one = bench.rest("GET", &format!("locations/{second}.json"), Value::Null);
    assert_eq!(body(&one)["location"]["country_code"], "FR");
    let levels = format!("inventory_levels.json?inventory_item_ids={item}&location_ids={second}");
    let levels = body(&bench.rest("GET", &levels, Value::Null));
    assert_eq!(levels["inventory_levels"].as_array().unwrap().len(), 1);
    assert_eq!(levels["inventory_levels"][0]["available"], 0);
    assert_eq!(
        bench
            .rest("GET", "inventory_levels.json", Value::Null)
            .status(),
        422
    );
    let shop = body(&bench.rest("GET", "shop.json", Value::Null));
    assert_eq!(shop["shop"]["myshopify_domain"], "demo.myshopify.com");
    assert_eq!(shop["shop"]["currency"], "EUR");
}

#[test]
fn every_operation_answers_and_says_what_the_path_lacks() {
    let mut bench = Bench::ideal();
    for operation in crate::shopify::api::rest::OPERATIONS {
        let path = operation
            .path
            .replace("{version}", "2026-07")
            .replace("{id}", "7");
        for body_sent in [
            json!(null),
            json!({}),
            json!([1]),
            json!({"webhook": {"topic": 3}}),
        ] {
            let answer = bench.rest(operation.method.as_str(), &path, body_sent);
            let status = answer.status().as_u16();
            assert!(
                matches!(status, 200 | 400 | 404 | 422),
                "{} {status}",
                operation.name
            );
            assert!(
                status == 200 || !body(&answer)["errors"].is_null(),
                "{}",
                operation.name
            );
        }
    }
    bench.token = "wrong".into();
    let refused = bench.rest("GET", "orders.json", Value::Null);
    assert_eq!(refused.status(), 401);
    assert!(
        body(&refused)["errors"]
            .as_str()
            .unwrap()
            .starts_with("[API] Invalid API key")
    );
}
