//! `[replay]`: buyers out of an order log.

use serde::{Deserialize, Serialize};

/// Replay of a real order log (`--orders FILE`): CSV with the columns timestamp, order_id, sku, quantity, unit_price,
/// country, kind; plain or gzip.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReplaySettings {
    /// The log's time runs so many times faster.
    #[serde(default = "default_compression")]
    pub time_compression: f64,
    /// Larger quantities are cut to this many units; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_cap: Option<u32>,
    /// Longer orders are cut to this many lines; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_cap: Option<u32>,
    /// What the orders hold that were replayed: the first 16 digits of the SHA-256 of the log, unpacked. Written by a run, so
    /// that comparisons notice other orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders_hash: Option<String>,
    /// The same of the opening stock (`--stock FILE`), with what SKUs get that are not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_hash: Option<String>,
    /// Apply the log's cancellations (as returns to stock) and stock corrections.
    #[serde(default)]
    pub corrections: bool,
}

fn default_compression() -> f64 {
    1.0
}
