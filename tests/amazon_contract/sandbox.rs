//! Amazon's static sandbox: pairs of a request and its answer.

use channel_mocks::amazon::coverage;
use channel_mocks::core::Coverage;
use serde_json::{Value, json};

use super::bench::{Bench, profile};
use super::contract::{Contract, Operation};

/// Pairs of Amazon's static sandbox that do not apply here, by operation and status (all where it is empty), with the
/// reason.
const NOT_APPLICABLE: &[(&str, &str, &str)] = &[
    ("getOrders", "200", "a date stands for a scripted answer"),
    ("getOrder", "", "an id stands for a scripted answer"),
    (
        "getOrderBuyerInfo",
        "",
        "an id stands for a scripted answer",
    ),
    ("getOrderAddress", "", "an id stands for a scripted answer"),
    ("getOrderItems", "", "an id stands for a scripted answer"),
    (
        "getOrderItemsBuyerInfo",
        "",
        "an id stands for a scripted answer",
    ),
    (
        "confirmShipment",
        "",
        "order and item ids are the sandbox's own",
    ),
    (
        "searchOrders",
        "200",
        "marketplaces of other regions, scripted orders",
    ),
    ("getOrder2026", "", "an id stands for a scripted answer"),
    (
        "getListingsItem",
        "",
        "no parameters, or a SKU that stands for an error",
    ),
    ("putListingsItem", "", "neither parameters nor body"),
    ("patchListingsItem", "", "neither parameters nor body"),
    (
        "deleteListingsItem",
        "",
        "no parameters, or a SKU that stands for an error",
    ),
    (
        "searchListingsItems",
        "",
        "a seller and SKUs of the sandbox's own",
    ),
    ("createFeed", "202", "marketplaces of two regions"),
    ("getFeed", "", "an id stands for a scripted answer"),
    ("cancelFeed", "", "an id stands for a scripted answer"),
    ("getFeedDocument", "", "an id stands for a scripted answer"),
    ("createReport", "202", "marketplaces of two regions"),
    ("getReport", "", "an id stands for a scripted answer"),
    ("cancelReport", "", "an id stands for a scripted answer"),
    (
        "getReportDocument",
        "",
        "an id stands for a scripted answer",
    ),
    (
        "createSubscription",
        "200",
        "no body; the contract's own test makes one",
    ),
    (
        "deleteSubscriptionById",
        "200",
        "would end the subscription that other pairs read",
    ),
    (
        "deleteDestination",
        "200",
        "would end the destination that other pairs read",
    ),
];

/// The request of a pair: path with query, and body. What the pair leaves open is filled in.
fn replayed(operation: &Operation, parameters: &Value, ids: &(String, String)) -> (String, String) {
    let value = |name: &str| match &parameters[name]["value"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Some(texts.join(","))
        }
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let part = |part: &String| {
        let name = part.trim_matches(['{', '}']);
        if !part.starts_with('{') {
            return part.clone();
        }
        value(name).unwrap_or_else(|| match name {
            "notificationType" => "ORDER_CHANGE".to_owned(),
            "subscriptionId" => ids.1.clone(),
            "destinationId" => ids.0.clone(),
            _ => "A1SIMSELLER".to_owned(),
        })
    };
    let path: Vec<String> = operation.path.iter().map(part).collect();
    let in_path = |name: &String| operation.path.contains(&format!("{{{name}}}"));
    let names = parameters.as_object().into_iter().flatten();
    let query: Vec<String> = names
        .filter(|(name, _)| *name != "body" && !in_path(name))
        .filter_map(|(name, _)| Some(format!("{name}={}", value(name)?)))
        .collect();
    let body = match operation.name.as_str() {
        "createDestination" => {
            json!({"name": "SQSDestination", "resourceSpecification": {"sqs": {"arn": "arn:aws:sqs:us-east-2:444455556666:queue1"}}})
        }
        _ => parameters["body"]["value"].clone(),
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    (format!("{}?{}", path.join("/"), query.join("&")), body)
}

/// Amazon's own sandbox answers, where they are more than a script: ours have the same status and the same members.
#[test]
fn static_sandbox_pairs_hold() {
    let Some(contract) = Contract::read() else {
        return;
    };
    let mut bench = Bench::new(&contract, profile());
    let ids = bench.subscribe("ORDER_CHANGE");
    let served = coverage();
    let mut count = 0;
    for operation in &contract.operations {
        let Some(ours) = served.iter().find(|served| {
            served.coverage != Coverage::NotServed && served.path == operation.text()
        }) else {
            continue;
        };
        for (status, response) in operation.responses.as_object().expect("responses") {
            let excused = NOT_APPLICABLE
                .iter()
                .any(|(name, of, _)| *name == ours.name && (of.is_empty() || of == status));
            let pairs = response["x-amzn-api-sandbox"]["static"].as_array();
            for pair in pairs.into_iter().flatten().filter(|_| !excused) {
                let (path, body) = replayed(operation, &pair["request"]["parameters"], &ids);
                let expected: u16 = status.parse().expect("a status");
                let answer = bench.call(&operation.method, &path, &body, expected);
                let members = pair["response"].as_object().into_iter().flatten();
                for (name, _) in members.filter(|(name, _)| *name != "nextToken") {
                    assert!(answer.get(name).is_some(), "{path}: no {name} in {answer}");
                }
                count += 1;
            }
        }
    }
    assert!(count >= 10, "only {count} pairs were replayed");
}
