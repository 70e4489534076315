//! Bulk operations as GraphQL objects (docs/platforms/shopify.md 2.6).

use super::paging::Cursor;
use super::reader::{Reader, null, null_object};
use super::search::{Term, id_holds};
use crate::core::Micros;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::json::{write_int, write_text};
use crate::shopify::model::bulk::{BulkStatus, RESULT_LIFETIME, write_result_path};
use crate::shopify::model::ids;

impl Reader<'_> {
    /// Appends `currentBulkOperation`: the newest one of the type. Mutations never run in bulk here.
    pub(crate) fn current_bulk_operation(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let is_mutation = field
            .text_argument("type", self.variables)
            .is_some_and(|kind| kind == "MUTATION");
        match self.state.bulk_operations.len().checked_sub(1) {
            Some(last) if !is_mutation => {
                1 + self.bulk_operation(field.selection(), last as u32, out)
            }
            _ => null_object(out),
        }
    }

    /// Appends the root connection of bulk operations, by creation or by their end: the newest first, those that are not done last, and
    /// with `reverse` the other way round (recorded).
    pub(crate) fn bulk_operations(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let search = self.time_search(field, &["created_at", "completed_at"])?;
        let operations = &self.state.bulk_operations;
        let holds = |at: u32, term: &Term| {
            let operation = &operations[at as usize];
            let is_text = |text: &str| text.eq_ignore_ascii_case(&term.value);
            Some(match term.key.as_str() {
                "id" => id_holds(term, ids::BULK_OPERATION, u64::from(at)),
                "created_at" => self.time_is(operation.created_at, term),
                "completed_at" => self.time_is(operation.completed_at, term),
                "status" => is_text(operation.status_name(self.now)),
                "operation_type" => is_text("QUERY"),
                _ => return None,
            })
        };
        let mut found: Vec<u32> = (0..operations.len() as u32)
            .filter(|at| search.holds(|term| holds(*at, term)))
            .collect();
        let by_end = field
            .text_argument("sortKey", self.variables)
            .is_some_and(|key| key == "COMPLETED_AT");
        let cursor = |at: u32| {
            let operation = &operations[at as usize];
            let time = match by_end {
                true => operation.completed_at,
                false => operation.created_at,
            };
            let last_value = match time {
                Micros::MAX => 0,
                time => self.state.shop.epoch.unix_millis(time),
            };
            Cursor {
                last_value,
                last_id: ids::BULK_OPERATION.number(u64::from(at)),
            }
        };
        found.sort_by_key(|at| cursor(*at));
        let mut page = self.page_arguments(field);
        page.reverse = !page.reverse;
        let slice = page.slice(found.len(), |rank| cursor(found[rank]));
        Ok(self.page(
            field,
            slice.count(),
            |index| found[slice.position(index)],
            (slice.has_previous, slice.has_next),
            cursor,
            |selection, at, out| self.bulk_operation(selection, at, out),
            out,
        ))
    }

    /// Appends a bulk operation's fields.
    pub(crate) fn bulk_operation(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let operation = &self.state.bulk_operations[position as usize];
        let quoted = |number: u64, out: &mut Vec<u8>| {
            out.push(b'"');
            write_int(number, out);
            out.push(b'"');
        };
        // Without a single object there is no file.
        let has_file = operation.status == BulkStatus::Completed
            && operation.result.objects > 0
            && self.now.since(operation.completed_at) < RESULT_LIFETIME;
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::BULK_OPERATION.write_gid(u64::from(position), out),
                Field::Status => write_text(operation.status_name(self.now), out),
                Field::Type => write_text("QUERY", out),
                Field::Query => write_text(&operation.query, out),
                Field::CreatedAt => self.time(operation.created_at, out),
                Field::CompletedAt => self.time(operation.completed_at, out),
                Field::ObjectCount => quoted(operation.result.objects, out),
                Field::RootObjectCount => quoted(operation.result.root_objects, out),
                Field::FileSize if has_file => quoted(operation.result.file.len() as u64, out),
                Field::Url if has_file => {
                    let origin = self.origin.map(|origin| origin.text(&self.state.domain));
                    let origin = origin.unwrap_or_else(|| format!("https://{}", self.state.domain));
                    let mut address = origin.into_bytes();
                    write_result_path(self.state.shop.seed, position, &mut address);
                    write_text(&String::from_utf8_lossy(&address), out);
                }
                Field::FileSize | Field::Url | Field::PartialDataUrl | Field::ErrorCode => {
                    null(out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }
}
