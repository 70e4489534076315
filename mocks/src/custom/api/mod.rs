//! The REST API: one table names every operation, finds its handler and tells its kind and coverage. Router, latencies,
//! coverage page, OpenAPI description and fuzz seeds read it. A call of any operation costs one token of the one bucket.

mod body;
pub(crate) mod errors;
mod if_match;
mod orders;
mod paging;
mod products;
mod query;
pub(crate) mod router;
mod webhooks;

use http::{HeaderMap, Method, StatusCode};

use crate::core::{CallKind, Called, Coverage, Micros, Served};

use super::shop::ShopState;
use errors::ApiError;
use query::Query;

/// A request that has been let in.
pub(crate) struct Call<'a> {
    pub(crate) now: Micros,
    pub(crate) sent_at: Micros,
    query: Query<'a>,
    headers: &'a HeaderMap,
    body: &'a [u8],
    /// The decoded segment of the path that stands in braces; empty where there is none.
    parameter: String,
}

impl<'a> Call<'a> {
    /// Reads the parts of a request that handlers look at.
    ///
    /// # Errors
    /// 400 when the segment of the path is no UTF-8.
    pub(crate) fn read(
        now: Micros,
        sent_at: Micros,
        parts: &'a http::request::Parts,
        body: &'a [u8],
        parameter: &str,
    ) -> Result<Call<'a>, ApiError> {
        Ok(Call {
            now,
            sent_at,
            query: Query::read(parts.uri.query().unwrap_or("")),
            headers: &parts.headers,
            body,
            parameter: query::decode(parameter)?,
        })
    }
}

/// How an operation ends when it is not refused.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// The version of a count, for the `ETag` header.
    pub(crate) version: Option<u32>,
}

impl Reply {
    fn ok(body: Vec<u8>) -> Result<Reply, ApiError> {
        Reply::with(StatusCode::OK, body)
    }

    fn with(status: StatusCode, body: Vec<u8>) -> Result<Reply, ApiError> {
        Ok(Reply {
            status,
            body,
            version: None,
        })
    }
}

/// What serves an operation.
type Handler = fn(&mut ShopState, &Call<'_>) -> Result<Reply, ApiError>;

/// One operation.
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// The path; at most one segment stands in braces.
    pub(crate) template: &'static str,
    /// The operation's id in the OpenAPI description.
    pub(crate) name: &'static str,
    /// What it is for, which tells how long it takes.
    pub(crate) kind: CallKind,
    served: Served,
    pub(crate) handler: Handler,
}

/// Makes rows from `METHOD "template" operationId, kind, handler;`. The interface is our own, so that all is served in full.
macro_rules! operations {
    ($($method:ident $template:literal $name:ident, $kind:ident, $handler:expr;)*) => {
        /// The table. No two templates match the same path.
        pub(crate) static OPERATIONS: &[Operation] = &[$(Operation {
            method: Method::$method,
            template: $template,
            name: stringify!($name),
            kind: CallKind::$kind,
            served: Served {
                name: stringify!($name),
                path: concat!(stringify!($method), " ", $template),
                coverage: Coverage::Full,
            },
            handler: $handler,
        },)*];
    };
}

/// The operation that writes quantities.
pub(crate) const SET_QUANTITY: &str = "setQuantity";

operations! {
    GET "/v1/orders" listOrders, Read, |shop, call| orders::list(shop, call);
    PUT "/v1/products/{sku}/quantity" setQuantity, Write, products::set_quantity;
    GET "/v1/products/{sku}/quantity" getQuantity, Read, |shop, call| products::quantity(shop, call);
    GET "/v1/products" listProducts, Read, |shop, call| products::list(shop, call);
    GET "/v1/orders/{id}" getOrder, Read, |shop, call| orders::one(shop, call);
    POST "/v1/orders/{id}/fulfillments" createFulfillment, Write, orders::fulfill;
    POST "/v1/orders/{id}/cancel" cancelOrder, Write, orders::cancel;
    GET "/v1/shop" getShop, Token, |shop, _| products::shop(shop);
    POST "/v1/webhooks" createWebhook, Write, webhooks::create;
    GET "/v1/webhooks" listWebhooks, Read, |shop, _| webhooks::list(shop);
    DELETE "/v1/webhooks/{id}" deleteWebhook, Write, webhooks::delete;
}

/// What is served, operation by operation: the table itself.
pub fn coverage() -> Vec<Served> {
    OPERATIONS
        .iter()
        .map(|operation| operation.served)
        .collect()
}

/// Every operation, by the name that the ledger has for its calls.
pub fn operations() -> Vec<Called> {
    let rows = OPERATIONS.iter().map(|operation| Called {
        operation: operation.name,
        kind: operation.kind,
    });
    rows.collect()
}
