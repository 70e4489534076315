//! The run over time, for plots: what buyers met on every channel, and the stock and displayed counts of the worst SKUs.

mod buckets;
mod playback;
mod worst;

use channel_mocks::core::Micros;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::histogram::record;
use crate::world::ChannelIndex;
use crate::world::ledger::{Entry, counters};
pub(super) use buckets::Buckets;
pub use playback::{Frame, MOST_FRAMES, Playback, PlaybackRecorder};
pub use worst::SkuRow;
use worst::WorstSkus;

counters! {
    #[derive(Clone, Debug)]
    struct Counts {
        attempts: u64,
        accepted_orders: u64,
        accepted_units: u64,
        oversold_units: u64,
        rejected_in_stock_units: u64,
        /// Milliseconds, one significant digit: a plot needs no more.
        ages: Histogram<u64>,
    }
}

impl Default for Counts {
    fn default() -> Counts {
        Counts {
            attempts: 0,
            accepted_orders: 0,
            accepted_units: 0,
            oversold_units: 0,
            rejected_in_stock_units: 0,
            ages: Histogram::new(1).expect("one significant digit is supported"),
        }
    }
}

/// What happened in one bucket, by channel.
#[derive(Clone, Debug, Default)]
struct Bucket {
    channels: Vec<Counts>,
}

impl Bucket {
    fn channel(&mut self, channel: ChannelIndex) -> &mut Counts {
        let at = usize::from(channel.0);
        if self.channels.len() <= at {
            self.channels.resize_with(at + 1, Counts::default);
        }
        &mut self.channels[at]
    }
}

impl std::ops::AddAssign<&Bucket> for Bucket {
    fn add_assign(&mut self, other: &Bucket) {
        for (index, counts) in (0u16..).zip(&other.channels) {
            *self.channel(ChannelIndex(index)) += counts;
        }
    }
}

/// One row of a series: a bucket on one channel, or on all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Start of the bucket, seconds since the series' own.
    pub from_s: f64,
    /// Its length in seconds.
    pub width_s: f64,
    /// The channel's name; `all` for their sum.
    pub channel: String,
    /// Checkout attempts.
    pub attempts: u64,
    /// Units accepted.
    pub accepted_units: u64,
    /// Units accepted that did not exist.
    pub oversold_units: u64,
    /// Units refused while there were enough.
    pub rejected_in_stock_units: u64,
    /// Median age of the counts that buyers saw, seconds; empty where nobody saw one.
    pub displayed_age_p50_s: Option<f64>,
    /// Attempts that were accepted; the others were refused.
    #[serde(default)]
    pub accepted_orders: u64,
}

/// Buckets from a moment on: the scenario's start, or the opening of served shops.
#[derive(Clone, Debug)]
pub struct Series {
    buckets: Buckets<Bucket>,
    worst: WorstSkus,
}

impl Series {
    /// For a run whose buyers come from `opening` on for `selling` and that ends `settling` later at the latest; what comes
    /// after counts into the last bucket. Buckets are fine while buyers come and coarse before and after.
    pub fn new(opening: Micros, selling: Micros, settling: Micros) -> Series {
        Series {
            buckets: Buckets::planned(opening, selling, settling),
            worst: WorstSkus::default(),
        }
    }

    /// For a run from `from` on that nobody knows the length of: seconds at first, twice as wide whenever they do not
    /// suffice. What came before counts nowhere.
    pub fn open_ended(from: Micros) -> Series {
        Series {
            buckets: Buckets::open_ended(from),
            worst: WorstSkus::default(),
        }
    }

    /// Takes an entry of the ledger.
    pub fn record(&mut self, at: Micros, entry: &Entry) {
        if let Some(from) = self.buckets.start_of(at) {
            self.worst.record(from, entry);
        }
        match *entry {
            Entry::Offered {
                channel,
                displayed_age,
                first_line,
                ..
            } => {
                if let Some(bucket) = self.buckets.at(at) {
                    let counts = bucket.channel(channel);
                    counts.attempts += u64::from(first_line);
                    record(&mut counts.ages, displayed_age.0 / 1_000);
                }
            }
            Entry::Accepted {
                channel,
                units,
                oversold_units,
                first_line,
                ..
            } => {
                if let Some(bucket) = self.buckets.at(at) {
                    let counts = bucket.channel(channel);
                    counts.accepted_orders += u64::from(first_line);
                    counts.accepted_units += u64::from(units);
                    counts.oversold_units += u64::from(oversold_units);
                }
            }
            Entry::Refused {
                channel,
                units,
                in_stock: true,
                ..
            } => {
                if let Some(bucket) = self.buckets.at(at) {
                    bucket.channel(channel).rejected_in_stock_units += u64::from(units);
                }
            }
            _ => {}
        }
    }

