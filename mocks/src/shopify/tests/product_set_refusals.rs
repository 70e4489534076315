//! What `productSet` refuses.

use serde_json::{Value, json};

use super::Bench;
use super::product_set::{
    BERLIN, LYON, MUG, SET, by_id, quantity, set, subscribe, told, with_variant,
};
use crate::core::Storefront;

const CAP_VARIANT: &str = "gid://shopify/ProductVariant/4001000000003";

#[test]
fn one_thing_wrong_changes_nothing_of_the_whole_call() {
    let mut bench = Bench::ideal();
    subscribe(&mut bench);
    let before = bench.rest("GET", "products.json", Value::Null);
    let good = json!({ "price": "3", "inventoryQuantities": [quantity(BERLIN, "available", 1)] });
    let stocked = |location: &str, name: &str, units: i64| {
        with_variant(
            json!({ "price": "3", "inventoryQuantities": [quantity(BERLIN, "available", 1), quantity(location, name, units)] }),
        )
    };
    let mut twice = with_variant(good.clone());
    let variant = twice["variants"][0].clone();
    twice["variants"].as_array_mut().unwrap().push(variant);
    let mut blank = with_variant(good.clone());
    blank["title"] = json!(" ");
    let mut taken = with_variant(good.clone());
    taken["handle"] = json!("Cap");
    let mut bare = with_variant(good.clone());
    bare.as_object_mut().unwrap().remove("productOptions");
    let path = |steps: &[&'static str]| [&["input", "variants", "0"], steps].concat();
    let row = |member: &'static str| path(&["inventoryQuantities", "1", member]);
    let nowhere = "gid://shopify/Location/77";
    for (input, field, message, code) in [
        (
            stocked(nowhere, "available", 2),
            row("locationId"),
            "The specified location could not be found.",
            "INVALID_VARIANT",
        ),
        (
            stocked(LYON, "reserved", 2),
            row("name"),
            "The quantity name must be either 'available' or 'on_hand'.",
            "INVALID_VARIANT",
        ),
        (
            stocked(LYON, "available", 1_000_000_001),
            row("quantity"),
            "The quantity can't be higher than 1,000,000,000.",
            "INVALID_VARIANT",
        ),
        (
            stocked(LYON, "on_hand", -1),
            row("quantity"),
            "The quantity can't be negative.",
            "INVALID_VARIANT",
        ),
        (
            stocked(BERLIN, "available", 2),
            row("locationId"),
            "The combination of inventoryItemId and locationId must be unique.",
            "DUPLICATED_VALUE",
        ),
        (
            with_variant(json!({ "price": "-0.01", "sku": "X" })),
            path(&["price"]),
            "Price must be greater than or equal to 0",
            "INVALID_VARIANT",
        ),
        (
            with_variant(json!({ "id": CAP_VARIANT, "price": "3" })),
            path(&["id"]),
            "Product variant does not exist",
            "PRODUCT_VARIANT_DOES_NOT_EXIST",
        ),
        (
            with_variant(json!({ "optionValues": [{ "optionName": "Size", "name": "L" }] })),
            path(&["optionValues"]),
            "Option does not exist",
            "OPTION_DOES_NOT_EXIST",
        ),
        (
            with_variant(json!({ "optionValues": [{ "optionName": "Title", "name": "L" }] })),
            path(&["optionValues"]),
            "Option value does not exist",
            "OPTION_VALUE_DOES_NOT_EXIST",
        ),
        (
            with_variant(json!({ "optionValues": [] })),
            path(&["optionValues"]),
            "You need to add option values for Title",
            "INVALID_VARIANT",
        ),
        (
            twice,
            vec!["input", "variants", "1"],
            "The variant 'Default Title' already exists. Please change at least one option value.",
            "INVALID_VARIANT",
        ),
        (
            blank,
            vec!["input", "title"],
            "Title can't be blank",
            "INVALID_PRODUCT",
        ),
        (
            taken,
            vec!["input", "handle"],
            "Handle 'Cap' already in use. Please provide a new handle.",
            "HANDLE_NOT_UNIQUE",
        ),
        (
            bare,
            vec!["input", "productOptions"],
            "Must specify product options when updating variants.",
            "PRODUCT_OPTIONS_INPUT_MISSING",
        ),
        (
            json!({ "title": "T", "productOptions": [] }),
            vec!["input", "variants"],
            "Must specify variants when updating options.",
            "VARIANTS_INPUT_MISSING",
        ),
    ] {
        let done = set(&mut bench, by_id(), input.clone());
        assert_eq!(done["product"], Value::Null, "{input}");
        let error = json!({ "field": field, "message": message, "code": code });
        assert_eq!(done["userErrors"][0], error, "{input}");
    }
    let after = bench.rest("GET", "products.json", Value::Null);
    assert_eq!(before.body(), after.body());
    assert_eq!(told(&mut bench), []);
    assert_eq!(bench.displayed_facts(), []);
    // A gid of another type is refused as everywhere.
    let order = "gid://shopify/Order/5001000000001";
    for (by, input) in [
        (json!({ "id": order }), json!({})),
        (json!(null), json!({ "id": order })),
        (by_id(), with_variant(json!({ "id": order }))),
    ] {
        let variables = json!({ "by": by, "input": input });
        let answer = bench.graphql(SET, variables);
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "RESOURCE_NOT_FOUND", "{answer}");
    }
}

