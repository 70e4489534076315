//! Which random stream each operation draws from: latencies and faults of its calls.
//!
//! The number of an operation is its place in the list here, which no longer follows the table. It is the only place where
//! draws depend on a position.

use super::OPERATIONS;

/// What stands for requests that reach no operation.
pub(crate) const UNROUTED: u64 = 0xff;

/// Names in the ledger, in the order in which their streams were numbered.
const NUMBERED: [&str; 43] = [
    "token/get",
    "token/refresh",
    "authorization/shops",
    "orders/search",
    "orders",
    "products/search",
    "products/{product_id}",
    "inventory/search",
    "inventory/update",
    "orders/{order_id}/packages",
    "packages/{package_id}/ship",
    "packages/{package_id}",
    "packages/search",
    "warehouses",
    "delivery_options",
    "shipping_providers",
    "cancellations",
    "cancellations/search",
    "cancellations/approve",
    "cancellations/reject",
    "webhooks/get",
    "webhooks/put",
    "webhooks/delete",
    "seller.authorization.info",
    "price_detail",
    "external_orders/add",
    "external_orders/get",
    "seller.order.info",
    "packages/ship",
    "packages/create",
    "orders/shipping_info/update",
    "packages/shipping_info/update",
    "orders/tracking",
    "seller.fulfillment.basic",
    "returns",
    "returns/search",
    "returns/approve",
    "returns/reject",
    "returns/records",
    "seller.return_refund",
    "products/activate",
    "products/deactivate",
    "seller.product.write",
];

/// The number of each operation's streams, in the table's order. Operations that have no number yet follow those that have.
pub(crate) fn numbers() -> Vec<u64> {
    let mut next = NUMBERED.len() as u64;
    OPERATIONS
        .iter()
        .map(|operation| {
            let known = NUMBERED.iter().position(|name| *name == operation.name);
            known.map_or_else(
                || {
                    next += 1;
                    next - 1
                },
                |position| position as u64,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_streams_of_its_own() {
        let mut numbers = numbers();
        assert_eq!(numbers.len(), OPERATIONS.len());
        numbers.push(UNROUTED);
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), OPERATIONS.len() + 1);
        assert!(numbers.iter().all(|number| *number <= UNROUTED));
    }
}
