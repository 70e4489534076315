//! Writing stock.

use serde_json::{Value, json};

use super::Bench;
use crate::core::{Cause, CheckoutOutcome, ListingIndex, Storefront};

const SET: &str = "mutation S($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { reason changes { name delta item { id } location { id name } } }
    userErrors { field message code } } }";

fn row(listing: u64, location: u64, quantity: i64, expected: Value) -> Value {
    json!({
        "inventoryItemId": format!("gid://shopify/InventoryItem/{}", 3_001_000_000_001u64 + listing),
        "locationId": format!("gid://shopify/Location/{}", 1_101_000_000_001u64 + location),
        "quantity": quantity,
        "changeFromQuantity": expected,
    })
}

fn set(bench: &mut Bench, key: &str, rows: Vec<Value>) -> Value {
    let input = json!({"name": "available", "reason": "correction", "quantities": rows});
    bench.graphql(SET, json!({"input": input, "key": key}))
}

#[test]
fn a_set_takes_effect_is_shown_and_is_told_to_the_ledger() {
    let mut bench = Bench::ideal();
    let answer = set(
        &mut bench,
        "a",
        vec![row(0, 0, 7, json!(10)), row(0, 1, 2, json!(null))],
    );
    let payload = &answer["data"]["inventorySetQuantities"];
    assert_eq!(payload["userErrors"], json!([]), "{answer}");
    assert_eq!(
        payload["inventoryAdjustmentGroup"]["changes"][0]["delta"],
        -3
    );
    assert_eq!(
        payload["inventoryAdjustmentGroup"]["changes"][1]["name"],
        "on_hand"
    );
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 13);
    assert_eq!(answer["extensions"]["cost"]["actualQueryCost"], 13);
    assert_eq!(bench.displayed(0), 9);
    let cause = Cause::Write {
        sent_at: bench.now,
        received_at: bench.now,
    };
    assert_eq!(bench.displayed_facts(), [(10, 7, cause), (7, 9, cause)]);
}

#[test]
fn writing_the_same_value_makes_the_number_fresh() {
    let mut bench = Bench::ideal();
    set(&mut bench, "a", vec![row(0, 0, 10, json!(null))]);
    let cause = Cause::Write {
        sent_at: bench.now,
        received_at: bench.now,
    };
    assert_eq!(bench.displayed_facts(), [(10, 10, cause)]);
}

#[test]
fn a_stale_row_spoils_the_whole_call_and_spares_the_key() {
    let mut bench = Bench::ideal();
    let rows = vec![row(0, 0, 1, json!(10)), row(1, 0, 1, json!(9))];
    let answer = set(&mut bench, "a", rows);
    let payload = &answer["data"]["inventorySetQuantities"];
    assert_eq!(
        payload["userErrors"][0]["code"],
        "CHANGE_FROM_QUANTITY_STALE"
    );
    assert_eq!(
        payload["userErrors"][0]["field"],
        json!(["input", "quantities", "1", "changeFromQuantity"])
    );
    assert!(payload["inventoryAdjustmentGroup"].is_null());
    assert_eq!(answer["extensions"]["cost"]["actualQueryCost"], 10);
    assert_eq!((bench.displayed(0), bench.displayed(1)), (10, 10));
    let again = set(&mut bench, "a", vec![row(1, 0, 1, json!(10))]);
    assert_eq!(
        again["data"]["inventorySetQuantities"]["userErrors"],
        json!([])
    );
}

#[test]
fn a_key_has_its_effect_once_and_fits_one_input_only() {
    let mut bench = Bench::ideal();
    let change = |delta: i64| {
        let mut row = row(0, 0, 0, json!(null));
        row.as_object_mut().unwrap().remove("quantity");
        row["delta"] = json!(delta);
        json!({"input": {"name": "available", "reason": "correction", "changes": [row]}, "key": "k"})
    };
    let adjust = "mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) { inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { changes { name delta } } userErrors { code } } }";
    let first = bench.graphql(adjust, change(-4));
    let second = bench.graphql(adjust, change(-4));
    assert_eq!(first["data"], second["data"]);
    assert_eq!(bench.displayed(0), 6);
    assert_eq!(bench.displayed_facts().len(), 1);
    let other = bench.graphql(adjust, change(-5));
    assert_eq!(
        other["data"]["inventoryAdjustQuantities"]["userErrors"][0]["code"],
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    );
    // A day later the key means nothing.
    bench.now += crate::core::Micros::from_secs(86_400);
    bench.graphql(adjust, change(-5));
    assert_eq!(bench.displayed(0), 1);
}

