//! Bulk operations.

use super::Payloads;
use super::filter::PayloadFilter;
use super::members::{Members, raw};
use crate::core::Micros;
use crate::shopify::json::write_text;
use crate::shopify::model::ids;

impl Payloads<'_> {
    /// Appends the payload of `bulk_operations/finish`.
    pub(crate) fn bulk_operation(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let operation = &self.state.bulk_operations[position as usize];
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("admin_graphql_api_id", out, |out| {
            ids::BULK_OPERATION.write_gid(u64::from(position), out);
        });
        members.write("completed_at", out, |out| {
            self.time(operation.completed_at, out)
        });
        members.write("created_at", out, |out| {
            self.time(operation.created_at, out)
        });
        members.write("error_code", out, raw("null"));
        members.write("status", out, |out| {
            let status = operation.status_name(Micros::MAX).to_ascii_lowercase();
            write_text(&status, out);
        });
        members.write("type", out, raw("\"query\""));
        out.push(b'}');
    }
}
