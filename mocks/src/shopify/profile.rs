//! What differs between plans and what the platform does not publish: limits, latencies, lags, retries and faults as
//! data (`mocks/profiles/shopify-*.toml` gives every value's source).

use serde::{Deserialize, Serialize};

use oversell_kernel::{Epoch, Zone};

use crate::core::{Distribution, Micros, Stall};

/// A profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Rate limit and prices of GraphQL calls.
    pub graphql: GraphqlLimits,
    /// Rate limit of REST calls.
    pub rest: RestLimits,
    /// API versions and their names.
    pub versions: Versions,
    /// Access tokens.
    pub token: TokenRules,
    /// The shop's own settings.
    pub shop: ShopSettings,
    /// How long calls take.
    pub latency: Latencies,
    /// How long orders take to become visible in searches, to be routed and to be cancelled.
    pub delay: Delays,
    /// Webhook deliveries.
    pub webhooks: WebhookRules,
    /// Faults of deliveries, writes and calls.
    pub faults: Faults,
}

/// Rate limit and prices of GraphQL calls (docs/platforms/shopify.md 2.1 and 2.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphqlLimits {
    /// Points the bucket holds.
    pub bucket_points: f64,
    /// Points that flow in a second.
    pub restore_points_per_second: f64,
    /// The dearest query served, in points.
    pub query_cost_max: f64,
    /// Points added for each row of an inventory write.
    pub points_per_inventory_row: f64,
    /// What `fulfillmentTrackingInfoUpdate` costs before its payload is looked at; every other mutation costs 10.
    pub tracking_update_points: u64,
    /// How many orders apps may make in a minute, where the shop limits that: five on trial and development stores
    /// (docs/platforms/shopify.md 2.6), which none of the built-in profiles is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders_created_per_minute: Option<u32>,
    /// Query texts whose plans are kept.
    pub cached_plans: usize,
}

/// Rate limit of REST calls (docs/platforms/shopify.md 2.5): a leaky bucket of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestLimits {
    /// Calls the bucket takes.
    pub bucket_calls: f64,
    /// Calls that leak in a second.
    pub leak_calls_per_second: f64,
    /// What `Retry-After` of a refusal says, in seconds.
    pub retry_after_seconds: f64,
}

/// API versions, oldest first (docs/platforms/shopify.md 1.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// Versions that are accessible; a request for an older one is served by the first.
    pub accessible: Vec<String>,
    /// The version that `unstable` is served as.
    pub latest: String,
}

impl Versions {
    /// What is accessible on a day, `YYYY-MM-DD`, by the published calendar: a version comes on the first day of each
    /// quarter and goes fifteen days after its first year; the next one is there as a candidate. `None` for what is no
    /// day, or lies before the first version or after 2099.
    pub fn as_of(day: &str) -> Option<Versions> {
        let (year, rest) = day.split_at_checked(4)?;
        let year: u16 = year.parse().ok()?;
        let is_day = rest.len() == 6
            && (2019..2100).contains(&year)
            && day >= FIRST_DAY
            && Epoch::parse_unix_micros(&format!("{day}T00:00:00Z")).is_some();
        if !is_day {
            return None;
        }
        let quarters = (year - 2..=year + 1).flat_map(|year| {
            let months = ["01", "04", "07", "10"];
            months.map(|month| (year, month))
        });
        let mut accessible = Vec::new();
        for (year, month) in quarters {
            let is_candidate = *day < *format!("{year}-{month}-01");
            let is_gone = *day >= *format!("{}-{month}-16", year + 1);
            if !is_gone && (year, month) >= FIRST {
                accessible.push(format!("{year}-{month}"));
            }
            if is_candidate {
                break;
            }
        }
        let latest = accessible.last()?.clone();
        Some(Versions { accessible, latest })
    }

    /// Whether a version is out on the day that an instant's text, `YYYY-MM-DD...`, begins with.
    pub(crate) fn is_out(version: &str, instant: &str) -> bool {
        instant
            .get(..10)
            .is_none_or(|day| *day >= *format!("{version}-01"))
    }
}

/// The first version with a date for a name.
const FIRST: (u16, &str) = (2019, "04");

/// The day on which it came.
const FIRST_DAY: &str = "2019-04-01";

/// Access tokens (docs/platforms/shopify.md 1.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRules {
    /// Life of a token obtained with client credentials.
    pub client_credentials_lifetime: Micros,
    /// Life of a token that acts for a member of the staff.
    pub online_lifetime: Micros,
    /// Life of an expiring offline token.
    pub offline_lifetime: Micros,
    /// Life of a refresh token.
    pub refresh_lifetime: Micros,
}

