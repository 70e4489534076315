//! The metafields that the inputs of products, variants, orders, customers and locations carry with them
//! (docs/platforms/shopify.md 3.7).

use super::inventory_writes::wrong_argument;
use super::metafields::read_row;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::metafields::{Metafield, Owner};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// The name of the member, in every input that has it.
pub(super) const MEMBER: &str = "metafields";

/// Refuses a mutation of which a metafield names neither its key nor, by its id, one that is there: as the platform does for
/// locations (recorded), and for the other owners (assumed).
///
/// # Errors
/// The refusal of the whole mutation.
pub(super) fn check_keys(
    call: &Call<'_>,
    field: &PlanField,
    input: &Json<'_>,
) -> Result<(), FieldError> {
    let rows = input.given(MEMBER).map_or(&[][..], Json::list);
    let text = |row: &Json<'_>| row.given("key").and_then(Json::text).map(str::to_owned);
    let is_nameless =
        |row: &Json<'_>| text(row).is_none_or(|key| key.is_empty()) && row.given("id").is_none();
    match rows.iter().any(is_nameless) {
        true => Err(wrong_argument(call, field, "key can't be blank".to_owned())),
        false => Ok(()),
    }
}

/// The metafields that an input gives to an owner, which may still be to be made. One without a value is left out; one that
/// is named by its id has the namespace, the key and the type that it has, whatever is said beside it (assumed).
///
/// # Errors
/// What is wrong with rows, each at its row of the member: `at` puts the path of the input before it and says the code.
pub(super) fn read(
    state: &State,
    call: &Call<'_>,
    (owner, input): (Owner, &Json<'_>),
    at: impl Fn(&'static str) -> UserError,
) -> Result<Vec<Metafield>, Vec<UserError>> {
    let rows = input.given(MEMBER).map_or(&[][..], Json::list);
    let mut found = Vec::with_capacity(rows.len());
    let mut errors = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let text = |name: &str| row.given(name).and_then(Json::text).unwrap_or("");
        if text("value").is_empty() {
            continue;
        }
        let named = named(state, owner, row.given("id").and_then(Json::text));
        let read = match named {
            Named::ByKey => read_row(state, owner, row, call.now),
            Named::Kept(kept) => read_row(state, owner, &with_value(kept, row), call.now),
            Named::Unknown => Err(("id", "Metafield does not exist".into(), "INVALID")),
        };
        match read {
            Ok(one) => found.push(one),
            Err((part, message, code)) => {
                let mut error = at(code);
                error.field.push(MEMBER.into());
                error.message = message;
                let steps = [part];
                let steps = if part.is_empty() { &[] } else { &steps[..] };
                errors.push(error.at_row(index, steps));
            }
        }
    }
    match errors.is_empty() {
        true => Ok(found),
        false => Err(errors),
    }
}

/// How a row says which metafield it is about.
enum Named<'s> {
    /// By namespace and key.
    ByKey,
    /// By the id of one that the owner has.
    Kept(&'s Metafield),
    /// By an id that none of the owner's has.
    Unknown,
}

fn named<'s>(state: &'s State, owner: Owner, gid: Option<&str>) -> Named<'s> {
    let Some(gid) = gid else {
        return Named::ByKey;
    };
    let kept = &state.metafields;
    let found = ids::METAFIELD.find(gid, kept.all.len());
    let found = found.map(|at| &kept.all[at as usize]);
    match found.filter(|one| one.owner == owner && !one.is_deleted) {
        Some(one) => Named::Kept(one),
        None => Named::Unknown,
    }
}

/// The row of a metafield that is there, with the value that another row gives it.
fn with_value<'j>(kept: &'j Metafield, row: &Json<'j>) -> Json<'j> {
    let text = |text: &'j str| Json::Text(text.into());
    let value = row.given("value").cloned().unwrap_or_default();
    Json::Object(vec![
        ("namespace".into(), text(&kept.namespace)),
        ("key".into(), text(&kept.key)),
        ("type".into(), text(&kept.kind)),
        ("value".into(), value),
    ])
}

/// Writes metafields that have been checked.
pub(super) fn keep(store: &mut Store, metafields: Vec<Metafield>) {
    for one in metafields {
        store.state.metafields.set(one);
    }
}
