//! The ledger's own thread: every system's facts come in through a queue, in the order in which each system let go of
//! them.
//!
//! A system records what happened before it answers whoever caused it, so that whatever follows from an answer comes
//! later in the ledger.

use std::time::Duration;

use channel_mocks::core::{Basket, CallKind, CheckoutOutcome, Fact, Micros, OrderRef, Tells, Told};
use channel_mocks::warehouse::{Fact as WarehouseFact, Totals};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use tokio::sync::{mpsc, oneshot};

use crate::realtime::pacing::{StageSender, SystemClosed};
use crate::stage::Report;
use crate::world::ledger::{Conservation, ConservationError, Ledger, OpenItems, Recorder};
use crate::world::records::CallNote;
use crate::world::{ChannelIndex, SkuIndex};

/// Messages that may wait; systems wait when there are more, so that memory stays bounded.
const QUEUE: usize = 4_096;

/// Something to be recorded.
#[derive(Debug)]
pub enum LedgerInput {
    /// A buyer's attempt and the platform's decision. Comes before the platform's facts about it.
    Checkout {
        /// Where.
        channel: ChannelIndex,
        /// What was wanted.
        basket: Basket,
        /// The decision.
        outcome: CheckoutOutcome,
        /// The platform's id of the accepted order.
        native_id: Option<String>,
    },
    /// What a platform reports.
    Platform {
        /// Which.
        channel: ChannelIndex,
        /// What.
        fact: Fact,
    },
    /// What the warehouse reports.
    Warehouse {
        /// What.
        fact: WarehouseFact,
    },
    /// A message has reached whoever called, or listens.
    Told {
        /// Whose message; `None` for the warehouse's.
        channel: Option<ChannelIndex>,
        /// When it was handed over.
        heard_at: Micros,
        /// What it tells.
        tells: Tells,
    },
    /// A payload that tells this was altered on its way: whatever its shape, it counts as told when it arrives.
    Altered {
        /// Whose.
        channel: ChannelIndex,
        /// What it tells.
        tells: Tells,
    },
    /// The engine has taken a webhook that tells this, with a status 2xx.
    Acknowledged {
        /// Whose.
        channel: ChannelIndex,
        /// What it tells.
        tells: Tells,
    },
    /// Somebody is about to count a SKU wrong, or right again. Comes before the facts about it.
    BadCount {
        /// Where; `None` for the warehouse.
        channel: Option<ChannelIndex>,
        /// Of what.
        sku: SkuIndex,
        /// Units that are too many; too few when negative.
        units: i64,
    },
    /// A support agent looks an order up.
    SupportRead {
        /// Where.
        channel: ChannelIndex,
    },
    /// A channel opens to buyers, or closes.
    Hours {
        /// Which.
        channel: ChannelIndex,
        /// Whether it is open from now on.
        is_open: bool,
    },
    /// Something about a call, for whoever keeps calls.
    Call(CallNote),
}

impl LedgerInput {
    /// What the call was for that this is about, if it is about one.
    pub fn call_kind(&self) -> Option<CallKind> {
        match self {
            LedgerInput::Platform {
                fact: Fact::Call { kind, .. },
                ..
            }
            | LedgerInput::Warehouse {
                fact: WarehouseFact::Call { kind, .. },
            } => Some(*kind),
            _ => None,
        }
    }
}

/// An order from before the ledger's thread began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// Where.
    pub channel: ChannelIndex,
    /// The platform's id.
    pub native_id: String,
    /// Which.
    pub order: OrderRef,
}

/// Reads in the ledger.
type Read = Box<dyn FnOnce(&Ledger, &mut dyn Recorder) + Send>;

/// The longest that an entry stays in memory only: whoever kills the service finds the ledger's file that complete.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

enum Message {
    Record(Micros, Vec<LedgerInput>),
    Read(Read),
    Flush,
}

/// Sends to the ledger's thread.
#[derive(Clone)]
pub struct LedgerHandle {
    messages: mpsc::Sender<Message>,
}

/// Sends to the ledger's thread without keeping it from ending.
#[derive(Clone)]
pub struct WeakLedgerHandle {
    messages: mpsc::WeakSender<Message>,
}

