//! Jobs as GraphQL objects.

use super::metafields::VALIDATION_JOBS;
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
        let validations = self.state.metafields.jobs.len() as u64;
        Ok(match ids::uuid_number(gid.key) {
            Some(at) if at < count => 1 + self.job(field, at as u32, out),
            Some(number) if number.wrapping_sub(VALIDATION_JOBS) < validations => {
                1 + self.validation_job(field, (number - VALIDATION_JOBS) as u32, out)
            }
            _ => null_object(out),
        })
    }

    /// Appends the fields of a job that cancels an order.
    pub(crate) fn job(&self, field: &PlanField, position: u32, out: &mut Vec<u8>) -> u64 {
        let is_done = self.state.jobs[position as usize].is_done;
        let id = (mix(self.state.shop.seed.0, 2), u64::from(position));
        self.job_object(field, id, is_done, out)
    }

    /// Appends a job's fields; its id is a salt and a number.
    pub(super) fn job_object(
        &self,
        field: &PlanField,
        (salt, number): (u64, u64),
        is_done: bool,
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::Id => {
                    out.extend_from_slice(b"\"gid://shopify/Job/");
                    ids::write_uuid(salt, number, out);
                    out.push(b'"');
                }
                Field::Done => write_bool(is_done, out),
                Field::Query if !is_done => return null_object(out),
                // What is read beside a job that is done is read as it is now.
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
