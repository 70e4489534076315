//! The Partner Open API: one table names every operation, finds its handler and tells its class, price and coverage
//! (docs/platforms/tiktok_shop.md 11). Router, rate limits, latencies, coverage page and fuzz seeds read it.

mod body;
mod cancellations;
mod coverage;
pub(crate) mod errors;
mod external_orders;
mod fulfillment;
pub(crate) mod gateway;
mod inventory;
mod labels;
pub(crate) mod limits;
mod logistics;
mod named_units;
mod order_view;
mod orders;
mod packages;
mod paging;
mod prices;
mod product_status;
mod products;
mod returns;
pub(crate) mod router;
mod shops;
mod tokens;
mod webhooks;

use http::Method;

use crate::core::integers::digits;
use crate::core::{CallKind, Coverage, Micros, Served};

use super::model::orders::Orders;
use super::profile::{LatencyProfile, Tier, TiersProfile};
use super::shop::ShopState;
use super::shop::access::query::Query;
pub use coverage::{coverage, operations};
use errors::ApiError;
use order_view::OrderView;
use products::ProductView;

/// A request that has passed the gateway.
pub(crate) struct Call<'a> {
    pub(crate) now: Micros,
    /// What the client's own clock shows, by which its tokens live.
    pub(crate) by_client: Micros,
    pub(crate) sent_at: Micros,
    pub(crate) query: &'a Query<'a>,
    pub(crate) body: &'a [u8],
    /// The dated version, such as 202309; 0 for token calls.
    pub(crate) version: u32,
    /// The id in the path; empty where there is none.
    pub(crate) id: &'a str,
}

/// What serves an operation: it appends the `data` of the answer, or refuses.
type Handler = fn(&mut ShopState, &Call<'_>, &mut Vec<u8>) -> Result<(), ApiError>;

/// How long an operation takes to answer, and what kind of call it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Hands out tokens.
    Token,
    Read,
    /// A read that takes longer for each order asked for.
    Search,
    Write,
}

impl Class {
    pub(crate) fn kind(self) -> CallKind {
        match self {
            Class::Token => CallKind::Token,
            Class::Read | Class::Search => CallKind::Read,
            Class::Write => CallKind::Write,
        }
    }

    /// What the size of the page asked for adds to the time to answer.
    pub(crate) fn time_for_page(self, profile: &LatencyProfile, query: &Query<'_>) -> Micros {
        if self != Class::Search {
            return Micros::ZERO;
        }
        let rows: Option<u64> = query.get("page_size").and_then(digits);
        let Micros(each) = profile.search_per_order;
        Micros(each.saturating_mul(rows.unwrap_or(0).min(100)))
    }
}

/// One operation.
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// The first path segment.
    group: &'static str,
    /// What follows the version; at most one segment in braces, which stands for an id.
    segments: &'static [&'static str],
    /// The live versions; 0 for the token calls, which have none.
    versions: &'static [u32],
    /// Name of the operation in the ledger: the last path segments, as public clients name it.
    pub(crate) name: &'static str,
    pub(crate) class: Class,
    /// Which rate limit a call draws on; `None` for calls that are neither signed nor limited.
    pub(crate) price: Option<fn(&TiersProfile) -> Tier>,
    served: Served,
    pub(crate) handler: Handler,
}

/// The scope of the calls that concern the app's shops as a whole.
const AUTHORIZATION: &str = "seller.authorization.info";

impl Operation {
    /// The scope a token must carry.
    fn scope(&self) -> &'static str {
        match (self.group, self.class) {
            ("order", _) => "seller.order.info",
            ("product", Class::Write) => "seller.product.write",
            ("product", _) => "seller.product.basic",
            ("fulfillment", _) => "seller.fulfillment.basic",
            ("logistics", _) => "seller.logistics",
            ("return_refund", _) => "seller.return_refund",
            ("event", _) => "seller.webhook",
            _ => AUTHORIZATION,
        }
    }

    /// Whether the call concerns a shop and so needs `shop_cipher` (docs/platforms/tiktok_shop.md 1.3).
    fn takes_shop_cipher(&self) -> bool {
        self.scope() != AUTHORIZATION
    }
}

macro_rules! price {
    (none) => {
        None
    };
    ($tier:ident) => {
        Some(|tiers| tiers.$tier)
    };
}

