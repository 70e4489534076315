//! Reserving units for orders, releasing held ones, cancelling.

use std::borrow::Cow;

use serde::Deserialize;

use super::changes::LineIndex;
use super::errors::ApiError;
use super::fact::{DeallocationReason, Fact};
use super::ids::AllocationIndex;
use super::inventory::Movement;
use super::json;
use super::machine::{Reply, Warehouse};
use super::orders::{Answer, LONGEST_ID, State};
use super::paging::decode;
use super::seed::ItemIndex;
use crate::core::{LocationIndex, Micros, Output};

/// Most orders in a request.
const MOST_ALLOCATIONS: usize = 100;
/// Most lines in an order.
const MOST_LINES: usize = 100;
/// Most units in a line.
const MOST_UNITS: u32 = 1_000_000;
/// Most ids in a release.
const MOST_RELEASES: usize = 1_000;

#[derive(Deserialize)]
struct AllocationsBody<'body> {
    #[serde(borrow)]
    allocations: Vec<OrderBody<'body>>,
}

#[derive(Deserialize)]
struct OrderBody<'body> {
    #[serde(borrow)]
    channel: Cow<'body, str>,
    #[serde(borrow)]
    order_id: Cow<'body, str>,
    #[serde(default)]
    hold: bool,
    #[serde(borrow, default)]
    ship_to: ShipToBody<'body>,
    #[serde(borrow)]
    lines: Vec<LineBody<'body>>,
}

#[derive(Deserialize, Default)]
struct ShipToBody<'body> {
    #[serde(borrow, default)]
    postal_code: Cow<'body, str>,
}

#[derive(Deserialize)]
struct LineBody<'body> {
    #[serde(borrow)]
    line_id: Cow<'body, str>,
    #[serde(borrow)]
    sku: Cow<'body, str>,
    units: u32,
    #[serde(borrow, default)]
    location: Option<Text<'body>>,
}

/// A text that stays borrowed inside options and lists too, where serde would copy a bare `Cow`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'body>(#[serde(borrow)] Cow<'body, str>);

#[derive(Deserialize)]
struct ReleasesBody<'body> {
    #[serde(borrow)]
    allocations: Vec<Text<'body>>,
}

fn read<'body, T: Deserialize<'body>>(body: &'body [u8]) -> Result<T, ApiError> {
    crate::core::json::read(body)
        .map_err(|error| ApiError::bad_request(format!("the body is not as described: {error}")))
}

/// Where a line goes.
struct Decision {
    location: LocationIndex,
    rerouted: bool,
    off_route: bool,
}

impl Warehouse {
    /// `POST /v1/allocations`. Either the whole request is refused before anything took effect, or each entry is decided
    /// on its own.
    pub(super) fn create_allocations(
        &mut self,
        now: Micros,
        body: &[u8],
    ) -> Result<Reply, ApiError> {
        let request: AllocationsBody<'_> = read(body)?;
        self.check(&request)?;
        let mut out = Vec::with_capacity(16 + 192 * request.allocations.len());
        out.extend_from_slice(b"{\"results\":");
        json::array(&mut out, &request.allocations, |out, order| {
            let channel = self
                .catalogue
                .channel_number(&order.channel)
                .expect("channels have been checked");
            let (allocation, new) = self.allocate(now, channel, order);
            self.write_result(out, allocation, !new);
        });
        out.push(b'}');
        Ok(Reply::Body(out))
    }

