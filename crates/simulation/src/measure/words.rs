//! Counts and times in words, for verdicts and reports alike.

use channel_mocks::core::Micros;

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

/// A number of things: `1 unit`, `2 units`.
pub fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

/// A time in seconds, as exact as a thousandth: `214 s`, `0.25 s`; `no bound` for [`Micros::MAX`].
pub fn seconds(time: Micros) -> String {
    if time == Micros::MAX {
        return "no bound".to_string();
    }
    let text = format!("{:.3}", time.as_secs_f64());
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_no_zeros_at_their_end() {
        assert_eq!(seconds(Micros::from_secs(120)), "120 s");
        assert_eq!(seconds(Micros::from_millis(250)), "0.25 s");
        assert_eq!(seconds(Micros::MAX), "no bound");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "unit"), "1 unit");
        assert_eq!(counted(0, "unit"), "0 units");
        assert_eq!(counted(1_200, "stock-out"), "1,200 stock-outs");
    }
}
