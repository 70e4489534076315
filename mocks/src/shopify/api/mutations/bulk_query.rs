//! What the platform accepts as a bulk query (docs/platforms/shopify.md 2.6). Its rules look at the text, so they hold for
//! fields that the schema file lacks, too.

use crate::shopify::api::graphql::schema::model::{Schema, TypeId};
use crate::shopify::api::graphql::syntax::ast::{
    Document, Field, Operation, OperationKind, Selection,
};

/// The longest query, in bytes.
pub(super) const BYTES_MAX: usize = 65_535;
/// Connections in one query, at most.
const CONNECTIONS_MAX: usize = 5;
/// Connections inside one another, at most.
const NESTING_MAX: usize = 2;
/// Fields inside one another that are looked at, at most: fragments may name each other in a circle.
const DEPTH_MAX: usize = 64;

/// Lists at the root of version 2026-04 of which nothing is simulated. A bulk query over one is accepted, as the platform
/// accepts it, and finds nothing; what it selects is not looked at.
const OTHER_ROOTS: &[&str] = &[
    "abandonedCheckouts",
    "articles",
    "automaticDiscountNodes",
    "blogs",
    "catalogs",
    "codeDiscountNodes",
    "collections",
    "companies",
    "companyLocations",
    "customers",
    "deliveryProfiles",
    "discountNodes",
    "disputes",
    "draftOrders",
    "events",
    "files",
    "giftCards",
    "inventoryShipments",
    "inventoryTransfers",
    "marketingEvents",
    "markets",
    "menus",
    "metafieldDefinitions",
    "metaobjectDefinitions",
    "metaobjects",
    "pages",
    "priceLists",
    "publications",
    "segments",
    "sellingPlanGroups",
    "staffMembers",
    "subscriptionContracts",
    "tenderTransactions",
    "translatableResources",
    "urlRedirects",
];

/// Whether a query is over a list of the platform's of which nothing is simulated.
pub(super) fn is_beyond(document: &Document<'_>) -> bool {
    document.operations().any(|operation| {
        operation.selections.iter().any(|selection| {
            matches!(selection, Selection::Field(field) if OTHER_ROOTS.contains(&field.name))
        })
    })
}

/// Where a survey is in the text.
#[derive(Copy, Clone)]
struct Place {
    /// The type whose fields are selected, where the schema file knows it.
    parent: Option<TypeId>,
    /// Connections around it.
    nesting: usize,
    /// Whether a list lies between it and the nearest connection.
    in_list: bool,
    /// Fields around it.
    depth: usize,
}

struct Survey<'d, 't> {
    schema: &'d Schema,
    document: &'d Document<'t>,
    connections: usize,
    nesting: usize,
    is_in_list: bool,
    reads_nodes: Vec<&'t str>,
    lacks_id: Vec<&'t str>,
}

