//! Products that apps delete, at once or by a job (docs/platforms/shopify.md 4.7).

use std::cmp::Reverse;

use super::Store;
use super::notices::Subject;
use crate::core::{Cause, Fact, ListingIndex, Micros, Stream};
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::metafields::Owner;
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Deletes a product with its variant, its inventory item and their metafields: nothing of it is on sale any more.
    /// Orders keep their lines, and no level counts any more what they claimed of it.
    pub(crate) fn delist(&mut self, now: Micros, listing: u32, cause: Cause) {
        if !self.state.departures.complete(listing) {
            return;
        }
        let from = self.state.on_sale(listing);
        self.state.stock.remove(listing);
        self.fact(Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to: self.state.on_sale(listing),
            cause,
        });
        for owner in [Owner::Product(listing), Owner::Variant(listing)] {
            self.state.metafields.delete_all(owner);
        }
        self.state.tags.shift_remove(&Tagged::Product(listing));
        let event = self.new_event();
        self.raise(now, event, Topic::ProductsDelete, Subject::Product(listing));
    }

    /// Starts a job that deletes a product; `false` where one is under way. It takes as long as a job that cancels an
    /// order, and is never done before the answer that tells of it.
    pub(crate) fn schedule_delisting(&mut self, now: Micros, listing: u32) -> bool {
        if !self.state.departures.announce(listing) {
            return false;
        }
        let mut stream = Stream::new(self.keys.delisting_job, u64::from(listing));
        let delay = self.state.profile.delay.cancel_job.draw(&mut stream);
        let due = now + delay + Micros(1);
        self.delisting_due.push(Reverse((due, listing)));
        true
    }

    /// When the next product goes that a job deletes.
    pub(super) fn next_delisting(&self) -> Option<Micros> {
        self.delisting_due.peek().map(|Reverse((at, _))| *at)
    }

    /// Does what the next of those jobs is for.
    pub(super) fn end_delisting(&mut self) {
        if let Some(Reverse((at, listing))) = self.delisting_due.pop() {
            self.state.stock.past.tick(at);
            let cause = Cause::Write {
                sent_at: at,
                received_at: at,
            };
            self.delist(at, listing, cause);
        }
    }
}
