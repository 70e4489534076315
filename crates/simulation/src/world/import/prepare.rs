//! From files that were given to what a replay reads.

use std::fs;
use std::path::Path;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::columns::is_rounded;
use super::orders::{Imported, import};
use super::stock::{MissingStock, OpeningStock};
use super::{ImportError, ImportOptions, OrderFile};
use crate::world::log_format::{Kind, MINUTE};
use crate::world::order_source::OrderSource;
use crate::world::replay::OrderLog;

/// Orders and stock, ready for a replay.
#[derive(Debug)]
pub struct Prepared {
    /// What the replay reads.
    pub source: OrderSource,
    /// What files were turned into; `None` where one is our own log, in order, and is read as it stands.
    pub imported: Option<Imported>,
    /// Seconds from the first order to the last.
    pub span_s: u64,
    /// SKUs that are ordered and not in the stock file.
    pub without_stock: u64,
}

/// A log of our own that can be replayed from its file: what has to be known of it beforehand.
struct Plain {
    skus: IndexSet<Box<str>, FxBuildHasher>,
    span_s: u64,
}

/// Reads a file through as our own log; `None` when it is another file, or one that has to be put in order or mended first.
fn plain(path: &Path, wants_skus: bool) -> Option<Plain> {
    // Whatever is no file may be readable once, or never end: it is refused where files are read in.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut log = OrderLog::open(&path.into()).ok()?;
    let mut skus = IndexSet::default();
    let (mut first, mut last_sale, mut last) = (None, 0, i64::MIN);
    while log.advance().ok()? {
        if !log.is_stamped_as_written() {
            return None;
        }
        let line = log.line().ok()?;
        if is_rounded(line.order_id) || is_rounded(line.sku) {
            return None;
        }
        if line.unix_micros.div_euclid(MINUTE) < last {
            return None;
        }
        last = line.unix_micros.div_euclid(MINUTE);
        if line.kind == Kind::Sale {
            first.get_or_insert(line.unix_micros);
            last_sale = line.unix_micros;
            if wants_skus && !skus.contains(line.sku) {
                skus.insert(line.sku.into());
            }
        }
    }
    let span = last_sale.abs_diff(first?);
    Some(Plain {
        skus,
        span_s: span / 1_000_000,
    })
}

/// Reads orders and stock.
///
/// # Errors
/// All that is wrong with the files.
pub fn prepare(
    files: &[OrderFile],
    options: &ImportOptions,
    stock: Option<(&Path, Option<MissingStock>)>,
) -> Result<Prepared, ImportError> {
    let stock = match stock {
        Some((path, missing)) => Some(OpeningStock::read(path, missing)?),
        None => None,
    };
    let own = match files {
        // As it stands it is read in UTC, in its own columns.
        [only] if only.channel.is_none() && options.map.is_none() && options.zone.is_none() => {
            plain(&only.path, stock.is_some())
        }
        _ => None,
    };
    let path = files.first().map(|it| it.path.clone()).unwrap_or_default();
    let (mut source, imported, span_s, without_stock) = match own {
        Some(own) => {
            let skus = own.skus.iter().map(|it| &**it);
            let without = stock.as_ref().map_or(Ok(0), |it| it.covers(skus))?;
            (OrderSource::file(path), None, own.span_s, without)
        }
        None => {
            let imported = import(files, options)?;
            let without = stock
                .as_ref()
                .map_or(Ok(0), |it| it.covers(imported.skus()))?;
            let source = OrderSource::imported(path, imported.to_log());
            let span_s = imported.summary().span_s;
            (source, Some(imported), span_s, without)
        }
    };
    if let Some(stock) = stock {
        source = source.with_stock(stock);
    }
    Ok(Prepared {
        source,
        imported,
        span_s,
        without_stock,
    })
}
