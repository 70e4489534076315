//! The built-in profiles that scenarios name.

use channel_mocks::core::{Bounds, Called, Micros, profile};
use channel_mocks::{amazon, custom, shopify, tiktok_shop, warehouse};

use crate::engine::config::Platform;

/// What a profile belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ProfileOwner {
    /// A channel on a platform.
    Channel(Platform),
    /// The merchant's stock system.
    Warehouse,
}

/// Names of an owner's built-in profiles.
pub fn names(owner: ProfileOwner) -> &'static [&'static str] {
    match owner {
        ProfileOwner::Channel(Platform::Shopify) => shopify::NAMES,
        ProfileOwner::Channel(Platform::Amazon) => amazon::profile::NAMES,
        ProfileOwner::Channel(Platform::TiktokShop) => tiktok_shop::profile::NAMES,
        ProfileOwner::Channel(Platform::Custom) => custom::profile::NAMES,
        ProfileOwner::Warehouse => warehouse::NAMES,
    }
}

/// The TOML text of a built-in profile: its keys and values are what an override is checked against.
pub fn text(owner: ProfileOwner, name: &str) -> Option<&'static str> {
    match owner {
        ProfileOwner::Channel(Platform::Shopify) => shopify::text(name),
        ProfileOwner::Channel(Platform::Amazon) => amazon::profile::text(name),
        ProfileOwner::Channel(Platform::TiktokShop) => tiktok_shop::profile::text(name),
        ProfileOwner::Channel(Platform::Custom) => custom::profile::text(name),
        ProfileOwner::Warehouse => warehouse::text(name),
    }
}

/// The operations that the owner's emulator serves, by the names that faults and the ledger have for them.
pub fn operations(owner: ProfileOwner) -> Vec<Called> {
    match owner {
        ProfileOwner::Channel(Platform::Shopify) => shopify::operations(),
        ProfileOwner::Channel(Platform::Amazon) => amazon::operations(),
        ProfileOwner::Channel(Platform::TiktokShop) => tiktok_shop::operations(),
        ProfileOwner::Channel(Platform::Custom) => custom::operations(),
        ProfileOwner::Warehouse => warehouse::operations(),
    }
}

/// Reads a profile with overrides laid over it, as its emulator does when it opens.
///
/// # Errors
/// Says which key cannot be as it is.
pub fn read(owner: ProfileOwner, name: &str, overrides: &toml::Table) -> Result<(), String> {
    let text = text(owner, name).ok_or_else(|| format!("there is no profile `{name}`"))?;
    match owner {
        ProfileOwner::Channel(Platform::Shopify) => read_as::<shopify::Profile>(text, overrides),
        ProfileOwner::Channel(Platform::Amazon) => read_as::<amazon::Profile>(text, overrides),
        ProfileOwner::Channel(Platform::TiktokShop) => {
            tiktok_shop::Profile::with_overrides(name, overrides).map(drop)
        }
        ProfileOwner::Channel(Platform::Custom) => {
            custom::Profile::with_overrides(name, overrides).map(drop)
        }
        ProfileOwner::Warehouse => read_as::<warehouse::Profile>(text, overrides),
    }
}

/// What may be known of the delays of a channel with this profile and these overrides.
///
/// # Errors
/// As [`read`].
pub fn bounds(platform: Platform, name: &str, overrides: &toml::Table) -> Result<Bounds, String> {
    let owner = ProfileOwner::Channel(platform);
    let text = text(owner, name).ok_or_else(|| format!("there is no profile `{name}`"))?;
    Ok(match platform {
        Platform::Shopify => profile::read::<shopify::Profile>(text, overrides)?.bounds(),
        Platform::Amazon => profile::read::<amazon::Profile>(text, overrides)?.bounds(),
        Platform::TiktokShop => tiktok_shop::Profile::with_overrides(name, overrides)?.bounds(),
        Platform::Custom => custom::Profile::with_overrides(name, overrides)?.bounds(),
    })
}

/// How long a warehouse with this profile and these overrides usually takes from an order's allocation to its parcel.
///
/// # Errors
/// As [`read`].
pub fn usual_shipping(name: &str, overrides: &toml::Table) -> Result<Micros, String> {
    let owner = ProfileOwner::Warehouse;
    let text = text(owner, name).ok_or_else(|| format!("there is no profile `{name}`"))?;
    let profile = profile::read::<warehouse::Profile>(text, overrides)?;
    Ok(profile.fulfillment.pick_and_ship.median())
}

fn read_as<P: serde::de::DeserializeOwned>(
    text: &str,
    overrides: &toml::Table,
) -> Result<(), String> {
    channel_mocks::core::profile::read::<P>(text, overrides).map(drop)
}
