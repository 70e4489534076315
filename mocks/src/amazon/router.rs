//! From method and path to operation. Hosts are never looked at.

use std::borrow::Cow;

use super::operations::{LatencyClass, Operation};
use super::query::decode;

/// An operation and the variable parts of its path, decoded.
#[derive(Debug)]
pub struct Route<'a> {
    /// The operation.
    pub operation: Operation,
    /// The first variable part, empty if there is none.
    pub first: Cow<'a, str>,
    /// The second variable part, empty if there is none.
    pub second: Cow<'a, str>,
}

/// Finds the operation of an API path.
pub fn route<'a>(method: &http::Method, path: &'a str) -> Route<'a> {
    use Operation::*;
    let mut parts = [""; 7];
    let mut count = 0;
    for part in path.trim_matches('/').split('/') {
        if count == parts.len() {
            count += 1;
            break;
        }
        parts[count] = part;
        count += 1;
    }
    let plain = |operation| (operation, "", "");
    let (operation, first, second) = match (method.as_str(), parts.get(..count).unwrap_or(&[])) {
        ("POST", ["auth", "o2", "token"]) => plain(Token),
        ("GET", ["orders", "v0", "orders"]) => plain(GetOrders),
        ("GET", ["orders", "v0", "orders", id]) => (GetOrder, *id, ""),
        ("GET", ["orders", "v0", "orders", id, "orderItems"]) => (GetOrderItems, *id, ""),
        ("GET", ["orders", "v0", "orders", id, "address"]) => (GetOrderAddress, *id, ""),
        ("GET", ["orders", "v0", "orders", id, "buyerInfo"]) => (GetOrderBuyerInfo, *id, ""),
        ("GET", ["orders", "v0", "orders", id, "orderItems", "buyerInfo"]) => {
            (GetOrderItemsBuyerInfo, *id, "")
        }
        ("POST", ["orders", "v0", "orders", id, "shipmentConfirmation"]) => {
            (ConfirmShipment, *id, "")
        }
        ("GET", ["orders", "2026-01-01", "orders"]) => plain(SearchOrders),
        ("GET", ["orders", "2026-01-01", "orders", id]) => (GetOrder2026, *id, ""),
        ("GET", ["listings", "2021-08-01", "items", seller]) => (SearchListingsItems, *seller, ""),
        // One client writes to the address of the older version, which reads alike.
        (
            method,
            [
                "listings",
                "2021-08-01" | "2020-09-01",
                "items",
                seller,
                sku,
            ],
        ) => {
            let operation = match method {
                "GET" => GetListingsItem,
                "PUT" => PutListingsItem,
                "PATCH" => PatchListingsItem,
                "DELETE" => DeleteListingsItem,
                _ => Unknown,
            };
            (operation, *seller, *sku)
        }
        ("POST", ["feeds", "2021-06-30", "documents"]) => plain(CreateFeedDocument),
        ("GET", ["feeds", "2021-06-30", "documents", id]) => (GetFeedDocument, *id, ""),
        ("POST", ["feeds", "2021-06-30", "feeds"]) => plain(CreateFeed),
        ("GET", ["feeds", "2021-06-30", "feeds"]) => plain(GetFeeds),
        ("GET", ["feeds", "2021-06-30", "feeds", id]) => (GetFeed, *id, ""),
        ("DELETE", ["feeds", "2021-06-30", "feeds", id]) => (CancelFeed, *id, ""),
        ("POST", ["reports", "2021-06-30", "reports"]) => plain(CreateReport),
        ("GET", ["reports", "2021-06-30", "reports"]) => plain(GetReports),
        ("GET", ["reports", "2021-06-30", "reports", id]) => (GetReport, *id, ""),
        ("DELETE", ["reports", "2021-06-30", "reports", id]) => (CancelReport, *id, ""),
        ("GET", ["reports", "2021-06-30", "documents", id]) => (GetReportDocument, *id, ""),
        ("PUT", ["documents", id]) => (UploadDocument, *id, ""),
        ("GET", ["documents", id]) => (DownloadDocument, *id, ""),
        ("POST", ["fba", "outbound", "2020-07-01", "fulfillmentOrders"]) => {
            plain(CreateFulfillmentOrder)
        }
        ("GET", ["fba", "outbound", "2020-07-01", "fulfillmentOrders"]) => {
            plain(ListAllFulfillmentOrders)
        }
        ("GET", ["fba", "outbound", "2020-07-01", "fulfillmentOrders", id]) => {
            (GetFulfillmentOrder, *id, "")
        }
        (
            "PUT",
            [
                "fba",
                "outbound",
                "2020-07-01",
                "fulfillmentOrders",
                id,
                "cancel",
            ],
        ) => (CancelFulfillmentOrder, *id, ""),
        ("GET", ["fba", "inventory", "v1", "summaries"]) => plain(GetInventorySummaries),
        ("GET", ["sellers", "v1", "marketplaceParticipations"]) => {
            plain(GetMarketplaceParticipations)
        }
        ("POST", ["tokens", "2021-03-01", "restrictedDataToken"]) => {
            plain(CreateRestrictedDataToken)
        }
        ("POST", ["notifications", "v1", "destinations"]) => plain(CreateDestination),
        ("GET", ["notifications", "v1", "destinations"]) => plain(GetDestinations),
        ("GET", ["notifications", "v1", "destinations", id]) => (GetDestination, *id, ""),
        ("DELETE", ["notifications", "v1", "destinations", id]) => (DeleteDestination, *id, ""),
        ("GET", ["notifications", "v1", "subscriptions"]) => plain(GetSubscriptions),
        ("POST", ["notifications", "v1", "subscriptions", kind]) => (CreateSubscription, *kind, ""),
        ("GET", ["notifications", "v1", "subscriptions", kind]) => (GetSubscription, *kind, ""),
        ("GET", ["notifications", "v1", "subscriptions", kind, id]) => {
            (GetSubscriptionById, *kind, *id)
        }
        ("DELETE", ["notifications", "v1", "subscriptions", kind, id]) => {
            (DeleteSubscriptionById, *kind, *id)
        }
        _ => plain(Unknown),
    };
    Route {
        operation,
        first: decode(first),
        second: decode(second),
    }
}

