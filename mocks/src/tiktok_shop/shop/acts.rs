//! What buyers and the merchant's staff do on the platform itself.

use crate::core::{
    ActOutcome, Basket, Cause, CheckoutOutcome, ListingIndex, Micros, OrderRef, Party, StockOwner,
    Stream,
};
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::orders::{CANCELLED_UNIT, Line, NewOrder, Status};
use crate::tiktok_shop::model::returns::{ReturnState, ReturnType, Step};
use crate::tiktok_shop::model::stock::Trigger;
use crate::tiktok_shop::profile::CommitAt;

use super::ShopState;

/// The two letters of a country; blanks where the text is shorter.
fn country_code(country: &str) -> [u8; 2] {
    match country.as_bytes() {
        [first, second, ..] if country.is_ascii() => [*first, *second],
        _ => *b"  ",
    }
}

const NO_SUCH_ORDER: ActOutcome = ActOutcome::Refused("no such order");

impl ShopState {
    /// Creates the order of a basket that can be served.
    fn place(&mut self, now: Micros, basket: &Basket) -> u32 {
        let order = self.orders.len();
        let orders = &self.profile.orders;
        let draw = |share| Stream::new(self.keys.unpaid, u64::from(order)).chance(share);
        let unpaid = draw(orders.unpaid_share);
        if let Some(base) = &self.laid_over {
            let usual = &base.orders;
            let waits_longer = match (unpaid, draw(usual.unpaid_share)) {
                (true, usually) => !usually || orders.unpaid_expiry > usual.unpaid_expiry,
                (false, _) => orders.hold > usual.hold,
            };
            self.faults.hold.offer(waits_longer);
        }
        let commits = !unpaid || orders.commit_at == CommitAt::Placement;
        let line_mark = self.orders.line_mark();
        for line in &basket.lines {
            let listing = line.listing.0;
            let units = i64::from(line.units);
            if commits {
                let from = self.stock.displayed(listing);
                let mut continues = false;
                let orders = &mut self.orders;
                self.stock.commit(listing, units, |location, part| {
                    orders.push_line(Line {
                        listing,
                        units: part as u32,
                        location: location as u16,
                        continues,
                    });
                    continues = true;
                });
                self.displayed_changed(listing, from, Cause::Checkout(OrderRef(order)));
                self.inventory_changed(now, listing, Trigger::OrderCreated, -units, units);
            } else {
                self.orders.push_line(Line {
                    listing,
                    units: line.units,
                    location: 0,
                    continues: false,
                });
            }
        }
        let status = if unpaid {
            Status::Unpaid
        } else {
            self.status_when_paid()
        };
        let visible_at = self.visible_at(now);
        self.orders.push(
            now,
            line_mark,
            status,
            visible_at,
            NewOrder {
                buyer: basket.buyer,
                postal_code: basket.postal_code,
                country: country_code(basket.country),
                committed: commits,
            },
        );
        self.entered_status(now, order);
        if !unpaid {
            self.start_ship_deadline(now, order);
        }
        order
    }

