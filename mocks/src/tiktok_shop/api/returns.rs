//! Returns through the API: create, search, decide, read the history (docs/platforms/tiktok_shop.md 11).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::integers::digits;
use crate::core::{Epoch, Micros, Party};
use crate::tiktok_shop::model::cancellations::role;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, money, number, raw, string};
use crate::tiktok_shop::model::returns::{Return, ReturnState, ReturnType, Returns, Step};
use crate::tiktok_shop::shop::ShopState;

use super::Call;
use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::named_units::{Named, SkuUnits};
use super::order_view::OrderView;
use super::paging::{self, List};

/// Reasons a seller may give, by key and text. The platform's own list depends on market and request.
const REJECT_REASONS: [(&str, &str); 4] = [
    (
        "seller_reject_apply_product_has_been_packed",
        "Product has been packed",
    ),
    (
        "reverse_reject_request_reason_1",
        "The request lacks evidence",
    ),
    (
        "reverse_reject_request_reason_2",
        "The time for returns is over",
    ),
    (
        "reverse_reject_request_reason_3",
        "The product came back in another state",
    ),
];

/// The types that a search may name [sdk], of which two are served.
const RETURN_TYPES: [&str; 4] = ["REFUND", "RETURN_AND_REFUND", "REPLACEMENT", "EXCHANGE"];

/// The states that a search may name [sdk]; those of replacements, exchanges and offers do not occur here.
const RETURN_STATUSES: [&str; 18] = [
    "RETURN_OR_REFUND_REQUEST_PENDING",
    "REFUND_OR_RETURN_REQUEST_REJECT",
    "AWAITING_BUYER_SHIP",
    "BUYER_SHIPPED_ITEM",
    "REJECT_RECEIVE_PACKAGE",
    "RETURN_OR_REFUND_REQUEST_SUCCESS",
    "RETURN_OR_REFUND_REQUEST_CANCEL",
    "RETURN_OR_REFUND_REQUEST_COMPLETE",
    "REPLACEMENT_REQUEST_PENDING",
    "REPLACEMENT_REQUEST_REJECT",
    "REPLACEMENT_REQUEST_REFUND_SUCCESS",
    "REPLACEMENT_REQUEST_CANCEL",
    "REPLACEMENT_REQUEST_COMPLETE",
    "AWAITING_BUYER_RESPONSE",
    "EXCHANGE_REQUEST_PENDING",
    "EXCHANGE_REQUEST_REFUND_SUCCESS",
    "EXCHANGE_REQUEST_CANCEL",
    "EXCHANGE_REQUEST_COMPLETE",
];

/// Decisions for a return [sdk]; those about replacements and parts of a refund suit no return that is served.
const APPROVALS: [&str; 7] = [
    "APPROVE_REFUND",
    "APPROVE_RETURN",
    "APPROVE_RECEIVED_PACKAGE",
    "APPROVE_REPLACEMENT",
    "ISSUE_REPLACEMENT_REFUND",
    "OFFER_PARTIAL_REFUND",
    "DIRECT_REFUND",
];
/// Decisions against a return [sdk].
const REJECTIONS: [&str; 5] = [
    "REJECT_REFUND",
    "REJECT_RETURN",
    "REJECT_RECEIVED_PACKAGE",
    "REJECT_REPLACEMENT",
    "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG",
];

#[derive(Deserialize)]
struct CreateBody<'a> {
    order_id: Option<Id>,
    #[serde(borrow)]
    return_reason: Option<Cow<'a, str>>,
    #[serde(borrow)]
    return_type: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "body::list")]
    order_line_item_ids: Vec<Id>,
    #[serde(default, deserialize_with = "body::list")]
    order_line_list: Vec<body::OrderLine>,
    #[serde(default, deserialize_with = "body::list")]
    skus: Vec<SkuUnits>,
}

