//! `productUpdate` (docs/platforms/shopify.md 4.8).

use super::metafield_inputs;
use super::product_input::{
    Given, KEPT, UNCODED, argument, as_handle, note_media, note_unkept, product_change,
    product_metafields,
};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// Changes a product and appends the payload.
pub(crate) fn update(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let Given { input, type_name } = Given::read(field, call, "ProductUpdateInput");
    metafield_inputs::check_keys(call, field, &input)?;
    let identifier = argument(field, call, "identifier");
    let found = identified(&store.state, call, identifier.as_deref(), &input);
    let done = found.and_then(|listing| {
        let change = product_change(&store.state, listing, &input, &UNCODED)?;
        let metafields = product_metafields(&store.state, call, (listing, &input), &UNCODED)?;
        note_unkept(call, type_name, &input, KEPT);
        note_media(field, call);
        store.change_product(call.now, listing, change, call.cause());
        metafield_inputs::keep(store, metafields);
        Ok(listing)
    });
    Ok(call
        .reader(&store.state)
        .product_payload(field, done.map(Some), out))
}

/// The product that the identifier names, or else the input's id.
fn identified(
    state: &State,
    call: &Call<'_>,
    identifier: Option<&Json<'_>>,
    input: &Json<'_>,
) -> Result<u32, Vec<UserError>> {
    let own = input.given("id").and_then(Json::text);
    let unknown = |step| vec![UserError::plain([step], "Product does not exist")];
    let Some(identifier) = identifier else {
        let found = state.find_listing(ids::PRODUCT, own.unwrap_or(""));
        return found.ok_or_else(|| unknown("id"));
    };
    if own.is_some() {
        let message = "The id field is not allowed if identifier is provided.";
        return Err(vec![UserError::plain(["id"], message)]);
    }
    let by = |name: &str| identifier.given(name).and_then(Json::text);
    let found = match (by("id"), by("handle")) {
        (Some(gid), _) => state.find_listing(ids::PRODUCT, gid),
        (None, Some(handle)) => state.find_handle(&as_handle(handle)),
        (None, None) => {
            call.note_not_simulated("ProductUpdateIdentifiers.customId".to_owned());
            None
        }
    };
    found.ok_or_else(|| unknown("identifier"))
}
