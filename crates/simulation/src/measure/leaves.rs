//! The single values of a document, by their paths.

use serde::Serialize;
use serde_json::Value;

/// Every value that holds no others, by path: `figures.staleness_s.p50` and so on under `name`.
pub fn leaves(name: &str, value: &impl Serialize) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    // Only a map with keys that are no text can fail to be written; no document has one.
    add(
        name,
        serde_json::to_value(value).unwrap_or_default(),
        &mut found,
    );
    found
}

fn add(path: &str, value: Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name
                } else {
                    format!("{path}.{name}")
                };
                add(&path, member, found);
            }
        }
        value => found.push((path.to_string(), value)),
    }
}
