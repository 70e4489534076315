//! Every operation of the platform that a sync engine or its libraries may want (sheet section 10), and how far it is
//! served. A test proves that what is listed as served is exactly what the schema and the REST table serve.

use super::graphql::fields::Field;
use super::rest;
use crate::core::{Coverage, Served};

const FULL: Coverage = Coverage::Full;
const QUERY: &str = "graphql query";
const MUTATION: &str = "graphql mutation";

/// Served root fields of queries.
const QUERIES: &[(Field, Coverage)] = &[
    (
        Field::AssignedFulfillmentOrders,
        Coverage::Partial("answers as to an app without a fulfilment service"),
    ),
    (Field::BulkOperation, FULL),
    (
        Field::BulkOperations,
        Coverage::Partial("no search; sorted by creation only"),
    ),
    (Field::CurrentBulkOperation, FULL),
    (Field::Fulfillment, FULL),
    (Field::FulfillmentOrder, FULL),
    (
        Field::FulfillmentOrders,
        Coverage::Partial("sorted by id only; searches id, status, assigned_location_id"),
    ),
    (Field::InventoryItem, FULL),
    (Field::InventoryItems, Coverage::Partial("searches id, sku")),
    (Field::InventoryLevel, FULL),
    (Field::Job, FULL),
    (Field::Location, FULL),
    (
        Field::Locations,
        Coverage::Partial("sorted by id only; searches id, name"),
    ),
    (Field::ManualHoldsFulfillmentOrders, FULL),
    (
        Field::Node,
        Coverage::Partial("the object types of the schema file"),
    ),
    (
        Field::Nodes,
        Coverage::Partial("the object types of the schema file"),
    ),
    (
        Field::Order,
        Coverage::Partial("the fields of the schema file"),
    ),
    (
        Field::Orders,
        Coverage::Partial(
            "the fields of the schema file; sorted by creation, change or id; no search by tag, customer, location or e-mail",
        ),
    ),
    (
        Field::OrdersCount,
        Coverage::Partial("the searches of orders"),
    ),
    (Field::Product, Coverage::Partial("one variant a product")),
    (Field::ProductVariant, FULL),
    (
        Field::ProductVariantByIdentifier,
        Coverage::Partial("by id, not by metafield"),
    ),
    (
        Field::ProductVariants,
        Coverage::Partial("sorted by id only; searches id, sku, title, product_id"),
    ),
    (
        Field::Products,
        Coverage::Partial("sorted by id only; searches id, sku, title, product_id"),
    ),
    (
        Field::Shop,
        Coverage::Partial("the fields of the schema file"),
    ),
    (Field::WebhookSubscription, FULL),
    (Field::WebhookSubscriptions, FULL),
    (
        Field::WebhookSubscriptionsCount,
        Coverage::Partial("no search"),
    ),
];

/// Served mutations.
const MUTATIONS: &[(Field, Coverage)] = &[
    (Field::BulkOperationCancel, FULL),
    (
        Field::BulkOperationRunQuery,
        Coverage::Partial("root connections of the schema file; lines always grouped"),
    ),
    (
        Field::EventBridgeWebhookSubscriptionCreate,
        Coverage::Partial("nothing is delivered to event buses"),
    ),
    (
        Field::EventBridgeWebhookSubscriptionUpdate,
        Coverage::Partial("nothing is delivered to event buses"),
    ),
    (Field::FulfillmentCreate, FULL),
    (Field::FulfillmentCreateV2, FULL),
    (
        Field::FulfillmentOrderCancel,
        Coverage::Partial("refused as for locations without a fulfilment service"),
    ),
    (
        Field::FulfillmentOrderClose,
        Coverage::Partial("refused as for locations without a fulfilment service"),
    ),
    (Field::FulfillmentOrderHold, FULL),
    (Field::FulfillmentOrderMove, FULL),
    (
        Field::FulfillmentOrderOpen,
        Coverage::Partial("after reported progress; nothing is ever scheduled"),
    ),
    (
        Field::FulfillmentOrderReleaseHold,
        Coverage::Partial("not by externalId"),
    ),
    (Field::FulfillmentOrderReportProgress, FULL),
    (Field::FulfillmentTrackingInfoUpdate, FULL),
    (Field::FulfillmentTrackingInfoUpdateV2, FULL),
    (Field::InventoryActivate, FULL),
    (Field::InventoryAdjustQuantities, FULL),
    (Field::InventoryBulkToggleActivation, FULL),
    (Field::InventoryDeactivate, FULL),
    (Field::InventorySetOnHandQuantities, FULL),
    (Field::InventorySetQuantities, FULL),
    (
        Field::OrderCancel,
        Coverage::Partial("store credit is paid back as money"),
    ),
    (
        Field::PubSubWebhookSubscriptionCreate,
        Coverage::Partial("nothing is delivered to message queues"),
    ),
    (
        Field::PubSubWebhookSubscriptionUpdate,
        Coverage::Partial("nothing is delivered to message queues"),
    ),
    (
        Field::RefundCreate,
        Coverage::Partial("no shipping, duty or store credit refunds"),
    ),
    (
        Field::WebhookSubscriptionCreate,
        Coverage::Partial("filter is kept and not applied"),
    ),
    (Field::WebhookSubscriptionDelete, FULL),
    (
        Field::WebhookSubscriptionUpdate,
        Coverage::Partial("filter is kept and not applied"),
    ),
];

