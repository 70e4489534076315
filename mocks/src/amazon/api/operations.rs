//! The table of operations. One row is all that the router, the limits, the latencies, the coverage page and the seeds of
//! the fuzz test know of an operation; a new one is added at the end of its part.

use http::Method;

use super::listings::{search, submit};
use super::orders::{by_id, list, personal, shipment};
use super::queue::{QueueCall, QueueRequest, manage, messages, receive};
use super::reply::Reply;
use super::{Api, Call};
use super::{
    catalog_items, documents, feeds, inventory_summaries, jobs, listings, login, marketplaces,
    notifications, outbound, pricing, reports, restricted,
};
use crate::amazon::model::documents::Owner;
use crate::amazon::profile::{Latency, Limits, Rate};
use crate::core::Coverage::{self, Full, NotServed, Partial};
use crate::core::{CallKind, Called, Distribution, Served};

use Caller::{Anybody, Grantless, Lister, Seller};
use Class::{List, QueueRead, QueueWrite, Read, Token, Write};

/// What an operation does, and so how long it takes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Lists and searches.
    List,
    /// Reads of one thing.
    Read,
    /// Writes.
    Write,
    /// Makes tokens.
    Token,
    /// Queue calls that change nothing but who sees a message.
    QueueRead,
    /// All other queue calls.
    QueueWrite,
}

impl Class {
    /// How its calls count.
    pub(crate) const fn kind(self) -> CallKind {
        match self {
            List | Read | QueueRead => CallKind::Read,
            Write | QueueWrite => CallKind::Write,
            Token => CallKind::Token,
        }
    }

    /// How long its calls take.
    pub(crate) const fn latency(self, latency: &Latency) -> &Distribution {
        match self {
            List => &latency.list,
            Read => &latency.read,
            Write => &latency.write,
            Token => &latency.token,
            QueueRead | QueueWrite => &latency.queue,
        }
    }
}

/// Whom an operation is served to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A token of the seller.
    Seller,
    /// The same, where the authorisation holds the Product Listing role.
    Lister,
    /// Also a token of the scope for notifications (docs/platforms/amazon.md 2.2).
    Grantless,
    /// Whoever asks: what may be done here is proved otherwise. Such calls have neither limits nor faults.
    Anybody,
}

