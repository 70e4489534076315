//! The channel's limits, delays and habits as data (law 5). The interface is our own, so that every value is an assumption.

use serde::{Deserialize, Serialize};

use crate::core::departures::DepartureRules;
use crate::core::{Bounds, Distribution, LimitSize, Micros, Stall};

/// Names of the built-in profiles.
pub const NAMES: &[&str] = &["custom-default", "custom-ideal"];

/// The text of a built-in profile.
pub fn text(name: &str) -> Option<&'static str> {
    match name {
        "custom-default" => Some(include_str!("../../profiles/custom-default.toml")),
        "custom-ideal" => Some(include_str!("../../profiles/custom-ideal.toml")),
        _ => None,
    }
}

/// Everything about a custom channel that is a figure, a delay or a habit (docs/custom.md 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The rate limit.
    pub limits: LimitsProfile,
    /// How long answers take.
    pub latency: LatencyProfile,
    /// Faults of the channel itself.
    pub faults: FaultsProfile,
    /// The life of an order.
    pub orders: OrdersProfile,
    /// Stock.
    pub inventory: InventoryProfile,
    /// Webhook deliveries.
    pub webhooks: WebhooksProfile,
}

/// The rate limit: one bucket over all operations, one token a call.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsProfile {
    /// Tokens that flow in a second; `inf` for no limit.
    pub calls_per_second: f64,
    /// Tokens the bucket holds; `inf` for no limit.
    pub burst: f64,
    /// Whether a refusal says in `Retry-After` how long to wait.
    pub tells_retry_after: bool,
}

impl LimitsProfile {
    /// The bucket's size.
    pub(crate) fn size(&self) -> LimitSize {
        LimitSize {
            per_second: self.calls_per_second,
            burst: self.burst,
        }
    }
}

/// Times to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyProfile {
    /// Reads, and refusals of unknown paths.
    pub read: Distribution,
    /// Writes.
    pub write: Distribution,
}

/// Faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultsProfile {
    /// Share of calls answered 503; nothing has happened.
    pub unavailable: f64,
    /// Share of calls that are throttled although the rate limit would let them in.
    pub early_throttle_share: f64,
}

/// The life of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrdersProfile {
    /// Share of orders that are placed unpaid. They hold their units as any other.
    pub unpaid_share: f64,
    /// Age at which an unpaid order is cancelled.
    pub unpaid_expiry: Micros,
    /// Share of the other orders that wait before they may be shipped.
    pub hold_share: f64,
    /// How long those wait.
    pub hold: Distribution,
    /// Time from which an order may be shipped to the promise, after which a shipment is late.
    pub ship_within: Micros,
    /// Time until a new order, or a change of one, is in the list; its bound is kept.
    pub list_lag: Distribution,
}

/// Stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryProfile {
    /// The most that a quantity may be.
    pub max_quantity: i64,
    /// Whether `If-Match` is heeded; otherwise it is passed over, as by systems that do not know it.
    pub compare_and_set: bool,
    /// Time from a write's arrival until buyers see it; its bound is kept.
    pub write_to_live: Distribution,
    /// Whether writes of one SKU become live in the order in which they were accepted; otherwise each by its own time, and an
    /// older one that comes after a newer overwrites it.
    pub writes_in_order: bool,
    /// Share of writes that are accepted and never become live.
    pub stuck_share: f64,
    /// How far behind reads of quantities are, drawn for each call.
    pub read_lag: Distribution,
    /// Whether the units of a cancelled order, and those taken out of one, go back on sale when nobody says.
    pub restock_on_cancel: bool,
}

/// Webhooks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksProfile {
    /// Whether a webhook about an order holds the order; otherwise only its id and status.
    pub with_order: bool,
    /// From the event to the first try.
    pub delay: Distribution,
    /// Whether events leave in the order in which they arose; otherwise each by its own delay.
    pub in_order: bool,
    /// Share of events that are sent twice.
    pub duplicate_share: f64,
    /// How much later than by its own delay the second of those leaves.
    pub duplicate_delay: Distribution,
    /// Share of events that are never sent.
    pub drop_share: f64,
    /// Share of events that are held back for `reorder_delay` beyond their delay, whatever `in_order` says.
    pub reorder_share: f64,
    /// How long those are held back.
    pub reorder_delay: Distribution,
    /// Share of tries that carry a signature which is not the body's.
    pub wrong_signature_share: f64,
    /// How long an answer is waited for.
    pub patience: Micros,
    /// Times from the end of a try to the next; after the last the event is lost.
    pub retries: Vec<Micros>,
    /// Spells in which nothing leaves.
    pub stalls: Vec<Stall>,
}

