//! Who may call: a bearer token (docs/custom.md 1).

use http::header::{AUTHORIZATION, HeaderMap};

/// What a merchant gives an engine, and what the shop signs its webhooks with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The name of the machine at which the shop is served.
    pub host: String,
    /// The API token, sent as `Authorization: Bearer <token>`.
    pub token: String,
    /// The secret that webhooks are signed with.
    pub webhook_secret: String,
}

impl Default for Credentials {
    /// `shop.custom.example`, the token `custom-token` and the secret `custom-webhook-secret`.
    fn default() -> Credentials {
        Credentials {
            host: "shop.custom.example".to_string(),
            token: "custom-token".to_string(),
            webhook_secret: "custom-webhook-secret".to_string(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) credentials: Credentials,
    is_revoked: bool,
}

/// Why a call is not let in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotLetIn {
    /// No token, or another one.
    WrongToken,
    /// The merchant has taken the access away.
    Revoked,
}

impl Access {
    pub(crate) fn new(credentials: Credentials) -> Access {
        Access {
            credentials,
            is_revoked: false,
        }
    }

    /// Whether a call carries the shop's token, be it good or not.
    pub(crate) fn recognises(&self, headers: &HeaderMap) -> bool {
        let presented = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().split_at_checked(7))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
            .map(|(_, token)| token);
        presented == Some(self.credentials.token.as_bytes())
    }

    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), NotLetIn> {
        match (self.recognises(headers), self.is_revoked) {
            (false, _) => Err(NotLetIn::WrongToken),
            (true, true) => Err(NotLetIn::Revoked),
            (true, false) => Ok(()),
        }
    }

    pub(crate) fn revoke(&mut self) {
        self.is_revoked = true;
    }

    pub(crate) fn grant(&mut self) {
        self.is_revoked = false;
    }
}
