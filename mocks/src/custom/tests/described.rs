//! The OpenAPI description says what is served, and nothing else.

use super::*;
use crate::custom::api::coverage;

const DESCRIPTION: &str = include_str!("../../../../docs/custom.openapi.json");

#[test]
fn every_operation_is_in_the_openapi_description_and_nothing_else() {
    let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut described: Vec<(String, String)> = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            let name = operation["operationId"].as_str().unwrap().to_string();
            described.push((name, format!("{} {path}", method.to_uppercase())));
        }
    }
    let mut served: Vec<(String, String)> = coverage()
        .iter()
        .map(|it| (it.name.to_string(), it.path.to_string()))
        .collect();
    described.sort();
    served.sort();
    assert_eq!(described, served);
}

/// Every member that an answer has is in the schema that the description gives for it, and of its type.
#[test]
fn answers_have_the_members_that_are_described() {
    let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let mut world = World::ideal("");
    world.subscribe(&["order.created", "quantity.changed"]);
    let order = world.buy(&[(0, 2)]);
    let id = world.shop.native_order_id(order);
    let parcel =
        json!({"carrier": "DHL", "tracking_number": "T", "lines": [{"id": "1", "quantity": 1}]});
    let answers = [
        ("/v1/shop", "get", world.get("/v1/shop")),
        ("/v1/products", "get", world.get("/v1/products?limit=2")),
        (
            "/v1/products/{sku}/quantity",
            "get",
            world.get("/v1/products/SKU-0/quantity"),
        ),
        (
            "/v1/products/{sku}/quantity",
            "put",
            world.put("SKU-0", 4, ""),
        ),
        (
            "/v1/orders/{id}/fulfillments",
            "post",
            world.post(&format!("/v1/orders/{id}/fulfillments"), &parcel),
        ),
        ("/v1/orders", "get", world.get("/v1/orders")),
        (
            "/v1/orders/{id}",
            "get",
            world.get(&format!("/v1/orders/{id}")),
        ),
        ("/v1/webhooks", "get", world.get("/v1/webhooks")),
        ("/v1/orders/{id}", "get", world.get("/v1/orders/5")),
    ];
    for (path, method, answer) in answers {
        let status = answer.status.to_string();
        let described = &description["paths"][path][method]["responses"][&status];
        let described = resolved(&description, described);
        let schema = &described["content"]["application/json"]["schema"];
        hold(
            &description,
            schema,
            &answer.body,
            &format!("{method} {path} {status}"),
        );
    }
    for (_, webhook) in &world.deliveries {
        let topic = webhook.headers()["x-topic"].to_str().unwrap();
        let described = &description["webhooks"][topic]["post"]["requestBody"];
        let schema = &described["content"]["application/json"]["schema"];
        let body = serde_json::from_slice(webhook.body()).unwrap();
        hold(&description, schema, &body, topic);
    }
}

fn resolved<'a>(description: &'a Value, of: &'a Value) -> &'a Value {
    match of["$ref"].as_str() {
        Some(path) => description.pointer(path.trim_start_matches('#')).unwrap(),
        None => of,
    }
}

/// Holds a value against as much of JSON Schema as the description uses.
fn hold(description: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = resolved(description, schema);
    assert!(schema.is_object(), "{at}: nothing is described");
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(all) => all.iter().map(|it| it.as_str().unwrap()).collect(),
        _ => panic!("{at}: no type"),
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(types.contains(&is), "{at}: {value} is no {types:?}");
    if let Some(known) = schema["enum"].as_array() {
        assert!(known.contains(value), "{at}: {value}");
    }
    if let Some(elements) = value.as_array() {
        assert!(
            !elements.is_empty() || at.ends_with("fulfillments"),
            "{at}: nothing to look at"
        );
        for element in elements {
            hold(description, &schema["items"], element, at);
        }
    }
    if let Some(members) = value.as_object() {
        for (name, member) in members {
            let described = &schema["properties"][name];
            hold(description, described, member, &format!("{at} {name}"));
        }
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().unwrap();
            assert!(members.contains_key(name), "{at}: no {name}");
        }
    }
}