impl<'d, 't> Survey<'d, 't> {
    /// The fields of a selection, those of its fragments included.
    fn fields(&self, selections: &'d [Selection<'t>], depth: usize) -> Vec<&'d Field<'t>> {
        let mut found = Vec::new();
        if depth > DEPTH_MAX {
            return found;
        }
        for selection in selections {
            match selection {
                Selection::Field(field) => found.push(field),
                Selection::Inline(inline) => {
                    found.extend(self.fields(&inline.selections, depth + 1));
                }
                Selection::Spread(spread) => {
                    let mut fragments = self.document.fragments();
                    if let Some(fragment) = fragments.find(|it| it.name == spread.name) {
                        found.extend(self.fields(&fragment.selections, depth + 1));
                    }
                }
            }
        }
        found
    }

    /// The type of a field, whether it is a list, and whether it is a connection.
    fn kind(&self, field: &'d Field<'t>, place: Place) -> (Option<TypeId>, bool, bool) {
        let known = place
            .parent
            .and_then(|parent| self.schema.field(parent, field.name));
        match known {
            Some(known) => {
                let inner = known.ty.inner();
                let is_connection = self.schema.get(inner).name.ends_with("Connection");
                (Some(inner), known.ty.is_list(), is_connection)
            }
            None => {
                let parts = self.fields(&field.selections, place.depth);
                let is_connection = parts
                    .iter()
                    .any(|part| matches!(part.name, "edges" | "nodes"));
                (None, false, is_connection)
            }
        }
    }

    fn selection(&mut self, selections: &'d [Selection<'t>], place: Place) {
        if place.depth > DEPTH_MAX {
            return;
        }
        for field in self.fields(selections, place.depth) {
            self.field(field, place);
        }
    }

    fn field(&mut self, field: &'d Field<'t>, place: Place) {
        let (ty, is_list, is_connection) = self.kind(field, place);
        let inside = Place {
            parent: ty,
            depth: place.depth + 1,
            ..place
        };
        if !is_connection {
            let in_list = place.in_list || is_list;
            return self.selection(&field.selections, Place { in_list, ..inside });
        }
        self.connections += 1;
        self.nesting = self.nesting.max(place.nesting + 1);
        self.is_in_list |= place.in_list;
        let inside = Place {
            nesting: place.nesting + 1,
            in_list: false,
            ..inside
        };
        for part in self.fields(&field.selections, inside.depth) {
            let (part_type, ..) = self.kind(part, inside);
            let below = Place {
                parent: part_type,
                ..inside
            };
            match part.name {
                "nodes" => {
                    self.reads_nodes.push(field.name);
                    self.selection(&part.selections, below);
                }
                "edges" => {
                    for node in self.fields(&part.selections, below.depth) {
                        let (node_type, ..) = self.kind(node, below);
                        let node_place = Place {
                            parent: node_type,
                            ..below
                        };
                        self.node(field, node, node_place);
                    }
                }
                _ => {}
            }
        }
    }

    /// Looks at a node of a connection: its nested connections name their parent by its id.
    fn node(&mut self, connection: &'d Field<'t>, node: &'d Field<'t>, place: Place) {
        let parts = self.fields(&node.selections, place.depth);
        let nests = parts.iter().any(|part| self.kind(part, place).2);
        let has_id = parts
            .iter()
            .any(|part| part.name == "id" && part.alias.is_none_or(|it| it == "id"));
        if nests && !has_id {
            self.lacks_id.push(connection.name);
        }
        self.selection(&node.selections, place);
    }
}

/// Why a query cannot be run in bulk, all reasons of its text.
pub(super) fn obstacles(schema: &Schema, document: &Document<'_>) -> Vec<String> {
    let operations: Vec<&Operation<'_>> = document.operations().collect();
    let [operation] = operations[..] else {
        return vec!["Bulk queries must contain exactly one operation.".into()];
    };
    if operation.kind != OperationKind::Query {
        return vec!["Invalid operation type. Only `query` operations are supported.".into()];
    }
    let mut survey = Survey {
        schema,
        document,
        connections: 0,
        nesting: 0,
        is_in_list: false,
        reads_nodes: Vec::new(),
        lacks_id: Vec::new(),
    };
    let place = Place {
        parent: Some(schema.query),
        nesting: 0,
        in_list: false,
        depth: 0,
    };
    survey.selection(&operation.selections, place);
    let roots = survey.fields(&operation.selections, 0);
    let mut found: Vec<String> = Vec::new();
    for root in &roots {
        if matches!(root.name, "node" | "nodes") {
            let name = root.name;
            found.push(format!(
                "Bulk queries cannot contain a top level `{name}` field."
            ));
        }
    }
    if survey.connections == 0 {
        found.push("Bulk queries must contain at least one connection.".into());
    }
    if survey.connections > CONNECTIONS_MAX {
        found.push("Bulk queries cannot contain more than 5 connections.".into());
    }
    if survey.nesting > NESTING_MAX {
        found.push(
            "Bulk queries cannot contain connections with a nesting depth greater than 2.".into(),
        );
    }
    if let Some(first) = survey.reads_nodes.first() {
        let names: Vec<String> = survey
            .reads_nodes
            .iter()
            .map(|it| format!("'{it}'"))
            .collect();
        found.push(format!(
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: '{first} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. Invalid connection fields: {}.",
            names.join(", ")
        ));
    }
    if !survey.lacks_id.is_empty() {
        found.push(format!(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' return type. Connection fields without 'id': {}.",
            survey.lacks_id.join(", ")
        ));
    }
    if survey.is_in_list {
        found.push(
            "Queries that contain a connection field within a list field are not currently supported."
                .into(),
        );
    }
    // What follows are bounds of the emulator's.
    if found.is_empty() && !operation.variables.is_empty() {
        found.push("Bulk queries must be queries without variables.".into());
    }
    if found.is_empty() && roots.len() != 1 {
        found.push("Bulk queries must contain exactly one top level field.".into());
    }
    found
}
