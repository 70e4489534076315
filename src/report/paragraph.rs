//! Sentences no wider than the page.

use super::style::{Layout, Tone};
use crate::scenario::text::{printable, wrapped};

/// Breaks at blanks so that no line is longer than the page; later lines are indented.
pub(super) fn push_wrapped(
    out: &mut String,
    text: &str,
    indent: usize,
    layout: Layout,
    tone: Tone,
) {
    for line in wrapped(&printable(text), layout.text_columns(), indent) {
        out.push_str(&layout.style.paint(&line, tone));
        out.push('\n');
    }
}
