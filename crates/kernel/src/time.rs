//! Simulated time: whole microseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Microseconds: an instant counted from the scenario's start, or a length of time.
///
/// Arithmetic saturates, so that "never" (`Micros::MAX`) stays never.
/// As text it carries its unit: `"250us"`, `"20ms"`, `"1.5s"`, `"30min"`, `"6h"`, `"2d"`.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micros(pub u64);

impl Micros {
    /// The start, or no time at all.
    pub const ZERO: Micros = Micros(0);
    /// Never, or for ever.
    pub const MAX: Micros = Micros(u64::MAX);

    /// Whole milliseconds.
    #[inline]
    pub const fn from_millis(millis: u64) -> Micros {
        Micros(millis * 1_000)
    }

    /// Whole seconds.
    #[inline]
    pub const fn from_secs(seconds: u64) -> Micros {
        Micros(seconds * 1_000_000)
    }

    /// A wait that doubles each time, so many times by now, and is never longer than `longest`.
    pub const fn doubled(self, times: u32, longest: Micros) -> Micros {
        let times = if times > 63 { 63 } else { times };
        let micros = self.0.saturating_mul(1 << times);
        Micros(if micros < longest.0 {
            micros
        } else {
            longest.0
        })
    }

    /// Seconds with a fraction, rounded to the nearest microsecond; negative and non-finite values give zero.
    #[inline]
    pub fn from_secs_f64(seconds: f64) -> Micros {
        let micros = seconds * 1e6;
        if micros >= u64::MAX as f64 {
            Micros::MAX
        } else if micros > 0.0 {
            Micros((micros + 0.5) as u64)
        } else {
            Micros::ZERO
        }
    }

    /// The same length in seconds.
    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Whole seconds, rounded down.
    #[inline]
    pub const fn whole_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// `self - earlier`, or zero when `earlier` is later.
    #[inline]
    pub const fn since(self, earlier: Micros) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }

    /// Reads a duration with its unit, `us`, `ms`, `s`, `min`, `h` or `d`; or `never`, the longest there is.
    ///
    /// # Errors
    /// Says what was wrong and gives an example, when the text is not a non-negative number followed by a unit.
    pub fn parse(text: &str) -> Result<Micros, String> {
        let text = text.trim();
        if text == "never" {
            return Ok(Micros::MAX);
        }
        let split = text
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let number: f64 = number.replace('_', "").parse().map_err(|_| {
            format!(
                "`{text}` is not a duration; write a number and a unit, like \"90s\" or \"1.5h\""
            )
        })?;
        let scale = match unit.trim() {
            "us" => 1.0,
            "ms" => 1e3,
            "s" => 1e6,
            "min" => 60e6,
            "h" => 3_600e6,
            "d" => 86_400e6,
            "" => {
                return Err(format!(
                    "`{text}` has no unit; write \"{text}s\" for seconds, or us, ms, min, h, d"
                ));
            }
            other => {
                return Err(format!(
                    "`{other}` is not a unit of time; use us, ms, s, min, h or d"
                ));
            }
        };
        let micros = number * scale;
        if micros.is_finite() && micros < 9.0e18 {
            Ok(Micros((micros + 0.5) as u64))
        } else {
            Err(format!("`{text}` is too long a duration"))
        }
    }
}

impl Add for Micros {
    type Output = Micros;
    #[inline]
    fn add(self, other: Micros) -> Micros {
        Micros(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Micros {
    #[inline]
    fn add_assign(&mut self, other: Micros) {
        *self = *self + other;
    }
}

impl Sub for Micros {
    type Output = Micros;
    #[inline]
    fn sub(self, other: Micros) -> Micros {
        debug_assert!(self >= other, "time went backwards: {self} - {other}");
        self.since(other)
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            u64::MAX => f.write_str("never"),
            0 => f.write_str("0s"),
            n if n % 3_600_000_000 == 0 => write!(f, "{}h", n / 3_600_000_000),
            n if n % 60_000_000 == 0 => write!(f, "{}min", n / 60_000_000),
            n if n % 1_000_000 == 0 => write!(f, "{}s", n / 1_000_000),
            n if n >= 1_000_000 => write!(f, "{}s", n as f64 / 1e6),
            n if n % 1_000 == 0 => write!(f, "{}ms", n / 1_000),
            n => write!(f, "{n}us"),
        }
    }
}

impl fmt::Debug for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Micros, D::Error> {
        // What no person reads has the number.
        if !deserializer.is_human_readable() {
            return u64::deserialize(deserializer).map(Micros);
        }
        let text = String::deserialize(deserializer)?;
        Micros::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_u64(self.0);
        }
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schemas")]
impl schemars::JsonSchema for Micros {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": r"^([0-9][0-9_.]*\s*(us|ms|s|min|h|d)|never)$",
            "description": "a duration with its unit, like \"90s\" or \"1.5h\"",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit_and_refuses_none() {
        assert_eq!(Micros::parse("250us"), Ok(Micros(250)));
        assert_eq!(Micros::parse("1.5s"), Ok(Micros(1_500_000)));
        assert_eq!(Micros::parse("30 min"), Ok(Micros::from_secs(1_800)));
        assert_eq!(Micros::parse("2d"), Ok(Micros::from_secs(172_800)));
        assert!(Micros::parse("90").unwrap_err().contains("no unit"));
        assert!(
            Micros::parse("5 fortnights")
                .unwrap_err()
                .contains("fortnights")
        );
        assert!(Micros::parse("-1s").is_err());
    }

    #[test]
    fn prints_what_it_reads() {
        for text in ["0s", "250us", "20ms", "1.5s", "30min", "6h", "never"] {
            assert_eq!(Micros::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Micros::MAX + Micros(1), Micros::MAX);
    }
}
