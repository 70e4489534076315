//! Bodies of control calls: objects of JSON, whose mistakes are told with their place and in the words of JSON, not in those of
//! the types that they are read into.

use channel_mocks::core::values::{Misread, Words, read_placed};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Refusal;
use crate::scenario::text;

/// How JSON calls what it is made of.
const WORDS: Words = Words {
    table: "an object",
    text: "a text",
};

/// Where every call is described.
const DESCRIBED: &str = "GET /_oversell/openapi.yaml describes it";

/// The body as JSON; an empty one is an empty object.
pub(super) fn json(body: &[u8]) -> Result<Value, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad(format!("the body is no JSON: {error}")))?;
    match value {
        Value::Object(_) => Ok(value),
        other => Err(Refusal::bad(format!(
            "the body is {}, and an object is wanted; {DESCRIBED}",
            kind(&other)
        ))),
    }
}

/// Reads the body of a call.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let table = member(json(body)?, "the body")?;
    let table = table.unwrap_or_else(|| toml::Table::new().into());
    read_placed(table).map_err(|misread| Refusal::bad(sentence(&misread)))
}

fn sentence(misread: &Misread) -> String {
    let place = match misread.path() {
        path if path.is_empty() => "the body".to_string(),
        path => format!("`{path}`"),
    };
    text::shown(&format!(
        "{place}: {}; {DESCRIBED}",
        misread.in_words_of(&WORDS)
    ))
}

/// A value as types are read from; nothing for null, which says as much as a member that is left out.
fn member(value: Value, name: &str) -> Result<Option<toml::Value>, Refusal> {
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Bool(value) => value.into(),
        Value::String(text) => text.into(),
        Value::Number(number) => match (number.as_i64(), number.is_u64(), number.as_f64()) {
            (Some(whole), ..) => whole.into(),
            (None, true, _) | (None, _, None) => {
                let most = i64::MAX;
                return Err(Refusal::bad(format!(
                    "`{name}` is {number}; a number here is at most {most}"
                )));
            }
            (None, false, Some(number)) => number.into(),
        },
        Value::Array(elements) => {
            let mut list = Vec::with_capacity(elements.len());
            for element in elements {
                let read = member(element, name)?;
                list.push(read.ok_or_else(|| {
                    Refusal::bad(format!(
                        "`{name}` has null among its elements; leave it out"
                    ))
                })?);
            }
            list.into()
        }
        Value::Object(members) => {
            let mut table = toml::Table::new();
            for (name, value) in members {
                if let Some(value) = member(value, &name)? {
                    table.insert(name, value);
                }
            }
            table.into()
        }
    }))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parcel {
        address: String,
        pieces: Vec<Piece>,
        weight: Option<u32>,
        #[serde(default)]
        express: bool,
        pace: Option<f64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Piece {
        code: String,
    }

    fn said(body: &str) -> String {
        read::<Parcel>(body.as_bytes()).unwrap_err().message
    }

    #[test]
    fn what_is_right_is_read_and_null_is_left_out() {
        let body = r#"{"address": "a", "pieces": [{"code": "x"}], "weight": null, "pace": 3}"#;
        let read: Parcel = read(body.as_bytes()).unwrap();
        assert_eq!(
            (read.weight, read.pace, read.express),
            (None, Some(3.0), false)
        );
        assert_eq!(read.pieces[0].code, "x");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_without_a_type_s_name() {
        for (body, parts) in [
            ("[1, 2]", ["the body is an array", "an object is wanted"]),
            ("7", ["the body is a number", "an object is wanted"]),
            ("{", ["no JSON", "line 1"]),
            (
                r#"{"address": "a", "pieces": [], "weight": "b"}"#,
                ["`weight`", "a whole number from 0 to 4294967295 is wanted"],
            ),
            (
                r#"{"address": "a", "pieces": [], "weight": 1.5}"#,
                ["`weight`", "a whole number from 0 to 4294967295 is wanted"],
            ),
            (
                r#"{"address": 4, "pieces": []}"#,
                ["`address`", "a text is wanted"],
            ),
            (
                r#"{"address": "a", "pieces": [7]}"#,
                ["`pieces.0`", "an object is wanted"],
            ),
            (
                r#"{"address": "a", "pieces": [["c"]]}"#,
                ["`pieces.0`: this is an array", "an object is wanted"],
            ),
            (
                r#"{"address": "a", "pieces": {}}"#,
                ["`pieces`: this is an object", "an array is wanted"],
            ),
            (
                r#"{"address": "a", "pieces": [], "express": "no"}"#,
                ["`express`", "true or false is wanted"],
            ),
            (
                r#"{"address": "a", "pieces": [{"cod": "c"}]}"#,
                ["`pieces.0`: there is no `cod`", "`code`"],
            ),
            (r#"{"pieces": []}"#, ["the body: ", "`address`"]),
            (
                r#"{"address": "a", "pieces": [], "weight": 18446744073709551615}"#,
                ["`weight` is 18446744073709551615", "at most"],
            ),
            (
                r#"{"address": "a", "pieces": [null]}"#,
                ["`pieces` has null", "leave it out"],
            ),
        ] {
            let said = said(body);
            assert!(
                parts.iter().all(|part| said.contains(part)),
                "{body}: {said}"
            );
            let of_types = ["struct", "u32", "f64", "sequence", "map", "Parcel", "Piece"];
            assert!(!of_types.iter().any(|it| said.contains(it)), "{said}");
        }
        let long = format!(
            r#"{{"address": "a", "pieces": [], "weight": "{}"}}"#,
            "x".repeat(50_000)
        );
        assert!(said(&long).len() < 2_000);
    }
}
