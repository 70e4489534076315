//! What is answered to calls: three tables of operations (`root_fields`, `rest` and `endpoints`), what guards them, and
//! what they share.

pub(crate) mod answer;
pub(crate) mod auth;
mod bulk;
mod call;
mod called;
pub(crate) mod coverage;
mod endpoints;
mod errors;
mod execute;
pub(crate) mod graphql;
mod idempotency;
mod introspection;
mod known_codes;
mod limits;
mod mutations;
pub(crate) mod origin;
mod queries;
mod refusals;
pub(crate) mod rest;
mod root_fields;
mod router;
mod typed_ids;

use http::header::HeaderValue;

use crate::core::random::mix;
use crate::core::{CallStreams, LimitUse, Micros, Request, WriteRoom};
use crate::shopify::api::answer::{Answer, Class};
use crate::shopify::model::state::State;
use crate::shopify::profile::Profile;
use crate::shopify::shop::Store;
pub(crate) use called::refused;

use auth::{Auth, Credentials, UNAUTHORIZED};
use errors::NOT_FOUND;
use graphql::cache::PlanCache;
use graphql::fields::Field;
use graphql::schema::ERAS_LEN;
use idempotency::IdempotencyStore;
use limits::{CallLimiter, Limiter};
use origin::{Origin, Scheme};
use router::{Route, UNSTABLE, route, served_version};

/// What tells the draws of faults and of read lags from each other and from the ids.
const FAULTS: u64 = 0xfa;
const READ_LAGS: u64 = 0x1a;

/// How a call ends that a fault befalls.
enum Fault {
    ServerError,
    Throttle,
}

/// The API of one app: who may call, how much, and what its texts and keys came to before.
pub(crate) struct Api {
    pub(crate) auth: Auth,
    limiter: Limiter,
    call_limiter: CallLimiter,
    /// Plans by the schema that they are of.
    plans: [PlanCache; ERAS_LEN],
    idempotency: IdempotencyStore,
    scheme: Scheme,
    salt: u64,
    fault_streams: CallStreams,
    read_lag_streams: CallStreams,
    /// What was asked for and nothing stands behind, with how often.
    not_simulated: indexmap::IndexMap<Box<str>, u64, rustc_hash::FxBuildHasher>,
    /// What clients' clocks show, where they do not live in platform time.
    pub(super) clients_clock: Option<Micros>,
}

impl Api {
    /// An API that nobody has called; `salt` colours the tokens it grants.
    pub(crate) fn new(profile: &Profile, credentials: Credentials, salt: u64) -> Api {
        Api {
            auth: Auth::new(credentials, salt),
            limiter: Limiter::new(
                profile.graphql.bucket_points,
                profile.graphql.restore_points_per_second,
            ),
            call_limiter: CallLimiter::new(
                profile.rest.bucket_calls,
                profile.rest.leak_calls_per_second,
            ),
            plans: std::array::from_fn(|_| PlanCache::new(profile.graphql.cached_plans.max(1))),
            idempotency: IdempotencyStore::default(),
            scheme: Scheme::default(),
            salt,
            fault_streams: CallStreams::new(mix(salt, FAULTS)),
            read_lag_streams: CallStreams::new(mix(salt, READ_LAGS)),
            not_simulated: indexmap::IndexMap::default(),
            clients_clock: None,
        }
    }

    /// What was asked for and nothing stands behind, by name, with how often: `Order.app`, `Mutation.metafieldsSet`.
    pub(crate) fn not_simulated(&self) -> Vec<(String, u64)> {
        let asked = self.not_simulated.iter();
        let mut asked: Vec<(String, u64)> = asked
            .map(|(name, count)| (name.to_string(), *count))
            .collect();
        asked.sort();
        asked
    }

