//! Recorded exchanges of a real shop, where they are at hand: prices and validation errors must agree.

use std::path::Path;

use serde_json::{Value, json};

use super::Bench;

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
                let body = response.get("payload").unwrap_or(response).clone();
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

/// Wall time is no part of the emulator, and reading these files is no part of its tests' promises: without the folder
/// the test says so and ends.
#[test]
fn prices_agree_with_recordings() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/contracts/shopify/captures");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no recordings at {}", folder.display());
        return;
    };
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
            if cost.is_null() {
                continue;
            }
            let mut bench = Bench::ideal();
            let answer = bench.graphql(&query, variables);
            let code = answer["errors"][0]["extensions"]["code"]
                .as_str()
                .unwrap_or("");
            let is_unserved = matches!(
                code,
                "undefinedField"
                    | "argumentNotAccepted"
                    | "GRAPHQL_VALIDATION_FAILED"
                    | "missingRequiredArguments"
            );
            if is_unserved {
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
