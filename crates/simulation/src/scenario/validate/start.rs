//! `start`: a calendar instant that exists, in a time zone that has it.

use channel_mocks::core::Epoch;
use oversell_kernel::Zone;

/// What is wrong with a start.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    pub message: String,
    pub label: String,
    pub help: String,
}

/// Seconds of 1970 and of 2100, between which calendars and zones are known: Unix time, the first inclusive.
const KNOWN: std::ops::Range<i64> = 0..4_102_444_800;

/// The offsets that people live by: from Baker Island to Kiritimati, minutes.
const OFFSETS: std::ops::RangeInclusive<i64> = -720..=840;

/// Whether the text is a start.
pub(super) fn check(text: &str) -> Result<(), Wrong> {
    let wrong = |message: String, label: &str, help: String| Wrong {
        message,
        label: label.to_string(),
        help,
    };
    let example = "write one like \"2026-11-27T08:00:00-05:00\", or with the time zone whose daylight saving is to be followed, \
                   \"2026-11-27T08:00:00-05:00[America/New_York]\"";
    let (instant, zone) = match text.split_once('[') {
        Some((instant, zone)) => (instant, zone.strip_suffix(']')),
        None => (text, None),
    };
    if let Some(message) = impossible_day(instant) {
        return Err(wrong(message, "no such day", example.to_string()));
    }
    let Ok((epoch, _)) = Epoch::parse_start(instant) else {
        let message = format!("`{text}` is no calendar instant");
        return Err(wrong(message, "not RFC 3339", example.to_string()));
    };
    if let Some(offset) = offset_minutes(instant)
        && !OFFSETS.contains(&offset)
    {
        let message = format!("no place on earth keeps the offset of `{text}`");
        return Err(wrong(
            message,
            "no such offset",
            "offsets go from -12:00 to +14:00".to_string(),
        ));
    }
    let seconds = epoch.unix_secs(channel_mocks::core::Micros::ZERO);
    if !KNOWN.contains(&seconds) {
        let message = format!("`{text}` is not between 1970 and 2100");
        return Err(wrong(message, "too far away", example.to_string()));
    }
    let Some(name) = zone else {
        return match text.contains('[') {
            true => {
                let message = format!("`{text}` has no end of its time zone");
                Err(wrong(message, "`]` is missing", example.to_string()))
            }
            false => Ok(()),
        };
    };
    let Ok(zone) = Zone::named(name) else {
        let message = format!("there is no time zone `{name}`");
        let help = "write a name of the IANA database, like America/New_York or Europe/Berlin";
        return Err(wrong(message, "unknown time zone", help.to_string()));
    };
    match Epoch::parse_start(text) {
        Ok(_) => Ok(()),
        Err(_) => {
            let there = zone.offset_text(seconds);
            let written = &instant[instant.len().saturating_sub(6)..];
            let message =
                format!("`{text}` is no time in {name}, whose clocks are at {there} then");
            let help = format!(
                "write {there} instead of {written}, or leave [{name}] out to keep {written} for ever"
            );
            Err(wrong(message, "the offset is not the zone's", help))
        }
    }
}

/// The offset of a text that ends with one, minutes.
fn offset_minutes(text: &str) -> Option<i64> {
    let (at, sign) = text
        .char_indices()
        .rev()
        .find(|(_, letter)| matches!(letter, '+' | '-'))?;
    let (hours, minutes) = text[at + 1..].split_once(':')?;
    if at < 11 {
        return None;
    }
    let total = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    Some(if sign == '-' { -total } else { total })
}

/// What is said about a date that has the shape of one and is in no calendar.
fn impossible_day(text: &str) -> Option<String> {
    let mut parts = text.get(..10)?.split('-').map(str::parse::<u32>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    if !(1..=12).contains(&month) {
        return Some(format!(
            "`{text}` is no calendar instant: there is no month {month}"
        ));
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (!(1..=days).contains(&day)).then(|| {
        format!(
            "`{text}` is no calendar instant: {year}-{month:02} has {days} days, and no day {day}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        check(text).map_or_else(
            |wrong| wrong.message + " | " + &wrong.help,
            |()| "fine".to_string(),
        )
    }

    #[test]
    fn instants_that_exist_are_fine() {
        for text in [
            "2026-11-27T08:00:00Z",
            "2026-11-27T08:00:00.25-05:00",
            "2024-02-29T00:00:00+14:00",
            "2026-07-01T08:00:00-04:00[America/New_York]",
        ] {
            assert_eq!(said(text), "fine", "{text}");
        }
    }

    #[test]
    fn every_mistake_is_named_in_plain_words() {
        for (text, wanted) in [
            ("2026-02-30T00:00:00Z", "2026-02 has 28 days, and no day 30"),
            ("2026-13-01T00:00:00Z", "there is no month 13"),
            ("2026-04-00T00:00:00Z", "no day 0"),
            ("2026-11-27T25:00:00Z", "no calendar instant"),
            ("2026-11-27", "no calendar instant"),
            ("2026-11-27T08:00:00+19:00", "no place on earth"),
            ("1804-11-27T08:00:00Z", "not between 1970 and 2100"),
            ("9999-11-27T08:00:00Z", "not between 1970 and 2100"),
            (
                "2026-11-27T08:00:00-05:00[America/New_York",
                "no end of its time zone",
            ),
            (
                "2026-11-27T08:00:00-05:00[America/Atlantis]",
                "there is no time zone `America/Atlantis`",
            ),
            (
                "2026-11-27T08:00:00+01:00[America/New_York]",
                "whose clocks are at -05:00 then | write -05:00 instead of +01:00",
            ),
            ("noon", "no calendar instant"),
            ("", "no calendar instant"),
        ] {
            let said = said(text);
            assert!(said.contains(wanted), "{text}: {said}");
        }
    }
}
