//! Puts calls together from what is said of them, piece by piece: the same in virtual and in real time.

use std::collections::BTreeMap;
use std::io;

use channel_mocks::core::{CallKind, CallOutcome, Cause, LimitUse, Micros, Request};

use super::RecordNames;
use super::call::{CallFailure, CallRecord, Change, Effect};
use super::effects::Effects;
use super::har;
use super::redact;
use super::used::UsedSoFar;
use crate::world::ledger::{CallTarget, Entry, Message, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

/// Calls that may be open at once; the oldest counts as unanswered when there are more.
const MOST_OPEN: usize = 20_000;
/// Changes that are kept of one call. No platform takes so many rows in one.
const MOST_CHANGES: usize = 5_000;

/// A request and its response as an archive's JSON; empty where they are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The request.
    pub request: Vec<u8>,
    /// The response; empty where there was none.
    pub response: Vec<u8>,
}

/// Where calls go that have ended.
pub trait CallSink {
    /// Whether it takes requests and responses as well.
    fn wants_exchanges(&self) -> bool;
    /// Whether it takes no more calls; those are then left out from their beginning.
    fn is_full(&self) -> bool;
    /// A call was made that is left out.
    fn left_out(&mut self);
    /// A call has ended.
    fn call(&mut self, call: &CallRecord, exchange: &Exchange);
    /// A count changed after its call had ended.
    fn effect(&mut self, effect: &Effect);
    /// Makes everything so far visible to whoever reads it.
    ///
    /// # Errors
    /// The first failure so far.
    fn flush(&mut self) -> io::Result<()>;
}

/// A call that is sent.
#[derive(Clone, Debug)]
pub struct Sending {
    /// To whom: a channel's position, or the number of channels for the warehouse.
    pub system: u16,
    /// Its number among the calls to this system.
    pub number: u64,
    /// The platform's own name of what it asks for.
    pub operation: &'static str,
    /// What it is for.
    pub kind: CallKind,
    /// The method.
    pub method: String,
    /// Path and query, secrets left out.
    pub path: String,
    /// Bytes of its body.
    pub bytes: u64,
    /// The request as an archive's JSON; empty where nobody wants it.
    pub rendered: Vec<u8>,
}

impl Sending {
    /// What a request says.
    pub fn new(
        (system, number): (u16, u64),
        (operation, kind): (&'static str, CallKind),
        request: &Request,
        rendered: Vec<u8>,
    ) -> Sending {
        let target = request.uri().path_and_query();
        Sending {
            system,
            number,
            operation,
            kind,
            method: request.method().to_string(),
            path: redact::path(target.map_or("/", |it| it.as_str())),
            bytes: request.body().len() as u64,
            rendered,
        }
    }
}

/// The end of a call.
#[derive(Clone, Debug)]
pub enum CallEnd {
    /// It was answered.
    Answered {
        /// The status.
        status: u16,
        /// Bytes of the answer's body.
        bytes: u64,
        /// The response as an archive's JSON; empty where nobody wants it.
        rendered: Vec<u8>,
    },
    /// There is no answer.
    Failed(CallFailure),
}

struct Open {
    key: (u16, u64),
    sent_at: Micros,
    record: CallRecord,
    exchange: Exchange,
    is_write: bool,
}

/// Where the last change stands, to which the news belongs that is told next.
#[derive(Copy, Clone)]
struct LastChange {
    channel: ChannelIndex,
    sku: SkuIndex,
    /// The open call that it belongs to; none for an effect of one that has ended.
    call: Option<u64>,
}

/// Calls as they happen.
pub struct CallLog<S> {
    names: RecordNames,
    pub(super) sink: S,
    /// By their numbers in the file.
    open: BTreeMap<u64, Open>,
    numbers: BTreeMap<(u16, u64), u64>,
    sent: u64,
    /// The call that a system is handling.
    present: Option<u64>,
    effects: Effects,
    used: UsedSoFar,
    last: Option<LastChange>,
    late: Option<Effect>,
}

impl<S: CallSink> CallLog<S> {
    /// Calls to the systems of these names.
    pub fn new(names: RecordNames, sink: S) -> CallLog<S> {
        CallLog {
            names,
            sink,
            open: BTreeMap::new(),
            numbers: BTreeMap::new(),
            sent: 0,
            present: None,
            effects: Effects::default(),
            used: UsedSoFar::default(),
            last: None,
            late: None,
        }
    }

