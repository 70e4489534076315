//! Lists sorted by what their objects have.

use serde_json::{Value, json};

use super::Bench;
use crate::core::Storefront;

/// The texts of a member of the nodes of a list.
fn listed(bench: &mut Bench, list: &str, member: &str) -> Vec<String> {
    let answer = bench.graphql(
        &format!("{{ it: {list} {{ nodes {{ {member} }} }} }}"),
        json!({}),
    );
    let nodes = answer["data"]["it"]["nodes"].as_array();
    let nodes = nodes.unwrap_or_else(|| panic!("{answer}")).iter();
    nodes
        .map(|node| match &node[member] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}

fn run(bench: &mut Bench, mutation: &str) {
    let answer = bench.graphql(&format!("mutation {{ {mutation} }}"), json!({}));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}

/// A shop whose products have other types than titles.
fn bench() -> Bench {
    let mut bench = Bench::ideal();
    for (number, title, kind) in [
        (1, "zinc bowl", "bowl"),
        (2, "Amber mug", "Mug"),
        (3, "mint cap", ""),
    ] {
        run(
            &mut bench,
            &format!(
                "productUpdate(product: {{ id: \"gid://shopify/Product/200100000000{number}\", title: \"{title}\", productType: \"{kind}\" }}) {{ userErrors {{ message }} }}"
            ),
        );
    }
    bench.shop.open_with(crate::core::ListingIndex(1), 40);
    bench
}

#[test]
fn products_and_variants_are_sorted_by_texts_numbers_and_times() {
    let mut bench = bench();
    for (key, member, sorted) in [
        ("TITLE", "title", ["Amber mug", "mint cap", "zinc bowl"]),
        (
            "PRODUCT_TYPE",
            "title",
            ["mint cap", "zinc bowl", "Amber mug"],
        ),
        ("INVENTORY_TOTAL", "totalInventory", ["10", "10", "40"]),
        ("ID", "title", ["zinc bowl", "Amber mug", "mint cap"]),
        ("RELEVANCE", "title", ["zinc bowl", "Amber mug", "mint cap"]),
    ] {
        let list = format!("products(first: 9, sortKey: {key})");
        assert_eq!(listed(&mut bench, &list, member), sorted, "{key}");
        let list = format!("products(first: 9, sortKey: {key}, reverse: true)");
        let turned: Vec<&str> = sorted.into_iter().rev().collect();
        assert_eq!(listed(&mut bench, &list, member), turned, "{key}");
    }
    let skus = listed(&mut bench, "productVariants(first: 9, sortKey: SKU)", "sku");
    assert_eq!(skus, ["CAP", "MUG", "TEE-RED-M"]);
    let found = listed(
        &mut bench,
        "products(first: 9, sortKey: TITLE, query: \"product_type:*\")",
        "title",
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn pages_of_a_sorted_list_join_in_both_directions() {
    let mut bench = bench();
    for (key, member) in [
        ("TITLE", "title"),
        ("INVENTORY_TOTAL", "title"),
        ("UPDATED_AT", "title"),
    ] {
        for reverse in [false, true] {
            let whole = listed(
                &mut bench,
                &format!("products(first: 9, sortKey: {key}, reverse: {reverse})"),
                member,
            );
            let mut seen = Vec::new();
            let mut after = Value::Null;
            while seen.len() < 3 {
                let text = format!(
                    "query($after: String) {{ products(first: 1, after: $after, sortKey: {key}, reverse: {reverse}) {{ nodes {{ title }} pageInfo {{ hasNextPage endCursor }} }} }}"
                );
                let answer = bench.graphql(&text, json!({ "after": after }));
                let page = &answer["data"]["products"];
                let title = page["nodes"][0]["title"].as_str();
                seen.push(title.unwrap_or_else(|| panic!("{answer}")).to_owned());
                after = page["pageInfo"]["endCursor"].clone();
                assert_eq!(page["pageInfo"]["hasNextPage"], seen.len() < 3);
            }
            assert_eq!(seen, whole, "{key} {reverse}");
        }
    }
    // A cursor of a list that is sorted by titles fits none that is sorted by ids.
    let cursor = bench.graphql(
        "{ products(first: 1, sortKey: TITLE) { pageInfo { endCursor } } }",
        json!({}),
    );
    let cursor = &cursor["data"]["products"]["pageInfo"]["endCursor"];
    let refused = bench.graphql(
        "query($after: String) { products(first: 1, after: $after) { nodes { id } } }",
        json!({ "after": cursor }),
    );
    assert_eq!(
        refused["errors"][0]["message"],
        "Invalid cursor for current pagination sort."
    );
}

#[test]
fn locations_are_sorted_by_name_unless_another_order_is_asked_for() {
    let mut bench = Bench::ideal();
    run(
        &mut bench,
        "locationAdd(input: { name: \"Calais\", address: { countryCode: FR } }) { userErrors { message } }",
    );
    assert_eq!(
        listed(&mut bench, "locations(first: 9)", "name"),
        ["berlin", "Calais", "lyon"]
    );
    assert_eq!(
        listed(&mut bench, "locations(first: 9, sortKey: ID)", "name"),
        ["berlin", "lyon", "Calais"]
    );
}

#[test]
fn orders_are_sorted_by_money_people_and_states() {
    let mut bench = Bench::ideal();
    for (last, amount, number) in [
        ("Zweig", "7.00", "B-2"),
        ("Adler", "20.00", "A-1"),
        ("Maier", "3.00", "C-3"),
    ] {
        let order = json!({
            "poNumber": number,
            "customer": { "toUpsert": { "firstName": "Ida", "lastName": last, "email": format!("{last}@example.com") } },
            "lineItems": [{ "title": "Bowl", "quantity": 1, "priceSet": { "shopMoney": { "amount": amount, "currencyCode": "EUR" } } }],
        });
        let answer = bench.graphql(
            "mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) { userErrors { message } } }",
            json!({ "order": order }),
        );
        assert_eq!(
            answer["data"]["orderCreate"]["userErrors"],
            json!([]),
            "{answer}"
        );
    }
    for (key, sorted) in [
        ("TOTAL_PRICE", ["C-3", "B-2", "A-1"]),
        ("CURRENT_TOTAL_PRICE", ["C-3", "B-2", "A-1"]),
        ("CUSTOMER_NAME", ["A-1", "C-3", "B-2"]),
        ("PO_NUMBER", ["A-1", "B-2", "C-3"]),
        ("ORDER_NUMBER, reverse: true", ["C-3", "A-1", "B-2"]),
        ("FULFILLMENT_STATUS", ["B-2", "A-1", "C-3"]),
    ] {
        let list = format!("orders(first: 9, sortKey: {key})");
        assert_eq!(listed(&mut bench, &list, "poNumber"), sorted, "{key}");
    }
}