    fn check(&self, request: &AllocationsBody<'_>) -> Result<(), ApiError> {
        if !(1..=MOST_ALLOCATIONS).contains(&request.allocations.len()) {
            return Err(ApiError::unprocessable(format!(
                "allocations must hold 1 to {MOST_ALLOCATIONS} orders"
            )));
        }
        for (position, order) in request.allocations.iter().enumerate() {
            let refuse = |what: &str| {
                Err(ApiError::unprocessable(format!(
                    "allocations[{position}].{what}"
                )))
            };
            if self.catalogue.channel_number(&order.channel).is_none() {
                return refuse(&format!("channel: {} is not known here", order.channel));
            }
            if !(1..=LONGEST_ID).contains(&order.order_id.len()) {
                return refuse("order_id must have 1 to 255 bytes");
            }
            if !(1..=MOST_LINES).contains(&order.lines.len()) {
                return refuse("lines must hold 1 to 100 lines");
            }
            for line in &order.lines {
                if !(1..=LONGEST_ID).contains(&line.line_id.len()) {
                    return refuse("lines: each line_id must have 1 to 255 bytes");
                }
                if !(1..=MOST_UNITS).contains(&line.units) {
                    return refuse("lines: units must be 1 to 1000000");
                }
            }
        }
        Ok(())
    }

    /// Takes one order in; does nothing but report it when it is known. Tells whether it was new.
    fn allocate(
        &mut self,
        now: Micros,
        channel: u16,
        order: &OrderBody<'_>,
    ) -> (AllocationIndex, bool) {
        let (allocation, new) = self.book.enter(channel, &order.order_id);
        self.report(Fact::OrderReceived {
            channel,
            order_id: Box::from(order.order_id.as_ref()),
            duplicate: !new,
        });
        if !new {
            return (allocation, false);
        }
        if !self.names_only_known_things(order) {
            for line in &order.lines {
                let item = self
                    .catalogue
                    .item(&line.sku)
                    .unwrap_or(ItemIndex(u32::MAX));
                self.book.add_line(&line.line_id, item, line.units, None);
            }
            self.book.set_answer(allocation, Answer::Invalid);
            return (allocation, true);
        }
        let mut anything_to_pick = false;
        for line in &order.lines {
            let item = self
                .catalogue
                .item(&line.sku)
                .expect("SKUs have been checked");
            let asked = line.location.as_ref().map(|Text(code)| {
                self.catalogue
                    .location(code)
                    .expect("codes have been checked")
            });
            let decision =
                self.decide(channel, &order.ship_to.postal_code, item, line.units, asked);
            let booked = self.book.add_line(
                &line.line_id,
                item,
                line.units,
                decision.as_ref().map(|decision| decision.location),
            );
            let order_id = Box::from(order.order_id.as_ref());
            match decision {
                Some(decision) => {
                    anything_to_pick = true;
                    self.post(
                        now,
                        Movement::Allocated,
                        item,
                        decision.location,
                        line.units as i32,
                        booked,
                    );
                    self.report(Fact::Allocated {
                        channel,
                        order_id,
                        item,
                        location: decision.location,
                        units: line.units,
                        rerouted: decision.rerouted,
                        off_route: decision.off_route,
                    });
                }
                None => {
                    self.book.set_answer(allocation, Answer::Short);
                    self.report(Fact::Short {
                        channel,
                        order_id,
                        item,
                        units: line.units,
                    });
                }
            }
        }
        if order.hold {
            self.book.set_state(allocation, State::Held);
        } else if anything_to_pick {
            self.schedule_shipment(now, allocation);
        }
        (allocation, true)
    }

