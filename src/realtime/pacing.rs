//! The stage in real time. A thread of its own sleeps from one thing that is due to the next (the runtime's timers are a
//! millisecond late, a sleeping thread is not), lets go of its acts, and waits for nobody: the model is open, and what a
//! system decides comes back as a message. Where a system is so far behind that its queue is full, the thread has to
//! wait; what is late by that is counted from its intended time all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use channel_mocks::core::{ActOutcome, BasketLine, Micros, OrderRef};

use super::clock::PlatformClock;
use super::timing::{Arrival, Timings};
use crate::stage::{Act, Input, Output, Reason, Report, ShopAct, Stage};
use crate::world::ChannelIndex;

/// Longest sleep before the clock is looked at again: somebody may have set it.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);

/// How far the stage is; read by others while it goes on.
#[derive(Debug, Default)]
pub struct StageProgress {
    checkouts: AtomicU64,
    external_hash: AtomicU64,
    staff_cancels: AtomicU64,
    begun: AtomicBool,
    over: AtomicBool,
    until: AtomicU64,
}

impl StageProgress {
    /// Checkouts let go so far.
    pub fn checkouts(&self) -> u64 {
        self.checkouts.load(Ordering::Relaxed)
    }

    /// Hash over everything from outside so far: at the end equal to that of a run in virtual time.
    pub fn external_hash(&self) -> u64 {
        self.external_hash.load(Ordering::Relaxed)
    }

    /// Cancellations by the staff that are to come or under way.
    pub fn staff_cancels(&self) -> u64 {
        self.staff_cancels.load(Ordering::Relaxed)
    }

    /// Whether the last buyer has come and the time for others is over.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Platform time at which the last buyer may come; `None` while nobody is let in.
    pub fn until(&self) -> Option<Micros> {
        let until = Micros(self.until.load(Ordering::Relaxed));
        self.begun.load(Ordering::Acquire).then_some(until)
    }
}

/// The systems are there no more: the service is ending or starting again.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the service is ending")]
pub struct SystemClosed;

/// Carries acts to the systems, from the stage's thread, and does not wait until they are done.
pub trait Carrier: Send + 'static {
    /// Hands an act over. What it comes to goes back through the [`StageSender`] that the carrier was made with.
    ///
    /// # Errors
    /// [`SystemClosed`].
    fn carry(&self, act: Act, arrival: Option<InFlight>) -> Result<(), SystemClosed>;
}

/// What the thread is told.
enum Message {
    Begin {
        zero: Micros,
    },
    Accepted {
        at: Micros,
        channel: ChannelIndex,
        order: OrderRef,
        buyer: u64,
        lines: Vec<BasketLine>,
    },
    Done {
        channel: ChannelIndex,
        act: ShopAct,
        outcome: ActOutcome,
    },
    Reported(Report),
    Stop,
}

/// Tells the stage what became of its acts and what the systems report. The queue has no bound, because nobody who tells
/// may wait for a thread that may be waiting for him; it holds at most one message for each act in the systems' queues,
/// and a few for each order.
#[derive(Clone, Debug)]
pub struct StageSender(Sender<Message>);

impl StageSender {
    // Where the thread has ended, nobody wants to know any more.
    fn send(&self, message: Message) {
        let _ = self.0.send(message);
    }

    /// A platform accepted a checkout of the scenario's buyers, at `at`.
    pub fn accepted(
        &self,
        at: Micros,
        channel: ChannelIndex,
        order: OrderRef,
        buyer: u64,
        lines: Vec<BasketLine>,
    ) {
        self.send(Message::Accepted {
            at,
            channel,
            order,
            buyer,
            lines,
        });
    }

    /// An act on a channel came to this.
    pub fn done(&self, channel: ChannelIndex, act: ShopAct, outcome: ActOutcome) {
        self.send(Message::Done {
            channel,
            act,
            outcome,
        });
    }

    /// A system reported something that the stage follows.
    pub fn report(&self, report: Report) {
        self.send(Message::Reported(report));
    }
}

/// The way to a stage whose thread has not been started.
#[derive(Debug)]
pub struct StageInbox {
    sender: StageSender,
    inbox: Receiver<Message>,
}

impl Default for StageInbox {
    fn default() -> StageInbox {
        let (sender, inbox) = channel();
        StageInbox {
            sender: StageSender(sender),
            inbox,
        }
    }
}

impl StageInbox {
    /// Tells the stage.
    pub fn sender(&self) -> StageSender {
        self.sender.clone()
    }

