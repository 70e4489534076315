//! Cancellations: by buyers at once or as a request, by the seller, by the platform (docs/platforms/tiktok_shop.md 4.1, 4.3).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::integers::digits;
use crate::core::{Micros, Party};
use crate::tiktok_shop::model::cancellations::{CANCEL_TYPES, CancellationState, role};
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{boolean, comma, id, number, raw, string};
use crate::tiktok_shop::model::orders::Line;
use crate::tiktok_shop::model::stock::Stock;
use crate::tiktok_shop::shop::ShopState;

use super::Call;
use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::named_units::{Named, SkuUnits};
use super::order_view::OrderView;
use super::paging::{self, List};

#[derive(Deserialize)]
struct CancelBody<'a> {
    order_id: Option<Id>,
    #[serde(borrow)]
    cancel_reason: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "body::list")]
    skus: Vec<SkuUnits>,
    #[serde(default, deserialize_with = "body::list")]
    order_line_item_ids: Vec<Id>,
    #[serde(default, deserialize_with = "body::list")]
    order_line_list: Vec<body::OrderLine>,
}

#[derive(Deserialize)]
struct SearchBody<'a> {
    #[serde(default, deserialize_with = "body::list")]
    cancel_ids: Vec<Id>,
    #[serde(default, deserialize_with = "body::list")]
    order_ids: Vec<Id>,
    #[serde(default, deserialize_with = "body::list")]
    buyer_user_ids: Vec<Id>,
    #[serde(borrow, default, deserialize_with = "body::list")]
    cancel_types: Vec<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "body::list")]
    cancel_status: Vec<Cow<'a, str>>,
    create_time_ge: Option<i64>,
    create_time_lt: Option<i64>,
    update_time_ge: Option<i64>,
    update_time_lt: Option<i64>,
}

/// `POST cancellations`: the seller cancels an order, or line items of it where the platform allows a part.
pub(super) fn cancel(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: CancelBody<'_> = body::read(call.body)?;
    let order_id = request.order_id.ok_or_else(|| body::missing("order_id"))?.0;
    let reason = request
        .cancel_reason
        .filter(|reason| !reason.is_empty())
        .ok_or_else(|| body::missing("cancel_reason"))?;
    let order = shop.orders.with_id(order_id).ok_or(errors::NOT_YOURS)?;
    if !shop.orders.order(order).status.seller_may_cancel() {
        return Err(errors::NOT_CANCELLABLE);
    }
    let named = Named {
        skus: &request.skus,
        order_line_item_ids: &request.order_line_item_ids,
        order_line_list: &request.order_line_list,
    };
    let packages = shop.orders.units(shop.orders.order(order));
    let units = named.units(shop, order, errors::UNITS_NOT_CANCELLABLE, |unit| {
        packages.get(unit as usize) == Some(&0)
    })?;
    let is_part = !units.is_empty() && (units.len() as u32) < shop.orders.order(order).open_units();
    let index = if is_part {
        if !shop.may_cancel_parts(order) {
            return Err(errors::PARTIAL_CANCEL);
        }
        // Else the request, once granted, would give the same units free again.
        if shop.is_cancel_pending(shop.orders.order(order)) {
            return Err(errors::NOT_CANCELLABLE);
        }
        shop.cancel_units(call.now, order, &units, Party::Seller, None, &reason)
    } else {
        shop.cancel_for_seller(call.now, order, &reason)
            .ok_or(errors::NOT_CANCELLABLE)?
    };
    raw(out, "{\"cancel_id\":");
    id(out, ids::cancellation_id(index));
    raw(out, ",\"cancel_status\":\"");
    raw(out, CancellationState::Success.api_name());
    raw(out, "\"}");
    Ok(())
}

#[derive(Deserialize)]
struct DecisionBody<'a> {
    #[serde(borrow)]
    reject_reason: Option<Cow<'a, str>>,
}

/// `POST cancellations/{id}/approve` and `/reject`, of which the second wants a reason.
pub(super) fn decide(
    shop: &mut ShopState,
    call: &Call<'_>,
    approve: bool,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let index = digits(call.id)
        .and_then(ids::cancellation_of)
        .filter(|index| shop.cancellations.is_pending(*index))
        .ok_or(errors::CANCELLATION_UNKNOWN)?;
    let request: DecisionBody<'_> = body::read(call.body)?;
    if !approve && request.reject_reason.is_none_or(|reason| reason.is_empty()) {
        return Err(body::missing("reject_reason"));
    }
    if approve {
        shop.approve(call.now, index);
    } else {
        shop.withdraw(call.now, index);
    }
    raw(out, "{}");
    Ok(())
}

