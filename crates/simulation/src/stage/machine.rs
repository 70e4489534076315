//! The machine: `handle(now, input)`, then drain [`Stage::poll_output`], then "nothing before T, because REASON".

use std::collections::{BTreeMap, VecDeque};

use channel_mocks::core::{
    BasketLine, ListingIndex, LocationIndex, Micros, OrderRef, Removal, Seed,
};
use channel_mocks::warehouse::ItemIndex;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::act::{Act, ShopAct, WarehouseAct, WarehouseActKind};
use super::amazon::FulfilledByAmazon;
use super::input::{Due, Input, Occurrence, Output, Reason, Report};
use super::returns::OrderReturn;
use super::staff::StaffHabits;
use super::support::SupportReads;
use crate::scenario::Scenario;
use crate::scenario::model::ScriptedEvent;
use crate::world::{
    BuyerAct, ChannelIndex, ExternalEvent, ExternalEventKind, SkuIndex, World, WorldError, picked,
};

/// What the stage knows of the systems it acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Systems {
    /// For each channel, whether the platform's API can cancel an order. Where it cannot, the staff do it by hand.
    pub api_cancels: Vec<bool>,
    /// Where returned units are put.
    pub returns_to: LocationIndex,
    /// The location that stands for Amazon's own warehouses.
    pub amazon: Option<LocationIndex>,
}

/// How far demand is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Progress {
    NotBegun,
    Coming,
    /// The world has no more events.
    Over,
}

/// What is pending, beside the next external event.
#[derive(Clone, Debug)]
enum Pending {
    Cancel {
        channel: ChannelIndex,
        order: OrderRef,
    },
    Return {
        channel: ChannelIndex,
        of: OrderReturn,
        order: OrderRef,
    },
    RemoveUnits {
        channel: ChannelIndex,
        order: OrderRef,
        removal: Removal,
    },
    StaffCancel {
        channel: ChannelIndex,
        order: OrderRef,
    },
    SupportRead,
    Hours {
        channel: ChannelIndex,
        is_open: bool,
    },
    DemandEnd,
}

/// What happens beside the calls of engines, see [`super`].
#[derive(Debug)]
pub struct Stage {
    world: World,
    systems: Systems,
    habits: StaffHabits,
    support: SupportReads,
    by_amazon: FulfilledByAmazon,
    opening: Micros,
    /// The driver's time at the scenario's zero.
    zero: Micros,
    demand_until: Micros,
    progress: Progress,
    next_event: Option<(Due, ExternalEvent)>,
    pending: BTreeMap<Due, Pending>,
    /// The order last accepted that holds a SKU, with its line, by channel; kept where a script speaks of it.
    newest_orders: IndexMap<(ChannelIndex, SkuIndex), (OrderRef, usize), FxBuildHasher>,
    scripts_removals: bool,
    /// Returns of which a line is being booked.
    returns: IndexMap<(ChannelIndex, OrderRef), OrderReturn, FxBuildHasher>,
    /// Cancellations by the staff that are to come or under way.
    staff_cancels: u64,
    sequence: u64,
    scheduled: VecDeque<Due>,
    outputs: VecDeque<Output>,
    external_hash: u64,
    /// When channels open and close, after the opening; what is always so is left out.
    hours: Vec<(Micros, ChannelIndex, bool)>,
}

impl Stage {
    /// The stage of a scenario. Nothing happens by itself before [`Stage::begin_demand`].
    pub fn new(
        scenario: &Scenario,
        seed: Seed,
        world: World,
        systems: Systems,
        habits: StaffHabits,
    ) -> Stage {
        Stage {
            support: SupportReads::new(scenario, seed),
            by_amazon: FulfilledByAmazon::new(scenario.channels.len()),
            opening: scenario.opening,
            zero: Micros::ZERO,
            demand_until: world.demand_ends_at(),
            progress: Progress::NotBegun,
            next_event: None,
            pending: BTreeMap::new(),
            newest_orders: IndexMap::default(),
            scripts_removals: scenario
                .happenings
                .iter()
                .any(|event| matches!(event, ScriptedEvent::RemoveUnits { .. })),
            returns: IndexMap::default(),
            staff_cancels: 0,
            sequence: 0,
            scheduled: VecDeque::new(),
            outputs: VecDeque::new(),
            external_hash: 0,
            hours: hours_of(scenario),
            world,
            systems,
            habits,
        }
    }

