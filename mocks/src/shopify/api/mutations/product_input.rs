//! The members of a product's input that are kept, read and checked (docs/platforms/shopify.md 4.8).

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::{UserError, too_long};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::annotations::tags_of;
use crate::shopify::model::products::{ProductChange, ProductStatus};
use crate::shopify::model::state::State;

/// The most letters of a title, a vendor, a type, a handle, a tag, a SKU and a bar code.
pub(super) const LETTERS_MAX: usize = 255;
/// The most tags of a product.
const TAGS_MAX: usize = 250;

/// The members of `ProductUpdateInput` and `ProductInput` that are kept.
pub(super) const KEPT: &[&str] = &[
    "descriptionHtml",
    "handle",
    "id",
    "productType",
    "status",
    "tags",
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
}

impl ProductErrors {
    fn at(&self, member: &'static str, message: String) -> UserError {
        let path = self.input.iter().copied().chain([member]);
        UserError::coded(path, message, self.invalid)
    }
}

/// Reads the members of a product's input that are kept.
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
        tags: tags.map(|given| tags_of(given.list().iter().filter_map(Json::text))),
        ..ProductChange::default()
    };
    let mut wrong = Vec::new();
    for (member, label, text) in [
        ("title", "Title", &change.title),
        ("handle", "Handle", &change.handle),
        ("vendor", "Vendor", &change.vendor),
        ("productType", "Product type", &change.product_type),
    ] {
        let Some(text) = text else {
            continue;
        };
        if member == "title" && text.trim().is_empty() {
            wrong.push(errors.at(member, "Title can't be blank".to_owned()));
        }
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
    /// Appends the payload of a mutation of one product.
    pub(super) fn product_payload(
        &self,
        field: &PlanField,
        product: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = [(Field::Product, product)];
        let write = |part: &PlanField, listing: u32, out: &mut Vec<u8>| {
            self.product(part.selection(), listing, out)
        };
        self.payload(field.selection(), errors, shown, out, write)
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
