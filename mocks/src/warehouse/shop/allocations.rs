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

/// Where a line goes.
struct Decision {
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
        let decision = self.decide(channel, order.postal_code, item, units, asked);
        let location = decision.as_ref().map(|decision| decision.location);
        let booked = self.book.add_line(line.line_id, item, units, location);
        let Some(decision) = decision else {
            self.book.set_answer(allocation, Answer::Short);
            self.report(Fact::Short {
                channel,
                order_id,
                item,
                units,
            });
            return false;
        };
        let location = decision.location;
        self.post(
            now,
            Movement::Allocated,
            item,
            location,
            units as i32,
            booked,
        );
        self.report(Fact::Allocated {
            channel,
            order_id,
            item,
            location,
            units,
            rerouted: decision.rerouted,
            off_route: decision.off_route,
        });
        true
    }

    /// Finds the location for a line: the one asked for if it may and can serve it, else the best that can.
    fn decide(
        &self,
        channel: u16,
        postal_code: &str,
        item: ItemIndex,
        units: u32,
        asked: Option<LocationIndex>,
    ) -> Option<Decision> {
        let preference = self.catalogue.routing.preference(channel, postal_code);
        let row = self.inventory.row(item);
        let can_serve = |location: &LocationIndex| {
            i64::from(row[usize::from(location.0)].available()) >= i64::from(units)
        };
        let truth = *preference.iter().find(|location| can_serve(location))?;
        let location = asked
            .filter(|asked| preference.contains(asked) && can_serve(asked))
            .unwrap_or(truth);
        Some(Decision {
            location,
            rerouted: asked.is_some_and(|asked| asked != location),
            off_route: location != truth,
        })
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

    /// Gives the reserved units of a line back, if it has any.
    pub(super) fn let_go(
        &mut self,
        now: Micros,
        allocation: AllocationIndex,
        line: u32,
        reason: DeallocationReason,
    ) {
        let booked = self.book.line(line);
        let (item, units) = (booked.item, booked.units);
        let Some(location) = booked.location else {
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
    }
}
