//! `fulfillmentCancel`, `fulfillmentEventCreate` and `fulfillmentOrdersSetFulfillmentDeadline` (docs/platforms/shopify.md 7).

use crate::core::Epoch;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::{Json, write_bool};
use crate::shopify::model::fulfillment::FulfillmentEvent;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::model::span::NONE;
use crate::shopify::shop::Store;

/// Cancels a shipment and appends the payload. One that is cancelled already is shown again, without an error.
pub(crate) fn cancel(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("id", call.variables)
        .unwrap_or_default();
    Gid::parse(&gid).ok_or_else(FieldError::invalid_id)?;
    let found = ids::FULFILLMENT.find(&gid, store.state.fulfillments.len());
    let mut errors = Vec::new();
    match found {
        Some(at) => store.cancel_fulfillment(call.now, at),
        None => errors.push(UserError::plain(["id"], "Fulfillment not found.")),
    }
    Ok(call
        .reader(&store.state)
        .fulfillment_payload(field, found, &errors, out))
}

/// Sets when fulfillment orders must have shipped, all or none, and appends the payload.
pub(crate) fn set_deadline(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let given = field.text_argument("fulfillmentDeadline", call.variables);
    let given = given.unwrap_or_default();
    let deadline = Epoch::parse_unix_micros(&given).ok_or_else(|| {
        let message = format!("`{given}` of fulfillmentDeadline is no time.");
        FieldError::new(message, "BAD_REQUEST")
    })?;
    let gids = field.argument("fulfillmentOrderIds", call.variables);
    let gids = gids.as_deref().map_or(&[][..], Json::list);
    let named = gids.iter().map(|gid| gid.text().unwrap_or(""));
    let found: Option<Vec<u32>> = named
        .map(|gid| store.state.routed_fulfillment_order(gid, call.now))
        .collect();
    let mut errors = Vec::new();
    match &found {
        Some(found) => {
            for at in found {
                if store.state.deadlines.insert(*at, deadline) != Some(deadline) {
                    store.fulfillment_order_changed(call.now, *at);
                }
            }
        }
        None => errors.push(UserError::coded(
            ["fulfillmentOrderIds"],
            "The fulfillment orders could not be found.",
            "FULFILLMENT_ORDERS_NOT_FOUND",
        )),
    }
    let reader = call.reader(&store.state);
    let shown = [(Field::Success, Some(found.is_some()))];
    Ok(
        reader.payload(field.selection(), &errors, shown, out, |_, is_done, out| {
            write_bool(is_done, out);
            0
        }),
    )
}

/// Books what a carrier reports of a shipment, a cancelled one as well, and appends the payload.
pub(crate) fn create_event(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field
        .argument("fulfillmentEvent", call.variables)
        .unwrap_or_default();
    let text = |name: &str| input.given(name).and_then(Json::text);
    let time = |name: &str| match text(name) {
        Some(given) => Epoch::parse_unix_micros(given).map(Some).ok_or_else(|| {
            let message = format!("`{given}` of {name} is no time.");
            FieldError::new(message, "BAD_REQUEST")
        }),
        None => Ok(None),
    };
    let (happened, estimated) = (time("happenedAt")?, time("estimatedDeliveryAt")?);
    let now_unix = store.state.shop.epoch.unix_secs(call.now) * 1_000_000;
    let gid = text("fulfillmentId").unwrap_or("");
    let made = ids::FULFILLMENT
        .find(gid, store.state.fulfillments.len())
        .map(|fulfillment| {
            let event = FulfillmentEvent {
                fulfillment,
                status: text("status").unwrap_or("").to_owned(),
                message: text("message").map(str::to_owned),
                happened_unix_micros: happened.unwrap_or(now_unix),
                estimated_unix_micros: estimated,
                created_at: call.now,
                previous: NONE,
            };
            store.report_event(call.now, event)
        });
    let mut errors = Vec::new();
    if made.is_none() {
        let at = ["fulfillmentEvent", "fulfillmentId"];
        errors.push(UserError::plain(at, "Fulfillment does not exist."));
    }
    let reader = call.reader(&store.state);
    let shown = [(Field::FulfillmentEvent, made)];
    Ok(
        reader.payload(field.selection(), &errors, shown, out, |part, at, out| {
            reader.fulfillment_event(part.selection(), at, out)
        }),
    )
}
