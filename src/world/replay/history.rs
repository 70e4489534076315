//! What was sold before the run, out of an order log (docs/order-log.md): what a budget goes by until it has seen sales itself.

use std::collections::BTreeMap;
use std::path::Path;

use channel_mocks::core::Micros;

use crate::scenario::model::Scenario;

use super::super::catalogue::Catalogue;
use super::super::log_format::meant;
use super::log::OrderLog;
use super::{Kind, OrderSource, WorldError};

/// No more than the last four weeks of a log count.
const LONGEST: Micros = Micros::from_secs(28 * 86_400);
/// A log that is shorter than this counts as if it were as long.
const SHORTEST: Micros = Micros::from_secs(3_600);
/// Sales further apart than this are no pair. Longer than signals and writes take on any profile but for its outliers.
pub const LONGEST_GAP: Micros = Micros::from_secs(1_800);
/// SKUs tell of pairs that sell less than once in this time: of others, most sales follow another soon.
const SELDOM: Micros = Micros::from_secs(3_600);
/// So many sales are put in order for their pairs; of a log with more, none are.
const MOST_SALES: usize = 20_000_000;

/// What was sold before a run.
#[derive(Clone, Debug, PartialEq)]
pub struct SoldBefore {
    /// In how long.
    pub span: Micros,
    /// Units of each SKU over all channels, in catalogue order.
    pub units: Vec<u64>,
    /// Those of them whose channel the log tells, by SKU then channel.
    pub by_channel: Vec<u64>,
    /// Sales of one SKU on two channels, one soon after the other: by channel of the first then of the second. Empty where the
    /// log tells no channels, or minutes alone.
    pub pairs: Vec<PairsBefore>,
}

/// Sales on one channel after those of the same SKU on another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairsBefore {
    /// Units sold less than 1, 2, ... seconds after the last sale of the SKU on the other channel, up to [`LONGEST_GAP`].
    pub within: Vec<u32>,
    /// So many units a second of waiting are to be expected if neither sale had to do with the other.
    pub by_chance: f64,
}

/// A sale of the log.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sold {
    unix_micros: i64,
    sku: u32,
    channel: Option<u16>,
    units: u32,
}

/// What the last four weeks of an order log tell of the catalogue's SKUs. Lines of other SKUs, cancellations and corrections do
/// not count; a channel that the scenario does not have counts as none.
///
/// # Errors
/// When the log cannot be read, a line cannot be used, or no SKU of it is in the catalogue.
pub fn sold_before(
    path: &Path,
    catalogue: &Catalogue,
    scenario: &Scenario,
) -> Result<SoldBefore, WorldError> {
    let mut log = OrderLog::open(&OrderSource::file(path))?;
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    while log.advance()? {
        let at = log.line()?.unix_micros;
        (first, last) = (first.min(at), last.max(at));
    }
    let whole = last.saturating_sub(first).max(0).unsigned_abs();
    let span = Micros(whole).min(LONGEST).max(SHORTEST);
    let from = last.saturating_sub(i64::try_from(span.0).unwrap_or(i64::MAX));
    let codes = catalogue.skus.iter().zip(0_u32..);
    let numbers: BTreeMap<&str, u32> = codes.map(|(it, sku)| (it.code.as_str(), sku)).collect();
    let channels = scenario.channels.len();
    let mut units = vec![0_u64; catalogue.skus.len()];
    let mut by_channel = vec![0_u64; catalogue.skus.len() * channels];
    let mut sales = Vec::new();
    let mut tells_pairs = true;
    let mut foreign = None;
    let mut is_known = false;
    let mut log = OrderLog::open(&OrderSource::file(path))?;
    while log.advance()? {
        let line = log.line()?;
        if line.kind != Kind::Sale {
            continue;
        }
        let Some(&sku) = numbers.get(line.sku) else {
            foreign.get_or_insert_with(|| line.sku.to_string());
            continue;
        };
        is_known = true;
        if line.unix_micros < from {
            continue;
        }
        let own = &mut units[sku as usize];
        *own = own.saturating_add(line.units);
        let known = scenario.channels.iter();
        let known = known.map(|it| (it.name.as_str(), it.platform));
        let channel = line.channel.and_then(|name| meant(known, name));
        if let Some(channel) = channel {
            let own = &mut by_channel[sku as usize * channels + channel];
            *own = own.saturating_add(line.units);
        }
        tells_pairs &= !line.minute_only && sales.len() < MOST_SALES;
        if tells_pairs {
            sales.push(Sold {
                unix_micros: line.unix_micros,
                sku,
                channel: channel.and_then(|it| u16::try_from(it).ok()),
                units: u32::try_from(line.units).unwrap_or(u32::MAX),
            });
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
    let is_seldom =
        |sku: u32| units[sku as usize] as f64 * SELDOM.as_secs_f64() < span.as_secs_f64();
    let pairs = match tells_pairs && sales.iter().any(|it| it.channel.is_some()) {
        true => {
            sales.retain(|it| is_seldom(it.sku));
            pairs(sales, channels, span)
        }
        false => Vec::new(),
    };
    Ok(SoldBefore {
        span,
        units,
        by_channel,
        pairs,
    })
}

/// Counts the pairs of sales.
fn pairs(mut sales: Vec<Sold>, channels: usize, span: Micros) -> Vec<PairsBefore> {
    sales.sort_unstable_by_key(|it| (it.sku, it.unix_micros, it.channel));
    let seconds = (LONGEST_GAP.0 / 1_000_000) as usize;
    let mut pairs = vec![PairsBefore::default(); channels * channels];
    for it in &mut pairs {
        it.within = vec![0; seconds];
    }
    for own in sales.chunk_by(|one, other| one.sku == other.sku) {
        let mut last = vec![None; channels];
        // Sales of the SKU, and their units.
        let mut sold = vec![(0.0, 0.0); channels];
        for it in own {
            let Some(channel) = it.channel.map(usize::from) else {
                continue;
            };
            for (other, at) in last.iter().enumerate().filter(|(at, _)| *at != channel) {
                let gap = at.map(|at: i64| it.unix_micros.saturating_sub(at) / 1_000_000);
                if let Some(second) = gap.and_then(|gap| usize::try_from(gap).ok())
                    && let Some(count) = pairs[other * channels + channel].within.get_mut(second)
                {
                    *count = count.saturating_add(it.units);
                }
            }
            last[channel] = Some(it.unix_micros);
            sold[channel].0 += 1.0;
            sold[channel].1 += f64::from(it.units);
        }
        for (first, (sales, _)) in sold.iter().enumerate() {
            for (second, (_, units)) in sold.iter().enumerate().filter(|(at, _)| *at != first) {
                pairs[first * channels + second].by_chance += sales * units / span.as_secs_f64();
            }
        }
    }
    for it in &mut pairs {
        let mut sum = 0_u32;
        for count in &mut it.within {
            sum = sum.saturating_add(*count);
            *count = sum;
        }
    }
    pairs
}
