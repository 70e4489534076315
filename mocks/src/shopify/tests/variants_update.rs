//! Variants that apps update: `productVariantsBulkUpdate`.

use serde_json::{Value, json};

use super::{Bench, ideal};
use crate::core::{Cause, Storefront};

const CAP: &str = "gid://shopify/Product/2001000000003";
const CAP_VARIANT: &str = "gid://shopify/ProductVariant/4001000000003";
const MUG_VARIANT: &str = "gid://shopify/ProductVariant/4001000000002";
const LYON: &str = "gid://shopify/Location/1101000000002";
const BULK: &str = "mutation($product: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) { it: productVariantsBulkUpdate(productId: $product, variants: $variants, allowPartialUpdates: $partial) {
  product { id totalInventory tracksInventory } productVariants { id sku price compareAtPrice } userErrors { field message code } } }";

fn bulk(bench: &mut Bench, variants: Value, is_partial: bool) -> Value {
    let variables = json!({ "product": CAP, "variants": variants, "partial": is_partial });
    let answer = bench.graphql(BULK, variables);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

fn shown(bench: &mut Bench) -> Value {
    let answer = bench.graphql(
        "query($id: ID!) { productVariant(id: $id) { sku price compareAtPrice inventoryQuantity } }",
        json!({ "id": CAP_VARIANT }),
    );
    answer["data"]["productVariant"].clone()
}

fn error(index: &str, member: &str, message: &str, code: &str) -> Value {
    json!({ "field": ["variants", index, member], "message": message, "code": code })
}

#[test]
fn variants_are_updated_shown_and_priced_by_their_number() {
    let mut bench = Bench::ideal();
    let variables = json!({ "product": CAP, "variants": [{ "id": CAP_VARIANT, "price": "7.999", "compareAtPrice": "9", "inventoryItem": { "sku": "CAP-B", "tracked": true } }] });
    let answer = bench.graphql(BULK, variables);
    let variant =
        json!({ "id": CAP_VARIANT, "sku": "CAP-B", "price": "8.00", "compareAtPrice": "9.00" });
    let product = json!({ "id": CAP, "totalInventory": 10, "tracksInventory": true });
    assert_eq!(
        answer["data"]["it"],
        json!({ "product": product, "productVariants": [variant], "userErrors": [] })
    );
    let cost = &answer["extensions"]["cost"];
    assert_eq!(
        (&cost["requestedQueryCost"], &cost["actualQueryCost"]),
        (&json!(10), &json!(10))
    );
    let cleared = bulk(
        &mut bench,
        json!([{ "id": CAP_VARIANT, "compareAtPrice": null }]),
        false,
    );
    assert_eq!(cleared["productVariants"][0]["compareAtPrice"], Value::Null);
    assert_eq!(cleared["productVariants"][0]["price"], "8.00");
    let inline = format!(
        "mutation {{ it: productVariantsBulkUpdate(productId: \"{CAP}\", variants: {{ id: \"{CAP_VARIANT}\", price: 8.25 }}) {{ productVariants {{ price inventoryItem {{ tracked }} }} }} }}"
    );
    let answer = bench.graphql(&inline, json!({}));
    assert_eq!(answer["data"]["it"]["productVariants"][0]["price"], "8.25");
    let cost = &answer["extensions"]["cost"];
    assert_eq!(
        (&cost["requestedQueryCost"], &cost["actualQueryCost"]),
        (&json!(11), &json!(11))
    );
    // A fifth of a point each.
    let rows: Vec<Value> = (0..13).map(|_| json!({ "id": MUG_VARIANT })).collect();
    let answer = bench.graphql(BULK, json!({ "product": CAP, "variants": rows }));
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 13);
}

#[test]
fn a_refused_variant_changes_nothing_unless_partial_updates_are_allowed() {
    let mut bench = Bench::ideal();
    let before = shown(&mut bench);
    let rows = json!([{ "id": CAP_VARIANT, "price": "6" }, { "id": MUG_VARIANT, "price": "6" }]);
    let unknown = error(
        "1",
        "id",
        "Product variant does not exist",
        "PRODUCT_VARIANT_DOES_NOT_EXIST",
    );
    let refused = bulk(&mut bench, rows.clone(), false);
    assert_eq!(refused["userErrors"], json!([unknown]));
    assert_eq!(refused["productVariants"][0]["price"], "5.00");
    assert_eq!(shown(&mut bench), before);
    let partly = bulk(&mut bench, rows, true);
    assert_eq!(partly["userErrors"], json!([unknown]));
    assert_eq!(
        partly["productVariants"],
        json!([{ "id": CAP_VARIANT, "sku": "CAP", "price": "6.00", "compareAtPrice": null }])
    );
    let twice = json!([{ "id": CAP_VARIANT, "price": "7" }, { "id": CAP_VARIANT, "price": "8" }]);
    let repeated = error(
        "1",
        "id",
        "Product variant IDs must be unique.",
        "INVALID_INPUT",
    );
    assert_eq!(
        bulk(&mut bench, twice.clone(), false)["userErrors"],
        json!([repeated])
    );
    assert_eq!(shown(&mut bench)["price"], "6.00");
    bulk(&mut bench, twice, true);
    assert_eq!(shown(&mut bench)["price"], "7.00");
    // The mug was never changed.
    let mug = bench.graphql(
        "query($id: ID!) { productVariant(id: $id) { price } }",
        json!({ "id": MUG_VARIANT }),
    );
    assert_eq!(mug["data"]["productVariant"]["price"], "10.00");
}

