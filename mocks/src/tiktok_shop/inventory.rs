//! Stock: available and committed units per warehouse, absolute writes that become live later (sheet 5).

use crate::core::{Cause, Fact, ListingIndex, Micros};

use super::machine::TiktokShop;
use super::signals::{Event, InventoryChange};
use super::timers::Due;

/// Why stock changed, in the words of webhook 71 (sheet 5.1).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    OrderCreated,
    OrderCanceled,
    OrderShipped,
    ManualAdjustment,
    ApiSync,
}

impl Trigger {
    pub(super) fn name(self) -> &'static str {
        match self {
            Trigger::OrderCreated => "order_created",
            Trigger::OrderCanceled => "order_canceled",
            Trigger::OrderShipped => "order_shipped",
            Trigger::ManualAdjustment => "manual_adjustment",
            Trigger::ApiSync => "api_sync",
        }
    }
}

#[derive(Debug)]
pub(super) struct Stock {
    pub(super) locations: usize,
    available: Vec<i64>,
    committed: Vec<i64>,
    /// Available units of each listing over all locations.
    total: Vec<i64>,
    /// Whether buyers see a listing: not so while its product is deactivated.
    on_sale: Vec<bool>,
    /// Whether a cancelled order's units return to the available number by themselves (sheet 5.1).
    auto_restock: Vec<bool>,
    /// When the latest accepted write of a listing becomes live; writes of one listing do not overtake each other.
    live_at: Vec<Micros>,
}

impl Stock {
    pub(super) fn new(listings: usize, locations: usize, auto_restock: bool) -> Stock {
        Stock {
            locations,
            available: vec![0; listings * locations],
            committed: vec![0; listings * locations],
            total: vec![0; listings],
            on_sale: vec![true; listings],
            auto_restock: vec![auto_restock; listings],
            live_at: vec![Micros::ZERO; listings],
        }
    }

    /// Units that buyers can buy.
    pub(super) fn displayed(&self, listing: u32) -> i64 {
        match self.on_sale.get(listing as usize) {
            Some(true) => self.total[listing as usize],
            _ => 0,
        }
    }

    /// Available units over all locations, on sale or not.
    pub(super) fn available(&self, listing: u32) -> i64 {
        self.total[listing as usize]
    }

    pub(super) fn is_on_sale(&self, listing: u32) -> bool {
        self.on_sale[listing as usize]
    }

    pub(super) fn put_on_sale(&mut self, listing: u32, on_sale: bool) {
        self.on_sale[listing as usize] = on_sale;
    }

    pub(super) fn auto_restock(&self, listing: u32) -> bool {
        self.auto_restock[listing as usize]
    }

    pub(super) fn set_auto_restock(&mut self, listing: u32, auto_restock: bool) {
        self.auto_restock[listing as usize] = auto_restock;
    }

    fn slot(&self, listing: u32, location: usize) -> usize {
        listing as usize * self.locations + location
    }

    pub(super) fn available_at(&self, listing: u32, location: usize) -> i64 {
        self.available[self.slot(listing, location)]
    }

    pub(super) fn committed_at(&self, listing: u32, location: usize) -> i64 {
        self.committed[self.slot(listing, location)]
    }

    pub(super) fn committed(&self, listing: u32) -> i64 {
        let first = self.slot(listing, 0);
        self.committed[first..first + self.locations].iter().sum()
    }

    pub(super) fn set_available(&mut self, listing: u32, location: usize, units: i64) {
        let slot = self.slot(listing, location);
        self.total[listing as usize] += units - self.available[slot];
        self.available[slot] = units;
    }

    pub(super) fn add_available(&mut self, listing: u32, location: usize, units: i64) {
        let there = self.available_at(listing, location);
        self.set_available(listing, location, there.saturating_add(units));
    }

    pub(super) fn add_committed(&mut self, listing: u32, location: usize, units: i64) {
        let slot = self.slot(listing, location);
        self.committed[slot] += units;
        debug_assert!(self.committed[slot] >= 0, "released more than committed");
    }

