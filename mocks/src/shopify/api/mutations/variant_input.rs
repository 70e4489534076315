//! The members of a variant's input that are kept, read and checked (docs/platforms/shopify.md 4.8).

use std::borrow::Cow;

use super::metafield_inputs;
use super::product_input::note_unkept;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::{UserError, too_long};
use crate::shopify::api::graphql::scalars::is_decimal;
use crate::shopify::json::Json;
use crate::shopify::model::ids::{self, IdSpace};
use crate::shopify::model::items::ItemDetails;
use crate::shopify::model::metafields::{Metafield, Owner};
use crate::shopify::model::products::{LETTERS_MAX, OPTION, OPTION_VALUE, ProductChange};
use crate::shopify::model::state::State;

/// Prices from here on are refused by the platform, in cents.
const PRICE_LIMIT_CENTS: u128 = 100_000_000_000_000_000_000;
/// Prices from here on are not simulated, in cents: sums over many units stay numbers.
const PRICE_CENTS_MAX: u128 = 1_000_000_000_000;

/// What is refused because a product keeps its one variant and its one option here.
pub(super) const ONE_VARIANT: &str =
    "Not simulated: a product keeps its one variant and its option Title / Default Title.";

/// Where and how a mutation refuses what is wrong with variants.
pub(super) struct VariantErrors {
    /// The name of the mutation, by which what is not simulated is counted.
    pub(super) mutation: &'static str,
    /// The path of the list of variants.
    pub(super) list: &'static [&'static str],
    /// The code for a price below 0.
    pub(super) negative: &'static str,
    /// The code for other members that are wrong.
    pub(super) invalid: &'static str,
    /// The code for a text that is too long.
    pub(super) too_long: &'static str,
    /// The code for an option that lacks its value.
    pub(super) no_values: &'static str,
    /// The code for an option's value that is not there; none where a new one is made, which is not simulated.
    pub(super) unknown_value: Option<&'static str>,
    /// The code for a metafield that is wrong.
    pub(super) metafield: &'static str,
    /// The code for what is not simulated.
    pub(super) not_simulated: &'static str,
}

