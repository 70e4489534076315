//! Bulk operations: a query over whole connections, run in the background, its result a file of JSON lines on the
//! emulator's own address (docs/platforms/shopify.md 2.6 and 6). The file shows the shop as it is when the operation ends
//! (assumed).

pub(crate) mod export;

use http::header::{CONTENT_TYPE, HeaderValue};

use super::answer::{Answer, Class};
use super::errors::NOT_FOUND;
use super::graphql::schema::ServedSchema;
use super::graphql::validation;
use crate::core::{CallOutcome, Micros};
use crate::shopify::model::bulk::{
    BulkResult, BulkStatus, RESULT_LIFETIME, RESULT_PREFIX, write_result_path,
};
use crate::shopify::model::ids;
use crate::shopify::model::state::State;

/// What a bulk operation yields that ends now; none when it was told to stop.
pub(crate) fn result(
    state: &State,
    now: Micros,
    window_start: Micros,
    position: u32,
) -> Option<BulkResult> {
    let operation = &state.bulk_operations[position as usize];
    if operation.status != BulkStatus::Running {
        return None;
    }
    let version = operation.version.as_str();
    let plan = validation::plan(ServedSchema::of(version), &operation.query);
    // A query that was accepted without a plan is over a list of which nothing is simulated.
    Some(plan.map_or_else(
        |_| BulkResult::default(),
        |plan| export::run(state, window_start, now, version, &plan),
    ))
}

/// Answers a download of a result. The address is its own permission, as a signed one is.
pub(crate) fn download(state: &State, now: Micros, key: &str) -> Answer {
    let found = key.strip_suffix(".jsonl").and_then(|uuid| {
        let number = ids::uuid_number(uuid)?;
        let position = u32::try_from(number).ok()?;
        let operation = state.bulk_operations.get(position as usize)?;
        let mut path = Vec::new();
        write_result_path(state.shop.seed, position, &mut path);
        let is_genuine = path.strip_prefix(RESULT_PREFIX.as_bytes()) == Some(key.as_bytes());
        let is_there = operation.status == BulkStatus::Completed
            && now.since(operation.completed_at) < RESULT_LIFETIME;
        (is_genuine && is_there).then_some(operation)
    });
    let Some(operation) = found else {
        return Answer::refused(404, NOT_FOUND);
    };
    for told in &operation.result.tells.0 {
        state.telling.note(*told);
    }
    Answer {
        operation: "bulk_result",
        outcome: CallOutcome::Served,
        class: Class::List,
        headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/jsonl"))],
        ..Answer::refused(200, operation.result.file.clone())
    }
}
