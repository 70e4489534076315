//! What an app may do in a shop (docs/platforms/shopify.md 1.4): one list, which tokens, `access_scopes.json` and
//! `currentAppInstallation` tell alike, and by which calls are let through.

use std::sync::Arc;

use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::json::write_text;

/// Every scope that something served here asks for, and `read_all_orders`.
pub(super) const ALL: &str = "read_all_orders,read_assigned_fulfillment_orders,read_customers,read_fulfillments,\
     read_inventory,read_locations,read_merchant_managed_fulfillment_orders,read_orders,read_products,read_returns,\
     write_assigned_fulfillment_orders,write_customers,write_fulfillments,write_inventory,write_locations,\
     write_merchant_managed_fulfillment_orders,write_orders,write_products,write_returns";

/// Granted scopes. Every call has them, so that they are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scopes {
    granted: Arc<[String]>,
    /// Whether nothing that is served can lack any.
    has_all: bool,
}

impl Scopes {
    /// The scopes of a text that has them between commas or blanks, each once.
    pub(crate) fn of(text: &str) -> Scopes {
        let mut scopes: Vec<String> = Vec::new();
        for scope in text.split([',', ' ']).map(str::trim) {
            if !scope.is_empty() && !scopes.iter().any(|it| it == scope) {
                scopes.push(scope.to_owned());
            }
        }
        Scopes::granting(scopes)
    }

    fn granting(granted: Vec<String>) -> Scopes {
        let mut scopes = Scopes {
            granted: granted.into(),
            has_all: false,
        };
        scopes.has_all = ALL.split(',').all(|scope| scopes.allows(scope));
        scopes
    }

    /// Whether a scope is granted; who may write may read.
    pub(crate) fn allows(&self, scope: &str) -> bool {
        let writes = |granted: &str| {
            let of_read = scope.strip_prefix("read_");
            of_read.is_some_and(|it| granted.strip_prefix("write_") == Some(it))
        };
        self.granted.iter().any(|it| it == scope || writes(it))
    }

    /// Those of the scopes asked for that are granted here; all of them where none is asked for.
    pub(super) fn within(&self, asked: Option<&str>) -> Scopes {
        let asked = asked.map(Scopes::of);
        let Some(asked) = asked.filter(|asked| !asked.granted.is_empty()) else {
            return self.clone();
        };
        let granted = asked.granted.iter().filter(|scope| self.allows(scope));
        Scopes::granting(granted.cloned().collect())
    }

    /// The scopes, in the order in which they were asked for.
    pub(crate) fn list(&self) -> &[String] {
        &self.granted
    }

    /// The scopes between commas.
    pub(super) fn text(&self) -> String {
        self.granted.join(",")
    }

    /// The body of `GET /admin/oauth/access_scopes.json`.
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut out = b"{\"access_scopes\":[".to_vec();
        for (index, scope) in self.granted.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"handle\":");
            write_text(scope, &mut out);
            out.push(b'}');
        }
        out.extend_from_slice(b"]}");
        out
    }

    /// Why a root field of GraphQL is denied, if it is.
    pub(crate) fn denial(&self, name: &str, is_mutation: bool) -> Option<FieldError> {
        if self.has_all {
            return None;
        }
        let needed = of_root_field(name, is_mutation);
        if needed.is_empty() || needed.iter().any(|scope| self.allows(scope)) {
            return None;
        }
        let told = match needed {
            [only] => format!("`{only}` access scope."),
            several => {
                let several: Vec<String> = several.iter().map(|it| format!("`{it}`")).collect();
                format!("the {} access scope.", several.join(" or the "))
            }
        };
        let message = format!("Access denied for {name} field. Required access: {told}");
        let mut error = FieldError::new(message, "ACCESS_DENIED");
        error.required_access = Some(told);
        Some(error)
    }

    /// The scope that a REST call lacks, if it does.
    pub(crate) fn lacking_for_path(&self, path: &str, is_write: bool) -> Option<&'static str> {
        if self.has_all {
            return None;
        }
        let needed = of_path(path, is_write);
        let is_denied = !needed.is_empty() && !needed.iter().any(|scope| self.allows(scope));
        needed.first().copied().filter(|_| is_denied)
    }
}

/// Scopes of which one is needed to read, and to write.
type Needed = (&'static [&'static str], &'static [&'static str]);