/// Finds the operation of a queue call from the text after `AmazonSQS.` in its `X-Amz-Target`.
pub fn queue_action(action: &str) -> Operation {
    Operation::all()
        .filter(|operation| operation.latency_class() == LatencyClass::Queue)
        .find(|operation| operation.name() == action)
        .unwrap_or(Operation::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_operations() {
        let find = |method: &str, path| {
            let method = http::Method::from_bytes(method.as_bytes()).unwrap();
            let route = route(&method, path);
            (
                route.operation,
                route.first.into_owned(),
                route.second.into_owned(),
            )
        };
        assert_eq!(
            find("PATCH", "/listings/2021-08-01/items/A1/SKU%2F1%20x"),
            (Operation::PatchListingsItem, "A1".into(), "SKU/1 x".into())
        );
        assert_eq!(
            find("PATCH", "/listings/2020-09-01/items/A1/x").0,
            Operation::PatchListingsItem
        );
        assert_eq!(
            find("GET", "/orders/v0/orders/902-1/orderItems"),
            (Operation::GetOrderItems, "902-1".into(), String::new())
        );
        for path in [
            "/",
            "/orders/v1/orders",
            "/a/b/c/d/e/f/g/h/i",
            "/orders/v0/orders/x/y",
        ] {
            assert_eq!(find("GET", path).0, Operation::Unknown, "{path}");
        }
        assert_eq!(find("DELETE", "/orders/v0/orders").0, Operation::Unknown);
        assert_eq!(queue_action("ReceiveMessage"), Operation::ReceiveMessage);
        assert_eq!(queue_action("getOrders"), Operation::Unknown);
    }
}
