//! Order search and detail (docs/platforms/tiktok_shop.md 4.1).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::Micros;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::raw;
use crate::tiktok_shop::model::orders::{Status, Version};

use super::Call;
use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::order_view::OrderView;
use super::paging::{self, Cursor, List};

/// Ids one detail call may name (docs/platforms/tiktok_shop.md 4.1).
const DETAIL_IDS: usize = 50;

/// Who ships an order (docs/platforms/tiktok_shop.md 4.2); here it is always the seller.
const SHIPPING_TYPES: [&str; 3] = ["TIKTOK", "SELLER", "TIKTOK_DIGITAL"];

#[derive(Deserialize)]
struct SearchBody<'a> {
    #[serde(borrow)]
    order_status: Option<Cow<'a, str>>,
    create_time_ge: Option<i64>,
    create_time_lt: Option<i64>,
    update_time_ge: Option<i64>,
    update_time_lt: Option<i64>,
    #[serde(borrow)]
    shipping_type: Option<Cow<'a, str>>,
    buyer_user_id: Option<Id>,
    is_buyer_request_cancel: Option<bool>,
    #[serde(default, deserialize_with = "body::list")]
    warehouse_ids: Vec<Id>,
}

/// The filter, resolved.
struct Filter {
    status: Option<Status>,
    created: std::ops::Range<u32>,
    changed: std::ops::Range<u32>,
    other: SearchRest,
}

struct SearchRest {
    seller_shipping: bool,
    buyer: Option<u64>,
    cancel_requested: Option<bool>,
    warehouses: Vec<u64>,
}

/// What orders the rows: the order's number, or the position of its version in the log. Both grow with time.
#[derive(Copy, Clone, PartialEq, Eq)]
enum SortField {
    CreateTime,
    UpdateTime,
}

/// First dense position at or after a time in Unix seconds.
fn instant(view: &OrderView<'_>, unix_secs: i64) -> Micros {
    view.seed
        .epoch
        .at_unix_micros(unix_secs.saturating_mul(1_000_000))
}

fn order_filter(view: &OrderView<'_>, search: &SearchBody<'_>) -> Result<Filter, ApiError> {
    let status = match search
        .order_status
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        None => None,
        Some(name) => Some(
            Status::named(name)
                .ok_or_else(|| body::not_allowed("order_status", Status::names()))?,
        ),
    };
    let shipping_type = search.shipping_type.as_deref().filter(|it| !it.is_empty());
    body::check_value("shipping_type", shipping_type, &SHIPPING_TYPES)?;
    if search.warehouse_ids.len() > 100 {
        return Err(ApiError::invalid(
            "Invalid parameter: warehouse_ids takes at most 100",
        ));
    }
    let created_from = search
        .create_time_ge
        .map_or(0, |at| view.orders.created_before(instant(view, at)));
    let created_to = search.create_time_lt.map_or(view.orders.len(), |at| {
        view.orders.created_before(instant(view, at))
    });
    let changed_from = search
        .update_time_ge
        .map_or(0, |at| view.orders.changed_before(instant(view, at)));
    let changed_to = search
        .update_time_lt
        .map_or(view.orders.log().len() as u32, |at| {
            view.orders.changed_before(instant(view, at))
        });
    Ok(Filter {
        status,
        created: created_from..created_to.max(created_from),
        changed: changed_from..changed_to.max(changed_from),
        other: SearchRest {
            seller_shipping: shipping_type.is_none_or(|kind| kind == "SELLER"),
            buyer: search.buyer_user_id.map(|id| id.0),
            cancel_requested: search.is_buyer_request_cancel,
            warehouses: search.warehouse_ids.iter().map(|id| id.0).collect(),
        },
    })
}

/// The version of an order that search shows, if it passes the filter.
fn matching(view: &OrderView<'_>, now: Micros, order: u32, filter: &Filter) -> Option<u32> {
    let record = view.orders.order(order);
    let position = view.orders.indexed(record, now)?;
    let version = &view.orders.log()[position as usize];
    let passes = filter.created.contains(&order)
        && filter.changed.contains(&position)
        && filter.status.is_none_or(|status| status == version.status)
        && filter.other.seller_shipping
        && filter
            .other
            .buyer
            .is_none_or(|buyer| buyer == ids::buyer_id(record.buyer))
        && filter
            .other
            .cancel_requested
            .is_none_or(|wanted| wanted == view.is_cancel_pending(record))
        && (filter.other.warehouses.is_empty()
            || view.orders.lines(record).iter().any(|line| {
                filter
                    .other
                    .warehouses
                    .contains(&ids::warehouse_id(usize::from(line.location)))
            }));
    passes.then_some(position)
}

