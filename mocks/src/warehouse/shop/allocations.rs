//! Reserving units for orders, releasing held ones, cancelling.

use crate::core::{LocationIndex, Micros};
use crate::warehouse::model::changes::LineIndex;
use crate::warehouse::model::ids::AllocationIndex;
use crate::warehouse::model::inventory::Movement;
use crate::warehouse::model::orders::{Answer, State};
use crate::warehouse::model::seed::ItemIndex;

use super::WarehouseState;
use super::fact::{DeallocationReason, Fact};

/// Where a line is asked to be served from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The warehouse decides.
    Anywhere,
    At(LocationIndex),
    /// A location that does not exist.
    Unknown,
}

/// A line of an order to reserve units for.
pub(crate) struct NewLine<'a> {
    pub(crate) line_id: &'a str,
    /// `None` for a SKU that does not exist.
    pub(crate) item: Option<ItemIndex>,
    pub(crate) units: u32,
    pub(crate) asked: Asked,
}

/// An order to reserve units for.
pub(crate) struct NewOrder<'a> {
    pub(crate) channel: u16,
    pub(crate) order_id: &'a str,
    pub(crate) postal_code: &'a str,
    /// Whether it waits for its release before it is picked.
    pub(crate) hold: bool,
    pub(crate) lines: &'a [NewLine<'a>],
}

/// Where a line, or a part of one, goes.
struct Decision {
    units: u32,
    location: LocationIndex,
    rerouted: bool,
    off_route: bool,
}

impl WarehouseState {
    /// Takes one order in; does nothing but report it when it is known. Tells whether it was new.
    pub(crate) fn allocate(
        &mut self,
        now: Micros,
        order: &NewOrder<'_>,
    ) -> (AllocationIndex, bool) {
        let channel = order.channel;
        let (allocation, new) = self.book.enter(channel, order.order_id);
        self.report(Fact::OrderReceived {
            channel,
            order_id: Box::from(order.order_id),
            duplicate: !new,
        });
        if !new {
            return (allocation, false);
        }
        let is_known = |line: &NewLine<'_>| line.item.is_some() && line.asked != Asked::Unknown;
        if !order.lines.iter().all(is_known) {
            for line in order.lines {
                let item = line.item.unwrap_or(ItemIndex(u32::MAX));
                self.book.add_line(line.line_id, item, line.units, None);
            }
            self.book.set_answer(allocation, Answer::Invalid);
            return (allocation, true);
        }
        let mut anything_to_pick = false;
        for line in order.lines {
            anything_to_pick |= self.allocate_line(now, allocation, order, line);
        }
        if order.hold {
            self.book.set_state(allocation, State::Held);
        } else if anything_to_pick {
            self.schedule_shipment(now, allocation);
        }
        (allocation, true)
    }

    /// Reserves a line's units if a location can serve it; tells whether one can.
    fn allocate_line(
        &mut self,
        now: Micros,
        allocation: AllocationIndex,
        order: &NewOrder<'_>,
        line: &NewLine<'_>,
    ) -> bool {
        let item = line.item.expect("SKUs have been checked");
        let (channel, units) = (order.channel, line.units);
        let order_id = Box::from(order.order_id);
        let asked = match line.asked {
            Asked::At(location) => Some(location),
            Asked::Anywhere | Asked::Unknown => None,
        };
        let decisions = self.decide(channel, order.postal_code, item, units, asked);
        if decisions.is_empty() {
            self.book.add_line(line.line_id, item, units, None);
            self.book.set_answer(allocation, Answer::Short);
            self.report(Fact::Short {
                channel,
                order_id,
                item,
                units,
            });
            return false;
        }
        for decision in decisions {
            let Decision {
                units, location, ..
            } = decision;
            let split = self.is_split_by(allocation, location);
            let booked = self
                .book
                .add_line(line.line_id, item, units, Some(location));
            let movement = Movement::Allocated;
            self.post(now, movement, item, location, units as i32, booked);
            self.report(Fact::Allocated {
                channel,
                order_id: order_id.clone(),
                item,
                location,
                units,
                rerouted: decision.rerouted,
                off_route: decision.off_route,
                split,
            });
        }
        true
    }

    /// Whether a location is a further one for an allocation.
    fn is_split_by(&self, allocation: AllocationIndex, location: LocationIndex) -> bool {
        let mut places = self
            .book
            .line_range(allocation)
            .filter_map(|index| self.book.line(index).location)
            .peekable();
        places.peek().is_some() && !places.any(|place| place == location)
    }

