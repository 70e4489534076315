//! Between the platforms' timestamps and the engine's time.

use crate::engine::clock::Micros;

/// Knows at which calendar instant the engine's zero stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Calendar {
    epoch_unix_micros: i64,
}

impl Calendar {
    pub(crate) fn new(epoch_unix_micros: i64) -> Calendar {
        Calendar { epoch_unix_micros }
    }

    /// An instant of Unix time; instants before the engine's zero give zero.
    pub(crate) fn at_unix_micros(self, unix_micros: i64) -> Micros {
        Micros(u64::try_from(unix_micros.saturating_sub(self.epoch_unix_micros)).unwrap_or(0))
    }

    /// Whole seconds of Unix time, as TikTok Shop writes them.
    pub(crate) fn at_unix_seconds(self, unix_seconds: i64) -> Micros {
        self.at_unix_micros(unix_seconds.saturating_mul(1_000_000))
    }

    /// Unix time in microseconds.
    pub(crate) fn unix_micros(self, at: Micros) -> i64 {
        i64::try_from(at.0)
            .unwrap_or(i64::MAX)
            .saturating_add(self.epoch_unix_micros)
    }

    /// Unix time in whole seconds, rounded down.
    pub(crate) fn unix_seconds(self, at: Micros) -> i64 {
        self.unix_micros(at).div_euclid(1_000_000)
    }

    /// An RFC 3339 timestamp with any offset and up to microseconds of precision; further digits are cut off.
    pub(crate) fn parse(self, text: &str) -> Option<Micros> {
        parse_unix_micros(text.as_bytes()).map(|micros| self.at_unix_micros(micros))
    }

    /// Writes `2026-11-20T13:05:11Z`, rounded down to the second.
    pub(crate) fn push_seconds(self, at: Micros, out: &mut Vec<u8>) {
        self.push_civil(at, out);
        out.push(b'Z');
    }

    /// Writes `2026-11-20T13:05:11.250Z`, rounded down to the millisecond.
    pub(crate) fn push_millis(self, at: Micros, out: &mut Vec<u8>) {
        self.push_civil(at, out);
        let millis = self.unix_micros(at).rem_euclid(1_000_000) / 1_000;
        out.push(b'.');
        push_digits(out, millis, 3);
        out.push(b'Z');
    }

    fn push_civil(self, at: Micros, out: &mut Vec<u8>) {
        let seconds = self.unix_seconds(at);
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        push_digits(out, year.clamp(0, 9_999), 4);
        out.push(b'-');
        push_digits(out, month, 2);
        out.push(b'-');
        push_digits(out, day, 2);
        out.push(b'T');
        push_digits(out, of_day / 3_600, 2);
        out.push(b':');
        push_digits(out, of_day / 60 % 60, 2);
        out.push(b':');
        push_digits(out, of_day % 60, 2);
    }
}

fn push_digits(out: &mut Vec<u8>, value: i64, width: u32) {
    for position in (0..width).rev() {
        out.push(b'0' + (value / 10_i64.pow(position) % 10) as u8);
    }
}

fn digits(bytes: &[u8], from: usize, width: usize) -> Option<i64> {
    let mut value = 0;
    for byte in bytes.get(from..from + width)? {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(value)
}

fn parse_unix_micros(bytes: &[u8]) -> Option<i64> {
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if bytes.len() < 20 || separators.iter().any(|&(at, byte)| bytes[at] != byte) {
        return None;
    }
    if !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    let (year, month, day) = (
        digits(bytes, 0, 4)?,
        digits(bytes, 5, 2)?,
        digits(bytes, 8, 2)?,
    );
    let (hour, minute, second) = (
        digits(bytes, 11, 2)?,
        digits(bytes, 14, 2)?,
        digits(bytes, 17, 2)?,
    );
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut at = 19;
    let mut micros = 0;
    if bytes[at] == b'.' {
        at += 1;
        let start = at;
        let mut unit = 100_000;
        while let Some(byte) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            micros += i64::from(byte - b'0') * unit;
            unit /= 10;
            at += 1;
        }
        if at == start {
            return None;
        }
    }
    let offset_minutes = match bytes.get(at)? {
        b'Z' | b'z' if bytes.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if bytes.len() == at + 6 && bytes[at + 3] == b':' => {
            let minutes = digits(bytes, at + 1, 2)? * 60 + digits(bytes, at + 4, 2)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = days_from_civil(year, month, day) * 86_400
        + hour * 3_600
        + (minute - offset_minutes) * 60
        + second;
    Some(seconds * 1_000_000 + micros)
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, by counting in years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNIX: Calendar = Calendar {
        epoch_unix_micros: 0,
    };

    #[test]
    fn offsets_and_fractions_name_the_same_instant() {
        let expected = Some(Micros(1_795_179_911_000_000));
        assert_eq!(UNIX.parse("2026-11-20T13:05:11Z"), expected);
        assert_eq!(UNIX.parse("2026-11-20T08:05:11-05:00"), expected);
        assert_eq!(UNIX.parse("2026-11-20T18:35:11.000+05:30"), expected);
        assert_eq!(
            UNIX.parse("2026-11-20T13:05:11.234647458Z"),
            Some(Micros(1_795_179_911_234_647))
        );
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-13-20T13:05:11Z",
            "2026-11-20T25:05:11Z",
            "2026-11-20T13:05:11",
            "2026-11-20T13:05:11.Z",
            "2026-11-20T13:05:11Zulu",
            "2026-11-20T13:05:11+0500",
        ] {
            assert_eq!(UNIX.parse(text), None, "{text}");
        }
    }

    #[test]
    fn instants_before_the_start_are_the_start() {
        let calendar = Calendar::new(1_795_179_911_000_000);
        assert_eq!(calendar.parse("2026-11-20T13:05:10Z"), Some(Micros::ZERO));
        assert_eq!(
            calendar.parse("2026-11-20T13:05:12Z"),
            Some(Micros(1_000_000))
        );
        assert_eq!(calendar.unix_seconds(Micros(1_999_999)), 1_795_179_912);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in 0_u64..4_000_000_000_000) {
            let mut text = Vec::new();
            UNIX.push_millis(Micros::from_millis(millis), &mut text);
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(UNIX.parse(&text), Some(Micros::from_millis(millis)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = UNIX.parse(&text);
        }
    }
}
