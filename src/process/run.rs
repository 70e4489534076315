//! The engine at work: one task owns it. Everything that arrives is written to the journal, then handled; what comes of it
//! leaves the process when it is on the disk, and not before (docs/theory.md A5, H7).

use std::cell::RefCell;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::client::Caller;
use super::clock::{EngineClock, real_now};
use super::clock_source::ClockSource;
use super::gate::Gate;
use super::listener::{self, Webhooks};
use super::store::{Store, StoreError};
use super::trouble::Troubles;
use crate::engine::recovery::Replayed;
use crate::engine::{
    CallError, CallId, ChannelIndex, DeliveryId, Engine, Input, Output, Request, Response,
    SyncEngine, Target,
};
use crate::serve::http;

/// Inputs that share a commit. Disks take a few hundred commits a second, engines many thousand inputs.
const BATCH: usize = 256;
/// Longest sleep of an engine that waits for nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// What comes from outside.
#[derive(Debug)]
pub enum Arrival {
    /// A call has ended.
    Answer {
        /// Which.
        call: CallId,
        /// To whom it went.
        target: Target,
        /// How.
        result: Result<Response, CallError>,
    },
    /// A webhook.
    Delivery {
        /// Whose.
        channel: ChannelIndex,
        /// As received.
        request: Request,
        /// The way back of its answer.
        reply: oneshot::Sender<Response>,
    },
}

/// How an engine is doing.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Inputs since the process began.
    pub inputs: u64,
    /// Calls made since then.
    pub calls: u64,
    /// Webhooks received since then.
    pub webhooks: u64,
    /// Webhooks of which nothing was kept: not signed by their platform, or more than is taken.
    pub refused_webhooks: u64,
    /// Calls without an answer yet.
    pub under_way: u64,
    /// Commits of the database since then, each with one input or more.
    pub commits: u64,
    /// How often the journal has been compacted since then.
    pub compactions: u64,
}

/// An engine that is ready to run, or runs.
pub struct EngineProcess {
    engine: SyncEngine,
    store: Rc<RefCell<Store>>,
    clock: EngineClock,
    /// Where the platforms' clock is read, until the engine runs.
    source: Option<ClockSource>,
    caller: Caller,
    troubles: Troubles,
    arrivals: mpsc::Sender<Arrival>,
    inbox: mpsc::Receiver<Arrival>,
    /// Until the engine runs.
    listener: Option<TcpListener>,
    address: SocketAddr,
    /// Who may deliver webhooks, until the engine runs.
    gate: Option<Gate>,
    replayed: u64,
    compacted: u64,
    unknown_calls: u64,
    replies: IndexMap<DeliveryId, oneshot::Sender<Response>, FxBuildHasher>,
    /// What the engine put out and is not on the disk yet, and when it did.
    outputs: Vec<(Instant, Output)>,
    /// Of commits that calls wait for, so many more until the process dies; `None` for never.
    dies_after: Option<u64>,
    status: Status,
}