    /// Finds the location for a line: the one asked for if it may and can serve it, else the best that can. A line that
    /// none can serve alone is taken from several, the one asked for first, then the best; nothing if all together lack
    /// units.
    fn decide(
        &self,
        channel: u16,
        postal_code: &str,
        item: ItemIndex,
        units: u32,
        asked: Option<LocationIndex>,
    ) -> Vec<Decision> {
        let preference = self.catalogue.routing.preference(channel, postal_code);
        let row = self.inventory.row(item);
        let available = |location: &LocationIndex| {
            u32::try_from(row[usize::from(location.0)].available()).unwrap_or(0)
        };
        let can_serve = |location: &LocationIndex| available(location) >= units;
        let asked_here = asked.filter(|asked| preference.contains(asked));
        if let Some(&truth) = preference.iter().find(|location| can_serve(location)) {
            let location = asked_here.filter(can_serve).unwrap_or(truth);
            return vec![Decision {
                units,
                location,
                rerouted: asked.is_some_and(|asked| asked != location),
                off_route: location != truth,
            }];
        }
        let mut left = units;
        let mut parts: Vec<Decision> = Vec::new();
        for location in asked_here.iter().chain(preference) {
            let here = available(location).min(left);
            if here > 0 && !parts.iter().any(|part| part.location == *location) {
                parts.push(Decision {
                    units: here,
                    location: *location,
                    rerouted: false,
                    off_route: false,
                });
                left -= here;
            }
        }
        if left > 0 {
            parts.clear();
        }
        parts
    }

    /// Lets a held order be picked; to release twice is no error. Answers false for a cancelled one.
    pub(crate) fn release(&mut self, now: Micros, allocation: AllocationIndex) -> bool {
        match self.book.state(allocation) {
            State::Cancelled => false,
            State::Open | State::Shipped => true,
            State::Held => {
                self.book.set_state(allocation, State::Open);
                let anything_to_pick = self
                    .book
                    .line_range(allocation)
                    .any(|index| self.book.line(index).location.is_some());
                if anything_to_pick {
                    self.schedule_shipment(now, allocation);
                }
                true
            }
        }
    }

    /// Gives up an order that has not left; to cancel twice is no error. Answers false for a shipped one.
    pub(crate) fn cancel(&mut self, now: Micros, allocation: AllocationIndex) -> bool {
        match self.book.state(allocation) {
            State::Shipped => false,
            State::Cancelled => true,
            State::Held | State::Open => {
                self.book.set_state(allocation, State::Cancelled);
                for index in self.book.line_range(allocation) {
                    self.let_go(now, allocation, index, DeallocationReason::Cancelled);
                }
                true
            }
        }
    }

    /// Gives back the units of a line beyond those still wanted, the last parts of it first, and answers how many units
    /// were reserved no longer; to ask twice is no error. `None` for an order that has left.
    pub(crate) fn reduce(
        &mut self,
        now: Micros,
        allocation: AllocationIndex,
        line_id: &str,
        wanted: u32,
    ) -> Option<u32> {
        match self.book.state(allocation) {
            State::Shipped => return None,
            State::Cancelled => return Some(0),
            State::Held | State::Open => {}
        }
        let range = self.book.line_range(allocation);
        let of_line = |index: &u32| self.book.line(*index).line_id == line_id;
        let parts: Vec<u32> = range.clone().filter(of_line).collect();
        let units: u32 = parts.iter().map(|&index| self.book.line(index).units).sum();
        let mut excess = units.saturating_sub(wanted);
        let mut given_back = 0;
        for index in parts.into_iter().rev() {
            let line = self.book.line(index);
            let (taken, is_reserved) = (line.units.min(excess), line.location.is_some());
            let kept = line.units - taken;
            excess -= taken;
            if taken == 0 {
                continue;
            }
            if is_reserved {
                given_back += taken;
                let reason = DeallocationReason::Cancelled;
                self.let_go_of(now, allocation, index, taken, reason);
            } else {
                self.book.lower_line(index, kept);
            }
        }
        // A line that nothing was reserved for never leaves, so that it is no reason to go picking.
        let leaves = |index: u32| {
            let line = self.book.line(index);
            line.location.is_some() && line.units > 0
        };
        if !range.into_iter().any(leaves) {
            self.book.set_state(allocation, State::Cancelled);
        }
        Some(given_back)
    }

    /// Gives the reserved units of a line back, if it has any.
    pub(super) fn let_go(
        &mut self,
        now: Micros,
        allocation: AllocationIndex,
        line: u32,
        reason: DeallocationReason,
    ) {
        let units = self.book.line(line).units;
        self.let_go_of(now, allocation, line, units, reason);
    }

    /// Gives so many reserved units of a line back, if it has any. The line has them no longer, however they were given
    /// back: an order that is asked for again hears what is still reserved for it (createAllocations).
    fn let_go_of(
        &mut self,
        now: Micros,
        allocation: AllocationIndex,
        line: u32,
        units: u32,
        reason: DeallocationReason,
    ) {
        let booked = self.book.line(line);
        let (item, held) = (booked.item, booked.units);
        let Some(location) = booked.location.filter(|_| units > 0) else {
            return;
        };
        let movement = match reason {
            DeallocationReason::Cancelled => Movement::Cancelled,
            DeallocationReason::Missing => Movement::Missing,
        };
        self.post(now, movement, item, location, units as i32, LineIndex(line));
        self.report(Fact::Deallocated {
            channel: self.book.channel(allocation),
            order_id: Box::from(self.book.order_id(allocation)),
            item,
            location,
            units,
            reason,
        });
        self.book.lower_line(line, held - units);
    }
}
