//! From method and path to an operation (sheet 11). The version is a path segment, and each operation has its own list
//! of live versions.

use http::Method;

use crate::core::CallKind;

use super::errors::{self, ApiError};

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
}

/// How many operations there are.
pub(super) const OPERATIONS: usize = Operation::WebhooksDelete as usize + 1;

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
            | Operation::WebhooksDelete => CallKind::Write,
            _ => CallKind::Read,
        }
    }

    /// Whether the call concerns a shop and so needs `shop_cipher` (sheet 1.3).
    pub(super) fn takes_shop_cipher(self) -> bool {
        !matches!(
            self,
            Operation::TokenGet | Operation::TokenRefresh | Operation::AuthorizedShops
        )
    }

    /// The scope a token must carry.
    pub(super) fn scope(self) -> &'static str {
        match self {
            Operation::TokenGet | Operation::TokenRefresh | Operation::AuthorizedShops => {
                "seller.authorization.info"
            }
            Operation::OrdersSearch | Operation::OrderDetail => "seller.order.info",
            Operation::ProductsSearch | Operation::ProductDetail | Operation::InventorySearch => {
                "seller.product.basic"
            }
            Operation::InventoryUpdate => "seller.product.write",
            Operation::MarkShipped
            | Operation::ShipPackage
            | Operation::PackageDetail
            | Operation::PackagesSearch => "seller.fulfillment.basic",
            Operation::Warehouses | Operation::DeliveryOptions | Operation::ShippingProviders => {
                "seller.logistics"
            }
            Operation::CancelOrder
            | Operation::CancellationsSearch
            | Operation::ApproveCancellation
            | Operation::RejectCancellation => "seller.return_refund",
            Operation::WebhooksGet | Operation::WebhooksPut | Operation::WebhooksDelete => {
                "seller.webhook"
            }
        }
    }
}

/// Where a request goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Route<'a> {
    pub(super) operation: Operation,
    /// The dated version, such as 202309; 0 for token calls.
    pub(super) version: u32,
    /// The id in the path; empty where there is none.
    pub(super) id: &'a str,
}

