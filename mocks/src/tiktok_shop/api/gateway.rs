//! The gateway's checks of every signed call (docs/platforms/tiktok_shop.md 1.3, 2.1).

use std::borrow::Cow;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::core::integers::digits;
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
        if input.query.get("app_key") != Some(&self.access.credentials.app_key) {
            return Err(errors::APP_KEY);
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
            .and_then(whole_seconds)
            .ok_or_else(|| bad_timestamp("be a number of seconds", ""))?;
        if stamp < 0 {
            return Err(bad_timestamp("not be lesser than 0", ""));
        }
        if !self.profile.check_timestamp {
            return Ok(());
        }
        let seconds = |length: Micros| i64::try_from(length.whole_secs()).unwrap_or(i64::MAX);
        let held_against = |clock: Micros| {
            let clock = self.epoch.unix_secs(clock);
            if stamp < clock.saturating_sub(seconds(self.profile.timestamp_past)) {
                return Err(bad_timestamp(
                    "not be earlier than ",
                    &format!(
                        "{} before the current time",
                        in_words(self.profile.timestamp_past)
                    ),
                ));
            }
            if stamp > clock.saturating_add(seconds(self.profile.timestamp_future)) {
                return Err(bad_timestamp(
                    "not exceed the current time by more than ",
                    &in_words(self.profile.timestamp_future),
                ));
            }
            Ok(())
        };
        held_against(self.by_client).or_else(|refused| held_against(now).map_err(|_| refused))
    }

    fn check_signature(&self, input: &GatewayInput<'_>) -> Result<(), ApiError> {
        let sign = input.query.get("sign").ok_or(errors::SIGN_MISSING)?;
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
        let token = headers
            .get("x-tts-access-token")
            .and_then(|header| self.access.access_token(header.as_bytes()))
            .ok_or(errors::TOKEN)?;
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
                message: Cow::Borrowed(errors::TOKEN_EXPIRED_MESSAGE),
            });
        }
        Ok(())
    }

    fn check_cipher(&self, input: &GatewayInput<'_>) -> Result<(), ApiError> {
        // An empty parameter is one that is not there.
        let cipher = input
            .query
            .get("shop_cipher")
            .filter(|cipher| !cipher.is_empty());
        match (input.operation.takes_shop_cipher(), cipher) {
            (true, None) => return Err(errors::CIPHER_MISSING),
            (true, Some(cipher)) if cipher != self.access.credentials.shop_cipher => {
                return Err(errors::TOKEN_OTHER_SHOP);
            }
            (false, Some(_)) if self.profile.refuse_unexpected_shop_cipher => {
                return Err(errors::CIPHER_UNEXPECTED);
            }
            _ => {}
        }
        // Older clients add the shop's id; a wrong one is refused even beside the right cipher.
        match input.query.get("shop_id") {
            Some(id) if !id.is_empty() && digits(id) != Some(self.access.credentials.shop_id) => {
                Err(errors::SHOP_ID)
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

/// Reads a timestamp: digits alone, or a number below 0, which has its own refusal.
fn whole_seconds(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(below) => digits::<i64>(below).map(|seconds| -seconds),
        None => digits(text),
    }
}

/// A timestamp that the platform does not take, and what it must do or be.
fn bad_timestamp(must: &str, what: &str) -> ApiError {
    ApiError::invalid(format!(
        "Invalid timestamp. The value of the 'timestamp' query parameter must {must}{what}."
    ))
}

/// A length of time in whole minutes, or else in seconds.
fn in_words(length: Micros) -> String {
    match length.whole_secs() {
        seconds if seconds >= 60 && seconds.is_multiple_of(60) => {
            format!("{} minutes", seconds / 60)
        }
        seconds => format!("{seconds} seconds"),
    }
}
