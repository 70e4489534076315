//! Objects by their names alone. The code that `serde` derives for a struct also takes a JSON array, as the members in the
//! order of the code; a service reads objects by name, and refuses an array in the place of one (RFC 8259, 4 and 5: the
//! two are different types). The rule holds at every depth, so that all that is read goes through here.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// A deserializer, seed, visitor or access that takes objects by name only, and passes everything else on.
pub(super) struct Objects<T>(pub(super) T);

/// A visitor of an object: nothing but an object is one.
struct AnObject<V>(V);

macro_rules! pass_on {
    ($($method:ident($($name:ident: $of:ty),*);)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($name: $of,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($name,)* Objects(visitor))
        }
    )*};
}

macro_rules! pass_scalar_on {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Objects<D> {
    type Error = D::Error;

    pass_on! {
        deserialize_any();
        deserialize_option();
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_map();
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }

    pass_scalar_on! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_identifier deserialize_ignored_any
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, AnObject(visitor))
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for AnObject<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Objects(members))
    }
}

macro_rules! visit_scalars {
    ($($method:ident($of:ty);)*) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $of) -> Result<V::Value, E> {
            self.0.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Objects<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    visit_scalars! {
        visit_bool(bool);
        visit_i64(i64);
        visit_i128(i128);
        visit_u64(u64);
        visit_u128(u128);
        visit_f64(f64);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Objects(deserializer))
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Objects(deserializer))
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Objects(elements))
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Objects(members))
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Objects(variant))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Objects<S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Objects(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Objects<A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Objects(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Objects<A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Objects(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Objects<A> {
    type Error = A::Error;
    type Variant = Objects<A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Objects<A::Variant>), A::Error> {
        let (value, content) = self.0.variant_seed(seed)?;
        Ok((value, Objects(content)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Objects<A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Objects(seed))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(length, Objects(visitor))
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, AnObject(visitor))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde::Deserialize;
    use serde_json::value::RawValue;

    use crate::json::{read, read_text};

    #[derive(Debug, PartialEq, Deserialize)]
    struct Parcel<'a> {
        #[serde(borrow)]
        code: Cow<'a, str>,
        #[serde(default)]
        pieces: Vec<Piece>,
        #[serde(default)]
        first: Option<Piece>,
        #[serde(default)]
        kind: Option<Kind>,
        #[serde(default)]
        corner: Option<(i8, i8)>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Piece {
        units: u32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Kind {
        Plain,
        Sized { wide: u8 },
        Held(Piece),
    }

    #[test]
    fn objects_are_read_by_name_at_every_depth() {
        let body = r#"{"code":"a","pieces":[{"units":2}],"first":{"units":3},"kind":{"Sized":{"wide":4}},"corner":[1,-1]}"#;
        let read: Parcel<'_> = read(body.as_bytes()).unwrap();
        assert!(matches!(read.code, Cow::Borrowed("a")));
        assert_eq!(read.pieces, [Piece { units: 2 }]);
        assert_eq!(read.first, Some(Piece { units: 3 }));
        assert_eq!(read.kind, Some(Kind::Sized { wide: 4 }));
        assert_eq!(read.corner, Some((1, -1)));
        let plain: Parcel<'_> = read_text(r#"{"code":"b","kind":"Plain"}"#).unwrap();
        assert_eq!(plain.kind, Some(Kind::Plain));
    }

    #[test]
    fn arrays_are_no_objects_at_any_depth() {
        for body in [
            r#"["a"]"#,
            r#"{"code":"a","pieces":[[2]]}"#,
            r#"{"code":"a","first":[3]}"#,
            r#"{"code":"a","kind":{"Sized":[4]}}"#,
            r#"{"code":"a","kind":{"Held":[5]}}"#,
        ] {
            let refused = read::<Parcel<'_>>(body.as_bytes()).unwrap_err().to_string();
            assert!(
                refused.contains("expected an object at line 1"),
                "{refused}"
            );
        }
        assert!(read_text::<Parcel<'_>>(r#"{"code":"a","first":7}"#).is_err());
    }

    #[test]
    fn texts_of_json_and_values_without_a_type_are_read_as_ever() {
        #[derive(Deserialize)]
        struct Holder<'a> {
            #[serde(borrow)]
            raw: &'a RawValue,
            any: serde_json::Value,
            number: serde_json::Number,
        }
        let body = r#"{"raw":[1, {"a":2}],"any":[[3],{"b":null}],"number":1.5}"#;
        let held: Holder<'_> = read_text(body).unwrap();
        assert_eq!(held.raw.get(), r#"[1, {"a":2}]"#);
        assert_eq!(held.any, serde_json::json!([[3], {"b": null}]));
        assert_eq!(held.number.as_f64(), Some(1.5));
    }
}
