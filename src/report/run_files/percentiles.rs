//! Histograms as they stand in `histograms/STRATEGY.KIND.hdr`, read back to percentiles.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

/// The shares of samples that are read from a histogram: dense enough for a curve that is exact to its tail.
const SHARES: [f64; 36] = [
    0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7,
    0.75, 0.8, 0.825, 0.85, 0.875, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995,
    0.999, 0.9995, 0.9999, 1.0,
];

/// Bytes that a histogram may unfold to; ours take some ten thousand.
const MOST_BYTES: u64 = 16 << 20;
/// Cookie and length of the compressed encoding.
const COMPRESSED_HEAD: usize = 8;
/// Head of the encoding within: cookie, length, offset, digits, lowest, highest, ratio.
const HEAD: usize = 40;

/// Durations of one kind, as a curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Percentiles {
    /// Samples.
    pub count: u64,
    /// Share of the samples (0..=1) and the seconds that they do not exceed, both rising; empty without samples.
    pub points: Vec<(f64, f64)>,
}

impl Percentiles {
    /// Reads a histogram log of one interval in the compressed V2 encoding, microseconds.
    ///
    /// # Errors
    /// What is wrong with it, with the line (from 1) where it is one's.
    pub(super) fn of_log(text: &str) -> Result<Percentiles, (Option<u64>, String)> {
        let mut intervals = (1u64..).zip(text.lines()).filter(|(_, line)| {
            !(line.is_empty() || line.starts_with('#') || line.starts_with('"'))
        });
        let (line, interval) = intervals
            .next()
            .ok_or((None, "the histogram log has no interval".to_string()))?;
        if let Some((second, _)) = intervals.next() {
            let what = "the histogram log has a second interval".to_string();
            return Err((Some(second), what));
        }
        let encoded = interval.rsplit(',').next().unwrap_or_default();
        let histogram = decoded(encoded).map_err(|what| (Some(line), what))?;
        let count = histogram.len();
        let shares: &[f64] = if count == 0 { &[] } else { &SHARES };
        let point = |&share: &f64| (share, histogram.value_at_quantile(share) as f64 / 1e6);
        Ok(Percentiles {
            count,
            points: shares.iter().map(point).collect(),
        })
    }
}

/// Unfolds a histogram no further than it may be large, which the library itself does not look at.
fn decoded(text: &str) -> Result<Histogram<u64>, String> {
    let no_histogram = |what: &str| format!("this is no histogram: {what}");
    let outer = STANDARD
        .decode(text)
        .map_err(|error| no_histogram(&format!("its base64 is broken ({error})")))?;
    let folded = outer.get(COMPRESSED_HEAD..).unwrap_or_default();
    let mut inner = Vec::new();
    ZlibDecoder::new(folded)
        .take(MOST_BYTES)
        .read_to_end(&mut inner)
        .map_err(|error| no_histogram(&format!("its bytes are broken ({error})")))?;
    let word = |at: usize| {
        let bytes = inner.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let long = |at: usize| Some(u64::from(word(at)?) << 32 | u64::from(word(at + 4)?));
    let (Some(length), Some(digits), Some(lowest)) = (word(4), word(12), long(16)) else {
        return Err(no_histogram("it is too short"));
    };
    let fits =
        usize::try_from(length).is_ok_and(|length| length <= inner.len().saturating_sub(HEAD));
    if !fits || digits > 3 || lowest != 1 {
        return Err(no_histogram("its head says what no run writes"));
    }
    Deserializer::new()
        .deserialize(&mut inner.as_slice())
        .map_err(|error| no_histogram(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use channel_mocks::core::Micros;
    use proptest::prelude::*;

    use super::*;
    use crate::measure::Durations;

    fn log_of(seconds: impl IntoIterator<Item = u64>) -> String {
        let mut durations = Durations::default();
        for second in seconds {
            durations.record(Micros::from_secs(second));
        }
        durations.log("mirror: staleness", Micros::from_secs(60))
    }

    #[test]
    fn a_log_is_read_back_as_a_curve() {
        let read = Percentiles::of_log(&log_of(1..=200)).unwrap();
        assert_eq!(read.count, 200);
        let at = |wanted: f64| {
            let found = read.points.iter().find(|(share, _)| *share == wanted);
            found.unwrap().1
        };
        assert!((at(0.5) - 100.0).abs() < 0.2, "{}", at(0.5));
        assert!((at(0.95) - 190.0).abs() < 0.4, "{}", at(0.95));
        assert!((at(1.0) - 200.0).abs() < 0.4, "{}", at(1.0));
        assert!(
            read.points
                .is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1)
        );
        let nothing = Percentiles::of_log(&log_of([])).unwrap();
        assert_eq!(nothing, Percentiles::default());
    }

    #[test]
    fn what_is_no_log_is_said_with_its_line() {
        let log = log_of([3, 4]);
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.len() as u64;
        let twice = format!("{log}{}\n", lines[lines.len() - 1]);
        for (text, line) in [
            ("", None),
            ("# nothing else\n", None),
            ("0.0,60.0,3.0,HISTFAAAA!!\n", Some(1)),
            ("0.0,60.0,3.0,\n", Some(1)),
            (twice.as_str(), Some(last + 1)),
        ] {
            assert_eq!(Percentiles::of_log(text).unwrap_err().0, line, "{text}");
        }
    }

    proptest! {
        /// Whatever became of a log: never a panic, and never more memory than a run's own histogram may take.
        #[test]
        fn a_damaged_log_is_refused_or_read(at in 0usize..400, byte in 32u8..127, cut in 0usize..400) {
            let log = log_of(1..=90);
            let mut bytes = log.into_bytes();
            let (at, length) = (at % bytes.len(), bytes.len());
            bytes[at] = byte;
            bytes.truncate(length - cut % length);
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(read) = Percentiles::of_log(&text) {
                prop_assert!(read.points.len() <= SHARES.len());
            }
        }
    }
}
