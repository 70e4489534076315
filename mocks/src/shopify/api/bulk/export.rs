//! From a bulk query to its result: JSON lines (docs/platforms/shopify.md 2.6 and 6).

use std::borrow::Cow;
use std::cell::RefCell;

use crate::core::Micros;
use crate::shopify::api::graphql::plan::Plan;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::api::root_fields;
use crate::shopify::json::Json;
use crate::shopify::model::bulk::BulkResult;
use crate::shopify::model::state::State;

/// Runs a query that nothing stands in the way of.
pub(crate) fn run(
    state: &State,
    window_start: Micros,
    now: Micros,
    version: &str,
    plan: &Plan,
) -> BulkResult {
    let reader = Reader {
        state,
        variables: &[],
        now,
        version,
        window_start,
        scopes: &[],
        not_simulated: RefCell::default(),
        warnings: RefCell::new(Vec::new()),
        origin: None,
        is_unpaged: true,
        bytes_max: usize::MAX,
    };
    let mut export = BulkResult::default();
    for field in plan.operations.iter().flat_map(|o| &o.root.fields) {
        let mut answer = Vec::new();
        if root_fields::read(&reader, field, &mut answer).is_err() {
            continue;
        }
        if let Ok(connection) = serde_json::from_slice::<Json>(&answer) {
            write_connection(connection, None, &mut export);
        }
    }
    export.tells = state.telling.take();
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

fn write_connection(mut connection: Json<'_>, parent: Option<&str>, export: &mut BulkResult) {
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

fn write_node(mut node: Json<'static>, parent: Option<&str>, export: &mut BulkResult) {
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
