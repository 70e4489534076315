//! Rate limits over time, as they are written to `series/STRATEGY.limits.csv`.

use serde::{Deserialize, Serialize};

/// One limit in one bucket of a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LimitRow {
    /// Start of the bucket, seconds since the series' own.
    pub from_s: f64,
    /// Its length in seconds.
    pub width_s: f64,
    /// The channel's name, or `warehouse`.
    pub system: String,
    /// The platform's name of the limit.
    pub limit: String,
    /// The lowest level seen, of the limit's capacity, 0..=1; empty where nobody looked.
    pub least_left_share: Option<f64>,
    /// Calls that arrived at the system in the bucket, whichever of its limits they fell under.
    pub calls: u64,
    /// Calls of these that a limit refused.
    pub throttled: u64,
}
