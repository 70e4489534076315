//! Every field of the schema is served: a query over all of them answers without a field that no writer knows (which
//! stops a test) and without `null` where the schema forbids it.

use serde_json::{Value, json};

use super::Bench;
use crate::shopify::api::graphql::schema::ServedSchema;
use crate::shopify::api::graphql::schema::model::TypeKind;

/// A selection of every field of a type, with objects down to a depth.
fn everything(served: &ServedSchema, type_name: &str, depth: usize) -> String {
    let mut text = String::from("__typename ");
    let schema = &served.schema;
    let Some(definition) = schema.named(type_name) else {
        return text;
    };
    match definition.kind {
        TypeKind::Object => {
            for field in &definition.fields {
                let inner = schema.get(field.ty.inner());
                let name = field.name;
                let arguments = match name {
                    "quantities" => "(names: [\"available\", \"on_hand\", \"incoming\"])",
                    "inventoryLevel" if type_name == "Location" => {
                        "(inventoryItemId: \"gid://shopify/InventoryItem/3001000000001\")"
                    }
                    "inventoryLevel" => "(locationId: \"gid://shopify/Location/1101000000001\")",
                    _ if field.arguments.iter().any(|it| it.name == "first") => "(first: 1)",
                    _ => "",
                };
                if inner.kind.is_leaf() {
                    text += &format!("{name}{arguments} ");
                } else if depth > 0 {
                    let below = everything(served, inner.name, depth - 1);
                    text += &format!("{name}{arguments} {{ {below} }} ");
                }
            }
        }
        TypeKind::Union => {
            for member in &definition.possible {
                let member = schema.get(*member).name;
                text += &format!(
                    "... on {member} {{ {} }} ",
                    everything(served, member, depth)
                );
            }
        }
        _ => {}
    }
    text
}

/// Finds `null` where the schema does not allow it.
fn check(served: &ServedSchema, value: &Value, path: &str) {
    let Value::Object(members) = value else {
        if let Value::Array(elements) = value {
            elements
                .iter()
                .for_each(|element| check(served, element, path));
        }
        return;
    };
    let Some(type_name) = members.get("__typename").and_then(Value::as_str) else {
        return;
    };
    for (name, member) in members {
        let object = served.schema.named(type_name);
        if let Some(field) = object.and_then(|object| object.field(name)) {
            assert!(
                !(field.ty.is_non_null() && member.is_null()),
                "{path}.{name} of {type_name} is null"
            );
        }
        check(served, member, &format!("{path}.{name}"));
    }
}

#[test]
fn all_fields_of_all_types_are_served() {
    let served = ServedSchema::built_in();
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2), (1, 1)]);
    let order = bench.checkout(&[(0, 1)]);
    let shipped = bench.graphql(
        "mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/9701000000001\" }], trackingInfo: { company: \"DHL\", number: \"1\" } }) { userErrors { message } } }",
        json!({}),
    );
    assert_eq!(
        shipped["data"]["fulfillmentCreate"]["userErrors"],
        json!([])
    );
    use crate::core::Storefront;
    assert_eq!(
        bench.shop.cancel_by_buyer(bench.now, order),
        crate::core::ActOutcome::Done
    );
    for uri in [
        "https://example.com/hook",
        "pubsub://project:topic",
        "arn:aws:events:eu::event-source/x",
    ] {
        let made = bench.graphql(
            "mutation($uri: String!) { webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: $uri }) { userErrors { message } } }",
            json!({ "uri": uri }),
        );
        assert_eq!(
            made["data"]["webhookSubscriptionCreate"]["userErrors"],
            json!([])
        );
    }
    for (type_name, gid) in [
        ("Order", "Order/5001000000001"),
        ("Order", "Order/5001000000002"),
        ("LineItem", "LineItem/6001000000001"),
        ("FulfillmentOrder", "FulfillmentOrder/9701000000001"),
        (
            "FulfillmentOrderLineItem",
            "FulfillmentOrderLineItem/19701000000001",
        ),
        ("Fulfillment", "Fulfillment/9001000000001"),
        ("FulfillmentLineItem", "FulfillmentLineItem/17401000000001"),
        ("Refund", "Refund/1201000000001"),
        ("InventoryItem", "InventoryItem/3001000000001"),
        (
            "InventoryLevel",
            "InventoryLevel/110012006578?inventory_item_id=3001000000001",
        ),
        ("Product", "Product/2001000000001"),
        ("ProductVariant", "ProductVariant/4001000000001"),
        ("Location", "Location/1101000000002"),
        ("Shop", "Shop/580111"),
        ("WebhookSubscription", "WebhookSubscription/1701000000001"),
        ("WebhookSubscription", "WebhookSubscription/1701000000002"),
        ("WebhookSubscription", "WebhookSubscription/1701000000003"),
    ] {
        let below = everything(served, type_name, 3);
        let query = format!(
            "{{ node(id: \"gid://shopify/{gid}\") {{ __typename ... on {type_name} {{ {below} }} }} }}"
        );
        let answer = bench.graphql(&query, json!({}));
        assert_eq!(
            answer["data"]["node"]["__typename"], type_name,
            "{gid}: {answer:.300}"
        );
        check(served, &answer["data"], gid);
    }
}

#[test]
fn introspection_is_answered_beside_other_fields() {
    let mut bench = Bench::ideal();
    let answer = bench.graphql(
        "query($n: String!) { __typename shop { name } __type(name: $n) { kind fields { name } } __schema { queryType { name } } }",
        json!({"n": "Count"}),
    );
    assert_eq!(answer["data"]["__typename"], "Query");
    assert_eq!(answer["data"]["shop"]["name"], "demo");
    assert_eq!(answer["data"]["__type"]["fields"][0]["name"], "count");
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
}
