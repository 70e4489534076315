//! Opens a channel on its platform: reads its profile, takes the emulator's own default credentials, and tells what an
//! engine may know of its delays.

use channel_mocks::core::{Micros, Shop, Storefront};
use channel_mocks::tiktok_shop;

use super::setup::{SetupError, read_profile};
use crate::engine::config::{Credentials, Platform};
use crate::scenario::model::Channel;

/// A channel's emulator, and what the engine is told about it.
pub(super) struct Opened {
    pub storefront: Box<dyn Storefront>,
    /// What the merchant gave the engine to sign in with.
    pub credentials: Credentials,
    /// A poll of the order feed tells everything that is older than this; `MAX` when the profile gives no bound.
    pub order_visibility_lag: Micros,
    /// A write that has been received is live within this or never; `MAX` when the profile gives no bound.
    pub write_to_live: Micros,
    /// Whether the platform puts the units of a cancelled order back on sale by itself.
    pub restocks_on_cancel: bool,
    /// Whether the API can cancel an order.
    pub api_cancels: bool,
}

/// Opens a channel of a scenario.
///
/// # Errors
/// When its profile does not exist or the overrides do not fit it.
pub(super) fn open(channel: &Channel, shop: Shop) -> Result<Opened, SetupError> {
    match channel.platform {
        Platform::TiktokShop => tiktok_shop(channel, shop),
        Platform::Shopify | Platform::Amazon => Err(SetupError::Profile {
            owner: channel.name.clone(),
            profile: channel.profile.clone(),
            known: String::new(),
        }),
    }
}

fn tiktok_shop(channel: &Channel, shop: Shop) -> Result<Opened, SetupError> {
    let profile: tiktok_shop::Profile = read_profile(
        &channel.name,
        &channel.profile,
        &channel.overrides,
        tiktok_shop::profile::NAMES,
        tiktok_shop::profile::text,
    )?;
    profile.check().map_err(|error| SetupError::Override {
        owner: channel.name.clone(),
        profile: channel.profile.clone(),
        error,
    })?;
    let credentials = tiktok_shop::Credentials::default();
    Ok(Opened {
        order_visibility_lag: profile.orders.search_lag.upper_bound(),
        write_to_live: profile.inventory.propagation.upper_bound(),
        restocks_on_cancel: profile.inventory.auto_restock,
        api_cancels: true,
        credentials: Credentials::TiktokShop {
            app_key: credentials.app_key.clone(),
            app_secret: credentials.app_secret.clone(),
            refresh_token: credentials.refresh_token.clone(),
            shop_cipher: credentials.shop_cipher.clone(),
        },
        storefront: Box::new(tiktok_shop::TiktokShop::new(shop, profile, credentials)),
    })
}
