//! Numbers as people read them. What has no sample is no number, and reads `-`.

pub use crate::measure::words::{count, counted};

/// What stands in place of a number that is not there.
const NONE: &str = "-";

/// A share as a percentage: `0.51 %`, and `0.0068 %` where budgets of a hundredth of a percent are spent; what is not zero
/// never reads as zero.
pub fn percent(share: impl Into<Option<f64>>) -> String {
    let Some(share) = share.into() else {
        return NONE.to_string();
    };
    match share * 100.0 {
        0.0 => "0 %".to_string(),
        percent if percent < 0.0001 => "< 0.0001 %".to_string(),
        percent if percent < 0.1 => {
            let digits = format!("{percent:.4}");
            format!("{} %", digits.trim_end_matches('0'))
        }
        percent if percent < 10.0 => format!("{percent:.2} %"),
        percent => format!("{percent:.1} %"),
    }
}

/// Seconds in the unit that suits: `0 s`, `350 ms`, `12.3 s`, `4.1 min`, `2.5 h`, `1.2 d`.
pub fn duration(seconds: impl Into<Option<f64>>) -> String {
    let Some(seconds) = seconds.into() else {
        return NONE.to_string();
    };
    match seconds {
        0.0 => "0 s".to_string(),
        s if s < 0.001 => "< 1 ms".to_string(),
        s if s < 0.9995 => format!("{:.0} ms", s * 1e3),
        s if s < 90.0 => format!("{s:.1} s"),
        s if s < 5_400.0 => format!("{:.1} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

/// A number with as many decimals as it is worth: three significant digits below 100, thousands apart above.
pub fn decimal(number: impl Into<Option<f64>>) -> String {
    let Some(number) = number.into() else {
        return NONE.to_string();
    };
    match number {
        0.0 => "0".to_string(),
        n if n < 0.001 => "< 0.001".to_string(),
        n if n < 1.0 => format!("{n:.3}"),
        n if n < 10.0 => format!("{n:.2}"),
        n if n < 100.0 => format!("{n:.1}"),
        // As the tables of many seeds round, to the even one of two neighbours.
        n => count(n.round_ties_even().min(1e18) as u64),
    }
}

/// The unit that a row of times is written in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TimeUnit {
    name: &'static str,
    micros: u64,
}

/// From the smallest to the largest, with the time from which each is worth writing, seconds.
const TIME_UNITS: [(TimeUnit, f64); 5] = [
    (TimeUnit::new("ms", 1_000), 0.0),
    (TimeUnit::new("s", 1_000_000), 0.9995),
    (TimeUnit::new("min", 60_000_000), 90.0),
    (TimeUnit::new("h", 3_600_000_000), 5_400.0),
    (TimeUnit::new("d", 86_400_000_000), 172_800.0),
];

/// Times from which nobody wants to read milliseconds beside, seconds.
const FAR_BEYOND_MILLISECONDS: f64 = 10.0;
/// What is less than this in the row's unit asks for a smaller one.
const WORTH_READING: f64 = 0.1;

impl TimeUnit {
    const fn new(name: &'static str, micros: u64) -> TimeUnit {
        TimeUnit { name, micros }
    }

    /// The unit that suits the longest of some times, in seconds, or the largest below it in which the shortest is still
    /// worth reading.
    pub fn of(times: impl Iterator<Item = f64>) -> TimeUnit {
        let (mut shortest, mut longest) = (f64::MAX, 0.0_f64);
        for seconds in times.filter(|seconds| *seconds > 0.0) {
            (shortest, longest) = (shortest.min(seconds), longest.max(seconds));
        }
        let last = TIME_UNITS.iter().rposition(|(_, from)| longest >= *from);
        let mut unit = last.unwrap_or(0);
        let smallest = usize::from(longest >= FAR_BEYOND_MILLISECONDS);
        while unit > smallest && shortest < WORTH_READING * TIME_UNITS[unit].0.seconds() {
            unit -= 1;
        }
        TIME_UNITS[unit].0
    }

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// How long it is.
    pub fn seconds(self) -> f64 {
        self.micros as f64 / 1e6
    }

    /// A time in seconds, in this unit: `0 s`, `12.3 s`, `9,000 s`.
    pub fn text(self, seconds: f64) -> String {
        if seconds == 0.0 {
            return "0 s".to_string();
        }
        format!("{} {}", decimal(seconds / self.seconds()), self.name)
    }
}

/// With its sign where it is not 0: `+9,700`, `-12`, `0`.
pub fn signed(number: Option<i64>) -> String {
    let Some(number) = number else {
        return "-".to_string();
    };
    let digits = count(number.unsigned_abs());
    match number {
        0 => digits,
        n if n > 0 => format!("+{digits}"),
        _ => format!("-{digits}"),
    }
}

/// With a sign below zero alone: `9,700`, `-12`.
pub fn whole(number: Option<i64>) -> String {
    signed(number).trim_start_matches('+').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_well() {
        assert_eq!(count(41_210), "41,210");
        let of = |number: Option<i64>| [signed(number), whole(number)];
        assert_eq!(of(Some(9_700)), ["+9,700", "9,700"]);
        assert_eq!(of(Some(-12)), ["-12", "-12"]);
        assert_eq!(
            (of(Some(0)), of(None)),
            (
                ["0", "0"].map(str::to_string),
                ["-", "-"].map(str::to_string)
            )
        );
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(percent(0.0051), "0.51 %");
        assert_eq!(
            [percent(0.000068), percent(0.0001), percent(0.000129)],
            ["0.0068 %", "0.01 %", "0.0129 %"]
        );
        assert_eq!(percent(0.000000999), "< 0.0001 %");
        assert_eq!(percent(0.123), "12.3 %");
        assert_eq!(duration(0.35), "350 ms");
        assert_eq!(duration(245.0), "4.1 min");
        assert_eq!(duration(9_000.0), "2.5 h");
        assert_eq!(duration(0.9999), "1.0 s");
        assert_eq!(decimal(1.234), "1.23");
        assert_eq!(decimal(12_345.6), "12,346");
        assert_eq!([decimal(166.5), decimal(167.5)], ["166", "168"]);
        assert_eq!([percent(None), duration(None), decimal(None)], ["-"; 3]);
        assert_eq!(duration(Some(0.0)), "0 s");
    }

    #[test]
    fn times_of_a_row_have_one_unit() {
        let row = |times: &[f64]| -> Vec<String> {
            let unit = TimeUnit::of(times.iter().copied());
            times.iter().map(|time| unit.text(*time)).collect()
        };
        assert_eq!(
            row(&[0.35, 9_000.0, 0.0]),
            ["0.350 s", "9,000 s", "0 s"],
            "an hour shows nothing of a third of a second"
        );
        assert_eq!(row(&[900.0, 9_000.0]), ["0.250 h", "2.50 h"]);
        assert_eq!(row(&[0.002, 0.35]), ["2.00 ms", "350 ms"]);
        assert_eq!(row(&[0.002, 3.0]), ["2.00 ms", "3,000 ms"]);
        assert_eq!(row(&[0.002, 300.0]), ["0.002 s", "300 s"]);
        assert_eq!(row(&[0.0]), ["0 s"]);
    }
}
