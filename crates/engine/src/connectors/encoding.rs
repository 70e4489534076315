//! Writing JSON and URIs straight into buffers, and reading the loose scalars of the platforms' JSON.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Event;
use super::salvage::Salvage;
use crate::canonical::{Order, OrderKey, ShipTo};

/// What may stand unescaped in a path segment or a query value (RFC 3986, unreserved).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Appends text escaped for a path segment or a query value.
pub(crate) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    for piece in utf8_percent_encode(text, ESCAPED) {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// An origin-form URI from bytes that were escaped by [`push_escaped`]. Text that is no URI, which only an absurdly
/// long id could cause, gives `/`, which every platform refuses.
pub(crate) fn uri(bytes: Vec<u8>) -> Uri {
    Uri::from_maybe_shared(bytes).unwrap_or_default()
}

/// Text that is borrowed from the input wherever it holds no escapes, also inside an `Option` or a `Vec`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Text<'de>, A::Error> {
                alone(list)
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// The element of a list that holds one.
fn alone<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(mut list: A) -> Result<T, A::Error> {
    let first = list.next_element::<T>()?;
    let is_last = list.next_element::<serde::de::IgnoredAny>()?.is_none();
    first
        .filter(|_| is_last)
        .ok_or_else(|| A::Error::custom("a list that does not hold one element"))
}

/// A whole number: as JSON writes one, as a text of digits, or either alone in a list.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) i64);

impl Whole {
    /// As units; what is none counts as a number that no order has.
    pub(crate) fn units(self) -> u32 {
        u32::try_from(self.0).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WholeVisitor;
        impl<'de> Visitor<'de> for WholeVisitor {
            type Value = Whole;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a whole number")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
                i64::try_from(number).map(Whole).map_err(E::custom)
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
                let whole = number as i64;
                if whole as f64 == number {
                    Ok(Whole(whole))
                } else {
                    Err(E::custom("not a whole number"))
                }
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Whole, E> {
                text.parse().map(Whole).map_err(E::custom)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Whole, A::Error> {
                alone(list)
            }
        }
        deserializer.deserialize_any(WholeVisitor)
    }
}

/// A decimal id: a JSON number, a string of digits, or the digits at the end of a `gid://` address.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecimalId(pub(crate) u64);

impl DecimalId {
    /// Reads the digits after the last slash.
    pub(crate) fn parse(text: &str) -> Option<DecimalId> {
        // From the last digit on, so that each is looked at once: pages hold a dozen ids an order.
        let (mut id, mut place, mut digits) = (0u64, 1u64, 0usize);
        let bytes = text.as_bytes();
        for byte in bytes.iter().rev() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            id = id.wrapping_add(place.wrapping_mul(u64::from(digit)));
            place = place.wrapping_mul(10);
            digits += 1;
        }
        let from = bytes.len() - digits;
        let no_other_text_before = from == 0 || bytes[from - 1] == b'/';
        if digits == 0 || !no_other_text_before {
            return None;
        }
        // Nineteen digits always fit; longer texts may have wrapped, and most do not fit at all.
        if digits > 19 {
            return text[from..].parse().ok().map(DecimalId);
        }
        Some(DecimalId(id))
    }
}

impl<'de> Deserialize<'de> for DecimalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl<'de> Visitor<'de> for IdVisitor {
            type Value = DecimalId;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a decimal id")
            }
            fn visit_u64<E: Error>(self, id: u64) -> Result<DecimalId, E> {
                Ok(DecimalId(id))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<DecimalId, E> {
                DecimalId::parse(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<DecimalId, A::Error> {
                alone(list)
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

/// An order that could not be read: what is known of it, and what of it counts all the same.
#[derive(Debug)]
pub(crate) struct UnreadableOrder {
    /// Its key, if an id can be told.
    pub(crate) key: Option<OrderKey>,
    reason: String,
    salvaged: Option<Order>,
}

impl UnreadableOrder {
    /// Looks tolerantly at an order; `asked` is its key if it was asked for by it.
    pub(crate) fn new(
        json: &str,
        error: &serde_json::Error,
        asked: Option<OrderKey>,
        salvage: &Salvage<'_>,
    ) -> UnreadableOrder {
        UnreadableOrder {
            key: asked.or_else(|| salvage.key(json)),
            reason: format!("unreadable order: {error}"),
            salvaged: salvage.order(json),
        }
    }

    /// Quarantines it, and counts what could be told.
    pub(crate) fn push(self, events: &mut Vec<Event>) {
        events.push(Event::Quarantined {
            order: self.key,
            reason: self.reason,
        });
        events.extend(self.salvaged.map(Event::OrderSeen));
    }
}

/// Reads the elements of a page one by one: of an element that cannot be read is kept what a tolerant look finds, and the
/// others are kept whole. Only for pages that cannot be read in one piece.
pub(crate) fn read_each<'a, T: Deserialize<'a>>(
    elements: &[&'a RawValue],
    salvage: &Salvage<'_>,
) -> Vec<Result<T, UnreadableOrder>> {
    elements
        .iter()
        .map(|element| {
            let json = element.get();
            serde_json::from_str(json)
                .map_err(|error| UnreadableOrder::new(json, &error, None, salvage))
        })
        .collect()
}

/// An address, if its country has two letters and its postal code begins with five digits.
pub(crate) fn ship_to(country: Option<&str>, postal_code: Option<&str>) -> Option<ShipTo> {
    let country: [u8; 2] = country?.as_bytes().try_into().ok()?;
    let postal_code = postal_code?.trim().as_bytes();
    let (digits, rest) = postal_code.split_at_checked(5)?;
    if !country.iter().all(u8::is_ascii_alphabetic)
        || !digits.iter().all(u8::is_ascii_digit)
        || rest.first().is_some_and(u8::is_ascii_alphanumeric)
    {
        return None;
    }
    let postal_code = digits
        .iter()
        .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    Some(ShipTo {
        country,
        postal_code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_need_two_letters_and_five_digits() {
        let known = Some(ShipTo {
            country: *b"US",
            postal_code: 1_234,
        });
        assert_eq!(ship_to(Some("US"), Some("01234")), known);
        assert_eq!(ship_to(Some("US"), Some("01234-5678")), known);
        assert_eq!(ship_to(Some("US"), Some("012345")), None);
        assert_eq!(ship_to(Some("USA"), Some("01234")), None);
        assert_eq!(ship_to(Some("GB"), Some("AB1 2CD")), None);
        assert_eq!(ship_to(Some("US"), Some("0****")), None);
        assert_eq!(ship_to(Some("US"), None), None);
    }

    #[test]
    fn ids_come_as_numbers_texts_and_addresses() {
        for json in ["5001", "\"5001\"", "\"gid://shopify/Order/5001\""] {
            assert_eq!(
                serde_json::from_str::<DecimalId>(json).unwrap(),
                DecimalId(5001)
            );
        }
        for json in [
            "-1",
            "\"\"",
            "\"gid://shopify/Order/\"",
            "\"5001x\"",
            "\"+5\"",
            "null",
        ] {
            assert!(serde_json::from_str::<DecimalId>(json).is_err(), "{json}");
        }
    }

    proptest! {
        /// What is read is what the standard library reads after the last slash, if that is digits alone.
        #[test]
        fn ids_are_the_digits_at_the_end(
            before in "([a-z0-9:]{0,4}/){0,3}[a-z+]{0,1}", id in "[0-9]{0,21}|1844674407370955161[0-9]"
        ) {
            let text = before + &id;
            let last = text.rsplit('/').next().unwrap();
            let expected = last
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| last.parse().ok().map(DecimalId))
                .flatten();
            prop_assert_eq!(DecimalId::parse(&text), expected);
        }
    }
}
