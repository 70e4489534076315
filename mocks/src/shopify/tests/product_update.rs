//! Products and items that apps update: `productUpdate`, and the SKU of `inventoryItemUpdate`.

use serde_json::json;

use super::{Bench, ideal};
use crate::core::{Micros, Storefront};

const CAP: &str = "gid://shopify/Product/2001000000003";
const CAP_VARIANT: &str = "gid://shopify/ProductVariant/4001000000003";
const MUG_VARIANT: &str = "gid://shopify/ProductVariant/4001000000002";

#[test]
fn a_product_is_updated_by_either_argument_and_by_an_identifier_where_the_version_has_it() {
    let mut bench = Bench::new(ideal(""));
    let payload = "{ product { title handle } userErrors { field message } }";
    let mut run = |version: &str, arguments: &str| {
        let query = format!("mutation {{ it: productUpdate({arguments}) {payload} }}");
        bench.graphql_in(version, &query, json!({}))
    };
    let id = format!("id: \"{CAP}\"");
    for (arguments, title) in [
        (format!("product: {{ {id}, title: \"A\" }}"), "A"),
        (format!("input: {{ {id}, title: \"B\" }}"), "B"),
        (
            "identifier: { handle: \"cap\" }, product: { title: \"C\" }".to_owned(),
            "C",
        ),
        (
            format!("identifier: {{ {id} }}, product: {{ title: \"D\" }}"),
            "D",
        ),
    ] {
        let done = run("2026-04", &arguments);
        // The handle stays what it is unless another one is named.
        assert_eq!(
            done["data"]["it"],
            json!({ "product": { "title": title, "handle": "cap" }, "userErrors": [] }),
            "{done}"
        );
    }
    let early = run(
        "2026-01",
        "identifier: { handle: \"cap\" }, product: { title: \"E\" }",
    );
    assert_eq!(
        early["errors"][0]["extensions"]["code"],
        "argumentNotAccepted"
    );
    for (arguments, field, message) in [
        (
            "product: { id: \"gid://shopify/Product/1\", title: \"X\" }".to_owned(),
            json!(["id"]),
            "Product does not exist",
        ),
        (
            "product: { title: \"X\" }".to_owned(),
            json!(["id"]),
            "Product does not exist",
        ),
        (
            "identifier: { handle: \"hat\" }, product: { title: \"X\" }".to_owned(),
            json!(["identifier"]),
            "Product does not exist",
        ),
        (
            format!("product: {{ {id}, title: \"\", vendor: \"V\" }}"),
            json!(["title"]),
            "Title can't be blank",
        ),
        (
            format!("product: {{ {id}, title: \"X\", handle: \"MUG\" }}"),
            json!(["input", "handle"]),
            "Handle 'MUG' already in use. Please provide a new handle.",
        ),
    ] {
        let done = run("2026-04", &arguments);
        assert_eq!(
            done["data"]["it"],
            json!({ "product": null, "userErrors": [{ "field": field, "message": message }] }),
            "{done}"
        );
    }
    let shown = bench.graphql(
        "query($id: ID!) { product(id: $id) { title vendor } }",
        json!({ "id": CAP }),
    );
    assert_eq!(
        shown["data"]["product"],
        json!({ "title": "D", "vendor": "demo" })
    );
}

#[test]
fn the_sku_of_an_item_is_kept_and_tags_of_a_product_are_bounded() {
    let mut bench = Bench::ideal();
    let update = |sku: &str| {
        format!(
            "mutation {{ it: inventoryItemUpdate(id: \"gid://shopify/InventoryItem/3001000000003\", input: {{ sku: \"{sku}\", countryHarmonizedSystemCodes: [] }}) {{ inventoryItem {{ sku duplicateSkuCount }} userErrors {{ message }} }} }}"
        )
    };
    let done = bench.graphql(&update("MUG"), json!({}));
    assert_eq!(
        done["data"]["it"],
        json!({ "inventoryItem": { "sku": "MUG", "duplicateSkuCount": 1 }, "userErrors": [] })
    );
    let refused = bench.graphql(&update(&"y".repeat(256)), json!({}));
    assert_eq!(
        refused["data"]["it"]["userErrors"][0]["message"],
        "SKU is too long (maximum is 255 characters)"
    );
    let found = bench.graphql(
        "{ productVariants(first: 9, query: \"sku:MUG\") { nodes { id } } }",
        json!({}),
    );
    assert_eq!(
        found["data"]["productVariants"]["nodes"],
        json!([{ "id": MUG_VARIANT }, { "id": CAP_VARIANT }])
    );
    assert!(bench.shop.not_simulated().contains(&(
        "InventoryItemInput.countryHarmonizedSystemCodes".to_owned(),
        2
    )));

    bench.now = Micros::from_secs(60);
    let tags: Vec<String> = (0..251).map(|at| format!("t{at}")).collect();
    let query = "mutation($id: ID!, $tags: [String!]!) { it: tagsAdd(id: $id, tags: $tags) { userErrors { field } } }";
    for (tags, is_refused) in [
        (tags.join(","), true),
        (tags[1..].join(","), false),
        ("z".repeat(256), true),
    ] {
        let done = bench.graphql(query, json!({ "id": CAP, "tags": [tags] }));
        assert_eq!(
            done["data"]["it"]["userErrors"] != json!([]),
            is_refused,
            "{done}"
        );
    }
    let shown = bench.graphql(
        "query($id: ID!) { product(id: $id) { updatedAt } }",
        json!({ "id": CAP }),
    );
    let changed_at = &shown["data"]["product"]["updatedAt"];
    assert_eq!(changed_at, "2026-11-20T13:06:11Z", "tags are a change");
}
