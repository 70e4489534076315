//! Reading packages (docs/platforms/tiktok_shop.md 7). Here, unlike on order lines, SKUs have a quantity.

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::Micros;
use crate::core::integers::digits;
use crate::tiktok_shop::model::carriers::PROVIDERS;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{boolean, comma, id, number, raw, string};
use crate::tiktok_shop::model::orders::{CANCELLED_UNIT, Package, Status};

use super::Call;
use super::body;
use super::errors::{self, ApiError};
use super::order_view::{OrderView, PACKAGE_STATUSES, package_status};
use super::paging::{self, List};

/// What packages may be sorted by [sdk].
const SORT_FIELDS: [&str; 3] = ["create_time", "update_time", "order_pay_time"];

/// The two calls that show packages.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Reading {
    Detail,
    Search,
}

#[derive(Deserialize)]
struct SearchBody<'a> {
    #[serde(borrow)]
    package_status: Option<Cow<'a, str>>,
    create_time_ge: Option<i64>,
    create_time_lt: Option<i64>,
    update_time_ge: Option<i64>,
    update_time_lt: Option<i64>,
}

/// `GET packages/{package_id}`.
pub(super) fn detail(
    view: &OrderView<'_>,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let (order, package) = digits(call.id)
        .and_then(ids::package_of)
        .filter(|(order, _)| *order < view.orders.len())
        .ok_or(errors::NOT_YOURS)?;
    let record = view.orders.order(order);
    let shipped = view.orders.package(record, package);
    let open = package == record.packages.saturating_add(1)
        && view.shows_open_package(record, record.status);
    if shipped.is_none() && !open {
        return Err(errors::NOT_YOURS);
    }
    write_package(view, out, order, package, shipped, Reading::Detail);
    Ok(())
}

/// `POST packages/search`: shipped packages, newest first.
pub(super) fn search(
    view: &OrderView<'_>,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let size = paging::page_size(call.query)?;
    let cursor = paging::cursor(call.query, List::Packages)?;
    let search: SearchBody<'_> = body::read(call.body)?;
    paging::check_sorting(call.query, &SORT_FIELDS)?;
    let epoch = view.seed.epoch;
    let within = |at: Micros, from: Option<i64>, to: Option<i64>| {
        let at = epoch.unix_secs(at);
        from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to)
    };
    let wanted = search.package_status.as_deref().filter(|it| !it.is_empty());
    body::check_value("package_status", wanted, &PACKAGE_STATUSES)?;
    let matches = |package: &Package| {
        let order = view.orders.order(package.order);
        within(
            package.shipped_at,
            search.create_time_ge,
            search.create_time_lt,
        ) && within(
            package.updated_at,
            search.update_time_ge,
            search.update_time_lt,
        ) && wanted.is_none_or(|status| status == package_status(order.status, true))
    };
    let packages = &view.orders.packages;
    let page = paging::newest_first(packages.len(), cursor, size, |index| {
        matches(&packages[index])
    });
    raw(out, "{");
    paging::write_tail(out, List::Packages, page.next, page.total);
    raw(out, ",\"packages\":[");
    for index in page.rows {
        let package = &packages[index];
        comma(out);
        let (order, number) = (package.order, package.number);
        write_package(view, out, order, number, Some(package), Reading::Search);
    }
    raw(out, "]}");
    Ok(())
}

