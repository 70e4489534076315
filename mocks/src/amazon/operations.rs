//! The operations: names, addresses, latencies, and how far each is served.

use crate::core::Coverage::{self, Full, NotServed, Partial};
use crate::core::{CallKind, Served};

use LatencyClass::{List, Queue, Read, Token, Write};

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
    GetOrderAddress,
    GetOrderBuyerInfo,
    GetOrderItemsBuyerInfo,
    DeleteListingsItem,
    GetSubscriptions,
    CreateFeedDocument,
    GetFeedDocument,
    CreateFeed,
    GetFeeds,
    GetFeed,
    CancelFeed,
    CreateReport,
    GetReports,
    GetReport,
    CancelReport,
    GetReportDocument,
    CreateFulfillmentOrder,
    ListAllFulfillmentOrders,
    GetFulfillmentOrder,
    CancelFulfillmentOrder,
    Token,
    UploadDocument,
    DownloadDocument,
    CreateQueue,
    GetQueueUrl,
    GetQueueAttributes,
    ReceiveMessage,
    DeleteMessage,
    DeleteMessageBatch,
    ChangeMessageVisibility,
    PurgeQueue,
    ListQueues,
    DeleteQueue,
    SetQueueAttributes,
    SendMessage,
    ChangeMessageVisibilityBatch,
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

/// One row of the table.
#[derive(Debug)]
pub struct Entry {
    /// Which operation.
    pub operation: Operation,
    /// The platform's own name; both versions of `getOrder` are told apart.
    pub name: &'static str,
    /// Which latency it has.
    pub latency: LatencyClass,
    /// Method and path, variable parts in braces.
    pub path: &'static str,
    /// How far it is served.
    pub coverage: Coverage,
}

const fn row(
    operation: Operation,
    name: &'static str,
    latency: LatencyClass,
    path: &'static str,
    coverage: Coverage,
) -> Entry {
    Entry {
        operation,
        name,
        latency,
        path,
        coverage,
    }
}

