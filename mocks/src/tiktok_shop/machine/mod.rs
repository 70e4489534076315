//! The machine: requests in, responses, deliveries and facts out.

mod storefront;

use std::borrow::Cow;
use std::collections::VecDeque;

use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER};

use crate::core::{
    CallKind, CallOutcome, CallStreams, Called, Fact, Input, Machine, Micros, Output, Refusal,
    Request, RequestId, Response, Shop, Stream, Timer,
};

use crate::tiktok_shop::api::errors::{self, ApiError};
use crate::tiktok_shop::api::gateway::{Gateway, GatewayInput};
use crate::tiktok_shop::api::limits::Limits;
use crate::tiktok_shop::api::router::{self, Route};
use crate::tiktok_shop::api::{Call, Class};
use crate::tiktok_shop::model::json::{self, number, raw, string};
use crate::tiktok_shop::profile::Profile;
use crate::tiktok_shop::shop::access::Credentials;
use crate::tiktok_shop::shop::access::query::Query;
use crate::tiktok_shop::shop::{News, ShopState};
use crate::tiktok_shop::signals::Signals;

/// Keys of the random streams of requests, one for each purpose.
#[derive(Debug)]
struct Keys {
    throttle: u64,
    request_id: u64,
}

/// The TikTok Shop emulator: one shop, one app.
#[derive(Debug)]
pub struct TiktokShop {
    pub(super) shop: ShopState,
    pub(super) limits: Limits,
    signals: Signals,
    outputs: VecDeque<Output<Fact>>,
    keys: Keys,
    latency_streams: CallStreams,
    fault_streams: CallStreams,
    early_throttle_streams: CallStreams,
    read_lag_streams: CallStreams,
    requests: u64,
    /// What clients' clocks show, where they do not live in platform time.
    clients_clock: Option<Micros>,
}

