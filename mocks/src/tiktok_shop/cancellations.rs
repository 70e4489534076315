//! Cancellations: by buyers at once or as a request, by the seller, by the platform (sheet 4.1, 4.3).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::{Cause, Fact, Micros, OrderRef, Party};

use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::ids;
use super::inventory::Trigger;
use super::json::{comma, id, number, raw, string};
use super::machine::{Call, TiktokShop};
use super::orders::{NONE, Order, Status};
use super::paging;
use super::signals::Event;
use super::timers::Due;

/// How far a cancellation has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum CancellationState {
    /// A buyer has asked, nobody has decided.
    Pending,
    /// The order is cancelled.
    Success,
    /// Turned down, or overtaken by the shipment.
    Withdrawn,
}

impl CancellationState {
    /// The API's word; the webhook's differs in one (sheet 6.3).
    fn api_name(self) -> &'static str {
        match self {
            CancellationState::Pending => "CANCELLATION_REQUEST_PENDING",
            CancellationState::Success => "CANCELLATION_REQUEST_SUCCESS",
            CancellationState::Withdrawn => "CANCELLATION_REQUEST_CANCEL",
        }
    }

    pub(super) fn webhook_name(self) -> &'static str {
        match self {
            CancellationState::Withdrawn => "CANCELLATION_REQUEST_CANCELLED",
            state => state.api_name(),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Cancellation {
    pub(super) order: u32,
    pub(super) by: Party,
    pub(super) state: CancellationState,
    pub(super) created_at: Micros,
    updated_at: Micros,
    reason: Box<str>,
}

pub(super) fn role(by: Party) -> &'static str {
    match by {
        Party::Buyer => "BUYER",
        Party::Seller => "SELLER",
        Party::Platform => "SYSTEM",
    }
}

#[derive(Deserialize)]
struct CancelBody<'a> {
    order_id: Option<Id>,
    #[serde(borrow)]
    cancel_reason: Option<Cow<'a, str>>,
    #[serde(default)]
    skus: Vec<CancelSku>,
    #[serde(default)]
    order_line_item_ids: Vec<Id>,
    #[serde(default)]
    order_line_list: Vec<body::OrderLine>,
}

#[derive(Deserialize)]
struct CancelSku {
    sku_id: Option<Id>,
    quantity: Option<u64>,
}

#[derive(Deserialize)]
struct SearchBody<'a> {
    #[serde(default)]
    order_ids: Vec<Id>,
    #[serde(borrow, default)]
    cancel_status: Vec<Cow<'a, str>>,
    create_time_ge: Option<i64>,
    create_time_lt: Option<i64>,
    update_time_ge: Option<i64>,
    update_time_lt: Option<i64>,
}

impl TiktokShop {
    pub(super) fn cancellation_pending(&self, index: u32) -> bool {
        self.cancellations
            .get(index as usize)
            .is_some_and(|cancellation| cancellation.state == CancellationState::Pending)
    }

    pub(super) fn cancel_pending(&self, order: &Order) -> bool {
        order.cancellation != NONE && self.cancellation_pending(order.cancellation)
    }

    /// The undecided cancellation of an order.
    pub(super) fn pending_cancellation(&self, order: u32) -> Option<u32> {
        let order = self.orders.order(order);
        self.cancel_pending(order).then_some(order.cancellation)
    }

    fn new_cancellation(
        &mut self,
        now: Micros,
        order: u32,
        by: Party,
        state: CancellationState,
        reason: &str,
    ) -> u32 {
        let index = self.cancellations.len() as u32;
        self.cancellations.push(Cancellation {
            order,
            by,
            state,
            created_at: now,
            updated_at: now,
            reason: reason.into(),
        });
        self.orders.order_mut(order).cancellation = index;
        index
    }

    fn decide(&mut self, now: Micros, index: u32, state: CancellationState) {
        let cancellation = &mut self.cancellations[index as usize];
        cancellation.state = state;
        cancellation.updated_at = now;
    }

    /// Cancels a whole order that has not left, and gives its stock free. An undecided request is settled by it.
    pub(super) fn cancel(
        &mut self,
        now: Micros,
        order: u32,
        by: Party,
        request: Option<u32>,
        reason: &str,
    ) -> u32 {
        let index = match request {
            Some(index) => {
                self.decide(now, index, CancellationState::Success);
                index
            }
            None => self.new_cancellation(now, order, by, CancellationState::Success, reason),
        };
        self.fact(Fact::OrderCancelled {
            order: OrderRef(order),
            by,
        });
        self.release(now, order);
        self.signal(
            now,
            Event::Cancellation {
                index,
                state: CancellationState::Success,
            },
        );
        self.set_status(now, order, Status::Cancelled);
        index
    }

