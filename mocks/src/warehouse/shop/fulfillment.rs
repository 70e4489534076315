//! Picking and shipping: some time after its allocation or release, an order's lines leave together.

use std::cmp::Reverse;

use crate::core::{Micros, Stream};
use crate::warehouse::model::changes::LineIndex;
use crate::warehouse::model::ids::AllocationIndex;
use crate::warehouse::model::inventory::Movement;
use crate::warehouse::model::orders::State;

use super::WarehouseState;
use super::fact::{DeallocationReason, Fact};

impl WarehouseState {
    /// Draws how long picking takes. The draw belongs to the allocation, so that no other order can move it.
    pub(super) fn schedule_shipment(&mut self, now: Micros, allocation: AllocationIndex) {
        let mut stream = Stream::new(self.pick_and_ship, u64::from(allocation.0));
        let due = now + self.profile.pick_and_ship.draw(&mut stream);
        self.shipments.push(Reverse((due, allocation)));
    }

    /// Ships everything that is due.
    pub(crate) fn ship_due(&mut self, now: Micros) {
        while let Some(&Reverse((due, allocation))) = self.shipments.peek() {
            let open = self.book.state(allocation) == State::Open;
            if open && due > now {
                break;
            }
            // Cancelled ones leave the queue as soon as they reach its head, so that the head is the exact next timer.
            self.shipments.pop();
            if open {
                self.ship(now, allocation);
            }
        }
    }

    /// Ships the lines whose units are on the shelf. Breakage or a recount may have left fewer than were reserved: such
    /// a line is let go of and reported short.
    fn ship(&mut self, now: Micros, allocation: AllocationIndex) {
        let channel = self.book.channel(allocation);
        // Until a line has left, nothing has.
        let mut state = State::Cancelled;
        for index in self.book.line_range(allocation) {
            let line = self.book.line(index);
            let (item, units) = (line.item, line.units);
            let Some(location) = line.location.filter(|_| units > 0) else {
                continue;
            };
            let order_id = Box::from(self.book.order_id(allocation));
            if self.inventory.cell(item, location).on_hand >= units as i32 {
                state = State::Shipped;
                self.post(
                    now,
                    Movement::Shipped,
                    item,
                    location,
                    units as i32,
                    LineIndex(index),
                );
                self.report(Fact::Shipped {
                    channel,
                    order_id,
                    item,
                    location,
                    units,
                });
            } else {
                self.let_go(now, allocation, index, DeallocationReason::Missing);
                self.report(Fact::Short {
                    channel,
                    order_id,
                    item,
                    units,
                });
            }
        }
        self.book.set_state(allocation, state);
    }
}
