//! What the mutations of stock refuse each in their own way, and what versions refuse otherwise (docs/platforms/shopify.md
//! 4.2 and 4.4).

use serde_json::{Value, json};

use super::{Bench, ideal};
use crate::core::{ListingIndex, Storefront};

/// A mutation of stock, and the names that its rows have.
struct Write {
    name: &'static str,
    list: &'static str,
    value: &'static str,
    names_state: bool,
}

const SET: Write = Write {
    name: "inventorySetQuantities",
    list: "quantities",
    value: "quantity",
    names_state: true,
};
const ADJUST: Write = Write {
    name: "inventoryAdjustQuantities",
    list: "changes",
    value: "delta",
    names_state: true,
};
const SET_ON_HAND: Write = Write {
    name: "inventorySetOnHandQuantities",
    list: "setQuantities",
    value: "quantity",
    names_state: false,
};

impl Write {
    /// A row of a version that compares by the present name.
    fn row(&self, (listing, location): (u64, u64), value: i64) -> Value {
        json!({
            "inventoryItemId": format!("gid://shopify/InventoryItem/{}", 3_001_000_000_001 + listing),
            "locationId": format!("gid://shopify/Location/{}", 1_101_000_000_001 + location),
            self.value: value,
            "changeFromQuantity": null,
        })
    }

    fn input(&self, rows: &[Value]) -> Value {
        let mut input = json!({"reason": "cycle_count_available", self.list: rows});
        if self.names_state {
            input["name"] = json!("available");
        }
        input
    }

    /// Sends an input; the key is the input's own.
    fn send(&self, bench: &mut Bench, version: &str, input: &Value) -> Value {
        let mut ty = self.name.to_owned();
        ty[..1].make_ascii_uppercase();
        let key = match version < "2026-01" {
            true => String::new(),
            false => format!("@idempotent(key: {:?})", input.to_string()),
        };
        let query = format!(
            "mutation($input: {ty}Input!) {{ {}(input: $input) {key} {{ inventoryAdjustmentGroup {{ changes {{ name delta }} }} userErrors {{ field message code }} }} }}",
            self.name
        );
        bench.graphql_in(version, &query, json!({ "input": input }))
    }

    /// The user errors of rows that are written.
    fn errors(&self, bench: &mut Bench, version: &str, rows: &[Value]) -> Value {
        let answer = self.send(bench, version, &self.input(rows));
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"][self.name]["userErrors"].clone()
    }
}

/// An emulator of March 2026, whose oldest version is 2025-10.
fn of_march() -> Bench {
    let mut bench = Bench::new(ideal(
        "versions = { accessible = [\"2025-10\", \"2026-01\", \"2026-04\"], latest = \"2026-04\" }",
    ));
    bench.shop.open_with(ListingIndex(0), 10);
    bench
}

#[test]
fn only_a_plain_set_refuses_the_same_item_and_location_twice() {
    let mut bench = Bench::ideal();
    let twice =
        |write: &Write, first, second| [write.row((1, 0), first), write.row((1, 0), second)];
    let refused = SET.errors(&mut bench, "2026-10", &twice(&SET, 4, 6));
    assert_eq!(refused.as_array().map(Vec::len), Some(2), "{refused}");
    assert_eq!(
        refused[1],
        json!({"field": ["input", "quantities", "1", "locationId"],
               "message": "The combination of inventoryItemId and locationId must be unique.",
               "code": "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"})
    );
    assert_eq!(bench.displayed(1), 10);
    let both = ADJUST.errors(&mut bench, "2026-10", &twice(&ADJUST, 5, -2));
    assert_eq!(both, json!([]));
    assert_eq!(bench.displayed(1), 13);
    let last = SET_ON_HAND.errors(&mut bench, "2026-10", &twice(&SET_ON_HAND, 40, 17));
    assert_eq!(last, json!([]));
    assert_eq!(bench.displayed(1), 17);
}

#[test]
fn too_small_a_quantity_is_refused_with_a_code_that_the_mutation_has() {
    let mut bench = Bench::ideal();
    let mut refused = |write: &Write, value| {
        let errors = write.errors(&mut bench, "2026-07", &[write.row((0, 0), value)]);
        (errors[0]["code"].clone(), errors[0]["message"].clone())
    };
    assert_eq!(
        refused(&SET, -1_000_000_001),
        (
            json!("INVALID_QUANTITY_TOO_LOW"),
            json!("The quantity can't be lower than -1,000,000,000.")
        )
    );
    assert_eq!(
        refused(&ADJUST, -2_000_000_001),
        (
            json!("INVALID_QUANTITY_TOO_LOW"),
            json!("The quantity can't be lower than -2,000,000,000.")
        )
    );
    let negative = (
        json!("INVALID_QUANTITY_NEGATIVE"),
        json!("The quantity can't be negative."),
    );
    assert_eq!(refused(&SET_ON_HAND, -1_000_000_001), negative);
    assert_eq!(refused(&SET_ON_HAND, -3), negative);
}

