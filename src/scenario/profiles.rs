//! The built-in profiles that scenarios name.

use channel_mocks::{amazon, tiktok_shop, warehouse};

use crate::engine::config::Platform;

/// What a profile belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A channel on a platform.
    Channel(Platform),
    /// The merchant's stock system.
    Warehouse,
}

/// Names of an owner's built-in profiles.
pub fn names(owner: Owner) -> &'static [&'static str] {
    match owner {
        Owner::Channel(Platform::Shopify) => &[
            "shopify-standard",
            "shopify-advanced",
            "shopify-plus",
            "shopify-enterprise",
            "shopify-ideal",
        ],
        Owner::Channel(Platform::Amazon) => amazon::profile::NAMES,
        Owner::Channel(Platform::TiktokShop) => tiktok_shop::profile::NAMES,
        Owner::Warehouse => warehouse::NAMES,
    }
}

/// The TOML text of a profile: its keys and values are what an override is checked against. `None` for a profile whose
/// text is not at hand; its overrides are then checked only when the emulator opens.
pub fn text(owner: Owner, name: &str) -> Option<&'static str> {
    match owner {
        Owner::Channel(Platform::Shopify) => None,
        Owner::Channel(Platform::Amazon) => amazon::profile::text(name),
        Owner::Channel(Platform::TiktokShop) => tiktok_shop::profile::text(name),
        Owner::Warehouse => warehouse::text(name),
    }
}
