//! Quantities and prices as exports write them.

use std::num::{IntErrorKind, ParseIntError};

use crate::world::log_format::MOST_UNITS;

const TOO_MANY: &str = "is more than 1000000000 units";

/// A whole number of units: `2`, `-1`, `1.0`, `1,00`. With three places behind the mark it is refused, as it may be thousands.
///
/// # Errors
/// What is wrong with it.
pub fn units(text: &str) -> Result<i64, &'static str> {
    let (whole, part) = match text.find(['.', ',']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, "0"),
    };
    // `1.000` is one with three places to some programs, and a thousand to others; nothing in the text tells.
    if part.len() == 3 && text.contains(['.', ',']) {
        return Err("may be thousands or a fraction, and has to be a plain whole number");
    }
    let digits = part.bytes();
    if part.is_empty() || !digits.clone().all(|digit| digit.is_ascii_digit()) {
        return Err("is not a whole number of units");
    }
    if !digits.clone().all(|digit| digit == b'0') {
        return Err("is no whole number: units are not divided");
    }
    let value: i64 = whole
        .parse()
        .map_err(|error: ParseIntError| match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => TOO_MANY,
            _ => "is not a whole number of units",
        })?;
    if value.unsigned_abs() > MOST_UNITS {
        return Err(TOO_MANY);
    }
    Ok(value)
}

/// A price, and what it tells about the marks of its column.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// In cents; where nothing in the text tells what its mark is, with that for the decimal one.
    pub cents: u64,
    /// What its marks are.
    pub marks: Marks,
}

/// What the marks in a price are.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Marks {
    /// It has none.
    None,
    /// This one is the decimal mark, whether the price has it or another stands between its thousands.
    Decimal(char),
    /// `1.299` is a fraction to some programs and more than a thousand to others.
    Open {
        /// The mark.
        mark: char,
        /// Cents, where it stands between thousands.
        as_thousands: u64,
    },
}

/// A price in cents: `2.55`, `$1,299.00`, `12,50 EUR`, `1.299,00`. A text without a digit is no price.
///
/// # Errors
/// What is wrong with it.
pub fn price(text: &str) -> Result<Option<Price>, &'static str> {
    // A price is one run of digits and marks, whatever stands before and behind it: `1e300` and `1.00 of 2.00` are none.
    let is_part = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',');
    let runs = text.split(|letter: char| {
        !is_part(letter) && !matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\'')
    });
    if runs
        .filter(|run| run.contains(|it: char| it.is_ascii_digit()))
        .count()
        > 1
    {
        return Err(NO_PRICE);
    }
    let number: String = text
        .chars()
        .filter(|it| it.is_ascii_digit() || matches!(it, '.' | ',' | '-'))
        .collect();
    // A mark at the start belongs to a currency, like `Rs. 100`, unless the text begins with it.
    let number = number.trim_end_matches(['.', ',']);
    let number = match text.starts_with(['.', ',']) {
        true => number,
        false => number.trim_start_matches(['.', ',']),
    };
    if number.is_empty() {
        return if text.is_empty() {
            Ok(None)
        } else {
            Err(NO_PRICE)
        };
    }
    let Some(last) = number.rfind(['.', ',']) else {
        let (cents, marks) = (amount(number, "")?, Marks::None);
        return Ok(Some(Price { cents, marks }));
    };
    let (whole, part) = (&number[..last], &number[last + 1..]);
    let (mark, other) = match number.as_bytes()[last] {
        b'.' => ('.', ','),
        _ => (',', '.'),
    };
    let once = number.matches(mark).count() == 1;
    let is_alone = !whole.contains(other);
    let (cents, marks) = match (once, part.len() == 3) {
        // `1,234,567` has no fraction, and `12.345,678` none either.
        (false, _) => (amount(number, "")?, Marks::Decimal(other)),
        (true, true) if !is_alone => (amount(number, "")?, Marks::Decimal(mark)),
        // Nobody writes thousands as `0.995`, `.995` or `1299.995`.
        (true, true) if (1..=3).contains(&whole.len()) && !whole.starts_with('0') => {
            let as_thousands = amount(number, "")?;
            (amount(whole, part)?, Marks::Open { mark, as_thousands })
        }
        _ => (amount(whole, part)?, Marks::Decimal(mark)),
    };
    Ok(Some(Price { cents, marks }))
}

