//! Reading orders: pages, filters, lag, aliases, conditions, prices.

use serde_json::json;

use super::{Bench, ideal};
use crate::core::{ListingIndex, Micros, Storefront};

#[test]
fn prices_are_those_of_the_worked_examples() {
    // docs/platforms/shopify.md 2.2, worked examples.
    let examples = [
        ("{ orders(first: 250) { nodes { id totalPriceSet { shopMoney { amount } } } pageInfo { hasNextPage } } }", 13),
        ("{ orders(first: 50) { nodes { id lineItems(first: 25) { nodes { id } } } } }", 65),
        (
            "{ orders(first: 50) { nodes { id lineItems(first: 25) { nodes { id variant { id inventoryItem { id } } } }
               fulfillmentOrders(first: 5) { nodes { assignedLocation { location { id } } lineItems(first: 25) { nodes { lineItem { id } } } } } } } }",
            520,
        ),
        ("{ location(id: \"gid://shopify/Location/1101000000001\") { inventoryLevels(first: 250) { nodes { item { id sku } quantities(names: [\"available\"]) { name quantity } } } } }", 36),
        ("{ inventoryItems(first: 100) { nodes { id inventoryLevels(first: 10) { nodes { location { id } quantities(names: [\"available\"]) { quantity } } } } } }", 137),
        ("{ productVariants(first: 250) { nodes { id inventoryItem { id } } } }", 24),
        ("{ orders(first: 10) { nodes { id lineItems(first: 25) { nodes { id variant { id inventoryItem { id } } } } } pageInfo { endCursor } } }", 86),
    ];
    let mut bench = Bench::ideal();
    for (query, expected) in examples {
        let answer = bench.graphql(query, json!({}));
        assert_eq!(
            answer["extensions"]["cost"]["requestedQueryCost"], expected,
            "{query}"
        );
    }
}

#[test]
fn pages_by_update_meet_every_order_once() {
    let mut bench = Bench::ideal();
    bench.shop.open_with(ListingIndex(0), 1_000);
    for second in 0..23 {
        bench.now = Micros::from_secs(10 + second / 3);
        bench.checkout(&[(0, 1)]);
    }
    for (sort, reverse) in [
        ("UPDATED_AT", false),
        ("UPDATED_AT", true),
        ("ID", false),
        ("CREATED_AT", true),
        ("PROCESSED_AT", false),
    ] {
        let (mut seen, mut after) = (Vec::new(), json!(null));
        loop {
            let answer = bench.graphql(
                "query Q($after: String, $sort: OrderSortKeys, $reverse: Boolean) {
                   page: orders(first: 5, after: $after, sortKey: $sort, reverse: $reverse, query: \"updated_at:>='2026-11-20T13:05:22Z'\") {
                     edges { cursor node { ...Id } } pageInfo { hasNextPage endCursor } } }
                 fragment Id on Order { legacyResourceId }",
                json!({"after": after, "sort": sort, "reverse": reverse}),
            );
            let page = &answer["data"]["page"];
            for edge in page["edges"].as_array().unwrap() {
                seen.push(
                    edge["node"]["legacyResourceId"]
                        .as_str()
                        .unwrap()
                        .to_owned(),
                );
            }
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        // The filter leaves out the three orders of second 10, 13:05:21.
        let mut expected: Vec<String> = (4..=23).map(|n| format!("50010000000{n:02}")).collect();
        if reverse {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{sort} {reverse}");
    }
}

#[test]
fn searches_lag_and_reads_by_id_do_not() {
    let mut bench = Bench::new(ideal("[delay]\nsearch_index = { fixed = \"30s\" }"));
    bench.shop.open_with(ListingIndex(0), 5);
    let order = bench.checkout(&[(0, 1)]);
    let query = "query($id: ID!) { order(id: $id) { name } orders(first: 1, query: \"status:open\") { nodes { name } } ordersCount { count precision } }";
    let id = format!("gid://shopify/Order/{}", bench.shop.native_order_id(order));
    let early = bench.graphql(query, json!({ "id": id }));
    assert_eq!(early["data"]["order"]["name"], "#1001");
    assert_eq!(early["data"]["orders"]["nodes"], json!([]));
    bench.now += Micros::from_secs(30);
    let late = bench.graphql(query, json!({ "id": id }));
    assert_eq!(late["data"]["orders"]["nodes"][0]["name"], "#1001");
    assert_eq!(
        late["data"]["ordersCount"],
        json!({"count": 1, "precision": "EXACT"})
    );
}

#[test]
fn an_unquoted_time_is_ignored_with_a_warning() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let answer = bench.graphql(
        "{ orders(first: 1, query: \"updated_at:>=2030-01-01T00:00:00Z\") { nodes { name } } }",
        json!({}),
    );
    assert_eq!(answer["data"]["orders"]["nodes"][0]["name"], "#1001");
    assert_eq!(
        answer["extensions"]["search"][0]["warnings"][0]["code"],
        "invalid_field"
    );
}

