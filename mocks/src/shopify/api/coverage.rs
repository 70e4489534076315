//! Every operation of the platform that a sync engine or its libraries may want (docs/platforms/shopify.md 10), and how far it is
//! served: the tables of the API, and what the platform has beyond them.

use super::{endpoints, rest, root_fields};
use crate::core::{CallKind, Called, Coverage, Served};

const QUERY: &str = "graphql query";
const MUTATION: &str = "graphql mutation";

/// What the platform offers beyond that, of what engines may want: name and way.
const NOT_SERVED: &[(&str, &str)] = &[
    ("events", QUERY),
    ("productOperation", QUERY),
    ("draftOrderComplete", MUTATION),
    ("draftOrderCreate", MUTATION),
    ("fulfillmentOrderAcceptCancellationRequest", MUTATION),
    ("fulfillmentOrderAcceptFulfillmentRequest", MUTATION),
    ("fulfillmentOrderLineItemsPreparedForPickup", MUTATION),
    ("fulfillmentOrderRejectCancellationRequest", MUTATION),
    ("fulfillmentOrderRejectFulfillmentRequest", MUTATION),
    ("fulfillmentOrderReschedule", MUTATION),
    ("fulfillmentOrderSubmitCancellationRequest", MUTATION),
    ("fulfillmentOrderSubmitFulfillmentRequest", MUTATION),
    ("fulfillmentOrdersReroute", MUTATION),
    ("bulkOperationRunMutation", MUTATION),
    ("inventoryTransferCreate", MUTATION),
    ("orderEditAddVariant", MUTATION),
    ("orderEditBegin", MUTATION),
    ("orderEditCommit", MUTATION),
    ("orderEditSetQuantity", MUTATION),
    ("publishablePublish", MUTATION),
    ("stagedUploadsCreate", MUTATION),
    ("POST orders.json", "/admin/api/{version}/orders.json"),
    (
        "POST orders/{id}/close.json",
        "/admin/api/{version}/orders/{id}/close.json",
    ),
    (
        "POST orders/{id}/transactions.json",
        "/admin/api/{version}/orders/{id}/transactions.json",
    ),
    (
        "PUT orders/{id}.json",
        "/admin/api/{version}/orders/{id}.json",
    ),
    (
        "DELETE orders/{id}.json",
        "/admin/api/{version}/orders/{id}.json",
    ),
    (
        "POST orders/{id}/open.json",
        "/admin/api/{version}/orders/{id}/open.json",
    ),
    (
        "GET orders/{id}/events.json",
        "/admin/api/{version}/orders/{id}/events.json",
    ),
    (
        "POST orders/{id}/fulfillments/{id}/events.json",
        "/admin/api/{version}/orders/{id}/fulfillments/{id}/events.json",
    ),
    (
        "POST fulfillment_orders/{id}/cancel.json",
        "/admin/api/{version}/fulfillment_orders/{id}/cancel.json",
    ),
    (
        "POST fulfillment_orders/{id}/close.json",
        "/admin/api/{version}/fulfillment_orders/{id}/close.json",
    ),
    (
        "POST fulfillment_orders/{id}/open.json",
        "/admin/api/{version}/fulfillment_orders/{id}/open.json",
    ),
    (
        "POST fulfillment_orders/{id}/reschedule.json",
        "/admin/api/{version}/fulfillment_orders/{id}/reschedule.json",
    ),
    (
        "POST fulfillment_orders/{id}/fulfillment_request.json",
        "/admin/api/{version}/fulfillment_orders/{id}/fulfillment_request.json",
    ),
    (
        "GET assigned_fulfillment_orders.json",
        "/admin/api/{version}/assigned_fulfillment_orders.json",
    ),
    ("GET customers.json", "/admin/api/{version}/customers.json"),
    (
        "GET customers/{id}.json",
        "/admin/api/{version}/customers/{id}.json",
    ),
    ("GET events.json", "/admin/api/{version}/events.json"),
    ("POST products.json", "/admin/api/{version}/products.json"),
    (
        "DELETE products/{id}.json",
        "/admin/api/{version}/products/{id}.json",
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

/// Every operation, and how far it is served.
pub fn coverage() -> Vec<Served> {
    let endpoints = endpoints::ENDPOINTS.iter().map(|endpoint| Served {
        name: endpoint.name,
        path: endpoint.path,
        coverage: endpoint.coverage,
    });
    let introspection = Served {
        name: "introspection",
        path: QUERY,
        coverage: Coverage::Partial("the types of the schema files"),
    };
    let graphql = root_fields::ROOT_FIELDS.iter().map(|row| Served {
        name: row.field.name(),
        path: if row.is_query() { QUERY } else { MUTATION },
        coverage: row.coverage,
    });
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
    endpoints
        .chain([introspection])
        .chain(graphql)
        .chain(rest)
        .chain(missing)
        .collect()
}

/// Whether an operation of GraphQL belongs to the platform and is not served.
pub(crate) fn is_missing(name: &str, is_mutation: bool) -> bool {
    let path = if is_mutation { MUTATION } else { QUERY };
    NOT_SERVED.contains(&(name, path))
}

/// Every operation that is served, by the name that the ledger has for its calls: a GraphQL call goes by its first root
/// field.
pub fn operations() -> Vec<Called> {
    let endpoints = endpoints::ENDPOINTS.iter().map(|it| it.called());
    let graphql = root_fields::ROOT_FIELDS.iter().map(|row| Called {
        operation: row.field.name(),
        kind: if row.is_query() {
            CallKind::Read
        } else {
            CallKind::Write
        },
    });
    let rest = rest::OPERATIONS.iter().map(|operation| Called {
        operation: operation.name,
        kind: operation.kind(),
    });
    endpoints.chain(graphql).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::api::graphql::schema::ServedSchema;
    use crate::shopify::api::graphql::schema::build::QUERY_ROOT;

    /// Names of a root type's fields, sorted.
    fn served(schema: &ServedSchema, root: &str) -> Vec<String> {
        let object = schema.schema.named(root).expect("a root type");
        let mut names: Vec<String> = object.fields.iter().map(|it| it.name.into()).collect();
        names.sort();
        names
    }

    #[test]
    fn lists_exactly_what_is_served() {
        let schema = ServedSchema::built_in();
        let all = coverage();
        for (path, root) in [(QUERY, QUERY_ROOT), (MUTATION, "Mutation")] {
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
            for root in [QUERY_ROOT, "Mutation"] {
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