    /// Starts the stage's thread. Demand begins with [`StageThread::begin_demand`].
    pub fn start(
        self,
        stage: Stage,
        carrier: impl Carrier,
        clock: Arc<PlatformClock>,
        timings: Arc<dyn Timings>,
    ) -> StageThread {
        let progress = Arc::new(StageProgress::default());
        let lasts = stage.demand_until();
        let pacing = Pacing {
            stage,
            carrier,
            clock,
            timings,
            progress: progress.clone(),
        };
        let thread = std::thread::spawn(move || pacing.run(&self.inbox));
        StageThread {
            progress,
            lasts,
            sender: self.sender,
            thread,
        }
    }
}

/// The running thread.
#[derive(Debug)]
pub struct StageThread {
    /// How far it is.
    pub progress: Arc<StageProgress>,
    /// From the scenario's zero until the last buyer may come.
    lasts: Micros,
    sender: StageSender,
    thread: JoinHandle<()>,
}

impl StageThread {
    /// Lets everything come that the scenario has in store; its zero is platform time `zero`.
    pub fn begin_demand(&self, zero: Micros) {
        let until = zero + self.lasts;
        self.progress.until.store(until.0, Ordering::Relaxed);
        self.progress.begun.store(true, Ordering::Release);
        self.sender.send(Message::Begin { zero });
    }

    /// Ends the thread; waits for it.
    pub fn stop(self) {
        // It may have ended by itself, when a system was gone.
        self.sender.send(Message::Stop);
        let _ = self.thread.join();
    }
}

struct Pacing<C> {
    stage: Stage,
    carrier: C,
    clock: Arc<PlatformClock>,
    timings: Arc<dyn Timings>,
    progress: Arc<StageProgress>,
}

impl<C: Carrier> Pacing<C> {
    fn run(mut self, inbox: &Receiver<Message>) {
        loop {
            // This driver asks for the earliest time alone.
            while self.stage.poll_scheduled().is_some() {}
            let due = self.stage.poll_timeout();
            let wait = due.map_or(LONGEST_SLEEP, |due| self.clock.until(due.at));
            match inbox.recv_timeout(wait.min(LONGEST_SLEEP)) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {
                    let now = self.clock.now();
                    if let Some(due) = due.filter(|due| now >= due.at) {
                        self.stage.handle(now, Input::Wake(due));
                    }
                }
            }
            if self.carry().is_err() {
                return;
            }
            self.stage.look_ahead(self.clock.now());
            let hash = self.stage.external_hash();
            self.progress.external_hash.store(hash, Ordering::Relaxed);
            let cancels = self.stage.staff_cancels();
            self.progress
                .staff_cancels
                .store(cancels, Ordering::Relaxed);
        }
    }

    fn take(&mut self, message: Message) {
        let now = self.clock.now();
        match message {
            Message::Begin { zero } => self.stage.begin_demand(zero),
            Message::Accepted {
                at,
                channel,
                order,
                buyer,
                lines,
            } => {
                let lines = &lines;
                let accepted = Input::Accepted {
                    channel,
                    order,
                    buyer,
                    lines,
                };
                self.stage.handle(at, accepted);
            }
            Message::Done {
                channel,
                act,
                outcome,
            } => {
                let done = Input::Done {
                    channel,
                    act,
                    outcome,
                };
                self.stage.handle(now, done);
            }
            Message::Reported(report) => self.stage.handle(now, Input::Reported(report)),
            // The loop ends on this.
            Message::Stop => {}
        }
    }

    fn carry(&mut self) -> Result<(), SystemClosed> {
        let mut arrival = None;
        while let Some(output) = self.stage.poll_output() {
            match output {
                Output::Occurred(it) => match it.due.reason {
                    Reason::ExternalEvent | Reason::BuyerAct => {
                        arrival = Some(self.in_flight(it.due.at));
                    }
                    Reason::DemandEnd => self.progress.over.store(true, Ordering::Release),
                    Reason::StaffCancel | Reason::SupportRead | Reason::Hours => {}
                },
                Output::Act(act) => {
                    if matches!(act, Act::Checkout { .. }) {
                        self.progress.checkouts.fetch_add(1, Ordering::Relaxed);
                    }
                    self.carrier.carry(act, arrival.take())?;
                }
            }
        }
        Ok(())
    }

    fn in_flight(&self, intended: Micros) -> InFlight {
        InFlight {
            intended,
            sent_at: self.clock.now(),
            clock: self.clock.clone(),
            timings: self.timings.clone(),
        }
    }
}

/// Something from outside, let go of and not yet taken up.
pub struct InFlight {
    intended: Micros,
    sent_at: Micros,
    clock: Arc<PlatformClock>,
    timings: Arc<dyn Timings>,
}

impl InFlight {
    /// The system has taken it up, and dates it with `dated`.
    pub fn note(&self, dated: Micros) {
        let arrival = Arrival {
            intended: self.intended,
            sent_at: self.sent_at,
            dated,
            taken_up_at: self.clock.now(),
        };
        self.timings.arrived(&arrival, self.clock.speed());
    }
}
