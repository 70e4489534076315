//! `[[channel]]`: the shops.

use std::collections::BTreeMap;

use channel_mocks::core::{Distribution, Micros};
use serde::{Deserialize, Serialize};

use super::assortment::Assortment;
use super::believed::Believed;
use crate::engine::config::{KnownLimit, Platform};

/// One sales channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its name in reports; unique.
    pub name: String,
    /// The platform it is a shop on.
    pub platform: Platform,
    /// Name of a built-in profile of limits and latencies, such as `shopify-plus`.
    pub profile: String,
    /// Its part of demand; all shares add to 1.
    pub share: f64,
    /// The engine's expectation of that part; the true share when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_share: Option<f64>,
    /// When its shop opens to buyers and engines, after the opening of the run; from the start when left out. Until then its
    /// buyers go to the other channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Micros>,
    /// When its shop closes to buyers, after the opening of the run; never when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Micros>,
    /// What its shop sells in, where that is not the scenario's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<ShopCurrency>,
    /// Which of the SKUs its shop lists.
    #[serde(default, skip_serializing_if = "Assortment::is_all")]
    #[cfg_attr(
        any(test, feature = "test-support"),
        schemars(with = "super::assortment::AssortmentShape")
    )]
    pub assortment: Assortment,
    /// How often engines that also poll read the order feed.
    #[serde(default = "default_poll")]
    pub poll_orders_every: Micros,
    /// Rate limits that the engine has been told, by the platform's limit names; the published defaults for
    /// the others. They are what the engine believes; what the platform does stands in its profile and in `override`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known_limits: BTreeMap<String, KnownLimit>,
    /// Delays and habits of the platform that the engine is told otherwise than they are.
    #[serde(default, skip_serializing_if = "Believed::is_true")]
    pub believed: Believed,
    /// The way between engine and platform.
    #[serde(default)]
    pub network: Network,
    /// Values laid over the profile, key by key.
    #[serde(
        default,
        rename = "override",
        skip_serializing_if = "toml::Table::is_empty"
    )]
    #[cfg_attr(
        any(test, feature = "test-support"),
        schemars(with = "serde_json::Value")
    )]
    pub overrides: toml::Table,
}

/// The currency of a shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShopCurrency {
    /// ISO 4217 code.
    pub code: String,
    /// Units of it for one of the scenario's currency, above 0.
    pub rate: f64,
}

impl ShopCurrency {
    /// A price of so many cents of the scenario's currency in cents of this one, rounded, at least 1.
    pub fn price_cents(&self, cents: u64) -> u64 {
        ((cents as f64 * self.rate + 0.5) as u64).max(1)
    }
}

impl Channel {
    /// When buyers can buy here, in time after the opening of the run: from the first instant on, before the second.
    pub fn hours(&self) -> (Micros, Micros) {
        (
            self.opens_at.unwrap_or(Micros::ZERO),
            self.closes_at.unwrap_or(Micros::MAX),
        )
    }

    /// Whether buyers can buy here at a time after the opening of the run.
    pub fn is_open(&self, after: Micros) -> bool {
        let (opens_at, closes_at) = self.hours();
        opens_at <= after && after < closes_at
    }
}

fn default_poll() -> Micros {
    Micros::from_secs(300)
}

/// Latencies of the way between engine and a system.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Engine to system.
    pub request: Distribution,
    /// System to engine.
    pub reply: Distribution,
    /// A webhook's way, on top of the platform's own delay.
    pub delivery: Distribution,
    /// A call without a response for so long counts as lost.
    pub patience: Micros,
}

impl Default for Network {
    fn default() -> Network {
        let way = Distribution::log_normal(Micros::from_millis(20), Micros::from_millis(80));
        Network {
            request: way,
            reply: way,
            delivery: way,
            patience: Micros::from_secs(30),
        }
    }
}