pub(super) fn search(
    view: &OrderView<'_>,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let size = paging::page_size(call.query)?;
    let cursor = paging::cursor(call.query, List::Orders)?;
    paging::check_sorting(call.query, &paging::CREATE_OR_UPDATE_TIME)?;
    let sort = match call.query.get("sort_field") {
        Some("update_time") => SortField::UpdateTime,
        _ => SortField::CreateTime,
    };
    let ascending = call.query.get("sort_order") == Some("ASC");
    let filter = order_filter(view, &body::read(call.body)?)?;

    // Rows are (key, version position); whichever time window is narrower drives the scan.
    let by_changes = filter.changed.len() < filter.created.len()
        || (filter.changed.len() == filter.created.len() && sort == SortField::UpdateTime);
    let keyed = |order: u32, position: u32| {
        let key = match sort {
            SortField::CreateTime => order,
            SortField::UpdateTime => position,
        };
        (u64::from(key), position)
    };
    let from_change = |position: u32| {
        let order = view.orders.log()[position as usize].order;
        let shown = matching(view, call.now, order, &filter)?;
        (shown == position).then(|| keyed(order, position))
    };
    let from_order = |order: u32| {
        matching(view, call.now, order, &filter).map(|position| keyed(order, position))
    };
    let after = |key: u64| {
        cursor.is_none_or(|cursor| {
            if ascending {
                key > cursor.last
            } else {
                key < cursor.last
            }
        })
    };
    let same_axis = by_changes == (sort == SortField::UpdateTime);
    let mut rows: Vec<(u64, u32)> = Vec::with_capacity(size + 1);
    let total;
    if same_axis && cursor.is_some() {
        // Later pages go on from the cursor and stop one row after the page.
        let range = if by_changes {
            filter.changed.clone()
        } else {
            filter.created.clone()
        };
        let range = continued(range, cursor, ascending);
        let row = |dense: u32| {
            if by_changes {
                from_change(dense)
            } else {
                from_order(dense)
            }
        };
        if ascending {
            rows.extend(range.filter_map(row).take(size + 1));
        } else {
            rows.extend(range.rev().filter_map(row).take(size + 1));
        }
        total = cursor.map_or(0, |cursor| cursor.total);
    } else {
        if by_changes {
            rows.extend(filter.changed.clone().filter_map(from_change));
        } else {
            rows.extend(filter.created.clone().filter_map(from_order));
        }
        total = cursor.map_or(rows.len() as u32, |cursor| cursor.total);
        rows.retain(|(key, _)| after(*key));
        if !same_axis {
            rows.sort_unstable();
        }
        if !ascending {
            rows.reverse();
        }
    }
    let more = rows.len() > size;
    rows.truncate(size);
    let next = if more {
        rows.last().map(|(key, _)| *key)
    } else {
        None
    };

    raw(out, "{");
    paging::write_tail(out, List::Orders, next, total);
    raw(out, ",\"orders\":[");
    out.reserve(rows.len() * 2_048);
    for (_, position) in &rows {
        let Version { at, order, status } = view.orders.log()[*position as usize];
        view.write(out, order, status, at);
    }
    raw(out, "]}");
    Ok(())
}

pub(super) fn detail(
    view: &OrderView<'_>,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let mut wanted = Vec::with_capacity(DETAIL_IDS);
    for id in call.query.ids("ids") {
        let order = id
            .and_then(|id| view.orders.with_id(id))
            .ok_or(errors::NOT_YOURS)?;
        if wanted.len() == DETAIL_IDS {
            return Err(ApiError::invalid("Invalid parameter: ids takes at most 50"));
        }
        wanted.push(order);
    }
    if wanted.is_empty() {
        return Err(body::missing("ids"));
    }
    raw(out, "{\"orders\":[");
    out.reserve(wanted.len() * 2_048);
    for order in wanted {
        let record = view.orders.order(order);
        view.write(out, order, record.status, view.orders.updated_at(record));
    }
    raw(out, "]}");
    Ok(())
}

/// The part of a range that lies behind a cursor.
fn continued(
    range: std::ops::Range<u32>,
    cursor: Option<Cursor>,
    ascending: bool,
) -> std::ops::Range<u32> {
    let Some(cursor) = cursor else { return range };
    let last = u32::try_from(cursor.last).unwrap_or(u32::MAX);
    if ascending {
        last.saturating_add(1).clamp(range.start, range.end)..range.end
    } else {
        range.start..last.clamp(range.start, range.end)
    }
}
