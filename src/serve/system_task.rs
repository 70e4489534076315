//! One task per system, owning its machine: requests, ends of webhooks and acts come in through a queue, in order.

use std::sync::Arc;

use channel_mocks::core::{
    CallKind, DeliveryId, DeliveryOutcome, Input, LimitUse, Machine, Micros, Output, Request,
    RequestId, Response, Tells,
};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use tokio::sync::{mpsc, oneshot};

use super::deliveries::Delivering;
use super::faults::SessionFaults;
use super::ledger_task::{LedgerHandle, LedgerInput};
use super::watched_calls::CallMark;
use super::webhooks::WebhookSender;
use crate::realtime::clock::{PlatformClock, calendar_unix_micros};
use crate::realtime::pacing::SystemClosed;
use crate::stage::faults::SignalFate;
use crate::world::ChannelIndex;
use crate::world::records::CallNote;

/// Messages that may wait for a system; a sender waits when there are more.
const QUEUE: usize = 1_024;
/// Messages taken up before the next look at the clock.
const AT_ONCE: usize = 64;

/// Something done to a machine beside its API. What it returns goes to the ledger before the machine's own facts.
type Act<M> = Box<dyn FnOnce(&mut M, Micros) -> Vec<LedgerInput> + Send>;

#[expect(
    clippy::large_enum_variant,
    reason = "requests are nearly all messages, and a message is handed over once"
)]
enum Message<M: ?Sized> {
    Request {
        request: Request,
        reply: oneshot::Sender<Reply>,
    },
    Delivered {
        delivery: DeliveryId,
        outcome: DeliveryOutcome,
    },
    Act(Act<M>),
    Stop,
}

/// What a system answers a request with.
#[derive(Debug)]
pub struct Reply {
    /// When it took the request up.
    pub taken_up_at: Micros,
    /// When the response leaves it.
    pub leaves_at: Micros,
    /// What the call was for.
    pub kind: CallKind,
    /// The response.
    pub response: Response,
}

/// Sends to a system's task.
pub struct SystemHandle<M: ?Sized> {
    messages: mpsc::Sender<Message<M>>,
}

impl<M: ?Sized> Clone for SystemHandle<M> {
    fn clone(&self) -> Self {
        SystemHandle {
            messages: self.messages.clone(),
        }
    }
}

impl<M: ?Sized + Send + 'static> SystemHandle<M> {
    /// Hands a request over. Gives the response, and when it leaves the system.
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub async fn request(&self, request: Request) -> Result<Reply, SystemClosed> {
        let (reply, response) = oneshot::channel();
        let message = Message::Request { request, reply };
        self.messages
            .send(message)
            .await
            .map_err(|_| SystemClosed)?;
        response.await.map_err(|_| SystemClosed)
    }

    /// Ends the task, after the messages before this one. Requests that wait for an answer are not answered any more.
    pub async fn stop(&self) {
        // It may have ended already.
        let _ = self.messages.send(Message::Stop).await;
    }

    /// Lets something be done to the machine, from a thread that may wait until there is room for the message, and
    /// does not wait until it is done. What it gives goes to the ledger before the facts that arise.
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub fn post(
        &self,
        act: impl FnOnce(&mut M, Micros) -> Vec<LedgerInput> + Send + 'static,
    ) -> Result<(), SystemClosed> {
        let message = Message::Act(Box::new(act));
        self.messages
            .blocking_send(message)
            .map_err(|_| SystemClosed)
    }

    /// Does something to the machine and gives its result.
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub async fn act<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut M, Micros) -> R + Send + 'static,
    ) -> Result<R, SystemClosed> {
        self.act_and_record(move |machine, now| (act(machine, now), Vec::new()))
            .await
    }

    /// Does something to the machine and gives its result; what else it gives goes to the ledger before the facts that
    /// arise.
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub async fn act_and_record<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut M, Micros) -> (R, Vec<LedgerInput>) + Send + 'static,
    ) -> Result<R, SystemClosed> {
        let (answer, result) = oneshot::channel();
        let act: Act<M> = Box::new(move |machine, now| {
            let (result, inputs) = act(machine, now);
            // Nobody may be waiting any more; the act has taken effect all the same.
            let _ = answer.send(result);
            inputs
        });
        self.messages
            .send(Message::Act(act))
            .await
            .map_err(|_| SystemClosed)?;
        result.await.map_err(|_| SystemClosed)
    }
}

