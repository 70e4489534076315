//! Refunds of an order.

use http::StatusCode;

use crate::shopify::model::ids;
use crate::shopify::json::Json;
use crate::shopify::machine::Shopify;
use crate::shopify::model::payload::Payloads;
use crate::shopify::api::mutations::refunds::{RefundRequest, RefundedUnits, cents};
use crate::shopify::model::state::RestockType;
use super::call::{Reply, RestCall, number, position};
use super::orders;

/// `GET orders/{id}/refunds.json`.
pub(super) fn of_order(shop: &mut Shopify, call: &RestCall<'_>) -> Reply {
    let Some(order) = orders::find(shop, call) else {
        return Reply::not_found();
    };
    let payloads = Payloads { state: &shop.state };
    let refunds = shop.state.refunds_of(&shop.state.orders[order as usize]);
    let filter = call.filter();
    Reply::list("refunds", refunds, |at, out| {
        payloads.refund(at, &filter, out)
    })
}

/// `POST orders/{id}/refunds.json`.
pub(super) fn create(shop: &mut Shopify, call: &RestCall<'_>) -> Reply {
    let Some(order) = orders::find(shop, call) else {
        return Reply::not_found();
    };
    let body = call.resource("refund");
    let range = shop.state.orders[order as usize].lines.range();
    let mut units = Vec::new();
    for row in body.get("refund_line_items").map_or(&[][..], Json::list) {
        let line = position(
            row.get("line_item_id"),
            ids::LINE_ITEM,
            shop.state.lines.len(),
        )
        .filter(|line| range.contains(&(*line as usize)));
        let Some(line) = line else {
            return Reply::invalid(&[("line_item_id".into(), "does not exist".into())]);
        };
        let locations = shop.state.shop.locations.len();
        let location = position(row.given("location_id"), ids::LOCATION, locations);
        if row.given("location_id").is_some() && location.is_none() {
            return Reply::invalid(&[("location_id".into(), "does not exist".into())]);
        }
        let restock = row.given("restock_type").and_then(Json::text);
        units.push(RefundedUnits {
            line,
            quantity: number(row.get("quantity"))
                .and_then(|quantity| u32::try_from(quantity).ok())
                .unwrap_or(0),
            restock: restock
                .and_then(RestockType::named)
                .unwrap_or(RestockType::NoRestock),
            location: location.map(|location| location as u16),
        });
    }
    let mut amount_cents = 0i64;
    for transaction in body.get("transactions").map_or(&[][..], Json::list) {
        match transaction.get("amount").map(cents) {
            Some(Some(amount)) => amount_cents = amount_cents.saturating_add(amount),
            Some(None) => {
                return Reply::invalid(&[("amount".into(), "is not a number".into())]);
            }
            None => {}
        }
    }
    let request = RefundRequest {
        order,
        units,
        amount_cents,
        note: body.given("note").and_then(Json::text).map(str::to_owned),
    };
    let errors = shop.check_refund(&request);
    if !errors.is_empty() {
        return Reply::user_errors(&errors);
    }
    let refund = shop.apply_refund(call.now, request);
    let payloads = Payloads { state: &shop.state };
    Reply::one("refund", |out| payloads.refund(refund, &call.filter(), out))
        .with(StatusCode::CREATED)
}
