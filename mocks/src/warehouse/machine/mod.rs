//! The machine: requests in; responses, facts and timers out.

mod acts;

use std::collections::VecDeque;

use http::StatusCode;

use crate::core::{
    CallKind, CallOutcome, Called, FaultCounts, Input, Machine, Micros, Output, Refusal, Request,
    RequestId, Response, Stream, Timer, TokenBucket, profile,
};
use crate::warehouse::api::auth::Credentials;
use crate::warehouse::api::errors::{ApiError, respond};
use crate::warehouse::api::query::Query;
use crate::warehouse::api::router::{Route, route};
use crate::warehouse::api::{Call, Operation, Reply, limits};
use crate::warehouse::model::seed::WarehouseSeed;
use crate::warehouse::profile::{Latency, Limits, Profile};
use crate::warehouse::shop::WarehouseState;
use crate::warehouse::shop::fact::Fact;
use crate::warehouse::signals::Signals;

/// The component under which the warehouse draws.
const COMPONENT: &str = "warehouse";

/// The times to answer: a stream for reads, and one for writes.
#[derive(Debug)]
struct Latencies {
    profile: Latency,
    read_key: u64,
    write_key: u64,
    reads: u64,
    writes: u64,
}

impl Latencies {
    fn draw(&mut self, kind: CallKind) -> Micros {
        let (delay, key, counter) = match kind {
            CallKind::Write => (&self.profile.write, self.write_key, &mut self.writes),
            CallKind::Read | CallKind::Token => {
                (&self.profile.read, self.read_key, &mut self.reads)
            }
        };
        *counter += 1;
        delay.draw(&mut Stream::new(key, *counter))
    }
}

/// What a route asks for.
fn called(route: &Route<'_>) -> Called {
    let (operation, kind) = match route {
        Route::Found(operation, _) => (operation.name, operation.kind),
        Route::WrongMethod(_) | Route::Unknown => ("unrouted", CallKind::Read),
    };
    Called { operation, kind }
}

/// The warehouse emulator.
#[derive(Debug)]
pub struct Warehouse {
    pub(super) shop: WarehouseState,
    signals: Signals,
    credentials: Credentials,
    pub(super) bucket: TokenBucket,
    latencies: Latencies,
    opened_with: Profile,
    /// The limit in force, while it is another one than the profile's.
    limit_laid_over: Option<Limits>,
    faults: FaultCounts,
    outputs: VecDeque<Output<Fact>>,
}

impl Warehouse {
    /// Opens a warehouse with its opening stock. No fact arises from opening.
    ///
    /// # Panics
    /// When SKUs, channels or location codes repeat in the seed, or it has more than 1000 locations.
    pub fn new(seed: WarehouseSeed, profile: Profile, credentials: Credentials) -> Warehouse {
        let key = |purpose: &str| seed.seed.key(COMPONENT, purpose);
        Warehouse {
            opened_with: profile.clone(),
            limit_laid_over: None,
            faults: FaultCounts::default(),
            shop: WarehouseState::open(&seed, profile.fulfillment, key("pick and ship")),
            signals: Signals::default(),
            credentials,
            bucket: limits::bucket(&profile.limits),
            latencies: Latencies {
                profile: profile.latency,
                read_key: key("read latency"),
                write_key: key("write latency"),
                reads: 0,
                writes: 0,
            },
            outputs: VecDeque::new(),
        }
    }

    /// Lays values over the profile that the warehouse was opened with, in place of what was laid over it before; an
    /// empty table restores it. It holds for calls and allocations that begin from `now` on; the bucket keeps its level, up
    /// to the new burst. As [`crate::core::Storefront::lay_over`] does.
    ///
    /// # Errors
    /// Names the key that the profile does not have or that does not take the value; then nothing has changed.
    pub fn lay_over(&mut self, now: Micros, overrides: &toml::Table) -> Result<(), String> {
        let profile = profile::laid_over(&self.opened_with, overrides, &[], |_| Ok(()))?;
        self.act(now, |shop| shop.profile = profile.fulfillment);
        let limits = &profile.limits;
        self.bucket.set(now, limits.burst, limits.calls_per_second);
        self.limit_laid_over = (profile.limits != self.opened_with.limits).then_some(*limits);
        self.latencies.profile = profile.latency;
        Ok(())
    }

    /// How often the profile in force was worse than the one that the warehouse was opened with: limits alone can be.
    pub fn fault_counts(&self) -> FaultCounts {
        self.faults
    }

