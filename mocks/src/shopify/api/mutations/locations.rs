//! `locationAdd`, `locationEdit`, `locationActivate`, `locationDeactivate` and `locationDelete`
//! (docs/platforms/shopify.md 4.6).

use super::metafield_inputs;
use crate::core::Micros;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::idempotency::{Effect, Gate, IdempotencyStore, MISMATCH};
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::locations::{LOCATIONS_MAX, Location, LocationAddress};
use crate::shopify::model::metafields::{Metafield, Owner};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// The most letters of a name.
const NAME_MAX: usize = 100;

/// Adds a location and appends the payload.
pub(crate) fn add(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let name = input.get("name").and_then(Json::text).unwrap_or("").trim();
    let address = input.get("address").cloned().unwrap_or_default();
    let country = address.get("countryCode").and_then(Json::text);
    let country = country.unwrap_or("ZZ").to_owned();
    let mut errors = name_errors(&store.state, name, None);
    errors.extend(zip_error(&country, address.get("zip")));
    if errors.is_empty() && store.state.locations.len() >= LOCATIONS_MAX {
        let message = "An error occurred while adding the location.";
        errors.push(UserError::coded(["input"], message, "GENERIC_ERROR"));
    }
    let owner = Owner::Location(store.state.locations.len() as u16);
    let metafields = metafields(&store.state, call, field, (&input, owner), &mut errors)?;
    let added = errors.is_empty().then(|| {
        let fulfills = input.get("fulfillsOnlineOrders").and_then(Json::bool);
        let mut at = LocationAddress::default();
        change_address(&mut at, &address);
        let record = Location::added(call.now, fulfills.unwrap_or(true), at);
        let position = store.add_location(name.to_owned(), country, record);
        metafield_inputs::keep(store, metafields);
        position
    });
    let reader = call.reader(&store.state);
    Ok(reader.location_payload(field, added, &errors, out))
}

/// Changes a location and appends the payload.
pub(crate) fn edit(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field.text_argument("id", call.variables);
    let gid = gid.unwrap_or_default();
    let Some(position) = store.state.location(&gid) else {
        let error = UserError::coded(["id"], "Location not found.", "NOT_FOUND");
        let reader = call.reader(&store.state);
        return Ok(reader.location_payload(field, None, &[error], out));
    };
    let at = usize::from(position);
    let input = field.argument("input", call.variables).unwrap_or_default();
    let name = input.given("name").and_then(Json::text).map(str::trim);
    let fulfills = input.given("fulfillsOnlineOrders").and_then(Json::bool);
    let address = input.given("address");
    let country = address.and_then(|it| it.given("countryCode"));
    let country = country.and_then(Json::text);
    let mut errors = Vec::new();
    if let Some(name) = name {
        errors = name_errors(&store.state, name, Some(position));
    }
    if let Some(address) = address {
        let country = country.unwrap_or(&store.state.shop.locations[at].country);
        errors.extend(zip_error(country, address.get("zip")));
    }
    if fulfills == Some(false) && store.state.is_only_online_location(position) {
        errors.push(UserError::coded(
            ["input", "fulfillsOnlineOrders"],
            "At least one location must fulfill online orders.",
            "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT",
        ));
    }
    let owner = Owner::Location(position);
    let metafields = metafields(&store.state, call, field, (&input, owner), &mut errors)?;
    let changed = errors.is_empty().then(|| {
        metafield_inputs::keep(store, metafields);
        let seed = &mut store.state.shop.locations[at];
        if let Some(name) = name {
            name.clone_into(&mut seed.code);
        }
        if let Some(country) = country {
            country.clone_into(&mut seed.country);
        }
        let record = &mut store.state.locations[at];
        if let Some(address) = address {
            change_address(&mut record.address, address);
        }
        if let Some(fulfills) = fulfills {
            record.fulfills_online_orders = fulfills;
        }
        record.updated_at = call.now;
        position
    });
    let reader = call.reader(&store.state);
    Ok(reader.location_payload(field, changed, &errors, out))
}

