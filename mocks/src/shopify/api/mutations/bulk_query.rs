//! What the platform accepts as a bulk query (docs/platforms/shopify.md 2.6).

use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{Children, Plan, PlanField, Selection, Shape};

/// Connections in one query, at most.
const CONNECTIONS_MAX: usize = 5;
/// Connections inside one another, at most.
const NESTING_MAX: usize = 2;

struct Survey {
    connections: usize,
    nesting: usize,
    lacks_id: bool,
}

impl Survey {
    fn selection(&mut self, selection: &Selection, depth: usize) {
        let has_connection = |field: &PlanField| field.shape == Shape::Connection;
        let has_id = |field: &PlanField| field.field == Field::Id && &*field.response_key == "id";
        // The children of a node name their parent by its id.
        if depth > 0
            && selection.fields.iter().any(has_connection)
            && !selection.fields.iter().any(has_id)
        {
            self.lacks_id = true;
        }
        for field in &selection.fields {
            self.field(field, depth);
        }
    }

    fn field(&mut self, field: &PlanField, depth: usize) {
        if field.shape != Shape::Connection {
            match &field.children {
                Children::None => {}
                Children::Object(selection) => self.selection(selection, depth),
                Children::Abstract(kinds) => {
                    for (_, selection) in kinds {
                        self.selection(selection, depth);
                    }
                }
            }
            return;
        }
        self.connections += 1;
        self.nesting = self.nesting.max(depth + 1);
        for part in &field.selection().fields {
            match part.field {
                Field::Nodes => self.selection(part.selection(), depth + 1),
                Field::Edges => {
                    for node in &part.selection().fields {
                        self.selection(node.selection(), depth + 1);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Why a query cannot be run in bulk.
pub(crate) fn obstacle(plan: &Plan) -> Option<&'static str> {
    let [operation] = &plan.operations[..] else {
        return Some("Bulk queries must contain exactly one operation.");
    };
    if operation.is_mutation || !operation.variables.is_empty() {
        return Some("Bulk queries must be queries without variables.");
    }
    let [root] = &operation.root.fields[..] else {
        return Some("Bulk queries must contain exactly one top level field.");
    };
    if root.shape != Shape::Connection {
        return Some("Bulk queries must contain at least one connection.");
    }
    let mut survey = Survey {
        connections: 0,
        nesting: 0,
        lacks_id: false,
    };
    survey.field(root, 0);
    if survey.connections > CONNECTIONS_MAX {
        Some("Bulk queries cannot contain more than 5 connections.")
    } else if survey.nesting > NESTING_MAX {
        Some("Bulk queries cannot contain connections with a nesting depth greater than 2.")
    } else if survey.lacks_id {
        Some(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias.",
        )
    } else {
        None
    }
}
