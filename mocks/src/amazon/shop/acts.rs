//! What buyers and the merchant's staff do on Amazon itself.

use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::orders::{Status, Trigger};
use crate::core::{
    ActOutcome, Basket, Cause, CheckoutOutcome, Fact, ListingIndex, Micros, OrderRef, Party,
    StockOwner,
};

use super::State;
use super::orders::Restore;

impl State {
    /// The SKU a line is bought from: the merchant's own, or an FBA offer that was turned into a merchant's.
    fn selling_sku(&self, listing: ListingIndex, units: u32) -> Option<SkuIndex> {
        [
            self.catalogue.own_sku(listing),
            self.catalogue.fba_sku(listing),
        ]
        .into_iter()
        .find(|&sku| self.inventory.live(sku) >= i64::from(units))
    }

    fn checkout_at_amazon(&mut self, now: Micros, basket: &Basket) -> OrderRef {
        let lines: Vec<(SkuIndex, u32)> = basket
            .lines
            .iter()
            .map(|line| (self.catalogue.fba_sku(line.listing), line.units))
            .collect();
        let order = self.place_order(now, basket.postal_code, basket.country, true, &lines);
        for line in &basket.lines {
            self.fba_sold(now, line.listing, line.units);
            self.fact(Fact::FbaSold {
                order,
                listing: line.listing,
                units: line.units,
            });
        }
        order
    }

    /// Amazon's own offer of every line is taken first where it can serve the whole basket; else the merchant's.
    pub(crate) fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        let known = |listing: ListingIndex| listing.0 < self.catalogue.len();
        let by_amazon = basket
            .lines
            .iter()
            .all(|line| known(line.listing) && self.fba.can_sell(line.listing, line.units));
        if by_amazon && !basket.lines.is_empty() {
            let order = self.checkout_at_amazon(now, basket);
            let stock = StockOwner::Platform;
            return CheckoutOutcome::Accepted { order, stock };
        }
        self.checkout_of_merchant(now, basket)
    }

    /// Of the merchant's own offers alone.
    pub(crate) fn checkout_of_merchant(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        let known = |listing: ListingIndex| listing.0 < self.catalogue.len();
        let mut lines = Vec::with_capacity(basket.lines.len());
        for line in &basket.lines {
            let sku = known(line.listing)
                .then(|| self.selling_sku(line.listing, line.units))
                .flatten();
            match sku {
                Some(sku) => lines.push((sku, line.units)),
                None => {
                    // The larger of the two offers is what the buyer saw.
                    let offers = [
                        self.catalogue.own_sku(line.listing),
                        self.catalogue.fba_sku(line.listing),
                    ];
                    let displayed = if known(line.listing) {
                        offers.map(|sku| self.inventory.live(sku)).into_iter().max()
                    } else {
                        None
                    };
                    return CheckoutOutcome::Refused {
                        listing: line.listing,
                        displayed: displayed.unwrap_or(0),
                    };
                }
            }
        }
        let order = self.place_order(now, basket.postal_code, basket.country, false, &lines);
        for (sku, units) in lines {
            self.take_units(now, sku, units, order);
        }
        let stock = StockOwner::Merchant;
        CheckoutOutcome::Accepted { order, stock }
    }

    pub(crate) fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        let latest = self
            .orders
            .latest(order)
            .and_then(|change| self.orders.change(change));
        match latest.map(|change| (change.status, change.cancel_requested)) {
            None => ActOutcome::Refused("no such order"),
            Some((Status::Pending, _))
                if self.settings.profile.orders.free_buyer_cancel_while_pending =>
            {
                self.cancel(now, order, Party::Buyer, Restore::Usual);
                ActOutcome::Done
            }
            Some((Status::Shipped | Status::Canceled, _)) => {
                ActOutcome::Refused("the order is shipped or cancelled")
            }
            Some((_, true)) => ActOutcome::Refused("cancellation already requested"),
            Some((status, false)) => {
                self.commit(now, order, status, Trigger::BuyerRequest, None);
                ActOutcome::Refused("cancellation requested")
            }
        }
    }

    /// Seller Central, reason NoInventory.
    pub(crate) fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        let by_amazon = self
            .orders
            .get(order)
            .is_some_and(|row| row.fulfilled_by_amazon);
        match self.orders.status(order) {
            None => ActOutcome::Refused("no such order"),
            Some(_) if by_amazon => ActOutcome::Refused("Amazon fulfils the order"),
            Some(Status::Pending) => {
                ActOutcome::Refused("a pending order cannot be cancelled by the seller")
            }
            Some(Status::PartiallyShipped) => ActOutcome::Refused("the order is partly shipped"),
            Some(Status::Shipped | Status::Canceled) => {
                ActOutcome::Refused("the order is shipped or cancelled")
            }
            Some(Status::Unshipped) => {
                self.cancel(now, order, Party::Seller, Restore::NoInventory);
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
        if self
            .orders
            .get(order)
            .is_some_and(|row| row.fulfilled_by_amazon)
        {
            return ActOutcome::Refused("Amazon takes returns of its own orders");
        }
        let Some(row) = self.orders.lines_mut(order).get_mut(line) else {
            return ActOutcome::Refused("no such order line");
        };
        if units == 0 || units > row.shipped - row.returned {
            return ActOutcome::Refused("more units than were shipped and not yet returned");
        }
        row.returned += units;
        let sku = row.sku;
        if restock {
            self.restore_units(now, sku, units, Cause::Returned(order));
        }
        ActOutcome::Done
    }

    /// Seller Central: live at once, and the submitted attribute with it.
    pub(crate) fn edit_count(
        &mut self,
        now: Micros,
        listing: ListingIndex,
        units: i64,
    ) -> ActOutcome {
        if listing.0 >= self.catalogue.len() || units < 0 {
            return ActOutcome::Refused("no such listing, or a negative quantity");
        }
        let sku = self.catalogue.own_sku(listing);
        let before = self.inventory.live(sku);
        self.displayed_changes(sku, Cause::Edit, |state| {
            state.inventory.set(sku, units, now)
        });
        if before != units {
            self.notify_quantity(now, sku);
        }
        ActOutcome::Done
    }

    pub(crate) fn open_with(&mut self, listing: ListingIndex, units: i64) {
        if listing.0 < self.catalogue.len() {
            let sku = self.catalogue.own_sku(listing);
            self.inventory.set(sku, units.max(0), Micros::ZERO);
        }
    }

    pub(crate) fn displayed(&self, listing: ListingIndex) -> i64 {
        if listing.0 < self.catalogue.len() {
            self.merchant_units(listing)
        } else {
            0
        }
    }
}
