//! Request bodies, read as leniently as the platform's many clients demand (docs/platforms/tiktok_shop.md 1.4, 8):
//! borrowed, unknown fields passed over, ids as text or as numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::errors::ApiError;

/// An id in a body: a decimal string, or a bare number.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) u64);

/// A line item in the lists of the newer versions.
#[derive(serde::Deserialize)]
pub(crate) struct OrderLine {
    #[serde(alias = "order_line_id")]
    pub(crate) order_line_item_id: Option<Id>,
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as a string of digits")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
        // Ids that are no numbers name nothing, which is for the operation to say; 0 is no id of ours.
        Ok(Id(text.parse().unwrap_or(0)))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Id, E> {
        Ok(Id(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Id, E> {
        Ok(Id(u64::try_from(value).unwrap_or(0)))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

/// Reads a JSON body; no body, and an empty list in place of an object, count as an empty object.
pub(crate) fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    let body = match body.trim_ascii() {
        b"" | b"[]" => b"{}",
        body => body,
    };
    crate::core::json::read(body)
        .map_err(|error| ApiError::invalid(Cow::Owned(format!("Invalid request body: {error}"))))
}

/// The error of a required field that is not there.
pub(crate) fn missing(field: &str) -> ApiError {
    ApiError::invalid(Cow::Owned(format!("Required parameter missing: {field}")))
}
