//! What is left when all files have been read: orders that count, added up by file.

use super::OrderFile;
use super::dates::Stamp;
use super::error::ImportError;
use super::orders::{Imported, MEND_DATES, Reading, add_skip};
use super::summary::{FileSummary, Skip};
use crate::world::log_format::Kind;

impl Reading<'_> {
    /// Leaves out lines of orders that do not count after all, and adds up.
    pub(super) fn finish(mut self, files: &[OrderFile]) -> Result<Imported, ImportError> {
        for head in &mut self.imported.orders {
            match head.stamp {
                Some((Stamp::Known(secs), _)) => {
                    let zone = self.options.zone.as_ref().filter(|_| head.is_local);
                    head.unix_secs = zone.map_or(secs, |zone| zone.unix_secs_of_local(secs));
                }
                // What is wrong with these has been noted, or they do not matter.
                Some(_) => {}
                None if head.skip.is_some() || head.told || head.file == usize::MAX => {}
                None if self.units_without_heads => head.skip = Some(Skip::NoOrder),
                None => {
                    let path = files[head.file].path.as_path();
                    self.problems.note(
                        (path, head.line),
                        (&self.id_columns[head.file], &head.id),
                        "has no time in any of its rows",
                        MEND_DATES,
                    );
                }
            }
        }
        if !self.problems.are_none() {
            let files: Vec<String> = self
                .imported
                .files
                .iter()
                .map(|it| format!("{} (read as {})", it.file, it.kind))
                .collect();
            return Err(self.problems.into_error(&files.join(", ")));
        }
        let imported = &mut self.imported;
        let (orders, skips) = (&imported.orders, &mut self.skips);
        imported.lines.retain(|line| {
            let head = &orders[line.order as usize];
            if let Some(why) = head.skip {
                add_skip(&mut skips[head.file], why, 1);
            }
            head.skip.is_none()
        });
        let mut counted = vec![false; orders.len()];
        for line in &imported.lines {
            let head = &orders[line.order as usize];
            let file = &mut imported.files[head.file];
            file.lines += 1;
            if line.kind == Kind::Sale {
                file.units += u64::from(line.units);
            }
            if !std::mem::replace(&mut counted[line.order as usize], true) {
                file.orders += 1;
            }
        }
        for (file, mut skipped) in imported.files.iter_mut().zip(self.skips) {
            skipped.sort_by_key(|it| it.why);
            file.skipped = skipped;
        }
        if self.imported.lines.is_empty() {
            return Err(nothing_left(&self.imported.files, self.has_heads));
        }
        Ok(self.imported)
    }
}

/// There is nothing to replay: why, file by file.
fn nothing_left(files: &[FileSummary], has_heads: bool) -> ImportError {
    let mut skipped = files.iter().flat_map(|it| &it.skipped);
    if skipped.any(|it| it.why == Skip::NoOrder) {
        // Orders of different channels have nothing to do with each other.
        if has_heads {
            return ImportError::new(
                "Olist's order items and its orders belong to different channels, and none of the items is of one of these orders",
                "name the channel before both files, or before none",
            );
        }
        return ImportError::new(
            "Olist's order items do not tell when they were ordered",
            "give olist_orders_dataset.csv too: --orders olist_order_items_dataset.csv --orders olist_orders_dataset.csv",
        );
    }
    let rows = files.iter().map(|file| {
        let skipped = file.skipped.iter();
        let skipped: Vec<String> = skipped
            .map(|it| format!("{} {}", it.rows, it.why.words()))
            .collect();
        let skipped = match skipped.is_empty() {
            true => String::new(),
            false => format!(" ({})", skipped.join(", ")),
        };
        format!(
            "{}, read as {}: {} row{}{skipped}",
            file.file,
            file.kind,
            file.rows,
            if file.rows == 1 { "" } else { "s" }
        )
    });
    ImportError {
        problems: rows.collect(),
        ..ImportError::new(
            "there is no order to replay in these files",
            "export a time with orders; docs/order-log.md says which rows are left out",
        )
    }
}
