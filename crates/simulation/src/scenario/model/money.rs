//! `[money]`: what figures cost.

use serde::{Deserialize, Serialize};

/// Money per figure, in cents (docs/theory.md B: low confidence, set your own).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Money {
    /// Direct cost of an oversold unit.
    pub oversold_unit_cents: u64,
    /// Further cost, as part of the unit's price.
    pub oversold_price_part: f64,
    /// Margin lost with a sale, as part of the price.
    pub margin_part: f64,
    /// A shipment from the wrong warehouse.
    pub wrong_warehouse_cents: u64,
    /// A parcel of an order beyond its first.
    pub split_cents: u64,
    /// A support ticket (one per oversold order).
    pub ticket_cents: u64,
}

impl Default for Money {
    fn default() -> Self {
        Money {
            oversold_unit_cents: 1_500,
            oversold_price_part: 0.10,
            margin_part: 0.40,
            wrong_warehouse_cents: 900,
            split_cents: 900,
            ticket_cents: 700,
        }
    }
}