/// What the platform offers beyond that, of what engines may want: name and way.
const NOT_SERVED: &[(&str, &str)] = &[
    ("events", QUERY),
    ("draftOrderComplete", MUTATION),
    ("draftOrderCreate", MUTATION),
    ("fulfillmentCancel", MUTATION),
    ("fulfillmentEventCreate", MUTATION),
    ("fulfillmentOrderAcceptFulfillmentRequest", MUTATION),
    ("fulfillmentOrderMerge", MUTATION),
    ("fulfillmentOrderRejectFulfillmentRequest", MUTATION),
    ("fulfillmentOrderReschedule", MUTATION),
    ("fulfillmentOrderSplit", MUTATION),
    ("fulfillmentOrderSubmitFulfillmentRequest", MUTATION),
    ("fulfillmentOrdersReroute", MUTATION),
    ("bulkOperationRunMutation", MUTATION),
    ("inventoryItemUpdate", MUTATION),
    ("inventoryMoveQuantities", MUTATION),
    ("inventoryTransferCreate", MUTATION),
    ("metafieldsSet", MUTATION),
    ("orderCapture", MUTATION),
    ("orderClose", MUTATION),
    ("orderCreate", MUTATION),
    ("orderEditBegin", MUTATION),
    ("orderEditCommit", MUTATION),
    ("orderMarkAsPaid", MUTATION),
    ("orderOpen", MUTATION),
    ("orderUpdate", MUTATION),
    ("productSet", MUTATION),
    ("productVariantsBulkUpdate", MUTATION),
    ("publishablePublish", MUTATION),
    ("returnCreate", MUTATION),
    ("stagedUploadsCreate", MUTATION),
    ("tagsAdd", MUTATION),
    ("POST orders.json", "/admin/api/{version}/orders.json"),
    (
        "POST orders/{id}/close.json",
        "/admin/api/{version}/orders/{id}/close.json",
    ),
    (
        "PUT products/{id}.json",
        "/admin/api/{version}/products/{id}.json",
    ),
    (
        "PUT variants/{id}.json",
        "/admin/api/{version}/variants/{id}.json",
    ),
];

/// Operations outside the versioned API.
const OTHERS: &[(&str, &str, Coverage)] = &[
    (
        "POST access_token",
        "/admin/oauth/access_token",
        Coverage::Partial("a session token's expiry is not checked"),
    ),
    (
        "GET access_scopes.json",
        "/admin/oauth/access_scopes.json",
        FULL,
    ),
    (
        "introspection",
        QUERY,
        Coverage::Partial("the types of the schema file"),
    ),
];

/// Every operation, and how far it is served.
pub fn coverage() -> Vec<Served> {
    let others = OTHERS.iter().map(|&(name, path, coverage)| Served {
        name,
        path,
        coverage,
    });
    let graphql = |fields: &'static [(Field, Coverage)], path| {
        fields.iter().map(move |(field, coverage)| Served {
            name: field.name(),
            path,
            coverage: *coverage,
        })
    };
    let rest = rest::OPERATIONS.iter().map(|operation| Served {
        name: operation.name,
        path: operation.path,
        coverage: operation.coverage,
    });
    let missing = NOT_SERVED.iter().map(|&(name, path)| Served {
        name,
        path,
        coverage: Coverage::NotServed,
    });
    others
        .chain(graphql(QUERIES, QUERY))
        .chain(graphql(MUTATIONS, MUTATION))
        .chain(rest)
        .chain(missing)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::api::graphql::schema::ServedSchema;

    /// Names of a root type's fields, sorted.
    fn served(schema: &ServedSchema, root: &str) -> Vec<String> {
        let object = schema.schema.get_object(root).expect("a root type");
        let mut names: Vec<String> = object.fields.keys().map(ToString::to_string).collect();
        names.sort();
        names
    }

    #[test]
    fn lists_exactly_what_is_served() {
        let schema = ServedSchema::built_in();
        let all = coverage();
        for (path, root) in [(QUERY, "Query"), (MUTATION, "Mutation")] {
            let listed = all.iter().filter(|served| served.path == path);
            let listed = listed.filter(|served| served.coverage != Coverage::NotServed);
            let mut listed: Vec<String> = listed
                .map(|served| served.name.to_owned())
                .filter(|name| name != "introspection")
                .collect();
            listed.sort();
            assert_eq!(listed, served(schema, root));
        }
        for missing in all.iter().filter(|s| s.coverage == Coverage::NotServed) {
            for root in ["Query", "Mutation"] {
                let names = served(schema, root);
                assert!(
                    !names.iter().any(|name| name == missing.name),
                    "{missing:?}"
                );
            }
        }
        let mut names: Vec<(&str, &str)> = all.iter().map(|s| (s.name, s.path)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len(), "no operation is listed twice");
    }
}
