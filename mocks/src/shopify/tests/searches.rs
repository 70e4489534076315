//! What searches find: the syntax applied to orders, and the keys of products, in GraphQL and in REST.

use serde_json::{Value, json};

use super::Bench;
use super::made_orders::{create, money};
use super::rest::body;
use crate::core::{Micros, OrderRef, Storefront};

/// The values of a member of the nodes that a list finds.
fn found(bench: &mut Bench, list: &str, query: &str, member: &str) -> Vec<String> {
    let text = format!(
        "query($query: String) {{ {list}(first: 10, query: $query) {{ nodes {{ it: {member} }} }} }}"
    );
    let answer = bench.graphql(&text, json!({ "query": query }));
    let nodes = answer["data"][list]["nodes"].as_array();
    let nodes = nodes.unwrap_or_else(|| panic!("{query}: {answer}")).iter();
    nodes
        .map(|node| node["it"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn orders_are_found_by_groups_by_days_and_whatever_a_search_does_not_know() {
    let mut bench = Bench::ideal();
    for listing in [0, 1, 2] {
        bench.checkout(&[(listing, 1)]);
        bench.now += Micros::from_secs(12 * 3_600);
    }
    let now = bench.now;
    bench.shop.cancel_by_buyer(now, OrderRef(0));
    bench.drain();
    let all = ["#1001", "#1002", "#1003"];
    // The first was placed on the 20th, the others on the 21st.
    for (query, names) in [
        ("(sku:MUG OR sku:CAP) AND status:open", &all[1..]),
        ("status:open (sku:TEE-RED-M OR sku:CAP)", &all[2..]),
        ("NOT (sku:MUG OR sku:CAP)", &all[..1]),
        ("created_at:2026-11-20", &all[..1]),
        ("created_at:>2026-11-20", &all[1..]),
        ("created_at:<=2026-11-20", &all[..1]),
        (
            "created_at:>=2026-11-21 created_at:<'2026-11-21T12:00:00Z'",
            &all[1..2],
        ),
        ("-created_at:2026-11-20 status:open", &all[1..]),
        ("source_name:web test:false", &all),
        ("test:true", &[]),
        ("return_status:no_return -status:cancelled", &all[1..]),
        ("delivery_method:shipping sku:CAP", &all[2..]),
        ("-delivery_method:shipping sku:CAP", &all[2..]),
        (r"name:\#1002", &all[1..2]),
    ] {
        assert_eq!(found(&mut bench, "orders", query, "name"), names, "{query}");
    }
    let whose = "{ orders(first: 1, query: \"sku:MUG\") { nodes { customer { id } } } }";
    let whose = bench.graphql(whose, json!({}));
    let customer = &whose["data"]["orders"]["nodes"][0]["customer"]["id"];
    let number = customer.as_str().unwrap().rsplit('/').next().unwrap();
    let query = format!("customer_id:{number}");
    assert_eq!(found(&mut bench, "orders", &query, "name"), all[1..2]);
}

#[test]
fn orders_are_found_by_texts_as_products_are_and_by_what_else_is_documented() {
    let mut bench = Bench::ideal();
    for listing in [0, 1] {
        bench.checkout(&[(listing, 2)]);
    }
    let wish = json!({ "email": "Ada@Example.com", "poNumber": "PO-77", "lineItems": [{ "title": "Engraving", "sku": "ENG-1", "quantity": 5, "priceSet": money("3.00") }], "discountCode": { "itemFixedDiscountCode": { "code": "SPRING", "amountSet": money("1.00") } }, "transactions": [{ "kind": "SALE", "gateway": "Bank", "amountSet": money("14.00") }] });
    let made = create(&mut bench, wish, "BYPASS");
    assert_eq!(made["userErrors"], json!([]), "{made}");
    let ship = json!({ "fulfillment": { "line_items_by_fulfillment_order": [{ "fulfillment_order_id": 9_701_000_000_002_u64 }] } });
    assert_eq!(bench.rest("POST", "fulfillments.json", ship).status(), 201);
    let all = ["#1001", "#1002", "#1003"];
    for (query, names) in [
        ("sku:tee-red-m", &all[..1]),
        ("sku:TEE*", &all[..1]),
        ("sku:eng*", &all[2..]),
        ("name:100*", &all),
        ("name:#1002", &all[1..2]),
        ("1003", &all[2..]),
        ("ada@*", &all[2..]),
        ("email:ADA@example.com", &all[2..]),
        ("gateway:bank", &all[2..]),
        ("gateway:nope", &[]),
        ("confirmation_number:c100000002", &all[1..2]),
        ("discount_code:spring", &all[2..]),
        ("po_number:po-77", &all[2..]),
        ("tag_not:urgent", &all),
        ("subtotal_line_items_quantity:>2", &all[2..]),
        ("current_total_price:<=20.00", &all[1..]),
        ("fulfillment_location_id:1101000000001", &all[1..2]),
        ("fulfillment_location_id:1101000000002", &[]),
    ] {
        assert_eq!(found(&mut bench, "orders", query, "name"), names, "{query}");
    }
}

#[test]
fn a_search_by_what_is_no_field_is_warned_of_and_one_that_is_not_simulated_is_counted() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let warned = |bench: &mut Bench, list: &str, query: &str| {
        let text = format!(
            "query($query: String) {{ {list}(first: 2, query: $query) {{ nodes {{ id }} }} }}"
        );
        let answer = bench.graphql(&text, json!({ "query": query }));
        let count = answer["data"][list]["nodes"].as_array().unwrap().len();
        (count, answer["extensions"]["search"].clone())
    };
    let invalid = |list: &str, query: &str, field: &str| json!([{ "path": [list], "query": query, "warnings": [{ "field": field, "message": "Invalid search field for this query.", "code": "invalid_field" }] }]);
    for (list, query, field) in [
        ("orders", "colour:red", "colour"),
        ("orders", "-colour:red OR colour:blue", "colour"),
        ("productVariants", "inventory_total:3", "inventory_total"),
        ("products", "colour:red status:active", "colour"),
    ] {
        let (count, search) = warned(&mut bench, list, query);
        assert!(count > 0, "{query} restricts nothing");
        assert_eq!(search, invalid(list, query, field));
    }
    for (list, query) in [
        ("orders", "risk_level:high"),
        ("orders", "metafields.custom.shelf:a1"),
        ("productVariants", "option2:large"),
        ("orders", "gateway:shopify_payments"),
    ] {
        let (count, search) = warned(&mut bench, list, query);
        assert!(count > 0, "{query}");
        assert_eq!(search, Value::Null, "{query}");
    }
    let asked = bench.shop.not_simulated();
    let asked: Vec<&str> = asked.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        asked,
        [
            "QueryRoot.orders(query: metafields)",
            "QueryRoot.orders(query: risk_level)",
            "QueryRoot.productVariants(query: option2)"
        ]
    );
}

/// A cursor belongs to its sort; whose number it holds does not matter.
#[test]
fn a_cursor_of_another_sort_is_refused() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    bench.checkout(&[(1, 1)]);
    let cursor = |bench: &mut Bench, list: &str| {
        let text = format!("{{ {list} {{ edges {{ cursor }} }} }}");
        let answer = bench.graphql(&text, json!({}));
        let edges = answer["data"].as_object().unwrap().values().next().unwrap();
        edges["edges"][0]["cursor"].as_str().unwrap().to_owned()
    };
    let by_time = cursor(&mut bench, "orders(first: 1, sortKey: UPDATED_AT)");
    let by_id = cursor(&mut bench, "orders(first: 1, sortKey: ID)");
    let of_products = cursor(&mut bench, "products(first: 1)");
    for (list, after, is_fit) in [
        ("orders(first: 1, sortKey: UPDATED_AT", &by_time, true),
        ("orders(first: 1, sortKey: ID", &by_id, true),
        ("products(first: 1", &of_products, true),
        ("orders(first: 1, sortKey: ID", &by_time, false),
        ("orders(first: 1", &by_id, false),
        ("orders(first: 1, sortKey: ID", &of_products, true),
        ("products(first: 1", &by_time, false),
    ] {
        let text = format!("{{ {list}, after: \"{after}\") {{ nodes {{ id }} }} }}");
        let answer = bench.graphql(&text, json!({}));
        let message = &answer["errors"][0]["message"];
        match is_fit {
            true => assert_eq!(*message, Value::Null, "{text}"),
            false => assert_eq!(
                *message, "Invalid cursor for current pagination sort.",
                "{text}"
            ),
        }
    }
}

