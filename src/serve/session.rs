//! One life of the served systems: every system's task, the books, and the errands between them. A reset ends one life
//! and begins the next.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use channel_mocks::core::{Epoch, ListingIndex, LocationIndex, Micros, OrderRef, Storefront};
use channel_mocks::warehouse::{ItemIndex, Warehouse};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::history;
use super::ledger_task::{self, ClosedLedger, Errand, LedgerHandle, LedgerInput, LedgerThread};
use super::system_task::{System, SystemHandle};
use super::webhooks::WebhookSender;
use crate::engine::config::{Credentials, Platform, Strategy};
use crate::realtime::clock::PlatformClock;
use crate::realtime::pacing::{Pacer, Play, SupportReads};
use crate::realtime::timing::{SessionRecorder, Timings};
use crate::scenario::Scenario;
use crate::stage::opening::{self, Access, SetupError};
use crate::world::{ChannelIndex, World, WorldError};

/// A shop behind its task.
pub type Shop = dyn Storefront + Send;

/// How long after the warehouse reports an order short the staff cancel it by hand, where no API can.
const STAFF_CANCEL_AFTER: Micros = Micros::from_secs(3_600);

/// What is served.
#[derive(Clone, Debug)]
pub struct ServePlan {
    /// Channels, warehouse, catalogue, stock; its demand too when it is played. Its `start` is replaced by the calendar.
    pub scenario: Scenario,
    /// The root seed.
    pub seed: u64,
    /// Who may sign in.
    pub access: Access,
    /// Orders that every channel has when it opens.
    pub orders: u32,
    /// Platform seconds in a real second.
    pub speed: f64,
    /// Whether the scenario's buyers come, and when.
    pub demand: DemandStart,
    /// What displayed counts stand for: whose meaning of them the engine shares
    /// ([`Strategy::displays_whole_stock`]).
    pub displays: Strategy,
    /// The directory that each life's ledger is written to: `ledger.jsonl`, then `ledger-2.jsonl` after a reset.
    pub ledger: PathBuf,
}

impl ServePlan {
    /// The ledger's file in the n-th life, from 1.
    pub fn ledger_of(&self, life: u32) -> PathBuf {
        self.ledger.join(match life {
            1 => "ledger.jsonl".to_string(),
            later => format!("ledger-{later}.jsonl"),
        })
    }
}

/// When the scenario's buyers, and what befalls the stock, begin to come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum DemandStart {
    /// Never.
    Nobody,
    /// The scenario's zero is the moment at which the doors open.
    AtOnce,
    /// The scenario's zero is the moment at which [`super::service::Service::begin_demand`] is called.
    WhenTold,
}

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The scenario cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Its world cannot be made.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The ledger's file cannot be made.
    #[error("cannot write the ledger: {0}")]
    Recorder(#[from] std::io::Error),
    /// The seeded orders do not fit.
    #[error(
        "{channel}: {made} of {wanted} orders could be seeded, then nothing was left to sell; give the scenario more stock"
    )]
    TooLittleStock {
        /// The channel.
        channel: String,
        /// Orders that were made.
        made: u32,
        /// Orders wanted.
        wanted: u32,
    },
    /// The built-in client could not ship a seeded order.
    #[error("{channel}: a seeded order could not be marked as shipped: {reason}")]
    NotShipped {
        /// The channel.
        channel: String,
        /// What was answered.
        reason: String,
    },
}

/// What an engine is told of a channel.
#[derive(Clone, Debug)]
pub struct ChannelTerms {
    /// How to sign in.
    pub credentials: Credentials,
    /// A poll of the order feed tells everything that is older than this; `MAX` when there is no bound.
    pub order_visibility_lag: Micros,
    /// A write that has been received is live within this or never; `MAX` when there is no bound.
    pub write_to_live: Micros,
    /// Whether the platform puts the units of a cancelled order back on sale by itself.
    pub restocks_on_cancel: bool,
}

/// A served channel.
pub struct Channel {
    /// Its name in the scenario.
    pub name: String,
    /// Its platform.
    pub platform: Platform,
    /// What an engine is told of it.
    pub terms: ChannelTerms,
    /// The way to its task.
    pub mail: SystemHandle<Shop>,
}

