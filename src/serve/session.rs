//! One session of the served systems: every system's task, the ledger's thread and the stage's. A reset ends one session
//! and begins the next.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use channel_mocks::core::{Bounds, Epoch, ListingIndex, LocationIndex, Micros, Seed, Storefront};
use channel_mocks::warehouse::Warehouse;
use tokio::task::JoinHandle;

use super::carrier::ActCarrier;
use super::faults::{self, FaultTask, SessionFaults};
use super::history;
use super::ledger_task::{self, LedgerHandle, LedgerInput, Seeded};
use super::system_task::{System, SystemHandle};
use super::watched_calls::CallWatch;
use super::webhooks::WebhookSender;
use crate::engine::config::{Credentials, Platform};
use crate::realtime::clock::{PlatformClock, calendar_unix_micros};
use crate::realtime::driver::SessionStatus;
use crate::realtime::pacing::{StageInbox, StageProgress, SystemClosed};
use crate::realtime::timing::{SessionRecorder, Timings};
use crate::scenario::Scenario;
use crate::scenario::model::{Channel, OpeningDisplay};
use crate::stage::Stage;
use crate::stage::opening::{self, OpenedChannel, Parts, SetupError};
use crate::stage::staff::StaffHabits;
use crate::world::ledger::Recorder;
use crate::world::records::{CallNote, Live, RecordFileError};
use crate::world::{ChannelIndex, World};

pub use super::plan::{DemandStart, ServePlan, SessionError};
pub use super::running::{EndedSession, Played, RunningSession, SessionSpan};

/// A shop behind its task.
pub type Shop = dyn Storefront + Send;

/// What an engine is told of a channel.
#[derive(Clone, Debug)]
pub struct ChannelTerms {
    /// How to sign in.
    pub credentials: Credentials,
    /// What it may know of the delays.
    pub bounds: Bounds,
    /// SKUs that it does not list.
    pub not_listed: Vec<String>,
}

impl From<&OpenedChannel> for ChannelTerms {
    fn from(opened: &OpenedChannel) -> ChannelTerms {
        ChannelTerms {
            credentials: opened.credentials.clone(),
            bounds: opened.bounds,
            not_listed: opened.not_listed.clone(),
        }
    }
}

/// A served channel.
pub struct ServedChannel {
    /// Its name in the scenario.
    pub name: String,
    /// Its platform.
    pub platform: Platform,
    /// What an engine is told of it.
    pub terms: ChannelTerms,
    /// Sends to its task.
    pub handle: SystemHandle<Shop>,
}

/// Everything that is served, in one session.
pub struct Session {
    /// Platform time.
    pub clock: Arc<PlatformClock>,
    /// The channels, in the scenario's order.
    pub channels: Vec<ServedChannel>,
    /// The merchant's own system.
    pub warehouse: SystemHandle<Warehouse>,
    /// What goes wrong.
    pub faults: Arc<SessionFaults>,
    /// The ledger.
    pub ledger: LedgerHandle,
    /// SKUs by listing.
    pub skus: Vec<String>,
    /// Codes of the warehouse's locations.
    pub locations: Vec<String>,
    /// Where returns are put.
    pub returns_to: LocationIndex,
    /// What the merchant's people do by hand.
    pub habits: StaffHabits,
    /// Where timings go.
    pub timings: Arc<dyn Timings>,
    /// Counts so far, and the last calls.
    pub live: Arc<Live>,
    /// Watches calls, where somebody wants to see them.
    pub(super) calls: Option<Arc<CallWatch>>,
    /// How far the stage is.
    pub progress: Arc<StageProgress>,
    /// Unix time of platform time zero, microseconds.
    pub epoch_unix_micros: i64,
    /// The file of the ledger's lines.
    pub ledger_file: PathBuf,
}

/// The scenario with the calendar of the clients, and without what happens by itself where nobody buys.
fn as_served(plan: &ServePlan, epoch: Epoch) -> Result<Scenario, SetupError> {
    let mut scenario = plan.scenario.clone();
    // Buyers go on living by the clock of the scenario's zone.
    let (_, zone) = Epoch::parse_start(&scenario.start)
        .map_err(|_| SetupError::Start(scenario.start.clone()))?;
    scenario.start = epoch.start_text(&zone);
    if plan.opens_with_stock() {
        scenario.opening_display = OpeningDisplay::Stock;
    }
    if plan.demand == DemandStart::Nobody {
        scenario.replay = None;
        scenario.happenings.clear();
        scenario.faults.clear();
        // Nobody waits for a shop to open.
        for channel in &mut scenario.channels {
            (channel.opens_at, channel.closes_at) = (None, None);
        }
    }
    Ok(scenario)
}