const NO_PRICE: &str = "is not a price of zero or more";

/// Cents of a whole number, with marks between its thousands or without, and of its fraction.
fn amount(whole: &str, part: &str) -> Result<u64, &'static str> {
    let whole: String = whole
        .chars()
        .filter(|it| !matches!(it, '.' | ','))
        .collect();
    let whole: u64 = match whole.as_str() {
        "" => 0,
        digits => digits.parse().map_err(|_| NO_PRICE)?,
    };
    let mut cents = 0;
    let mut round_up = false;
    for (place, digit) in part.bytes().enumerate() {
        let digit = digit
            .checked_sub(b'0')
            .filter(|it| *it <= 9)
            .ok_or(NO_PRICE)?;
        match place {
            0 => cents += u64::from(digit) * 10,
            1 => cents += u64::from(digit),
            2 => round_up = digit >= 5,
            _ => {}
        }
    }
    whole
        .checked_mul(100)
        .map(|it| it + cents + u64::from(round_up))
        .filter(|it| *it < 1_000_000_000_000_000)
        .ok_or(NO_PRICE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cents(text: &str) -> Result<Option<u64>, &'static str> {
        Ok(price(text)?.map(|it| it.cents))
    }

    #[test]
    fn units_are_whole() {
        for (text, means) in [
            ("2", 2),
            ("1.0", 1),
            ("-3", -3),
            ("+4", 4),
            ("7,00", 7),
            ("0", 0),
        ] {
            assert_eq!(units(text), Ok(means), "{text}");
        }
        for text in [
            "1000000001",
            "4294967296",
            "99999999999999999999",
            "-99999999999999999999",
        ] {
            assert_eq!(units(text), Err(TOO_MANY), "{text}");
        }
        assert!(TOO_MANY.contains(&MOST_UNITS.to_string()));
        for text in [
            "",
            "two",
            "1.5",
            "1,000",
            "1.000",
            "2.500",
            "1.",
            "1.0.0",
            "99999999999",
            "1e3",
            ".5",
        ] {
            assert!(units(text).is_err(), "{text}");
        }
    }

    #[test]
    fn prices_are_read_with_either_mark() {
        for (text, means) in [
            ("2.55", 255),
            ("$1,299.00", 129_900),
            ("12,50 EUR", 1_250),
            ("1.299,00", 129_900),
            ("1.299.000", 129_900_000),
            ("12.345,678", 1_234_567_800),
            ("1299,995", 130_000),
            ("USD 0.995", 100),
            ("7", 700),
            (".5", 50),
            ("Rs. 100", 10_000),
            ("1,234,567", 123_456_700),
        ] {
            assert_eq!(cents(text), Ok(Some(means)), "{text}");
        }
        assert_eq!(price(""), Ok(None));
        for text in ["free", "-1.00", "99999999999999999999"] {
            assert!(price(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_price_tells_what_its_marks_are() {
        let open = |mark, as_thousands| Marks::Open { mark, as_thousands };
        for (text, marks) in [
            ("7", Marks::None),
            ("2.55", Marks::Decimal('.')),
            ("12,5", Marks::Decimal(',')),
            ("1.299,00", Marks::Decimal(',')),
            ("1,234,567", Marks::Decimal('.')),
            ("0.995", Marks::Decimal('.')),
            ("1299.995", Marks::Decimal('.')),
            ("1.299", open('.', 129_900)),
            ("EUR 12,000", open(',', 1_200_000)),
        ] {
            let read = price(text).unwrap().unwrap();
            assert_eq!(read.marks, marks, "{text}");
        }
        assert_eq!(cents("1.299"), Ok(Some(130)), "as long as nothing tells");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}|[0-9.,-]{0,20}") {
            let (_, _) = (units(&text), price(&text));
        }

        #[test]
        fn a_price_comes_back(amount in 0u64..10_000_000_000, comma: bool) {
            let mark = if comma { ',' } else { '.' };
            let text = format!("{}{mark}{:02}", amount / 100, amount % 100);
            prop_assert_eq!(cents(&text), Ok(Some(amount)));
        }
    }
}
