//! What is served outside the versioned API: token grants, their scopes, and files of results (docs/platforms/shopify.md 1.2 and
//! 2.6).

use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};

use super::answer::{Answer, Class};
use super::{Api, bulk};
use crate::core::Coverage::{self, Full as FULL, Partial};
use crate::core::{CallKind, CallOutcome, Called, Micros, Request};
use crate::shopify::model::state::State;

/// What serves an endpoint: it gets the request and what stands in the path for `{key}`.
type Handler = fn(&mut Api, &State, Micros, &Request, &str) -> Answer;

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
            "/admin/oauth/authorize" => ("authorize", CallKind::Token),
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
    GET "authorize", "/admin/oauth/authorize", false, Partial("the merchant consents at once, and every redirect address is taken"), authorize;
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

fn grant_token(api: &mut Api, state: &State, now: Micros, request: &Request, _: &str) -> Answer {
    let now = api.clients_clock.unwrap_or(now);
    let (status, body) = api.auth.token(now, &state.profile.token, request.body());
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

/// The merchant installs the app: the browser goes back to it with a code, signed (docs/platforms/shopify.md 1.4).
fn authorize(api: &mut Api, state: &State, now: Micros, request: &Request, _: &str) -> Answer {
    let now = api.clients_clock.unwrap_or(now);
    let seconds = state.shop.epoch.unix_secs(now);
    let asked = request.uri().query().unwrap_or_default();
    let answer = Answer {
        operation: "authorize",
        kind: CallKind::Token,
        class: Class::Token,
        ..Answer::refused(400, Vec::new())
    };
    match api.auth.consent(seconds, asked) {
        Ok(address) => Answer {
            status: 302,
            outcome: CallOutcome::Served,
            headers: HeaderValue::try_from(address)
                .map(|address| (LOCATION, address))
                .into_iter()
                .chain([(CONTENT_TYPE, HeaderValue::from_static("text/html"))])
                .collect(),
            ..answer
        },
        Err(why) => Answer {
            body: format!("Oauth error invalid_request: {why}").into_bytes(),
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static("text/plain"))],
            ..answer
        },
    }
}

fn scopes(api: &mut Api, _: &State, _: Micros, _: &Request, _: &str) -> Answer {
    Answer {
        operation: "access_scopes",
        outcome: CallOutcome::Served,
        class: Class::Token,
        ..Answer::refused(200, api.auth.scopes().body())
    }
}

fn bulk_result(_: &mut Api, state: &State, now: Micros, _: &Request, key: &str) -> Answer {
    bulk::download(state, now, key)
}
