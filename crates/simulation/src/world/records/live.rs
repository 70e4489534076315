//! What can be asked of a run in real time while it goes on: counts so far, and the last calls.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use channel_mocks::core::CallOutcome;
use serde::Serialize;

use super::RecordNames;
use super::call::{CallRecord, Effect};
use super::call_log::{CallSink, Exchange};
use crate::world::ChannelIndex;
use crate::world::ledger::{CallTarget, Entry};

/// Calls that are remembered; older ones are forgotten.
pub const REMEMBERED: usize = 10_000;
/// Kinds of call (system, operation, status) that are counted apart. Further ones count as operation `other`.
const MOST_KINDS: usize = 2_000;

/// What has happened on a channel so far, or at the warehouse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SystemCounts {
    /// The channel's name, or `warehouse`.
    pub channel: String,
    /// Orders that were accepted.
    pub orders: u64,
    /// Their units.
    pub units: u64,
    /// Units of these that did not exist.
    pub oversold_units: u64,
    /// Units that buyers were refused.
    pub refused_units: u64,
    /// Units of these that there were.
    pub refused_in_stock_units: u64,
    /// Calls that were decided about.
    pub calls: u64,
    /// Calls that a rate limit refused.
    pub throttled_calls: u64,
    /// Calls that were refused for another reason.
    pub refused_calls: u64,
}

/// How often something was asked for and answered so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallCount {
    /// The channel's name, or `warehouse`.
    pub channel: String,
    /// The platform's own name of the operation.
    pub operation: String,
    /// The HTTP status; 0 without an answer.
    pub status: u16,
    /// How many.
    pub calls: u64,
}

/// A call that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RememberedCall {
    /// Its place among all that ended, from 1.
    pub place: u64,
    /// The call.
    #[serde(flatten)]
    pub call: CallRecord,
}

/// Remembered calls, as far as they were asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecentCalls {
    /// In the order in which they ended.
    pub calls: Vec<RememberedCall>,
    /// The place after which to ask for what comes later.
    pub next: u64,
    /// Calls after the one asked for that are forgotten already.
    pub forgotten: u64,
}

#[derive(Debug, Default)]
struct State {
    systems: Vec<SystemCounts>,
    kinds: BTreeMap<(String, String, u16), u64>,
    recent: VecDeque<RememberedCall>,
    ended: u64,
}

/// Counts and calls that are still coming; asked from other threads.
#[derive(Debug, Default)]
pub struct Live {
    state: Mutex<State>,
    files_are_full: AtomicBool,
}

impl Live {
    /// Of systems with these names.
    pub fn new(names: &RecordNames) -> Live {
        let names = names.channels.iter().map(String::as_str);
        let systems = names.chain([super::WAREHOUSE]).map(|name| SystemCounts {
            channel: name.to_string(),
            ..SystemCounts::default()
        });
        Live {
            state: Mutex::new(State {
                systems: systems.collect(),
                ..State::default()
            }),
            files_are_full: AtomicBool::new(false),
        }
    }

