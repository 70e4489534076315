//! Postal codes as every payload prints them.

use crate::amazon::model::json;

/// The city of every address.
pub(crate) const CITY: &str = "Exampletown";

/// Appends a postal code of at least five digits.
pub(crate) fn write_postal_code(out: &mut Vec<u8>, code: u32) {
    let mut limit = 10_000;
    while limit > code.max(1) && limit > 1 {
        out.push(b'0');
        limit /= 10;
    }
    json::number(out, code);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postal_codes_have_five_digits() {
        let text = |code| {
            let mut out = Vec::new();
            write_postal_code(&mut out, code);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(48_110), "48110");
        assert_eq!(text(2_138), "02138");
        assert_eq!(text(7), "00007");
        assert_eq!(text(0), "00000");
        assert_eq!(text(123_456), "123456");
    }
}
