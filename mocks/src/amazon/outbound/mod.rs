//! Multi-Channel Fulfillment, Fulfillment Outbound v2020-07-01 (sheet section 7.3): Amazon ships other channels' orders
//! from the same pool that its own offers sell from.

mod api;

use crate::core::{Fact, ListingIndex, Micros, Stream};

use super::machine::{Amazon, Due};

/// State of an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum OutboundStatus {
    /// Taken in; units are held.
    Received,
    /// Waits for units.
    Planning,
    /// Being picked and packed: it cannot be cancelled any more.
    Processing,
    /// Cancelled.
    Cancelled,
    /// Shipped.
    Complete,
    /// Shipped in part.
    CompletePartialled,
    /// Nothing could be shipped.
    Unfulfillable,
}

impl OutboundStatus {
    /// The platform's name.
    pub const fn name(self) -> &'static str {
        match self {
            OutboundStatus::Received => "Received",
            OutboundStatus::Planning => "Planning",
            OutboundStatus::Processing => "Processing",
            OutboundStatus::Cancelled => "Cancelled",
            OutboundStatus::Complete => "Complete",
            OutboundStatus::CompletePartialled => "CompletePartialled",
            OutboundStatus::Unfulfillable => "Unfulfillable",
        }
    }

    /// Whether it can still be cancelled.
    pub const fn is_open(self) -> bool {
        matches!(self, OutboundStatus::Received | OutboundStatus::Planning)
    }
}

/// What to do when units are missing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::enum_variant_names,
    reason = "the names are the platform's own"
)]
pub enum Policy {
    /// All or nothing, at once.
    FillOrKill,
    /// All, after waiting for a day; then what there is.
    FillAll,
    /// What there is.
    FillAllAvailable,
}

impl Policy {
    /// Every policy with the platform's name.
    pub const NAMES: [(&'static str, Policy); 3] = [
        ("FillOrKill", Policy::FillOrKill),
        ("FillAll", Policy::FillAll),
        ("FillAllAvailable", Policy::FillAllAvailable),
    ];

    /// The platform's name.
    pub fn name(self) -> &'static str {
        Policy::NAMES
            .iter()
            .find(|(_, policy)| *policy == self)
            .map_or("", |(name, _)| name)
    }
}

/// One item of an order.
#[derive(Debug)]
pub struct OutboundItem {
    /// The seller's id of it.
    pub id: String,
    /// What to ship.
    pub listing: ListingIndex,
    /// Units wanted.
    pub units: u32,
    /// Units held in the pool, or shipped once the order is complete.
    pub held: u32,
}

/// One order of another channel.
#[derive(Debug)]
pub struct OutboundOrder {
    /// The seller's id of it.
    pub id: String,
    /// What the seller said of it, echoed as JSON members.
    pub echo: Vec<u8>,
    /// Whether it only holds units until it is released.
    pub hold: bool,
    /// What to do when units are missing.
    pub policy: Policy,
    /// When it came.
    pub received_at: Micros,
    /// When its state last changed.
    pub changed_at: Micros,
    /// Its state.
    pub status: OutboundStatus,
    /// Its items.
    pub items: Vec<OutboundItem>,
}

/// All orders of other channels.
#[derive(Debug, Default)]
pub struct Outbound {
    rows: Vec<OutboundOrder>,
}

impl Amazon {
    fn outbound_row(&mut self, number: u32) -> Option<&mut OutboundOrder> {
        self.outbound.rows.get_mut(number as usize)
    }

    fn set_outbound_status(&mut self, at: Micros, number: u32, status: OutboundStatus) {
        if let Some(order) = self.outbound_row(number) {
            order.status = status;
            order.changed_at = at;
        }
    }

    /// Takes in an order: units are held at once, as far as there are any.
    fn receive_outbound(&mut self, now: Micros, order: OutboundOrder) {
        let number = self.outbound.rows.len() as u32;
        let hold = order.hold;
        self.outbound.rows.push(order);
        self.hold_units(now, number);
        if hold {
            let longest = self.profile.fba.outbound_hold;
            self.after(now + longest, Due::OutboundGivesUp(number));
            return;
        }
        let mut stream = Stream::new(self.draws.outbound, u64::from(number));
        let delay = self.profile.fba.outbound_planning.draw(&mut stream);
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
            let taken = missing.min(self.fba_units(listing));
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
        let held: Vec<(ListingIndex, u32)> = match self.outbound_row(number) {
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

    fn cancel_outbound(&mut self, now: Micros, number: u32) {
        self.release_units(now, number);
        self.set_outbound_status(now, number, OutboundStatus::Cancelled);
    }

    /// Planning is over: the order goes on with what is held, waits, or fails, by its policy.
    pub(super) fn outbound_planned(&mut self, at: Micros, number: u32) {
        let Some(order) = self.outbound_row(number) else {
            return;
        };
        if !order.status.is_open() {
            return;
        }
        let policy = order.policy;
        if self.hold_units(at, number) || policy == Policy::FillAllAvailable {
            self.process_outbound(at, number);
        } else if policy == Policy::FillAll {
            self.set_outbound_status(at, number, OutboundStatus::Planning);
            let wait = self.profile.fba.fill_all_wait;
            self.after(at + wait, Due::OutboundGivesUp(number));
        } else {
            self.release_units(at, number);
            self.set_outbound_status(at, number, OutboundStatus::Unfulfillable);
        }
    }

    /// An order that was only held is cancelled; one that waited for units goes on with what there is.
    pub(super) fn outbound_gives_up(&mut self, at: Micros, number: u32) {
        let Some(order) = self.outbound_row(number) else {
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
            .outbound_row(number)
            .is_some_and(|order| order.items.iter().any(|item| item.held > 0));
        if !any {
            self.set_outbound_status(at, number, OutboundStatus::Unfulfillable);
            return;
        }
        self.set_outbound_status(at, number, OutboundStatus::Processing);
        let mut stream = Stream::new(self.draws.outbound, 1 << 32 | u64::from(number));
        let delay = self.profile.fba.outbound_shipping.draw(&mut stream);
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
        self.set_outbound_status(at, number, status);
    }
}