impl WeakLedgerHandle {
    /// Records what a message tells that has been handed over at `heard_at`, if the ledger is still open.
    pub async fn told(
        &self,
        now: Micros,
        channel: Option<ChannelIndex>,
        heard_at: Micros,
        tells: Tells,
    ) {
        if let Some(messages) = self.messages.upgrade() {
            let told = LedgerInput::Told {
                channel,
                heard_at,
                tells,
            };
            LedgerHandle { messages }.record(now, vec![told]).await;
        }
    }

    /// Records that the engine has acknowledged a webhook with what it tells, if the ledger is still open.
    pub async fn acknowledged(&self, now: Micros, channel: ChannelIndex, tells: Tells) {
        if let Some(messages) = self.messages.upgrade() {
            let acknowledged = LedgerInput::Acknowledged { channel, tells };
            LedgerHandle { messages }
                .record(now, vec![acknowledged])
                .await;
        }
    }

    /// Records that a payload with what it tells has been altered, if the ledger is still open.
    pub async fn altered(&self, now: Micros, channel: ChannelIndex, tells: Tells) {
        if let Some(messages) = self.messages.upgrade() {
            let altered = LedgerInput::Altered { channel, tells };
            LedgerHandle { messages }.record(now, vec![altered]).await;
        }
    }

    /// Notes something about a call, if the ledger is still open.
    pub async fn note_calls(&self, now: Micros, notes: Vec<CallNote>) {
        if let Some(messages) = self.messages.upgrade() {
            let notes = notes.into_iter().map(LedgerInput::Call).collect();
            LedgerHandle { messages }.record(now, notes).await;
        }
    }

    /// Whether the ledger takes no more.
    pub fn is_closed(&self) -> bool {
        self.messages.upgrade().is_none()
    }
}

/// What the ledger came to.
pub struct ClosedLedger<R> {
    /// The recorder, with everything it took.
    pub recorder: R,
    /// What had not been settled.
    pub open: OpenItems,
    /// The last instant recorded.
    pub at: Micros,
    /// From the last change from outside to the moment from which every count was right; `None` while one is not.
    pub convergence: Option<Micros>,
    /// Units in and out, or where they do not add up.
    pub conservation: Result<Conservation, ConservationError>,
}

impl LedgerHandle {
    /// A handle that does not keep the ledger from ending.
    pub fn downgrade(&self) -> WeakLedgerHandle {
        WeakLedgerHandle {
            messages: self.messages.downgrade(),
        }
    }

    /// Records what happened at an instant.
    pub async fn record(&self, at: Micros, inputs: Vec<LedgerInput>) {
        // A ledger that is closed takes no more; the service is ending then.
        let _ = self.messages.send(Message::Record(at, inputs)).await;
    }

    /// The same from a thread that may wait.
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub fn post(&self, at: Micros, inputs: Vec<LedgerInput>) -> Result<(), SystemClosed> {
        let message = Message::Record(at, inputs);
        self.messages
            .blocking_send(message)
            .map_err(|_| SystemClosed)
    }

    /// Reads in the ledger, after everything that was recorded before.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Ledger, &mut dyn Recorder) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, result) = oneshot::channel();
        let read = Box::new(move |ledger: &Ledger, recorder: &mut dyn Recorder| {
            // Whoever asked may have gone.
            let _ = answer.send(read(ledger, recorder));
        });
        self.messages.send(Message::Read(read)).await.ok()?;
        result.await.ok()
    }
}

/// The thread that owns the ledger, until every [`LedgerHandle`] is dropped.
pub struct LedgerThread<R> {
    thread: std::thread::JoinHandle<LedgerWriter<R>>,
}

struct LedgerWriter<R> {
    ledger: Ledger,
    recorder: R,
    orders: IndexMap<(u16, Box<str>), OrderRef, FxBuildHasher>,
    /// Hears of what something else follows from.
    stage: StageSender,
    now: Micros,
}

