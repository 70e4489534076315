//! Histograms of durations: HDR with three significant digits over microseconds, mergeable.

use std::ops::AddAssign;
use std::time::{Duration, UNIX_EPOCH};

use channel_mocks::core::Micros;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{
    IntervalLogIterator, IntervalLogWriterBuilder, LogEntry,
};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};
use serde::{Deserialize, Serialize};

/// Durations of one kind.
#[derive(Clone, Debug)]
pub struct Durations {
    histogram: Histogram<u64>,
    /// Exact, unlike the histogram's own.
    max: Micros,
    sum: u128,
}

impl Default for Durations {
    fn default() -> Durations {
        Durations {
            histogram: Histogram::new(3).expect("three significant digits are supported"),
            max: Micros::ZERO,
            sum: 0,
        }
    }
}

impl AddAssign<&Durations> for Durations {
    fn add_assign(&mut self, other: &Durations) {
        self.histogram += &other.histogram;
        self.max = self.max.max(other.max);
        self.sum += other.sum;
    }
}

impl Durations {
    /// Adds one sample.
    pub fn record(&mut self, duration: Micros) {
        record(&mut self.histogram, duration.0);
        self.max = self.max.max(duration);
        self.sum += u128::from(duration.0);
    }

    /// How many samples there are.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// Exact mean in seconds; 0 without samples.
    pub fn mean_s(&self) -> f64 {
        if self.count() == 0 {
            0.0
        } else {
            self.sum as f64 / self.count() as f64 / 1e6
        }
    }

    /// Part of the samples that are longer than `limit` (to the histogram's precision), 0..=1; nothing without samples.
    pub fn share_over(&self, limit: Micros) -> Option<f64> {
        let longer = self.count() - self.histogram.count_between(0, limit.0);
        super::share_of(longer, self.count())
    }

    /// A duration that `quantile` (0..=1) of the samples do not exceed, in seconds.
    pub fn quantile_s(&self, quantile: f64) -> f64 {
        let value = Micros(self.histogram.value_at_quantile(quantile));
        value.min(self.max).as_secs_f64()
    }

    /// The figures that reports show.
    pub fn spread(&self) -> Spread {
        if self.count() == 0 {
            return Spread::default();
        }
        Spread {
            count: self.count(),
            mean: Some(self.mean_s()),
            p50: Some(self.quantile_s(0.5)),
            p95: Some(self.quantile_s(0.95)),
            p99: Some(self.quantile_s(0.99)),
            max: Some(self.max.as_secs_f64()),
        }
    }

    /// Reads what [`Durations::log`] wrote. Counts come back as they were; the exact mean and maximum stand in no log, so that
    /// those of the histogram take their place.
    ///
    /// # Errors
    /// A sentence, when it is no such log.
    pub fn read_log(text: &str) -> Result<Durations, String> {
        use base64::Engine as _;
        let mut durations = Durations::default();
        let mut intervals = 0;
        for entry in IntervalLogIterator::new(text.as_bytes()) {
            let entry = entry.map_err(|_| "it is no histogram log".to_string())?;
            let LogEntry::Interval(interval) = entry else {
                continue;
            };
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(interval.encoded_histogram())
                .map_err(|error| format!("its histogram is not base64: {error}"))?;
            let read: Histogram<u64> = Deserializer::new()
                .deserialize(&mut bytes.as_slice())
                .map_err(|error| format!("its histogram cannot be read: {error}"))?;
            durations
                .histogram
                .add(&read)
                .map_err(|error| format!("its histogram cannot be added: {error}"))?;
            intervals += 1;
        }
        if intervals != 1 {
            return Err(format!("it has {intervals} intervals, not one"));
        }
        durations.max = Micros(durations.histogram.max());
        durations.sum = (durations.histogram.mean() * durations.histogram.len() as f64) as u128;
        Ok(durations)
    }

