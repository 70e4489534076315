//! Shipping in batches, shipping with a label bought from the platform, and what follows a shipment: corrections, tracking
//! and documents (docs/platforms/tiktok_shop.md 7).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::integers::digits;
use crate::core::{Epoch, Micros};
use crate::tiktok_shop::model::carriers::{LABEL_PROVIDER, PROVIDERS};
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, number, raw, string};
use crate::tiktok_shop::model::orders::{Orders, Status};
use crate::tiktok_shop::shop::ShopState;
use crate::tiktok_shop::shop::shipping::Shipment;

use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::fulfillment::{
    NESTED_BODY, ShipBody, ShippingInfo, one_shipping_info, provider_with_id, ship_named, tracking,
    units_of_lines, write_shipped_lines,
};
use super::{Call, order_in_path};

/// Packages one batch may name. The platform's own bound is not public.
const BATCH: usize = 50;

/// The version of create-packages with `ship_type` (docs/platforms/tiktok_shop.md 8, change 7).
const TYPED_BODY: u32 = 202_512;

/// The one service that labels are bought from.
const SHIPPING_SERVICE: &str = "1";

/// Documents of a package, by TikTok's page of the call, with sizes and formats [sdk]; labels of dangerous goods have a size
/// that needs no naming.
const DOCUMENT_TYPES: [&str; 6] = [
    "SHIPPING_LABEL",
    "PACKING_SLIP",
    "SHIPPING_LABEL_AND_PACKING_SLIP",
    "SHIPPING_LABEL_PICTURE",
    "HAZMAT_LABEL",
    "INVOICE_LABEL",
];
const DOCUMENT_SIZES: [&str; 3] = ["A4", "A5", "A6"];
const DOCUMENT_FORMATS: [&str; 2] = ["PDF", "ZPL"];

#[derive(Deserialize)]
struct BatchBody<'a> {
    #[serde(borrow, default, deserialize_with = "body::list")]
    packages: Vec<BatchPackage<'a>>,
}

#[derive(Deserialize)]
struct BatchPackage<'a> {
    id: Option<Id>,
    #[serde(borrow)]
    self_shipment: Option<ShippingInfo<'a>>,
    #[serde(borrow)]
    handover_method: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct CreateBody<'a> {
    #[serde(borrow)]
    ship_type: Option<Cow<'a, str>>,
    order_id: Option<Id>,
    #[serde(borrow)]
    shipping_service_id: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "body::list")]
    order_line_item_ids: Vec<Id>,
    #[serde(default, deserialize_with = "body::list")]
    order_line_item: Vec<body::OrderLine>,
}

#[derive(Deserialize)]
struct UpdateBody<'a> {
    #[serde(borrow)]
    tracking_number: Option<Cow<'a, str>>,
    shipping_provider_id: Option<Id>,
    #[serde(borrow, default, deserialize_with = "body::list")]
    shipping_info_list: Vec<ShippingInfo<'a>>,
}

/// What a carrier's scan says at each step of an order, in our words.
fn tracking_text(status: Status) -> Option<&'static str> {
    match status {
        Status::AwaitingCollection => Some("The parcel waits for the carrier"),
        Status::InTransit => Some("The carrier has the parcel"),
        Status::Delivered => Some("The parcel has been delivered"),
        _ => None,
    }
}

/// `POST packages/ship`: each package by itself; those that are refused are named in `data.errors`.
pub(super) fn batch_ship(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: BatchBody<'_> = body::read(call.body)?;
    if request.packages.is_empty() {
        return Err(body::missing("packages"));
    }
    if request.packages.len() > BATCH {
        return Err(ApiError::invalid(
            "Invalid parameter: packages takes at most 50",
        ));
    }
    // Before anything is shipped: a shipment cannot be taken back.
    if request.packages.iter().any(|package| package.id.is_none()) {
        return Err(body::missing("packages.id"));
    }
    raw(out, "{");
    for package in request.packages {
        let package_id = package.id.map_or(0, |id| id.0);
        let how = ShipBody {
            self_shipment: package.self_shipment,
            handover_method: package.handover_method,
        };
        if let Err(error) = ship_named(shop, call.now, Some(package_id), &how) {
            errors::next_entry(out);
            raw(out, "{\"code\":");
            number(out, error.code);
            raw(out, ",\"message\":");
            string(out, &error.message);
            raw(out, ",\"detail\":{\"package_id\":");
            id(out, package_id);
            raw(out, "}}");
        }
    }
    errors::end_entries(out);
    Ok(())
}

