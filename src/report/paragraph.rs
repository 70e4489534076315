//! Sentences no wider than the terminal.

/// The most columns of text.
pub(super) const WIDTH: usize = 100;

/// Breaks at spaces so that no line is longer than [`WIDTH`]; later lines are indented.
pub(super) fn push_wrapped(
    out: &mut String,
    text: &str,
    indent: usize,
    paint: impl Fn(&str) -> String,
) {
    let mut line = String::new();
    for word in text.split(' ') {
        let needed = line.chars().count() + 1 + word.chars().count();
        if !line.trim().is_empty() && needed > WIDTH {
            out.push_str(&paint(&line));
            out.push('\n');
            line = " ".repeat(indent);
        } else if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    out.push_str(&paint(&line));
    out.push('\n');
}
