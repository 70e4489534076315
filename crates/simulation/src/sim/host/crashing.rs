//! A process that dies and begins again.
//!
//! Handled as the engine's process does it (`process`): an input is written down, handled, and what comes of it is sent. The
//! process dies at one input, at a moment of its handling. While it is gone, whatever comes is lost: webhooks stay without an
//! answer, responses reach nobody, no timer rings. Then an engine of the same configuration takes the journal again, is told
//! that the calls of unknown outcome broke, and goes on. Answers to calls of a former process reach nobody either: their
//! connections died with it.

use std::collections::VecDeque;

use channel_mocks::core::{Micros, Stream};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::counts::Tally;
use super::journal::{Journal, Saved};
use super::plan::{CrashPlan, JournalKeeping, Moment, Plan};
use super::skewed::TrueTime;
use crate::engine::recovery::{InputRecord, Replayed, resume};
use crate::engine::{CallError, CallId, Coverage, Engine, Input, Output};

/// One planned crash or series of crashes.
pub(super) struct Crashes {
    pub plan: CrashPlan,
    pub tally: Tally,
    /// Of its draws.
    pub key: u64,
}

/// A crash that is due.
struct Crash {
    /// Which of the planned ones.
    planned: usize,
    moment: Moment,
    restart_after: Micros,
    /// Of the record's bytes or of the outputs, how much gets through.
    share: f64,
}

/// The process is gone.
struct Down {
    /// Which of the planned crashes it was.
    planned: usize,
    until: Micros,
}

/// See the module.
pub(super) struct CrashingHost {
    engine: Box<dyn Engine>,
    /// What the engines before it had come through.
    before_crashes: Coverage,
    /// Has never started: what a new engine is made from.
    blank: Box<dyn Engine>,
    crashes: Vec<Crashes>,
    keeping: JournalKeeping,
    /// Where the clock of this process is wrong, the right one: plans go by it.
    true_time: Option<TrueTime>,
    /// When every fault is over, by the right clock.
    healed_at: Micros,
    journal: Journal,
    /// Calls that this process has sent, and that have not ended.
    sent: IndexSet<CallId, FxBuildHasher>,
    outputs: VecDeque<Output>,
    down: Option<Down>,
    /// How far the clock was set ahead while the process was gone: the machine's other clock goes on.
    set_ahead: Micros,
    failure: Option<String>,
}

impl CrashingHost {
    /// A host of an engine that has not started; `blank` is another one.
    pub fn new(
        engine: Box<dyn Engine>,
        blank: Box<dyn Engine>,
        crashes: Vec<Crashes>,
        keeping: JournalKeeping,
        true_time: Option<TrueTime>,
        healed_at: Micros,
    ) -> CrashingHost {
        CrashingHost {
            engine,
            before_crashes: Coverage::default(),
            blank,
            crashes,
            keeping,
            true_time,
            healed_at,
            journal: Journal::default(),
            sent: IndexSet::default(),
            outputs: VecDeque::new(),
            down: None,
            set_ahead: Micros::ZERO,
            failure: None,
        }
    }

    /// The crash that is planned for this input, if one is.
    fn strike(&self, now: Micros) -> Option<Crash> {
        let now = self.true_time.as_ref().map_or(now, TrueTime::now);
        let mut due = None;
        for (planned, Crashes { plan, tally, key }) in self.crashes.iter().enumerate() {
            if !plan.window.holds(now) {
                continue;
            }
            let count = tally.eligible();
            if due.is_some() || !plan.frequency.strikes(count, *key) {
                continue;
            }
            tally.injected();
            // Beside the draw that decides whether it strikes.
            let mut stream = Stream::new(key ^ 1, count);
            let moments = plan.moments.len() as u64;
            due = Some(Crash {
                planned,
                moment: plan.moments[stream.below(moments) as usize],
                share: stream.uniform(),
                restart_after: plan.restart_after.draw(&mut stream),
            });
        }
        due
    }

    /// Handles an input as a process does, or dies of it.
    fn take(&mut self, now: Micros, input: Input, crash: Option<&Crash>) {
        let record = self.record(now, &input);
        self.engine.handle(now, input);
        let mut outputs = Vec::new();
        while let Some(output) = self.engine.poll_output() {
            outputs.push(output);
        }
        let sends_first = matches!(
            self.keeping,
            JournalKeeping::AfterSending | JournalKeeping::None
        );
        let moment = crash.map(|crash| crash.moment);
        let is_written = match moment {
            None => true,
            Some(Moment::BeforeSending | Moment::AmidSending) => !sends_first,
            Some(Moment::BeforeJournal | Moment::TornTail) => false,
        };
        if let Some(record) = &record {
            match crash {
                Some(crash) if crash.moment == Moment::TornTail => {
                    self.journal.append_torn(record, crash.share);
                }
                _ if is_written => self.journal.append(record),
                _ => {}
            }
        }
        let carried = match crash {
            None => outputs.len(),
            Some(crash) if crash.moment == Moment::AmidSending => {
                (outputs.len() as f64 * crash.share).round() as usize
            }
            Some(_) if sends_first => outputs.len(),
            Some(_) => 0,
        };
        outputs.truncate(carried);
        for output in &outputs {
            if let Output::Call { call, .. } = output {
                self.sent.insert(*call);
            }
        }
        self.outputs.extend(outputs);
    }