/// The metafields that an input gives to a location.
///
/// # Errors
/// A metafield without a key refuses the whole mutation.
fn metafields(
    state: &State,
    call: &Call<'_>,
    field: &PlanField,
    (input, owner): (&Json<'_>, Owner),
    errors: &mut Vec<UserError>,
) -> Result<Vec<Metafield>, FieldError> {
    metafield_inputs::check_keys(call, field, input)?;
    let at = |code| UserError::coded(["input"], "", code);
    let read = metafield_inputs::read(state, call, (owner, input), at);
    Ok(read.unwrap_or_else(|wrong| {
        errors.extend(wrong);
        Vec::new()
    }))
}

/// What is wrong with a name: none at all, too long, or that of another active location.
fn name_errors(state: &State, name: &str, own: Option<u16>) -> Vec<UserError> {
    let refuse = |message: String, code| vec![UserError::coded(["input", "name"], message, code)];
    if name.is_empty() {
        refuse("Add a location name".to_owned(), "BLANK")
    } else if name.chars().count() > NAME_MAX {
        let message = format!("Name is too long (maximum is {NAME_MAX} characters)");
        refuse(message, "TOO_LONG")
    } else if state.is_location_named(name, own) {
        let message = "You already have a location with this name".to_owned();
        refuse(message, "TAKEN")
    } else {
        Vec::new()
    }
}

/// Refuses a postal code of the United States that is none: five digits, and four more behind a hyphen where there are.
fn zip_error(country: &str, zip: Option<&Json<'_>>) -> Option<UserError> {
    let zip = zip.and_then(Json::text).filter(|zip| !zip.is_empty())?;
    let (five, four) = zip.split_once('-').unwrap_or((zip, "0000"));
    let are_digits =
        |text: &str, len| text.len() == len && text.bytes().all(|it| it.is_ascii_digit());
    let is_fine = country != "US" || (are_digits(five, 5) && are_digits(four, 4));
    (!is_fine).then(|| {
        UserError::coded(
            ["input", "address", "zip"],
            "The ZIP code is not a valid US ZIP code.",
            "INVALID_US_ZIPCODE",
        )
    })
}

/// Takes over the members of an address that an input gives; `null` clears one.
fn change_address(address: &mut LocationAddress, input: &Json<'_>) {
    for (member, kept) in address.members_mut() {
        if let Some(given) = input.get(member) {
            *kept = given.text().map(str::to_owned);
        }
    }
}

/// The first word on a call that must be made once: the location, or what is wrong with the key or the location.
struct Opened {
    location: Option<u16>,
    errors: Vec<UserError>,
    /// Whether the call was made before and did what it was to do.
    is_repeated: bool,
}

/// Finds the location of `locationId`, beside what the key says.
fn opened(store: &Store, call: &Call<'_>, field: &PlanField, gate: &Gate) -> Opened {
    let gid = field.text_argument("locationId", call.variables);
    let location = store.state.location(&gid.unwrap_or_default());
    let mismatch = || UserError::coded([], MISMATCH, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
    let errors = match (gate, location) {
        (Gate::Mismatch, _) => vec![mismatch()],
        (_, None) => vec![not_found()],
        _ => Vec::new(),
    };
    Opened {
        location,
        errors,
        is_repeated: matches!(gate, Gate::Repeated(_)),
    }
}

fn not_found() -> UserError {
    UserError::coded(["locationId"], "Location not found.", "LOCATION_NOT_FOUND")
}

/// Activates a location and appends the payload, which shows the location beside its errors.
pub(crate) fn activate(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gate = keys.gate_call(call, field)?;
    let Opened {
        location,
        mut errors,
        is_repeated,
    } = opened(store, call, field, &gate);
    if let (Some(at), true, false) = (location, errors.is_empty(), is_repeated) {
        let name = &store.state.shop.locations[usize::from(at)].code;
        let is_active = store.state.locations[usize::from(at)].is_active();
        if !is_active && store.state.is_location_named(name, Some(at)) {
            errors.push(UserError::coded(
                ["locationId"],
                "This location currently cannot be activated because there exists an active location with the same name.",
                "HAS_NON_UNIQUE_NAME",
            ));
        } else {
            let record = &mut store.state.locations[usize::from(at)];
            if !is_active {
                record.deactivated_at = Micros::MAX;
                record.updated_at = call.now;
            }
            if let Gate::New(ticket) = gate {
                keys.keep(call.now, ticket, Effect::Location);
            }
        }
    }
    let reader = call.reader(&store.state);
    Ok(reader.location_payload(field, location, &errors, out))
}

/// Deactivates a location, handing over what it has where another one is named, and appends the payload, which shows the
/// location beside its errors.
pub(crate) fn deactivate(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gate = keys.gate_call(call, field)?;
    let Opened {
        location,
        mut errors,
        is_repeated,
    } = opened(store, call, field, &gate);
    let destination = field.text_argument("destinationLocationId", call.variables);
    if let (Some(at), true, false) = (location, errors.is_empty(), is_repeated) {
        let is_active = store.state.locations[usize::from(at)].is_active();
        let to = destination.map(|gid| store.state.active_location(&gid));
        if is_active {
            errors = deactivation_errors(&store.state, at, to);
        }
        if errors.is_empty() {
            if let (true, Some(Some(to))) = (is_active, to) {
                store.relocate(call.now, call.sent_at, at, to);
            }
            let record = &mut store.state.locations[usize::from(at)];
            if is_active {
                record.deactivated_at = call.now;
                record.updated_at = call.now;
            }
            if let Gate::New(ticket) = gate {
                keys.keep(call.now, ticket, Effect::Location);
            }
        }
    }
    let reader = call.reader(&store.state);
    Ok(reader.location_payload(field, location, &errors, out))
}

/// Why an active location stays active. `to` is the location that is to take over, where one is named, and `None` in it
/// that there is no such active location.
fn deactivation_errors(state: &State, at: u16, to: Option<Option<u16>>) -> Vec<UserError> {
    let here = |message: &'static str, code| UserError::coded(["locationId"], message, code);
    let there = |message: &'static str, code| {
        vec![UserError::coded(["destinationLocationId"], message, code)]
    };
    match to {
        Some(None) => {
            return there(
                "Destination location is not found or inactive.",
                "DESTINATION_LOCATION_NOT_FOUND_OR_INACTIVE",
            );
        }
        Some(Some(to)) if to == at => {
            return there(
                "Destination location is the same as the location to be deactivated.",
                "DESTINATION_LOCATION_IS_THE_SAME_LOCATION",
            );
        }
        _ => {}
    }
    if state.is_only_online_location(at) {
        return vec![here(
            "At least one location must fulfill online orders.",
            "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT",
        )];
    }
    let mut errors = Vec::new();
    if to.is_none() && state.stock.is_stocking(at) {
        errors.push(here(
            "Location could not be deactivated without specifying where to relocate inventory at the location.",
            "HAS_ACTIVE_INVENTORY_ERROR",
        ));
    }
    if to.is_none() && state.has_unfulfilled_orders(at) {
        errors.push(here(
            "Location could not be deactivated because it has pending orders.",
            "HAS_FULFILLMENT_ORDERS_ERROR",
        ));
    }
    errors
}

/// Deletes a location and appends the payload.
pub(crate) fn delete(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field.text_argument("locationId", call.variables);
    let found = store.state.location(&gid.unwrap_or_default());
    let refuse = |message: &'static str, code| UserError::coded(["locationId"], message, code);
    let errors = match found {
        None => vec![not_found()],
        Some(at) if store.state.locations[usize::from(at)].is_active() => vec![refuse(
            "The location cannot be deleted while it is active.",
            "LOCATION_IS_ACTIVE",
        )],
        Some(at) if store.state.stock.is_stocking(at) => vec![refuse(
            "The location cannot be deleted while it has inventory.",
            "LOCATION_HAS_INVENTORY",
        )],
        Some(at) if store.state.has_unfulfilled_orders(at) => vec![refuse(
            "The location cannot be deleted while it has pending orders.",
            "LOCATION_HAS_PENDING_ORDERS",
        )],
        Some(at) => {
            store.state.locations[usize::from(at)].is_deleted = true;
            Vec::new()
        }
    };
    let deleted = found.filter(|_| errors.is_empty());
    let reader = call.reader(&store.state);
    let shown = [(Field::DeletedLocationId, deleted)];
    Ok(
        reader.payload(field.selection(), &errors, shown, out, |_, at, out| {
            ids::LOCATION.write_gid(u64::from(at), out);
            0
        }),
    )
}

impl Reader<'_> {
    fn location_payload(
        &self,
        field: &PlanField,
        location: Option<u16>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = [(Field::Location, location)];
        self.payload(field.selection(), errors, shown, out, |part, at, out| {
            self.location(part.selection(), at, out)
        })
    }
}
