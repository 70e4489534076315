//! What apps write on orders and products, and orders closed and opened (docs/platforms/shopify.md 3.4).

use super::Store;
use super::notices::Subject;
use crate::core::Micros;
use crate::shopify::model::annotations::{OrderNotes, Tagged};
use crate::shopify::model::customers::CustomerRef;
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Sets an object's tags; what has them already is left as it is.
    pub(crate) fn set_tags(&mut self, now: Micros, owner: Tagged, tags: Vec<String>) {
        if self.state.tags_of(owner) == tags {
            return;
        }
        self.state.tags.insert(owner, tags);
        match owner {
            Tagged::Order(order) => self.order_changed(now, order),
            Tagged::Product(listing) => {
                self.state.details_mut(listing).changed_at = now;
                let event = self.new_event();
                let subject = Subject::Product(listing);
                self.raise(now, event, Topic::ProductsUpdate, subject);
            }
            Tagged::Customer(_) | Tagged::OwnCustomer(_) => {}
        }
    }

    /// Sets what apps have written on an order, and its tags where they are given: one change, whatever is new in it.
    pub(crate) fn annotate_order(
        &mut self,
        now: Micros,
        order: u32,
        notes: OrderNotes,
        tags: Option<Vec<String>>,
    ) {
        self.state.order_notes.insert(order, notes);
        if let Some(tags) = tags {
            self.state.tags.insert(Tagged::Order(order), tags);
        }
        self.order_changed(now, order);
    }

    /// Sets whose an order is, or makes it nobody's.
    pub(crate) fn set_customer(&mut self, now: Micros, order: u32, one: Option<CustomerRef>) {
        self.state.set_customers.insert(order, one);
        self.order_changed(now, order);
    }

    /// Closes an order, or opens it again; one that is so already is left as it is.
    pub(crate) fn set_closed(&mut self, now: Micros, order: u32, is_closed: bool) {
        let record = &mut self.state.orders[order as usize];
        if (record.closed_at != Micros::MAX) == is_closed {
            return;
        }
        record.closed_at = if is_closed { now } else { Micros::MAX };
        self.order_changed(now, order);
    }

    fn order_changed(&mut self, now: Micros, order: u32) {
        let event = self.new_event();
        self.touch(now, order);
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
    }
}
