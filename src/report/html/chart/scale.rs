//! From values to places along an axis, and the ticks that stand there.

use crate::report::number::{count, decimal};

/// What an axis measures.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Whole pieces.
    Count,
    /// Seconds since the scenario's start, written as hours, minutes and seconds.
    Moment,
    /// Durations in seconds, written in the unit that suits.
    Duration,
    /// Durations over orders of magnitude; what is below the first tick lies on the axis.
    LongTail,
    /// A share 0..=1, written as a percentage.
    Share,
    /// A quantile 0..1, with more room the nearer to 1.
    Quantile,
}

/// A place on an axis and what stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// 0 at the axis' beginning, 1 at its end.
    pub at: f64,
    /// The label.
    pub text: String,
}

/// An axis' reach.
#[derive(Clone, Debug)]
pub struct Scale {
    measure: Measure,
    low: f64,
    high: f64,
}

/// Steps between moments and durations that people count in, seconds.
const TIME_STEPS: [f64; 27] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0,
    120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0,
];
/// Where a long tail is labelled, seconds.
const TAIL_TICKS: [f64; 8] = [0.1, 1.0, 10.0, 60.0, 600.0, 3_600.0, 21_600.0, 86_400.0];
const QUANTILES: [(f64, &str); 6] = [
    (0.0, "0 %"),
    (0.5, "50 %"),
    (0.9, "90 %"),
    (0.99, "99 %"),
    (0.999, "99.9 %"),
    (0.9999, "99.99 %"),
];
/// The nearest to 1 that a quantile's axis shows.
const HIGHEST_QUANTILE: f64 = 0.9999;

impl Scale {
    /// From the lowest to the highest value, widened to what people count in.
    pub fn new(measure: Measure, low: f64, high: f64, most_ticks: usize) -> Scale {
        let (low, high) = (finite(low), finite(high));
        let (low, high) = match measure {
            Measure::Moment => (low, high.max(low + 1.0)),
            Measure::LongTail => {
                let next = TAIL_TICKS[1..].iter().find(|tick| **tick >= high);
                (0.0, next.copied().unwrap_or(high))
            }
            Measure::Quantile => (0.0, HIGHEST_QUANTILE),
            Measure::Count | Measure::Duration | Measure::Share => {
                let high = high.max(low).max(match measure {
                    Measure::Count => low + 1.0,
                    _ => low + 0.001,
                });
                let step = step_of(measure, high - low, most_ticks);
                ((low / step).floor() * step, (high / step).ceil() * step)
            }
        };
        Scale { measure, low, high }
    }

    /// Where a value lies: 0 at the beginning, 1 at the end; values outside stay at the nearer of the two.
    pub fn at(&self, value: f64) -> f64 {
        let place = match self.measure {
            Measure::LongTail => tail(value) / tail(self.high),
            Measure::Quantile => nines(value) / nines(self.high),
            _ => (value - self.low) / (self.high - self.low),
        };
        if place.is_finite() {
            place.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// Whether zero lies within, but not at the beginning.
    pub fn crosses_zero(&self) -> bool {
        self.measure == Measure::Count && self.low < 0.0 && self.high >= 0.0
    }

    /// At most about so many labelled places.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let tick = |value: f64, text: String| Tick {
            at: self.at(value),
            text,
        };
        match self.measure {
            Measure::Quantile => QUANTILES
                .iter()
                .map(|(value, text)| tick(*value, text.to_string()))
                .collect(),
            Measure::LongTail => {
                let places = TAIL_TICKS.iter().filter(|value| **value <= self.high);
                let each = places.map(|value| tick(*value, short_duration(*value)));
                std::iter::once(tick(0.0, "0".to_string()))
                    .chain(each)
                    .collect()
            }
            _ => {
                let step = step_of(self.measure, self.high - self.low, most);
                let first = (self.low / step).ceil() as i64;
                let last = (self.high / step + 1e-9).floor() as i64;
                (first..=last.min(first + 2 * most as i64))
                    .map(|number| {
                        let value = number as f64 * step;
                        tick(value, self.text(value, step))
                    })
                    .collect()
            }
        }
    }

    fn text(&self, value: f64, step: f64) -> String {
        match self.measure {
            Measure::Count => {
                let sign = if value < 0.0 { "\u{2212}" } else { "" };
                format!("{sign}{}", count(value.abs().round() as u64))
            }
            Measure::Moment => moment_in_steps(value, step),
            Measure::Duration => duration_in_steps(value, step),
            Measure::Share => format!("{} %", decimal(value * 100.0)),
            _ => short_duration(value),
        }
    }
}

fn finite(value: f64) -> f64 {
    if value.is_finite() {
        value.clamp(-1e15, 1e15)
    } else {
        0.0
    }
}

/// Tenths of seconds and less lie near 0.
fn tail(seconds: f64) -> f64 {
    libm::log1p(seconds.max(0.0) / 0.05)
}

fn nines(quantile: f64) -> f64 {
    -libm::log10(1.0 - quantile.clamp(0.0, HIGHEST_QUANTILE))
}

