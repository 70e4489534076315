//! `inventoryActivate`, `inventoryDeactivate` and `inventoryBulkToggleActivation`: which locations stock an item
//! (docs/platforms/shopify.md 4.2).

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::idempotency::{Effect, Gate, IdempotencyStore, MISMATCH};
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::shop::Store;
use crate::shopify::shop::stock::UnstockObstacle;
use crate::shopify::shop::writes::{LevelWrite, Target};

/// The most units, either way, that a level is activated with.
const OPENING_MAX: i64 = 1_000_000_000;
/// The first version in which a level that is activated again keeps its quantities.
const KEEPS_QUANTITIES: &str = "2026-04";

/// Activates a level, with opening quantities where it was not active, and appends the payload.
pub(crate) fn activate(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let ticket = match keys.gate_call(call, field)? {
        Gate::New(ticket) => ticket,
        Gate::Repeated(effect) => {
            let level = match effect {
                Effect::Level(listing, location) => Some((listing, location)),
                _ => None,
            };
            return Ok(call
                .reader(&store.state)
                .activation_payload(field, level, &[], out));
        }
        Gate::Mismatch => {
            let error = UserError::plain([], MISMATCH);
            let reader = call.reader(&store.state);
            return Ok(reader.activation_payload(field, None, &[error], out));
        }
    };
    let text = |name| {
        field
            .text_argument(name, call.variables)
            .unwrap_or_default()
    };
    let listing = store
        .state
        .find_listing(ids::INVENTORY_ITEM, &text("inventoryItemId"));
    let location = store.state.location(&text("locationId")).map(u32::from);
    let available = field.int_argument("available", call.variables);
    let on_hand = field.int_argument("onHand", call.variables);
    let errors = match (listing, location) {
        (None, _) => vec![UserError::plain(
            ["inventoryItemId"],
            "The specified inventory item could not be found.",
        )],
        (_, None) => vec![UserError::plain(
            ["locationId"],
            "The product couldn't be stocked because the location wasn't found.",
        )],
        (Some(_), Some(location)) => {
            let name = &store.state.shop.locations[location as usize].code;
            match store.state.locations[location as usize].is_active() {
                true => opening_errors(name, available, on_hand),
                false => vec![UserError::plain(["locationId"], not_in_use(name))],
            }
        }
    };
    let (Some(listing), Some(location), true) = (listing, location, errors.is_empty()) else {
        let reader = call.reader(&store.state);
        return Ok(reader.activation_payload(field, None, &errors, out));
    };
    let location = location as u16;
    let was_active = store.state.stock.level(listing, location).is_active;
    // An active level keeps its quantities, so opening ones make no sense; the answer shows the level all the same.
    let given = [
        ("available", available, "available"),
        ("onHand", on_hand, "an on_hand"),
    ];
    let given = given.into_iter().find(|(_, given, _)| given.is_some());
    if let (true, Some((argument, _, quantity))) = (was_active, given) {
        let message = format!(
            "Not allowed to set {quantity} quantity when the item is already active at the location."
        );
        let error = UserError::plain([argument], message);
        let reader = call.reader(&store.state);
        return Ok(reader.activation_payload(field, Some((listing, location)), &[error], out));
    }
    let event = store.new_event();
    store.start_to_stock(call.now, event, (listing, location), call.cause());
    let target = match (available, on_hand) {
        (Some(wanted), _) => Some(Target::Available(wanted)),
        (None, Some(wanted)) => Some(Target::OnHand(wanted)),
        // Older versions begin anew at zero (docs/platforms/shopify.md 4.2).
        (None, None) if !was_active && call.version < KEEPS_QUANTITIES => {
            Some(Target::Available(0))
        }
        (None, None) => None,
    };
    if let Some(target) = target {
        store.write(LevelWrite {
            event,
            level: (listing, location),
            target,
            sent_at: call.sent_at,
            received_at: call.now,
        });
    }
    let effect = Effect::Level(listing, location);
    keys.keep(call.now, ticket, effect);
    let reader = call.reader(&store.state);
    Ok(reader.activation_payload(field, Some((listing, location)), &[], out))
}

/// Why nothing is stocked at a location of this name.
fn not_in_use(name: &str) -> String {
    format!("The product couldn't be stocked at {name} because the location isn't active.")
}

/// What is wrong with the quantities that an activation at the location of this name is to open with.
fn opening_errors(name: &str, available: Option<i64>, on_hand: Option<i64>) -> Vec<UserError> {
    let refuse = |argument: &'static str, why: &str| {
        let message = format!("The product couldn't be stocked at {name} because {why}.");
        UserError::plain([argument], message)
    };
    if available.is_some() && on_hand.is_some() {
        let why = "not allowed to set available and on_hand quantities at the same time";
        return vec![refuse("available", why), refuse("onHand", why)];
    }
    [("available", available), ("onHand", on_hand)]
        .into_iter()
        .filter(|(_, given)| given.is_some_and(|given| given.abs() > OPENING_MAX))
        .map(|(argument, _)| {
            refuse(
                argument,
                "the quantity needs to be between -1 billion and 1 billion",
            )
        })
        .collect()
}

