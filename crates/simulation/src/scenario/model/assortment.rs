//! `assortment` of a channel: which of the merchant's SKUs its shop lists.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which SKUs a shop lists. What it does not list nobody can buy there, and no engine can publish.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Assortment {
    /// Every one.
    #[default]
    All,
    /// This part of them, above 0 and below 1, drawn for each SKU by the seed.
    Share(f64),
    /// Those that the replayed order log sells on the channel.
    Sold,
    /// These alone: places in the catalogue, from 1.
    Only(Vec<u32>),
    /// Every one but these: places in the catalogue, from 1.
    Without(Vec<u32>),
}

impl Assortment {
    /// Whether the shop lists every SKU.
    pub fn is_all(&self) -> bool {
        *self == Assortment::All
    }

    /// The key and the places that it names one by one.
    pub fn named(&self) -> Option<(&'static str, &[u32])> {
        match self {
            Assortment::Only(ranks) => Some((ONLY, ranks)),
            Assortment::Without(ranks) => Some((WITHOUT, ranks)),
            Assortment::All | Assortment::Share(_) | Assortment::Sold => None,
        }
    }
}

const ALL: &str = "all";
const SOLD: &str = "sold";
const ONLY: &str = "only";
const WITHOUT: &str = "without";

const EXPECTED: &str =
    "\"all\", a share (\"70%\"), \"sold\", { only = [1, 2] } or { without = [3] }";

impl Serialize for Assortment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Assortment::All => serializer.serialize_str(ALL),
            Assortment::Sold => serializer.serialize_str(SOLD),
            // The digits that were written, not those of the nearest binary fraction.
            Assortment::Share(share) => {
                serializer.collect_str(&format_args!("{}%", libm::round(share * 1e8) / 1e6))
            }
            Assortment::Only(ranks) | Assortment::Without(ranks) => {
                let key = self.named().map_or(ONLY, |(key, _)| key);
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(key, ranks)?;
                map.end()
            }
        }
    }
}

struct Reads;

impl<'de> Visitor<'de> for Reads {
    type Value = Assortment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Assortment, E> {
        match text {
            ALL => return Ok(Assortment::All),
            SOLD => return Ok(Assortment::Sold),
            _ => {}
        }
        let percent = text
            .strip_suffix('%')
            .and_then(|digits| digits.trim_end().parse::<f64>().ok());
        match percent {
            Some(100.0) => Ok(Assortment::All),
            Some(percent) if percent > 0.0 && percent < 100.0 => {
                Ok(Assortment::Share(percent / 100.0))
            }
            Some(_) => Err(E::custom(format!(
                "`{text}` is no part of the SKUs: write a share above 0% and up to 100%"
            ))),
            None => Err(E::custom(format!("`{text}`: expected {EXPECTED}"))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Assortment, A::Error> {
        let Some(key) = table.next_key::<String>()? else {
            return Err(A::Error::custom(format!(
                "an empty table says nothing: expected {EXPECTED}"
            )));
        };
        let assortment = match key.as_str() {
            ONLY => Assortment::Only(table.next_value()?),
            WITHOUT => Assortment::Without(table.next_value()?),
            _ => {
                return Err(A::Error::custom(format!(
                    "unknown key `{key}`: expected {EXPECTED}"
                )));
            }
        };
        match table.next_key::<String>()? {
            Some(other) => Err(A::Error::custom(format!(
                "`{other}` beside `{key}`: name the SKUs that are listed, or those that are not"
            ))),
            None => Ok(assortment),
        }
    }
}

impl<'de> Deserialize<'de> for Assortment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Assortment, D::Error> {
        deserializer.deserialize_any(Reads)
    }
}

/// Which SKUs a shop lists.
#[cfg(any(test, feature = "test-support"))]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, rename = "Assortment")]
#[expect(dead_code, reason = "its shape alone is read")]
pub(super) enum AssortmentShape {
    /// `"all"`, `"sold"` (a replay: what its log sells there) or a share of the SKUs, such as `"70%"`, drawn by the seed.
    Text(String),
    /// These alone, by their places in the catalogue, from 1.
    Only {
        /// Places.
        only: Vec<u32>,
    },
    /// All but these.
    Without {
        /// Places.
        without: Vec<u32>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, Serialize)]
    struct Holder {
        assortment: Assortment,
    }

    fn read(value: &str) -> Result<Assortment, String> {
        let read: Result<Holder, _> = toml::from_str(&format!("assortment = {value}"));
        read.map(|it| it.assortment).map_err(|it| it.to_string())
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for (text, meant) in [
            ("\"all\"", Assortment::All),
            ("\"100%\"", Assortment::All),
            ("\"sold\"", Assortment::Sold),
            ("\"62.5%\"", Assortment::Share(0.625)),
            ("\"7 %\"", Assortment::Share(0.07)),
            ("{ only = [2, 9] }", Assortment::Only(vec![2, 9])),
            ("{ without = [4] }", Assortment::Without(vec![4])),
        ] {
            let assortment = read(text).unwrap();
            assert_eq!(assortment, meant, "{text}");
            let written = toml::to_string(&Holder { assortment }).unwrap();
            let again: Holder = toml::from_str(&written).unwrap();
            assert_eq!(again.assortment, meant, "{written}");
        }
    }

    #[test]
    fn what_says_no_part_of_the_skus_is_refused() {
        for (text, says) in [
            ("\"0%\"", "above 0%"),
            ("\"-5%\"", "above 0%"),
            ("\"101%\"", "above 0%"),
            ("\"nan%\"", "above 0%"),
            ("\"some\"", "expected \"all\""),
            ("\"0.5\"", "expected \"all\""),
            ("{}", "says nothing"),
            ("{ these = [1] }", "unknown key `these`"),
            ("{ only = [1], without = [2] }", "`without` beside `only`"),
            ("{ only = [-1] }", "-1"),
            ("3", "expected"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
