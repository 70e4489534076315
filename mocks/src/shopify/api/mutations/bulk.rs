//! `bulkOperationRunQuery` and `bulkOperationCancel` (docs/platforms/shopify.md 2.6).

use super::bulk_query;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::graphql::schema::ServedSchema;
use crate::shopify::api::graphql::validation;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::bulk::BulkStatus;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::shop::Store;

/// Query operations of one app and shop that may run at once.
const CONCURRENT_MAX: usize = 5;
/// The first version in which more than one may.
const RUNS_SEVERAL: &str = "2026-01";

/// Accepts a bulk query and appends the payload.
pub(crate) fn run_query(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let query = field
        .text_argument("query", call.variables)
        .unwrap_or_default();
    let errors = obstacles(store, call, &query);
    if !errors.is_empty() {
        return Ok(call
            .reader(&store.state)
            .bulk_payload(field, None, &errors, out));
    }
    let position = store.start_bulk(call.now, call.version, query.into_owned());
    Ok(call
        .reader(&store.state)
        .bulk_payload(field, Some(position), &[], out))
}

/// Why a bulk query is not accepted: its length, its text, the schema, then what runs already.
fn obstacles(store: &Store, call: &Call<'_>, query: &str) -> Vec<UserError> {
    let invalid = |message: String| UserError::coded(["query"], message, "INVALID");
    if query.len() > bulk_query::BYTES_MAX {
        return vec![invalid(format!(
            "Query is too large ({} bytes; maximum is {} bytes)",
            query.len(),
            bulk_query::BYTES_MAX
        ))];
    }
    let served = ServedSchema::of(call.version);
    let mut is_beyond = false;
    if let Some(document) = validation::parsed(query) {
        is_beyond = bulk_query::is_beyond(&document);
        let found = bulk_query::obstacles(&served.schema, &document);
        if !found.is_empty() {
            return found.into_iter().map(invalid).collect();
        }
    }
    if let Err(body) = validation::plan(served, query)
        && !is_beyond
    {
        return vec![invalid(format!("Invalid bulk query: {}", messages(&body)))];
    }
    let pending = store.state.bulk_operations.iter().enumerate();
    let pending: Vec<usize> = pending
        .filter(|(_, it)| it.is_pending())
        .map(|(at, _)| at)
        .collect();
    match pending.first() {
        Some(first) if call.version < RUNS_SEVERAL => {
            let mut gid = Vec::new();
            ids::BULK_OPERATION.write_gid(*first as u64, &mut gid);
            let message = format!(
                "A bulk query operation for this app and shop is already in progress: {}.",
                String::from_utf8_lossy(&gid).trim_matches('"')
            );
            vec![UserError::coded([], message, "OPERATION_IN_PROGRESS")]
        }
        _ if pending.len() >= CONCURRENT_MAX => vec![UserError::coded(
            [],
            "Bulk operations limit reached. Please try again later.",
            "LIMIT_REACHED",
        )],
        _ => Vec::new(),
    }
}

/// The messages of a body that refuses a document, one after the other.
fn messages(body: &[u8]) -> String {
    let body = crate::core::json::read::<Json>(body).unwrap_or_default();
    let errors = body.get("errors").map_or(&[][..], Json::list);
    let found: Vec<&str> = errors
        .iter()
        .filter_map(|error| error.get("message").and_then(Json::text))
        .collect();
    found.join("; ")
}

/// Tells a bulk operation to stop and appends the payload.
pub(crate) fn cancel(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("id", call.variables)
        .unwrap_or_default();
    Gid::parse(&gid)
        .filter(|gid| gid.name == "BulkOperation")
        .ok_or_else(FieldError::invalid_id)?;
    let found = ids::BULK_OPERATION.find(&gid, store.state.bulk_operations.len());
    let errors = match found {
        None => vec![UserError::plain(["id"], "Bulk operation does not exist")],
        Some(position) => {
            let operation = &mut store.state.bulk_operations[position as usize];
            if operation.is_pending() {
                operation.status = BulkStatus::Canceling;
                Vec::new()
            } else {
                let status = operation.status_name(call.now).to_ascii_lowercase();
                let message = format!("A bulk operation cannot be canceled when it is {status}");
                vec![UserError::plain(["id"], message)]
            }
        }
    };
    Ok(call
        .reader(&store.state)
        .bulk_payload(field, found, &errors, out))
}

impl Reader<'_> {
    fn bulk_payload(
        &self,
        field: &PlanField,
        operation: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = [(Field::BulkOperation, operation)];
        self.payload(field.selection(), errors, shown, out, |part, at, out| {
            self.bulk_operation(part.selection(), at, out)
        })
    }
}
