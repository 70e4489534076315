//! Types from TOML values, in little code. `toml`'s own reader makes of every type all that it could be, a list, a table, a
//! number, a text, whatever the type asks for: profiles and scenarios were a third of what is compiled of this crate.

use std::fmt::{self, Display};

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use toml::Value;

/// Reads a type from a value. Texts, numbers and truth values may stand for each other where the type says so; a list is no
/// table with its keys left out.
///
/// # Errors
/// What is wrong, in a sentence without its place.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    read_placed(value).map_err(|error| error.to_string())
}

/// Reads a type from a value as [`read`] does.
///
/// # Errors
/// What is wrong, and where.
pub fn read_placed<T: DeserializeOwned>(value: Value) -> Result<T, Misread> {
    T::deserialize(Typed(value))
}

/// Why a value is none of the type, and where it stands in what was read. Displayed without its place.
#[derive(Debug)]
pub struct Misread(Box<Wrong>);

/// How a notation calls what it is made of.
#[derive(Copy, Clone, Debug)]
pub struct Words {
    /// What has members.
    pub table: &'static str,
    /// A text.
    pub text: &'static str,
}

#[derive(Debug)]
struct Wrong {
    message: String,
    /// Keys and positions, the innermost first.
    steps: Vec<String>,
}

type Error = Misread;

impl Misread {
    /// Keys and positions down to what is wrong, or to the last table around it that was read by its keys:
    /// `channel.0.known_limits.graphql`.
    pub fn path(&self) -> String {
        let steps = self.0.steps.iter().rev().map(String::as_str);
        steps.collect::<Vec<_>>().join(".")
    }

    /// The last key of the path; the whole where there is none.
    pub fn key(&self) -> &str {
        let is_key = |step: &&String| step.parse::<usize>().is_err();
        let key = self.0.steps.iter().find(is_key);
        key.map_or("the whole", String::as_str)
    }

    /// What stands there otherwise than it should, in the words of TOML files rather than of types.
    pub fn in_words(&self) -> String {
        self.in_words_of(&Words {
            table: "a table",
            text: "a text in quotes",
        })
    }

    /// The same in the words of another notation.
    pub fn in_words_of(&self, words: &Words) -> String {
        let message = &self.0.message;
        let Some((is, expected)) = message.rsplit_once(", expected ") else {
            return message.clone();
        };
        if let Some(name) = is.strip_prefix("unknown field ") {
            return format!("there is no {name}, and {expected} is wanted");
        }
        if let Some(name) = is.strip_prefix("unknown variant ") {
            return format!("{name} is unknown, and {expected} is wanted");
        }
        if expected == "string only" {
            // A name of several, of which nothing else is said.
            return format!("{} is wanted", words.text);
        }
        let is = is
            .trim_start_matches("invalid type: ")
            .trim_start_matches("invalid value: ");
        let expected = match expected {
            "u8" => "a whole number from 0 to 255",
            "u16" => "a whole number from 0 to 65535",
            "u32" => "a whole number from 0 to 4294967295",
            "u64" | "usize" => "a whole number from 0 on",
            "i8" | "i16" | "i32" | "i64" => "a whole number",
            "f32" | "f64" => "a number",
            "a boolean" => "true or false",
            "a string" => words.text,
            "a sequence" => "an array",
            "a map" => words.table,
            it if it.starts_with("struct ") => words.table,
            it => it,
        };
        let is = match is {
            "sequence" => "an array",
            "map" => words.table,
            it => it,
        };
        format!("this is {is}, and {expected} is wanted")
    }

    #[cold]
    fn at(mut self, step: impl Display) -> Misread {
        self.0.steps.push(step.to_string());
        self
    }
}

impl Display for Misread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl std::error::Error for Misread {}

impl serde::de::Error for Misread {
    #[cold]
    fn custom<T: Display>(message: T) -> Misread {
        Misread(Box::new(Wrong {
            message: message.to_string(),
            steps: Vec::new(),
        }))
    }
}

/// A value that says what it is only as far as it is asked.
struct Typed(Value);

impl Typed {
    fn unexpected(&self) -> Unexpected<'_> {
        match &self.0 {
            Value::Boolean(value) => Unexpected::Bool(*value),
            Value::Integer(value) => Unexpected::Signed(*value),
            Value::Float(value) => Unexpected::Float(*value),
            Value::String(text) => Unexpected::Str(text),
            Value::Datetime(_) => Unexpected::Other("a date"),
            Value::Array(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        }
    }

