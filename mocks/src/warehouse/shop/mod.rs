//! The whole state of a warehouse: what moves its units, and the facts that tell of it.

mod acts;
pub(crate) mod allocations;
pub(crate) mod fact;
mod fulfillment;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::core::{Epoch, LocationIndex, Micros, Telling};

use super::model::catalogue::Catalogue;
use super::model::changes::{Change, ChangeFeed, LineIndex};
use super::model::ids::AllocationIndex;
use super::model::inventory::{Inventory, Movement};
use super::model::orders::OrderBook;
use super::model::seed::{ItemIndex, WarehouseSeed};
use super::profile::Fulfillment;
use fact::Fact;

/// The state of a warehouse.
#[derive(Debug)]
pub(crate) struct WarehouseState {
    pub(crate) epoch: Epoch,
    pub(crate) catalogue: Catalogue,
    pub(crate) inventory: Inventory,
    pub(crate) feed: ChangeFeed,
    pub(crate) book: OrderBook,
    /// Allocations to be picked, by the time they leave. Its head is never a cancelled one.
    pub(crate) shipments: BinaryHeap<Reverse<(Micros, AllocationIndex)>>,
    pub(crate) profile: Fulfillment,
    /// The key of the draws of how long picking takes.
    pick_and_ship: u64,
    facts: VecDeque<Fact>,
    /// What the body that is being written tells of stock.
    pub(crate) telling: Telling,
}

impl WarehouseState {
    /// # Panics
    /// When SKUs, channels or location codes repeat in the seed, or it has more than 1000 locations.
    pub(crate) fn open(
        seed: &WarehouseSeed,
        profile: Fulfillment,
        pick_and_ship: u64,
    ) -> WarehouseState {
        WarehouseState {
            epoch: seed.epoch,
            catalogue: Catalogue::open(seed),
            inventory: Inventory::open(seed),
            feed: ChangeFeed::default(),
            book: OrderBook::default(),
            shipments: BinaryHeap::new(),
            profile,
            pick_and_ship,
            facts: VecDeque::new(),
            telling: Telling::default(),
        }
    }

    /// Takes the oldest fact.
    pub(crate) fn take_fact(&mut self) -> Option<Fact> {
        self.facts.pop_front()
    }

    fn report(&mut self, fact: Fact) {
        self.facts.push_back(fact);
    }

    /// When the next order leaves.
    pub(crate) fn next_shipment(&self) -> Option<Micros> {
        self.shipments.peek().map(|&Reverse((at, _))| at)
    }

    /// Books a movement, notes it in the feed, and returns the units on hand afterwards.
    fn post(
        &mut self,
        now: Micros,
        movement: Movement,
        item: ItemIndex,
        location: LocationIndex,
        units: i32,
        line: LineIndex,
    ) -> i32 {
        let version = self.feed.end() + 1;
        let cell = self
            .inventory
            .apply(movement, item, location, units, version);
        self.feed.push(Change {
            at: now,
            item,
            line,
            units: movement.signed(units),
            on_hand: cell.on_hand,
            available: cell.available(),
            location,
            movement,
        });
        cell.on_hand
    }
}
