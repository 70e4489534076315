//! The GraphQL documents and their cost. Documents hold no quotes, backslashes or line breaks, so that they stand in
//! JSON as they are; whatever varies is a variable.

use http::Method;
use http::header::{HOST, HeaderName};
use oversell_kernel::json;

use super::ShopifyConnector;
use crate::connectors::{Change, Operation, QuantityWrite, exchange};
use crate::machine::Request;

pub(super) const GRAPHQL_PATH: &str = "/admin/api/2026-10/graphql.json";
const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-shopify-access-token");

pub(super) const LOCATIONS: &str = "query Locations{locations(first:10){nodes{id}}}";

pub(super) const SUBSCRIBE: &str = "mutation Subscribe($topic:WebhookSubscriptionTopic!,\
$subscription:WebhookSubscriptionInput!){webhookSubscriptionCreate(topic:$topic,\
webhookSubscription:$subscription){webhookSubscription{id}userErrors{field message}}}";

pub(super) const CATALOGUE: &str = "query Catalogue($after:String){productVariants(first:250,after:$after)\
{nodes{sku inventoryItem{id}}pageInfo{hasNextPage endCursor}}}";

pub(super) const POLL_ORDERS: &str = "query PollOrders($query:String!,$after:String){orders(first:100,\
sortKey:UPDATED_AT,query:$query,after:$after){nodes{id createdAt updatedAt cancelledAt cancelReason displayFulfillmentStatus \
shippingAddress{countryCodeV2 zip}lineItems(first:50){nodes{id sku quantity currentQuantity}pageInfo{hasNextPage}}}\
pageInfo{hasNextPage endCursor}}}";

pub(super) const FETCH_ORDERS: &str = "query FetchOrders($ids:[ID!]!){nodes(ids:$ids){...on Order{id createdAt \
updatedAt cancelledAt cancelReason displayFulfillmentStatus shippingAddress{countryCodeV2 zip}lineItems(first:250)\
{nodes{id sku quantity currentQuantity}pageInfo{hasNextPage}}}}}";

/// For orders that could not be read: a line that has no text for its SKU names its inventory item all the same, and one of
/// something that is none of the catalogue's has no variant.
pub(super) const FETCH_ORDERS_CLOSELY: &str = "query FetchOrders($ids:[ID!]!){nodes(ids:$ids){...on Order{id createdAt \
updatedAt cancelledAt cancelReason displayFulfillmentStatus shippingAddress{countryCodeV2 zip}lineItems(first:250)\
{nodes{id sku variant{inventoryItem{id}}quantity currentQuantity}pageInfo{hasNextPage}}}}}";

pub(super) const READ_QUANTITIES: &str = "query ReadQuantities($ids:[ID!]!,$location:ID!,$names:[String!]!)\
{nodes(ids:$ids){...on InventoryItem{id inventoryLevel(locationId:$location){quantities(names:$names){quantity}}}}}";

pub(super) const SET_QUANTITIES: &str = "mutation SetQuantities($input:InventorySetQuantitiesInput!,$key:String!)\
{inventorySetQuantities(input:$input)@idempotent(key:$key){userErrors{field code message}}}";

pub(super) const ADJUST_QUANTITIES: &str = "mutation AdjustQuantities($input:InventoryAdjustQuantitiesInput!,\
$key:String!){inventoryAdjustQuantities(input:$input)@idempotent(key:$key){userErrors{field code message}}}";

pub(super) const FULFILLMENT_ORDERS: &str = "query FulfillmentOrders($ids:[ID!]!){nodes(ids:$ids){...on Order{id \
fulfillmentOrders(first:3){nodes{id status lineItems(first:50){nodes{id remainingQuantity lineItem{id}}}}}}}}";

pub(super) const CANCEL_ORDER: &str = "mutation CancelOrder($order:ID!){orderCancel(orderId:$order,\
reason:INVENTORY,restock:false){job{id}orderCancelUserErrors{code message}}}";

/// Shipments that one document confirms, each under an alias of its own; a document may cost a thousand points, and the
/// emptiest bucket holds a thousand.
pub(super) const CONFIRM_BATCH: usize = 10;

/// The document that confirms so many shipments: field and variable of the n-th are `f` and n, from 0.
pub(super) fn create_fulfillments(shipments: usize) -> String {
    let (mut variables, mut fields) = (String::new(), String::new());
    for position in 0..shipments {
        let comma = if position == 0 { "" } else { "," };
        variables.push_str(&format!("{comma}$f{position}:FulfillmentInput!"));
        fields.push_str(&format!(
            "{comma}f{position}:fulfillmentCreate(fulfillment:$f{position})\
             {{fulfillment{{id}}userErrors{{field message}}}}"
        ));
    }
    format!("mutation CreateFulfillments({variables}){{{fields}}}")
}

/// Price of a mutation whose payload reads first-level objects and user errors only (docs/platforms/shopify.md 2.2).
const MUTATION_POINTS: u32 = 10;

/// The factor by which a connection's price grows with its size, `max(1, floor(2 ln n))` (docs/platforms/shopify.md 2.2),
/// as a table of the sizes at which it steps: the smallest n with `n >= exp(g / 2)`.
fn sizing(items: usize) -> u32 {
    const STEPS: [usize; 12] = [3, 5, 8, 13, 21, 34, 55, 91, 149, 245, 404, 666];
    1 + STEPS.iter().take_while(|&&step| items >= step).count() as u32
}

/// Price of a connection, or of `nodes(ids:)`, of which each node costs `node` (itself included).
fn connection(items: usize, node: u32) -> u32 {
    2 + sizing(items) * node
}

