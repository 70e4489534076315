//! Customers: made, deleted, set and taken off orders (docs/platforms/shopify.md 3.5).

use super::annotations::is_phone;
use super::metafield_inputs;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::annotations::{Tagged, tags_of};
use crate::shopify::model::customers::{CustomerRef, OwnCustomer};
use crate::shopify::model::metafields::Owner;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// `customerCreate`.
pub(crate) fn create(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let text = |name: &str| {
        let given = input.given(name).and_then(Json::text).map(str::trim);
        given.filter(|it| !it.is_empty()).map(str::to_owned)
    };
    let customer = OwnCustomer {
        email: text("email"),
        phone: text("phone"),
        first_name: text("firstName"),
        last_name: text("lastName"),
        note: text("note"),
        locale: text("locale"),
        created_at: call.now,
        is_deleted: false,
    };
    metafield_inputs::check_keys(call, field, &input)?;
    let mut errors = errors_of(&store.state, &customer);
    let owner = CustomerRef::Own(store.state.own_customers.len() as u32);
    let at = |_| UserError::plain([], "");
    let owner = (Owner::Customer(owner), &*input);
    let metafields = metafield_inputs::read(&store.state, call, owner, at);
    let metafields = metafields.unwrap_or_else(|wrong| {
        errors.extend(wrong);
        Vec::new()
    });
    let made = errors.is_empty().then(|| {
        let tags = input.get("tags").map_or(&[][..], Json::list);
        let tags = tags_of(tags.iter().filter_map(Json::text));
        metafield_inputs::keep(store, metafields);
        store.add_customer(customer, tags)
    });
    let reader = call.reader(&store.state);
    let shown = [(Field::Customer, made)];
    Ok(
        reader.payload(field.selection(), &errors, shown, out, |part, one, out| {
            reader.customer(part.selection(), one, out)
        }),
    )
}

/// Why a customer cannot be made: nothing to know it by, or a contact that is none or another customer's.
fn errors_of(state: &State, customer: &OwnCustomer) -> Vec<UserError> {
    let mut errors = Vec::new();
    let names = [
        &customer.email,
        &customer.phone,
        &customer.first_name,
        &customer.last_name,
    ];
    if names.into_iter().all(Option::is_none) {
        let message = "A name, phone number, or email address must be present";
        errors.push(UserError::plain([], message));
    }
    let alive = || state.own_customers.iter().filter(|it| !it.is_deleted);
    if let Some(email) = &customer.email {
        let is_one = email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        let same = |other: &OwnCustomer| {
            let other = other.email.as_ref();
            other.is_some_and(|other| other.eq_ignore_ascii_case(email))
        };
        if !is_one || email.contains(char::is_whitespace) {
            errors.push(UserError::plain(["email"], "Email is invalid"));
        } else if alive().any(same) {
            errors.push(UserError::plain(["email"], "Email has already been taken"));
        }
    }
    if let Some(phone) = &customer.phone {
        if !is_phone(phone) {
            errors.push(UserError::plain(["phone"], "Phone is invalid"));
        } else if alive().any(|other| other.phone.as_ref() == Some(phone)) {
            errors.push(UserError::plain(["phone"], "Phone has already been taken"));
        }
    }
    errors
}

/// `customerDelete`: one that has orders stays.
pub(crate) fn delete(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let gid = input.get("id").and_then(Json::text).unwrap_or("");
    let found = store.state.find_customer(gid);
    let error = match found {
        None => Some(UserError::plain(["id"], "Customer can't be found")),
        Some(one) if store.state.orders_of(one).next().is_some() => {
            let message = "Customer can't be deleted because they have associated orders";
            Some(UserError::plain(["id"], message))
        }
        Some(one) => {
            store.delete_customer(one);
            None
        }
    };
    let reader = call.reader(&store.state);
    let deleted = found.filter(|_| error.is_none());
    let shown = [
        (Field::DeletedCustomerId, deleted),
        // The shop is shown whatever becomes of the customer.
        (Field::Shop, Some(CustomerRef::Own(0))),
    ];
    let errors = error.as_slice();
    Ok(
        reader.payload(field.selection(), errors, shown, out, |part, one, out| {
            if part.field == Field::Shop {
                return reader.shop(part.selection(), out);
            }
            reader.write_customer_id(one, out);
            0
        }),
    )
}

/// `orderCustomerSet`.
pub(crate) fn set(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let text = |name: &str| {
        let given = field.text_argument(name, call.variables);
        given.unwrap_or_default().into_owned()
    };
    let order = store.state.find_order(&text("orderId"));
    let customer = store.state.find_customer(&text("customerId"));
    let done = match (order, customer) {
        (None, _) => Err(missing("orderId", "Order does not exist")),
        (_, None) => Err(missing("customerId", "Customer does not exist")),
        (Some(order), Some(customer)) => {
            store.set_customer(call.now, order, Some(customer));
            Ok(order)
        }
    };
    Ok(show_order(store, call, field, done, out))
}

/// `orderCustomerRemove`.
pub(crate) fn remove(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("orderId", call.variables)
        .unwrap_or_default();
    let done = match store.state.find_order(&gid) {
        None => Err(missing("orderId", "Order does not exist")),
        Some(order) => {
            store.set_customer(call.now, order, None);
            Ok(order)
        }
    };
    Ok(show_order(store, call, field, done, out))
}

/// Appends the payload of a change of an order's customer.
fn show_order(
    store: &Store,
    call: &Call<'_>,
    field: &PlanField,
    done: Result<u32, UserError>,
    out: &mut Vec<u8>,
) -> u64 {
    let reader = call.reader(&store.state);
    reader.outcome(field, Field::Order, done, out, |selection, order, out| {
        reader.order(selection, order, out)
    })
}

/// The refusal of what is not there.
fn missing(place: &'static str, message: &'static str) -> UserError {
    UserError::coded([place], message, "NOT_FOUND")
}

impl Store {
    fn add_customer(&mut self, customer: OwnCustomer, tags: Vec<String>) -> CustomerRef {
        let at = self.state.own_customers.len() as u32;
        self.state.own_customers.push(customer);
        if !tags.is_empty() {
            self.state.tags.insert(Tagged::OwnCustomer(at), tags);
        }
        CustomerRef::Own(at)
    }

    fn delete_customer(&mut self, one: CustomerRef) {
        match one {
            CustomerRef::Own(at) => self.state.own_customers[at as usize].is_deleted = true,
            CustomerRef::OfOrder(order) => {
                if let Some(made) = self.state.made_orders.get_mut(&order) {
                    made.has_customer = false;
                }
            }
        }
    }
}