    /// Gives the committed units of an order free: back to what can be bought, unless the SKU is restocked by
    /// hand (sheet 5.1).
    fn release(&mut self, now: Micros, order: u32) {
        if !std::mem::replace(&mut self.orders.order_mut(order).committed, false) {
            return;
        }
        let lines = self.orders.lines(self.orders.order(order)).len();
        let mut line = 0;
        while line < lines {
            // A basket line that was split over locations changes the displayed quantity once.
            let listing = self.orders.lines(self.orders.order(order))[line].listing;
            let from = self.stock.displayed(listing);
            let restock = self.stock.auto_restock(listing);
            let mut units = 0;
            loop {
                let part = &self.orders.lines(self.orders.order(order))[line];
                let (location, part_units) = (usize::from(part.location), i64::from(part.units));
                self.stock.add_committed(listing, location, -part_units);
                if restock {
                    self.stock.add_available(listing, location, part_units);
                }
                units += part_units;
                line += 1;
                let next = self.orders.lines(self.orders.order(order)).get(line);
                if !next.is_some_and(|next| next.continues) {
                    break;
                }
            }
            self.displayed_changed(listing, from, Cause::Cancelled(OrderRef(order)));
            let back = if restock { units } else { 0 };
            self.inventory_changed(now, listing, Trigger::OrderCanceled, back, -units);
        }
    }

    /// A buyer's request; the platform approves it after the profile's delay if nobody decides before.
    pub(super) fn request_cancellation(&mut self, now: Micros, order: u32) {
        let index = self.new_cancellation(
            now,
            order,
            Party::Buyer,
            CancellationState::Pending,
            "no longer needed",
        );
        self.signal(
            now,
            Event::Cancellation {
                index,
                state: CancellationState::Pending,
            },
        );
        let delay = self.profile.orders.cancel_auto_approve;
        if delay == Micros::ZERO {
            self.approve(now, index);
        } else {
            self.timers
                .set(now + delay, Due::ApproveCancellation(index));
        }
    }

    /// Grants a pending request.
    pub(super) fn approve(&mut self, now: Micros, index: u32) {
        let order = self.cancellations[index as usize].order;
        self.cancel(now, order, Party::Buyer, Some(index), "");
    }

    /// Ends a pending request without cancelling.
    pub(super) fn withdraw(&mut self, now: Micros, index: u32) {
        self.decide(now, index, CancellationState::Withdrawn);
        self.signal(
            now,
            Event::Cancellation {
                index,
                state: CancellationState::Withdrawn,
            },
        );
    }

    /// Whether a seller may still cancel.
    pub(super) fn seller_may_cancel(&self, order: u32) -> bool {
        matches!(
            self.orders.order(order).status,
            Status::Unpaid | Status::OnHold | Status::AwaitingShipment
        )
    }

    /// `POST cancellations`: the seller cancels a whole order.
    pub(super) fn cancel_order(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let request: CancelBody<'_> = body::read(call.body)?;
        let order_id = request.order_id.ok_or_else(|| body::missing("order_id"))?.0;
        let reason = request
            .cancel_reason
            .filter(|reason| !reason.is_empty())
            .ok_or_else(|| body::missing("cancel_reason"))?;
        let order = ids::order_of(order_id)
            .filter(|order| *order < self.orders.len())
            .ok_or(errors::NOT_YOURS)?;
        if !self.seller_may_cancel(order) {
            return Err(errors::NOT_CANCELLABLE);
        }
        let newer = request.order_line_list.iter();
        let mut line_ids = request.order_line_item_ids;
        line_ids.extend(newer.filter_map(|line| line.order_line_item_id));
        if !self.names_whole_order(order, &request.skus, &line_ids) {
            return Err(errors::PARTIAL_CANCEL);
        }
        let pending = self.pending_cancellation(order);
        let index = self.cancel(call.now, order, Party::Seller, pending, &reason);
        raw(out, "{\"cancel_id\":");
        id(out, ids::cancellation_id(index));
        raw(out, ",\"cancel_status\":\"");
        raw(out, CancellationState::Success.api_name());
        raw(out, "\"}");
        Ok(())
    }

