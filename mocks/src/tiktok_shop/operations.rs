//! The operations of the Partner Open API that the emulator serves: one table from which requests are routed and the
//! coverage is told (sheet 11).

use http::Method;

use crate::core::{CallKind, Coverage, Served};

/// What the emulator serves.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Operation {
    /// `GET /api/v2/token/get`
    TokenGet,
    /// `GET /api/v2/token/refresh`
    TokenRefresh,
    /// `GET /authorization/{v}/shops`
    AuthorizedShops,
    /// `POST /order/{v}/orders/search`
    OrdersSearch,
    /// `GET /order/{v}/orders`
    OrderDetail,
    /// `POST /product/{v}/products/search`
    ProductsSearch,
    /// `GET /product/{v}/products/{id}`
    ProductDetail,
    /// `POST /product/{v}/inventory/search`
    InventorySearch,
    /// `POST /product/{v}/products/{id}/inventory/update`
    InventoryUpdate,
    /// `POST /fulfillment/{v}/orders/{id}/packages`
    MarkShipped,
    /// `POST /fulfillment/{v}/packages/{id}/ship`
    ShipPackage,
    /// `GET /fulfillment/{v}/packages/{id}`
    PackageDetail,
    /// `POST /fulfillment/{v}/packages/search`
    PackagesSearch,
    /// `GET /logistics/{v}/warehouses`
    Warehouses,
    /// `GET /logistics/{v}/warehouses/{id}/delivery_options`
    DeliveryOptions,
    /// `GET /logistics/{v}/delivery_options/{id}/shipping_providers`
    ShippingProviders,
    /// `POST /return_refund/{v}/cancellations`
    CancelOrder,
    /// `POST /return_refund/{v}/cancellations/search`
    CancellationsSearch,
    /// `POST /return_refund/{v}/cancellations/{id}/approve`
    ApproveCancellation,
    /// `POST /return_refund/{v}/cancellations/{id}/reject`
    RejectCancellation,
    /// `GET /event/{v}/webhooks`
    WebhooksGet,
    /// `PUT /event/{v}/webhooks`
    WebhooksPut,
    /// `DELETE /event/{v}/webhooks`
    WebhooksDelete,
    /// `GET /seller/{v}/shops`
    ActiveShops,
    /// `GET /order/{v}/orders/{id}/price_detail`
    PriceDetail,
    /// `POST /order/{v}/orders/external_orders`
    AddExternalOrders,
    /// `GET /order/{v}/orders/{id}/external_orders`
    ExternalOrders,
    /// `POST /order/{v}/orders/external_order_search`
    ExternalOrderSearch,
    /// `POST /fulfillment/{v}/packages/ship`
    BatchShipPackages,
    /// `POST /fulfillment/{v}/packages`
    CreatePackages,
    /// `POST /fulfillment/{v}/orders/{id}/shipping_info/update`
    UpdateOrderShippingInfo,
    /// `POST /fulfillment/{v}/packages/{id}/shipping_info/update`
    UpdatePackageShippingInfo,
    /// `GET /fulfillment/{v}/orders/{id}/tracking`
    OrderTracking,
    /// `GET /fulfillment/{v}/packages/{id}/shipping_documents`
    ShippingDocuments,
    /// `POST /return_refund/{v}/returns`
    CreateReturn,
    /// `POST /return_refund/{v}/returns/search`
    ReturnsSearch,
    /// `POST /return_refund/{v}/returns/{id}/approve`
    ApproveReturn,
    /// `POST /return_refund/{v}/returns/{id}/reject`
    RejectReturn,
    /// `GET /return_refund/{v}/returns/{id}/records`
    ReturnRecords,
    /// `GET /return_refund/{v}/reject_reasons`
    RejectReasons,
    /// `POST /product/{v}/products/activate`
    ActivateProducts,
    /// `POST /product/{v}/products/deactivate`
    DeactivateProducts,
    /// `POST /product/{v}/inventory/operation/settings`
    StockSettings,
}

/// How many operations there are.
pub(super) const OPERATIONS: usize = Operation::StockSettings as usize + 1;

