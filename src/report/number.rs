//! Numbers as people read them. What has no sample is no number, and reads `-`.

/// Thousands apart: `41,210`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What stands in place of a number that is not there.
const NONE: &str = "-";

/// A share as a percentage: `0.51 %`; what is not zero never reads as zero.
pub fn percent(share: impl Into<Option<f64>>) -> String {
    let Some(share) = share.into() else {
        return NONE.to_string();
    };
    match share * 100.0 {
        0.0 => "0 %".to_string(),
        percent if percent < 0.01 => "< 0.01 %".to_string(),
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
        n => count(n.round().min(1e18) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_well() {
        assert_eq!(count(41_210), "41,210");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(percent(0.0051), "0.51 %");
        assert_eq!(percent(0.000001), "< 0.01 %");
        assert_eq!(percent(0.123), "12.3 %");
        assert_eq!(duration(0.35), "350 ms");
        assert_eq!(duration(245.0), "4.1 min");
        assert_eq!(duration(9_000.0), "2.5 h");
        assert_eq!(duration(0.9999), "1.0 s");
        assert_eq!(decimal(1.234), "1.23");
        assert_eq!(decimal(12_345.6), "12,346");
        assert_eq!([percent(None), duration(None), decimal(None)], ["-"; 3]);
        assert_eq!(duration(Some(0.0)), "0 s");
    }
}