/// Appends what both readings of a package tell, which name its id and its status differently [sdk]: whatever else the
/// detail has comes with it.
fn write_package(
    view: &OrderView<'_>,
    out: &mut Vec<u8>,
    order: u32,
    package: u8,
    shipped: Option<&Package>,
    reading: Reading,
) {
    let record = view.orders.order(order);
    let epoch = view.seed.epoch;
    let is_detail = reading == Reading::Detail;
    raw(
        out,
        if is_detail {
            "{\"package_id\":"
        } else {
            "{\"id\":"
        },
    );
    id(out, ids::package_id(order, package));
    raw(
        out,
        match reading {
            Reading::Detail => ",\"package_status\":\"",
            Reading::Search => ",\"status\":\"",
        },
    );
    let status = package_status(record.status, shipped.is_some());
    raw(out, status);
    raw(out, "\",\"create_time\":");
    let created = shipped.map_or(record.created_at, |package| package.shipped_at);
    number(out, epoch.unix_secs(created));
    raw(out, ",\"update_time\":");
    let updated = match shipped {
        Some(package) => package.updated_at,
        None if record.status == Status::Cancelled => view.orders.updated_at(record),
        None => created,
    };
    number(out, epoch.unix_secs(updated));
    raw(out, ",\"tracking_number\":");
    string(out, shipped.map_or("", |package| &package.tracking_number));
    if let Some(package) = shipped {
        let provider = usize::from(package.provider);
        raw(out, ",\"shipping_provider_id\":");
        id(out, ids::shipping_provider_id(provider));
        raw(out, ",\"shipping_provider_name\":");
        string(out, PROVIDERS[provider]);
    }
    let units = if shipped.is_some() { package } else { 0 };
    if is_detail {
        write_detail(view, out, order, units, status);
    }
    write_package_contents(view, out, order, units);
    out.push(b'}');
}

/// Appends what the detail of a package has beside what search has.
fn write_detail(view: &OrderView<'_>, out: &mut Vec<u8>, order: u32, package: u8, status: &str) {
    let record = view.orders.order(order);
    raw(out, ",\"package_sub_status\":\"");
    raw(out, sub_status(status));
    raw(out, "\",\"split_and_combine_tag\":\"");
    // A package with every unit of its order was never split.
    let units = view.orders.units(record);
    let is_split = units
        .iter()
        .any(|of| *of != package && *of != CANCELLED_UNIT);
    raw(out, if is_split { "SPLIT" } else { "DEFAULT" });
    raw(out, "\",\"has_multi_skus\":");
    let lines = view.orders.lines(record).iter();
    let listings = lines.flat_map(|line| std::iter::repeat_n(line.listing, line.units as usize));
    let here = listings.zip(units).filter(|(_, of)| **of == package);
    let mut here = here.map(|(listing, _)| listing);
    let first = here.next();
    boolean(out, here.any(|listing| Some(listing) != first));
    raw(
        out,
        ",\"note_tag\":\"BUYER_UNNOTED\",\"shipping_type\":\"SELLER\",\"delivery_option_id\":",
    );
    id(out, ids::DELIVERY_OPTION);
    raw(out, ",\"delivery_option_name\":\"Standard Shipping\"");
    if let Some(first) = view.orders.lines(record).first() {
        raw(out, ",\"warehouse_id\":");
        id(out, ids::warehouse_id(usize::from(first.location)));
    }
}

/// What a status is called one step closer: the words are TikTok's [sdk], which goes with which is assumed.
fn sub_status(status: &str) -> &'static str {
    match status {
        "TO_FULFILL" => "STOCKING",
        "PROCESSING" => "RTS",
        "FULFILLING" => "TTS",
        "COMPLETED" => "DELIVERED",
        _ => "CANCELLED",
    }
}

/// Appends the line items and SKUs whose units are marked with `package`; 0 marks those that have not left.
fn write_package_contents(view: &OrderView<'_>, out: &mut Vec<u8>, order: u32, package: u8) {
    let record = view.orders.order(order);
    let units = view.orders.units(record);
    let lines = view.orders.lines(record);
    raw(out, ",\"order_line_item_ids\":[");
    for (unit, of) in (0..).zip(units) {
        if *of == package {
            comma(out);
            id(out, ids::line_id(order, unit));
        }
    }
    raw(out, "],\"orders\":[{\"id\":");
    id(out, ids::order_id(order));
    raw(out, ",\"skus\":[");
    let mut first = 0;
    for line in lines {
        let end = first + line.units as usize;
        let quantity = units[first..end]
            .iter()
            .filter(|of| **of == package)
            .count();
        first = end;
        if quantity > 0 {
            comma(out);
            raw(out, "{\"id\":");
            id(out, view.catalogue.sku_id(line.listing));
            raw(out, ",\"name\":");
            string(out, &view.seed.listings[line.listing as usize].title);
            raw(out, ",\"quantity\":");
            number(out, quantity);
            out.push(b'}');
        }
    }
    raw(out, "]}]");
}