const ORDERS: Needed = (&["read_orders"], &["write_orders"]);
const PRODUCTS: Needed = (&["read_products"], &["write_products"]);
const INVENTORY: Needed = (&["read_inventory"], &["write_inventory"]);
const LOCATIONS: Needed = (&["read_locations", "read_inventory"], &["write_locations"]);
const CUSTOMERS: Needed = (&["read_customers"], &["write_customers"]);
const RETURNS: Needed = (&["read_returns"], &["write_returns"]);
const FULFILLMENT_ORDERS: Needed = (
    &[
        "read_merchant_managed_fulfillment_orders",
        "read_assigned_fulfillment_orders",
        "read_third_party_fulfillment_orders",
    ],
    &[
        "write_merchant_managed_fulfillment_orders",
        "write_assigned_fulfillment_orders",
        "write_third_party_fulfillment_orders",
    ],
);
const FULFILLMENTS: Needed = (
    &["read_fulfillments", "read_orders"],
    &[
        "write_fulfillments",
        "write_merchant_managed_fulfillment_orders",
        "write_assigned_fulfillment_orders",
        "write_third_party_fulfillment_orders",
    ],
);

/// The resources of root fields by how their names begin; the first that fits counts, and a field of none needs no scope.
const OF_ROOT_FIELDS: &[(&str, Needed)] = &[
    ("fulfillmentOrder", FULFILLMENT_ORDERS),
    ("assignedFulfillmentOrders", FULFILLMENT_ORDERS),
    ("manualHoldsFulfillmentOrders", FULFILLMENT_ORDERS),
    ("fulfillment", FULFILLMENTS),
    ("order", ORDERS),
    ("refund", ORDERS),
    ("transactionVoid", ORDERS),
    ("return", RETURNS),
    ("removeFromReturn", RETURNS),
    ("reverseFulfillmentOrder", RETURNS),
    ("inventory", INVENTORY),
    ("location", LOCATIONS),
    ("product", PRODUCTS),
    ("customer", CUSTOMERS),
];

/// The same of REST's paths. What hangs on an order is found by its own name first.
const OF_PATHS: &[(&str, Needed)] = &[
    ("fulfillment_orders", FULFILLMENT_ORDERS),
    ("fulfillments", FULFILLMENTS),
    ("inventory_", INVENTORY),
    ("orders", ORDERS),
    ("products", PRODUCTS),
    ("variants", PRODUCTS),
    ("locations", LOCATIONS),
];

fn of((read, write): Needed, is_write: bool) -> &'static [&'static str] {
    if is_write { write } else { read }
}

fn of_root_field(name: &str, is_mutation: bool) -> &'static [&'static str] {
    let mut resources = OF_ROOT_FIELDS.iter();
    let found = resources.find(|(start, _)| name.starts_with(start));
    found.map_or(&[], |(_, needed)| of(*needed, is_mutation))
}

fn of_path(path: &str, is_write: bool) -> &'static [&'static str] {
    let parts = || path.trim_end_matches(".json").split('/');
    // The last word of a path that names a resource says which.
    let found = parts().rev().find_map(|part| {
        let mut resources = OF_PATHS.iter();
        resources.find(|(start, _)| part.starts_with(start))
    });
    found.map_or(&[], |(_, needed)| of(*needed, is_write))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_write_may_read_and_an_install_gets_what_it_asks_for() {
        let all = Scopes::of("read_orders, write_inventory,read_orders");
        assert_eq!(all.text(), "read_orders,write_inventory");
        assert!(all.allows("read_inventory") && !all.allows("write_orders"));
        let asked = all.within(Some("read_inventory,write_orders read_orders"));
        assert_eq!(asked.text(), "read_inventory,read_orders");
        assert_eq!(all.within(Some("")), all);
        assert_eq!(all.within(None), all);
    }

    #[test]
    fn a_call_needs_the_scope_of_its_resource() {
        let few = Scopes::of("read_orders");
        for (name, is_mutation, told) in [
            ("orders", false, ""),
            ("shop", false, ""),
            ("nodes", false, ""),
            ("orderCancel", true, "`write_orders` access scope."),
            (
                "inventorySetQuantities",
                true,
                "`write_inventory` access scope.",
            ),
            ("returnProcess", true, "`write_returns` access scope."),
            ("fulfillment", false, ""),
            ("products", false, "`read_products` access scope."),
        ] {
            let denied = few.denial(name, is_mutation);
            let told_here = denied.and_then(|it| it.required_access);
            assert_eq!(told_here.unwrap_or_default(), told, "{name}");
        }
        for (path, is_write, lacking) in [
            ("orders/1/refunds.json", false, None),
            ("orders/1/refunds.json", true, Some("write_orders")),
            (
                "orders/1/fulfillment_orders.json",
                false,
                Some("read_merchant_managed_fulfillment_orders"),
            ),
            ("inventory_levels/set.json", true, Some("write_inventory")),
            (
                "locations/3/inventory_levels.json",
                false,
                Some("read_inventory"),
            ),
            ("shop.json", false, None),
            ("webhooks.json", true, None),
        ] {
            assert_eq!(few.lacking_for_path(path, is_write), lacking, "{path}");
        }
        let all = Scopes::of(ALL);
        for (_, (read, write)) in OF_ROOT_FIELDS.iter().chain(OF_PATHS) {
            assert!(all.allows(read[0]) && all.allows(write[0]));
        }
    }
}