impl VariantErrors {
    /// An error at a variant or below it.
    pub(super) fn at(
        &self,
        index: usize,
        steps: &[&'static str],
        message: impl Into<Cow<'static, str>>,
        code: &'static str,
    ) -> UserError {
        UserError::coded(self.list.iter().copied(), message, code).at_row(index, steps)
    }

    /// The refusal of what is not simulated, which is counted as well.
    pub(super) fn not_simulated(
        &self,
        call: &Call<'_>,
        (index, steps): (usize, &[&'static str]),
        message: &'static str,
    ) -> UserError {
        call.note_not_simulated(format!("Mutation.{}", self.mutation));
        self.at(index, steps, message, self.not_simulated)
    }
}

/// Reads the members of a variant's input that are kept, beside its stock.
///
/// # Errors
/// All that is wrong with them, in the platform's order.
pub(super) fn variant_change(
    (state, call): (&State, &Call<'_>),
    listing: u32,
    (index, input): (usize, &Json<'_>),
    errors: &VariantErrors,
) -> Result<ProductChange, Vec<UserError>> {
    let mut wrong = Vec::new();
    if let Some(values) = input.given("optionValues") {
        let values = values.list();
        wrong.extend(options_refusal(
            (state, call),
            listing,
            (index, values),
            errors,
        ));
    }
    let mut amount = |member: &'static str, label: &str| {
        let given = input.given(member)?;
        match cents(given) {
            Ok(cents) => Some(cents),
            Err(problem) => {
                let code = match problem {
                    AmountProblem::Negative if !label.is_empty() => errors.negative,
                    _ => errors.invalid,
                };
                let message = format!("{label}{}", problem.words());
                wrong.push(match problem {
                    AmountProblem::TooDear => {
                        let message = "Not simulated: a price of 10 billion or more.";
                        errors.not_simulated(call, (index, &[member]), message)
                    }
                    _ => errors.at(index, &[member], message, code),
                });
                None
            }
        }
    };
    let compare_at_cents = match input.get("compareAtPrice") {
        Some(Json::Null) => Some(None),
        _ => amount("compareAtPrice", "").map(Some),
    };
    let price_cents = amount("price", "Price ").map(|cents| cents as u64);

    let item = input.given("inventoryItem");
    if let Some(item) = item {
        note_item((state, call), listing, item);
    }
    let is_tracked = item.and_then(|item| item.get("tracked")?.bool());
    let of_item = item.and_then(|given| {
        let kept = state.details(listing).item.clone();
        match item_change(kept, given) {
            Ok(item) => Some(item),
            Err((member, message)) => {
                let steps = &["inventoryItem", member];
                wrong.push(errors.at(index, steps, message, errors.invalid));
                None
            }
        }
    });
    let requires_shipping = item.and_then(|item| item.get("requiresShipping")?.bool());
    let own_sku = input.get("sku");
    let sku = own_sku.or_else(|| item.and_then(|item| item.get("sku")));
    // A variant without a SKU has an empty one here.
    let sku = sku.map(|sku| sku.text().unwrap_or("").to_owned());
    let barcode = input.get("barcode");
    let barcode = barcode.map(|barcode| barcode.text().map(str::to_owned));
    let sku_step: &[&'static str] = match own_sku {
        Some(_) => &["sku"],
        None => &["inventoryItem", "sku"],
    };
    for (label, steps, text) in [
        ("SKU", sku_step, sku.as_deref()),
        (
            "Barcode",
            &["barcode"],
            barcode.as_ref().and_then(|it| it.as_deref()),
        ),
    ] {
        let problem = text.and_then(|text| too_long(label, text, LETTERS_MAX));
        wrong.extend(problem.map(|message| errors.at(index, steps, message, errors.too_long)));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let policy = input.given("inventoryPolicy").and_then(Json::text);
    Ok(ProductChange {
        sku,
        price_cents,
        compare_at_cents,
        barcode,
        continues_selling: policy.map(|policy| policy == "CONTINUE"),
        is_tracked,
        is_taxable: input.given("taxable").and_then(Json::bool),
        requires_shipping,
        item: of_item,
        ..ProductChange::default()
    })
}

/// The metafields that an input gives to a variant.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn variant_metafields(
    (state, call): (&State, &Call<'_>),
    listing: u32,
    (index, input): (usize, &Json<'_>),
    errors: &VariantErrors,
) -> Result<Vec<Metafield>, Vec<UserError>> {
    let owner = Owner::Variant(listing);
    metafield_inputs::read(state, call, (owner, input), |_| {
        errors.at(index, &[], "", errors.metafield)
    })
}

/// What an input makes of an item's cost, origin, code and weight.
///
/// # Errors
/// The member with which something is wrong, and what (assumed): a cost, or a weight below zero.
pub(crate) fn item_change(
    kept: ItemDetails,
    input: &Json<'_>,
) -> Result<ItemDetails, (&'static str, String)> {
    let mut item = kept.with(input);
    if item.weight.value < 0.0 {
        let message = "Weight must be greater than or equal to 0";
        return Err(("measurement", message.to_owned()));
    }
    match input.get("cost") {
        None => {}
        Some(Json::Null) => item.cost_cents = None,
        Some(cost) => {
            let cents = cents(cost).map_err(|problem| match problem {
                AmountProblem::TooDear => (
                    "cost",
                    "Not simulated: a cost of 10 billion or more.".to_owned(),
                ),
                problem => ("cost", format!("Cost {}", problem.words())),
            })?;
            item.cost_cents = Some(cents);
        }
    }
    Ok(item)
}

/// Notes what an input of an inventory item asks for that is not kept: items are tracked always, but those of products that apps
/// made.
pub(super) fn note_item((state, call): (&State, &Call<'_>), listing: u32, item: &Json<'_>) {
    let mut kept = vec![
        "cost",
        "countryCodeOfOrigin",
        "harmonizedSystemCode",
        "measurement",
        "provinceCodeOfOrigin",
        "requiresShipping",
        "sku",
    ];
    if state.is_made(listing) || item.get("tracked").and_then(Json::bool) != Some(false) {
        kept.push("tracked");
    }
    note_unkept(call, "InventoryItemInput", item, &kept);
}

/// What is wrong with the values that a variant is to have of options.
fn options_refusal(
    (state, call): (&State, &Call<'_>),
    listing: u32,
    (index, values): (usize, &[Json<'_>]),
    errors: &VariantErrors,
) -> Option<UserError> {
    let Some(value) = values.first() else {
        let message = "You need to add option values for Title";
        return Some(errors.at(index, &["optionValues"], message, errors.no_values));
    };
    let text = |member: &str| value.given(member).and_then(Json::text);
    let is_option = text("optionName").is_none_or(|name| name == OPTION)
        && is_own(state, listing, ids::PRODUCT_OPTION, text("optionId"));
    if values.len() > 1 || !is_option {
        let (message, code) = ("Option does not exist", "OPTION_DOES_NOT_EXIST");
        return Some(errors.at(index, &["optionValues"], message, code));
    }
    let is_value = match text("name") {
        Some(name) => name == OPTION_VALUE,
        None => text("id").is_some(),
    };
    if is_value && is_own(state, listing, ids::PRODUCT_OPTION_VALUE, text("id")) {
        return None;
    }
    let at = (index, &["optionValues"][..]);
    Some(match errors.unknown_value {
        Some(code) => errors.at(index, at.1, "Option value does not exist", code),
        None => errors.not_simulated(call, at, ONE_VARIANT),
    })
}

/// Whether a gid, where one is given, is that of this kind that a product has.
fn is_own(state: &State, listing: u32, space: IdSpace, gid: Option<&str>) -> bool {
    gid.is_none_or(|gid| state.find_listing(space, gid) == Some(listing))
}

/// Whether options are those that every product has here.
pub(super) fn are_own_options(state: &State, listing: u32, options: &[Json<'_>]) -> bool {
    let [option] = options else {
        return false;
    };
    let text = |of: &Json<'_>, member: &str| {
        let given = of.given(member)?;
        given.text().map(str::to_owned)
    };
    let is_named = |of: &Json<'_>, name: &str| text(of, "name").is_none_or(|it| it == name);
    let has_own_id =
        |of: &Json<'_>, space: IdSpace| is_own(state, listing, space, text(of, "id").as_deref());
    let is_option = is_named(option, OPTION) && has_own_id(option, ids::PRODUCT_OPTION);
    let values = option.given("values").map_or(&[][..], Json::list);
    let is_value =
        |it: &Json<'_>| is_named(it, OPTION_VALUE) && has_own_id(it, ids::PRODUCT_OPTION_VALUE);
    is_option && values.len() <= 1 && values.iter().all(is_value)
}

/// What is wrong with an amount.
enum AmountProblem {
    NoNumber,
    Negative,
    TooLarge,
    /// Too large for the simulation alone.
    TooDear,
}

impl AmountProblem {
    fn words(&self) -> &'static str {
        match self {
            AmountProblem::NoNumber => "is not a number",
            AmountProblem::Negative => "must be greater than or equal to 0",
            AmountProblem::TooLarge => "must be less than 1000000000000000000",
            AmountProblem::TooDear => "",
        }
    }
}

/// An amount in cents, rounded as it is written: 1.005 is 1.01.
fn cents(value: &Json<'_>) -> Result<i64, AmountProblem> {
    let text: Cow<'_, str> = match value {
        Json::Text(text) if is_decimal(text) => Cow::Borrowed(text),
        Json::Int(whole) => whole.to_string().into(),
        Json::Float(amount) => amount.to_string().into(),
        _ => return Err(AmountProblem::NoNumber),
    };
    let amount: f64 = text.parse().map_err(|_| AmountProblem::NoNumber)?;
    if amount < 0.0 {
        return Err(AmountProblem::Negative);
    }
    // A power of ten is written out: a float's text has none.
    let written_out = match text.contains(['e', 'E']) {
        true => amount.to_string().into(),
        false => text,
    };
    match hundredths(&written_out) {
        PRICE_LIMIT_CENTS.. => Err(AmountProblem::TooLarge),
        PRICE_CENTS_MAX.. => Err(AmountProblem::TooDear),
        cents => Ok(cents as i64),
    }
}

/// A decimal number's hundredths, rounded half up; as many as there are at most where it is larger.
fn hundredths(text: &str) -> u128 {
    let digits = text.trim_start_matches(['+', '-']);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let digit = |place: usize| {
        part.as_bytes()
            .get(place)
            .map_or(0, |it| u128::from(it - b'0'))
    };
    let whole = match whole {
        "" => 0,
        whole => whole.parse().unwrap_or(u128::MAX),
    };
    let hundredths = digit(0) * 10 + digit(1) + u128::from(digit(2) >= 5);
    whole.saturating_mul(100).saturating_add(hundredths)
}

/// Whether a gid is that of the variant of a product.
pub(super) fn is_variant_of(state: &State, gid: &str, listing: u32) -> bool {
    state.find_listing(ids::VARIANT, gid) == Some(listing)
}
