//! `orderCancel`: checked at once, done by a job (sheet section 3.3).

use std::cmp::Reverse;

use crate::shopify::api::errors::{FieldError, UserError};
use crate::shopify::api::execute::Call;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::json::Json;
use crate::shopify::machine::Shopify;
use crate::shopify::api::queries::reader::{Reader, null};
use crate::shopify::model::state::{CancelReason, Job};
use crate::core::Stream;

/// The longest staff note.
const STAFF_NOTE_MAX: usize = 255;

impl Shopify {
    /// Starts a cancellation and appends the payload.
    pub(crate) fn cancel_order(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let variables = call.variables;
        let gid = field
            .text_argument("orderId", variables)
            .unwrap_or_default();
        Gid::parse(&gid)
            .filter(|gid| gid.name == "Order")
            .ok_or_else(FieldError::invalid_id)?;
        let refund = field
            .argument("refund", variables)
            .and_then(|json| json.bool());
        let refund_method = field
            .argument("refundMethod", variables)
            .filter(|json| **json != Json::Null);
        let note = field.text_argument("staffNote", variables);
        let error = if refund.is_some() && refund_method.is_some() {
            Err(UserError::coded(
                ["refund"],
                "Only one of the arguments `refund` or `refund_method` is allowed.",
                "INVALID",
            ))
        } else if note
            .as_ref()
            .is_some_and(|note| note.chars().count() > STAFF_NOTE_MAX)
        {
            Err(UserError::coded(
                ["staffNote"],
                "Staff note is too long. Maximum length is 255 characters.",
                "INVALID",
            ))
        } else {
            match ids::ORDER.find(&gid, self.state.orders.len()) {
                None => Err(UserError::coded(
                    ["orderId"],
                    "Order does not exist",
                    "NOT_FOUND",
                )),
                Some(order) => match self.cancel_obstacle(order) {
                    Some(obstacle) => Err(UserError::coded(["orderId"], obstacle, "INVALID")),
                    None => Ok(order),
                },
            }
        };
        let order = match error {
            Ok(order) => order,
            Err(error) => return Ok(self.reader(call).cancel_payload(field, None, &[error], out)),
        };
        let pays_back = refund_method.is_some_and(|method| {
            method
                .get("originalPaymentMethodsRefund")
                .and_then(Json::bool)
                == Some(true)
                || method.given("storeCreditRefund").is_some()
        });
        let reason = field.text_argument("reason", variables);
        let job = self.state.jobs.len() as u32;
        self.state.jobs.push(Job {
            order,
            restock: field.flag("restock", variables),
            refund: refund.unwrap_or(pays_back),
            reason: reason
                .and_then(|name| CancelReason::named(&name))
                .unwrap_or(CancelReason::Other),
            staff_note: note.map(|note| note.into_owned()),
            is_done: false,
        });
        let mut stream = Stream::new(self.keys.cancel_job, u64::from(job));
        let delay = self.state.profile.delay.cancel_job.draw(&mut stream);
        self.jobs_due.push(Reverse((call.now + delay, job)));
        Ok(self.reader(call).cancel_payload(field, Some(job), &[], out))
    }
}

impl Reader<'_> {
    fn cancel_payload(
        &self,
        field: &PlanField,
        job: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match (part.field, job) {
                // Both lists come back; the older one has no codes in its type.
                (Field::UserErrors | Field::OrderCancelUserErrors, _) => {
                    self.user_errors(part, errors, out)
                }
                (Field::Job, Some(job)) => self.job(part, job, out),
                (Field::Job, None) => {
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