/// Starts the thread of a ledger, at an instant, with the orders that the ledger has already.
pub fn open<R: Recorder + Send + 'static>(
    ledger: Ledger,
    recorder: R,
    now: Micros,
    seeded: Vec<Seeded>,
    stage: StageSender,
) -> (LedgerHandle, LedgerThread<R>) {
    let (messages, mut queue) = mpsc::channel(QUEUE);
    let thread = std::thread::spawn(move || {
        let mut writer = LedgerWriter {
            ledger,
            recorder,
            orders: IndexMap::default(),
            stage,
            now,
        };
        for Seeded {
            channel,
            native_id,
            order,
        } in seeded
        {
            writer
                .orders
                .insert((channel.0, native_id.into_boxed_str()), order);
        }
        while let Some(message) = queue.blocking_recv() {
            match message {
                Message::Record(at, inputs) => {
                    // Two systems' clocks are read at slightly different moments.
                    writer.now = writer.now.max(at);
                    for input in inputs {
                        writer.record(input);
                    }
                }
                Message::Read(read) => read(&writer.ledger, &mut writer.recorder),
                // A recorder keeps its failure, and whoever closes the ledger hears of it.
                Message::Flush => drop(writer.recorder.flush()),
            }
        }
        writer
    });
    tokio::spawn(flush_regularly(messages.downgrade()));
    (LedgerHandle { messages }, LedgerThread { thread })
}

/// Until the ledger is closed.
async fn flush_regularly(messages: mpsc::WeakSender<Message>) {
    loop {
        tokio::time::sleep(FLUSH_EVERY).await;
        let Some(messages) = messages.upgrade() else {
            return;
        };
        if messages.send(Message::Flush).await.is_err() {
            return;
        }
    }
}

impl<R: Recorder> LedgerThread<R> {
    /// Waits for the last message and closes the ledger. Every [`LedgerHandle`] must have been dropped. `None` when the thread
    /// itself failed.
    pub fn close(self, totals: Totals) -> Option<ClosedLedger<R>> {
        let mut writer = self.thread.join().ok()?;
        let open = writer.ledger.open_items();
        let conservation = writer
            .ledger
            .close(writer.now, totals, &mut writer.recorder);
        Some(ClosedLedger {
            recorder: writer.recorder,
            open,
            at: writer.now,
            convergence: writer.ledger.convergence(),
            conservation,
        })
    }
}

impl<R: Recorder> LedgerWriter<R> {
    fn record(&mut self, input: LedgerInput) {
        let now = self.now;
        match input {
            LedgerInput::Checkout {
                channel,
                basket,
                outcome,
                native_id,
            } => {
                if let (CheckoutOutcome::Accepted { order, .. }, Some(id)) = (outcome, native_id) {
                    self.orders.insert((channel.0, id.into_boxed_str()), order);
                }
                self.ledger
                    .checkout(now, channel, &basket, outcome, &mut self.recorder);
            }
            LedgerInput::Platform { channel, fact } => {
                self.ledger
                    .platform_fact(now, channel, &fact, &mut self.recorder);
                self.report(Report::of_platform(channel, &fact));
            }
            LedgerInput::Told {
                channel,
                heard_at,
                tells,
            } => {
                self.ledger
                    .told(now, heard_at, channel, &tells, &mut self.recorder);
            }
            LedgerInput::Altered { channel, tells } => {
                for told in &tells.0 {
                    if let Told::Sale(order) | Told::Named(order) = *told {
                        self.ledger.payload_altered(channel, order);
                    }
                }
            }
            LedgerInput::Acknowledged { channel, tells } => {
                self.ledger.webhook_acknowledged(channel, &tells);
            }
            LedgerInput::BadCount {
                channel,
                sku,
                units,
            } => {
                self.ledger
                    .bad_count(now, channel, sku, units, &mut self.recorder);
            }
            LedgerInput::SupportRead { channel } => {
                self.ledger.support_read(now, channel, &mut self.recorder);
            }
            LedgerInput::Hours { channel, is_open } => {
                self.ledger.hours(now, channel, is_open, &mut self.recorder);
            }
            LedgerInput::Call(note) => self.recorder.note_call(note),
            LedgerInput::Warehouse { fact } => {
                let order = self.order_of(&fact);
                self.ledger
                    .warehouse_fact(now, None, &fact, order, &mut self.recorder);
                self.report(Report::of_warehouse(&fact, order));
            }
        }
    }

    fn report(&self, report: Option<Report>) {
        if let Some(report) = report {
            self.stage.report(report);
        }
    }

    fn order_of(&self, fact: &WarehouseFact) -> Option<(ChannelIndex, OrderRef)> {
        let (channel, id) = fact.order()?;
        // The map's keys own their text; a lookup once an order is cheap enough to build one.
        let order = self.orders.get(&(channel, Box::from(id)))?;
        Some((ChannelIndex(channel), *order))
    }
}
