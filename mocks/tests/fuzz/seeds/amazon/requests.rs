//! Valid requests of the operations.

use serde_json::{Value, json};

use super::{QUEUE, Subject, US};

impl Subject {
    /// Queries and bodies of valid requests of an operation. What has no body and needs no query comes by itself; of
    /// every other operation there must be an example here.
    pub fn shapes(&self, method: &str, name: &str) -> Vec<(String, Value)> {
        let here = format!("marketplaceIds={US}");
        let all = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT";
        let listing =
            "summaries,attributes,issues,offers,fulfillmentAvailability,relationships,productTypes";
        let none = Value::Null;
        let query = |query: String| vec![(query, Value::Null)];
        let body = |body: Value| vec![(String::new(), body)];
        match name {
            "getOrders" => vec![
                (
                    format!(
                        "MarketplaceIds={US}&CreatedAfter=2026-11-01T00:00:00Z&MaxResultsPerPage=2"
                    ),
                    none.clone(),
                ),
                (
                    format!(
                        "MarketplaceIds={US}&LastUpdatedAfter=2026-11-23T10:00:00Z&LastUpdatedBefore=2026-11-23T10:40:00Z&OrderStatuses=Unshipped,Shipped&FulfillmentChannels=MFN"
                    ),
                    none.clone(),
                ),
                (
                    format!(
                        "MarketplaceIds={US}&AmazonOrderIds={}",
                        self.made["orderId"]
                    ),
                    none.clone(),
                ),
                (
                    format!("MarketplaceIds={US}&NextToken=eyJvIjoyfQ%3D%3D"),
                    none,
                ),
            ],
            "searchCatalogItems" => vec![
                (
                    format!("{here}&keywords=mug&pageSize=1&includedData=attributes,summaries"),
                    none.clone(),
                ),
                (
                    format!("{here}&identifiersType=ASIN&identifiers=B0SIM00000,B0SIM00001"),
                    none,
                ),
            ],
            "getCatalogItem" => query(format!("{here}&includedData=images,salesRanks")),
            "getPricing" => query(format!("MarketplaceId={US}&ItemType=Asin&Asins=B0SIM00000")),
            "getCompetitivePricing" => query(format!("MarketplaceId={US}&ItemType=Sku&Skus=SKU-1")),
            "getListingOffers" | "getItemOffers" => {
                query(format!("MarketplaceId={US}&ItemCondition=New"))
            }
            "searchOrders" => vec![
                (
                    format!(
                        "createdAfter=2026-11-01T00:00:00Z&maxResultsPerPage=2&includedData={all}"
                    ),
                    none.clone(),
                ),
                (
                    format!(
                        "lastUpdatedAfter=2026-11-01T00:00:00Z&marketplaceIds={US}&fulfillmentStatuses=UNSHIPPED&fulfilledBy=MERCHANT"
                    ),
                    none.clone(),
                ),
                (
                    "createdAfter=2026-11-01T00:00:00Z&paginationToken=eyJvIjoyfQ".to_owned(),
                    none,
                ),
            ],
            "getOrder2026" => query(format!("includedData={all}")),
            "confirmShipment" => {
                let item = json!({"orderItemId": self.made["item"], "quantity": 1});
                body(
                    json!({"marketplaceId": US, "packageDetail": {"packageReferenceId": "1", "carrierCode": "UPS",
                    "shippingMethod": "Ground", "trackingNumber": "1Z", "shipDate": "2026-11-23T10:59:00Z", "orderItems": [item]}}),
                )
            }
            "getListingsItem" => query(format!("{here}&includedData={listing}")),
            "searchListingsItems" => vec![
                (
                    format!("{here}&pageSize=2&includedData={listing}"),
                    none.clone(),
                ),
                (
                    format!(
                        "{here}&identifiers=SKU-1,SKU-2&identifiersType=SKU&sortBy=sku&sortOrder=ASC"
                    ),
                    none.clone(),
                ),
                (format!("{here}&pageToken=eyJvIjoyfQ"), none),
            ],
            "putListingsItem" => vec![(
                here,
                json!({"productType": "PRODUCT", "requirements": "LISTING", "attributes": availability(4)}),
            )],
            "patchListingsItem" => vec![
                (here.clone(), patch(5)),
                (
                    format!(
                        "{here}&mode=VALIDATION_PREVIEW&includedData=issues,identifiers&issueLocale=en_US"
                    ),
                    patch(6),
                ),
                (
                    here,
                    json!({"productType": "PRODUCT", "patches": [{"op": "delete", "path": "/attributes/fulfillment_availability", "value": [{"fulfillment_channel_code": "DEFAULT"}]}]}),
                ),
            ],
            "deleteListingsItem" => query(here),
            "getInventorySummaries" => vec![
                (
                    format!(
                        "granularityType=Marketplace&granularityId={US}&{here}&details=true&sellerSkus=SKU-2-FBA"
                    ),
                    none.clone(),
                ),
                (
                    format!(
                        "granularityType=Marketplace&granularityId={US}&{here}&startDateTime=2026-11-23T10:00:00Z&nextToken=x"
                    ),
                    none,
                ),
            ],
            "createRestrictedDataToken" => body(json!({"restrictedResources": [{"method": "GET",
                "path": "/orders/v0/orders/{orderId}/address", "dataElements": ["buyerInfo", "shippingAddress"]}]})),
            "createDestination" => vec![
                (
                    String::new(),
                    json!({"name": "m", "resourceSpecification": {"sqs": {"arn": "arn:aws:sqs:us-east-1:111122223333:q2"}}}),
                ),
                (
                    String::new(),
                    json!({"name": "e", "resourceSpecification": {"eventBridge": {"accountId": "111122223333", "region": "us-east-1"}}}),
                ),
            ],
            "createSubscription" => body(
                json!({"payloadVersion": "1.0", "destinationId": self.made["destinationId"],
                "processingDirective": {"eventFilter": {"eventFilterType": "ORDER_CHANGE", "orderChangeTypes": ["OrderStatusChange"]}}}),
            ),
            "getSubscriptions" => query("notificationTypes=ORDER_CHANGE".to_owned()),
            "createFeedDocument" => body(json!({"contentType": "application/json; charset=UTF-8"})),
            "createFeed" => vec![
                (
                    String::new(),
                    json!({"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": [US], "inputFeedDocumentId": self.made["feedDocumentId"]}),
                ),
                (
                    String::new(),
                    json!({"feedType": "POST_INVENTORY_AVAILABILITY_DATA", "marketplaceIds": [US], "inputFeedDocumentId": self.made["feedDocumentId"]}),
                ),
            ],
            "getFeeds" => query(
                "feedTypes=JSON_LISTINGS_FEED&pageSize=1&processingStatuses=DONE,IN_QUEUE"
                    .to_owned(),
            ),
            "createReport" => vec![
                (
                    String::new(),
                    json!({"reportType": "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL", "marketplaceIds": [US], "dataStartTime": "2026-11-23T10:00:00Z"}),
                ),
                (
                    String::new(),
                    json!({"reportType": "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", "marketplaceIds": [US]}),
                ),
            ],
            "getReports" => {
                query("reportTypes=GET_MERCHANT_LISTINGS_ALL_DATA&pageSize=1".to_owned())
            }
            "createFulfillmentOrder" => body(fulfillment_order("O-2")),
            "listAllFulfillmentOrders" => query("queryStartDate=2026-11-23T10:00:00Z".to_owned()),
            "uploadDocument" => body(listings_feed()),
            // The token's requests are forms, and none of them is JSON alone.
            "token" => Vec::new(),
            "cancelFulfillmentOrder" => body(none),
            _ if matches!(method, "GET" | "DELETE") => body(none),
            _ => panic!("no example of a request of {name}"),
        }
    }

