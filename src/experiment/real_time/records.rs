//! What takes the entries and timings of systems in real time: the figures, and the ledger's file.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use channel_mocks::core::{Epoch, Micros};

use crate::measure::{Meter, RealTime, Subject};
use crate::realtime::timing::{Answered, Arrival, SessionRecorder, Timings, WatchedCalls};
use crate::scenario::Scenario;
use crate::world::ledger::{Entry, Recorder};
use crate::world::records::{
    CallFiles, CallLog, CallNote, KeptCalls, LedgerLines, Live, LiveCalls, RecordFileError,
    RecordNames,
};

/// Whether calls are watched, and kept.
#[derive(Clone, Debug, Default)]
pub struct CallPlan {
    /// Whether somebody may look on.
    pub watched: bool,
    /// Where the first life's calls are kept, and how many; nowhere when left out.
    pub files: Option<(PathBuf, u64)>,
}

impl CallPlan {
    /// The file of the life whose ledger is in a file: it has the same number as the ledger.
    fn file_of(&self, ledger: &Path) -> Option<(PathBuf, u64)> {
        let (first, most) = self.files.as_ref()?;
        let stem = |path: &Path| path.file_stem().map(|it| it.to_string_lossy().into_owned());
        let ledger = stem(ledger).unwrap_or_default();
        let number = ledger.strip_prefix("ledger").unwrap_or_default();
        let own = stem(first).unwrap_or_default();
        Some((first.with_file_name(format!("{own}{number}.jsonl")), *most))
    }
}

/// Takes entries for the figures and for the file.
pub struct Records {
    pub(super) meter: Meter,
    pub(super) real: Arc<RealTime>,
    lines: LedgerLines<BufWriter<File>>,
    /// The file of the lines.
    ledger: PathBuf,
    calls: Option<CallLog<LiveCalls<CallFiles>>>,
    opens_at: Micros,
    now: Micros,
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

    fn watches_calls(&self) -> Option<WatchedCalls> {
        self.calls.as_ref().map(|calls| WatchedCalls {
            live: calls.sink().live.clone(),
            whole: calls.sink().files.is_some(),
        })
    }

    fn discard(mut self) {
        let calls = self.calls.take().map(|it| it.finish(self.now));
        if let Some(files) = calls.and_then(|it| it.files) {
            files.discard();
        }
        // What cannot be removed does no harm but to lie there.
        let _ = std::fs::remove_file(&self.ledger);
    }
}

impl Records {
    /// For a life of `scenario` whose doors open at `opens_at`; none of its files may exist.
    ///
    /// # Errors
    /// Names the file that cannot be created; then none has been.
    pub fn create(
        ledger: &Path,
        skus: &[String],
        opens_at: Micros,
        scenario: &Scenario,
        subject: Subject,
        calls: &CallPlan,
    ) -> Result<Records, RecordFileError> {
        let names = RecordNames::new(scenario, skus.to_vec());
        let file = File::create_new(ledger).map_err(RecordFileError::of(ledger))?;
        let file = BufWriter::new(file);
        let files = calls.file_of(ledger);
        let files = files.map(|(path, most)| CallFiles::create(&path, most, false));
        let files = files.transpose().inspect_err(|_| {
            // The error that led here is the one to tell.
            let _ = std::fs::remove_file(ledger);
        })?;
        let log = (calls.watched || files.is_some()).then(|| {
            let live = Arc::new(Live::new(&names));
            CallLog::new(names.clone(), LiveCalls { live, files })
        });
        Ok(Records {
            meter: Meter::open_ended(scenario, subject, opens_at),
            real: Arc::new(RealTime::new(scenario.channels.len() + 1)),
            lines: LedgerLines::new(file, names),
            ledger: ledger.to_path_buf(),
            calls: log,
            opens_at,
            now: Micros::ZERO,
        })
    }

    /// Ends the record of calls; how many are in its files.
    ///
    /// # Errors
    /// The first failure of all that was to be written.
    pub(super) fn close_calls(&mut self, epoch: Epoch, about: &str) -> std::io::Result<KeptCalls> {
        let calls = self.calls.take().map(|it| it.finish(self.now));
        let files = calls.and_then(|it| it.files);
        files.map_or(Ok(KeptCalls::default()), |it| it.finish(epoch, about))
    }
}

impl Recorder for Records {
    fn record(&mut self, at: Micros, entry: &Entry) {
        self.meter.record(at, entry);
        self.real.entry(at, entry);
        self.lines.record(at, entry);
        self.now = at;
        if let Some(calls) = &mut self.calls {
            calls.record(at, entry);
            // Orders from before the doors opened are nobody's.
            if at >= self.opens_at {
                calls.sink().live.entry(entry);
            }
        }
    }

    fn note_call(&mut self, note: CallNote) {
        if let Some(calls) = &mut self.calls {
            calls.note(note);
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.lines.flush()?;
        self.calls.as_mut().map_or(Ok(()), Recorder::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = r#"
version = 1
name = "one"
title = "One"
start = "2026-11-27T00:00:00Z"
opening = "0s"
duration = "1s"
settle = "1s"
channel = [{ name = "web", platform = "shopify", profile = "shopify-ideal", share = 1.0 }]
warehouse = { profile = "warehouse-ideal", location = [{ code = "main", share = 1.0 }] }
catalogue = { skus = 1 }
stock = { units = 1 }
demand = { phase = [{ shape = "constant", lasts = "1s", rate = "1/s" }] }
"#;

    #[test]
    fn what_cannot_be_begun_leaves_nothing_and_touches_nothing_that_is_there() {
        let scenario = Scenario::parse("one.toml", SHOP).unwrap().scenario;
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let calls = CallPlan {
            watched: false,
            files: Some((at("friday.jsonl"), 9)),
        };
        let create = |ledger: &str| {
            let subject = Subject::whoever_comes("x".to_string(), false);
            Records::create(&at(ledger), &[], Micros::ZERO, &scenario, subject, &calls)
        };
        let names = || {
            let all = std::fs::read_dir(place.path()).unwrap();
            let mut all: Vec<_> = all.map(|it| it.unwrap().file_name()).collect();
            all.sort();
            all
        };
        for there in ["friday-2.jsonl", "friday-2.har", "friday-2.exchanges.part"] {
            std::fs::write(at(there), "kept").unwrap();
            let refused = create("ledger-2.jsonl").err().unwrap();
            assert_eq!(refused.path, at(there));
            assert_eq!(names(), [there]);
            assert_eq!(std::fs::read_to_string(at(there)).unwrap(), "kept");
            std::fs::remove_file(at(there)).unwrap();
        }
        create("ledger-2.jsonl").unwrap().discard();
        assert!(names().is_empty(), "{:?}", names());
    }

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
