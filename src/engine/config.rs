//! What an engine is configured with. Scenario files use these types.

use super::clock::Micros;

/// The platform behind a channel.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// Shopify Admin API.
    Shopify,
    /// Amazon Selling Partner API.
    Amazon,
    /// TikTok Shop Partner API.
    TiktokShop,
}

/// What the merchant gave the engine to sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// A Shopify app of the merchant's own.
    Shopify {
        /// `demo.myshopify.com`
        shop_domain: String,
        /// Client id of the app.
        client_id: String,
        /// Client secret; also the key of webhook signatures.
        client_secret: String,
    },
    /// An SP-API application.
    Amazon {
        /// LWA client id.
        client_id: String,
        /// LWA client secret.
        client_secret: String,
        /// The seller's grant.
        refresh_token: String,
        /// Merchant token.
        seller_id: String,
        /// Marketplace.
        marketplace_id: String,
        /// AWS account that owns the queue.
        aws_account_id: String,
    },
    /// A TikTok Shop app.
    TiktokShop {
        /// App key.
        app_key: String,
        /// App secret; signs requests and webhooks.
        app_secret: String,
        /// The seller's grant.
        refresh_token: String,
        /// The shop.
        shop_cipher: String,
    },
}

/// What is known of a platform's delays; the escrow strategy's assumptions rest on them (domain.md A5, H2 and H3).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct PlatformBounds {
    /// v: a poll of the order feed sent at t tells everything up to t - v.
    pub order_visibility_lag: Micros,
    /// W: a write not live within W of its sending never will be.
    pub write_lifetime: Micros,
    /// Whether the platform puts the units of a cancelled order back on sale by itself.
    pub restocks_on_cancel: bool,
}

/// One channel.
#[derive(Clone, Debug)]
pub struct ChannelConfig {
    /// The merchant's name for it; the warehouse knows it by this name.
    pub name: String,
    /// Its platform.
    pub platform: Platform,
    /// How to sign in.
    pub credentials: Credentials,
    /// Where the platform shall deliver webhooks.
    pub callback_url: String,
    /// The engine's expectation of this channel's part of demand, 0..=1.
    pub demand_share: f64,
    /// How often the order feed is polled beside notifications.
    pub poll_orders_every: Micros,
    /// Platform delays.
    pub bounds: PlatformBounds,
}

/// The whole configuration of the built-in engine; the strategy part stands in [`crate::engine`]'s strategies.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Keys the engine's own draws (retry jitter).
    pub seed: u64,
    /// Unix time of the engine's zero, in microseconds.
    pub epoch_unix_micros: i64,
    /// The merchant's SKUs in catalogue order.
    pub skus: Vec<String>,
    /// Sales channels.
    pub channels: Vec<ChannelConfig>,
    /// Bearer token of the warehouse API.
    pub warehouse_token: String,
}
