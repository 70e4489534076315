//! What was sold before the run, out of an order log (docs/order-log.md): what a budget goes by until it has seen sales itself.

use std::collections::BTreeMap;
use std::path::Path;

use channel_mocks::core::Micros;

use super::super::catalogue::Catalogue;
use super::log::OrderLog;
use super::{Kind, OrderSource, WorldError};

/// No more than the last four weeks of a log count.
const LONGEST: Micros = Micros::from_secs(28 * 86_400);
/// A log that is shorter than this counts as if it were as long.
const SHORTEST: Micros = Micros::from_secs(3_600);

/// What was sold before a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldBefore {
    /// In how long.
    pub span: Micros,
    /// Units of each SKU over all channels, in catalogue order.
    pub units: Vec<u64>,
}

/// Units of each SKU of the catalogue that an order log has sold in its last four weeks. Lines of other SKUs, cancellations and
/// corrections do not count.
///
/// # Errors
/// When the log cannot be read, a line cannot be used, or no SKU of it is in the catalogue.
pub fn sold_before(path: &Path, catalogue: &Catalogue) -> Result<SoldBefore, WorldError> {
    let mut log = OrderLog::open(&OrderSource::file(path))?;
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    while log.advance()? {
        let at = log.line()?.unix_micros;
        (first, last) = (first.min(at), last.max(at));
    }
    let whole = last.saturating_sub(first).max(0).unsigned_abs();
    let span = Micros(whole).min(LONGEST).max(SHORTEST);
    let from = last.saturating_sub(i64::try_from(span.0).unwrap_or(i64::MAX));
    let codes = catalogue.skus.iter().enumerate();
    let numbers: BTreeMap<&str, usize> = codes.map(|(sku, it)| (it.code.as_str(), sku)).collect();
    let mut units = vec![0_u64; catalogue.skus.len()];
    let mut foreign = None;
    let mut is_known = false;
    let mut log = OrderLog::open(&OrderSource::file(path))?;
    while log.advance()? {
        let line = log.line()?;
        if line.kind != Kind::Sale {
            continue;
        }
        match numbers.get(line.sku) {
            Some(sku) => {
                is_known = true;
                if line.unix_micros >= from {
                    units[*sku] = units[*sku].saturating_add(line.units);
                }
            }
            None => {
                foreign.get_or_insert_with(|| line.sku.to_string());
            }
        }
    }
    if !is_known {
        return Err(WorldError::HistoryOfOthers {
            path: path.to_path_buf(),
            sku: foreign.unwrap_or_default(),
            own: catalogue
                .skus
                .first()
                .map_or(String::new(), |sku| sku.code.clone()),
        });
    }
    Ok(SoldBefore { span, units })
}