    /// The histogram (microseconds) as an HDR log of one interval, in the compressed V2 encoding that the libraries of other
    /// languages read. The interval begins at second 0 and is `length` long; the log's own column of the maximum is in
    /// seconds. The same counts give the same bytes, however they came together.
    pub fn log(&self, title: &str, length: Micros) -> String {
        let mut bytes = Vec::new();
        let mut serializer = V2DeflateSerializer::new();
        // A histogram that has grown remembers by which value, and writes that down.
        let most = self.histogram.max().max(2);
        let mut plain = Histogram::<u64>::new_with_bounds(1, most, 3)
            .expect("three significant digits are supported");
        plain
            .add(&self.histogram)
            .expect("it reaches to the largest value");
        IntervalLogWriterBuilder::new()
            .add_comment("[Histogram log format version 1.3]")
            .add_comment(&format!("[{title}, microseconds]"))
            .with_start_time(UNIX_EPOCH)
            .with_max_value_divisor(1e6)
            .begin_log_with(&mut bytes, &mut serializer)
            .and_then(|mut log| {
                let length = Duration::from_micros(length.0);
                let written = log.write_histogram(&plain, Duration::ZERO, length, None);
                written.map_err(std::io::Error::other)
            })
            .expect("writing to memory does not fail");
        String::from_utf8(bytes).expect("a log is text")
    }
}

/// Adds a value, growing the histogram to it; "never" counts as the largest value the histogram can hold by then.
pub(super) fn record(histogram: &mut Histogram<u64>, value: u64) {
    if histogram.record(value).is_err() {
        histogram.saturating_record(value);
    }
}

/// How a kind of duration is spread, in seconds. Without samples there is nothing but their count.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Spread {
    /// Samples.
    pub count: u64,
    /// Exact mean.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// Exact maximum.
    pub max: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_and_merges() {
        let mut low = Durations::default();
        let mut high = Durations::default();
        for millis in 1..=50 {
            low.record(Micros::from_millis(millis));
            high.record(Micros::from_millis(millis + 50));
        }
        low += &high;
        let spread = low.spread();
        assert_eq!((spread.count, spread.max), (100, Some(0.1)));
        assert!((spread.mean.unwrap() - 0.0505).abs() < 1e-12);
        assert!((spread.p50.unwrap() - 0.050).abs() < 0.0001, "{spread:?}");
        assert!((spread.p99.unwrap() - 0.099).abs() < 0.0002, "{spread:?}");
        assert!((low.share_over(Micros::from_millis(75)).unwrap() - 0.25).abs() < 0.011);
    }

    #[test]
    fn without_samples_there_is_no_number() {
        let none = Durations::default();
        let spread = none.spread();
        assert_eq!((spread.count, spread.max), (0, None));
        assert_eq!(
            serde_json::to_string(&spread).unwrap(),
            r#"{"count":0,"mean":null,"p50":null,"p95":null,"p99":null,"max":null}"#
        );
        assert_eq!(none.share_over(Micros(1)), None);
    }

    /// Merging what was written is merging what was measured, in any order.
    #[test]
    fn survives_the_file() {
        let mut durations = Durations::default();
        durations.record(Micros::from_secs(3));
        let log = durations.log("mirror: staleness", Micros::from_secs(60));
        assert!(
            log.starts_with("#[Histogram log format version 1.3]\n"),
            "{log}"
        );
        let entries = IntervalLogIterator::new(log.as_bytes());
        let intervals: Vec<_> = entries
            .filter_map(|entry| match entry.unwrap() {
                LogEntry::Interval(interval) => Some(interval),
                _ => None,
            })
            .collect();
        let [interval] = intervals.as_slice() else {
            panic!("one interval: {log}");
        };
        assert_eq!(interval.duration(), Duration::from_secs(60));
        assert!((interval.max() - 3.0).abs() < 0.003);
        let read = Durations::read_log(&log).unwrap();
        assert_eq!(read.histogram, durations.histogram);
        let mut longer = Durations::default();
        longer.record(Micros::from_secs(86_400));
        longer.record(Micros(7));
        let write = |it: &Durations| it.log("both", Micros(1));
        let mut both = durations.clone();
        both += &longer;
        for parts in [[&durations, &longer], [&longer, &durations]] {
            let mut merged = Durations::default();
            for part in parts {
                merged += &Durations::read_log(&write(part)).unwrap();
            }
            assert_eq!(write(&merged), write(&both));
        }
        for wrong in ["", "nonsense", &log.replace("HIST", "XXXX")] {
            assert!(Durations::read_log(wrong).is_err(), "{wrong}");
        }
    }
}
