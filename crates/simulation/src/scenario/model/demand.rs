//! `[demand]`: who buys when.

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};

use crate::scenario::rate::Rate;

/// Who buys when.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Phases, one after the other from the end of the opening; arrivals are Poisson with the phase's rate.
    #[serde(default, rename = "phase")]
    pub phases: Vec<DemandPhase>,
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

impl DemandPhase {
    /// How long it lasts, and the channel shares of its own, by channel order.
    pub fn lasts_and_shares(&self) -> (Micros, Option<&[f64]>) {
        match self {
            DemandPhase::Constant { lasts, shares, .. } => (*lasts, shares.as_deref()),
            DemandPhase::Ramp { lasts, .. }
            | DemandPhase::Decay { lasts, .. }
            | DemandPhase::Day { lasts, .. } => (*lasts, None),
        }
    }
}

/// One phase of demand. Rates are checkout attempts, written like `"5/s"`, `"300/min"` or `"20000/d"`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, tag = "shape", rename_all = "snake_case")]
pub enum DemandPhase {
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
    /// A day's two-peak shape around a mean rate (docs/theory.md D: peak/mean 1.8, trough .25), by local hour of the start
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