    /// The rows up to the last bucket in which anything happened: by bucket, first of all channels together, then of each
    /// of `names`.
    pub fn rows(&self, names: &[String]) -> Vec<Row> {
        let mut rows = Vec::new();
        for (from, width, bucket) in self.buckets.spans() {
            let mut all = Counts::default();
            for counts in &bucket.channels {
                all += counts;
            }
            let none = Counts::default();
            let each = names.iter().enumerate();
            let each =
                each.map(|(at, name)| (name.as_str(), bucket.channels.get(at).unwrap_or(&none)));
            for (name, counts) in std::iter::once(("all", &all)).chain(each) {
                rows.push(Row {
                    from_s: from.as_secs_f64(),
                    width_s: width.as_secs_f64(),
                    channel: name.to_string(),
                    attempts: counts.attempts,
                    accepted_units: counts.accepted_units,
                    oversold_units: counts.oversold_units,
                    rejected_in_stock_units: counts.rejected_in_stock_units,
                    displayed_age_p50_s: (!counts.ages.is_empty())
                        .then(|| counts.ages.value_at_quantile(0.5) as f64 / 1e3),
                    accepted_orders: counts.accepted_orders,
                });
            }
        }
        rows
    }

    /// True stock and displayed counts over time of the SKUs that went worst.
    pub fn worst_skus(&self, names: &[String]) -> Vec<SkuRow> {
        self.worst.rows(self.buckets.from(), names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SkuIndex;
    use channel_mocks::core::{Cause, OrderRef};

    const WEB: ChannelIndex = ChannelIndex(0);
    const MARKET: ChannelIndex = ChannelIndex(1);

    fn names() -> [String; 2] {
        ["web", "market"].map(str::to_string)
    }

    fn seconds(seconds: u64) -> Micros {
        Micros::from_secs(seconds)
    }

    fn offered(channel: ChannelIndex, age: u64) -> Entry {
        Entry::Offered {
            channel,
            sku: SkuIndex(0),
            units: 1,
            sellable: 5,
            displayed_age: seconds(age),
            count_error_units: 0,
            first_line: true,
        }
    }

    fn accepted(channel: ChannelIndex, sku: u32, units: u32, oversold_units: u32) -> Entry {
        Entry::Accepted {
            channel,
            sku: SkuIndex(sku),
            order: OrderRef(0),
            units,
            oversold_units,
            displayed: 9,
            sellable: i64::from(units) - i64::from(oversold_units),
            shared_after: -i64::from(oversold_units),
            own_units: false,
            price_cents: 100,
            first_line: true,
            first_oversold_line: oversold_units > 0,
        }
    }

    #[test]
    fn buckets_are_fine_while_buyers_come_and_coarse_before_and_after() {
        let mut series = Series::new(seconds(600), seconds(7_200), seconds(86_400));
        for second in [0, 600, 640, 7_799, 7_800, 94_000] {
            series.record(seconds(second), &offered(WEB, 3));
        }
        series.record(seconds(200_000), &offered(WEB, 3));
        let rows: Vec<Row> = series.rows(&names());
        let of_all: Vec<&Row> = rows.iter().filter(|row| row.channel == "all").collect();
        let spans: Vec<(f64, f64)> = of_all.iter().map(|row| (row.from_s, row.width_s)).collect();
        assert_eq!(spans[0], (0.0, 30.0));
        assert!(spans.contains(&(600.0, 36.0)) && spans.contains(&(7_764.0, 36.0)));
        assert!(spans.contains(&(7_800.0, 4_320.0)));
        let ends = spans.iter().map(|(from, width)| from + width);
        assert!(
            ends.zip(spans.iter().skip(1))
                .all(|(end, next)| end == next.0),
            "no gap: {spans:?}"
        );
        assert_eq!(of_all.last().map(|row| row.attempts), Some(2), "the rest");
        let sum: u64 = of_all.iter().map(|row| row.attempts).sum();
        assert_eq!(sum, 7);
    }

    #[test]
    fn channels_stand_beside_their_sum_and_no_sample_is_no_age() {
        let mut series = Series::new(seconds(10), seconds(100), seconds(10));
        series.record(seconds(11), &offered(WEB, 3));
        series.record(seconds(11), &accepted(WEB, 0, 2, 1));
        series.record(seconds(11), &accepted(MARKET, 0, 5, 0));
        let rows: Vec<Row> = series.rows(&names());
        let last: Vec<&Row> = rows.iter().filter(|row| row.from_s == 11.0).collect();
        let [all, web, market] = last.as_slice() else {
            panic!("{rows:?}");
        };
        assert_eq!((all.accepted_units, all.oversold_units), (7, 1));
        assert_eq!((all.accepted_orders, market.accepted_orders), (2, 1));
        assert_eq!((web.channel.as_str(), web.accepted_units), ("web", 2));
        assert_eq!(
            (market.accepted_units, market.displayed_age_p50_s),
            (5, None)
        );
        assert!((web.displayed_age_p50_s.unwrap() - 3.0).abs() < 0.3);
    }

    #[test]
    fn an_open_end_is_reached_with_wider_buckets_and_nothing_is_lost() {
        let opening = seconds(1_000);
        let mut series = Series::open_ended(opening);
        series.record(seconds(999), &accepted(WEB, 0, 7, 7));
        for second in 0..2_000 {
            let at = opening + seconds(second);
            series.record(at, &accepted(WEB, 0, 1, 0));
            series.record(at, &offered(WEB, 3));
        }
        let rows = series.rows(&names());
        let rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| row.channel == "all")
            .collect();
        assert_eq!((rows[0].from_s, rows[0].width_s), (0.0, 16.0));
        assert_eq!(rows.len(), 125, "240 buckets of 8 s were too few");
        assert!(
            rows.iter()
                .all(|row| row.accepted_units == 16 && row.oversold_units == 0)
        );
        assert!((rows[9].displayed_age_p50_s.unwrap() - 3.0).abs() < 0.3);
    }

    #[test]
    fn the_worst_skus_show_what_was_there_beside_what_was_displayed() {
        let mut series = Series::new(seconds(10), seconds(100), seconds(10));
        let displayed = |channel, sku, from, to, sellable| Entry::Displayed {
            channel,
            sku: SkuIndex(sku),
            from,
            to,
            sellable,
            cause: Cause::Edit,
        };
        for sku in 0..8 {
            series.record(seconds(5), &displayed(WEB, sku, 0, 4, 6));
            series.record(seconds(5), &displayed(MARKET, sku, 0, 2, 6));
            series.record(seconds(20), &accepted(WEB, sku, 3, sku.saturating_sub(3)));
        }
        series.record(seconds(21), &displayed(WEB, 7, 4, 1, -1));
        let rows: Vec<SkuRow> = series.worst_skus(&names());
        let mut ranked: Vec<(u32, u32)> = rows.iter().map(|row| (row.rank, row.sku)).collect();
        ranked.dedup();
        assert_eq!(
            ranked,
            [(1, 8), (2, 7), (3, 6), (4, 5)],
            "by oversold units; those without trouble are not worst"
        );
        let web: Vec<(f64, i64, i64)> = rows
            .iter()
            .filter(|row| row.rank == 1 && row.channel == "web")
            .map(|row| (row.from_s, row.sellable_units, row.displayed_units.unwrap()))
            .collect();
        assert_eq!(web, [(5.0, 6, 4), (20.0, -4, 6), (21.0, -1, 1)]);
        let market = rows
            .iter()
            .filter(|row| row.rank == 1 && row.channel == "market");
        let market: Vec<Option<i64>> = market.map(|row| row.displayed_units).collect();
        assert_eq!(market, [Some(2); 3]);
    }
}
