//! The gateway's checks of every signed call (docs/platforms/tiktok_shop.md 1.3, 2.1).

use std::borrow::Cow;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::core::{Epoch, Micros};
use crate::tiktok_shop::profile::{GatewayProfile, TokenProfile};
use crate::tiktok_shop::shop::access::Access;
use crate::tiktok_shop::shop::access::query::Query;

use super::Operation;
use super::errors::{self, ApiError};

/// The parts of a request that the gateway looks at.
pub(crate) struct GatewayInput<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) path: &'a str,
    pub(crate) query: &'a Query<'a>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// What the gateway holds a request against.
pub(crate) struct Gateway<'a> {
    pub(crate) access: &'a Access,
    pub(crate) epoch: Epoch,
    pub(crate) profile: &'a GatewayProfile,
    pub(crate) token: &'a TokenProfile,
    /// How long access tokens live by the profile that the shop was opened with.
    pub(crate) usual_lifetime: Micros,
    /// What the client's own clock shows.
    pub(crate) by_client: Micros,
}

impl Gateway<'_> {
    /// The checks of every signed call, in the gateway's order: app key, timestamp, signature, token, scope, cipher,
    /// shop activity (docs/platforms/tiktok_shop.md 2.1; the rate limit comes after).
    pub(crate) fn check(&self, now: Micros, input: &GatewayInput<'_>) -> Result<(), ApiError> {
        let gateway = self.profile;
        match input.query.get("app_key") {
            Some(key) if key == self.access.credentials.app_key => {}
            Some(_) => return Err(ApiError::invalid("Invalid app_key")),
            None => return Err(ApiError::invalid("Required parameter missing: app_key")),
        }
        self.check_timestamp(now, input.query)?;
        self.check_signature(input)?;
        self.check_token(input.headers)?;
        if !gateway
            .granted_scopes
            .iter()
            .any(|scope| scope == input.operation.scope())
        {
            return Err(errors::SCOPE);
        }
        self.check_cipher(input)?;
        if gateway.shop_inactive && input.operation.takes_shop_cipher() {
            return Err(errors::SHOP_INACTIVE);
        }
        Ok(())
    }

    /// A timestamp is in time by the client's own clock or by the platform's calendar: clients outside sign by the one,
    /// engines that follow platform time by the other, and where nobody sets the calendar both are the same.
    fn check_timestamp(&self, now: Micros, query: &Query<'_>) -> Result<(), ApiError> {
        let stamp: i64 = query
            .get("timestamp")
            .ok_or_else(|| ApiError::invalid("Required parameter missing: timestamp"))?
            .parse()
            .map_err(|_| ApiError::invalid("Invalid timestamp: not a number of seconds"))?;
        if stamp < 0 {
            return Err(ApiError::invalid("Invalid timestamp: negative"));
        }
        if !self.profile.check_timestamp {
            return Ok(());
        }
        let seconds = |length: Micros| i64::try_from(length.whole_secs()).unwrap_or(i64::MAX);
        let held_against = |clock: Micros| {
            let clock = self.epoch.unix_secs(clock);
            if stamp < clock.saturating_sub(seconds(self.profile.timestamp_past)) {
                return Err(ApiError::invalid("Invalid timestamp: expired"));
            }
            if stamp > clock.saturating_add(seconds(self.profile.timestamp_future)) {
                return Err(ApiError::invalid("Invalid timestamp: in the future"));
            }
            Ok(())
        };
        held_against(self.by_client).or_else(|refused| held_against(now).map_err(|_| refused))
    }

    fn check_signature(&self, input: &GatewayInput<'_>) -> Result<(), ApiError> {
        let sign = input.query.get("sign").ok_or_else(|| {
            ApiError::invalid("Required parameter missing: sign (the signature of the request)")
        })?;
        let multipart = input
            .headers
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"));
        let body = if multipart { b"" } else { input.body };
        let matches = |body: &[u8]| {
            self.access
                .signer
                .request_hex(input.path, input.query, body)[..]
                == *sign.as_bytes()
        };
        if matches(body)
            || (self.profile.accept_unsigned_empty_object && body == b"{}" && matches(b""))
        {
            Ok(())
        } else {
            Err(errors::SIGN)
        }
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let header = headers
            .get("x-tts-access-token")
            .ok_or_else(|| ApiError::invalid("Required header missing: x-tts-access-token"))?;
        let token = self
            .access
            .access_token(header.as_bytes())
            .ok_or_else(|| ApiError::invalid("Invalid header: x-tts-access-token"))?;
        let end = token.ends_at(self.token.access_lifetime);
        let usual_end = token.issued_at + self.usual_lifetime;
        let mut count = self.access.early_expiry.get();
        count.offer_if(
            end < usual_end && self.by_client < usual_end,
            self.by_client >= end,
        );
        self.access.early_expiry.set(count);
        if self.by_client >= end {
            return Err(ApiError {
                code: errors::TOKEN_EXPIRED,
                status: self.token.expired_status,
                message: Cow::Borrowed("Expired credentials: refresh the access token"),
            });
        }
        Ok(())
    }

    fn check_cipher(&self, input: &GatewayInput<'_>) -> Result<(), ApiError> {
        match (
            input.operation.takes_shop_cipher(),
            input.query.get("shop_cipher"),
        ) {
            (true, None | Some("")) => return Err(errors::CIPHER_MISSING),
            (true, Some(cipher)) if cipher != self.access.credentials.shop_cipher => {
                return Err(errors::TOKEN_OTHER_SHOP);
            }
            (false, Some(_)) if self.profile.refuse_unexpected_shop_cipher => {
                return Err(ApiError::invalid(
                    "Unexpected identifier: shop_cipher is not required",
                ));
            }
            _ => {}
        }
        // Older clients add the shop's id; a wrong one is refused even beside the right cipher.
        match input.query.get("shop_id") {
            Some(id) if !id.is_empty() && id.parse() != Ok(self.access.credentials.shop_id) => {
                Err(ApiError::invalid("Invalid shop_id"))
            }
            _ => Ok(()),
        }
    }

    /// What is looked at after the rate limit.
    pub(crate) fn check_content_type(input: &GatewayInput<'_>) -> Result<(), ApiError> {
        let other_type = input
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| !value.as_bytes().starts_with(b"application/json"));
        if other_type && !input.body.is_empty() {
            return Err(errors::CONTENT_TYPE);
        }
        Ok(())
    }
}
