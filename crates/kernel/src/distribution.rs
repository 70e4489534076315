//! Distributions of delays, as data.

use serde::{Deserialize, Serialize};

use crate::random::Stream;
use crate::time::Micros;

/// A distribution of a delay. In TOML one of
/// `{ fixed = "2s" }`, `{ uniform = ["2s", "8s"] }`, `{ exponential = "5s" }` (the mean),
/// `{ p50 = "1s", p99 = "7s" }` (log-normal by two quantiles), each optionally with `max = "60s"`, a hard bound.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(try_from = "Text", into = "Text")]
#[cfg_attr(feature = "schemas", schemars(with = "Text"))]
pub struct Distribution {
    shape: Shape,
    /// No draw is longer than this.
    pub max: Micros,
}

#[derive(Copy, Clone, Debug, PartialEq)]
enum Shape {
    Fixed(Micros),
    Uniform(Micros, Micros),
    Exponential(Micros),
    LogNormal {
        median: Micros,
        p99: Micros,
        sigma: f64,
    },
}

/// The 0.99 quantile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

impl Distribution {
    /// Always the same delay.
    pub const fn fixed(delay: Micros) -> Distribution {
        Distribution {
            shape: Shape::Fixed(delay),
            max: Micros::MAX,
        }
    }

    /// Log-normal with the given median and 99 % quantile (`p99 >= p50 > 0`).
    pub fn log_normal(p50: Micros, p99: Micros) -> Distribution {
        debug_assert!(p50 > Micros::ZERO && p99 >= p50);
        let sigma = libm::log(p99.0 as f64 / p50.0 as f64) / Z99;
        Distribution {
            shape: Shape::LogNormal {
                median: p50,
                p99,
                sigma,
            },
            max: Micros::MAX,
        }
    }

    /// Exponential with the given mean.
    pub const fn exponential(mean: Micros) -> Distribution {
        Distribution {
            shape: Shape::Exponential(mean),
            max: Micros::MAX,
        }
    }

    /// Anything from one delay to another (`low <= high`), both included.
    pub const fn uniform(low: Micros, high: Micros) -> Distribution {
        debug_assert!(low.0 <= high.0);
        Distribution {
            shape: Shape::Uniform(low, high),
            max: Micros::MAX,
        }
    }

    /// The same distribution with every draw cut at `max`.
    pub const fn bounded(mut self, max: Micros) -> Distribution {
        self.max = max;
        self
    }

    /// Draws one delay.
    #[inline]
    pub fn draw(&self, stream: &mut Stream) -> Micros {
        let drawn = match self.shape {
            Shape::Fixed(delay) => delay,
            Shape::Uniform(low, high) => Micros(low.0 + stream.below(high.0 - low.0 + 1)),
            Shape::Exponential(mean) => Micros(stream.exponential(mean.0 as f64) as u64),
            Shape::LogNormal { median, sigma, .. } => {
                Micros((median.0 as f64 * libm::exp(sigma * stream.normal())) as u64)
            }
        };
        drawn.min(self.max)
    }

    /// What half of all draws stay within.
    pub fn median(&self) -> Micros {
        let half = match self.shape {
            Shape::Fixed(delay) => delay,
            Shape::Uniform(low, high) => Micros(low.0 + (high.0 - low.0) / 2),
            Shape::Exponential(mean) => Micros((mean.0 as f64 * std::f64::consts::LN_2) as u64),
            Shape::LogNormal { median, .. } => median,
        };
        half.min(self.max)
    }

    /// What all draws stay within or, where there is no bound, 99 of 100: whatever takes longer is late.
    pub fn usually_within(&self) -> Micros {
        let p99 = match self.shape {
            Shape::Fixed(_) | Shape::Uniform(..) => self.upper_bound(),
            Shape::Exponential(mean) => Micros((mean.0 as f64 * libm::log(100.0)) as u64),
            Shape::LogNormal { p99, .. } => p99,
        };
        match self.upper_bound() {
            Micros::MAX => p99,
            bound => bound,
        }
    }