#[test]
fn products_variants_and_items_are_found_by_all_their_keys() {
    let mut bench = Bench::ideal();
    for (gid, change) in [
        (
            2,
            "title: \"Blue mug: (large)\", vendor: \"Kiln\", tags: [\"a:b\"]",
        ),
        (3, "status: DRAFT, productType: \"Hat\""),
    ] {
        let update = format!(
            "mutation {{ productUpdate(product: {{ id: \"gid://shopify/Product/200100000000{gid}\", {change} }}) {{ userErrors {{ message }} }} }}"
        );
        let done = bench.graphql(&update, json!({}));
        assert_eq!(done["data"]["productUpdate"]["userErrors"], json!([]));
    }
    let all = ["tee-red-m", "mug", "cap"];
    for (query, handles) in [
        (r"tag:a\:b", &all[1..2]),
        ("tag:'a:b'", &all[1..2]),
        ("vendor:kiln OR product_type:hat", &all[1..]),
        (
            "(vendor:kiln OR product_type:hat) AND status:active",
            &all[1..2],
        ),
        ("published_status:published", &all[..2]),
        ("published_status:unpublished", &all[2..]),
        ("published_at:*", &all[..2]),
        ("NOT published_at:*", &all[2..]),
        ("inventory_total:* hat", &all[2..]),
        ("price:>=10.00", &all[..2]),
        ("price:<=9.995", &all[2..]),
        ("price:5", &all[2..]),
        ("price:cheap", &[]),
        ("inventory_total:>0", &all),
        ("inventory_total:<1000000.5 -inventory_total:<0", &all),
        ("out_of_stock_somewhere:true", &[]),
        ("product_type:*", &all[2..]),
        ("-product_type:*", &all[..2]),
        ("title:mug", &all[1..2]),
        ("sku:mug", &all[1..2]),
        ("sku:m*", &all[1..2]),
        ("updated_at:2026-11-20 vendor:kiln", &all[1..2]),
        ("created_at:<2026-11-20", &[]),
        ("variant_id:4001000000003", &all[2..]),
        ("bundles:true title:mug", &all[1..2]),
    ] {
        let handles_found = found(&mut bench, "products", query, "handle");
        assert_eq!(handles_found, handles, "{query}");
    }
    for (query, skus) in [
        (
            "product_ids:2001000000001,2001000000003",
            &["TEE-RED-M", "CAP"][..],
        ),
        ("product_status:draft", &["CAP"]),
        (
            "handle:foo inventory_total:<0 published_at:* sku:CAP",
            &["CAP"],
        ),
        ("inventory_quantity:<=0", &[]),
        ("option1:'Default Title' sku:CAP", &["CAP"]),
    ] {
        assert_eq!(
            found(&mut bench, "productVariants", query, "sku"),
            skus,
            "{query}"
        );
    }
    let items = "(sku:cap OR sku:mug) vendor:none price:<0";
    let items = found(&mut bench, "inventoryItems", items, "sku");
    assert_eq!(items, ["MUG", "CAP"]);
}

