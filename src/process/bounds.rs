//! What is known of each platform's delays when the configuration does not say: the figures of the default profiles.

use channel_mocks::core::Bounds;
use channel_mocks::{amazon, custom, shopify, tiktok_shop};

use crate::engine::Micros;
use crate::engine::config::Platform;

/// The bounds of a platform's default profile; without one nothing would be known.
pub fn published(platform: Platform) -> Bounds {
    let found = match platform {
        Platform::Shopify => shopify::Profile::named("shopify-plus").map(|it| it.bounds()),
        Platform::Amazon => amazon::Profile::named("amazon-default").map(|it| it.bounds()),
        Platform::TiktokShop => tiktok_shop::Profile::named("tiktok-default").map(|it| it.bounds()),
        Platform::Custom => custom::Profile::named("custom-default").map(|it| it.bounds()),
    };
    found.unwrap_or(Bounds {
        order_visibility_lag: Micros::MAX,
        write_to_live: Micros::MAX,
        restocks_on_cancel: false,
    })
}

/// The AWS account of the emulated queue.
pub fn default_aws_account() -> String {
    amazon::Profile::named("amazon-default").map_or(String::new(), |profile| profile.queue.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_bounds_and_the_queue_an_account() {
        for platform in Platform::ALL {
            let published = published(platform);
            assert!(published.order_visibility_lag < Micros::MAX, "{platform:?}");
            assert!(published.write_to_live < Micros::MAX, "{platform:?}");
        }
        assert!(!default_aws_account().is_empty());
    }
}
