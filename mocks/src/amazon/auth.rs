//! Login with Amazon: the token endpoint, and the check of tokens on every call (sheet section 2.2).

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::Deserialize;

use crate::core::Micros;
use crate::core::hexadecimal;
use crate::core::random::mix;

use super::errors::{Reply, TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_MISSING};
use super::ids;
use super::json;
use super::machine::{Amazon, Call};
use super::query::Query;
use super::restricted::{Access, Resource};

/// What a client and a seller identify themselves with. The default values are good for tests and for one seller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Client id of the application; default `amzn1.application-oa2-client.sim`.
    pub client_id: String,
    /// Client secret of the application; default `amzn1.oa2-cs.v1.sim-secret`.
    pub client_secret: String,
    /// Refresh token that the seller granted; default `Atzr|sim-refresh`.
    pub refresh_token: String,
    /// The seller's id, part of listing paths; default `A1SIMSELLER`.
    pub seller_id: String,
    /// The application's id in notifications; default `amzn1.sp.solution.sim`.
    pub application_id: String,
}

impl Default for Credentials {
    fn default() -> Credentials {
        Credentials {
            client_id: "amzn1.application-oa2-client.sim".to_owned(),
            client_secret: "amzn1.oa2-cs.v1.sim-secret".to_owned(),
            refresh_token: "Atzr|sim-refresh".to_owned(),
            seller_id: "A1SIMSELLER".to_owned(),
            application_id: "amzn1.sp.solution.sim".to_owned(),
        }
    }
}

/// The scope of grantless calls to the Notifications API.
const NOTIFICATIONS_SCOPE: &str = "sellingpartnerapi::notifications";
/// The scope of secret rotation: issued, but of no use here.
const ROTATION_SCOPE: &str = "sellingpartnerapi::client_credential:rotation";

/// Whom a token speaks for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The seller.
    Seller,
    /// Nobody: grantless calls to the Notifications API.
    Notifications,
    /// The seller, for the resources of the n-th restricted data token.
    Restricted(u32),
    /// Nobody, for nothing that there is here.
    Other,
}

/// Tokens that are remembered; older ones are unknown then. Two hundred a second for a whole life are fewer.
const REMEMBERED: usize = 1_000_000;

/// The tokens issued so far.
#[derive(Debug)]
pub struct Tokens {
    key: u64,
    /// The newest ones.
    issued: VecDeque<(Micros, Grant)>,
    /// How many came before them.
    forgotten: u64,
    /// What each restricted data token opens.
    pub(super) restrictions: Vec<Vec<Resource>>,
}

const TOKEN_PREFIX: &str = "Atza|";
const RESTRICTED_PREFIX: &str = "Atz.sprdt|";

impl Tokens {
    /// No token yet; `key` makes the texts of this shop's tokens.
    pub fn new(key: u64) -> Tokens {
        Tokens {
            key,
            issued: VecDeque::new(),
            forgotten: 0,
            restrictions: Vec::new(),
        }
    }

    /// Issues a token.
    pub fn issue(&mut self, expires_at: Micros, grant: Grant) -> String {
        let serial = self.forgotten + self.issued.len() as u64;
        self.issued.push_back((expires_at, grant));
        if self.issued.len() > REMEMBERED {
            self.issued.pop_front();
            self.forgotten += 1;
        }
        let prefix = match grant {
            Grant::Restricted(_) => RESTRICTED_PREFIX,
            _ => TOKEN_PREFIX,
        };
        let mut text = [0u8; 32];
        hexadecimal::write(&mut text[..16], serial);
        hexadecimal::write(&mut text[16..], mix(self.key, serial));
        text.into_iter()
            .fold(prefix.to_owned(), |mut token, digit| {
                token.push(char::from(digit));
                token
            })
    }

    fn find(&self, token: &[u8]) -> Option<(Micros, Grant)> {
        let digits = token
            .strip_prefix(TOKEN_PREFIX.as_bytes())
            .or_else(|| token.strip_prefix(RESTRICTED_PREFIX.as_bytes()))?;
        let digits = std::str::from_utf8(digits).ok()?;
        if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let (serial, check) = digits.split_at(16);
        let serial = u64::from_str_radix(serial, 16).ok()?;
        let check = u64::from_str_radix(check, 16).ok()?;
        if check != mix(self.key, serial) {
            return None;
        }
        let place = serial.checked_sub(self.forgotten)?;
        self.issued.get(usize::try_from(place).ok()?).copied()
    }
}

/// The body of a token request, as form or as JSON.
#[derive(Debug, Default, Deserialize)]
struct TokenRequest<'a> {
    #[serde(borrow)]
    grant_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    refresh_token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    client_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    client_secret: Option<Cow<'a, str>>,
    #[serde(borrow)]
    scope: Option<Cow<'a, str>>,
}

