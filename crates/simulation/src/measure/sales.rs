//! Units and orders: offered, accepted, oversold, refused, cancelled (docs/theory.md B).

use channel_mocks::core::Party;

use crate::world::ledger::counters;

counters! {
    /// Counts of one channel, or of all when merged.
    #[derive(Clone, Debug, Default)]
    pub struct Sales {
        /// Units that buyers asked for.
        pub offered_units: u64,
        /// Checkout attempts.
        pub attempts: u64,
        /// Units in accepted orders.
        pub accepted_units: u64,
        /// Accepted orders.
        pub accepted_orders: u64,
        /// Accepted units that did not exist.
        pub oversold_units: u64,
        /// Accepted orders with at least one such unit.
        pub oversold_orders: u64,
        /// Prices of the oversold units, in cents.
        pub oversold_cents: u64,
        /// Units refused.
        pub refused_units: u64,
        /// Units refused in baskets of which every line could have been served.
        pub rejected_in_stock_units: u64,
        /// Orders that the warehouse could not fill, wholly or in part.
        pub short_orders: u64,
        /// Units that the warehouse did not have.
        pub short_units: u64,
        /// Orders cancelled by buyers.
        pub cancelled_by_buyer: u64,
        /// Orders cancelled by the seller.
        pub cancelled_by_seller: u64,
        /// Orders cancelled by the platform.
        pub cancelled_by_platform: u64,
        /// Units taken out of orders before they left.
        pub removed_units: u64,
        /// Parcels of orders beyond their first.
        pub splits: u64,
        /// Reserved lines.
        pub allocations: u64,
        /// Lines reserved in the wrong place.
        pub wrong_warehouse: u64,
        /// Units shipped.
        pub shipped_units: u64,
        /// Units shipped for orders that did not wait for them.
        pub shipped_beyond_units: u64,
        /// Confirmations of shipments that the channel took.
        pub confirmed_fulfillments: u64,
        /// Those of them after the ship-by time.
        pub late_fulfillments: u64,
    }
}

impl Sales {
    /// Counts an accepted line.
    pub fn accepted(&mut self, units: u32, oversold: u32, price_cents: u64) {
        self.accepted_units += u64::from(units);
        self.oversold_units += u64::from(oversold);
        self.oversold_cents += u64::from(oversold) * price_cents;
    }

    /// Counts a cancelled order.
    pub fn cancelled(&mut self, by: Party) {
        match by {
            Party::Buyer => self.cancelled_by_buyer += 1,
            Party::Seller => self.cancelled_by_seller += 1,
            Party::Platform => self.cancelled_by_platform += 1,
        }
    }
}

/// Units that came to the stock in a run.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    /// Units that came to the shelves: deliveries, returns, counts that found more.
    pub gained_units: u64,
    /// Units of orders that the seller or the platform cancelled, or took them out of.
    pub taken_back_units: u64,
}

impl Supply {
    /// Counts units of orders that `by` cancelled.
    pub fn cancelled(&mut self, units: u32, by: Party) {
        if by != Party::Buyer {
            self.taken_back_units += u64::from(units);
        }
    }
}

/// What is counted per SKU and channel, because a SKU's end decides what it was worth.
#[derive(Copy, Clone, Debug, Default)]
pub struct SkuSales {
    /// Units asked for.
    pub offered: u64,
    /// Units accepted.
    pub accepted: u64,
    /// Units accepted that did not exist.
    pub oversold: u64,
    /// Units refused in baskets of which every line could have been served.
    pub rejected_in_stock: u64,
}

/// Splits `total` over parts in proportion to `weights`, in whole numbers that add to `total`; all zero when the weights
/// are.
pub fn apportion(total: u64, weights: impl Iterator<Item = u64> + Clone) -> Vec<u64> {
    let sum: u64 = weights.clone().sum();
    let (mut before, mut given) = (0u64, 0u64);
    weights
        .map(|weight| {
            before += weight;
            let until = if sum == 0 {
                0
            } else {
                (u128::from(total) * u128::from(before) / u128::from(sum)) as u64
            };
            let part = until - given;
            given = until;
            part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        assert_eq!(apportion(7, [1, 1, 1].into_iter()), [2, 2, 3]);
        assert_eq!(apportion(5, [0, 3, 0].into_iter()), [0, 5, 0]);
        assert_eq!(apportion(5, [0, 0].into_iter()), [0, 0]);
    }

    #[test]
    fn only_oversold_units_are_priced() {
        let mut sales = Sales::default();
        sales.accepted(2, 1, 100);
        sales.accepted(1, 1, 50);
        sales.accepted(1, 0, 50);
        assert_eq!((sales.accepted_units, sales.oversold_units), (4, 2));
        assert_eq!(sales.oversold_cents, 150);
    }
}
