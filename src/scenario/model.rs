//! The scenario file's shape. Every duration and rate carries its unit; unknown keys are refused.

use std::collections::BTreeMap;

use channel_mocks::core::{Distribution, Micros};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::config::{KnownLimit, Platform, Strategy, StrategySettings};

/// A whole scenario.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of this file format: 1.
    pub version: u32,
    /// Short name, as on the command line.
    pub name: String,
    /// One line for lists and reports.
    pub title: String,
    /// What it shows and why.
    #[serde(default)]
    pub description: String,
    /// Calendar instant of simulated zero, RFC 3339.
    pub start: String,
    /// ISO 4217 code of all prices.
    #[serde(default = "default_currency")]
    pub currency: String,
    /// Time before the first buyer, in which engines sign in, read the catalogue and publish their first counts.
    pub opening: Micros,
    /// For how long buyers arrive after the opening. For a replay: the longest it may last.
    pub duration: Micros,
    /// For how long after that the engine may take to converge.
    pub settle: Micros,
    /// What listings display at simulated zero.
    #[serde(default)]
    pub opening_display: OpeningDisplay,
    /// The sales channels.
    #[serde(rename = "channel")]
    pub channels: Vec<Channel>,
    /// The merchant's own stock system.
    pub warehouse: Warehouse,
    /// What is sold.
    pub catalogue: Catalogue,
    /// How much of it there is.
    pub stock: Stock,
    /// Who buys when.
    pub demand: Demand,
    /// Buyers' cancellations.
    #[serde(default)]
    pub cancellations: Cancellations,
    /// Returns.
    #[serde(default)]
    pub returns: Returns,
    /// Replay of a real order log, instead of `demand.phase`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// Scripted stock events and edits.
    #[serde(default, rename = "happening", skip_serializing_if = "Vec::is_empty")]
    pub happenings: Vec<Happening>,
    /// Which strategies run when none are named on the command line.
    #[serde(default = "default_strategies")]
    pub strategies: Vec<Strategy>,
    /// Settings of the strategies.
    #[serde(default)]
    pub strategy: StrategySettings,
    /// Money per figure.
    #[serde(default)]
    pub money: Money,
    /// How often a support agent looks something up, a second of simulated time.
    #[serde(default = "default_support_reads")]
    pub support_reads_per_second: f64,
}

fn default_currency() -> String {
    "USD".to_string()
}

fn default_strategies() -> Vec<Strategy> {
    Strategy::ALL.to_vec()
}

fn default_support_reads() -> f64 {
    0.1
}

/// What listings display before the engine has written anything.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpeningDisplay {
    /// Nothing: the engine publishes first.
    #[default]
    Zero,
    /// The whole stock, on every channel: what a mirror converges to.
    Stock,
    /// The channel's share of the stock: what standing quotas converge to.
    Share,
}

/// One sales channel.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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
    /// How often engines that also poll read the order feed.
    #[serde(default = "default_poll")]
    pub poll_orders_every: Micros,
    /// Rate limits that the engine has been told, by the platform's limit names; the published defaults for
    /// the others. They are what the engine believes; what the platform does stands in its profile and in `override`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known_limits: BTreeMap<String, KnownLimit>,
    /// The way between engine and platform.
    #[serde(default)]
    pub network: Network,
    /// Values laid over the profile, key by key.
    #[serde(
        default,
        rename = "override",
        skip_serializing_if = "toml::Table::is_empty"
    )]
    #[schemars(with = "serde_json::Value")]
    pub overrides: toml::Table,
}

fn default_poll() -> Micros {
    Micros::from_secs(300)
}

/// Latencies of the way between engine and a system.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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

/// The merchant's own stock system.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Warehouse {
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
    #[schemars(with = "serde_json::Value")]
    pub overrides: toml::Table,
}

/// Code of the location that stands for Amazon's own warehouses.
pub const FBA: &str = "fba";

/// One location.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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

/// What is sold. Popularity follows Zipf-Mandelbrot: weight of rank r is (r + offset)^-exponent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
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
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stock {
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

/// Who buys when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Phases, one after the other from the end of the opening; arrivals are Poisson with the phase's rate.
    #[serde(default, rename = "phase")]
    pub phases: Vec<Phase>,
    /// Mean number of lines of a basket, at least 1 (1 + geometric).
    #[serde(default = "default_lines")]
    pub lines_mean: f64,
    /// Probabilities of 1, 2, 3, ... units on a line; they add to 1.
    #[serde(default = "default_units")]
    pub units: Vec<f64>,
}