    pub(crate) fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        let refused = basket.lines.iter().find(|line| {
            self.stock.displayed(line.listing.0) < i64::from(line.units)
                || line.listing.0 as usize >= self.seed.listings.len()
        });
        if let Some(line) = refused {
            return CheckoutOutcome::Refused {
                listing: line.listing,
                displayed: self.stock.displayed(line.listing.0),
            };
        }
        // Line ids leave room for so many units; the platform's own purchase limits are far below.
        let units: u64 = basket.lines.iter().map(|line| u64::from(line.units)).sum();
        if units == 0 || units >= u64::from(ids::UNITS_PER_ORDER) {
            let listing = basket
                .lines
                .first()
                .map_or(ListingIndex(0), |line| line.listing);
            return CheckoutOutcome::Refused {
                listing,
                displayed: self.stock.displayed(listing.0),
            };
        }
        CheckoutOutcome::Accepted {
            order: OrderRef(self.place(now, basket)),
            stock: StockOwner::Merchant,
        }
    }

    pub(crate) fn pay(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        match self.orders.get(order.0) {
            None => NO_SUCH_ORDER,
            Some(record) if record.status == Status::Unpaid => {
                if self.receive_payment(now, order.0) {
                    ActOutcome::Done
                } else {
                    ActOutcome::Refused("the stock was gone at payment")
                }
            }
            Some(record) if record.status == Status::Cancelled => {
                ActOutcome::Refused("the order is cancelled")
            }
            Some(_) => ActOutcome::Refused("the order is paid"),
        }
    }

    pub(crate) fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        let Some(record) = self.orders.get(order.0) else {
            return NO_SUCH_ORDER;
        };
        match record.status {
            Status::Unpaid | Status::OnHold => {
                self.cancel(now, order.0, Party::Buyer, None, "no longer needed");
                ActOutcome::Done
            }
            Status::AwaitingShipment if self.is_cancel_pending(record) => {
                ActOutcome::Refused("a request to cancel is waiting already")
            }
            Status::AwaitingShipment => {
                self.request_cancellation(now, order.0, Vec::new());
                ActOutcome::Done
            }
            Status::Cancelled => ActOutcome::Refused("the order is cancelled"),
            _ => ActOutcome::Refused("the order has been shipped"),
        }
    }

    pub(crate) fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        if self.orders.get(order.0).is_none() {
            return NO_SUCH_ORDER;
        }
        match self.cancel_for_seller(now, order.0, "out of stock") {
            Some(_) => ActOutcome::Done,
            None => ActOutcome::Refused("the order is cancelled or has been shipped"),
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
        let Some(record) = self.orders.get(order.0) else {
            return NO_SUCH_ORDER;
        };
        if !record.status.is_shipped() {
            return ActOutcome::Refused("the order has not been shipped");
        }
        // The n-th basket line, with its parts at further locations.
        let (lines, packages) = (self.orders.lines(record), self.orders.units(record));
        let Some((first, _)) = lines
            .iter()
            .enumerate()
            .filter(|(_, part)| !part.continues)
            .nth(line)
        else {
            return ActOutcome::Refused("no such line");
        };
        let parts = 1 + lines[first + 1..]
            .iter()
            .take_while(|part| part.continues)
            .count();
        let listing = lines[first].listing;
        let before: u32 = lines[..first].iter().map(|part| part.units).sum();
        // The first units of the line that are in no other return, with the location each came from.
        let mut unit = before;
        let mut returned = Vec::new();
        let mut locations = Vec::new();
        for part in &lines[first..first + parts] {
            for _ in 0..part.units {
                let left = packages[unit as usize] != CANCELLED_UNIT;
                if left && returned.len() < units as usize && !self.returns.holds(order.0, unit) {
                    returned.push(unit);
                    locations.push(usize::from(part.location));
                }
                unit += 1;
            }
        }
        if units == 0 || returned.len() < units as usize {
            return ActOutcome::Refused("more units than were shipped and not yet returned");
        }
        let from = self.stock.displayed(listing);
        if restock {
            for location in locations {
                self.stock.add_available(listing, location, 1);
            }
        }
        let step = Step {
            at: now,
            by: Party::Buyer,
            state: ReturnState::Complete,
        };
        let kind = ReturnType::ReturnAndRefund;
        self.open_return(order.0, kind, "no longer needed", returned, step);
        if restock {
            self.displayed_changed(listing, from, Cause::Returned(order));
            let back = i64::from(units);
            self.inventory_changed(now, listing, Trigger::ManualAdjustment, back, 0);
        }
        ActOutcome::Done
    }

    /// Raises or lowers the first location; what it cannot give comes off the locations after it.
    pub(crate) fn edit_count(
        &mut self,
        now: Micros,
        listing: ListingIndex,
        units: i64,
    ) -> ActOutcome {
        if listing.0 as usize >= self.seed.listings.len() {
            return ActOutcome::Refused("no such listing");
        }
        if !(0..=self.profile.inventory.max_quantity).contains(&units) {
            return ActOutcome::Refused("the count is outside the allowed range");
        }
        let from = self.stock.displayed(listing.0);
        let mut change = units - self.stock.available(listing.0);
        let delta = change;
        for location in 0..self.stock.locations {
            let there = self.stock.available_at(listing.0, location);
            let next = there.saturating_add(change).max(0);
            self.stock.set_available(listing.0, location, next);
            change -= next - there;
        }
        debug_assert_eq!(self.stock.available(listing.0), units);
        self.displayed_changed(listing.0, from, Cause::Edit);
        if delta != 0 {
            self.inventory_changed(now, listing.0, Trigger::ManualAdjustment, delta, 0);
        }
        ActOutcome::Done
    }

    /// Sets what a listing displays when the run opens.
    pub(crate) fn open_with(&mut self, listing: ListingIndex, units: i64) {
        if (listing.0 as usize) < self.seed.listings.len() {
            for location in 0..self.stock.locations {
                let there = if location == 0 { units.max(0) } else { 0 };
                self.stock.set_available(listing.0, location, there);
            }
        }
    }
}