/// Every operation, in the order of the enumeration. The first 21 came first and their draws count on their places.
pub static TABLE: [Entry; Operation::COUNT] = [
    row(
        Operation::GetOrders,
        "getOrders",
        List,
        "GET /orders/v0/orders",
        Partial("no store pick-up, Easy Ship or invoice filters"),
    ),
    row(
        Operation::GetOrder,
        "getOrder",
        Read,
        "GET /orders/v0/orders/{orderId}",
        Full,
    ),
    row(
        Operation::GetOrderItems,
        "getOrderItems",
        Read,
        "GET /orders/v0/orders/{orderId}/orderItems",
        Full,
    ),
    row(
        Operation::ConfirmShipment,
        "confirmShipment",
        Write,
        "POST /orders/v0/orders/{orderId}/shipmentConfirmation",
        Partial("supply sources and cash on delivery are ignored"),
    ),
    row(
        Operation::SearchOrders,
        "searchOrders",
        List,
        "GET /orders/2026-01-01/orders",
        Partial("EXPENSE, PROMOTION, TAX, PAYMENT and FULFILLMENT_ORDERS are empty"),
    ),
    row(
        Operation::GetOrder2026,
        "getOrder2026",
        Read,
        "GET /orders/2026-01-01/orders/{orderId}",
        Partial("EXPENSE, PROMOTION, TAX, PAYMENT and FULFILLMENT_ORDERS are empty"),
    ),
    row(
        Operation::GetListingsItem,
        "getListingsItem",
        Read,
        "GET /listings/2021-08-01/items/{sellerId}/{sku}",
        Full,
    ),
    row(
        Operation::PutListingsItem,
        "putListingsItem",
        Write,
        "PUT /listings/2021-08-01/items/{sellerId}/{sku}",
        Partial("sets the quantity of a known SKU; makes no new one"),
    ),
    row(
        Operation::PatchListingsItem,
        "patchListingsItem",
        Write,
        "PATCH /listings/2021-08-01/items/{sellerId}/{sku}",
        Partial("quantity and handling time take effect, other attributes are accepted"),
    ),
    row(
        Operation::SearchListingsItems,
        "searchListingsItems",
        List,
        "GET /listings/2021-08-01/items/{sellerId}",
        Full,
    ),
    row(
        Operation::GetInventorySummaries,
        "getInventorySummaries",
        List,
        "GET /fba/inventory/v1/summaries",
        Partial("no inbound, researching or unfulfillable units"),
    ),
    row(
        Operation::GetMarketplaceParticipations,
        "getMarketplaceParticipations",
        Read,
        "GET /sellers/v1/marketplaceParticipations",
        Full,
    ),
    row(
        Operation::CreateRestrictedDataToken,
        "createRestrictedDataToken",
        Token,
        "POST /tokens/2021-03-01/restrictedDataToken",
        Partial("gates Orders v0; tokens for other applications are not told apart"),
    ),
    row(
        Operation::CreateDestination,
        "createDestination",
        Write,
        "POST /notifications/v1/destinations",
        Full,
    ),
    row(
        Operation::GetDestinations,
        "getDestinations",
        Read,
        "GET /notifications/v1/destinations",
        Full,
    ),
    row(
        Operation::GetDestination,
        "getDestination",
        Read,
        "GET /notifications/v1/destinations/{destinationId}",
        Full,
    ),
    row(
        Operation::DeleteDestination,
        "deleteDestination",
        Write,
        "DELETE /notifications/v1/destinations/{destinationId}",
        Full,
    ),
    row(
        Operation::CreateSubscription,
        "createSubscription",
        Write,
        "POST /notifications/v1/subscriptions/{notificationType}",
        Partial("filters by order change type only"),
    ),
    row(
        Operation::GetSubscription,
        "getSubscription",
        Read,
        "GET /notifications/v1/subscriptions/{notificationType}",
        Full,
    ),
    row(
        Operation::GetSubscriptionById,
        "getSubscriptionById",
        Read,
        "GET /notifications/v1/subscriptions/{notificationType}/{subscriptionId}",
        Full,
    ),
    row(
        Operation::DeleteSubscriptionById,
        "deleteSubscriptionById",
        Write,
        "DELETE /notifications/v1/subscriptions/{notificationType}/{subscriptionId}",
        Full,
    ),
    row(
        Operation::GetOrderAddress,
        "getOrderAddress",
        Read,
        "GET /orders/v0/orders/{orderId}/address",
        Full,
    ),
    row(
        Operation::GetOrderBuyerInfo,
        "getOrderBuyerInfo",
        Read,
        "GET /orders/v0/orders/{orderId}/buyerInfo",
        Partial("no tax data"),
    ),
    row(
        Operation::GetOrderItemsBuyerInfo,
        "getOrderItemsBuyerInfo",
        Read,
        "GET /orders/v0/orders/{orderId}/orderItems/buyerInfo",
        Partial("no gifts and no customised items"),
    ),
    row(
        Operation::DeleteListingsItem,
        "deleteListingsItem",
        Write,
        "DELETE /listings/2021-08-01/items/{sellerId}/{sku}",
        Partial("the quantity goes to 0; the SKU stays in the catalogue"),
    ),
    row(
        Operation::GetSubscriptions,
        "getSubscriptions",
        List,
        "GET /notifications/v1/subscriptions",
        Full,
    ),
    row(
        Operation::CreateFeedDocument,
        "createFeedDocument",
        Write,
        "POST /feeds/2021-06-30/documents",
        Full,
    ),
    row(
        Operation::GetFeedDocument,
        "getFeedDocument",
        Read,
        "GET /feeds/2021-06-30/documents/{feedDocumentId}",
        Partial("never compressed"),
    ),
    row(
        Operation::CreateFeed,
        "createFeed",
        Write,
        "POST /feeds/2021-06-30/feeds",
        Partial(
            "JSON_LISTINGS_FEED is processed; the old listing feeds end FATAL, as Amazon ends them since 2025-07-31; POST_ORDER_ACKNOWLEDGEMENT_DATA and POST_ORDER_FULFILLMENT_DATA, which Amazon still takes, end FATAL here too",
        ),
    ),
    row(
        Operation::GetFeeds,
        "getFeeds",
        List,
        "GET /feeds/2021-06-30/feeds",
        Full,
    ),
    row(
        Operation::GetFeed,
        "getFeed",
        Read,
        "GET /feeds/2021-06-30/feeds/{feedId}",
        Full,
    ),
    row(
        Operation::CancelFeed,
        "cancelFeed",
        Write,
        "DELETE /feeds/2021-06-30/feeds/{feedId}",
        Full,
    ),
    row(
        Operation::CreateReport,
        "createReport",
        Write,
        "POST /reports/2021-06-30/reports",
        Partial(
            "orders by last update and by order date, all listings, open listings, FBA inventory",
        ),
    ),
    row(
        Operation::GetReports,
        "getReports",
        List,
        "GET /reports/2021-06-30/reports",
        Full,
    ),
    row(
        Operation::GetReport,
        "getReport",
        Read,
        "GET /reports/2021-06-30/reports/{reportId}",
        Full,
    ),
    row(
        Operation::CancelReport,
        "cancelReport",
        Write,
        "DELETE /reports/2021-06-30/reports/{reportId}",
        Full,
    ),
    row(
        Operation::GetReportDocument,
        "getReportDocument",
        Read,
        "GET /reports/2021-06-30/documents/{reportDocumentId}",
        Partial("never compressed"),
    ),
    row(
        Operation::CreateFulfillmentOrder,
        "createFulfillmentOrder",
        Write,
        "POST /fba/outbound/2020-07-01/fulfillmentOrders",
        Partial("no cash on delivery, no delivery windows, no features"),
    ),
    row(
        Operation::ListAllFulfillmentOrders,
        "listAllFulfillmentOrders",
        List,
        "GET /fba/outbound/2020-07-01/fulfillmentOrders",
        Full,
    ),
    row(
        Operation::GetFulfillmentOrder,
        "getFulfillmentOrder",
        Read,
        "GET /fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}",
        Partial("no returns and no payment information"),
    ),
    row(
        Operation::CancelFulfillmentOrder,
        "cancelFulfillmentOrder",
        Write,
        "PUT /fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}/cancel",
        Full,
    ),
    row(
        Operation::Token,
        "token",
        Token,
        "POST /auth/o2/token",
        Partial("no authorization codes, since there is no consent page"),
    ),
    row(
        Operation::UploadDocument,
        "uploadDocument",
        Write,
        "PUT /documents/{documentId}",
        Full,
    ),
    row(
        Operation::DownloadDocument,
        "downloadDocument",
        Read,
        "GET /documents/{documentId}",
        Full,
    ),
    row(
        Operation::CreateQueue,
        "CreateQueue",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.CreateQueue)",
        Full,
    ),
    row(
        Operation::GetQueueUrl,
        "GetQueueUrl",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.GetQueueUrl)",
        Full,
    ),
    row(
        Operation::GetQueueAttributes,
        "GetQueueAttributes",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.GetQueueAttributes)",
        Full,
    ),
    row(
        Operation::ReceiveMessage,
        "ReceiveMessage",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.ReceiveMessage)",
        Full,
    ),
    row(
        Operation::DeleteMessage,
        "DeleteMessage",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.DeleteMessage)",
        Full,
    ),
    row(
        Operation::DeleteMessageBatch,
        "DeleteMessageBatch",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.DeleteMessageBatch)",
        Full,
    ),
    row(
        Operation::ChangeMessageVisibility,
        "ChangeMessageVisibility",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.ChangeMessageVisibility)",
        Full,
    ),
    row(
        Operation::PurgeQueue,
        "PurgeQueue",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.PurgeQueue)",
        Full,
    ),
    row(
        Operation::ListQueues,
        "ListQueues",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.ListQueues)",
        Partial("one page"),
    ),
    row(
        Operation::DeleteQueue,
        "DeleteQueue",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.DeleteQueue)",
        Full,
    ),
    row(
        Operation::SetQueueAttributes,
        "SetQueueAttributes",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.SetQueueAttributes)",
        Partial("VisibilityTimeout and ReceiveMessageWaitTimeSeconds take effect"),
    ),
    row(
        Operation::SendMessage,
        "SendMessage",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.SendMessage)",
        Partial("no message attributes"),
    ),
    row(
        Operation::ChangeMessageVisibilityBatch,
        "ChangeMessageVisibilityBatch",
        Queue,
        "POST / (X-Amz-Target: AmazonSQS.ChangeMessageVisibilityBatch)",
        Full,
    ),
    row(Operation::Unknown, "unknown", Read, "", NotServed),
];

