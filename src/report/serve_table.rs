//! Where everything listens, for people.

use super::columns::{Column, Columns, cell};
use super::style::Style;

/// A table of name, address and credentials, one system a line.
pub fn serve_table(rows: &[(String, String, String)]) -> String {
    let apart = Column {
        blanks_after: 2,
        ..Column::left(0)
    };
    let mut columns = Columns::new([apart, apart, Column::left(0)]);
    for (system, url, credentials) in rows {
        columns.row([system, url, credentials].map(cell));
    }
    columns.text(Style::Plain)
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_stand_below_each_other() {
        let row = |a: &str, b: &str, c: &str| (a.to_string(), b.to_string(), c.to_string());
        let table = super::serve_table(&[
            row("web", "http://a", "x"),
            row("warehouse", "http://bc", ""),
        ]);
        assert_eq!(table, "web        http://a   x\nwarehouse  http://bc\n");
    }
}
