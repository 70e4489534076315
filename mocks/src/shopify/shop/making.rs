//! Orders that apps make, without a buyer and his checkout (docs/platforms/shopify.md 3.5).

use super::Store;
use super::shipping::ShippedUnits;
use crate::core::{Cause, Fact, Micros, OrderRef};
use crate::shopify::model::annotations::{OrderNotes, Tagged};
use crate::shopify::model::customers::CustomerRef;
use crate::shopify::model::fulfillment::{
    FulfillmentOrder, FulfillmentOrderLine, Progress, Tracking,
};
use crate::shopify::model::made::{MadeLine, MadeOrder, Payment};
use crate::shopify::model::orders::{Line, Order};
use crate::shopify::model::span::{NONE, Span};

/// The time in which the orders of a development store are counted.
const MINUTE: Micros = Micros::from_secs(60);

/// What an order that is made does about stock.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It leaves stock alone.
    Bypass,
    /// It takes its units, whether they are there or not.
    IgnoringPolicy,
    /// It takes its units, if they are there.
    ObeyingPolicy,
}

/// An order that may be made.
pub(crate) struct NewOrder {
    pub(crate) made: MadeOrder,
    /// Whose it is, where that is a customer who is there already.
    pub(crate) customer: Option<CustomerRef>,
    pub(crate) lines: Vec<NewLine>,
    pub(crate) claim: Claim,
    /// Its payments, whose order is filled in.
    pub(crate) payments: Vec<Payment>,
    pub(crate) notes: OrderNotes,
    pub(crate) tags: Vec<String>,
    pub(crate) total_cents: i64,
    /// When it was closed; `Micros::MAX` means "not".
    pub(crate) closed_at: Micros,
    /// Where all of it has shipped from, if it has.
    pub(crate) shipped: Option<NewShipment>,
}

/// A line of an order that may be made.
pub(crate) struct NewLine {
    /// What, unless it is a custom line.
    pub(crate) listing: Option<u32>,
    pub(crate) quantity: u32,
    pub(crate) price_cents: i64,
    pub(crate) made: MadeLine,
}

/// A shipment of all of an order that may be made.
pub(crate) struct NewShipment {
    /// The location, unless any will do.
    pub(crate) location: Option<u16>,
    pub(crate) tracking: Tracking,
}

impl Store {
    /// Whether one more order may be made now, of which the shop takes so many in a minute.
    pub(crate) fn may_make_order(&mut self, now: Micros) -> bool {
        let Some(most) = self.state.profile.graphql.orders_created_per_minute else {
            return true;
        };
        while self.made_at.front().is_some_and(|at| *at + MINUTE <= now) {
            self.made_at.pop_front();
        }
        let may = self.made_at.len() < most as usize;
        if may {
            self.made_at.push_back(now);
        }
        may
    }

    /// Whether a listing lacks units that lines of an order together claim: at the location that the order ships from, if
    /// it names one.
    pub(crate) fn lacks(&self, new: &NewOrder) -> bool {
        let stock = &self.state.stock;
        let location = new.shipped.as_ref().and_then(|shipped| shipped.location);
        new.lines.iter().any(|line| {
            let Some(listing) = line.listing else {
                return false;
            };
            let details = self.state.details(listing);
            if details.continues_selling || !details.is_tracked {
                return false;
            }
            let same = new.lines.iter();
            let same = same.filter(|other| other.listing == line.listing);
            let wanted: i64 = same.map(|other| i64::from(other.quantity)).sum();
            wanted
                > location.map_or(stock.displayed[listing as usize], |at| {
                    stock.level(listing, at).available
                })
        })
    }