impl Operation {
    /// Name of the operation in the ledger: the last path segments, as public clients name it.
    pub fn name(self) -> &'static str {
        match self {
            Operation::TokenGet => "token/get",
            Operation::TokenRefresh => "token/refresh",
            Operation::AuthorizedShops => "authorization/shops",
            Operation::OrdersSearch => "orders/search",
            Operation::OrderDetail => "orders",
            Operation::ProductsSearch => "products/search",
            Operation::ProductDetail => "products/{product_id}",
            Operation::InventorySearch => "inventory/search",
            Operation::InventoryUpdate => "inventory/update",
            Operation::MarkShipped => "orders/{order_id}/packages",
            Operation::ShipPackage => "packages/{package_id}/ship",
            Operation::PackageDetail => "packages/{package_id}",
            Operation::PackagesSearch => "packages/search",
            Operation::Warehouses => "warehouses",
            Operation::DeliveryOptions => "delivery_options",
            Operation::ShippingProviders => "shipping_providers",
            Operation::CancelOrder => "cancellations",
            Operation::CancellationsSearch => "cancellations/search",
            Operation::ApproveCancellation => "cancellations/approve",
            Operation::RejectCancellation => "cancellations/reject",
            Operation::WebhooksGet => "webhooks/get",
            Operation::WebhooksPut => "webhooks/put",
            Operation::WebhooksDelete => "webhooks/delete",
            Operation::ActiveShops => "seller/shops",
            Operation::PriceDetail => "price_detail",
            Operation::AddExternalOrders => "external_orders/add",
            Operation::ExternalOrders => "external_orders/get",
            Operation::ExternalOrderSearch => "external_order_search",
            Operation::BatchShipPackages => "packages/ship",
            Operation::CreatePackages => "packages/create",
            Operation::UpdateOrderShippingInfo => "orders/shipping_info/update",
            Operation::UpdatePackageShippingInfo => "packages/shipping_info/update",
            Operation::OrderTracking => "orders/tracking",
            Operation::ShippingDocuments => "shipping_documents",
            Operation::CreateReturn => "returns",
            Operation::ReturnsSearch => "returns/search",
            Operation::ApproveReturn => "returns/approve",
            Operation::RejectReturn => "returns/reject",
            Operation::ReturnRecords => "returns/records",
            Operation::RejectReasons => "reject_reasons",
            Operation::ActivateProducts => "products/activate",
            Operation::DeactivateProducts => "products/deactivate",
            Operation::StockSettings => "inventory/operation/settings",
        }
    }

    /// Whether it reads, writes or hands out tokens.
    pub fn kind(self) -> CallKind {
        match self {
            Operation::TokenGet | Operation::TokenRefresh => CallKind::Token,
            Operation::InventoryUpdate
            | Operation::MarkShipped
            | Operation::ShipPackage
            | Operation::CancelOrder
            | Operation::ApproveCancellation
            | Operation::RejectCancellation
            | Operation::WebhooksPut
            | Operation::WebhooksDelete
            | Operation::AddExternalOrders
            | Operation::BatchShipPackages
            | Operation::CreatePackages
            | Operation::UpdateOrderShippingInfo
            | Operation::UpdatePackageShippingInfo
            | Operation::CreateReturn
            | Operation::ApproveReturn
            | Operation::RejectReturn
            | Operation::ActivateProducts
            | Operation::DeactivateProducts
            | Operation::StockSettings => CallKind::Write,
            _ => CallKind::Read,
        }
    }

    /// Whether the call concerns a shop and so needs `shop_cipher` (sheet 1.3).
    pub(super) fn takes_shop_cipher(self) -> bool {
        !matches!(
            self,
            Operation::TokenGet
                | Operation::TokenRefresh
                | Operation::AuthorizedShops
                | Operation::ActiveShops
        )
    }

    /// The scope a token must carry.
    pub(super) fn scope(self) -> &'static str {
        match self {
            Operation::TokenGet
            | Operation::TokenRefresh
            | Operation::AuthorizedShops
            | Operation::ActiveShops => "seller.authorization.info",
            Operation::OrdersSearch
            | Operation::OrderDetail
            | Operation::PriceDetail
            | Operation::AddExternalOrders
            | Operation::ExternalOrders
            | Operation::ExternalOrderSearch => "seller.order.info",
            Operation::ProductsSearch | Operation::ProductDetail | Operation::InventorySearch => {
                "seller.product.basic"
            }
            Operation::InventoryUpdate
            | Operation::ActivateProducts
            | Operation::DeactivateProducts
            | Operation::StockSettings => "seller.product.write",
            Operation::MarkShipped
            | Operation::ShipPackage
            | Operation::PackageDetail
            | Operation::PackagesSearch
            | Operation::BatchShipPackages
            | Operation::CreatePackages
            | Operation::UpdateOrderShippingInfo
            | Operation::UpdatePackageShippingInfo
            | Operation::OrderTracking
            | Operation::ShippingDocuments => "seller.fulfillment.basic",
            Operation::Warehouses | Operation::DeliveryOptions | Operation::ShippingProviders => {
                "seller.logistics"
            }
            Operation::CancelOrder
            | Operation::CancellationsSearch
            | Operation::ApproveCancellation
            | Operation::RejectCancellation
            | Operation::CreateReturn
            | Operation::ReturnsSearch
            | Operation::ApproveReturn
            | Operation::RejectReturn
            | Operation::ReturnRecords
            | Operation::RejectReasons => "seller.return_refund",
            Operation::WebhooksGet | Operation::WebhooksPut | Operation::WebhooksDelete => {
                "seller.webhook"
            }
        }
    }
}