    fn refused<'de, V: Visitor<'de>>(&self, visitor: &V) -> Error {
        Error::invalid_type(self.unexpected(), visitor)
    }

    /// Anything but lists and tables.
    #[inline(never)]
    fn single<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Boolean(value) => visitor.visit_bool(value),
            Value::Integer(value) => visitor.visit_i64(value),
            Value::Float(value) => visitor.visit_f64(value),
            Value::String(text) => visitor.visit_string(text),
            Value::Datetime(date) => visitor.visit_string(date.to_string()),
            Value::Array(_) | Value::Table(_) => Err(self.refused(&visitor)),
        }
    }

    #[inline(never)]
    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Array(elements) = self.0 else {
            return Err(self.refused(&visitor));
        };
        let length = elements.len();
        let mut elements = Elements {
            elements: elements.into_iter(),
            given: 0,
        };
        let list = visitor.visit_seq(&mut elements)?;
        match elements.elements.len() {
            0 => Ok(list),
            _ => Err(Error::invalid_length(length, &"fewer elements in array")),
        }
    }

    #[inline(never)]
    fn table<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Table(table) = self.0 else {
            return Err(self.refused(&visitor));
        };
        visitor.visit_map(Entries {
            entries: table.into_iter(),
            key: String::new(),
            value: None,
        })
    }
}

