//! Units moved from one state to another.

use serde_json::{Value, json};

use super::Bench;
use crate::core::Cause;

const MOVE: &str = "mutation($input: InventoryMoveQuantitiesInput!, $key: String!) {
  it: inventoryMoveQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { reason changes { name delta ledgerDocumentUri } }
    userErrors { field message code } } }";
const BERLIN: &str = "gid://shopify/Location/1101000000001";
const LYON: &str = "gid://shopify/Location/1101000000002";

fn end(name: &str, expected: i64, document: Value) -> Value {
    json!({ "locationId": BERLIN, "name": name, "changeFromQuantity": expected, "ledgerDocumentUri": document })
}

fn input(quantity: i64, from: Value, to: Value) -> Value {
    let change = json!({ "inventoryItemId": "gid://shopify/InventoryItem/3001000000001", "quantity": quantity, "from": from, "to": to });
    json!({ "reason": "damaged", "referenceDocumentUri": "wms://count/8", "changes": [change] })
}

fn run(bench: &mut Bench, key: &str, input: &Value) -> Value {
    let answer = bench.graphql(MOVE, json!({ "input": input, "key": key }));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["it"].clone()
}

fn errors(bench: &mut Bench, input: &Value) -> Vec<(Value, String)> {
    let key = format!("fresh {}", bench.requests);
    let answer = run(bench, &key, input);
    assert!(answer["inventoryAdjustmentGroup"].is_null());
    let errors = answer["userErrors"].as_array().unwrap();
    let code = |error: &Value| error["code"].as_str().unwrap().to_owned();
    errors
        .iter()
        .map(|error| (error["field"].clone(), code(error)))
        .collect()
}

#[test]
fn damaged_units_leave_what_can_be_sold_and_stay_on_hand() {
    let mut bench = Bench::ideal();
    let wanted = input(
        3,
        end("available", 10, Value::Null),
        end("damaged", 0, json!("wms://report/4")),
    );
    let done = run(&mut bench, "first", &wanted);
    assert_eq!(
        done["inventoryAdjustmentGroup"],
        json!({ "reason": "damaged", "changes": [
            { "name": "available", "delta": -3, "ledgerDocumentUri": null },
            { "name": "damaged", "delta": 3, "ledgerDocumentUri": "wms://report/4" },
        ] }),
        "{done}"
    );
    // The same key again shows the same group and moves nothing.
    assert_eq!(run(&mut bench, "first", &wanted), done);
    let level = bench.shop.store.state.stock.level(0, 0).clone();
    assert_eq!(
        (level.available, level.quantity("damaged"), level.on_hand()),
        (7, Some(3), 10)
    );
    assert_eq!(bench.displayed(0), 7);
    let facts = bench.displayed_facts();
    assert!(
        matches!(facts[..], [(10, 7, Cause::Write { .. })]),
        "{facts:?}"
    );
    // What arrives raises what is on hand by as much.
    let arrived = input(
        2,
        end("incoming", 0, json!("wms://inbound/1")),
        end("available", 7, Value::Null),
    );
    let done = run(&mut bench, "second", &arrived);
    assert_eq!(
        done["inventoryAdjustmentGroup"]["changes"][2],
        json!({ "name": "on_hand", "delta": 2, "ledgerDocumentUri": null })
    );
    assert_eq!(bench.shop.store.state.stock.level(0, 0).on_hand(), 12);
}

#[test]
fn moves_that_name_the_wrong_states_places_or_documents_change_nothing() {
    let mut bench = Bench::ideal();
    let document = || json!("wms://report/4");
    let good = || end("damaged", 0, document());
    let available = || end("available", 10, Value::Null);
    let at = |steps: &[&str]| {
        let mut path = vec!["input", "changes", "0"];
        path.extend(steps);
        json!(path)
    };
    let one = |field: Value, code: &str| vec![(field, code.to_owned())];
    assert_eq!(
        errors(
            &mut bench,
            &input(
                1,
                end("on_hand", 10, document()),
                end("lost", 0, document())
            )
        ),
        [
            (at(&["from", "name"]), "INVALID_QUANTITY_NAME".to_owned()),
            (at(&["to", "name"]), "INVALID_QUANTITY_NAME".to_owned()),
        ]
    );
    let mut elsewhere = good();
    elsewhere["locationId"] = json!(LYON);
    for (wanted, expected) in [
        (
            input(-1, available(), good()),
            one(at(&["quantity"]), "INVALID_QUANTITY_NEGATIVE"),
        ),
        (input(1, good(), good()), one(at(&[]), "SAME_QUANTITY_NAME")),
        (
            input(1, available(), elsewhere),
            one(at(&[]), "DIFFERENT_LOCATIONS"),
        ),
        (
            input(1, available(), end("damaged", 0, Value::Null)),
            one(
                at(&["to", "ledgerDocumentUri"]),
                "INVALID_QUANTITY_DOCUMENT",
            ),
        ),
        (
            input(1, end("available", 10, document()), good()),
            one(
                at(&["from", "ledgerDocumentUri"]),
                "INVALID_AVAILABLE_DOCUMENT",
            ),
        ),
        (
            input(1, end("available", 9, Value::Null), good()),
            one(
                at(&["from", "changeFromQuantity"]),
                "CHANGE_FROM_QUANTITY_STALE",
            ),
        ),
    ] {
        assert_eq!(errors(&mut bench, &wanted), expected, "{wanted}");
    }
    let mut unfit = input(1, available(), good());
    unfit["reason"] = json!("because");
    let expected = one(json!(["input", "reason"]), "INVALID_REASON");
    assert_eq!(errors(&mut bench, &unfit), expected);
    let level = bench.shop.store.state.stock.level(0, 0);
    assert_eq!((level.available, level.on_hand()), (10, 10));
}

#[test]
fn a_move_where_the_item_is_not_stocked_is_refused_until_2026_07_and_stocks_it_from_then_on() {
    let mut bench = Bench::ideal();
    let mut ends = [
        ("available", Value::Null),
        ("damaged", json!("wms://report/9")),
    ]
    .map(|(name, document)| end(name, 0, document));
    for end in &mut ends {
        end["locationId"] = json!(LYON);
        end["changeFromQuantity"] = Value::Null;
    }
    let [from, to] = ends;
    let wanted = input(0, from.clone(), to.clone());
    let item = "gid://shopify/InventoryItem/3001000000001";
    let left = bench.graphql(
        &format!("mutation {{ inventoryBulkToggleActivation(inventoryItemId: \"{item}\", inventoryItemUpdates: [{{ locationId: \"{LYON}\", activate: false }}]) {{ userErrors {{ message }} }} }}"),
        json!({}),
    );
    assert_eq!(
        left["data"]["inventoryBulkToggleActivation"]["userErrors"],
        json!([])
    );
    let path = |name: &str| json!(["input", "changes", "0", name, "locationId"]);
    let code = || "ITEM_NOT_STOCKED_AT_LOCATION".to_owned();
    assert_eq!(
        errors(&mut bench, &wanted),
        [(path("from"), code()), (path("to"), code())]
    );
    let wanted = input(2, from, to);
    let body = json!({ "query": MOVE, "variables": { "input": wanted, "key": "later" } });
    let (_, response) = bench.post("/admin/api/2026-10/graphql.json", body.to_string());
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{answer}");
    let level = bench.shop.store.state.stock.level(0, 1);
    assert_eq!(
        (level.is_active, level.quantity("damaged")),
        (true, Some(2))
    );
}
