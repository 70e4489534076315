//! The emulator: requests in, responses, deliveries and facts out.

mod storefront;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use crate::shopify::api::auth::{Auth, Credentials, UNAUTHORIZED};
use crate::shopify::api::calls::CallStream;
use crate::shopify::api::errors::NOT_FOUND;
use crate::shopify::api::graphql::cache::PlanCache;
use crate::shopify::api::graphql::schema::ServedSchema;
use crate::shopify::api::idempotency::IdempotencyStore;
use crate::shopify::model::ids::write_uuid;
use crate::shopify::api::limits::{CallLimiter, Limiter};
use crate::shopify::api::origin::{Origin, Scheme};
use crate::shopify::profile::Profile;
use crate::shopify::api::router::{Route, route, served_version};
use crate::shopify::signals::Signals;
use crate::shopify::model::state::State;
use crate::core::random::mix;
use crate::core::{
    CallKind, CallOutcome, Distribution, Fact, Input, Machine, Micros, Output, Request, RequestId,
    Response, Shop, Stream, Timer,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const API_VERSION: HeaderName = HeaderName::from_static("x-shopify-api-version");

/// The Shopify emulator of one shop and one app.
pub struct Shopify {
    pub(crate) state: State,
    pub(crate) served: &'static ServedSchema,
    pub(crate) plans: PlanCache,
    pub(crate) limiter: Limiter,
    pub(crate) call_limiter: CallLimiter,
    pub(crate) scheme: Scheme,
    pub(crate) auth: Auth,
    pub(crate) signals: Signals,
    pub(crate) idempotency: IdempotencyStore,
    pub(crate) outbox: VecDeque<Output<Fact>>,
    /// Jobs by the time they are done.
    pub(crate) jobs_due: BinaryHeap<Reverse<(Micros, u32)>>,
    /// Bulk operations by the time they end.
    pub(crate) bulk_due: BinaryHeap<Reverse<(Micros, u32)>>,
    pub(crate) keys: Keys,
    /// Calls answered so far, by stream.
    calls: Vec<u64>,
    requests: u64,
}

/// Keys of the random streams.
pub(crate) struct Keys {
    latency: u64,
    pub(crate) search_index: u64,
    pub(crate) order_routing: u64,
    pub(crate) cancel_job: u64,
    pub(crate) bulk_operation: u64,
    pub(crate) salt: u64,
}

/// What a call was, for the ledger and for its latency.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Read,
    List,
    InventoryWrite { rows: u64 },
    OrderWrite,
    SubscriptionWrite,
    Throttled,
    Token,
    Refused,
}

/// The answer to a call, before it becomes a response.
pub(crate) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub operation: &'static str,
    /// The stream that the call's latency is drawn from.
    pub stream: CallStream,
    pub kind: CallKind,
    pub outcome: CallOutcome,
    pub class: Class,
    pub version: Option<String>,
    /// Headers beside the usual ones; a content type here replaces the usual one.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// An answer to something that is not executed.
    pub fn refused(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            body: body.into(),
            operation: "refused",
            stream: CallStream::REFUSED,
            kind: CallKind::Read,
            outcome: CallOutcome::Refused,
            class: Class::Refused,
            version: None,
            headers: Vec::new(),
        }
    }
}

impl Shopify {
    /// Opens a shop. Every listing displays 0 units.
    pub fn new(shop: Shop, profile: Profile, credentials: Credentials) -> Shopify {
        let key = |purpose: &str| shop.seed.key(&shop.name, purpose);
        let keys = Keys {
            latency: key("latency"),
            search_index: key("search_index"),
            order_routing: key("order_routing"),
            cancel_job: key("cancel_job"),
            bulk_operation: key("bulk_operation"),
            salt: key("ids"),
        };
        Shopify {
            signals: Signals::new(
                &credentials.client_secret,
                &credentials.shop_domain,
                key("webhooks"),
                keys.salt,
            ),
            limiter: Limiter::new(
                profile.graphql.bucket_points,
                profile.graphql.restore_points_per_second,
            ),
            call_limiter: CallLimiter::new(
                profile.rest.bucket_calls,
                profile.rest.leak_calls_per_second,
            ),
            scheme: Scheme::default(),
            plans: PlanCache::new(profile.graphql.cached_plans.max(1)),
            state: State::new(shop, profile, credentials.shop_domain.clone()),
            auth: Auth::new(credentials, keys.salt),
            served: ServedSchema::built_in(),
            idempotency: IdempotencyStore::default(),
            outbox: VecDeque::new(),
            jobs_due: BinaryHeap::new(),
            bulk_due: BinaryHeap::new(),
            keys,
            calls: vec![0; CallStream::COUNT],
            requests: 0,
        }
    }

    /// The app's credentials.
    pub fn credentials(&self) -> &Credentials {
        self.auth.credentials()
    }

    /// Says by which scheme the emulator is reached, for absolute links in answers. A request's own
    /// `X-Forwarded-Proto` goes before it.
    pub fn set_scheme(&mut self, scheme: Scheme) {
        self.scheme = scheme;
    }

    pub(crate) fn fact(&mut self, fact: Fact) {
        self.outbox.push_back(Output::Fact(fact));
    }

    /// Does everything that is due by itself, in the order of time.
    fn advance(&mut self, now: Micros) {
        loop {
            let job = self
                .jobs_due
                .peek()
                .map(|Reverse((at, _))| *at)
                .filter(|at| *at <= now);
            let delivery = self.signals.next_due().filter(|at| *at <= now);
            let bulk = self.next_bulk().filter(|at| *at <= now);
            if let Some(at) = bulk
                && job.is_none_or(|job| at < job)
                && delivery.is_none_or(|delivery| at < delivery)
            {
                self.end_bulk(at);
                continue;
            }
            match (job, delivery) {
                (Some(job), delivery) if delivery.is_none_or(|delivery| job <= delivery) => {
                    if let Some(Reverse((at, position))) = self.jobs_due.pop() {
                        self.run_job(at, position);
                    }
                }
                (_, Some(_)) => {
                    if let Some(Some(output)) = self.signals.send_due(&mut self.state, now) {
                        self.outbox.push_back(output);
                    }
                }
                _ => break,
            }
        }
        self.state.index.advance(now);
    }