#[derive(Deserialize)]
struct SearchBody<'a> {
    #[serde(default, deserialize_with = "body::list")]
    return_ids: Vec<Id>,
    #[serde(default, deserialize_with = "body::list")]
    order_ids: Vec<Id>,
    #[serde(default, deserialize_with = "body::list")]
    buyer_user_ids: Vec<Id>,
    #[serde(borrow, default, deserialize_with = "body::list")]
    return_types: Vec<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "body::list")]
    return_status: Vec<Cow<'a, str>>,
    create_time_ge: Option<i64>,
    create_time_lt: Option<i64>,
    update_time_ge: Option<i64>,
    update_time_lt: Option<i64>,
}

#[derive(Deserialize)]
struct DecisionBody<'a> {
    #[serde(borrow)]
    decision: Option<Cow<'a, str>>,
    #[serde(borrow)]
    reject_reason: Option<Cow<'a, str>>,
}

/// Where a decision leads: from a state, for a type if it depends on it; `None` for a decision that is out of place.
fn decided(decision: &str, found: &Return) -> Option<ReturnState> {
    use ReturnState::{
        AwaitingBuyerShip, BuyerShipped, Complete, PackageRejected, Pending, Rejected,
    };
    match (decision, found.state(), found.kind) {
        ("APPROVE_RETURN", Pending, ReturnType::ReturnAndRefund) => Some(AwaitingBuyerShip),
        ("APPROVE_REFUND", Pending, ReturnType::Refund) => Some(Complete),
        // The seller may pay at once and forgo the units.
        ("DIRECT_REFUND", Pending | AwaitingBuyerShip, _) => Some(Complete),
        ("APPROVE_RECEIVED_PACKAGE", BuyerShipped, _) => Some(Complete),
        ("REJECT_REFUND", Pending, ReturnType::Refund) => Some(Rejected),
        ("REJECT_RETURN", Pending, ReturnType::ReturnAndRefund) => Some(Rejected),
        ("REJECT_RECEIVED_PACKAGE", BuyerShipped, _) => Some(PackageRejected),
        _ => None,
    }
}

fn return_in_path(returns: &Returns, call: &Call<'_>) -> Result<u32, ApiError> {
    digits(call.id)
        .and_then(ids::return_of)
        .filter(|index| (*index as usize) < returns.all.len())
        .ok_or(errors::RETURN_UNKNOWN)
}

/// `POST returns`: the seller opens a return for the buyer, which needs no further consent: a refund is paid at once,
/// and for a return the buyer's parcel is awaited.
pub(super) fn create(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: CreateBody<'_> = body::read(call.body)?;
    let order_id = request.order_id.ok_or_else(|| body::missing("order_id"))?.0;
    let reason = request
        .return_reason
        .filter(|reason| !reason.is_empty())
        .ok_or_else(|| body::missing("return_reason"))?;
    let kind = request
        .return_type
        .ok_or_else(|| body::missing("return_type"))?;
    let kind = ReturnType::named(&kind)
        .ok_or_else(|| body::not_allowed("return_type", ReturnType::names()))?;
    let order = shop.orders.with_id(order_id).ok_or(errors::NOT_YOURS)?;
    let named = Named {
        skus: &request.skus,
        order_line_item_ids: &request.order_line_item_ids,
        order_line_list: &request.order_line_list,
    };
    let units = named.units(shop, order, errors::NOT_RETURNABLE, |unit| {
        shop.may_return(order, unit)
    })?;
    let units = shop.returnable(order, &units)?;
    let state = match kind {
        ReturnType::Refund => ReturnState::Complete,
        ReturnType::ReturnAndRefund => ReturnState::AwaitingBuyerShip,
    };
    let first = Step {
        at: call.now,
        by: Party::Seller,
        state,
    };
    let index = shop.open_return(order, kind, &reason, units, first);
    raw(out, "{\"return_id\":");
    id(out, ids::return_id(index));
    raw(out, ",\"return_status\":\"");
    raw(out, state.name());
    raw(out, "\"}");
    Ok(())
}