#[test]
fn capitals_of_any_alphabet_count_for_nothing_and_what_does_not_parse_is_told() {
    let mut bench = Bench::ideal();
    let update = "mutation { productUpdate(product: { id: \"gid://shopify/Product/2001000000002\", vendor: \"Ärmel\", productType: \"Schürze\", tags: [\"Größe\"] }) { userErrors { message } } }";
    bench.graphql(update, json!({}));
    for query in [
        "vendor:ärmel",
        "vendor:ÄR*",
        "product_type:SCHÜRZE",
        "tag:größe",
    ] {
        assert_eq!(
            found(&mut bench, "products", query, "handle"),
            ["mug"],
            "{query}"
        );
    }
    let listed = body(&bench.rest("GET", "products.json?vendor=%C3%A4rmel", Value::Null));
    assert_eq!(listed["products"].as_array().unwrap().len(), 1);
    // Nothing in quotes asks for nothing, and an id of another type finds nothing.
    assert_eq!(found(&mut bench, "products", "''", "handle").len(), 3);
    let other = "id:gid://shopify/ProductVariant/2001000000002";
    assert!(found(&mut bench, "products", other, "handle").is_empty());
    let large = "price:<99999999999999999999";
    assert_eq!(found(&mut bench, "products", large, "handle").len(), 3);
    for list in [
        "products(first: 1, ",
        "productVariants(first: 1, ",
        "ordersCount(",
    ] {
        let part = if list.contains("first") {
            "nodes { id }"
        } else {
            "count"
        };
        let answer = bench.graphql(
            &format!("{{ {list}query: \"created_at:>2026-11-28T00:00:00Z\") {{ {part} }} }}"),
            json!({}),
        );
        let warning = &answer["extensions"]["search"][0]["warnings"][0];
        assert_eq!(warning["field"], "created_at", "{answer}");
    }
}

