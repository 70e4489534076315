//! Tokens and the gateway's checks (sheet 1.2, 1.3, 2.1).

use std::borrow::Cow;

use http::HeaderMap;

use crate::core::{Epoch, Micros, Stream};

use super::errors::{self, ApiError};
use super::json;
use super::operations::Operation;
use super::profile::{GatewayProfile, Profile};
use super::query::Query;
use super::signature::Signer;

/// What an app and its shop know of each other. The default values are open, so that tests may use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The app's key; `6demo0key`.
    pub app_key: String,
    /// The app's secret, which signs requests and deliveries; `0123456789abcdef`.
    pub app_secret: String,
    /// A single-use code for `token/get`; `ROW_demoAuthCode01`.
    pub auth_code: String,
    /// An access token issued at simulated zero; `ROW_tokA`.
    pub access_token: String,
    /// The refresh token issued with it; `ROW_refA`.
    pub refresh_token: String,
    /// Names the shop in calls; `ROW_demoCipher01`.
    pub shop_cipher: String,
    /// The shop's id, as deliveries carry it; 7490000000000000001.
    pub shop_id: u64,
}

impl Default for Credentials {
    fn default() -> Credentials {
        Credentials {
            app_key: "6demo0key".to_string(),
            app_secret: "0123456789abcdef".to_string(),
            auth_code: "ROW_demoAuthCode01".to_string(),
            access_token: "ROW_tokA".to_string(),
            refresh_token: "ROW_refA".to_string(),
            shop_cipher: "ROW_demoCipher01".to_string(),
            shop_id: 7_490_000_000_000_000_001,
        }
    }
}

#[derive(Clone, Debug)]
struct Token {
    text: String,
    expires_at: Micros,
}

/// How many tokens of a kind are remembered; older ones are unknown rather than expired.
const REMEMBERED_TOKENS: usize = 32;

#[derive(Debug)]
pub(super) struct Auth {
    pub(super) credentials: Credentials,
    pub(super) signer: Signer,
    auth_code_used: bool,
    auth_code_expires_at: Micros,
    access: Vec<Token>,
    refresh: Vec<Token>,
    issued: u64,
    token_key: u64,
}

/// The parts of a request that the gateway looks at.
pub(super) struct GatewayInput<'a> {
    pub(super) operation: Operation,
    pub(super) path: &'a str,
    pub(super) query: &'a Query<'a>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

impl Auth {
    pub(super) fn new(credentials: Credentials, profile: &Profile, token_key: u64) -> Auth {
        let mut auth = Auth {
            signer: Signer::new(&credentials.app_key, &credentials.app_secret),
            access: Vec::new(),
            refresh: Vec::new(),
            auth_code_used: false,
            auth_code_expires_at: Micros::ZERO,
            issued: 0,
            token_key,
            credentials,
        };
        auth.grant_anew(Micros::ZERO, profile);
        auth
    }

    /// The seller authorizes the app: the configured code and tokens start their lives, older tokens end.
    pub(super) fn grant_anew(&mut self, now: Micros, profile: &Profile) {
        self.access.clear();
        self.access.push(Token {
            text: self.credentials.access_token.clone(),
            expires_at: now + profile.token.access_lifetime,
        });
        self.refresh.clear();
        self.refresh.push(Token {
            text: self.credentials.refresh_token.clone(),
            expires_at: now + profile.token.refresh_lifetime,
        });
        self.auth_code_used = false;
        self.auth_code_expires_at = now + profile.token.auth_code_lifetime;
    }

