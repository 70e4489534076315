//! The platform's limits, delays and disputed behaviours as data (law 5).

mod gateway;
mod limits;
mod orders;
mod webhooks;

use serde::{Deserialize, Serialize};

use crate::core::Shop;

pub use gateway::{FaultsProfile, GatewayProfile, LatencyProfile, TokenProfile};
pub use limits::{LimitProfile, LimitsProfile, SqueezeProfile, Tier, TiersProfile};
pub use orders::{CommitAt, InventoryProfile, OrdersProfile};
pub use webhooks::{InventoryRoute, RetryFrom, WebhooksProfile};

/// Names of the built-in profiles.
pub const NAMES: &[&str] = &["tiktok-default", "tiktok-ideal", "tiktok-hostile"];

/// The market of the examples (docs/platforms/tiktok_shop.md 4.4).
const DEFAULT_REGION: &str = "GB";

/// Keys that a shop is built on when it opens: nothing can be laid over them.
const FIXED: &[&str] = &["region", "skus_per_product"];

/// The text of a built-in profile.
pub fn text(name: &str) -> Option<&'static str> {
    match name {
        "tiktok-default" => Some(include_str!("../../../profiles/tiktok-default.toml")),
        "tiktok-ideal" => Some(include_str!("../../../profiles/tiktok-ideal.toml")),
        "tiktok-hostile" => Some(include_str!("../../../profiles/tiktok-hostile.toml")),
        _ => None,
    }
}

/// Everything about TikTok Shop that is a figure, a delay or a matter of dispute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Two-letter market of the shop; left out, the first location's country if its sellers mark orders as shipped, and
    /// else GB, to which they sell across the border.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// SKUs grouped into one product, 1 to 100: an inventory update reaches the SKUs of one product only.
    pub skus_per_product: u32,
    /// Token lifetimes and habits.
    pub token: TokenProfile,
    /// What the gateway checks, and how strictly.
    pub gateway: GatewayProfile,
    /// Rate limits.
    pub limits: LimitsProfile,
    /// Which rate limit each operation draws on.
    pub tiers: TiersProfile,
    /// How long answers take.
    pub latency: LatencyProfile,
    /// Faults of the platform itself.
    pub faults: FaultsProfile,
    /// The life of an order.
    pub orders: OrdersProfile,
    /// Stock.
    pub inventory: InventoryProfile,
    /// Webhook deliveries.
    pub webhooks: WebhooksProfile,
}

impl Profile {
    /// The profile of one shop: what is left to its market is filled in from the countries of its locations
    /// (docs/platforms/tiktok_shop.md 4.2, 7).
    pub(crate) fn for_shop(mut self, shop: &Shop) -> Profile {
        let home = shop.locations.first().map(|first| &first.country);
        let region = self.region.take().or_else(|| {
            home.filter(|home| self.orders.mark_shipped_in.contains(home))
                .cloned()
        });
        let region = region.unwrap_or_else(|| DEFAULT_REGION.to_string());
        let up_front = !matches!(region.as_str(), "US" | "GB");
        self.orders.packages_up_front.get_or_insert(up_front);
        self.region = Some(region);
        self
    }

    /// The market of a shop.
    pub(crate) fn market(&self) -> &str {
        self.region.as_deref().unwrap_or(DEFAULT_REGION)
    }

    /// Whether sellers of the shop's market mark orders as shipped; elsewhere they ship packages.
    pub(crate) fn marks_shipped(&self) -> bool {
        let market = self.market();
        self.orders.mark_shipped_in.iter().any(|it| it == market)
    }