#[test]
fn orders_are_found_and_sorted_by_when_they_were_processed() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    bench.now += Micros::from_secs(6 * 86_400);
    let times = [
        "2026-08-29T10:00:00Z",
        "2026-11-25T10:00:00Z",
        "2026-11-19T10:00:00Z",
    ];
    for at in times {
        let order = json!({ "processedAt": at, "lineItems": [{ "title": "Gift", "quantity": 1, "priceSet": money("5") }] });
        let made = create(&mut bench, order, "BYPASS");
        assert_eq!(made["userErrors"], json!([]), "{made}");
    }
    // The first was placed at a checkout, on the 20th.
    let mut page = |arguments: &str| -> Value {
        let query = format!(
            "{{ orders({arguments}) {{ edges {{ cursor node {{ name }} }} pageInfo {{ hasNextPage }} }} }}"
        );
        bench.graphql(&query, json!({}))["data"]["orders"].clone()
    };
    let names = |page: &Value| -> Vec<String> {
        let edges = page["edges"].as_array().unwrap().iter();
        edges
            .map(|edge| edge["node"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let sorted = ["#1002", "#1004", "#1001", "#1003"];
    assert_eq!(names(&page("first: 9")), sorted);
    let mut backwards = sorted;
    backwards.reverse();
    assert_eq!(names(&page("first: 9, reverse: true")), backwards);
    let first = page("first: 2");
    assert_eq!(names(&first), sorted[..2]);
    let after = first["edges"][1]["cursor"].as_str().unwrap();
    let rest = page(&format!("first: 2, after: \"{after}\""));
    assert_eq!(names(&rest), sorted[2..]);
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    assert_eq!(
        names(&page("first: 9, query: \"processed_at:<2026-11-20\"")),
        sorted[..2]
    );
    let born = page(
        "first: 9, sortKey: CREATED_AT, query: \"processed_at:2026-11-25 OR created_at:<2026-11-21\"",
    );
    assert_eq!(names(&born), ["#1001", "#1003"]);
    let listed = bench.rest(
        "GET",
        "orders.json?status=any&processed_at_max=2026-11-19T12:00:00Z",
        Value::Null,
    );
    assert_eq!(body(&listed)["orders"].as_array().unwrap().len(), 2);
}

#[test]
fn rest_lists_and_counts_products_by_their_filters() {
    let mut bench = Bench::ideal();
    let draft = "mutation { productUpdate(product: { id: \"gid://shopify/Product/2001000000003\", status: DRAFT, vendor: \"Kiln\", productType: \"Hat\" }) { userErrors { message } } }";
    bench.graphql(draft, json!({}));
    let all = ["tee-red-m", "mug", "cap"];
    for (query, handles) in [
        ("", &all[..]),
        ("status=draft", &all[2..]),
        ("status=active,draft", &all),
        ("published_status=published", &all[..2]),
        ("published_status=any", &all),
        ("vendor=kiln", &all[2..]),
        ("product_type=Hat", &all[2..]),
        ("handle=mug,cap", &all[1..]),
        ("title=MUG%20title", &all[1..2]),
        ("title=MUG", &[]),
        ("updated_at_min=2026-11-21", &[]),
        ("created_at_max=2026-11-20T13:05:11Z", &all),
        ("ids=2001000000001,2001000000003&status=draft", &all[2..]),
    ] {
        let listed = body(&bench.rest("GET", &format!("products.json?{query}"), Value::Null));
        let listed = listed["products"].as_array().unwrap().iter();
        let listed: Vec<&str> = listed.map(|it| it["handle"].as_str().unwrap()).collect();
        assert_eq!(listed, handles, "{query}");
        let counted = bench.rest("GET", &format!("products/count.json?{query}"), Value::Null);
        assert_eq!(body(&counted), json!({ "count": handles.len() }), "{query}");
    }
    let path = "products/2001000000002/variants.json";
    let variants = body(&bench.rest("GET", path, Value::Null));
    assert_eq!(variants["variants"][0]["sku"], "MUG");
    assert_eq!(variants["variants"].as_array().unwrap().len(), 1);
    let unknown = bench.rest("GET", "products/7/variants.json", Value::Null);
    assert_eq!(unknown.status(), 404);
}

#[test]
fn a_product_has_its_option_and_a_variant_is_of_it() {
    let mut bench = Bench::ideal();
    let query = "{ product(id: \"gid://shopify/Product/2001000000002\") { options(first: 3) { id name position values optionValues { id name hasVariants } } } }";
    let answer = bench.graphql(query, json!({}));
    let option = &answer["data"]["product"]["options"][0];
    assert_eq!(
        (&option["name"], &option["values"], &option["position"]),
        (&json!("Title"), &json!(["Default Title"]), &json!(1))
    );
    let value = &option["optionValues"][0];
    assert_eq!(
        (&value["name"], &value["hasVariants"]),
        (&json!("Default Title"), &json!(true))
    );
    // Both are found by their ids, and REST has the same.
    let nodes = bench.graphql(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on ProductOption { name } ... on ProductOptionValue { name } } }",
        json!({ "ids": [option["id"], value["id"]] }),
    );
    assert_eq!(
        nodes["data"]["nodes"],
        json!([{ "name": "Title" }, { "name": "Default Title" }])
    );
    let product = body(&bench.rest("GET", "products/2001000000002.json", Value::Null));
    let number = &product["product"]["options"][0]["id"];
    assert_eq!(
        option["id"],
        format!("gid://shopify/ProductOption/{number}")
    );
    // A product can be set with its own ids, and with no others.
    let mut set = |option: &Value, value: &Value| {
        let answer = bench.graphql(
            "mutation($input: ProductSetInput!) { productSet(input: $input) { product { handle } userErrors { code } } }",
            json!({ "input": {
                "id": "gid://shopify/Product/2001000000002",
                "productOptions": [{ "id": option, "name": "Title", "values": [{ "id": value }] }],
                "variants": [{ "optionValues": [{ "optionId": option, "id": value }], "price": "7" }],
            }}),
        );
        answer["data"]["productSet"].clone()
    };
    let done = set(&option["id"], &value["id"]);
    assert_eq!(
        done,
        json!({ "product": { "handle": "mug" }, "userErrors": [] })
    );
    for (option, value) in [
        (&json!("gid://shopify/ProductOption/7"), &value["id"]),
        (&option["id"], &json!("gid://shopify/ProductOptionValue/7")),
    ] {
        let refused = set(option, value);
        assert_eq!(refused["product"], Value::Null, "{refused}");
    }
}
