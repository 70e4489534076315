//! One task per system, owning its machine: requests, ends of webhooks and acts come in by mail, in order.

use std::sync::Arc;

use channel_mocks::core::{
    CallKind, DeliveryId, DeliveryOutcome, Input, Machine, Micros, Output, Request, RequestId,
    Response,
};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use tokio::sync::{mpsc, oneshot};

use super::ledger_task::{LedgerHandle, LedgerInput};
use super::webhooks::WebhookSender;
use crate::realtime::clock::PlatformClock;

/// Letters that may wait for a system; a sender waits when there are more.
const MAILBOX: usize = 1_024;
/// Letters taken up before the next look at the clock.
const AT_ONCE: usize = 64;

/// Something done to a machine by hand. What it returns is noted in the books before the machine's own facts.
type Act<M> = Box<dyn FnOnce(&mut M, Micros) -> Vec<LedgerInput> + Send>;

#[expect(
    clippy::large_enum_variant,
    reason = "requests are nearly all letters, and a letter is handed over once"
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

/// Whether the system is there no more: the service is ending or starting anew.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the service is ending")]
pub struct SystemClosed;

/// The way to a system's task.
pub struct SystemHandle<M: ?Sized> {
    letters: mpsc::Sender<Message<M>>,
}

impl<M: ?Sized> Clone for SystemHandle<M> {
    fn clone(&self) -> Self {
        SystemHandle {
            letters: self.letters.clone(),
        }
    }
}

impl<M: ?Sized + Send + 'static> SystemHandle<M> {
    /// Hands a request over. Gives the response, and when it leaves the system.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn request(&self, request: Request) -> Result<Reply, SystemClosed> {
        let (reply, response) = oneshot::channel();
        let letter = Message::Request { request, reply };
        self.letters.send(letter).await.map_err(|_| SystemClosed)?;
        response.await.map_err(|_| SystemClosed)
    }

    /// Ends the task, after the letters before this one. Requests that wait for an answer are not answered any more.
    pub async fn stop(&self) {
        // It may have ended already.
        let _ = self.letters.send(Message::Stop).await;
    }

    /// Lets something be done to the machine, from a thread that may wait until there is room for the letter, and does
    /// not wait until it is done. Notes go to the books before the facts that arise.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn post(
        &self,
        act: impl FnOnce(&mut M, Micros) -> Vec<LedgerInput> + Send + 'static,
    ) -> Result<(), SystemClosed> {
        let letter = Message::Act(Box::new(act));
        self.letters.blocking_send(letter).map_err(|_| SystemClosed)
    }

    /// Does something to the machine and gives its result. Notes go to the books before the facts that arise.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn act<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut M, Micros) -> (R, Vec<LedgerInput>) + Send + 'static,
    ) -> Result<R, SystemClosed> {
        let (answer, result) = oneshot::channel();
        let act: Act<M> = Box::new(move |machine, now| {
            let (result, notes) = act(machine, now);
            // Nobody may be waiting any more; the act has taken effect all the same.
            let _ = answer.send(result);
            notes
        });
        self.letters
            .send(Message::Act(act))
            .await
            .map_err(|_| SystemClosed)?;
        result.await.map_err(|_| SystemClosed)
    }
}

/// What a system's facts become in the books, and what else follows from them.
pub type TakeFact<F> = Box<dyn FnMut(F) -> LedgerInput + Send>;

/// A system to be served.
pub struct System<M: Machine + ?Sized> {
    /// Its machine.
    pub machine: Box<M>,
    /// Platform time.
    pub clock: Arc<PlatformClock>,
    /// Where its facts go.
    pub books: LedgerHandle,
    /// Who carries its webhooks.
    pub courier: Arc<WebhookSender>,
    /// Makes notes of facts.
    pub take_fact: TakeFact<M::Fact>,
}

impl<M: Machine + ?Sized + Send + 'static> System<M> {
    /// Starts the task; it ends on [`Mail::stop`], or when every [`Mail`] to it is dropped, and gives its machine back.
    pub fn start(self) -> (SystemHandle<M>, tokio::task::JoinHandle<Box<M>>) {
        let (letters, mailbox) = mpsc::channel(MAILBOX);
        let own = letters.downgrade();
        let task = tokio::spawn(
            SystemTask {
                system: self,
                now: Micros::ZERO,
                requests: 0,
                taking_up: None,
                waiting: IndexMap::default(),
                notes: Vec::new(),
                own,
            }
            .run(mailbox),
        );
        (SystemHandle { letters }, task)
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
    notes: Vec<LedgerInput>,
    own: mpsc::WeakSender<Message<M>>,
}

impl<M: Machine + ?Sized + Send + 'static> SystemTask<M> {
    async fn run(mut self, mut mailbox: mpsc::Receiver<Message<M>>) -> Box<M> {
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
                count = mailbox.recv_many(&mut taken, AT_ONCE) => {
                    if count == 0 {
                        break;
                    }
                }
                () = sleep => {}
            }
            self.now = self.now.max(clock.now());
            // What is due comes first: a letter that arrives late must not overtake a timer.
            if due.is_some_and(|at| at <= self.now) {
                self.system.machine.handle(self.now, Input::Wake);
                self.drain().await;
            }
            let mut stopped = false;
            for letter in taken.drain(..) {
                match letter {
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

    fn take(&mut self, letter: Message<M>) {
        match letter {
            Message::Request { request, reply } => {
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
                self.system.machine.handle(self.now, input);
            }
            Message::Delivered { delivery, outcome } => {
                let input = Input::Delivered { delivery, outcome };
                self.system.machine.handle(self.now, input);
            }
            // The task itself ends on this.
            Message::Stop => {}
            Message::Act(act) => {
                let notes = act(&mut self.system.machine, self.now);
                self.notes.extend(notes);
            }
        }
    }

    async fn drain(&mut self) {
        while let Some(output) = self.system.machine.poll_output() {
            match output {
                Output::Fact(fact) => {
                    let note = (self.system.take_fact)(fact);
                    if let Some(kind) = note.call_kind()
                        && let Some(id) = self.taking_up.take()
                        && let Some(waiting) = self.waiting.get_mut(&id)
                    {
                        waiting.kind = kind;
                    }
                    self.notes.push(note);
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
        if !self.notes.is_empty() {
            let notes = std::mem::take(&mut self.notes);
            self.system.books.note(self.now, notes).await;
        }
    }

    fn deliver(&self, delivery: DeliveryId, patience: Micros, request: Request) {
        let courier = self.system.courier.clone();
        let patience = self.system.clock.real(patience);
        let own = self.own.clone();
        tokio::spawn(async move {
            let outcome = courier.deliver(request, patience).await;
            // The system may have ended meanwhile; then nobody wants to know.
            if let Some(letters) = own.upgrade() {
                let _ = letters.send(Message::Delivered { delivery, outcome }).await;
            }
        });
    }
}