/// The version segment of a path: the live versions in braces, or what stands in the token calls, which have none.
macro_rules! version_segment {
    (0) => {
        "v2"
    };
    ($first:tt $(, $more:tt)*) => {
        concat!("{", $first $(, ",", $more)*, "}")
    };
}

/// Makes rows from `METHOD "group" / "version segment" / "segments"… [versions] Name "name in the ledger", Class, key of its
/// tier in the profile, coverage, handler;`.
macro_rules! operations {
    ($($method:ident $group:literal / $dated:literal $(/ $segment:literal)+ [$($version:tt),+]
        $operation:ident $name:literal, $class:ident, $price:ident, $coverage:expr, $handler:expr;)*) => {
        /// The table. The calls of a sync engine's daily round come first, since it is searched from the top; a template
        /// without an id comes before those that would take one of its segments for an id.
        pub(crate) static OPERATIONS: &[Operation] = &[$(Operation {
            method: Method::$method,
            group: $group,
            segments: &[$($segment),+],
            versions: &[$($version),+],
            name: $name,
            class: Class::$class,
            price: price!($price),
            served: Served {
                name: stringify!($operation),
                path: concat!(stringify!($method), " /", $group, "/", version_segment!($($version),+) $(, "/", $segment)+),
                coverage: $coverage,
            },
            handler: $handler,
        },)*];
    };
}

const FULL: Coverage = Coverage::Full;