    /// Brings the machine to `now` before a buyer or the staff act.
    pub(crate) fn arrive(&mut self, now: Micros) {
        self.advance(now);
    }

    fn request(&mut self, now: Micros, id: RequestId, sent_at: Micros, request: &Request) {
        let answer = self.answer(now, sent_at, request);
        let latencies = &self.state.profile.latency;
        let mut extra = Micros::ZERO;
        let latency: &Distribution = match answer.class {
            Class::Read => &latencies.read,
            Class::List => &latencies.list,
            Class::InventoryWrite { rows } => {
                extra = Micros(
                    latencies
                        .inventory_row
                        .0
                        .saturating_mul(rows.saturating_sub(1)),
                );
                &latencies.inventory_write
            }
            Class::OrderWrite => &latencies.order_write,
            Class::SubscriptionWrite => &latencies.subscription_write,
            Class::Throttled => &latencies.throttled,
            Class::Token => &latencies.token,
            Class::Refused => &latencies.refused,
        };
        let count = &mut self.calls[answer.stream.number()];
        *count += 1;
        let key = mix(self.keys.latency, answer.stream.number() as u64);
        let at = now + latency.draw(&mut Stream::new(key, *count)) + extra;
        self.fact(Fact::Call {
            operation: answer.operation,
            kind: answer.kind,
            outcome: answer.outcome,
        });
        let response = self.respond(now, answer);
        self.outbox.push_back(Output::Response { id, at, response });
    }

    fn answer(&mut self, now: Micros, sent_at: Micros, request: &Request) -> Answer {
        match route(request.method(), request.uri().path()) {
            Route::Token => {
                let rules = self.state.profile.token.clone();
                let (status, body) = self.auth.token(now, &rules, request.body());
                let outcome = if status == 200 {
                    CallOutcome::Served
                } else {
                    CallOutcome::Refused
                };
                Answer {
                    operation: "access_token",
                    stream: CallStream::TOKEN,
                    kind: CallKind::Token,
                    outcome,
                    class: Class::Token,
                    ..Answer::refused(status, body)
                }
            }
            Route::Unknown => Answer::refused(404, NOT_FOUND),
            Route::BulkResult { key } => self.download(now, key),
            route => {
                let token = request.headers().get("x-shopify-access-token");
                if !self.auth.allows(now, token.map(HeaderValue::as_bytes)) {
                    return Answer::refused(401, UNAUTHORIZED);
                }
                let (Route::Graphql { version } | Route::Rest { version, .. }) = route else {
                    return Answer {
                        operation: "access_scopes",
                        stream: CallStream::TOKEN,
                        outcome: CallOutcome::Served,
                        class: Class::Token,
                        ..Answer::refused(200, self.auth.scopes())
                    };
                };
                let versions = &self.state.profile.versions;
                let Some(version) = served_version(&versions.accessible, &versions.latest, version)
                else {
                    return Answer::refused(404, NOT_FOUND);
                };
                let version = version.to_owned();
                let origin = Origin::of(request, self.scheme);
                let mut answer = match route {
                    Route::Rest { path, .. } => {
                        self.rest(now, sent_at, &version, path, request, origin)
                    }
                    _ => self.graphql(now, sent_at, &version, request.body(), origin),
                };
                answer.version = Some(version);
                answer
            }
        }
    }

    fn respond(&mut self, now: Micros, answer: Answer) -> Response {
        let mut response = Response::new(answer.body);
        *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.reserve(4);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        self.requests += 1;
        let mut id = Vec::with_capacity(48);
        write_uuid(self.keys.salt, self.requests, &mut id);
        id.push(b'-');
        crate::shopify::json::write_int(self.state.shop.epoch.unix_secs(now), &mut id);
        if let Ok(id) = HeaderValue::from_bytes(&id) {
            headers.insert(REQUEST_ID, id);
        }
        for (name, value) in answer.headers {
            headers.insert(name, value);
        }
        if let Some(version) = answer.version
            && let Ok(version) = HeaderValue::try_from(version)
        {
            headers.insert(API_VERSION, version);
        }
        response
    }
}

impl Machine for Shopify {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        self.advance(now);
        match input {
            Input::Request {
                id,
                sent_at,
                request,
            } => self.request(now, id, sent_at, &request),
            Input::Delivered { delivery, outcome } => {
                if let Some(topic) = self.signals.ended(&mut self.state, now, delivery, outcome) {
                    self.fact(Fact::SubscriptionRemoved {
                        topic: topic.header(),
                    });
                }
            }
            Input::Wake => {}
        }
        // What a call set off may be due at once.
        self.advance(now);
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.outbox.pop_front()
    }

    /// The search index is not among the timers: it changes unseen and catches up at the next input.
    fn poll_timeout(&self) -> Option<Timer> {
        let job = self.jobs_due.peek().map(|Reverse((at, _))| Timer {
            at: *at,
            reason: "an order cancellation takes effect",
        });
        let delivery = self.signals.next_due().map(|at| Timer {
            at,
            reason: "a webhook is due",
        });
        let bulk = self.next_bulk().map(|at| Timer {
            at,
            reason: "a bulk operation ends",
        });
        [job, delivery, bulk]
            .into_iter()
            .flatten()
            .min_by_key(|timer| timer.at)
    }
}
