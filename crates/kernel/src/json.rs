//! JSON text: reading bodies, and writing straight into a byte buffer, since pages and notifications are written by the
//! hundred thousand.

use serde::Deserialize;
use serde::de::IgnoredAny;

mod objects;

/// Reads a JSON body. Its UTF-8 is checked once, and not for every text in it. Objects are read by the names of their
/// members: an array in the place of one is refused, at every depth.
///
/// # Errors
/// As `serde_json::from_slice`, and for such an array.
#[inline]
pub fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> serde_json::Result<T> {
    match std::str::from_utf8(body) {
        Ok(text) => read_text(text),
        // It tells where, and lets bytes pass that nobody reads.
        Err(_) => whole(serde_json::Deserializer::from_slice(body)),
    }
}

/// The same for JSON that is a text already.
///
/// # Errors
/// As `serde_json::from_str`, and for an array in the place of an object.
#[inline]
pub fn read_text<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    whole(serde_json::Deserializer::from_str(text))
}

/// Whether a body that could not be read is JSON all the same, of another shape: reading stops at the first value of another
/// type, before what may be broken behind it.
pub fn is_misshapen(body: &[u8], error: &serde_json::Error) -> bool {
    error.is_data() && is_json(body)
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

fn whole<'a, R: serde_json::de::Read<'a>, T: Deserialize<'a>>(
    mut json: serde_json::Deserializer<R>,
) -> serde_json::Result<T> {
    let value = T::deserialize(objects::Objects(&mut json))?;
    json.end()?;
    Ok(value)
}

/// Appends a text as a string, quotes included.
#[inline]
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escape(out, text);
    out.push(b'"');
}

/// Appends the inside of a string: quotes, backslashes and control characters escaped, the rest as it is.
#[inline]
pub fn escape(out: &mut Vec<u8>, text: &str) {
    if is_bare(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let quoted = serde_json::to_string(text).expect("every text can be a string");
    out.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
}

/// Whether a text stands inside a string as it is. Nearly all do, and are short, so eight bytes are looked at together.
#[inline]
pub fn is_bare(text: &[u8]) -> bool {
    let (words, _) = text.as_chunks::<8>();
    match text.last_chunk::<8>() {
        Some(last) => words.iter().chain([last]).all(|word| all_stand_bare(*word)),
        None => text.iter().all(|&byte| stands_bare(byte)),
    }
}

#[inline]
fn stands_bare(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// The same for eight bytes: none is less than a space, and none turns to zero when a quote or a backslash is taken from
/// it (H. Warren, "Hacker's Delight", 6-1).
#[inline]
fn all_stand_bare(word: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_ne_bytes(word);
    let less_than = |word: u64, byte: u8| word.wrapping_sub(ONES * u64::from(byte)) & !word;
    let holds = |byte: u8| less_than(word ^ (ONES * u64::from(byte)), 1);
    (less_than(word, 0x20) | holds(b'"') | holds(b'\\')) & (ONES << 7) == 0
}

/// Appends text as it is; the caller vouches for its being JSON.
#[inline]
pub fn raw(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a whole number.
#[inline]
pub fn integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a whole number as a string: `"5001"`.
#[inline]
pub fn quoted_integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.push(b'"');
    integer(out, value);
    out.push(b'"');
}

/// Appends `true` or `false`.
#[inline]
pub fn boolean(out: &mut Vec<u8>, value: bool) {
    raw(out, if value { "true" } else { "false" });
}

/// Appends an amount of money as a string with two decimal places: `"19.99"` for 1,999 cents.
#[inline]
pub fn cents(out: &mut Vec<u8>, cents: u64) {
    out.push(b'"');
    integer(out, cents / 100);
    let rest = (cents % 100) as u8;
    out.extend_from_slice(&[b'.', b'0' + rest / 10, b'0' + rest % 10, b'"']);
}

/// Appends a comma unless the buffer ends where a list or an object opens.
#[inline]
pub fn comma(out: &mut Vec<u8>) {
    if !matches!(out.last(), Some(b'[' | b'{' | b',')) {
        out.push(b',');
    }
}

/// Appends what `write` writes for each element, with commas between, in brackets.
pub fn array<T>(
    out: &mut Vec<u8>,
    elements: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (position, element) in elements.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write(out, element);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_reads_back(text in "(?s).*|[a-c\"\\\\\\x00-\\x1f]*") {
            let mut out = Vec::new();
            string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        /// What must be escaped is found wherever it stands.
        #[test]
        fn texts_are_bare_when_all_their_bytes_are(
            mut text in prop::collection::vec(0x20u8..=0xff, 1..40), at in any::<prop::sample::Index>(), byte: u8
        ) {
            text.retain(|&byte| stands_bare(byte));
            prop_assert!(is_bare(&text));
            text.push(b'x');
            let at = at.index(text.len());
            text[at] = byte;
            prop_assert_eq!(is_bare(&text), byte >= 0x20 && byte != b'"' && byte != b'\\');
        }
    }

    #[test]
    fn what_is_broken_is_no_json_wherever_it_breaks() {
        assert!(is_json(b" [1, {\"a\": null}] ") && is_json(b"7"));
        for broken in [b"[1,2".as_slice(), b"", b"{\"a\":}", b"1 2", b"[1],"] {
            assert!(!is_json(broken), "{broken:?}");
        }
    }

    #[test]
    fn money_has_two_places() {
        let mut out = Vec::new();
        for amount in [3_998, 5, 1_205, 1_800] {
            cents(&mut out, amount);
        }
        assert_eq!(out, br#""39.98""0.05""12.05""18.00""#);
    }

    #[test]
    fn elements_have_commas_between() {
        let mut out = Vec::new();
        array(&mut out, [-1i64, 0, 7], integer);
        array(&mut out, [true; 0], boolean);
        comma(&mut out);
        out.push(b'{');
        comma(&mut out);
        quoted_integer(&mut out, 3);
        comma(&mut out);
        assert_eq!(out, br#"[-1,0,7][],{"3","#);
    }
}
