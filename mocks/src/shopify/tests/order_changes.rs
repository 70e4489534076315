//! What apps change of an order's contacts, address and attributes.

use serde_json::{Value, json};

use super::Bench;
use super::made_orders::{create, money};

const FIELDS: &str = "id email phone customAttributes { key value } shippingAddress { lastName city provinceCode countryCodeV2 } billingAddress { city } customer { email }";

fn update(bench: &mut Bench, input: Value) -> Value {
    let text = format!(
        "mutation($input: OrderInput!) {{ orderUpdate(input: $input) {{ order {{ {FIELDS} }} userErrors {{ message }} }} }}"
    );
    let answer = bench.graphql(&text, json!({ "input": input }));
    assert_eq!(
        answer["data"]["orderUpdate"]["userErrors"],
        json!([]),
        "{answer}"
    );
    answer["data"]["orderUpdate"]["order"].clone()
}

fn changes(id: &Value) -> Value {
    json!({
        "id": id,
        "email": "after@example.com",
        "phone": "+4930123456",
        "customAttributes": [{ "key": "ribbon", "value": "red" }],
        "shippingAddress": { "lastName": "Okafor", "address1": "2 Pier Rd", "city": "Halifax", "provinceCode": "NS", "countryCode": "CA", "zip": "B3H 1A1" },
    })
}

#[test]
fn an_order_of_a_checkout_is_changed_and_its_customer_is_not() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 1)]);
    let id = json!("gid://shopify/Order/5001000000001");
    let text = format!("{{ order(id: {id}) {{ {FIELDS} }} }}");
    let before = bench.graphql(&text, json!({}))["data"]["order"].clone();
    let changed = update(&mut bench, changes(&id));
    assert_eq!(
        changed,
        json!({
            "id": id,
            "email": "after@example.com",
            "phone": "+4930123456",
            "customAttributes": [{ "key": "ribbon", "value": "red" }],
            "shippingAddress": { "lastName": "Okafor", "city": "Halifax", "provinceCode": "NS", "countryCodeV2": "CA" },
            "billingAddress": before["billingAddress"],
            "customer": before["customer"],
        })
    );
    let told = bench.rest("GET", "orders/5001000000001.json", Value::Null);
    let told: Value = serde_json::from_slice(told.body()).unwrap();
    let told = &told["order"];
    assert_eq!(
        (
            &told["phone"],
            &told["note_attributes"],
            &told["shipping_address"]["city"]
        ),
        (
            &json!("+4930123456"),
            &json!([{ "name": "ribbon", "value": "red" }]),
            &json!("Halifax")
        )
    );
    // What is not named stays.
    let noted = update(&mut bench, json!({ "id": id, "note": "ring" }));
    assert_eq!(noted["shippingAddress"]["city"], "Halifax");
    let cleared = update(&mut bench, json!({ "id": id, "email": null }));
    assert_eq!(cleared["email"], Value::Null);
    assert_eq!(cleared["customer"], before["customer"]);
}

#[test]
fn the_customer_of_an_order_that_an_app_made_keeps_its_address_too() {
    let mut bench = Bench::ideal();
    let made = create(
        &mut bench,
        json!({ "email": "before@example.com", "lineItems": [{ "title": "Bowl", "quantity": 1, "priceSet": money("3.00") }] }),
        "BYPASS",
    );
    let changed = update(&mut bench, changes(&made["order"]["id"]));
    assert_eq!(
        (&changed["email"], &changed["customer"]["email"]),
        (&json!("after@example.com"), &json!("before@example.com"))
    );
}
