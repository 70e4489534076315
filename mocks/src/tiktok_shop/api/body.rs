//! Request bodies, read as leniently as the platform's many clients demand (docs/platforms/tiktok_shop.md 1.4, 8):
//! borrowed, unknown fields passed over, ids as text or as numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::core::integers::digits;

use super::errors::ApiError;

/// An id in a body: a decimal string, or a bare number.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) u64);

/// What an id that is no number is read as; 0 is no id of ours.
pub(crate) const NO_ID: Id = Id(0);

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
        // It names nothing, which is for the operation to say.
        Ok(digits(text).map_or(NO_ID, Id))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Id, E> {
        Ok(Id(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Id, E> {
        Ok(u64::try_from(value).map_or(NO_ID, Id))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

/// Reads a list. Typed clients send what they leave out as null, and null says as much as leaving it out: of lists as of
/// every other field (assumed, as no source has the platform refuse it).
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a JSON body; no body, null, and an empty list in place of an object count as an empty object. No other array stands
/// for an object, at any depth.
pub(crate) fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    let body = match body.trim_ascii() {
        b"" | b"[]" | b"null" => b"{}",
        body => body,
    };
    crate::core::json::read(body)
        .map_err(|error| ApiError::invalid(Cow::Owned(format!("Invalid request body: {error}"))))
}

/// The error of a required field that is not there. `field` is its path; the platform names it as its own code does, and
/// the object that should hold it.
pub(crate) fn missing(field: &str) -> ApiError {
    let in_words = |name: &str| {
        let names: Vec<_> = name.split(" or ").map(camel_case).collect();
        names.join(" or ")
    };
    let mut path = field.rsplit('.').map(in_words);
    let name = path.next().unwrap_or_default();
    let holder = path.next().map_or(String::new(), |it| format!(" of {it}"));
    ApiError::invalid(Cow::Owned(format!(
        "{name}{holder} is a required field and has not been provided."
    )))
}

/// The error of a field that has none of the values it may have.
pub(crate) fn not_allowed<'v>(field: &str, values: impl IntoIterator<Item = &'v str>) -> ApiError {
    let values: Vec<&str> = values.into_iter().collect();
    ApiError::invalid(Cow::Owned(format!(
        "{} is invalid, allowed values: {}.",
        camel_case(field),
        values.join(",")
    )))
}

/// Checks that a field, where it is given, has one of the values it may have.
///
/// # Errors
/// The error that names the values.
pub(crate) fn check_value(
    field: &str,
    value: Option<&str>,
    allowed: &[&str],
) -> Result<(), ApiError> {
    if value.is_none_or(|value| allowed.contains(&value)) {
        return Ok(());
    }
    Err(not_allowed(field, allowed.iter().copied()))
}

/// The same for a field that lists values.
///
/// # Errors
/// The error that names the values.
pub(crate) fn check_values(
    field: &str,
    values: &[Cow<'_, str>],
    allowed: &[&str],
) -> Result<(), ApiError> {
    values
        .iter()
        .try_for_each(|value| check_value(field, Some(value), allowed))
}

fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = true;
    for letter in name.chars() {
        match letter {
            '_' => {}
            letter if upper => out.push(letter.to_ascii_uppercase()),
            letter => out.push(letter),
        }
        upper = letter == '_';
    }
    out
}

/// The ids of the line items in a list of the newer versions: each must have one, since a list without any would stand for
/// the whole order.
pub(crate) fn line_ids(lines: &[OrderLine]) -> Result<Vec<Id>, ApiError> {
    lines
        .iter()
        .map(|line| {
            line.order_line_item_id
                .ok_or_else(|| missing("order_line_list.order_line_item_id"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_allowed_are_named() {
        let told = not_allowed("sort_order", ["ASC", "DESC"]).message;
        assert_eq!(told, "SortOrder is invalid, allowed values: ASC,DESC.");
    }

    #[test]
    fn a_missing_field_is_named_as_the_platform_names_it() {
        for (field, text) in [
            (
                "skus",
                "Skus is a required field and has not been provided.",
            ),
            (
                "orders.external_order.id",
                "Id of ExternalOrder is a required field and has not been provided.",
            ),
            (
                "product_ids or sku_ids",
                "ProductIds or SkuIds is a required field and has not been provided.",
            ),
        ] {
            assert_eq!(missing(field).message, text);
        }
    }
}
