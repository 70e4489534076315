//! Text from outside in Markdown that becomes HTML somewhere else: names of scenarios, channels and engines, and what is said
//! of them. Nothing of it may become a tag, a link, a mention or a column.

use crate::scenario::text::{printable, shortened};

/// Characters of one name or sentence that are shown.
const MOST_CHARACTERS: usize = 2_000;

/// What Markdown obeys within a line.
const OBEYED: &str = "\\`*_{}[]()#+|~!$^:-=";

/// Text as it is to be read, on one line.
pub fn text(text: &str) -> String {
    let text = one_line(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A comment between the two keeps a platform from telling whoever is called so.
            '@' => out.push_str("@<!-- -->"),
            '#' => out.push_str("\\#<!-- -->"),
            // Neither is a link made of an address.
            ':' => out.push_str("&#58;"),
            '.' if before == 'w' => out.push_str("&#46;"),
            // Within a word these two say nothing.
            '-' | '_' if before.is_alphanumeric() && letter == '-' => out.push('-'),
            letter if OBEYED.contains(letter) => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
        before = letter;
    }
    out
}

/// A name or command as code, to be copied as it is.
pub fn code(text: &str) -> String {
    let text = one_line(text);
    // As many accents as are nowhere in it, and one more.
    let longest = text.split(|letter| letter != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0) + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The same in a table, where a bar would end the column even within code.
pub fn code_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A command in a block of its own.
pub fn block(command: &str) -> String {
    let text = one_line(command);
    let longest = text.split(|letter| letter != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}sh\n{text}\n{fence}\n")
}

fn one_line(text: &str) -> String {
    let short = shortened(text, MOST_CHARACTERS);
    printable(&short).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stay_names() {
        assert_eq!(
            text("plain words, 3.5 % of no-oversell"),
            "plain words, 3.5 % of no-oversell"
        );
        assert_eq!(text("<img src=x>"), "&lt;img src\\=x&gt;");
        assert_eq!(
            text("[a](http://b) | *c*"),
            "\\[a\\]\\(http&#58;//b\\) \\| \\*c\\*"
        );
        assert_eq!(
            text("@all #12\n## x"),
            "@<!-- -->all \\#<!-- -->12 \\#<!-- -->\\#<!-- --> x"
        );
        assert_eq!(text("www.example"), "www&#46;example");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code_cell("a|b"), "`a\\|b`");
        assert_eq!(block("run ``` it"), "````sh\nrun ``` it\n````\n");
        assert_eq!(code("\u{1b}[2J"), "`\\u{1b}[2J`");
    }

    proptest! {
        #[test]
        fn nothing_opens_a_tag_or_a_line(name in any::<String>()) {
            let escaped = text(&name).replace("<!-- -->", "");
            prop_assert!(!escaped.contains(['<', '>', '\n', '\r']), "{}", escaped);
            let fenced = code(&name);
            prop_assert!(!fenced.contains(['\n', '\r']));
            // The fence occurs nowhere inside, so that nothing can leave it.
            let fence: String = fenced.chars().take_while(|it| *it == '`').collect();
            let inside = &fenced[fence.len()..fenced.len() - fence.len()];
            prop_assert!(!inside.contains(&fence), "{}", fenced);
        }
    }
}