fn default_lines() -> f64 {
    1.0
}

fn default_units() -> Vec<f64> {
    vec![1.0]
}

/// One phase of demand. Rates are checkout attempts, written like `"5/s"`, `"300/min"` or `"20000/d"`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, tag = "shape", rename_all = "snake_case")]
pub enum Phase {
    /// One rate throughout.
    Constant {
        /// How long.
        lasts: Micros,
        /// Attempts.
        rate: Rate,
        /// Hot SKUs take `catalogue.hot_share`.
        #[serde(default)]
        hot: bool,
        /// Channel shares in this phase, by channel order, instead of the channels' own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shares: Option<Vec<f64>>,
    },
    /// From one rate to another, linearly.
    Ramp {
        /// How long.
        lasts: Micros,
        /// At its start.
        from: Rate,
        /// At its end.
        to: Rate,
        /// As above.
        #[serde(default)]
        hot: bool,
    },
    /// A drop: starts at `peak`, falls exponentially with time constant `decay`, on top of `base`.
    Decay {
        /// How long.
        lasts: Micros,
        /// Extra rate at the start.
        peak: Rate,
        /// Time constant.
        decay: Micros,
        /// Rate that stays.
        #[serde(default)]
        base: Rate,
        /// As above.
        #[serde(default)]
        hot: bool,
    },
    /// A day's two-peak shape around a mean rate (domain.md D: peak/mean 1.8, trough .25), by local hour of the start
    /// instant's day.
    Day {
        /// How long.
        lasts: Micros,
        /// Mean over 24 h.
        mean: Rate,
        /// As above.
        #[serde(default)]
        hot: bool,
    },
}

/// A rate per second, written with its unit: `"5/s"`, `"300/min"`, `"20000/d"`.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct Rate {
    /// Events a second.
    pub per_second: f64,
}

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

/// Replay of a real order log (`--orders FILE`): CSV with the columns timestamp, order_id, sku, quantity, unit_price,
/// country, kind; plain or gzip.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The log's time runs so many times faster.
    #[serde(default = "default_compression")]
    pub time_compression: f64,
    /// Larger quantities are cut to this many units; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_cap: Option<u32>,
    /// Longer orders are cut to this many lines; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_cap: Option<u32>,
    /// Apply the log's cancellations (as returns to stock) and stock corrections.
    #[serde(default)]
    pub corrections: bool,
}

fn default_compression() -> f64 {
    1.0
}

/// Something scripted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// Units arrive in the warehouse.
    Receive {
        /// When, after the opening.
        at: Micros,
        /// SKU by rank, 1 the most popular.
        sku: u32,
        /// Location code.
        location: String,
        /// How many.
        units: u32,
    },
    /// Units of every SKU arrive at the same instant.
    ReceiveAll {
        /// When, after the opening.
        at: Micros,
        /// Location code.
        location: String,
        /// How many of each.
        units: u32,
    },
    /// Units are found damaged.
    Damage {
        /// When, after the opening.
        at: Micros,
        /// SKU by rank.
        sku: u32,
        /// Location code.
        location: String,
        /// How many.
        units: u32,
    },
    /// A count corrects the record.
    Recount {
        /// When, after the opening.
        at: Micros,
        /// SKU by rank.
        sku: u32,
        /// Location code.
        location: String,
        /// What is there.
        counted: u32,
    },
    /// Somebody edits the displayed count in a platform's admin.
    Edit {
        /// When, after the opening.
        at: Micros,
        /// Channel name.
        channel: String,
        /// SKU by rank.
        sku: u32,
        /// The new count.
        units: u32,
    },
    /// A buyer checks out one line (for exact little stories).
    Checkout {
        /// When, after the opening.
        at: Micros,
        /// Channel name.
        channel: String,
        /// SKU by rank.
        sku: u32,
        /// How many.
        units: u32,
    },
}

/// Money per figure, in cents (domain.md B: low confidence, set your own).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
            ticket_cents: 700,
        }
    }
}