/// What serves a call of the Selling Partner API.
pub(crate) type ApiHandler = fn(&mut Api, &Call<'_>) -> Result<Reply, Reply>;

/// What serves an operation.
#[derive(Copy, Clone)]
pub(crate) enum Handler {
    /// A call of the Selling Partner API.
    Api(ApiHandler),
    /// An action of the queue; no reply where the answer is held back.
    Queue(fn(&mut Api, &QueueCall<'_>, &QueueRequest<'_>) -> Result<Option<Reply>, Reply>),
    /// Nothing.
    None,
}

/// One operation.
pub(crate) struct Operation {
    /// The platform's own name; both versions of `getOrder` are told apart.
    pub(crate) name: &'static str,
    /// Its method.
    pub(crate) method: Method,
    /// Its path, variable parts in braces.
    pub(crate) path: &'static str,
    /// Method and path as the coverage page shows them.
    address: &'static str,
    /// What it does.
    pub(crate) class: Class,
    /// Whom it is served to.
    pub(crate) caller: Caller,
    /// Its own bucket in the profile, if it has one.
    pub(crate) limit: Option<fn(&Limits) -> Rate>,
    /// How far it is served.
    coverage: Coverage,
    /// What serves it.
    pub(crate) handler: Handler,
}

impl Operation {
    /// Whether it belongs to the Listings Items API, whose 400 has a code of its own (docs/platforms/amazon.md 2.3).
    pub(crate) fn is_of_listings(&self) -> bool {
        self.path.starts_with("/listings/")
    }
}

macro_rules! operations {
    (
        api { $($method:ident $path:literal, $name:literal, $class:expr, $caller:expr, $limit:expr, $coverage:expr, $handler:expr;)* }
        queue { $($action:literal, $queue_class:expr, $queue_coverage:expr, $queue_handler:expr;)* }
    ) => {
        /// Every operation.
        pub(crate) static OPERATIONS: &[Operation] = &[
            $(Operation {
                name: $name,
                method: Method::$method,
                path: $path,
                address: concat!(stringify!($method), " ", $path),
                class: $class,
                caller: $caller,
                limit: $limit,
                coverage: $coverage,
                handler: Handler::Api($handler),
            },)*
            $(Operation {
                name: $action,
                method: Method::POST,
                path: "/",
                address: concat!("POST / (X-Amz-Target: AmazonSQS.", $action, ")"),
                class: $queue_class,
                caller: Anybody,
                limit: None,
                coverage: $queue_coverage,
                handler: Handler::Queue($queue_handler),
            },)*
        ];
    };
}

operations! {
    api {
        GET "/orders/v0/orders", "getOrders", List, Seller, Some(|it| it.orders_v0(it.get_orders)), Partial("no filters by delivery date; there are no orders to be picked up, of Easy Ship or with cash on delivery"),
            |api, call| list::get_orders(&mut api.shop, call);
        GET "/orders/v0/orders/{orderId}", "getOrder", Read, Seller, Some(|it| it.orders_v0(it.get_order)), Full,
            |api, call| by_id::get_order(&api.shop, call);
        GET "/orders/v0/orders/{orderId}/orderItems", "getOrderItems", Read, Seller, Some(|it| it.orders_v0(it.get_order_items)), Full,
            |api, call| by_id::get_order_items(&api.shop, call);
        POST "/orders/v0/orders/{orderId}/shipmentConfirmation", "confirmShipment", Write, Seller, Some(|it| it.confirm_shipment), Partial("supply sources and cash on delivery are ignored"),
            |api, call| shipment::confirm(&mut api.shop, call);
        GET "/orders/2026-01-01/orders", "searchOrders", List, Seller, Some(|it| it.search_orders), Partial("EXPENSE, PROMOTION, TAX, PAYMENT and FULFILLMENT_ORDERS are empty"),
            |api, call| list::search_orders(&mut api.shop, call);
        GET "/orders/2026-01-01/orders/{orderId}", "getOrder2026", Read, Seller, Some(|it| it.get_order_2026), Partial("EXPENSE, PROMOTION, TAX, PAYMENT and FULFILLMENT_ORDERS are empty"),
            |api, call| by_id::get_order_2026(&api.shop, call);
        GET "/listings/2021-08-01/items/{sellerId}/{sku}", "getListingsItem", Read, Seller, Some(|it| it.get_listings_item), Full,
            |api, call| listings::get_item(&api.shop, &mut api.limits, call);
        PUT "/listings/2021-08-01/items/{sellerId}/{sku}", "putListingsItem", Write, Lister, Some(|it| it.put_listings_item), Partial("sets the quantity of a known SKU; makes no new one; every product type is taken, and attributes that it requires may be left out"),
            submit::put;
        PATCH "/listings/2021-08-01/items/{sellerId}/{sku}", "patchListingsItem", Write, Lister, Some(|it| it.patch_listings_item), Partial("quantity and handling time take effect, other attributes are accepted; every product type is taken; a merchant's SKU cannot become Amazon's, which has one of its own"),
            submit::patch;
        GET "/listings/2021-08-01/items/{sellerId}", "searchListingsItems", List, Seller, Some(|it| it.search_listings_items), Full,
            |api, call| search::search(&api.shop.settings, api.shop.offers(), call);
        GET "/fba/inventory/v1/summaries", "getInventorySummaries", List, Seller, Some(|it| it.get_inventory_summaries), Partial("no inbound, researching or unfulfillable units"),
            |api, call| inventory_summaries::list(&api.shop.settings, &api.shop.catalogue, &mut api.shop.fba, call);
        GET "/sellers/v1/marketplaceParticipations", "getMarketplaceParticipations", Read, Seller, Some(|it| it.get_marketplace_participations), Full,
            |api, _| Ok(marketplaces::participations(&api.shop.settings));
        POST "/tokens/2021-03-01/restrictedDataToken", "createRestrictedDataToken", Token, Seller, Some(|it| it.create_restricted_data_token), Partial("gates Orders v0; tokens for other applications are not told apart"),
            |api, call| restricted::create_token(&api.shop.settings, &mut api.tokens, call);
        POST "/notifications/v1/destinations", "createDestination", Write, Grantless, Some(|it| it.notifications), Full,
            |api, call| notifications::create_destination(&api.shop.settings, &mut api.signals, call);
        GET "/notifications/v1/destinations", "getDestinations", Read, Grantless, Some(|it| it.notifications), Full,
            |api, _| Ok(notifications::get_destinations(&api.shop.settings, &api.signals));
        GET "/notifications/v1/destinations/{destinationId}", "getDestination", Read, Grantless, Some(|it| it.notifications), Full,
            |api, call| notifications::get_destination(&api.shop.settings, &api.signals, call);
        DELETE "/notifications/v1/destinations/{destinationId}", "deleteDestination", Write, Grantless, Some(|it| it.notifications), Full,
            |api, call| notifications::delete_destination(&mut api.signals, call);
        POST "/notifications/v1/subscriptions/{notificationType}", "createSubscription", Write, Seller, Some(|it| it.notifications), Partial("filters by order change type only: other filters and expressions are kept and told; notifications of orders, live quantities, feeds and reports are sent; any version of a payload has the same members"),
            |api, call| notifications::create_subscription(&api.shop.settings, &mut api.signals, call);
        GET "/notifications/v1/subscriptions/{notificationType}", "getSubscription", Read, Seller, Some(|it| it.notifications), Full,
            |api, call| notifications::get_subscription(&api.signals, call);
        GET "/notifications/v1/subscriptions/{notificationType}/{subscriptionId}", "getSubscriptionById", Read, Grantless, Some(|it| it.notifications), Full,
            |api, call| notifications::get_subscription_by_id(&api.signals, call);
        DELETE "/notifications/v1/subscriptions/{notificationType}/{subscriptionId}", "deleteSubscriptionById", Write, Grantless, Some(|it| it.notifications), Full,
            |api, call| notifications::delete_subscription_by_id(&mut api.signals, call);
        GET "/orders/v0/orders/{orderId}/address", "getOrderAddress", Read, Seller, Some(|it| it.orders_v0(it.get_order_address)), Full,
            |api, call| personal::get_address(&api.shop, call);
        GET "/orders/v0/orders/{orderId}/buyerInfo", "getOrderBuyerInfo", Read, Seller, Some(|it| it.orders_v0(it.get_order_buyer_info)), Partial("no tax data"),
            |api, call| personal::get_buyer(&api.shop, call);
        GET "/orders/v0/orders/{orderId}/orderItems/buyerInfo", "getOrderItemsBuyerInfo", Read, Seller, Some(|it| it.orders_v0(it.get_order_buyer_info)), Partial("no gifts and no customised items"),
            |api, call| personal::get_items_buyer(&api.shop, call);
        DELETE "/listings/2021-08-01/items/{sellerId}/{sku}", "deleteListingsItem", Write, Lister, Some(|it| it.delete_listings_item), Partial("nothing can be bought any more; the SKU stays in the catalogue"),
            submit::delete;
        GET "/notifications/v1/subscriptions", "getSubscriptions", List, Seller, Some(|it| it.notifications), Full,
            |api, call| notifications::get_subscriptions(&api.shop.settings, &api.signals, call);
        POST "/feeds/2021-06-30/documents", "createFeedDocument", Write, Seller, Some(|it| it.create_feed_document), Full,
            |api, call| feeds::create_document(&api.shop.settings, &mut api.shop.documents, call);
        GET "/feeds/2021-06-30/documents/{feedDocumentId}", "getFeedDocument", Read, Seller, Some(|it| it.get_feed_document), Partial("never compressed"),
            |api, call| jobs::get_document(&api.shop.settings, &api.shop.documents, (Owner::Feeds, "feedDocumentId"), call);
        POST "/feeds/2021-06-30/feeds", "createFeed", Write, Seller, Some(|it| it.create_feed), Partial("JSON_LISTINGS_FEED is processed, and its report never has items, whatever header.report asks for; the old listing feeds end FATAL, as Amazon ends them since 2025-07-31; POST_ORDER_ACKNOWLEDGEMENT_DATA and POST_ORDER_FULFILLMENT_DATA, which Amazon still takes, end FATAL here too; other types, such as POST_FLAT_FILE_FULFILLMENT_DATA, are refused"),
            |api, call| feeds::create(&mut api.shop, &mut api.limits, call);
        GET "/feeds/2021-06-30/feeds", "getFeeds", List, Seller, Some(|it| it.get_feeds), Full,
            |api, call| jobs::list(&api.shop.settings, &api.shop.feeds, &api.shop.documents, call);
        GET "/feeds/2021-06-30/feeds/{feedId}", "getFeed", Read, Seller, Some(|it| it.get_feed), Full,
            |api, call| jobs::get(&api.shop.settings, &api.shop.feeds, &api.shop.documents, call);
        DELETE "/feeds/2021-06-30/feeds/{feedId}", "cancelFeed", Write, Seller, Some(|it| it.cancel_feed), Full,
            |api, call| feeds::cancel(&mut api.shop, call);
        POST "/reports/2021-06-30/reports", "createReport", Write, Seller, Some(|it| it.create_report), Partial("orders by last update and by order date, all listings, open listings, FBA inventory"),
            |api, call| reports::create(&mut api.shop, call);
        GET "/reports/2021-06-30/reports", "getReports", List, Seller, Some(|it| it.get_reports), Full,
            |api, call| jobs::list(&api.shop.settings, &api.shop.reports, &api.shop.documents, call);
        GET "/reports/2021-06-30/reports/{reportId}", "getReport", Read, Seller, Some(|it| it.get_report), Full,
            |api, call| jobs::get(&api.shop.settings, &api.shop.reports, &api.shop.documents, call);
        DELETE "/reports/2021-06-30/reports/{reportId}", "cancelReport", Write, Seller, Some(|it| it.cancel_report), Full,
            |api, call| reports::cancel(&mut api.shop, call);
        GET "/reports/2021-06-30/documents/{reportDocumentId}", "getReportDocument", Read, Seller, Some(|it| it.get_report_document), Partial("never compressed"),
            |api, call| jobs::get_document(&api.shop.settings, &api.shop.documents, (Owner::Reports, "reportDocumentId"), call);
        POST "/fba/outbound/2020-07-01/fulfillmentOrders", "createFulfillmentOrder", Write, Seller, Some(|it| it.fulfillment_outbound), Partial("no cash on delivery, no delivery windows, no features"),
            |api, call| outbound::create(&mut api.shop, call);
        GET "/fba/outbound/2020-07-01/fulfillmentOrders", "listAllFulfillmentOrders", List, Seller, Some(|it| it.fulfillment_outbound), Full,
            |api, call| outbound::list(&api.shop.settings, &api.shop.outbound, call);
        GET "/fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}", "getFulfillmentOrder", Read, Seller, Some(|it| it.fulfillment_outbound), Partial("no returns and no payment information"),
            |api, call| outbound::get(&api.shop.settings, &api.shop.catalogue, &api.shop.outbound, call);
        PUT "/fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}/cancel", "cancelFulfillmentOrder", Write, Seller, Some(|it| it.fulfillment_outbound), Full,
            |api, call| outbound::cancel(&mut api.shop, call);
        GET "/catalog/2022-04-01/items", "searchCatalogItems", List, Seller, Some(|it| it.catalog_items), Partial("the seller's own items, by ASIN, SKU or words of their titles; titles are all that is known of them"),
            |api, call| catalog_items::search(&api.shop.settings, api.shop.offers(), call);
        GET "/catalog/2022-04-01/items/{asin}", "getCatalogItem", Read, Seller, Some(|it| it.catalog_items), Partial("titles are all that is known of an item"),
            |api, call| catalog_items::get(&api.shop.settings, api.shop.offers(), call);
        GET "/products/pricing/v0/price", "getPricing", Read, Seller, Some(|it| it.get_pricing), Partial("no prices for businesses"),
            |api, call| pricing::get_pricing(&api.shop.settings, api.shop.offers(), call);
        GET "/products/pricing/v0/competitivePrice", "getCompetitivePricing", Read, Seller, Some(|it| it.get_pricing), Partial("nobody else offers what the seller offers"),
            |api, call| pricing::get_competitive(&api.shop.settings, api.shop.offers(), call);
        GET "/products/pricing/v0/listings/{SellerSKU}/offers", "getListingOffers", Read, Seller, Some(|it| it.get_listing_offers), Partial("nobody else offers what the seller offers"),
            |api, call| pricing::get_offers(&api.shop.settings, api.shop.offers(), call, false);
        GET "/products/pricing/v0/items/{Asin}/offers", "getItemOffers", Read, Seller, Some(|it| it.get_item_offers), Partial("nobody else offers what the seller offers"),
            |api, call| pricing::get_offers(&api.shop.settings, api.shop.offers(), call, true);
        POST "/auth/o2/token", "token", Token, Anybody, None, Full,
            |api, call| Ok(login::token(&api.shop.settings, &mut api.tokens, call));
        GET "/apps/authorize/consent", "consent", Token, Anybody, None, Partial("the seller consents at once, and every redirect address is taken"),
            |api, call| login::consent(&api.shop.settings, &mut api.tokens, call);
        PUT "/documents/{documentId}", "uploadDocument", Write, Anybody, None, Full,
            |api, call| documents::upload(&api.shop.settings, &mut api.shop.documents, call);
        GET "/documents/{documentId}", "downloadDocument", Read, Anybody, None, Full,
            |api, call| documents::download(&api.shop.settings, &api.shop.documents, call);
    }
    queue {
        "CreateQueue", QueueWrite, Partial("standard queues only; policies, redriving and encryption are kept and told, and take no effect"),
            |api, call, asked| manage::create(&api.shop.settings, &mut api.signals.queues, call, asked).map(Some);
        "GetQueueUrl", QueueRead, Full,
            |api, call, asked| manage::get_url(&api.shop.settings, &api.signals.queues, call, asked).map(Some);
        "GetQueueAttributes", QueueRead, Full,
            |api, call, asked| manage::get_attributes(&api.shop.settings, &mut api.signals.queues, call, asked).map(Some);
        "ReceiveMessage", QueueRead, Full,
            |api, call, asked| receive::receive(&mut api.signals, &api.shop, call, asked);
        "DeleteMessage", QueueWrite, Full,
            |api, call, asked| messages::delete(&mut api.signals.queues, call, asked).map(Some);
        "DeleteMessageBatch", QueueWrite, Full,
            |api, call, asked| messages::delete_batch(&mut api.signals.queues, call, asked).map(Some);
        "ChangeMessageVisibility", QueueWrite, Full,
            |api, call, asked| messages::change_visibility(&mut api.signals.queues, call, asked).map(Some);
        "PurgeQueue", QueueWrite, Full,
            |api, call, asked| messages::purge(&mut api.signals.queues, call, asked).map(Some);
        "ListQueues", QueueRead, Partial("one page"),
            |api, call, asked| Ok(Some(manage::list(&api.shop.settings, &api.signals.queues, call, asked)));
        "DeleteQueue", QueueWrite, Full,
            |api, call, asked| manage::delete(&mut api.signals.queues, call, asked).map(Some);
        "SetQueueAttributes", QueueWrite, Partial("policies, redriving and encryption are kept and told, and take no effect"),
            |api, call, asked| manage::set_attributes(&mut api.signals.queues, call, asked).map(Some);
        "SendMessage", QueueWrite, Full,
            |api, call, asked| messages::send(&mut api.signals.queues, call, asked).map(Some);
        "ChangeMessageVisibilityBatch", QueueWrite, Full,
            |api, call, asked| messages::change_visibility_batch(&mut api.signals.queues, call, asked).map(Some);
        "SendMessageBatch", QueueWrite, Full,
            |api, call, asked| messages::send_batch(&mut api.signals.queues, call, asked).map(Some);
    }
}

/// What a path or an action is that the table does not have.
static UNKNOWN: Operation = Operation {
    name: "unknown",
    method: Method::GET,
    path: "",
    address: "",
    class: Read,
    caller: Anybody,
    limit: None,
    coverage: NotServed,
    handler: Handler::None,
};

/// An operation by its place in the table; one beyond the last is none of them.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct OperationIndex(u16);

impl OperationIndex {
    /// None of the table's.
    pub(crate) const fn unknown() -> OperationIndex {
        OperationIndex(OPERATIONS.len() as u16)
    }

    /// Every operation, in the table's order, and the unknown one.
    pub(crate) fn all() -> impl Iterator<Item = OperationIndex> {
        (0..=OPERATIONS.len() as u16).map(OperationIndex)
    }

    /// Its place.
    pub(crate) fn place(self) -> usize {
        usize::from(self.0)
    }

    /// Its row.
    pub(crate) fn row(self) -> &'static Operation {
        OPERATIONS.get(self.place()).unwrap_or(&UNKNOWN)
    }
}

