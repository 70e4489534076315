//! What an order comes to now (docs/platforms/shopify.md 3.3): the units that it still counts, their share of its discount and
//! its taxes, and what refunds paid back beyond or below what their lines cost.

use super::state::State;

/// The share of a sum that belongs to a part of a whole, rounded half up; nothing of a whole that costs nothing.
fn share(sum: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (product, whole) = (i128::from(sum) * i128::from(part), i128::from(whole));
    i64::try_from((2 * product + whole).div_euclid(2 * whole)).unwrap_or(i64::MAX)
}

impl State {
    /// What an order's lines cost, of all units that were ordered, and of those that are still wanted.
    fn lines_cents(&self, order: u32) -> (i64, i64) {
        let lines = &self.lines[self.orders[order as usize].lines.range()];
        let cents = |units: u32, price: i64| price.saturating_mul(i64::from(units));
        let ordered = lines
            .iter()
            .map(|line| cents(line.quantity, line.price_cents));
        let wanted = lines
            .iter()
            .map(|line| cents(line.current_quantity, line.price_cents));
        (ordered.sum(), wanted.sum())
    }

    /// What is still wanted of an order, as its lines cost it. Nothing is wanted of a cancelled one.
    fn wanted_cents(&self, order: u32) -> (i64, i64) {
        let (ordered, wanted) = self.lines_cents(order);
        let is_cancelled = self.orders[order as usize].is_cancelled();
        (ordered, if is_cancelled { 0 } else { wanted })
    }

    /// An order's discount on the units that are still wanted.
    pub(crate) fn current_discount_cents(&self, order: u32) -> i64 {
        let (ordered, wanted) = self.wanted_cents(order);
        let discount = self.made(order).map_or(0, |made| made.discount_cents);
        share(discount, wanted, ordered)
    }

    /// An order's taxes on the units that are still wanted.
    pub(crate) fn current_tax_cents(&self, order: u32) -> i64 {
        let (ordered, wanted) = self.wanted_cents(order);
        let tax = self.made(order).map_or(0, |made| made.tax_cents);
        share(tax, wanted, ordered)
    }

    /// What the units cost that are still wanted, less their share of the discount.
    pub(crate) fn current_subtotal_cents(&self, order: u32) -> i64 {
        self.wanted_cents(order).1 - self.current_discount_cents(order)
    }

    /// What refunds have paid back of an order's shipping.
    pub(crate) fn refunded_shipping_cents(&self, order: u32) -> i64 {
        let refunds = self.refunds_of(&self.orders[order as usize]);
        let refunds = refunds.iter().map(|at| &self.refunds[*at as usize]);
        refunds.map(|refund| refund.shipping_cents).sum()
    }

    /// What an order's shipping still costs.
    pub(crate) fn current_shipping_cents(&self, order: u32) -> i64 {
        let shipping = self.made(order).map_or(0, |made| made.shipping_cents);
        match self.orders[order as usize].is_cancelled() {
            true => 0,
            false => shipping - self.refunded_shipping_cents(order),
        }
    }

    /// What so much of an order's lines is worth with its share of discount and taxes.
    pub(crate) fn worth_cents(&self, order: u32, cents: i64) -> i64 {
        let Some(made) = self.made(order) else {
            return cents;
        };
        let (ordered, _) = self.lines_cents(order);
        let tax = match made.are_taxes_included {
            true => 0,
            false => share(made.tax_cents, cents, ordered),
        };
        cents - share(made.discount_cents, cents, ordered) + tax
    }

    /// What an order comes to now. A cancelled one comes to nothing.
    pub(crate) fn current_total_cents(&self, order: u32) -> i64 {
        let record = &self.orders[order as usize];
        if record.is_cancelled() {
            return 0;
        }
        let (ordered, wanted) = self.lines_cents(order);
        let refunds = self.refunds_of(record);
        let discrepancies = refunds
            .iter()
            .map(|at| self.refunds[*at as usize].discrepancy_cents)
            .sum::<i64>();
        record.total_cents - self.worth_cents(order, ordered) + self.worth_cents(order, wanted)
            - self.refunded_shipping_cents(order)
            + discrepancies
    }

    /// What a refund of an order pays back below (or, negative, beyond) what is owed for what it is of: lines that cost
    /// `lines_cents`, which have left the order already, and shipping. A refund without money leaves all of it owed, and what
    /// an order that is cancelled gives back is never more or less than that (docs/platforms/shopify.md 3.3).
    pub(crate) fn discrepancy_cents(
        &self,
        order: u32,
        amount_cents: i64,
        lines_cents: i64,
        shipping_cents: i64,
    ) -> i64 {
        if amount_cents == 0 || self.orders[order as usize].is_cancelled() {
            return 0;
        }
        let calculated = self.worth_cents(order, lines_cents) + shipping_cents;
        if amount_cents < calculated {
            return calculated - amount_cents;
        }
        // Beyond that, units may have left the order before for which nothing was paid back.
        let left = self.net_received_cents(order) - amount_cents;
        let unowed = (self.current_total_cents(order) - shipping_cents - left).max(0);
        -(amount_cents - calculated).min(unowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up_and_add_up() {
        assert_eq!(share(100, 1, 3), 33);
        assert_eq!(share(100, 2, 3), 67);
        assert_eq!(share(5, 1, 2), 3);
        assert_eq!(share(7, 0, 0), 0, "lines that cost nothing");
    }
}