/// What a system's facts become for the ledger.
pub type TakeFact<F> = Box<dyn FnMut(F) -> LedgerInput + Send>;

/// What a system has used of its limits.
pub type LimitsOf<M> = Box<dyn Fn(&M) -> Vec<LimitUse> + Send>;

/// A system to be served.
pub struct System<M: Machine + ?Sized> {
    /// Which channel it is; `None` for the warehouse.
    pub channel: Option<ChannelIndex>,
    /// Its machine.
    pub machine: Box<M>,
    /// Platform time.
    pub clock: Arc<PlatformClock>,
    /// Unix time of platform time zero, microseconds.
    pub epoch_unix_micros: i64,
    /// Where its facts go.
    pub ledger: LedgerHandle,
    /// Sends its webhooks.
    pub webhooks: Arc<WebhookSender>,
    /// What goes wrong.
    pub faults: Arc<SessionFaults>,
    /// Makes records of facts.
    pub take_fact: TakeFact<M::Fact>,
    /// Its place among systems: the channels in order, then the warehouse.
    pub place: u16,
    /// What it has used of its limits.
    pub limits: LimitsOf<M>,
}

impl<M: Machine + ?Sized + Send + 'static> System<M> {
    /// Starts the task; it ends on [`SystemHandle::stop`], or when every [`SystemHandle`] to it is dropped, and gives its
    /// machine back.
    pub fn start(self) -> (SystemHandle<M>, tokio::task::JoinHandle<Box<M>>) {
        let (messages, queue) = mpsc::channel(QUEUE);
        let own = messages.downgrade();
        let task = tokio::spawn(
            SystemTask {
                system: self,
                now: Micros::ZERO,
                requests: 0,
                taking_up: None,
                waiting: IndexMap::default(),
                records: Vec::new(),
                own,
            }
            .run(queue),
        );
        (SystemHandle { messages }, task)
    }
}

/// A request that has not been answered.
struct Waiting {
    taken_up_at: Micros,
    kind: CallKind,
    reply: oneshot::Sender<Reply>,
}

struct SystemTask<M: Machine + ?Sized> {
    system: System<M>,
    /// Never decreases, whatever the clock does.
    now: Micros,
    requests: u64,
    /// The request that the machine has just been given: the next call it reports is this one.
    taking_up: Option<RequestId>,
    waiting: IndexMap<RequestId, Waiting, FxBuildHasher>,
    records: Vec<LedgerInput>,
    own: mpsc::WeakSender<Message<M>>,
}

