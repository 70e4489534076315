//! What goes wrong in real time: the one machine of faults ([`crate::stage::faults`]) between the sockets and the systems.
//!
//! A session has one plan of faults: those of its scenario, from the moment its buyers are let in, and those that somebody
//! sets through the control API. While there is none a call costs one look at a flag; otherwise every system asks the plan
//! under one lock, which nobody holds while he waits.

mod call;
mod listed;
mod systems;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use channel_mocks::core::{Called, Fact, FaultCounts, Micros, Request, Seed, Tells};
use tokio::sync::{Notify, watch};

pub use call::StruckCall;
pub use listed::ListedFault;
pub(super) use systems::{FaultTask, count};

use crate::realtime::clock::PlatformClock;
use crate::scenario::model::{Fault, FaultKind};
use crate::scenario::{FOR_EVER, Scenario};
use crate::stage::WarehouseAct;
use crate::stage::faults::{Counts, FaultAct, FaultDone, Faults, RequestFate, SignalFate};

/// Most faults that a session takes, those that are over included.
const MOST_FAULTS: usize = 10_000;

/// The longest, in real time, that a connection is held whose call got lost.
const LONGEST_HELD: Duration = Duration::from_secs(300);

/// A fault that real time does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{kind}` strikes the engine itself, which is a process of its own in real time: nothing here can do that to it"
)]
pub struct EngineFault {
    kind: &'static str,
}

/// Whether real time has these faults.
///
/// # Errors
/// Names the first kind that strikes the engine's own process.
pub fn check<'f>(faults: impl IntoIterator<Item = &'f Fault>) -> Result<(), EngineFault> {
    let mut kinds = faults.into_iter().map(|fault| fault.kind);
    match kinds.find(|kind| kind.is_of_the_engine()) {
        Some(kind) => Err(EngineFault {
            kind: kind.describe().name,
        }),
        None => Ok(()),
    }
}

/// What to do about a fault that real time does not have.
const ELSEWHERE: &str = "leave it out, or play it in virtual time";

/// The same of faults that have not been read, by the names of their kinds.
fn check_names(tables: &serde_json::Value) -> Result<(), String> {
    let listed = tables["fault"].as_array();
    for (number, table) in (1..).zip(listed.into_iter().flatten()) {
        let kind = table["kind"].as_str();
        let mut kinds = FaultKind::ALL.iter().map(|kind| kind.describe().name);
        let kind = kind.and_then(|wanted| kinds.position(|name| name == wanted));
        if let Some(kind) = kind.map(|place| FaultKind::ALL[place])
            && kind.is_of_the_engine()
        {
            let kind = kind.describe().name;
            return Err(format!(
                "fault {number}: {}; {ELSEWHERE}",
                EngineFault { kind }
            ));
        }
    }
    Ok(())
}

/// The faults of a session.
pub struct SessionFaults {
    /// Whether there is anything to ask.
    is_set: AtomicBool,
    plan: Mutex<Plan>,
    scenario: Scenario,
    /// Told when the next begin or end has become another one.
    changed: Notify,
    /// How often everything was taken back.
    taken_back: watch::Sender<u64>,
}

struct Plan {
    machine: Faults,
    /// Faults before this position were taken back.
    first: usize,
    /// Calls that were asked about; their numbers name them.
    calls: u64,
}

