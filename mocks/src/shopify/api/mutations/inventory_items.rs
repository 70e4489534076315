//! `inventoryItemUpdate` (docs/platforms/shopify.md 4.8).

use super::variant_input::{item_change, note_item};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::{UserError, too_long};
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::products::{LETTERS_MAX, ProductChange};
use crate::shopify::shop::Store;

/// Changes the SKU of an item, whether it is tracked or shipped, its cost, origin, code and weight, and appends the payload.
pub(crate) fn update(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("id", call.variables)
        .unwrap_or_default();
    let found = store.state.find_listing(ids::INVENTORY_ITEM, &gid);
    let input = field.argument("input", call.variables).unwrap_or_default();
    if let Some(listing) = found {
        note_item((&store.state, call), listing, &input);
    }
    // An item without a SKU has an empty one here.
    let sku = input.get("sku").map(|sku| sku.text().unwrap_or(""));
    let too_long = sku.and_then(|sku| too_long("SKU", sku, LETTERS_MAX));
    let kept = found.map(|listing| store.state.details(listing).item.clone());
    let item = item_change(kept.unwrap_or_default(), &input);
    let wrong = match (too_long, &item) {
        (Some(message), _) => Some(("sku", message)),
        (None, Err((member, message))) => Some((*member, message.clone())),
        (None, Ok(_)) => None,
    };
    let errors: Vec<UserError> = match (found, wrong) {
        (Some(_), Some((member, message))) => vec![UserError::plain(["input", member], message)],
        (Some(listing), None) => {
            let change = ProductChange {
                sku: sku.map(str::to_owned),
                is_tracked: input.get("tracked").and_then(Json::bool),
                requires_shipping: input.get("requiresShipping").and_then(Json::bool),
                item: item.ok(),
                ..ProductChange::default()
            };
            store.change_product(call.now, listing, change, call.cause());
            Vec::new()
        }
        (None, _) => vec![UserError::plain(
            ["id"],
            "The product couldn't be updated because it does not exist.",
        )],
    };
    let reader = call.reader(&store.state);
    let shown = [(Field::InventoryItem, found)];
    Ok(reader.payload(
        field.selection(),
        &errors,
        shown,
        out,
        |part, listing, out| reader.inventory_item(part.selection(), listing, out),
    ))
}
