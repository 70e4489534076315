//! Inputs to channels and warehouse, and what comes out of them.

use channel_mocks::core::{Input, Machine, Micros, Output, Request, RequestId, Response};
use channel_mocks::warehouse::Fact as WarehouseFact;

use super::event::{Event, Generation, SystemIndex};
use super::heap::Class;
use super::run::Run;
use super::setup::ChannelSide;
use super::wake::Came;
use crate::world::{ChannelIndex, SkuIndex};

impl Run<'_> {
    pub fn machine_wake(&mut self, system: SystemIndex, generation: Generation) -> bool {
        let now = self.now;
        let wake = match self.channels.get_mut(usize::from(system.0)) {
            Some(channel) => &mut channel.wake,
            None => &mut self.warehouse.wake,
        };
        match wake.came(now, generation) {
            Came::Due => {
                self.trace
                    .event(now, Class::MachineWake, system.0.into(), 0);
                self.give(system, Input::Wake, None);
                true
            }
            Came::Again(at) => {
                let generation = wake.generation();
                self.push(at, Event::MachineWake { system, generation });
                false
            }
            Came::Moot => false,
        }
    }

    pub fn request(&mut self, system: SystemIndex, number: u64, sent_at: Micros, request: Request) {
        self.trace
            .event(self.now, Class::Request, system.0.into(), number);
        self.trace.request(&request);
        let input = Input::Request {
            id: RequestId(number),
            sent_at,
            request,
        };
        self.give(system, input, Some(sent_at));
    }

    /// Gives an input to a system and carries what comes out. `sent_at`: of the request, if it is one.
    pub fn give(&mut self, system: SystemIndex, input: Input, sent_at: Option<Micros>) {
        match self.channels.get_mut(usize::from(system.0)) {
            Some(channel) => {
                channel.storefront.handle(self.now, input);
                self.drain_channel(system.0);
            }
            None => {
                self.warehouse.warehouse.handle(self.now, input);
                self.drain_warehouse(sent_at);
            }
        }
    }

    /// Carries everything a channel has put out, tells truths, and sets its timer anew.
    pub fn drain_channel(&mut self, channel: u16) {
        let (now, system) = (self.now, SystemIndex(channel));
        let index = ChannelIndex(channel);
        while let Some(output) = self.channels[usize::from(channel)].storefront.poll_output() {
            match output {
                Output::Fact(fact) => {
                    self.trace.platform_fact(&fact);
                    self.ledger.platform_fact(now, index, &fact, self.recorder);
                    self.truth.platform_fact(index, &fact);
                }
                Output::Response { id, at, response } => self.reply(system, id, at, response),
                Output::Delivery {
                    id,
                    patience,
                    request,
                } => self.send_delivery(system, id, patience, request),
            }
        }
        let side = &mut self.channels[usize::from(channel)];
        if let Some((at, generation)) = side.wake.set(now, side.storefront.poll_timeout()) {
            self.push(at, Event::MachineWake { system, generation });
        }
        if self.truth.is_on() {
            let storefront = &self.channels[usize::from(channel)].storefront;
            self.truth.settle(
                index,
                |order| storefront.native_order_id(order),
                |order| self.ledger.order_lines(index, order),
            );
            self.tell_truths();
        }
    }

    /// The same for the warehouse. `sent_at`: when the engine let go of the request that is being handled, if one is.
    pub fn drain_warehouse(&mut self, sent_at: Option<Micros>) {
        let (now, system) = (self.now, SystemIndex(self.channels.len() as u16));
        while let Some(output) = self.warehouse.warehouse.poll_output() {
            match output {
                Output::Fact(fact) => {
                    self.trace.warehouse_fact(&fact);
                    self.warehouse_fact(sent_at, &fact);
                }
                Output::Response { id, at, response } => self.reply(system, id, at, response),
                Output::Delivery {
                    id,
                    patience,
                    request,
                } => self.send_delivery(system, id, patience, request),
            }
        }
        let side = &mut self.warehouse;
        if let Some((at, generation)) = side.wake.set(now, side.warehouse.poll_timeout()) {
            self.push(at, Event::MachineWake { system, generation });
        }
        self.tell_truths();
    }

    fn reply(&mut self, system: SystemIndex, id: RequestId, leaves_at: Micros, response: Response) {
        let leaves_at = leaves_at.max(self.now);
        if let Some(at) = self.link(system).reply(id.0, leaves_at) {
            self.push(
                at,
                Event::Response {
                    system,
                    number: id.0,
                    response,
                },
            );
        }
    }

    fn warehouse_fact(&mut self, sent_at: Option<Micros>, fact: &WarehouseFact) {
        let now = self.now;
        let of = |channels: &[ChannelSide], channel: u16, order_id: &str| {
            channels
                .get(usize::from(channel))
                .and_then(|side| side.storefront.order_ref(order_id))
        };
        match fact {
            WarehouseFact::OrderReceived {
                channel,
                order_id,
                duplicate,
            } => {
                let order = of(&self.channels, *channel, order_id);
                let channel = ChannelIndex(*channel);
                self.ledger
                    .order_received(now, sent_at, channel, order, *duplicate, self.recorder);
            }
            WarehouseFact::Allocated {
                channel,
                units,
                rerouted,
                off_route,
                ..
            } => {
                let channel = ChannelIndex(*channel);
                self.ledger
                    .allocated(now, channel, *units, *rerouted || *off_route, self.recorder);
            }
            WarehouseFact::Short {
                channel,
                order_id,
                units,
                ..
            } => {
                let order = of(&self.channels, *channel, order_id);
                let index = ChannelIndex(*channel);
                self.ledger.short(now, index, order, *units, self.recorder);
                let by_hand = !self.channels[usize::from(*channel)].api_cancels;
                if let (true, Some(order)) = (by_hand, order) {
                    self.staff_cancels_pending += 1;
                    self.push(
                        now + self.plan.staff.cancels_short_order_after,
                        Event::StaffCancel {
                            channel: index,
                            order,
                        },
                    );
                }
            }
            WarehouseFact::Deallocated { .. } => {}
            WarehouseFact::Shipped {
                channel,
                order_id,
                item,
                location,
                units,
            } => {
                let order = of(&self.channels, *channel, order_id);
                self.ledger.shipped(
                    now,
                    ChannelIndex(*channel),
                    order,
                    SkuIndex(item.0),
                    location.0,
                    *units,
                    self.recorder,
                );
            }
            WarehouseFact::StockChanged {
                item,
                location,
                delta,
                ..
            } => {
                let sku = SkuIndex(item.0);
                self.ledger
                    .stock_changed(now, sku, location.0, *delta, self.recorder);
                let shared = self.warehouse.shared_locations.get(usize::from(location.0));
                if shared == Some(&true) {
                    self.truth.stock(sku, *delta);
                }
            }
            WarehouseFact::Call { kind, outcome, .. } => {
                self.ledger
                    .warehouse_call(now, *kind, *outcome, self.recorder);
            }
        }
    }
}
