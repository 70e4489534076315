//! `orderCreate`: an order of an app's own making (docs/platforms/shopify.md 3.5).

use std::borrow::Cow;

use super::annotations::tags_problem;
use super::metafield_inputs;
use super::order_input::{self, Totals};
use crate::core::Micros;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::annotations::{OrderNotes, tags_of};
use crate::shopify::model::customers::CustomerRef;
use crate::shopify::model::fulfillment::Tracking;
use crate::shopify::model::ids;
use crate::shopify::model::made::{Financial, MadeOrder, Payment, PaymentKind, payment_status};
use crate::shopify::model::metafields::{Metafield, Owner};
use crate::shopify::model::span::NONE;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;
use crate::shopify::shop::making::{Claim, NewLine, NewOrder, NewShipment};

/// The gateway of a payment that names none (assumed).
const GATEWAY: &str = "manual";

/// Makes an order and appends the payload.
pub(crate) fn create(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let order = field.argument("order", call.variables).unwrap_or_default();
    let options = field
        .argument("options", call.variables)
        .unwrap_or_default();
    metafield_inputs::check_keys(call, field, &order)?;
    let (metafields, wrong) = metafields(&store.state, call, &order);
    let read = new_order(&store.state, call.now, &order, &options)?;
    let made = match read.and_then(|new| wrong.map_or(Ok(new), Err)) {
        Err(error) => Err(error),
        Ok(new) if new.claim == Claim::ObeyingPolicy && store.lacks(&new) => Err(UserError::coded(
            ["order", "lineItems"],
            "Unable to reserve inventory",
            "INVENTORY_CLAIM_FAILED",
        )),
        Ok(_) if !store.may_make_order(call.now) => Err(UserError::coded(
            ["order"],
            "Too many attempts. Please try again later.",
            "INVALID",
        )),
        Ok(new) => {
            metafield_inputs::keep(store, metafields);
            Ok(store.make_order(call.now, new))
        }
    };
    let reader = call.reader(&store.state);
    Ok(
        reader.outcome(field, Field::Order, made, out, |selection, order, out| {
            reader.order(selection, order, out)
        }),
    )
}

/// The metafields of the order that is to be made, and the first thing that is wrong with them.
fn metafields(
    state: &State,
    call: &Call<'_>,
    order: &Json<'_>,
) -> (Vec<Metafield>, Option<UserError>) {
    let owner = (Owner::Order(state.orders.len() as u32), order);
    match metafield_inputs::read(state, call, owner, |_| refuse([], "", "INVALID")) {
        Ok(metafields) => (metafields, None),
        Err(wrong) => (Vec::new(), wrong.into_iter().next()),
    }
}

fn refuse(
    steps: impl IntoIterator<Item = &'static str>,
    message: impl Into<Cow<'static, str>>,
    code: &'static str,
) -> UserError {
    let mut error = UserError::coded(["order"], message, code);
    error.field.extend(steps.into_iter().map(Into::into));
    error
}

