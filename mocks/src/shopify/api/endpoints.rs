//! What is served outside the versioned API: token grants, their scopes, and files of results (docs/platforms/shopify.md 1.2 and
//! 2.6).

use http::Method;

use super::answer::{Answer, Class};
use super::{Api, bulk};
use crate::core::Coverage::{self, Full as FULL, Partial};
use crate::core::{CallKind, CallOutcome, Called, Micros};
use crate::shopify::model::state::State;

/// What serves an endpoint: it gets the request's body and what stands in the path for `{key}`.
type Handler = fn(&mut Api, &State, Micros, &[u8], &str) -> Answer;

/// One endpoint.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// The endpoint's name.
    pub(crate) name: &'static str,
    /// Its path; `{key}` stands for a text, at the end only.
    pub(crate) path: &'static str,
    /// Whether the caller must show an access token.
    pub(crate) needs_token: bool,
    /// How far it is served.
    pub(crate) coverage: Coverage,
    pub(crate) handler: Handler,
}

impl Endpoint {
    /// What the ledger says of its calls.
    pub(crate) fn called(&self) -> Called {
        let (operation, kind) = match self.path {
            "/admin/oauth/access_token" => ("access_token", CallKind::Token),
            "/admin/oauth/access_scopes.json" => ("access_scopes", CallKind::Read),
            _ => ("bulk_result", CallKind::Read),
        };
        Called { operation, kind }
    }
}

macro_rules! endpoints {
    ($($method:ident $name:literal, $path:literal, $needs_token:literal, $coverage:expr, $handler:path;)*) => {
        /// Every endpoint.
        pub(crate) static ENDPOINTS: &[Endpoint] = &[$(Endpoint {
            method: Method::$method,
            name: concat!(stringify!($method), " ", $name),
            path: $path,
            needs_token: $needs_token,
            coverage: $coverage,
            handler: $handler,
        },)*];
    };
}

endpoints! {
    POST "access_token", "/admin/oauth/access_token", false, Partial("a session token's expiry is not checked"), grant_token;
    GET "access_scopes.json", "/admin/oauth/access_scopes.json", true, FULL, scopes;
    GET "bulk_operations/{key}", "/bulk_operations/{key}", false, FULL, bulk_result;
}

/// The endpoint of a request, and what stands in its path for `{key}`.
pub(crate) fn find<'a>(method: &Method, path: &'a str) -> Option<(&'static Endpoint, &'a str)> {
    ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.method == *method)
        .find_map(|endpoint| match endpoint.path.strip_suffix("{key}") {
            Some(prefix) => Some((endpoint, path.strip_prefix(prefix)?)),
            None => (endpoint.path == path).then_some((endpoint, "")),
        })
}

fn grant_token(api: &mut Api, state: &State, now: Micros, body: &[u8], _: &str) -> Answer {
    let now = api.clients_clock.unwrap_or(now);
    let (status, body) = api.auth.token(now, &state.profile.token, body);
    let outcome = if status == 200 {
        CallOutcome::Served
    } else {
        CallOutcome::Refused
    };
    Answer {
        operation: "access_token",
        kind: CallKind::Token,
        outcome,
        class: Class::Token,
        ..Answer::refused(status, body)
    }
}

fn scopes(api: &mut Api, _: &State, _: Micros, _: &[u8], _: &str) -> Answer {
    Answer {
        operation: "access_scopes",
        outcome: CallOutcome::Served,
        class: Class::Token,
        ..Answer::refused(200, api.auth.scopes())
    }
}

fn bulk_result(_: &mut Api, state: &State, now: Micros, _: &[u8], key: &str) -> Answer {
    bulk::download(state, now, key)
}
