//! Opens a channel on its platform: reads its profile, takes the emulator's own default credentials, and tells what an
//! engine may know of its delays.

use channel_mocks::core::{ListingIndex, Micros, Shop, Storefront};
use channel_mocks::{amazon, shopify, tiktok_shop, warehouse};

use super::{SetupError, read_profile};
use crate::engine::config::{Credentials, Platform, amazon_queue_name};
use crate::scenario::model::Channel;

/// A channel's emulator, and what the engine is told about it.
pub struct OpenedChannel {
    /// The emulator.
    pub storefront: Box<dyn Storefront + Send>,
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

/// Who may sign in where. The defaults are those of the emulators, the same in every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// For every Shopify channel.
    pub shopify: shopify::Credentials,
    /// For every Amazon channel.
    pub amazon: amazon::Credentials,
    /// For every TikTok Shop channel.
    pub tiktok_shop: tiktok_shop::Credentials,
    /// For the merchant's own system.
    pub warehouse: warehouse::Credentials,
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
        Platform::Shopify => shopify(&access.shopify, channel, shop),
        Platform::Amazon => amazon(&access.amazon, channel, shop, fba_units),
        Platform::TiktokShop => tiktok_shop(&access.tiktok_shop, channel, shop),
    }
}

fn shopify(
    credentials: &shopify::Credentials,
    channel: &Channel,
    shop: Shop,
) -> Result<OpenedChannel, SetupError> {
    let profile: shopify::Profile = read_profile(
        &channel.name,
        &channel.profile,
        &channel.overrides,
        shopify::NAMES,
        shopify::text,
    )?;
    Ok(OpenedChannel {
        order_visibility_lag: profile.delay.search_index.upper_bound(),
        // A write is what buyers see as soon as it is received.
        write_to_live: Micros::ZERO,
        restocks_on_cancel: true,
        api_cancels: true,
        credentials: Credentials::Shopify {
            shop_domain: credentials.shop_domain.clone(),
            client_id: credentials.client_id.clone(),
            client_secret: credentials.client_secret.clone(),
        },
        storefront: Box::new(shopify::Shopify::new(shop, profile, credentials.clone())),
    })
}

fn amazon(
    credentials: &amazon::Credentials,
    channel: &Channel,
    shop: Shop,
    fba_units: &[u32],
) -> Result<OpenedChannel, SetupError> {
    let mut profile: amazon::Profile = read_profile(
        &channel.name,
        &channel.profile,
        &channel.overrides,
        amazon::profile::NAMES,
        amazon::profile::text,
    )?;
    // The merchant's rule for EventBridge brings quantity changes to the engine's own queue.
    profile.notifications.event_bridge_queue = amazon_queue_name(&channel.name);
    // A change is listed when it has got past its own lag and is older than the part of time that lists leave out.
    let lag = profile.orders.list_lag.upper_bound();
    let order_visibility_lag = lag.max(profile.orders.list_excludes_last);
    let write_to_live = profile.inventory.write_to_live.upper_bound();
    let restocks_on_cancel = profile.inventory.restore_on_cancel;
    let signs_in_with = Credentials::Amazon {
        client_id: credentials.client_id.clone(),
        client_secret: credentials.client_secret.clone(),
        refresh_token: credentials.refresh_token.clone(),
        seller_id: credentials.seller_id.clone(),
        marketplace_id: profile.marketplace.id.clone(),
        aws_account_id: profile.queue.account.clone(),
    };
    let mut shop = amazon::Amazon::new(shop, profile, credentials.clone());
    for (listing, &units) in fba_units
        .iter()
        .enumerate()
        .filter(|(_, units)| **units > 0)
    {
        shop.set_fba_stock(ListingIndex(listing as u32), units);
    }
    Ok(OpenedChannel {
        order_visibility_lag,
        write_to_live,
        restocks_on_cancel,
        api_cancels: false,
        credentials: signs_in_with,
        storefront: Box::new(shop),
    })
}

fn tiktok_shop(
    credentials: &tiktok_shop::Credentials,
    channel: &Channel,
    shop: Shop,
) -> Result<OpenedChannel, SetupError> {
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
    Ok(OpenedChannel {
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
        storefront: Box::new(tiktok_shop::TiktokShop::new(
            shop,
            profile,
            credentials.clone(),
        )),
    })
}
