//! The REST API: one table names every operation, finds its handler and tells its class and coverage. Router, latencies,
//! coverage page and fuzz seeds read it. A call of any operation costs one token of the one bucket.

mod allocations;
pub(crate) mod auth;
mod changes;
pub(crate) mod errors;
pub(crate) mod limits;
pub(crate) mod query;
pub(crate) mod router;
mod stock;

use http::Method;

use crate::core::{CallKind, Called, Coverage, Micros, Served};

use super::model::changes::ChangesQuery;
use super::shop::WarehouseState;
use errors::ApiError;
use query::Query;
use stock::StockView;

/// A request that has been let in.
pub(crate) struct Call<'a> {
    pub(crate) now: Micros,
    pub(crate) query: Query<'a>,
    pub(crate) body: &'a [u8],
    /// The still percent-encoded segment of the path that stands in braces; empty where there is none.
    pub(crate) parameter: &'a str,
}

/// How an operation ends when it is not refused.
#[derive(Debug)]
pub(crate) enum Reply {
    /// With status 200 and this body.
    Body(Vec<u8>),
    /// With changes of the feed, at once or when there are some.
    Changes(ChangesQuery),
}

/// What serves an operation.
type Handler = fn(&mut WarehouseState, &Call<'_>) -> Result<Reply, ApiError>;

/// One operation.
pub(crate) struct Operation {
    method: Method,
    /// The path; at most one segment stands in braces.
    template: &'static str,
    /// The operation's id in the OpenAPI description.
    pub(crate) name: &'static str,
    /// Whether it reads or writes, which tells how long it takes.
    pub(crate) kind: CallKind,
    served: Served,
    pub(crate) handler: Handler,
}

/// Makes rows from `METHOD "template" operationId, kind, coverage, handler;`.
macro_rules! operations {
    ($($method:ident $template:literal $name:ident, $kind:ident, $coverage:expr, $handler:expr;)*) => {
        /// The table. No two templates match the same path.
        pub(crate) static OPERATIONS: &[Operation] = &[$(Operation {
            method: Method::$method,
            template: $template,
            name: stringify!($name),
            kind: CallKind::$kind,
            served: Served {
                name: stringify!($name),
                path: concat!(stringify!($method), " ", $template),
                coverage: $coverage,
            },
            handler: $handler,
        },)*];
    };
}

const FULL: Coverage = Coverage::Full;

operations! {
    GET "/v1/changes" listChanges, Read, FULL, |shop, call| changes::list(&shop.feed, call);
    POST "/v1/allocations" createAllocations, Write, FULL, allocations::create;
    POST "/v1/allocations/{id}/cancel" cancelAllocation, Write, FULL, allocations::cancel;
    POST "/v1/allocations/{id}/reduce" reduceAllocation, Write, FULL, allocations::reduce;
    POST "/v1/releases" releaseAllocations, Write, FULL, allocations::release;
    GET "/v1/stock" listStock, Read, FULL, |shop, call| stock::list(&StockView::of(shop), call);
    GET "/v1/stock/{sku}" getStock, Read, FULL, |shop, call| stock::one(&StockView::of(shop), call);
    GET "/v1/locations" listLocations, Read, FULL, |shop, _| Ok(stock::locations(&shop.catalogue));
}

/// What is served, operation by operation: the table itself. The interface is our own, so there is nothing that is not
/// served.
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