/// One operation: how it is reached, and how far it is served.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) operation: Operation,
    pub(super) method: Method,
    /// The first path segment.
    pub(super) group: &'static str,
    /// What follows the version; at most one segment in braces, which stands for an id.
    pub(super) segments: &'static [&'static str],
    /// The live versions; 0 for the token calls, which have none.
    pub(super) versions: &'static [u32],
    served: Served,
}

/// Makes a row from `METHOD Operation [versions] "group" / "version segment" / "segments"…`.
macro_rules! row {
    ($method:ident $operation:ident [$($version:literal),+] $group:literal / $dated:literal $(/ $segment:literal)+ => $coverage:expr) => {
        Row {
            operation: Operation::$operation,
            method: Method::$method,
            group: $group,
            segments: &[$($segment),+],
            versions: &[$($version),+],
            served: Served {
                name: stringify!($operation),
                path: concat!(stringify!($method), " /", $group, "/", $dated $(, "/", $segment)+),
                coverage: $coverage,
            },
        }
    };
}

/// The table. The calls of a sync engine's daily round come first, since it is searched from the top; a template without
/// an id comes before those that would take one of its segments for an id.
pub(super) static ROWS: [Row; OPERATIONS] = [
    row!(POST OrdersSearch [202309] "order" / "{version}" / "orders" / "search" => Coverage::Full),
    row!(GET OrderDetail [202309, 202507] "order" / "{version}" / "orders" => Coverage::Full),
    row!(POST InventoryUpdate [202309] "product" / "{version}" / "products" / "{product_id}" / "inventory" / "update" => Coverage::Partial("backorders and handling times are passed over")),
    row!(POST InventorySearch [202309] "product" / "{version}" / "inventory" / "search" => Coverage::Partial("nothing is ever reserved for campaigns or creators")),
    row!(POST MarkShipped [202309, 202610] "fulfillment" / "{version}" / "orders" / "{order_id}" / "packages" => Coverage::Partial("tracking numbers are not held against the carrier, so there is no warning")),
    row!(GET TokenGet [0] "api" / "v2" / "token" / "get" => Coverage::Full),
    row!(GET TokenRefresh [0] "api" / "v2" / "token" / "refresh" => Coverage::Full),
    row!(GET AuthorizedShops [202309] "authorization" / "{version}" / "shops" => Coverage::Full),
    row!(POST ProductsSearch [202309, 202312, 202502] "product" / "{version}" / "products" / "search" => Coverage::Full),
    row!(POST PackagesSearch [202309] "fulfillment" / "{version}" / "packages" / "search" => Coverage::Partial("shipped packages only")),
    row!(GET Warehouses [202309] "logistics" / "{version}" / "warehouses" => Coverage::Full),
    row!(POST CancelOrder [202309, 202602] "return_refund" / "{version}" / "cancellations" => Coverage::Partial("whole orders only")),
    row!(POST CancellationsSearch [202309, 202602] "return_refund" / "{version}" / "cancellations" / "search" => Coverage::Partial("newest first whatever sorting is asked for")),
    row!(GET WebhooksGet [202309] "event" / "{version}" / "webhooks" => Coverage::Full),
    row!(PUT WebhooksPut [202309] "event" / "{version}" / "webhooks" => Coverage::Full),
    row!(DELETE WebhooksDelete [202309] "event" / "{version}" / "webhooks" => Coverage::Full),
    row!(GET ActiveShops [202309] "seller" / "{version}" / "shops" => Coverage::Full),
    row!(POST AddExternalOrders [202406] "order" / "{version}" / "orders" / "external_orders" => Coverage::Full),
    row!(POST ExternalOrderSearch [202406] "order" / "{version}" / "orders" / "external_order_search" => Coverage::Full),
    row!(POST BatchShipPackages [202309] "fulfillment" / "{version}" / "packages" / "ship" => Coverage::Partial("pickup slots are passed over")),
    row!(POST CreatePackages [202309, 202512] "fulfillment" / "{version}" / "packages" => Coverage::Partial("one shipping service; no package of several orders (ship_type 3)")),
    row!(POST CreateReturn [202309, 202602] "return_refund" / "{version}" / "returns" => Coverage::Partial("refunds are of the whole price of the units")),
    row!(POST ReturnsSearch [202309, 202602] "return_refund" / "{version}" / "returns" / "search" => Coverage::Partial("newest first whatever sorting is asked for; no arbitration, no exchanges")),
    row!(GET RejectReasons [202309] "return_refund" / "{version}" / "reject_reasons" => Coverage::Partial("the same reasons for every request")),
    row!(POST ActivateProducts [202309] "product" / "{version}" / "products" / "activate" => Coverage::Partial("at once and without an audit")),
    row!(POST DeactivateProducts [202309] "product" / "{version}" / "products" / "deactivate" => Coverage::Full),
    row!(POST StockSettings [202608] "product" / "{version}" / "inventory" / "operation" / "settings" => Coverage::Full),
    row!(GET ProductDetail [202309, 202509] "product" / "{version}" / "products" / "{product_id}" => Coverage::Partial("no descriptions, images, categories or attributes")),
    row!(POST ShipPackage [202309] "fulfillment" / "{version}" / "packages" / "{package_id}" / "ship" => Coverage::Partial("pickup slots are passed over")),
    row!(GET PackageDetail [202309] "fulfillment" / "{version}" / "packages" / "{package_id}" => Coverage::Full),
    row!(GET DeliveryOptions [202309] "logistics" / "{version}" / "warehouses" / "{warehouse_id}" / "delivery_options" => Coverage::Full),
    row!(GET ShippingProviders [202309] "logistics" / "{version}" / "delivery_options" / "{delivery_option_id}" / "shipping_providers" => Coverage::Partial("the two regions that EU shops must name are not asked for")),
    row!(POST ApproveCancellation [202309] "return_refund" / "{version}" / "cancellations" / "{cancel_id}" / "approve" => Coverage::Full),
    row!(POST RejectCancellation [202309] "return_refund" / "{version}" / "cancellations" / "{cancel_id}" / "reject" => Coverage::Full),
    row!(GET PriceDetail [202407] "order" / "{version}" / "orders" / "{order_id}" / "price_detail" => Coverage::Partial("without discounts, taxes and shipping fees, which no order has")),
    row!(GET ExternalOrders [202406] "order" / "{version}" / "orders" / "{order_id}" / "external_orders" => Coverage::Full),
    row!(POST UpdateOrderShippingInfo [202309] "fulfillment" / "{version}" / "orders" / "{order_id}" / "shipping_info" / "update" => Coverage::Full),
    row!(POST UpdatePackageShippingInfo [202309, 202610] "fulfillment" / "{version}" / "packages" / "{package_id}" / "shipping_info" / "update" => Coverage::Full),
    row!(GET OrderTracking [202309] "fulfillment" / "{version}" / "orders" / "{order_id}" / "tracking" => Coverage::Partial("one event for each status of the order")),
    row!(GET ShippingDocuments [202309] "fulfillment" / "{version}" / "packages" / "{package_id}" / "shipping_documents" => Coverage::Partial("the document itself cannot be fetched")),
    row!(POST ApproveReturn [202309] "return_refund" / "{version}" / "returns" / "{return_id}" / "approve" => Coverage::Partial("no replacements, no partial refunds")),
    row!(POST RejectReturn [202309, 202606] "return_refund" / "{version}" / "returns" / "{return_id}" / "reject" => Coverage::Partial("no replacements, no partial refunds")),
    row!(GET ReturnRecords [202309] "return_refund" / "{version}" / "returns" / "{return_id}" / "records" => Coverage::Partial("without notes, images and videos")),
];