fn step_of(measure: Measure, reach: f64, most: usize) -> f64 {
    let wanted = reach / most.max(1) as f64;
    if matches!(measure, Measure::Moment | Measure::Duration)
        && let Some(step) = TIME_STEPS.iter().find(|step| **step >= wanted)
    {
        return *step;
    }
    let days = matches!(measure, Measure::Moment | Measure::Duration);
    let unit = if days { 86_400.0 } else { 1.0 };
    let power = libm::pow(10.0, libm::log10(wanted / unit).floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|it| it * power * unit)
        .find(|it| *it >= wanted * 0.999_999)
        .unwrap_or(10.0 * power * unit);
    match measure {
        Measure::Count => step.max(1.0),
        _ => step,
    }
}

/// A duration in the largest unit in which the ticks are whole: `75 s` between steps of 15 s.
fn duration_in_steps(seconds: f64, step: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")];
    if seconds == 0.0 {
        return "0".to_string();
    }
    match UNITS.iter().find(|(unit, _)| step >= *unit) {
        Some((unit, name)) => format!("{} {name}", (seconds / unit * 10.0).round() / 10.0),
        None => short_duration(seconds),
    }
}

/// A moment since the scenario's start, as exact as the ticks ask for: `33:20`, `1:02:00`, `2 d 3 h`.
fn moment_in_steps(seconds: f64, step: f64) -> String {
    if step >= 86_400.0 {
        return format!("{} d", (seconds / 86_400.0).round());
    }
    moment(seconds)
}

/// A moment since the scenario's start: `0:33:26`, `27:04:00`; hours, minutes and seconds.
pub fn moment(seconds: f64) -> String {
    let whole = finite(seconds).max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3_600, whole / 60 % 60, whole % 60);
    format!("{hours}:{minutes:02}:{seconds:02}")
}

/// A duration as an axis has it: `0`, `20 ms`, `5 s`, `10 min`, `2 h`.
pub fn short_duration(seconds: f64) -> String {
    let (unit, name) = match seconds.abs() {
        0.0 => return "0".to_string(),
        s if s < 0.1 => (0.001, "ms"),
        s if s < 60.0 => (1.0, "s"),
        s if s < 3_600.0 => (60.0, "min"),
        s if s < 86_400.0 => (3_600.0, "h"),
        _ => (86_400.0, "d"),
    };
    let value = (seconds / unit * 100.0).round() / 100.0;
    format!("{value} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(measure: Measure, low: f64, high: f64, most: usize) -> Vec<String> {
        let scale = Scale::new(measure, low, high, most);
        scale
            .ticks(most)
            .into_iter()
            .map(|tick| tick.text)
            .collect()
    }

    #[test]
    fn ticks_are_what_people_count_in() {
        assert_eq!(
            texts(Measure::Count, -47.0, 80.0, 7),
            [
                "\u{2212}60",
                "\u{2212}40",
                "\u{2212}20",
                "0",
                "20",
                "40",
                "60",
                "80"
            ]
        );
        assert_eq!(
            texts(Measure::Count, 0.0, 1.0, 6),
            ["0", "1"],
            "no halves of units"
        );
        assert_eq!(
            texts(Measure::Moment, 1_790.0, 2_410.0, 6),
            [
                "0:30:00", "0:32:00", "0:34:00", "0:36:00", "0:38:00", "0:40:00"
            ]
        );
        assert_eq!(
            texts(Measure::Duration, 0.0, 580.0, 5),
            ["0", "2 min", "4 min", "6 min", "8 min", "10 min"]
        );
        assert_eq!(
            texts(Measure::Duration, 0.0, 80.0, 6),
            ["0", "15 s", "30 s", "45 s", "60 s", "75 s", "90 s"]
        );
        assert_eq!(
            texts(Measure::LongTail, 0.0, 580.0, 6)
                .last()
                .map(String::as_str),
            Some("10 min")
        );
        assert_eq!(
            texts(Measure::Moment, 0.0, 500_000.0, 6),
            ["0 d", "1 d", "2 d", "3 d", "4 d", "5 d"]
        );
    }

    #[test]
    fn ends_and_nonsense_stay_on_the_axis() {
        for measure in [
            Measure::Count,
            Measure::Moment,
            Measure::Duration,
            Measure::LongTail,
            Measure::Share,
        ] {
            for (low, high) in [
                (0.0, 0.0),
                (f64::NAN, f64::INFINITY),
                (5.0, 1.0),
                (-3.0, -3.0),
                (0.0, 1e300),
            ] {
                let scale = Scale::new(measure, low, high, 5);
                let ticks = scale.ticks(5);
                assert!(
                    (1..=11).contains(&ticks.len()),
                    "{measure:?} {low} {high}: {ticks:?}"
                );
                for value in [low, high, f64::NAN, -1e9, 1e9] {
                    assert!(
                        (0.0..=1.0).contains(&scale.at(value)),
                        "{measure:?} {value}"
                    );
                }
            }
        }
        assert_eq!(Scale::new(Measure::Quantile, 0.0, 1.0, 5).at(1.0), 1.0);
    }
}
