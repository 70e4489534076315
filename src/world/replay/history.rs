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

/// Of what time an order log tells.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct HistorySpan {
    /// When its first line happened, microseconds of Unix time.
    pub first_unix_micros: i64,
    /// When its last line happened, microseconds of Unix time.
    pub last_unix_micros: i64,
}

impl HistorySpan {
    /// How much of it counts, up to its last line.
    pub fn counts(&self) -> Micros {
        let whole = self.last_unix_micros.saturating_sub(self.first_unix_micros);
        Micros(whole.max(0).unsigned_abs())
            .min(LONGEST)
            .max(SHORTEST)
    }

    /// From when on lines count, microseconds of Unix time.
    fn counts_from(&self) -> i64 {
        let counts = i64::try_from(self.counts().0).unwrap_or(i64::MAX);
        self.last_unix_micros.saturating_sub(counts)
    }
}

/// Of what time an order log tells; it need not be sorted.
///
/// # Errors
/// When the log cannot be read, a line cannot be used, or there is none.
pub fn history_span(path: &Path) -> Result<HistorySpan, WorldError> {
    let mut log = OrderLog::open(&OrderSource::file(path))?;
    let mut span: Option<HistorySpan> = None;
    while log.advance()? {
        let at = log.line()?.unix_micros;
        let known = span.get_or_insert(HistorySpan {
            first_unix_micros: at,
            last_unix_micros: at,
        });
        known.first_unix_micros = known.first_unix_micros.min(at);
        known.last_unix_micros = known.last_unix_micros.max(at);
    }
    span.ok_or_else(|| WorldError::HistoryEmpty {
        path: path.to_path_buf(),
    })
}

/// Units of each SKU of the catalogue that an order log has sold in its last four weeks. Lines of other SKUs, cancellations and
/// corrections do not count.
///
/// # Errors
/// When the log cannot be read, a line cannot be used, or no sale that counts is of a SKU of the catalogue.
pub fn sold_before(path: &Path, catalogue: &Catalogue) -> Result<SoldBefore, WorldError> {
    let whole = history_span(path)?;
    let (span, from) = (whole.counts(), whole.counts_from());
    let codes = catalogue.skus.iter().enumerate();
    let numbers: BTreeMap<&str, usize> = codes.map(|(sku, it)| (it.code.as_str(), sku)).collect();
    let mut units = vec![0_u64; catalogue.skus.len()];
    let mut foreign = None;
    let mut is_known = false;
    let mut log = OrderLog::open(&OrderSource::file(path))?;
    while log.advance()? {
        let line = log.line()?;
        if line.kind != Kind::Sale || line.unix_micros < from {
            continue;
        }
        match numbers.get(line.sku) {
            Some(sku) => {
                is_known = true;
                units[*sku] = units[*sku].saturating_add(line.units);
            }
            None => {
                foreign.get_or_insert_with(|| line.sku.to_string());
            }
        }
    }
    if !is_known {
        return Err(WorldError::HistoryOfOthers {
            path: path.to_path_buf(),
            sku: foreign,
            own: catalogue
                .skus
                .first()
                .map_or(String::new(), |sku| sku.code.clone()),
        });
    }
    Ok(SoldBefore { span, units })
}