    fn record(&self, now: Micros, input: &Input) -> Option<InputRecord> {
        match (self.keeping, input) {
            (JournalKeeping::None, _)
            | (JournalKeeping::WithoutDeliveries, Input::Delivery { .. }) => None,
            _ => InputRecord::of(now, input),
        }
    }

    fn compact_if_it_is_time(&mut self, now: Micros) {
        if self.journal.wants_compaction()
            && let Some(state) = self.engine.saved()
        {
            self.journal.compact(Saved {
                state,
                at: now,
                calls: self.sent.iter().copied().collect(),
            });
        }
    }

    /// A new process: the engine of the journal, told what became of its calls.
    fn come_back(&mut self, now: Micros, down: &Down) {
        let saved = self.journal.saved();
        let Some(mut engine) = self
            .blank
            .renewed(saved.map(|saved| saved.state.as_slice()))
        else {
            self.failure = Some("it could not be built anew from its snapshot".to_string());
            return;
        };
        let before = saved.map_or(Replayed::default(), |saved| Replayed {
            inputs: 0,
            at: saved.at,
            unknown_calls: saved.calls.clone(),
        });
        let is_new = self.journal.is_empty();
        let records = self.journal.recover();
        match resume(engine.as_mut(), before, records, |_| {}) {
            Ok(replayed) => {
                let gone = std::mem::replace(&mut self.engine, engine);
                if let Some(coverage) = gone.coverage() {
                    self.before_crashes.add(&coverage);
                }
                if !replayed.unknown_calls.is_empty() || is_new {
                    self.crashes[down.planned].tally.noticed();
                }
                if is_new {
                    self.take(now, Input::Start, None);
                }
                let ahead = std::mem::take(&mut self.set_ahead);
                if ahead > Micros::ZERO {
                    self.take(now, Input::ClockSet { ahead }, None);
                }
                if self.engine.lent().is_some() {
                    self.take(now, Input::Restarted, None);
                }
                for call in replayed.unknown_calls {
                    let result = Err(CallError::ConnectionLost);
                    self.take(now, Input::Response { call, result }, None);
                }
                if self.engine.poll_timeout().is_some_and(|due| due <= now) {
                    self.take(now, Input::Wake, None);
                }
            }
            Err(error) => self.failure = Some(format!("its journal cannot be replayed: {error}")),
        }
    }

    /// When a process that dies now is back, by its own clock: after its time, or when every fault is over.
    fn back_at(&self, now: Micros, restart_after: Micros) -> Micros {
        let true_now = self.true_time.as_ref().map_or(now, TrueTime::now);
        let until = Plan::ends(self.healed_at, true_now, true_now + restart_after);
        now + until.since(true_now)
    }

    /// Whether an input can still reach this process.
    fn is_received(&mut self, now: Micros, input: &Input) -> bool {
        match input {
            Input::Response { call, .. } => self.sent.swap_remove(call),
            // A timer that was set before the process died.
            Input::Wake => self.engine.poll_timeout().is_some_and(|due| due <= now),
            _ => true,
        }
    }
}

impl Engine for CrashingHost {
    fn handle(&mut self, now: Micros, input: Input) {
        if let Some(down) = self.down.take_if(|down| down.until <= now) {
            self.come_back(now, &down);
        }
        if let Input::ClockSet { ahead } = input {
            match self.down {
                Some(_) => self.set_ahead += ahead,
                None => self.take(now, input, None),
            }
            return;
        }
        if self.down.is_some() || self.failure.is_some() || !self.is_received(now, &input) {
            return;
        }
        let crash = self.strike(now);
        self.take(now, input, crash.as_ref());
        match crash {
            Some(crash) => {
                self.sent.clear();
                let until = self.back_at(now, crash.restart_after);
                self.crashes[crash.planned].tally.is_down(now, until);
                self.down = Some(Down {
                    planned: crash.planned,
                    until,
                });
            }
            None => self.compact_if_it_is_time(now),
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        match &self.down {
            Some(down) => Some(down.until),
            None => self.engine.poll_timeout(),
        }
    }

    fn coverage(&self) -> Option<Coverage> {
        let mut coverage = self.engine.coverage()?;
        coverage.add(&self.before_crashes);
        Some(coverage)
    }

    fn lent(&self) -> Option<Vec<i64>> {
        self.engine.lent()
    }

    fn failure(&self) -> Option<&str> {
        self.failure.as_deref().or_else(|| self.engine.failure())
    }
}
