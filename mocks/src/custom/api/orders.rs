//! Orders: the list, single ones, their shipments and their end (docs/custom.md 4).

use std::borrow::Cow;

use http::StatusCode;
use serde::Deserialize;

use crate::core::integers::{Whole, digits};
use crate::core::json::{array, raw};
use crate::core::{Micros, Party};
use crate::custom::model::ids;
use crate::custom::shop::ShopState;
use crate::custom::shop::cancellation::NotCancellable;
use crate::custom::shop::shipping::{NotShippable, Shipment};

use super::errors::ApiError;
use super::paging::{self, List};
use super::{Call, Reply, body};

/// A page of the orders that changed at `updated_since` or later, oldest change first.
pub(super) fn list(shop: &ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let since = match call.query.get("updated_since") {
        None | Some("") => Micros::ZERO,
        Some(text) => shop.seed.epoch.parse_rfc3339(text).ok_or_else(|| {
            ApiError::bad_request(
                "updated_since must be an instant such as 2026-11-27T09:30:00Z; write %2B for a plus",
            )
        })?,
    };
    let rows = paging::rows(&call.query)?;
    let from = paging::from(&call.query, List::Orders)?;
    let page = shop.orders.page(call.now, since, from, rows);
    let mut out = Vec::with_capacity(64 + page.orders.len() * 480);
    raw(&mut out, "{\"orders\":");
    array(&mut out, page.orders, |out, order| {
        shop.write_order(out, order, &shop.orders.telling);
    });
    paging::write_next(&mut out, List::Orders, page.next);
    out.push(b'}');
    Reply::ok(out)
}

/// The order that the path names.
fn named(shop: &ShopState, call: &Call<'_>) -> Result<u32, ApiError> {
    let id = digits(&call.parameter);
    id.and_then(ids::order_of)
        .filter(|order| *order < shop.orders.len())
        .ok_or_else(|| ApiError::not_found("there is no order with this id"))
}

fn shown(shop: &ShopState, order: u32) -> Result<Reply, ApiError> {
    let mut out = Vec::with_capacity(512);
    shop.write_order(&mut out, order, &shop.orders.telling);
    Reply::ok(out)
}

pub(super) fn one(shop: &ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    shown(shop, named(shop, call)?)
}

#[derive(Default, Deserialize)]
struct Cancel {
    /// Whether the units go back on sale; left out, as the shop does it.
    restock: Option<bool>,
}

/// Cancels for the merchant; an order that is cancelled already is answered as it is.
pub(super) fn cancel(shop: &mut ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let order = named(shop, call)?;
    let Cancel { restock } = body::read_or_default(call.body)?;
    match shop.may_cancel(order) {
        Ok(()) => shop.cancel(call.now, order, Party::Seller, restock),
        Err(NotCancellable::Cancelled) => {}
        Err(refused @ NotCancellable::HasLeft) => {
            return Err(ApiError::conflict("shipped", refused.reason()));
        }
    }
    shown(shop, order)
}

#[derive(Deserialize)]
struct Fulfillment<'a> {
    #[serde(borrow)]
    tracking_number: Cow<'a, str>,
    #[serde(borrow)]
    carrier: Cow<'a, str>,
    /// Left out or empty: all that has not left.
    #[serde(borrow)]
    lines: Option<Vec<FulfilledLine<'a>>>,
}

#[derive(Deserialize)]
struct FulfilledLine<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    quantity: Whole,
}

pub(super) fn fulfill(shop: &mut ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let order = named(shop, call)?;
    let told: Fulfillment<'_> = body::read(call.body)?;
    if told.tracking_number.trim().is_empty() {
        return Err(ApiError::unprocessable("tracking_number is empty"));
    }
    // A parcel that is told again is answered as it is, whatever else the call says.
    if let Some(known) = shop.parcel_with(order, &told.tracking_number) {
        return parcel(shop, order, known, StatusCode::OK);
    }
    let lines = told.lines.unwrap_or_default();
    let lines = lines
        .iter()
        .map(|line| fulfilled_units(shop, order, line))
        .collect::<Result<_, _>>()?;
    let shipment = Shipment {
        order,
        tracking_number: &told.tracking_number,
        carrier: &told.carrier,
        lines,
    };
    let place = shop.ship(call.now, shipment).map_err(refused)?;
    parcel(shop, order, place, StatusCode::CREATED)
}

/// The place of a line within its order, and how many units of it have left.
fn fulfilled_units(
    shop: &ShopState,
    order: u32,
    line: &FulfilledLine<'_>,
) -> Result<(u32, u32), ApiError> {
    let Whole(units) = line.quantity;
    if units < 1 {
        return Err(ApiError::unprocessable(format!(
            "lines: quantity is {units}, but it is 1 or more"
        )));
    }
    digits::<u32>(&line.id)
        .and_then(|id| id.checked_sub(1))
        .filter(|place| (*place as usize) < shop.orders.lines(order).len())
        // More than a line can have is more than is left of it.
        .map(|place| (place, line.quantity.units()))
        .ok_or_else(|| ApiError::unprocessable("lines names one that the order does not have"))
}

fn parcel(
    shop: &ShopState,
    order: u32,
    place: usize,
    status: StatusCode,
) -> Result<Reply, ApiError> {
    let mut out = Vec::with_capacity(160);
    shop.write_parcel(&mut out, &shop.orders.order(order).parcels[place]);
    Reply::with(status, out)
}

fn refused(reason: NotShippable) -> ApiError {
    match reason {
        NotShippable::Pending => ApiError::conflict(
            "pending",
            "the order is unpaid or on hold, and may not be shipped yet",
        ),
        NotShippable::Cancelled => ApiError::conflict("cancelled", "the order is cancelled"),
        NotShippable::Fulfilled => {
            ApiError::conflict("fulfilled", "all of the order has been shipped")
        }
        NotShippable::TooMany => {
            ApiError::conflict("too_many", "the order has too many fulfillments")
        }
        NotShippable::Lines => ApiError::unprocessable(
            "lines names one twice, or more units than are left to be shipped",
        ),
    }
}