impl SessionFaults {
    /// No faults yet, over the systems of `scenario` with so many SKUs. A fault's draws are those of virtual time.
    pub fn new(scenario: &Scenario, seed: Seed, skus: u32) -> SessionFaults {
        let channels = scenario.channels.iter();
        let names: Vec<&str> = channels.map(|channel| channel.name.as_str()).collect();
        let mut machine = Faults::new(&[], &names, seed);
        machine.know(scenario, skus);
        SessionFaults {
            is_set: AtomicBool::new(false),
            plan: Mutex::new(Plan {
                machine,
                first: 0,
                calls: 0,
            }),
            scenario: scenario.clone(),
            changed: Notify::new(),
            taken_back: watch::Sender::new(0),
        }
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything can go wrong.
    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// The scenario's buyers are let in: its own faults count from `from`, the end of the opening, and end with the last
    /// buyer.
    pub fn begin(&self, now: Micros, from: Micros, until: Micros) {
        self.put(&self.scenario.faults, now, from, until);
    }

    fn put(&self, faults: &[Fault], now: Micros, from: Micros, until: Micros) {
        if faults.is_empty() {
            return;
        }
        self.plan().machine.add(faults, now, from, until);
        self.is_set.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    /// Reads faults as the control API gets them, and sets them from now on; with `instead` those before are taken back.
    ///
    /// # Errors
    /// All that is wrong, and the way out; then nothing has changed.
    pub fn set(
        &self,
        now: Micros,
        tables: &serde_json::Value,
        instead: bool,
    ) -> Result<(), String> {
        // First of all: whoever asks for what there is not need not be told what it lacks.
        check_names(tables)?;
        let faults = self.scenario.read_faults(tables);
        let faults = faults.map_err(|problems| problems.join("\n"))?;
        let elsewhere = |error| format!("{error}; {ELSEWHERE}");
        check(&faults).map_err(elsewhere)?;
        let is_endless =
            |fault: &&Fault| fault.kind == FaultKind::VersionSunset && fault.lasts.is_none();
        if faults.iter().any(|fault| is_endless(&fault)) {
            return Err(
                "`version_sunset` grows over its window; give it an end with `for`".to_string(),
            );
        }
        let before = self.plan().machine.counts().count();
        if before + faults.len() > MOST_FAULTS {
            return Err(format!(
                "this life has had {before} faults, and takes {MOST_FAULTS}; begin the next one with a reset"
            ));
        }
        if instead {
            self.take_back(now);
        }
        self.put(&faults, now, now, now + FOR_EVER);
        Ok(())
    }

    /// Every fault is over; what was held back comes at once, and what was done to systems is undone.
    pub fn take_back(&self, now: Micros) {
        {
            let mut plan = self.plan();
            plan.machine.heal(now);
            plan.first = plan.machine.counts().count();
        }
        self.is_set.store(false, Ordering::Release);
        self.taken_back.send_modify(|times| *times += 1);
        self.changed.notify_one();
    }

    /// Waits until what is held back may go: its time has come, or every fault was taken back.
    pub async fn hold(&self, clock: &PlatformClock, until: Micros) {
        let mut taken_back = self.taken_back.subscribe();
        tokio::select! {
            () = clock.sleep_until(until) => {}
            // The sender lives as long as this does.
            _ = taken_back.changed() => {}
        }
    }

    /// Waits as long as a client does whose request of `sent_at` gets no answer: the patience of the scenario.
    pub async fn hold_lost(&self, clock: &PlatformClock, place: u16, sent_at: Micros) {
        let channel = self.scenario.channels.get(usize::from(place));
        let network = channel.map_or(&self.scenario.warehouse.network, |it| &it.network);
        let until = clock.sleep_until(sent_at + network.patience);
        let _ = tokio::time::timeout(LONGEST_HELD, until).await;
    }

    /// A request has come to a system's socket.
    pub fn request(
        self: &Arc<Self>,
        now: Micros,
        place: u16,
        called: &mut dyn FnMut() -> Called,
    ) -> (StruckCall, RequestFate) {
        let mut plan = self.plan();
        plan.calls += 1;
        let number = plan.calls;
        let fate = plan.machine.request(now, place, number, called);
        drop(plan);
        (StruckCall::new(self.clone(), place, number), fate)
    }

    /// The answer to a call has arrived, and tells this.
    pub fn read(&self, place: u16, tells: &Tells) {
        self.plan().machine.read(place, tells);
    }

    /// A webhook leaves a platform.
    pub fn signal(&self, now: Micros, place: u16, webhook: &mut Request) -> SignalFate {
        self.plan().machine.signal(now, place, webhook)
    }

    /// A webhook has been answered by its receiver.
    pub fn heard(&self, webhook: &mut Request) {
        self.plan().machine.heard(webhook);
    }

    /// Something happened on a platform.
    pub fn platform_fact(&self, place: u16, fact: &Fact) {
        self.plan().machine.platform_fact(place, fact);
    }

    /// A delivery is received in the warehouse: the same act again where a fault posts it twice.
    pub fn receipt(&self, now: Micros, act: &WarehouseAct) -> Option<WarehouseAct> {
        self.plan().machine.receipt(now, act)
    }

    /// What a platform has counted of its own misbehaviour so far.
    pub fn counted(&self, place: u16, counts: &FaultCounts) {
        self.plan().machine.counted(place, counts);
    }

    /// When the next fault begins or ends.
    fn poll_timeout(&self) -> Option<Micros> {
        self.plan().machine.poll_timeout()
    }

    /// What was to be done to systems at the next moment that has come. Each moment is done before the one after it is
    /// looked at, because what ends undoes what its beginning came to, and the clock may have jumped over both.
    fn wake(&self, now: Micros) -> Vec<FaultAct> {
        let mut plan = self.plan();
        if let Some(at) = plan.machine.poll_timeout().filter(|at| *at <= now) {
            plan.machine.wake(at);
        }
        std::iter::from_fn(|| plan.machine.poll_act()).collect()
    }

    fn done(&self, act: &FaultAct, done: FaultDone) {
        self.plan().machine.done(act, done);
    }

    /// Every fault of the session, in the order in which they were set, and what was counted of it.
    pub fn counts(&self) -> Vec<(Fault, Counts)> {
        let plan = self.plan();
        let counts = plan.machine.counts();
        counts
            .map(|(fault, counts)| (fault.clone(), counts))
            .collect()
    }
}
