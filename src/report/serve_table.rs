//! Where everything listens, for people.

/// A table of name, address and credentials, one system a line.
pub fn serve_table(rows: &[(String, String, String)]) -> String {
    let width = |of: fn(&(String, String, String)) -> &str| {
        rows.iter()
            .map(|row| of(row).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (name, address) = (width(|row| &row.0), width(|row| &row.1));
    let lines = rows.iter().map(|(system, url, credentials)| {
        let line = format!("{system:<name$}  {url:<address$}  {credentials}");
        format!("{}\n", line.trim_end())
    });
    lines.collect()
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