/// Operations of the same platform that are not served: name, method and path (sheet section 11).
const OTHERS: &[(&str, &str)] = &[
    (
        "updateShipmentStatus",
        "POST /orders/v0/orders/{orderId}/shipment",
    ),
    (
        "getOrderRegulatedInfo",
        "GET /orders/v0/orders/{orderId}/regulatedInfo",
    ),
    (
        "updateVerificationStatus",
        "PATCH /orders/v0/orders/{orderId}/regulatedInfo",
    ),
    (
        "sendTestNotification",
        "POST /notifications/v1/subscriptions/{notificationType}/testNotification",
    ),
    ("createReportSchedule", "POST /reports/2021-06-30/schedules"),
    ("getReportSchedules", "GET /reports/2021-06-30/schedules"),
    (
        "getReportSchedule",
        "GET /reports/2021-06-30/schedules/{reportScheduleId}",
    ),
    (
        "cancelReportSchedule",
        "DELETE /reports/2021-06-30/schedules/{reportScheduleId}",
    ),
    ("getAccount", "GET /sellers/v1/account"),
    ("createInventoryItem", "POST /fba/inventory/v1/items"),
    ("addInventory", "POST /fba/inventory/v1/items/inventory"),
    (
        "deleteInventoryItem",
        "DELETE /fba/inventory/v1/items/{sellerSku}",
    ),
    (
        "getFulfillmentPreview",
        "POST /fba/outbound/2020-07-01/fulfillmentOrders/preview",
    ),
    (
        "updateFulfillmentOrder",
        "PUT /fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}",
    ),
    (
        "createFulfillmentReturn",
        "PUT /fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}/return",
    ),
    (
        "submitFulfillmentOrderStatusUpdate",
        "PUT /fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}/status",
    ),
    (
        "getPackageTrackingDetails",
        "GET /fba/outbound/2020-07-01/tracking",
    ),
    (
        "createOrder",
        "POST /fulfillment/outbound/2026-07-04/orders",
    ),
    (
        "getOrder",
        "GET /fulfillment/outbound/2026-07-04/orders/{orderId}",
    ),
    ("listOrders", "GET /fulfillment/outbound/2026-07-04/orders"),
    (
        "cancelOrder",
        "PUT /fulfillment/outbound/2026-07-04/orders/{orderId}/cancel",
    ),
    (
        "getSupplySources",
        "GET /supplySources/2020-07-01/supplySources",
    ),
    (
        "createSupplySource",
        "POST /supplySources/2020-07-01/supplySources",
    ),
    (
        "getSupplySource",
        "GET /supplySources/2020-07-01/supplySources/{supplySourceId}",
    ),
    (
        "updateSupplySource",
        "PUT /supplySources/2020-07-01/supplySources/{supplySourceId}",
    ),
    (
        "archiveSupplySource",
        "DELETE /supplySources/2020-07-01/supplySources/{supplySourceId}",
    ),
    (
        "updateSupplySourceStatus",
        "PUT /supplySources/2020-07-01/supplySources/{supplySourceId}/status",
    ),
    (
        "batchInventory",
        "POST /externalFulfillment/inventory/2024-09-11/inventories",
    ),
    (
        "searchDefinitionsProductTypes",
        "GET /definitions/2020-09-01/productTypes",
    ),
    (
        "getDefinitionsProductType",
        "GET /definitions/2020-09-01/productTypes/{productType}",
    ),
];

