//! Writing JSON straight into a byte buffer: order pages and notifications are rendered by the hundred thousand.

/// Appends text as it is; the caller vouches for its being JSON.
pub fn raw(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a whole number.
pub fn number(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a quoted string, escaped.
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escaped(out, text.as_bytes());
    out.push(b'"');
}

/// Appends the inside of a string: quotes, backslashes and control characters escaped, the rest as it is.
pub fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    if text.iter().fold(false, |any, byte| any | (*byte < 0x20)) {
        return escaped_in_runs(out, text);
    }
    // Notifications are JSON in JSON: every tenth byte is a quote, and a branch on each byte would be mispredicted as
    // often. So eight bytes are looked at together, and where one needs a backslash, all eight are laid out without
    // branches over backslashes, of which those that are needed stay.
    out.reserve(text.len() + text.len() / 4);
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        if holds(*word, b'"') | holds(*word, b'\\') {
            let (room, length) = laid_out(word);
            out.extend_from_slice(&room[..length]);
        } else {
            out.extend_from_slice(word);
        }
    }
    let mut last = [b'x'; 8];
    last[..rest.len()].copy_from_slice(rest);
    let (room, length) = laid_out(&last);
    out.extend_from_slice(&room[..length - (8 - rest.len())]);
}

/// Whether one of eight bytes is this one (the zero-byte test of H. Warren, "Hacker's Delight", 6-1).
fn holds(word: [u8; 8], byte: u8) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let difference = u64::from_ne_bytes(word) ^ (LOW * u64::from(byte));
    difference.wrapping_sub(LOW) & !difference & (LOW << 7) != 0
}

fn laid_out(word: &[u8; 8]) -> ([u8; 16], usize) {
    let mut room = [b'\\'; 16];
    let mut at = 0;
    for &byte in word {
        at += usize::from((byte == b'"') | (byte == b'\\'));
        // At most two places are used for a byte, so this is never a wrap; it spares the check.
        room[at & 15] = byte;
        at += 1;
    }
    (room, at)
}

/// The same for texts with control characters.
fn escaped_in_runs(out: &mut Vec<u8>, text: &[u8]) {
    let mut copied = 0;
    for (index, &byte) in text.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text[copied..index]);
        copied = index + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(control >> 4)]);
                out.push(HEX[usize::from(control & 15)]);
            }
        }
    }
    out.extend_from_slice(&text[copied..]);
}

/// Appends an amount of money as the APIs carry it, a quoted decimal: `"19.99"`.
pub fn amount(out: &mut Vec<u8>, cents: u64) {
    out.push(b'"');
    number(out, cents / 100);
    let rest = (cents % 100) as u8;
    out.extend_from_slice(&[b'.', b'0' + rest / 10, b'0' + rest % 10, b'"']);
}

/// Appends `true` or `false`.
pub fn boolean(out: &mut Vec<u8>, value: bool) {
    raw(out, if value { "true" } else { "false" });
}

/// Appends a comma unless this is the first element, which the flag remembers.
pub fn comma(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn money_keeps_its_cents() {
        let mut out = Vec::new();
        amount(&mut out, 3_998);
        amount(&mut out, 5);
        assert_eq!(out, br#""39.98""0.05""#);
    }

    proptest! {
        #[test]
        fn every_string_reads_back(text in "(?s).*|[a\"\\\\]*") {
            let mut out = Vec::new();
            string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
