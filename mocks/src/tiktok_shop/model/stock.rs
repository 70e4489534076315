//! Stock: available and committed units per warehouse, absolute writes that become live later (docs/platforms/tiktok_shop.md 5).

use crate::core::{Micros, PastValues};

/// Why stock changed, in the words of webhook 71 (docs/platforms/tiktok_shop.md 5.1).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    OrderCreated,
    OrderCanceled,
    OrderShipped,
    ManualAdjustment,
    ApiSync,
}

impl Trigger {
    pub(crate) fn name(self) -> &'static str {
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
pub(crate) struct Stock {
    pub(crate) locations: usize,
    available: Vec<i64>,
    committed: Vec<i64>,
    /// Available units of each listing over all locations.
    total: Vec<i64>,
    /// Whether buyers see a listing: not so while its product is deactivated.
    on_sale: Vec<bool>,
    /// Whether a cancelled order's units return to the available number by themselves (docs/platforms/tiktok_shop.md 5.1).
    /// `None` where nobody has set it: then the shop's default holds.
    auto_restock: Vec<Option<bool>>,
    pub(crate) auto_restock_default: bool,
    /// When the latest accepted write of a listing becomes live; writes of one listing do not overtake each other.
    live_at: Vec<Micros>,
    /// Available and committed units as they were, by slot.
    pub(crate) past: PastValues<(i64, i64)>,
}

impl Stock {
    pub(crate) fn new(listings: usize, locations: usize, auto_restock: bool) -> Stock {
        Stock {
            locations,
            available: vec![0; listings * locations],
            committed: vec![0; listings * locations],
            total: vec![0; listings],
            on_sale: vec![true; listings],
            auto_restock: vec![None; listings],
            auto_restock_default: auto_restock,
            live_at: vec![Micros::ZERO; listings],
            past: PastValues::default(),
        }
    }

    /// Units that buyers can buy.
    pub(crate) fn displayed(&self, listing: u32) -> i64 {
        match self.on_sale.get(listing as usize) {
            Some(true) => self.total[listing as usize],
            _ => 0,
        }
    }

    /// Available units over all locations, on sale or not.
    pub(crate) fn available(&self, listing: u32) -> i64 {
        self.total[listing as usize]
    }

    pub(crate) fn is_on_sale(&self, listing: u32) -> bool {
        self.on_sale[listing as usize]
    }

    pub(crate) fn put_on_sale(&mut self, listing: u32, on_sale: bool) {
        self.on_sale[listing as usize] = on_sale;
    }

    /// What the seller has set for a listing.
    pub(crate) fn own_auto_restock(&self, listing: u32) -> Option<bool> {
        self.auto_restock[listing as usize]
    }

    pub(crate) fn auto_restock(&self, listing: u32) -> bool {
        self.auto_restock[listing as usize].unwrap_or(self.auto_restock_default)
    }

    pub(crate) fn set_auto_restock(&mut self, listing: u32, auto_restock: bool) {
        self.auto_restock[listing as usize] = Some(auto_restock);
    }

    fn slot(&self, listing: u32, location: usize) -> usize {
        listing as usize * self.locations + location
    }

    pub(crate) fn available_at(&self, listing: u32, location: usize) -> i64 {
        self.available[self.slot(listing, location)]
    }

    pub(crate) fn committed(&self, listing: u32) -> i64 {
        let first = self.slot(listing, 0);
        self.committed[first..first + self.locations].iter().sum()
    }

    /// Available and committed units at a location, as the read under way shows them.
    pub(crate) fn shown_at(&self, listing: u32, location: usize) -> (i64, i64) {
        let slot = self.slot(listing, location);
        let present = (self.available[slot], self.committed[slot]);
        *self.past.shown(slot as u32, &present)
    }

    /// The same over all locations.
    pub(crate) fn shown(&self, listing: u32) -> (i64, i64) {
        (0..self.locations).fold((0, 0), |(available, committed), location| {
            let (here, promised) = self.shown_at(listing, location);
            (available + here, committed + promised)
        })
    }