impl WebhooksProfile {
    /// How webhooks leave.
    pub(crate) fn departures(&self) -> DepartureRules<'_> {
        DepartureRules {
            delay: &self.delay,
            in_order: self.in_order,
            duplicate_share: self.duplicate_share,
            duplicate_delay: &self.duplicate_delay,
            drop_share: self.drop_share,
            reorder_share: self.reorder_share,
            reorder_delay: &self.reorder_delay,
            stalls: &self.stalls,
        }
    }
}

impl Profile {
    /// What an engine may know of the delays.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            order_visibility_lag: self.orders.list_lag.upper_bound(),
            write_to_live: self.inventory.write_to_live.upper_bound(),
            restocks_on_cancel: self.inventory.restock_on_cancel,
        }
    }

    /// A built-in profile; `None` when there is none of that name.
    pub fn named(name: &str) -> Option<Profile> {
        crate::core::profile::read(text(name)?, &toml::Table::new()).ok()
    }

    /// A built-in profile with single keys replaced.
    ///
    /// # Errors
    /// Names the unknown profile, or the key that does not fit.
    pub fn with_overrides(name: &str, overrides: &toml::Table) -> Result<Profile, String> {
        let text = text(name).ok_or_else(|| {
            format!(
                "there is no custom profile `{name}`; there are {}",
                NAMES.join(", ")
            )
        })?;
        let profile: Profile = crate::core::profile::read(text, overrides)?;
        profile.check()?;
        Ok(profile)
    }

    /// The profile with values laid over it while a shop runs.
    ///
    /// # Errors
    /// Names the key that does not exist or does not fit.
    pub(crate) fn laid_over(&self, overrides: &toml::Table) -> Result<Profile, String> {
        crate::core::profile::laid_over(self, overrides, &[], Profile::check)
    }

    /// Checks what types cannot say.
    ///
    /// # Errors
    /// Names the key and the values it takes.
    pub fn check(&self) -> Result<(), String> {
        crate::core::profile::check_shares(&[
            ("faults.unavailable", self.faults.unavailable),
            (
                "faults.early_throttle_share",
                self.faults.early_throttle_share,
            ),
            ("orders.unpaid_share", self.orders.unpaid_share),
            ("orders.hold_share", self.orders.hold_share),
            ("inventory.stuck_share", self.inventory.stuck_share),
            ("webhooks.duplicate_share", self.webhooks.duplicate_share),
            ("webhooks.drop_share", self.webhooks.drop_share),
            ("webhooks.reorder_share", self.webhooks.reorder_share),
            (
                "webhooks.wrong_signature_share",
                self.webhooks.wrong_signature_share,
            ),
        ])?;
        let LimitsProfile {
            calls_per_second,
            burst,
            ..
        } = self.limits;
        if !(calls_per_second >= 0.0 && burst >= 1.0) {
            return Err(format!(
                "limits has {calls_per_second} calls_per_second and a burst of {burst}, but needs 0 or more and 1 or more; \
                 inf is no limit"
            ));
        }
        if self.inventory.max_quantity < 1 {
            return Err(format!(
                "inventory.max_quantity is {}, but something must be for sale",
                self.inventory.max_quantity
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_profiles_read_and_pass_their_own_check() {
        for name in NAMES {
            let profile = Profile::named(name).unwrap();
            assert_eq!(profile.check(), Ok(()), "{name}");
        }
        let ideal = Profile::named("custom-ideal").unwrap().bounds();
        assert_eq!(ideal.order_visibility_lag, Micros::ZERO);
        assert_eq!(ideal.write_to_live, Micros::ZERO);
        let default = Profile::named("custom-default").unwrap().bounds();
        assert_eq!(default.order_visibility_lag, Micros::from_secs(30));
        assert!(default.write_to_live < Micros::MAX);
    }

    #[test]
    fn a_profile_that_makes_no_sense_is_refused_by_its_key() {
        for (over, word) in [
            ("[limits]\nbrust = 3.0", "brust"),
            ("[limits]\nburst = 0.5", "0.5"),
            ("[orders]\nhold_share = 1.5", "orders.hold_share is 1.5"),
            ("[inventory]\nmax_quantity = 0", "inventory.max_quantity"),
        ] {
            let refused = Profile::with_overrides("custom-default", &over.parse().unwrap());
            let message = refused.unwrap_err();
            assert!(message.contains(word), "{message}");
        }
        let unknown = Profile::with_overrides("woo", &toml::Table::new()).unwrap_err();
        assert!(
            unknown.contains("custom-default, custom-ideal"),
            "{unknown}"
        );
    }
}