macro_rules! read_by {
    ($by:ident: $($method:ident($($argument:ident: $type:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Error> {
            $(let _ = $argument;)*
            self.$by(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Typed {
    type Error = Error;

    read_by!(single: deserialize_bool() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_i8()
        deserialize_i16() deserialize_i32() deserialize_i64() deserialize_f32() deserialize_f64() deserialize_char()
        deserialize_str() deserialize_string() deserialize_bytes() deserialize_byte_buf() deserialize_unit()
        deserialize_unit_struct(name: &'static str) deserialize_identifier());
    read_by!(list: deserialize_seq() deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize));
    read_by!(table: deserialize_map() deserialize_struct(name: &'static str, fields: &'static [&'static str]));

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => self.list(visitor),
            Value::Table(_) => self.table(visitor),
            _ => self.single(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    /// What is not there is left out of a table, so that what is there is something.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut table = match self.0 {
            Value::String(name) => return visitor.visit_enum(Variant { name, value: None }),
            Value::Table(table) if table.len() == 1 => table.into_iter(),
            Value::Table(_) => return Err(Error::custom("wanted exactly 1 element")),
            _ => return Err(Error::invalid_type(Unexpected::UnitVariant, &"string only")),
        };
        let (name, value) = table
            .next()
            .unwrap_or((String::new(), Value::Boolean(false)));
        visitor.visit_enum(Variant {
            name,
            value: Some(value),
        })
    }
}

struct Elements {
    elements: std::vec::IntoIter<Value>,
    given: usize,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(element) = self.elements.next() else {
            return Ok(None);
        };
        let position = self.given;
        self.given += 1;
        let read = seed.deserialize(Typed(element));
        read.map(Some).map_err(|error| error.at(position))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.len())
    }
}

struct Entries {
    entries: <toml::Table as IntoIterator>::IntoIter,
    /// The key that was given last.
    key: String,
    /// Its value.
    value: Option<Value>,
}

impl Entries {
    #[inline(never)]
    fn key(&mut self) -> Option<StringDeserializer<Error>> {
        let (key, value) = self.entries.next()?;
        self.value = Some(value);
        self.key.clone_from(&key);
        Some(key.into_deserializer())
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.key().map(|key| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let value = self.value.take();
        let value = value.ok_or_else(|| Error::custom("value is missing"))?;
        let read = seed.deserialize(Typed(value));
        read.map_err(|error| error.at(&self.key))
    }
}

/// A variant's name, and what is in it.
struct Variant {
    name: String,
    value: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Content;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Content), Error> {
        let name: StringDeserializer<Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.value)))
    }
}

/// What is in a variant; nothing where its name stands alone.
struct Content(Option<Value>);

impl Content {
    fn value(self, expected: &str) -> Result<Typed, Error> {
        let missing = || Error::invalid_type(Unexpected::UnitVariant, &expected);
        self.0.map(Typed).ok_or_else(missing)
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.0 {
            None => Ok(()),
            Some(value) => Err(Error::invalid_type(
                Typed(value).unexpected(),
                &"a name alone",
            )),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.value("newtype variant")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.value("tuple variant")?.list(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.value("struct variant")?.table(visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Plain,
        Wide(u32),
        Pair(i8, f32),
        Named { text: String },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(f64),
        Texts(Vec<String>),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct New(u16);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct All {
        yes: bool,
        number: f64,
        new: New,
        #[serde(default)]
        perhaps: Option<String>,
        shapes: Vec<Shape>,
        either: BTreeMap<String, Either>,
        pair: (u8, char),
        date: String,
        rest: toml::Table,
    }

    const TEXT: &str = "yes = true\nnumber = 5\nnew = 7\nperhaps = \"so\"\npair = [9, \"z\"]\ndate = 2026-11-27\n\
                        shapes = [\"plain\", { wide = 3 }, { pair = [-1, 0.5] }, { named = { text = \"it\" } }]\n\
                        [either]\none = 1.5\nother = [\"a\", \"b\"]\n[rest]\ndeep = [{ at = 2026-11-27T08:00:00Z }]\n";

    /// Both read the same; where `toml` would take a date inside of a free table for a date, this takes its text.
    #[test]
    fn it_reads_what_toml_reads() {
        let value = Value::Table(TEXT.parse().unwrap());
        let own: All = read(value.clone()).unwrap();
        assert_eq!(own, value.try_into().unwrap());
        assert_eq!(own.shapes.len(), 4);
        assert_eq!((own.number, own.date.as_str()), (5.0, "2026-11-27"));
    }

    /// The errors are the same sentences.
    #[test]
    fn it_refuses_what_toml_refuses_in_the_same_words() {
        for (from, to) in [
            ("yes = true", "yes = 1"),
            ("number = 5", "number = \"5\""),
            ("new = 7", "new = 70000"),
            ("new = 7", "new = -1"),
            ("perhaps = \"so\"", "perhaps = [1]"),
            ("pair = [9, \"z\"]", "pair = [9, \"z\", 1]"),
            ("pair = [9, \"z\"]", "pair = [9]"),
            ("\"plain\", ", "\"plane\", "),
            ("{ wide = 3 }", "{ wide = \"3\" }"),
            ("{ wide = 3 }", "\"wide\""),
            ("{ named = { text = \"it\" } }", "{ named = {} }"),
            ("one = 1.5", "one = true"),
            ("[rest]", "[remainder]"),
            ("yes = true\n", ""),
        ] {
            let text = TEXT.replacen(from, to, 1);
            assert_ne!(text, TEXT, "{from}");
            let value = Value::Table(text.parse().unwrap());
            let own = read::<All>(value.clone()).unwrap_err();
            let theirs = value.try_into::<All>().unwrap_err();
            assert_eq!(own, theirs.message(), "{to}");
        }
        let list = Value::Array(vec![Value::Integer(7)]);
        assert!(read::<BTreeMap<String, u8>>(list).is_err());
    }

    #[test]
    fn it_says_where_and_in_the_words_of_files() {
        for (from, to, path, key, said) in [
            (
                "yes = true",
                "yes = 1",
                "yes",
                "yes",
                "integer `1`, and true or false",
            ),
            ("new = 7", "new = 70000", "new", "new", "from 0 to 65535"),
            (
                "{ wide = 3 }",
                "{ wide = [] }",
                "shapes.1",
                "shapes",
                "this is an array",
            ),
            (
                "one = 1.5",
                "one = true",
                "either.one",
                "one",
                "did not match any",
            ),
            ("yes = true\n", "", "", "the whole", "missing field `yes`"),
            (
                "[rest]",
                "[remainder]",
                "",
                "the whole",
                "there is no `remainder`",
            ),
            (
                "\"plain\", ",
                "\"plane\", ",
                "shapes.0",
                "shapes",
                "`plane` is unknown",
            ),
            (
                "\"plain\", ",
                "7, ",
                "shapes.0",
                "shapes",
                "a text in quotes is wanted",
            ),
        ] {
            let value = Value::Table(TEXT.replacen(from, to, 1).parse().unwrap());
            let error = read_placed::<All>(value).unwrap_err();
            assert_eq!((error.path().as_str(), error.key()), (path, key));
            let words = error.in_words();
            assert!(words.contains(said), "{words}");
        }
    }
}