    /// Bodies of valid calls of an action of the queue.
    pub fn queue_bodies(&self, action: &str) -> Vec<Value> {
        let receipt = &self.made["receipt"];
        let entry = |id: &str| json!({"Id": id, "ReceiptHandle": receipt, "VisibilityTimeout": 1});
        let queue = |members: Value| {
            let mut body = json!({"QueueUrl": QUEUE});
            let members = members.as_object().cloned().unwrap_or_default();
            body.as_object_mut().unwrap().extend(members);
            body
        };
        match action {
            "CreateQueue" => vec![
                json!({"QueueName": "q1"}),
                json!({"QueueName": "q3", "Attributes": {"VisibilityTimeout": "5", "ReceiveMessageWaitTimeSeconds": "1"}}),
            ],
            "GetQueueUrl" => vec![json!({"QueueName": "q1"})],
            "ListQueues" => vec![json!({}), json!({"QueueNamePrefix": "q", "MaxResults": 1})],
            "GetQueueAttributes" => vec![queue(json!({"AttributeNames": ["All"]}))],
            "SetQueueAttributes" => vec![queue(json!({"Attributes": {"VisibilityTimeout": "5"}}))],
            "ReceiveMessage" => vec![
                queue(json!({"MaxNumberOfMessages": 10, "VisibilityTimeout": 3})),
                queue(
                    json!({"WaitTimeSeconds": 2, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}),
                ),
            ],
            "SendMessage" => vec![queue(
                json!({"MessageBody": "a \"b\" \u{1f600}", "DelaySeconds": 1}),
            )],
            "SendMessageBatch" => vec![queue(
                json!({"Entries": [{"Id": "a", "MessageBody": "one"}, {"Id": "b", "MessageBody": "two", "DelaySeconds": 2}]}),
            )],
            "DeleteMessage" => vec![queue(json!({"ReceiptHandle": receipt}))],
            "ChangeMessageVisibility" => vec![queue(
                json!({"ReceiptHandle": receipt, "VisibilityTimeout": 0}),
            )],
            "DeleteMessageBatch" | "ChangeMessageVisibilityBatch" => {
                vec![queue(json!({"Entries": [entry("a"), entry("b")]}))]
            }
            "PurgeQueue" | "DeleteQueue" => vec![queue(json!({}))],
            _ => panic!("no example of a request of {action}"),
        }
    }
}

fn availability(units: i64) -> Value {
    json!({"fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": units, "lead_time_to_ship_max_days": 2}]})
}

fn patch(units: i64) -> Value {
    json!({"productType": "PRODUCT", "patches": [{"op": "replace", "path": "/attributes/fulfillment_availability",
        "value": availability(units)["fulfillment_availability"]}]})
}

pub fn listings_feed() -> Value {
    let message = |number: u32, units: i64| {
        let mut message = patch(units);
        message["messageId"] = json!(number);
        message["sku"] = json!("SKU-1");
        message["operationType"] = json!("PATCH");
        message
    };
    json!({"header": {"sellerId": "A1SIMSELLER", "version": "2.0", "issueLocale": "en_US"},
        "messages": [message(1, 3), message(2, -3)]})
}

pub fn fulfillment_order(id: &str) -> Value {
    json!({"sellerFulfillmentOrderId": id, "displayableOrderId": id, "displayableOrderDate": "2026-11-23T10:00:00Z",
        "displayableOrderComment": "Thanks", "shippingSpeedCategory": "Standard",
        "destinationAddress": {"name": "A", "addressLine1": "1 Street", "postalCode": "48110", "countryCode": "US"},
        "items": [{"sellerSku": "SKU-2-FBA", "sellerFulfillmentOrderItemId": "1", "quantity": 2}]})
}
