//! A borrowed JSON tree for inputs and direct writers for outputs.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::core::json;
use crate::core::random::{hash_bytes, mix};

/// A JSON value that borrows its texts from the request where no escape stands in the way.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) enum Json<'a> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text; GraphQL enum values and ids are texts, too.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object, in the order of the text.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The member of an object; `None` when it is absent or this is no object.
    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        match self {
            Json::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The member, unless absent or `null`.
    pub(crate) fn given(&self, name: &str) -> Option<&Json<'a>> {
        self.get(name).filter(|value| **value != Json::Null)
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub(crate) fn int(&self) -> Option<i64> {
        match self {
            Json::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub(crate) fn bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements; GraphQL reads a single value as a list of one, and `null` gives none.
    pub(crate) fn list(&self) -> &[Json<'a>] {
        match self {
            Json::List(elements) => elements,
            Json::Null => &[],
            single => std::slice::from_ref(single),
        }
    }

    /// A hash of the content, by which two inputs are told apart.
    pub(crate) fn digest(&self) -> u64 {
        match self {
            Json::Null => 1,
            Json::Bool(value) => 2 + u64::from(*value),
            Json::Int(value) => mix(4, *value as u64),
            Json::Float(value) => mix(5, value.to_bits()),
            Json::Text(text) => mix(6, hash_bytes(text.as_bytes())),
            Json::List(elements) => elements.iter().fold(7, |hash, e| mix(hash, e.digest())),
            Json::Object(members) => members.iter().fold(8, |hash, (key, value)| {
                // Member order carries no meaning, so members are combined without regard to it.
                hash.wrapping_add(mix(hash_bytes(key.as_bytes()), value.digest()))
            }),
        }
    }

    /// Appends the value as JSON text.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Json::Null => out.extend_from_slice(b"null"),
            Json::Bool(value) => write_bool(*value, out),
            Json::Int(value) => write_int(*value, out),
            Json::Float(value) => {
                // Serializing a finite number cannot fail, and a parsed number is finite.
                let _ = serde_json::to_writer(out, value);
            }
            Json::Text(text) => write_text(text, out),
            Json::List(elements) => {
                out.push(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    element.write(out);
                }
                out.push(b']');
            }
            Json::Object(members) => {
                out.push(b'{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_text(key, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

struct Key<'a>(Cow<'a, str>);

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value))
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Key)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Int(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Json::Float(value as f64), Json::Int))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Json::Float(value))
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Json::List(elements))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some((Key(key), value)) = access.next_entry()? {
            members.push((key, value));
        }
        Ok(Json::Object(members))
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

/// Appends a quoted and escaped text.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    json::string(out, text);
}

/// Appends a list of texts.
pub(crate) fn write_texts(texts: &[impl AsRef<str>], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(text.as_ref(), out);
    }
    out.push(b']');
}

/// Appends a text or `null`.
pub(crate) fn write_optional_text(text: Option<&str>, out: &mut Vec<u8>) {
    match text {
        Some(text) => write_text(text, out),
        None => out.extend_from_slice(b"null"),
    }
}

/// Appends a whole number.
pub(crate) fn write_int(value: impl itoa::Integer, out: &mut Vec<u8>) {
    json::integer(out, value);
}

/// Appends `true` or `false`.
pub(crate) fn write_bool(value: bool, out: &mut Vec<u8>) {
    json::boolean(out, value);
}

/// Appends cents as a decimal without quotes: `20.00`.
pub(crate) fn write_cents(cents: i64, out: &mut Vec<u8>) {
    if cents < 0 {
        out.push(b'-');
    }
    let cents = cents.unsigned_abs();
    write_int(cents / 100, out);
    out.push(b'.');
    out.push(b'0' + (cents / 10 % 10) as u8);
    out.push(b'0' + (cents % 10) as u8);
}

/// Appends cents as GraphQL's `Decimal` text, which drops a last zero: `"20.0"`, `"20.55"`, `"0.0"`
/// (docs/platforms/shopify.md 3.1).
pub(crate) fn write_decimal(cents: i64, out: &mut Vec<u8>) {
    out.push(b'"');
    write_cents(cents, out);
    if cents % 10 == 0 {
        out.pop();
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_back() {
        let text = r#"{"a":[1,-2.5,true,null,"x\"y\\\n\u0001"],"b":{"c":"gid://x"}}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        let mut out = Vec::new();
        json.write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
        assert!(matches!(
            json.get("b").and_then(|b| b.get("c")),
            Some(Json::Text(Cow::Borrowed("gid://x")))
        ));
    }

    #[test]
    fn digest_ignores_member_order_and_sees_values() {
        let digest = |text: &str| serde_json::from_str::<Json>(text).unwrap().digest();
        assert_eq!(digest(r#"{"a":1,"b":2}"#), digest(r#"{"b":2,"a":1}"#));
        assert_ne!(digest(r#"{"a":1,"b":2}"#), digest(r#"{"a":2,"b":1}"#));
        assert_ne!(digest("[1,2]"), digest("[2,1]"));
    }

    #[test]
    fn money_has_the_two_shapes() {
        let render = |write: fn(i64, &mut Vec<u8>), cents| {
            let mut out = Vec::new();
            write(cents, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(render(write_cents, 5_196), "51.96");
        assert_eq!(render(write_decimal, 0), "\"0.0\"");
        assert_eq!(render(write_decimal, 2_050), "\"20.5\"");
        assert_eq!(render(write_decimal, -2_055), "\"-20.55\"");
    }
}
