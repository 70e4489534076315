//! What apps write on orders and products: tags, notes, purchase order numbers; orders closed and opened.

use serde_json::{Value, json};

use super::Bench;

const ORDER: &str = "gid://shopify/Order/5001000000001";
const PRODUCT: &str = "gid://shopify/Product/2001000000002";

fn tag(bench: &mut Bench, mutation: &str, id: &str, tags: Value) -> Value {
    let query = format!(
        "mutation($id: ID!, $tags: [String!]!) {{ it: {mutation}(id: $id, tags: $tags) {{ node {{ __typename ... on Order {{ tags }} ... on Product {{ tags }} ... on Customer {{ tags }} }} userErrors {{ field message }} }} }}"
    );
    bench.graphql(&query, json!({ "id": id, "tags": tags }))
}

fn on_order(bench: &mut Bench, mutation: &str, input: Value) -> Value {
    let kind = match mutation {
        "orderUpdate" => "OrderInput",
        "orderClose" => "OrderCloseInput",
        _ => "OrderOpenInput",
    };
    let query = format!(
        "mutation($input: {kind}!) {{ it: {mutation}(input: $input) {{ order {{ note poNumber tags closed closedAt }} userErrors {{ field message }} }} }}"
    );
    bench.graphql(&query, json!({ "input": input }))["data"]["it"].clone()
}

#[test]
fn tags_are_shown_searched_and_told_in_payloads() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    bench.checkout(&[(0, 1)]);
    bench.graphql(
        "mutation { a: webhookSubscriptionCreate(topic: ORDERS_UPDATED, webhookSubscription: { uri: \"https://example.com/o\" }) { userErrors { message } } b: webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: \"https://example.com/p\" }) { userErrors { message } } }",
        json!({}),
    );
    let added = tag(
        &mut bench,
        "tagsAdd",
        ORDER,
        json!(["synced, Berlin", "late"]),
    );
    assert_eq!(
        added["data"]["it"],
        json!({ "node": { "__typename": "Order", "tags": ["Berlin", "late", "synced"] }, "userErrors": [] })
    );
    // One text is a list of one, and another capital is no other tag.
    tag(&mut bench, "tagsAdd", ORDER, json!("LATE"));
    let removed = tag(&mut bench, "tagsRemove", ORDER, json!(["berlin", "late"]));
    assert_eq!(
        removed["data"]["it"]["node"]["tags"],
        json!(["Berlin", "synced"])
    );
    tag(&mut bench, "tagsAdd", PRODUCT, json!(["winter"]));
    let found = bench.graphql(
        "{ orders(first: 9, query: \"tag:SYNCED\") { nodes { id } } others: orders(first: 9, query: \"-tag:synced\") { nodes { id } } products(first: 9, query: \"tag:winter\") { nodes { id } } none: productsCount(query: \"tag:summer\") { count } without: productsCount(query: \"tag_not:winter\") { count } named: products(first: 9, query: \"mug tit* status:active\") { nodes { id } } drafts: productsCount(query: \"status:draft\") { count } }",
        json!({}),
    );
    let second = json!([{ "id": "gid://shopify/Order/5001000000002" }]);
    assert_eq!(found["data"]["orders"]["nodes"], json!([{ "id": ORDER }]));
    assert_eq!(found["data"]["others"]["nodes"], second);
    let product = json!([{ "id": PRODUCT }]);
    assert_eq!(found["data"]["products"]["nodes"], product);
    assert_eq!(found["data"]["named"]["nodes"], product);
    assert_eq!(found["data"]["none"]["count"], 0);
    assert_eq!(found["data"]["without"]["count"], 2);
    assert_eq!(found["data"]["drafts"]["count"], 0);
    let later = crate::core::Micros(bench.now.0 + 5_000_000);
    bench.run_until(later);
    let told: Vec<Value> = bench
        .deliveries
        .iter()
        .map(|(_, _, request)| serde_json::from_slice(request.body()).unwrap())
        .collect();
    let tags = |payload: &Value| payload["tags"].as_str().unwrap().to_owned();
    let told: Vec<String> = told.iter().map(tags).collect();
    assert!(told.contains(&"Berlin, synced".to_owned()), "{told:?}");
    assert!(told.contains(&"winter".to_owned()), "{told:?}");
}

#[test]
fn one_update_of_an_order_is_told_once_whatever_it_changes() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    bench.graphql(
        "mutation { webhookSubscriptionCreate(topic: ORDERS_UPDATED, webhookSubscription: { uri: \"https://example.com/o\" }) { userErrors { message } } }",
        json!({}),
    );
    on_order(
        &mut bench,
        "orderUpdate",
        json!({ "id": ORDER, "note": "ring twice", "tags": ["gift"] }),
    );
    let later = crate::core::Micros(bench.now.0 + 5_000_000);
    bench.run_until(later);
    let told: Vec<Value> = bench
        .deliveries
        .iter()
        .map(|(_, _, request)| serde_json::from_slice(request.body()).unwrap())
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["note"], &told[0]["tags"]),
        (&json!("ring twice"), &json!("gift"))
    );
}

