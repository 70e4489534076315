//! Inputs to channels and warehouse, and what comes out of them.

use channel_mocks::core::{Fact, Input, Machine, Micros, Output, Request, RequestId, Response};
use channel_mocks::warehouse::Fact as WarehouseFact;

use super::event::{Event, Generation, SystemIndex};
use super::heap::Class;
use super::run::Run;
use super::wake::Came;
use crate::stage::Report;
use crate::stage::faults::Passage;
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
        self.request_sent_at = sent_at;
        self.note_arrived(system, number);
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

    /// Carries everything a channel has put out, sets its timer again, and tells the truths.
    pub fn drain_channel(&mut self, channel: u16) {
        self.carry_channel(channel);
        self.settle_truths(ChannelIndex(channel));
    }

    /// Carries everything a channel has put out and sets its timer again.
    pub fn carry_channel(&mut self, channel: u16) {
        let (now, system) = (self.now, SystemIndex(channel));
        let index = ChannelIndex(channel);
        while let Some(output) = self.channels[usize::from(channel)].storefront.poll_output() {
            match output {
                Output::Fact(fact) => {
                    self.trace.platform_fact(&fact);
                    self.ledger.platform_fact(now, index, &fact, self.recorder);
                    self.truth.platform_fact(index, &fact);
                    if self.trails {
                        self.note_write_called(index, &fact);
                        self.note_subscribed(index, &fact);
                    }
                    if self.messages && matches!(fact, Fact::Call { .. }) {
                        self.note_taken(system);
                    }
                    if !self.faults.is_empty() {
                        self.faults.platform_fact(channel, &fact);
                    }
                    if let Some(report) = Report::of_platform(index, &fact) {
                        self.stage_hears(report);
                    }
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
    }

    /// Tells what came to light while a channel's outputs were carried.
    pub fn settle_truths(&mut self, channel: ChannelIndex) {
        if !self.truth.is_on() {
            return;
        }
        let side = &self.channels[usize::from(channel.0)];
        // What Amazon sells from its own warehouses is none of the units the engine moves.
        let lines = |order| match self.stage.is_fulfilled_by_amazon(channel, order) {
            true => &[],
            false => self.ledger.order_lines(channel, order),
        };
        self.truth.settle(
            channel,
            |order| side.storefront.native_order_id(order),
            lines,
        );
        self.tell_truths();
    }

    /// The same for the warehouse. `sent_at`: when the engine let go of the request that is being handled, if one is.
    pub fn drain_warehouse(&mut self, sent_at: Option<Micros>) {
        let (now, system) = (self.now, SystemIndex(self.channels.len() as u16));
        while let Some(output) = self.warehouse.warehouse.poll_output() {
            match output {
                Output::Fact(fact) => {
                    self.trace.warehouse_fact(&fact);
                    self.warehouse_fact(sent_at, &fact);
                    if self.messages && matches!(fact, WarehouseFact::Call { .. }) {
                        self.note_taken(system);
                    }
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

    fn reply(
        &mut self,
        system: SystemIndex,
        id: RequestId,
        leaves_at: Micros,
        mut response: Response,
    ) {
        let mut leaves_at = leaves_at.max(self.now);
        self.seal_reply(leaves_at, &mut response);
        if !self.faults.is_empty() {
            let fate = self.faults.reply(leaves_at, system.0, id.0, &mut response);
            leaves_at += fate.delay;
            self.note_struck_reply(system, fate, &mut response);
            if fate.is_altered {
                self.note_altered(system, response.extensions());
            }
            if fate.passage != Passage::Arrives {
                return self.lose_reply(system, id.0, leaves_at, fate.passage);
            }
        }
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
        let order = fact.order().and_then(|(channel, order_id)| {
            let side = self.channels.get(usize::from(channel))?;
            let order = side.storefront.order_ref(order_id)?;
            Some((ChannelIndex(channel), order))
        });
        self.ledger
            .warehouse_fact(now, sent_at, fact, order, self.recorder);
        if let Some(report) = Report::of_warehouse(fact, order) {
            self.stage_hears(report);
        }
        match fact {
            WarehouseFact::StockChanged {
                item,
                location,
                delta,
                ..
            } if !self.stage.is_amazon(*location) => {
                self.truth.stock(SkuIndex(item.0), *delta);
            }
            _ => {}
        }
    }
}