    /// The longest delay that can be drawn; `Micros::MAX` when there is no bound.
    pub fn upper_bound(&self) -> Micros {
        match self.shape {
            Shape::Fixed(delay) => delay.min(self.max),
            Shape::Uniform(_, high) => high.min(self.max),
            Shape::Exponential(_) | Shape::LogNormal { .. } => self.max,
        }
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uniform: Option<(Micros, Micros)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exponential: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p50: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Micros>,
}

impl TryFrom<Text> for Distribution {
    type Error = String;
    fn try_from(text: Text) -> Result<Distribution, String> {
        let bounded = |d: Distribution| d.bounded(text.max.unwrap_or(Micros::MAX));
        match (text.fixed, text.uniform, text.exponential, text.p50, text.p99) {
            (Some(delay), None, None, None, None) => Ok(bounded(Distribution::fixed(delay))),
            (None, Some((low, high)), None, None, None) if low <= high => {
                Ok(bounded(Distribution::uniform(low, high)))
            }
            (None, Some((low, high)), None, None, None) => {
                Err(format!("uniform needs its lower bound first, got [{low}, {high}]"))
            }
            (None, None, Some(mean), None, None) => Ok(bounded(Distribution::exponential(mean))),
            (None, None, None, Some(p50), Some(p99)) if p50 > Micros::ZERO && p99 >= p50 => {
                Ok(bounded(Distribution::log_normal(p50, p99)))
            }
            (None, None, None, Some(p50), Some(p99)) => {
                Err(format!("a log-normal delay needs 0 < p50 <= p99, got p50 {p50}, p99 {p99}"))
            }
            _ => Err("a delay is one of { fixed }, { uniform = [low, high] }, { exponential } or { p50, p99 }, \
                      each optionally with max"
                .to_string()),
        }
    }
}

impl From<Distribution> for Text {
    fn from(distribution: Distribution) -> Text {
        let mut text = Text {
            max: (distribution.max != Micros::MAX).then_some(distribution.max),
            ..Text::default()
        };
        match distribution.shape {
            Shape::Fixed(delay) => text.fixed = Some(delay),
            Shape::Uniform(low, high) => text.uniform = Some((low, high)),
            Shape::Exponential(mean) => text.exponential = Some(mean),
            Shape::LogNormal { median, p99, .. } => {
                text.p50 = Some(median);
                text.p99 = Some(p99);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn log_normal_has_the_quantiles_it_was_given() {
        let distribution = Distribution::log_normal(Micros::from_secs(1), Micros::from_secs(7));
        let mut stream = Seed(3).stream("test", "delay", 0);
        let mut draws: Vec<u64> = (0..100_000)
            .map(|_| distribution.draw(&mut stream).0)
            .collect();
        draws.sort_unstable();
        let (p50, p99) = (draws[50_000] as f64 / 1e6, draws[99_000] as f64 / 1e6);
        assert!((p50 - 1.0).abs() < 0.02, "{p50}");
        assert!((p99 - 7.0).abs() < 0.35, "{p99}");
    }

    #[test]
    fn what_has_no_bound_is_late_beyond_99_draws_of_100() {
        let ten = Micros::from_secs(10);
        let exponential = Distribution::exponential(ten);
        assert_eq!(exponential.usually_within().0 / 1_000, 46_051);
        assert_eq!(exponential.bounded(ten).usually_within(), ten);
        let log_normal = Distribution::log_normal(Micros::from_secs(1), ten);
        assert_eq!(log_normal.usually_within(), ten);
        assert_eq!(Distribution::fixed(ten).usually_within(), ten);
        let uniform = Distribution::uniform(Micros::ZERO, ten);
        assert_eq!(uniform.usually_within(), ten);
    }

    #[test]
    fn reads_the_shapes_and_says_what_a_delay_is() {
        #[derive(Deserialize, Debug)]
        struct Holder {
            delay: Distribution,
        }
        let read = |text: &str| {
            toml::from_str::<Holder>(text)
                .map(|h| h.delay)
                .map_err(|e| e.to_string())
        };
        assert_eq!(
            read("delay = { fixed = \"2s\" }"),
            Ok(Distribution::fixed(Micros::from_secs(2)))
        );
        assert_eq!(
            read("delay = { p50 = \"1s\", p99 = \"7s\", max = \"60s\" }")
                .unwrap()
                .upper_bound(),
            Micros::from_secs(60)
        );
        assert!(
            read("delay = { p50 = \"8s\", p99 = \"7s\" }")
                .unwrap_err()
                .contains("p50 <= p99")
        );
        assert!(
            read("delay = { fixed = \"2s\", p50 = \"1s\" }")
                .unwrap_err()
                .contains("one of")
        );
        assert!(
            read("delay = { fixd = \"2s\" }")
                .unwrap_err()
                .contains("fixd")
        );
    }
}