impl Operation {
    /// How many operations there are.
    pub const COUNT: usize = Operation::Unknown as usize + 1;

    /// The operations of the Selling Partner API proper, each with its own bucket.
    pub const LIMITED: usize = Operation::CancelFulfillmentOrder as usize + 1;

    /// Every operation, in order.
    pub fn all() -> impl Iterator<Item = Operation> {
        TABLE.iter().map(|entry| entry.operation)
    }

    /// The platform's own name; both versions of `getOrder` are told apart.
    pub fn name(self) -> &'static str {
        TABLE[self as usize].name
    }

    /// Which latency it has.
    pub fn latency_class(self) -> LatencyClass {
        TABLE[self as usize].latency
    }

    /// Whether it reads, writes or gets a token.
    pub fn kind(self) -> CallKind {
        match self.latency_class() {
            List | Read => CallKind::Read,
            Write => CallKind::Write,
            Token => CallKind::Token,
            Queue => match self {
                Operation::ReceiveMessage
                | Operation::GetQueueUrl
                | Operation::GetQueueAttributes
                | Operation::ListQueues => CallKind::Read,
                _ => CallKind::Write,
            },
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

    /// Whether it writes listings, for which the authorisation must hold the Product Listing role.
    pub const fn writes_listings(self) -> bool {
        use Operation::*;
        matches!(
            self,
            PatchListingsItem | PutListingsItem | DeleteListingsItem
        )
    }

    /// Whether it belongs to the Listings Items API, whose 400 has a code of its own (sheet section 2.3).
    pub const fn is_of_listings(self) -> bool {
        use Operation::*;
        self.writes_listings() || matches!(self, GetListingsItem | SearchListingsItems)
    }
}

/// What this emulator serves of the Selling Partner API and of the queue beside it, and what of the operations that a
/// sync engine could want it does not serve.
pub fn coverage() -> Vec<Served> {
    let served = TABLE
        .iter()
        .filter(|entry| entry.operation != Operation::Unknown)
        .map(|entry| Served {
            name: entry.name,
            path: entry.path,
            coverage: entry.coverage,
        });
    let others = OTHERS.iter().map(|&(name, path)| Served {
        name,
        path,
        coverage: NotServed,
    });
    served.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::super::router::{queue_action, route};
    use super::*;

    fn find(path: &str) -> Operation {
        let (method, path) = path.split_once(' ').unwrap();
        let method = http::Method::from_bytes(method.as_bytes()).unwrap();
        let path: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect();
        route(&method, &path.join("/")).operation
    }

    #[test]
    fn operations_are_numbered_in_order() {
        for (index, operation) in Operation::all().enumerate() {
            assert_eq!(operation as usize, index);
        }
    }

    #[test]
    fn the_router_finds_what_the_table_says_and_nothing_of_the_others() {
        for entry in &TABLE {
            match entry.latency {
                _ if entry.operation == Operation::Unknown => {}
                Queue => assert_eq!(queue_action(entry.name), entry.operation),
                _ => assert_eq!(find(entry.path), entry.operation, "{}", entry.path),
            }
        }
        for (name, path) in OTHERS {
            assert_eq!(find(path), Operation::Unknown, "{name}");
        }
        assert_eq!(coverage().len(), Operation::COUNT - 1 + OTHERS.len());
    }
}
