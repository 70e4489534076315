//! Instants as exports write them: `2026-11-01 03:09:58 -0500`, `12/1/2010 8:26`, `11/30/2026 11:59:58 PM`, `1 Dec 2026`.

use channel_mocks::core::Epoch;

/// Which of the first two numbers of `12/1/2010` is the day.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `31/12/2010`.
    DayFirst,
    /// `12/31/2010`.
    MonthFirst,
}

impl DateOrder {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            DateOrder::DayFirst => "day-first",
            DateOrder::MonthFirst => "month-first",
        }
    }
}

/// How much of an instant is known.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// The day alone.
    Day,
    /// The minute.
    Minute,
    /// The second.
    Second,
}

/// A date whose first two numbers are day and month, in one order or the other.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Slashed {
    /// What stands first, 1 to 31.
    pub first: u8,
    /// What stands second, 1 to 31.
    pub second: u8,
    year: i16,
    /// Seconds after midnight, less the offset if one is written.
    second_of_day: i32,
}

/// An instant as far as its text tells it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// Unix seconds; of the local time, where no offset is written.
    Known(i64),
    /// Whoever knows the order of day and month can tell.
    Slashed(Slashed),
}

impl Slashed {
    /// Unix seconds under an order of day and month; `None` when there is no such day.
    pub fn unix_secs(self, order: DateOrder) -> Option<i64> {
        let (day, month) = match order {
            DateOrder::DayFirst => (self.first, self.second),
            DateOrder::MonthFirst => (self.second, self.first),
        };
        let midnight = midnight(i64::from(self.year), i64::from(month), i64::from(day))?;
        Some(midnight + i64::from(self.second_of_day))
    }
}

/// Unix seconds of a day's begin in UTC, when there is such a day.
fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let mut text = *b"0000-00-00";
    for (range, value) in [(0..4, year), (5..7, month), (8..10, day)] {
        let mut value = value;
        for digit in text[range].iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
    }
    let text = std::str::from_utf8(&text).ok()?;
    Some(Epoch::parse_unix_micros(text)?.div_euclid(1_000_000))
}

/// A text that is read from its start.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    /// Digits, at most `most` of them, with how many there were.
    fn number(&mut self, most: usize) -> Option<(i64, usize)> {
        let digits = self.rest.iter().take_while(|it| it.is_ascii_digit());
        let length = digits.count();
        if length == 0 || length > most {
            return None;
        }
        let (number, rest) = self.rest.split_at(length);
        self.rest = rest;
        let value = number.iter();
        let value = value.fold(0i64, |value, digit| value * 10 + i64::from(digit - b'0'));
        Some((value, length))
    }

    /// Letters, as a lower-case word of at most 12.
    fn word(&mut self) -> Option<String> {
        let length = self.rest.iter().take_while(|it| it.is_ascii_alphabetic());
        let length = length.count();
        if length == 0 || length > 12 {
            return None;
        }
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(String::from_utf8_lossy(word).to_ascii_lowercase())
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.rest.first() == Some(&wanted);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn blanks(&mut self) {
        while self.rest.first().is_some_and(u8::is_ascii_whitespace) {
            self.rest = &self.rest[1..];
        }
    }
}

/// The number of a month by its English name or the first three letters of it.
fn month_named(word: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let found = NAMES
        .iter()
        .position(|name| *name == word || (word.len() == 3 && name.starts_with(word)))
        .or_else(|| (word == "sept").then_some(8))?;
    Some(found as i64 + 1)
}

/// The date at the start of a text, before its time of day is known.
enum Date {
    Known { midnight: i64 },
    Slashed { first: i64, second: i64, year: i64 },
}

fn year_of((value, digits): (i64, usize)) -> Option<i64> {
    match digits {
        2 => Some(2_000 + value),
        4 => Some(value),
        _ => None,
    }
}

