//! From simulated time to the calendar and back.
//!
//! Written here, not taken from a date library, because every order page formats thousands of instants in one of three
//! shapes. What needs a library, the daylight saving of time zones, is [`Zone`]'s.

use jiff::fmt::temporal::DateTimeParser;

use crate::time::Micros;
use crate::zone::{self, Zone};

/// The calendar instant at which simulated time starts, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Unix time of simulated zero, in microseconds.
    pub unix_micros: i64,
}

impl Epoch {
    /// An epoch at a whole Unix second.
    pub const fn from_unix_secs(seconds: i64) -> Epoch {
        Epoch {
            unix_micros: seconds * 1_000_000,
        }
    }

    /// Unix seconds of an instant, rounded down.
    #[inline]
    pub fn unix_secs(self, at: Micros) -> i64 {
        self.unix(at).div_euclid(1_000_000)
    }

    /// Unix milliseconds of an instant, rounded down.
    #[inline]
    pub fn unix_millis(self, at: Micros) -> i64 {
        self.unix(at).div_euclid(1_000)
    }

    #[inline]
    fn unix(self, at: Micros) -> i64 {
        self.unix_micros
            .saturating_add(i64::try_from(at.0).unwrap_or(i64::MAX))
    }

    /// The simulated instant of a Unix time in microseconds; times before the start give zero.
    #[inline]
    pub fn at_unix_micros(self, unix_micros: i64) -> Micros {
        Micros(u64::try_from(unix_micros.saturating_sub(self.unix_micros)).unwrap_or(0))
    }

    /// Appends `2026-11-20T13:05:11Z`.
    #[inline]
    pub fn write_seconds_utc(self, at: Micros, out: &mut Vec<u8>) {
        out.extend_from_slice(&date_time(self.unix_secs(at)));
        out.push(b'Z');
    }

    /// Appends `2026-11-20T13:05:11.120Z`.
    #[inline]
    pub fn write_millis_utc(self, at: Micros, out: &mut Vec<u8>) {
        let mut text = *b"2000-01-01T00:00:00.000Z";
        text[..19].copy_from_slice(&date_time(self.unix_secs(at)));
        pad(
            &mut text[20..23],
            self.unix_millis(at).rem_euclid(1_000) as u64,
        );
        out.extend_from_slice(&text);
    }

    /// Appends local time with its offset, `2026-11-20T08:05:11-05:00`.
    #[inline]
    pub fn write_seconds_in(self, at: Micros, zone: &Zone, out: &mut Vec<u8>) {
        let unix_secs = self.unix_secs(at);
        let offset_secs = zone.offset_secs(unix_secs);
        out.extend_from_slice(&date_time(unix_secs + i64::from(offset_secs)));
        push_offset(offset_secs, out);
    }

    /// The text of [`Epoch::write_seconds_utc`].
    pub fn seconds_utc(self, at: Micros) -> String {
        let mut out = Vec::with_capacity(20);
        self.write_seconds_utc(at, &mut out);
        String::from_utf8(out).expect("dates are ASCII")
    }

    /// The text of [`Epoch::write_millis_utc`].
    pub fn millis_utc(self, at: Micros) -> String {
        let mut out = Vec::with_capacity(24);
        self.write_millis_utc(at, &mut out);
        String::from_utf8(out).expect("dates are ASCII")
    }

    /// The simulated instant of whole seconds of Unix time; instants before the start give zero.
    #[inline]
    pub fn at_unix_secs(self, unix_secs: i64) -> Micros {
        self.at_unix_micros(unix_secs.saturating_mul(1_000_000))
    }

    /// The simulated instant of an RFC 3339 timestamp, with any offset and up to microseconds of precision (further digits
    /// are cut off); instants before the start give zero. `None` when the text is no such timestamp.
    #[inline]
    pub fn parse_rfc3339(self, text: &str) -> Option<Micros> {
        let read = CivilText::read(text.as_bytes())?;
        let complete = read.has_seconds && read.offset_secs.is_some();
        complete.then(|| self.at_unix_micros(read.unix_micros()))
    }

