//! `[warehouse]`: the merchant's own stock system and where units are.

use serde::{Deserialize, Serialize};

use super::Network;

/// The merchant's own stock system.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WarehouseSettings {
    /// Name of a built-in profile.
    pub profile: String,
    /// The way between engine and warehouse.
    #[serde(default)]
    pub network: Network,
    /// Where units are; the first one carries what is left over by rounding.
    #[serde(rename = "location")]
    pub locations: Vec<Location>,
    /// Values laid over the profile.
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

/// Code of the location that stands for Amazon's own warehouses.
pub const FBA: &str = "fba";

/// One location.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Short code; `fba` stands for Amazon's own warehouses.
    pub code: String,
    /// Two-letter country.
    #[serde(default = "default_country")]
    pub country: String,
    /// First digits of the postal codes it serves first, like `"01234"`.
    #[serde(default)]
    pub postal_prefixes: String,
    /// Its part of the stock; all shares add to 1. The `fba` location has share 0: its units come on top.
    pub share: f64,
    /// Names of the channels that may be served from it; empty for all. `fba` must name Amazon channels only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
}

fn default_country() -> String {
    "US".to_string()
}