/// `POST packages`: buys the platform's label for an order, or for some of its line items, which ships them.
pub(super) fn create_packages(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: CreateBody<'_> = body::read(call.body)?;
    let typed = call.version == TYPED_BODY;
    let mut line_ids = request.order_line_item_ids;
    if typed {
        line_ids = body::line_ids(&request.order_line_item)?;
        match request.ship_type.as_deref() {
            Some("1") => line_ids.clear(),
            Some("2") if line_ids.is_empty() => return Err(body::missing("order_line_item")),
            Some("2") => {}
            Some("3") => return Err(errors::COMBINED_PACKAGE),
            Some(_) => return Err(body::not_allowed("ship_type", ["1", "2", "3"])),
            None => return Err(body::missing("ship_type")),
        }
    }
    let service = request.shipping_service_id.as_deref();
    let service = service.filter(|it| !it.is_empty());
    body::check_value("shipping_service_id", service, &[SHIPPING_SERVICE])?;
    let order_id = request.order_id.ok_or_else(|| body::missing("order_id"))?.0;
    let order = shop.orders.with_id(order_id).ok_or(errors::NOT_YOURS)?;
    let next = shop.orders.order(order).packages.saturating_add(1);
    let tracking_number = format!("TT{}", ids::package_id(order, next));
    let package = shop.ship(
        call.now,
        &Shipment {
            order,
            tracking_number: &tracking_number,
            provider: LABEL_PROVIDER,
            has_label: true,
            units: units_of_lines(order, &line_ids)?,
        },
    )?;
    raw(out, "{\"package_id\":");
    id(out, ids::package_id(order, package));
    if !typed {
        out.push(b',');
        write_shipped_lines(&shop.orders, out, order, package);
    }
    raw(out, ",\"create_time\":");
    number(out, shop.seed.epoch.unix_secs(call.now));
    raw(
        out,
        ",\"shipping_service_info\":{\"id\":\"1\",\"name\":\"Standard\",\"price\":\"0\",\"currency\":",
    );
    string(out, &shop.seed.currency);
    raw(out, ",\"shipping_provider_id\":");
    id(out, ids::shipping_provider_id(LABEL_PROVIDER));
    raw(out, ",\"shipping_provider_name\":");
    string(out, PROVIDERS[LABEL_PROVIDER]);
    raw(out, "}}");
    Ok(())
}

/// `POST orders/{id}/shipping_info/update`: only an order that left as one package can be named as a whole.
pub(super) fn update_of_order(
    orders: &mut Orders,
    window: Micros,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let order = order_in_path(orders, call)?;
    let record = orders.order(order);
    if record.packages != 1 || record.open_units() > 0 {
        return Err(errors::SHIPPING_INFO_FIXED);
    }
    correct_shipping_info(orders, window, call, order, 1, out)
}

/// `POST packages/{id}/shipping_info/update`.
pub(super) fn update_of_package(
    orders: &mut Orders,
    window: Micros,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let (order, package) = shipped_package_in_path(orders, call)?;
    correct_shipping_info(orders, window, call, order, package, out)
}

fn shipped_package_in_path(orders: &Orders, call: &Call<'_>) -> Result<(u32, u8), ApiError> {
    digits(call.id)
        .and_then(ids::package_of)
        .filter(|(order, number)| {
            orders
                .get(*order)
                .is_some_and(|record| orders.package(record, *number).is_some())
        })
        .ok_or(errors::NOT_YOURS)
}

/// Replaces carrier and tracking number within the window after shipping; the platform's own labels stay.
fn correct_shipping_info(
    orders: &mut Orders,
    window: Micros,
    call: &Call<'_>,
    order: u32,
    package: u8,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: UpdateBody<'_> = body::read(call.body)?;
    let info = if call.version == NESTED_BODY {
        one_shipping_info(request.shipping_info_list)?
    } else {
        ShippingInfo {
            tracking_number: request.tracking_number,
            shipping_provider_id: request.shipping_provider_id,
        }
    };
    let provider = provider_with_id(info.shipping_provider_id)?;
    let text = tracking(&info.tracking_number)?;
    let found = orders
        .package_mut(order, package)
        .filter(|found| !found.has_label && call.now <= found.shipped_at + window)
        .ok_or(errors::SHIPPING_INFO_FIXED)?;
    found.tracking_number = text.into();
    found.provider = provider as u8;
    found.updated_at = call.now;
    raw(out, "{}");
    Ok(())
}

/// `GET orders/{id}/tracking`, newest first. It looks through the whole log of changes, as nothing reads it often.
pub(super) fn tracking_events(
    orders: &Orders,
    epoch: Epoch,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let order = order_in_path(orders, call)?;
    raw(out, "{\"tracking\":[");
    for version in orders.log().iter().rev() {
        if version.order == order
            && let Some(text) = tracking_text(version.status)
        {
            comma(out);
            raw(out, "{\"description\":");
            string(out, text);
            raw(out, ",\"update_time_millis\":");
            let Micros(micros) = version.at;
            let start = epoch.unix_secs(Micros::ZERO);
            number(out, start.saturating_mul(1_000) + (micros / 1_000) as i64);
            out.push(b'}');
        }
    }
    raw(out, "]}");
    Ok(())
}

/// `GET packages/{id}/shipping_documents`: the address of the label, for packages that the platform labelled.
pub(super) fn documents(
    orders: &Orders,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let (order, number_of_package) = shipped_package_in_path(orders, call)?;
    let given = |name| call.query.get(name).filter(|text| !text.is_empty());
    let kind = given("document_type").ok_or_else(|| body::missing("document_type"))?;
    body::check_value("document_type", Some(kind), &DOCUMENT_TYPES)?;
    body::check_value("document_size", given("document_size"), &DOCUMENT_SIZES)?;
    body::check_value(
        "document_format",
        given("document_format"),
        &DOCUMENT_FORMATS,
    )?;
    let package = orders
        .package(orders.order(order), number_of_package)
        .filter(|package| package.has_label)
        .ok_or(errors::NO_LABEL)?;
    raw(out, "{\"doc_url\":\"https://documents.example/");
    number(out, ids::package_id(order, number_of_package));
    raw(out, ".pdf\",\"tracking_number\":");
    string(out, &package.tracking_number);
    out.push(b'}');
    Ok(())
}
