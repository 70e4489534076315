//! Instants in payloads. Many are of the same day: a page of orders holds some four hundred, nearly all of one or two dates.

use std::cell::Cell;

use crate::core::{Epoch, Micros};

/// Length of `2026-11-23T`.
const DATE: usize = 11;

/// Writes instants and remembers the text of the last date.
#[derive(Clone, Debug)]
pub(crate) struct Stamps {
    epoch: Epoch,
    last: Cell<(i64, [u8; DATE])>,
}

impl Stamps {
    /// Nothing remembered yet.
    pub(crate) fn new(epoch: Epoch) -> Stamps {
        Stamps {
            epoch,
            last: Cell::new((i64::MIN, [0; DATE])),
        }
    }

    /// Appends a quoted instant in UTC, with milliseconds or without.
    pub(crate) fn write_quoted(&self, out: &mut Vec<u8>, at: Micros, milliseconds: bool) {
        let seconds = self.epoch.unix_secs(at);
        let day = seconds.div_euclid(86_400);
        let (remembered, mut date) = self.last.get();
        if remembered != day {
            let mut text = Vec::with_capacity(20);
            self.epoch.write_seconds_utc(at, &mut text);
            // Years of more than four digits have a longer text and are never remembered.
            if text.len() != 20 {
                out.push(b'"');
                out.extend_from_slice(&text);
                out.push(b'"');
                return;
            }
            date.copy_from_slice(&text[..DATE]);
            self.last.set((day, date));
        }
        let second_of_day = seconds.rem_euclid(86_400) as u32;
        let mut text = *b"\"0000-00-00T00:00:00.000Z\"";
        text[1..=DATE].copy_from_slice(&date);
        for (place, value) in [
            (12, second_of_day / 3_600),
            (15, second_of_day / 60 % 60),
            (18, second_of_day % 60),
        ] {
            text[place] = b'0' + (value / 10) as u8;
            text[place + 1] = b'0' + (value % 10) as u8;
        }
        if milliseconds {
            let millis = self.epoch.unix_millis(at).rem_euclid(1_000) as u32;
            text[21] = b'0' + (millis / 100) as u8;
            text[22] = b'0' + (millis / 10 % 10) as u8;
            text[23] = b'0' + (millis % 10) as u8;
            out.extend_from_slice(&text);
        } else {
            out.extend_from_slice(&text[..20]);
            out.extend_from_slice(b"Z\"");
        }
    }
}

/// Unix microseconds of a simulated instant.
pub(crate) fn unix_micros(epoch: Epoch, at: Micros) -> i64 {
    epoch
        .unix_micros
        .saturating_add(i64::try_from(at.0).unwrap_or(i64::MAX))
}

/// The last instant that answers show as they show `micros`, where they leave out what is smaller than `unit`.
pub(crate) fn end_of_shown(micros: i64, unit: i64) -> i64 {
    let start = micros.div_euclid(unit).saturating_mul(unit);
    start.saturating_add(unit - 1)
}

/// The instants that a date-time of four digits for the year can name in UTC, from the year 1 on: clients have no year 0.
const CALENDAR: [&str; 2] = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"];

/// Reads a member that has to be a date-time, as Unix microseconds: date and time with a `T` between them, and an offset
/// (docs/platforms/amazon.md 2.3). Without an offset it would be a different instant at each place of the earth.
pub(crate) fn read_date_time(text: &str) -> Option<i64> {
    let time = text.get(11..)?;
    if !time.ends_with(['Z', 'z']) && !time.contains(['+', '-']) {
        return None;
    }
    let [first, last] = CALENDAR.map(Epoch::parse_unix_micros);
    read_instant(text).filter(|&read| first <= Some(read) && Some(read) <= last)
}

/// Reads an instant of a query, as Unix microseconds: a date, or date and time with a `T` between them, and an offset
/// in any of the ways of ISO 8601, `+01:00`, `+0100` or `+01`. Without an offset it is of UTC: so clients send it that
/// print a time without a zone (docs/platforms/amazon.md 2.3).
pub(crate) fn read_instant(text: &str) -> Option<i64> {
    let separator = text.as_bytes().get(10);
    if separator.is_some_and(|separator| !matches!(separator, b'T' | b't')) {
        return None;
    }
    // Signs within the date are no offset.
    let sign = text
        .get(11..)
        .and_then(|time| time.find(['+', '-']))
        .map(|place| place + 11);
    let Some((start, offset)) = sign.and_then(|place| text.split_at_checked(place)) else {
        return Epoch::parse_unix_micros(text);
    };
    let whole = match offset.len() {
        3 => format!("{text}:00"),
        5 => format!("{start}{}:{}", offset.get(..3)?, offset.get(3..)?),
        _ => return Epoch::parse_unix_micros(text),
    };
    Epoch::parse_unix_micros(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn offsets_are_read_in_each_of_their_ways() {
        let expected = Epoch::parse_unix_micros("2026-11-20T13:00:00Z");
        for text in [
            "2026-11-20T14:00:00+01:00",
            "2026-11-20T14:00:00+0100",
            "2026-11-20T14:00:00.000+01",
            "2026-11-20T06:00:00-07",
            "2026-11-20T13:00:00.000Z",
        ] {
            assert_eq!(read_instant(text), expected, "{text}");
        }
        assert_eq!(
            read_instant("2026-11-20"),
            Epoch::parse_unix_micros("2026-11-20T00:00:00Z")
        );
        for text in [
            "2026-11-20 13:00:00Z",
            "2026-11-20T13:00:00+1",
            "2026-11-20T13:00:00+1:000",
            "2026-11-20T13:00:00é+0",
            "2026-11-20T13:00:00+99:99",
            "2026-11-20T13:00:00-2400",
            "2026-11-20T13:00:00+01:60",
            "2026-11-20T13:00:00+24",
            "soon",
            "",
        ] {
            assert_eq!(read_instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_time_has_a_time_and_an_offset() {
        for text in [
            "2026-12-06T10:00:00Z",
            "2026-12-06T10:00Z",
            "2026-12-06T12:30:00.5+0230",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999Z",
        ] {
            assert_eq!(read_date_time(text), read_instant(text), "{text}");
            assert!(read_date_time(text).is_some(), "{text}");
        }
        for text in [
            "2026-12-06",
            "2026-12-06Z",
            "2026-12-06T10:00:00",
            "2026-12-06T10:00:00.123",
            "2026-12-06 10:00:00Z",
            "02/21/2022",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "",
        ] {
            assert_eq!(read_date_time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn instants_read_as_the_calendar_writes_them(
            start in 0..4_000_000_000_i64,
            times in prop::collection::vec(0..400_000_000_000_u64, 1..8),
        ) {
            let epoch = Epoch::from_unix_secs(start);
            let stamps = Stamps::new(epoch);
            for at in times.into_iter().map(Micros) {
                let (mut exact, mut whole) = (Vec::new(), Vec::new());
                stamps.write_quoted(&mut exact, at, true);
                stamps.write_quoted(&mut whole, at, false);
                prop_assert_eq!(exact, format!("\"{}\"", epoch.millis_utc(at)).into_bytes());
                prop_assert_eq!(whole, format!("\"{}\"", epoch.seconds_utc(at)).into_bytes());
            }
        }
    }
}
