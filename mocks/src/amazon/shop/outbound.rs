//! Orders of other channels as they go on in time: units are held, planned, shipped or given back (sheet section 7.3).

use crate::amazon::model::outbound::{OutboundOrder, OutboundStatus, Policy};
use crate::core::{Fact, ListingIndex, Micros, Stream};

use super::{Due, State};

impl State {
    /// Takes in an order: units are held at once, as far as there are any.
    pub(crate) fn receive_outbound(&mut self, now: Micros, order: OutboundOrder) {
        let number = self.outbound.rows.len() as u32;
        let hold = order.hold;
        self.outbound.rows.push(order);
        self.hold_units(now, number);
        if hold {
            let longest = self.settings.profile.fba.outbound_hold;
            self.after(now + longest, Due::OutboundGivesUp(number));
            return;
        }
        let mut stream = Stream::new(self.settings.draws.outbound, u64::from(number));
        let delay = self
            .settings
            .profile
            .fba
            .outbound_planning
            .draw(&mut stream);
        self.after(now + delay, Due::OutboundPlanned(number));
    }

    /// Holds what is still missing, as far as the pool has it. Tells whether nothing is missing now.
    fn hold_units(&mut self, now: Micros, number: u32) -> bool {
        let mut complete = true;
        let items = self
            .outbound
            .rows
            .get(number as usize)
            .map_or(0, |order| order.items.len());
        for position in 0..items {
            let item = &self.outbound.rows[number as usize].items[position];
            let (listing, missing) = (item.listing, item.units - item.held);
            let taken = missing.min(self.fba.sellable(listing));
            if taken > 0 {
                self.fba_sold(now, listing, taken);
                self.outbound.rows[number as usize].items[position].held += taken;
            }
            complete &= taken == missing;
        }
        complete
    }

    /// Gives everything held back to the pool.
    fn release_units(&mut self, now: Micros, number: u32) {
        let held: Vec<(ListingIndex, u32)> = match self.outbound.get_mut(number) {
            Some(order) => order
                .items
                .iter_mut()
                .map(|item| (item.listing, std::mem::take(&mut item.held)))
                .collect(),
            None => return,
        };
        for (listing, units) in held {
            if units > 0 {
                self.fba_released(now, listing, units);
            }
        }
    }

    pub(crate) fn cancel_outbound(&mut self, now: Micros, number: u32) {
        self.release_units(now, number);
        self.outbound
            .set_status(now, number, OutboundStatus::Cancelled);
    }

    /// Planning is over: the order goes on with what is held, waits, or fails, by its policy.
    pub(super) fn outbound_planned(&mut self, at: Micros, number: u32) {
        let Some(order) = self.outbound.get_mut(number) else {
            return;
        };
        if !order.status.is_open() {
            return;
        }
        let policy = order.policy;
        if self.hold_units(at, number) || policy == Policy::FillAllAvailable {
            self.process_outbound(at, number);
        } else if policy == Policy::FillAll {
            self.outbound
                .set_status(at, number, OutboundStatus::Planning);
            let wait = self.settings.profile.fba.fill_all_wait;
            self.after(at + wait, Due::OutboundGivesUp(number));
        } else {
            self.release_units(at, number);
            self.outbound
                .set_status(at, number, OutboundStatus::Unfulfillable);
        }
    }

    /// An order that was only held is cancelled; one that waited for units goes on with what there is.
    pub(super) fn outbound_gives_up(&mut self, at: Micros, number: u32) {
        let Some(order) = self.outbound.get_mut(number) else {
            return;
        };
        if !order.status.is_open() {
            return;
        }
        if order.hold {
            self.cancel_outbound(at, number);
        } else {
            self.hold_units(at, number);
            self.process_outbound(at, number);
        }
    }

    fn process_outbound(&mut self, at: Micros, number: u32) {
        let any = self
            .outbound
            .get_mut(number)
            .is_some_and(|order| order.items.iter().any(|item| item.held > 0));
        if !any {
            self.outbound
                .set_status(at, number, OutboundStatus::Unfulfillable);
            return;
        }
        self.outbound
            .set_status(at, number, OutboundStatus::Processing);
        let mut stream = Stream::new(self.settings.draws.outbound, 1 << 32 | u64::from(number));
        let delay = self
            .settings
            .profile
            .fba
            .outbound_shipping
            .draw(&mut stream);
        self.after(at + delay, Due::OutboundShips(number));
    }

    /// What is held leaves the pool for good.
    pub(super) fn outbound_ships(&mut self, at: Micros, number: u32) {
        let Some(order) = self.outbound.rows.get(number as usize) else {
            return;
        };
        let shipped: Vec<(ListingIndex, u32)> = order
            .items
            .iter()
            .map(|item| (item.listing, item.held))
            .collect();
        let complete = order.items.iter().all(|item| item.held == item.units);
        for (listing, units) in shipped {
            self.fba_shipped(at, listing, units);
            if units > 0 {
                self.fact(Fact::FbaShippedForOthers { listing, units });
            }
        }
        let status = if complete {
            OutboundStatus::Complete
        } else {
            OutboundStatus::CompletePartialled
        };
        self.outbound.set_status(at, number, status);
    }
}