    /// Reads the instant at which a scenario starts and the time zone whose clock its people live by: RFC 3339, whose offset
    /// then holds for ever (`2026-11-27T08:00:00-05:00`), or the same with the zone behind it as RFC 9557 writes it
    /// (`2026-11-27T08:00:00-05:00[America/New_York]`), whose daylight saving is then followed.
    ///
    /// # Errors
    /// Says what is wrong, when the text is no such instant, the zone is unknown, or the offset is not the zone's.
    pub fn parse_start(text: &str) -> Result<(Epoch, Zone), String> {
        if text.ends_with(']') {
            let zoned = DateTimeParser::new()
                .parse_zoned_datetime_with(&zone::database(), text)
                .map_err(|error| error.to_string())?;
            let name = zoned.time_zone().iana_name().unwrap_or_default();
            let unix_micros = zoned.timestamp().as_microsecond();
            return Ok((Epoch { unix_micros }, Zone::named(name)?));
        }
        let read = CivilText::read(text.as_bytes()).filter(|read| read.has_seconds);
        let read = read.ok_or_else(|| "not RFC 3339".to_string())?;
        let offset_minutes = read.offset_secs.unwrap_or(0) / 60;
        let unix_micros = read.unix_micros();
        Ok((Epoch { unix_micros }, Zone::fixed(offset_minutes as i32)))
    }

    /// The text that [`Epoch::parse_start`] reads back, to the millisecond.
    pub fn start_text(self, zone: &Zone) -> String {
        let offset_secs = zone.offset_secs(self.unix_secs(Micros::ZERO));
        let mut out = Vec::with_capacity(60);
        out.extend_from_slice(&date_time(
            self.unix_secs(Micros::ZERO) + i64::from(offset_secs),
        ));
        let millis = self.unix_millis(Micros::ZERO).rem_euclid(1_000);
        out.extend_from_slice(format!(".{millis:03}").as_bytes());
        push_offset(offset_secs, &mut out);
        if !zone.is_fixed() {
            out.extend_from_slice(format!("[{}]", zone.name()).as_bytes());
        }
        String::from_utf8(out).expect("dates are ASCII")
    }

    /// Reads `YYYY-MM-DDTHH:MM[:SS[.fraction]]` followed by `Z`, `±HH:MM` or nothing (UTC); a bare date is midnight.
    /// Returns Unix microseconds, or `None` when the text is no such instant.
    pub fn parse_unix_micros(text: &str) -> Option<i64> {
        CivilText::read(text.as_bytes()).map(|read| read.unix_micros())
    }
}

/// A date with or without a time of day, as it stands in a text.
struct CivilText {
    days: i64,
    second_of_day: i64,
    has_seconds: bool,
    fraction_micros: i64,
    /// `None` where the text names no offset.
    offset_secs: Option<i64>,
}

impl CivilText {
    fn read(bytes: &[u8]) -> Option<CivilText> {
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let digits = bytes.get(range)?;
            digits.iter().try_fold(0i64, |value, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| value * 10 + i64::from(digit - b'0'))
            })
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        if bytes[4] != b'-'
            || bytes[7] != b'-'
            || !(1..=12).contains(&month)
            || day == 0
            || (day > 28 && day > days_of_month(year, month))
        {
            return None;
        }
        let mut read = CivilText {
            days: days_from_civil(year, month, day),
            second_of_day: 0,
            has_seconds: false,
            fraction_micros: 0,
            offset_secs: None,
        };
        if bytes.len() == 10 {
            return Some(read);
        }
        if !matches!(bytes[10], b'T' | b't' | b' ') || *bytes.get(13)? != b':' {
            return None;
        }
        let (hour, minute) = (number(11..13)?, number(14..16)?);
        let mut at = 16;
        let mut second = 0;
        if bytes.get(at) == Some(&b':') {
            second = number(17..19)?;
            read.has_seconds = true;
            at = 19;
            if bytes.get(at) == Some(&b'.') {
                at += 1;
                let first = at;
                let mut scale = 100_000;
                while let Some(digit) = bytes.get(at).filter(|b| b.is_ascii_digit()) {
                    read.fraction_micros += i64::from(digit - b'0') * scale;
                    scale /= 10;
                    at += 1;
                }
                if at == first {
                    return None;
                }
            }
        }
        // A leap second is read as the first second of the next minute.
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        read.second_of_day = hour * 3_600 + minute * 60 + second;
        read.offset_secs = match bytes.get(at) {
            None => None,
            Some(b'Z' | b'z') if bytes.len() == at + 1 => Some(0),
            Some(sign @ (b'+' | b'-')) if bytes.len() == at + 6 && bytes[at + 3] == b':' => {
                let (hours, minutes) = (number(at + 1..at + 3)?, number(at + 4..at + 6)?);
                // As a time of day (RFC 3339 5.6).
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let offset = hours * 3_600 + minutes * 60;
                Some(if *sign == b'-' { -offset } else { offset })
            }
            Some(_) => return None,
        };
        Some(read)
    }

    fn unix_micros(&self) -> i64 {
        let seconds = self.days * 86_400 + self.second_of_day - self.offset_secs.unwrap_or(0);
        seconds * 1_000_000 + self.fraction_micros
    }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    days_from_civil(next_year, next_month, 1) - days_from_civil(year, month, 1)
}

