//! What it costs (docs/theory.md B, money): low confidence, so the split is always shown.

use serde::{Deserialize, Serialize};

use crate::scenario::model::Money;

/// Cost by cause, in units of the scenario's currency.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Cost {
    /// Oversold units: direct cost and a part of their price.
    pub oversold: f64,
    /// Margin of sales lost to caution.
    pub lost_sales: f64,
    /// Shipments from the wrong warehouse.
    pub wrong_warehouse: f64,
    /// Parcels of orders beyond their first.
    pub splits: f64,
    /// One support ticket per oversold order.
    pub support: f64,
}

/// What is paid for.
#[derive(Copy, Clone, Debug, Default)]
pub struct Bill {
    /// Units.
    pub oversold_units: u64,
    /// Their prices, in cents.
    pub oversold_cents: u64,
    /// Prices of the units lost to caution, in cents.
    pub lost_cents: u64,
    /// Shipments.
    pub wrong_warehouse: u64,
    /// Parcels of orders beyond their first.
    pub splits: u64,
    /// Orders.
    pub oversold_orders: u64,
}

impl Cost {
    /// Of a bill at given prices.
    pub fn of(bill: Bill, money: &Money) -> Cost {
        let currency = |cents: f64| cents / 100.0;
        Cost {
            oversold: currency(
                bill.oversold_units as f64 * money.oversold_unit_cents as f64
                    + bill.oversold_cents as f64 * money.oversold_price_part,
            ),
            lost_sales: currency(bill.lost_cents as f64 * money.margin_part),
            wrong_warehouse: currency(
                bill.wrong_warehouse as f64 * money.wrong_warehouse_cents as f64,
            ),
            splits: currency(bill.splits as f64 * money.split_cents as f64),
            support: currency(bill.oversold_orders as f64 * money.ticket_cents as f64),
        }
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.oversold + self.lost_sales + self.wrong_warehouse + self.splits + self.support
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_prices() {
        let bill = Bill {
            oversold_units: 2,
            oversold_cents: 10_000,
            lost_cents: 5_000,
            wrong_warehouse: 1,
            splits: 2,
            oversold_orders: 1,
        };
        let cost = Cost::of(bill, &Money::default());
        // 2 x 15 + 10 % of 100; 40 % of 50; 9; 2 x 9; 7.
        assert_eq!(
            (
                cost.oversold,
                cost.lost_sales,
                cost.wrong_warehouse,
                cost.splits,
                cost.support
            ),
            (40.0, 20.0, 9.0, 18.0, 7.0)
        );
        assert_eq!(cost.total(), 94.0);
    }
}
