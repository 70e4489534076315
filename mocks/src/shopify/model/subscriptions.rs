//! Webhook subscriptions: topics, addresses, fields (docs/platforms/shopify.md 5.4).

use crate::core::Micros;

/// The number of the app that calls: namespaces of its own carry it.
pub(crate) const APP_ID: u64 = 580_111;

/// A topic that the emulator raises.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    OrdersCreate,
    OrdersUpdated,
    OrdersPaid,
    OrdersCancelled,
    OrdersFulfilled,
    OrdersPartiallyFulfilled,
    InventoryLevelsUpdate,
    FulfillmentsCreate,
    FulfillmentsUpdate,
    RefundsCreate,
    BulkOperationsFinish,
    OrdersEdited,
    ProductsUpdate,
    OrdersDelete,
    ProductsDelete,
    ProductsCreate,
}

impl Topic {
    /// Every raised topic: itself, its name in GraphQL and its name in the delivery header.
    pub(crate) const ALL: [(Topic, &'static str, &'static str); 16] = [
        (Topic::OrdersCreate, "ORDERS_CREATE", "orders/create"),
        (Topic::OrdersUpdated, "ORDERS_UPDATED", "orders/updated"),
        (Topic::OrdersPaid, "ORDERS_PAID", "orders/paid"),
        (
            Topic::OrdersCancelled,
            "ORDERS_CANCELLED",
            "orders/cancelled",
        ),
        (
            Topic::OrdersFulfilled,
            "ORDERS_FULFILLED",
            "orders/fulfilled",
        ),
        (
            Topic::OrdersPartiallyFulfilled,
            "ORDERS_PARTIALLY_FULFILLED",
            "orders/partially_fulfilled",
        ),
        (
            Topic::InventoryLevelsUpdate,
            "INVENTORY_LEVELS_UPDATE",
            "inventory_levels/update",
        ),
        (
            Topic::FulfillmentsCreate,
            "FULFILLMENTS_CREATE",
            "fulfillments/create",
        ),
        (
            Topic::FulfillmentsUpdate,
            "FULFILLMENTS_UPDATE",
            "fulfillments/update",
        ),
        (Topic::RefundsCreate, "REFUNDS_CREATE", "refunds/create"),
        (
            Topic::BulkOperationsFinish,
            "BULK_OPERATIONS_FINISH",
            "bulk_operations/finish",
        ),
        (Topic::OrdersEdited, "ORDERS_EDITED", "orders/edited"),
        (Topic::ProductsUpdate, "PRODUCTS_UPDATE", "products/update"),
        (Topic::OrdersDelete, "ORDERS_DELETE", "orders/delete"),
        (Topic::ProductsDelete, "PRODUCTS_DELETE", "products/delete"),
        (Topic::ProductsCreate, "PRODUCTS_CREATE", "products/create"),
    ];

    /// By its GraphQL name; `None` for topics that may be subscribed and are never raised.
    pub(crate) fn named(name: &str) -> Option<Topic> {
        Self::ALL
            .iter()
            .find(|(_, graphql, _)| *graphql == name)
            .map(|(topic, ..)| *topic)
    }

    /// Its name in the delivery header.
    pub(crate) fn header(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

/// Resources that topics begin with, the longer before the shorter.
const RESOURCES: [&str; 15] = [
    "FULFILLMENT_ORDERS",
    "ORDER_TRANSACTIONS",
    "INVENTORY_LEVELS",
    "INVENTORY_ITEMS",
    "BULK_OPERATIONS",
    "FULFILLMENTS",
    "CUSTOMERS",
    "LOCATIONS",
    "PRODUCTS",
    "VARIANTS",
    "REFUNDS",
    "RETURNS",
    "ORDERS",
    "SHOP",
    "APP",
];

/// A topic's REST name from its GraphQL name: `orders/create` from `ORDERS_CREATE`.
pub(crate) fn slug(graphql: &str) -> String {
    let cut = RESOURCES
        .iter()
        .find(|resource| {
            let rest = graphql.strip_prefix(**resource);
            rest.is_some_and(|rest| rest.starts_with('_'))
        })
        .map(|resource| resource.len());
    match cut {
        Some(cut) => format!("{}/{}", &graphql[..cut], &graphql[cut + 1..]).to_ascii_lowercase(),
        None => graphql.to_ascii_lowercase(),
    }
}

/// A webhook subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    /// Its topic, if it is one that is raised.
    pub(crate) topic: Option<Topic>,
    /// Its topic's GraphQL name.
    pub(crate) topic_name: String,
    /// Where deliveries go.
    pub(crate) uri: String,
    /// The same as an address to send to; `None` for Pub/Sub and EventBridge, which are accepted and not delivered.
    pub(crate) target: Option<http::Uri>,
    /// The same fields, compiled.
    pub(crate) filter_plan: super::payload::filter::PayloadFilter,
    /// The fields wanted, dots going deeper; none means all.
    pub(crate) include_fields: Vec<String>,
    /// Namespaces of metafields, kept and echoed.
    pub(crate) metafield_namespaces: Vec<String>,
    /// Metafields by namespace and key, kept and echoed.
    pub(crate) metafields: Vec<(String, String)>,
    /// Its filter, kept and echoed.
    pub(crate) filter: Option<String>,
    /// Its name, at most 50 characters.
    pub(crate) name: Option<String>,
    /// `JSON` or `XML`, kept and echoed.
    pub(crate) format: String,
    /// The API version whose payloads it gets.
    pub(crate) version: String,
    /// When it was made.
    pub(crate) created_at: Micros,
    /// Its last change.
    pub(crate) updated_at: Micros,
    /// Whether it still exists.
    pub(crate) is_alive: bool,
    /// Hash and delivery number of the last filtered payload by object.
    pub(crate) last_payloads: indexmap::IndexMap<u64, (u64, u64), rustc_hash::FxBuildHasher>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_both_names() {
        for (topic, graphql, header) in Topic::ALL {
            assert_eq!(Topic::named(graphql), Some(topic));
            assert_eq!(topic.header(), header);
            assert_eq!(slug(graphql), header);
        }
        assert_eq!(
            slug("FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE"),
            "fulfillment_orders/order_routing_complete"
        );
        assert_eq!(slug("APP_UNINSTALLED"), "app/uninstalled");
    }
}
