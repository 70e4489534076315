//! The API: one table names every operation, finds its handler and tells its price and how far it is served; around it,
//! what a call must bring, what it costs, and what an answer looks like.

mod address;
mod call;
mod documents;
mod faults;
mod feeds;
mod inventory_summaries;
mod job_list;
pub(crate) mod limits;
mod listings;
mod login;
mod marketplaces;
mod notifications;
pub(crate) mod operations;
mod orders;
mod outbound;
mod paging;
pub(crate) mod query;
pub(crate) mod queue;
pub(crate) mod reply;
mod reports;
mod restricted;
pub(crate) mod router;
mod tokens;

use super::shop::State;
use super::signals::Signals;
use crate::core::{CallOutcome, Fact, Micros};
pub(crate) use call::Call;
use limits::Limits;
use operations::{Caller, Handler, OPERATIONS, OperationIndex};
use queue::QueueCall;
use reply::Reply;
use tokens::Tokens;

/// A shop, what it tells, and what the API remembers of its callers.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) shop: State,
    pub(crate) signals: Signals,
    tokens: Tokens,
    pub(crate) limits: Limits,
    /// Keys of the latencies, by operation.
    latency_keys: Vec<u64>,
    /// Calls so far, by operation.
    calls: Vec<u64>,
    /// How many requests have come in.
    pub(crate) requests: u64,
    submissions: u64,
}

impl Api {
    /// No call yet; `key` gives the key of a random stream by its purpose.
    pub(crate) fn new(shop: State, key: impl Fn(&str) -> u64) -> Api {
        Api {
            tokens: Tokens::new(shop.settings.draws.ids),
            limits: Limits::new(&shop.settings.profile.limits),
            signals: Signals::new(&shop.settings),
            latency_keys: OperationIndex::all()
                .map(|operation| key(&format!("amazon latency {}", operation.row().name)))
                .collect(),
            calls: vec![0; OPERATIONS.len() + 1],
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
            self.limits.take(call.now, call.operation)?;
        }
        handler(self, call)
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
        self.calls[operation.place()] += 1;
        let row = operation.row();
        self.shop.fact(Fact::Call {
            operation: row.name,
            kind: row.class.kind(),
            outcome,
        });
    }

    /// How long the last call of an operation takes from arrival to answer.
    pub(crate) fn latency(&self, operation: OperationIndex) -> Micros {
        let latency = &self.shop.settings.profile.latency;
        let place = operation.place();
        let mut stream = crate::core::Stream::new(self.latency_keys[place], self.calls[place]);
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
