//! JSON Schema of scenario files, made from the types; editors use it, and so does the reader.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::model::Scenario;

/// The schema of a whole scenario, without `extends`.
pub fn of_types() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(Scenario).to_value())
}

/// The JSON Schema of scenario files. A file with `extends` may leave out whatever its base says, so required keys are
/// required of the others only.
pub fn schema() -> String {
    let mut schema = of_types().clone();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_string(), json!("Oversell scenario"));
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
        if let Some(required) = object.remove("required") {
            object.insert(
                "anyOf".to_string(),
                json!([{ "required": ["extends", "name"] }, { "required": required }]),
            );
        }
    }
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_every_top_level_key_and_extends() {
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        for key in ["extends", "version", "channel", "happening", "strategy"] {
            assert!(schema["properties"][key].is_object(), "{key}");
        }
        assert_eq!(schema["additionalProperties"], json!(false));
        assert!(
            schema["anyOf"][1]["required"]
                .as_array()
                .unwrap()
                .contains(&json!("demand"))
        );
    }
}
