//! Where everything listens, for people.

use super::columns::{Column, Columns, cell};
use super::style::{Layout, Style};
use crate::scenario::text::printable;

/// Blanks before credentials that stand below their address.
const INDENT: usize = 4;

/// A table of name, address and credentials, one system a line; where that is wider than the page, credentials stand below.
pub fn serve_table(rows: &[(String, String, String)], layout: Layout) -> String {
    let apart = Column {
        blanks_after: 2,
        ..Column::left(0)
    };
    let mut wide = Columns::new([apart, apart, Column::left(0)]);
    for (system, url, credentials) in rows {
        wide.row([system, url, credentials].map(cell));
    }
    let wide = wide.text(Style::Plain);
    if wide
        .lines()
        .all(|line| line.chars().count() <= layout.columns)
    {
        return wide;
    }
    let mut narrow = Columns::new([apart, Column::left(0)]);
    for (system, url, _) in rows {
        narrow.row([system, url].map(cell));
    }
    let narrow = narrow.text(Style::Plain);
    let mut text = String::new();
    for (line, (_, _, credentials)) in narrow.lines().zip(rows) {
        text.push_str(line);
        text.push('\n');
        for line in below(credentials, layout.columns) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Credentials in lines that break behind commas, so that each of them stays whole.
fn below(credentials: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in printable(credentials)
        .split_inclusive(", ")
        .filter(|part| !part.is_empty())
    {
        match lines.last_mut() {
            Some(line) if line.chars().count() + part.trim_end().chars().count() <= columns => {
                line.push_str(part);
            }
            _ => lines.push(format!("{}{part}", " ".repeat(INDENT))),
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(a: &str, b: &str, c: &str) -> (String, String, String) {
        (a.to_string(), b.to_string(), c.to_string())
    }

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [
            row("web", "http://a", "x"),
            row("warehouse", "http://bc", ""),
        ];
        assert_eq!(
            serve_table(&rows, Layout::PIPE),
            "web        http://a   x\nwarehouse  http://bc\n"
        );
    }

    #[test]
    fn long_credentials_stand_below_and_stay_whole() {
        let long = "k".repeat(60);
        let rows = [
            row("web", "http://a", &format!("app {long}, token t, shop s")),
            row("warehouse", "http://bc", ""),
        ];
        let text = serve_table(&rows, Layout::PIPE);
        assert_eq!(
            text,
            format!(
                "web        http://a\n    app {long}, token t,\n    shop s\nwarehouse  http://bc\n"
            )
        );
    }
}
