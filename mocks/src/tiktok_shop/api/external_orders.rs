//! References from orders to the same orders in other systems (docs/platforms/tiktok_shop.md 4.1).

use std::borrow::Cow;

use serde::Deserialize;

use crate::tiktok_shop::model::external_orders::{ExternalOrder, ExternalOrders, PLATFORMS};
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, raw, string};
use crate::tiktok_shop::model::orders::Orders;

use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::{Call, order_in_path};

/// Orders one call may name (docs/platforms/tiktok_shop.md 4.1).
const ORDERS: usize = 100;

#[derive(Deserialize)]
struct AddBody<'a> {
    #[serde(borrow, default, deserialize_with = "body::list")]
    orders: Vec<AddOrder<'a>>,
}

#[derive(Deserialize)]
struct AddOrder<'a> {
    id: Option<Id>,
    #[serde(borrow)]
    external_order: Option<AddExternal<'a>>,
}

#[derive(Deserialize)]
struct AddExternal<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    platform: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "body::list")]
    line_items: Vec<AddLine<'a>>,
}

#[derive(Deserialize)]
struct AddLine<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    origin_id: Option<Id>,
}

fn platform(name: Option<&str>) -> Result<usize, ApiError> {
    let name = name.ok_or_else(|| body::missing("platform"))?;
    PLATFORMS
        .iter()
        .position(|known| *known == name)
        .ok_or_else(|| body::not_allowed("platform", PLATFORMS))
}

fn write_external_order(out: &mut Vec<u8>, external: &ExternalOrder) {
    raw(out, "{\"id\":");
    string(out, &external.id);
    raw(out, ",\"platform\":");
    string(out, PLATFORMS[external.platform]);
    raw(out, ",\"line_items\":[");
    for (own, origin) in &external.lines {
        comma(out);
        raw(out, "{\"id\":");
        string(out, own);
        raw(out, ",\"origin_id\":");
        id(out, *origin);
        out.push(b'}');
    }
    raw(out, "]}");
}

/// `POST orders/external_orders`. An order keeps one reference for each platform, the last one given; orders that
/// fail a check are named in `data.errors`.
pub(super) fn add(
    orders: &Orders,
    external_orders: &mut ExternalOrders,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: AddBody<'_> = body::read(call.body)?;
    if request.orders.is_empty() {
        return Err(body::missing("orders"));
    }
    if request.orders.len() > ORDERS {
        return Err(ApiError::invalid(
            "Invalid parameter: orders takes at most 100",
        ));
    }
    // A request that is not whole is refused before any of it counts; an order that fails fails alone.
    let entries = request
        .orders
        .into_iter()
        .map(|entry| {
            let order_id = entry.id.ok_or_else(|| body::missing("orders.id"))?.0;
            let external = entry
                .external_order
                .ok_or_else(|| body::missing("orders.external_order"))?;
            let platform = platform(external.platform.as_deref())?;
            let text = external
                .id
                .filter(|text| !text.is_empty())
                .ok_or_else(|| body::missing("orders.external_order.id"))?;
            Ok((order_id, platform, text, external.line_items))
        })
        .collect::<Result<Vec<_>, ApiError>>()?;
    raw(out, "{");
    for (order_id, platform, text, line_items) in entries {
        let lines = line_items
            .into_iter()
            .map(|line| {
                let own = line.id.unwrap_or_default();
                (own.as_ref().into(), line.origin_id.map_or(0, |id| id.0))
            })
            .collect();
        if let Err((code, message)) =
            refer(orders, external_orders, order_id, platform, &text, lines)
        {
            errors::next_entry(out);
            // The code is a string here, unlike everywhere else.
            raw(out, "{\"code\":");
            id(out, u64::from(code));
            raw(out, ",\"message\":");
            string(out, &message);
            raw(out, ",\"detail\":{\"order_id\":");
            id(out, order_id);
            raw(out, ",\"external_order\":{\"id\":");
            string(out, &text);
            raw(out, ",\"platform\":");
            string(out, PLATFORMS[platform]);
            raw(out, "}}}");
        }
    }
    errors::end_entries(out);
    Ok(())
}

fn refer(
    orders: &Orders,
    external_orders: &mut ExternalOrders,
    order_id: u64,
    platform: usize,
    text: &str,
    lines: Vec<(Box<str>, u64)>,
) -> Result<(), (u32, Cow<'static, str>)> {
    let not_yours = || (errors::NOT_YOURS.code, errors::NOT_YOURS.message.clone());
    let order = orders.with_id(order_id).ok_or_else(not_yours)?;
    let units = orders.order(order).units;
    let own =
        |origin: u64| ids::line_of(origin).is_some_and(|(of, unit)| of == order && unit < units);
    if !lines.iter().all(|(_, origin)| own(*origin)) {
        return Err(not_yours());
    }
    let external = ExternalOrder {
        order,
        platform,
        id: text.into(),
        lines,
    };
    if external_orders.refer(external) {
        return Ok(());
    }
    let (code, message) = errors::EXTERNAL_ORDER_TAKEN;
    Err((code, Cow::Borrowed(message)))
}

/// `GET orders/{id}/external_orders`, of one platform if the query names it.
pub(super) fn of_order(
    orders: &Orders,
    external_orders: &ExternalOrders,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let order = order_in_path(orders, call)?;
    let wanted = match call.query.get("platform") {
        None | Some("") => None,
        name => Some(platform(name)?),
    };
    raw(out, "{\"external_orders\":[");
    for external in external_orders.of(order) {
        if wanted.is_none_or(|wanted| wanted == external.platform) {
            comma(out);
            write_external_order(out, external);
        }
    }
    raw(out, "]}");
    Ok(())
}

/// `POST orders/external_order_search`: by platform and id, both in the query.
pub(super) fn search(
    external_orders: &ExternalOrders,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let platform = platform(call.query.get("platform"))?;
    let text = call
        .query
        .get("external_order_id")
        .ok_or_else(|| body::missing("external_order_id"))?;
    raw(out, "{\"orders\":[");
    if let Some(external) = external_orders.find(platform, text) {
        raw(out, "{\"id\":");
        id(out, ids::order_id(external.order));
        raw(out, ",\"external_order\":");
        write_external_order(out, external);
        out.push(b'}');
    }
    raw(out, "]}");
    Ok(())
}
