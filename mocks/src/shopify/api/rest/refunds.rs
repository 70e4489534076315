//! Refunds of an order.

use http::StatusCode;

use super::call::{Reply, RestCall, number, position};
use super::orders;
use crate::core::Party;
use crate::shopify::api::mutations::refunds::{cents, check_refund, shipping_cents};
use crate::shopify::json::{Json, write_int, write_text};
use crate::shopify::model::ids;
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::refunds::{Discrepancy, RestockType};
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

/// `GET orders/{id}/refunds/{id}.json`.
pub(super) fn one(state: &State, call: &RestCall<'_>) -> Reply {
    let order = orders::find(state, call);
    let refund = ids::REFUND.position(call.second_id, state.refunds.len());
    match refund.filter(|at| order == Some(state.refunds[*at as usize].order)) {
        Some(refund) => show(state, call, refund),
        None => Reply::not_found(),
    }
}

fn show(state: &State, call: &RestCall<'_>, refund: u32) -> Reply {
    let payloads = Payloads { state };
    Reply::one("refund", |out| payloads.refund(refund, &call.filter(), out))
}

/// The refund that a body asks for.
fn read(state: &State, order: u32, body: &Json<'_>) -> Result<RefundRequest, Reply> {
    let invalid = |member: &'static str, message: &'static str| {
        Reply::invalid(&[(member.into(), message.into())])
    };
    let range = state.orders[order as usize].lines.range();
    let mut units = Vec::new();
    for row in body.get("refund_line_items").map_or(&[][..], Json::list) {
        let line = position(row.get("line_item_id"), ids::LINE_ITEM, state.lines.len())
            .filter(|line| range.contains(&(*line as usize)))
            .ok_or_else(|| invalid("line_item_id", "does not exist"))?;
        let locations = state.shop.locations.len();
        let location = position(row.given("location_id"), ids::LOCATION, locations);
        if row.given("location_id").is_some() && location.is_none() {
            return Err(invalid("location_id", "does not exist"));
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
            Some(None) => return Err(invalid("amount", "is not a number")),
            None => {}
        }
    }
    let discrepancy = body.given("discrepancy_reason").and_then(Json::text);
    Ok(RefundRequest {
        by: Party::Seller,
        order,
        units,
        amount_cents,
        shipping_cents: shipping_cents(state, order, body.get("shipping"), "full_refund"),
        discrepancy: discrepancy.and_then(Discrepancy::named).unwrap_or_default(),
        note: body.given("note").and_then(Json::text).map(str::to_owned),
    })
}

/// `POST orders/{id}/refunds.json`.
pub(super) fn create(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let Some(order) = orders::find(&store.state, call) else {
        return Reply::not_found();
    };
    let request = match read(&store.state, order, call.resource("refund")) {
        Ok(request) => request,
        Err(reply) => return reply,
    };
    let errors = check_refund(&store.state, &request);
    if !errors.is_empty() {
        return Reply::user_errors(&errors);
    }
    let refund = store.apply_refund(call.now, request);
    show(&store.state, call, refund).with(StatusCode::CREATED)
}

/// Appends `,"name":"1.00"`.
fn money_member(name: &str, cents: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":\"");
    crate::shopify::json::write_cents(cents, out);
    out.push(b'"');
}

/// `POST orders/{id}/refunds/calculate.json`: what a refund of these lines and of shipping would pay back. Nothing changes.
pub(super) fn calculate(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let state = &store.state;
    let Some(order) = orders::find(state, call) else {
        return Reply::not_found();
    };
    let request = match read(state, order, call.resource("refund")) {
        Ok(request) => request,
        Err(reply) => return reply,
    };
    let errors = check_refund(state, &request);
    if !errors.is_empty() {
        return Reply::user_errors(&errors);
    }
    let currency = state.currencies(order).0;
    let price = |unit: &RefundedUnits| state.lines[unit.line as usize].price_cents;
    let lines = request.units.iter();
    let cost = |unit: &RefundedUnits| price(unit) * i64::from(unit.quantity);
    let worth = state.worth_cents(order, lines.map(cost).sum()) + request.shipping_cents;
    let received = state.net_received_cents(order);
    Reply::one("refund", |out| {
        out.extend_from_slice(b"{\"currency\":");
        write_text(currency, out);
        out.extend_from_slice(b",\"duties\":[],\"shipping\":{\"tax\":\"0.00\"");
        money_member("amount", request.shipping_cents, out);
        money_member(
            "maximum_refundable",
            state.current_shipping_cents(order),
            out,
        );
        out.extend_from_slice(b"},\"refund_line_items\":[");
        for (index, unit) in request.units.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"line_item_id\":");
            ids::LINE_ITEM.write_number(u64::from(unit.line), out);
            out.extend_from_slice(b",\"quantity\":");
            write_int(unit.quantity, out);
            out.extend_from_slice(b",\"restock_type\":");
            write_text(unit.restock.words().1, out);
            out.extend_from_slice(b",\"location_id\":");
            match unit.location {
                Some(location) => ids::LOCATION.write_number(u64::from(location), out),
                None => out.extend_from_slice(b"null"),
            }
            money_member("price", price(unit), out);
            money_member("discounted_price", price(unit), out);
            money_member("discounted_total_price", cost(unit), out);
            money_member("subtotal", state.worth_cents(order, cost(unit)), out);
            money_member("total_tax", 0, out);
            money_member("total_cart_discount_amount", 0, out);
            out.push(b'}');
        }
        out.extend_from_slice(b"],\"transactions\":[");
        let mut paid = state.transactions_of(order).into_iter();
        if let Some(parent) = paid.find(|one| state.brings_money(*one)) {
            let payloads = Payloads { state };
            out.extend_from_slice(b"{\"kind\":\"suggested_refund\",\"order_id\":");
            ids::ORDER.write_number(u64::from(order), out);
            out.extend_from_slice(b",\"parent_id\":");
            payloads.transaction_number(parent, out);
            out.extend_from_slice(b",\"gateway\":");
            write_text(state.gateway_of(parent), out);
            out.extend_from_slice(b",\"currency\":");
            write_text(currency, out);
            money_member("amount", worth.clamp(0, received.max(0)), out);
            money_member("maximum_refundable", received, out);
            out.push(b'}');
        }
        out.extend_from_slice(b"]}");
    })
}
