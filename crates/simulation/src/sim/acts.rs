//! Carries the acts of the stage to the systems, at once, and hands back what they come to.

use channel_mocks::core::{Basket, CheckoutOutcome, OrderRef};

use super::event::Event;
use super::heap::Class;
use super::run::Run;
use crate::stage::{
    Act, Due, Input, Output, Reason, Report, ShopAct, WarehouseAct, ship_from_amazon,
};
use crate::world::{ChannelIndex, FOR_OTHERS, SkuIndex};

impl Run<'_> {
    /// Something of the stage is due.
    pub fn stage_due(&mut self, due: Due) {
        self.stage.handle(self.now, Input::Wake(due));
        self.carry_stage();
        self.stage.look_ahead(self.now);
        self.push_scheduled();
    }

    /// A system reported something that the stage follows: what follows at once is done at once.
    pub fn stage_hears(&mut self, report: Report) {
        self.stage.handle(self.now, Input::Reported(report));
        self.push_scheduled();
        self.carry_stage();
    }

    /// Makes everything pending that the stage has scheduled.
    pub fn push_scheduled(&mut self) {
        while let Some(due) = self.stage.poll_scheduled() {
            let event = match due.reason {
                Reason::DemandEnd => Event::Check,
                Reason::ExternalEvent
                | Reason::BuyerAct
                | Reason::StaffCancel
                | Reason::SupportRead
                | Reason::Hours => Event::Stage(due),
            };
            self.push(due.at.max(self.now), event);
        }
    }

    fn carry_stage(&mut self) {
        while let Some(output) = self.stage.poll_output() {
            match output {
                Output::Occurred(it) => {
                    let class = Class::of(it.due.reason);
                    self.trace.event(self.now, class, it.subject, it.number);
                }
                Output::Act(act) => self.carry_out(act),
            }
        }
    }

    fn carry_out(&mut self, act: Act) {
        match act {
            Act::Checkout { channel, basket } => self.checkout(channel, &basket),
            Act::Shop { channel, act } => self.shop_act(channel, act),
            Act::Warehouse(act) => self.warehouse_act(act),
            Act::ShipFromAmazon {
                channel,
                order,
                location,
                lines,
            } => {
                let order_id = match order {
                    Some(order) => self.native_order_id(channel, order),
                    None => FOR_OTHERS.to_string(),
                };
                let warehouse = &mut self.warehouse.warehouse;
                ship_from_amazon(warehouse, self.now, channel, &order_id, location, &lines);
                self.drain_warehouse(None);
            }
            Act::SupportRead { channel } => {
                self.ledger.support_read(self.now, channel, self.recorder);
            }
            Act::Hours { channel, is_open } => {
                self.ledger.hours(self.now, channel, is_open, self.recorder);
            }
        }
    }

    fn checkout(&mut self, channel: ChannelIndex, basket: &Basket) {
        let now = self.now;
        let storefront = &mut self.channels[usize::from(channel.0)].storefront;
        let outcome = storefront.checkout(now, basket);
        self.checkouts += 1;
        self.trace.checkout(outcome);
        // Before the platform's facts are drained, so that the ledger judges by the counts that the buyer saw.
        self.ledger
            .checkout(now, channel, basket, outcome, self.recorder);
        if let CheckoutOutcome::Accepted { order, .. } = outcome {
            let accepted = Input::Accepted {
                channel,
                order,
                buyer: basket.buyer,
                lines: &basket.lines,
            };
            self.stage.handle(now, accepted);
            self.push_scheduled();
            self.carry_channel(channel.0);
            if self.truth.is_on() && !self.stage.is_fulfilled_by_amazon(channel, order) {
                let native_id = self.native_order_id(channel, order);
                for line in &basket.lines {
                    let sku = SkuIndex(line.listing.0);
                    self.truth.sold(channel, &native_id, sku, line.units);
                }
            }
        }
        self.drain_channel(channel.0);
    }

    fn shop_act(&mut self, channel: ChannelIndex, act: ShopAct) {
        let storefront = &mut self.channels[usize::from(channel.0)].storefront;
        let outcome = act.perform(storefront.as_mut(), self.now);
        self.trace.act(outcome);
        self.drain_channel(channel.0);
        let done = Input::Done {
            channel,
            act,
            outcome,
        };
        self.stage.handle(self.now, done);
    }

    fn warehouse_act(&mut self, act: WarehouseAct) {
        act.perform(&mut self.warehouse.warehouse, self.now);
        if let Some(again) = self.faults.receipt(self.now, &act) {
            let sku = SkuIndex(again.item.0);
            let (now, units) = (self.now, i64::from(again.units));
            self.drain_warehouse(None);
            self.ledger.bad_count(now, None, sku, units, self.recorder);
            again.perform(&mut self.warehouse.warehouse, self.now);
        }
        self.drain_warehouse(None);
    }

    fn native_order_id(&self, channel: ChannelIndex, order: OrderRef) -> String {
        let storefront = &self.channels[usize::from(channel.0)].storefront;
        storefront.native_order_id(order)
    }
}