/// The shop's own settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopSettings {
    /// The plan's name as the API shows it.
    pub plan_name: String,
    /// Whether the API calls the plan a Plus plan.
    pub is_plus: bool,
    /// Whether orders are archived (closed) by themselves once they are paid and all of them has shipped, which is a setting
    /// of the real shop that is usually on (docs/platforms/shopify.md 3.3). Off unless it is given: an order then stays open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archives_orders: bool,
    /// The shop's time zone: webhook payloads and REST write its local time, daylight saving included.
    pub time_zone: Zone,
}

/// How long calls take, by class (docs/platforms/shopify.md 8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latencies {
    /// Reads by id and other small queries.
    pub read: Distribution,
    /// Queries of a root connection.
    pub list: Distribution,
    /// Inventory writes, first row included.
    pub inventory_write: Distribution,
    /// Added for each further row of an inventory write.
    pub inventory_row: Micros,
    /// Fulfilments and cancellations.
    pub order_write: Distribution,
    /// Webhook subscription changes.
    pub subscription_write: Distribution,
    /// A throttled answer.
    pub throttled: Distribution,
    /// Token requests and scope reads.
    pub token: Distribution,
    /// Answers to requests that are refused before they are executed.
    pub refused: Distribution,
}

/// Delays of what happens after a call or a checkout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delays {
    /// From an order's change to its visibility in searches.
    pub search_index: Distribution,
    /// From an accepted write of what is available to what buyers and readers see of it.
    pub write_to_live: Distribution,
    /// Whether writes of one level become live in the order in which they were accepted; otherwise each by its own time, and
    /// an older one that comes after a newer takes effect on top of it.
    pub writes_in_order: bool,
    /// How far behind reads of quantities are, drawn for each call.
    pub read_lag: Distribution,
    /// From an order's birth to its fulfillment orders.
    pub order_routing: Distribution,
    /// From an accepted `orderCancel` to its effect.
    pub cancel_job: Distribution,
    /// From `bulkOperationRunQuery` to the result.
    pub bulk_operation: Distribution,
    /// How far back orders are served to an app without `read_all_orders`.
    pub order_window: Micros,
}

/// Webhook deliveries (docs/platforms/shopify.md 5.1, 5.3 and 5.5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookRules {
    /// From the event to the first attempt.
    pub latency: Distribution,
    /// How long the platform waits for the answer.
    pub patience: Micros,
    /// Share of attempts that carry a signature which is not the body's.
    pub wrong_signature_share: f64,
    /// Spells in which no first attempt is made.
    pub stalls: Vec<Stall>,
    /// Waits before each retry; after the last one fails, the subscription is removed.
    pub retry_waits: Vec<Micros>,
    /// Factor on the waits.
    pub retry_time_scale: f64,
    /// Whether `http://` addresses may be subscribed.
    pub allow_http_callbacks: bool,
    /// How many `orders/updated` a checkout raises beside `orders/create`.
    pub updates_per_checkout: u32,
    /// Whether a delivery with `includeFields` is dropped when its payload equals the former one of the same object.
    pub drop_repeated_filtered_payloads: bool,
}

/// Faults (docs/platforms/shopify.md 8), as probabilities: of a delivery, of a write, of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// It is never sent.
    pub drop: f64,
    /// It is sent twice, with the same webhook id.
    pub duplicate: f64,
    /// From the first copy to the second.
    pub duplicate_delay: Distribution,
    /// The order's `orders/create` is held back until after its `orders/updated`.
    pub update_before_create: f64,
    /// How far `orders/create` then comes after `orders/updated`.
    pub update_before_create_gap: Distribution,
    /// A delivery is held back for `reorder_delay` beyond its latency, so that later ones overtake it.
    pub reorder: f64,
    /// How long it is then held back.
    pub reorder_delay: Distribution,
    /// A write of what is available is accepted and never becomes live.
    pub stuck_write: f64,
    /// A call ends in an internal error without taking effect.
    pub server_error: f64,
    /// A call is throttled although the bucket holds enough for it.
    pub early_throttle: f64,
}

/// The built-in profiles.
pub const NAMES: &[&str] = &[
    "shopify-standard",
    "shopify-advanced",
    "shopify-plus",
    "shopify-enterprise",
    "shopify-ideal",
    "shopify-hostile",
];

/// Keys that a shop is built on when it opens: nothing can be laid over them.
const FIXED: &[&str] = &["shop", "graphql.cached_plans"];

/// The text of a built-in profile.
pub fn text(name: &str) -> Option<&'static str> {
    Some(match name {
        "shopify-standard" => include_str!("../../profiles/shopify-standard.toml"),
        "shopify-advanced" => include_str!("../../profiles/shopify-advanced.toml"),
        "shopify-plus" => include_str!("../../profiles/shopify-plus.toml"),
        "shopify-enterprise" => include_str!("../../profiles/shopify-enterprise.toml"),
        "shopify-ideal" => include_str!("../../profiles/shopify-ideal.toml"),
        "shopify-hostile" => include_str!("../../profiles/shopify-hostile.toml"),
        _ => return None,
    })
}

