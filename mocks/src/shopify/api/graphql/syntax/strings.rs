//! What a quoted text stands for: escapes of the short form, indentation of the long one.

use std::borrow::Cow;

/// The text of `"..."`, given without its quotes; `None` when an escape is none.
pub(super) fn short(inside: &str) -> Option<Cow<'_, str>> {
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = rest[at + 1..].chars().next()?;
        rest = &rest[at + 1 + escape.len_utf8()..];
        text.push(match escape {
            '"' | '\\' | '/' => escape,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (character, left) = unicode(rest)?;
                rest = left;
                character
            }
            _ => return None,
        });
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The character that stands behind `\u`, and what follows it.
fn unicode(rest: &str) -> Option<(char, &str)> {
    if let Some(braced) = rest.strip_prefix('{') {
        let (digits, left) = braced.split_once('}')?;
        return Some((char::from_u32(hexadecimal(digits)?)?, left));
    }
    let (first, left) = four_digits(rest)?;
    if (0xD800..0xDC00).contains(&first) {
        let (second, left) = four_digits(left.strip_prefix("\\u")?)?;
        let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
        let code = 0x1_0000 + ((first - 0xD800) << 10) + low;
        return Some((char::from_u32(code)?, left));
    }
    Some((char::from_u32(first)?, left))
}

fn four_digits(text: &str) -> Option<(u32, &str)> {
    let digits = text.get(..4)?;
    Some((hexadecimal(digits)?, &text[4..]))
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let is_hexadecimal = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_hexadecimal.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The text of `"""..."""`, given without its quotes: common indentation and blank lines at both ends go.
pub(super) fn long(inside: &str) -> String {
    let unescaped = inside.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n");
    let lines: Vec<&str> = unescaped.split(['\n', '\r']).collect();
    let is_blank = |line: &str| line.bytes().all(|b| b == b' ' || b == b'\t');
    let indent_of = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = lines[1..]
        .iter()
        .filter(|line| !is_blank(line))
        .map(|line| indent_of(line))
        .min()
        .unwrap_or(0);
    let mut stripped: Vec<&str> = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        stripped.push(if index == 0 {
            line
        } else {
            line.get(common..).unwrap_or("")
        });
    }
    let first = stripped.iter().position(|line| !is_blank(line));
    let last = stripped.iter().rposition(|line| !is_blank(line));
    match (first, last) {
        (Some(first), Some(last)) => stripped[first..=last].join("\n"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_wrong_ones_refused() {
        assert_eq!(short(r#"a\n\"\/\u00e9\u{1F600}"#).unwrap(), "a\n\"/é😀");
        assert_eq!(short(r"\uD83D\uDE00").unwrap(), "😀");
        for wrong in [
            r"\x",
            r"\u12",
            r"\uD83D",
            r"\uD83Dx",
            r"\u{110000}",
            r"\u{}",
            "\\",
        ] {
            assert!(short(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn block_texts_lose_their_indentation() {
        assert_eq!(long("\n    one\n      two\n\n  "), "one\n  two");
        assert_eq!(long(r#"say \""" so"#), r#"say """ so"#);
        assert_eq!(long(" \n\t"), "");
    }
}
