//! The run over time, in equal buckets, for plots.

use channel_mocks::core::Micros;
use hdrhistogram::Histogram;

use super::histogram::record;
use crate::world::ledger::counters;

/// Most buckets of a series.
pub const MOST_BUCKETS: u64 = 240;

counters! {
    #[derive(Clone, Debug)]
    struct Bucket {
        attempts: u64,
        accepted_units: u64,
        oversold_units: u64,
        rejected_in_stock_units: u64,
        /// Milliseconds, one significant digit: a plot needs no more.
        ages: Histogram<u64>,
    }
}

/// One row of a series.
#[derive(Copy, Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Row {
    /// Start of the bucket, seconds since the series' own.
    pub from_s: f64,
    /// Its length in seconds.
    pub width_s: f64,
    /// Checkout attempts.
    pub attempts: u64,
    /// Units accepted.
    pub accepted_units: u64,
    /// Units accepted that did not exist.
    pub oversold_units: u64,
    /// Units refused while there were enough.
    pub rejected_in_stock_units: u64,
    /// Median age of the counts that buyers saw, seconds.
    pub displayed_age_p50_s: f64,
}

/// Buckets of equal length from a moment on: the scenario's start, or the opening of served shops.
#[derive(Clone, Debug)]
pub struct Series {
    from: Micros,
    width: Micros,
    /// Whether buckets become twice as wide when time runs past the last one.
    grows: bool,
    buckets: Vec<Bucket>,
}

impl Series {
    /// For a run of at most `length`; what comes later counts into the last bucket.
    pub fn new(length: Micros) -> Series {
        Series {
            // Whole seconds, so that plots get round ticks.
            width: Micros::from_secs(length.0.div_ceil(MOST_BUCKETS * 1_000_000).max(1)),
            from: Micros::ZERO,
            grows: false,
            buckets: Vec::new(),
        }
    }

    /// For a run from `from` on that nobody knows the length of: seconds at first, twice as wide whenever they do not
    /// suffice. What came before counts nowhere.
    pub fn open_ended(from: Micros) -> Series {
        Series {
            from,
            width: Micros::from_secs(1),
            grows: true,
            buckets: Vec::new(),
        }
    }

    /// The bucket of an instant; `None` before the first one.
    fn bucket(&mut self, at: Micros) -> Option<&mut Bucket> {
        let since = at.0.checked_sub(self.from.0)?;
        while self.grows && since / self.width.0 >= MOST_BUCKETS {
            self.widen();
        }
        let index = (since / self.width.0).min(MOST_BUCKETS - 1) as usize;
        while self.buckets.len() <= index {
            self.buckets.push(Bucket {
                attempts: 0,
                accepted_units: 0,
                oversold_units: 0,
                rejected_in_stock_units: 0,
                ages: Histogram::new(1).expect("one significant digit is supported"),
            });
        }
        self.buckets.get_mut(index)
    }

    /// Makes buckets twice as wide: each takes up the one after it.
    fn widen(&mut self) {
        self.width = Micros(self.width.0 * 2);
        let mut narrow = std::mem::take(&mut self.buckets).into_iter();
        while let Some(mut bucket) = narrow.next() {
            if let Some(next) = narrow.next() {
                bucket += &next;
            }
            self.buckets.push(bucket);
        }
    }

    /// Counts a line that a buyer asked for.
    pub fn offered(&mut self, at: Micros, first_line: bool, age: Micros) {
        let Some(bucket) = self.bucket(at) else {
            return;
        };
        bucket.attempts += u64::from(first_line);
        record(&mut bucket.ages, age.0 / 1_000);
    }

    /// Counts an accepted line.
    pub fn accepted(&mut self, at: Micros, units: u32, oversold: u32) {
        let Some(bucket) = self.bucket(at) else {
            return;
        };
        bucket.accepted_units += u64::from(units);
        bucket.oversold_units += u64::from(oversold);
    }

    /// Counts a line refused while there were enough units.
    pub fn rejected_in_stock(&mut self, at: Micros, units: u32) {
        if let Some(bucket) = self.bucket(at) {
            bucket.rejected_in_stock_units += u64::from(units);
        }
    }

    /// The rows, up to the last bucket in which anything happened.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let width_s = self.width.as_secs_f64();
        self.buckets
            .iter()
            .enumerate()
            .map(move |(index, bucket)| Row {
                from_s: index as f64 * width_s,
                width_s,
                attempts: bucket.attempts,
                accepted_units: bucket.accepted_units,
                oversold_units: bucket.oversold_units,
                rejected_in_stock_units: bucket.rejected_in_stock_units,
                displayed_age_p50_s: bucket.ages.value_at_quantile(0.5) as f64 / 1e3,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_by_time() {
        let mut series = Series::new(Micros::from_secs(480));
        series.offered(Micros::from_secs(1), true, Micros::from_secs(3));
        series.accepted(Micros::from_secs(1), 2, 1);
        series.rejected_in_stock(Micros::from_secs(5), 4);
        series.offered(Micros::from_secs(9_999), true, Micros::ZERO);
        let rows: Vec<Row> = series.rows().collect();
        assert_eq!(rows.len(), 240);
        assert_eq!((rows[0].width_s, rows[0].attempts), (2.0, 1));
        assert_eq!((rows[0].accepted_units, rows[0].oversold_units), (2, 1));
        assert!((rows[0].displayed_age_p50_s - 3.0).abs() < 0.3);
        assert_eq!(rows[2].rejected_in_stock_units, 4);
        assert_eq!(rows[239].attempts, 1);
    }

    #[test]
    fn an_open_end_is_reached_with_wider_buckets_and_nothing_is_lost() {
        let opening = Micros::from_secs(1_000);
        let mut series = Series::open_ended(opening);
        series.accepted(Micros::from_secs(999), 7, 7);
        for second in 0..2_000 {
            let at = opening + Micros::from_secs(second);
            series.accepted(at, 1, 0);
            series.offered(at, true, Micros::from_secs(3));
        }
        let rows: Vec<Row> = series.rows().collect();
        assert_eq!(rows[0].width_s, 16.0, "240 buckets of 8 s were too few");
        assert_eq!(rows.len(), 125);
        assert!(
            rows.iter()
                .all(|row| row.accepted_units == 16 && row.oversold_units == 0)
        );
        assert!((rows[9].displayed_age_p50_s - 3.0).abs() < 0.3);
    }
}
