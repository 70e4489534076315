//! JSON that travels inside a string of other JSON, as notifications do in a queue: written as it is, for its digest,
//! and at the same time as it stands in the string. Most of it is known when compiled, and so is its escaped form; to
//! escape a whole notification afterwards would take several times the work of writing it.

use crate::amazon::model::json;

/// Text that is known when compiled.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Literal {
    plain: &'static str,
    escaped: &'static [u8],
}

impl Literal {
    /// Only for [`literal!`], which escapes the text.
    pub(crate) const fn new(plain: &'static str, escaped: &'static [u8]) -> Literal {
        Literal { plain, escaped }
    }
}

/// How long a text without control characters is inside a string.
pub(crate) const fn escaped_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut length, mut at) = (bytes.len(), 0);
    while at < bytes.len() {
        assert!(bytes[at] >= 0x20, "literals hold no control characters");
        if bytes[at] == b'"' || bytes[at] == b'\\' {
            length += 1;
        }
        at += 1;
    }
    length
}

/// A text as it stands inside a string; `LENGTH` is its [`escaped_length`].
pub(crate) const fn escaped<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let bytes = text.as_bytes();
    let mut escaped = [0; LENGTH];
    let (mut from, mut to) = (0, 0);
    while from < bytes.len() {
        if bytes[from] == b'"' || bytes[from] == b'\\' {
            escaped[to] = b'\\';
            to += 1;
        }
        escaped[to] = bytes[from];
        to += 1;
        from += 1;
    }
    escaped
}

/// A [`Literal`] of a constant text.
macro_rules! literal {
    ($text:expr) => {{
        use $crate::amazon::signals::nested_json::{Literal, escaped, escaped_length};
        const PLAIN: &str = $text;
        const ESCAPED: [u8; escaped_length(PLAIN)] = escaped(PLAIN);
        const LITERAL: Literal = Literal::new(PLAIN, &ESCAPED);
        LITERAL
    }};
}
pub(super) use literal;

/// A text in both its forms.
#[derive(Debug)]
pub(crate) struct NestedJson {
    plain: Vec<u8>,
    escaped: Vec<u8>,
}

impl NestedJson {
    /// Room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> NestedJson {
        NestedJson {
            plain: Vec::with_capacity(bytes),
            escaped: Vec::with_capacity(bytes + bytes / 4),
        }
    }

    /// Empties both forms.
    pub(crate) fn clear(&mut self) {
        self.plain.clear();
        self.escaped.clear();
    }

    /// The text as it is.
    pub(crate) fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// The text as it stands inside a string, without the quotes around it.
    pub(crate) fn escaped(&self) -> &[u8] {
        &self.escaped
    }

    /// Appends a constant.
    #[inline]
    pub(crate) fn raw(&mut self, literal: Literal) {
        self.plain.extend_from_slice(literal.plain.as_bytes());
        self.escaped.extend_from_slice(literal.escaped);
    }

    /// Appends what needs no escaping, which the caller vouches for: numbers, dates, ids, names.
    #[inline]
    pub(crate) fn bare(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.plain.len();
        write(&mut self.plain);
        let written = &self.plain[before..];
        debug_assert!(json::is_bare(written));
        self.escaped.extend_from_slice(written);
    }

    /// Appends a name that needs no escaping.
    #[inline]
    pub(crate) fn name(&mut self, name: &str) {
        self.bare(|out| json::raw(out, name));
    }

    /// Appends anything.
    pub(crate) fn any(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.plain.len();
        write(&mut self.plain);
        let written = std::str::from_utf8(&self.plain[before..]).expect("JSON is UTF-8");
        json::escape(&mut self.escaped, written);
    }

    /// Appends a text as a string.
    pub(crate) fn string(&mut self, text: &str) {
        if json::is_bare(text.as_bytes()) {
            self.raw(literal!("\""));
            self.name(text);
            self.raw(literal!("\""));
        } else {
            self.any(|out| json::string(out, text));
        }
    }

    /// Appends a string that is JSON already, its quotes included.
    pub(crate) fn quoted(&mut self, string: &[u8]) {
        match string {
            [b'"', inside @ .., b'"'] if json::is_bare(inside) => {
                self.raw(literal!("\""));
                self.bare(|out| out.extend_from_slice(inside));
                self.raw(literal!("\""));
            }
            _ => self.any(|out| out.extend_from_slice(string)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_back(nested: &NestedJson) -> Vec<u8> {
        let quoted = [b"\"", nested.escaped(), b"\""].concat();
        serde_json::from_slice::<String>(&quoted)
            .unwrap()
            .into_bytes()
    }

    fn quoted(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        json::string(&mut out, text);
        out
    }

    proptest! {
        #[test]
        fn the_escaped_form_reads_as_the_plain_one(
            texts in prop::collection::vec("[a-c\"\\\\\n]{0,9}|\\PC*", 0..6), number in any::<u64>()
        ) {
            let mut nested = NestedJson::with_capacity(8);
            let mut expected = Vec::new();
            for text in &texts {
                nested.raw(literal!(r#"{"a\b":"#));
                nested.string(text);
                nested.quoted(&quoted(text));
                nested.bare(|out| json::number(out, number));
                nested.any(|out| json::raw(out, text));
                json::raw(&mut expected, r#"{"a\b":"#);
                json::string(&mut expected, text);
                json::string(&mut expected, text);
                json::number(&mut expected, number);
                json::raw(&mut expected, text);
            }
            prop_assert_eq!(nested.plain(), &expected);
            prop_assert_eq!(read_back(&nested), expected);
            nested.clear();
            prop_assert!(nested.plain().is_empty() && nested.escaped().is_empty());
        }
    }
}
