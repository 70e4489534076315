//! What buyers and the merchant's staff do on the platform itself.

use crate::core::{
    ActOutcome, Basket, Cause, CheckoutOutcome, ListingIndex, Micros, OrderRef, StockOwner,
};
use crate::custom::model::orders::{Line, NewOrder, Status};

use super::ShopState;
use super::events::Event;
use super::lifecycle::Beginning;
use super::timers::Due;

pub(super) const NO_SUCH_ORDER: ActOutcome = ActOutcome::Refused("no such order");

/// The two letters of a country; blanks where the text is shorter.
fn country_code(country: &str) -> [u8; 2] {
    match country.as_bytes() {
        [first, second, ..] if country.is_ascii() => [*first, *second],
        _ => *b"  ",
    }
}

impl ShopState {
    /// A checkout takes its units at once, paid or not: an unpaid order holds them until it is paid or expires.
    pub(crate) fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        let refused = basket.lines.iter().find(|line| {
            line.units == 0 || self.stock.displayed(line.listing.0) < i64::from(line.units)
        });
        if let Some(line) = refused {
            return CheckoutOutcome::Refused {
                listing: line.listing,
                displayed: self.stock.displayed(line.listing.0),
            };
        }
        let Beginning { is_unpaid, hold } = self.beginning();
        let status = match is_unpaid || hold > Micros::ZERO {
            true => Status::Pending,
            false => Status::Open,
        };
        let visible_at = self.visible_at(now);
        let lines = basket.lines.iter();
        let order = self.orders.push(
            now,
            lines.map(|line| Line::of(line.listing.0, line.units)),
            NewOrder {
                postal_code: basket.postal_code,
                country: country_code(basket.country),
                status,
                is_unpaid,
                visible_at,
            },
        );
        for line in &basket.lines {
            let cause = Cause::Checkout(OrderRef(order));
            self.move_units(now, line.listing.0, -i64::from(line.units), cause);
        }
        self.raise(now, Event::OrderCreated(order));
        if is_unpaid {
            let expires_at = now + self.profile.orders.unpaid_expiry;
            self.timers.set(expires_at, Due::UnpaidExpires(order));
        } else if hold > Micros::ZERO {
            self.timers.set(now + hold, Due::HoldEnds(order));
        }
        CheckoutOutcome::Accepted {
            order: OrderRef(order),
            stock: StockOwner::Merchant,
        }
    }

    /// A buyer pays for an order that was placed unpaid, which may then be shipped.
    pub(crate) fn pay(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        match self.orders.get(order.0) {
            None => NO_SUCH_ORDER,
            Some(record) if record.status == Status::Cancelled => {
                ActOutcome::Refused("the order is cancelled")
            }
            Some(record) if !record.is_unpaid => ActOutcome::Refused("the order is paid"),
            Some(_) => {
                self.open_order(now, order.0);
                ActOutcome::Done
            }
        }
    }

    pub(crate) fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome {
        if self.orders.get(order.0).is_none() {
            return NO_SUCH_ORDER;
        }
        let Some(of) = self.orders.lines(order.0).get(line) else {
            return ActOutcome::Refused("no such line");
        };
        if units == 0 || units > of.fulfilled - of.returned {
            return ActOutcome::Refused("more units than were shipped and not yet returned");
        }
        let listing = of.listing;
        self.orders.line_mut(order.0, line).returned += units;
        if restock {
            let cause = Cause::Returned(order);
            self.move_units(now, listing, i64::from(units), cause);
        }
        self.order_changed(now, order.0);
        ActOutcome::Done
    }

    pub(crate) fn edit_count(
        &mut self,
        now: Micros,
        listing: ListingIndex,
        units: i64,
    ) -> ActOutcome {
        if !self.stock.has(listing.0) {
            return ActOutcome::Refused("no such listing");
        }
        if !(0..=self.profile.inventory.max_quantity).contains(&units) {
            return ActOutcome::Refused("the count is outside the allowed range");
        }
        self.set_units(now, listing.0, units, Cause::Edit);
        ActOutcome::Done
    }

    /// Sets what a listing displays when the run opens.
    pub(crate) fn open_with(&mut self, listing: ListingIndex, units: i64) {
        if self.stock.has(listing.0) {
            self.stock.set(listing.0, units.max(0));
        }
    }
}