#[test]
fn only_what_can_have_tags_is_tagged() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let customer = "gid://shopify/Customer/7001000000001";
    let added = tag(&mut bench, "tagsAdd", customer, json!(["vip"]));
    assert_eq!(added["data"]["it"]["node"]["tags"], json!(["vip"]));
    let unknown = tag(
        &mut bench,
        "tagsAdd",
        "gid://shopify/Order/77",
        json!(["x"]),
    );
    assert_eq!(
        unknown["data"]["it"],
        json!({ "node": null, "userErrors": [{ "field": ["id"], "message": "Order does not exist" }] })
    );
    let location = "gid://shopify/Location/1101000000001";
    let refused = tag(&mut bench, "tagsRemove", location, json!(["x"]));
    assert_eq!(refused["data"]["it"], json!(null));
    assert_eq!(
        refused["errors"][0]["extensions"]["code"],
        "RESOURCE_NOT_FOUND"
    );
}

#[test]
fn orders_keep_notes_and_are_closed_and_opened() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let nothing = on_order(&mut bench, "orderUpdate", json!({ "id": ORDER }));
    assert_eq!(
        nothing["userErrors"],
        json!([{ "field": null, "message": "No valid update parameters have been provided" }])
    );
    let wrong = on_order(
        &mut bench,
        "orderUpdate",
        json!({ "id": ORDER, "phone": "call me", "note": "lost" }),
    );
    assert_eq!(
        wrong["userErrors"],
        json!([{ "field": ["phone"], "message": "Phone is invalid" }])
    );
    assert_eq!(wrong["order"]["note"], json!(null));
    let kept = on_order(
        &mut bench,
        "orderUpdate",
        json!({ "id": ORDER, "note": "fragile", "poNumber": "PO-17", "tags": ["b", "A"] }),
    );
    let closed_at = json!(null);
    assert_eq!(
        kept["order"],
        json!({ "note": "fragile", "poNumber": "PO-17", "tags": ["A", "b"], "closed": false, "closedAt": closed_at })
    );
    let open = |bench: &mut Bench| {
        let read = bench.graphql(
            "{ ordersCount(query: \"status:open\") { count } }",
            json!({}),
        );
        read["data"]["ordersCount"]["count"].clone()
    };
    let closed = on_order(&mut bench, "orderClose", json!({ "id": ORDER }));
    assert_eq!(closed["order"]["closed"], true);
    assert_eq!(open(&mut bench), 0);
    let opened = on_order(&mut bench, "orderOpen", json!({ "id": ORDER }));
    assert_eq!(opened["order"]["closedAt"], json!(null));
    assert_eq!(open(&mut bench), 1);
    let response = bench.rest("GET", "orders/5001000000001.json", Value::Null);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let shown = ["note", "po_number", "tags"].map(|name| body["order"][name].clone());
    assert_eq!(shown, ["fragile", "PO-17", "A, b"].map(|text| json!(text)));
    let unknown = on_order(
        &mut bench,
        "orderClose",
        json!({ "id": "gid://shopify/Order/6" }),
    );
    assert_eq!(
        unknown,
        json!({ "order": null, "userErrors": [{ "field": ["id"], "message": "Order does not exist" }] })
    );
}

#[test]
fn a_tag_of_an_order_has_forty_letters_at_most() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let order = "gid://shopify/Order/5001000000001";
    let message = "Tag is too long (maximum is 40 characters)";
    let add = "mutation($id: ID!, $tags: [String!]!) { it: tagsAdd(id: $id, tags: $tags) { userErrors { field message } } }";
    let update = "mutation($id: ID!, $tags: [String!]!) { it: orderUpdate(input: { id: $id, tags: $tags }) { userErrors { field message } } }";
    let long = "ä".repeat(41);
    let tags = |bench: &mut Bench, query: &str, id: &str, tag: &str| {
        let answer = bench.graphql(query, json!({ "id": id, "tags": ["fine", tag] }));
        answer["data"]["it"]["userErrors"].clone()
    };
    let refused = json!([{ "field": ["tags"], "message": message }]);
    for query in [add, update] {
        assert_eq!(tags(&mut bench, query, order, &long), refused);
    }
    let read = "{ order(id: \"gid://shopify/Order/5001000000001\") { tags } }";
    assert_eq!(
        bench.graphql(read, json!({}))["data"]["order"]["tags"],
        json!([])
    );
    assert_eq!(tags(&mut bench, add, order, &"ä".repeat(40)), json!([]));
    // Products' tags may be longer.
    assert_eq!(
        tags(
            &mut bench,
            add,
            "gid://shopify/Product/2001000000001",
            &long
        ),
        json!([])
    );

    let create = "mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) { userErrors { field code message } } }";
    let made = json!({ "tags": [long], "lineItems": [{ "title": "Lid", "quantity": 1, "priceSet": { "shopMoney": { "amount": "2", "currencyCode": "EUR" } } }] });
    let answer = bench.graphql(create, json!({ "order": made }));
    assert_eq!(
        answer["data"]["orderCreate"]["userErrors"],
        json!([{ "field": ["order", "tags"], "code": "INVALID", "message": message }]),
        "{answer}"
    );
}
