//! Texts from outside on their way to a person: scenario files, file names, what engines and servers say. Every one of them
//! goes through [`printable`] before it reaches a terminal, and none is shown at more length than a person reads.

use std::borrow::Cow;

/// Characters of one text that a message shows.
pub const MOST_CHARACTERS: usize = 1_000;

/// Whether a character moves the cursor, changes the terminal or turns the direction of writing, instead of being seen.
/// Line breaks and tabulators are not of these.
fn is_hidden(letter: char) -> bool {
    let turns = matches!(
        letter,
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
    );
    turns || (letter.is_control() && !matches!(letter, '\n' | '\t'))
}

/// Whether a text holds what [`printable`] would write out.
pub fn has_hidden(text: &str) -> bool {
    text.chars().any(is_hidden)
}

/// The text with everything written out that a terminal would obey instead of show: `\u{1b}` for an escape. Line breaks
/// and tabulators stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !has_hidden(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_hidden(letter) {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// The text with every hidden character replaced by one of as many bytes, so that places in it stay where they are.
pub(super) fn printable_in_place(text: &str) -> String {
    let shown = |letter: char| match letter.len_utf8() {
        _ if !is_hidden(letter) => letter,
        1 => '?',
        2 => '\u{B7}',
        _ => '\u{FFFD}',
    };
    text.chars().map(shown).collect()
}

/// The text without its middle when it is too long to be read: what it begins with says what it is, and its end what to do.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    // A text has no more characters than bytes.
    if text.len() <= most || text.chars().count() <= most {
        return Cow::Borrowed(text);
    }
    let end = most / 3;
    let head: String = text.chars().take(most - end).collect();
    let from = text.char_indices().rev().nth(end.saturating_sub(1));
    let tail = from.map_or("", |(at, _)| &text[at..]);
    Cow::Owned(format!(
        "{head} [... {} bytes in all ...] {tail}",
        text.len()
    ))
}

/// What a person is shown of a text from outside: [`shortened`], then [`printable`].
pub fn shown(text: &str) -> String {
    printable(&shortened(text, MOST_CHARACTERS)).into_owned()
}

/// The text's lines, broken at blanks so that none has more than `width` characters where that can be had; every line but
/// the first begins with `indent` blanks. A word that is longer stays whole, so that it can be copied.
pub fn wrapped(text: &str, width: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let words = paragraph.trim_start_matches(' ');
        let own = paragraph.len() - words.len();
        let mut line = " ".repeat(if lines.is_empty() { own } else { own + indent });
        for word in words.split(' ') {
            let empty = line.trim().is_empty();
            let needed = line.chars().count() + 1 + word.chars().count();
            if !empty && needed > width {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            } else if !empty {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(
            printable("one\ttwo\nthree \u{e9}"),
            "one\ttwo\nthree \u{e9}"
        );
        assert_eq!(printable("\u{1b}[2J\r\u{7}"), "\\u{1b}[2J\\u{d}\\u{7}");
        assert_eq!(printable("\u{9b}31m\u{202e}x"), "\\u{9b}31m\\u{202e}x");
        for text in ["a\u{1b}b", "a\u{9b}b", "a\u{202e}b"] {
            let in_place = printable_in_place(text);
            assert_eq!(in_place.len(), text.len());
            assert!(!has_hidden(&in_place), "{in_place:?}");
        }
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        let long = format!("`{}` is no rate; write \"5/s\"", "x".repeat(1_000_000));
        let short = shortened(&long, 300);
        assert!(short.chars().count() < 350, "{}", short.len());
        assert!(short.starts_with("`xxx"), "{short}");
        assert!(short.ends_with("write \"5/s\""), "{short}");
        assert!(short.contains("1000026 bytes"), "{short}");
        assert_eq!(shortened("\u{e9}\u{e9}", 2), "\u{e9}\u{e9}");
    }

    #[test]
    fn lines_break_at_blanks_and_words_stay_whole() {
        assert_eq!(wrapped("one two three", 9, 2), ["one two", "  three"]);
        assert_eq!(
            wrapped("a verylongword b", 6, 0),
            ["a", "verylongword", "b"]
        );
        assert_eq!(wrapped("a\nb", 80, 2), ["a", "  b"]);
        assert_eq!(wrapped("  a  b c", 6, 3), ["  a  b", "   c"]);
    }
}
