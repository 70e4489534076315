//! The platform's limits, delays and disputed behaviours as data (law 5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::{Distribution, Micros};

use super::operations::Operation;

/// Names of the built-in profiles.
pub const NAMES: &[&str] = &["tiktok-default", "tiktok-ideal"];

/// The text of a built-in profile.
pub fn text(name: &str) -> Option<&'static str> {
    match name {
        "tiktok-default" => Some(include_str!("../../profiles/tiktok-default.toml")),
        "tiktok-ideal" => Some(include_str!("../../profiles/tiktok-ideal.toml")),
        _ => None,
    }
}

/// Everything about TikTok Shop that is a figure, a delay or a matter of dispute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Two-letter market of the shop.
    pub region: String,
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
        if self.region.len() != 2 {
            return Err(format!(
                "region is `{}`, but a market is two letters",
                self.region
            ));
        }
        let shares = [
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
        ];
        for (key, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                return Err(format!("{key} is {share}, but a share is 0 to 1"));
            }
        }
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

/// Tokens (sheet 1.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenProfile {
    /// Life of an access token.
    pub access_lifetime: Micros,
    /// Life of a refresh token.
    pub refresh_lifetime: Micros,
    /// Life of the authorization code, counted from simulated zero.
    pub auth_code_lifetime: Micros,
    /// Whether a refresh replaces the refresh token and voids the old one.
    pub rotate_refresh_token: bool,
    /// HTTP status of 105002 (expired access token): 401 or 200.
    pub expired_status: u16,
}

/// Gateway checks (sheet 1.3, 1.4, 2.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayProfile {
    /// Whether the request's timestamp is held against the clock at all.
    pub check_timestamp: bool,
    /// How old a timestamp may be.
    pub timestamp_past: Micros,
    /// How far ahead a timestamp may be.
    pub timestamp_future: Micros,
    /// Whether a body of exactly `{}` may have been signed as no body.
    pub accept_unsigned_empty_object: bool,
    /// Whether calls that take no `shop_cipher` refuse one.
    pub refuse_unexpected_shop_cipher: bool,
    /// Scopes of the token.
    pub granted_scopes: Vec<String>,
    /// Whether the shop is inactive (36009043 on every shop call).
    pub shop_inactive: bool,
}

/// A rate limit.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitProfile {
    /// Calls that flow in a second.
    pub rate_per_second: f64,
    /// Calls that may come at once.
    pub burst: f64,
}

/// A spell in which the platform lowers everyone's rates.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqueezeProfile {
    /// First instant.
    pub from: Micros,
    /// First instant after it.
    pub until: Micros,
    /// What every rate is multiplied with.
    pub factor: f64,
}

/// Rate limits of one app in one shop (sheet 3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    ($($field:ident => $operation:ident),+ $(,)?) => {
        /// The tier of each operation; the platform publishes none, so all of them are assumptions.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct TiersProfile {
            $(#[doc = concat!("Tier of `", stringify!($operation), "`.")] pub $field: Tier,)+
        }

        impl TiersProfile {
            /// The tier of an operation; `None` for token calls, which are not limited.
            pub fn of(&self, operation: Operation) -> Option<Tier> {
                match operation {
                    $(Operation::$operation => Some(self.$field),)+
                    Operation::TokenGet | Operation::TokenRefresh => None,
                }
            }
        }
    };
}

tiers! {
    authorized_shops => AuthorizedShops,
    orders_search => OrdersSearch,
    order_detail => OrderDetail,
    products_search => ProductsSearch,
    product_detail => ProductDetail,
    inventory_search => InventorySearch,
    inventory_update => InventoryUpdate,
    mark_shipped => MarkShipped,
    ship_package => ShipPackage,
    package_detail => PackageDetail,
    packages_search => PackagesSearch,
    warehouses => Warehouses,
    delivery_options => DeliveryOptions,
    shipping_providers => ShippingProviders,
    cancel_order => CancelOrder,
    cancellations_search => CancellationsSearch,
    approve_cancellation => ApproveCancellation,
    reject_cancellation => RejectCancellation,
    webhooks_get => WebhooksGet,
    webhooks_put => WebhooksPut,
    webhooks_delete => WebhooksDelete,
    active_shops => ActiveShops,
    price_detail => PriceDetail,
    add_external_orders => AddExternalOrders,
    external_orders => ExternalOrders,
    external_order_search => ExternalOrderSearch,
    batch_ship_packages => BatchShipPackages,
    create_packages => CreatePackages,
    update_order_shipping_info => UpdateOrderShippingInfo,
    update_package_shipping_info => UpdatePackageShippingInfo,
    order_tracking => OrderTracking,
    shipping_documents => ShippingDocuments,
    create_return => CreateReturn,
    returns_search => ReturnsSearch,
    approve_return => ApproveReturn,
    reject_return => RejectReturn,
    return_records => ReturnRecords,
    reject_reasons => RejectReasons,
    activate_products => ActivateProducts,
    deactivate_products => DeactivateProducts,
    stock_settings => StockSettings,
}

/// Times to answer (sheet 9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatencyProfile {
    /// Token calls.
    pub token: Distribution,
    /// Reads.
    pub read: Distribution,
    /// Writes.
    pub write: Distribution,
    /// Added to an order search for each order asked for by `page_size`.
    pub search_per_order: Micros,
}

