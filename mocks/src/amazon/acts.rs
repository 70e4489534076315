//! What buyers and the merchant's staff do on Amazon itself.

use crate::core::{
    ActOutcome, Basket, Cause, CheckoutOutcome, Fact, LimitUse, ListingIndex, Micros, OrderRef,
    Party, StockOwner, Storefront,
};

use super::catalogue::SkuIndex;
use super::ids;
use super::machine::Amazon;
use super::orders::life::Restore;
use super::orders::{Status, Trigger};

impl Amazon {
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
}

impl Storefront for Amazon {
    /// Amazon's own offer of every line is taken first where it can serve the whole basket; else the merchant's.
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.advance(now);
        let known = |listing: ListingIndex| listing.0 < self.catalogue.len();
        let by_amazon = basket
            .lines
            .iter()
            .all(|line| known(line.listing) && self.fba.can_sell(line.listing, line.units));
        if by_amazon && !basket.lines.is_empty() {
            let order = self.checkout_at_amazon(now, basket);
            self.settle(now);
            let stock = StockOwner::Platform;
            return CheckoutOutcome::Accepted { order, stock };
        }
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
                    self.settle(now);
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
        self.settle(now);
        let stock = StockOwner::Merchant;
        CheckoutOutcome::Accepted { order, stock }
    }

    fn pay(&mut self, _now: Micros, _order: OrderRef) -> ActOutcome {
        ActOutcome::Refused("orders are paid at checkout")
    }

    fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.advance(now);
        let latest = self
            .orders
            .latest(order)
            .and_then(|change| self.orders.change(change));
        let outcome = match latest.map(|change| (change.status, change.cancel_requested)) {
            None => ActOutcome::Refused("no such order"),
            Some((Status::Pending, _)) if self.profile.orders.free_buyer_cancel_while_pending => {
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
        };
        self.settle(now);
        outcome
    }

    /// Seller Central, reason NoInventory.
    fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.advance(now);
        let by_amazon = self
            .orders
            .get(order)
            .is_some_and(|row| row.fulfilled_by_amazon);
        let outcome = match self.orders.status(order) {
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
        };
        self.settle(now);
        outcome
    }

    fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome {
        self.advance(now);
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
        self.settle(now);
        ActOutcome::Done
    }

    /// Seller Central: live at once, and the submitted attribute with it.
    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        self.advance(now);
        if listing.0 >= self.catalogue.len() || units < 0 {
            return ActOutcome::Refused("no such listing, or a negative quantity");
        }
        let sku = self.catalogue.own_sku(listing);
        let from = self.merchant_units(listing);
        let before = self.inventory.live(sku);
        self.inventory.set(sku, units, now);
        let to = self.merchant_units(listing);
        self.fact(Fact::Displayed {
            listing,
            from,
            to,
            cause: Cause::Edit,
        });
        if before != units {
            self.signal_quantity(now, sku);
        }
        self.settle(now);
        ActOutcome::Done
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        if listing.0 < self.catalogue.len() {
            let sku = self.catalogue.own_sku(listing);
            self.inventory.set(sku, units.max(0), Micros::ZERO);
        }
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        if listing.0 < self.catalogue.len() {
            self.merchant_units(listing)
        } else {
            0
        }
    }

    fn native_order_id(&self, order: OrderRef) -> String {
        ids::order(order.0)
    }

    fn order_ref(&self, native_id: &str) -> Option<OrderRef> {
        ids::parse_order(native_id)
            .map(OrderRef)
            .filter(|&order| self.orders.get(order).is_some())
    }

    fn limits(&self) -> Vec<LimitUse> {
        self.limits.usage()
    }
}
