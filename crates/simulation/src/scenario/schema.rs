//! JSON Schema of scenario files: editors use it, and so does the reader. What it says of the types stands in
//! `schemas/scenario.json`, which a test compares with them, so that no build without tests has to make it.

use std::sync::OnceLock;

use serde_json::{Value, json};

/// The schema of a whole scenario, without `extends`.
pub fn of_types() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| committed(include_str!("../../schemas/scenario.json")))
}

/// A schema that is kept as a file.
pub fn committed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The JSON Schema of scenario files, for editors. A file with `extends` may leave out whatever its base says, in every table
/// that is merged with the base's; any other file has to be whole.
pub fn schema() -> String {
    let whole = of_types();
    let mut schema = merged(whole, whole);
    if let (Some(object), Some(whole)) = (schema.as_object_mut(), whole.as_object()) {
        object.insert("$schema".to_string(), whole["$schema"].clone());
        object.insert("title".to_string(), json!("Oversell scenario"));
        object.insert("required".to_string(), json!(["name"]));
        if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(
                "extends".to_string(),
                json!({
                    "type": "string",
                    "description": "A built-in scenario's name, or the path of a .toml file relative to this one: \
                                    this file is laid over it.",
                }),
            );
        }
        let mut definitions = whole.get("$defs").cloned().unwrap_or_else(|| json!({}));
        let kept = ["properties", "required", "type"];
        let whole = whole.iter().filter(|(key, _)| kept.contains(&key.as_str()));
        let mut whole: Value = whole.map(|(key, it)| (key.clone(), it.clone())).collect();
        // Buyers come from phases, or from the orders that are replayed.
        if let Some(required) = whole["required"].as_array_mut() {
            required.retain(|key| key != "demand");
        }
        whole["anyOf"] = json!([{ "required": ["demand"] }, { "required": ["replay"] }]);
        definitions["WholeScenario"] = whole;
        object.insert("$defs".to_string(), definitions);
        object.insert(
            "if".to_string(),
            json!({ "not": { "required": ["extends"] } }),
        );
        object.insert(
            "then".to_string(),
            json!({ "$ref": "#/$defs/WholeScenario" }),
        );
    }
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// The keys by which elements of an array are matched with the base's; all other arrays replace the base's as a whole
/// ([`super::tree`]).
const MATCHED_BY: [(&str, &str); 2] = [("channel", "name"), ("location", "code")];

/// A table's schema as its part of a variant: what is merged with the base may be left out. What replaces the base (single
/// values, delays, arrays) stays as it is.
fn merged(root: &Value, schema: &Value) -> Value {
    let (_, table) = resolve(root, present(schema));
    let Some(properties) = table.get("properties").and_then(Value::as_object) else {
        return schema.clone();
    };
    // One of several forms replaces another.
    if table.get("oneOf").is_some() || table.get("anyOf").is_some() {
        return schema.clone();
    }
    let mut merged_table = table.clone();
    if let Some(object) = merged_table.as_object_mut() {
        object.remove("required");
        object.remove("$defs");
        for key in ["description", "default"] {
            if let Some(own) = schema.get(key) {
                object.insert(key.to_string(), own.clone());
            }
        }
    }
    for (key, value) in properties {
        let matched_by = MATCHED_BY.iter().find(|(array, _)| array == key);
        let (_, array) = resolve(root, present(value));
        merged_table["properties"][key] = match (matched_by, array.get("items")) {
            (Some((_, identity)), Some(items)) => {
                let mut element = merged(root, items);
                element["required"] = json!([identity]);
                let mut array = value.clone();
                array["items"] = element;
                array
            }
            _ => merged(root, value),
        };
    }
    merged_table
}

/// Follows a reference to its definition; gives the definition's name too.
pub fn resolve<'a>(root: &'a Value, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    let name = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix("#/$defs/"));
    match name {
        Some(name) => (Some(name), &root["$defs"][name]),
        None => (None, schema),
    }
}

/// The schema of what is there when an optional value is there.
pub fn present(schema: &Value) -> &Value {
    let null = json!("null");
    schema
        .get("anyOf")
        .and_then(Value::as_array)
        .and_then(|choices| {
            choices
                .iter()
                .find(|choice| choice.get("type") != Some(&null))
        })
        .unwrap_or(schema)
}

/// Compares a file of `schemas/` with the schema of its types, or writes it when `OVERSELL_WRITE` is set.
///
/// # Panics
/// Where they differ, with the command that writes the file anew.
#[cfg(any(test, feature = "test-support"))]
pub fn assert_committed(file: &str, of_types: &schemars::Schema) {
    let path = std::path::Path::new("schemas").join(file);
    let mut now = serde_json::to_string_pretty(of_types).unwrap();
    now.push('\n');
    if std::env::var_os("OVERSELL_WRITE").is_some() {
        std::fs::write(&path, now).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = now
        .lines()
        .zip(kept.lines())
        .find(|(now, kept)| now != kept);
    assert!(
        kept == now,
        "{} is not what its types say ({differs:?}); write it anew with\n  \
         OVERSELL_WRITE=1 cargo test --workspace --lib schema_file",
        path.display(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_file_of_scenarios_is_that_of_the_types() {
        let of_types = schemars::schema_for!(crate::scenario::Scenario);
        assert_committed("scenario.json", &of_types);
    }

    #[test]
    fn knows_every_top_level_key_and_extends() {
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        for key in ["extends", "version", "channel", "happening", "strategy"] {
            assert!(schema["properties"][key].is_object(), "{key}");
        }
        assert_eq!(schema["additionalProperties"], json!(false));
        let whole = &schema["$defs"]["WholeScenario"];
        let required = whole["required"].as_array().unwrap();
        assert!(required.contains(&json!("stock")) && !required.contains(&json!("demand")));
        assert_eq!(whole["anyOf"][1], json!({ "required": ["replay"] }));
    }

    #[test]
    fn a_variant_says_what_differs_and_names_what_it_changes() {
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        let channel = &schema["properties"]["channel"]["items"];
        assert_eq!(channel["required"], json!(["name"]));
        let location = &schema["properties"]["warehouse"]["properties"]["location"]["items"];
        assert_eq!(location["required"], json!(["code"]));
        assert!(schema["properties"]["demand"]["required"].is_null());
        let strict = &schema["$defs"]["WholeScenario"]["properties"]["demand"];
        assert!(strict.is_object());
    }
}