/// Reads and checks the order that an input describes: the customer, the times, the lines, the money, the shipment.
///
/// # Errors
/// A time that is none; inside, why the platform refuses.
fn new_order(
    state: &State,
    now: Micros,
    input: &Json<'_>,
    options: &Json<'_>,
) -> Result<Result<NewOrder, UserError>, FieldError> {
    let text = |name: &str| input.given(name).and_then(Json::text);
    let owned = |name: &str| text(name).map(str::to_owned);
    let now_unix = state.shop.epoch.unix_secs(now) * 1_000_000;
    let processed = order_input::time(input, "processedAt")?;
    let closed = order_input::time(input, "closedAt")?;
    if input.given("customerId").is_some() && input.given("customer").is_some() {
        return Ok(Err(refuse(
            ["customerId"],
            "Only one of customerId and customer can be given",
            "REDUNDANT_CUSTOMER_FIELDS",
        )));
    }
    if processed.is_some_and(|at| at > now_unix + 1_000_000) {
        return Ok(Err(refuse(
            ["processedAt"],
            "Processed at must not be in the future",
            "PROCESSED_AT_INVALID",
        )));
    }
    if let Some(place) = order_input::wrong_amount(input) {
        let mut error = refuse([], "Price must be a number of 0 or more", "INVALID");
        error.field.extend(place);
        return Ok(Err(error));
    }
    let are_taxes_included = input.get("taxesIncluded").and_then(Json::bool) == Some(true);
    let lines = match lines(state, input) {
        Ok(lines) => lines,
        Err(error) => return Ok(Err(error)),
    };
    let currency = text("currency").unwrap_or(&state.shop.currency);
    let presentment_currency = text("presentmentCurrency").unwrap_or(currency);
    let Some(rate) = order_input::rate(input, currency, presentment_currency) else {
        return Ok(Err(refuse(
            ["presentmentCurrency"],
            "Presentment currency must be that of the presentment money",
            "INVALID",
        )));
    };
    let totals = Totals::of(input, &lines);
    let mut made = MadeOrder {
        name: owned("name"),
        email: owned("email"),
        phone: owned("phone"),
        source_name: Some(text("sourceName").unwrap_or("580111").to_owned()),
        source_identifier: owned("sourceIdentifier"),
        processed_unix_micros: processed.unwrap_or(now_unix),
        is_test: input.get("test").and_then(Json::bool) == Some(true),
        are_taxes_included,
        currency: currency.to_owned(),
        presentment_currency: presentment_currency.to_owned(),
        rate,
        shipping_address: input
            .given("shippingAddress")
            .map(order_input::postal_address),
        billing_address: input
            .given("billingAddress")
            .map(order_input::postal_address),
        subtotal_cents: totals.subtotal_cents,
        tax_cents: totals.tax_cents,
        discount_cents: totals.discount_cents,
        shipping_cents: totals.shipping_cents,
        discount_code: totals.discount_code.clone(),
        shipping_lines: order_input::shipping_lines(input),
        custom_attributes: order_input::pairs(input.get("customAttributes"), "key"),
        given_status: text("financialStatus").and_then(Financial::named),
        ..MadeOrder::default()
    };
    let customer = match set_customer(state, input, &mut made) {
        Ok(customer) => customer,
        Err(error) => return Ok(Err(error)),
    };
    let payments = payments(input, now, now_unix)?;
    let shipped = match shipment(state, input) {
        Ok(shipped) => shipped,
        Err(error) => return Ok(Err(error)),
    };
    let claim = match options.given("inventoryBehaviour").and_then(Json::text) {
        Some("DECREMENT_IGNORING_POLICY") => Claim::IgnoringPolicy,
        Some("DECREMENT_OBEYING_POLICY") => Claim::ObeyingPolicy,
        _ => Claim::Bypass,
    };
    let tags = input.get("tags").map_or(&[][..], Json::list);
    let tags = tags_of(tags.iter().filter_map(Json::text));
    if let Some(message) = tags_problem(&tags) {
        return Ok(Err(refuse(["tags"], message, "INVALID")));
    }
    Ok(Ok(NewOrder {
        made,
        customer,
        lines,
        claim,
        payments,
        notes: OrderNotes {
            note: owned("note"),
            po_number: owned("poNumber"),
            ..OrderNotes::default()
        },
        tags,
        total_cents: totals.total_cents(are_taxes_included),
        closed_at: closed.map_or(Micros::MAX, |at| state.shop.epoch.at_unix_micros(at)),
        shipped,
    }))
}

/// The lines of an order: at least one, each of a variant or with a title of its own.
fn lines(state: &State, input: &Json<'_>) -> Result<Vec<NewLine>, UserError> {
    let rows = input.get("lineItems").map_or(&[][..], Json::list);
    if rows.is_empty() {
        return Err(refuse(
            ["lineItems"],
            "Line items must have at least one line item",
            "INVALID",
        ));
    }
    let is_taxed = |row: &Json<'_>| !row.get("taxLines").map_or(&[][..], Json::list).is_empty();
    if is_taxed(input) && rows.iter().any(is_taxed) {
        return Err(refuse(
            ["taxLines"],
            "Tax lines can be given for the order or for its line items, not for both",
            "INVALID",
        ));
    }
    let mut lines = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let at = |member: &'static str, message: &'static str, code: &'static str| {
            refuse(["lineItems"], message, code).at_row(index, &[member])
        };
        let text = |name: &str| row.given(name).and_then(Json::text);
        let quantity = row.get("quantity").and_then(Json::int).unwrap_or(0);
        let quantity = u32::try_from(quantity)
            .ok()
            .filter(|it| (1..=order_input::QUANTITY_MAX).contains(it))
            .ok_or_else(|| at("quantity", "Quantity must be greater than 0", "INVALID"))?;
        if text("fulfillmentService").is_some_and(|service| service != "manual") {
            return Err(at(
                "fulfillmentService",
                "Fulfillment service is invalid",
                "FULFILLMENT_SERVICE_INVALID",
            ));
        }
        // A variant that is not there any more leaves a custom line, which must then say what it is.
        let listing = text("variantId").and_then(|gid| state.find_listing(ids::VARIANT, gid));
        let seed = listing.map(|listing| &state.shop.listings[listing as usize]);
        let details = listing.map(|listing| state.details(listing));
        let title = text("title").map(str::to_owned);
        let title = title.or_else(|| seed.map(|seed| seed.title.clone()));
        let title = title
            .filter(|title| !title.trim().is_empty())
            .ok_or_else(|| at("title", "Title can't be blank", "INVALID"))?;
        let price_cents = row
            .given("priceSet")
            .and_then(order_input::shop_cents)
            .unwrap_or_else(|| seed.map_or(0, |seed| seed.price_cents as i64));
        let line_cents = price_cents
            .checked_mul(i64::from(quantity))
            .filter(|cents| *cents <= order_input::CENTS_MAX)
            .ok_or_else(|| at("priceSet", "Price is too high", "INVALID"))?;
        lines.push(NewLine {
            listing,
            quantity,
            price_cents,
            made: order_input::line(row, title, line_cents, details),
        });
    }
    Ok(lines)
}

