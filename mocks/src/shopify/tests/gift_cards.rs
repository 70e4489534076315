//! Whether variants are taxed and shipped, and products that are gift cards.

use serde_json::{Value, json};

use super::Bench;

const PRODUCT: &str = "id isGiftCard giftCardTemplateSuffix variants(first: 1) { nodes { id taxable inventoryItem { id requiresShipping } } }";

fn run(bench: &mut Bench, mutation: &str) -> Value {
    let answer = bench.graphql(&format!("mutation {{ it: {mutation} }}"), json!({}));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

#[test]
fn a_gift_card_is_neither_taxed_nor_shipped_unless_said() {
    let mut bench = Bench::ideal();
    let made = run(
        &mut bench,
        &format!(
            "productCreate(product: {{ title: \"Voucher\", giftCard: true, giftCardTemplateSuffix: \"gold\" }}) {{ product {{ {PRODUCT} }} }}"
        ),
    );
    let product = &made["product"];
    let variant = &product["variants"]["nodes"][0];
    assert_eq!(
        (
            &product["isGiftCard"],
            &product["giftCardTemplateSuffix"],
            &variant["taxable"],
            &variant["inventoryItem"]["requiresShipping"]
        ),
        (&json!(true), &json!("gold"), &json!(false), &json!(false))
    );
    let taxed = run(
        &mut bench,
        &format!(
            "productVariantsBulkUpdate(productId: {}, variants: [{{ id: {}, taxable: true }}]) {{ productVariants {{ taxable inventoryItem {{ requiresShipping }} }} }}",
            product["id"], variant["id"]
        ),
    );
    assert_eq!(
        taxed["productVariants"][0],
        json!({ "taxable": true, "inventoryItem": { "requiresShipping": false } })
    );
    // Its lines are so, too, and it stays a gift card.
    let ordered = run(
        &mut bench,
        &format!(
            "orderCreate(order: {{ lineItems: [{{ variantId: {}, quantity: 1 }}] }}) {{ order {{ requiresShipping lineItems(first: 1) {{ nodes {{ taxable requiresShipping isGiftCard }} }} }} }}",
            variant["id"]
        ),
    );
    assert_eq!(
        ordered["order"],
        json!({ "requiresShipping": false, "lineItems": { "nodes": [{ "taxable": true, "requiresShipping": false, "isGiftCard": true }] } })
    );
    let refused = run(
        &mut bench,
        &format!(
            "productSet(input: {{ id: {}, giftCard: false }}) {{ userErrors {{ field code }} }}",
            product["id"]
        ),
    );
    assert_eq!(
        refused["userErrors"],
        json!([{ "field": ["input", "giftCard"], "code": "GIFT_CARD_ATTRIBUTE_CANNOT_BE_CHANGED" }])
    );
    let found = bench.graphql(
        "{ productsCount(query: \"gift_card:true\") { count } }",
        json!({}),
    );
    assert_eq!(found["data"]["productsCount"]["count"], 1);
}

#[test]
fn an_item_is_shipped_until_an_app_says_otherwise() {
    let mut bench = Bench::ideal();
    let item = "gid://shopify/InventoryItem/3001000000002";
    let changed = run(
        &mut bench,
        &format!(
            "inventoryItemUpdate(id: \"{item}\", input: {{ requiresShipping: false }}) {{ inventoryItem {{ requiresShipping }} userErrors {{ message }} }}"
        ),
    );
    assert_eq!(changed["inventoryItem"]["requiresShipping"], false);
    let told = bench.rest("GET", "variants/4001000000002.json", Value::Null);
    let told: Value = serde_json::from_slice(told.body()).unwrap();
    assert_eq!(
        (
            &told["variant"]["requires_shipping"],
            &told["variant"]["taxable"]
        ),
        (&json!(false), &json!(true))
    );
}
