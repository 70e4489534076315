//! A session's tasks, and what the session came to when they have ended.

use std::sync::Arc;
use std::time::Duration;

use channel_mocks::core::Micros;
use channel_mocks::warehouse::Warehouse;
use tokio::task::JoinHandle;

use super::faults::SessionFaults;
use super::ledger_task::{ClosedLedger, LedgerThread};
use super::plan::ServePlan;
use super::session::{Session, Shop};
use crate::realtime::clock::PlatformClock;
use crate::realtime::pacing::StageThread;
use crate::realtime::timing::SessionRecorder;
use crate::scenario::model::Fault;
use crate::stage::faults::Counts;

/// The tasks of a session.
pub struct RunningSession<R> {
    pub(super) ledger: LedgerThread<R>,
    pub(super) shops: Vec<(String, JoinHandle<Box<Shop>>)>,
    pub(super) warehouse: JoinHandle<Box<Warehouse>>,
    pub(super) stage: StageThread,
    /// Carries what faults do to the systems.
    pub(super) fault_task: JoinHandle<()>,
    pub(super) faults: Arc<SessionFaults>,
    /// Whether the scenario's buyers wait to be let in.
    pub(super) demand_waits: bool,
    pub(super) zero: Micros,
    pub(super) opened_at: Micros,
    /// What had been used of the shops' limits, in their order, when the doors opened.
    pub(super) used_before: Vec<f64>,
    pub(super) plan: ServePlan,
    pub(super) clock: Arc<PlatformClock>,
}

/// When a session was, in platform and in real time.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct SessionSpan {
    /// Platform time at which the doors opened; orders of the past lie before it.
    pub opened_at: Micros,
    /// Platform time at its end.
    pub ended_at: Micros,
    /// Real time from the one to the other.
    pub real: Duration,
    /// Platform seconds in a real second, at its end.
    pub speed: f64,
}

/// What the scenario's buyers did.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// Platform time of the scenario's zero.
    pub zero: Micros,
    /// Platform time at which the last one could come.
    pub until: Micros,
    /// How often they pressed "buy".
    pub checkouts: u64,
    /// Hash over everything from outside: equal to that of a run in virtual time.
    pub buyers_hash: u64,
}

/// A session that has ended.
pub struct EndedSession<R> {
    /// When it was.
    pub span: SessionSpan,
    /// The scenario's buyers, when they were let in.
    pub played: Option<Played>,
    /// What was served, with the calendar instant at which it began.
    pub plan: ServePlan,
    /// The ledger.
    pub ledger: ClosedLedger<R>,
    /// Use of every rate limit, by system.
    pub limits: Vec<(String, channel_mocks::core::LimitUse)>,
    /// What was asked for and is not simulated, by system and name, with how often.
    pub not_simulated: Vec<(String, String, u64)>,
    /// Every fault that was set: the scenario's once its buyers came, and those of the control API.
    pub faults: Vec<(Fault, Counts)>,
}

impl<R: SessionRecorder + Send + 'static> RunningSession<R> {
    /// Lets the scenario's buyers come, if they wait; the scenario's zero is platform time `zero`.
    pub fn begin_demand(&mut self, zero: Micros) {
        if std::mem::take(&mut self.demand_waits) {
            self.zero = zero;
            self.stage.begin_demand(zero);
            if let Some(until) = self.stage.progress.until() {
                let from = zero + self.plan.scenario.opening;
                self.faults.begin(self.clock.now(), from, until);
            }
        }
    }

    /// Ends the session. Whoever still uses it is told that it is closed. `None` when a task of it had failed.
    pub async fn end(self, session: Arc<Session>) -> Option<EndedSession<R>> {
        self.fault_task.abort();
        let progress = self.stage.progress.clone();
        let played = progress.until().map(|until| Played {
            zero: self.zero,
            until,
            checkouts: progress.checkouts(),
            buyers_hash: progress.external_hash(),
        });
        // Its thread may be waiting for room in a queue, which the systems make while they run.
        let stage = self.stage;
        let _ = tokio::task::spawn_blocking(move || stage.stop()).await;
        for channel in &session.channels {
            channel.handle.stop().await;
        }
        session.warehouse.stop().await;
        drop(session);
        let span = SessionSpan {
            opened_at: self.opened_at,
            ended_at: self.clock.now(),
            real: self.clock.age(),
            speed: self.clock.speed(),
        };
        let mut limits = Vec::new();
        let mut not_simulated = Vec::new();
        let warehouse_place = self.shops.len() as u16;
        for (place, (name, task)) in (0u16..).zip(self.shops) {
            let shop = task.await.ok()?;
            self.faults.counted(place, &shop.fault_counts());
            limits.extend(shop.limits().into_iter().map(|used| (name.clone(), used)));
            let asked = shop.not_simulated().into_iter();
            not_simulated.extend(asked.map(|(what, count)| (name.clone(), what, count)));
        }
        for ((_, used), before) in limits.iter_mut().zip(self.used_before) {
            used.used -= before;
        }
        let warehouse = self.warehouse.await.ok()?;
        self.faults
            .counted(warehouse_place, &warehouse.fault_counts());
        let used = warehouse.limits().into_iter();
        limits.extend(used.map(|used| ("warehouse".to_string(), used)));
        let totals = warehouse.totals();
        let ledger = self.ledger;
        let ledger = tokio::task::spawn_blocking(move || ledger.close(totals))
            .await
            .ok()??;
        Some(EndedSession {
            span,
            played,
            plan: self.plan,
            ledger,
            limits,
            not_simulated,
            faults: self.faults.counts(),
        })
    }
}
