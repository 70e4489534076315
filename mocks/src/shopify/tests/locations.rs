//! Locations that apps add, change, deactivate and delete (docs/platforms/shopify.md 4.6).

use serde_json::{Value, json};

use super::Bench;

const ADD: &str = "mutation($input: LocationAddInput!) { locationAdd(input: $input) { location { id name isActive activatable deactivatable deletable hasActiveInventory hasUnfulfilledOrders fulfillsOnlineOrders address { formatted province } } userErrors { field code message } } }";
const DEACTIVATE: &str = "mutation($id: ID!, $to: ID, $key: String!) { locationDeactivate(locationId: $id, destinationLocationId: $to) @idempotent(key: $key) { location { isActive deletable deactivatedAt } locationDeactivateUserErrors { field code } } }";
const ACTIVATE: &str = "mutation($id: ID!, $key: String!) { locationActivate(locationId: $id) @idempotent(key: $key) { location { isActive } locationActivateUserErrors { field code } } }";
const DELETE: &str = "mutation($id: ID!) { locationDelete(locationId: $id) { deletedLocationId locationDeleteUserErrors { field code } } }";
const BERLIN: &str = "gid://shopify/Location/1101000000001";
const LYON: &str = "gid://shopify/Location/1101000000002";

/// Adds a location of this name and returns its gid.
fn added(bench: &mut Bench, name: &str) -> String {
    let input = json!({ "name": name, "address": { "countryCode": "CA", "city": "Halifax", "provinceCode": "NS" } });
    let answer = bench.graphql(ADD, json!({ "input": input }));
    let payload = &answer["data"]["locationAdd"];
    assert_eq!(payload["userErrors"], json!([]), "{answer}");
    payload["location"]["id"].as_str().unwrap().to_owned()
}

/// The codes of a mutation's errors.
fn codes(answer: &Value, mutation: &str) -> Vec<String> {
    let errors = answer["data"][mutation][format!("{mutation}UserErrors")].as_array();
    let errors = errors.unwrap_or_else(|| panic!("{answer}")).iter();
    errors
        .map(|error| error["code"].as_str().unwrap_or("").to_owned())
        .collect()
}

