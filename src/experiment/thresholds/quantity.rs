//! Limits with their units.

use std::fmt;

use channel_mocks::core::Micros;

use super::figure::Unit;
use crate::scenario::rate::Rate;

/// The largest whole number up to which a double has every one.
const MOST_EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// A limit, in the unit of the figure that it is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// Units, orders, calls, other counts.
    Number(f64),
    /// A length of time; `never` is longer than all.
    Time(Micros),
    /// A share, in hundredths.
    Percent(f64),
    /// Money, with its currency if that was written.
    Money(f64, Option<String>),
    /// Events a second.
    Rate(Rate),
}

impl Quantity {
    /// Reads a limit for a figure of `unit`.
    ///
    /// # Errors
    /// What is wrong, and the way out.
    pub fn parse(text: &str, unit: Unit) -> Result<Quantity, (String, String)> {
        let example = unit.example();
        let help = match unit {
            Unit::Seconds => {
                format!("it is a time: write it with us, ms, s, min, h or d, like {example}")
            }
            Unit::Share => format!("it is a share: write it in per cent, like {example}"),
            Unit::Money => format!(
                "it is money: write a plain number, like {example}, or one with its currency"
            ),
            Unit::PerSecond => format!("it is a rate: write it by a time, like {example}"),
            Unit::Units | Unit::Orders | Unit::Calls | Unit::Count => {
                format!(
                    "it counts {}: write a plain number, like {example}",
                    plural(unit)
                )
            }
        };
        let read = match unit {
            Unit::Seconds => Micros::parse(text).ok().map(Quantity::Time),
            Unit::PerSecond => rate(text).map(Quantity::Rate),
            Unit::Share => {
                let percent = text.strip_suffix('%').map(str::trim_end);
                percent.and_then(number).map(Quantity::Percent)
            }
            Unit::Money => money(text),
            Unit::Units | Unit::Orders | Unit::Calls | Unit::Count => {
                number(text).map(Quantity::Number)
            }
        };
        read.ok_or_else(|| {
            let message = match text {
                "" => "there is no limit here".to_string(),
                _ => format!("`{text}` is no limit for this figure"),
            };
            (message, help)
        })
    }

    /// The value that figures are compared with: seconds, shares from 0 to 1, whole numbers; infinite for `never`.
    pub fn value(&self) -> f64 {
        match self {
            Quantity::Number(number) | Quantity::Money(number, _) => *number,
            Quantity::Time(Micros::MAX) => f64::INFINITY,
            Quantity::Time(time) => time.as_secs_f64(),
            Quantity::Percent(percent) => of_percent(*percent),
            Quantity::Rate(rate) => rate.per_second,
        }
    }

    /// The currency that was written.
    pub fn currency(&self) -> Option<&str> {
        match self {
            Quantity::Money(_, currency) => currency.as_deref(),
            _ => None,
        }
    }
}

fn plural(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "things",
        other => other.name(),
    }
}

/// The share that so many hundredths are: the double next to what the decimal digits say, as a figure's share is the one next to
/// its quotient. A division of the double next to `11.2` would be rounded a second time, and miss 154 of 1,375.
pub fn of_percent(percent: f64) -> f64 {
    let moved = format!("{percent}e-2").parse();
    moved.unwrap_or(percent / 100.0)
}

/// A rate by its unit, rounded once for the same reason: `6.72/min` is the rate of 154 orders in 1,375 seconds.
fn rate(text: &str) -> Option<Rate> {
    let read = Rate::parse(text).ok()?;
    Some(rounded_once(text).unwrap_or(read))
}

/// The quotient of the number's digits and of the unit with the decimal places, where both are whole and small enough to be exact.
fn rounded_once(text: &str) -> Option<Rate> {
    let (number, unit) = text.split_once('/')?;
    let unit_s = match unit.trim() {
        "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let number = number.trim().replace('_', "");
    let (whole, places) = number.split_once('.').unwrap_or((&number, ""));
    let digits: u64 = format!("{whole}{places}").parse().ok()?;
    let scale = 10_u64.checked_pow(u32::try_from(places.len()).ok()?)?;
    let divisor = scale.checked_mul(unit_s)?;
    (digits.max(divisor) <= MOST_EXACT).then(|| Rate {
        per_second: digits as f64 / divisor as f64,
    })
}

/// A finite number in plain digits.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = |letter: char| letter.is_ascii_digit() || letter == '.' || letter == '_';
    if !digits.starts_with(|letter: char| letter.is_ascii_digit()) || !digits.chars().all(plain) {
        return None;
    }
    let number: f64 = text.replace('_', "").parse().ok()?;
    number.is_finite().then_some(number)
}

/// `2500` or `2500 USD`.
fn money(text: &str) -> Option<Quantity> {
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|it| it.is_ascii_uppercase());
    match text.split_once(' ') {
        None => number(text).map(|amount| Quantity::Money(amount, None)),
        Some((amount, code)) if is_code(code.trim()) => {
            number(amount).map(|amount| Quantity::Money(amount, Some(code.trim().to_string())))
        }
        Some(_) => None,
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Number(number) | Quantity::Money(number, None) => write!(f, "{number}"),
            Quantity::Money(number, Some(currency)) => write!(f, "{number} {currency}"),
            Quantity::Time(time) => write!(f, "{time}"),
            Quantity::Percent(percent) => write!(f, "{percent}%"),
            Quantity::Rate(rate) => write!(f, "{}/s", rate.per_second),
        }
    }
}