/// `POST returns/search`, newest first.
pub(super) fn search(
    view: &OrderView<'_>,
    returns: &Returns,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let size = paging::optional_page_size(call.query)?;
    let cursor = paging::cursor(call.query, List::Returns)?;
    let search: SearchBody<'_> = body::read(call.body)?;
    paging::check_sorting(call.query, &paging::CREATE_OR_UPDATE_TIME)?;
    body::check_values("return_types", &search.return_types, &RETURN_TYPES)?;
    body::check_values("return_status", &search.return_status, &RETURN_STATUSES)?;
    let epoch = view.seed.epoch;
    let within = |at: Micros, from: Option<i64>, to: Option<i64>| {
        let at = epoch.unix_secs(at);
        from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to)
    };
    let named = |list: &[Id], id: u64| list.is_empty() || list.contains(&Id(id));
    let matches = |index: usize| {
        let found = &returns.all[index];
        let buyer = view.orders.order(found.order).buyer;
        named(&search.return_ids, ids::return_id(index as u32))
            && named(&search.order_ids, ids::order_id(found.order))
            && named(&search.buyer_user_ids, ids::buyer_id(buyer))
            && (search.return_types.is_empty()
                || search
                    .return_types
                    .iter()
                    .any(|kind| kind == found.kind.name()))
            && (search.return_status.is_empty()
                || search
                    .return_status
                    .iter()
                    .any(|state| state == found.state().name()))
            && within(
                found.created_at(),
                search.create_time_ge,
                search.create_time_lt,
            )
            && within(
                found.updated_at(),
                search.update_time_ge,
                search.update_time_lt,
            )
    };
    let page = paging::newest_first(returns.all.len(), cursor, size, matches);
    raw(out, "{");
    paging::write_tail(out, List::Returns, page.next, page.total);
    raw(out, ",\"return_orders\":[");
    for index in page.rows {
        write_return(view, returns, out, index as u32);
    }
    raw(out, "]}");
    Ok(())
}

/// `POST returns/{id}/approve` and `/reject`.
pub(super) fn decide(
    shop: &mut ShopState,
    call: &Call<'_>,
    approve: bool,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let index = return_in_path(&shop.returns, call)?;
    let request: DecisionBody<'_> = body::read(call.body)?;
    let decision = request.decision.ok_or_else(|| body::missing("decision"))?;
    if !approve && request.reject_reason.is_none_or(|reason| reason.is_empty()) {
        return Err(body::missing("reject_reason"));
    }
    let decisions: &[&str] = if approve { &APPROVALS } else { &REJECTIONS };
    body::check_value("decision", Some(&*decision), decisions)?;
    let state =
        decided(&decision, &shop.returns.all[index as usize]).ok_or(errors::RETURN_STATE)?;
    shop.step_return(call.now, index, Party::Seller, state);
    raw(out, "{}");
    Ok(())
}

/// `GET returns/{id}/records`: the history, newest first.
pub(super) fn records(
    returns: &Returns,
    epoch: Epoch,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let found = &returns.all[return_in_path(returns, call)? as usize];
    raw(out, "{\"records\":[");
    for step in found.steps.iter().rev() {
        comma(out);
        raw(out, "{\"event\":\"");
        raw(out, step.state.name());
        raw(out, "\",\"role\":\"");
        raw(out, role(step.by));
        raw(out, "\",\"description\":\"\",\"reason_text\":");
        string(out, &found.reason);
        raw(
            out,
            ",\"note\":\"\",\"images\":[],\"videos\":[],\"create_time\":",
        );
        number(out, epoch.unix_secs(step.at));
        out.push(b'}');
    }
    raw(out, "]}");
    Ok(())
}

