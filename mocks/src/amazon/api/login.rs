//! Login with Amazon: the token endpoint, and the check of tokens on every call (docs/platforms/amazon.md 2.2).

use std::borrow::Cow;

use http::HeaderValue;
use serde::Deserialize;

use super::operations::Caller;
use super::query::Query;
use super::reply::{Reply, TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_MISSING};
use super::restricted::{self, Access};
use super::tokens::{Exchanged, Grant, Tokens};
use super::{Api, Call};
use crate::amazon::model::{ids, json};
use crate::amazon::shop::{Settings, State};
use crate::core::consent;

/// The scope of grantless calls to the Notifications API.
const NOTIFICATIONS_SCOPE: &str = "sellingpartnerapi::notifications";
/// The scope of secret rotation: issued, but of no use here.
const ROTATION_SCOPE: &str = "sellingpartnerapi::client_credential:rotation";

/// The body of a token request, as form or as JSON.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenRequest<'a> {
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
    #[serde(borrow)]
    code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    redirect_uri: Option<Cow<'a, str>>,
}

impl<'a> TokenRequest<'a> {
    /// Clients differ in what they send and in what they call it; the first character tells form from JSON.
    pub(super) fn read(body: &'a [u8]) -> Option<TokenRequest<'a>> {
        let text = std::str::from_utf8(body).ok()?;
        if text.trim_start().starts_with('{') {
            return crate::core::json::read_text(text).ok();
        }
        let form = Query::parse(text);
        let take = |name| form.get(name).map(|value| Cow::Owned(value.to_owned()));
        Some(TokenRequest {
            grant_type: take("grant_type"),
            refresh_token: take("refresh_token"),
            client_id: take("client_id"),
            client_secret: take("client_secret"),
            scope: take("scope"),
            code: take("code"),
            redirect_uri: take("redirect_uri"),
        })
    }

    /// Whether it is this client that asks.
    pub(super) fn is_of_client(&self, client_id: &str) -> bool {
        self.client_id.as_deref() == Some(client_id)
    }
}

/// `POST /auth/o2/token`.
pub(crate) fn token(settings: &Settings, tokens: &mut Tokens, call: &Call<'_>) -> Reply {
    Reply {
        no_store: true,
        ..issue(settings, tokens, call)
    }
}

/// A failure in OAuth's shape, named by the number of its call.
fn refused(
    settings: &Settings,
    call: &Call<'_>,
    status: u16,
    error: &str,
    description: &str,
) -> Reply {
    let request_id = ids::uuid(settings.draws.ids ^ 0x0a, call.number);
    Reply::oauth(status, error, description, &request_id)
}

fn issue(settings: &Settings, tokens: &mut Tokens, call: &Call<'_>) -> Reply {
    let oauth_error =
        |status, error, description| refused(settings, call, status, error, description);
    let Some(request) = TokenRequest::read(call.body) else {
        return oauth_error(
            400,
            "invalid_request",
            "The request body could not be read.",
        );
    };
    let Some(grant_type) = request.grant_type else {
        return oauth_error(
            400,
            "invalid_request",
            "The request is missing a required parameter : grant_type",
        );
    };
    let known = &settings.credentials;
    if request.client_id.as_deref() != Some(known.client_id.as_str())
        || request.client_secret.as_deref() != Some(known.client_secret.as_str())
    {
        return oauth_error(401, "invalid_client", "Client authentication failed");
    }
    let grant = match grant_type.as_ref() {
        "refresh_token" => match request.refresh_token.as_deref() {
            Some(token) if token == known.refresh_token && !tokens.is_revoked => Grant::Seller,
            Some(_) => {
                return oauth_error(
                    400,
                    "invalid_grant",
                    "The request has an invalid grant parameter : refresh_token",
                );
            }
            None => {
                return oauth_error(
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
                return oauth_error(
                    400,
                    "invalid_scope",
                    "The request has an invalid parameter : scope",
                );
            }
        },
        "authorization_code" => {
            let code = request.code.as_deref().unwrap_or("");
            let address = request.redirect_uri.as_deref();
            let why = match tokens.take_code(call.by_client, code, address) {
                Exchanged::Good => None,
                Exchanged::Bad => Some("The request has an invalid grant parameter : code"),
                Exchanged::OtherAddress => {
                    Some("The request has an invalid grant parameter : redirect_uri")
                }
            };
            if let Some(why) = why {
                return oauth_error(400, "invalid_grant", why);
            }
            Grant::Seller
        }
        _ => {
            return oauth_error(
                400,
                "unsupported_grant_type",
                "The authorization grant type is not supported.",
            );
        }
    };
    let lifetime = settings.profile.authorization.token_lifetime;
    let token = tokens.issue(call.by_client, lifetime, grant);
    let mut out = Vec::with_capacity(192);
    json::raw(&mut out, r#"{"access_token":"#);
    json::string(&mut out, &token);
    if grant == Grant::Seller {
        json::raw(&mut out, r#","refresh_token":"#);
        json::string(&mut out, &settings.credentials.refresh_token);
    }
    json::raw(&mut out, r#","token_type":"bearer","expires_in":"#);
    json::number(&mut out, lifetime.whole_secs());
    out.push(b'}');
    Reply::ok(out)
}

/// `GET /apps/authorize/consent` of the seller's own site: the seller consents, and the browser goes back to the app with a
/// code (docs/platforms/amazon.md 2.2).
///
/// # Errors
/// 400 for an application that is not this one, and for an address to which no browser can be sent; nothing was granted then.
pub(crate) fn consent(
    settings: &Settings,
    tokens: &mut Tokens,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let own = &settings.credentials;
    let invalid = |why: &str| refused(settings, call, 400, "invalid_request", why);
    if call.query.get("application_id") != Some(own.application_id.as_str()) {
        return Err(invalid("The application_id is not known"));
    }
    let address = call.query.get("redirect_uri").unwrap_or_default();
    let state = call.query.get("state").unwrap_or_default();
    let code = tokens.next_code();
    let told = [
        ("state", state),
        ("selling_partner_id", own.seller_id.as_str()),
        ("spapi_oauth_code", code.as_str()),
    ];
    let back = consent::sent_back(address, &told)
        .and_then(|it| HeaderValue::try_from(it).ok())
        .ok_or_else(|| invalid("The redirect_uri is not an absolute address"))?;
    // Nobody consents to what was refused.
    let lifetime = settings.profile.authorization.auth_code_lifetime;
    tokens.consented(code, call.by_client + lifetime, address);
    Ok(Reply {
        location: Some(Box::new(back)),
        no_store: true,
        ..Reply::made(302, Vec::new())
    })
}

impl Api {
    /// Checks `x-amz-access-token` of a call; tells what personal data it opens.
    pub(super) fn authorize(&mut self, call: &Call<'_>) -> Result<Access, Reply> {
        let Some(token) = call.headers.get("x-amz-access-token") else {
            return Err(Reply::denied(TOKEN_MISSING));
        };
        let found = self.tokens.find(token.as_bytes());
        let Some(token) = found.filter(|token| token.grant != Grant::Revoked) else {
            return Err(Reply::denied(TOKEN_INVALID));
        };
        let State {
            settings, faults, ..
        } = &mut self.shop;
        let end = token.ends_at(settings.profile.authorization.token_lifetime);
        let usual_end = token.issued_at + settings.opened_with().authorization.token_lifetime;
        faults.early_token_expiry.offer_if(
            end < usual_end && call.by_client < usual_end,
            call.by_client >= end,
        );
        if call.by_client >= end {
            return Err(Reply::denied(TOKEN_EXPIRED));
        }
        let caller = call.operation.row().caller;
        let rules = &self.shop.settings.profile.authorization;
        let allowed = match token.grant {
            Grant::Seller => !(rules.strict_grantless && caller == Caller::Grantless),
            Grant::Notifications => caller == Caller::Grantless,
            Grant::Restricted(number) => {
                return restricted::access(&self.tokens, call, number)
                    .ok_or_else(|| Reply::denied(""));
            }
            Grant::Other | Grant::Revoked => false,
        };
        let role_missing = !rules.product_listing_role && caller == Caller::Lister;
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
