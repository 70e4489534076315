//! An entry with names in place of positions, as one flat object.

use std::fmt::Display;

use channel_mocks::core::Micros;
use serde::ser::{Error, Impossible, SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::entry::Entry;

/// Names of what entries give by position.
#[derive(Clone, Debug, Default)]
pub struct EntryNames {
    /// Channels.
    pub channels: Vec<String>,
    /// SKUs.
    pub skus: Vec<String>,
    /// The warehouse's locations.
    pub locations: Vec<String>,
}

impl EntryNames {
    /// The names that a member's position is one of; `None` for members that hold no position.
    fn of(&self, member: &str) -> Option<&[String]> {
        match member {
            "channel" => Some(&self.channels),
            "sku" => Some(&self.skus),
            "location" => Some(&self.locations),
            _ => None,
        }
    }
}

/// An entry and when it happened. Serialises to `at_s`, then what the entry serialises to, with names for channels, SKUs
/// and locations; a position that has no name is left out.
#[derive(Copy, Clone, Debug)]
pub struct EntryLine<'a> {
    /// When.
    pub at: Micros,
    /// What.
    pub entry: &'a Entry,
    /// Names of what the entry gives by position.
    pub names: &'a EntryNames,
}

impl Serialize for EntryLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("at_s", &self.at.as_secs_f64())?;
        self.entry.serialize(Members {
            line: &mut line,
            names: self.names,
        })?;
        line.end()
    }
}

/// Takes an entry's members into a line.
struct Members<'a, M> {
    line: &'a mut M,
    names: &'a EntryNames,
}

impl<M: SerializeMap> SerializeStruct for Members<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        member: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        let Some(names) = self.names.of(member) else {
            return self.line.serialize_entry(member, value);
        };
        let position = serde_json::to_value(value).map_err(M::Error::custom)?;
        match position.as_u64().and_then(|at| names.get(at as usize)) {
            Some(name) => self.line.serialize_entry(member, name),
            None => Ok(()),
        }
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

/// Methods for what an entry is not.
macro_rules! not_entries {
    ($($method:ident($($argument:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$ok, M::Error> {
            Err(not_an_entry())
        })*
    };
}

fn not_an_entry<E: Error>() -> E {
    E::custom("an entry is a struct")
}

impl<'a, M: SerializeMap> Serializer for Members<'a, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = Impossible<(), M::Error>;
    type SerializeStruct = Members<'a, M>;
    type SerializeStructVariant = Impossible<(), M::Error>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, M::Error> {
        Ok(self)
    }

    not_entries! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), M::Error> {
        Err(not_an_entry())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), M::Error> {
        Err(not_an_entry())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), M::Error> {
        Err(not_an_entry())
    }

    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Result<(), M::Error> {
        Err(not_an_entry())
    }
}