    /// The checks of every signed call, in the gateway's order: app key, timestamp, signature, token, scope, cipher,
    /// shop activity (sheet 2.1; the rate limit comes after).
    pub(super) fn check(
        &self,
        now: Micros,
        epoch: Epoch,
        profile: &Profile,
        input: &GatewayInput<'_>,
    ) -> Result<(), ApiError> {
        let gateway = &profile.gateway;
        match input.query.get("app_key") {
            Some(key) if key == self.credentials.app_key => {}
            Some(_) => return Err(ApiError::invalid("Invalid app_key")),
            None => return Err(ApiError::invalid("Required parameter missing: app_key")),
        }
        self.check_timestamp(now, epoch, gateway, input.query)?;
        self.check_signature(gateway, input)?;
        self.check_token(now, profile, input.headers)?;
        if !gateway
            .granted_scopes
            .iter()
            .any(|scope| scope == input.operation.scope())
        {
            return Err(errors::SCOPE);
        }
        self.check_cipher(gateway, input)?;
        if gateway.shop_inactive && input.operation.takes_shop_cipher() {
            return Err(errors::SHOP_INACTIVE);
        }
        Ok(())
    }

    fn check_timestamp(
        &self,
        now: Micros,
        epoch: Epoch,
        gateway: &GatewayProfile,
        query: &Query<'_>,
    ) -> Result<(), ApiError> {
        let stamp: i64 = query
            .get("timestamp")
            .ok_or_else(|| ApiError::invalid("Required parameter missing: timestamp"))?
            .parse()
            .map_err(|_| ApiError::invalid("Invalid timestamp: not a number of seconds"))?;
        if stamp < 0 {
            return Err(ApiError::invalid("Invalid timestamp: negative"));
        }
        if !gateway.check_timestamp {
            return Ok(());
        }
        let clock = epoch.unix_secs(now);
        let seconds = |length: Micros| i64::try_from(length.whole_secs()).unwrap_or(i64::MAX);
        if stamp < clock.saturating_sub(seconds(gateway.timestamp_past)) {
            return Err(ApiError::invalid("Invalid timestamp: expired"));
        }
        if stamp > clock.saturating_add(seconds(gateway.timestamp_future)) {
            return Err(ApiError::invalid("Invalid timestamp: in the future"));
        }
        Ok(())
    }

    fn check_signature(
        &self,
        gateway: &GatewayProfile,
        input: &GatewayInput<'_>,
    ) -> Result<(), ApiError> {
        let sign = input.query.get("sign").ok_or_else(|| {
            ApiError::invalid("Required parameter missing: sign (the signature of the request)")
        })?;
        let multipart = input
            .headers
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"));
        let body = if multipart { b"" } else { input.body };
        let matches = |body: &[u8]| {
            self.signer.request_hex(input.path, input.query, body)[..] == *sign.as_bytes()
        };
        if matches(body) || (gateway.accept_unsigned_empty_object && body == b"{}" && matches(b""))
        {
            Ok(())
        } else {
            Err(errors::SIGN)
        }
    }

    fn check_token(
        &self,
        now: Micros,
        profile: &Profile,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        let header = headers
            .get("x-tts-access-token")
            .ok_or_else(|| ApiError::invalid("Required header missing: x-tts-access-token"))?;
        let token = self
            .access
            .iter()
            .rev()
            .find(|token| token.text.as_bytes() == header.as_bytes())
            .ok_or_else(|| ApiError::invalid("Invalid header: x-tts-access-token"))?;
        if now >= token.expires_at {
            return Err(ApiError {
                code: errors::TOKEN_EXPIRED,
                status: profile.token.expired_status,
                message: Cow::Borrowed("Expired credentials: refresh the access token"),
            });
        }
        Ok(())
    }

    fn check_cipher(
        &self,
        gateway: &GatewayProfile,
        input: &GatewayInput<'_>,
    ) -> Result<(), ApiError> {
        match (
            input.operation.takes_shop_cipher(),
            input.query.get("shop_cipher"),
        ) {
            (true, None | Some("")) => return Err(errors::CIPHER_MISSING),
            (true, Some(cipher)) if cipher != self.credentials.shop_cipher => {
                return Err(errors::TOKEN_OTHER_SHOP);
            }
            (false, Some(_)) if gateway.refuse_unexpected_shop_cipher => {
                return Err(ApiError::invalid(
                    "Unexpected identifier: shop_cipher is not required",
                ));
            }
            _ => {}
        }
        // Older clients add the shop's id; a wrong one is refused even beside the right cipher.
        match input.query.get("shop_id") {
            Some(id) if !id.is_empty() && id.parse() != Ok(self.credentials.shop_id) => {
                Err(ApiError::invalid("Invalid shop_id"))
            }
            _ => Ok(()),
        }
    }