/// Everything that is served, in one life.
pub struct Session {
    /// Platform time.
    pub clock: Arc<PlatformClock>,
    /// The channels, in the scenario's order.
    pub channels: Vec<Channel>,
    /// The merchant's own system.
    pub warehouse: SystemHandle<Warehouse>,
    /// The books.
    pub books: LedgerHandle,
    /// SKUs by listing.
    pub skus: Vec<String>,
    /// Codes of the warehouse's locations.
    pub locations: Vec<String>,
    /// Where returns are put.
    pub returns_to: LocationIndex,
    /// Who carries webhooks.
    pub courier: Arc<WebhookSender>,
    /// Where timings go.
    pub timings: Arc<dyn Timings>,
    /// Orders that the warehouse reported short and that the staff will cancel by hand.
    pub staff_cancels: Arc<AtomicU64>,
    /// Unix time of platform time zero, microseconds.
    pub epoch_unix_micros: i64,
    /// The file of the ledger's lines.
    pub ledger: PathBuf,
}

/// The scenario's buyers.
enum Buyers {
    None,
    Waiting(Box<World>),
    Coming(Pacer),
}

/// How far a life is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    /// Platform time.
    pub now: Micros,
    /// Checkouts of the scenario's buyers so far.
    pub checkouts: u64,
    /// Platform time at which the last buyer may come; `None` when none were let in.
    pub demand_until: Option<Micros>,
    /// Whether the last one has come.
    pub demand_is_over: bool,
    /// Whether nothing is open any more, and nobody has anything left to do by hand.
    pub rests: bool,
}

/// What a life leaves behind when it ends.
pub struct RunningSession<R> {
    keeper: LedgerThread<R>,
    shops: Vec<(String, JoinHandle<Box<Shop>>)>,
    warehouse: JoinHandle<Box<Warehouse>>,
    errands: JoinHandle<()>,
    demand: Buyers,
    zero: Micros,
    opened_at: Micros,
    plan: ServePlan,
    clock: Arc<PlatformClock>,
}

/// When a life was, in platform and in real time.
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
    /// Hash over everything from outside, see [`Play::buyers_hash`].
    pub buyers_hash: u64,
}

/// A life that has ended.
pub struct EndedSession<R> {
    /// When it was.
    pub span: SessionSpan,
    /// The scenario's buyers, when they were let in.
    pub played: Option<Played>,
    /// What was served, with the calendar instant at which it began.
    pub plan: ServePlan,
    /// The books.
    pub books: ClosedLedger<R>,
    /// Use of every rate limit, by system.
    pub limits: Vec<(String, channel_mocks::core::LimitUse)>,
}

