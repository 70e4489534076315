//! What apps write on orders, products and customers: `tagsAdd`, `tagsRemove`, `orderUpdate`, and orders closed and opened
//! (docs/platforms/shopify.md 3.4).

use super::metafield_inputs;
use super::order_input::{pairs, postal_address};
use super::product_input;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::{UserError, too_long};
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::annotations::{OrderChanges, Tagged, tags_of, with_tags, without_tags};
use crate::shopify::model::customers::CustomerRef;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::model::made::{MadeOrder, PostalAddress};
use crate::shopify::model::metafields::Owner;
use crate::shopify::model::{address, provinces};
use crate::shopify::shop::Store;

/// The most letters of a tag of an order.
const ORDER_TAG_LETTERS: usize = 40;

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
    let owner = match kind {
        Some("Order") => state.find_order(&gid).map(Tagged::Order),
        Some("Customer") => state.find_customer(&gid).map(CustomerRef::tagged),
        Some("Product") => state.find_listing(ids::PRODUCT, &gid).map(Tagged::Product),
        // These can have tags, and there are none of them here.
        Some("Article" | "DraftOrder") => None,
        _ => return Err(FieldError::invalid_id()),
    };
    let mut errors = Vec::new();
    if let Some(owner) = owner {
        let given = field.argument("tags", call.variables).unwrap_or_default();
        let given = tags_of(given.list().iter().filter_map(Json::text));
        let tags = change(state.tags_of(owner), &given);
        match owner {
            Tagged::Order(_) => errors.extend(tags_refusal(&tags)),
            Tagged::Product(_) => {
                let problem = product_input::tags_problem(&tags);
                errors.extend(problem.map(|message| UserError::plain(["tags"], message)));
            }
            Tagged::Customer(_) | Tagged::OwnCustomer(_) => {}
        }
        if errors.is_empty() {
            store.set_tags(call.now, owner, tags);
        }
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

/// What is wrong with the tags of an order: one that is too long.
pub(super) fn tags_problem(tags: &[String]) -> Option<String> {
    let mut tags = tags.iter();
    tags.find_map(|tag| too_long("Tag", tag, ORDER_TAG_LETTERS))
}

fn tags_refusal(tags: &[String]) -> Option<UserError> {
    tags_problem(tags).map(|message| UserError::plain(["tags"], message))
}

/// `orderUpdate`: note, purchase order number, tags, metafields, address, e-mail, telephone number and attributes are kept.
pub(crate) fn update_order(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    metafield_inputs::check_keys(call, field, &input)?;
    change_order(store, call, field, out, |store, order, input| {
        let Json::Object(members) = input else {
            return Vec::new();
        };
        if members.iter().all(|(name, _)| name == "id") {
            let message = "No valid update parameters have been provided";
            return vec![UserError::plain([], message)];
        }
        if let Some(phone) = input.given("phone").and_then(Json::text)
            && !is_phone(phone)
        {
            return vec![UserError::plain(["phone"], "Phone is invalid")];
        }
        if let Some(address) = input.given("shippingAddress") {
            let errors = address_errors(&postal_address(address));
            if !errors.is_empty() {
                return errors;
            }
        }
        let tags = input.get("tags");
        let tags = tags.map(|given| tags_of(given.list().iter().filter_map(Json::text)));
        if let Some(error) = tags.as_deref().and_then(tags_refusal) {
            return vec![error];
        }
        let owner = (Owner::Order(order), input);
        let at = |_| UserError::plain([], "");
        match metafield_inputs::read(&store.state, call, owner, at) {
            Ok(metafields) => metafield_inputs::keep(store, metafields),
            Err(errors) => return errors,
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
        match store.state.made_orders.get_mut(&order) {
            Some(made) => update_made(made, input),
            None => update_bought(&mut notes.changes, input),
        }
        store.annotate_order(call.now, order, notes, tags);
        Vec::new()
    })
}

/// Writes down what an app changes of an order that an app made.
fn update_made(made: &mut MadeOrder, input: &Json<'_>) {
    let text = |value: &Json<'_>| value.text().map(str::to_owned);
    if let Some(email) = input.get("email") {
        made.email = text(email);
    }
    if let Some(phone) = input.get("phone") {
        made.phone = text(phone);
    }
    if let Some(address) = input.given("shippingAddress") {
        made.shipping_address = Some(postal_address(address));
    }
    if let Some(attributes) = input.get("customAttributes") {
        made.custom_attributes = pairs(Some(attributes), "key");
    }
}

/// Writes down what an app changes of an order that came from a checkout.
fn update_bought(changes: &mut OrderChanges, input: &Json<'_>) {
    let text = |value: &Json<'_>| value.text().map(str::to_owned);
    if let Some(email) = input.get("email") {
        changes.email = Some(text(email));
    }
    if let Some(phone) = input.get("phone") {
        changes.phone = text(phone);
    }
    if let Some(address) = input.given("shippingAddress") {
        changes.shipping_address = Some(postal_address(address));
    }
    if let Some(attributes) = input.get("customAttributes") {
        changes.custom_attributes = pairs(Some(attributes), "key");
    }
}

/// What an address lacks, or has wrong, that an order is to ship to (docs/platforms/shopify.md 3.4).
fn address_errors(address: &PostalAddress) -> Vec<UserError> {
    let mut errors = Vec::new();
    let mut refuse = |member: &'static str, message: String| {
        errors.push(UserError::plain(["shippingAddress", member], message));
    };
    let is_there = |text: &Option<String>| text.as_ref().is_some_and(|it| !it.trim().is_empty());
    if !is_there(&address.last_name) {
        refuse("lastName", "Enter a last name".to_owned());
    }
    let code = address.country_code.as_deref().unwrap_or("");
    let Some((zip, part)) = address::parts_of(code) else {
        return errors;
    };
    if !is_there(&address.zip) {
        refuse("zip", format!("Enter a {zip}"));
    }
    // What is longer than a code is a name, of which no list is kept.
    if let Some(given) = &address.province_code
        && given.len() == 2
        && provinces::name(code, given).is_none()
    {
        let (first, rest) = part.split_at(1);
        let capital = first.to_uppercase();
        let country = address::country_name(code);
        refuse(
            "province",
            format!("{capital}{rest} is not a valid {part} in {country}"),
        );
    }
    errors
}

/// Whether a text can be a telephone number (docs/platforms/shopify.md 3.4).
pub(super) fn is_phone(text: &str) -> bool {
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
        Vec::new()
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
        Vec::new()
    })
}

/// Executes a change of the order that `input.id` names, and appends the payload: the order is shown beside an error,
/// too.
fn change_order(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
    change: impl FnOnce(&mut Store, u32, &Json<'_>) -> Vec<UserError>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let gid = input.get("id").and_then(Json::text).unwrap_or("");
    match Gid::parse(gid) {
        Some(parsed) if parsed.name == "Order" => {}
        Some(_) => return Err(FieldError::other_type(gid)),
        None => return Err(FieldError::invalid_id()),
    }
    let found = store.state.find_order(gid);
    let errors = match found {
        Some(order) => change(store, order, &input),
        None => vec![UserError::plain(["id"], "Order does not exist")],
    };
    let reader = call.reader(&store.state);
    let shown = [(Field::Order, found)];
    Ok(reader.payload(
        field.selection(),
        &errors,
        shown,
        out,
        |part, order, out| reader.order(part.selection(), order, out),
    ))
}
