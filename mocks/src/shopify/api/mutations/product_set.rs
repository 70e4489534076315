//! `productSet`, which changes a product or makes one (docs/platforms/shopify.md 4.8).

use super::metafield_inputs;
use super::product_input::{
    self, ProductErrors, as_handle, make, next_position, note_unkept, product_change,
    product_metafields,
};
use super::variant_input::{
    ONE_VARIANT, VariantErrors, are_own_options, is_variant_of, variant_change, variant_metafields,
};
use super::variant_stock::{self, StockWrite};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::metafields::Metafield;
use crate::shopify::model::products::ProductChange;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

const PRODUCT: ProductErrors = ProductErrors {
    input: &["input"],
    invalid: "INVALID_PRODUCT",
    taken: "HANDLE_NOT_UNIQUE",
    metafield: "INVALID_METAFIELD",
    gift_card: "GIFT_CARD_ATTRIBUTE_CANNOT_BE_CHANGED",
};

const VARIANTS: VariantErrors = VariantErrors {
    mutation: "productSet",
    list: &["input", "variants"],
    negative: "INVALID_VARIANT",
    invalid: "INVALID_VARIANT",
    too_long: "INVALID_VARIANT",
    no_values: "INVALID_VARIANT",
    unknown_value: Some("OPTION_VALUE_DOES_NOT_EXIST"),
    metafield: "INVALID_METAFIELD",
    not_simulated: "GENERIC_ERROR",
};

/// The members of a variant's input that are kept.
const KEPT_OF_VARIANT: &[&str] = &[
    "barcode",
    "compareAtPrice",
    "id",
    "inventoryItem",
    "inventoryPolicy",
    "inventoryQuantities",
    "metafields",
    "optionValues",
    "price",
    "sku",
    "taxable",
];

/// Sets a product and appends the payload. All of the input is checked before anything is changed.
pub(crate) fn set(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    metafield_inputs::check_keys(call, field, &input)?;
    for variant in input.given("variants").map_or(&[][..], Json::list) {
        metafield_inputs::check_keys(call, field, variant)?;
    }
    let identifier = field.argument("identifier", call.variables);
    let identifier = identifier.filter(|given| **given != Json::Null);
    let is_at_once = field.argument("synchronous", call.variables);
    let is_at_once = is_at_once.as_deref().and_then(Json::bool) != Some(false);
    let found = identified(&store.state, call, identifier.as_deref(), &input);
    let done = found.map_err(|error| vec![error]).and_then(|listing| {
        let (change, stock, metafields) = read(&store.state, call, listing, &input)?;
        note_all_unkept(call, &input);
        match store.state.is_new(listing) {
            true => make(store, call, change, stock.iter().map(StockWrite::location)),
            false => {
                store.change_product(call.now, listing, change, call.cause());
            }
        }
        variant_stock::write(store, call, &stock);
        metafield_inputs::keep(store, metafields);
        Ok(listing)
    });
    let shown = done.map(|listing| is_at_once.then_some(listing));
    Ok(call.reader(&store.state).product_payload(field, shown, out))
}