/// `GET reject_reasons`, of one return or cancellation, which the call must name [sdk]. What is given as a reason is not held
/// against the list: the platform's own depends on market and request, and has names that are not here.
pub(super) fn reject_reasons(
    shop: &ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let named = call
        .query
        .get("return_or_cancel_id")
        .filter(|text| !text.is_empty())
        .ok_or_else(|| body::missing("return_or_cancel_id"))?;
    let id = digits(named).unwrap_or(0);
    let is_known = |index: Option<u32>, count: usize| index.is_some_and(|it| (it as usize) < count);
    if !is_known(ids::return_of(id), shop.returns.all.len())
        && !is_known(ids::cancellation_of(id), shop.cancellations.all.len())
    {
        return Err(errors::RETURN_UNKNOWN);
    }
    raw(out, "{\"reasons\":[");
    for (name, text) in REJECT_REASONS {
        comma(out);
        raw(out, "{\"name\":");
        string(out, name);
        raw(out, ",\"text\":");
        string(out, text);
        out.push(b'}');
    }
    raw(out, "]}");
    Ok(())
}

fn write_refund(currency: &str, out: &mut Vec<u8>, cents: u64) {
    raw(out, ",\"refund_amount\":{\"currency\":");
    string(out, currency);
    raw(out, ",\"refund_total\":");
    money(out, cents);
    raw(out, ",\"refund_subtotal\":");
    money(out, cents);
    raw(out, ",\"refund_shipping_fee\":\"0\",\"refund_tax\":\"0\"}");
}

fn write_return(view: &OrderView<'_>, returns: &Returns, out: &mut Vec<u8>, index: u32) {
    let found = &returns.all[index as usize];
    let epoch = view.seed.epoch;
    comma(out);
    raw(out, "{\"return_id\":");
    id(out, ids::return_id(index));
    raw(out, ",\"order_id\":");
    id(out, ids::order_id(found.order));
    raw(out, ",\"return_type\":\"");
    raw(out, found.kind.name());
    raw(out, "\",\"return_status\":\"");
    raw(out, found.state().name());
    raw(out, "\",\"role\":\"");
    raw(out, role(found.by));
    raw(out, "\",\"return_reason\":");
    string(out, &found.reason);
    raw(out, ",\"return_reason_text\":");
    string(out, &found.reason);
    raw(
        out,
        ",\"shipment_type\":\"BUYER_ARRANGE\",\"return_tracking_number\":\"\",\"is_combined_return\":false,\"is_quick_refund\":false,\"create_time\":",
    );
    number(out, epoch.unix_secs(found.created_at()));
    raw(out, ",\"update_time\":");
    number(out, epoch.unix_secs(found.updated_at()));
    let action = match (found.state(), found.kind) {
        (ReturnState::Pending, ReturnType::Refund) => Some("SELLER_RESPOND_REFUND"),
        (ReturnState::Pending, ReturnType::ReturnAndRefund) => Some("SELLER_RESPOND_RETURN"),
        (ReturnState::BuyerShipped, _) => Some("SELLER_RESPOND_RECEIVE_PACKAGE"),
        _ => None,
    };
    raw(out, ",\"seller_next_action_response\":[");
    if let Some(action) = action {
        raw(out, "{\"action\":");
        string(out, action);
        out.push(b'}');
    }
    raw(out, "],\"return_line_items\":[");
    let lines = view.orders.lines(view.orders.order(found.order));
    let mut total = 0_u64;
    for (position, unit) in (0..).zip(&found.units) {
        let mut end = 0;
        let Some(line) = lines.iter().find(|line| {
            end += line.units;
            *unit < end
        }) else {
            continue;
        };
        let price = view.seed.listings[line.listing as usize].price_cents;
        total = total.saturating_add(price);
        comma(out);
        raw(out, "{\"return_line_item_id\":");
        id(out, ids::return_line_id(index, position));
        raw(out, ",\"order_line_item_id\":");
        id(out, ids::line_id(found.order, *unit));
        view.write_asked_sku(out, line.listing);
        write_refund(&view.seed.currency, out, price);
        out.push(b'}');
    }
    out.push(b']');
    write_refund(&view.seed.currency, out, total);
    out.push(b'}');
}