/// What a call that is throttled although there is room is told to wait for.
const EARLY_THROTTLE_WAIT: Micros = Micros::from_secs(1);

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
        TiktokShop {
            limits: Limits::new(&profile.limits),
            signals: Signals::new(key("webhook")),
            outputs: VecDeque::new(),
            keys: Keys {
                throttle: key("throttle"),
                request_id: key("request id"),
            },
            latency_streams: CallStreams::new(key("latency")),
            fault_streams: CallStreams::new(key("fault")),
            early_throttle_streams: CallStreams::new(key("early throttle")),
            read_lag_streams: CallStreams::new(key("read lag")),
            requests: 0,
            clients_clock: None,
            shop: ShopState::open(shop, profile, credentials),
        }
    }

    /// The profile the shop runs on.
    pub fn profile(&self) -> &Profile {
        &self.shop.profile
    }

    /// Passes on what the shop has to tell.
    fn pass_on(&mut self) {
        while let Some(news) = self.shop.take_news() {
            match news {
                News::Fact(fact) => self.outputs.push_back(Output::Fact(fact)),
                News::Event(at, event) => {
                    self.signals
                        .raise(at, event, &mut self.shop, &mut self.outputs);
                }
                News::Send(at, delivery) => {
                    self.signals
                        .send(at, delivery, &self.shop, &mut self.outputs);
                }
            }
        }
    }

    /// Does everything that has come due, in order.
    fn run_due(&mut self, now: Micros) {
        while let Some((at, due)) = self.shop.timers.peek()
            && at <= now
        {
            self.shop.timers.pop();
            if self.shop.is_live(due) {
                self.shop.stock.past.tick(at);
                self.shop.perform(at, due);
                self.pass_on();
            }
        }
        self.shop.stock.past.tick(now);
    }

    /// Drops timers that would change nothing, so that `poll_timeout` names only real moments.
    fn drop_stale_timers(&mut self) {
        while let Some((_, due)) = self.shop.timers.peek()
            && !self.shop.is_live(due)
        {
            self.shop.timers.pop();
        }
    }

    /// Runs what was due by `now`, then the act, then drops timers that went stale.
    pub(super) fn act<T>(&mut self, now: Micros, act: impl FnOnce(&mut ShopState) -> T) -> T {
        self.run_due(now);
        let outcome = act(&mut self.shop);
        self.pass_on();
        self.drop_stale_timers();
        outcome
    }

    fn serve(&mut self, now: Micros, id: RequestId, sent_at: Micros, request: Request) {
        let (parts, request_body) = request.into_parts();
        self.requests += 1;
        let route = router::route(&parts.method, parts.uri.path());
        let reached = route.as_ref().ok();
        let operation = reached.map(|route| route.operation);
        let name = operation.map_or("no operation", |operation| operation.name);
        let class = operation.map_or(Class::Read, |operation| operation.class);
        let mut latency = self.latency(class, name);
        let query = Query::parse(parts.uri.query().unwrap_or(""));

        let faults = &self.shop.profile.faults;
        let mut stream = self.fault_streams.next(name);
        let unavailable = stream.chance(faults.unavailable);
        let timed_out = stream.chance(faults.upstream_timeout);
        self.shop.faults.server_error.offer_if(
            faults.unavailable > 0.0 || faults.upstream_timeout > 0.0,
            unavailable || timed_out,
        );
        let takes_effect = !timed_out || stream.chance(faults.upstream_timeout_takes_effect);
        let mut ending = match route {
            _ if unavailable => Ending::Unavailable,
            Err(error) => Ending::Refused(error),
            Ok(route) => {
                latency += class.time_for_page(&self.shop.profile.latency, &query);
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
            latency = self.shop.profile.faults.upstream_timeout_after;
        }
        self.outputs.push_back(Output::Fact(Fact::Call {
            operation: operation.map_or("unknown", |operation| operation.name),
            kind: class.kind(),
            outcome: match ending {
                Ending::Served(_) => CallOutcome::Served,
                Ending::Throttled(_) => CallOutcome::Throttled,
                Ending::Refused(_) | Ending::Unavailable => CallOutcome::Refused,
            },
        }));
        let tells = self.shop.orders.telling.take();
        let is_served = matches!(ending, Ending::Served(_));
        let mut response = self.respond(now, ending);
        if is_served {
            tells.attach(response.extensions_mut());
        }
        self.outputs.push_back(Output::Response {
            id,
            at: now + latency,
            response,
        });
    }

    fn latency(&mut self, class: Class, operation: &'static str) -> Micros {
        let latency = &self.shop.profile.latency;
        let distribution = match class.kind() {
            CallKind::Token => &latency.token,
            CallKind::Read => &latency.read,
            CallKind::Write => &latency.write,
        };
        distribution.draw(&mut self.latency_streams.next(operation))
    }

    /// The gateway: its checks, then the rate limit. Token calls pass unsigned and unlimited.
    fn admit(&mut self, now: Micros, input: &GatewayInput<'_>) -> Option<Ending> {
        let price = input.operation.price?;
        let profile = &self.shop.profile;
        let gateway = Gateway {
            access: &self.shop.access,
            epoch: self.shop.seed.epoch,
            profile: &profile.gateway,
            token: &profile.token,
            usual_lifetime: self.shop.opened_with().token.access_lifetime,
            by_client: self.clients_clock.unwrap_or(now),
        };
        if let Err(error) = gateway.check(now, input) {
            return Some(Ending::Refused(error));
        }
        let early = profile.faults.early_throttle_share;
        if early > 0.0 {
            let mut stream = self.early_throttle_streams.next(input.operation.name);
            let is_throttled = stream.chance(early);
            self.shop.faults.early_throttle.offer(is_throttled);
            if is_throttled {
                self.limits.throttled += 1;
                return Some(Ending::Throttled(EARLY_THROTTLE_WAIT));
            }
        }
        let tier = price(&profile.tiers);
        let admitted = self.limits.admit(now, tier);
        if let Some(base) = &self.shop.laid_over {
            let in_force = profile.limits.size(tier);
            let usual = base.limits.size(price(&base.tiers));
            self.shop.faults.weigh(in_force, usual, admitted.is_err());
        }
        if let Err(wait) = admitted {
            return Some(Ending::Throttled(wait));
        }
        let content_type = Gateway::check_content_type(input);
        content_type.err().map(Ending::Refused)
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
            by_client: self.clients_clock.unwrap_or(now),
            sent_at,
            query,
            body,
            version: route.version,
            id: route.id,
        };
        let mut body = Vec::with_capacity(512);
        let out = &mut body;
        raw(
            out,
            if route.operation.class == Class::Token {
                "{\"code\":0,\"message\":\"success\",\"request_id\":\""
            } else {
                "{\"code\":0,\"message\":\"Success\",\"request_id\":\""
            },
        );
        self.write_request_id(now, out);
        raw(out, "\",\"data\":");
        let lag = &self.shop.profile.inventory.read_lag;
        if lag.upper_bound() > Micros::ZERO && route.operation.class.kind() == CallKind::Read {
            let lag = lag.draw(&mut self.read_lag_streams.next(route.operation.name));
            self.shop.stock.past.begin_read(lag);
        }
        let result = (route.operation.handler)(&mut self.shop, call, out);
        self.shop.end_read();
        self.pass_on();
        match result {
            Ok(()) => {
                body.push(b'}');
                Ending::Served(body)
            }
            Err(error) => Ending::Refused(error),
        }
    }

    /// Appends the time in 14 digits and 20 hexadecimal digits (docs/platforms/tiktok_shop.md 2).
    fn write_request_id(&self, now: Micros, out: &mut Vec<u8>) {
        let start = out.len();
        self.shop.seed.epoch.write_seconds_utc(now, out);
        let mut kept = start;
        for at in start..out.len() {
            if out[at].is_ascii_digit() {
                out[kept] = out[at];
                kept += 1;
            }
        }
        out.truncate(kept);
        let mut stream = Stream::new(self.keys.request_id, self.requests);
        json::hex(out, &stream.next_u64().to_be_bytes());
        json::hex(out, &stream.next_u64().to_be_bytes()[..2]);
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
                let limits = &self.shop.profile.limits;
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
            Input::Delivered { delivery, outcome } => {
                self.signals
                    .delivered(now, delivery, outcome, &mut self.shop);
            }
            Input::Wake => {}
        }
        self.drop_stale_timers();
    }

    fn set_clients_clock(&mut self, shows: Micros) {
        self.clients_clock = Some(shows);
    }

    fn called(&mut self, request: &Request) -> Called {
        match router::route(request.method(), request.uri().path()) {
            Ok(route) => Called {
                operation: route.operation.name,
                kind: route.operation.class.kind(),
            },
            Err(_) => Called {
                operation: "unknown",
                kind: CallKind::Read,
            },
        }
    }

    fn refusal(&self, now: Micros, _request: &Request, refusal: Refusal) -> Response {
        let error = ApiError::refused(refusal);
        refusal.response(error.status, self.error_body(now, &error))
    }

    fn signature_header(&self) -> Option<HeaderName> {
        Some(AUTHORIZATION)
    }

    fn sign(&self, webhook: &mut Request) {
        let signature = self.shop.access.signer.delivery(webhook.body());
        if let Ok(signature) = HeaderValue::from_bytes(&signature) {
            webhook.headers_mut().insert(AUTHORIZATION, signature);
        }
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timer> {
        self.shop.timers.peek().map(|(at, due)| Timer {
            at,
            reason: due.reason(),
        })
    }
}