    /// The scenario's zero is the driver's time `zero`; from now on its external events come.
    pub fn begin_demand(&mut self, zero: Micros) {
        if self.progress != Progress::NotBegun {
            return;
        }
        self.zero = zero;
        self.demand_until = zero + self.world.demand_ends_at();
        self.progress = Progress::Coming;
        for (after, channel, is_open) in std::mem::take(&mut self.hours) {
            let at = zero + self.opening + after;
            let pending = Pending::Hours { channel, is_open };
            self.schedule(at, Reason::Hours, pending);
        }
        self.look_ahead(zero);
        self.schedule_support_read(zero + self.opening);
    }

    /// Takes one input at `now`.
    pub fn handle(&mut self, now: Micros, input: Input<'_>) {
        match input {
            Input::Wake(due) => self.wake(due),
            Input::Accepted {
                channel,
                order,
                buyer,
                lines,
            } => self.accepted(now, channel, order, buyer, lines),
            Input::Done {
                channel,
                act,
                outcome,
            } => match act {
                ShopAct::ReturnUnits { order, .. } => {
                    let Some(of) = self.returns.get_mut(&(channel, order)) else {
                        return;
                    };
                    let shelf = of.booked(outcome);
                    self.outputs
                        .extend(shelf.map(|act| Output::Act(Act::Warehouse(act))));
                    self.return_line(channel, order);
                }
                ShopAct::CancelBySeller(_) => {
                    self.staff_cancels = self.staff_cancels.saturating_sub(1);
                }
                ShopAct::CancelByBuyer(_)
                | ShopAct::RemoveUnits { .. }
                | ShopAct::EditCount { .. } => {}
            },
            Input::Reported(report) => self.reported(now, report),
        }
    }

    /// Takes the next output, in the order in which they arose.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Nothing will happen by itself before this.
    pub fn poll_timeout(&self) -> Option<Due> {
        let event = self.next_event.as_ref().map(|(due, _)| *due);
        let pending = self.pending.first_key_value().map(|(due, _)| *due);
        event.into_iter().chain(pending).min()
    }

    /// Everything that will be due, once, in the order in which it was scheduled: for a driver that keeps an event heap
    /// of its own instead of asking [`Stage::poll_timeout`].
    pub fn poll_scheduled(&mut self) -> Option<Due> {
        self.scheduled.pop_front()
    }

    /// Draws the next external event once the last one has been taken. Drivers call it when they have let go of the acts
    /// that [`Input::Wake`] gave, so that what follows from those was scheduled before.
    pub fn look_ahead(&mut self, now: Micros) {
        if self.progress != Progress::Coming || self.next_event.is_some() {
            return;
        }
        match self.world.next_external_event() {
            Some(event) => {
                let due = self.due(self.zero + event.at, Reason::ExternalEvent);
                self.next_event = Some((due, event));
            }
            None => {
                self.progress = Progress::Over;
                self.demand_until = self.demand_until.max(now);
                self.schedule(self.demand_until, Reason::DemandEnd, Pending::DemandEnd);
            }
        }
    }

    fn due(&mut self, at: Micros, reason: Reason) -> Due {
        self.sequence += 1;
        let due = Due {
            at,
            reason,
            sequence: self.sequence,
        };
        self.scheduled.push_back(due);
        due
    }

    fn schedule(&mut self, at: Micros, reason: Reason, pending: Pending) {
        let due = self.due(at, reason);
        self.pending.insert(due, pending);
    }

    fn schedule_support_read(&mut self, after: Micros) {
        let next = self.support.next_after(after);
        if let Some(at) = next.filter(|at| *at < self.demand_until) {
            self.schedule(at, Reason::SupportRead, Pending::SupportRead);
        }
    }

    fn act(&mut self, act: Act) {
        self.outputs.push_back(Output::Act(act));
    }

    fn occurred(&mut self, due: Due, subject: u64, number: u64) {
        let occurrence = Occurrence {
            due,
            subject,
            number,
        };
        self.outputs.push_back(Output::Occurred(occurrence));
    }
}

