//! The run loop: takes the next event, lets it happen, carries what comes out, and sets timers again.
//!
//! After every input to a machine its outputs are drained at once, in the order in which they arose: facts go to the
//! ledger, responses and webhooks to the network. Then the truths they hold are told to informed escrow, and what the engine
//! sends is put on its way. Only then comes the next event.

use channel_mocks::core::{DeliveryOutcome, LimitUse, Micros, Seed, Tells};

use super::deliveries::Deliveries;
use super::engine_link::EngineLink;
use super::event::{Event, SystemIndex};
use super::heap::{Class, EventHeap, Ties};
use super::limits::{Limits, RunError};
use super::outcome::WallTimes;
use super::progress::{EVERY, Progress, RunPhase};
use super::setup::{ChannelSide, WarehouseSide};
use super::trace::TraceHash;
use super::truth::TruthTeller;
use super::wake::Came;
use crate::engine::Engine;
use crate::stage::Stage;
use crate::stage::faults::Faults;
use crate::world::ledger::{Ledger, Recorder};
use crate::world::{ChannelIndex, LimitWatch};

/// How often a settling run is looked at.
const CHECK_EVERY: Micros = Micros::from_secs(10);

/// What stays the same during a run.
pub(super) struct RunSettings<'a> {
    /// The root seed.
    pub seed: Seed,
    /// End of the opening: when buyers start to come.
    pub demand_from: Micros,
    /// Time to converge after the last buyer.
    pub settle: Micros,
    pub limits: Limits,
    /// The seed and how to run this again, for errors.
    pub rerun: String,
    /// Seconds of real time since any fixed moment; read at the borders of the phases only.
    pub clock: &'a dyn Fn() -> f64,
    /// Whether the run is to be given up.
    pub stop: &'a dyn Fn() -> bool,
}

/// A run in progress.
pub(super) struct Run<'a> {
    pub settings: RunSettings<'a>,
    pub now: Micros,
    pub heap: EventHeap<Event>,
    pub trace: TraceHash,
    pub channels: Vec<ChannelSide>,
    pub warehouse: WarehouseSide,
    pub engine: EngineLink,
    pub deliveries: Deliveries,
    pub truth: TruthTeller,
    pub faults: Faults,
    pub stage: Stage,
    pub ledger: Ledger,
    pub recorder: &'a mut dyn Recorder,
    /// Whether the recorder wants trails.
    pub trails: bool,
    /// Channels on which a fault has removed the engine's subscriptions, and it has none yet.
    pub unsubscribed: Vec<ChannelIndex>,
    /// Whether it wants messages.
    pub messages: bool,
    /// Room for what a message says of limits.
    pub limits: Vec<LimitUse>,
    /// When the engine let go of the request that is being handled.
    pub request_sent_at: Micros,
    pub progress: &'a mut dyn FnMut(Progress),
    pub events: u64,
    pub checkouts: u64,
    pub at_one_instant: u64,
    pub phase: RunPhase,
    pub limits_busy: LimitWatch,
    pub wall: WallTimes,
}