fn date(cursor: &mut Cursor<'_>) -> Option<Date> {
    let known = |year, month, day| {
        Some(Date::Known {
            midnight: midnight(year, month, day)?,
        })
    };
    if cursor.rest.first()?.is_ascii_alphabetic() {
        let month = month_named(&cursor.word()?)?;
        cursor.take(b'.');
        cursor.blanks();
        let (day, _) = cursor.number(2)?;
        cursor.take(b',');
        cursor.blanks();
        return known(year_of(cursor.number(4)?)?, month, day);
    }
    let (first, digits) = cursor.number(4)?;
    let separator = *cursor.rest.first()?;
    if digits == 4 {
        if !matches!(separator, b'-' | b'/' | b'.') {
            return None;
        }
        cursor.take(separator);
        let (month, _) = cursor.number(2)?;
        if !cursor.take(separator) {
            return None;
        }
        let (day, _) = cursor.number(2)?;
        return known(first, month, day);
    }
    if digits > 2 || !matches!(separator, b'-' | b'/' | b'.' | b' ') {
        return None;
    }
    cursor.take(separator);
    if cursor.rest.first()?.is_ascii_alphabetic() {
        let month = month_named(&cursor.word()?)?;
        cursor.take(b'.');
        cursor.take(b',');
        if !cursor.take(separator) {
            return None;
        }
        return known(year_of(cursor.number(4)?)?, month, first);
    }
    let (second, digits) = cursor.number(2)?;
    if digits > 2 || separator == b' ' || !cursor.take(separator) {
        return None;
    }
    let year = year_of(cursor.number(4)?)?;
    // Nobody who writes points between the numbers puts the month first.
    if separator == b'.' {
        return known(year, second, first);
    }
    Some(Date::Slashed {
        first,
        second,
        year,
    })
}

/// Seconds after midnight, with what is known of them, and whether an offset is written; it is taken off.
fn time_of_day(cursor: &mut Cursor<'_>) -> Option<(i64, Precision, bool)> {
    let (mut hour, digits) = cursor.number(2)?;
    if digits > 2 || !cursor.take(b':') {
        return None;
    }
    let (minute, _) = cursor.number(2)?;
    let mut second = 0;
    let mut precision = Precision::Minute;
    if cursor.take(b':') {
        (second, _) = cursor.number(2)?;
        precision = Precision::Second;
        if cursor.take(b'.') || cursor.take(b',') {
            cursor.number(9)?;
        }
    }
    cursor.blanks();
    let offset = cursor.rest;
    let mut offset_secs = 0;
    let mut has_offset = false;
    if cursor.rest.first().is_some_and(u8::is_ascii_alphabetic) {
        let word = cursor.word()?;
        match word.as_str() {
            "am" | "pm" if (1..=12).contains(&hour) => {
                hour = hour % 12 + if word == "pm" { 12 } else { 0 };
                cursor.blanks();
            }
            "z" | "utc" | "gmt" => has_offset = true,
            _ => return None,
        }
        if matches!(cursor.rest, b"UTC" | b"GMT" | b"Z") {
            has_offset = true;
            cursor.rest = b"";
        }
    }
    if let Some(sign @ (b'+' | b'-')) = cursor.rest.first().copied() {
        cursor.take(sign);
        let (hours, minutes) = match cursor.number(4)? {
            (value, 4) => (value / 100, value % 100),
            (hours, _) if cursor.take(b':') => (hours, cursor.number(2)?.0),
            (hours, _) => (hours, 0),
        };
        if hours > 15 || minutes > 59 {
            return None;
        }
        has_offset = true;
        offset_secs = hours * 3_600 + minutes * 60;
        if sign == b'-' {
            offset_secs = -offset_secs;
        }
    }
    let whole = offset.is_empty() || cursor.rest.is_empty();
    // A leap second is read as the first second of the next minute.
    if !whole || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let second_of_day = hour * 3_600 + minute * 60 + second - offset_secs;
    Some((second_of_day, precision, has_offset))
}

/// Reads an instant. Without an offset it is read as UTC.
#[cfg(test)]
pub fn read(text: &str) -> Option<(Stamp, Precision)> {
    read_with_offset(text).map(|(stamp, precision, _)| (stamp, precision))
}

