//! Tokens, the gateway, and how answers come.

use serde::{Deserialize, Serialize};

use crate::core::{Distribution, Micros};

/// Tokens (docs/platforms/tiktok_shop.md 1.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenProfile {
    /// Life of an access token.
    pub access_lifetime: Micros,
    /// Life of a refresh token.
    pub refresh_lifetime: Micros,
    /// Life of the authorization code, counted from simulated zero.
    pub auth_code_lifetime: Micros,
    /// Whether a refresh replaces the refresh token and voids the old one.
    pub rotate_refresh_token: bool,
    /// HTTP status of 105002 (expired access token): 401 or 200.
    pub expired_status: u16,
}

/// Gateway checks (docs/platforms/tiktok_shop.md 1.3, 1.4, 2.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayProfile {
    /// Whether the request's timestamp is held against the clock at all.
    pub check_timestamp: bool,
    /// How old a timestamp may be.
    pub timestamp_past: Micros,
    /// How far ahead a timestamp may be.
    pub timestamp_future: Micros,
    /// Whether a body of exactly `{}` may have been signed as no body.
    pub accept_unsigned_empty_object: bool,
    /// Whether calls that take no `shop_cipher` refuse one.
    pub refuse_unexpected_shop_cipher: bool,
    /// Scopes of the token.
    pub granted_scopes: Vec<String>,
    /// Whether the shop is inactive (36009043 on every shop call).
    pub shop_inactive: bool,
}

/// Times to answer (docs/platforms/tiktok_shop.md 9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyProfile {
    /// Token calls.
    pub token: Distribution,
    /// Reads.
    pub read: Distribution,
    /// Writes.
    pub write: Distribution,
    /// Added to an order search for each order asked for by `page_size`.
    pub search_per_order: Micros,
}

/// Faults (docs/platforms/tiktok_shop.md 9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultsProfile {
    /// Share of calls answered 503 with a body that is not JSON; nothing has happened.
    pub unavailable: f64,
    /// Share of calls that are throttled although the rate limit would let them in.
    pub early_throttle_share: f64,
    /// Share of calls answered 36009007 after a wait.
    pub upstream_timeout: f64,
    /// That wait.
    pub upstream_timeout_after: Micros,
    /// Share of those calls that took effect all the same.
    pub upstream_timeout_takes_effect: f64,
}