    /// Counts something that nothing stands behind. Only names of the schema and of the table of coverage come here, so
    /// there are never more than those.
    fn count_not_simulated(&mut self, name: &str) {
        match self.not_simulated.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                self.not_simulated.insert(name.into(), 1);
            }
        }
    }

    /// The app's credentials.
    pub(crate) fn credentials(&self) -> &Credentials {
        self.auth.credentials()
    }

    /// Says by which scheme the emulator is reached.
    pub(crate) fn set_scheme(&mut self, scheme: Scheme) {
        self.scheme = scheme;
    }

    /// Takes over another profile's limits and lives of tokens from `now` on.
    pub(crate) fn put_in_force(&mut self, now: Micros, state: &mut State, profile: Profile) {
        if now > state.in_force_since {
            let by_client = self.clients_clock.unwrap_or(now);
            self.auth.end_outlived(by_client, &state.profile.token);
        }
        let (points, calls) = (&profile.graphql, &profile.rest);
        self.limiter
            .set(now, points.bucket_points, points.restore_points_per_second);
        self.call_limiter
            .set(now, calls.bucket_calls, calls.leak_calls_per_second);
        state.put_in_force(now, profile);
    }

    /// Ends every access token that wears out.
    pub(crate) fn end_tokens(&mut self, now: Micros) {
        let by_client = self.clients_clock.unwrap_or(now);
        self.auth.end_tokens(by_client);
    }

    /// What befalls the next call of an operation, if anything does.
    fn fault(&mut self, state: &mut State, operation: &'static str) -> Option<Fault> {
        let rules = &state.profile.faults;
        if rules.server_error <= 0.0 && rules.early_throttle <= 0.0 {
            return None;
        }
        let counts = &mut state.faults;
        let mut stream = self.fault_streams.next(operation);
        let fails = stream.chance(rules.server_error);
        counts
            .server_error
            .offer_if(rules.server_error > 0.0, fails);
        if fails {
            return Some(Fault::ServerError);
        }
        let is_throttled = stream.chance(rules.early_throttle);
        counts
            .early_throttle
            .offer_if(rules.early_throttle > 0.0, is_throttled);
        is_throttled.then_some(Fault::Throttle)
    }

    /// Lets the next read of an operation show quantities as old as the profile has it.
    fn begin_read(&mut self, state: &mut State, operation: &'static str) {
        let lag = &state.profile.delay.read_lag;
        if lag.upper_bound() > Micros::ZERO {
            let lag = lag.draw(&mut self.read_lag_streams.next(operation));
            state.stock.past.begin_read(lag);
        }
    }

    /// Says what clients' clocks show.
    pub(crate) fn set_clients_clock(&mut self, shows: Micros) {
        self.clients_clock = Some(shows);
    }

    /// How far the limits were used. A shop that nobody asked by REST shows no such limit.
    pub(crate) fn limits(&self) -> impl Iterator<Item = LimitUse> {
        let calls = Some(self.call_limiter.usage()).filter(|it| it.used > 0.0);
        std::iter::once(self.limiter.usage()).chain(calls)
    }

    /// What is left for one more call of an operation that writes quantities.
    pub(crate) fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        let row = Field::named(operation).and_then(root_fields::find);
        if row.is_some_and(|row| row.class == Class::InventoryWrite) {
            Some(self.limiter.room(now))
        } else if operation.starts_with("POST inventory_levels/") {
            Some(self.call_limiter.room(now))
        } else {
            None
        }
    }

    /// Answers a request.
    pub(crate) fn answer(
        &mut self,
        store: &mut Store,
        now: Micros,
        sent_at: Micros,
        request: &Request,
    ) -> Answer {
        let route = route(request.method(), request.uri().path());
        let needs_token = match &route {
            Route::Unknown => return Answer::refused(404, NOT_FOUND),
            Route::Endpoint { endpoint, .. } => endpoint.needs_token,
            Route::Graphql { .. } | Route::Rest { .. } => true,
        };
        let token = request.headers().get("x-shopify-access-token");
        let by_client = self.clients_clock.unwrap_or(now);
        if needs_token
            && !self.auth.allows(
                by_client,
                (&store.state.profile.token, &store.state.opened_with().token),
                token.map(HeaderValue::as_bytes),
            )
        {
            return Answer::refused(401, UNAUTHORIZED);
        }
        let version = match &route {
            Route::Endpoint { endpoint, key } => {
                return (endpoint.handler)(self, &store.state, now, request, key);
            }
            Route::Graphql { version } | Route::Rest { version, .. } => *version,
            Route::Unknown => return Answer::refused(404, NOT_FOUND),
        };
        let is_unstable = version == UNSTABLE;
        let versions = &store.state.profile.versions;
        let Some(version) = served_version(&versions.accessible, &versions.latest, version) else {
            return Answer::refused(404, NOT_FOUND);
        };
        let version = version.to_owned();
        let mut answer = match route {
            Route::Rest { path, .. } => self.rest(store, now, sent_at, &version, path, request),
            _ => {
                let origin = Origin::of(request, self.scheme);
                self.graphql(store, now, sent_at, &version, request.body(), origin)
            }
        };
        // That version is told by its own name, whatever it is served as.
        answer.version = Some(match is_unstable {
            true => UNSTABLE.to_owned(),
            false => version,
        });
        answer
    }

    /// Orders older than this are not served to the app.
    fn window_start(&self, state: &State, now: Micros) -> Micros {
        if self.auth.scopes().allows("read_all_orders") {
            Micros::ZERO
        } else {
            now.since(state.profile.delay.order_window)
        }
    }

    /// Ends the next bulk operation: writes its result, or stops it.
    pub(crate) fn end_bulk(&self, store: &mut Store, now: Micros) {
        let Some(position) = store.take_due_bulk() else {
            return;
        };
        // Orders change their visibility without a timer of their own.
        store.state.index.advance(now);
        let window_start = self.window_start(&store.state, now);
        let result = bulk::result(&store.state, now, window_start, position);
        store.finish_bulk(now, position, result);
    }
}