    /// A call is sent.
    pub fn sent(&mut self, at: Micros, sending: Sending) {
        let key = (sending.system, sending.number);
        // A second copy of it, which the network made.
        if self.numbers.contains_key(&key) {
            return;
        }
        self.sent += 1;
        if self.sink.is_full() {
            self.sink.left_out();
            return;
        }
        if self.open.len() >= MOST_OPEN
            && let Some((_, oldest)) = self.open.pop_first()
        {
            self.end(at, oldest, CallEnd::Failed(CallFailure::Unanswered));
        }
        let record = CallRecord {
            call: self.sent,
            at_s: at.as_secs_f64(),
            channel: self.names.system(sending.system).to_string(),
            operation: sending.operation.to_string(),
            method: sending.method,
            path: sending.path,
            status: None,
            failure: None,
            cost: BTreeMap::new(),
            latency_s: 0.0,
            throttled: false,
            changed: Vec::new(),
            request_bytes: sending.bytes,
            response_bytes: 0,
        };
        self.numbers.insert(key, self.sent);
        let open = Open {
            key,
            sent_at: at,
            record,
            exchange: Exchange {
                request: sending.rendered,
                response: Vec::new(),
            },
            is_write: sending.kind == CallKind::Write,
        };
        self.open.insert(self.sent, open);
    }

    /// A system takes up a call. What it records until the next one belongs to it.
    pub fn arrived(&mut self, at: Micros, system: u16, number: u64) {
        self.settle();
        self.present = self.numbers.get(&(system, number)).copied();
        if let Some(present) = self.present
            && let Some(open) = self.open.get(&present)
            && open.is_write
        {
            self.effects.arrived(at, system, present, &open.record.path);
        }
    }

    /// A system has decided about the call that it took up: what its limits have left.
    pub fn used(&mut self, system: u16, limits: &[LimitUse]) {
        let cost = self.used.taken(system, limits);
        if let Some(open) = self.present.and_then(|it| self.open.get_mut(&it))
            && open.key.0 == system
        {
            open.record.cost = cost;
        }
    }

    /// The engine learns how a call ended.
    pub fn ended(&mut self, at: Micros, system: u16, number: u64, end: CallEnd) {
        self.settle();
        let Some(call) = self.numbers.remove(&(system, number)) else {
            return;
        };
        if let Some(open) = self.open.remove(&call) {
            self.end(at, open, end);
        }
    }

    /// Nothing more will be said: what is open ends without an answer. Gives the sink.
    pub fn finish(mut self, at: Micros) -> S {
        self.settle();
        while let Some((_, open)) = self.open.pop_first() {
            self.end(at, open, CallEnd::Failed(CallFailure::Unanswered));
        }
        self.sink
    }

    fn end(&mut self, at: Micros, mut open: Open, end: CallEnd) {
        self.numbers.remove(&open.key);
        let record = &mut open.record;
        record.latency_s = at.since(open.sent_at).as_secs_f64();
        match end {
            CallEnd::Answered {
                status,
                bytes,
                rendered,
            } => {
                record.status = Some(status);
                record.response_bytes = bytes;
                open.exchange.response = rendered;
            }
            CallEnd::Failed(failure) => record.failure = Some(failure),
        }
        self.sink.call(&open.record, &open.exchange);
    }

    /// The news of the last effect is complete.
    fn settle(&mut self) {
        self.last = None;
        if let Some(late) = self.late.take() {
            self.sink.effect(&late);
        }
    }