    /// Makes an order that has been checked. Its fulfillment orders can be seen at once.
    pub(crate) fn make_order(&mut self, now: Micros, new: NewOrder) -> u32 {
        let position = self.state.orders.len() as u32;
        let event = self.new_event();
        let first_line = self.state.lines.len() as u32;
        let location = new.shipped.as_ref().and_then(|shipped| shipped.location);
        let mut assigned: Vec<(u16, u32, u32)> = Vec::with_capacity(new.lines.len());
        let (mut units, mut claimed_units) = (0u32, 0u32);
        for (line, wanted) in (first_line..).zip(new.lines) {
            let is_tracked = wanted
                .listing
                .is_some_and(|it| self.state.details(it).is_tracked);
            let claims_stock = is_tracked && new.claim != Claim::Bypass;
            units += wanted.quantity;
            // Nothing that apps made is displayed to buyers.
            let is_displayed = wanted.listing.is_some_and(|it| !self.state.is_made(it));
            if claims_stock && is_displayed {
                claimed_units += wanted.quantity;
            }
            self.state.lines.push(Line {
                listing: wanted.listing.unwrap_or(NONE),
                claims_stock,
                quantity: wanted.quantity,
                current_quantity: wanted.quantity,
                fulfilled: 0,
                returned: 0,
                price_cents: wanted.price_cents,
            });
            self.state.made_lines.insert(line, wanted.made);
            let places = self.places(wanted.listing, wanted.quantity, claims_stock, location);
            for &(place, quantity) in &places {
                assigned.push((place, line, quantity));
                if let Some(listing) = self.state.claimed_listing(line) {
                    self.state.stock.level_mut(listing, place).committed += i64::from(quantity);
                }
            }
        }
        assigned.sort_by_key(|(location, ..)| *location);
        let first_fulfillment_order = self.state.fulfillment_orders.len() as u32;
        for group in assigned.chunk_by(|one, other| one.0 == other.0) {
            let start = self.state.fulfillment_order_lines.len() as u32;
            let made = self.state.fulfillment_orders.len() as u32;
            for &(_, line, quantity) in group {
                let line = FulfillmentOrderLine::new(made, line, quantity);
                self.state.fulfillment_order_lines.push(line);
            }
            self.state.fulfillment_orders.push(FulfillmentOrder {
                order: position,
                location: group[0].0,
                born_with: Span {
                    start,
                    len: group.len() as u32,
                },
                merged_in: Vec::new(),
                updated_at: now,
                progress: Progress::None,
            });
        }
        self.state.orders.push(Order {
            buyer: 0,
            created_at: now,
            updated_at: now,
            cancelled_at: Micros::MAX,
            closed_at: new.closed_at,
            routed_at: now,
            lines: Span {
                start: first_line,
                len: self.state.lines.len() as u32 - first_line,
            },
            fulfillment_orders: Span {
                start: first_fulfillment_order,
                len: self.state.fulfillment_orders.len() as u32 - first_fulfillment_order,
            },
            last_fulfillment: NONE,
            fulfillments: 0,
            last_refund: NONE,
            total_cents: new.total_cents,
            refunded_cents: 0,
            units,
            removed_units: 0,
            fulfilled_units: 0,
            returned_units: 0,
            country: "",
            postal_code: 0,
            cancel_reason: None,
            changes: 0,
            is_deleted: false,
        });
        let mut made = new.made;
        for payment in new.payments {
            made.payments.push(self.state.payments.len() as u32);
            self.state.payments.push(Payment {
                order: position,
                ..payment
            });
        }
        self.state.made_orders.insert(position, made);
        if new.customer.is_some() {
            self.state.set_customers.insert(position, new.customer);
        }
        if new.notes != OrderNotes::default() {
            self.state.order_notes.insert(position, new.notes);
        }
        if !new.tags.is_empty() {
            self.state.tags.insert(Tagged::Order(position), new.tags);
        }
        self.fact(Fact::OrderMade {
            order: OrderRef(position),
            units,
            claimed_units,
        });
        for &(location, line, quantity) in &assigned {
            if let Some(listing) = self.state.claimed_listing(line) {
                let cause = Cause::Checkout(OrderRef(position));
                self.move_available(now, event, (listing, location), -i64::from(quantity), cause);
            }
        }
        self.touch(now, position);
        self.raise_made(now, event, position);
        if let Some(shipped) = new.shipped {
            self.ship_all(now, position, &shipped);
        }
        position
    }

    /// Where units of a line are to ship from: claimed ones from the first locations that have them, and what none has,
    /// like what is not claimed, from the first that stocks the item.
    fn places(
        &self,
        listing: Option<u32>,
        quantity: u32,
        claims_stock: bool,
        location: Option<u16>,
    ) -> Vec<(u16, u32)> {
        let Some(first) = self.state.first_active_location() else {
            return Vec::new();
        };
        let locations = 0..self.state.locations.len() as u16;
        if let Some(location) = location {
            return vec![(location, quantity)];
        }
        let Some(listing) = listing else {
            return vec![(first, quantity)];
        };
        let mut left = quantity;
        let mut places = Vec::new();
        if claims_stock {
            for location in locations.clone() {
                let level = self.state.stock.level(listing, location);
                let here = level.available.clamp(0, i64::from(left)) as u32;
                if here > 0 && level.is_active {
                    places.push((location, here));
                    left -= here;
                }
            }
        }
        if left > 0 {
            let mut stocking =
                locations.filter(|at| self.state.stock.level(listing, *at).is_active);
            let rest = stocking.next().unwrap_or(first);
            match places.iter_mut().find(|(location, _)| *location == rest) {
                Some((_, units)) => *units += left,
                None => places.push((rest, left)),
            }
        }
        places
    }

    /// Ships all of an order that has just been made.
    fn ship_all(&mut self, now: Micros, position: u32, shipped: &NewShipment) {
        let fulfillment_orders: Vec<u32> = self.state.fulfillment_orders_of(position).collect();
        for at in fulfillment_orders {
            let record = &self.state.fulfillment_orders[at as usize];
            let units: Vec<ShippedUnits> = record
                .lines()
                .map(|at| ShippedUnits {
                    line: at as u32,
                    quantity: self.state.fulfillment_order_lines[at].remaining,
                })
                .collect();
            let location = record.location;
            self.ship(now, position, location, &units, shipped.tracking.clone());
        }
    }
}
