//! Writing JSON straight into a byte buffer: order pages and notifications are rendered by the hundred thousand.

pub(crate) use crate::core::json::{escape, is_bare, string};

/// Appends text as it is; the caller vouches for its being JSON.
pub(crate) fn raw(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a whole number.
pub(crate) fn number(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends an amount of money as the APIs carry it, a quoted decimal: `"19.99"`.
pub(crate) fn amount(out: &mut Vec<u8>, cents: u64) {
    out.push(b'"');
    number(out, cents / 100);
    let rest = (cents % 100) as u8;
    out.extend_from_slice(&[b'.', b'0' + rest / 10, b'0' + rest % 10, b'"']);
}

/// Appends `true` or `false`.
pub(crate) fn boolean(out: &mut Vec<u8>, value: bool) {
    raw(out, if value { "true" } else { "false" });
}

/// Appends a comma unless this is the first element, which the flag remembers.
pub(crate) fn comma(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_keeps_its_cents() {
        let mut out = Vec::new();
        amount(&mut out, 3_998);
        amount(&mut out, 5);
        assert_eq!(out, br#""39.98""0.05""#);
    }
}
