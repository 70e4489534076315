//! Personal data of buyers in both versions of the Orders API, and the three operations of v0 that return nothing else
//! (docs/platforms/amazon.md 2.2).
//!
//! The persons are made up from the order's number: nobody's data are stored.

use super::by_id::by_id;
use crate::amazon::api::Call;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::orders::{CITY, Order, Status, View, write_postal_code};
use crate::amazon::model::{ids, json};
use crate::amazon::shop::State;
use crate::core::OrderRef;

fn write_name(out: &mut Vec<u8>, order: OrderRef) {
    json::raw(out, "Buyer ");
    json::number(out, order.0 + 1);
}

/// The buyers' telephone number.
const PHONE: &str = "+1 555 0100";

fn write_street(out: &mut Vec<u8>, order: OrderRef) {
    json::number(out, 1 + order.0 % 999);
    json::raw(out, " Example Street");
}

/// Whether the telephone number may be shown: it never is of orders that Amazon fulfils.
fn has_phone(order: &Order) -> bool {
    !order.fulfilled_by_amazon
}

/// Appends a shipping address of v0: city, postal code and country are open to everybody with the role, the rest is personal.
pub(crate) fn write_address(out: &mut Vec<u8>, number: OrderRef, order: &Order, personal: bool) {
    out.push(b'{');
    if personal {
        json::raw(out, r#""Name":""#);
        write_name(out, number);
        json::raw(out, r#"","AddressLine1":""#);
        write_street(out, number);
        json::raw(out, r#"","#);
        if has_phone(order) {
            json::raw(out, r#""Phone":""#);
            json::raw(out, PHONE);
            json::raw(out, r#"","#);
        }
        json::raw(out, r#""AddressType":"Residential","#);
    }
    json::raw(out, r#""City":""#);
    json::raw(out, CITY);
    json::raw(out, r#"","PostalCode":""#);
    write_postal_code(out, order.postal_code);
    json::raw(out, r#"","CountryCode":""#);
    out.extend_from_slice(&order.country);
    json::raw(out, r#""}"#);
}

/// Appends the sections BUYER and RECIPIENT of v2026-01-01, which shows them by the application's roles alone. Buyers'
/// addresses for mail are there of orders that the merchant fulfils.
pub(crate) fn write_sections(
    out: &mut Vec<u8>,
    view: &View<'_>,
    with_buyer: bool,
    with_recipient: bool,
) {
    let (number, order) = (view.number, view.order);
    if with_buyer && view.change.status != Status::Pending {
        json::raw(out, r#","buyer":{"buyerName":""#);
        write_name(out, number);
        if !order.fulfilled_by_amazon {
            json::raw(out, r#"","buyerEmail":""#);
            write_email(out, number);
        }
        json::raw(out, r#""}"#);
    }
    if with_recipient && view.change.status.has_address() {
        json::raw(out, r#","recipient":{"deliveryAddress":{"name":""#);
        write_name(out, number);
        json::raw(out, r#"","addressLine1":""#);
        write_street(out, number);
        json::raw(out, r#"","city":""#);
        json::raw(out, CITY);
        json::raw(out, r#"","postalCode":""#);
        write_postal_code(out, order.postal_code);
        json::raw(out, r#"","countryCode":""#);
        out.extend_from_slice(&order.country);
        if has_phone(order) {
            json::raw(out, r#"","phone":""#);
            json::raw(out, PHONE);
        }
        json::raw(out, r#"","addressType":"RESIDENTIAL"}}"#);
    }
}

/// The order of the buyer with this address; every order here has a buyer of its own.
pub(crate) fn buyer_of(address: &str) -> Option<OrderRef> {
    let number = address
        .strip_prefix("buyer-")?
        .strip_suffix("@marketplace.example")?;
    let number = number.parse::<u32>().ok()?.checked_sub(1)?;
    Some(OrderRef(number))
}

fn write_email(out: &mut Vec<u8>, order: OrderRef) {
    json::raw(out, "buyer-");
    json::number(out, order.0 + 1);
    json::raw(out, "@marketplace.example");
}

/// Appends the members of a buyer's data, without the braces around them.
pub(crate) fn write_buyer(out: &mut Vec<u8>, number: OrderRef) {
    json::raw(out, r#""BuyerEmail":""#);
    write_email(out, number);
    json::raw(out, r#"","BuyerName":""#);
    write_name(out, number);
    out.push(b'"');
}

/// The order a call for personal data is about, and whether the personal part may be shown.
fn personal_view<'s>(shop: &'s State, call: &Call<'_>) -> Result<(View<'s>, bool), Reply> {
    let rules = &shop.settings.profile.authorization;
    if rules.restricted_operations_need_token && !call.access.restricted {
        return Err(Reply::denied(""));
    }
    let view = by_id(shop, call)?;
    let open = call.access.restricted && view.change.status != Status::Pending;
    Ok((view, open))
}

fn personal_answer(
    view: &View<'_>,
    write: impl FnOnce(&mut Vec<u8>, &View<'_>),
) -> Result<Reply, Reply> {
    let mut out = Vec::with_capacity(320);
    json::raw(&mut out, r#"{"payload":{"AmazonOrderId":""#);
    ids::write_order(&mut out, view.number.0);
    out.push(b'"');
    write(&mut out, view);
    json::raw(&mut out, "}}");
    Ok(Reply::ok(out))
}

/// `GET /orders/v0/orders/{orderId}/address`.
pub(crate) fn get_address(shop: &State, call: &Call<'_>) -> Result<Reply, Reply> {
    let (view, open) = personal_view(shop, call)?;
    personal_answer(&view, |out, view| {
        if view.change.status.has_address() {
            json::raw(out, r#","ShippingAddress":"#);
            write_address(out, view.number, view.order, open);
        }
    })
}

/// `GET /orders/v0/orders/{orderId}/buyerInfo`.
pub(crate) fn get_buyer(shop: &State, call: &Call<'_>) -> Result<Reply, Reply> {
    let (view, open) = personal_view(shop, call)?;
    personal_answer(&view, |out, view| {
        if open {
            out.push(b',');
            write_buyer(out, view.number);
        }
    })
}

/// `GET /orders/v0/orders/{orderId}/orderItems/buyerInfo`. Nothing here is customised or a gift.
pub(crate) fn get_items_buyer(shop: &State, call: &Call<'_>) -> Result<Reply, Reply> {
    let (view, _) = personal_view(shop, call)?;
    personal_answer(&view, |out, view| {
        json::raw(out, r#","OrderItems":["#);
        let mut first = true;
        for position in 0..view.lines.len() {
            json::comma(out, &mut first);
            json::raw(out, r#"{"OrderItemId":""#);
            ids::write_item(out, view.line_number(position));
            json::raw(out, r#""}"#);
        }
        out.push(b']');
    })
}