operations! {
    POST "order" / "{version}" / "orders" / "search" [202309]
        OrdersSearch "orders/search", Search, orders_search, FULL,
        |shop, call, out| orders::search(&OrderView::of(shop), call, out);
    GET "order" / "{version}" / "orders" [202309, 202507]
        OrderDetail "orders", Read, order_detail, FULL,
        |shop, call, out| orders::detail(&OrderView::of(shop), call, out);
    POST "product" / "{version}" / "products" / "{product_id}" / "inventory" / "update" [202309]
        InventoryUpdate "inventory/update", Write, inventory_update, Coverage::Partial("backorders and handling times are passed over"),
        inventory::update;
    POST "product" / "{version}" / "inventory" / "search" [202309]
        InventorySearch "inventory/search", Read, inventory_search, Coverage::Partial("nothing is ever reserved for campaigns or creators"),
        |shop, call, out| inventory::search(&shop.seed, &shop.catalogue, &shop.stock, call, out);
    POST "fulfillment" / "{version}" / "orders" / "{order_id}" / "packages" [202309, 202610]
        MarkShipped "orders/{order_id}/packages", Write, mark_shipped, Coverage::Partial("tracking numbers are not held against the carrier, so there is no warning"),
        fulfillment::mark_shipped;
    GET "api" / "v2" / "token" / "get" [0]
        TokenGet "token/get", Token, none, FULL,
        tokens::get;
    GET "api" / "v2" / "token" / "refresh" [0]
        TokenRefresh "token/refresh", Token, none, FULL,
        tokens::refresh;
    GET "authorization" / "{version}" / "shops" [202309]
        AuthorizedShops "authorization/shops", Read, authorized_shops, FULL,
        |shop, _, out| shops::authorized(&shop.seed, &shop.access.credentials, shop.profile.market(), out);
    POST "product" / "{version}" / "products" / "search" [202309, 202312, 202502]
        ProductsSearch "products/search", Read, products_search, FULL,
        |shop, call, out| ProductView::of(shop).search(call, out);
    POST "fulfillment" / "{version}" / "packages" / "search" [202309]
        PackagesSearch "packages/search", Read, packages_search, Coverage::Partial("shipped packages only"),
        |shop, call, out| packages::search(&OrderView::of(shop), call, out);
    GET "logistics" / "{version}" / "warehouses" [202309]
        Warehouses "warehouses", Read, warehouses, FULL,
        |shop, _, out| logistics::warehouses(&shop.seed, shop.profile.market(), out);
    POST "return_refund" / "{version}" / "cancellations" [202309, 202602]
        CancelOrder "cancellations", Write, cancel_order, Coverage::Partial("lines and units before anything has left; a part only where packages do not exist before shipping"),
        cancellations::cancel;
    POST "return_refund" / "{version}" / "cancellations" / "search" [202309, 202602]
        CancellationsSearch "cancellations/search", Read, cancellations_search, Coverage::Partial("newest first whatever sorting is asked for"),
        |shop, call, out| cancellations::search(&OrderView::of(shop), &shop.stock, call, out);
    GET "event" / "{version}" / "webhooks" [202309]
        WebhooksGet "webhooks/get", Read, webhooks_get, FULL,
        |shop, _, out| webhooks::get(&shop.subscriptions, shop.seed.epoch, out);
    PUT "event" / "{version}" / "webhooks" [202309]
        WebhooksPut "webhooks/put", Write, webhooks_put, FULL,
        |shop, call, out| webhooks::put(&mut shop.subscriptions, shop.profile.webhooks.relaxed_callback_url, call, out);
    DELETE "event" / "{version}" / "webhooks" [202309]
        WebhooksDelete "webhooks/delete", Write, webhooks_delete, FULL,
        |shop, call, out| webhooks::delete(&mut shop.subscriptions, call, out);
    GET "seller" / "{version}" / "shops" [202309]
        ActiveShops "seller.authorization.info", Read, active_shops, FULL,
        |shop, _, out| shops::active(&shop.access.credentials, shop.profile.market(), shop.profile.gateway.shop_inactive, out);
    POST "order" / "{version}" / "orders" / "external_orders" [202406]
        AddExternalOrders "external_orders/add", Write, add_external_orders, FULL,
        |shop, call, out| external_orders::add(&shop.orders, &mut shop.external_orders, call, out);
    POST "order" / "{version}" / "orders" / "external_order_search" [202406]
        ExternalOrderSearch "seller.order.info", Read, external_order_search, FULL,
        |shop, call, out| external_orders::search(&shop.external_orders, call, out);
    POST "fulfillment" / "{version}" / "packages" / "ship" [202309]
        BatchShipPackages "packages/ship", Write, batch_ship_packages, Coverage::Partial("pickup slots are passed over"),
        labels::batch_ship;
    POST "fulfillment" / "{version}" / "packages" [202309, 202512]
        CreatePackages "packages/create", Write, create_packages, Coverage::Partial("one shipping service; no package of several orders (ship_type 3)"),
        labels::create_packages;
    POST "return_refund" / "{version}" / "returns" [202309, 202602]
        CreateReturn "returns", Write, create_return, Coverage::Partial("refunds are of the whole price of the units"),
        returns::create;
    POST "return_refund" / "{version}" / "returns" / "search" [202309, 202602]
        ReturnsSearch "returns/search", Read, returns_search, Coverage::Partial("newest first whatever sorting is asked for; no arbitration, no exchanges"),
        |shop, call, out| returns::search(&OrderView::of(shop), &shop.returns, call, out);
    GET "return_refund" / "{version}" / "reject_reasons" [202309]
        RejectReasons "seller.return_refund", Read, reject_reasons, Coverage::Partial("the same reasons for every request"),
        |shop, call, out| returns::reject_reasons(shop, call, out);
    POST "product" / "{version}" / "products" / "activate" [202309]
        ActivateProducts "products/activate", Write, activate_products, Coverage::Partial("at once and without an audit"),
        |shop, call, out| product_status::change(shop, call, true, out);
    POST "product" / "{version}" / "products" / "deactivate" [202309]
        DeactivateProducts "products/deactivate", Write, deactivate_products, FULL,
        |shop, call, out| product_status::change(shop, call, false, out);
    POST "product" / "{version}" / "inventory" / "operation" / "settings" [202608]
        StockSettings "seller.product.write", Write, stock_settings, FULL,
        |shop, call, out| product_status::stock_settings(&shop.catalogue, &mut shop.stock, call, out);
    GET "product" / "{version}" / "products" / "{product_id}" [202309, 202509]
        ProductDetail "products/{product_id}", Read, product_detail, Coverage::Partial("no descriptions, images, categories or attributes"),
        |shop, call, out| ProductView::of(shop).detail(call, out);
    POST "fulfillment" / "{version}" / "packages" / "{package_id}" / "ship" [202309]
        ShipPackage "packages/{package_id}/ship", Write, ship_package, Coverage::Partial("pickup slots are passed over"),
        fulfillment::ship_package;
    GET "fulfillment" / "{version}" / "packages" / "{package_id}" [202309]
        PackageDetail "packages/{package_id}", Read, package_detail, FULL,
        |shop, call, out| packages::detail(&OrderView::of(shop), call, out);
    GET "logistics" / "{version}" / "warehouses" / "{warehouse_id}" / "delivery_options" [202309]
        DeliveryOptions "delivery_options", Read, delivery_options, FULL,
        |shop, call, out| logistics::delivery_options(shop.stock.locations, call, out);
    GET "logistics" / "{version}" / "delivery_options" / "{delivery_option_id}" / "shipping_providers" [202309]
        ShippingProviders "shipping_providers", Read, shipping_providers, Coverage::Partial("the two regions that EU shops must name are not asked for"),
        |_, call, out| logistics::shipping_providers(call, out);
    POST "return_refund" / "{version}" / "cancellations" / "{cancel_id}" / "approve" [202309]
        ApproveCancellation "cancellations/approve", Write, approve_cancellation, FULL,
        |shop, call, out| cancellations::decide(shop, call, true, out);
    POST "return_refund" / "{version}" / "cancellations" / "{cancel_id}" / "reject" [202309]
        RejectCancellation "cancellations/reject", Write, reject_cancellation, FULL,
        |shop, call, out| cancellations::decide(shop, call, false, out);
    GET "order" / "{version}" / "orders" / "{order_id}" / "price_detail" [202407]
        PriceDetail "price_detail", Read, price_detail, Coverage::Partial("without discounts, taxes and shipping fees, which no order has"),
        |shop, call, out| prices::detail(&OrderView::of(shop), call, out);
    GET "order" / "{version}" / "orders" / "{order_id}" / "external_orders" [202406]
        ExternalOrders "external_orders/get", Read, external_orders, FULL,
        |shop, call, out| external_orders::of_order(&shop.orders, &shop.external_orders, call, out);
    POST "fulfillment" / "{version}" / "orders" / "{order_id}" / "shipping_info" / "update" [202309]
        UpdateOrderShippingInfo "orders/shipping_info/update", Write, update_order_shipping_info, FULL,
        |shop, call, out| labels::update_of_order(&mut shop.orders, shop.profile.orders.shipping_info_window, call, out);
    POST "fulfillment" / "{version}" / "packages" / "{package_id}" / "shipping_info" / "update" [202309, 202610]
        UpdatePackageShippingInfo "packages/shipping_info/update", Write, update_package_shipping_info, FULL,
        |shop, call, out| labels::update_of_package(&mut shop.orders, shop.profile.orders.shipping_info_window, call, out);
    GET "fulfillment" / "{version}" / "orders" / "{order_id}" / "tracking" [202309]
        OrderTracking "orders/tracking", Read, order_tracking, Coverage::Partial("one event for each status of the order"),
        |shop, call, out| labels::tracking_events(&shop.orders, shop.seed.epoch, call, out);
    GET "fulfillment" / "{version}" / "packages" / "{package_id}" / "shipping_documents" [202309]
        ShippingDocuments "seller.fulfillment.basic", Read, shipping_documents, Coverage::Partial("the document itself cannot be fetched"),
        |shop, call, out| labels::documents(&shop.orders, call, out);
    POST "return_refund" / "{version}" / "returns" / "{return_id}" / "approve" [202309]
        ApproveReturn "returns/approve", Write, approve_return, Coverage::Partial("no replacements, no partial refunds"),
        |shop, call, out| returns::decide(shop, call, true, out);
    POST "return_refund" / "{version}" / "returns" / "{return_id}" / "reject" [202309, 202606]
        RejectReturn "returns/reject", Write, reject_return, Coverage::Partial("no replacements, no partial refunds"),
        |shop, call, out| returns::decide(shop, call, false, out);
    GET "return_refund" / "{version}" / "returns" / "{return_id}" / "records" [202309]
        ReturnRecords "returns/records", Read, return_records, Coverage::Partial("without notes, images and videos"),
        |shop, call, out| returns::records(&shop.returns, shop.seed.epoch, call, out);
}

/// The order that a path names.
fn order_in_path(orders: &Orders, call: &Call<'_>) -> Result<u32, ApiError> {
    digits(call.id)
        .and_then(|id| orders.with_id(id))
        .ok_or(errors::NOT_YOURS)
}