#[test]
fn a_product_is_named_by_id_or_handle_and_other_options_are_told_as_not_simulated() {
    let mut bench = Bench::ideal();
    let input = |title: &str| json!({ "title": title, "handle": "mug" });
    for (by, own) in [
        (by_id(), json!({ "title": "One" })),
        (json!({ "handle": "mug" }), input("Two")),
        (json!(null), json!({ "id": MUG, "title": "Three" })),
    ] {
        let done = set(&mut bench, by, own.clone());
        assert_eq!(done["product"]["title"], own["title"], "{done}");
    }
    let gone = "gid://shopify/Product/2001000000099";
    let other = with_variant(json!({}));
    let mut options = other.clone();
    options["productOptions"] = json!([{ "name": "Size", "values": [{ "name": "L" }] }]);
    let mut none = other;
    none["variants"] = json!([]);
    for (by, own, field, code) in [
        (
            json!({ "id": gone }),
            json!({ "title": "X" }),
            vec!["identifier", "id"],
            "NOT_FOUND",
        ),
        (
            json!(null),
            json!({ "id": gone }),
            vec!["input", "id"],
            "PRODUCT_DOES_NOT_EXIST",
        ),
        (
            by_id(),
            json!({ "id": MUG }),
            vec!["input", "id"],
            "ID_NOT_ALLOWED",
        ),
        (
            json!({ "handle": "mug" }),
            json!({ "title": "X" }),
            vec!["input", "handle"],
            "MISSING_FIELD_REQUIRED",
        ),
        (
            json!({ "handle": "cap" }),
            input("X"),
            vec!["input", "handle"],
            "INPUT_MISMATCH",
        ),
        (
            json!({ "handle": "new" }),
            json!({ "handle": "new" }),
            vec!["input", "title"],
            "INVALID_PRODUCT",
        ),
        (
            json!(null),
            json!({ "vendor": "Kiln" }),
            vec!["input", "title"],
            "INVALID_PRODUCT",
        ),
        (
            by_id(),
            options,
            vec!["input", "productOptions"],
            "GENERIC_ERROR",
        ),
        (by_id(), none, vec!["input", "variants"], "GENERIC_ERROR"),
    ] {
        let done = set(&mut bench, by, own.clone());
        let error = &done["userErrors"][0];
        assert_eq!(
            (&error["field"], &error["code"]),
            (&json!(field), &json!(code)),
            "{own}"
        );
        let is_said = error["message"]
            .as_str()
            .unwrap()
            .starts_with("Not simulated: ");
        assert_eq!(is_said, code == "GENERIC_ERROR", "{error}");
    }
    let asked = bench.shop.not_simulated();
    let count = |name: &str| asked.iter().find(|it| it.0 == name).map(|it| it.1);
    assert_eq!(count("Mutation.productSet"), Some(2));
    let kept = set(
        &mut bench,
        by_id(),
        json!({ "requiresSellingPlan": true, "title": "Four" }),
    );
    assert_eq!(kept["product"]["title"], "Four");
    let asked = bench.shop.not_simulated();
    assert!(
        asked.contains(&("ProductSetInput.requiresSellingPlan".to_owned(), 1)),
        "{asked:?}"
    );
}