impl<'a> Run<'a> {
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a run, each its own"
    )]
    pub fn new(
        settings: RunSettings<'a>,
        ties: Ties,
        channels: Vec<ChannelSide>,
        names: &[&str],
        warehouse: WarehouseSide,
        engine: Box<dyn Engine>,
        tells_truth: bool,
        faults: Faults,
        stage: Stage,
        mut ledger: Ledger,
        recorder: &'a mut dyn Recorder,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Run<'a> {
        let count = u16::try_from(channels.len()).unwrap_or(u16::MAX);
        let trails = recorder.wants_trail();
        let messages = recorder.wants_messages();
        if trails {
            ledger.follow_trail();
            if faults.alters_payloads() {
                ledger.follow_repetitions();
            }
        }
        Run {
            now: Micros::ZERO,
            heap: EventHeap::new(ties),
            trace: TraceHash::new(settings.seed.0),
            channels,
            warehouse,
            engine: EngineLink::new(engine, count),
            deliveries: Deliveries::new(names.iter().copied()),
            truth: TruthTeller::new(tells_truth),
            faults,
            stage,
            ledger,
            recorder,
            trails,
            unsubscribed: Vec::new(),
            messages,
            limits: Vec::new(),
            request_sent_at: Micros::ZERO,
            progress,
            events: 0,
            checkouts: 0,
            at_one_instant: 0,
            phase: RunPhase::Opening,
            limits_busy: LimitWatch::default(),
            wall: WallTimes::default(),
            settings,
        }
    }

    /// Plays the run to its end.
    ///
    /// # Errors
    /// When it runs away, or its engine fails.
    pub fn play(&mut self) -> Result<(), RunError> {
        let started = (self.settings.clock)();
        self.report();
        for channel in 0..self.channels.len() {
            self.drain_channel(channel as u16);
        }
        self.drain_warehouse(None);
        self.engine.start(self.now);
        self.drain_engine();
        self.check_engine()?;
        self.push_fault_due();
        self.stage.begin_demand(self.now);
        self.push_scheduled();
        let (mut demand_started, mut demand_ended) = (None, None);
        while let Some((at, event)) = self.heap.pop() {
            if at != self.now {
                self.now = at;
                self.at_one_instant = 0;
                if self.phase == RunPhase::Opening && at >= self.settings.demand_from {
                    demand_started = Some((self.settings.clock)());
                    self.enter(RunPhase::Demand);
                }
                if self.phase == RunPhase::Demand && self.demand_is_over(at) {
                    demand_ended = Some((self.settings.clock)());
                    self.look_at_limits();
                    self.enter(RunPhase::Settling);
                }
                if self.phase == RunPhase::Demand && self.limits_busy.is_due(at) {
                    self.look_at_limits();
                }
            }
            if matches!(event, Event::Check) {
                if self.is_over() {
                    break;
                }
                let next = (at + CHECK_EVERY).min(self.deadline());
                self.heap.push(next, Class::Check, Event::Check);
                continue;
            }
            let class = event.class();
            let happened = self.happen(event);
            self.check_engine()?;
            if happened {
                self.events += 1;
                self.at_one_instant += 1;
                self.check_limits(class)?;
                if self.events.is_multiple_of(EVERY) {
                    self.report();
                    if (self.settings.stop)() {
                        return Err(RunError::Stopped { at: self.now });
                    }
                }
            }
        }
        self.engine.end();
        self.check_engine()?;
        let ended = (self.settings.clock)();
        self.wall = WallTimes {
            total_s: ended - started,
            demand_s: match (demand_started, demand_ended) {
                (Some(from), until) => until.unwrap_or(ended) - from,
                (None, _) => 0.0,
            },
        };
        self.enter(RunPhase::Over);
        Ok(())
    }

    fn look_at_limits(&mut self) {
        let channels = self.channels.iter().flat_map(|side| {
            let limits = side.storefront.limits().into_iter();
            limits.map(|limit| (side.name.as_str(), limit))
        });
        let warehouse = self.warehouse.warehouse.limits().into_iter();
        let limits = channels.chain(warehouse.map(|limit| ("warehouse", limit)));
        self.limits_busy.look(self.now, limits);
    }

    /// When a run that does not converge ends.
    pub fn deadline(&self) -> Micros {
        self.stage.demand_until() + self.settings.settle
    }

    fn demand_is_over(&self, at: Micros) -> bool {
        self.stage.demand_is_over() && at >= self.stage.demand_until()
    }

    fn is_over(&self) -> bool {
        let rests = self.stage.staff_cancels() == 0 && self.ledger.open_items().is_empty();
        rests || self.now >= self.deadline()
    }

    /// Lets an event happen. Tells whether it did: a timer may be moot, a response nobody's.
    fn happen(&mut self, event: Event) -> bool {
        match event {
            Event::MachineWake { system, generation } => {
                return self.machine_wake(system, generation);
            }
            Event::Request {
                system,
                number,
                sent_at,
                request,
            } => self.request(system, number, sent_at, request),
            Event::DeliveryEnd {
                system,
                delivery,
                outcome,
            } => self.delivery_end(Class::DeliveryEnd, system, delivery, outcome),
            Event::Response {
                system,
                number,
                mut response,
            } => {
                let Some(call) = self.link(system).arrive(number) else {
                    return false;
                };
                self.trace
                    .event(self.now, Class::Response, system.0.into(), number);
                self.trace.response(&response);
                let tells = Tells::detach(response.extensions_mut());
                self.call_ended(system, number, tells.as_ref());
                self.note_answered(system, number, &response, tells.as_ref());
                self.open_letter(response.extensions_mut());
                self.told(system, tells.as_ref());
                self.engine_learns(call, Ok(response));
            }
            Event::Reset { system, number } => return self.reset(system, number),
            Event::HeldDelivery {
                system,
                delivery,
                patience,
                request,
            } => self.release(system, delivery, patience, request),
            Event::CallTimeout { system } => return self.call_timeout(system),
            Event::DeliveryTimeout { key } => {
                let Some(given_up) = self.deliveries.remove(key) else {
                    return false;
                };
                self.delivery_end(
                    Class::Timeout,
                    given_up.system,
                    given_up.delivery,
                    DeliveryOutcome::Failed,
                )
            }
            Event::Delivery { key, request } => self.delivery(key, request),
            Event::FaultDue => self.fault_due(),
            Event::Stage(due) => self.stage_due(due),
            Event::EngineWake { generation } => match self.engine.wake.came(self.now, generation) {
                Came::Due => {
                    self.trace.event(self.now, Class::EngineWake, 0, 0);
                    self.engine.wake(self.now);
                    self.drain_engine();
                }
                Came::Again(at) => {
                    let generation = self.engine.wake.generation();
                    self.push(at, Event::EngineWake { generation });
                    return false;
                }
                Came::Moot => return false,
            },
            Event::Check => return false,
        }
        true
    }

    pub fn push(&mut self, at: Micros, event: Event) {
        self.heap.push(at, event.class(), event);
    }

    pub fn link(&mut self, system: SystemIndex) -> &mut super::network::Link {
        match self.channels.get_mut(usize::from(system.0)) {
            Some(channel) => &mut channel.link,
            None => &mut self.warehouse.link,
        }
    }
}