impl EngineProcess {
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts are made one after the other in `start`, which is the only caller"
    )]
    pub(super) fn new(
        engine: SyncEngine,
        store: Rc<RefCell<Store>>,
        (clock, source): (EngineClock, Option<ClockSource>),
        caller: Caller,
        troubles: Troubles,
        (arrivals, inbox): (mpsc::Sender<Arrival>, mpsc::Receiver<Arrival>),
        (listener, address): (TcpListener, SocketAddr),
        gate: Gate,
        (replayed, compacted): (&Replayed, i64),
    ) -> EngineProcess {
        EngineProcess {
            engine,
            store,
            clock,
            source,
            caller,
            troubles,
            arrivals,
            inbox,
            listener: Some(listener),
            address,
            gate: Some(gate),
            replayed: replayed.inputs,
            compacted: u64::try_from(compacted).unwrap_or(0),
            unknown_calls: replayed.unknown_calls.len() as u64,
            replies: IndexMap::default(),
            outputs: Vec::new(),
            dies_after: None,
            status: Status::default(),
        }
    }

    /// Journal entries that were replayed at the start.
    pub fn replayed(&self) -> u64 {
        self.replayed
    }

    /// Journal entries that were not replayed, because the state that they led to was there.
    pub fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Calls whose outcome was unknown at the start: the process had been ended while they were under way, or before they
    /// were sent.
    pub fn unknown_calls(&self) -> u64 {
        self.unknown_calls
    }

    /// For tests of crashes: the process dies, as hard as it can, between the `commits`-th commit that calls wait for and
    /// their sending. No kill from outside hits that moment reliably.
    pub fn die_before_sending(&mut self, commits: u64) {
        self.dies_after = Some(commits);
    }

    /// Where webhooks are received.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Writes an input down and lets the engine handle it; what comes of that waits for [`EngineProcess::carry`].
    pub(super) fn take(&mut self, input: Input) -> Result<(), StoreError> {
        let now = self.clock.now();
        let made_at = real_now();
        self.store.borrow_mut().record(now, &input)?;
        self.engine.handle(now, input);
        self.status.inputs += 1;
        while let Some(output) = self.engine.poll_output() {
            self.store.borrow_mut().put_out(&output);
            self.outputs.push((made_at, output));
        }
        Ok(())
    }

    fn take_arrival(
        &mut self,
        arrival: Arrival,
        tell: &mut impl FnMut(&str),
    ) -> Result<(), StoreError> {
        match arrival {
            Arrival::Answer {
                call,
                target,
                result,
            } => {
                if let Some(told) = self.troubles.ended(target, &result) {
                    tell(&told);
                }
                self.status.under_way = self.status.under_way.saturating_sub(1);
                self.take(Input::Response { call, result })
            }
            Arrival::Delivery {
                channel,
                request,
                reply,
            } => {
                // The journal's own count never gives a number twice, across restarts either.
                let delivery = DeliveryId(self.store.borrow().entries() as u64 + 1);
                self.status.webhooks += 1;
                self.replies.insert(delivery, reply);
                self.take(Input::Delivery {
                    delivery,
                    channel,
                    request,
                })
            }
        }
    }

    /// Makes everything durable, then lets the outputs go.
    fn carry(&mut self) -> Result<(), StoreError> {
        self.status.commits += u64::from(self.store.borrow_mut().commit()?);
        self.die_if_it_is_time();
        for (made_at, output) in self.outputs.drain(..) {
            match output {
                Output::Call {
                    call,
                    target,
                    request,
                } => {
                    self.status.calls += 1;
                    self.status.under_way += 1;
                    self.caller.call(call, target, request, made_at);
                }
                Output::DeliveryAnswer { delivery, response } => {
                    if let Some(reply) = self.replies.swap_remove(&delivery) {
                        // A platform that has hung up sends the webhook again.
                        let _ = reply.send(response);
                    }
                }
            }
        }
        Ok(())
    }

    /// Everything has been carried: the engine's state can take the place of the journal.
    fn compact_if_it_is_time(&mut self) -> Result<(), StoreError> {
        let mut store = self.store.borrow_mut();
        if store.wants_compaction() {
            store.compact(self.clock.now(), &self.engine, |_| {})?;
            self.status.compactions = store.compactions();
        }
        Ok(())
    }

    fn die_if_it_is_time(&mut self) {
        let Some(left) = &mut self.dies_after else {
            return;
        };
        let calls = |(_, output): &(Instant, Output)| matches!(output, Output::Call { .. });
        if self.outputs.iter().any(calls) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                std::process::abort();
            }
        }
    }

    /// Works until `stop` comes. `show` is told how it goes, after every commit; `tell` what a person should know of.
    ///
    /// # Errors
    /// When the database refuses: the engine must not go on, because nothing may be sent that is not written down.
    pub async fn run(
        mut self,
        stop: impl Future<Output = ()>,
        mut show: impl FnMut(&Status),
        mut tell: impl FnMut(&str),
    ) -> Result<Status, StoreError> {
        let (end, ended) = watch::channel(false);
        let refused = Arc::new(AtomicU64::new(0));
        let listening = self.listener.take().zip(self.gate.take());
        let listening = listening.map(|(listener, gate)| {
            let webhooks = Arc::new(Webhooks {
                gate,
                refused: refused.clone(),
                arrivals: self.arrivals.clone(),
            });
            tokio::spawn(http::serve(
                listener,
                None,
                webhooks,
                listener::BOUNDS,
                ended,
            ))
        });
        let (calendars, mut set) = watch::channel(None);
        match self.source.take() {
            Some(source) => drop(tokio::spawn(source.follow(calendars))),
            None => drop(calendars),
        }
        tokio::pin!(stop);
        let mut batch = Vec::with_capacity(BATCH);
        self.carry()?;
        loop {
            self.status.refused_webhooks = refused.load(Ordering::Relaxed);
            show(&self.status);
            let pause = match self.engine.poll_timeout() {
                Some(at) => self.clock.until(at),
                None => LONGEST_PAUSE,
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = self.inbox.recv_many(&mut batch, BATCH) => {
                    for arrival in batch.drain(..) {
                        self.take_arrival(arrival, &mut tell)?;
                    }
                }
                Ok(()) = set.changed() => {
                    if let Some(calendar) = *set.borrow_and_update() {
                        self.clock.follow(calendar);
                    }
                }
                () = tokio::time::sleep(pause) => {}
            }
            let wake_at = self.engine.poll_timeout();
            if wake_at.is_some_and(|at| at <= self.clock.now()) {
                self.take(Input::Wake)?;
            }
            self.carry()?;
            self.compact_if_it_is_time()?;
        }
        self.status.refused_webhooks = refused.load(Ordering::Relaxed);
        // Webhooks that arrived and were not handled are answered with 503: their platforms send them again.
        drop(self.replies);
        drop(self.inbox);
        let _ = end.send(true);
        if let Some(listening) = listening {
            let _ = listening.await;
        }
        self.store.borrow_mut().close()?;
        Ok(self.status)
    }
}