    /// Ends the read under way. Gives the listings of which it has shown older counts.
    pub(crate) fn end_read(&mut self) -> Vec<u32> {
        let slots = self.past.end_read().into_iter();
        let mut listings: Vec<u32> = slots
            .map(|slot| (slot / self.locations as u64) as u32)
            .collect();
        listings.dedup();
        listings
    }

    fn note_past(&mut self, slot: usize) {
        if self.past.is_kept() {
            let value = (self.available[slot], self.committed[slot]);
            self.past.ends(slot as u32, value);
        }
    }

    pub(crate) fn set_available(&mut self, listing: u32, location: usize, units: i64) {
        let slot = self.slot(listing, location);
        self.note_past(slot);
        self.total[listing as usize] += units - self.available[slot];
        self.available[slot] = units;
    }

    pub(crate) fn add_available(&mut self, listing: u32, location: usize, units: i64) {
        let there = self.available_at(listing, location);
        self.set_available(listing, location, there.saturating_add(units));
    }

    pub(crate) fn add_committed(&mut self, listing: u32, location: usize, units: i64) {
        let slot = self.slot(listing, location);
        self.note_past(slot);
        self.committed[slot] += units;
        debug_assert!(self.committed[slot] >= 0, "released more than committed");
    }

    /// Commits units of a listing, location by location in the shop's order, and reports each part, by location and
    /// units, to `taken`. The caller has made sure that enough is displayed.
    pub(crate) fn commit(
        &mut self,
        listing: u32,
        mut units: i64,
        mut taken: impl FnMut(usize, i64),
    ) {
        for location in 0..self.locations {
            let part = self.available_at(listing, location).clamp(0, units);
            if part > 0 {
                self.add_available(listing, location, -part);
                self.add_committed(listing, location, part);
                taken(location, part);
                units -= part;
            }
        }
        debug_assert_eq!(units, 0, "a checkout went past the displayed quantity");
    }

    /// When a write that takes `delay` becomes live: never before an earlier write of the same listing.
    pub(crate) fn reserve_live_at(&mut self, now: Micros, listing: u32, delay: Micros) -> Micros {
        let live_at = &mut self.live_at[listing as usize];
        *live_at = (now + delay).max(*live_at);
        *live_at
    }
}

/// An accepted write that is not live yet.
#[derive(Debug)]
pub(crate) struct PendingWrite {
    pub(crate) listing: u32,
    pub(crate) sent_at: Micros,
    pub(crate) received_at: Micros,
    /// One absolute number for each location.
    pub(crate) quantities: Vec<i64>,
}

/// The accepted writes that are not live yet.
#[derive(Debug, Default)]
pub(crate) struct PendingWrites {
    slots: Vec<Option<PendingWrite>>,
    free: Vec<u32>,
    /// Writes accepted so far; keys the draw of each delay.
    pub(crate) accepted: u64,
    /// Emptied quantity lists, kept so that an inventory update need not allocate.
    spare: Vec<Vec<i64>>,
}

impl PendingWrites {
    /// Keeps a write until it is taken; answers its position.
    pub(crate) fn hold(&mut self, write: PendingWrite) -> u32 {
        match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = Some(write);
                index
            }
            None => {
                self.slots.push(Some(write));
                self.slots.len() as u32 - 1
            }
        }
    }

    pub(crate) fn take(&mut self, index: u32) -> Option<PendingWrite> {
        let write = self.slots[index as usize].take()?;
        self.free.push(index);
        Some(write)
    }

    /// An empty list of quantities.
    pub(crate) fn quantities(&mut self) -> Vec<i64> {
        let mut quantities = self.spare.pop().unwrap_or_default();
        quantities.clear();
        quantities
    }

    /// Takes back a list that is no longer needed.
    pub(crate) fn recycle(&mut self, quantities: Vec<i64>) {
        self.spare.push(quantities);
    }
}