type Candidate = (Method, Operation, &'static [u32]);

/// Finds the operation, or says as the gateway does what is wrong: the path, then the version, then the method.
pub(super) fn route<'a>(method: &Method, path: &'a str) -> Result<Route<'a>, ApiError> {
    let mut segments = [""; 6];
    let mut count = 0;
    for segment in path.strip_prefix('/').unwrap_or("").split('/') {
        if count == segments.len() || segment.is_empty() {
            return Err(errors::PATH);
        }
        segments[count] = segment;
        count += 1;
    }
    let token = match &segments[..count] {
        ["api", "v2", "token", "get"] => Some(Operation::TokenGet),
        ["api", "v2", "token", "refresh"] => Some(Operation::TokenRefresh),
        _ => None,
    };
    if let Some(operation) = token {
        return if method == Method::GET {
            Ok(Route {
                operation,
                version: 0,
                id: "",
            })
        } else {
            Err(errors::METHOD)
        };
    }
    if count < 3 || segments[1].len() != 6 || !segments[1].bytes().all(|b| b.is_ascii_digit()) {
        return Err(errors::PATH);
    }
    let version: u32 = segments[1].parse().map_err(|_| errors::PATH)?;
    let (id, candidates): (&str, &[Candidate]) = match (segments[0], &segments[2..count]) {
        ("authorization", ["shops"]) => {
            ("", &[(Method::GET, Operation::AuthorizedShops, &[202309])])
        }
        ("order", ["orders", "search"]) => {
            ("", &[(Method::POST, Operation::OrdersSearch, &[202309])])
        }
        ("order", ["orders"]) => (
            "",
            &[(Method::GET, Operation::OrderDetail, &[202309, 202507])],
        ),
        ("product", ["products", "search"]) => (
            "",
            &[(
                Method::POST,
                Operation::ProductsSearch,
                &[202309, 202312, 202502],
            )],
        ),
        ("product", ["products", id]) => {
            (*id, &[(Method::GET, Operation::ProductDetail, &[202309])])
        }
        ("product", ["inventory", "search"]) => {
            ("", &[(Method::POST, Operation::InventorySearch, &[202309])])
        }
        ("product", ["products", id, "inventory", "update"]) => (
            *id,
            &[(Method::POST, Operation::InventoryUpdate, &[202309])],
        ),
        ("fulfillment", ["orders", id, "packages"]) => (
            *id,
            &[(Method::POST, Operation::MarkShipped, &[202309, 202610])],
        ),
        ("fulfillment", ["packages", "search"]) => {
            ("", &[(Method::POST, Operation::PackagesSearch, &[202309])])
        }
        ("fulfillment", ["packages", id]) => {
            (*id, &[(Method::GET, Operation::PackageDetail, &[202309])])
        }
        ("fulfillment", ["packages", id, "ship"]) => {
            (*id, &[(Method::POST, Operation::ShipPackage, &[202309])])
        }
        ("logistics", ["warehouses"]) => ("", &[(Method::GET, Operation::Warehouses, &[202309])]),
        ("logistics", ["warehouses", id, "delivery_options"]) => {
            (*id, &[(Method::GET, Operation::DeliveryOptions, &[202309])])
        }
        ("logistics", ["delivery_options", id, "shipping_providers"]) => (
            *id,
            &[(Method::GET, Operation::ShippingProviders, &[202309])],
        ),
        ("return_refund", ["cancellations"]) => (
            "",
            &[(Method::POST, Operation::CancelOrder, &[202309, 202602])],
        ),
        ("return_refund", ["cancellations", "search"]) => (
            "",
            &[(
                Method::POST,
                Operation::CancellationsSearch,
                &[202309, 202602],
            )],
        ),
        ("return_refund", ["cancellations", id, "approve"]) => (
            *id,
            &[(Method::POST, Operation::ApproveCancellation, &[202309])],
        ),
        ("return_refund", ["cancellations", id, "reject"]) => (
            *id,
            &[(Method::POST, Operation::RejectCancellation, &[202309])],
        ),
        ("event", ["webhooks"]) => (
            "",
            &[
                (Method::GET, Operation::WebhooksGet, &[202309]),
                (Method::PUT, Operation::WebhooksPut, &[202309]),
                (Method::DELETE, Operation::WebhooksDelete, &[202309]),
            ],
        ),
        _ => return Err(errors::PATH),
    };
    if candidates
        .iter()
        .all(|(_, _, versions)| !versions.contains(&version))
    {
        return Err(errors::VERSION);
    }
    candidates
        .iter()
        .find(|(allowed, _, _)| allowed == method)
        .map(|(_, operation, _)| Route {
            operation: *operation,
            version,
            id,
        })
        .ok_or(errors::METHOD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_by_path_version_and_method() {
        let found = route(&Method::GET, "/order/202507/orders").unwrap();
        assert_eq!(
            (found.operation, found.version),
            (Operation::OrderDetail, 202507)
        );
        let update = route(
            &Method::POST,
            "/product/202309/products/17/inventory/update",
        )
        .unwrap();
        assert_eq!(
            (update.operation, update.id),
            (Operation::InventoryUpdate, "17")
        );
        assert_eq!(
            route(&Method::DELETE, "/event/202309/webhooks")
                .unwrap()
                .operation,
            Operation::WebhooksDelete
        );
    }

    #[test]
    fn says_what_is_wrong() {
        for path in [
            "",
            "/",
            "//",
            "/order",
            "/order/v1/orders",
            "/order/202309/nothing",
            "/a/b/c/d/e/f/g/h",
        ] {
            assert_eq!(route(&Method::GET, path), Err(errors::PATH), "{path}");
        }
        assert_eq!(
            route(&Method::GET, "/order/202412/orders"),
            Err(errors::VERSION)
        );
        assert_eq!(
            route(&Method::POST, "/order/202309/orders"),
            Err(errors::METHOD)
        );
        assert_eq!(
            route(&Method::POST, "/api/v2/token/get"),
            Err(errors::METHOD)
        );
    }
}
