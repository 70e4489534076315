//! Products and their quantities (docs/custom.md 2, 3).

use http::StatusCode;
use http::header::IF_MATCH;
use serde::Deserialize;

use crate::core::json::{array, raw, string};
use crate::custom::shop::ShopState;
use crate::custom::shop::stock::Accepted;
use crate::custom::shop::timers::Write;

use super::errors::ApiError;
use super::paging::{self, List, MOST_ROWS};
use super::{Call, Reply, body};

pub(super) fn shop(shop: &ShopState) -> Result<Reply, ApiError> {
    let mut out = Vec::with_capacity(96);
    shop.write_shop(&mut out);
    Reply::ok(out)
}

/// A page of the catalogue, or the products that the call names, of which those that are not listed are left out.
pub(super) fn list(shop: &ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let mut out = Vec::with_capacity(4_096);
    raw(&mut out, "{\"products\":");
    let named: Vec<&str> = call.query.all("skus").collect();
    let next = if named.is_empty() {
        let (rows, from) = (
            paging::rows(&call.query)?,
            paging::from(&call.query, List::Products)?,
        );
        let all = shop.seed.listings.len();
        let from = usize::try_from(from).map_or(all, |from| from.min(all));
        let until = all.min(from + rows);
        array(&mut out, from..until, |out, listing| {
            shop.write_product(out, listing as u32);
        });
        (until < all).then_some(until as u64)
    } else {
        if named.len() > MOST_ROWS {
            return Err(ApiError::bad_request(format!(
                "skus names {} products, but a call may name {MOST_ROWS}",
                named.len()
            )));
        }
        let listed = named.iter().filter_map(|sku| shop.listing(sku));
        array(&mut out, listed, |out, listing| {
            shop.write_product(out, listing);
        });
        None
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
    quantity: i64,
}

/// Sets what buyers can buy, whatever is there, or, with `If-Match` and a profile that heeds it, if it is still of that version.
pub(super) fn set_quantity(shop: &mut ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let listing = listing(shop, call)?;
    let NewQuantity { quantity: units } = body::read(call.body)?;
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

/// Holds `If-Match` against the version that is there: the text of a version, with quotes or without, or a star.
fn check_version(call: &Call<'_>, version: u32) -> Result<(), ApiError> {
    let Some(expected) = call.headers.get(IF_MATCH) else {
        return Ok(());
    };
    let text = expected.to_str().unwrap_or("").trim();
    let bare = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    match bare {
        "*" => Ok(()),
        _ if bare.parse() == Ok(version) => Ok(()),
        _ => Err(ApiError::stale(version)),
    }
}
