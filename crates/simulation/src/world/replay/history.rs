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
    /// How far apart two orders of the same SKU were placed, ascending, as far as was asked for; of SKUs that seldom sell twice in
    /// that time. Empty for a log that knows no more than the minute.
    pub gaps: Vec<Micros>,
    /// How many pairs of orders of the same SKU these SKUs have, near or far.
    pub pairs: u64,
}

/// An order is compared with no more than so many that follow it.
const MOST_NEIGHBOURS: usize = 16;

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

/// A sale of a SKU of the catalogue.
struct PastSale {
    sku: u32,
    unix_micros: i64,
    units: u64,
    /// Lines of one order follow each other, and have one number.
    order: u32,
}

/// What an order log has sold of the catalogue's SKUs in its last four weeks. Lines of other SKUs, cancellations and
/// corrections do not count. Orders of the same SKU that lie no further apart than `longest_gap` are told.
///
/// # Errors
/// When the log cannot be read, a line cannot be used, or no sale that counts is of a SKU of the catalogue.
pub fn sold_before(
    path: &Path,
    catalogue: &Catalogue,
    longest_gap: Micros,
) -> Result<SoldBefore, WorldError> {
    let whole = history_span(path)?;
    let (span, from) = (whole.counts(), whole.counts_from());
    let codes = (0_u32..).zip(&catalogue.skus);
    let numbers: BTreeMap<&str, u32> = codes.map(|(sku, it)| (it.code.as_str(), sku)).collect();
    let mut foreign = None;
    let mut sales = Vec::new();
    let (mut order, mut order_id) = (0_u32, String::new());
    let mut is_to_the_second = true;
    let mut log = OrderLog::open(&OrderSource::file(path))?;
    while log.advance()? {
        let line = log.line()?;
        if line.kind != Kind::Sale || line.unix_micros < from {
            continue;
        }
        if line.order_id != order_id {
            order = order.wrapping_add(1);
            order_id.clear();
            order_id.push_str(line.order_id);
        }
        is_to_the_second &= !line.minute_only;
        match numbers.get(line.sku) {
            Some(sku) => sales.push(PastSale {
                sku: *sku,
                unix_micros: line.unix_micros,
                units: line.units,
                order,
            }),
            None => {
                foreign.get_or_insert_with(|| line.sku.to_string());
            }
        }
    }
    if sales.is_empty() {
        return Err(WorldError::HistoryOfOthers {
            path: path.to_path_buf(),
            sku: foreign,
            own: catalogue
                .skus
                .first()
                .map_or(String::new(), |sku| sku.code.clone()),
        });
    }
    let mut units = vec![0_u64; catalogue.skus.len()];
    for sale in &sales {
        let units = &mut units[sale.sku as usize];
        *units = units.saturating_add(sale.units);
    }
    let (gaps, pairs) = match is_to_the_second {
        true => gaps(sales, span, longest_gap),
        false => (Vec::new(), 0),
    };
    Ok(SoldBefore {
        span,
        units,
        gaps,
        pairs,
    })
}

/// How orders of the same SKU lie apart, no further than `longest`, and how many pairs of orders there are, over the SKUs that sell no
/// more than once in that time.
fn gaps(mut sales: Vec<PastSale>, span: Micros, longest: Micros) -> (Vec<Micros>, u64) {
    sales.sort_unstable_by_key(|sale| (sale.sku, sale.unix_micros, sale.order));
    sales.dedup_by_key(|sale| (sale.sku, sale.order));
    let most = span.0 / longest.0.max(1);
    let (mut gaps, mut pairs) = (Vec::new(), 0);
    for of_sku in sales.chunk_by(|one, next| one.sku == next.sku) {
        if of_sku.len() as u64 > most {
            continue;
        }
        let orders = of_sku.len() as u64;
        pairs += orders * orders.saturating_sub(1) / 2;
        for (at, sale) in of_sku.iter().enumerate() {
            let later = of_sku[at + 1..].iter().take(MOST_NEIGHBOURS);
            let apart = later.map(|next| Micros(next.unix_micros.abs_diff(sale.unix_micros)));
            gaps.extend(apart.take_while(|apart| *apart <= longest));
        }
    }
    gaps.sort_unstable();
    (gaps, pairs)
}
