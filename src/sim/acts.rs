//! What buyers, the merchant, the staff and support agents do.

use channel_mocks::core::{
    ActOutcome, CheckoutOutcome, ListingIndex, LocationIndex, Micros, OrderRef, Stream,
};
use channel_mocks::warehouse::ItemIndex;

use super::event::Event;
use super::heap::Class;
use super::run::Run;
use crate::world::{BuyerAct, ChannelIndex, ExternalEventKind, SkuIndex};

// Acts.
impl Run<'_> {
    /// Asks the world what comes next. When nothing does, the time to settle begins at the end of demand.
    pub fn schedule_happening(&mut self) {
        self.next_external_event = self.world.next_external_event();
        match &self.next_external_event {
            Some(next) => self.push(next.at.max(self.now), Event::ExternalEvent),
            None => {
                self.demand_is_over = true;
                self.demand_until = self.world.demand_ends_at().max(self.now);
                self.push(self.demand_until, Event::Check);
            }
        }
    }

    /// The world's next happening is due.
    pub fn happening(&mut self) {
        let Some(happening) = self.next_external_event.take() else {
            return;
        };
        self.buyers_hash = happening.fold_into(self.buyers_hash);
        self.trace
            .event(self.now, Class::Act, 0, happening.fold_into(0));
        match happening.what {
            ExternalEventKind::Checkout { channel, basket } => self.checkout(channel, &basket),
            ExternalEventKind::Receive {
                sku,
                location,
                units,
            } => {
                let (item, place) = (ItemIndex(sku.0), LocationIndex(location));
                self.warehouse
                    .warehouse
                    .receive(self.now, item, place, units);
                self.drain_warehouse(None);
            }
            ExternalEventKind::Damage {
                sku,
                location,
                units,
            } => {
                let (item, place) = (ItemIndex(sku.0), LocationIndex(location));
                self.warehouse
                    .warehouse
                    .damage(self.now, item, place, units);
                self.drain_warehouse(None);
            }
            ExternalEventKind::Recount {
                sku,
                location,
                counted,
            } => {
                let (item, place) = (ItemIndex(sku.0), LocationIndex(location));
                self.warehouse
                    .warehouse
                    .recount(self.now, item, place, counted);
                self.drain_warehouse(None);
            }
            ExternalEventKind::Return {
                sku,
                location,
                units,
            } => self.put_back(sku, location, units),
            ExternalEventKind::Edit {
                channel,
                sku,
                units,
            } => {
                let listing = ListingIndex(sku.0);
                let storefront = &mut self.channels[usize::from(channel.0)].storefront;
                let outcome = storefront.edit_count(self.now, listing, i64::from(units));
                self.trace.act(outcome);
                self.drain_channel(channel.0);
            }
        }
        self.schedule_happening();
    }

    fn checkout(&mut self, channel: ChannelIndex, basket: &channel_mocks::core::Basket) {
        let now = self.now;
        let storefront = &mut self.channels[usize::from(channel.0)].storefront;
        let outcome = storefront.checkout(now, basket);
        self.checkouts += 1;
        self.trace.checkout(outcome);
        // Before the platform's facts are drained, so that the ledger judges by the counts that the buyer saw.
        self.ledger
            .checkout(now, channel, basket, outcome, self.recorder);
        if let CheckoutOutcome::Accepted(order) = outcome {
            if let Some(next) = self.world.follow_up(basket.buyer, now) {
                let act = next.act;
                self.push(
                    next.at.max(now),
                    Event::FollowUp {
                        channel,
                        order,
                        act,
                    },
                );
            }
            self.carry_channel(channel.0);
            let side = &self.channels[usize::from(channel.0)];
            if self.truth.is_on() && !side.is_sold_by_amazon(order) {
                let native_id = side.storefront.native_order_id(order);
                for line in &basket.lines {
                    let sku = SkuIndex(line.listing.0);
                    self.truth.sold(channel, &native_id, sku, line.units);
                }
            }
        }
        self.drain_channel(channel.0);
    }

    /// A buyer acts on an accepted order.
    pub fn follow_up(&mut self, channel: ChannelIndex, order: OrderRef, act: BuyerAct) {
        let subject = u64::from(channel.0);
        self.trace
            .event(self.now, Class::Act, subject, u64::from(order.0));
        match act {
            BuyerAct::Cancel => {
                let storefront = &mut self.channels[usize::from(channel.0)].storefront;
                let outcome = storefront.cancel_by_buyer(self.now, order);
                self.trace.act(outcome);
                self.drain_channel(channel.0);
            }
            BuyerAct::Return { restockable } => self.give_back(channel, order, restockable),
        }
    }

    /// The buyer sends a whole order back. Units that can be sold again reach the warehouse, line by line, where the
    /// platform took the return.
    fn give_back(&mut self, channel: ChannelIndex, order: OrderRef, restockable: bool) {
        let lines = self.ledger.order_lines(channel, order).to_vec();
        let restock = restockable && self.plan.staff.restocks_returns_on_platform;
        for (line, (sku, units)) in lines.into_iter().enumerate() {
            let storefront = &mut self.channels[usize::from(channel.0)].storefront;
            let outcome = storefront.return_units(self.now, order, line, units, restock);
            self.trace.act(outcome);
            self.drain_channel(channel.0);
            if outcome == ActOutcome::Done && restockable {
                self.put_back(sku, self.warehouse.returns_to, units);
            }
        }
    }

    fn put_back(&mut self, sku: SkuIndex, location: u16, units: u32) {
        let (item, place) = (ItemIndex(sku.0), LocationIndex(location));
        self.warehouse
            .warehouse
            .return_units(self.now, item, place, units);
        self.drain_warehouse(None);
    }

    /// The staff cancel an order that the warehouse reported short.
    pub fn staff_cancel(&mut self, channel: ChannelIndex, order: OrderRef) {
        self.staff_cancels_pending -= 1;
        self.trace
            .event(self.now, Class::Act, channel.0.into(), u64::from(order.0));
        let storefront = &mut self.channels[usize::from(channel.0)].storefront;
        let outcome = storefront.cancel_by_seller(self.now, order);
        self.trace.act(outcome);
        self.drain_channel(channel.0);
    }
}

// Support reads.
impl Run<'_> {
    /// Support agents look things up at Poisson times while buyers come, each at a channel drawn by its share.
    pub fn support_read(&mut self) {
        let mut stream = self.stream("channel", self.support_reads);
        let draw = stream.uniform() * self.plan.shares.iter().sum::<f64>();
        let mut sum = 0.0;
        let position = self.plan.shares.iter().position(|share| {
            sum += share;
            draw < sum
        });
        let channel = position.unwrap_or(0) as u16;
        self.trace
            .event(self.now, Class::SupportRead, channel.into(), 0);
        self.ledger
            .support_read(self.now, ChannelIndex(channel), self.recorder);
        self.support_reads += 1;
        self.schedule_support_read(self.now);
    }

    pub fn schedule_support_read(&mut self, after: Micros) {
        let rate = self.plan.support_reads_per_second;
        if rate <= 0.0 || self.channels.is_empty() {
            return;
        }
        let gap = self
            .stream("gap", self.support_reads)
            .exponential(1.0 / rate);
        let at = after + Micros::from_secs_f64(gap);
        if at < self.demand_until {
            self.push(at, Event::SupportRead);
        }
    }

    fn stream(&self, purpose: &str, number: u64) -> Stream {
        self.plan.seed.stream("support", purpose, number)
    }
}
