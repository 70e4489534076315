//! Personal data of buyers in Orders v0, and the three operations that return nothing else (docs/platforms/amazon.md 2.2).
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

/// Appends a shipping address: city, postal code and country are open to everybody with the role, the rest is personal.
pub(crate) fn write_address(out: &mut Vec<u8>, number: OrderRef, order: &Order, personal: bool) {
    out.push(b'{');
    if personal {
        json::raw(out, r#""Name":""#);
        write_name(out, number);
        json::raw(out, r#"","AddressLine1":""#);
        json::number(out, 1 + number.0 % 999);
        json::raw(out, r#" Example Street","City":""#);
        json::raw(out, CITY);
        json::raw(
            out,
            r#"","Phone":"+1 555 0100","AddressType":"Residential","#,
        );
    }
    json::raw(out, r#""PostalCode":""#);
    write_postal_code(out, order.postal_code);
    json::raw(out, r#"","CountryCode":""#);
    out.extend_from_slice(&order.country);
    json::raw(out, r#""}"#);
}

/// The order of the buyer with this address; every order here has a buyer of its own.
pub(crate) fn buyer_of(address: &str) -> Option<OrderRef> {
    let number = address
        .strip_prefix("buyer-")?
        .strip_suffix("@marketplace.example")?;
    let number = number.parse::<u32>().ok()?.checked_sub(1)?;
    Some(OrderRef(number))
}

/// Appends the members of a buyer's data, without the braces around them.
pub(crate) fn write_buyer(out: &mut Vec<u8>, number: OrderRef) {
    json::raw(out, r#""BuyerEmail":"buyer-"#);
    json::number(out, number.0 + 1);
    json::raw(out, r#"@marketplace.example","BuyerName":""#);
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
        if view.change.status != Status::Pending {
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
