//! From method and path to operation. Hosts are never looked at.

use std::borrow::Cow;

use crate::core::CallKind;

use super::query::decode;

/// What a request asks for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)] // The names are the platform's own; see `Operation::name`.
pub enum Operation {
    GetOrders,
    GetOrder,
    GetOrderItems,
    ConfirmShipment,
    SearchOrders,
    GetOrder2026,
    GetListingsItem,
    PutListingsItem,
    PatchListingsItem,
    SearchListingsItems,
    GetInventorySummaries,
    GetMarketplaceParticipations,
    CreateRestrictedDataToken,
    CreateDestination,
    GetDestinations,
    GetDestination,
    DeleteDestination,
    CreateSubscription,
    GetSubscription,
    GetSubscriptionById,
    DeleteSubscriptionById,
    Token,
    CreateQueue,
    GetQueueUrl,
    GetQueueAttributes,
    ReceiveMessage,
    DeleteMessage,
    DeleteMessageBatch,
    ChangeMessageVisibility,
    PurgeQueue,
    Unknown,
}

/// Which latency of the profile an operation has.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum LatencyClass {
    /// Lists and searches.
    List,
    /// Reads of one thing.
    Read,
    /// Writes.
    Write,
    /// The token endpoint.
    Token,
    /// Queue calls.
    Queue,
}

impl Operation {
    /// How many operations there are.
    pub const COUNT: usize = Operation::Unknown as usize + 1;

    /// The operations of the Selling Partner API proper, each with its own bucket.
    pub const LIMITED: usize = Operation::DeleteSubscriptionById as usize + 1;

    /// Every operation, in order.
    pub fn all() -> impl Iterator<Item = Operation> {
        use Operation::*;
        [
            GetOrders,
            GetOrder,
            GetOrderItems,
            ConfirmShipment,
            SearchOrders,
            GetOrder2026,
            GetListingsItem,
            PutListingsItem,
            PatchListingsItem,
            SearchListingsItems,
            GetInventorySummaries,
            GetMarketplaceParticipations,
            CreateRestrictedDataToken,
            CreateDestination,
            GetDestinations,
            GetDestination,
            DeleteDestination,
            CreateSubscription,
            GetSubscription,
            GetSubscriptionById,
            DeleteSubscriptionById,
            Token,
            CreateQueue,
            GetQueueUrl,
            GetQueueAttributes,
            ReceiveMessage,
            DeleteMessage,
            DeleteMessageBatch,
            ChangeMessageVisibility,
            PurgeQueue,
            Unknown,
        ]
        .into_iter()
    }

    /// The platform's own name; both versions of `getOrder` are told apart.
    pub const fn name(self) -> &'static str {
        use Operation::*;
        match self {
            GetOrders => "getOrders",
            GetOrder => "getOrder",
            GetOrderItems => "getOrderItems",
            ConfirmShipment => "confirmShipment",
            SearchOrders => "searchOrders",
            GetOrder2026 => "getOrder2026",
            GetListingsItem => "getListingsItem",
            PutListingsItem => "putListingsItem",
            PatchListingsItem => "patchListingsItem",
            SearchListingsItems => "searchListingsItems",
            GetInventorySummaries => "getInventorySummaries",
            GetMarketplaceParticipations => "getMarketplaceParticipations",
            CreateRestrictedDataToken => "createRestrictedDataToken",
            CreateDestination => "createDestination",
            GetDestinations => "getDestinations",
            GetDestination => "getDestination",
            DeleteDestination => "deleteDestination",
            CreateSubscription => "createSubscription",
            GetSubscription => "getSubscription",
            GetSubscriptionById => "getSubscriptionById",
            DeleteSubscriptionById => "deleteSubscriptionById",
            Token => "token",
            CreateQueue => "CreateQueue",
            GetQueueUrl => "GetQueueUrl",
            GetQueueAttributes => "GetQueueAttributes",
            ReceiveMessage => "ReceiveMessage",
            DeleteMessage => "DeleteMessage",
            DeleteMessageBatch => "DeleteMessageBatch",
            ChangeMessageVisibility => "ChangeMessageVisibility",
            PurgeQueue => "PurgeQueue",
            Unknown => "unknown",
        }
    }

    /// Whether it reads, writes or gets a token.
    pub const fn kind(self) -> CallKind {
        match self.latency_class() {
            LatencyClass::List | LatencyClass::Read => CallKind::Read,
            LatencyClass::Write => CallKind::Write,
            LatencyClass::Token => CallKind::Token,
            LatencyClass::Queue => match self {
                Operation::ReceiveMessage
                | Operation::GetQueueUrl
                | Operation::GetQueueAttributes => CallKind::Read,
                _ => CallKind::Write,
            },
        }
    }

    /// Which latency it has.
    pub const fn latency_class(self) -> LatencyClass {
        use Operation::*;
        match self {
            GetOrders | SearchOrders | SearchListingsItems | GetInventorySummaries => {
                LatencyClass::List
            }
            GetOrder
            | GetOrderItems
            | GetOrder2026
            | GetListingsItem
            | GetDestinations
            | GetDestination
            | GetSubscription
            | GetSubscriptionById
            | GetMarketplaceParticipations
            | Unknown => LatencyClass::Read,
            ConfirmShipment
            | PutListingsItem
            | PatchListingsItem
            | CreateDestination
            | DeleteDestination
            | CreateSubscription
            | DeleteSubscriptionById => LatencyClass::Write,
            Token | CreateRestrictedDataToken => LatencyClass::Token,
            CreateQueue
            | GetQueueUrl
            | GetQueueAttributes
            | ReceiveMessage
            | DeleteMessage
            | DeleteMessageBatch
            | ChangeMessageVisibility
            | PurgeQueue => LatencyClass::Queue,
        }
    }

    /// Whether it is grantless: served to a token of the scope for notifications (sheet section 2.2).
    pub const fn is_grantless(self) -> bool {
        use Operation::*;
        matches!(
            self,
            CreateDestination
                | GetDestinations
                | GetDestination
                | DeleteDestination
                | GetSubscriptionById
                | DeleteSubscriptionById
        )
    }
}

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
        ("POST", ["orders", "v0", "orders", id, "shipmentConfirmation"]) => {
            (ConfirmShipment, *id, "")
        }
        ("GET", ["orders", "2026-01-01", "orders"]) => plain(SearchOrders),
        ("GET", ["orders", "2026-01-01", "orders", id]) => (GetOrder2026, *id, ""),
        ("GET", ["listings", "2021-08-01", "items", seller]) => (SearchListingsItems, *seller, ""),
        ("GET", ["listings", "2021-08-01", "items", seller, sku]) => {
            (GetListingsItem, *seller, *sku)
        }
        ("PUT", ["listings", "2021-08-01", "items", seller, sku]) => {
            (PutListingsItem, *seller, *sku)
        }
        ("PATCH", ["listings", "2021-08-01", "items", seller, sku]) => {
            (PatchListingsItem, *seller, *sku)
        }
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
    fn operations_are_numbered_in_order() {
        for (index, operation) in Operation::all().enumerate() {
            assert_eq!(operation as usize, index);
        }
        assert_eq!(Operation::all().count(), Operation::COUNT);
    }

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
