//! Recorded exchanges of a real shop, where they are at hand: prices and validation errors must agree.

use serde_json::{Value, json};

use crate::core::Storefront;

use super::{Bench, recordings};

/// Every request text with its variables and its recorded answer.
fn exchanges(value: &Value, found: &mut Vec<(String, Value, Value)>) {
    match value {
        Value::Object(members) => {
            let query = ["query", "document"]
                .iter()
                .find_map(|name| members.get(*name)?.as_str());
            let response = ["response", "result"]
                .iter()
                .find_map(|name| members.get(*name));
            if let (Some(query), Some(response)) = (query, response)
                && query.contains('{')
            {
                let body = response.get("payload").or_else(|| response.get("body"));
                let body = body.unwrap_or(response).clone();
                let variables = members.get("variables").cloned().unwrap_or(json!({}));
                found.push((query.to_owned(), variables, body));
            }
            members.values().for_each(|member| exchanges(member, found));
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| exchanges(element, found)),
        _ => {}
    }
}

/// Whether every key of an answer is named in the request's text.
fn asks_for_all(query: &str, answer: &Value) -> bool {
    match answer {
        Value::Object(members) => members
            .iter()
            .all(|(key, member)| query.contains(key.as_str()) && asks_for_all(query, member)),
        Value::Array(elements) => elements.iter().all(|e| asks_for_all(query, e)),
        _ => true,
    }
}

/// Whether the request uses what the emulator's schema leaves out.
fn is_unserved(answer: &Value) -> bool {
    let code = answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or("");
    matches!(
        code,
        "undefinedField"
            | "argumentNotAccepted"
            | "missingRequiredArguments"
            | "missingRequiredInputObjectAttribute"
            | "undefinedType"
            | "variableRequiresValidType"
    )
}

/// The recordings are not part of this repository: without them the test says so and ends.
#[test]
fn prices_agree_with_recordings() {
    let Some(folder) = recordings() else { return };
    let files = std::fs::read_dir(&folder).unwrap();
    let mut texts: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    texts.sort();
    let (mut compared, mut exact_actual) = (0, 0);
    for path in texts {
        let content: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut found = Vec::new();
        exchanges(&content, &mut found);
        for (query, variables, recorded) in found {
            let cost = &recorded["extensions"]["cost"];
            // Some recordings keep a shorter text than the one that was answered.
            if cost.is_null() || !asks_for_all(&query, &recorded["data"]) {
                continue;
            }
            let mut bench = Bench::ideal();
            let answer = bench.graphql(&query, variables);
            // What is not simulated has the price of its shape, which is not the platform's of every field.
            if is_unserved(&answer) || !bench.shop.not_simulated().is_empty() {
                continue;
            }
            compared += 1;
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            assert_eq!(
                answer["extensions"]["cost"]["requestedQueryCost"], cost["requestedQueryCost"],
                "{name}: {query}\n{answer}"
            );
            if answer["extensions"]["cost"]["actualQueryCost"] == cost["actualQueryCost"] {
                exact_actual += 1;
            }
        }
    }
    eprintln!(
        "compared {compared} recorded prices; {exact_actual} actual prices alike, on other data"
    );
    assert!(compared > 0, "no recorded exchange could be replayed");
}

/// The same text with the recorded shop's items and locations replaced by ours; ids made up to be unknown stay so.
fn translated(variables: &Value) -> Value {
    match variables {
        Value::String(text) => {
            let number = |prefix: &str| {
                text.strip_prefix(prefix)
                    .filter(|number| !number.starts_with("999"))
            };
            if number("gid://shopify/InventoryItem/").is_some() {
                json!("gid://shopify/InventoryItem/3001000000001")
            } else if number("gid://shopify/Location/").is_some() {
                json!("gid://shopify/Location/1101000000001")
            } else {
                variables.clone()
            }
        }
        Value::Array(elements) => elements.iter().map(translated).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), translated(value)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn inventory_user_errors_agree_with_recordings() {
    let Some(folder) = recordings() else { return };
    let mut compared = 0;
    for name in [
        "inventory-adjust-name-allowlist",
        "inventorySetQuantities-name-validation",
    ] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let content: Value = serde_json::from_str(&text).unwrap();
        let mut found = Vec::new();
        exchanges(&content["cases"], &mut found);
        for (query, variables, recorded) in found {
            let mut bench = Bench::new(super::ideal(""));
            let answer = bench.graphql(&query, translated(&variables));
            if is_unserved(&answer) {
                continue;
            }
            let Some((root, payload)) = recorded["data"]
                .as_object()
                .and_then(|data| data.iter().next())
            else {
                continue;
            };
            let ours = &answer["data"][root];
            assert_eq!(
                ours["userErrors"], payload["userErrors"],
                "{name}: {query} {variables}"
            );
            let shape = |payload: &Value| -> Vec<(Value, Value)> {
                let changes = payload["inventoryAdjustmentGroup"]["changes"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                changes
                    .iter()
                    .map(|change| (change["name"].clone(), change["delta"].clone()))
                    .collect()
            };
            assert_eq!(shape(ours), shape(payload), "{name}: {query} {variables}");
            assert_eq!(
                answer["extensions"]["cost"]["actualQueryCost"],
                recorded["extensions"]["cost"]["actualQueryCost"],
                "{name}: {query}"
            );
            compared += 1;
        }
    }
    assert!(compared >= 6, "only {compared} exchanges could be replayed");
}

#[test]
fn subscription_errors_agree_with_recordings() {
    let Some(folder) = recordings() else { return };
    let path = folder.join("webhook-subscription-conformance.json");
    let text = std::fs::read_to_string(path).unwrap();
    let content: Value = serde_json::from_str(&text).unwrap();
    let recorded =
        &content["graphqlValidation"]["missingCreateTopic"]["response"]["payload"]["errors"][0];
    let mut bench = Bench::ideal();
    let answer = bench.graphql(
        "mutation MissingCreateWebhookTopic {\n  webhookSubscriptionCreate(webhookSubscription: { uri: \"https://example.com\" }) { userErrors { message } } }",
        json!({}),
    );
    assert_eq!(answer["errors"][0], *recorded);
}