#[test]
fn what_is_wrong_with_a_variant_is_told_in_the_platforms_words_and_order() {
    let mut bench = Bench::ideal();
    let before = shown(&mut bench);
    let long = "x".repeat(256);
    for (members, errors) in [
        (
            json!({ "price": "-2.5", "compareAtPrice": "1000000000000000000" }),
            vec![
                error(
                    "0",
                    "compareAtPrice",
                    "must be less than 1000000000000000000",
                    "INVALID_INPUT",
                ),
                error(
                    "0",
                    "price",
                    "Price must be greater than or equal to 0",
                    "GREATER_THAN_OR_EQUAL_TO",
                ),
            ],
        ),
        (
            json!({ "price": "1e18" }),
            vec![error(
                "0",
                "price",
                "Price must be less than 1000000000000000000",
                "INVALID_INPUT",
            )],
        ),
        (
            json!({ "price": "cheap" }),
            vec![error(
                "0",
                "price",
                "Price is not a number",
                "INVALID_INPUT",
            )],
        ),
        (
            json!({ "price": "10000000000" }),
            vec![error(
                "0",
                "price",
                "Not simulated: a price of 10 billion or more.",
                "INVALID_INPUT",
            )],
        ),
        (
            json!({ "barcode": long }),
            vec![error(
                "0",
                "barcode",
                "Barcode is too long (maximum is 255 characters)",
                "TOO_LONG",
            )],
        ),
        (
            json!({ "price": "3", "inventoryQuantities": [{ "locationId": LYON, "availableQuantity": 3 }] }),
            vec![error(
                "0",
                "inventoryQuantities",
                "Inventory quantities can only be provided during create. To update inventory for existing variants, use inventoryAdjustQuantities.",
                "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE",
            )],
        ),
        (
            json!({ "price": "3", "optionValues": [{ "optionName": "Title", "name": "Blue" }] }),
            vec![error(
                "0",
                "optionValues",
                "Not simulated: a product keeps its one variant and its option Title / Default Title.",
                "INVALID_INPUT",
            )],
        ),
        (
            json!({ "price": "3", "optionValues": [] }),
            vec![error(
                "0",
                "optionValues",
                "You need to add option values for Title",
                "NEED_TO_ADD_OPTION_VALUES",
            )],
        ),
    ] {
        let mut variant = members.clone();
        variant["id"] = json!(CAP_VARIANT);
        let done = bulk(&mut bench, json!([variant]), false);
        assert_eq!(done["userErrors"], json!(errors), "{members}");
    }
    let nameless = bulk(&mut bench, json!([{ "price": "3" }]), true);
    let missing = error(
        "0",
        "id",
        "Product variant is missing ID attribute",
        "PRODUCT_VARIANT_ID_MISSING",
    );
    assert_eq!(nameless["userErrors"], json!([missing]));
    assert_eq!(nameless["productVariants"], Value::Null);
    let variables = json!({ "product": "gid://shopify/Product/9", "variants": [{ "id": CAP_VARIANT, "price": "3" }] });
    let nowhere = bench.graphql(BULK, variables);
    let error = json!({ "field": ["productId"], "message": "Product does not exist", "code": "PRODUCT_DOES_NOT_EXIST" });
    assert_eq!(
        nowhere["data"]["it"],
        json!({ "product": null, "productVariants": null, "userErrors": [error] })
    );
    assert_eq!(shown(&mut bench), before);
    let asked = bench.shop.not_simulated();
    assert!(
        asked.contains(&("Mutation.productVariantsBulkUpdate".to_owned(), 2)),
        "{asked:?}"
    );
}

#[test]
fn stock_is_adjusted_as_a_write_of_the_caller_and_compared() {
    let mut bench = Bench::ideal();
    let adjust = |units: Value, from: Value| json!([{ "id": CAP_VARIANT, "price": "4", "quantityAdjustments": [{ "locationId": LYON, "adjustment": units, "changeFromQuantity": from }] }]);
    let done = bulk(&mut bench, adjust(json!(3), json!(0)), false);
    assert_eq!(done["product"]["totalInventory"], 13, "{done}");
    let cause = Cause::Write {
        sent_at: bench.now,
        received_at: bench.now,
    };
    assert_eq!(bench.displayed_facts(), [(10, 13, cause)]);
    let field = |member: &str| json!(["variants", "0", "quantityAdjustments", "0", member]);
    for (units, from, member) in [
        (json!(1), json!(2), "changeFromQuantity"),
        (json!(2_000_000_001), json!(null), "adjustment"),
        (json!(null), json!(3), "adjustment"),
    ] {
        let refused = bulk(&mut bench, adjust(units, from), false);
        assert_eq!(refused["userErrors"][0]["field"], field(member));
        assert_eq!(refused["userErrors"][0]["code"], "INVALID_INPUT");
    }
    let bare = json!([{ "id": CAP_VARIANT, "quantityAdjustments": [{ "locationId": LYON, "adjustment": 1 }] }]);
    let variables = json!({ "product": CAP, "variants": bare });
    let answer = bench.graphql(BULK, variables.clone());
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "INVALID_FIELD_ARGUMENTS"
    );
    assert_eq!(bench.displayed(2), 13);
    let early = bench.graphql_in("2026-01", BULK, variables.clone());
    assert_eq!(early["data"]["it"]["userErrors"], json!([]), "{early}");
    assert_eq!(bench.displayed(2), 14);
    let mut old = Bench::new(ideal(
        "versions = { accessible = [\"2025-10\", \"2026-01\"], latest = \"2026-01\" }",
    ));
    let unknown = old.graphql_in("2025-10", BULK, variables);
    assert_eq!(
        unknown["errors"][0]["extensions"]["code"],
        "INVALID_VARIABLE"
    );
}
