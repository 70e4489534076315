//! What is served of the platform, and what is not.

use crate::core::{Called, Coverage, Served};

use super::OPERATIONS;

/// Operations a sync of orders, stock, fulfilment and returns may meet on the platform and not here
/// (docs/platforms/tiktok_shop.md 7, 11).
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

/// What is served and what is not, operation by operation: the table of operations, then the rest of
/// docs/platforms/tiktok_shop.md 11.
pub fn coverage() -> Vec<Served> {
    let not_served = NOT_SERVED.iter().map(|(name, path)| Served {
        name,
        path,
        coverage: Coverage::NotServed,
    });
    OPERATIONS
        .iter()
        .map(|operation| operation.served)
        .chain(not_served)
        .collect()
}

/// Every operation that is served, by the name that the ledger has for its calls.
pub fn operations() -> Vec<Called> {
    let rows = OPERATIONS.iter().map(|operation| Called {
        operation: operation.name,
        kind: operation.class.kind(),
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::super::errors;
    use super::super::router::route;
    use super::*;

    #[test]
    fn what_is_not_served_leads_nowhere() {
        for (_, path) in NOT_SERVED {
            let (method, path) = path.split_once(' ').unwrap();
            let method: Method = method.parse().unwrap();
            for version in 202301..202612 {
                let path = path.replace("{version}", &version.to_string());
                let found = route(&method, &path).map(|found| found.operation.name);
                let refused = matches!(
                    &found,
                    Err(error) if *error == errors::PATH || *error == errors::METHOD || *error == errors::VERSION
                );
                assert!(refused, "{path}: {found:?}");
            }
        }
    }
}
