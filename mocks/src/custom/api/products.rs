//! Products and their quantities (docs/custom.md 2, 3).

use http::StatusCode;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use serde::Deserialize;

use crate::core::integers::Whole;
use crate::core::json::{array, raw, string};
use crate::custom::shop::ShopState;
use crate::custom::shop::stock::Accepted;
use crate::custom::shop::timers::Write;

use super::errors::ApiError;
use super::paging::{self, List, MOST_ROWS, Page, USUAL_ROWS};
use super::{Call, Reply, body, if_match};

pub(super) fn shop(shop: &ShopState) -> Result<Reply, ApiError> {
    let mut out = Vec::with_capacity(96);
    shop.write_shop(&mut out);
    Reply::ok(out)
}

/// A page of the catalogue, or the products that the call names: each once, as they are first named, without those that are
/// not listed. `limit` and `cursor` are held against their ranges and heeded either way; where a call names products and no
/// `limit`, the page has room for all.
pub(super) fn list(shop: &ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let named: Vec<&str> = call.query.all("skus").collect();
    if named.len() > MOST_ROWS {
        return Err(ApiError::bad_request(format!(
            "skus names {} products, but a call may name {MOST_ROWS}",
            named.len()
        )));
    }
    let asked = paging::asked_rows(&call.query)?;
    let from = paging::from(&call.query, List::Products)?;
    let mut out = Vec::with_capacity(4_096);
    raw(&mut out, "{\"products\":");
    let next = if named.is_empty() {
        let rows = asked.unwrap_or(USUAL_ROWS);
        let page = Page::of(shop.seed.listings.len(), from, rows);
        array(&mut out, page.rows, |out, listing| {
            shop.write_product(out, listing as u32);
        });
        page.next
    } else {
        let listed = named.iter().filter_map(|sku| shop.listing(sku));
        let listed: IndexSet<u32, FxBuildHasher> = listed.collect();
        let page = Page::of(listed.len(), from, asked.unwrap_or(MOST_ROWS));
        let rows = page.rows.filter_map(|place| listed.get_index(place));
        array(&mut out, rows, |out, listing| {
            shop.write_product(out, *listing);
        });
        page.next
    };
    paging::write_next(&mut out, List::Products, next);
    out.push(b'}');
    Reply::ok(out)
}

fn listing(shop: &ShopState, call: &Call<'_>) -> Result<u32, ApiError> {
    shop.listing(&call.parameter)
        .ok_or_else(|| ApiError::not_found("there is no product with this SKU"))
}

pub(super) fn quantity(shop: &ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let listing = listing(shop, call)?;
    let count = shop.stock.shown(listing);
    let mut out = Vec::with_capacity(64);
    shop.begin_count(&mut out, listing, count);
    out.push(b'}');
    Ok(Reply {
        status: StatusCode::OK,
        body: out,
        version: Some(count.version),
    })
}

#[derive(Deserialize)]
struct NewQuantity {
    quantity: Whole,
}

/// Sets what buyers can buy, whatever is there, or, with `If-Match` and a profile that heeds it, if it is still of that version.
pub(super) fn set_quantity(shop: &mut ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let listing = listing(shop, call)?;
    let NewQuantity {
        quantity: Whole(units),
    } = body::read(call.body)?;
    let most = shop.profile.inventory.max_quantity;
    if !(0..=most).contains(&units) {
        return Err(ApiError::unprocessable(format!(
            "quantity is {units}, but it is 0 to {most}"
        )));
    }
    if shop.profile.inventory.compare_and_set {
        check_version(call, shop.stock.present(listing).version)?;
    }
    let accepted = shop.accept_write(Write {
        listing,
        units,
        sent_at: call.sent_at,
        received_at: call.now,
    });
    let count = shop.stock.present(listing);
    let mut out = Vec::with_capacity(80);
    shop.begin_count(&mut out, listing, count);
    let (status, name) = match accepted {
        Accepted::Applied => (StatusCode::OK, "applied"),
        Accepted::Pending => (StatusCode::ACCEPTED, "accepted"),
    };
    raw(&mut out, ",\"status\":");
    string(&mut out, name);
    out.push(b'}');
    Ok(Reply {
        status,
        body: out,
        version: Some(count.version),
    })
}

/// Holds `If-Match` against the version that is there (RFC 9110, 13.1.1).
fn check_version(call: &Call<'_>, version: u32) -> Result<(), ApiError> {
    match if_match::names(call.headers, &version.to_string()) {
        Some(true) => Ok(()),
        Some(false) => Err(ApiError::stale(version)),
        None => Err(ApiError::bad_request(
            "If-Match must be versions in quotes, with commas between them, or *",
        )),
    }
}