/// `POST cancellations/search`, newest first.
pub(super) fn search(
    view: &OrderView<'_>,
    stock: &Stock,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let size = paging::optional_page_size(call.query)?;
    let cursor = paging::cursor(call.query, List::Cancellations)?;
    let search: SearchBody<'_> = body::read(call.body)?;
    paging::check_sorting(call.query, &paging::CREATE_OR_UPDATE_TIME)?;
    body::check_values("cancel_types", &search.cancel_types, &CANCEL_TYPES)?;
    body::check_values(
        "cancel_status",
        &search.cancel_status,
        &CancellationState::API_NAMES,
    )?;
    let epoch = view.seed.epoch;
    let within = |at: Micros, from: Option<i64>, to: Option<i64>| {
        let at = epoch.unix_secs(at);
        from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to)
    };
    let named = |list: &[Id], id: u64| list.is_empty() || list.contains(&Id(id));
    let matches = |index: usize| {
        let cancellation = &view.cancellations.all[index];
        let buyer = view.orders.order(cancellation.order).buyer;
        named(&search.cancel_ids, ids::cancellation_id(index as u32))
            && named(&search.order_ids, ids::order_id(cancellation.order))
            && named(&search.buyer_user_ids, ids::buyer_id(buyer))
            && (search.cancel_types.is_empty()
                || search
                    .cancel_types
                    .iter()
                    .any(|kind| kind == cancellation.kind()))
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
    let page = paging::newest_first(view.cancellations.all.len(), cursor, size, matches);
    raw(out, "{");
    paging::write_tail(out, List::Cancellations, page.next, page.total);
    raw(out, ",\"cancellations\":[");
    for index in page.rows {
        write_cancellation(view, stock, out, index);
    }
    raw(out, "]}");
    Ok(())
}

fn write_cancellation(view: &OrderView<'_>, stock: &Stock, out: &mut Vec<u8>, index: usize) {
    let cancellation = &view.cancellations.all[index];
    let epoch = view.seed.epoch;
    comma(out);
    raw(out, "{\"cancel_id\":");
    id(out, ids::cancellation_id(index as u32));
    raw(out, ",\"order_id\":");
    id(out, ids::order_id(cancellation.order));
    raw(out, ",\"cancel_type\":\"");
    raw(out, cancellation.kind());
    raw(out, "\",\"cancel_status\":\"");
    raw(out, cancellation.state.api_name());
    raw(out, "\",\"role\":\"");
    raw(out, role(cancellation.by));
    raw(out, "\",\"cancel_reason\":");
    string(out, &cancellation.reason);
    raw(out, ",\"cancel_reason_text\":");
    string(out, &cancellation.reason);
    raw(out, ",\"should_replenish_stock\":");
    let order = view.orders.order(cancellation.order);
    let lines = view.orders.lines(order);
    let is_pending = cancellation.state == CancellationState::Pending;
    // Of what is not decided, what would happen now.
    let would_restock = |(listing, _)| order.committed && stock.auto_restock(listing);
    let restocks = match is_pending {
        true => units_of(lines, &cancellation.units).any(would_restock),
        false => cancellation.restocked,
    };
    boolean(out, restocks);
    if is_pending {
        raw(
            out,
            ",\"seller_next_action_response\":[{\"action\":\"SELLER_RESPOND_BUYER_CANCEL\",\"deadline\":",
        );
        let deadline = cancellation.created_at + view.profile.cancel_auto_approve;
        number(out, epoch.unix_secs(deadline));
        raw(out, "}]");
    }
    raw(out, ",\"create_time\":");
    number(out, epoch.unix_secs(cancellation.created_at));
    raw(out, ",\"update_time\":");
    number(out, epoch.unix_secs(cancellation.updated_at));
    raw(out, ",\"cancel_line_items\":[");
    for (position, (listing, unit)) in (0..).zip(units_of(lines, &cancellation.units)) {
        comma(out);
        raw(out, "{\"cancel_line_item_id\":");
        id(out, ids::cancellation_line_id(index as u32, position));
        raw(out, ",\"order_line_item_id\":");
        id(out, ids::line_id(cancellation.order, unit));
        view.write_asked_sku(out, listing);
        out.push(b'}');
    }
    raw(out, "]}");
}

/// The listing and the position within the order of each unit that is named; of every unit where none is.
fn units_of<'a>(lines: &'a [Line], named: &'a [u32]) -> impl Iterator<Item = (u32, u32)> + 'a {
    lines
        .iter()
        .flat_map(|line| std::iter::repeat_n(line.listing, line.units as usize))
        .zip(0..)
        .filter(|(_, unit)| named.is_empty() || named.binary_search(unit).is_ok())
}
