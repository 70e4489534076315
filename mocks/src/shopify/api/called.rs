//! What a request asks for without being served, and how a request is refused without being looked at
//! (docs/platforms/shopify.md 2.4 and 2.5).

use super::graphql::schema::{ERAS_LEN, ServedSchema};
use super::graphql::validation;
use super::router::{Route, route};
use super::{Api, auth, errors, execute, rest};
use crate::core::{CallKind, Called, Refusal, Request, Response};
use crate::shopify::json::Json;

/// What the ledger says of calls that are refused before they have a name.
const REFUSED: Called = Called {
    operation: "refused",
    kind: CallKind::Read,
};

impl Api {
    /// The operation of a request, by the name that the ledger has for it.
    pub(crate) fn called(&mut self, request: &Request) -> Called {
        match route(request.method(), request.uri().path()) {
            Route::Graphql { .. } => self.called_by_graphql(request.body()).unwrap_or(REFUSED),
            Route::Rest { path, .. } => rest::called(request.method(), path).unwrap_or(REFUSED),
            Route::Endpoint { endpoint, .. } => endpoint.called(),
            Route::Unknown => REFUSED,
        }
    }

    fn called_by_graphql(&mut self, body: &[u8]) -> Option<Called> {
        let Ok(Json::Object(members)) = crate::core::json::read::<Json>(body) else {
            return None;
        };
        let member = |name: &str| {
            let found = members.iter().find(|(key, _)| key == name);
            found.and_then(|(_, value)| value.text())
        };
        let query = member("query")?;
        // A name that only some version knows is known by it, whichever is asked for.
        let newest_first = (0..ERAS_LEN).rev();
        let plan = newest_first.map(|era| {
            let served = ServedSchema::of_era(era);
            self.plans[era].get_or_make(query, || validation::plan(served, query))
        });
        let plan = plan.filter_map(Result::ok).next()?;
        let operation = execute::select(&plan, member("operationName"))?;
        Some(Called {
            operation: execute::name_of(operation),
            kind: execute::kind_of(operation),
        })
    }
}

/// The answer to a call that is refused without a look at it.
pub(crate) fn refused(refusal: Refusal) -> Response {
    let Refusal::Status { status, .. } = refusal else {
        return refusal.response(404, errors::NOT_FOUND.to_vec());
    };
    let body: &[u8] = match status {
        401 => auth::UNAUTHORIZED,
        402 => br#"{"errors":"This shop's plan does not have access to this feature"}"#,
        403 => br#"{"errors":"[API] This action requires merchant approval for the scope."}"#,
        404 => errors::NOT_FOUND,
        429 => br#"{"errors":"Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."}"#,
        503 => br#"{"errors":"Service Unavailable"}"#,
        500..=599 => br#"{"errors":"Internal Server Error"}"#,
        _ => br#"{"errors":"Bad Request"}"#,
    };
    refusal.response(status, body.to_vec())
}