    /// What an engine may know of the delays.
    pub fn bounds(&self) -> crate::core::Bounds {
        crate::core::Bounds {
            order_visibility_lag: self.orders.search_lag.upper_bound(),
            write_to_live: self.inventory.propagation.upper_bound(),
            restocks_on_cancel: self.inventory.auto_restock,
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
                "there is no TikTok Shop profile `{name}`; there are {}",
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
    /// Names the key that does not exist, does not fit or cannot change.
    pub(crate) fn laid_over(&self, overrides: &toml::Table) -> Result<Profile, String> {
        crate::core::profile::laid_over(self, overrides, FIXED, Profile::check)
    }

    /// Checks what types cannot say.
    ///
    /// # Errors
    /// Names the key and the values it takes.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=100).contains(&self.skus_per_product) {
            return Err(format!(
                "skus_per_product is {}, but a product holds 1 to 100 SKUs",
                self.skus_per_product
            ));
        }
        let region = self.region.iter().map(|it| ("region is", it));
        let markets = self.orders.mark_shipped_in.iter();
        let markets = markets.map(|it| ("orders.mark_shipped_in holds", it));
        for (key, market) in region.chain(markets) {
            if market.len() != 2 || !market.bytes().all(|letter| letter.is_ascii_uppercase()) {
                return Err(format!(
                    "{key} `{market}`, but a market is two capital letters, such as GB"
                ));
            }
        }
        crate::core::profile::check_shares(&[
            ("limits.retry_after_share", self.limits.retry_after_share),
            ("limits.http_200_share", self.limits.http_200_share),
            ("faults.unavailable", self.faults.unavailable),
            ("faults.upstream_timeout", self.faults.upstream_timeout),
            (
                "faults.upstream_timeout_takes_effect",
                self.faults.upstream_timeout_takes_effect,
            ),
            ("orders.unpaid_share", self.orders.unpaid_share),
            ("webhooks.duplicate_share", self.webhooks.duplicate_share),
            ("webhooks.drop_share", self.webhooks.drop_share),
            ("webhooks.reorder_share", self.webhooks.reorder_share),
            (
                "webhooks.wrong_signature_share",
                self.webhooks.wrong_signature_share,
            ),
            (
                "faults.early_throttle_share",
                self.faults.early_throttle_share,
            ),
            ("inventory.stuck_share", self.inventory.stuck_share),
            (
                "inventory.partial_failure_share",
                self.inventory.partial_failure_share,
            ),
        ])?;
        for squeeze in &self.limits.squeeze {
            if squeeze.from >= squeeze.until || squeeze.factor.is_nan() || squeeze.factor < 0.0 {
                return Err(format!(
                    "limits.squeeze from {} until {} by {} needs from < until and a factor of 0 or more",
                    squeeze.from, squeeze.until, squeeze.factor
                ));
            }
        }
        for (key, limit) in [
            ("light_read", self.limits.light_read),
            ("read", self.limits.read),
            ("write", self.limits.write),
            ("heavy_write", self.limits.heavy_write),
        ] {
            if !(limit.rate_per_second >= 0.0 && limit.burst >= 1.0) {
                return Err(format!(
                    "limits.{key} needs a rate of 0 or more and a burst of 1 or more"
                ));
            }
        }
        if !matches!(self.token.expired_status, 200 | 401) {
            return Err(format!(
                "token.expired_status is {}, but it is 200 or 401",
                self.token.expired_status
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_reads_and_checks() {
        for name in NAMES {
            let profile = Profile::with_overrides(name, &toml::Table::new()).unwrap();
            let again: Profile = toml::from_str(&toml::to_string(&profile).unwrap()).unwrap();
            assert_eq!(again, profile, "{name}");
            assert_eq!(Profile::named(name), Some(profile));
        }
        assert_eq!(Profile::named("tiktok-none"), None);
    }

    #[test]
    fn wrong_keys_and_values_are_named() {
        let refuse = |over: &str| {
            Profile::with_overrides("tiktok-ideal", &over.parse().unwrap()).unwrap_err()
        };
        assert!(refuse("[orders]\nholdd = \"1h\"").contains("holdd"));
        assert!(refuse("region = \"uk\"").contains("region is `uk`, but a market is two capital"));
        let of_list = refuse("[orders]\nmark_shipped_in = [\"US\", \"gb\"]");
        assert!(
            of_list.contains("orders.mark_shipped_in holds `gb`"),
            "{of_list}"
        );
        assert!(refuse("skus_per_product = 0").contains("skus_per_product"));
        assert!(refuse("[webhooks]\ndrop_share = 1.5").contains("webhooks.drop_share"));
        assert!(
            refuse("[limits]\nsqueeze = [{ from = \"2s\", until = \"1s\", factor = 1.0 }]")
                .contains("squeeze")
        );
    }
}
