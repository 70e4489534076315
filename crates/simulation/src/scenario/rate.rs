//! Rates with their unit.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A rate per second, written with its unit: `"5/s"`, `"300/min"`, `"20000/d"`.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct Rate {
    /// Events a second.
    pub per_second: f64,
}

impl Rate {
    /// Reads `"5/s"`, `"300/min"`, `"100/h"` or `"20000/d"`.
    ///
    /// # Errors
    /// Says what was wrong and gives an example.
    pub fn parse(text: &str) -> Result<Rate, String> {
        let example = "write a number per unit of time, like \"5/s\", \"300/min\" or \"20000/d\"";
        let (number, unit) = text
            .split_once('/')
            .ok_or_else(|| format!("`{text}` is not a rate; {example}"))?;
        let number: f64 = number
            .trim()
            .replace('_', "")
            .parse()
            .map_err(|_| format!("`{text}` is not a rate; {example}"))?;
        let seconds = match unit.trim() {
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            other => {
                return Err(format!(
                    "`{other}` is not a unit of time for a rate; use s, min, h or d"
                ));
            }
        };
        if number.is_finite() && number >= 0.0 {
            Ok(Rate {
                per_second: number / seconds,
            })
        } else {
            Err(format!(
                "`{text}` is not possible: a rate is a number from zero up, like \"5/s\""
            ))
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Rate::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/s", self.per_second))
    }
}

#[cfg(any(test, feature = "test-support"))]
impl schemars::JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": r"^[0-9][0-9_.]*/(s|min|h|d)$",
            "description": "events per unit of time, like \"5/s\"",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units_and_refuses_nonsense() {
        assert_eq!(Rate::parse("5/s").unwrap().per_second, 5.0);
        assert_eq!(Rate::parse("300/min").unwrap().per_second, 5.0);
        assert!(Rate::parse("5").unwrap_err().contains("5/s"));
        assert!(
            Rate::parse("5/fortnight")
                .unwrap_err()
                .contains("fortnight")
        );
        assert!(Rate::parse("-5/s").unwrap_err().contains("from zero up"));
    }
}