impl<M: Machine + ?Sized + Send + 'static> SystemTask<M> {
    async fn run(mut self, mut queue: mpsc::Receiver<Message<M>>) -> Box<M> {
        let clock = self.system.clock.clone();
        let mut taken = Vec::with_capacity(AT_ONCE);
        self.drain().await;
        loop {
            let due = self.system.machine.poll_timeout().map(|timer| timer.at);
            let sleep = async {
                match due {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                count = queue.recv_many(&mut taken, AT_ONCE) => {
                    if count == 0 {
                        break;
                    }
                }
                () = sleep => {}
            }
            self.now = self.now.max(clock.now());
            // What is due comes first: a message that arrives late must not overtake a timer.
            if due.is_some_and(|at| at <= self.now) {
                self.system.machine.handle(self.now, Input::Wake);
                self.drain().await;
            }
            let mut stopped = false;
            for message in taken.drain(..) {
                match message {
                    Message::Stop => stopped = true,
                    other => self.take(other),
                }
                self.drain().await;
            }
            if stopped {
                break;
            }
        }
        self.system.machine
    }

    fn take(&mut self, message: Message<M>) {
        match message {
            Message::Request { mut request, reply } => {
                let mark = request.extensions_mut().remove::<CallMark>();
                if let Some(mark) = &mark {
                    let called = self.system.machine.called(&request);
                    let notes = [mark.sent(called, &request), mark.arrived(self.now)];
                    self.records.extend(notes.map(LedgerInput::Call));
                }
                self.requests += 1;
                let id = RequestId(self.requests);
                self.taking_up = Some(id);
                let waiting = Waiting {
                    taken_up_at: self.now,
                    kind: CallKind::Read,
                    reply,
                };
                self.waiting.insert(id, waiting);
                let input = Input::Request {
                    id,
                    sent_at: self.now,
                    request,
                };
                let real = calendar_unix_micros().saturating_sub(self.system.epoch_unix_micros);
                let shows = Micros(u64::try_from(real).unwrap_or(0));
                self.system.machine.set_clients_clock(shows);
                self.system.machine.handle(self.now, input);
                if mark.is_some_and(|it| it.wants_cost) {
                    let limits = (self.system.limits)(&self.system.machine);
                    let system = self.system.place;
                    let used = CallNote::Used { system, limits };
                    self.records.push(LedgerInput::Call(used));
                }
            }
            Message::Delivered { delivery, outcome } => {
                let input = Input::Delivered { delivery, outcome };
                self.system.machine.handle(self.now, input);
            }
            // The task itself ends on this.
            Message::Stop => {}
            Message::Act(act) => {
                let records = act(&mut self.system.machine, self.now);
                self.records.extend(records);
            }
        }
    }

    async fn drain(&mut self) {
        while let Some(output) = self.system.machine.poll_output() {
            match output {
                Output::Fact(fact) => {
                    let record = (self.system.take_fact)(fact);
                    if let Some(kind) = record.call_kind()
                        && let Some(id) = self.taking_up.take()
                        && let Some(waiting) = self.waiting.get_mut(&id)
                    {
                        waiting.kind = kind;
                    }
                    self.records.push(record);
                }
                Output::Response { id, at, response } => {
                    if let Some(waiting) = self.waiting.swap_remove(&id) {
                        // The client may have hung up.
                        let _ = waiting.reply.send(Reply {
                            taken_up_at: waiting.taken_up_at,
                            leaves_at: at,
                            kind: waiting.kind,
                            response,
                        });
                    }
                }
                Output::Delivery {
                    id,
                    patience,
                    request,
                } => self.deliver(id, patience, request),
            }
        }
        self.taking_up = None;
        if !self.records.is_empty() {
            let records = std::mem::take(&mut self.records);
            self.system.ledger.record(self.now, records).await;
        }
    }

    fn deliver(&mut self, delivery: DeliveryId, patience: Micros, mut request: Request) {
        let now = self.now;
        let fate = match (self.system.channel, self.system.faults.is_set()) {
            (Some(channel), true) => self.strike(channel, &mut request),
            _ => SignalFate::fine(now),
        };
        let delivering = Delivering {
            channel: self.system.channel,
            clock: self.system.clock.clone(),
            ledger: self.system.ledger.downgrade(),
            webhooks: self.system.webhooks.clone(),
            faults: self.system.faults.clone(),
        };
        if let Some(after) = fate.again_after {
            let (at, copy) = (fate.leaves_at + after, fate.copy_of(&request));
            tokio::spawn(delivering.clone().carry_copy(now, at, patience, copy));
        }
        let own = self.own.clone();
        tokio::spawn(async move {
            let outcome = delivering.carry(now, fate, patience, request).await;
            // The system may have ended meanwhile; then nobody wants to know.
            if let Some(messages) = own.upgrade() {
                let _ = messages
                    .send(Message::Delivered { delivery, outcome })
                    .await;
            }
        });
    }

    /// What becomes of a webhook that leaves now; alters and signs it where it must be.
    fn strike(&mut self, channel: ChannelIndex, webhook: &mut Request) -> SignalFate {
        let fate = self.system.faults.signal(self.now, channel.0, webhook);
        fate.seal(&*self.system.machine, webhook);
        if fate.is_altered
            && let Some(tells) = webhook.extensions().get::<Tells>()
        {
            let tells = tells.clone();
            self.records.push(LedgerInput::Altered { channel, tells });
        }
        fate
    }
}
