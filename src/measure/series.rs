//! The run over time, in equal buckets, for plots.

use channel_mocks::core::Micros;
use hdrhistogram::Histogram;

use super::histogram::record;

/// Most buckets of a series.
pub const MOST_BUCKETS: u64 = 240;

#[derive(Clone, Debug)]
struct Bucket {
    attempts: u64,
    accepted_units: u64,
    oversold_units: u64,
    rejected_in_stock_units: u64,
    /// Milliseconds, one significant digit: a plot needs no more.
    ages: Histogram<u64>,
}

/// One row of a series.
#[derive(Copy, Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Row {
    /// Start of the bucket, seconds since the scenario's start.
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

/// Buckets of equal length from the scenario's start on.
#[derive(Clone, Debug)]
pub struct Series {
    width: Micros,
    buckets: Vec<Bucket>,
}

impl Series {
    /// For a run of at most `length`; what comes later counts into the last bucket.
    pub fn new(length: Micros) -> Series {
        Series {
            // Whole seconds, so that plots get round ticks.
            width: Micros::from_secs(length.0.div_ceil(MOST_BUCKETS * 1_000_000).max(1)),
            buckets: Vec::new(),
        }
    }

    fn bucket(&mut self, at: Micros) -> &mut Bucket {
        let index = (at.0 / self.width.0).min(MOST_BUCKETS - 1) as usize;
        while self.buckets.len() <= index {
            self.buckets.push(Bucket {
                attempts: 0,
                accepted_units: 0,
                oversold_units: 0,
                rejected_in_stock_units: 0,
                ages: Histogram::new(1).expect("one significant digit is supported"),
            });
        }
        &mut self.buckets[index]
    }

    /// Counts a line that a buyer asked for.
    pub fn offered(&mut self, at: Micros, first_line: bool, age: Micros) {
        let bucket = self.bucket(at);
        bucket.attempts += u64::from(first_line);
        record(&mut bucket.ages, age.0 / 1_000);
    }

    /// Counts an accepted line.
    pub fn accepted(&mut self, at: Micros, units: u32, oversold: u32) {
        let bucket = self.bucket(at);
        bucket.accepted_units += u64::from(units);
        bucket.oversold_units += u64::from(oversold);
    }

    /// Counts a line refused while there were enough units.
    pub fn rejected_in_stock(&mut self, at: Micros, units: u32) {
        self.bucket(at).rejected_in_stock_units += u64::from(units);
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
}
