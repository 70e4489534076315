//! The emulator: requests in, responses, deliveries and facts out.

mod storefront;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use crate::core::{
    CallStreams, Called, Distribution, Fact, Input, Machine, Micros, Output, Refusal, Request,
    RequestId, Response, Shop, Timer,
};
use crate::shopify::api::answer::{Answer, Class};
use crate::shopify::api::auth::Credentials;
use crate::shopify::api::origin::Scheme;
use crate::shopify::api::{Api, refused};
use crate::shopify::json::write_int;
use crate::shopify::model::ids::write_uuid;
use crate::shopify::profile::Profile;
use crate::shopify::shop::Store;
use crate::shopify::signals::{SIGNATURE_HEADER, Signals};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const API_VERSION: HeaderName = HeaderName::from_static("x-shopify-api-version");

/// The Shopify emulator of one shop and one app.
pub struct Shopify {
    pub(super) store: Store,
    api: Api,
    signals: Signals,
    /// Latencies of the calls, a stream for each operation by its name, so that one more call of one leaves those of all
    /// others as they were.
    latencies: CallStreams,
    /// Colours the ids of requests.
    salt: u64,
    requests: u64,
}

impl Shopify {
    /// Opens a shop. Every listing displays 0 units.
    pub fn new(shop: Shop, profile: Profile, credentials: Credentials) -> Shopify {
        let key = |purpose: &str| shop.seed.key(&shop.name, purpose);
        let salt = key("ids");
        Shopify {
            signals: Signals::new(
                &credentials.client_secret,
                &credentials.shop_domain,
                key("webhooks"),
                salt,
            ),
            latencies: CallStreams::new(key("latency")),
            salt,
            requests: 0,
            store: Store::new(shop, profile.clone(), credentials.shop_domain.clone()),
            api: Api::new(&profile, credentials, salt),
        }
    }

    /// The app's credentials.
    pub fn credentials(&self) -> &Credentials {
        self.api.credentials()
    }

    /// Says by which scheme the emulator is reached, for absolute links in answers. A request's own
    /// `X-Forwarded-Proto` goes before it.
    pub fn set_scheme(&mut self, scheme: Scheme) {
        self.api.set_scheme(scheme);
    }

    /// Hands what the store owes to subscribers over to the signals.
    fn hand_over(&mut self) {
        for notice in self.store.notices.drain(..) {
            self.signals.accept(&self.store.state, &notice);
        }
    }

    /// Does everything that is due by itself, in the order of time.
    fn advance(&mut self, now: Micros) {
        loop {
            let job = self.store.next_job().filter(|at| *at <= now);
            let delivery = self.signals.next_due().filter(|at| *at <= now);
            let bulk = self.store.next_bulk().filter(|at| *at <= now);
            let write = self.store.next_write().filter(|at| *at <= now);
            if let Some(at) = write
                && [job, delivery, bulk]
                    .into_iter()
                    .flatten()
                    .all(|other| at <= other)
            {
                self.store.end_write();
                self.hand_over();
                continue;
            }
            if let Some(at) = bulk
                && job.is_none_or(|job| at < job)
                && delivery.is_none_or(|delivery| at < delivery)
            {
                self.api.end_bulk(&mut self.store, at);
                self.hand_over();
                continue;
            }
            match (job, delivery) {
                (Some(job), delivery) if delivery.is_none_or(|delivery| job <= delivery) => {
                    self.store.end_job();
                    self.hand_over();
                }
                (_, Some(_)) => {
                    let sent = self.signals.send_due(&mut self.store.state, now);
                    if let Some(Some(output)) = sent {
                        self.store.outbox.push_back(output);
                    }
                }
                _ => break,
            }
        }
        self.store.state.index.advance(now);
        self.store.state.stock.past.tick(now);
    }

    fn request(&mut self, now: Micros, id: RequestId, sent_at: Micros, request: &Request) {
        let answer = self.api.answer(&mut self.store, now, sent_at, request);
        self.hand_over();
        let latencies = &self.store.state.profile.latency;
        let latency: &Distribution = match answer.class {
            Class::Read => &latencies.read,
            Class::List => &latencies.list,
            Class::InventoryWrite => &latencies.inventory_write,
            Class::OrderWrite => &latencies.order_write,
            Class::SubscriptionWrite => &latencies.subscription_write,
            Class::Throttled => &latencies.throttled,
            Class::Token => &latencies.token,
            Class::Refused => &latencies.refused,
        };
        let more_rows = answer.rows.saturating_sub(1);
        let extra = Micros(latencies.inventory_row.0.saturating_mul(more_rows));
        let mut stream = self.latencies.next(answer.operation);
        let at = now + latency.draw(&mut stream) + extra;
        self.store.fact(Fact::Call {
            operation: answer.operation,
            kind: answer.kind,
            outcome: answer.outcome,
        });
        let mut response = self.respond(now, answer);
        let tells = self.store.state.telling.take();
        tells.attach(response.extensions_mut());
        self.store
            .outbox
            .push_back(Output::Response { id, at, response });
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
        write_uuid(self.salt, self.requests, &mut id);
        id.push(b'-');
        write_int(self.store.state.shop.epoch.unix_secs(now), &mut id);
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
                if let Some(topic) =
                    self.signals
                        .ended(&mut self.store.state, now, delivery, outcome)
                {
                    self.store.fact(Fact::SubscriptionRemoved {
                        topic: topic.header(),
                    });
                }
            }
            Input::Wake => {}
        }
        // What a call set off may be due at once.
        self.advance(now);
    }

    fn set_clients_clock(&mut self, shows: Micros) {
        self.api.set_clients_clock(shows);
    }

    fn called(&mut self, request: &Request) -> Called {
        self.api.called(request)
    }

    fn refusal(&self, _now: Micros, _request: &Request, refusal: Refusal) -> Response {
        refused(refusal)
    }

    fn signature_header(&self) -> Option<HeaderName> {
        Some(SIGNATURE_HEADER)
    }

    fn sign(&self, webhook: &mut Request) {
        self.signals.sign(webhook);
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.store.outbox.pop_front()
    }

    /// The search index is not among the timers: it changes unseen and catches up at the next input.
    fn poll_timeout(&self) -> Option<Timer> {
        let job = self.store.next_job().map(|at| Timer {
            at,
            reason: "an order cancellation takes effect",
        });
        let delivery = self.signals.next_due().map(|at| Timer {
            at,
            reason: "a webhook is due",
        });
        let bulk = self.store.next_bulk().map(|at| Timer {
            at,
            reason: "a bulk operation ends",
        });
        let write = self.store.next_write().map(|at| Timer {
            at,
            reason: "a written quantity becomes live",
        });
        [job, delivery, bulk, write]
            .into_iter()
            .flatten()
            .min_by_key(|timer| timer.at)
    }
}