#[test]
fn the_directive_and_the_expectation_are_mandatory() {
    let mut bench = Bench::ideal();
    let input = json!({"name": "available", "reason": "correction", "quantities": [row(0, 0, 1, json!(null))]});
    let bare = "mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) { userErrors { message } } }";
    let answer = bench.graphql(bare, json!({ "input": input }));
    assert_eq!(
        answer["errors"][0],
        json!({"message": "The @idempotent directive is required for this mutation but was not provided.",
               "locations": [{"line": 1, "column": 50}], "extensions": {"code": "BAD_REQUEST"}, "path": ["inventorySetQuantities"]})
    );
    assert_eq!(answer["data"], json!({"inventorySetQuantities": null}));
    assert_eq!(answer["extensions"]["cost"]["actualQueryCost"], 10);
    let mut absent = row(0, 0, 1, json!(null));
    absent.as_object_mut().unwrap().remove("changeFromQuantity");
    let answer = set(&mut bench, "k", vec![absent]);
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "INVALID_FIELD_ARGUMENTS"
    );
    assert_eq!(
        answer["errors"][0]["message"],
        "InventoryQuantityInput must include the following argument: changeFromQuantity."
    );
    assert_eq!(bench.displayed(0), 10);
}

#[test]
fn long_inputs_are_refused_whole() {
    let mut bench = Bench::ideal();
    let rows = (0..251).map(|_| row(0, 0, 1, json!(null))).collect();
    let answer = set(&mut bench, "k", rows);
    assert_eq!(
        answer["errors"][0]["message"],
        "The input array size of 251 is greater than the maximum allowed of 250."
    );
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "MAX_INPUT_SIZE_EXCEEDED"
    );
    assert_eq!(
        answer["errors"][0]["path"],
        json!(["inventorySetQuantities", "input", "quantities"])
    );
    assert!(answer["extensions"]["cost"]["actualQueryCost"].is_null());
}