#[test]
fn conditions_aliases_and_fragments_on_interfaces_work() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let query = "query($yes: Boolean!, $no: Boolean = false, $ids: [ID!]!) {
        a: shop { name @include(if: $no) id @skip(if: $no) }
        nodes(ids: $ids) { id ... on Order @include(if: $yes) { name } ... on InventoryItem { sku } ... on Node { __typename } } }";
    let ids = [
        "gid://shopify/Order/5001000000001",
        "gid://shopify/InventoryItem/3001000000002",
        "gid://shopify/Order/5009000000001",
    ];
    let answer = bench.graphql(query, json!({"yes": true, "ids": ids}));
    assert_eq!(
        answer["data"]["a"],
        json!({"id": "gid://shopify/Shop/580111"})
    );
    assert_eq!(
        answer["data"]["nodes"][0],
        json!({"id": ids[0], "name": "#1001", "__typename": "Order"})
    );
    assert_eq!(
        answer["data"]["nodes"][1],
        json!({"id": ids[1], "sku": "MUG", "__typename": "InventoryItem"})
    );
    assert!(answer["data"]["nodes"][2].is_null());
    let without = bench.graphql(query, json!({"yes": false, "ids": ids}));
    assert_eq!(
        without["data"]["nodes"][0],
        json!({"id": ids[0], "__typename": "Order"})
    );
}

#[test]
fn merged_fields_keep_their_own_conditions() {
    let mut bench = Bench::ideal();
    let query = "query($a: Boolean!, $b: Boolean!) { shop @include(if: $a) { name } shop @include(if: $b) { id } }";
    let mut ask = |a: bool, b: bool| bench.graphql(query, json!({"a": a, "b": b}))["data"].clone();
    assert_eq!(ask(true, false), json!({"shop": {"name": "demo"}}));
    assert_eq!(
        ask(false, true),
        json!({"shop": {"id": "gid://shopify/Shop/580111"}})
    );
    assert_eq!(
        ask(true, true),
        json!({"shop": {"name": "demo", "id": "gid://shopify/Shop/580111"}})
    );
    assert_eq!(ask(false, false), json!({}));
}

#[test]
fn sizes_prices_and_ids_are_refused_like_the_platform() {
    let mut bench = Bench::new(crate::shopify::Profile::named("shopify-standard").unwrap());
    let code = |answer: &serde_json::Value| answer["errors"][0]["extensions"]["code"].clone();
    let large = bench.graphql("{ orders(first: 251) { nodes { id } } }", json!({}));
    assert_eq!(code(&large), "BAD_REQUEST");
    let dear = bench.graphql(
        "{ orders(first: 250) { nodes { b: lineItems(first: 250) { nodes { variant { id product { id } inventoryItem { id } } } } lineItems(first: 250) { nodes { variant { id product { id } inventoryItem { id variant { id } } } } } } } }",
        json!({}),
    );
    assert_eq!(code(&dear), "MAX_COST_EXCEEDED");
    assert_eq!(dear["errors"][0]["extensions"]["maxCost"], 1_000);
    assert!(dear.get("extensions").is_none());
    let malformed = bench.graphql(
        "{ order(id: \"gid://shopify/Order/nonsense\") { id } }",
        json!({}),
    );
    assert_eq!(
        (code(&malformed), &malformed["data"]),
        (json!("RESOURCE_NOT_FOUND"), &json!({"order": null}))
    );
    assert_eq!(malformed["errors"][0]["message"], "invalid id");
}

#[test]
fn a_filter_by_one_sku_is_found_for_items_and_variants() {
    let mut bench = Bench::ideal();
    let answer = bench.graphql(
        "{ i: inventoryItems(first: 5, query: \"sku:'MUG'\") { nodes { id sku } } v: productVariants(first: 5, query: \"sku:MUG OR sku:CAP\") { nodes { sku } pageInfo { hasNextPage } } }",
        json!({}),
    );
    assert_eq!(
        answer["data"]["i"]["nodes"],
        json!([{"id": "gid://shopify/InventoryItem/3001000000002", "sku": "MUG"}])
    );
    assert_eq!(
        answer["data"]["v"]["nodes"],
        json!([{"sku": "MUG"}, {"sku": "CAP"}])
    );
}

#[test]
fn a_cursor_that_no_page_gave_out_is_refused_at_any_depth() {
    let mut bench = Bench::ideal();
    for _ in 0..3 {
        bench.checkout(&[(0, 1)]);
    }
    for (query, path) in [
        (
            "{ it: orders(first: 2, after: \"page-two\") { nodes { id } } }",
            json!(["it"]),
        ),
        (
            "{ it: locations(first: 1) { nodes { inventoryLevels(last: 1, before: \"e30=\") { nodes { id } } } } }",
            json!(["it", "nodes", 0, "inventoryLevels"]),
        ),
    ] {
        let answer = bench.graphql(query, json!({}));
        let error = &answer["errors"][0];
        assert_eq!(
            error["message"], "Invalid cursor for current pagination sort.",
            "{answer}"
        );
        assert_eq!(error["path"], path);
    }
    // The platform's own goes on behind the page it ended, and none at all begins at the beginning.
    let page = "query($after: String) { orders(first: 2, after: $after) { nodes { name } pageInfo { endCursor } } }";
    let first = bench.graphql(page, json!({"after": null}));
    let after = first["data"]["orders"]["pageInfo"]["endCursor"].clone();
    let second = bench.graphql(page, json!({ "after": after }));
    assert_eq!(
        second["data"]["orders"]["nodes"],
        json!([{"name": "#1003"}]),
        "{second}"
    );
}