/// Operations a sync of orders, stock, fulfilment and returns may meet on the platform and not here (sheet 7, 11).
const NOT_SERVED: [(&str, &str); 21] = [
    ("ConsentPage", "GET /open/authorize"),
    (
        "OrderSplitAttributes",
        "GET /fulfillment/{version}/orders/split_attributes",
    ),
    (
        "SplitOrder",
        "POST /fulfillment/{version}/orders/{order_id}/split",
    ),
    (
        "CombinablePackagesSearch",
        "GET /fulfillment/{version}/combinable_packages/search",
    ),
    (
        "CombinePackages",
        "POST /fulfillment/{version}/packages/combine",
    ),
    (
        "UncombinePackages",
        "POST /fulfillment/{version}/packages/{package_id}/uncombine",
    ),
    (
        "HandoverTimeSlots",
        "GET /fulfillment/{version}/packages/{package_id}/handover_time_slots",
    ),
    (
        "ShippingServices",
        "POST /fulfillment/{version}/orders/{order_id}/shipping_services/query",
    ),
    (
        "LogisticsTracking",
        "GET /logistics/{version}/orders/{order_id}/tracking",
    ),
    (
        "GlobalWarehouses",
        "GET /logistics/{version}/global_warehouses",
    ),
    ("CreateProduct", "POST /product/{version}/products"),
    (
        "PartialEditProduct",
        "POST /product/{version}/products/{product_id}/partial_edit",
    ),
    ("DeleteProducts", "DELETE /product/{version}/products"),
    (
        "UpdatePrice",
        "POST /product/{version}/products/{product_id}/prices/update",
    ),
    (
        "GlobalInventoryUpdate",
        "POST /product/{version}/global_products/{global_product_id}/inventory/update",
    ),
    ("FbtInventorySearch", "POST /fbt/{version}/inventory/search"),
    (
        "AftersaleEligibility",
        "GET /return_refund/{version}/orders/{order_id}/aftersale_eligibility",
    ),
    (
        "CalculateRefunds",
        "POST /return_refund/{version}/refunds/calculate",
    ),
    (
        "AftersalesSearch",
        "POST /return_refund/{version}/aftersales/search",
    ),
    ("RmaSearch", "POST /return_refund/{version}/rma/search"),
    (
        "GlobalProductsSearch",
        "POST /product/{version}/global_products/search",
    ),
];