    fn changed(
        &mut self,
        at: Micros,
        (channel, sku): (ChannelIndex, SkuIndex),
        (from, to): (i64, i64),
        received_at: Micros,
    ) {
        self.settle();
        let name = self.names.skus.get(sku.0 as usize);
        let name = name.cloned().unwrap_or_default();
        let call = self
            .effects
            .writer(channel.0, received_at, &name, self.present);
        let change = Change {
            sku: name,
            from,
            to,
            at_s: at.as_secs_f64(),
            oldest_news_s: None,
            known_s: None,
        };
        let open = call.and_then(|it| self.open.get_mut(&it));
        self.last = Some(LastChange {
            channel,
            sku,
            call: call.filter(|_| open.is_some()),
        });
        match open {
            Some(open) if open.record.changed.len() < MOST_CHANGES => {
                open.record.changed.push(change);
            }
            Some(_) => self.last = None,
            None => {
                self.late = Some(Effect {
                    call,
                    channel: self.names.system(channel.0).to_string(),
                    change,
                });
            }
        }
    }

    fn brought(&mut self, place: (ChannelIndex, SkuIndex), happened_at: Micros, known_at: Micros) {
        let Some(last) = self.last.filter(|it| (it.channel, it.sku) == place) else {
            return;
        };
        let change = match last.call {
            Some(call) => {
                let open = self.open.get_mut(&call);
                open.and_then(|it| it.record.changed.last_mut())
            }
            None => self.late.as_mut().map(|it| &mut it.change),
        };
        let happened_s = happened_at.as_secs_f64();
        if let Some(change) = change
            && change
                .oldest_news_s
                .is_none_or(|oldest| happened_s < oldest)
        {
            change.oldest_news_s = Some(happened_s);
            change.known_s = Some(known_at.as_secs_f64());
        }
    }

    fn is_present(&self, target: CallTarget) -> bool {
        let system = match target {
            CallTarget::Channel(channel) => channel.0,
            CallTarget::Warehouse => u16::try_from(self.names.channels.len()).unwrap_or(u16::MAX),
        };
        let open = self.present.and_then(|it| self.open.get(&it));
        open.is_some_and(|it| it.key.0 == system)
    }
}

impl<S: CallSink> Recorder for CallLog<S> {
    fn record(&mut self, at: Micros, entry: &Entry) {
        match *entry {
            Entry::Displayed {
                channel,
                sku,
                from,
                to,
                cause: Cause::Write { received_at, .. },
                ..
            } => self.changed(at, (channel, sku), (from, to), received_at),
            Entry::Propagated {
                channel,
                sku,
                own_sale: false,
                happened_at,
                known_at,
                ..
            } => self.brought((channel, sku), happened_at, known_at),
            Entry::Call {
                target,
                outcome: CallOutcome::Throttled,
                ..
            } if self.is_present(target) => {
                if let Some(open) = self.present.and_then(|it| self.open.get_mut(&it)) {
                    open.record.throttled = true;
                }
            }
            _ => {}
        }
    }

    fn wants_messages(&self) -> bool {
        true
    }

    fn message(&mut self, at: Micros, message: &Message<'_>) {
        match *message {
            Message::Sent {
                system,
                number,
                operation,
                kind,
                request,
            } => {
                let wanted = self.sink.wants_exchanges() && !self.sink.is_full();
                let rendered = match wanted {
                    true => {
                        let base = har::base(self.names.system(system));
                        har::rendered_request(request, &base)
                    }
                    false => Vec::new(),
                };
                let called = (operation, kind);
                self.sent(
                    at,
                    Sending::new((system, number), called, request, rendered),
                );
            }
            Message::Arrived { system, number } => self.arrived(at, system, number),
            Message::Taken { system, limits } => self.used(system, limits),
            Message::Answered {
                system,
                number,
                response,
                ..
            } => {
                if self.numbers.contains_key(&(system, number)) {
                    let end = CallEnd::Answered {
                        status: response.status().as_u16(),
                        bytes: response.body().len() as u64,
                        rendered: match self.sink.wants_exchanges() {
                            true => har::rendered_response(response),
                            false => Vec::new(),
                        },
                    };
                    self.ended(at, system, number, end);
                }
            }
            Message::Failed {
                system,
                number,
                timed_out,
            } => {
                let failure = match timed_out {
                    true => CallFailure::TimedOut,
                    false => CallFailure::ConnectionLost,
                };
                self.ended(at, system, number, CallEnd::Failed(failure));
            }
            Message::Signal { .. } | Message::SignalLost { .. } => {}
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
#[path = "call_log_tests.rs"]
mod tests;