#[test]
fn each_mutation_has_its_words_for_a_location_that_does_not_stock_the_item() {
    let mut bench = Bench::ideal();
    let level = "gid://shopify/InventoryLevel/110012006578?inventory_item_id=3001000000003";
    let off = format!(
        "mutation {{ inventoryDeactivate(inventoryLevelId: \"{level}\") {{ userErrors {{ message }} }} }}"
    );
    let answer = bench.graphql(&off, json!({}));
    assert_eq!(
        answer["data"]["inventoryDeactivate"]["userErrors"],
        json!([]),
        "{answer}"
    );
    for (write, message) in [
        (
            SET,
            "The specified inventory item is not stocked at the location.",
        ),
        (ADJUST, "The inventory item is not stocked at the location."),
        (
            SET_ON_HAND,
            "The inventory item is not stocked at the location.",
        ),
    ] {
        let row = write.row((2, 1), 3);
        let errors = write.errors(&mut bench, "2026-07", std::slice::from_ref(&row));
        assert_eq!(
            errors,
            json!([{"field": ["input", write.list, "0", "locationId"], "message": message,
                    "code": "ITEM_NOT_STOCKED_AT_LOCATION"}])
        );
    }
    // From 2026-10 on the write stocks the item there.
    assert_eq!(
        SET.errors(&mut bench, "2026-10", &[SET.row((2, 1), 3)]),
        json!([])
    );
    assert_eq!(bench.displayed(2), 13);
}

#[test]
fn a_location_that_is_not_active_is_none_to_writes_of_versions_that_stock_the_item() {
    let mut bench = Bench::ideal();
    let off = "mutation { locationDeactivate(locationId: \"gid://shopify/Location/1101000000002\", destinationLocationId: \"gid://shopify/Location/1101000000001\") @idempotent(key: \"off\") { location { isActive } locationDeactivateUserErrors { code } } }";
    let answer = bench.graphql(off, json!({}));
    assert_eq!(
        answer["data"]["locationDeactivate"]["location"]["isActive"], false,
        "{answer}"
    );
    for (version, code) in [
        ("2026-07", "ITEM_NOT_STOCKED_AT_LOCATION"),
        ("2026-10", "INVALID_LOCATION"),
    ] {
        let errors = SET.errors(&mut bench, version, &[SET.row((0, 1), 1)]);
        assert_eq!(errors[0]["code"], code, "{version}");
    }
}

#[test]
fn before_2026_01_every_row_is_compared_or_none_and_there_are_no_keys() {
    let mut bench = of_march();
    let row = |members: Value| {
        let mut row = SET.row((0, 0), 23);
        let object = row.as_object_mut().unwrap();
        object.remove("changeFromQuantity");
        object.extend(members.as_object().unwrap().clone());
        row
    };
    let required = json!([{"field": ["input", "ignoreCompareQuantity"],
        "message": "The compareQuantity argument must be given to each quantity or ignored using ignoreCompareQuantity.",
        "code": "COMPARE_QUANTITY_REQUIRED"}]);
    assert_eq!(
        SET.errors(&mut bench, "2025-10", &[row(json!({}))]),
        required
    );
    let half = [
        row(json!({"compareQuantity": 10})),
        row(json!({"compareQuantity": null})),
    ];
    assert_eq!(SET.errors(&mut bench, "2025-10", &half), required);
    // An older version is served by the oldest one.
    assert_eq!(
        SET.errors(&mut bench, "2024-07", &[row(json!({}))]),
        required
    );
    assert_eq!(bench.displayed(0), 10);
    let stale = SET.errors(
        &mut bench,
        "2025-10",
        &[row(json!({"compareQuantity": 11}))],
    );
    assert_eq!(stale[0]["code"], "COMPARE_QUANTITY_STALE");
    let compared = SET.errors(
        &mut bench,
        "2025-10",
        &[row(json!({"compareQuantity": 10}))],
    );
    assert_eq!((compared, bench.displayed(0)), (json!([]), 23));
    let mut ignoring = SET.input(&[row(json!({"quantity": 8}))]);
    ignoring["ignoreCompareQuantity"] = json!(true);
    let ignored = SET.send(&mut bench, "2025-10", &ignoring);
    assert_eq!(
        ignored["data"][SET.name]["userErrors"],
        json!([]),
        "{ignored}"
    );
    assert_eq!(bench.displayed(0), 8);

    let newer = SET.send(&mut bench, "2025-10", &SET.input(&[SET.row((0, 0), 1)]));
    let message = newer["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.ends_with("changeFromQuantity (Field is not defined on InventoryQuantityInput)"),
        "{message}"
    );
    let keyed = "mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) @idempotent(key: \"k\") { userErrors { code } } }";
    let answer = bench.graphql_in("2025-10", keyed, json!({ "input": ignoring }));
    assert_eq!(
        answer["errors"][0]["message"], "Directive @idempotent is not defined",
        "{answer}"
    );
    // A version later both ways are known and neither is demanded.
    assert_eq!(
        SET.errors(&mut bench, "2026-01", &[row(json!({}))]),
        json!([])
    );
}