// What becomes due.
impl Stage {
    fn wake(&mut self, due: Due) {
        if let Some((_, event)) = self.next_event.take_if(|(next, _)| *next == due) {
            self.external_hash = event.fold_into(self.external_hash);
            self.occurred(due, 0, event.fold_into(0));
            let newest = &self.newest_orders;
            if let Some(act) = act_of(event.kind, |of| newest.get(&of).copied()) {
                self.act(act);
            }
            return;
        }
        match self.pending.remove(&due) {
            Some(Pending::Cancel { channel, order }) => {
                self.occurred(due, channel.0.into(), order.0.into());
                let act = ShopAct::CancelByBuyer(order);
                self.act(Act::Shop { channel, act });
            }
            Some(Pending::Return { channel, of, order }) => {
                self.occurred(due, channel.0.into(), order.0.into());
                self.returns.insert((channel, order), of);
                self.return_line(channel, order);
            }
            Some(Pending::RemoveUnits {
                channel,
                order,
                removal,
            }) => {
                self.occurred(due, channel.0.into(), order.0.into());
                let act = ShopAct::RemoveUnits { order, removal };
                self.act(Act::Shop { channel, act });
            }
            Some(Pending::StaffCancel { channel, order }) => {
                self.occurred(due, channel.0.into(), order.0.into());
                let act = ShopAct::CancelBySeller(order);
                self.act(Act::Shop { channel, act });
            }
            Some(Pending::SupportRead) => {
                let channel = self.support.take();
                self.occurred(due, channel.0.into(), 0);
                self.act(Act::SupportRead { channel });
                self.schedule_support_read(due.at);
            }
            Some(Pending::Hours { channel, is_open }) => {
                self.occurred(due, channel.0.into(), u64::from(is_open));
                self.act(Act::Hours { channel, is_open });
            }
            Some(Pending::DemandEnd) => self.occurred(due, 0, 0),
            None => {}
        }
    }

    /// Books the next line of a return, or ends it.
    fn return_line(&mut self, channel: ChannelIndex, order: OrderRef) {
        let next = self.returns.get(&(channel, order));
        match next.and_then(OrderReturn::next_act) {
            Some(act) => self.act(Act::Shop { channel, act }),
            None => {
                self.returns.swap_remove(&(channel, order));
            }
        }
    }
}

// What the systems tell.
impl Stage {
    fn accepted(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        order: OrderRef,
        buyer: u64,
        lines: &[BasketLine],
    ) {
        if self.scripts_removals {
            for (line, bought) in lines.iter().enumerate() {
                let of = (channel, SkuIndex(bought.listing.0));
                self.newest_orders.insert(of, (order, line));
            }
        }
        let Some(next) = self.world.follow_up(buyer, now.since(self.zero)) else {
            return;
        };
        let pending = match next.act {
            BuyerAct::Cancel => Pending::Cancel { channel, order },
            BuyerAct::RemoveUnits {
                kind,
                restock,
                pick,
            } => {
                let Some((line, units)) = picked(pick, lines.iter().map(|line| line.units)) else {
                    return;
                };
                let removal = Removal {
                    line,
                    units,
                    kind,
                    restock,
                };
                Pending::RemoveUnits {
                    channel,
                    order,
                    removal,
                }
            }
            BuyerAct::Return { restockable } => Pending::Return {
                channel,
                order,
                of: OrderReturn::new(
                    order,
                    lines.iter().map(|it| (SkuIndex(it.listing.0), it.units)),
                    restockable,
                    self.habits,
                    self.systems.returns_to,
                ),
            },
        };
        self.schedule(self.zero + next.at, Reason::BuyerAct, pending);
    }

    fn reported(&mut self, now: Micros, report: Report) {
        match report {
            Report::SoldByAmazon {
                channel,
                order,
                sku,
                units,
            } => self.by_amazon.sold(channel, order, sku, units),
            Report::ShownAsShipped { channel, order } => {
                if let Some(lines) = self.by_amazon.shipped(channel, order) {
                    self.ship_from_amazon(channel, Some(order), lines);
                }
            }
            Report::Cancelled { channel, order } => self.by_amazon.cancelled(channel, order),
            Report::ShippedForOthers {
                channel,
                sku,
                units,
            } => self.ship_from_amazon(channel, None, vec![(sku, units)]),
            Report::Short { channel, order } => {
                let by_hand = self.systems.api_cancels.get(usize::from(channel.0));
                if by_hand == Some(&false) {
                    self.staff_cancels += 1;
                    let at = now + self.habits.cancels_short_order_after;
                    let pending = Pending::StaffCancel { channel, order };
                    self.schedule(at, Reason::StaffCancel, pending);
                }
            }
        }
    }

