//! `[cancellations]` and `[returns]`: what buyers do with their orders.

use channel_mocks::core::{Distribution, Micros};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Buyers who change their mind.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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

/// Returns of shipped orders.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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