/// Appends `±HH:MM`.
#[inline]
pub(crate) fn push_offset(offset_secs: i32, out: &mut Vec<u8>) {
    let minutes = u64::from(offset_secs.unsigned_abs() / 60);
    let mut text = *b"+00:00";
    if offset_secs < 0 {
        text[0] = b'-';
    }
    pad(&mut text[1..3], minutes / 60);
    pad(&mut text[4..], minutes % 60);
    out.extend_from_slice(&text);
}

/// Writes the last digits of a number over a field of zeros.
#[inline]
fn pad(field: &mut [u8], mut value: u64) {
    for digit in field.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Date and time of day, `2026-11-20T13:05:11`: every notification holds half a dozen, so the text is laid out at once.
#[inline]
fn date_time(unix_secs: i64) -> [u8; 19] {
    let (year, month, day) = civil_from_days(unix_secs.div_euclid(86_400));
    let second_of_day = unix_secs.rem_euclid(86_400) as u64;
    let mut text = *b"0000-00-00T00:00:00";
    pad(&mut text[..4], year as u64);
    pad(&mut text[5..7], month as u64);
    pad(&mut text[8..10], day as u64);
    pad(&mut text[11..13], second_of_day / 3_600);
    pad(&mut text[14..16], second_of_day / 60 % 60);
    pad(&mut text[17..], second_of_day % 60);
    text
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms", days_from_civil).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a day count since 1970-01-01 (same source, civil_from_days).
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Years 1 to 9999, in UTC and anywhere else.
        #[test]
        fn what_is_written_reads_back(
            unix_secs in -62_135_596_800_i64 + 86_400..253_402_300_800 - 86_400, offset_minutes in -720..=840,
        ) {
            let epoch = Epoch::from_unix_secs(unix_secs);
            let mut local = Vec::new();
            epoch.write_seconds_in(Micros::ZERO, &Zone::fixed(offset_minutes), &mut local);
            for text in [epoch.seconds_utc(Micros::ZERO), String::from_utf8(local).unwrap()] {
                prop_assert_eq!(Epoch::parse_unix_micros(&text), Some(unix_secs * 1_000_000), "{}", text);
            }
        }
    }

    #[test]
    fn formats_and_reads_back_the_three_shapes() {
        let epoch = Epoch {
            unix_micros: Epoch::parse_unix_micros("2026-11-20T13:00:00Z").unwrap(),
        };
        let at = Micros(311_120_000);
        assert_eq!(epoch.seconds_utc(at), "2026-11-20T13:05:11Z");
        assert_eq!(epoch.millis_utc(at), "2026-11-20T13:05:11.120Z");
        let mut local = Vec::new();
        epoch.write_seconds_in(at, &Zone::named("America/New_York").unwrap(), &mut local);
        assert_eq!(local, b"2026-11-20T08:05:11-05:00");
        for text in ["2026-11-20T13:05:11.120Z", "2026-11-20T08:05:11.12-05:00"] {
            assert_eq!(
                epoch.at_unix_micros(Epoch::parse_unix_micros(text).unwrap()),
                at
            );
        }
        assert_eq!(
            Epoch::parse_unix_micros("2011-12-05T08:26"),
            Some(1_323_073_560_000_000)
        );
    }

    #[test]
    fn a_start_has_a_clock_that_follows_its_zone() {
        let plain = Epoch::parse_start("2026-11-20T18:30:00-05:00").unwrap();
        let named = Epoch::parse_start("2026-11-20T18:30:00-05:00[America/New_York]").unwrap();
        assert_eq!(plain.0, named.0);
        let june = Micros::from_secs(200 * 86_400);
        let hours = |(epoch, zone): &(Epoch, Zone)| zone.offset_secs(epoch.unix_secs(june)) / 3_600;
        assert_eq!((hours(&plain), hours(&named)), (-5, -4));
        for (epoch, zone) in [plain, named] {
            let text = epoch.start_text(&zone);
            assert_eq!(Epoch::parse_start(&text).unwrap(), (epoch, zone), "{text}");
        }
        // Summer's offset in winter, a zone nobody knows, no time of day.
        for text in [
            "2026-11-20T18:30:00-04:00[America/New_York]",
            "2026-11-20T18:30:00-05:00[America/Nowhere]",
            "2026-11-20",
        ] {
            assert!(Epoch::parse_start(text).is_err(), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "2026-02-30",
            "2027-02-29T00:00:00Z",
            "2026-11-20T13:05:11.Z",
            "2026-11-20T13:05:11+0500",
            "2026-11-20T25:00:00Z",
            "2026-11-20T13:05:11Q",
            "2026/11/20",
        ] {
            assert_eq!(Epoch::parse_unix_micros(text), None, "{text}");
        }
    }

    #[test]
    fn offsets_and_fractions_name_the_same_instant() {
        let unix = Epoch::from_unix_secs(0);
        let expected = Some(Micros(1_795_179_911_000_000));
        assert_eq!(unix.parse_rfc3339("2026-11-20T13:05:11Z"), expected);
        assert_eq!(unix.parse_rfc3339("2026-11-20t08:05:11-05:00"), expected);
        assert_eq!(
            unix.parse_rfc3339("2026-11-20T18:35:11.000+05:30"),
            expected
        );
        assert_eq!(
            unix.parse_rfc3339("2026-11-20T13:05:11.234647458Z"),
            Some(Micros(1_795_179_911_234_647))
        );
        assert_eq!(
            unix.parse_rfc3339("2028-02-29T00:00:00Z"),
            Some(Micros(1_835_395_200_000_000))
        );
    }

    /// RFC 3339 has neither bare dates nor times without seconds or without an offset.
    #[test]
    fn what_is_no_rfc_3339_timestamp_is_refused() {
        let unix = Epoch::from_unix_secs(0);
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T13:05Z",
            "2026-11-20T13:05:11",
            "2026-11-20T13:05:11Zulu",
        ] {
            assert_eq!(unix.parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn instants_before_the_start_are_the_start() {
        let epoch = Epoch::from_unix_secs(1_795_179_911);
        assert_eq!(
            epoch.parse_rfc3339("2026-11-20T13:05:10Z"),
            Some(Micros::ZERO)
        );
        assert_eq!(
            epoch.parse_rfc3339("2026-11-20T13:05:12Z"),
            Some(Micros(1_000_000))
        );
        assert_eq!(epoch.unix_secs(Micros(1_999_999)), 1_795_179_912);
    }

    proptest! {
        #[test]
        fn milliseconds_that_are_written_read_back(millis in 0_u64..4_000_000_000_000) {
            let unix = Epoch::from_unix_secs(0);
            let text = unix.millis_utc(Micros::from_millis(millis));
            prop_assert_eq!(unix.parse_rfc3339(&text), Some(Micros::from_millis(millis)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*|[0-9T:+.Z-]{0,30}") {
            let _ = Epoch::parse_unix_micros(&text);
        }
    }
}