// Progress and the bounds of a run.
impl Run<'_> {
    fn enter(&mut self, phase: RunPhase) {
        self.phase = phase;
        self.report();
    }

    fn report(&mut self) {
        let progress = Progress {
            phase: self.phase,
            at: self.now,
            demand_until: self.stage.demand_until(),
            ends_at: self.deadline(),
            events: self.events,
            checkouts: self.checkouts,
        };
        (self.progress)(progress);
    }

    fn check_engine(&self) -> Result<(), RunError> {
        match self.engine.failure() {
            None => Ok(()),
            Some(what) => Err(RunError::EngineFailed {
                at: self.now,
                what: what.to_string(),
                rerun: self.settings.rerun.clone(),
            }),
        }
    }

    fn check_limits(&self, class: Class) -> Result<(), RunError> {
        let limits = &self.settings.limits;
        let limit = if self.events > limits.max_events {
            format!("more than {} events", limits.max_events)
        } else if self.at_one_instant > limits.max_events_at_one_instant {
            format!(
                "more than {} events at one instant",
                limits.max_events_at_one_instant
            )
        } else if self.heap.len() > limits.max_pending {
            format!("more than {} events pending", limits.max_pending)
        } else if self.now > limits.max_simulated {
            format!("more than {} of simulated time", limits.max_simulated)
        } else {
            return Ok(());
        };
        Err(RunError::RanAway {
            limit,
            at: self.now,
            events: self.events,
            last: self.last(class),
            rerun: self.settings.rerun.clone(),
        })
    }

    /// What happened last, in words.
    fn last(&self, class: Class) -> String {
        match class {
            Class::MachineWake => {
                let channels = self.channels.iter().map(|side| &side.wake);
                let wakes = channels.chain(std::iter::once(&self.warehouse.wake));
                let reasons: Vec<&str> = wakes.map(|wake| wake.reason()).collect();
                format!(
                    "a system's own timer (last reasons by system: {})",
                    reasons.join("; ")
                )
            }
            Class::EngineWake => "the engine's own timer".to_string(),
            other => format!("{other:?}"),
        }
    }
}
