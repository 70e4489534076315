//! Reading packages (docs/platforms/tiktok_shop.md 7). Here, unlike on order lines, SKUs have a quantity.

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::Micros;
use crate::core::integers::digits;
use crate::tiktok_shop::model::carriers::PROVIDERS;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, number, raw, string};
use crate::tiktok_shop::model::orders::{Package, Status};

use super::Call;
use super::body;
use super::errors::{self, ApiError};
use super::order_view::{OrderView, PACKAGE_STATUSES, package_status};
use super::paging::{self, List};

/// What packages may be sorted by [sdk].
const SORT_FIELDS: [&str; 3] = ["create_time", "update_time", "order_pay_time"];

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
    let open = view.profile.shows_packages_up_front()
        && package == record.packages.saturating_add(1)
        && record.open_units() > 0;
    if shipped.is_none() && !open {
        return Err(errors::NOT_YOURS);
    }
    write_package(view, out, order, package, shipped);
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
        write_package(view, out, package.order, package.number, Some(package));
    }
    raw(out, "]}");
    Ok(())
}

fn write_package(
    view: &OrderView<'_>,
    out: &mut Vec<u8>,
    order: u32,
    package: u8,
    shipped: Option<&Package>,
) {
    let record = view.orders.order(order);
    let epoch = view.seed.epoch;
    raw(out, "{\"id\":");
    id(out, ids::package_id(order, package));
    raw(out, ",\"package_id\":");
    id(out, ids::package_id(order, package));
    raw(out, ",\"status\":\"");
    raw(out, package_status(record.status, shipped.is_some()));
    raw(out, "\",\"package_status\":\"");
    raw(out, package_status(record.status, shipped.is_some()));
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
    raw(out, ",\"shipping_type\":\"SELLER\",\"delivery_option_id\":");
    id(out, ids::DELIVERY_OPTION);
    raw(out, ",\"tracking_number\":");
    string(out, shipped.map_or("", |package| &package.tracking_number));
    if let Some(package) = shipped {
        let provider = usize::from(package.provider);
        raw(out, ",\"shipping_provider_id\":");
        id(out, ids::shipping_provider_id(provider));
        raw(out, ",\"shipping_provider_name\":");
        string(out, PROVIDERS[provider]);
    }
    write_package_contents(
        view,
        out,
        order,
        if shipped.is_some() { package } else { 0 },
    );
    out.push(b'}');
}

/// Appends the line items and SKUs whose units are marked with `package`; 0 marks those that have not left.
fn write_package_contents(view: &OrderView<'_>, out: &mut Vec<u8>, order: u32, package: u8) {
    let record = view.orders.order(order);
    let units = view.orders.units(record);
    let lines = view.orders.lines(record);
    if let Some(first) = lines.first() {
        raw(out, ",\"warehouse_id\":");
        id(out, ids::warehouse_id(usize::from(first.location)));
    }
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