    /// Whether the SKUs or line items named are the whole order; naming none means the whole order.
    fn names_whole_order(&self, order: u32, skus: &[CancelSku], lines: &[Id]) -> bool {
        let record = self.orders.order(order);
        let all_lines = lines.is_empty()
            || (0..record.units).all(|unit| lines.contains(&Id(ids::line_id(order, unit))));
        let all_skus = skus.is_empty()
            || self.orders.lines(record).iter().all(|line| {
                let sku_id = self.catalogue.sku_id(line.listing);
                let ordered: u64 = self
                    .orders
                    .lines(record)
                    .iter()
                    .filter(|other| other.listing == line.listing)
                    .map(|other| u64::from(other.units))
                    .sum();
                skus.iter()
                    .filter(|sku| sku.sku_id == Some(Id(sku_id)))
                    .map(|sku| sku.quantity.unwrap_or(ordered))
                    .fold(0, u64::saturating_add)
                    >= ordered
            });
        all_lines && all_skus
    }

    /// `POST cancellations/{id}/approve` and `/reject`.
    pub(super) fn decide_cancellation(
        &mut self,
        call: &Call<'_>,
        approve: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let index = call
            .id
            .parse()
            .ok()
            .and_then(ids::cancellation_of)
            .filter(|index| self.cancellation_pending(*index))
            .ok_or(errors::CANCELLATION_UNKNOWN)?;
        if approve {
            self.approve(call.now, index);
        } else {
            self.withdraw(call.now, index);
        }
        raw(out, "{}");
        Ok(())
    }

    /// `POST cancellations/search`, newest first.
    pub(super) fn cancellations_search(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let size = paging::optional_page_size(call.query)?;
        let cursor = paging::cursor(call.query)?;
        let search: SearchBody<'_> = body::read(call.body)?;
        let epoch = self.shop.epoch;
        let within = |at: Micros, from: Option<i64>, to: Option<i64>| {
            let at = epoch.unix_secs(at);
            from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to)
        };
        let matches = |cancellation: &Cancellation| {
            (search.order_ids.is_empty()
                || search
                    .order_ids
                    .contains(&Id(ids::order_id(cancellation.order))))
                && (search.cancel_status.is_empty()
                    || search
                        .cancel_status
                        .iter()
                        .any(|status| status == cancellation.state.api_name()))
                && within(
                    cancellation.created_at,
                    search.create_time_ge,
                    search.create_time_lt,
                )
                && within(
                    cancellation.updated_at,
                    search.update_time_ge,
                    search.update_time_lt,
                )
        };
        let page = paging::newest_first(self.cancellations.len(), cursor, size, |index| {
            matches(&self.cancellations[index])
        });
        raw(out, "{");
        paging::write_tail(out, page.next, page.total);
        raw(out, ",\"cancellations\":[");
        for index in page.rows {
            self.write_cancellation(out, index);
        }
        raw(out, "]}");
        Ok(())
    }

    fn write_cancellation(&self, out: &mut Vec<u8>, index: usize) {
        let cancellation = &self.cancellations[index];
        let epoch = self.shop.epoch;
        comma(out);
        raw(out, "{\"cancel_id\":");
        id(out, ids::cancellation_id(index as u32));
        raw(out, ",\"order_id\":");
        id(out, ids::order_id(cancellation.order));
        raw(out, ",\"cancel_type\":\"");
        raw(
            out,
            match cancellation.by {
                Party::Buyer => "BUYER_CANCEL",
                Party::Seller | Party::Platform => "CANCEL",
            },
        );
        raw(out, "\",\"cancel_status\":\"");
        raw(out, cancellation.state.api_name());
        raw(out, "\",\"role\":\"");
        raw(out, role(cancellation.by));
        raw(out, "\",\"cancel_reason\":");
        string(out, &cancellation.reason);
        raw(out, ",\"should_replenish_stock\":");
        let order = self.orders.order(cancellation.order);
        let lines = self.orders.lines(order);
        let restocks = lines
            .iter()
            .any(|line| self.stock.auto_restock(line.listing));
        super::json::boolean(out, restocks);
        if cancellation.state == CancellationState::Pending {
            raw(
                out,
                ",\"seller_next_action_response\":[{\"action\":\"SELLER_RESPOND_BUYER_CANCEL\",\"deadline\":",
            );
            let deadline = cancellation.created_at + self.profile.orders.cancel_auto_approve;
            number(out, epoch.unix_secs(deadline));
            raw(out, "}]");
        }
        raw(out, ",\"create_time\":");
        number(out, epoch.unix_secs(cancellation.created_at));
        raw(out, ",\"update_time\":");
        number(out, epoch.unix_secs(cancellation.updated_at));
        raw(out, ",\"cancel_line_items\":[");
        let mut unit = 0;
        for line in lines {
            for _ in 0..line.units {
                comma(out);
                raw(out, "{\"order_line_item_id\":");
                id(out, ids::line_id(cancellation.order, unit));
                out.push(b',');
                out.extend_from_slice(self.catalogue.line_fragment(line.listing));
                out.push(b'}');
                unit += 1;
            }
        }
        raw(out, "]}");
    }
}
