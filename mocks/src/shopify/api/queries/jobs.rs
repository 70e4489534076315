//! Jobs as GraphQL objects.

use super::reader::{Reader, null_object};
use crate::core::random::mix;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::root_fields;
use crate::shopify::json::write_bool;
use crate::shopify::model::ids::{self, Gid};

impl Reader<'_> {
    /// Appends the job that `job` names.
    pub(crate) fn job_by_id(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let gid = field
            .text_argument("id", self.variables)
            .unwrap_or_default();
        let gid = Gid::parse(&gid).filter(|gid| gid.name == "Job");
        let gid = gid.ok_or_else(FieldError::invalid_id)?;
        let count = self.state.jobs.len() as u64;
        Ok(match ids::uuid_number(gid.key).filter(|at| *at < count) {
            Some(position) => 1 + self.job(field, position as u32, out),
            None => null_object(out),
        })
    }

    /// Appends a job's fields.
    pub(crate) fn job(&self, field: &PlanField, position: u32, out: &mut Vec<u8>) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::Id => {
                    out.extend_from_slice(b"\"gid://shopify/Job/");
                    ids::write_uuid(mix(self.state.shop.seed.0, 2), u64::from(position), out);
                    out.push(b'"');
                }
                Field::Done => write_bool(self.state.jobs[position as usize].is_done, out),
                // What is read beside a job is read as it is now.
                Field::Query => {
                    return 1 + self.object(part.selection(), out, |field, out| {
                        let start = out.len();
                        root_fields::read(self, field, out).unwrap_or_else(|_| {
                            out.truncate(start);
                            null_object(out)
                        })
                    });
                }
                _ => self.unserved(part, out),
            }
            0
        })
    }
}
