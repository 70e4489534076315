//! What subscribers are owed: noted when it happens, one notice a subscription, and delivered by the floor above.

use super::Store;
use crate::core::Micros;
use crate::shopify::model::made::Financial;
use crate::shopify::model::subscriptions::Topic;

/// What a notice is about.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// An order.
    Order(u32),
    /// A stock level: listing and location.
    Level(u32, u16),
    /// A fulfillment.
    Fulfillment(u32),
    /// A refund.
    Refund(u32),
    /// A bulk operation.
    BulkOperation(u32),
    /// An order edit.
    Edit(u32),
    /// A product, by its listing.
    Product(u32),
}

/// One subscription's share in an event.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Notice {
    /// When the event happened.
    pub(crate) at: Micros,
    /// The event's number.
    pub(crate) event: u64,
    /// The subscription.
    pub(crate) subscription: u32,
    pub(crate) topic: Topic,
    pub(crate) subject: Subject,
    /// Whether a checkout raised it: only then the news of an update may overtake that of the creation.
    pub(crate) is_checkout: bool,
}

impl Store {
    /// The number of a new event: one act of a buyer, of the staff or of the API.
    pub(crate) fn new_event(&mut self) -> u64 {
        self.events += 1;
        self.events
    }

    /// Raises a topic to every subscription of it.
    pub(crate) fn raise(&mut self, now: Micros, event: u64, topic: Topic, subject: Subject) {
        self.note(now, event, topic, subject, false);
    }

    /// Raises what a change of what is on sale raises: the level's topic, and the product's, of which it is a change as
    /// well (docs/platforms/shopify.md 5.5).
    pub(crate) fn raise_stock(&mut self, now: Micros, event: u64, level: (u32, u16)) {
        let (listing, location) = level;
        // Units of a deleted product may still come back from its orders; nobody hears of what is not there.
        if !self.state.is_listed(listing) {
            return;
        }
        let subject = Subject::Level(listing, location);
        self.raise(now, event, Topic::InventoryLevelsUpdate, subject);
        self.raise(now, event, Topic::ProductsUpdate, Subject::Product(listing));
    }

    /// Raises what a checkout raises about its order.
    pub(crate) fn raise_checkout(&mut self, now: Micros, event: u64, order: u32) {
        let subject = Subject::Order(order);
        for _ in 0..self.state.profile.webhooks.updates_per_checkout {
            self.note(now, event, Topic::OrdersUpdated, subject, true);
        }
        self.note(now, event, Topic::OrdersCreate, subject, true);
        self.note(now, event, Topic::OrdersPaid, subject, true);
    }

    /// Raises what an order raises that an app made.
    pub(crate) fn raise_made(&mut self, now: Micros, event: u64, order: u32) {
        let subject = Subject::Order(order);
        for _ in 0..self.state.profile.webhooks.updates_per_checkout {
            self.note(now, event, Topic::OrdersUpdated, subject, true);
        }
        self.note(now, event, Topic::OrdersCreate, subject, true);
        if self.state.financial_status(order) == Some(Financial::Paid) {
            self.note(now, event, Topic::OrdersPaid, subject, true);
        }
    }

    fn note(&mut self, at: Micros, event: u64, topic: Topic, subject: Subject, is_checkout: bool) {
        for (position, subscription) in self.state.subscriptions.iter().enumerate() {
            if subscription.is_alive
                && subscription.topic == Some(topic)
                && subscription.target.is_some()
            {
                self.notices.push(Notice {
                    at,
                    event,
                    subscription: position as u32,
                    topic,
                    subject,
                    is_checkout,
                });
            }
        }
    }
}
