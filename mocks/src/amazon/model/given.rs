//! What members of bodies may be, where deserialization by itself takes more or less than the models say.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::core::integers::Whole;

/// Reads an integer of a type's range, however it is written.
///
/// # Errors
/// When it is none, or beyond the range.
pub(crate) fn integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let Whole(number) = Whole::deserialize(deserializer)?;
    T::try_from(number).map_err(|_| D::Error::custom("out of range"))
}

/// The same where `null` is as good as nothing.
///
/// # Errors
/// When it is neither.
pub(crate) fn optional_integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let number = Option::<Whole>::deserialize(deserializer)?;
    number
        .map(|Whole(number)| T::try_from(number))
        .transpose()
        .map_err(|_| D::Error::custom("out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Inner<'a> {
        #[serde(deserialize_with = "integer")]
        units: u32,
        #[serde(default, deserialize_with = "optional_integer")]
        days: Option<i64>,
        #[serde(borrow)]
        name: &'a str,
    }

    #[test]
    fn integers_are_read_however_they_are_written() {
        for (text, units, days) in [
            (r#"{"units":1000.0,"name":"a"}"#, 1_000, None),
            (r#"{"units":1e3,"days":-2.0,"name":"a"}"#, 1_000, Some(-2)),
            (r#"{"units":7,"days":null,"name":"a"}"#, 7, None),
        ] {
            let read: Inner<'_> = serde_json::from_str(text).unwrap();
            assert_eq!((read.units, read.days, read.name), (units, days, "a"));
        }
        for units in [
            "1.5",
            "-1",
            "-1.0",
            "4294967296",
            "1e300",
            "\"7\"",
            "true",
            "null",
        ] {
            let text = format!(r#"{{"units":{units},"name":"a"}}"#);
            assert!(serde_json::from_str::<Inner<'_>>(&text).is_err(), "{units}");
        }
    }
}
