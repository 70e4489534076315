//! `[cancellations]`, `[removals]` and `[returns]`: what buyers do with their orders.

use channel_mocks::core::{Distribution, Micros};
use serde::{Deserialize, Serialize};

/// Buyers who change their mind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Cancellations {
    /// Part of accepted orders whose buyer tries to cancel.
    pub share: f64,
    /// When, after acceptance.
    pub delay: Distribution,
}

impl Default for Cancellations {
    fn default() -> Self {
        Cancellations {
            share: 0.0,
            delay: Distribution::exponential(Micros::from_secs(900)),
        }
    }
}

/// Orders of which units are taken out before they ship, while the rest goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Removals {
    /// Part of accepted orders of several units that the staff edit (on Shopify; the other platforms have no such act).
    pub edited: f64,
    /// Part of accepted orders of several units of which the staff cancel and refund some.
    pub refunded: f64,
    /// Part of accepted orders of several units of which the buyer does not want some any more.
    pub by_buyer: f64,
    /// When, after acceptance.
    pub delay: Distribution,
    /// Part of the staff's removals after which the units are put back on sale.
    pub restocked: f64,
}

impl Default for Removals {
    fn default() -> Self {
        Removals {
            edited: 0.0,
            refunded: 0.0,
            by_buyer: 0.0,
            delay: Distribution::exponential(Micros::from_secs(900)),
            restocked: 1.0,
        }
    }
}

/// Returns of shipped orders.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Returns {
    /// Part of shipped orders that come back.
    pub share: f64,
    /// When, after acceptance.
    pub delay: Distribution,
    /// Part of the returned units that can be sold again.
    pub restockable: f64,
}

impl Default for Returns {
    fn default() -> Self {
        Returns {
            share: 0.0,
            delay: Distribution::log_normal(
                Micros::from_secs(9 * 86_400),
                Micros::from_secs(60 * 86_400),
            ),
            restockable: 0.8,
        }
    }
}