impl<'a> TokenRequest<'a> {
    /// Clients differ in what they send and in what they call it; the first character tells form from JSON.
    fn read(body: &'a [u8]) -> Option<TokenRequest<'a>> {
        let text = std::str::from_utf8(body).ok()?;
        if text.trim_start().starts_with('{') {
            return serde_json::from_str(text).ok();
        }
        let form = Query::parse(text);
        let take = |name| form.get(name).map(|value| Cow::Owned(value.to_owned()));
        Some(TokenRequest {
            grant_type: take("grant_type"),
            refresh_token: take("refresh_token"),
            client_id: take("client_id"),
            client_secret: take("client_secret"),
            scope: take("scope"),
        })
    }
}

impl Amazon {
    /// `POST /auth/o2/token`.
    pub(super) fn token(&mut self, now: Micros, body: &[u8]) -> Reply {
        let Some(request) = TokenRequest::read(body) else {
            return self.oauth_error(
                400,
                "invalid_request",
                "The request body could not be read.",
            );
        };
        let Some(grant_type) = request.grant_type else {
            return self.oauth_error(
                400,
                "invalid_request",
                "The request is missing a required parameter : grant_type",
            );
        };
        let known = &self.credentials;
        if request.client_id.as_deref() != Some(known.client_id.as_str())
            || request.client_secret.as_deref() != Some(known.client_secret.as_str())
        {
            return self.oauth_error(401, "invalid_client", "Client authentication failed");
        }
        let grant = match grant_type.as_ref() {
            "refresh_token" => match request.refresh_token.as_deref() {
                Some(token) if token == known.refresh_token => Grant::Seller,
                Some(_) => {
                    return self.oauth_error(
                        400,
                        "invalid_grant",
                        "The request has an invalid grant parameter : refresh_token",
                    );
                }
                None => {
                    return self.oauth_error(
                        400,
                        "invalid_request",
                        "The request is missing a required parameter : refresh_token",
                    );
                }
            },
            "client_credentials" => match request.scope.as_deref() {
                Some(NOTIFICATIONS_SCOPE) => Grant::Notifications,
                Some(ROTATION_SCOPE) => Grant::Other,
                _ => {
                    return self.oauth_error(
                        400,
                        "invalid_scope",
                        "The request has an invalid parameter : scope",
                    );
                }
            },
            // There is no consent page here that could have handed out a code.
            "authorization_code" => {
                return self.oauth_error(
                    400,
                    "invalid_grant",
                    "The request has an invalid grant parameter : code",
                );
            }
            _ => {
                return self.oauth_error(
                    400,
                    "unsupported_grant_type",
                    "The authorization grant type is not supported.",
                );
            }
        };
        let lifetime = self.profile.authorization.token_lifetime;
        let token = self.tokens.issue(now + lifetime, grant);
        let mut out = Vec::with_capacity(192);
        json::raw(&mut out, r#"{"access_token":"#);
        json::string(&mut out, &token);
        if grant == Grant::Seller {
            json::raw(&mut out, r#","refresh_token":"#);
            json::string(&mut out, &self.credentials.refresh_token);
        }
        json::raw(&mut out, r#","token_type":"bearer","expires_in":"#);
        json::number(&mut out, lifetime.whole_secs());
        out.push(b'}');
        Reply::ok(out)
    }

    /// A refusal of the token endpoint.
    fn oauth_error(&self, status: u16, error: &str, description: &str) -> Reply {
        let request_id = ids::uuid(self.draws.ids ^ 0x0a, self.request_number());
        Reply::oauth(status, error, description, &request_id)
    }

    /// Checks `x-amz-access-token` of a call; tells what personal data it opens.
    pub(super) fn authorize(&self, call: &Call<'_>) -> Result<Access, Reply> {
        let Some(token) = call.headers.get("x-amz-access-token") else {
            return Err(Reply::denied(TOKEN_MISSING));
        };
        let Some((expires_at, grant)) = self.tokens.find(token.as_bytes()) else {
            return Err(Reply::denied(TOKEN_INVALID));
        };
        if call.now >= expires_at {
            return Err(Reply::denied(TOKEN_EXPIRED));
        }
        let rules = &self.profile.authorization;
        let allowed = match grant {
            Grant::Seller => !(rules.strict_grantless && call.operation.is_grantless()),
            Grant::Notifications => call.operation.is_grantless(),
            Grant::Restricted(number) => {
                return self
                    .restricted_access(call, number)
                    .ok_or_else(|| Reply::denied(""));
            }
            Grant::Other => false,
        };
        let role_missing = !rules.product_listing_role && call.operation.writes_listings();
        if !allowed || role_missing {
            return Err(Reply::denied(""));
        }
        Ok(Access::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_and_forgeries_are_not() {
        let mut tokens = Tokens::new(7);
        let first = tokens.issue(Micros(5), Grant::Seller);
        let second = tokens.issue(Micros(9), Grant::Notifications);
        assert_eq!(
            tokens.find(first.as_bytes()),
            Some((Micros(5), Grant::Seller))
        );
        assert_eq!(
            tokens.find(second.as_bytes()),
            Some((Micros(9), Grant::Notifications))
        );
        let forged = format!("{TOKEN_PREFIX}{:016x}{:016x}", 1, 1);
        for text in ["", "Atza|", "Bearer x", forged.as_str()] {
            assert_eq!(tokens.find(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn requests_come_as_form_and_as_json() {
        for body in [
            "grant_type=refresh_token&refresh_token=Atzr%7Csim&client_id=c&client_secret=s",
            r#" {"grant_type":"refresh_token","refresh_token":"Atzr|sim","client_id":"c","client_secret":"s","extra":1}"#,
        ] {
            let request = TokenRequest::read(body.as_bytes()).unwrap();
            assert_eq!(request.refresh_token.as_deref(), Some("Atzr|sim"));
            assert_eq!(request.client_secret.as_deref(), Some("s"));
        }
        assert!(TokenRequest::read(b"{\"grant_type\":").is_none());
        assert!(TokenRequest::read(&[0xff]).is_none());
    }
}
