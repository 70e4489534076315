//! The machine: requests in, responses, deliveries and facts out, and its own clockwork.

use std::borrow::Cow;
use std::collections::VecDeque;

use http::HeaderValue;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::core::{
    CallKind, CallOutcome, Fact, Input, Machine, Micros, Output, Request, RequestId, Response,
    Shop, Stream, Timer,
};

use super::auth::{Auth, Credentials, GatewayInput};
use super::cancellations::Cancellation;
use super::catalogue::Catalogue;
use super::errors::{self, ApiError};
use super::external_orders::ExternalOrder;
use super::inventory::{PendingWrite, Stock};
use super::json::{number, raw, string};
use super::limits::Limits;
use super::operations::{OPERATIONS, Operation};
use super::orders::Orders;
use super::profile::Profile;
use super::query::Query;
use super::returns::Returns;
use super::router::{self, Route};
use super::signals::Signals;
use super::timers::Timers;

/// Keys of the shop's random streams, one for each purpose.
#[derive(Debug)]
pub(super) struct Keys {
    latency: u64,
    fault: u64,
    throttle: u64,
    request_id: u64,
    pub(super) propagation: u64,
    pub(super) search_lag: u64,
    pub(super) unpaid: u64,
    pub(super) collection: u64,
    pub(super) transit: u64,
    pub(super) completion: u64,
    pub(super) webhook: u64,
}

/// The TikTok Shop emulator: one shop, one app.
#[derive(Debug)]
pub struct TiktokShop {
    pub(super) shop: Shop,
    pub(super) profile: Profile,
    pub(super) keys: Keys,
    pub(super) catalogue: Catalogue,
    pub(super) stock: Stock,
    pub(super) orders: Orders,
    pub(super) cancellations: Vec<Cancellation>,
    pub(super) returns: Returns,
    /// References to other systems, by platform and their id.
    pub(super) external_orders: IndexMap<(u8, Box<str>), ExternalOrder, FxBuildHasher>,
    /// The keys of each order's references.
    pub(super) external_ids: IndexMap<u32, Vec<(u8, Box<str>)>, FxBuildHasher>,
    /// When products last changed their status; only those that ever did.
    pub(super) product_changes: IndexMap<u32, Micros, FxBuildHasher>,
    pub(super) auth: Auth,
    pub(super) limits: Limits,
    pub(super) signals: Signals,
    pub(super) timers: Timers,
    pub(super) outputs: VecDeque<Output<Fact>>,
    pub(super) writes: Vec<Option<PendingWrite>>,
    pub(super) free_writes: Vec<u32>,
    pub(super) writes_accepted: u64,
    /// Emptied quantity lists, kept so that an inventory update need not allocate.
    pub(super) spare_quantities: Vec<Vec<i64>>,
    /// Calls so far by operation; the last entry counts requests that reach none.
    calls: [u64; OPERATIONS + 1],
    requests: u64,
}

/// A request that has passed the gateway.
pub(super) struct Call<'a> {
    pub(super) now: Micros,
    pub(super) sent_at: Micros,
    pub(super) query: &'a Query<'a>,
    pub(super) body: &'a [u8],
    pub(super) version: u32,
    pub(super) id: &'a str,
}

/// How a request ended, before it is made into a response.
enum Ending {
    Served(Vec<u8>),
    Refused(ApiError),
    Throttled(Micros),
    Unavailable,
}

