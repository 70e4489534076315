//! What the platform answers to ids that are none or of another type, and to pages that cannot be (docs/platforms/shopify.md
//! 2.4 and 6).

use serde_json::{Value, json};

use super::Bench;

fn only_error(answer: &Value) -> &Value {
    let errors = answer["errors"].as_array();
    assert_eq!(errors.map(Vec::len), Some(1), "{answer}");
    &answer["errors"][0]
}

#[test]
fn products_and_customers_are_found_by_what_names_them() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 1)]);
    let answer = bench.graphql(
        "{ byId: productByIdentifier(identifier: { id: \"gid://shopify/Product/2001000000003\" }) { handle } byHandle: productByIdentifier(identifier: { handle: \"tee-red-m\" }) { title } old: productByHandle(handle: \"mug\") { id } none: productByIdentifier(identifier: { handle: \"sold-out\" }) { id } customer(id: \"gid://shopify/Customer/7001000000001\") { tags } locationsAvailableForDeliveryProfilesConnection(first: 5) { nodes { name } } }",
        json!({}),
    );
    assert_eq!(
        answer["data"],
        json!({
            "byId": { "handle": "cap" },
            "byHandle": { "title": "TEE-RED-M title" },
            "old": { "id": "gid://shopify/Product/2001000000002" },
            "none": null,
            "customer": { "tags": [] },
            "locationsAvailableForDeliveryProfilesConnection": { "nodes": [{ "name": "berlin" }, { "name": "lyon" }] },
        }),
        "{answer}"
    );
    // A count at the root costs ten points, one below an object a point like every object.
    for (query, points) in [
        ("{ productsCount { count } }", 10),
        (
            "{ product(id: \"gid://shopify/Product/2001000000001\") { variantsCount { count precision } } }",
            2,
        ),
        (
            "{ inventoryItems(first: 3) { nodes { locationsCount { count } } } }",
            2 + 2 * 2,
        ),
    ] {
        let answer = bench.graphql(query, json!({}));
        let cost = &answer["extensions"]["cost"];
        assert_eq!(cost["requestedQueryCost"], points, "{query}");
        assert_eq!(cost["actualQueryCost"], points, "{query}");
    }
    let both = bench.graphql(
        "{ productByIdentifier(identifier: { handle: \"mug\", id: \"gid://shopify/Product/2001000000002\" }) { id } }",
        json!({}),
    );
    assert_eq!(
        both["errors"][0]["extensions"],
        json!({ "code": "invalidOneOfInputObject", "inputObjectType": "ProductIdentifierInput" })
    );
}

