//! `productCreate` (docs/platforms/shopify.md 4.8).

use super::metafield_inputs;
use super::product_input::{
    Given, KEPT, UNCODED, make, next_position, note_media, note_unkept, product_change,
    product_metafields,
};
use super::variant_input::{ONE_VARIANT, are_own_options};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::shop::Store;

/// Makes a product with one variant and appends the payload.
pub(crate) fn create(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let Given { input, type_name } = Given::read(field, call, "ProductCreateInput");
    metafield_inputs::check_keys(call, field, &input)?;
    let refused = |path: &[&'static str], message: String| {
        call.note_not_simulated("Mutation.productCreate".to_owned());
        vec![UserError::plain(path.iter().copied(), message)]
    };
    let done = next_position(&store.state)
        .map_err(|message| refused(&[], message))
        .and_then(|listing| {
            let change = product_change(&store.state, listing, &input, &UNCODED)?;
            let metafields = product_metafields(&store.state, call, (listing, &input), &UNCODED)?;
            let options = input.given("productOptions").map(Json::list);
            if options.is_some_and(|options| !are_own_options(&store.state, listing, options)) {
                return Err(refused(&["productOptions"], ONE_VARIANT.to_owned()));
            }
            note_unkept(
                call,
                type_name,
                &input,
                &[KEPT, &["productOptions"]].concat(),
            );
            note_media(field, call);
            make(store, call, change, std::iter::empty());
            metafield_inputs::keep(store, metafields);
            Ok(listing)
        });
    Ok(call
        .reader(&store.state)
        .product_payload(field, done.map(Some), out))
}
