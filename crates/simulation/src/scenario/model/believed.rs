//! `[channel.believed]`: what an engine is told of a platform otherwise than it is.

use channel_mocks::core::{Bounds, Micros};
use serde::{Deserialize, Serialize};

use crate::engine::config::PlatformBounds;

/// Where an engine is told something else than what holds: its assumptions (docs/theory.md A5) can then be wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Believed {
    /// H2: a poll sent at t tells everything up to t less this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_visibility_lag: Option<Micros>,
    /// H3: a write not live within this of its sending never will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_lifetime: Option<Micros>,
    /// A request that has not arrived within this of its sending never will; part of the lifetime of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_lifetime: Option<Micros>,
    /// H6: whether the platform puts the units of a cancelled order back on sale by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restocks_on_cancel: Option<bool>,
}

impl Believed {
    /// Whether the engine is told nothing else than what holds.
    pub fn is_true(&self) -> bool {
        *self == Believed::default()
    }

    /// What the engine is told of a platform whose delays are `holds`, on a way that takes `longest_way` at most: what holds, but
    /// for what it is told otherwise.
    pub fn over(&self, longest_way: Micros, holds: Bounds) -> PlatformBounds {
        let request_lifetime = self.request_lifetime.unwrap_or(longest_way);
        PlatformBounds {
            order_visibility_lag: self
                .order_visibility_lag
                .unwrap_or(holds.order_visibility_lag),
            request_lifetime,
            write_lifetime: self.write_lifetime.unwrap_or_else(|| {
                PlatformBounds::write_lifetime(request_lifetime, holds.write_to_live)
            }),
            restocks_on_cancel: self.restocks_on_cancel.unwrap_or(holds.restocks_on_cancel),
        }
    }
}