/// Opens everything and starts its tasks. `recorder` takes the ledger's entries; it is made when the SKUs are known.
///
/// # Errors
/// See [`HouseError`].
pub fn open<R: SessionRecorder + Send + 'static>(
    plan: &ServePlan,
    life: u32,
    courier: Arc<WebhookSender>,
    recorder: impl FnOnce(&Path, &[String], Micros) -> std::io::Result<R>,
) -> Result<(Arc<Session>, RunningSession<R>), SessionError> {
    let history = if plan.orders > 0 {
        history::LENGTH
    } else {
        Micros::ZERO
    };
    let mut scenario = plan.scenario.clone();
    // The calendar is the clients' own: they sign requests with its time. A whole millisecond can be written out.
    let zero = crate::realtime::clock::calendar_unix_micros() / 1_000 * 1_000 - history.0 as i64;
    scenario.start = Epoch { unix_micros: zero }.millis_utc(Micros::ZERO);
    if plan.demand == DemandStart::Nobody {
        scenario.replay = None;
        scenario.happenings.clear();
    }
    let staff_cancels = Arc::new(AtomicU64::new(0));
    let seed = channel_mocks::core::Seed(plan.seed);
    let world = World::new(&scenario, seed, None)?;
    let skus: Vec<String> = world
        .catalogue
        .skus
        .iter()
        .map(|sku| sku.code.clone())
        .collect();
    let epoch_unix_micros = zero;
    let mut recorder = recorder(&plan.ledger_of(life), &skus, history)?;
    let timings = recorder.timings();
    let mut parts = opening::open(
        &scenario,
        plan.seed,
        plan.displays,
        &world.catalogue,
        &plan.access,
        &|_| String::new(),
        &opening::open_channel,
    )?;
    let mut seeded = Vec::new();
    if plan.orders > 0 {
        seeded = history::play(&mut parts, plan.orders, seed, &mut recorder)?;
        // The past's own client has used up what the documented credentials grant once.
        for channel in &mut parts.channels {
            channel.storefront.grant_anew(history);
        }
    }
    let clock = Arc::new(PlatformClock::new(history, plan.speed));
    // Unbounded, because the books must never wait for a system that waits for the books; each order makes two errands at
    // most.
    let (errands, errands_inbox) = mpsc::unbounded_channel();
    let (books, keeper) = ledger_task::open(parts.ledger, recorder, history, seeded, errands);

    let mut channels = Vec::with_capacity(parts.channels.len());
    let mut shops = Vec::with_capacity(parts.channels.len());
    let mut api_cancels = Vec::with_capacity(parts.channels.len());
    for ((opened, channel), index) in parts
        .channels
        .into_iter()
        .zip(&scenario.channels)
        .zip(0u16..)
    {
        api_cancels.push(opened.api_cancels);
        let terms = ChannelTerms {
            credentials: opened.credentials,
            order_visibility_lag: opened.order_visibility_lag,
            write_to_live: opened.write_to_live,
            restocks_on_cancel: opened.restocks_on_cancel,
        };
        let (mail, task) = System {
            machine: opened.storefront,
            clock: clock.clone(),
            books: books.clone(),
            courier: courier.clone(),
            take_fact: Box::new(move |fact| LedgerInput::Platform {
                channel: ChannelIndex(index),
                fact,
            }),
        }
        .start();
        shops.push((channel.name.clone(), task));
        channels.push(Channel {
            name: channel.name.clone(),
            platform: channel.platform,
            terms,
            mail,
        });
    }
    let (warehouse, warehouse_task) = System {
        machine: Box::new(parts.warehouse.warehouse),
        clock: clock.clone(),
        books: books.clone(),
        courier: courier.clone(),
        take_fact: Box::new(|fact| LedgerInput::Warehouse { fact }),
    }
    .start();
    let runner = Runner {
        shops: channels
            .iter()
            .map(|channel| channel.mail.clone())
            .collect(),
        api_cancels,
        warehouse: warehouse.clone(),
        fba: parts.warehouse.fba.map(LocationIndex),
        clock: clock.clone(),
        staff_cancels: staff_cancels.clone(),
    };
    let house = Arc::new(Session {
        clock: clock.clone(),
        channels,
        warehouse,
        books,
        skus,
        locations: scenario
            .warehouse
            .locations
            .iter()
            .map(|location| location.code.clone())
            .collect(),
        returns_to: LocationIndex(parts.warehouse.returns_to),
        courier,
        timings,
        staff_cancels,
        epoch_unix_micros,
        ledger: plan.ledger_of(life),
    });
    let mut remains = RunningSession {
        keeper,
        shops,
        warehouse: warehouse_task,
        errands: tokio::spawn(runner.run(errands_inbox)),
        demand: match plan.demand {
            DemandStart::Nobody => Buyers::None,
            DemandStart::AtOnce | DemandStart::WhenTold => Buyers::Waiting(Box::new(world)),
        },
        zero: history,
        opened_at: history,
        plan: ServePlan {
            scenario,
            ..plan.clone()
        },
        clock,
    };
    if plan.demand == DemandStart::AtOnce {
        remains.begin_demand(&house, history);
    }
    Ok((house, remains))
}

impl Session {
    /// The channel of this name.
    pub fn channel(&self, name: &str) -> Option<(ChannelIndex, &Channel)> {
        let position = self
            .channels
            .iter()
            .position(|channel| channel.name == name)?;
        Some((
            ChannelIndex(u16::try_from(position).ok()?),
            &self.channels[position],
        ))
    }

    /// The listing of this SKU: the same position in every shop and in the warehouse.
    pub fn listing(&self, sku: &str) -> Option<ListingIndex> {
        let position = self.skus.iter().position(|known| known == sku)?;
        Some(ListingIndex(u32::try_from(position).ok()?))
    }

    /// How far a life is whose buyers `play` tells of. `None` when the books are closed.
    pub async fn look(&self, play: Option<&Play>) -> Option<SessionStatus> {
        let open = self.books.read(|ledger, _| ledger.open_items()).await?;
        let by_hand = self.staff_cancels.load(Ordering::Relaxed);
        Some(SessionStatus {
            now: self.clock.now(),
            checkouts: play.map_or(0, Play::checkouts),
            demand_until: play.map(Play::until),
            demand_is_over: play.is_some_and(Play::is_over),
            rests: open.is_empty() && by_hand == 0,
        })
    }

    /// The warehouse's location of this code.
    pub fn location(&self, code: &str) -> Option<LocationIndex> {
        let position = self.locations.iter().position(|known| known == code)?;
        Some(LocationIndex(u16::try_from(position).ok()?))
    }
}