    /// Whether the files of calls take no more, so that nobody needs to write messages out.
    pub fn files_are_full(&self) -> bool {
        self.files_are_full.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// By system: the channels in order, then the warehouse.
    pub fn systems(&self) -> Vec<SystemCounts> {
        self.state().systems.clone()
    }

    /// Calls by system, operation and status.
    pub fn calls(&self) -> Vec<CallCount> {
        let state = self.state();
        let kinds = state.kinds.iter();
        let counts = kinds.map(|((channel, operation, status), calls)| CallCount {
            channel: channel.clone(),
            operation: operation.clone(),
            status: *status,
            calls: *calls,
        });
        counts.collect()
    }

    /// Calls that ended after a place, the earliest first; without one the last of all. `limit` is at least 1.
    pub fn recent(&self, channel: Option<&str>, since: Option<u64>, limit: usize) -> RecentCalls {
        let state = self.state();
        let is_wanted = |it: &&RememberedCall| channel.is_none_or(|name| it.call.channel == name);
        let calls: Vec<RememberedCall> = match since {
            Some(since) => {
                let later = state.recent.iter().filter(|it| it.place > since);
                later.filter(is_wanted).take(limit).cloned().collect()
            }
            None => {
                let last = state.recent.iter().rev().filter(is_wanted).take(limit);
                let mut last: Vec<RememberedCall> = last.cloned().collect();
                last.reverse();
                last
            }
        };
        let first_known = state.recent.front().map_or(state.ended + 1, |it| it.place);
        let next = match calls.last() {
            Some(last) if calls.len() == limit => last.place,
            _ => state.ended,
        };
        RecentCalls {
            next,
            forgotten: since.map_or(0, |since| {
                first_known.saturating_sub(since.saturating_add(1))
            }),
            calls,
        }
    }

    /// Takes an entry of the ledger.
    pub fn entry(&self, entry: &Entry) {
        match *entry {
            Entry::Accepted {
                channel,
                units,
                oversold_units,
                first_line,
                ..
            } => self.count(channel, |own| {
                own.orders += u64::from(first_line);
                own.units += u64::from(units);
                own.oversold_units += u64::from(oversold_units);
            }),
            Entry::Refused {
                channel,
                units,
                in_stock,
                ..
            } => self.count(channel, |own| {
                own.refused_units += u64::from(units);
                own.refused_in_stock_units += u64::from(in_stock) * u64::from(units);
            }),
            Entry::Call {
                target, outcome, ..
            } => {
                let take = |own: &mut SystemCounts| {
                    own.calls += 1;
                    own.throttled_calls += u64::from(outcome == CallOutcome::Throttled);
                    own.refused_calls += u64::from(outcome == CallOutcome::Refused);
                };
                match target {
                    CallTarget::Channel(channel) => self.count(channel, take),
                    CallTarget::Warehouse => {
                        if let Some(own) = self.state().systems.last_mut() {
                            take(own);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn count(&self, channel: ChannelIndex, take: impl FnOnce(&mut SystemCounts)) {
        if let Some(own) = self.state().systems.get_mut(usize::from(channel.0)) {
            take(own);
        }
    }

    fn ended(&self, call: &CallRecord) {
        let mut state = self.state();
        let mut kind = (
            call.channel.clone(),
            call.operation.clone(),
            call.status.unwrap_or(0),
        );
        if state.kinds.len() >= MOST_KINDS && !state.kinds.contains_key(&kind) {
            kind.1 = "other".to_string();
        }
        *state.kinds.entry(kind).or_default() += 1;
        state.ended += 1;
        if state.recent.len() == REMEMBERED {
            state.recent.pop_front();
        }
        let place = state.ended;
        let call = call.clone();
        state.recent.push_back(RememberedCall { place, call });
    }

    fn changed(&self, effect: &Effect) {
        let mut state = self.state();
        let late = effect.call.and_then(|call| {
            let mut recent = state.recent.iter_mut().rev();
            recent.find(|it| it.call.call == call)
        });
        if let Some(late) = late {
            late.call.changed.push(effect.change.clone());
        }
    }
}

/// Calls to whoever looks on, and to the files where somebody asked for them.
pub struct LiveCalls<F> {
    /// Who looks on.
    pub live: std::sync::Arc<Live>,
    /// The files.
    pub files: Option<F>,
}

impl<F: CallSink> CallSink for LiveCalls<F> {
    fn wants_exchanges(&self) -> bool {
        self.files.as_ref().is_some_and(|it| it.wants_exchanges())
    }

    fn is_full(&self) -> bool {
        false
    }

    fn left_out(&mut self) {}

    fn call(&mut self, call: &CallRecord, exchange: &Exchange) {
        self.live.ended(call);
        if let Some(files) = &mut self.files {
            files.call(call, exchange);
            let is_full = files.is_full();
            self.live.files_are_full.store(is_full, Ordering::Relaxed);
        }
    }

    fn effect(&mut self, effect: &Effect) {
        self.live.changed(effect);
        if let Some(files) = &mut self.files {
            files.effect(effect);
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.as_mut().map_or(Ok(()), CallSink::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(live: &Live, number: u64, channel: &str, status: u16) {
        let line = format!(
            r#"{{"call":{number},"at_s":1,"channel":"{channel}","operation":"read","method":"GET","path":"/","status":{status},
               "cost":{{}},"latency_s":0,"throttled":false,"changed":[],"request_bytes":0,"response_bytes":0}}"#
        );
        live.ended(&serde_json::from_str(&line).unwrap());
    }

    #[test]
    fn the_last_calls_can_be_followed_without_a_gap() {
        let names = RecordNames {
            channels: vec!["web".to_string()],
            ..RecordNames::default()
        };
        let live = Live::new(&names);
        for number in 1..=5 {
            ended(&live, number, "web", 200);
        }
        ended(&live, 6, "warehouse", 503);
        let places =
            |recent: &RecentCalls| -> Vec<u64> { recent.calls.iter().map(|it| it.place).collect() };
        let last = live.recent(None, None, 2);
        assert_eq!(
            (places(&last), last.next, last.forgotten),
            (vec![5, 6], 6, 0)
        );
        let first = live.recent(Some("web"), Some(0), 3);
        assert_eq!((places(&first), first.next), (vec![1, 2, 3], 3));
        let rest = live.recent(Some("web"), Some(first.next), 3);
        assert_eq!((places(&rest), rest.next), (vec![4, 5], 6));
        assert_eq!(live.calls().len(), 2);
        for number in 7..=REMEMBERED as u64 + 8 {
            ended(&live, number, "web", 200);
        }
        let later = live.recent(None, Some(6), 1);
        assert_eq!((places(&later), later.forgotten), (vec![9], 2));
    }
}
