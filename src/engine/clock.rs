//! The engine's time: whole microseconds since it was started. The driver's clock is the only one there is.

use std::ops::{Add, AddAssign};

/// An instant since the engine's start, or a length of time. Arithmetic saturates.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micros(pub u64);

impl Micros {
    /// The start, or no time.
    pub const ZERO: Micros = Micros(0);
    /// Never.
    pub const MAX: Micros = Micros(u64::MAX);

    /// Whole seconds.
    pub const fn from_secs(seconds: u64) -> Micros {
        Micros(seconds * 1_000_000)
    }

    /// Whole milliseconds.
    pub const fn from_millis(millis: u64) -> Micros {
        Micros(millis * 1_000)
    }

    /// Seconds with a fraction; what is not a positive finite number gives zero.
    pub fn from_secs_f64(seconds: f64) -> Micros {
        if seconds > 0.0 {
            Micros((seconds * 1e6).min(1.8e19) as u64)
        } else {
            Micros::ZERO
        }
    }

    /// The same in seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// `self - earlier`, or zero when `earlier` is later.
    pub const fn since(self, earlier: Micros) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Micros {
    type Output = Micros;
    fn add(self, other: Micros) -> Micros {
        Micros(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Micros {
    fn add_assign(&mut self, other: Micros) {
        *self = *self + other;
    }
}

impl<'de> serde::Deserialize<'de> for Micros {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Micros, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let duration: jiff::SignedDuration = text.parse().map_err(|_| {
            serde::de::Error::custom(format!(
                "`{text}` is not a duration; write a number and a unit (us, ms, s, min, h), like \"90s\" or \"1.5h\""
            ))
        })?;
        u64::try_from(duration.as_micros())
            .map(Micros)
            .map_err(|_| {
                serde::de::Error::custom(format!(
                    "`{text}` is negative; a duration here is zero or more"
                ))
            })
    }
}

impl serde::Serialize for Micros {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Longer times cannot be read again; nothing lives to see the difference.
        let micros = self.0.min(i64::MAX as u64);
        let whole = |unit: u64| micros.is_multiple_of(unit).then_some(micros / unit);
        let units = [
            (3_600_000_000, "h"),
            (60_000_000, "min"),
            (1_000_000, "s"),
            (1_000, "ms"),
        ];
        let fit = units
            .iter()
            .find_map(|(unit, name)| Some((whole(*unit)?, *name)));
        let (count, unit) = match fit {
            Some(_) if micros == 0 => (0, "s"),
            Some(fit) => fit,
            None => (micros, "us"),
        };
        serializer.collect_str(&format_args!("{count}{unit}"))
    }
}

impl schemars::JsonSchema for Micros {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EngineDuration".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "a duration with its unit, like \"90s\" or \"1.5h\"",
        })
    }
}
