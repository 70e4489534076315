//! What a sender adds to a message beside its text, and the digest that clients hold it against
//! (docs/platforms/amazon.md 6.4).

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde::Deserialize;

use super::request::invalid;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::json;
use crate::amazon::signals::queue::{Attribute, AttributeValue};
use crate::core::hexadecimal;

/// Attributes that a message may have.
const MOST_ATTRIBUTES: usize = 10;
/// Bytes of an attribute's name.
const LONGEST_NAME: usize = 256;

/// Attributes as a call gives them, by name.
pub(crate) type Given<'a> = BTreeMap<Cow<'a, str>, GivenValue<'a>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GivenValue<'a> {
    #[serde(borrow, default)]
    data_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    string_value: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    binary_value: Option<Cow<'a, str>>,
}

/// Checks the attributes of one message.
///
/// # Errors
/// InvalidParameterValue that names the attribute and what is wrong with it.
pub(crate) fn read(given: &Given<'_>) -> Result<Box<[Attribute]>, Reply> {
    if given.len() > MOST_ATTRIBUTES {
        return Err(invalid(&format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST_ATTRIBUTES}].",
            given.len()
        )));
    }
    given.iter().map(|(name, value)| one(name, value)).collect()
}

fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_reserved = name.split_once('.').is_some_and(|(first, _)| {
        first.eq_ignore_ascii_case("aws") || first.eq_ignore_ascii_case("amazon")
    });
    let mut parts = name.split('.');
    name.len() <= LONGEST_NAME
        && !is_reserved
        && parts.all(|part| !part.is_empty() && part.bytes().all(is_letter))
}

fn one(name: &str, value: &GivenValue<'_>) -> Result<Attribute, Reply> {
    let wrong = |what: &str| invalid(&format!("The message attribute '{name}' {what}."));
    if !is_name(name) {
        return Err(wrong(
            "has a name that is not of 1 to 256 letters, digits, hyphens, underscores and single full stops inside, or that \
             begins with AWS. or Amazon.",
        ));
    }
    let data_type = value.data_type.as_deref().unwrap_or("");
    let kind = data_type.split('.').next().unwrap_or("");
    let value = match (kind, &value.string_value, &value.binary_value) {
        ("String" | "Number", Some(text), None) if !text.is_empty() => {
            if kind == "Number" && text.trim().parse::<f64>().is_err() {
                return Err(wrong("is a Number whose value is none"));
            }
            AttributeValue::Text(text.as_ref().into())
        }
        ("Binary", None, Some(digits)) if !digits.is_empty() => {
            let bytes = STANDARD
                .decode(digits.as_bytes())
                .map_err(|_| wrong("has a binary value that is not base64"))?;
            AttributeValue::Bytes(bytes.into())
        }
        ("String" | "Number" | "Binary", ..) => {
            return Err(wrong(
                "must contain a non-empty value of its type: StringValue for String and Number, BinaryValue for Binary",
            ));
        }
        _ => {
            return Err(wrong(
                "has an invalid type: it begins with String, Number or Binary",
            ));
        }
    };
    Ok(Attribute {
        name: name.into(),
        data_type: data_type.into(),
        value,
    })
}

/// Appends the digest of attributes in order of their names: lengths in four bytes, and 1 before a text or 2 before bytes.
pub(crate) fn write_md5<'a>(out: &mut Vec<u8>, attributes: impl Iterator<Item = &'a Attribute>) {
    let mut digest = Md5::new();
    for attribute in attributes {
        let (mark, value) = match &attribute.value {
            AttributeValue::Text(text) => (1, text.as_bytes()),
            AttributeValue::Bytes(bytes) => (2, &**bytes),
        };
        for part in [attribute.name.as_bytes(), attribute.data_type.as_bytes()] {
            digest.update((part.len() as u32).to_be_bytes());
            digest.update(part);
        }
        digest.update([mark]);
        digest.update((value.len() as u32).to_be_bytes());
        digest.update(value);
    }
    hexadecimal::push(out, &digest.finalize());
}

/// Whether a receiver that asks for these names wants an attribute: by its name, by its beginning (`order.*`), or with all.
pub(crate) fn is_wanted(name: &str, asked: &[Box<str>]) -> bool {
    asked.iter().any(|asked| {
        let asked = &**asked;
        asked == name
            || matches!(asked, "All" | ".*")
            || asked
                .strip_suffix(".*")
                .is_some_and(|start| name.starts_with(start))
    })
}

/// Appends the members of a received message that its attributes make, if there are any that the receiver wants.
pub(crate) fn write(out: &mut Vec<u8>, attributes: &[Attribute], asked: &[Box<str>]) {
    let wanted = || {
        attributes
            .iter()
            .filter(|attribute| is_wanted(&attribute.name, asked))
    };
    if wanted().next().is_none() {
        return;
    }
    json::raw(out, r#","MD5OfMessageAttributes":""#);
    write_md5(out, wanted());
    json::raw(out, r#"","MessageAttributes":{"#);
    let mut first = true;
    for attribute in wanted() {
        json::comma(out, &mut first);
        json::string(out, &attribute.name);
        match &attribute.value {
            AttributeValue::Text(text) => {
                json::raw(out, r#":{"StringValue":"#);
                json::string(out, text);
            }
            AttributeValue::Bytes(bytes) => {
                json::raw(out, r#":{"BinaryValue":"#);
                json::string(out, &STANDARD.encode(bytes));
            }
        }
        json::raw(out, r#","DataType":"#);
        json::string(out, &attribute.data_type);
        out.push(b'}');
    }
    out.push(b'}');
}