impl TiktokShop {
    /// Opens a shop. Every listing displays 0 until [`crate::core::Storefront::open_with`] or a write says otherwise.
    pub fn new(shop: Shop, profile: Profile, credentials: Credentials) -> TiktokShop {
        let key = |purpose: &str| shop.seed.key(&shop.name, purpose);
        let keys = Keys {
            latency: key("latency"),
            fault: key("fault"),
            throttle: key("throttle"),
            request_id: key("request id"),
            propagation: key("propagation"),
            search_lag: key("search lag"),
            unpaid: key("unpaid"),
            collection: key("collection"),
            transit: key("transit"),
            completion: key("completion"),
            webhook: key("webhook"),
        };
        TiktokShop {
            catalogue: Catalogue::new(&shop, profile.skus_per_product),
            stock: Stock::new(
                shop.listings.len(),
                shop.locations.len().max(1),
                profile.inventory.auto_restock,
            ),
            orders: Orders::default(),
            cancellations: Vec::new(),
            returns: Returns::default(),
            external_orders: IndexMap::default(),
            external_ids: IndexMap::default(),
            product_changes: IndexMap::default(),
            auth: Auth::new(credentials, &profile, key("tokens")),
            limits: Limits::new(&profile.limits),
            signals: Signals::new(profile.webhooks.inventory_route),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            writes: Vec::new(),
            free_writes: Vec::new(),
            writes_accepted: 0,
            spare_quantities: Vec::new(),
            calls: [0; OPERATIONS + 1],
            requests: 0,
            keys,
            shop,
            profile,
        }
    }