/// The code and the words for why a location must go on to stock an item: `what` is what the mutation calls the item.
pub(crate) fn told(
    obstacle: UnstockObstacle,
    what: &str,
    location: &str,
) -> (&'static str, String) {
    match obstacle {
        UnstockObstacle::OnlyLocation => (
            "CANNOT_DEACTIVATE_FROM_ONLY_LOCATION",
            format!(
                "The {what} couldn't be unstocked from {location} because products need to be stocked at a minimum of 1 location."
            ),
        ),
        UnstockObstacle::SpokenFor { code, message } => (code, message.to_owned()),
    }
}

/// Deactivates a level and appends the payload.
pub(crate) fn deactivate(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("inventoryLevelId", call.variables)
        .unwrap_or_default();
    let (listings, locations) = (
        store.state.shop.listings.len(),
        store.state.shop.locations.len(),
    );
    let level = ids::find_level(&gid, listings, locations)
        .filter(|(listing, location)| store.state.stock.level(*listing, *location).is_active)
        .ok_or_else(FieldError::invalid_id)?;
    let errors: Vec<UserError> = match store.unstock(call.now, call.sent_at, level) {
        Ok(()) => Vec::new(),
        Err(obstacle) => {
            let name = &store.state.shop.locations[usize::from(level.1)].code;
            vec![UserError::plain([], told(obstacle, "product", name).1)]
        }
    };
    Ok(call
        .reader(&store.state)
        .activation_payload(field, Some(level), &errors, out))
}

/// Activates and deactivates levels of one item, all or none, and appends the payload.
pub(crate) fn toggle(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("inventoryItemId", call.variables)
        .unwrap_or_default();
    let listing = store.state.find_listing(ids::INVENTORY_ITEM, &gid);
    let updates = field
        .argument("inventoryItemUpdates", call.variables)
        .unwrap_or_default();
    let mut wanted: Vec<(u16, bool)> = Vec::new();
    let mut errors = Vec::new();
    let at = |index: usize, message: String, code| {
        UserError::coded(["inventoryItemUpdates"], message, code).at_row(index, &["locationId"])
    };
    match listing {
        None => errors.push(UserError::coded(
            ["inventoryItemId"],
            "The inventory item was not found.",
            "INVENTORY_ITEM_NOT_FOUND",
        )),
        Some(listing) => {
            for (index, update) in updates.list().iter().enumerate() {
                let gid = update.get("locationId").and_then(Json::text).unwrap_or("");
                let activate = update.get("activate").and_then(Json::bool) == Some(true);
                match store.state.location(gid).map(u32::from) {
                    None => {
                        errors.push(at(
                            index,
                            "The quantity couldn't be updated because the location was not found."
                                .into(),
                            "LOCATION_NOT_FOUND",
                        ));
                    }
                    Some(location)
                        if activate && !store.state.locations[location as usize].is_active() =>
                    {
                        let name = &store.state.shop.locations[location as usize].code;
                        errors.push(at(index, not_in_use(name), "FAILED_TO_STOCK_AT_LOCATION"));
                    }
                    Some(location) => {
                        let level = store.state.stock.level(listing, location as u16);
                        match level.unstock_obstacle().filter(|_| !activate) {
                            Some((code, message)) => errors.push(at(index, message.into(), code)),
                            None => wanted.push((location as u16, activate)),
                        }
                    }
                }
            }
            let stocked_after = (0..store.state.shop.locations.len() as u16).any(|location| {
                let last = wanted.iter().rev().find(|(at, _)| *at == location);
                last.map_or_else(
                    || store.state.stock.level(listing, location).is_active,
                    |(_, activate)| *activate,
                )
            });
            if errors.is_empty() && !stocked_after {
                let last = wanted
                    .last()
                    .map_or(0, |(location, _)| usize::from(*location));
                let name = &store.state.shop.locations[last].code;
                let (code, message) = told(UnstockObstacle::OnlyLocation, "variant", name);
                errors.push(at(wanted.len().saturating_sub(1), message, code));
            }
        }
    }
    let done = listing.filter(|_| errors.is_empty());
    if let Some(listing) = done {
        // What is added goes first, so that the item is always stocked somewhere.
        for (location, _) in wanted.iter().filter(|(_, activate)| *activate) {
            let event = store.new_event();
            store.start_to_stock(call.now, event, (listing, *location), call.cause());
        }
        for (location, _) in wanted.iter().filter(|(_, activate)| !activate) {
            let unstocked = store.unstock(call.now, call.sent_at, (listing, *location));
            debug_assert!(unstocked.is_ok(), "obstacles were looked for");
        }
    }
    let reader = call.reader(&store.state);
    let shown = [(Field::InventoryItem, done), (Field::InventoryLevels, done)];
    Ok(reader.payload(
        field.selection(),
        &errors,
        shown,
        out,
        |part, listing, out| {
            if part.field == Field::InventoryItem {
                return reader.inventory_item(part.selection(), listing, out);
            }
            reader.list(part, &wanted, out, |selection, (at, _), out| {
                reader.inventory_level(selection, (listing, *at), out)
            })
        },
    ))
}

impl Reader<'_> {
    fn activation_payload(
        &self,
        field: &PlanField,
        level: Option<(u32, u16)>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = [(Field::InventoryLevel, level)];
        self.payload(field.selection(), errors, shown, out, |part, level, out| {
            self.inventory_level(part.selection(), level, out)
        })
    }
}
