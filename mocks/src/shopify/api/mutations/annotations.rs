//! What apps write on orders, products and customers: `tagsAdd`, `tagsRemove`, `orderUpdate`, and orders closed and opened
//! (docs/platforms/shopify.md 3.4).

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::annotations::{Tagged, tags_of, with_tags, without_tags};
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::shop::Store;

/// `tagsAdd`.
pub(crate) fn add_tags(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change_tags(store, call, field, with_tags, out)
}

/// `tagsRemove`.
pub(crate) fn remove_tags(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change_tags(store, call, field, without_tags, out)
}

fn change_tags(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    change: fn(&[String], &[String]) -> Vec<String>,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("id", call.variables)
        .unwrap_or_default();
    let kind = Gid::parse(&gid).map(|gid| gid.name);
    let state = &store.state;
    let orders = state.orders.len();
    let owner = match kind {
        Some("Order") => state.find_order(&gid).map(Tagged::Order),
        Some("Customer") => ids::CUSTOMER.find(&gid, orders).map(Tagged::Customer),
        Some("Product") => ids::PRODUCT
            .find(&gid, state.shop.listings.len())
            .map(Tagged::Product),
        // These can have tags, and there are none of them here.
        Some("Article" | "DraftOrder") => None,
        _ => return Err(FieldError::invalid_id()),
    };
    let mut errors = Vec::new();
    if let Some(owner) = owner {
        let given = field.argument("tags", call.variables).unwrap_or_default();
        let given = tags_of(given.list().iter().filter_map(Json::text));
        let tags = change(state.tags_of(owner), &given);
        store.set_tags(call.now, owner, tags);
    } else {
        let message = format!("{} does not exist", kind.unwrap_or_default());
        errors.push(UserError::plain(["id"], message));
    }
    let reader = call.reader(&store.state);
    let shown = [(Field::Node, owner.map(|_| gid.as_ref()))];
    Ok(
        reader.payload(field.selection(), &errors, shown, out, |part, gid, out| {
            reader.node_of_payload(part, gid, out)
        }),
    )
}

/// `orderUpdate`: notes, purchase order numbers and tags are kept.
pub(crate) fn update_order(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change_order(store, call, field, out, |store, order, input| {
        let Json::Object(members) = input else {
            return None;
        };
        if members.iter().all(|(name, _)| name == "id") {
            let message = "No valid update parameters have been provided";
            return Some(UserError::plain([], message));
        }
        if let Some(phone) = input.given("phone").and_then(Json::text)
            && !is_phone(phone)
        {
            return Some(UserError::plain(["phone"], "Phone is invalid"));
        }
        let before = store.state.order_notes.get(&order);
        let mut notes = before.cloned().unwrap_or_default();
        let text = |value: &Json<'_>| value.text().map(str::to_owned);
        if let Some(note) = input.get("note") {
            notes.note = text(note);
        }
        if let Some(number) = input.get("poNumber") {
            notes.po_number = text(number);
        }
        let tags = input.get("tags");
        let tags = tags.map(|given| tags_of(given.list().iter().filter_map(Json::text)));
        store.annotate_order(call.now, order, notes, tags);
        None
    })
}

/// Whether a text can be a telephone number (docs/platforms/shopify.md 3.4).
fn is_phone(text: &str) -> bool {
    let is_mark = |byte: u8| byte.is_ascii_digit() || b" +-().".contains(&byte);
    text.bytes().all(is_mark) && text.bytes().filter(u8::is_ascii_digit).count() >= 5
}

/// `orderClose`.
pub(crate) fn close_order(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change_order(store, call, field, out, |store, order, _| {
        store.set_closed(call.now, order, true);
        None
    })
}

/// `orderOpen`.
pub(crate) fn open_order(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change_order(store, call, field, out, |store, order, _| {
        store.set_closed(call.now, order, false);
        None
    })
}

/// Executes a change of the order that `input.id` names, and appends the payload: the order is shown beside an error,
/// too.
fn change_order(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
    change: impl FnOnce(&mut Store, u32, &Json<'_>) -> Option<UserError>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let gid = input.get("id").and_then(Json::text).unwrap_or("");
    match Gid::parse(gid) {
        Some(parsed) if parsed.name == "Order" => {}
        Some(_) => return Err(FieldError::other_type(gid)),
        None => return Err(FieldError::invalid_id()),
    }
    let found = store.state.find_order(gid);
    let error = match found {
        Some(order) => change(store, order, &input),
        None => Some(UserError::plain(["id"], "Order does not exist")),
    };
    let reader = call.reader(&store.state);
    let shown = [(Field::Order, found)];
    let errors = error.as_slice();
    Ok(
        reader.payload(field.selection(), errors, shown, out, |part, order, out| {
            reader.order(part.selection(), order, out)
        }),
    )
}
