//! JSON written straight into a byte buffer: orders and deliveries are rendered by the hundred thousand.

pub(crate) use crate::core::hexadecimal::push as hex;
pub(crate) use crate::core::json::string;

/// Appends text as it is: keys and punctuation known to be valid.
pub(crate) fn raw(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a number.
pub(crate) fn number(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a number in quotes, as the platform writes ids.
pub(crate) fn id(out: &mut Vec<u8>, value: u64) {
    out.push(b'"');
    number(out, value);
    out.push(b'"');
}

/// Appends `true` or `false`.
pub(crate) fn boolean(out: &mut Vec<u8>, value: bool) {
    raw(out, if value { "true" } else { "false" });
}

/// Appends an amount of money as the platform writes it: a decimal string in quotes.
pub(crate) fn money(out: &mut Vec<u8>, cents: u64) {
    out.push(b'"');
    number(out, cents / 100);
    out.push(b'.');
    let cents = (cents % 100) as u8;
    out.push(b'0' + cents / 10);
    out.push(b'0' + cents % 10);
    out.push(b'"');
}

/// Appends a comma unless the buffer ends where a list or an object opens.
pub(crate) fn comma(out: &mut Vec<u8>) {
    if !matches!(out.last(), Some(b'[' | b'{' | b',')) {
        out.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_two_places() {
        let mut out = Vec::new();
        money(&mut out, 1_205);
        assert_eq!(out, b"\"12.05\"");
    }
}