/// The product that the identifier names, or else the input's id; where neither names one, the position that a new one will
/// have.
fn identified(
    state: &State,
    call: &Call<'_>,
    identifier: Option<&Json<'_>>,
    input: &Json<'_>,
) -> Result<u32, UserError> {
    let coded = |path: [&'static str; 2], message, code| UserError::coded(path, message, code);
    let own = input.given("id").and_then(Json::text);
    let refused = |message: String| {
        call.note_not_simulated("Mutation.productSet".to_owned());
        UserError::coded(["input"], message, "GENERIC_ERROR")
    };
    let new = || next_position(state).map_err(refused);
    let Some(identifier) = identifier else {
        let Some(own) = own else {
            return new();
        };
        let found = state.find_listing(ids::PRODUCT, own);
        let unknown = ("Product does not exist", "PRODUCT_DOES_NOT_EXIST");
        return found.ok_or_else(|| coded(["input", "id"], unknown.0, unknown.1));
    };
    if own.is_some() {
        let message = "The id field is not allowed if identifier is provided.";
        return Err(coded(["input", "id"], message, "ID_NOT_ALLOWED"));
    }
    let by = |name: &str| identifier.given(name).and_then(Json::text);
    match (by("id"), by("handle")) {
        (Some(gid), _) => {
            let message = "Resource matching the identifier was not found.";
            let found = state.find_listing(ids::PRODUCT, gid);
            found.ok_or_else(|| coded(["identifier", "id"], message, "NOT_FOUND"))
        }
        (None, Some(handle)) => {
            let at = ["input", "handle"];
            match input.given("handle").and_then(Json::text) {
                None => {
                    let message = "The input field corresponding to the identifier is required.";
                    Err(coded(at, message, "MISSING_FIELD_REQUIRED"))
                }
                Some(own) if own != handle => {
                    let message = "The identifier value does not match the value of the corresponding field in the input.";
                    Err(coded(at, message, "INPUT_MISMATCH"))
                }
                Some(_) => state.find_handle(&as_handle(handle)).map_or_else(new, Ok),
            }
        }
        (None, None) => Err(refused(
            "Not simulated: products named by an id of the app.".to_owned(),
        )),
    }
}

/// What an input changes of a product or a variant, of its stock and of its metafields.
type Read = (ProductChange, Vec<StockWrite>, Vec<Metafield>);

/// Reads what an input changes of a product and of its variant.
fn read(
    state: &State,
    call: &Call<'_>,
    listing: u32,
    input: &Json<'_>,
) -> Result<Read, Vec<UserError>> {
    let mut wrong = Vec::new();
    let product = product_change(state, listing, input, &PRODUCT);
    let product = product.unwrap_or_else(|errors| {
        wrong.extend(errors);
        ProductChange::default()
    });
    let metafields = product_metafields(state, call, (listing, input), &PRODUCT);
    let mut metafields = metafields.unwrap_or_else(|errors| {
        wrong.extend(errors);
        Vec::new()
    });
    let options = input.given("productOptions");
    let variants = input.given("variants");
    let missing = match (options, variants) {
        (None, Some(_)) => Some((
            "productOptions",
            "Must specify product options when updating variants.",
            "PRODUCT_OPTIONS_INPUT_MISSING",
        )),
        (Some(_), None) => Some((
            "variants",
            "Must specify variants when updating options.",
            "VARIANTS_INPUT_MISSING",
        )),
        _ => None,
    };
    wrong.extend(
        missing.map(|(member, message, code)| UserError::coded(["input", member], message, code)),
    );
    let is_other = options.is_some_and(|options| !are_own_options(state, listing, options.list()));
    let variants = variants.map(Json::list);
    if is_other || variants.is_some_and(<[_]>::is_empty) {
        let member = if is_other {
            "productOptions"
        } else {
            "variants"
        };
        call.note_not_simulated("Mutation.productSet".to_owned());
        wrong.push(UserError::coded(
            ["input", member],
            ONE_VARIANT,
            VARIANTS.not_simulated,
        ));
    }
    let mut change = None;
    let mut stock = Vec::new();
    for row in variants.unwrap_or(&[]).iter().enumerate() {
        match read_variant(state, call, listing, row) {
            Ok((of_variant, writes, own)) => {
                change = Some(of_variant);
                stock.extend(writes);
                metafields.extend(own);
            }
            Err(errors) => wrong.extend(errors),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let variant = change.unwrap_or_default();
    Ok((variant.of_product(product), stock, metafields))
}

fn read_variant(
    state: &State,
    call: &Call<'_>,
    listing: u32,
    (index, input): (usize, &Json<'_>),
) -> Result<Read, Vec<UserError>> {
    let gid = input.given("id").and_then(Json::text);
    if gid.is_some_and(|gid| !is_variant_of(state, gid, listing)) {
        let message = "Product variant does not exist";
        let code = "PRODUCT_VARIANT_DOES_NOT_EXIST";
        return Err(vec![VARIANTS.at(index, &["id"], message, code)]);
    }
    let change = variant_change((state, call), listing, (index, input), &VARIANTS);
    // There is one variant to be set: all but the first are that one again.
    if index > 0 && change.is_ok() {
        let message =
            "The variant 'Default Title' already exists. Please change at least one option value.";
        return Err(vec![VARIANTS.at(index, &[], message, VARIANTS.invalid)]);
    }
    let stock = variant_stock::quantities(state, listing, (index, input), &VARIANTS);
    let metafields = variant_metafields((state, call), listing, (index, input), &VARIANTS);
    match (change, stock, metafields) {
        (Ok(change), Ok(stock), Ok(metafields)) => Ok((change, stock, metafields)),
        (change, stock, metafields) => {
            let wrong = change.err().into_iter().chain(stock.err());
            Err(wrong.chain(metafields.err()).flatten().collect())
        }
    }
}

/// Notes all that an input asks for and that is not kept.
fn note_all_unkept(call: &Call<'_>, input: &Json<'_>) {
    let kept = [product_input::KEPT, &["productOptions", "variants"]].concat();
    note_unkept(call, "ProductSetInput", input, &kept);
    let variants = input.given("variants").map_or(&[][..], Json::list);
    for variant in variants {
        note_unkept(call, "ProductVariantSetInput", variant, KEPT_OF_VARIANT);
    }
}