#[test]
fn every_kind_of_wrong_id_has_its_own_answer() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    // Written out, what is no gid is told when the text is validated: nothing is executed.
    let literal = bench.graphql(
        "query Q {\n  order(id: \"5001000000001\") { id } }",
        json!({}),
    );
    assert_eq!(
        only_error(&literal),
        &json!({
            "message": "Invalid global id '5001000000001'",
            "locations": [{ "line": 2, "column": 3 }],
            "path": ["query Q", "order", "id"],
            "extensions": { "code": "argumentLiteralsIncompatible", "typeName": "CoercionError" },
        })
    );
    assert!(literal.get("data").is_none());
    let inside = bench.graphql(
        "mutation { inventorySetQuantities(input: { name: \"available\", reason: \"correction\", quantities: [{ inventoryItemId: \"7\", locationId: \"gid://shopify/Location/1101000000001\", quantity: 3, changeFromQuantity: null }] }) @idempotent(key: \"k\") { userErrors { code } } }",
        json!({}),
    );
    assert_eq!(only_error(&inside)["message"], "Invalid global id '7'");
    // As a variable it is the variable that is wrong.
    let variable = bench.graphql(
        "query($id: ID!) { inventoryItem(id: $id) { id } }",
        json!({ "id": "SKU-7" }),
    );
    let error = only_error(&variable);
    assert_eq!(error["extensions"]["code"], "INVALID_VARIABLE");
    assert_eq!(
        error["extensions"]["problems"],
        json!([{
            "path": [],
            "explanation": "Invalid global id 'SKU-7'",
            "message": "Invalid global id 'SKU-7'",
        }])
    );
    // Of another type: the field says so, by the whole gid, wherever the id stands.
    for (query, field) in [
        (
            "{ fulfillmentOrder(id: \"gid://shopify/Order/5001000000001\") { id } }",
            "fulfillmentOrder",
        ),
        (
            "mutation { orderCancel(orderId: \"gid://shopify/Order/5001000000001\", reason: OTHER, restock: true) { userErrors { message } } fulfillmentOrderMove(id: \"gid://shopify/FulfillmentOrder/9701000000001\", newLocationId: \"gid://shopify/Order/5001000000001\") { userErrors { message } } }",
            "fulfillmentOrderMove",
        ),
        (
            "mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/Order/5001000000001\" }] }) { userErrors { message } } }",
            "fulfillmentCreate",
        ),
        (
            "mutation { webhookSubscriptionDelete(id: \"gid://shopify/Order/5001000000001\") { userErrors { message } } }",
            "webhookSubscriptionDelete",
        ),
    ] {
        let answer = bench.graphql(query, json!({}));
        let error = only_error(&answer);
        assert_eq!(
            error["message"],
            "Invalid id: gid://shopify/Order/5001000000001"
        );
        assert_eq!(error["extensions"], json!({ "code": "RESOURCE_NOT_FOUND" }));
        assert_eq!(error["path"], json!([field]));
        assert_eq!(answer["data"][field], Value::Null);
    }
    // Of the right type with a number that nobody has, 0 included: nothing is there, and nothing is wrong.
    for number in ["0", "9999999999999"] {
        let query = format!(
            "{{ order(id: \"gid://shopify/Order/{number}\") {{ id }} node(id: \"gid://shopify/Location/{number}\") {{ id }} }}"
        );
        let answer = bench.graphql(&query, json!({}));
        assert_eq!(
            answer["data"],
            json!({ "order": null, "node": null }),
            "{answer}"
        );
        assert!(answer.get("errors").is_none());
    }
}

#[test]
fn a_page_has_one_size_and_begins_where_a_page_ended() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let order = "gid://shopify/Order/5001000000001";
    for (query, message, path, data) in [
        (
            "{ locations { nodes { id } } }".to_owned(),
            "you must provide one of first or last",
            json!(["locations"]),
            Value::Null,
        ),
        (
            "{ all: productVariants(first: 2, last: 3) { nodes { id } } }".to_owned(),
            "providing both first and last is not supported",
            json!(["all"]),
            Value::Null,
        ),
        (
            "{ products(first: 2, after: \"later\") { nodes { id } } }".to_owned(),
            "Invalid cursor for current pagination sort.",
            json!(["products"]),
            Value::Null,
        ),
        (
            format!("{{ order(id: \"{order}\") {{ id lines: lineItems {{ nodes {{ id }} }} }} }}"),
            "you must provide one of first or last",
            json!(["order", "lines"]),
            json!({ "order": null }),
        ),
        (
            "{ orders(first: 3) { edges { node { fulfillmentOrders { nodes { id } } } } } }".to_owned(),
            "you must provide one of first or last",
            json!(["orders", "edges", 0, "node", "fulfillmentOrders"]),
            Value::Null,
        ),
        (
            "{ webhookSubscriptions(first: 3, query: \"created_at:>=yesterday\") { nodes { id } } }".to_owned(),
            "Invalid timestamp for query filter `created_at`.",
            json!(["webhookSubscriptions"]),
            Value::Null,
        ),
    ] {
        let answer = bench.graphql(&query, json!({}));
        let error = only_error(&answer);
        assert_eq!(error["message"], message, "{query}");
        assert_eq!(error["extensions"]["code"], "BAD_REQUEST");
        assert_eq!(error["path"], path, "{query}");
        assert_eq!(answer["data"], data, "{query}");
        // What cannot be paged costs its base.
        assert!(answer["extensions"]["cost"]["requestedQueryCost"].is_u64());
    }
    let nothing = bench.graphql("{ orders(first: null) { nodes { id } } }", json!({}));
    assert_eq!(
        only_error(&nothing)["message"],
        "you must provide one of first or last"
    );
    assert_eq!(nothing["extensions"]["cost"]["requestedQueryCost"], 2);
}