/// What the systems of a session share.
struct AtHand<'a> {
    clock: &'a Arc<PlatformClock>,
    epoch_unix_micros: i64,
    ledger: &'a LedgerHandle,
    webhooks: &'a Arc<WebhookSender>,
    faults: &'a Arc<SessionFaults>,
}

impl AtHand<'_> {
    /// Starts the task of a shop.
    fn open_shop(
        &self,
        index: u16,
        opened: OpenedChannel,
        channel: &Channel,
    ) -> (ServedChannel, (String, JoinHandle<Box<Shop>>)) {
        let terms = ChannelTerms::from(&opened);
        let faults = self.faults.clone();
        let take_fact = move |fact| {
            if faults.is_set() {
                faults.platform_fact(index, &fact);
            }
            LedgerInput::Platform {
                channel: ChannelIndex(index),
                fact,
            }
        };
        let (handle, task) = System {
            channel: Some(ChannelIndex(index)),
            machine: opened.storefront,
            clock: self.clock.clone(),
            epoch_unix_micros: self.epoch_unix_micros,
            ledger: self.ledger.clone(),
            webhooks: self.webhooks.clone(),
            faults: self.faults.clone(),
            take_fact: Box::new(take_fact),
            place: index,
            limits: Box::new(|shop| shop.limits()),
        }
        .start();
        let served = ServedChannel {
            name: channel.name.clone(),
            platform: channel.platform,
            terms,
            handle,
        };
        (served, (channel.name.clone(), task))
    }
}

/// Opens every system, and plays the past that its orders come from.
fn open_parts(
    plan: &ServePlan,
    scenario: &Scenario,
    world: &World,
    past: Micros,
    recorder: &mut dyn Recorder,
) -> Result<(Parts, Vec<Seeded>), SessionError> {
    let mut parts = opening::open(
        scenario,
        plan.seed,
        plan.displays,
        &world.catalogue,
        &plan.access,
        &|_| String::new(),
        &opening::open_channel,
    )?;
    for (index, bounds) in (0u16..).zip(&parts.bounds) {
        let channel = ChannelIndex(index);
        parts
            .ledger
            .engine_is_told(Micros::ZERO, channel, *bounds, recorder);
    }
    let mut seeded = Vec::new();
    if plan.orders > 0 {
        seeded = history::play(&mut parts, plan.orders, Seed(plan.seed), recorder)?;
        // The past's own client has used up what the documented credentials grant once.
        for channel in &mut parts.channels {
            channel.storefront.grant_anew(past);
        }
    }
    Ok((parts, seeded))
}