    /// The profile the shop runs on.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(super) fn fact(&mut self, fact: Fact) {
        self.outputs.push_back(Output::Fact(fact));
    }

    /// Does everything that has come due, in order.
    pub(super) fn run_due(&mut self, now: Micros) {
        while let Some((at, due)) = self.timers.peek()
            && at <= now
        {
            self.timers.pop();
            if self.is_live(due) {
                self.perform(at, due);
            }
        }
    }

    /// Drops timers that would change nothing, so that `poll_timeout` names only real moments.
    pub(super) fn drop_stale_timers(&mut self) {
        while let Some((_, due)) = self.timers.peek()
            && !self.is_live(due)
        {
            self.timers.pop();
        }
    }

    fn serve(&mut self, now: Micros, id: RequestId, sent_at: Micros, request: Request) {
        let (parts, request_body) = request.into_parts();
        self.requests += 1;
        let route = router::route(&parts.method, parts.uri.path());
        let operation = route.as_ref().ok().map(|route| route.operation);
        let counter = &mut self.calls[operation.map_or(OPERATIONS, |operation| operation as usize)];
        *counter += 1;
        // One stream for each operation and call of it.
        let entity = *counter << 8 | operation.map_or(0xff, |operation| operation as u64);
        let mut latency = self.latency(operation, entity);
        let query = Query::parse(parts.uri.query().unwrap_or(""));

        let mut faults = Stream::new(self.keys.fault, entity);
        let unavailable = faults.chance(self.profile.faults.unavailable);
        let timed_out = faults.chance(self.profile.faults.upstream_timeout);
        let takes_effect =
            !timed_out || faults.chance(self.profile.faults.upstream_timeout_takes_effect);
        let mut ending = match route {
            _ if unavailable => Ending::Unavailable,
            Err(error) => Ending::Refused(error),
            Ok(route) => {
                if route.operation == Operation::OrdersSearch {
                    let rows = query.get("page_size").and_then(|size| size.parse().ok());
                    let rows: u64 = rows.unwrap_or(0);
                    let each = self.profile.latency.search_per_order;
                    latency += Micros(each.0.saturating_mul(rows.min(100)));
                }
                let input = GatewayInput {
                    operation: route.operation,
                    path: parts.uri.path(),
                    query: &query,
                    headers: &parts.headers,
                    body: &request_body,
                };
                match self.admit(now, &input) {
                    Some(ending) => ending,
                    None if !takes_effect => Ending::Refused(errors::UPSTREAM_TIMEOUT),
                    None => self.operate(now, sent_at, route, &query, &request_body),
                }
            }
        };
        if timed_out && matches!(ending, Ending::Served(_)) {
            ending = Ending::Refused(errors::UPSTREAM_TIMEOUT);
        }
        if matches!(&ending, Ending::Refused(error) if *error == errors::UPSTREAM_TIMEOUT) {
            latency = self.profile.faults.upstream_timeout_after;
        }
        self.fact(Fact::Call {
            operation: operation.map_or("unknown", Operation::name),
            kind: operation.map_or(CallKind::Read, Operation::kind),
            outcome: match ending {
                Ending::Served(_) => CallOutcome::Served,
                Ending::Throttled(_) => CallOutcome::Throttled,
                Ending::Refused(_) | Ending::Unavailable => CallOutcome::Refused,
            },
        });
        let response = self.respond(now, ending);
        self.outputs.push_back(Output::Response {
            id,
            at: now + latency,
            response,
        });
    }

    fn latency(&self, operation: Option<Operation>, entity: u64) -> Micros {
        let latency = &self.profile.latency;
        let distribution = match operation.map_or(CallKind::Read, Operation::kind) {
            CallKind::Token => &latency.token,
            CallKind::Read => &latency.read,
            CallKind::Write => &latency.write,
        };
        distribution.draw(&mut Stream::new(self.keys.latency, entity))
    }

    /// The gateway: its checks, then the rate limit. Token calls pass unsigned and unlimited.
    fn admit(&mut self, now: Micros, input: &GatewayInput<'_>) -> Option<Ending> {
        let tier = self.profile.tiers.of(input.operation)?;
        if let Err(error) = self.auth.check(now, self.shop.epoch, &self.profile, input) {
            return Some(Ending::Refused(error));
        }
        if let Err(wait) = self.limits.admit(now, tier) {
            return Some(Ending::Throttled(wait));
        }
        let other_type = input
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| !value.as_bytes().starts_with(b"application/json"));
        if other_type && !input.body.is_empty() {
            return Some(Ending::Refused(errors::CONTENT_TYPE));
        }
        None
    }

    fn operate(
        &mut self,
        now: Micros,
        sent_at: Micros,
        route: Route<'_>,
        query: &Query<'_>,
        body: &[u8],
    ) -> Ending {
        let call = &Call {
            now,
            sent_at,
            query,
            body,
            version: route.version,
            id: route.id,
        };
        let mut body = Vec::with_capacity(512);
        let out = &mut body;
        let token = matches!(
            route.operation,
            Operation::TokenGet | Operation::TokenRefresh
        );
        raw(
            out,
            if token {
                "{\"code\":0,\"message\":\"success\",\"request_id\":\""
            } else {
                "{\"code\":0,\"message\":\"Success\",\"request_id\":\""
            },
        );
        self.write_request_id(now, out);
        raw(out, "\",\"data\":");
        let result = match route.operation {
            Operation::TokenGet | Operation::TokenRefresh => self.auth.token_call(
                now,
                self.shop.epoch,
                &self.profile,
                route.operation,
                query,
                out,
            ),
            Operation::AuthorizedShops => self.authorized_shops(out),
            Operation::OrdersSearch => self.orders_search(call, out),
            Operation::OrderDetail => self.order_detail(call, out),
            Operation::ProductsSearch => self.products_search(call, out),
            Operation::ProductDetail => self.product_detail(call, out),
            Operation::InventorySearch => self.inventory_search(call, out),
            Operation::InventoryUpdate => self.inventory_update(call, out),
            Operation::MarkShipped => self.mark_shipped(call, out),
            Operation::ShipPackage => self.ship_package(call, out),
            Operation::PackageDetail => self.package_detail(call, out),
            Operation::PackagesSearch => self.packages_search(call, out),
            Operation::Warehouses => self.warehouses(out),
            Operation::DeliveryOptions => self.delivery_options(call, out),
            Operation::ShippingProviders => self.shipping_providers(call, out),
            Operation::CancelOrder => self.cancel_order(call, out),
            Operation::CancellationsSearch => self.cancellations_search(call, out),
            Operation::ApproveCancellation => self.decide_cancellation(call, true, out),
            Operation::RejectCancellation => self.decide_cancellation(call, false, out),
            Operation::ActiveShops => self.active_shops(out),
            Operation::PriceDetail => self.price_detail(call, out),
            Operation::AddExternalOrders => self.add_external_orders(call, out),
            Operation::ExternalOrders => self.external_orders_of(call, out),
            Operation::ExternalOrderSearch => self.external_order_search(call, out),
            Operation::BatchShipPackages => self.batch_ship(call, out),
            Operation::CreatePackages => self.create_packages(call, out),
            Operation::UpdateOrderShippingInfo => self.update_order_shipping_info(call, out),
            Operation::UpdatePackageShippingInfo => self.update_package_shipping_info(call, out),
            Operation::OrderTracking => self.order_tracking(call, out),
            Operation::ShippingDocuments => self.shipping_documents(call, out),
            Operation::CreateReturn => self.create_return(call, out),
            Operation::ReturnsSearch => self.returns_search(call, out),
            Operation::ApproveReturn => self.decide_return(call, true, out),
            Operation::RejectReturn => self.decide_return(call, false, out),
            Operation::ReturnRecords => self.return_records(call, out),
            Operation::RejectReasons => self.reject_reasons(out),
            Operation::ActivateProducts => self.change_product_status(call, true, out),
            Operation::DeactivateProducts => self.change_product_status(call, false, out),
            Operation::StockSettings => self.stock_settings(call, out),
            Operation::WebhooksGet => self.webhooks_get(out),
            Operation::WebhooksPut => self.webhooks_put(call, out),
            Operation::WebhooksDelete => self.webhooks_delete(call, out),
        };
        match result {
            Ok(()) => {
                body.push(b'}');
                Ending::Served(body)
            }
            Err(error) => Ending::Refused(error),
        }
    }

    /// Appends the time in 14 digits and 20 hexadecimal digits (sheet 2).
    fn write_request_id(&self, now: Micros, out: &mut Vec<u8>) {
        let start = out.len();
        self.shop.epoch.write_seconds_utc(now, out);
        let mut kept = start;
        for at in start..out.len() {
            if out[at].is_ascii_digit() {
                out[kept] = out[at];
                kept += 1;
            }
        }
        out.truncate(kept);
        let mut stream = Stream::new(self.keys.request_id, self.requests);
        super::json::hex(out, &stream.next_u64().to_be_bytes());
        super::json::hex(out, &stream.next_u64().to_be_bytes()[..2]);
    }

    fn respond(&mut self, now: Micros, ending: Ending) -> Response {
        let mut status = 200;
        let mut retry_after = None;
        let body = match ending {
            Ending::Served(body) => body,
            Ending::Refused(error) => {
                status = error.status;
                self.error_body(now, &error)
            }
            Ending::Throttled(wait) => {
                let mut stream = Stream::new(self.keys.throttle, self.limits.throttled);
                let limits = &self.profile.limits;
                status = if stream.chance(limits.http_200_share) {
                    200
                } else {
                    429
                };
                if status == 429 && stream.chance(limits.retry_after_share) {
                    // Whole seconds; a limit that lets nothing through asks for the longest back-off clients use.
                    retry_after = Some(wait.0.div_ceil(1_000_000).min(60));
                }
                let error = ApiError {
                    code: errors::THROTTLED,
                    status,
                    message: Cow::Borrowed(errors::THROTTLED_MESSAGE),
                };
                self.error_body(now, &error)
            }
            Ending::Unavailable => {
                let mut response =
                    Response::new(b"<html><body>503 Service Unavailable</body></html>".to_vec());
                *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
                return response;
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_REQUEST);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn error_body(&self, now: Micros, error: &ApiError) -> Vec<u8> {
        let mut out = Vec::with_capacity(160);
        raw(&mut out, "{\"code\":");
        number(&mut out, error.code);
        raw(&mut out, ",\"message\":");
        string(&mut out, &error.message);
        raw(&mut out, ",\"request_id\":\"");
        self.write_request_id(now, &mut out);
        raw(&mut out, "\",\"data\":null}");
        out
    }
}

impl Machine for TiktokShop {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        self.run_due(now);
        match input {
            Input::Request {
                id,
                sent_at,
                request,
            } => self.serve(now, id, sent_at, request),
            Input::Delivered { delivery, outcome } => self.delivered(now, delivery, outcome),
            Input::Wake => {}
        }
        self.drop_stale_timers();
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timer> {
        self.timers.peek().map(|(at, due)| Timer {
            at,
            reason: due.reason(),
        })
    }
}
