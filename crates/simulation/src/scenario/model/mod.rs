//! The scenario file's shape. Every duration and rate carries its unit; unknown keys are refused.

mod assortment;
mod believed;
mod buyers;
mod catalogue;
mod channels;
mod demand;
mod fault;
mod fault_kind;
mod money;
mod replay;
mod scripted;
mod threshold;
mod warehouse;

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};

use crate::engine::config::{Strategy, StrategySettings};

pub use super::rate::Rate;
pub use crate::engine::config::Platform;
pub use assortment::Assortment;
pub use believed::Believed;
pub use buyers::{Cancellations, Removals, Returns};
pub use catalogue::{CatalogueSettings, StockSettings, UNITS_OF_SKU_MAX};
pub use channels::{Channel, Network, ShopCurrency};
pub use demand::{Demand, DemandPhase};
pub use fault::{CallsOf, CrashPoint, Direction, Fault};
pub use fault_kind::{FaultDescription, FaultFamily, FaultKind, FaultPlace, FaultRate, FaultValue};
pub use money::Money;
pub use replay::ReplaySettings;
pub use scripted::{About, RemovalBy, ScriptedEvent};
pub use threshold::{ScenarioThreshold, ThresholdLevel};
pub use warehouse::{FBA, Location, WarehouseSettings};

/// A whole scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
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
    /// What decides between events of one class at one instant, in virtual time.
    #[serde(default, skip_serializing_if = "SameInstant::is_scheduled")]
    pub ties: SameInstant,
    /// The sales channels.
    #[serde(rename = "channel")]
    pub channels: Vec<Channel>,
    /// The merchant's own stock system.
    pub warehouse: WarehouseSettings,
    /// What is sold.
    pub catalogue: CatalogueSettings,
    /// How much of it there is.
    pub stock: StockSettings,
    /// Who buys when.
    pub demand: Demand,
    /// Buyers' cancellations.
    #[serde(default)]
    pub cancellations: Cancellations,
    /// Units taken out of orders before they ship.
    #[serde(default, skip_serializing_if = "is_default")]
    pub removals: Removals,
    /// Returns.
    #[serde(default)]
    pub returns: Returns,
    /// Replay of a real order log, instead of `demand.phase`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplaySettings>,
    /// An order log of the weeks before (docs/order-log.md), by which engines that go by sales rates begin; left out, they begin
    /// with the catalogue's mean. `--history FILE` says another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(any(test, feature = "test-support"), schemars(with = "Option<String>"))]
    pub history: Option<std::path::PathBuf>,
    /// Scripted stock events and edits.
    #[serde(default, rename = "happening", skip_serializing_if = "Vec::is_empty")]
    pub happenings: Vec<ScriptedEvent>,
    /// What goes wrong by plan.
    #[serde(default, rename = "fault", skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// What figures have to keep to.
    #[serde(default, rename = "threshold", skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<ScenarioThreshold>,
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

impl Scenario {
    /// The one channel whose buyers Amazon serves from its own warehouses, with the position of the location that stands for
    /// them: the first Amazon channel that may be served from it.
    pub fn fba_holder(&self) -> Option<(usize, usize)> {
        let locations = &self.warehouse.locations;
        let location = locations.iter().position(|it| it.code == FBA)?;
        let served = &locations[location].channels;
        let may = |channel: &Channel| {
            channel.platform == Platform::Amazon
                && (served.is_empty() || served.contains(&channel.name))
        };
        Some((self.channels.iter().position(may)?, location))
    }
}

/// Kept out of a saved scenario that does not use it.
fn is_default(removals: &Removals) -> bool {
    *removals == Removals::default()
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

/// What decides between events of one class that fall on one instant.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SameInstant {
    /// The order in which they were scheduled.
    #[default]
    Scheduled,
    /// A draw for each, to try other orders of what happens at once.
    Drawn,
}

impl SameInstant {
    fn is_scheduled(&self) -> bool {
        *self == SameInstant::Scheduled
    }
}

/// What listings display before the engine has written anything.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
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

impl OpeningDisplay {
    /// Whether buyers can buy before an engine has written anything.
    pub const fn is_on_sale(self) -> bool {
        !matches!(self, OpeningDisplay::Zero)
    }
}
