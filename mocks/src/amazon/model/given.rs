//! What members of bodies may be, where deserialization by itself takes more or less than the models say.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// An object and nothing else: a list would be read as the members of an object in their order.
#[derive(Debug)]
pub(crate) struct Object<T>(T);

impl<T> Object<T> {
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// The integer that a number with a fraction of nothing stands for, such as `1000.0`: to JSON Schema, which the models are
/// written in, it is one.
pub(crate) fn integer_of(number: f64) -> Option<i64> {
    /// Up to here every integer is a number of its own.
    const LAST: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= LAST).then_some(number as i64)
}

struct Integer(i64);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Integer, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Integer;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an integer")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Integer, E> {
                Ok(Integer(number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Integer, E> {
                let number = i64::try_from(number).map_err(|_| E::custom("too large"))?;
                Ok(Integer(number))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Integer, E> {
                let number = integer_of(number).ok_or_else(|| E::custom("not an integer"))?;
                Ok(Integer(number))
            }
        }
        deserializer.deserialize_f64(Number)
    }
}

/// Reads an integer of a type's range, however it is written.
///
/// # Errors
/// When it is none, or beyond the range.
pub(crate) fn integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let Integer(number) = Integer::deserialize(deserializer)?;
    T::try_from(number).map_err(|_| D::Error::custom("out of range"))
}

/// The same where `null` is as good as nothing.
///
/// # Errors
/// When it is neither.
pub(crate) fn optional_integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let number = Option::<Integer>::deserialize(deserializer)?;
    number
        .map(|Integer(number)| T::try_from(number))
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

    #[derive(Debug, Deserialize)]
    struct Outer<'a> {
        #[serde(borrow)]
        inner: Vec<Object<Inner<'a>>>,
    }

    #[test]
    fn integers_are_read_however_they_are_written() {
        for (text, units, days) in [
            (r#"{"units":1000.0,"name":"a"}"#, 1_000, None),
            (r#"{"units":1e3,"days":-2.0,"name":"a"}"#, 1_000, Some(-2)),
            (r#"{"units":7,"days":null,"name":"a"}"#, 7, None),
        ] {
            let read: Object<Inner<'_>> = serde_json::from_str(text).unwrap();
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

    #[test]
    fn an_object_is_no_list_of_its_members() {
        let whole = r#"{"inner":[{"units":1,"name":"a"}]}"#;
        assert_eq!(
            serde_json::from_str::<Outer<'_>>(whole)
                .unwrap()
                .inner
                .len(),
            1
        );
        let listed = r#"{"inner":[[1,2,"a"]]}"#;
        assert!(serde_json::from_str::<Outer<'_>>(listed).is_err());
        assert!(serde_json::from_str::<Inner<'_>>(r#"[1,2,"a"]"#).is_ok());
    }
}
