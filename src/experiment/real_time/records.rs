//! What takes the entries and timings of systems in real time: the figures, and the ledger's file.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use channel_mocks::core::Micros;

use crate::measure::{Meter, RealTime, Subject};
use crate::realtime::timing::{Answered, Arrival, SessionRecorder, Timings};
use crate::scenario::Scenario;
use crate::world::ledger::{Entry, Recorder};
use crate::world::records::{LedgerLines, RecordNames};

/// Takes entries for the figures and for the file.
pub struct Records {
    pub(super) meter: Meter,
    pub(super) real: Arc<RealTime>,
    lines: LedgerLines<BufWriter<File>>,
}

/// Where a life's timings go.
struct Taken(Arc<RealTime>);

impl Timings for Taken {
    fn arrived(&self, arrival: &Arrival, pace: f64) {
        let real = |platform: Micros| Micros((platform.0 as f64 / pace) as u64);
        let Arrival {
            intended,
            sent_at,
            dated,
            taken_up_at,
        } = *arrival;
        self.0.arrived(
            real(sent_at.since(intended)),
            real(taken_up_at.since(intended)),
            dated,
            dated.since(intended),
        );
    }

    fn answered(&self, answered: &Answered) {
        let micros = |real: Duration| Micros(u64::try_from(real.as_micros()).unwrap_or(u64::MAX));
        let (own, total) = (micros(answered.own), micros(answered.total));
        self.0.answered(answered.system, answered.kind, own, total);
    }
}

impl SessionRecorder for Records {
    fn timings(&self) -> Arc<dyn Timings> {
        Arc::new(Taken(self.real.clone()))
    }
}

impl Records {
    /// For a life of `scenario` whose doors open at `opens_at`; the ledger's file must not exist.
    pub fn create(
        ledger: &Path,
        skus: &[String],
        opens_at: Micros,
        scenario: &Scenario,
        subject: Subject,
    ) -> std::io::Result<Records> {
        let names = RecordNames::new(scenario, skus.to_vec());
        let file = BufWriter::new(File::create_new(ledger)?);
        Ok(Records {
            meter: Meter::open_ended(scenario, subject, opens_at),
            real: Arc::new(RealTime::new(scenario.channels.len() + 1)),
            lines: LedgerLines::new(file, names),
        })
    }
}

impl Recorder for Records {
    fn record(&mut self, at: Micros, entry: &Entry) {
        self.meter.record(at, entry);
        self.real.entry(at, entry);
        self.lines.record(at, entry);
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.lines.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_counts_from_the_set_time_and_in_real_time() {
        let real = Arc::new(RealTime::new(1));
        let arrival = Arrival {
            intended: Micros::from_secs(10),
            sent_at: Micros::from_secs(12),
            dated: Micros::from_secs(13),
            taken_up_at: Micros::from_secs(14),
        };
        Taken(real.clone()).arrived(&arrival, 2.0);
        let figures = real.figures(&["web".to_string()], Micros::from_millis(50));
        assert_eq!(figures.send_lag_real_s.max, Some(1.0));
        assert_eq!(figures.arrival_lag_real_s.max, Some(2.0));
    }
}
