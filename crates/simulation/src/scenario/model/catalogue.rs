//! `[catalogue]` and `[stock]`: what is sold, and how much of it there is.

use serde::{Deserialize, Serialize};

/// The most units of one SKU, those of all places and everything received together: Shopify takes no larger count
/// (docs/platforms/shopify.md 4.4).
pub const UNITS_OF_SKU_MAX: u32 = 1_000_000_000;

/// What is sold. Popularity follows Zipf-Mandelbrot: weight of rank r is (r + offset)^-exponent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CatalogueSettings {
    /// Number of SKUs. A replay takes them from its file instead.
    #[serde(default)]
    pub skus: u32,
    /// Exponent of popularity.
    #[serde(default = "default_exponent")]
    pub exponent: f64,
    /// Offset of popularity.
    #[serde(default)]
    pub offset: f64,
    /// The first so many SKUs are hot, and take `hot_share` of demand in phases that say `hot = true`.
    #[serde(default)]
    pub hot_skus: u32,
    /// Demand of the hot SKUs in hot phases, 0..=1.
    #[serde(default)]
    pub hot_share: f64,
    /// Lowest and highest price in cents; each SKU draws one, log-uniform.
    #[serde(default = "default_prices")]
    pub price_cents: (u64, u64),
}

fn default_exponent() -> f64 {
    0.8
}

fn default_prices() -> (u64, u64) {
    (1_000, 8_000)
}

/// How much there is, per SKU: exactly one of `units` and `cover`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StockSettings {
    /// The same number of units of every SKU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// Multiple of the demand expected over the whole duration, at least 1 unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<f64>,
    /// Units of each hot SKU, instead of the above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hot_units: Option<u32>,
    /// Units of each SKU at the `fba` location, on top.
    #[serde(default)]
    pub fba_units: u32,
}