/// Faults (sheet 9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultsProfile {
    /// Share of calls answered 503 with a body that is not JSON; nothing has happened.
    pub unavailable: f64,
    /// Share of calls answered 36009007 after a wait.
    pub upstream_timeout: f64,
    /// That wait.
    pub upstream_timeout_after: Micros,
    /// Share of those calls that took effect all the same.
    pub upstream_timeout_takes_effect: f64,
}

/// The moment at which an order commits its stock.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommitAt {
    /// When it is placed, paid or not.
    Placement,
    /// When it is paid; an order whose stock is gone by then is cancelled.
    Payment,
}

/// The life of an order (sheet 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrdersProfile {
    /// Time in ON_HOLD after payment; 0 for a shop that is exempt.
    pub hold: Micros,
    /// Share of orders that are placed UNPAID.
    pub unpaid_share: f64,
    /// When stock is committed.
    pub commit_at: CommitAt,
    /// Age at which an unpaid order is cancelled.
    pub unpaid_expiry: Micros,
    /// Time from payment to the ship-by promise, after which a shipment is late.
    pub dispatch_sla: Micros,
    /// Time from payment to the automatic cancel of an unshipped order; 0 for never.
    pub auto_cancel_after: Micros,
    /// Time after which a buyer's cancel request is approved by the platform.
    pub cancel_auto_approve: Micros,
    /// Time from shipping in which carrier and tracking number can be corrected.
    pub shipping_info_window: Micros,
    /// Whether packages exist (and are shown) before they are shipped: not so for local sellers in the US and UK.
    pub packages_up_front: bool,
    /// Whether carriers move shipped orders on; otherwise they stay in AWAITING_COLLECTION.
    pub carrier_scans: bool,
    /// From shipped to IN_TRANSIT.
    pub collection: Distribution,
    /// From IN_TRANSIT to DELIVERED.
    pub transit: Distribution,
    /// From DELIVERED to COMPLETED.
    pub completion: Distribution,
    /// Time until a new order, or a new status, is seen by order search; its bound is kept.
    pub search_lag: Distribution,
}

/// Stock (sheet 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryProfile {
    /// The least quantity an update may set, 0 or 1.
    pub min_quantity: i64,
    /// The most an update may set.
    pub max_quantity: i64,
    /// Time from an update's arrival until search and storefront show it; its bound is kept.
    pub propagation: Distribution,
    /// Whether a cancelled order's units return to the available number by themselves.
    pub auto_restock: bool,
}

/// Where inventory events (type 71) go.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InventoryRoute {
    /// Nowhere.
    Off,
    /// To the address registered for `ORDER_STATUS_CHANGE`.
    OrderStatusChange,
    /// To the address registered for the event type `INVENTORY_CHANGE`, which the registration call then knows.
    EventType,
}

/// What retry delays are counted from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryFrom {
    /// From the end of the previous try.
    Previous,
    /// From the first try.
    First,
}

/// A spell in which no webhook leaves.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StallProfile {
    /// First instant.
    pub from: Micros,
    /// First instant after it: what was held back leaves now.
    pub until: Micros,
}

/// Webhooks (sheet 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhooksProfile {
    /// From the event to the first try.
    pub delay: Distribution,
    /// Whether events leave in the order in which they arose; otherwise each by its own delay.
    pub in_order: bool,
    /// Share of events that are sent twice.
    pub duplicate_share: f64,
    /// Share of events that are never sent.
    pub drop_share: f64,
    /// How long an answer is waited for.
    pub patience: Micros,
    /// Delays of the retries; after the last the event is lost.
    pub retries: Vec<Micros>,
    /// What those delays are counted from.
    pub retry_from: RetryFrom,
    /// Spells in which nothing leaves.
    pub stalls: Vec<StallProfile>,
    /// Where inventory events go.
    pub inventory_route: InventoryRoute,
    /// Whether inventory events write ids as JSON numbers; otherwise as strings.
    pub inventory_ids_as_numbers: bool,
    /// Whether plain http, IP addresses and ports are accepted as callback addresses.
    pub relaxed_callback_url: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_reads_and_checks() {
        for name in NAMES {
            let profile = Profile::with_overrides(name, &toml::Table::new()).unwrap();
            assert_eq!(Profile::named(name), Some(profile));
        }
        assert_eq!(Profile::named("tiktok-none"), None);
    }

    #[test]
    fn the_schema_names_every_section() {
        let schema = serde_json::to_string(&schemars::schema_for!(Profile)).unwrap();
        for key in [
            "skus_per_product",
            "search_lag",
            "inventory_route",
            "squeeze",
        ] {
            assert!(schema.contains(key), "{key}");
        }
    }

    #[test]
    fn wrong_keys_and_values_are_named() {
        let refuse = |over: &str| {
            Profile::with_overrides("tiktok-ideal", &over.parse().unwrap()).unwrap_err()
        };
        assert!(refuse("[orders]\nholdd = \"1h\"").contains("holdd"));
        assert!(refuse("skus_per_product = 0").contains("skus_per_product"));
        assert!(refuse("[webhooks]\ndrop_share = 1.5").contains("webhooks.drop_share"));
        assert!(
            refuse("[limits]\nsqueeze = [{ from = \"2s\", until = \"1s\", factor = 1.0 }]")
                .contains("squeeze")
        );
    }
}
