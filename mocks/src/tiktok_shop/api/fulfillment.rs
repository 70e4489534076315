//! Shipping: "mark as shipped" in its two body shapes, and shipping a package that exists up front
//! (docs/platforms/tiktok_shop.md 7).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::Micros;
use crate::core::integers::digits;
use crate::tiktok_shop::model::carriers::PROVIDERS;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, raw};
use crate::tiktok_shop::model::orders::Orders;
use crate::tiktok_shop::shop::ShopState;
use crate::tiktok_shop::shop::shipping::Shipment;

use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::{Call, order_in_path};

/// The version of mark-as-shipped whose body is nested (docs/platforms/tiktok_shop.md 8, change 6).
pub(super) const NESTED_BODY: u32 = 202610;

#[derive(Deserialize)]
struct FlatBody<'a> {
    #[serde(borrow)]
    tracking_number: Option<Cow<'a, str>>,
    shipping_provider_id: Option<Id>,
    #[serde(default, deserialize_with = "body::list")]
    order_line_item_ids: Vec<Id>,
}

#[derive(Deserialize)]
struct NestedBody<'a> {
    #[serde(default, deserialize_with = "body::list")]
    order_line_list: Vec<NestedLine>,
    #[serde(borrow, default, deserialize_with = "body::list")]
    shipping_info_list: Vec<ShippingInfo<'a>>,
}

#[derive(Deserialize)]
struct NestedLine {
    order_line_id: Option<Id>,
}

#[derive(Deserialize)]
pub(super) struct ShippingInfo<'a> {
    #[serde(borrow)]
    pub(super) tracking_number: Option<Cow<'a, str>>,
    pub(super) shipping_provider_id: Option<Id>,
}

/// The one entry of `shipping_info_list`: several tracking numbers at a time are for sellers on TikTok's list alone [sdk],
/// and no shop here is on it. The words of the refusal are assumed.
///
/// # Errors
/// For a list with none, and with more than one.
pub(super) fn one_shipping_info(list: Vec<ShippingInfo<'_>>) -> Result<ShippingInfo<'_>, ApiError> {
    let mut list = list.into_iter();
    let info = list
        .next()
        .ok_or_else(|| body::missing("shipping_info_list"))?;
    match list.next() {
        None => Ok(info),
        Some(_) => Err(ApiError::invalid(
            "Invalid parameter: shipping_info_list takes one entry in this shop",
        )),
    }
}

/// How a package is handed to TikTok's carrier [sdk].
const HANDOVER_METHODS: [&str; 2] = ["PICKUP", "DROP_OFF"];

/// How one package leaves.
#[derive(Deserialize)]
pub(super) struct ShipBody<'a> {
    #[serde(borrow)]
    pub(super) self_shipment: Option<ShippingInfo<'a>>,
    #[serde(borrow)]
    pub(super) handover_method: Option<Cow<'a, str>>,
}

pub(super) fn provider_with_id(id: Option<Id>) -> Result<usize, ApiError> {
    let id = id.ok_or_else(|| body::missing("shipping_provider_id"))?;
    ids::shipping_provider_of(id.0, PROVIDERS.len()).ok_or(errors::PROVIDER)
}

/// The tracking number that a seller gives; one of blanks is none.
pub(super) fn tracking<'a>(text: &'a Option<Cow<'_, str>>) -> Result<&'a str, ApiError> {
    text.as_deref()
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| body::missing("tracking_number"))
}

/// The units that line items of an order stand for.
pub(super) fn units_of_lines(order: u32, line_ids: &[Id]) -> Result<Vec<u32>, ApiError> {
    line_ids
        .iter()
        .map(|line| {
            ids::line_of(line.0)
                .filter(|(of, _)| *of == order)
                .map(|(_, unit)| unit)
                .ok_or(errors::LINE_NOT_SHIPPABLE)
        })
        .collect()
}

/// `POST orders/{order_id}/packages`.
pub(super) fn mark_shipped(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    if !shop.profile.marks_shipped() {
        return Err(errors::MARK_SHIPPED_ELSEWHERE);
    }
    let order = order_in_path(&shop.orders, call)?;
    let (tracking_number, provider, line_ids) = if call.version == NESTED_BODY {
        let request: NestedBody<'_> = body::read(call.body)?;
        let info = one_shipping_info(request.shipping_info_list)?;
        let lines = request.order_line_list.iter().map(|line| {
            line.order_line_id
                .ok_or_else(|| body::missing("order_line_list.order_line_id"))
        });
        let lines = lines.collect::<Result<_, _>>()?;
        (info.tracking_number, info.shipping_provider_id, lines)
    } else {
        let request: FlatBody<'_> = body::read(call.body)?;
        (
            request.tracking_number,
            request.shipping_provider_id,
            request.order_line_item_ids,
        )
    };
    let shipment = Shipment {
        order,
        tracking_number: tracking(&tracking_number)?,
        provider: provider_with_id(provider)?,
        has_label: false,
        units: units_of_lines(order, &line_ids)?,
    };
    let package = shop.ship(call.now, &shipment)?;
    raw(out, "{");
    write_shipped_lines(&shop.orders, out, order, package);
    raw(out, ",\"package_id\":");
    id(out, ids::package_id(order, package));
    out.push(b'}');
    Ok(())
}

/// Appends the order's id and the ids of the line items in a package of it.
pub(super) fn write_shipped_lines(orders: &Orders, out: &mut Vec<u8>, order: u32, package: u8) {
    raw(out, "\"order_id\":");
    id(out, ids::order_id(order));
    raw(out, ",\"order_line_item_ids\":[");
    let units = orders.units(orders.order(order));
    for (unit, of) in (0..).zip(units) {
        if *of == package {
            comma(out);
            id(out, ids::line_id(order, unit));
        }
    }
    out.push(b']');
}

/// `POST packages/{package_id}/ship`: only packages that exist before they are shipped can be named.
pub(super) fn ship_package(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    ship_named(shop, call.now, digits(call.id), &body::read(call.body)?)?;
    raw(out, "{}");
    Ok(())
}

/// Ships a package that exists already.
pub(super) fn ship_named(
    shop: &mut ShopState,
    now: Micros,
    package_id: Option<u64>,
    request: &ShipBody<'_>,
) -> Result<(), ApiError> {
    let (order, number) = package_id
        .and_then(ids::package_of)
        .filter(|(order, number)| {
            shop.orders.get(*order).is_some_and(|record| {
                let open = shop.profile.orders.shows_packages_up_front()
                    && *number == record.packages.saturating_add(1)
                    && record.open_units() > 0;
                open || (1..=record.packages).contains(number)
            })
        })
        .ok_or(errors::NOT_YOURS)?;
    body::check_value(
        "handover_method",
        request.handover_method.as_deref(),
        &HANDOVER_METHODS,
    )?;
    let (text, provider) = match (&request.self_shipment, &request.handover_method) {
        (Some(info), _) => (
            tracking(&info.tracking_number)?.to_string(),
            provider_with_id(info.shipping_provider_id)?,
        ),
        // The platform's own carrier: it numbers the parcel itself.
        (None, Some(_)) => (format!("TT{}", ids::package_id(order, number)), 0),
        (None, None) => {
            return Err(body::missing("self_shipment or handover_method"));
        }
    };
    if number <= shop.orders.order(order).packages {
        return Err(shop.refuse_shipment(order).into());
    }
    shop.ship(
        now,
        &Shipment {
            order,
            tracking_number: &text,
            provider,
            has_label: request.self_shipment.is_none(),
            units: Vec::new(),
        },
    )?;
    Ok(())
}
