//! The change feed: every movement of units, in order, in records of 32 bytes; and the readers waiting for the next.

use super::errors::{ApiError, respond};
use super::ids::AllocationIndex;
use super::inventory::Movement;
use super::json;
use super::machine::{Reply, Warehouse};
use super::paging::{ChangesQuery, Query};
use super::seed::ItemIndex;
use crate::core::{LocationIndex, Micros, Output, RequestId};

/// Most long polls held at once; further ones are answered at once.
pub(super) const MOST_WAITERS: usize = 1_024;

/// What happened to units, as the API names it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum ChangeKind {
    Received,
    Damaged,
    Recounted,
    Returned,
    Allocated,
    Deallocated,
    Shipped,
}

impl ChangeKind {
    const ALL: [ChangeKind; 7] = [
        ChangeKind::Received,
        ChangeKind::Damaged,
        ChangeKind::Recounted,
        ChangeKind::Returned,
        ChangeKind::Allocated,
        ChangeKind::Deallocated,
        ChangeKind::Shipped,
    ];

    /// The bits of all kinds.
    pub const EVERY: u8 = 0b111_1111;

    /// This kind's bit in a filter.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }

    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::Received => "received",
            ChangeKind::Damaged => "damaged",
            ChangeKind::Recounted => "recounted",
            ChangeKind::Returned => "returned",
            ChangeKind::Allocated => "allocated",
            ChangeKind::Deallocated => "deallocated",
            ChangeKind::Shipped => "shipped",
        }
    }

    pub fn named(name: &str) -> Option<ChangeKind> {
        ChangeKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The line of an order that a change belongs to, as a position in the order book; or none.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct LineIndex(pub u32);

impl LineIndex {
    /// The change belongs to no line.
    pub const NONE: LineIndex = LineIndex(u32::MAX);
}

/// One movement. Its position in the feed, counted from 1, is its `seq`.
#[derive(Copy, Clone, Debug)]
pub(super) struct Change {
    pub at: Micros,
    pub item: ItemIndex,
    pub line: LineIndex,
    /// Signed, see [`Movement::signed`].
    pub units: i32,
    pub on_hand: i32,
    pub available: i32,
    pub location: LocationIndex,
    pub movement: Movement,
}

/// All movements since the run opened.
#[derive(Debug, Default)]
pub(super) struct ChangeFeed {
    changes: Vec<Change>,
    /// Kinds of the changes that waiting readers have not been told of yet.
    fresh: u8,
}

impl ChangeFeed {
    /// The position of the last change; 0 before the first.
    pub fn end(&self) -> u32 {
        self.changes.len() as u32
    }

    pub fn push(&mut self, change: Change) {
        self.fresh |= change.movement.change_kind().bit();
        self.changes.push(change);
    }

    pub fn after(&self, position: u32) -> &[Change] {
        self.changes.get(position as usize..).unwrap_or(&[])
    }

    fn has(&self, query: &ChangesQuery) -> bool {
        self.after(query.after)
            .iter()
            .any(|change| change.movement.change_kind().bit() & query.kinds != 0)
    }
}

/// A reader whose answer is held until something is there.
#[derive(Debug)]
pub(super) struct Waiter {
    id: RequestId,
    query: ChangesQuery,
    /// When the wait ends.
    pub until: Micros,
    /// Time from the end of the wait until the answer leaves.
    latency: Micros,
}

impl Warehouse {
    /// Books a movement, notes it in the feed, and returns the units on hand afterwards.
    pub(super) fn post(
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

    /// `GET /v1/changes`.
    pub(super) fn list_changes(
        &mut self,
        now: Micros,
        id: RequestId,
        latency: Micros,
        query: Query<'_>,
    ) -> Result<Reply, ApiError> {
        let query = ChangesQuery::read(query, self.feed.end())?;
        if query.wait > Micros::ZERO && self.waiters.len() < MOST_WAITERS && !self.feed.has(&query)
        {
            self.waiters.push(Waiter {
                id,
                // Nothing that is in the feed now matches, so that the answer need not look at it again.
                query: ChangesQuery {
                    after: self.feed.end(),
                    ..query
                },
                until: now + query.wait,
                latency,
            });
            return Ok(Reply::Held);
        }
        Ok(Reply::Body(self.render_changes(&query)))
    }

    /// Answers the waiting readers for whom something is there or whose wait is over.
    pub(super) fn answer_waiters(&mut self, now: Micros) {
        let fresh = std::mem::take(&mut self.feed.fresh);
        let mut at = 0;
        while at < self.waiters.len() {
            let waiter = &self.waiters[at];
            if waiter.query.kinds & fresh == 0 && waiter.until > now {
                at += 1;
                continue;
            }
            let waiter = self.waiters.remove(at);
            let body = self.render_changes(&waiter.query);
            self.outputs.push_back(Output::Response {
                id: waiter.id,
                at: now + waiter.latency,
                response: respond(http::StatusCode::OK, body),
            });
        }
    }

    fn render_changes(&self, query: &ChangesQuery) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut next = query.after;
        let mut listed = 0;
        out.extend_from_slice(b"{\"changes\":[");
        for change in self.feed.after(query.after) {
            if listed == query.limit {
                break;
            }
            next += 1;
            if change.movement.change_kind().bit() & query.kinds == 0 {
                continue;
            }
            if listed > 0 {
                out.push(b',');
            }
            listed += 1;
            self.write_change(&mut out, next, change);
        }
        out.extend_from_slice(b"],\"next\":");
        json::integer(&mut out, next);
        out.extend_from_slice(b",\"more\":");
        json::boolean(&mut out, next < self.feed.end());
        out.push(b'}');
        out
    }

    fn write_change(&self, out: &mut Vec<u8>, seq: u32, change: &Change) {
        out.extend_from_slice(b"{\"seq\":");
        json::integer(out, seq);
        out.extend_from_slice(b",\"at\":\"");
        self.epoch.write_millis_utc(change.at, out);
        out.extend_from_slice(b"\",\"kind\":");
        json::text(out, change.movement.change_kind().name());
        out.extend_from_slice(b",\"sku\":");
        json::text(out, self.catalogue.sku(change.item));
        out.extend_from_slice(b",\"location\":");
        json::text(out, self.catalogue.location_code(change.location));
        out.extend_from_slice(b",\"units\":");
        json::integer(out, change.units);
        out.extend_from_slice(b",\"on_hand\":");
        json::integer(out, change.on_hand);
        out.extend_from_slice(b",\"available\":");
        json::integer(out, change.available);
        match change.movement {
            Movement::Cancelled => out.extend_from_slice(b",\"reason\":\"cancelled\""),
            Movement::Missing => out.extend_from_slice(b",\"reason\":\"missing\""),
            _ => {}
        }
        if change.line != LineIndex::NONE {
            let (allocation, line_id) = self.book.line_owner(change.line);
            self.write_line_owner(out, allocation, line_id);
            if change.movement == Movement::Shipped {
                out.extend_from_slice(b",\"tracking\":{\"carrier\":\"UPS\",\"number\":\"");
                allocation.write_tracking_number(change.location, out);
                out.extend_from_slice(b"\"}");
            }
        }
        out.push(b'}');
    }

    fn write_line_owner(&self, out: &mut Vec<u8>, allocation: AllocationIndex, line_id: &str) {
        out.extend_from_slice(b",\"allocation\":\"");
        allocation.write(out);
        out.extend_from_slice(b"\",\"channel\":");
        json::text(out, self.catalogue.channel(self.book.channel(allocation)));
        out.extend_from_slice(b",\"order_id\":");
        json::text(out, self.book.order_id(allocation));
        out.extend_from_slice(b",\"line_id\":");
        json::text(out, line_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_takes_32_bytes() {
        assert_eq!(size_of::<Change>(), 32);
    }

    #[test]
    fn each_kind_has_its_own_bit_and_name() {
        let bits = ChangeKind::ALL
            .into_iter()
            .fold(0, |bits, kind| bits ^ kind.bit());
        assert_eq!(bits, ChangeKind::EVERY);
        for kind in ChangeKind::ALL {
            assert_eq!(ChangeKind::named(kind.name()), Some(kind));
        }
    }
}
