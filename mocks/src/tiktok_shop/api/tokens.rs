//! The two token calls: unsigned GETs with the secret in the query, whose refusals come with HTTP 200
//! (docs/platforms/tiktok_shop.md 1.2).

use crate::core::Micros;
use crate::tiktok_shop::model::json::{comma, number, raw, string};
use crate::tiktok_shop::shop::ShopState;
use crate::tiktok_shop::shop::access::query::Query;

use super::Call;
use super::errors::ApiError;

fn check_app(shop: &ShopState, query: &Query<'_>) -> Result<(), ApiError> {
    let credentials = &shop.access.credentials;
    if query.get("app_key") != Some(&credentials.app_key)
        || query.get("app_secret") != Some(&credentials.app_secret)
    {
        return Err(ApiError::business(
            36_009_004,
            "Invalid app_key or app_secret",
        ));
    }
    Ok(())
}

/// `GET token/get`.
pub(super) fn get(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    check_app(shop, call.query)?;
    if call.query.get("grant_type") != Some("authorized_code") {
        return Err(ApiError::business(
            36_009_004,
            "Invalid grant_type: authorized_code is expected",
        ));
    }
    let code = call.query.get("auth_code");
    shop.access
        .exchange_code(call.by_client, &shop.profile.token, code)?;
    write_tokens(shop, call, out);
    Ok(())
}

/// `GET token/refresh`. TikTok's own Node client sends `grant_type=authorized_code` to this call too, so it does not look
/// at it.
pub(super) fn refresh(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    check_app(shop, call.query)?;
    let token = call.query.get("refresh_token").unwrap_or("");
    shop.access
        .refresh(call.by_client, &shop.profile.token, token)?;
    write_tokens(shop, call, out);
    Ok(())
}

/// The ends of the tokens' lives are told in the platform's calendar, as every instant is: what is left of them is the same
/// by either clock.
fn write_tokens(shop: &ShopState, call: &Call<'_>, out: &mut Vec<u8>) {
    let (epoch, profile) = (shop.seed.epoch, &shop.profile);
    let told = |end: Micros| epoch.unix_secs(call.now + end.since(call.by_client));
    let Some((access, refresh)) = shop.access.newest() else {
        return raw(out, "{}");
    };
    raw(out, "{\"access_token\":");
    string(out, &access.text);
    raw(out, ",\"access_token_expire_in\":");
    number(out, told(access.expires_at));
    raw(out, ",\"refresh_token\":");
    string(out, &refresh.text);
    raw(out, ",\"refresh_token_expire_in\":");
    number(out, told(refresh.expires_at));
    raw(
        out,
        ",\"open_id\":\"7010000000000000001\",\"seller_name\":\"Demo Seller\",\"seller_base_region\":",
    );
    string(out, profile.market());
    raw(out, ",\"user_type\":0,\"granted_scopes\":[");
    for scope in &profile.gateway.granted_scopes {
        comma(out);
        string(out, scope);
    }
    raw(out, "]}");
}
