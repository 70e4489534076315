//! A GraphQL schema as a client learns of it: by introspection.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a client asks to learn the schema.
pub const QUERY: &str = "{ __schema { types { kind name fields(includeDeprecated: true) { name args { ...I } type { ...T } } inputFields { ...I } enumValues { name } } } }
fragment I on __InputValue { name defaultValue type { ...T } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// Types by name, as introspection describes them.
pub struct Schema(BTreeMap<String, Value>);

impl Schema {
    /// Reads the answer to [`QUERY`].
    pub fn read(answer: &Value) -> Schema {
        let types = answer["data"]["__schema"]["types"].as_array();
        let types = types.expect("an answer of introspection").iter();
        Schema(
            types
                .map(|it| (text(&it["name"]).to_owned(), it.clone()))
                .collect(),
        )
    }

    /// A list of what a type has: `fields`, `inputFields`, `enumValues`.
    pub fn list(&self, name: &str, what: &str) -> &[Value] {
        let found = self.0.get(name).and_then(|it| it[what].as_array());
        found.map_or(&[], Vec::as_slice)
    }

    /// A type's kind; empty where there is no such type.
    pub fn kind(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |it| text(&it["kind"]))
    }

    /// Whether a type has no fields to select.
    pub fn is_leaf(&self, name: &str) -> bool {
        matches!(self.kind(name), "SCALAR" | "ENUM")
    }
}

/// A text, as introspection has them everywhere.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// The name of a type inside lists and exclamation marks.
pub fn inner(ty: &Value) -> &str {
    match &ty["ofType"] {
        Value::Null => text(&ty["name"]),
        wrapped => inner(wrapped),
    }
}

/// A type as GraphQL text.
pub fn written(ty: &Value) -> String {
    match text(&ty["kind"]) {
        "NON_NULL" => format!("{}!", written(&ty["ofType"])),
        "LIST" => format!("[{}]", written(&ty["ofType"])),
        _ => text(&ty["name"]).to_owned(),
    }
}

/// Whether a type forbids `null`.
pub fn is_non_null(ty: &Value) -> bool {
    ty["kind"] == "NON_NULL"
}

/// Whether an argument must be given.
pub fn is_required(input: &Value) -> bool {
    is_non_null(&input["type"]) && input["defaultValue"].is_null()
}
