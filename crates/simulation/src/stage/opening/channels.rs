//! Opens a channel on its platform: reads its profile, takes the emulator's own default credentials, and tells what an
//! engine may know of its delays.

use channel_mocks::core::{Bounds, ListingIndex, Shop, Storefront, open_nth};
use channel_mocks::{amazon, custom, shopify, tiktok_shop};

use super::access::Access;
use super::{SetupError, read_profile};
use crate::engine::config::{Credentials, Platform, amazon_queue_name};
use crate::scenario::model::Channel;

/// A channel's emulator, and what the engine is told about it.
pub struct OpenedChannel {
    /// The emulator.
    pub storefront: Box<dyn Storefront + Send>,
    /// What the merchant gave the engine to sign in with.
    pub credentials: Credentials,
    /// What an engine may know of the platform's delays.
    pub bounds: Bounds,
    /// Whether the API can cancel an order.
    pub api_cancels: bool,
    /// Codes of the SKUs that it does not list.
    pub not_listed: Vec<String>,
}

/// Opens a channel; see [`open_channel`].
pub type OpenChannel<'a> =
    &'a dyn Fn(&Access, &Channel, Shop, &[u32]) -> Result<OpenedChannel, SetupError>;

/// Opens a channel of a scenario. `fba_units`: what Amazon holds of each listing in its own warehouses for this channel;
/// nothing for other platforms.
///
/// # Errors
/// When its profile does not exist or the overrides do not fit it.
pub fn open_channel(
    access: &Access,
    channel: &Channel,
    shop: Shop,
    fba_units: &[u32],
) -> Result<OpenedChannel, SetupError> {
    match channel.platform {
        Platform::Shopify => shopify(access, channel, shop),
        Platform::Amazon => amazon(access, channel, shop, fba_units),
        Platform::TiktokShop => tiktok_shop(access, channel, shop),
        Platform::Custom => custom(access, channel, shop),
    }
}

fn refused(channel: &Channel, error: String) -> SetupError {
    SetupError::Override {
        owner: channel.name.clone(),
        profile: channel.profile.clone(),
        error,
    }
}

fn shopify(access: &Access, channel: &Channel, shop: Shop) -> Result<OpenedChannel, SetupError> {
    let credentials = &access.shopify;
    let profile: shopify::Profile = read_profile(
        &channel.name,
        &channel.profile,
        &channel.overrides,
        shopify::NAMES,
        shopify::text,
    )?;
    profile.check().map_err(|error| refused(channel, error))?;
    Ok(OpenedChannel {
        bounds: profile.bounds(),
        api_cancels: true,
        not_listed: Vec::new(),
        credentials: Credentials::new(Platform::Shopify, |key| {
            Some(match key {
                "shop" => credentials.shop_domain.clone(),
                "api_key" => credentials.client_id.clone(),
                "api_secret" => credentials.client_secret.clone(),
                _ => return None,
            })
        }),
        storefront: open_nth(access.nth, || {
            shopify::Shopify::new(shop, profile, credentials.clone())
        }),
    })
}

fn amazon(
    access: &Access,
    channel: &Channel,
    shop: Shop,
    fba_units: &[u32],
) -> Result<OpenedChannel, SetupError> {
    let credentials = &access.amazon;
    let mut profile = access.amazon_profile(channel)?;
    profile.check().map_err(|error| refused(channel, error))?;
    // The merchant's rule for EventBridge brings quantity changes to the engine's own queue.
    profile.notifications.event_bridge_queue = amazon_queue_name(&channel.name);
    let bounds = profile.bounds();
    let signs_in_with = Credentials::new(Platform::Amazon, |key| {
        Some(match key {
            "application_id" => credentials.application_id.clone(),
            "lwa_client_id" => credentials.client_id.clone(),
            "lwa_client_secret" => credentials.client_secret.clone(),
            "refresh_token" => credentials.refresh_token.clone(),
            "seller_id" => credentials.seller_id.clone(),
            "marketplace_id" => profile.marketplace.id.clone(),
            "aws_account_id" => profile.queue.account.clone(),
            _ => return None,
        })
    });
    let storefront = open_nth(access.nth, || {
        let mut shop = amazon::Amazon::new(shop, profile, credentials.clone());
        let held = (0u32..).zip(fba_units).filter(|(_, units)| **units > 0);
        for (listing, &units) in held {
            shop.set_fba_stock(ListingIndex(listing), units);
        }
        shop
    });
    Ok(OpenedChannel {
        bounds,
        api_cancels: false,
        not_listed: Vec::new(),
        credentials: signs_in_with,
        storefront,
    })
}

fn tiktok_shop(
    access: &Access,
    channel: &Channel,
    shop: Shop,
) -> Result<OpenedChannel, SetupError> {
    let credentials = &access.tiktok_shop;
    let profile: tiktok_shop::Profile = read_profile(
        &channel.name,
        &channel.profile,
        &channel.overrides,
        tiktok_shop::profile::NAMES,
        tiktok_shop::profile::text,
    )?;
    profile.check().map_err(|error| refused(channel, error))?;
    Ok(OpenedChannel {
        bounds: profile.bounds(),
        api_cancels: true,
        not_listed: Vec::new(),
        credentials: Credentials::new(Platform::TiktokShop, |key| {
            Some(match key {
                "app_key" => credentials.app_key.clone(),
                "app_secret" => credentials.app_secret.clone(),
                "refresh_token" => credentials.refresh_token.clone(),
                "shop_cipher" => credentials.shop_cipher.clone(),
                _ => return None,
            })
        }),
        storefront: open_nth(access.nth, || {
            tiktok_shop::TiktokShop::new(shop, profile, credentials.clone())
        }),
    })
}

fn custom(access: &Access, channel: &Channel, shop: Shop) -> Result<OpenedChannel, SetupError> {
    let credentials = &access.custom;
    let profile: custom::Profile = read_profile(
        &channel.name,
        &channel.profile,
        &channel.overrides,
        custom::profile::NAMES,
        custom::profile::text,
    )?;
    profile.check().map_err(|error| refused(channel, error))?;
    Ok(OpenedChannel {
        bounds: profile.bounds(),
        api_cancels: true,
        not_listed: Vec::new(),
        credentials: Credentials::new(Platform::Custom, |key| {
            Some(match key {
                "host" => credentials.host.clone(),
                "token" => credentials.token.clone(),
                "webhook_secret" => credentials.webhook_secret.clone(),
                _ => return None,
            })
        }),
        storefront: open_nth(access.nth, || {
            custom::Custom::new(shop, profile, credentials.clone())
        }),
    })
}
