//! The members of a product's input that are kept, read and checked (docs/platforms/shopify.md 4.8).

use std::borrow::Cow;

use super::metafield_inputs;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::{UserError, too_long};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::annotations::tags_of;
use crate::shopify::model::metafields::{Metafield, Owner};
use crate::shopify::model::products::{LETTERS_MAX, ProductChange, ProductStatus, Seo};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// The most tags of a product.
const TAGS_MAX: usize = 250;

/// The members of `ProductUpdateInput` and `ProductInput` that are kept.
pub(super) const KEPT: &[&str] = &[
    "descriptionHtml",
    "giftCard",
    "giftCardTemplateSuffix",
    "handle",
    "id",
    "metafields",
    "productType",
    "seo",
    "status",
    "tags",
    "templateSuffix",
    "title",
    "vendor",
];

/// Where and how a mutation refuses what is wrong with a product.
pub(super) struct ProductErrors {
    /// The path of the input, before the member.
    pub(super) input: &'static [&'static str],
    /// The code for a member that is wrong.
    pub(super) invalid: &'static str,
    /// The code for a handle that another product has.
    pub(super) taken: &'static str,
    /// The code for a metafield that is wrong.
    pub(super) metafield: &'static str,
    /// The code for a product that is to become a gift card, or none any more.
    pub(super) gift_card: &'static str,
}

/// The user errors of mutations that have no codes.
pub(super) const UNCODED: ProductErrors = ProductErrors {
    input: &[],
    invalid: "",
    taken: "",
    metafield: "",
    gift_card: "",
};

/// An argument, unless it is absent or null.
pub(super) fn argument<'a>(
    field: &'a PlanField,
    call: &'a Call<'_>,
    name: &str,
) -> Option<Cow<'a, Json<'a>>> {
    let given = field.argument(name, call.variables);
    given.filter(|given| **given != Json::Null)
}

/// The input of a mutation that takes `product`, or the older `input`.
pub(super) struct Given<'a> {
    pub(super) input: Cow<'a, Json<'a>>,
    /// Its type.
    pub(super) type_name: &'static str,
}

impl<'a> Given<'a> {
    /// Reads both arguments; `type_name` is that of `product`.
    pub(super) fn read(
        field: &'a PlanField,
        call: &'a Call<'_>,
        type_name: &'static str,
    ) -> Given<'a> {
        match argument(field, call, "product") {
            Some(input) => Given { input, type_name },
            None => Given {
                input: argument(field, call, "input").unwrap_or_default(),
                type_name: "ProductInput",
            },
        }
    }
}

/// The metafields that an input gives to a product, which may still be to be made.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn product_metafields(
    state: &State,
    call: &Call<'_>,
    (listing, input): (u32, &Json<'_>),
    errors: &ProductErrors,
) -> Result<Vec<Metafield>, Vec<UserError>> {
    let owner = Owner::Product(listing);
    metafield_inputs::read(state, call, (owner, input), |_| {
        UserError::coded(errors.input.iter().copied(), "", errors.metafield)
    })
}

/// Notes files that a mutation is to add, which are not kept.
pub(super) fn note_media(field: &PlanField, call: &Call<'_>) {
    if argument(field, call, "media").is_some() {
        call.note_not_simulated(format!("Mutation.{}.media", field.field.name()));
    }
}

impl ProductErrors {
    fn at(&self, member: &'static str, message: String) -> UserError {
        let path = self.input.iter().copied().chain([member]);
        UserError::coded(path, message, self.invalid)
    }
}

/// The most products that apps can make, so that a shop does not fill the memory.
const MADE_MAX: u32 = 10_000;

/// The position that a new product will have.
///
/// # Errors
/// What is said where there are too many.
pub(super) fn next_position(state: &State) -> Result<u32, String> {
    let next = state.shop.listings.len() as u32;
    match next - state.opened_listings < MADE_MAX {
        true => Ok(next),
        false => Err(format!(
            "Not simulated: more than {MADE_MAX} products that apps make."
        )),
    }
}

/// Makes a product that has been checked: with the handle that it is given, or one of its title, and stocked at these locations
/// or at the first.
pub(super) fn make(
    store: &mut Store,
    call: &Call<'_>,
    change: ProductChange,
    stocked_at: impl Iterator<Item = u16>,
) {
    let handle = match change.handle.clone() {
        Some(given) => given,
        None => {
            let title = as_handle(change.title.as_deref().unwrap_or(""));
            let wanted = if title.is_empty() { "product" } else { &title };
            store.state.free_handle(wanted)
        }
    };
    let mut places: Vec<u16> = stocked_at.collect();
    if places.is_empty() {
        places.extend(store.state.first_active_location());
    }
    let listing = store.make_product(call.now, handle, change);
    let event = store.new_event();
    for location in places {
        store.start_to_stock(call.now, event, (listing, location), call.cause());
    }
}

