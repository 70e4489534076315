//! From a bulk query to its result: what the platform accepts, and the JSON lines (sheet sections 2.6 and 6).

use std::borrow::Cow;
use std::cell::RefCell;

use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{Children, Plan, PlanField, Selection, Shape};
use crate::shopify::json::Json;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::model::state::State;
use crate::core::Micros;

/// Connections in one query, at most.
const CONNECTIONS_MAX: usize = 5;
/// Connections inside one another, at most.
const NESTING_MAX: usize = 2;

/// A finished result.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// Lines.
    pub objects: u64,
    /// Lines of the root connection.
    pub root_objects: u64,
    /// The lines, each an object, children named after their parents.
    pub file: Vec<u8>,
}

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
pub fn obstacle(plan: &Plan) -> Option<&'static str> {
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

/// Runs a query that nothing stands in the way of.
pub fn run(state: &State, window_start: Micros, now: Micros, plan: &Plan) -> Export {
    let reader = Reader {
        state,
        variables: &[],
        now,
        window_start,
        warnings: RefCell::new(Vec::new()),
        origin: None,
        is_unpaged: true,
    };
    let mut export = Export::default();
    for field in plan.operations.iter().flat_map(|o| &o.root.fields) {
        let mut answer = Vec::new();
        if reader.root(field, &mut answer).is_err() {
            continue;
        }
        if let Ok(connection) = serde_json::from_slice::<Json>(&answer) {
            write_connection(connection, None, &mut export);
        }
    }
    export
}

/// The nodes of a connection's value; `None` when the value is none.
fn nodes(value: &mut Json<'_>) -> Option<Vec<Json<'static>>> {
    let Json::Object(members) = value else {
        return None;
    };
    let mut found = None;
    for (key, member) in members {
        let Json::List(elements) = member else {
            continue;
        };
        match &**key {
            "nodes" => found = Some(elements.drain(..).map(owned).collect()),
            "edges" => {
                let node = |edge: Json<'_>| match edge {
                    Json::Object(members) => members
                        .into_iter()
                        .find(|(key, _)| key == "node")
                        .map(|(_, node)| owned(node)),
                    _ => None,
                };
                found = Some(elements.drain(..).filter_map(node).collect());
            }
            _ => {}
        }
    }
    found
}

fn owned(value: Json<'_>) -> Json<'static> {
    match value {
        Json::Null => Json::Null,
        Json::Bool(value) => Json::Bool(value),
        Json::Int(value) => Json::Int(value),
        Json::Float(value) => Json::Float(value),
        Json::Text(text) => Json::Text(Cow::Owned(text.into_owned())),
        Json::List(elements) => Json::List(elements.into_iter().map(owned).collect()),
        Json::Object(members) => Json::Object(
            members
                .into_iter()
                .map(|(key, value)| (Cow::Owned(key.into_owned()), owned(value)))
                .collect(),
        ),
    }
}

fn write_connection(mut connection: Json<'_>, parent: Option<&str>, export: &mut Export) {
    for node in nodes(&mut connection).unwrap_or_default() {
        write_node(node, parent, export);
    }
}

/// Takes the connections out of an object, however deep they lie.
fn take_connections(value: &mut Json<'static>, taken: &mut Vec<Vec<Json<'static>>>) {
    match value {
        Json::Object(members) => {
            members.retain_mut(|(_, member)| match nodes(member) {
                Some(children) => {
                    taken.push(children);
                    false
                }
                None => {
                    take_connections(member, taken);
                    true
                }
            });
        }
        Json::List(elements) => {
            for element in elements {
                take_connections(element, taken);
            }
        }
        _ => {}
    }
}

fn write_node(mut node: Json<'static>, parent: Option<&str>, export: &mut Export) {
    let mut children = Vec::new();
    take_connections(&mut node, &mut children);
    if let (Json::Object(members), Some(parent)) = (&mut node, parent) {
        let parent = Json::Text(Cow::Owned(parent.to_owned()));
        members.push((Cow::Borrowed("__parentId"), parent));
    }
    node.write(&mut export.file);
    export.file.push(b'\n');
    export.objects += 1;
    export.root_objects += u64::from(parent.is_none());
    let id = node.get("id").and_then(Json::text).map(str::to_owned);
    for child in children.into_iter().flatten() {
        write_node(child, Some(id.as_deref().unwrap_or("")), export);
    }
}