#[test]
fn lists_from_the_database_are_searched_by_time_and_id() {
    let mut bench = Bench::ideal();
    let create = "mutation($topic: WebhookSubscriptionTopic!, $input: WebhookSubscriptionInput!) { webhookSubscriptionCreate(topic: $topic, webhookSubscription: $input) { webhookSubscription { id metafields { namespace key } } userErrors { field message } } }";
    for (topic, input) in [
        (
            "ORDERS_PAID",
            json!({ "uri": "https://hooks.shop.example/a", "name": "paid_1", "metafields": [{ "namespace": "$app:stock", "key": "shelf" }, { "key": "bin" }] }),
        ),
        (
            "REFUNDS_CREATE",
            json!({ "uri": "https://hooks.shop.example/b", "format": "XML" }),
        ),
    ] {
        let made = bench.graphql(create, json!({ "topic": topic, "input": input }));
        assert_eq!(
            made["data"]["webhookSubscriptionCreate"]["userErrors"],
            json!([]),
            "{made}"
        );
    }
    let kept = bench.graphql(
        "{ webhookSubscriptions(first: 1) { nodes { metafields { namespace key } } } }",
        json!({}),
    );
    assert_eq!(
        kept["data"]["webhookSubscriptions"]["nodes"][0]["metafields"],
        json!([
            { "namespace": "app--580111--stock", "key": "shelf" },
            { "namespace": "app--580111", "key": "bin" },
        ])
    );
    for (name, message) in [
        (
            "paid 2",
            "Name can only contain alphanumeric characters, underscores, and hyphens",
        ),
        ("paid_1", "Name has already been taken"),
    ] {
        let refused = bench.graphql(
            create,
            json!({ "topic": "ORDERS_EDITED", "input": { "uri": "https://hooks.shop.example/c", "name": name } }),
        );
        assert_eq!(
            refused["data"]["webhookSubscriptionCreate"]["userErrors"],
            json!([{ "field": ["webhookSubscription", "name"], "message": message }])
        );
    }
    for (query, count) in [
        ("topic:orders/paid", 1),
        ("format:xml OR id:1701000000001", 2),
        ("created_at:>2031-01-01", 0),
        ("created_at:<2031-01-01", 2),
        ("id:>1701000000001", 1),
    ] {
        let found = bench.graphql(
            "query($query: String) { webhookSubscriptionsCount(query: $query) { count } webhookSubscriptions(first: 5, query: $query) { nodes { id } } }",
            json!({ "query": query }),
        );
        let nodes = found["data"]["webhookSubscriptions"]["nodes"].as_array();
        assert_eq!(nodes.map(Vec::len), Some(count), "{query}: {found}");
        assert_eq!(found["data"]["webhookSubscriptionsCount"]["count"], count);
    }
}

#[test]
fn nodes_are_found_by_every_gid_that_answers_show() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let shown = bench.graphql(
        "{ order(id: \"gid://shopify/Order/5001000000001\") { customer { id } shippingAddress { id } transactions { id } } currentAppInstallation { id app { id title } accessScopes { handle } } productsCount { count precision } locationsCount(limit: 1) { count precision } }",
        json!({}),
    );
    let data = &shown["data"];
    let ids = [
        ("Customer", &data["order"]["customer"]["id"]),
        ("MailingAddress", &data["order"]["shippingAddress"]["id"]),
        ("OrderTransaction", &data["order"]["transactions"][0]["id"]),
        ("AppInstallation", &data["currentAppInstallation"]["id"]),
        ("App", &data["currentAppInstallation"]["app"]["id"]),
    ];
    for (kind, id) in ids {
        let node = bench.graphql(
            "query($id: ID!) { node(id: $id) { __typename id } }",
            json!({ "id": id }),
        );
        assert_eq!(
            node["data"]["node"],
            json!({ "__typename": kind, "id": id }),
            "{node}"
        );
    }
    let scopes = data["currentAppInstallation"]["accessScopes"].as_array();
    assert!(scopes.is_some_and(|it| it.contains(&json!({ "handle": "write_inventory" }))));
    assert_eq!(data["productsCount"]["precision"], "EXACT");
    assert_eq!(
        data["locationsCount"],
        json!({ "count": 1, "precision": "AT_LEAST" })
    );
}
