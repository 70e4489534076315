//! Reads of one order in both versions of the API.

use super::list::UNDECODED;
use super::v0::{Printer, printer};
use super::v2026::Included;
use crate::amazon::api::Call;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::orders::View;
use crate::amazon::model::{ids, json};
use crate::amazon::shop::State;
use crate::core::OrderRef;

/// The order a path names, as reads by id show it now; `None` when there is none.
///
/// # Errors
/// 400 for a text that is no order id.
pub(crate) fn find<'s>(shop: &'s State, call: &Call<'_>) -> Result<Option<View<'s>>, Reply> {
    let number = order_number(call)?;
    Ok(number
        .and_then(|order| shop.visible_by_id(call.now, order))
        .and_then(|change| shop.orders.view(change)))
}

/// The order a path names.
///
/// # Errors
/// 400 for a text that is no order id, 404 for one that no order has.
pub(crate) fn by_id<'s>(shop: &'s State, call: &Call<'_>) -> Result<View<'s>, Reply> {
    find(shop, call)?.ok_or_else(|| Reply::not_found("The requested order does not exist."))
}

/// The number of the order whose id the path has, which need not exist.
///
/// # Errors
/// 400 for a text that is no order id.
pub(crate) fn order_number(call: &Call<'_>) -> Result<Option<OrderRef>, Reply> {
    if !ids::is_order_id(call.first) {
        return Err(Reply::detailed(format!(
            "Invalid order id [{}].",
            call.first
        )));
    }
    Ok(ids::parse_order(call.first).map(OrderRef))
}

/// `GET /orders/v0/orders/{orderId}`.
pub(crate) fn get_order(shop: &State, call: &Call<'_>) -> Result<Reply, Reply> {
    let Some(view) = find(shop, call)? else {
        return if shop.settings.profile.orders.unknown_order_is_empty {
            Ok(Reply::ok(br#"{"payload":{}}"#.to_vec()))
        } else {
            Err(Reply::not_found("The requested order does not exist."))
        };
    };
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"payload":"#);
    let printer = Printer {
        access: call.access,
        ..printer(shop)
    };
    printer.order_v0(&mut out, &view);
    out.push(b'}');
    Ok(Reply::ok(out))
}

/// `GET /orders/v0/orders/{orderId}/orderItems`.
pub(crate) fn get_order_items(shop: &State, call: &Call<'_>) -> Result<Reply, Reply> {
    let view = by_id(shop, call)?;
    // Every item is on the first page, so that nobody has been given a token.
    if call.query.get("NextToken").is_some() {
        return Err(Reply::invalid_input(UNDECODED));
    }
    let printer = printer(shop);
    let mut out = Vec::with_capacity(512);
    json::raw(&mut out, r#"{"payload":{"AmazonOrderId":""#);
    view.is_shown(true);
    ids::write_order(&mut out, view.number.0);
    json::raw(&mut out, r#"","OrderItems":["#);
    for position in 0..view.lines.len() {
        if position > 0 {
            out.push(b',');
        }
        printer.item_v0(&mut out, &view, position);
    }
    json::raw(&mut out, "]}}");
    Ok(Reply::ok(out))
}

/// `GET /orders/2026-01-01/orders/{orderId}`.
pub(crate) fn get_order_2026(shop: &State, call: &Call<'_>) -> Result<Reply, Reply> {
    let included = Included::read(call.query)
        .map_err(|name| Reply::invalid_input(format!("Invalid includedData: {name}.")))?;
    let view = by_id(shop, call)?;
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"order":"#);
    printer(shop).order_2026(&mut out, &view, included);
    out.push(b'}');
    Ok(Reply::ok(out))
}
