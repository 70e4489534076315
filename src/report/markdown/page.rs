//! A page that never grows beyond its size.

use super::escape;

/// The most bytes of a summary. GitHub shows 1 MiB of all of a job's steps together, and drops what is longer whole.
pub const MOST_BYTES: usize = 64 << 10;
/// Bytes kept for saying what was left out.
const NOTE_BYTES: usize = 1 << 10;
/// Names of parts left out that are told.
const MOST_NAMED: usize = 8;

/// Text with room for so much.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    left_out: Vec<String>,
}

impl Page {
    /// Adds a part; one that there is no room for is named at the end instead.
    pub fn push(&mut self, name: &str, part: &str) {
        if self.text.len() + part.len() <= MOST_BYTES - NOTE_BYTES {
            self.text.push_str(part);
        } else {
            self.left_out.push(name.to_string());
        }
    }

    /// Adds a part that stands folded under a line of its own.
    pub fn push_folded(&mut self, name: &str, inside: &str) {
        if inside.is_empty() {
            return;
        }
        let title = escape::text(name);
        // Markdown within HTML needs the empty lines.
        let part = format!("<details><summary>{title}</summary>\n\n{inside}\n</details>\n\n");
        self.push(name, &part);
    }

    /// All of it.
    pub fn finish(mut self) -> String {
        if !self.left_out.is_empty() {
            let more = self.left_out.len().saturating_sub(MOST_NAMED);
            let named: Vec<String> = self.left_out.iter().take(MOST_NAMED).cloned().collect();
            let mut names: String = named.join(", ").chars().take(400).collect();
            if more > 0 {
                names.push_str(&format!(" and {more} more"));
            }
            let limit = MOST_BYTES >> 10;
            self.text.push_str(&format!(
                "> Left out, since a summary has at most {limit} KiB: {}. The run directory has all of it.\n",
                escape::text(&names)
            ));
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_named() {
        let mut page = Page::default();
        page.push("first", "# first\n");
        for number in 0..20 {
            page.push_folded(&format!("part {number} <b>"), &"x".repeat(9_000));
        }
        page.push("last", "small\n");
        let text = page.finish();
        assert!(text.len() <= MOST_BYTES, "{}", text.len());
        assert!(
            text.contains("small\n"),
            "smaller parts after it still come"
        );
        assert_eq!(text.matches("<details>").count(), 7);
        assert!(
            text.contains("part 7 &lt;b&gt;, part 8"),
            "{}",
            &text[text.len() - 500..]
        );
        assert!(text.contains("and 5 more"), "{}", &text[text.len() - 500..]);
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
    }
}
