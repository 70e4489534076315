//! The machine: requests in, responses, deliveries and facts out.

mod storefront;

use std::collections::VecDeque;

use http::HeaderValue;
use http::header::{ETAG, HeaderName};

use crate::core::{
    CallKind, CallOutcome, CallStreams, Called, Fact, Input, Machine, Micros, Output, Refusal,
    Request, RequestId, Response, Shop, Timer, TokenBucket,
};

use super::api::errors::{ApiError, respond};
use super::api::router::{Route, allowed, route};
use super::api::{Call, Reply};
use super::profile::Profile;
use super::shop::access::{Credentials, NotLetIn};
use super::shop::{News, ShopState};
use super::signals::Signals;
use super::signals::signature::SIGNATURE;

/// The emulator of a custom channel: one shop, one token.
#[derive(Debug)]
pub struct Custom {
    pub(super) shop: ShopState,
    pub(super) bucket: TokenBucket,
    signals: Signals,
    outputs: VecDeque<Output<Fact>>,
    latency_streams: CallStreams,
    fault_streams: CallStreams,
    early_throttle_streams: CallStreams,
    read_lag_streams: CallStreams,
}

/// What a call that is throttled although there is room is told to wait for.
const EARLY_THROTTLE_WAIT: Micros = Micros::from_secs(1);

/// What a route asks for.
fn called(route: &Route<'_>) -> Called {
    let (operation, kind) = match route {
        Route::Found(operation, _) => (operation.name, operation.kind),
        Route::WrongMethod | Route::Unknown => ("unknown", CallKind::Read),
    };
    Called { operation, kind }
}

impl Custom {
    /// Opens a shop. Every listing displays 0 until [`crate::core::Storefront::open_with`] or a write says otherwise.
    pub fn new(shop: Shop, profile: Profile, credentials: Credentials) -> Custom {
        let key = |purpose: &str| shop.seed.key(&shop.name, purpose);
        Custom {
            bucket: TokenBucket::new(profile.limits.burst, profile.limits.calls_per_second),
            signals: Signals::new(key("webhook"), &credentials.webhook_secret),
            outputs: VecDeque::new(),
            latency_streams: CallStreams::new(key("latency")),
            fault_streams: CallStreams::new(key("fault")),
            early_throttle_streams: CallStreams::new(key("early throttle")),
            read_lag_streams: CallStreams::new(key("read lag")),
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
                News::Send(delivery) => {
                    self.signals.send(delivery, &self.shop, &mut self.outputs);
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
    fn act<T>(&mut self, now: Micros, act: impl FnOnce(&mut ShopState) -> T) -> T {
        self.run_due(now);
        let outcome = act(&mut self.shop);
        self.pass_on();
        self.drop_stale_timers();
        outcome
    }

    fn serve(&mut self, now: Micros, id: RequestId, sent_at: Micros, request: Request) {
        let (parts, body) = request.into_parts();
        let route = route(&parts.method, parts.uri.path());
        let Called { operation, kind } = called(&route);
        let delays = &self.shop.profile.latency;
        let delay = match kind {
            CallKind::Write => &delays.write,
            CallKind::Read | CallKind::Token => &delays.read,
        };
        let latency = delay.draw(&mut self.latency_streams.next(operation));
        let ended = self
            .admit(now, operation, &parts)
            .and_then(|()| self.operate(now, sent_at, &route, &parts, &body));
        self.pass_on();
        let outcome = match &ended {
            Ok(_) => CallOutcome::Served,
            Err(error) if error.is_throttling() => CallOutcome::Throttled,
            Err(_) => CallOutcome::Refused,
        };
        self.outputs.push_back(Output::Fact(Fact::Call {
            operation,
            kind,
            outcome,
        }));
        let tells = self.shop.orders.telling.take();
        let response = match ended {
            Ok(reply) => {
                let mut response = respond(reply.status, reply.body);
                tells.attach(response.extensions_mut());
                let etag = reply.version.map(|version| format!("\"{version}\""));
                if let Some(etag) = etag.and_then(|text| HeaderValue::try_from(text).ok()) {
                    response.headers_mut().insert(ETAG, etag);
                }
                response
            }
            Err(error) => error.into_response(),
        };
        self.outputs.push_back(Output::Response {
            id,
            at: now + latency,
            response,
        });
    }

    /// What every call passes: the shop's own failures, the token, the bucket.
    fn admit(
        &mut self,
        now: Micros,
        operation: &'static str,
        parts: &http::request::Parts,
    ) -> Result<(), ApiError> {
        let Profile { limits, faults, .. } = &self.shop.profile;
        if faults.unavailable > 0.0 {
            let mut stream = self.fault_streams.next(operation);
            let is_unavailable = stream.chance(faults.unavailable);
            self.shop.faults.server_error.offer(is_unavailable);
            if is_unavailable {
                return Err(ApiError::unavailable());
            }
        }
        match self.shop.access.check(&parts.headers) {
            Ok(()) => {}
            Err(NotLetIn::WrongToken) => return Err(ApiError::unauthorized()),
            Err(NotLetIn::Revoked) => return Err(ApiError::revoked()),
        }
        let told = |wait: Micros| limits.tells_retry_after.then_some(wait);
        if faults.early_throttle_share > 0.0 {
            let mut stream = self.early_throttle_streams.next(operation);
            let is_throttled = stream.chance(faults.early_throttle_share);
            self.shop.faults.early_throttle.offer(is_throttled);
            if is_throttled {
                return Err(ApiError::throttled(told(EARLY_THROTTLE_WAIT)));
            }
        }
        let is_let_in = self.bucket.take(now, 1.0);
        if let Some(base) = &self.shop.laid_over {
            let usual = base.limits.size();
            self.shop.faults.weigh(limits.size(), usual, !is_let_in);
        }
        match is_let_in {
            true => Ok(()),
            false => Err(ApiError::throttled(told(self.bucket.wait_for(now, 1.0)))),
        }
    }

    fn operate(
        &mut self,
        now: Micros,
        sent_at: Micros,
        route: &Route<'_>,
        parts: &http::request::Parts,
        body: &[u8],
    ) -> Result<Reply, ApiError> {
        let (operation, parameter) = match *route {
            Route::Found(operation, parameter) => (operation, parameter),
            Route::WrongMethod => {
                return Err(ApiError::method_not_allowed(allowed(parts.uri.path())));
            }
            Route::Unknown => return Err(ApiError::not_found("there is no such path")),
        };
        let call = Call::read(now, sent_at, parts, body, parameter)?;
        let lag = &self.shop.profile.inventory.read_lag;
        if operation.kind == CallKind::Read && lag.upper_bound() > Micros::ZERO {
            let lag = lag.draw(&mut self.read_lag_streams.next(operation.name));
            self.shop.stock.past.begin_read(lag);
        }
        let ended = (operation.handler)(&mut self.shop, &call);
        self.shop.end_read();
        ended
    }
}

impl Machine for Custom {
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

    fn called(&mut self, request: &Request) -> Called {
        called(&route(request.method(), request.uri().path()))
    }

    fn refusal(&self, _now: Micros, _request: &Request, refusal: Refusal) -> Response {
        ApiError::refused(refusal)
    }

    fn signature_header(&self) -> Option<HeaderName> {
        Some(SIGNATURE)
    }

    fn sign(&self, webhook: &mut Request) {
        let signature = self.signals.signer.header(webhook.body());
        webhook.headers_mut().insert(SIGNATURE, signature);
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