    fn admit(&mut self, now: Micros) -> Result<(), ApiError> {
        let admitted = limits::admit(&mut self.bucket, now);
        if let Some(in_force) = &self.limit_laid_over {
            let usual = self.opened_with.limits.size();
            self.faults.weigh(in_force.size(), usual, admitted.is_err());
        }
        admitted
    }

    /// Passes on the facts that have arisen.
    fn pass_on(&mut self) {
        while let Some(fact) = self.shop.take_fact() {
            self.outputs.push_back(Output::Fact(fact));
        }
    }

    fn ship_due(&mut self, now: Micros) {
        self.shop.ship_due(now);
        self.pass_on();
    }

    fn answer_waiters(&mut self, now: Micros) {
        let outputs = &mut self.outputs;
        self.signals
            .answer(now, &mut self.shop, |id, at, body, tells| {
                let mut response = respond(StatusCode::OK, body);
                tells.attach(response.extensions_mut());
                outputs.push_back(Output::Response { id, at, response });
            });
    }

    /// Does an act after what was due, and tells those who wait for changes.
    pub(super) fn act<T>(&mut self, now: Micros, act: impl FnOnce(&mut WarehouseState) -> T) -> T {
        self.ship_due(now);
        let outcome = act(&mut self.shop);
        self.pass_on();
        self.answer_waiters(now);
        outcome
    }

    fn call(&mut self, now: Micros, id: RequestId, request: &Request) {
        let route = route(request.method(), request.uri().path());
        let admitted = self
            .credentials
            .check(request.headers())
            .and_then(|()| self.admit(now));
        let Called { operation, kind } = called(&route);
        let (latency, result) = match (admitted, route) {
            (Ok(()), Route::Found(found, parameter)) => {
                let latency = self.latencies.draw(kind);
                let result = self.serve(now, id, latency, request, found, parameter);
                (latency, result)
            }
            (refused, route) => {
                let error = match (refused, route) {
                    (Err(error), _) => error,
                    (Ok(()), Route::WrongMethod(allow)) => ApiError::method_not_allowed(allow),
                    (Ok(()), _) => ApiError::not_found("there is no such path"),
                };
                (self.latencies.draw(CallKind::Read), Err(error))
            }
        };
        let outcome = match &result {
            Ok(_) => CallOutcome::Served,
            Err(error) if error.is_throttling() => CallOutcome::Throttled,
            Err(_) => CallOutcome::Refused,
        };
        self.outputs.push_back(Output::Fact(Fact::Call {
            operation,
            kind,
            outcome,
        }));
        let mut response = match result {
            Ok(None) => return,
            Ok(Some(body)) => respond(StatusCode::OK, body),
            Err(error) => error.into_response(),
        };
        let tells = self.shop.telling.take();
        tells.attach(response.extensions_mut());
        self.outputs.push_back(Output::Response {
            id,
            at: now + latency,
            response,
        });
    }

    /// Answers with a body, or with `None` while the answer is held back.
    fn serve(
        &mut self,
        now: Micros,
        id: RequestId,
        latency: Micros,
        request: &Request,
        operation: &Operation,
        parameter: &str,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        let call = Call {
            now,
            query: Query(request.uri().query()),
            body: request.body(),
            parameter,
        };
        let reply = (operation.handler)(&mut self.shop, &call);
        self.pass_on();
        Ok(match reply? {
            Reply::Body(body) => Some(body),
            Reply::Changes(query) => self.signals.read(now, id, latency, query, &self.shop),
        })
    }
}

impl Machine for Warehouse {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        self.ship_due(now);
        if let Input::Request { id, request, .. } = input {
            self.call(now, id, &request);
            // A call may have cancelled the next shipment, or brought one that is due at once.
            self.ship_due(now);
        }
        self.answer_waiters(now);
    }

    fn called(&mut self, request: &Request) -> Called {
        called(&route(request.method(), request.uri().path()))
    }

    fn refusal(&self, _now: Micros, _request: &Request, refusal: Refusal) -> Response {
        ApiError::refused(refusal)
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timer> {
        let shipment = self.shop.next_shipment().map(|at| Timer {
            at,
            reason: "an order is picked and ships",
        });
        let wait = self.signals.first_end().map(|at| Timer {
            at,
            reason: "a long poll of the change feed ends",
        });
        wait.into_iter()
            .chain(shipment)
            .min_by_key(|timer| timer.at)
    }
}
