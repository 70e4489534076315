//! Readers of the change feed, and those of them who wait for the next change.

mod feed;

use crate::core::{Micros, RequestId, Tells};

use super::model::changes::ChangesQuery;
use super::shop::WarehouseState;

/// Most long polls held at once; further ones are answered at once.
pub(crate) const MOST_WAITERS: usize = 1_024;

/// A reader whose answer is held until something is there.
#[derive(Debug)]
struct Waiter {
    id: RequestId,
    query: ChangesQuery,
    /// When the wait ends.
    until: Micros,
    /// Time from the end of the wait until the answer leaves.
    latency: Micros,
}

/// The readers who wait, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    waiters: Vec<Waiter>,
}

impl Signals {
    /// Answers a reader with a body, or holds the answer back where nothing is there and the reader would wait.
    pub(crate) fn read(
        &mut self,
        now: Micros,
        id: RequestId,
        latency: Micros,
        query: ChangesQuery,
        shop: &WarehouseState,
    ) -> Option<Vec<u8>> {
        let waits = query.wait > Micros::ZERO && self.waiters.len() < MOST_WAITERS;
        if !waits || shop.feed.has(&query) {
            return Some(feed::render(shop, &query));
        }
        self.waiters.push(Waiter {
            id,
            // Nothing that is in the feed now matches, so that the answer need not look at it again.
            query: ChangesQuery {
                after: shop.feed.end(),
                ..query
            },
            until: now + query.wait,
            latency,
        });
        None
    }

    /// Answers the waiting readers for whom something is there or whose wait is over: each with the time at which the
    /// answer leaves, its body, and what that tells.
    pub(crate) fn answer(
        &mut self,
        now: Micros,
        shop: &mut WarehouseState,
        mut answer: impl FnMut(RequestId, Micros, Vec<u8>, Tells),
    ) {
        let fresh = shop.feed.take_fresh();
        let mut at = 0;
        while at < self.waiters.len() {
            let waiter = &self.waiters[at];
            if waiter.query.kinds & fresh == 0 && waiter.until > now {
                at += 1;
                continue;
            }
            let waiter = self.waiters.remove(at);
            let body = feed::render(shop, &waiter.query);
            answer(waiter.id, now + waiter.latency, body, shop.telling.take());
        }
    }

    /// When the first wait ends.
    pub(crate) fn first_end(&self) -> Option<Micros> {
        self.waiters.iter().map(|waiter| waiter.until).min()
    }
}
