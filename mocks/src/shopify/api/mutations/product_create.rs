//! `productCreate` (docs/platforms/shopify.md 4.8).

use super::product_input::{KEPT, ProductErrors, make, next_position, note_unkept, product_change};
use super::variant_input::{ONE_VARIANT, are_own_options};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::shop::Store;

/// The user errors of this mutation have no codes.
const ERRORS: ProductErrors = ProductErrors {
    input: &[],
    invalid: "",
    taken: "",
};

/// Makes a product with one variant and appends the payload.
pub(crate) fn create(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let argument = |name: &str| {
        let given = field.argument(name, call.variables);
        given.filter(|given| **given != Json::Null)
    };
    let product = argument("product");
    let type_name = match product {
        Some(_) => "ProductCreateInput",
        None => "ProductInput",
    };
    let input = product.or_else(|| argument("input")).unwrap_or_default();
    let refused = |path: &[&'static str], message: String| {
        call.note_not_simulated("Mutation.productCreate".to_owned());
        vec![UserError::plain(path.iter().copied(), message)]
    };
    let done = next_position(&store.state)
        .map_err(|message| refused(&[], message))
        .and_then(|listing| {
            let change = product_change(&store.state, listing, &input, &ERRORS)?;
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
            if argument("media").is_some() {
                call.note_not_simulated("Mutation.productCreate.media".to_owned());
            }
            make(store, call, change, std::iter::empty());
            Ok(listing)
        });
    let (listing, errors) = match done {
        Ok(listing) => (Some(listing), Vec::new()),
        Err(errors) => (None, errors),
    };
    Ok(call
        .reader(&store.state)
        .product_payload(field, listing, &errors, out))
}
