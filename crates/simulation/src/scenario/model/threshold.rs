//! `[[threshold]]`: what figures have to keep to (docs/thresholds.md).

use serde::{Deserialize, Serialize};

/// A limit on a figure. It changes nothing in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScenarioThreshold {
    /// The figure, a comparison and the limit, like `lost_sales.share{contender=escrow} < 1%`.
    pub check: String,
    /// What a breach comes to.
    #[serde(default)]
    pub level: ThresholdLevel,
}

/// What the breach of a threshold comes to.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ThresholdLevel {
    /// The command fails.
    #[default]
    Fail,
    /// It is told.
    Warn,
}

impl ThresholdLevel {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            ThresholdLevel::Fail => "fail",
            ThresholdLevel::Warn => "warn",
        }
    }
}