/// Reads the members of a product's input that are kept. A product that is new has its title.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn product_change(
    state: &State,
    listing: u32,
    input: &Json<'_>,
    errors: &ProductErrors,
) -> Result<ProductChange, Vec<UserError>> {
    let text = |member: &str| input.given(member).and_then(Json::text).map(str::to_owned);
    let suffix = |member: &str| {
        let given = input.get(member)?;
        Some(given.text().map(str::to_owned))
    };
    let tags = input.given("tags");
    let handle = text("handle").map(|given| (as_handle(&given), given));
    let change = ProductChange {
        title: text("title"),
        handle: handle.as_ref().map(|(handle, _)| handle.clone()),
        description_html: text("descriptionHtml"),
        vendor: text("vendor").map(|vendor| match vendor.trim() {
            "" => state.shop.name.clone(),
            _ => vendor,
        }),
        product_type: text("productType"),
        status: text("status").and_then(|name| ProductStatus::named(&name)),
        is_gift_card: input
            .given("giftCard")
            .and_then(Json::bool)
            .filter(|_| state.is_new(listing)),
        gift_card_template_suffix: suffix("giftCardTemplateSuffix"),
        template_suffix: suffix("templateSuffix"),
        seo: input
            .given("seo")
            .map(|given| seo(state.details(listing).seo.clone(), given)),
        tags: tags.map(|given| tags_of(given.list().iter().filter_map(Json::text))),
        ..ProductChange::default()
    };
    let mut wrong = Vec::new();
    let is_new = state.is_new(listing);
    let title = change.title.as_deref();
    if title.map_or(is_new, |title| title.trim().is_empty()) {
        wrong.push(errors.at("title", "Title can't be blank".to_owned()));
    }
    for (member, label, text) in [
        ("title", "Title", &change.title),
        ("handle", "Handle", &change.handle),
        ("vendor", "Vendor", &change.vendor),
        ("productType", "Product type", &change.product_type),
    ] {
        let Some(text) = text else {
            continue;
        };
        let problem = too_long(label, text, LETTERS_MAX);
        wrong.extend(problem.map(|message| errors.at(member, message)));
    }
    if let Some((handle, given)) = handle
        && state
            .find_handle(&handle)
            .is_some_and(|owner| owner != listing)
    {
        let message = format!("Handle '{given}' already in use. Please provide a new handle.");
        wrong.push(UserError::coded(["input", "handle"], message, errors.taken));
    }
    let is_gift_card = input.given("giftCard").and_then(Json::bool);
    if !is_new && is_gift_card.is_some_and(|it| it != state.details(listing).is_gift_card) {
        let message = "Gift card attribute cannot be changed.";
        let path = errors.input.iter().copied().chain(["giftCard"]);
        wrong.push(UserError::coded(path, message, errors.gift_card));
    }
    let problem = change.tags.as_deref().and_then(tags_problem);
    wrong.extend(problem.map(|message| errors.at("tags", message)));
    match wrong.is_empty() {
        // A handle of which nothing is left says nothing.
        true => Ok(ProductChange {
            handle: change.handle.filter(|handle| !handle.is_empty()),
            ..change
        }),
        false => Err(wrong),
    }
}

/// What search engines are told, with the members that an input gives; `null` clears one.
fn seo(mut kept: Seo, input: &Json<'_>) -> Seo {
    for (member, text) in [
        ("title", &mut kept.title),
        ("description", &mut kept.description),
    ] {
        if let Some(given) = input.get(member) {
            *text = given.text().map(str::to_owned);
        }
    }
    kept
}

/// What is wrong with the tags of a product: one that is too long, or too many.
pub(super) fn tags_problem(tags: &[String]) -> Option<String> {
    if tags.len() > TAGS_MAX {
        return Some(format!("Tags are too many (maximum is {TAGS_MAX} tags)"));
    }
    let mut tags = tags.iter();
    tags.find_map(|tag| too_long("Tag", tag, LETTERS_MAX))
}

/// A text as a handle: small letters and figures, with one hyphen for whatever stands between them.
pub(super) fn as_handle(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// Notes the members of an input of this type that are taken and not kept.
pub(super) fn note_unkept(call: &Call<'_>, type_name: &str, input: &Json<'_>, kept: &[&str]) {
    let Json::Object(members) = input else {
        return;
    };
    for (member, value) in members {
        if *value != Json::Null && !kept.contains(&&**member) {
            call.note_not_simulated(format!("{type_name}.{member}"));
        }
    }
}

impl Reader<'_> {
    /// Appends the payload of a mutation of one product: the product, where it is shown, or what was wrong.
    pub(super) fn product_payload(
        &self,
        field: &PlanField,
        done: Result<Option<u32>, Vec<UserError>>,
        out: &mut Vec<u8>,
    ) -> u64 {
        let (product, errors) = match done {
            Ok(product) => (product, Vec::new()),
            Err(errors) => (None, errors),
        };
        // The shop, where the payload has it, is shown whatever becomes of the product.
        let shown = [(Field::Product, product), (Field::Shop, Some(0))];
        let write = |part: &PlanField, listing: u32, out: &mut Vec<u8>| match part.field {
            Field::Shop => self.shop(part.selection(), out),
            _ => self.product(part.selection(), listing, out),
        };
        self.payload(field.selection(), &errors, shown, out, write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_of_small_letters_figures_and_single_hyphens() {
        for (text, handle) in [
            ("Blue Mug", "blue-mug"),
            ("  -- Ärmel № 5!", "ärmel-5"),
            ("mug-2", "mug-2"),
            ("!?", ""),
        ] {
            assert_eq!(as_handle(text), handle);
        }
    }
}
