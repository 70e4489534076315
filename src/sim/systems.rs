//! Inputs to channels and warehouse, and what comes out of them.

use channel_mocks::core::{
    Fact, Input, LocationIndex, Machine, Micros, OrderRef, Output, Request, RequestId, Response,
};
use channel_mocks::warehouse::{Fact as WarehouseFact, ItemIndex};

use super::event::{Event, Generation, SystemIndex};
use super::heap::Class;
use super::run::Run;
use super::wake::Came;
use crate::world::{ChannelIndex, FOR_OTHERS, SkuIndex};

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

    /// Carries everything a channel has put out, sets its timer anew, and tells the truths.
    pub fn drain_channel(&mut self, channel: u16) {
        self.carry_channel(channel);
        self.settle_truths(ChannelIndex(channel));
    }

    /// Carries everything a channel has put out and sets its timer anew.
    pub fn carry_channel(&mut self, channel: u16) {
        let (now, system) = (self.now, SystemIndex(channel));
        let index = ChannelIndex(channel);
        while let Some(output) = self.channels[usize::from(channel)].storefront.poll_output() {
            match output {
                Output::Fact(fact) => {
                    self.trace.platform_fact(&fact);
                    self.ledger.platform_fact(now, index, &fact, self.recorder);
                    self.truth.platform_fact(index, &fact);
                    let side = &mut self.channels[usize::from(channel)];
                    match fact {
                        Fact::FbaSold { order, .. } => side.sold_by_amazon(order),
                        Fact::FulfillmentConfirmed { order, .. }
                            if side.is_sold_by_amazon(order) =>
                        {
                            self.ship_by_amazon(index, order);
                        }
                        Fact::FbaShippedForOthers { listing, units } => {
                            let lines = [(SkuIndex(listing.0), units)];
                            self.leave_amazon(index, FOR_OTHERS, &lines);
                        }
                        _ => {}
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
        let lines = |order| match side.is_sold_by_amazon(order) {
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
        let order = fact.order().and_then(|(channel, order_id)| {
            let side = self.channels.get(usize::from(channel))?;
            let order = side.storefront.order_ref(order_id)?;
            Some((ChannelIndex(channel), order))
        });
        self.ledger
            .warehouse_fact(now, sent_at, fact, order, self.recorder);
        match (fact, order) {
            (WarehouseFact::Short { .. }, Some((channel, order)))
                if !self.channels[usize::from(channel.0)].api_cancels =>
            {
                self.staff_cancels_pending += 1;
                let at = now + self.plan.staff.cancels_short_order_after;
                self.push(at, Event::StaffCancel { channel, order });
            }
            (
                WarehouseFact::StockChanged {
                    item,
                    location,
                    delta,
                    ..
                },
                _,
            ) if self.warehouse.fba != Some(location.0) => {
                self.truth.stock(SkuIndex(item.0), *delta);
            }
            _ => {}
        }
    }

    /// Amazon ships an order from its own warehouses: the units leave the location that stands for them.
    fn ship_by_amazon(&mut self, channel: ChannelIndex, order: OrderRef) {
        let side = &self.channels[usize::from(channel.0)];
        let order_id = side.storefront.native_order_id(order);
        let lines = self.ledger.order_lines(channel, order).to_vec();
        self.leave_amazon(channel, &order_id, &lines);
    }

    fn leave_amazon(&mut self, channel: ChannelIndex, order_id: &str, lines: &[(SkuIndex, u32)]) {
        let Some(location) = self.warehouse.fba else {
            return;
        };
        for &(sku, units) in lines {
            self.warehouse.warehouse.ship_by_third_party(
                self.now,
                channel.0,
                order_id,
                ItemIndex(sku.0),
                LocationIndex(location),
                units,
            );
        }
        self.drain_warehouse(None);
    }
}
