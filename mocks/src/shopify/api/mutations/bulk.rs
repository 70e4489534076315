//! `bulkOperationRunQuery` and `bulkOperationCancel` (docs/platforms/shopify.md 2.6).

use super::bulk_query;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::graphql::schema::ServedSchema;
use crate::shopify::api::graphql::validation;
use crate::shopify::api::queries::reader::{Reader, null};
use crate::shopify::model::bulk::BulkStatus;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::shop::Store;

/// Query operations of one app and shop that may run at once (since 2026-01).
const CONCURRENT_MAX: usize = 5;

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
    let running = store.state.bulk_operations.iter();
    let running = running.filter(|operation| operation.is_pending()).count();
    let error = match validation::plan(ServedSchema::built_in(), &query) {
        Err(_) => Some(UserError::coded(
            ["query"],
            "Invalid bulk query: the document is not valid against the schema.",
            "INVALID",
        )),
        Ok(plan) => match bulk_query::obstacle(&plan) {
            Some(message) => Some(UserError::coded(["query"], message, "INVALID")),
            None if running >= CONCURRENT_MAX => Some(UserError::coded(
                [],
                "Bulk operations limit reached. Please try again later.",
                "LIMIT_REACHED",
            )),
            None => None,
        },
    };
    if let Some(error) = error {
        return Ok(call
            .reader(&store.state)
            .bulk_payload(field, None, &[error], out));
    }
    let position = store.start_bulk(call.now, query.into_owned());
    Ok(call
        .reader(&store.state)
        .bulk_payload(field, Some(position), &[], out))
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
        self.object(field.selection(), out, |part, out| {
            match (part.field, operation) {
                (Field::UserErrors, _) => self.user_errors(part, errors, out),
                (Field::BulkOperation, Some(at)) => self.bulk_operation(part.selection(), at, out),
                (Field::BulkOperation, None) => {
                    null(out);
                    0
                }
                _ => {
                    self.unserved(part, out);
                    0
                }
            }
        })
    }
}
