//! Prices as they are written, a SKU of null, and what tells that a product has one variant and is for sale.

use serde_json::{Value, json};

use super::Bench;

const CAP: &str = "gid://shopify/Product/2001000000003";
const CAP_VARIANT: &str = "gid://shopify/ProductVariant/4001000000003";

/// The price after a change to this one, or what is said against it.
fn priced(bench: &mut Bench, price: Value) -> String {
    let answer = bench.graphql(
        "mutation($product: ID!, $variants: [ProductVariantsBulkInput!]!) { it: productVariantsBulkUpdate(productId: $product, variants: $variants) { productVariants { price } userErrors { message } } }",
        json!({ "product": CAP, "variants": [{ "id": CAP_VARIANT, "price": price }] }),
    );
    let it = &answer["data"]["it"];
    let said = it["userErrors"][0]["message"].as_str();
    let said = said.or(it["productVariants"][0]["price"].as_str());
    said.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn prices_are_rounded_as_they_are_written() {
    let mut bench = Bench::ideal();
    let too_dear = "Not simulated: a price of 10 billion or more.";
    let too_large = "Price must be less than 1000000000000000000";
    for (price, expected) in [
        (json!("1.005"), "1.01"),
        (json!(0.285), "0.29"),
        (json!("2.675"), "2.68"),
        (json!(".5"), "0.50"),
        (json!("1.5e1"), "15.00"),
        (json!("-0"), "0.00"),
        (json!("9999999999.99"), "9999999999.99"),
        (json!("9999999999.995"), too_dear),
        (json!("999999999999999999"), too_dear),
        (json!("1000000000000000000"), too_large),
        (json!("1e300"), too_large),
        (json!("-0.001"), "Price must be greater than or equal to 0"),
    ] {
        assert_eq!(priced(&mut bench, price.clone()), expected, "{price}");
    }
}

#[test]
fn a_sku_of_null_is_an_empty_one_by_every_mutation() {
    let mut bench = Bench::ideal();
    for text in [
        "inventoryItemUpdate(id: \"gid://shopify/InventoryItem/3001000000003\", input: { sku: null }) { inventoryItem { sku } userErrors { message } }",
        "inventoryItemUpdate(id: \"gid://shopify/InventoryItem/3001000000003\", input: { sku: \"CAP-2\" }) { inventoryItem { sku } userErrors { message } }",
    ] {
        let answer = bench.graphql(&format!("mutation {{ it: {text} }}"), json!({}));
        let expected = if text.contains("null") { "" } else { "CAP-2" };
        assert_eq!(
            answer["data"]["it"]["inventoryItem"]["sku"], expected,
            "{answer}"
        );
    }
}

#[test]
fn what_is_for_sale_is_published_and_has_its_default_variant() {
    let mut bench = Bench::ideal();
    let mut shown = |status: &str| {
        let answer = bench.graphql(
            &format!("mutation {{ it: productUpdate(product: {{ id: \"{CAP}\", status: {status} }}) {{ product {{ publishedAt hasOnlyDefaultVariant }} }} }}"),
            json!({}),
        );
        answer["data"]["it"]["product"].clone()
    };
    for status in ["DRAFT", "ARCHIVED"] {
        assert_eq!(
            shown(status),
            json!({ "publishedAt": null, "hasOnlyDefaultVariant": true })
        );
    }
    for status in ["ACTIVE", "UNLISTED"] {
        assert_eq!(
            shown(status),
            json!({ "publishedAt": "2026-11-20T13:05:11Z", "hasOnlyDefaultVariant": true })
        );
    }
}