/// What is served and what is not, operation by operation: the routing table itself, then the rest of sheet 11.
pub fn coverage() -> Vec<Served> {
    let not_served = NOT_SERVED.iter().map(|(name, path)| Served {
        name,
        path,
        coverage: Coverage::NotServed,
    });
    ROWS.iter()
        .map(|row| row.served)
        .chain(not_served)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::errors;
    use super::super::router::route;
    use super::*;

    #[test]
    fn every_operation_has_one_row() {
        let mut operations: Vec<u8> = ROWS.iter().map(|row| row.operation as u8).collect();
        operations.sort_unstable();
        assert!(operations.iter().copied().eq(0..OPERATIONS as u8));
        let mut names: Vec<&str> = ROWS.iter().map(|row| row.operation.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), OPERATIONS, "the ledger tells them apart");
    }

    #[test]
    fn coverage_is_what_the_router_does() {
        for served in coverage() {
            let (method, path) = served.path.split_once(' ').unwrap();
            let method: Method = method.parse().unwrap();
            let row = ROWS.iter().find(|row| row.served == served);
            let versions: Vec<u32> =
                row.map_or_else(|| (202301..202612).collect(), |row| row.versions.to_vec());
            for version in versions {
                let path = path.replace("{version}", &version.to_string());
                match (served.coverage, route(&method, &path)) {
                    (Coverage::NotServed, found) => {
                        let refused = matches!(
                            &found,
                            Err(error) if *error == errors::PATH || *error == errors::METHOD || *error == errors::VERSION
                        );
                        assert!(refused, "{path}: {found:?}");
                    }
                    (_, found) => {
                        let found = found.map(|found| found.operation);
                        assert_eq!(found, Ok(row.unwrap().operation), "{path}");
                    }
                }
            }
        }
    }
}