/// Reads an instant, and whether its text has an offset from UTC; without one it is read as UTC, for the caller to move.
pub fn read_with_offset(text: &str) -> Option<(Stamp, Precision, bool)> {
    if !text.is_ascii() || text.len() > 64 {
        return None;
    }
    let mut cursor = Cursor {
        rest: text.trim().as_bytes(),
    };
    let date = date(&mut cursor)?;
    let (second_of_day, precision, has_offset) = if cursor.rest.is_empty() {
        (0, Precision::Day, false)
    } else {
        cursor.take(b',');
        if !cursor.take(b'T') && !cursor.take(b't') {
            if !cursor.rest.first()?.is_ascii_whitespace() {
                return None;
            }
            cursor.blanks();
        }
        time_of_day(&mut cursor)?
    };
    if !cursor.rest.is_empty() {
        return None;
    }
    let stamp = match date {
        Date::Known { midnight } => Stamp::Known(midnight + second_of_day),
        Date::Slashed {
            first,
            second,
            year,
        } => {
            let slashed = Slashed {
                first: first as u8,
                second: second as u8,
                year: year as i16,
                second_of_day: second_of_day as i32,
            };
            let readings = [DateOrder::DayFirst, DateOrder::MonthFirst];
            if readings.iter().all(|it| slashed.unix_secs(*it).is_none()) {
                return None;
            }
            Stamp::Slashed(slashed)
        }
    };
    Some((stamp, precision, has_offset))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unix(text: &str) -> i64 {
        Epoch::parse_unix_micros(text).unwrap() / 1_000_000
    }

    #[test]
    fn instants_are_read_as_they_are_written() {
        for (text, means, precision) in [
            (
                "2026-11-01 03:09:58 -0500",
                "2026-11-01T08:09:58Z",
                Precision::Second,
            ),
            (
                "2026-11-01T03:09:58+00:00",
                "2026-11-01T03:09:58Z",
                Precision::Second,
            ),
            (
                "2026-11-01T03:09:58.123Z",
                "2026-11-01T03:09:58Z",
                Precision::Second,
            ),
            (
                "2026-11-01 03:09 UTC",
                "2026-11-01T03:09Z",
                Precision::Minute,
            ),
            ("2026/1/9 3:09", "2026-01-09T03:09Z", Precision::Minute),
            ("2026-11-01", "2026-11-01T00:00Z", Precision::Day),
            ("31.12.2026 23:59", "2026-12-31T23:59Z", Precision::Minute),
            ("9 Nov 2026 8:05 pm", "2026-11-09T20:05Z", Precision::Minute),
            (
                "November 9, 2026 12:05 AM",
                "2026-11-09T00:05Z",
                Precision::Minute,
            ),
            ("9-Nov-26", "2026-11-09T00:00Z", Precision::Day),
            ("Sept 9, 2026", "2026-09-09T00:00Z", Precision::Day),
        ] {
            let found = read(text);
            assert_eq!(
                found,
                Some((Stamp::Known(unix(means)), precision)),
                "{text}"
            );
        }
    }

    #[test]
    fn day_and_month_are_told_apart_by_whoever_knows_their_order() {
        for (text, day_first, month_first) in [
            (
                "12/1/2010 8:26",
                Some("2010-01-12T08:26Z"),
                Some("2010-12-01T08:26Z"),
            ),
            ("11/30/2026 11:59:58 PM", None, Some("2026-11-30T23:59:58Z")),
            ("29/02/24", Some("2024-02-29T00:00Z"), None),
            (
                "3-4-2026 00:00 +0130",
                Some("2026-04-02T22:30Z"),
                Some("2026-03-03T22:30Z"),
            ),
        ] {
            let Some((Stamp::Slashed(slashed), _)) = read(text) else {
                panic!("{text}");
            };
            assert_eq!(
                slashed.unix_secs(DateOrder::DayFirst),
                day_first.map(unix),
                "{text}"
            );
            assert_eq!(
                slashed.unix_secs(DateOrder::MonthFirst),
                month_first.map(unix),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "31/31/2026",
            "30/02/2026",
            "1/2",
            "1/2/202",
            "2026-11-01 25:00",
            "2026-11-01 03:09:58 PST",
            "2026-11-01 13:00 PM",
            "2026-11-01x",
            "12345",
            "2026-11-01 03:09 -0500 and more",
            "0/5/2026",
            "1 2 2026",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}|[0-9/:. -]{0,24}|[0-9]{1,4}[-/.][0-9A-Za-z]{1,4}[-/.][0-9]{1,5}.{0,12}") {
            let _ = read(&text);
        }
    }
}
