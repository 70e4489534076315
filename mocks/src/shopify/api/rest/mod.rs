//! The REST Admin API, as far as its users still need it: one table names every operation, finds its handler and tells
//! how far it is served; each call costs one (docs/platforms/shopify.md 1.3, 1.5 and 2.5).

mod call;
mod catalogue;
mod fulfillment;
mod fulfillment_orders;
mod inventory;
mod orders;
mod paging;
mod refunds;
mod transactions;
mod webhooks;

use super::{Api, Fault};
use http::header::{HeaderName, HeaderValue, LINK, RETRY_AFTER};
use http::{Method, StatusCode};

use super::answer::{Answer, Class};
use super::errors::NOT_FOUND;
use super::limits::{rest_limit, weighed};
use super::origin::Origin;
use crate::core::{CallKind, CallOutcome, Called, Coverage, Micros, Request};
use crate::shopify::json::{Json, write_text};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;
use call::{Reply, RestCall};

/// What serves an operation.
#[derive(Copy, Clone)]
enum Handler {
    /// Reads from the state.
    Read(fn(&State, &RestCall<'_>) -> Reply),
    /// Changes the store.
    Write(fn(&mut Store, &RestCall<'_>) -> Reply),
}

macro_rules! handler {
    (GET $handler:path) => {
        Handler::Read($handler)
    };
    ($method:ident $handler:path) => {
        Handler::Write($handler)
    };
}

/// One operation.
pub(crate) struct Operation {
    /// Its method.
    pub(crate) method: Method,
    /// Method and path below the version: the operation's name.
    pub(crate) name: &'static str,
    /// The whole path.
    pub(crate) path: &'static str,
    /// The path below the version; `{id}` stands for a number, at most twice.
    pattern: &'static str,
    /// How long it takes.
    class: Class,
    /// How far it is served.
    pub(crate) coverage: Coverage,
    handler: Handler,
}

macro_rules! operations {
    ($($method:ident $path:literal, $class:expr, $coverage:expr, $handler:path;)*) => {
        /// Every operation, the more particular path before the more general one.
        pub(crate) static OPERATIONS: &[Operation] = &[$(Operation {
            method: Method::$method,
            name: concat!(stringify!($method), " ", $path),
            path: concat!("/admin/api/{version}/", $path),
            pattern: $path,
            class: $class,
            coverage: $coverage,
            handler: handler!($method $handler),
        },)*];
    };
}

const FULL: Coverage = Coverage::Full;
const WEBHOOKS: Coverage = Coverage::Partial("format xml is taken, and JSON is delivered");

operations! {
    GET "orders.json", Class::List, Coverage::Partial("no attribution_app_id filter"), orders::list;
    GET "orders/count.json", Class::Read, FULL, orders::count;
    GET "orders/{id}.json", Class::Read, FULL, orders::one;
    POST "orders/{id}/cancel.json", Class::OrderWrite, Coverage::Partial("pays back all or nothing"), orders::cancel;
    GET "orders/{id}/fulfillment_orders.json", Class::Read, FULL, fulfillment::orders_of;
    GET "orders/{id}/fulfillments.json", Class::Read, Coverage::Partial("no time filters"), fulfillment::of_order;
    GET "orders/{id}/fulfillments/{id}.json", Class::Read, FULL, fulfillment::one_of_order;
    GET "orders/{id}/refunds.json", Class::Read, FULL, refunds::of_order;
    POST "orders/{id}/refunds.json", Class::OrderWrite, Coverage::Partial("no duty refunds; refund_shipping_lines stay empty"), refunds::create;
    POST "orders/{id}/refunds/calculate.json", Class::Read, Coverage::Partial("no duties"), refunds::calculate;
    GET "orders/{id}/refunds/{id}.json", Class::Read, FULL, refunds::one;
    GET "orders/{id}/transactions.json", Class::Read, FULL, transactions::of_order;
    GET "orders/{id}/transactions/count.json", Class::Read, FULL, transactions::count;
    GET "orders/{id}/transactions/{id}.json", Class::Read, FULL, transactions::one;
    GET "fulfillment_orders/{id}.json", Class::Read, FULL, fulfillment_orders::one;
    GET "fulfillment_orders/{id}/fulfillments.json", Class::Read, FULL, fulfillment_orders::fulfillments_of;
    GET "fulfillment_orders/{id}/locations_for_move.json", Class::Read, FULL, fulfillment_orders::locations_for_move;
    POST "fulfillment_orders/{id}/hold.json", Class::OrderWrite, FULL, fulfillment_orders::hold;
    POST "fulfillment_orders/{id}/release_hold.json", Class::OrderWrite, FULL, fulfillment_orders::release_hold;
    POST "fulfillment_orders/{id}/move.json", Class::OrderWrite, FULL, fulfillment_orders::move_to;
    POST "fulfillments.json", Class::OrderWrite, FULL, fulfillment::create;
    POST "fulfillments/{id}/cancel.json", Class::OrderWrite, FULL, fulfillment::cancel;
    POST "fulfillments/{id}/update_tracking.json", Class::OrderWrite, FULL, fulfillment::update_tracking;
    GET "products.json", Class::List, Coverage::Partial("no collections and no prices in other currencies"), catalogue::products;
    GET "products/count.json", Class::Read, Coverage::Partial("no collections"), catalogue::products_count;
    GET "products/{id}/variants.json", Class::Read, FULL, catalogue::variants_of;
    GET "products/{id}.json", Class::Read, FULL, catalogue::product;
    GET "variants/{id}.json", Class::Read, FULL, catalogue::variant;
    GET "inventory_levels.json", Class::List, FULL, inventory::levels;
    POST "inventory_levels/set.json", Class::InventoryWrite, FULL, inventory::set;
    POST "inventory_levels/adjust.json", Class::InventoryWrite, FULL, inventory::adjust;
    POST "inventory_levels/connect.json", Class::InventoryWrite, FULL, inventory::connect;
    DELETE "inventory_levels.json", Class::InventoryWrite, FULL, inventory::disconnect;
    GET "inventory_items.json", Class::List, FULL, inventory::items;
    GET "inventory_items/{id}.json", Class::Read, FULL, inventory::item;
    PUT "inventory_items/{id}.json", Class::InventoryWrite, Coverage::Partial("SKU and tracked; the rest is taken and not kept"), inventory::update_item;
    GET "locations.json", Class::List, FULL, catalogue::locations;
    GET "locations/count.json", Class::Read, FULL, catalogue::locations_count;
    GET "locations/{id}/inventory_levels.json", Class::List, FULL, inventory::levels_of_location;
    GET "locations/{id}.json", Class::Read, FULL, catalogue::location;
    GET "shop.json", Class::Read, Coverage::Partial("the members that the emulated shop has"), catalogue::shop;
    GET "webhooks.json", Class::List, FULL, webhooks::list;
    POST "webhooks.json", Class::SubscriptionWrite, WEBHOOKS, webhooks::create;
    GET "webhooks/count.json", Class::Read, FULL, webhooks::count;
    GET "webhooks/{id}.json", Class::Read, FULL, webhooks::one;
    PUT "webhooks/{id}.json", Class::SubscriptionWrite, WEBHOOKS, webhooks::update;
    DELETE "webhooks/{id}.json", Class::SubscriptionWrite, FULL, webhooks::delete;
}

/// The numbers in the path if the pattern fits it; 0 for those that the pattern does not have.
fn fits(pattern: &str, path: &str) -> Option<[u64; 2]> {
    let mut numbers = [0; 2];
    let mut parts = pattern.split("{id}");
    let mut rest = path.strip_prefix(parts.next()?)?;
    for (number, after) in numbers.iter_mut().zip(parts) {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, behind) = rest.split_at(digits);
        if digits.is_empty() {
            return None;
        }
        *number = digits.parse().unwrap_or(u64::MAX);
        rest = behind.strip_prefix(after)?;
    }
    rest.is_empty().then_some(numbers)
}

/// The position of an operation in the table, and the numbers in the path.
fn find(method: &Method, path: &str) -> Option<(usize, [u64; 2])> {
    OPERATIONS
        .iter()
        .enumerate()
        .filter(|(_, operation)| operation.method == *method)
        .find_map(|(position, operation)| Some((position, fits(operation.pattern, path)?)))
}

impl Operation {
    pub(super) fn kind(&self) -> CallKind {
        match self.handler {
            Handler::Read(_) => CallKind::Read,
            Handler::Write(_) => CallKind::Write,
        }
    }
}

/// What a method and a path below the version ask for; `None` for what is not served.
pub(super) fn called(method: &Method, path: &str) -> Option<Called> {
    let (position, _) = find(method, path)?;
    let operation = &OPERATIONS[position];
    Some(Called {
        operation: operation.name,
        kind: operation.kind(),
    })
}

impl Api {
    /// Answers a REST call.
    pub(super) fn rest(
        &mut self,
        store: &mut Store,
        now: Micros,
        sent_at: Micros,
        version: &str,
        path: &str,
        request: &Request,
    ) -> Answer {
        let Some((position, [id, second_id])) = find(request.method(), path) else {
            return Answer::refused(404, NOT_FOUND);
        };
        let operation = &OPERATIONS[position];
        let kind = operation.kind();
        let answer = |status, body: Vec<u8>, outcome, class| Answer {
            operation: operation.name,
            kind,
            outcome,
            class,
            ..Answer::refused(status, body)
        };
        let fault = self.fault(&mut store.state, operation.name);
        if matches!(fault, Some(Fault::ServerError)) {
            // The text is assumed: no recording of REST has one.
            let body = b"{\"errors\":\"Internal Server Error\"}".to_vec();
            return answer(500, body, CallOutcome::Refused, Class::Refused);
        }
        let is_early = fault.is_some();
        let is_throttled = is_early || !self.call_limiter.take(now);
        if !is_early {
            weighed(&mut store.state, rest_limit, is_throttled);
        }
        if is_throttled {
            let mut body = b"{\"errors\":".to_vec();
            let leak = self.call_limiter.leak_per_second();
            write_text(
                &format!(
                    "Exceeded {leak} calls per second for api client. Reduce request rates to resume uninterrupted service."
                ),
                &mut body,
            );
            body.push(b'}');
            let wait = format!("{:.1}", store.state.profile.rest.retry_after_seconds);
            let mut answer = answer(429, body, CallOutcome::Throttled, Class::Throttled);
            answer
                .headers
                .extend(HeaderValue::try_from(wait).map(|wait| (RETRY_AFTER, wait)));
            return answer;
        }
        let is_write = kind == CallKind::Write;
        if let Some(scope) = self.auth.scopes().lacking_for_path(path, is_write) {
            let reply = Reply::error(
                StatusCode::FORBIDDEN,
                &format!("[API] This action requires merchant approval for {scope} scope."),
            );
            return answer(403, reply.body, CallOutcome::Refused, Class::Refused);
        }
        let body = if request.body().is_empty() {
            Ok(Json::Null)
        } else {
            serde_json::from_slice(request.body())
        };
        let reply = match body {
            Ok(body) => {
                let call = RestCall {
                    now,
                    sent_at,
                    version,
                    id,
                    second_id,
                    path,
                    query: call::pairs(request.uri().query().unwrap_or("")),
                    body,
                    origin: Origin::of(request, self.scheme).text(&store.state.domain),
                    window_start: self.window_start(&store.state, now),
                };
                match operation.handler {
                    Handler::Read(read) => {
                        self.begin_read(&mut store.state, operation.name);
                        let reply = read(&store.state, &call);
                        store.end_read();
                        reply
                    }
                    Handler::Write(write) => write(store, &call),
                }
            }
            Err(_) => Reply::error(StatusCode::BAD_REQUEST, "Bad Request"),
        };
        let (outcome, class) = if reply.status.is_success() {
            (CallOutcome::Served, operation.class)
        } else {
            (CallOutcome::Refused, Class::Refused)
        };
        let mut answer = answer(reply.status.as_u16(), reply.body, outcome, class);
        let mut header = |name: HeaderName, text: &str| {
            let value = HeaderValue::from_str(text).ok();
            answer.headers.extend(value.map(|value| (name, value)));
        };
        header(
            HeaderName::from_static("x-shopify-shop-api-call-limit"),
            &self.call_limiter.header(now),
        );
        if let Some(link) = reply.link {
            header(LINK, &link);
        }
        if operation.pattern.starts_with("products") || operation.pattern.starts_with("variants") {
            header(
                HeaderName::from_static("x-shopify-api-deprecated-reason"),
                "https://shopify.dev/docs/api/admin-rest",
            );
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_operation_by_its_own_path_and_nothing_else() {
        for (position, operation) in OPERATIONS.iter().enumerate() {
            let path = operation.pattern.replace("{id}", "17");
            let numbers = operation.pattern.matches("{id}").count();
            let number = |at: usize| if numbers > at { 17 } else { 0 };
            assert_eq!(
                find(&operation.method, &path),
                Some((position, [number(0), number(1)])),
                "{}",
                operation.name
            );
        }
        assert_eq!(find(&Method::GET, "orders/x.json"), None);
        assert_eq!(find(&Method::GET, "orders/.json"), None);
        assert_eq!(find(&Method::DELETE, "orders.json"), None);
        assert_eq!(find(&Method::GET, "orders/1/2.json"), None);
        assert_eq!(find(&Method::GET, "orders/1/refunds/.json"), None);
        assert_eq!(find(&Method::GET, "orders/1/refunds/2.jsonx"), None);
    }
}
