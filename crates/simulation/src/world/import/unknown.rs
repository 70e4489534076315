//! What is said about a file that is not known.

use std::path::Path;

use super::error::ImportError;
use super::map::ColumnMap;
use super::shapes;
use super::table::Opened;

/// Tells about a file that is not known.
pub fn unknown(opened: &Opened, path: &Path, map: Option<&ColumnMap>) -> ImportError {
    let path = path.display();
    if let Some(map) = map {
        let missing: Vec<String> = map
            .columns()
            .filter(|it| !opened.has(it))
            .map(|it| format!("`{it}`"))
            .collect();
        return ImportError::new(
            format!(
                "{path}:1: the header has no column {}; it reads `{}`",
                missing.join(" and "),
                opened.header_text()
            ),
            "name the columns of this header in --orders-map",
        );
    }
    if let Some((what, way_out)) = shapes::without_lines(opened) {
        return ImportError::new(format!("{path}: these {what}"), way_out);
    }
    let own: Vec<String> = shapes::own()
        .known_by
        .iter()
        .filter(|it| !opened.has(it))
        .map(|it| format!("`{it}`"))
        .collect();
    if own.len() <= 2 {
        return ImportError::new(
            format!(
                "{path}:1: the header has no column {}; it reads `{}`",
                own.join(" and "),
                opened.header_text()
            ),
            "docs/order-log.md says which columns a log needs; or name yours: --orders-map 'order=..., time=..., sku=..., quantity=...'",
        );
    }
    ImportError::new(
        format!(
            "{path}:1: no export that is known has this header: `{}`",
            opened.header_text()
        ),
        format!(
            "say which columns hold what, as: --orders-map '{}'; or export orders from Shopify, Amazon, TikTok Shop, WooCommerce \
             or Etsy with a row for each line",
            ColumnMap::guessed(&opened.header)
        ),
    )
}