    /// When a write that takes `delay` becomes live: never before an earlier write of the same listing.
    fn reserve_live_at(&mut self, now: Micros, listing: u32, delay: Micros) -> Micros {
        let live_at = &mut self.live_at[listing as usize];
        *live_at = (now + delay).max(*live_at);
        *live_at
    }
}

/// An accepted write that is not live yet.
#[derive(Debug)]
pub(super) struct PendingWrite {
    pub(super) listing: u32,
    pub(super) sent_at: Micros,
    pub(super) received_at: Micros,
    /// One absolute number for each location.
    pub(super) quantities: Vec<i64>,
}

impl TiktokShop {
    /// Accepts an absolute write; it overwrites what is available when it becomes live, sales in between included:
    /// that is the race of sheet 5.4.
    pub(super) fn accept_write(&mut self, write: PendingWrite) {
        let now = write.received_at;
        self.writes_accepted += 1;
        let delay = self
            .profile
            .inventory
            .propagation
            .draw(&mut crate::core::Stream::new(
                self.keys.propagation,
                self.writes_accepted,
            ));
        let live_at = self.stock.reserve_live_at(now, write.listing, delay);
        if live_at <= now {
            self.make_live(now, &write);
            self.spare_quantities.push(write.quantities);
            return;
        }
        let index = match self.free_writes.pop() {
            Some(index) => {
                self.writes[index as usize] = Some(write);
                index
            }
            None => {
                self.writes.push(Some(write));
                self.writes.len() as u32 - 1
            }
        };
        self.timers.set(live_at, Due::WriteLive(index));
    }

    pub(super) fn write_due(&mut self, now: Micros, index: u32) {
        if let Some(write) = self.writes[index as usize].take() {
            self.free_writes.push(index);
            self.make_live(now, &write);
            self.spare_quantities.push(write.quantities);
        }
    }

    fn make_live(&mut self, now: Micros, write: &PendingWrite) {
        let listing = write.listing;
        let from = self.stock.displayed(listing);
        let available = self.stock.available(listing);
        for (location, units) in write.quantities.iter().enumerate() {
            self.stock.set_available(listing, location, *units);
        }
        let to = self.stock.displayed(listing);
        self.fact(Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause: Cause::Write {
                sent_at: write.sent_at,
                received_at: write.received_at,
            },
        });
        let change = self.stock.available(listing) - available;
        if change != 0 {
            self.inventory_changed(now, listing, Trigger::ApiSync, change, 0);
        }
    }

    /// Commits units of a listing, location by location in the shop's order, and reports each part to `taken`. The
    /// caller has made sure that enough is displayed.
    pub(super) fn commit(
        &mut self,
        listing: u32,
        mut units: i64,
        mut taken: impl FnMut(&mut Self, usize, i64),
    ) {
        for location in 0..self.stock.locations {
            let part = self.stock.available_at(listing, location).clamp(0, units);
            if part > 0 {
                self.stock.add_available(listing, location, -part);
                self.stock.add_committed(listing, location, part);
                taken(self, location, part);
                units -= part;
            }
        }
        debug_assert_eq!(units, 0, "a checkout went past the displayed quantity");
    }

    /// Reports a change of the displayed quantity, unless there was none.
    pub(super) fn displayed_changed(&mut self, listing: u32, from: i64, cause: Cause) {
        let to = self.stock.displayed(listing);
        if from != to {
            self.fact(Fact::Displayed {
                listing: ListingIndex(listing),
                from,
                to,
                cause,
            });
        }
    }

    /// Sends webhook 71, if anybody listens.
    pub(super) fn inventory_changed(
        &mut self,
        now: Micros,
        listing: u32,
        trigger: Trigger,
        available_delta: i64,
        committed_delta: i64,
    ) {
        if self.signals.inventory_listener().is_some() {
            let change = InventoryChange {
                listing,
                trigger,
                at: now,
                available: self.stock.available(listing),
                committed: self.stock.committed(listing),
                available_delta,
                committed_delta,
            };
            self.signal(now, Event::Inventory(change));
        }
    }
}
