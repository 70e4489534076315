//! `productDelete` (docs/platforms/shopify.md 4.7).

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::shop::Store;

/// Deletes a product, at once or by a job where `synchronous` is false, and appends the payload.
pub(crate) fn delete(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let gid = input.get("id").and_then(Json::text).unwrap_or("");
    let is_at_once = field.argument("synchronous", call.variables);
    let is_at_once = is_at_once.as_deref().and_then(Json::bool) != Some(false);
    let done = match store.state.find_listing(ids::PRODUCT, gid) {
        None => Err(UserError::plain(["id"], "Product does not exist")),
        Some(listing) if store.state.departures.is_leaving(listing) => Err(UserError::plain(
            [],
            "Another operation already in progress. Please wait until current one is finished.",
        )),
        Some(listing) if is_at_once => {
            store.delist(call.now, listing, call.cause());
            Ok(Some(listing))
        }
        Some(listing) => {
            store.schedule_delisting(call.now, listing);
            Ok(None)
        }
    };
    let reader = call.reader(&store.state);
    let (deleted, error) = match done {
        Ok(deleted) => (deleted, None),
        Err(error) => (None, Some(error)),
    };
    // The shop is shown whatever becomes of the product.
    let shown = [(Field::DeletedProductId, deleted), (Field::Shop, Some(0))];
    let errors = error.as_slice();
    Ok(reader.payload(
        field.selection(),
        errors,
        shown,
        out,
        |part, listing, out| {
            if part.field == Field::Shop {
                return reader.shop(part.selection(), out);
            }
            ids::PRODUCT.write_gid(u64::from(listing), out);
            0
        },
    ))
}
