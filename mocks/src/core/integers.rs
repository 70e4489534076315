//! Whole numbers as they are written: in queries, paths and ids as decimal digits, in JSON as any number without a
//! fraction.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// Reads a whole number of digits alone, without a sign and without zeros before it: the one way in which the platforms
/// write an id, a time or a size of a page, so that no two texts stand for one number. `None` for everything else.
pub(crate) fn digits<T: FromStr>(text: &str) -> Option<T> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = all_digits && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}

/// A whole number in JSON, which knows one kind of numbers: `1.0` is as whole as `1` (JSON Schema 2020-12 Validation, 6.1.1,
/// `integer`). What bounds it has is for the call to say.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) i64);

/// The whole number that a JSON number with a point or an exponent stands for; the nearest where it is beyond the range.
pub(crate) fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0).then_some(value as i64)
}

impl Whole {
    /// As units: the nearest number where it is beyond what units can be.
    pub(crate) fn units(self) -> u32 {
        self.0.clamp(0, i64::from(u32::MAX)) as u32
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Whole, E> {
        Ok(Whole(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Whole, E> {
        // Larger than anything that is counted here, as the largest is.
        Ok(Whole(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Whole, E> {
        let whole = whole(value).map(Whole);
        whole.ok_or_else(|| E::invalid_type(Unexpected::Float(value), &self))
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Whole, D::Error> {
        deserializer.deserialize_i64(WholeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_text() {
        for (text, number) in [("0", 0), ("7", 7), ("1796083200", 1_796_083_200)] {
            assert_eq!(digits::<u64>(text), Some(number));
        }
        for text in [
            "",
            "+7",
            "-7",
            "07",
            "00",
            " 7",
            "7 ",
            "7.0",
            "٣",
            "18446744073709551616",
        ] {
            assert_eq!(digits::<u64>(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_without_a_fraction_is_whole() {
        let read = |text: &str| serde_json::from_str::<Whole>(text).ok();
        for (text, number) in [
            ("3", 3),
            ("3.0", 3),
            ("-2", -2),
            ("2e2", 200),
            ("1e300", i64::MAX),
        ] {
            assert_eq!(read(text), Some(Whole(number)), "{text}");
        }
        assert_eq!(read("18446744073709551615"), Some(Whole(i64::MAX)));
        for text in ["3.5", "\"3\"", "null", "[3]", "true"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