impl Profile {
    /// What an engine may know of the delays.
    pub fn bounds(&self) -> crate::core::Bounds {
        crate::core::Bounds {
            order_visibility_lag: self.delay.search_index.upper_bound(),
            write_to_live: self.delay.write_to_live.upper_bound(),
            restocks_on_cancel: true,
        }
    }

    /// The profile with values laid over it while a shop runs.
    ///
    /// # Errors
    /// Names the key that does not exist, does not fit or cannot change.
    pub(crate) fn laid_over(&self, overrides: &toml::Table) -> Result<Profile, String> {
        crate::core::profile::laid_over(self, overrides, FIXED, Profile::check)
    }

    /// Checks what types cannot say.
    ///
    /// # Errors
    /// Names the key and the values it takes.
    pub fn check(&self) -> Result<(), String> {
        let faults = &self.faults;
        crate::core::profile::check_shares(&[
            ("faults.drop", faults.drop),
            ("faults.duplicate", faults.duplicate),
            ("faults.update_before_create", faults.update_before_create),
            ("faults.reorder", faults.reorder),
            ("faults.stuck_write", faults.stuck_write),
            ("faults.server_error", faults.server_error),
            ("faults.early_throttle", faults.early_throttle),
            (
                "webhooks.wrong_signature_share",
                self.webhooks.wrong_signature_share,
            ),
        ])
    }

    /// A built-in profile without overrides; `None` when there is none of this name.
    pub fn named(name: &str) -> Option<Profile> {
        crate::core::profile::read(text(name)?, &toml::Table::new()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_reads_and_refuses_unknown_keys() {
        for name in NAMES {
            let profile = Profile::named(name).unwrap();
            let again: Profile = toml::from_str(&toml::to_string(&profile).unwrap()).unwrap();
            assert_eq!(profile, again, "{name}");
            assert_eq!(profile.check(), Ok(()));
        }
        assert_eq!(Profile::named("shopify-free"), None);
        let over: toml::Table = "[graphql]\nbucket = 1".parse().unwrap();
        let error = crate::core::profile::read::<Profile>(text("shopify-plus").unwrap(), &over);
        assert!(error.unwrap_err().contains("bucket"));
    }

    #[test]
    fn versions_come_each_quarter_and_stay_a_year_and_fifteen_days() {
        for (day, accessible) in [
            (
                "2026-11-23",
                &["2026-01", "2026-04", "2026-07", "2026-10", "2027-01"][..],
            ),
            (
                "2025-05-06",
                &["2024-07", "2024-10", "2025-01", "2025-04", "2025-07"],
            ),
            (
                "2025-07-15",
                &[
                    "2024-07", "2024-10", "2025-01", "2025-04", "2025-07", "2025-10",
                ],
            ),
            (
                "2025-07-16",
                &["2024-10", "2025-01", "2025-04", "2025-07", "2025-10"],
            ),
            ("2019-04-01", &["2019-04", "2019-07"]),
        ] {
            let versions = Versions::as_of(day).unwrap();
            assert_eq!(versions.accessible, accessible, "{day}");
            assert_eq!(Some(&versions.latest), versions.accessible.last());
        }
        // The profiles are of that day.
        let profile = Profile::named("shopify-plus").unwrap();
        assert_eq!(Some(profile.versions), Versions::as_of("2026-11-23"));
        for wrong in [
            "",
            "2026",
            "2026-02-30",
            "2026-1-05",
            "26-01-05",
            "2018-12-31",
            "2026-01-05T",
        ] {
            assert_eq!(Versions::as_of(wrong), None, "{wrong}");
        }
        assert!(Versions::is_out("2026-10", "2026-10-01T17:00:00Z"));
        assert!(!Versions::is_out("2027-01", "2026-12-31T23:59:59Z"));
    }

    #[test]
    fn plans_have_the_documented_rates_and_a_bucket_of_twenty_seconds() {
        for (name, rate) in [
            ("shopify-standard", 100.0),
            ("shopify-advanced", 200.0),
            ("shopify-plus", 1_000.0),
            ("shopify-enterprise", 2_000.0),
        ] {
            let limits = Profile::named(name).unwrap().graphql;
            assert_eq!(limits.restore_points_per_second, rate);
            assert_eq!(limits.bucket_points, 20.0 * rate);
            let calls = Profile::named(name).unwrap().rest;
            assert_eq!(calls.leak_calls_per_second, rate / 50.0);
            assert_eq!(calls.bucket_calls, 20.0 * calls.leak_calls_per_second);
        }
    }
}