#[test]
fn a_line_splits_over_locations_and_a_short_basket_takes_nothing() {
    let mut bench = Bench::ideal();
    set(
        &mut bench,
        "a",
        vec![row(0, 0, 2, json!(null)), row(0, 1, 3, json!(null))],
    );
    assert_eq!(
        bench.try_checkout(&[(1, 1), (0, 6)]),
        CheckoutOutcome::Refused {
            listing: ListingIndex(0),
            displayed: 5
        }
    );
    assert_eq!(bench.displayed(1), 10);
    bench.checkout(&[(0, 4)]);
    let answer = bench.graphql(
        "{ order(id: \"gid://shopify/Order/5001000000001\") { fulfillmentOrders(first: 5) { nodes { status assignedLocation { name } lineItems(first: 5) { nodes { totalQuantity } } } } }
           inventoryItem(id: \"gid://shopify/InventoryItem/3001000000001\") { inventoryLevels(first: 5) { nodes { quantities(names: [\"available\", \"committed\", \"on_hand\"]) { name quantity } } } } }",
        json!({}),
    );
    let orders = &answer["data"]["order"]["fulfillmentOrders"]["nodes"];
    assert_eq!(orders[0]["assignedLocation"]["name"], "berlin");
    assert_eq!(orders[0]["lineItems"]["nodes"][0]["totalQuantity"], 2);
    assert_eq!(orders[1]["lineItems"]["nodes"][0]["totalQuantity"], 2);
    let quantities = |level: usize| -> Vec<i64> {
        let nodes =
            &answer["data"]["inventoryItem"]["inventoryLevels"]["nodes"][level]["quantities"];
        nodes
            .as_array()
            .unwrap()
            .iter()
            .map(|q| q["quantity"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(
        (quantities(0), quantities(1)),
        (vec![0, 2, 2], vec![1, 2, 3])
    );
    assert_eq!(bench.shop.displayed(ListingIndex(0)), 1);
}

fn payload(bench: &mut Bench, call: &str, payload: &str) -> Value {
    let query = format!("mutation {{ it: {call} {{ {payload} userErrors {{ field message }} }} }}");
    let answer = bench.graphql(&query, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["it"].clone()
}

#[test]
fn a_write_that_changes_nothing_makes_no_group() {
    let mut bench = Bench::ideal();
    let same = set(&mut bench, "a", vec![row(1, 0, 10, json!(10))]);
    let payload = &same["data"]["inventorySetQuantities"];
    assert_eq!(payload["userErrors"], json!([]), "{same}");
    assert_eq!(payload["inventoryAdjustmentGroup"], json!(null), "{same}");
    let other = set(
        &mut bench,
        "b",
        vec![row(1, 0, 10, json!(null)), row(1, 1, 4, json!(0))],
    );
    let changes = &other["data"]["inventorySetQuantities"]["inventoryAdjustmentGroup"]["changes"];
    assert_eq!(changes.as_array().map(Vec::len), Some(2), "{other}");
}

#[test]
fn a_deactivated_level_keeps_its_stock_off_sale_until_it_is_activated_again() {
    let mut bench = Bench::ideal();
    set(&mut bench, "a", vec![row(2, 1, 6, json!(null))]);
    assert_eq!(bench.displayed(2), 16);
    let level = "gid://shopify/InventoryLevel/110012006578?inventory_item_id=3001000000003";
    let off = format!("inventoryDeactivate(inventoryLevelId: \"{level}\")");
    assert_eq!(payload(&mut bench, &off, "")["userErrors"], json!([]));
    assert_eq!(bench.displayed(2), 10);
    let shown = "{ isActive quantities(names: [\"available\", \"on_hand\"]) { quantity } }";
    let read = format!(
        "{{ inventoryLevel(id: \"{level}\") {shown} inventoryItem(id: \"gid://shopify/InventoryItem/3001000000003\") {{ at: inventoryLevel(locationId: \"gid://shopify/Location/1101000000002\") {shown} inventoryLevels(first: 9) {{ nodes {{ id }} }} }} }}"
    );
    let answer = bench.graphql(&read, json!({}));
    let kept = json!({"isActive": false, "quantities": [{"quantity": 6}, {"quantity": 6}]});
    assert_eq!(answer["data"]["inventoryLevel"], kept, "{answer}");
    let item = &answer["data"]["inventoryItem"];
    assert_eq!(item["at"], kept, "{answer}");
    assert_eq!(
        item["inventoryLevels"]["nodes"].as_array().map(Vec::len),
        Some(1)
    );
    // Nobody is sold what lies there.
    assert!(matches!(
        bench.try_checkout(&[(2, 11)]),
        CheckoutOutcome::Refused { .. }
    ));
    let on = "inventoryActivate(inventoryItemId: \"gid://shopify/InventoryItem/3001000000003\", locationId: \"gid://shopify/Location/1101000000002\") @idempotent(key: \"b\")";
    let again = payload(&mut bench, on, &format!("inventoryLevel {shown}"));
    assert_eq!(again["inventoryLevel"]["isActive"], true, "{again}");
    assert_eq!(bench.displayed(2), 16);
    bench.checkout(&[(2, 11)]);
    assert_eq!(bench.displayed(2), 5);
}

#[test]
fn an_activation_says_what_is_wrong_with_its_quantities() {
    let mut bench = Bench::ideal();
    let activate = |bench: &mut Bench, location: &str, quantities: &str| {
        let call = format!(
            "inventoryActivate(inventoryItemId: \"gid://shopify/InventoryItem/3001000000001\", locationId: \"gid://shopify/Location/{location}\"{quantities}) @idempotent(key: \"{location}{}\")",
            quantities.len()
        );
        payload(bench, &call, "inventoryLevel { id }")
    };
    let nowhere = activate(&mut bench, "4", "");
    assert_eq!(
        nowhere["userErrors"],
        json!([{"field": ["locationId"], "message": "The product couldn't be stocked because the location wasn't found."}])
    );
    let both = activate(&mut bench, "1101000000002", ", available: 3, onHand: 4");
    let fields: Vec<&Value> = both["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["field"][0])
        .collect();
    assert_eq!(fields, ["available", "onHand"], "{both}");
    assert!(
        both["userErrors"][1]["message"]
            .as_str()
            .unwrap()
            .contains("at lyon"),
        "{both}"
    );
    let far = activate(&mut bench, "1101000000002", ", available: -1000000001");
    assert!(
        far["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("between -1 billion and 1 billion")
    );
    let active = activate(&mut bench, "1101000000001", ", onHand: 2");
    assert!(
        active["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("Not allowed to set an on_hand")
    );
    assert_eq!(
        active["inventoryLevel"]["id"],
        "gid://shopify/InventoryLevel/110012006577?inventory_item_id=3001000000001"
    );
    assert_eq!(bench.displayed(0), 10);
}

#[test]
fn documents_of_a_write_are_uris_of_others_and_one_a_call() {
    let mut bench = Bench::ideal();
    let adjust = "mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) { inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { id } userErrors { field code } } }";
    let mut codes = |documents: &[&str], reference: Value| {
        let changes: Vec<Value> = documents
            .iter()
            .enumerate()
            .map(|(at, document)| {
                let mut change = row(at as u64, 0, 0, json!(null));
                let members = change.as_object_mut().unwrap();
                members.remove("quantity");
                members.insert("delta".into(), json!(3));
                members.insert("ledgerDocumentUri".into(), json!(document));
                change
            })
            .collect();
        let input = json!({"name": "quality_control", "reason": "quality_control", "referenceDocumentUri": reference, "changes": changes});
        let key = format!("{documents:?}{reference}");
        let answer = bench.graphql(adjust, json!({"input": input, "key": key}));
        let errors = answer["data"]["inventoryAdjustQuantities"]["userErrors"].clone();
        let errors = errors
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
            .clone();
        errors
            .iter()
            .map(|it| {
                (
                    it["field"].as_array().unwrap().len(),
                    it["code"].as_str().unwrap().to_owned(),
                )
            })
            .collect::<Vec<_>>()
    };
    let coded = |depth: usize, code: &str| vec![(depth, code.to_owned())];
    assert_eq!(
        codes(&["gid://shopify/Shop/1"], json!(null)),
        coded(4, "INTERNAL_LEDGER_DOCUMENT")
    );
    assert_eq!(
        codes(&["a bench note"], json!(null)),
        coded(4, "INVALID_LEDGER_DOCUMENT")
    );
    assert_eq!(
        codes(&["wms://a/1", "wms://a/2"], json!(null)),
        coded(2, "MAX_ONE_LEDGER_DOCUMENT")
    );
    assert_eq!(
        codes(&["wms://a/1"], json!("no uri")),
        coded(2, "INVALID_REFERENCE_DOCUMENT")
    );
    assert_eq!(codes(&["wms://a/1", "wms://a/1"], json!("wms://b")), vec![]);
}

#[test]
fn before_2026_04_a_key_may_be_left_out_and_the_older_comparison_is_known() {
    let mut bench = Bench::ideal();
    let mut ask = |version: &str, input: serde_json::Value| {
        let query = "mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) { inventoryAdjustmentGroup { changes { name delta } } userErrors { field code } } }";
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        let (_, answer) = bench.post(&format!("/admin/api/{version}/graphql.json"), body);
        serde_json::from_slice::<serde_json::Value>(answer.body()).unwrap()
    };
    let input = |members: serde_json::Value, row: serde_json::Value| {
        let mut quantity = json!({
            "inventoryItemId": "gid://shopify/InventoryItem/3001000000001",
            "locationId": "gid://shopify/Location/1101000000001",
            "quantity": 41,
        });
        let mut whole = json!({ "name": "available", "reason": "correction" });
        for (object, more) in [(&mut quantity, row), (&mut whole, members)] {
            let more = more.as_object().unwrap().clone();
            object.as_object_mut().unwrap().extend(more);
        }
        whole["quantities"] = json!([quantity]);
        whole
    };
    let payload = |answer: &serde_json::Value| answer["data"]["inventorySetQuantities"].clone();
    // Neither key nor comparison: the write is made.
    let plain = ask("2026-01", input(json!({}), json!({})));
    assert_eq!(payload(&plain)["userErrors"], json!([]), "{plain}");
    assert!(payload(&plain)["inventoryAdjustmentGroup"]["changes"].is_array());
    // What is compared under its first name must still hold, unless the input says otherwise.
    let stale = ask(
        "2026-01",
        input(json!({}), json!({ "compareQuantity": 40 })),
    );
    assert_eq!(
        payload(&stale)["userErrors"],
        json!([{ "field": ["input", "quantities", "0", "compareQuantity"], "code": "COMPARE_QUANTITY_STALE" }]),
        "{stale}"
    );
    let ignored = ask(
        "2026-01",
        input(
            json!({ "ignoreCompareQuantity": true }),
            json!({ "compareQuantity": 40 }),
        ),
    );
    assert_eq!(payload(&ignored)["userErrors"], json!([]), "{ignored}");
    let newer = ask(
        "2025-07",
        input(json!({}), json!({ "changeFromQuantity": 7 })),
    );
    assert_eq!(
        payload(&newer)["userErrors"][0]["code"],
        "CHANGE_FROM_QUANTITY_STALE"
    );
    // From 2026-04 on the older name is unknown and the key is demanded.
    let unknown = ask(
        "2026-04",
        input(json!({}), json!({ "compareQuantity": 41 })),
    );
    let message = unknown["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.ends_with("(Field is not defined on InventoryQuantityInput)"),
        "{message}"
    );
    let keyless = ask(
        "2026-04",
        input(json!({}), json!({ "changeFromQuantity": null })),
    );
    assert_eq!(keyless["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}
