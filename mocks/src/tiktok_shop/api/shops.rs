//! Which shops the app may call (docs/platforms/tiktok_shop.md 1.3).

use crate::core::Shop;
use crate::tiktok_shop::model::json::{id, raw, string};
use crate::tiktok_shop::shop::access::Credentials;

use super::errors::ApiError;

/// `GET /seller/{v}/shops`.
pub(super) fn active(
    credentials: &Credentials,
    region: &str,
    is_inactive: bool,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    raw(out, "{\"shops\":[");
    if !is_inactive {
        raw(out, "{\"id\":");
        id(out, credentials.shop_id);
        raw(out, ",\"region\":");
        string(out, region);
        out.push(b'}');
    }
    raw(out, "]}");
    Ok(())
}

/// `GET /authorization/{v}/shops`.
pub(super) fn authorized(
    seed: &Shop,
    credentials: &Credentials,
    region: &str,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    raw(out, "{\"shops\":[{\"id\":");
    id(out, credentials.shop_id);
    raw(out, ",\"name\":");
    string(out, &seed.name);
    raw(out, ",\"region\":");
    string(out, region);
    let is_local = seed.locations.iter().any(|it| it.country == region);
    raw(out, ",\"seller_type\":\"");
    raw(out, if is_local { "LOCAL" } else { "CROSS_BORDER" });
    raw(out, "\",\"cipher\":");
    string(out, &credentials.shop_cipher);
    raw(out, ",\"code\":");
    string(out, &format!("{}DEMO01", region));
    raw(out, "}]}");
    Ok(())
}