    fn names_only_known_things(&self, order: &OrderBody<'_>) -> bool {
        order.lines.iter().all(|line| {
            self.catalogue.item(&line.sku).is_some()
                && line
                    .location
                    .as_ref()
                    .is_none_or(|Text(code)| self.catalogue.location(code).is_some())
        })
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

    /// Writes the first answer to an order; `duplicate` tells whether it is given again.
    fn write_result(&self, out: &mut Vec<u8>, allocation: AllocationIndex, duplicate: bool) {
        out.extend_from_slice(b"{\"channel\":");
        json::text(out, self.catalogue.channel(self.book.channel(allocation)));
        out.extend_from_slice(b",\"order_id\":");
        json::text(out, self.book.order_id(allocation));
        out.extend_from_slice(b",\"allocation\":\"");
        allocation.write(out);
        out.extend_from_slice(match self.book.answer(allocation) {
            Answer::Allocated => b"\",\"status\":\"allocated\",\"duplicate\":".as_slice(),
            Answer::Short => b"\",\"status\":\"short\",\"duplicate\":",
            Answer::Invalid => b"\",\"status\":\"invalid\",\"duplicate\":",
        });
        json::boolean(out, duplicate);
        out.extend_from_slice(b",\"lines\":");
        json::array(out, self.book.line_range(allocation), |out, index| {
            let line = self.book.line(index);
            out.extend_from_slice(b"{\"line_id\":");
            json::text(out, line.line_id);
            out.extend_from_slice(b",\"location\":");
            match line.location {
                Some(location) => json::text(out, self.catalogue.location_code(location)),
                None => out.extend_from_slice(b"null"),
            }
            out.extend_from_slice(b",\"units\":");
            json::integer(out, line.units);
            out.extend_from_slice(b",\"short\":");
            json::integer(
                out,
                if line.location.is_some() {
                    0
                } else {
                    line.units
                },
            );
            out.push(b'}');
        });
        out.push(b'}');
    }

    /// `POST /v1/releases`. Ids of what is cancelled are unknown; to release twice is no error.
    pub(super) fn release_allocations(
        &mut self,
        now: Micros,
        body: &[u8],
    ) -> Result<Reply, ApiError> {
        let request: ReleasesBody<'_> = read(body)?;
        if !(1..=MOST_RELEASES).contains(&request.allocations.len()) {
            return Err(ApiError::unprocessable(format!(
                "allocations must hold 1 to {MOST_RELEASES} ids"
            )));
        }
        let (mut released, mut unknown) = (Vec::new(), Vec::new());
        for Text(id) in &request.allocations {
            match self.known_allocation(id) {
                Some(allocation) if self.release(now, allocation) => released.push(id),
                _ => unknown.push(id),
            }
        }
        let mut out = Vec::with_capacity(32 + 16 * request.allocations.len());
        out.extend_from_slice(b"{\"released\":");
        json::array(&mut out, released, |out, id| json::text(out, id));
        out.extend_from_slice(b",\"unknown\":");
        json::array(&mut out, unknown, |out, id| json::text(out, id));
        out.push(b'}');
        Ok(Reply::Body(out))
    }

    fn known_allocation(&self, id: &str) -> Option<AllocationIndex> {
        AllocationIndex::parse(id).filter(|&allocation| self.book.contains(allocation))
    }

    fn release(&mut self, now: Micros, allocation: AllocationIndex) -> bool {
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

    /// `POST /v1/allocations/{id}/cancel`. To cancel twice is no error.
    pub(super) fn cancel_allocation(
        &mut self,
        now: Micros,
        encoded_id: &str,
    ) -> Result<Reply, ApiError> {
        let id = decode(encoded_id, "the id")?;
        let allocation = self
            .known_allocation(&id)
            .ok_or_else(|| ApiError::not_found(format!("there is no allocation {id}")))?;
        let cancelled = match self.book.state(allocation) {
            State::Shipped => false,
            State::Cancelled => true,
            State::Held | State::Open => {
                self.book.set_state(allocation, State::Cancelled);
                for index in self.book.line_range(allocation) {
                    self.let_go(now, allocation, index, DeallocationReason::Cancelled);
                }
                true
            }
        };
        let mut out = Vec::with_capacity(64);
        out.extend_from_slice(b"{\"allocation\":");
        json::text(&mut out, &id);
        out.extend_from_slice(b",\"cancelled\":");
        json::boolean(&mut out, cancelled);
        out.push(b'}');
        Ok(Reply::Body(out))
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

    pub(super) fn report(&mut self, fact: Fact) {
        self.outputs.push_back(Output::Fact(fact));
    }
}
