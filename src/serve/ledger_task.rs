//! The ledger's own thread: every system's facts come in by mail, in the order in which each system let go of them.
//!
//! A system writes down what happened before it answers whoever caused it, so that whatever follows from an answer comes
//! later in the books.

use channel_mocks::core::{Basket, CallKind, CheckoutOutcome, Fact, Micros, OrderRef};
use channel_mocks::warehouse::{Fact as WarehouseFact, Totals};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use tokio::sync::{mpsc, oneshot};

use super::system_task::SystemClosed;
use crate::world::ledger::{
    Conservation, ConservationError, Ledger, OpenItems, Recorder, WarehouseTotals,
};
use crate::world::{ChannelIndex, FOR_OTHERS, SkuIndex};

/// Letters that may wait; systems wait when there are more, so that memory stays bounded.
const MAILBOX: usize = 4_096;

/// Something to be written down.
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
    /// A support agent looks an order up.
    SupportRead {
        /// Where.
        channel: ChannelIndex,
    },
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

/// An order from before the books were opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// Where.
    pub channel: ChannelIndex,
    /// The platform's id.
    pub native_id: String,
    /// Which.
    pub order: OrderRef,
}

/// What must be done elsewhere because of what was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Amazon has shipped an order from its own warehouses: the units leave the location that stands for them.
    ShippedByAmazon {
        /// Where it was sold.
        channel: ChannelIndex,
        /// The platform's id.
        native_id: String,
        /// What.
        lines: Vec<(SkuIndex, u32)>,
    },
    /// The warehouse lacks units for an order: where the API cannot cancel it, the staff will.
    OrderIsShort {
        /// Where it was sold.
        channel: ChannelIndex,
        /// Which.
        order: OrderRef,
    },
}

/// A look into the books.
type Read = Box<dyn FnOnce(&Ledger, &mut dyn Recorder) + Send>;

enum Message {
    Notes(Micros, Vec<LedgerInput>),
    Read(Read),
}

/// The way to the books.
#[derive(Clone)]
pub struct LedgerHandle {
    letters: mpsc::Sender<Message>,
}

/// What the books came to.
pub struct ClosedLedger<R> {
    /// The recorder, with everything it took.
    pub recorder: R,
    /// What had not been settled.
    pub open: OpenItems,
    /// The last instant written down.
    pub at: Micros,
    /// From the last change from outside to the moment from which every count was right; `None` while one is not.
    pub convergence: Option<Micros>,
    /// Units in and out, or where they do not add up.
    pub conservation: Result<Conservation, ConservationError>,
}

impl LedgerHandle {
    /// Writes down what happened at an instant.
    pub async fn note(&self, at: Micros, notes: Vec<LedgerInput>) {
        // Books that are closed take no more; the service is ending then.
        let _ = self.letters.send(Message::Notes(at, notes)).await;
    }

    /// The same from a thread that may wait.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn post(&self, at: Micros, notes: Vec<LedgerInput>) -> Result<(), SystemClosed> {
        let letter = Message::Notes(at, notes);
        self.letters.blocking_send(letter).map_err(|_| SystemClosed)
    }

    /// Reads in the books, after everything that was written before.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Ledger, &mut dyn Recorder) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, result) = oneshot::channel();
        let read = Box::new(move |ledger: &Ledger, recorder: &mut dyn Recorder| {
            // Whoever asked may have gone.
            let _ = answer.send(read(ledger, recorder));
        });
        self.letters.send(Message::Read(read)).await.ok()?;
        result.await.ok()
    }
}

/// The thread that keeps the books, until every [`Books`] is dropped.
pub struct LedgerThread<R> {
    thread: std::thread::JoinHandle<LedgerWriter<R>>,
}

struct LedgerWriter<R> {
    ledger: Ledger,
    recorder: R,
    orders: IndexMap<(u16, Box<str>), OrderRef, FxBuildHasher>,
    /// Orders that Amazon ships from its own warehouses, with their ids.
    by_amazon: IndexMap<(u16, OrderRef), (), FxBuildHasher>,
    native_ids: IndexMap<(u16, OrderRef), Box<str>, FxBuildHasher>,
    errands: mpsc::UnboundedSender<Errand>,
    now: Micros,
}

