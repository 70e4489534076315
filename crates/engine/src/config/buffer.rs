//! What a mirror holds back: units that it leaves unshown, so that sales which are not known yet find something.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Units held back: `2` on every channel, `{ web = 0, amazon = 2 }` by channel (none on those that are not named), or
/// `{ dynamic = "99%" }`, worked out for each listing from sales and delays (docs/theory.md A3).
#[derive(Clone, Debug, PartialEq)]
pub enum Buffer {
    /// The same on every channel.
    Units(u32),
    /// By the channels' names.
    ByChannel(BTreeMap<String, u32>),
    /// As many as keep a stock-out from overselling so often.
    Dynamic(Confidence),
}

impl Default for Buffer {
    fn default() -> Self {
        Buffer::Units(0)
    }
}

impl Buffer {
    /// Units held back on a channel whatever sells; zero where that is worked out as it goes.
    pub fn standing_units(&self, channel: &str) -> u32 {
        match self {
            Buffer::Units(units) => *units,
            Buffer::ByChannel(units) => units.get(channel).copied().unwrap_or(0),
            Buffer::Dynamic(_) => 0,
        }
    }

    /// The largest number of units that is held back on any channel whatever sells.
    pub fn most_standing_units(&self) -> u32 {
        match self {
            Buffer::Units(units) => *units,
            Buffer::ByChannel(units) => units.values().copied().max().unwrap_or(0),
            Buffer::Dynamic(_) => 0,
        }
    }

    /// How sure a stock-out shall be to oversell nothing, where the units are worked out as it goes.
    pub fn confidence(&self) -> Option<Confidence> {
        match self {
            Buffer::Dynamic(confidence) => Some(*confidence),
            Buffer::Units(_) | Buffer::ByChannel(_) => None,
        }
    }

    /// Holds back on each of the names what is held back on the channel that they are given for; nothing is left of a channel
    /// without one.
    pub fn rename(&mut self, names_of: impl Fn(&str) -> Vec<String>) {
        if let Buffer::ByChannel(units) = self {
            let all = std::mem::take(units).into_iter();
            units.extend(all.flat_map(|(name, held_back)| {
                let names = names_of(&name).into_iter();
                names.map(move |name| (name, held_back))
            }));
        }
    }

    /// The channels that are named.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        let named = match self {
            Buffer::ByChannel(units) => Some(units.keys().map(String::as_str)),
            Buffer::Units(_) | Buffer::Dynamic(_) => None,
        };
        named.into_iter().flatten()
    }
}

/// The part of stock-outs that shall oversell nothing, written as per cent.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Confidence(f64);

impl Confidence {
    /// The part of stock-outs that may oversell.
    pub fn risk(self) -> f64 {
        1.0 - self.0
    }
}

impl std::str::FromStr for Confidence {
    type Err = String;

    fn from_str(text: &str) -> Result<Confidence, String> {
        let number = text.trim().strip_suffix('%').map(str::trim);
        let per_cent = number.and_then(|number| number.parse::<f64>().ok());
        match per_cent {
            Some(per_cent) if (50.0..=99.999).contains(&per_cent) => {
                Ok(Confidence(per_cent / 100.0))
            }
            _ => Err(format!(
                "`{text}` is no confidence: write per cent from 50% to 99.999%, such as \"99%\""
            )),
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The digits that were written, not those of the nearest binary fraction.
        write!(f, "{}%", libm::round(self.0 * 1e8) / 1e6)
    }
}

/// The key that asks for a buffer that is worked out. A channel of that name can still have one: its value is a number.
const DYNAMIC: &str = "dynamic";

impl Serialize for Buffer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Buffer::Units(units) => serializer.serialize_u32(*units),
            Buffer::ByChannel(units) => units.serialize(serializer),
            Buffer::Dynamic(confidence) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(DYNAMIC, &confidence.to_string())?;
                map.end()
            }
        }
    }
}

/// A value of the table.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Units(u32),
    Text(String),
    Other(serde::de::IgnoredAny),
}

struct Reads;

const EXPECTED: &str = "units (2), units by channel ({ amazon = 2 }) or { dynamic = \"99%\" }";

fn held_back<E: Error>(units: impl TryInto<u32> + Copy + fmt::Display) -> Result<Buffer, E> {
    units.try_into().map(Buffer::Units).map_err(|_| {
        E::custom(format!(
            "{units} units cannot be held back: expected {EXPECTED}, of 0 or more units"
        ))
    })
}

impl<'de> Visitor<'de> for Reads {
    type Value = Buffer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_i64<E: Error>(self, units: i64) -> Result<Buffer, E> {
        held_back(units)
    }

    fn visit_u64<E: Error>(self, units: u64) -> Result<Buffer, E> {
        held_back(units)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Buffer, A::Error> {
        let mut units = BTreeMap::new();
        let mut confidence = None;
        while let Some(key) = table.next_key::<String>()? {
            match table.next_value::<Value>()? {
                Value::Units(number) => {
                    units.insert(key, number);
                }
                Value::Text(text) if key == DYNAMIC => {
                    confidence = Some(text.parse().map_err(A::Error::custom)?);
                }
                Value::Text(_) | Value::Other(_) => {
                    return Err(A::Error::custom(format!(
                        "`{key}` holds back no number of units: expected {EXPECTED}"
                    )));
                }
            }
        }
        match confidence {
            Some(_) if !units.is_empty() => Err(A::Error::custom(format!(
                "`{DYNAMIC}` works out the units of every channel, so that none can be given beside it"
            ))),
            Some(confidence) => Ok(Buffer::Dynamic(confidence)),
            None => Ok(Buffer::ByChannel(units)),
        }
    }
}

impl<'de> Deserialize<'de> for Buffer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Buffer, D::Error> {
        deserializer.deserialize_any(Reads)
    }
}

/// Units held back: so many on every channel, by channel, or worked out as it goes.
#[cfg(feature = "schemas")]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, rename = "Buffer")]
#[expect(dead_code, reason = "its shape alone is read")]
pub(super) enum BufferShape {
    /// Units on every channel.
    Units(u32),
    /// Worked out for each listing from sales and delays: the part of stock-outs that shall oversell nothing, such as `"99%"`.
    Dynamic {
        /// Per cent, from 50% to 99.999%.
        dynamic: String,
    },
    /// Units by the channels' names.
    ByChannel(BTreeMap<String, u32>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Buffer, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_buffer_is_read_as_it_is_written() {
        for text in ["3", r#"{"amazon":2,"dynamic":1}"#, r#"{"dynamic":"99.5%"}"#] {
            let buffer = read(text).unwrap();
            assert_eq!(serde_json::to_string(&buffer).unwrap(), text);
        }
        let by_channel = read(r#"{"amazon":2}"#).unwrap();
        let standing = ["amazon", "web"].map(|channel| by_channel.standing_units(channel));
        assert_eq!((standing, by_channel.most_standing_units()), ([2, 0], 2));
        let dynamic = read(r#"{"dynamic":"99%"}"#).unwrap();
        assert!((dynamic.confidence().unwrap().risk() - 0.01).abs() < 1e-12);
        for (text, said) in [
            (r#"{"dynamic":"lots"}"#, "99%"),
            (r#"{"dynamic":"100%"}"#, "99.999%"),
            (r#"{"amazon":"2"}"#, "`amazon`"),
            (r#"{"amazon":2,"dynamic":"99%"}"#, "beside it"),
            ("-1", "held back"),
            ("\"2\"", "units by channel"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