/// Opens everything and starts its tasks. `recorder` takes the ledger's entries; it is made when the SKUs are known.
///
/// # Errors
/// See [`SessionError`].
pub fn open<R: SessionRecorder + Send + 'static>(
    plan: &ServePlan,
    number: u32,
    webhooks: Arc<WebhookSender>,
    recorder: impl FnOnce(&Path, &[String], Micros) -> Result<R, RecordFileError>,
) -> Result<(Arc<Session>, RunningSession<R>), SessionError> {
    faults::check(&plan.scenario.faults)?;
    let past = if plan.orders > 0 {
        history::LENGTH
    } else {
        Micros::ZERO
    };
    // The calendar is the clients' own: they sign requests with its time. A whole millisecond can be written out.
    let epoch_unix_micros = calendar_unix_micros() / 1_000 * 1_000 - past.0 as i64;
    let epoch = Epoch {
        unix_micros: epoch_unix_micros,
    };
    let scenario = as_served(plan, epoch)?;
    let seed = Seed(plan.seed);
    let world = World::new(&scenario, seed, None)?;
    let skus = world.catalogue.skus.iter();
    let skus: Vec<String> = skus.map(|sku| sku.code.clone()).collect();
    let mut recorder = recorder(&plan.ledger_of(number), &skus, past)?;
    let timings = recorder.timings();
    let watched = recorder.watches_calls();
    let opened = open_parts(plan, &scenario, &world, past, &mut recorder);
    let (parts, seeded) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            recorder.discard();
            return Err(error);
        }
    };
    // What the past has used of limits is nobody's.
    let shops = parts.channels.iter();
    let used_before = shops
        .flat_map(|channel| channel.storefront.limits())
        .map(|limit| limit.used)
        .collect();
    if watched.as_ref().is_some_and(|it| it.whole) {
        let shops = parts.channels.iter().map(|it| it.storefront.limits());
        let all = shops.chain([parts.warehouse.warehouse.limits().to_vec()]);
        for (system, limits) in (0u16..).zip(all) {
            recorder.note_call(CallNote::Used { system, limits });
        }
    }
    let clock = Arc::new(PlatformClock::new(past, plan.speed));
    let sku_count = u32::try_from(skus.len()).unwrap_or(u32::MAX);
    let faults = Arc::new(SessionFaults::new(&scenario, seed, sku_count));
    let (systems, habits) = (parts.systems(), StaffHabits::default());
    let returns_to = systems.returns_to;
    let stage = Stage::new(&scenario, seed, world, systems, habits);
    let inbox = StageInbox::default();
    let (ledger, ledger_thread) =
        ledger_task::open(parts.ledger, recorder, past, seeded, inbox.sender());

    let at_hand = AtHand {
        clock: &clock,
        epoch_unix_micros,
        ledger: &ledger,
        webhooks: &webhooks,
        faults: &faults,
    };
    let opened = parts.channels.into_iter().zip(&scenario.channels);
    let (channels, shops): (Vec<ServedChannel>, Vec<_>) = (0u16..)
        .zip(opened)
        .map(|(index, (opened, channel))| at_hand.open_shop(index, opened, channel))
        .unzip();
    let (warehouse, warehouse_task) = System {
        channel: None,
        machine: Box::new(parts.warehouse.warehouse),
        clock: clock.clone(),
        epoch_unix_micros,
        ledger: ledger.clone(),
        webhooks,
        faults: faults.clone(),
        take_fact: Box::new(|fact| LedgerInput::Warehouse { fact }),
        place: channels.len() as u16,
        limits: Box::new(|warehouse| warehouse.limits().to_vec()),
    }
    .start();
    let shop_handles = || channels.iter().map(|it| it.handle.clone()).collect();
    let fault_task = FaultTask {
        faults: faults.clone(),
        shops: shop_handles(),
        warehouse: warehouse.clone(),
        clock: clock.clone(),
    };
    let carrier = ActCarrier {
        shops: shop_handles(),
        faults: faults.clone(),
        warehouse: warehouse.clone(),
        ledger: ledger.clone(),
        clock: clock.clone(),
        stage: inbox.sender(),
        runtime: tokio::runtime::Handle::current(),
    };
    let stage = inbox.start(stage, carrier, clock.clone(), timings.clone());
    let locations = scenario.warehouse.locations.iter();
    let session = Arc::new(Session {
        clock: clock.clone(),
        channels,
        warehouse,
        faults: faults.clone(),
        ledger,
        skus,
        locations: locations.map(|location| location.code.clone()).collect(),
        returns_to,
        habits,
        timings,
        calls: watched.as_ref().map(|it| Arc::new(CallWatch::new(it))),
        live: watched.map_or_else(Arc::default, |it| it.live),
        progress: stage.progress.clone(),
        epoch_unix_micros,
        ledger_file: plan.ledger_of(number),
    });
    let mut running = RunningSession {
        ledger: ledger_thread,
        shops,
        warehouse: warehouse_task,
        stage,
        fault_task: tokio::spawn(fault_task.run()),
        faults,
        demand_waits: plan.demand != DemandStart::Nobody,
        zero: past,
        opened_at: past,
        used_before,
        plan: ServePlan {
            scenario,
            ..plan.clone()
        },
        clock,
    };
    if plan.demand == DemandStart::AtOnce {
        running.begin_demand(past);
    }
    Ok((session, running))
}

impl Session {
    /// The channel of this name.
    pub fn channel(&self, name: &str) -> Option<(ChannelIndex, &ServedChannel)> {
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

    /// Takes over what the platforms have counted of what goes wrong inside them.
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub async fn count_faults(&self) -> Result<(), SystemClosed> {
        let shops = self.channels.iter().map(|it| it.handle.clone());
        faults::count(&self.faults, &shops.collect::<Vec<_>>(), &self.warehouse).await
    }

    /// How far the session is. `None` when its ledger is closed.
    pub async fn status(&self) -> Option<SessionStatus> {
        let open = self.ledger.read(|ledger, _| ledger.open_items()).await?;
        let progress = &self.progress;
        Some(SessionStatus {
            now: self.clock.now(),
            checkouts: progress.checkouts(),
            demand_until: progress.until(),
            demand_is_over: progress.is_over(),
            rests: open.is_empty() && progress.staff_cancels() == 0,
        })
    }

    /// The warehouse's location of this code.
    pub fn location(&self, code: &str) -> Option<LocationIndex> {
        let position = self.locations.iter().position(|known| known == code)?;
        Some(LocationIndex(u16::try_from(position).ok()?))
    }
}
