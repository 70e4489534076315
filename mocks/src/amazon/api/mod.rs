//! The API: one table names every operation, finds its handler and tells its price and how far it is served; around it,
//! what a call must bring, what it costs, and what an answer looks like.

mod address;
mod call;
mod catalog_items;
mod documents;
mod faults;
mod feeds;
mod inventory_summaries;
mod job_list;
mod jobs;
pub(crate) mod limits;
mod listings;
mod login;
mod marketplaces;
mod notifications;
pub(crate) mod operations;
mod orders;
mod outbound;
mod paging;
mod pricing;
mod processing_directive;
pub(crate) mod query;
pub(crate) mod queue;
mod recognition;
pub(crate) mod reply;
mod reports;
mod restricted;
pub(crate) mod router;
mod tokens;

use super::profile::Profile;
use super::shop::State;
use super::signals::Signals;
use crate::core::{CallOutcome, CallStreams, Fact, LimitSize, ListingIndex, Micros};
pub(crate) use call::Call;
use limits::Limits;
use operations::{ApiHandler, Caller, Handler, OperationIndex};
use queue::QueueCall;
use reply::Reply;
use tokens::Tokens;

/// A shop, what it tells, and what the API remembers of its callers.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) shop: State,
    pub(crate) signals: Signals,
    pub(crate) tokens: Tokens,
    pub(crate) limits: Limits,
    /// A stream for each operation by its name, so that one more call of one leaves the latencies of all others as they were.
    latency_streams: CallStreams,
    fault_streams: CallStreams,
    read_lag_streams: CallStreams,
    /// How many requests have come in.
    pub(crate) requests: u64,
    submissions: u64,
}

/// Refuses a body whose content type is said to be something else than JSON (docs/platforms/amazon.md 2.3). One that is not
/// said is taken for JSON.
fn check_media_type(call: &Call<'_>) -> Result<(), Reply> {
    let kind = call.headers.get(http::header::CONTENT_TYPE);
    let is_json = kind.is_none_or(|kind| {
        let kind = kind.as_bytes().to_ascii_lowercase();
        kind.windows(4).any(|part| part == b"json")
    });
    if is_json || call.body.is_empty() {
        Ok(())
    } else {
        Err(Reply::unsupported_media_type())
    }
}

impl Api {
    /// No call yet; `key` gives the key of a random stream by its purpose.
    pub(crate) fn new(shop: State, key: impl Fn(&str) -> u64) -> Api {
        Api {
            tokens: Tokens::new(shop.settings.draws.ids),
            limits: Limits::new(&shop.settings.profile.limits),
            signals: Signals::new(&shop.settings),
            latency_streams: CallStreams::new(key("latency")),
            fault_streams: CallStreams::new(key("fault")),
            read_lag_streams: CallStreams::new(key("read lag")),
            requests: 0,
            submissions: 0,
            shop,
        }
    }

    /// The number of the next submission to a listing.
    fn next_submission(&mut self) -> u64 {
        self.submissions += 1;
        self.submissions
    }

    /// Serves a call of the Selling Partner API.
    pub(crate) fn serve(&mut self, call: &mut Call<'_>) -> Reply {
        let reply = self.dispatch(call).unwrap_or_else(|refusal| refusal);
        if call.operation.row().is_of_listings() {
            reply.in_words_of_listings()
        } else {
            reply
        }
    }

    fn dispatch(&mut self, call: &mut Call<'_>) -> Result<Reply, Reply> {
        let operation = call.operation.row();
        let Handler::Api(handler) = operation.handler else {
            return Err(Reply::denied(""));
        };
        if operation.caller != Caller::Anybody {
            call.access = self.authorize(call)?;
            self.fault(call.operation)?;
            let taken = self.limits.take(call.now, call.operation);
            let reply = taken.and_then(|()| {
                check_media_type(call)?;
                self.handle(call, handler)
            });
            self.weighed(call.operation, &reply);
            return reply;
        }
        self.handle(call, handler)
    }

    fn handle(&mut self, call: &Call<'_>, handler: ApiHandler) -> Result<Reply, Reply> {
        let name = call.operation.row().name;
        let lag = &self.shop.settings.profile.inventory.read_lag;
        if lag.upper_bound() > Micros::ZERO {
            let lag = lag.draw(&mut self.read_lag_streams.next(name));
            self.shop.inventory.past.tick(call.now);
            self.shop.inventory.past.begin_read(lag);
        }
        let reply = handler(self, call);
        for sku in self.shop.inventory.past.end_read() {
            let listing = ListingIndex(sku as u32);
            self.shop.fact(Fact::ReadStale { listing });
        }
        reply
    }

    /// Counts a call that the limits have weighed.
    fn weighed(&mut self, operation: OperationIndex, reply: &Result<Reply, Reply>) {
        let settings = &self.shop.settings;
        let (Some(base), Some(limit)) = (&settings.laid_over, operation.row().limit) else {
            return;
        };
        let size = |profile: &Profile| {
            let rate = limit(&profile.limits);
            LimitSize {
                per_second: rate.rate,
                burst: rate.burst,
            }
        };
        let (in_force, usual) = (size(&settings.profile), size(base));
        let (Ok(reply) | Err(reply)) = reply;
        self.shop.faults.weigh(in_force, usual, reply.status == 429);
    }

    /// Lets a profile come into force in place of the present one.
    pub(crate) fn put_in_force(&mut self, now: Micros, by_client: Micros, profile: Profile) {
        let settings = &mut self.shop.settings;
        if now > settings.in_force_since {
            let lifetime = settings.profile.authorization.token_lifetime;
            self.tokens.end_outlived(by_client, lifetime);
        }
        self.limits.set(now, &profile.limits);
        self.signals.queues.set(&profile.queue);
        let reach = profile.inventory.read_lag.upper_bound();
        self.shop.inventory.past.set_reach(reach);
        settings.put_in_force(now, profile);
    }

    /// Serves a queue call; `None` when the answer is held back until a message arrives.
    pub(crate) fn serve_queue(&mut self, call: &QueueCall<'_>) -> Option<Reply> {
        let served = match call.operation.row().handler {
            Handler::Queue(handler) => {
                queue::parse(call).and_then(|parsed| handler(self, call, &parsed))
            }
            Handler::Api(_) | Handler::None => queue::parse(call).and(Err(queue::unknown_action())),
        };
        served.unwrap_or_else(Some)
    }

    /// Counts a call.
    pub(crate) fn called(&mut self, operation: OperationIndex, outcome: CallOutcome) {
        let row = operation.row();
        self.shop.fact(Fact::Call {
            operation: row.name,
            kind: row.class.kind(),
            outcome,
        });
    }

    /// How long the last call of an operation takes from arrival to answer.
    pub(crate) fn latency(&mut self, operation: OperationIndex) -> Micros {
        let latency = &self.shop.settings.profile.latency;
        let mut stream = self.latency_streams.next(operation.row().name);
        operation.row().class.latency(latency).draw(&mut stream)
    }

    /// Lets everything happen that is due by `now`, and tells those who subscribed.
    pub(crate) fn advance(&mut self, now: Micros) {
        self.shop.advance(now);
        self.tell();
    }

    /// Tells those who subscribed of what has happened.
    pub(crate) fn tell(&mut self) {
        let State {
            events,
            settings,
            orders,
            ..
        } = &mut self.shop;
        for (at, event) in events.drain(..) {
            self.signals.take_notice(settings, orders, at, event);
        }
    }
}