/// Operations of the same platform that are not served: name, method and path (docs/platforms/amazon.md 11).
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
    ("TagQueue", "POST / (X-Amz-Target: AmazonSQS.TagQueue)"),
    ("UntagQueue", "POST / (X-Amz-Target: AmazonSQS.UntagQueue)"),
    (
        "ListQueueTags",
        "POST / (X-Amz-Target: AmazonSQS.ListQueueTags)",
    ),
    (
        "AddPermission",
        "POST / (X-Amz-Target: AmazonSQS.AddPermission)",
    ),
    (
        "RemovePermission",
        "POST / (X-Amz-Target: AmazonSQS.RemovePermission)",
    ),
    (
        "ListDeadLetterSourceQueues",
        "POST / (X-Amz-Target: AmazonSQS.ListDeadLetterSourceQueues)",
    ),
    (
        "StartMessageMoveTask",
        "POST / (X-Amz-Target: AmazonSQS.StartMessageMoveTask)",
    ),
    (
        "CancelMessageMoveTask",
        "POST / (X-Amz-Target: AmazonSQS.CancelMessageMoveTask)",
    ),
    (
        "ListMessageMoveTasks",
        "POST / (X-Amz-Target: AmazonSQS.ListMessageMoveTasks)",
    ),
];

/// What this emulator serves of the Selling Partner API and of the queue beside it, and what of the operations that a
/// sync engine could want it does not serve.
pub fn coverage() -> Vec<Served> {
    let served = OPERATIONS.iter().map(|operation| Served {
        name: operation.name,
        path: operation.address,
        coverage: operation.coverage,
    });
    let others = OTHERS.iter().map(|&(name, path)| Served {
        name,
        path,
        coverage: NotServed,
    });
    served.chain(others).collect()
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
    use super::super::router::{queue_action, route};
    use super::*;

    fn find(address: &str) -> OperationIndex {
        let (method, path) = address.split_once(' ').unwrap();
        let method = http::Method::from_bytes(method.as_bytes()).unwrap();
        let path: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect();
        route(&method, &path.join("/")).operation
    }

    #[test]
    fn every_row_is_found_and_nothing_of_the_others() {
        for (operation, row) in OperationIndex::all().zip(OPERATIONS) {
            match row.handler {
                Handler::Queue(_) => assert_eq!(queue_action(row.name), operation),
                _ => assert_eq!(find(row.address), operation, "{}", row.address),
            }
        }
        for (name, address) in OTHERS {
            assert_eq!(find(address), OperationIndex::unknown(), "{name}");
        }
    }

    #[test]
    fn what_needs_a_token_has_a_limit_and_what_needs_none_has_none() {
        for row in OPERATIONS {
            assert_eq!(row.limit.is_some(), row.caller != Anybody, "{}", row.name);
        }
    }
}