#[test]
fn a_location_is_added_used_and_deleted() {
    let mut bench = Bench::ideal();
    let input = json!({
        "name": "Halifax", "fulfillsOnlineOrders": false,
        "address": { "address1": "7 Harbour Way", "city": "Halifax", "provinceCode": "NS", "zip": "B3H 1A1", "countryCode": "CA" },
    });
    let answer = bench.graphql(ADD, json!({ "input": input }));
    let location = &answer["data"]["locationAdd"]["location"];
    assert_eq!(
        (
            &location["address"]["formatted"],
            &location["address"]["province"]
        ),
        (
            &json!(["7 Harbour Way", "Halifax NS B3H 1A1", "Canada"]),
            &json!("Nova Scotia")
        )
    );
    for (field, expected) in [
        ("isActive", true),
        ("activatable", true),
        ("deactivatable", true),
        ("deletable", false),
        ("hasActiveInventory", false),
        ("hasUnfulfilledOrders", false),
        ("fulfillsOnlineOrders", false),
    ] {
        assert_eq!(location[field], expected, "{field}: {answer}");
    }
    // One scalar of these must be looked for.
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 11);
    let halifax = location["id"].as_str().unwrap().to_owned();

    // Nothing is stocked there until somebody says so, and then it is on sale.
    let level = "query($at: ID!) { inventoryItem(id: \"gid://shopify/InventoryItem/3001000000001\") { inventoryLevel(locationId: $at) { isActive } locationsCount { count } variant { inventoryQuantity } } }";
    let before = bench.graphql(level, json!({ "at": halifax }));
    assert_eq!(
        before["data"]["inventoryItem"]["inventoryLevel"],
        Value::Null
    );
    let stocked = bench.graphql(
        "mutation($at: ID!) { inventoryActivate(inventoryItemId: \"gid://shopify/InventoryItem/3001000000001\", locationId: $at, available: 4) @idempotent(key: \"h1\") { userErrors { message } } }",
        json!({ "at": halifax }),
    );
    assert_eq!(
        stocked["data"]["inventoryActivate"]["userErrors"],
        json!([])
    );
    let after = bench.graphql(level, json!({ "at": halifax }));
    assert_eq!(
        after["data"]["inventoryItem"],
        json!({ "inventoryLevel": { "isActive": true }, "locationsCount": { "count": 3 }, "variant": { "inventoryQuantity": 14 } })
    );

    // What stocks something is deactivated only when another location takes over.
    let refused = bench.graphql(DEACTIVATE, json!({ "id": halifax, "key": "d1" }));
    assert_eq!(
        codes(&refused, "locationDeactivate"),
        ["HAS_ACTIVE_INVENTORY_ERROR"]
    );
    assert_eq!(
        refused["data"]["locationDeactivate"]["location"]["isActive"],
        true
    );
    let active = bench.graphql(DELETE, json!({ "id": halifax }));
    assert_eq!(codes(&active, "locationDelete"), ["LOCATION_IS_ACTIVE"]);
    let same = bench.graphql(
        DEACTIVATE,
        json!({ "id": halifax, "to": halifax, "key": "d2" }),
    );
    assert_eq!(
        codes(&same, "locationDeactivate"),
        ["DESTINATION_LOCATION_IS_THE_SAME_LOCATION"]
    );
    let done = bench.graphql(
        DEACTIVATE,
        json!({ "id": halifax, "to": LYON, "key": "d3" }),
    );
    assert!(codes(&done, "locationDeactivate").is_empty(), "{done}");
    let location = &done["data"]["locationDeactivate"]["location"];
    assert_eq!(
        (&location["isActive"], &location["deletable"]),
        (&json!(false), &json!(true))
    );
    assert!(location["deactivatedAt"].is_string());
    let moved = bench.graphql(level, json!({ "at": LYON }));
    assert_eq!(
        moved["data"]["inventoryItem"]["variant"]["inventoryQuantity"],
        14
    );

    // It stocks nothing any more, is not listed unless asked for, and is gone when it is deleted.
    let again = bench.graphql(
        "mutation($at: ID!) { inventoryActivate(inventoryItemId: \"gid://shopify/InventoryItem/3001000000001\", locationId: $at) @idempotent(key: \"h2\") { userErrors { field } } }",
        json!({ "at": halifax }),
    );
    assert_eq!(
        again["data"]["inventoryActivate"]["userErrors"],
        json!([{ "field": ["locationId"] }])
    );
    let listed = "query($all: Boolean) { locations(first: 9, includeInactive: $all) { nodes { name } } locationsCount { count } }";
    let active = bench.graphql(listed, json!({}));
    assert_eq!(
        active["data"]["locations"]["nodes"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(active["data"]["locationsCount"]["count"], 2);
    let all = bench.graphql(listed, json!({ "all": true }));
    assert_eq!(
        all["data"]["locations"]["nodes"].as_array().unwrap().len(),
        3
    );
    let deleted = bench.graphql(DELETE, json!({ "id": halifax }));
    assert_eq!(
        deleted["data"]["locationDelete"]["deletedLocationId"],
        halifax
    );
    let gone = bench.graphql(
        "query($id: ID!) { location(id: $id) { name } }",
        json!({ "id": halifax }),
    );
    assert_eq!(gone["data"]["location"], Value::Null, "{gone}");
    let unknown = bench.graphql(DELETE, json!({ "id": halifax }));
    assert_eq!(codes(&unknown, "locationDelete"), ["LOCATION_NOT_FOUND"]);
    // The next one has a number of its own.
    assert_ne!(added(&mut bench, "Moncton"), halifax);
}

#[test]
fn open_orders_go_where_the_stock_goes() {
    let mut bench = Bench::ideal();
    // The second location takes over what the first has, an order that waits there included.
    bench.checkout(&[(0, 3)]);
    let refused = bench.graphql(DEACTIVATE, json!({ "id": BERLIN, "key": "b1" }));
    assert_eq!(
        codes(&refused, "locationDeactivate"),
        ["HAS_ACTIVE_INVENTORY_ERROR", "HAS_FULFILLMENT_ORDERS_ERROR"]
    );
    let done = bench.graphql(DEACTIVATE, json!({ "id": BERLIN, "to": LYON, "key": "b2" }));
    assert!(codes(&done, "locationDeactivate").is_empty(), "{done}");
    // With the same key nothing happens again, and another input is no longer taken under it.
    let repeated = bench.graphql(DEACTIVATE, json!({ "id": BERLIN, "to": LYON, "key": "b2" }));
    assert!(codes(&repeated, "locationDeactivate").is_empty());
    let mismatch = bench.graphql(DEACTIVATE, json!({ "id": LYON, "key": "b2" }));
    assert_eq!(
        codes(&mismatch, "locationDeactivate"),
        ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    );
    assert_eq!(
        mismatch["data"]["locationDeactivate"]["location"]["isActive"],
        true
    );
    let read = bench.graphql(
        "{ order(id: \"gid://shopify/Order/5001000000001\") { fulfillmentOrders(first: 2) { nodes { assignedLocation { location { id } } } } } inventoryItem(id: \"gid://shopify/InventoryItem/3001000000001\") { inventoryLevels(first: 5) { nodes { location { name } quantities(names: [\"available\", \"committed\", \"on_hand\"]) { quantity } } } } }",
        json!({}),
    );
    let order = &read["data"]["order"]["fulfillmentOrders"]["nodes"][0];
    assert_eq!(order["assignedLocation"]["location"]["id"], LYON);
    assert_eq!(
        read["data"]["inventoryItem"]["inventoryLevels"]["nodes"],
        json!([{ "location": { "name": "lyon" }, "quantities": [{ "quantity": 7 }, { "quantity": 3 }, { "quantity": 10 }] }])
    );
    // The staff count what is active.
    use crate::core::Storefront;
    let outcome = bench
        .shop
        .edit_count(bench.now, crate::core::ListingIndex(1), 25);
    assert_eq!(outcome, crate::core::ActOutcome::Done);
    let counted = bench.graphql(
        "{ inventoryItem(id: \"gid://shopify/InventoryItem/3001000000002\") { variant { inventoryQuantity } inventoryLevels(first: 5) { nodes { location { name } } } } }",
        json!({}),
    );
    assert_eq!(
        counted["data"]["inventoryItem"],
        json!({ "variant": { "inventoryQuantity": 25 }, "inventoryLevels": { "nodes": [{ "location": { "name": "lyon" } }] } })
    );
    // The last one that fulfils online orders stays, and an order is still taken from it.
    let last = bench.graphql(DEACTIVATE, json!({ "id": LYON, "key": "b3" }));
    assert_eq!(
        codes(&last, "locationDeactivate"),
        ["CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT"]
    );
    bench.checkout(&[(0, 7)]);
}

#[test]
fn names_belong_to_active_locations() {
    let mut bench = Bench::ideal();
    let first = added(&mut bench, "Moncton");
    let taken = json!({ "name": "Moncton", "address": { "countryCode": "US", "zip": "4401" } });
    let refused = bench.graphql(ADD, json!({ "input": taken }));
    let errors = &refused["data"]["locationAdd"]["userErrors"];
    assert_eq!(errors[0]["code"], "TAKEN", "{refused}");
    assert_eq!(
        (&errors[1]["code"], &errors[1]["field"]),
        (
            &json!("INVALID_US_ZIPCODE"),
            &json!(["input", "address", "zip"])
        )
    );
    let done = bench.graphql(DEACTIVATE, json!({ "id": first, "key": "m1" }));
    assert!(codes(&done, "locationDeactivate").is_empty());
    let second = added(&mut bench, "Moncton");
    let blocked = bench.graphql(ACTIVATE, json!({ "id": first, "key": "m2" }));
    assert_eq!(codes(&blocked, "locationActivate"), ["HAS_NON_UNIQUE_NAME"]);
    let renamed = bench.graphql(
        "mutation($id: ID!) { locationEdit(id: $id, input: { name: \"Dieppe\", address: { city: null } }) { location { name address { city country } } userErrors { code } } }",
        json!({ "id": second }),
    );
    assert_eq!(
        renamed["data"]["locationEdit"],
        json!({ "location": { "name": "Dieppe", "address": { "city": null, "country": "Canada" } }, "userErrors": [] })
    );
    let free = bench.graphql(ACTIVATE, json!({ "id": first, "key": "m3" }));
    assert!(codes(&free, "locationActivate").is_empty(), "{free}");
    // Metafields come with the location; one without a value is left out, and one without a key refuses the whole.
    let shelves = |metafields: Value| json!({ "input": { "name": "Shediac", "address": { "countryCode": "CA" }, "metafields": metafields } });
    let refused = bench.graphql(
        ADD,
        shelves(json!([{ "namespace": "custom", "key": "gate", "type": "door", "value": "4" }])),
    );
    let error = &refused["data"]["locationAdd"]["userErrors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (
            &json!(["input", "metafields", "0", "type"]),
            &json!("INVALID_TYPE")
        )
    );
    let nameless = bench.graphql(
        ADD,
        shelves(json!([{ "namespace": "custom", "key": "", "type": "boolean", "value": "true" }])),
    );
    assert_eq!(nameless["errors"][0]["message"], "key can't be blank");
    assert_eq!(
        nameless["errors"][0]["extensions"]["code"],
        "INVALID_FIELD_ARGUMENTS"
    );
    let made = bench.graphql(
        ADD,
        shelves(json!([
            { "namespace": "custom", "key": "gate", "type": "number_integer", "value": "4" },
            { "namespace": "custom", "key": "dock", "type": "number_integer", "value": "" },
        ])),
    );
    let id = &made["data"]["locationAdd"]["location"]["id"];
    let read = bench.graphql(
        "query($id: ID!) { location(id: $id) { metafields(first: 5) { nodes { key value } } } }",
        json!({ "id": id }),
    );
    assert_eq!(
        read["data"]["location"]["metafields"]["nodes"],
        json!([{ "key": "gate", "value": "4" }])
    );
    let keyless = bench.graphql(
        "mutation($id: ID!) { locationActivate(locationId: $id) { location { id } } }",
        json!({ "id": first }),
    );
    assert_eq!(keyless["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    let other = bench.graphql(DELETE, json!({ "id": "gid://shopify/Order/5001000000001" }));
    assert_eq!(
        other["errors"][0]["message"],
        "Invalid id: gid://shopify/Order/5001000000001"
    );
}