/// Who the order is for: a customer who is there already, or whom the input describes.
fn set_customer(
    state: &State,
    input: &Json<'_>,
    made: &mut MadeOrder,
) -> Result<Option<CustomerRef>, UserError> {
    let customer = input.given("customer");
    let upserted = customer.and_then(|it| it.given("toUpsert"));
    let associated = customer.and_then(|it| it.given("toAssociate"));
    let described = upserted.or(associated);
    let of = |name: &str| {
        let value = described.and_then(|it| it.given(name));
        value.and_then(Json::text).map(str::to_owned)
    };
    let id = input.given("customerId").and_then(Json::text);
    let id = id.map(str::to_owned).or_else(|| of("id"));
    if let Some(id) = id {
        let unknown = || refuse(["customerId"], "Customer does not exist", "INVALID");
        let one = state.find_customer(&id).ok_or_else(unknown)?;
        let mut email = Vec::new();
        state.write_customer_email(one, &mut email);
        let email: Option<String> = serde_json::from_slice(&email).unwrap_or_default();
        made.email = made.email.take().or(email);
        return Ok(Some(one));
    }
    made.email = made.email.take().or_else(|| of("email"));
    made.phone = made.phone.take().or_else(|| of("phone"));
    made.customer_names = (of("firstName"), of("lastName"));
    if made.customer_names == (None, None)
        && described.is_some()
        && let Some(address) = &made.shipping_address
    {
        made.customer_names = (address.first_name.clone(), address.last_name.clone());
    }
    made.customer_contacts = (made.email.clone(), made.phone.clone());
    made.has_customer = described.is_some() || made.email.is_some() || made.phone.is_some();
    Ok(None)
}

/// The payments that an app tells of an order.
fn payments(input: &Json<'_>, now: Micros, now_unix: i64) -> Result<Vec<Payment>, FieldError> {
    let rows = input.get("transactions").map_or(&[][..], Json::list);
    let read = rows.iter().map(|row| {
        let text = |name: &str| row.given(name).and_then(Json::text);
        let processed = order_input::time(row, "processedAt")?;
        Ok(Payment {
            order: NONE,
            kind: PaymentKind::named(text("kind").unwrap_or("SALE")),
            status: payment_status(text("status").unwrap_or("SUCCESS")),
            gateway: text("gateway").unwrap_or(GATEWAY).to_owned(),
            cents: row
                .get("amountSet")
                .and_then(order_input::shop_cents)
                .unwrap_or(0),
            created_at: now,
            processed_unix_micros: processed.unwrap_or(now_unix),
            parent: NONE,
            is_test: row.get("test").and_then(Json::bool) == Some(true),
        })
    });
    read.collect()
}

/// The shipment of all of it that an order is made with, if it is.
fn shipment(state: &State, input: &Json<'_>) -> Result<Option<NewShipment>, UserError> {
    let Some(given) = input.given("fulfillment") else {
        let status = input.given("fulfillmentStatus").and_then(Json::text);
        return Ok((status == Some("FULFILLED")).then(|| NewShipment {
            location: None,
            tracking: Tracking::default(),
        }));
    };
    let text = |name: &str| given.given(name).and_then(Json::text);
    let location = state
        .location(text("locationId").unwrap_or(""))
        .ok_or_else(|| {
            refuse(
                ["fulfillment", "locationId"],
                "Location does not exist",
                "INVALID",
            )
        })?;
    Ok(Some(NewShipment {
        location: Some(location),
        tracking: Tracking::of(
            text("trackingCompany").map(str::to_owned),
            text("trackingNumber")
                .map(str::to_owned)
                .into_iter()
                .collect(),
            Vec::new(),
        ),
    }))
}
