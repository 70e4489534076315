//! `--orders-map`: which columns of a file hold what.

/// What a replay needs of a row, and what it takes beside it: the key, and whether a map must have it.
const KEYS: [(&str, bool); 7] = [
    ("order", true),
    ("time", true),
    ("sku", true),
    ("quantity", true),
    ("price", false),
    ("country", false),
    ("channel", false),
];

/// The columns of a file, by what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    columns: Vec<(&'static str, String)>,
}

impl ColumnMap {
    /// Reads `sku=Lineitem sku, time=Created at, quantity=..., order=...`, and optionally price, country and channel.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<ColumnMap, String> {
        let mut columns: Vec<(&'static str, String)> = Vec::new();
        for part in text.split(',') {
            let named = part.split_once('=').and_then(|(key, column)| {
                let (key, _) = KEYS.iter().find(|(it, _)| *it == key.trim())?;
                Some((*key, column.trim().to_string()))
            });
            if let Some((key, _)) = &named
                && columns.iter().any(|(it, _)| it == key)
            {
                return Err(format!("`{key}` stands there twice"));
            }
            match (named, columns.last_mut()) {
                (Some(named), _) => columns.push(named),
                // A comma in the name of a column.
                (None, Some((_, column))) if !part.contains('=') => {
                    column.push(',');
                    column.push_str(part);
                }
                (None, _) => {
                    let keys = KEYS.map(|(key, _)| key).join(", ");
                    return Err(format!(
                        "`{}` is not KEY=COLUMN with a KEY of {keys}",
                        part.trim()
                    ));
                }
            }
        }
        for (key, column) in &columns {
            if column.is_empty() {
                return Err(format!("`{key}=` names no column"));
            }
        }
        let missing = KEYS
            .iter()
            .filter(|(key, needed)| *needed && !columns.iter().any(|(it, _)| it == key));
        let missing: Vec<&str> = missing.map(|(key, _)| *key).collect();
        if missing.is_empty() {
            Ok(ColumnMap { columns })
        } else {
            Err(format!("it lacks {}", missing.join(", ")))
        }
    }

    /// The column for a key.
    pub fn column(&self, key: &str) -> Option<&str> {
        let found = self.columns.iter().find(|(it, _)| *it == key);
        found.map(|(_, column)| column.as_str())
    }

    /// As it is written on the command line.
    pub fn text(&self) -> String {
        let pairs = self.columns.iter();
        let pairs = pairs.map(|(key, column)| format!("{key}={column}"));
        pairs.collect::<Vec<_>>().join(", ")
    }

    /// All columns named.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(_, column)| column.as_str())
    }

    /// A map for a header, as far as names tell; what is unknown is `...`.
    pub fn guessed(header: &[String]) -> String {
        let guess = |words: &[&str]| {
            let found = words.iter().find_map(|word| {
                header
                    .iter()
                    .find(|name| name.to_lowercase().contains(word) && !name.contains(['=', '\'']))
            });
            found.map_or("...", String::as_str).to_string()
        };
        format!(
            "order={}, time={}, sku={}, quantity={}",
            guess(&[
                "order number",
                "order id",
                "order_id",
                "order-id",
                "order no",
                "auftrag",
                "order",
                "invoice",
                "receipt",
                "commande",
                "pedido",
            ]),
            guess(&[
                "created",
                "order date",
                "purchase",
                "placed",
                "timestamp",
                "datetime",
                "date",
                "time",
                "bestellt",
                "datum",
                "fecha",
            ]),
            guess(&[
                "sku",
                "stock code",
                "article",
                "item number",
                "product id",
                "product",
                "artikel",
            ]),
            guess(&[
                "quantity",
                "qty",
                "units",
                "amount of items",
                "count",
                "menge",
                "anzahl",
                "quantit",
                "cantidad"
            ]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_names_what_is_needed() {
        let map = ColumnMap::parse(
            "sku=Item, code, time=Placed at,quantity=Qty, order=No., channel=Shop",
        )
        .unwrap();
        assert_eq!(map.column("sku"), Some("Item, code"));
        assert_eq!(map.column("channel"), Some("Shop"));
        assert_eq!(map.column("price"), None);
        for (text, said) in [
            ("sku=A", "it lacks order, time, quantity"),
            ("sku=A, sku=B", "twice"),
            ("article=A", "is not KEY=COLUMN"),
            ("sku=, order=O, time=T, quantity=Q", "names no column"),
            ("", "is not KEY=COLUMN"),
        ] {
            let error = ColumnMap::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