/// Opens the books on a ledger, at an instant, with the orders it has already.
pub fn open<R: Recorder + Send + 'static>(
    ledger: Ledger,
    recorder: R,
    now: Micros,
    seeded: Vec<Seeded>,
    errands: mpsc::UnboundedSender<Errand>,
) -> (LedgerHandle, LedgerThread<R>) {
    let (letters, mut mailbox) = mpsc::channel(MAILBOX);
    let thread = std::thread::spawn(move || {
        let mut desk = LedgerWriter {
            ledger,
            recorder,
            orders: IndexMap::default(),
            by_amazon: IndexMap::default(),
            native_ids: IndexMap::default(),
            errands,
            now,
        };
        for Seeded {
            channel,
            native_id,
            order,
        } in seeded
        {
            desk.enter(channel, order, native_id);
        }
        while let Some(letter) = mailbox.blocking_recv() {
            match letter {
                Message::Notes(at, notes) => {
                    // Two systems' clocks are read at slightly different moments.
                    desk.now = desk.now.max(at);
                    for note in notes {
                        desk.write(note);
                    }
                }
                Message::Read(read) => read(&desk.ledger, &mut desk.recorder),
            }
        }
        desk
    });
    (LedgerHandle { letters }, LedgerThread { thread })
}

impl<R: Recorder> LedgerThread<R> {
    /// Waits for the last letter and closes the books. Every [`Books`] must have been dropped. `None` when the thread
    /// itself failed.
    pub fn close(self, totals: Totals) -> Option<ClosedLedger<R>> {
        let mut desk = self.thread.join().ok()?;
        let open = desk.ledger.open_items();
        let totals = WarehouseTotals::from(totals);
        let conservation = desk.ledger.close(desk.now, totals, &mut desk.recorder);
        Some(ClosedLedger {
            recorder: desk.recorder,
            open,
            at: desk.now,
            convergence: desk.ledger.convergence(),
            conservation,
        })
    }
}

impl<R: Recorder> LedgerWriter<R> {
    fn write(&mut self, note: LedgerInput) {
        let now = self.now;
        match note {
            LedgerInput::Checkout {
                channel,
                basket,
                outcome,
                native_id,
            } => {
                if let (CheckoutOutcome::Accepted(order), Some(id)) = (outcome, native_id) {
                    self.enter(channel, order, id);
                }
                self.ledger
                    .checkout(now, channel, &basket, outcome, &mut self.recorder);
            }
            LedgerInput::Platform { channel, fact } => {
                self.ledger
                    .platform_fact(now, channel, &fact, &mut self.recorder);
                match fact {
                    Fact::FbaSold { order, .. } => {
                        self.by_amazon.insert((channel.0, order), ());
                    }
                    Fact::FulfillmentConfirmed { order, .. }
                        if self.by_amazon.contains_key(&(channel.0, order)) =>
                    {
                        let native_id = self.native_ids.get(&(channel.0, order));
                        self.send(Errand::ShippedByAmazon {
                            channel,
                            native_id: native_id.map_or(String::new(), |id| id.to_string()),
                            lines: self.ledger.order_lines(channel, order).to_vec(),
                        });
                    }
                    Fact::FbaShippedForOthers { listing, units } => {
                        self.send(Errand::ShippedByAmazon {
                            channel,
                            native_id: FOR_OTHERS.to_string(),
                            lines: vec![(SkuIndex(listing.0), units)],
                        });
                    }
                    _ => {}
                }
            }
            LedgerInput::SupportRead { channel } => {
                self.ledger.support_read(now, channel, &mut self.recorder);
            }
            LedgerInput::Warehouse { fact } => {
                let order = self.order_of(&fact);
                self.ledger
                    .warehouse_fact(now, None, &fact, order, &mut self.recorder);
                if let (WarehouseFact::Short { .. }, Some((channel, order))) = (&fact, order) {
                    self.send(Errand::OrderIsShort { channel, order });
                }
            }
        }
    }

    fn enter(&mut self, channel: ChannelIndex, order: OrderRef, native_id: String) {
        let id = native_id.into_boxed_str();
        self.orders.insert((channel.0, id.clone()), order);
        self.native_ids.insert((channel.0, order), id);
    }

    fn send(&self, errand: Errand) {
        // Nobody runs errands any more when the service is ending.
        let _ = self.errands.send(errand);
    }

    fn order_of(&self, fact: &WarehouseFact) -> Option<(ChannelIndex, OrderRef)> {
        let (channel, id) = fact.order()?;
        // The map's keys own their text; a lookup once an order is cheap enough to build one.
        let order = self.orders.get(&(channel, Box::from(id)))?;
        Some((ChannelIndex(channel), *order))
    }
}
