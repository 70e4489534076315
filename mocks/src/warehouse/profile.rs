//! The warehouse's profile: how fast it answers, how often it may be called, how long picking takes.

use serde::{Deserialize, Deserializer, Serialize};

use crate::core::{Distribution, profile};

/// The built-in profiles.
pub const NAMES: &[&str] = &["warehouse-default", "warehouse-ideal"];

/// The text of a built-in profile.
pub fn text(name: &str) -> Option<&'static str> {
    match name {
        "warehouse-default" => Some(include_str!("../../profiles/warehouse-default.toml")),
        "warehouse-ideal" => Some(include_str!("../../profiles/warehouse-ideal.toml")),
        _ => None,
    }
}

/// Limits and latencies of a warehouse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The rate limit of the API token.
    pub limits: Limits,
    /// Time from a request's arrival until its answer leaves.
    pub latency: Latency,
    /// Picking and shipping.
    pub fulfillment: Fulfillment,
}

/// The rate limit: one token bucket over all operations, one token a call.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Tokens that flow in a second; `inf` for no limit.
    #[serde(deserialize_with = "positive")]
    pub calls_per_second: f64,
    /// Tokens the bucket holds, at least 1; `inf` for no limit.
    #[serde(deserialize_with = "at_least_one")]
    pub burst: f64,
}

/// Time from a request's arrival until its answer leaves, by class. A long poll waits first and pays this afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// `GET` requests, and refusals of every kind.
    pub read: Distribution,
    /// `POST` requests.
    pub write: Distribution,
}

/// Picking and shipping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fulfillment {
    /// Time from an allocation (or its release, when it was held) until its parcels leave.
    pub pick_and_ship: Distribution,
}

impl Profile {
    /// A built-in profile by name; `None` when there is no such profile.
    pub fn named(name: &str) -> Option<Profile> {
        let text = text(name)?;
        Some(profile::read(text, &toml::Table::new()).expect("built-in profiles read"))
    }
}

fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let rate = f64::deserialize(deserializer)?;
    if rate > 0.0 {
        Ok(rate)
    } else {
        Err(serde::de::Error::custom(format!(
            "a rate must be above 0, got {rate}; write inf for no limit"
        )))
    }
}

fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let burst = f64::deserialize(deserializer)?;
    if burst >= 1.0 {
        Ok(burst)
    } else {
        Err(serde::de::Error::custom(format!(
            "a burst must be at least 1, got {burst}; write inf for no limit"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Micros;

    #[test]
    fn built_in_profiles_read_and_have_their_figures() {
        for name in NAMES {
            assert!(Profile::named(name).is_some(), "{name}");
        }
        assert_eq!(Profile::named("warehouse-dfault"), None);
        let default = Profile::named("warehouse-default").unwrap();
        assert_eq!(default.limits.calls_per_second, 50.0);
        assert_eq!(default.limits.burst, 100.0);
        let ideal = Profile::named("warehouse-ideal").unwrap();
        assert_eq!(ideal.latency.read.upper_bound(), Micros::ZERO);
        assert_eq!(
            ideal.fulfillment.pick_and_ship.upper_bound(),
            Micros::from_secs(3_600)
        );
    }

    #[test]
    fn refuses_unknown_keys_and_useless_limits() {
        let read = |over: &str| {
            profile::read::<Profile>(
                text("warehouse-default").unwrap(),
                &over.parse().expect("test overrides are TOML"),
            )
        };
        assert!(read("[limits]\nbrust = 3.0").unwrap_err().contains("brust"));
        assert!(
            read("[limits]\ncalls_per_second = 0.0")
                .unwrap_err()
                .contains("above 0")
        );
        assert!(
            read("[limits]\nburst = nan")
                .unwrap_err()
                .contains("at least 1")
        );
        assert_eq!(read("[limits]\nburst = 3.0").unwrap().limits.burst, 3.0);
    }
}