    fn ship_from_amazon(
        &mut self,
        channel: ChannelIndex,
        order: Option<OrderRef>,
        lines: Vec<(SkuIndex, u32)>,
    ) {
        if let Some(location) = self.systems.amazon {
            self.act(Act::ShipFromAmazon {
                channel,
                order,
                location,
                lines,
            });
        }
    }
}

// What drivers and observers may know.
impl Stage {
    /// When the last buyer may come: the world's word until the last one has come.
    pub fn demand_until(&self) -> Micros {
        self.demand_until
    }

    /// Whether the world has no more events.
    pub fn demand_is_over(&self) -> bool {
        self.progress == Progress::Over
    }

    /// Cancellations by the staff that are to come or under way.
    pub fn staff_cancels(&self) -> u64 {
        self.staff_cancels
    }

    /// Hash over the external events so far: equal for all engines on one scenario and seed, in either kind of time.
    pub fn external_hash(&self) -> u64 {
        self.external_hash
    }

    /// Whether Amazon ships, or shipped, this order from its own warehouses.
    pub fn is_fulfilled_by_amazon(&self, channel: ChannelIndex, order: OrderRef) -> bool {
        self.by_amazon.holds(channel, order)
    }

    /// Whether this location stands for Amazon's own warehouses.
    pub fn is_amazon(&self, location: LocationIndex) -> bool {
        self.systems.amazon == Some(location)
    }

    /// Why a replay broke off, when the log could be read at first and not the second time.
    pub fn failure(&self) -> Option<&WorldError> {
        self.world.failure()
    }
}

/// When channels open and close, in the order of channels.
fn hours_of(scenario: &Scenario) -> Vec<(Micros, ChannelIndex, bool)> {
    let channels = (0u16..).map(ChannelIndex).zip(&scenario.channels);
    channels
        .flat_map(|(index, channel)| {
            let opens = channel.opens_at.map(|at| (at, index, true));
            opens
                .into_iter()
                .chain(channel.closes_at.map(|at| (at, index, false)))
        })
        .collect()
}

/// The one act that an external event is; none for units of an order that nobody placed. `newest` names the order last
/// accepted on a channel that holds a SKU, and its line.
fn act_of(
    event: ExternalEventKind,
    newest: impl Fn((ChannelIndex, SkuIndex)) -> Option<(OrderRef, usize)>,
) -> Option<Act> {
    let stock = |kind, sku: SkuIndex, location, units| {
        Act::Warehouse(WarehouseAct {
            item: ItemIndex(sku.0),
            location: LocationIndex(location),
            kind,
            units,
        })
    };
    Some(match event {
        ExternalEventKind::Checkout { channel, basket } => Act::Checkout { channel, basket },
        ExternalEventKind::Receive {
            sku,
            location,
            units,
        } => stock(WarehouseActKind::Receive, sku, location, units),
        ExternalEventKind::Damage {
            sku,
            location,
            units,
        } => stock(WarehouseActKind::Damage, sku, location, units),
        ExternalEventKind::Recount {
            sku,
            location,
            counted,
        } => stock(WarehouseActKind::Recount, sku, location, counted),
        ExternalEventKind::Return {
            sku,
            location,
            units,
        } => stock(WarehouseActKind::Return, sku, location, units),
        ExternalEventKind::RemoveUnits {
            channel,
            sku,
            units,
            kind,
            restock,
        } => {
            let (order, line) = newest((channel, sku))?;
            let removal = Removal {
                line,
                units,
                kind,
                restock,
            };
            let act = ShopAct::RemoveUnits { order, removal };
            Act::Shop { channel, act }
        }
        ExternalEventKind::Edit {
            channel,
            sku,
            units,
        } => Act::Shop {
            channel,
            act: ShopAct::EditCount {
                listing: ListingIndex(sku.0),
                units: i64::from(units),
            },
        },
    })
}
