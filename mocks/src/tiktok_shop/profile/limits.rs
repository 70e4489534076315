//! Rate limits, and which operation draws on which.

use serde::{Deserialize, Serialize};

use crate::core::Micros;

/// A rate limit.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitProfile {
    /// Calls that flow in a second.
    pub rate_per_second: f64,
    /// Calls that may come at once.
    pub burst: f64,
}

/// A spell in which the platform lowers everyone's rates.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqueezeProfile {
    /// First instant.
    pub from: Micros,
    /// First instant after it.
    pub until: Micros,
    /// What every rate is multiplied with.
    pub factor: f64,
}

/// Rate limits of one app in one shop (docs/platforms/tiktok_shop.md 3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsProfile {
    /// Light and batch reads.
    pub light_read: LimitProfile,
    /// Standard reads.
    pub read: LimitProfile,
    /// Standard writes.
    pub write: LimitProfile,
    /// Heavy writes.
    pub heavy_write: LimitProfile,
    /// Most calls of all tiers together within any second; `inf` for no guard.
    pub burst_guard_per_second: f64,
    /// Share of the throttle answers that carry `Retry-After`.
    pub retry_after_share: f64,
    /// Share of the throttle answers that come as HTTP 200 with code 36009002.
    pub http_200_share: f64,
    /// Platform-wide squeezes.
    pub squeeze: Vec<SqueezeProfile>,
}

/// The rate limit an operation draws on.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Light and batch reads.
    LightRead,
    /// Standard reads.
    Read,
    /// Standard writes.
    Write,
    /// Heavy writes.
    HeavyWrite,
}

macro_rules! tiers {
    ($($operation:ident),+ $(,)?) => {
        /// The tier of each operation; the platform publishes none, so all of them are assumptions. Token calls are not
        /// limited.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct TiersProfile {
            $(#[doc = concat!("Tier of `", stringify!($operation), "`.")] pub $operation: Tier,)+
        }
    };
}

tiers! {
    authorized_shops,
    orders_search,
    order_detail,
    products_search,
    product_detail,
    inventory_search,
    inventory_update,
    mark_shipped,
    ship_package,
    package_detail,
    packages_search,
    warehouses,
    delivery_options,
    shipping_providers,
    cancel_order,
    cancellations_search,
    approve_cancellation,
    reject_cancellation,
    webhooks_get,
    webhooks_put,
    webhooks_delete,
    active_shops,
    price_detail,
    add_external_orders,
    external_orders,
    external_order_search,
    batch_ship_packages,
    create_packages,
    update_order_shipping_info,
    update_package_shipping_info,
    order_tracking,
    shipping_documents,
    create_return,
    returns_search,
    approve_return,
    reject_return,
    return_records,
    reject_reasons,
    activate_products,
    deactivate_products,
    stock_settings,
}
