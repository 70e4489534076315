//! `orderCancel`: checked at once, done by a job (docs/platforms/shopify.md 3.3); and `orderDelete` (3.5).

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::model::orders::{CancelReason, Job};
use crate::shopify::shop::Store;

/// The longest staff note.
const STAFF_NOTE_MAX: usize = 255;

/// Starts a cancellation and appends the payload.
pub(crate) fn cancel(
    store: &mut Store,
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
        match store.state.find_order(&gid) {
            None => Err(UserError::coded(
                ["orderId"],
                "Order does not exist",
                "NOT_FOUND",
            )),
            Some(order) => match store.state.cancel_obstacle(order) {
                Some(obstacle) => Err(UserError::coded(["orderId"], obstacle, "INVALID")),
                None => Ok(order),
            },
        }
    };
    let order = match error {
        Ok(order) => order,
        Err(error) => {
            return Ok(call
                .reader(&store.state)
                .cancel_payload(field, None, &[error], out));
        }
    };
    let pays_back = refund_method.is_some_and(|method| {
        method
            .get("originalPaymentMethodsRefund")
            .and_then(Json::bool)
            == Some(true)
            || method.given("storeCreditRefund").is_some()
    });
    let reason = field.text_argument("reason", variables);
    let job = store.schedule_cancellation(
        call.now,
        Job {
            order,
            restock: field.flag("restock", variables),
            refund: refund.unwrap_or(pays_back),
            reason: reason
                .and_then(|name| CancelReason::named(&name))
                .unwrap_or(CancelReason::Other),
            staff_note: note.map(|note| note.into_owned()),
            is_done: false,
        },
    );
    Ok(call
        .reader(&store.state)
        .cancel_payload(field, Some(job), &[], out))
}

/// Deletes an order and appends the payload. One that was paid online cannot be deleted, as those of the storefront were.
pub(crate) fn delete(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("orderId", call.variables)
        .unwrap_or_default();
    let found = store.state.find_order(&gid);
    let error = match found {
        None => Some(UserError::coded(
            ["orderId"],
            "Order does not exist",
            "NOT_FOUND",
        )),
        Some(order) if store.state.made(order).is_none() => Some(UserError::coded(
            ["orderId"],
            "Order cannot be deleted",
            "INVALID",
        )),
        Some(order) => {
            store.delete_order(call.now, order);
            None
        }
    };
    let reader = call.reader(&store.state);
    let shown = [(Field::DeletedId, found.filter(|_| error.is_none()))];
    let errors = error.as_slice();
    Ok(
        reader.payload(field.selection(), errors, shown, out, |_, order, out| {
            ids::ORDER.write_gid(u64::from(order), out);
            0
        }),
    )
}

impl Reader<'_> {
    fn cancel_payload(
        &self,
        field: &PlanField,
        job: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = [(Field::Job, job)];
        self.payload(field.selection(), errors, shown, out, |part, job, out| {
            self.job(part, job, out)
        })
    }
}
