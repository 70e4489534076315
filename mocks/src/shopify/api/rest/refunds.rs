//! Refunds of an order.

use crate::core::Party;
use crate::shopify::api::mutations::refunds::check_refund;
use http::StatusCode;

use super::call::{Reply, RestCall, number, position};
use super::orders;
use crate::shopify::api::mutations::refunds::cents;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::refunds::RestockType;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;
use crate::shopify::shop::refunds::{RefundRequest, RefundedUnits};

/// `GET orders/{id}/refunds.json`.
pub(super) fn of_order(state: &State, call: &RestCall<'_>) -> Reply {
    let Some(order) = orders::find(state, call) else {
        return Reply::not_found();
    };
    let payloads = Payloads { state };
    let refunds = state.refunds_of(&state.orders[order as usize]);
    let filter = call.filter();
    Reply::list("refunds", refunds, |at, out| {
        payloads.refund(at, &filter, out)
    })
}

/// `POST orders/{id}/refunds.json`.
pub(super) fn create(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let Some(order) = orders::find(&store.state, call) else {
        return Reply::not_found();
    };
    let body = call.resource("refund");
    let range = store.state.orders[order as usize].lines.range();
    let mut units = Vec::new();
    for row in body.get("refund_line_items").map_or(&[][..], Json::list) {
        let line = position(
            row.get("line_item_id"),
            ids::LINE_ITEM,
            store.state.lines.len(),
        )
        .filter(|line| range.contains(&(*line as usize)));
        let Some(line) = line else {
            return Reply::invalid(&[("line_item_id".into(), "does not exist".into())]);
        };
        let locations = store.state.shop.locations.len();
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
        by: Party::Seller,
        order,
        units,
        amount_cents,
        note: body.given("note").and_then(Json::text).map(str::to_owned),
    };
    let errors = check_refund(&store.state, &request);
    if !errors.is_empty() {
        return Reply::user_errors(&errors);
    }
    let refund = store.apply_refund(call.now, request);
    let payloads = Payloads {
        state: &store.state,
    };
    Reply::one("refund", |out| payloads.refund(refund, &call.filter(), out))
        .with(StatusCode::CREATED)
}
