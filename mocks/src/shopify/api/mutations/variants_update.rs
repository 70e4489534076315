//! `productVariantsBulkUpdate` (docs/platforms/shopify.md 4.8).

use super::inventory_writes::wrong_argument;
use super::metafield_inputs;
use super::product_input::note_unkept;
use super::variant_input::{VariantErrors, is_variant_of, variant_change, variant_metafields};
use super::variant_stock::{self, StockWrite};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::graphql::schema::MODERN;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::metafields::Metafield;
use crate::shopify::model::products::ProductChange;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

const VARIANTS: VariantErrors = VariantErrors {
    mutation: "productVariantsBulkUpdate",
    list: &["variants"],
    negative: "GREATER_THAN_OR_EQUAL_TO",
    invalid: "INVALID_INPUT",
    too_long: "TOO_LONG",
    no_values: "NEED_TO_ADD_OPTION_VALUES",
    unknown_value: None,
    metafield: "INVALID_INPUT",
    not_simulated: "INVALID_INPUT",
};

/// The members of a variant's input that are kept.
const KEPT: &[&str] = &[
    "barcode",
    "compareAtPrice",
    "id",
    "inventoryItem",
    "inventoryPolicy",
    "metafields",
    "optionValues",
    "price",
    "quantityAdjustments",
    "taxable",
];

/// Changes variants of one product, all or none unless partial updates are allowed, and appends the payload.
pub(crate) fn update(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let argument = |name: &str| field.argument(name, call.variables);
    let variants = argument("variants").unwrap_or_default();
    let is_compared = |it: &Json<'_>| it.get("changeFromQuantity").is_some();
    let mut adjustments = variants
        .list()
        .iter()
        .filter_map(|it| it.given("quantityAdjustments"));
    if call.version >= MODERN && !adjustments.all(|it| it.list().iter().all(is_compared)) {
        let message =
            "InventoryAdjustmentInput must include the following argument: changeFromQuantity.";
        return Err(wrong_argument(call, field, message.to_owned()));
    }
    for variant in variants.list() {
        metafield_inputs::check_keys(call, field, variant)?;
    }
    let is_partial = argument("allowPartialUpdates");
    let is_partial = is_partial.as_deref().and_then(Json::bool) == Some(true);
    let gid = field.text_argument("productId", call.variables);
    let product = store
        .state
        .find_listing(ids::PRODUCT, gid.as_deref().unwrap_or(""));
    let Some(listing) = product else {
        let code = "PRODUCT_DOES_NOT_EXIST";
        let error = UserError::coded(["productId"], "Product does not exist", code);
        let reader = call.reader(&store.state);
        return Ok(reader.variants_payload(field, None, &[], &[error], out));
    };
    let mut named: Vec<u32> = Vec::new();
    let mut accepted = Vec::new();
    let mut errors = Vec::new();
    for (index, input) in variants.list().iter().enumerate() {
        match read(&store.state, call, listing, (index, input), &mut named) {
            Ok(read) => {
                note_unkept(call, "ProductVariantsBulkInput", input, KEPT);
                accepted.push(read);
            }
            Err(wrong) => errors.extend(wrong),
        }
    }
    if argument("media").is_some_and(|media| !media.list().is_empty()) {
        call.note_not_simulated("Mutation.productVariantsBulkUpdate.media".to_owned());
    }
    if errors.is_empty() || is_partial {
        for (change, stock, metafields) in accepted {
            store.change_product(call.now, listing, change, call.cause());
            variant_stock::write(store, call, &stock);
            metafield_inputs::keep(store, metafields);
        }
    }
    let reader = call.reader(&store.state);
    Ok(reader.variants_payload(field, Some(listing), &named, &errors, out))
}

/// What an input changes of a variant, of its stock and of its metafields.
type Read = (ProductChange, Vec<StockWrite>, Vec<Metafield>);

/// Reads what an input changes of a variant. `named` has the variants of the product that inputs name,
/// each once.
fn read(
    state: &State,
    call: &Call<'_>,
    listing: u32,
    (index, input): (usize, &Json<'_>),
    named: &mut Vec<u32>,
) -> Result<Read, Vec<UserError>> {
    let at_id = |message: &'static str, code| vec![VARIANTS.at(index, &["id"], message, code)];
    let Some(gid) = input.given("id").and_then(Json::text) else {
        let code = "PRODUCT_VARIANT_ID_MISSING";
        return Err(at_id("Product variant is missing ID attribute", code));
    };
    if !is_variant_of(state, gid, listing) {
        let code = "PRODUCT_VARIANT_DOES_NOT_EXIST";
        return Err(at_id("Product variant does not exist", code));
    }
    if named.contains(&listing) {
        let message = "Product variant IDs must be unique.";
        return Err(at_id(message, VARIANTS.invalid));
    }
    named.push(listing);
    let mut wrong = Vec::new();
    if input.given("inventoryQuantities").is_some() {
        wrong.push(VARIANTS.at(
            index,
            &["inventoryQuantities"],
            "Inventory quantities can only be provided during create. To update inventory for existing variants, use inventoryAdjustQuantities.",
            "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE",
        ));
    }
    let change = variant_change((state, call), listing, (index, input), &VARIANTS);
    let stock = variant_stock::adjustments(state, call, listing, (index, input), &VARIANTS);
    let metafields = variant_metafields((state, call), listing, (index, input), &VARIANTS);
    match (change, stock, metafields) {
        (Ok(change), Ok(stock), Ok(metafields)) if wrong.is_empty() => {
            Ok((change, stock, metafields))
        }
        (change, stock, metafields) => {
            let more = change.err().into_iter().chain(stock.err());
            let more = more.chain(metafields.err());
            wrong.extend(more.flatten());
            Err(wrong)
        }
    }
}

impl Reader<'_> {
    /// Appends the payload: the product and the variants that the input named, changed or not; no list where it named none
    /// that are there.
    fn variants_payload(
        &self,
        field: &PlanField,
        product: Option<u32>,
        variants: &[u32],
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let is_listed = !variants.is_empty() || (product.is_some() && errors.is_empty());
        let shown = [
            (Field::Product, product),
            (Field::ProductVariants, product.filter(|_| is_listed)),
        ];
        self.payload(
            field.selection(),
            errors,
            shown,
            out,
            |part, listing, out| match part.field {
                Field::Product => self.product(part.selection(), listing, out),
                _ => {
                    let listed = variants.iter().copied();
                    let price = self.list(part, listed, out, |selection, at, out| {
                        self.variant(selection, at, out)
                    });
                    // Objects at the first level of a payload are free.
                    price.saturating_sub(variants.len().max(1) as u64)
                }
            },
        )
    }
}