    /// Serves the two token calls: unsigned GETs with the secret in the query, whose refusals come with HTTP 200.
    pub(super) fn token_call(
        &mut self,
        now: Micros,
        epoch: Epoch,
        profile: &Profile,
        operation: Operation,
        query: &Query<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        if query.get("app_key") != Some(&self.credentials.app_key)
            || query.get("app_secret") != Some(&self.credentials.app_secret)
        {
            return Err(ApiError::business(
                36_009_004,
                "Invalid app_key or app_secret",
            ));
        }
        // TikTok's own Node client sends grant_type=authorized_code to the refresh call too, so the refresh call does
        // not look at it.
        if operation == Operation::TokenGet {
            if query.get("grant_type") != Some("authorized_code") {
                return Err(ApiError::business(
                    36_009_004,
                    "Invalid grant_type: authorized_code is expected",
                ));
            }
            if self.auth_code_used
                || query.get("auth_code") != Some(&self.credentials.auth_code)
                || now >= self.auth_code_expires_at
            {
                return Err(errors::AUTH_CODE);
            }
            self.auth_code_used = true;
            self.issue_refresh(now, profile);
        } else {
            let text = query.get("refresh_token").unwrap_or("");
            let position = self
                .refresh
                .iter()
                .position(|token| token.text == text)
                .ok_or(errors::NO_AUTHORIZATION)?;
            if now >= self.refresh[position].expires_at {
                return Err(errors::REFRESH_EXPIRED);
            }
            let kept = self.refresh.remove(position);
            if profile.token.rotate_refresh_token {
                // The seller's grant does not grow by a rotation: the new token ends when the old one would have.
                let text = self.new_text("ref");
                remember(&mut self.refresh, text, kept.expires_at);
            } else {
                self.refresh.push(kept);
            }
        }
        let text = self.new_text("tok");
        remember(&mut self.access, text, now + profile.token.access_lifetime);
        self.write_tokens(epoch, profile, out);
        Ok(())
    }

    fn issue_refresh(&mut self, now: Micros, profile: &Profile) {
        let text = self.new_text("ref");
        remember(
            &mut self.refresh,
            text,
            now + profile.token.refresh_lifetime,
        );
    }

    fn new_text(&mut self, kind: &str) -> String {
        self.issued += 1;
        let mut stream = Stream::new(self.token_key, self.issued);
        format!(
            "ROW_{kind}{:016x}{:016x}",
            stream.next_u64(),
            stream.next_u64()
        )
    }

    fn write_tokens(&self, epoch: Epoch, profile: &Profile, out: &mut Vec<u8>) {
        let (Some(access), Some(refresh)) = (self.access.last(), self.refresh.last()) else {
            return json::raw(out, "{}");
        };
        json::raw(out, "{\"access_token\":");
        json::string(out, &access.text);
        json::raw(out, ",\"access_token_expire_in\":");
        json::number(out, epoch.unix_secs(access.expires_at));
        json::raw(out, ",\"refresh_token\":");
        json::string(out, &refresh.text);
        json::raw(out, ",\"refresh_token_expire_in\":");
        json::number(out, epoch.unix_secs(refresh.expires_at));
        json::raw(
            out,
            ",\"open_id\":\"7010000000000000001\",\"seller_name\":\"Demo Seller\",\"seller_base_region\":",
        );
        json::string(out, &profile.region);
        json::raw(out, ",\"user_type\":0,\"granted_scopes\":[");
        for scope in &profile.gateway.granted_scopes {
            json::comma(out);
            json::string(out, scope);
        }
        json::raw(out, "]}");
    }
}

fn remember(tokens: &mut Vec<Token>, text: String, expires_at: Micros) {
    if tokens.len() == REMEMBERED_TOKENS {
        tokens.remove(0);
    }
    tokens.push(Token { text, expires_at });
}