/// The requested cost of an operation's document by the rule of docs/platforms/shopify.md 2.2; 0 for what is not GraphQL.
/// Orders are fetched `closely` by [`FETCH_ORDERS_CLOSELY`].
pub(super) fn requested_points(operation: &Operation, closely: bool) -> u32 {
    let address = 1;
    let fetched_line = if closely { 1 + 1 + 1 } else { 1 };
    match operation {
        Operation::Authenticate
        | Operation::ReceiveMessages
        | Operation::AcknowledgeMessages { .. } => 0,
        Operation::ReadCatalogue { .. } => connection(250, 1 + 1),
        Operation::SetUp { step: 0 } => connection(10, 1),
        Operation::PollOrders { .. } => connection(100, 1 + address + connection(50, 1)),
        Operation::FetchOrders { orders } => {
            let lines = connection(250, fetched_line);
            connection(orders.len(), 1 + address + lines)
        }
        Operation::ReadQuantities { skus } => connection(skus.len(), 1 + 1 + 1),
        Operation::PrepareFulfillment { orders } => {
            let line = 1 + 1;
            let fulfillment_order = 1 + connection(50, line);
            connection(orders.len(), 1 + connection(3, fulfillment_order))
        }
        Operation::ConfirmFulfillment { shipments } => MUTATION_POINTS * shipments.len() as u32,
        Operation::SetUp { .. }
        | Operation::WriteQuantities { .. }
        | Operation::CancelOrder { .. } => MUTATION_POINTS,
    }
}

/// Whether the rows of a write go out as deltas. A call is either one of deltas or one of absolute quantities; its
/// first row decides.
pub(super) fn is_adjustment(writes: &[QuantityWrite]) -> bool {
    matches!(
        writes.first(),
        Some(QuantityWrite {
            change: Change::Adjust(_),
            ..
        })
    )
}

/// Begins a GraphQL body; the caller appends the members of `variables` and ends with [`ShopifyConnector::graphql`].
pub(super) fn begin(document: &str, capacity: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(document.len() + capacity + 40);
    body.extend_from_slice(b"{\"query\":\"");
    body.extend_from_slice(document.as_bytes());
    body.extend_from_slice(b"\",\"variables\":{");
    body
}

/// Appends `"gid://shopify/Kind/id"`.
pub(super) fn push_gid(body: &mut Vec<u8>, kind: &str, id: u64) {
    body.extend_from_slice(b"\"gid://shopify/");
    body.extend_from_slice(kind.as_bytes());
    body.push(b'/');
    json::integer(body, id);
    body.push(b'"');
}

/// Appends `"ids":[...]`.
pub(super) fn push_ids(body: &mut Vec<u8>, kind: &str, ids: impl Iterator<Item = u64>) {
    body.extend_from_slice(b"\"ids\":[");
    for (position, id) in ids.enumerate() {
        if position > 0 {
            body.push(b',');
        }
        push_gid(body, kind, id);
    }
    body.push(b']');
}

impl ShopifyConnector {
    /// Closes a body that was begun by [`begin`] and makes the request.
    pub(super) fn graphql(&self, mut body: Vec<u8>) -> Request {
        body.extend_from_slice(b"}}");
        let mut request = exchange::json(Method::POST, self.graphql.clone(), body);
        let headers = request.headers_mut();
        headers.insert(HOST, self.shop_domain.clone());
        if let Some(token) = &self.token {
            headers.insert(ACCESS_TOKEN, token.clone());
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{OrderKey, SkuIndex};
    use oversell_kernel::Micros;

    #[test]
    fn documents_stand_in_json_as_they_are() {
        for document in [
            LOCATIONS,
            SUBSCRIBE,
            CATALOGUE,
            POLL_ORDERS,
            FETCH_ORDERS,
            READ_QUANTITIES,
            SET_QUANTITIES,
            ADJUST_QUANTITIES,
            FULFILLMENT_ORDERS,
            &create_fulfillments(1),
            &create_fulfillments(CONFIRM_BATCH),
            CANCEL_ORDER,
        ] {
            let mut body = begin(document, 0);
            body.extend_from_slice(b"}}");
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(json["query"], document);
            let count = |byte| document.bytes().filter(|&it| it == byte).count();
            assert_eq!(count(b'{'), count(b'}'), "{document}");
            assert_eq!(count(b'('), count(b')'), "{document}");
        }
    }

    #[test]
    fn sizing_follows_the_published_points() {
        let known = [
            (1, 1),
            (2, 1),
            (3, 2),
            (5, 3),
            (8, 4),
            (10, 4),
            (20, 5),
            (25, 6),
            (50, 7),
            (75, 8),
            (100, 9),
            (150, 10),
            (200, 10),
            (250, 11),
        ];
        for (items, factor) in known {
            assert_eq!(sizing(items), factor, "{items}");
        }
        for items in 1..700 {
            let exact = (2.0 * libm::log(items as f64)) as u32;
            assert_eq!(sizing(items), exact.max(1), "{items}");
        }
    }

    #[test]
    fn costs_follow_the_rule() {
        assert_eq!(
            requested_points(&Operation::ReadCatalogue { cursor: None }, false),
            24
        );
        let poll = Operation::PollOrders {
            since: Micros::ZERO,
            cursor: None,
        };
        assert_eq!(requested_points(&poll, false), 2 + 9 * (1 + 1 + 2 + 7));
        let read = Operation::ReadQuantities {
            skus: vec![SkuIndex(0); 100],
        };
        assert_eq!(requested_points(&read, false), 2 + 9 * 3);
        let prepare = Operation::PrepareFulfillment {
            orders: vec![OrderKey(1); 25],
        };
        assert!(requested_points(&prepare, false) < 1_000);
        let write = Operation::WriteQuantities {
            writes: Vec::new(),
            idempotency_key: 1,
        };
        assert_eq!(requested_points(&write, false), 10);
    }
}
