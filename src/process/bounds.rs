//! What is known of each platform's delays when the configuration does not say: the figures of the default profiles.

use channel_mocks::core::profile;
use channel_mocks::{amazon, shopify, tiktok_shop};

use crate::engine::clock::Micros;
use crate::engine::config::Platform;

/// Delays of a platform, in its own time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// A poll of the order feed tells everything that is older than this.
    pub order_visibility_lag: Micros,
    /// A write that has been received is live within this or never.
    pub write_to_live: Micros,
    /// Whether the units of a cancelled order are put back on sale by the platform.
    pub restocks_on_cancel: bool,
}

/// Without a profile nothing would be known: no bound on anything.
const UNKNOWN: Published = Published {
    order_visibility_lag: Micros::MAX,
    write_to_live: Micros::MAX,
    restocks_on_cancel: false,
};

impl Published {
    /// The figures of a platform.
    pub fn of(platform: Platform) -> Published {
        let micros = |at: channel_mocks::core::Micros| Micros(at.0);
        let found = match platform {
            Platform::Shopify => shopify::text("shopify-plus")
                .and_then(|text| profile::read::<shopify::Profile>(text, &toml::Table::new()).ok())
                .map(|profile| Published {
                    order_visibility_lag: micros(profile.delay.search_index.upper_bound()),
                    write_to_live: Micros::ZERO,
                    restocks_on_cancel: true,
                }),
            Platform::Amazon => amazon_profile().map(|profile| Published {
                order_visibility_lag: micros(
                    profile
                        .orders
                        .list_lag
                        .upper_bound()
                        .max(profile.orders.list_excludes_last),
                ),
                write_to_live: micros(profile.inventory.write_to_live.upper_bound()),
                restocks_on_cancel: profile.inventory.restore_on_cancel,
            }),
            Platform::TiktokShop => tiktok_shop::profile::text("tiktok-default")
                .and_then(|text| {
                    profile::read::<tiktok_shop::Profile>(text, &toml::Table::new()).ok()
                })
                .map(|profile| Published {
                    order_visibility_lag: micros(profile.orders.search_lag.upper_bound()),
                    write_to_live: micros(profile.inventory.propagation.upper_bound()),
                    restocks_on_cancel: profile.inventory.auto_restock,
                }),
        };
        found.unwrap_or(UNKNOWN)
    }
}

fn amazon_profile() -> Option<amazon::Profile> {
    let text = amazon::profile::text("amazon-default")?;
    profile::read(text, &toml::Table::new()).ok()
}

/// The AWS account of the emulated queue.
pub fn default_aws_account() -> String {
    amazon_profile().map_or(String::new(), |profile| profile.queue.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_bounds_and_the_queue_an_account() {
        for platform in [Platform::Shopify, Platform::Amazon, Platform::TiktokShop] {
            let published = Published::of(platform);
            assert!(published.order_visibility_lag < Micros::MAX, "{platform:?}");
            assert!(published.write_to_live < Micros::MAX, "{platform:?}");
        }
        assert!(!default_aws_account().is_empty());
    }
}