impl<R: SessionRecorder + Send + 'static> RunningSession<R> {
    /// Lets the scenario's buyers come, if they wait; the scenario's zero is platform time `zero`.
    pub fn begin_demand(&mut self, house: &Arc<Session>, zero: Micros) {
        match std::mem::replace(&mut self.demand, Buyers::None) {
            Buyers::Waiting(world) => {
                let scenario = &self.plan.scenario;
                let support = SupportReads {
                    seed: channel_mocks::core::Seed(self.plan.seed),
                    rate: scenario.support_reads_per_second,
                    shares: scenario.channels.iter().map(|it| it.share).collect(),
                };
                self.zero = zero;
                let pacer = Pacer::start(house.clone(), *world, zero, scenario.opening, support);
                self.demand = Buyers::Coming(pacer);
            }
            other => self.demand = other,
        }
    }

    /// How far the buyers are, when they were let in.
    pub fn play(&self) -> Option<Arc<Play>> {
        match &self.demand {
            Buyers::Coming(pacer) => Some(pacer.play.clone()),
            Buyers::None | Buyers::Waiting(_) => None,
        }
    }

    /// Ends the life. Whoever still uses the house is told that it is gone. `None` when a task of it had failed.
    pub async fn end(self, house: Arc<Session>) -> Option<EndedSession<R>> {
        let mut played = None;
        if let Buyers::Coming(pacer) = self.demand {
            played = Some(Played {
                zero: self.zero,
                until: pacer.play.until(),
                checkouts: pacer.play.checkouts(),
                buyers_hash: pacer.play.buyers_hash(),
            });
            // Its thread may be waiting for room in a mailbox, which the systems make while they run.
            let _ = tokio::task::spawn_blocking(move || pacer.stop()).await;
        }
        self.errands.abort();
        let _ = self.errands.await;
        for channel in &house.channels {
            channel.mail.stop().await;
        }
        house.warehouse.stop().await;
        drop(house);
        let span = SessionSpan {
            opened_at: self.opened_at,
            ended_at: self.clock.now(),
            real: self.clock.age(),
            speed: self.clock.speed(),
        };
        let mut limits = Vec::new();
        for (name, task) in self.shops {
            let shop = task.await.ok()?;
            limits.extend(shop.limits().into_iter().map(|used| (name.clone(), used)));
        }
        let warehouse = self.warehouse.await.ok()?;
        let used = warehouse.limits().into_iter();
        limits.extend(used.map(|used| ("warehouse".to_string(), used)));
        let totals = warehouse.totals();
        let keeper = self.keeper;
        let books = tokio::task::spawn_blocking(move || keeper.close(totals))
            .await
            .ok()??;
        Some(EndedSession {
            span,
            played,
            plan: self.plan,
            books,
            limits,
        })
    }
}

/// Runs errands between systems.
struct Runner {
    shops: Vec<SystemHandle<Shop>>,
    api_cancels: Vec<bool>,
    warehouse: SystemHandle<Warehouse>,
    fba: Option<LocationIndex>,
    clock: Arc<PlatformClock>,
    staff_cancels: Arc<AtomicU64>,
}

impl Runner {
    async fn run(self, mut errands: mpsc::UnboundedReceiver<Errand>) {
        while let Some(errand) = errands.recv().await {
            match errand {
                Errand::ShippedByAmazon {
                    channel,
                    native_id,
                    lines,
                } => {
                    let Some(fba) = self.fba else { continue };
                    let shipped = self.warehouse.act(move |warehouse, now| {
                        for (sku, units) in lines {
                            let item = ItemIndex(sku.0);
                            warehouse
                                .ship_by_third_party(now, channel.0, &native_id, item, fba, units);
                        }
                        ((), Vec::new())
                    });
                    if shipped.await.is_err() {
                        return;
                    }
                }
                Errand::OrderIsShort { channel, order } => {
                    let index = usize::from(channel.0);
                    if self.api_cancels.get(index).is_none_or(|can| *can) {
                        continue;
                    }
                    self.staff_cancels.fetch_add(1, Ordering::Relaxed);
                    let cancels = self.staff_cancels.clone();
                    let (shop, clock) = (self.shops[index].clone(), self.clock.clone());
                    tokio::spawn(async move {
                        cancel_by_hand(shop, clock, order).await;
                        cancels.fetch_sub(1, Ordering::Relaxed);
                    });
                }
            }
        }
    }
}

async fn cancel_by_hand(shop: SystemHandle<Shop>, clock: Arc<PlatformClock>, order: OrderRef) {
    clock.sleep_until(clock.now() + STAFF_CANCEL_AFTER).await;
    // An order that was cancelled or shipped meanwhile stays as it is; a service that ends cancels nothing.
    let _ = shop
        .act(move |shop, now| (shop.cancel_by_seller(now, order), Vec::new()))
        .await;
}
