//! `inventoryActivate`, `inventoryDeactivate` and `inventoryBulkToggleActivation`: which locations stock an item
//! (docs/platforms/shopify.md 4.2).

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::idempotency::{Effect, Gate, IdempotencyStore, MISMATCH};
use crate::shopify::api::queries::reader::{Reader, null};
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::shop::Store;
use crate::shopify::shop::stock::ONLY_LOCATION;
use crate::shopify::shop::writes::{LevelWrite, Target};

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
    let listings = store.state.shop.listings.len();
    let listing = ids::INVENTORY_ITEM.find(&text("inventoryItemId"), listings);
    let location = ids::LOCATION.find(&text("locationId"), store.state.shop.locations.len());
    let available = field.int_argument("available", call.variables);
    let on_hand = field.int_argument("onHand", call.variables);
    let error = match (listing, location) {
        (None, _) => Some(UserError::plain(
            ["inventoryItemId"],
            "The specified inventory item could not be found.",
        )),
        (_, None) => Some(UserError::plain(
            ["locationId"],
            "The specified location could not be found.",
        )),
        _ if available.is_some() && on_hand.is_some() => Some(UserError::plain(
            ["available"],
            "Not allowed to set both available and on hand quantities.",
        )),
        // An active level keeps its quantities (since 2026-04), so opening ones make no sense.
        (Some(listing), Some(location))
            if (available.is_some() || on_hand.is_some())
                && store.state.stock.level(listing, location as u16).is_active =>
        {
            let argument = if available.is_some() {
                "available"
            } else {
                "onHand"
            };
            Some(UserError::plain(
                [argument],
                format!(
                    "Not allowed to set {} quantity when the item is already active at the location.",
                    if available.is_some() {
                        "available"
                    } else {
                        "on hand"
                    }
                ),
            ))
        }
        _ => None,
    };
    let (Some(listing), Some(location), None) = (listing, location, &error) else {
        let errors: Vec<UserError> = error.into_iter().collect();
        let reader = call.reader(&store.state);
        return Ok(reader.activation_payload(field, None, &errors, out));
    };
    let location = location as u16;
    store.state.stock.activate(listing, location);
    let target = match (available, on_hand) {
        (Some(wanted), _) => Some(Target::Available(wanted)),
        (None, Some(wanted)) => Some(Target::OnHand(wanted)),
        (None, None) => None,
    };
    if let Some(target) = target {
        let event = store.new_event();
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
        Err((_, message)) => vec![UserError::plain([], message)],
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
    let listing = ids::INVENTORY_ITEM.find(&gid, store.state.shop.listings.len());
    let updates = field
        .argument("inventoryItemUpdates", call.variables)
        .unwrap_or_default();
    let mut wanted: Vec<(u16, bool)> = Vec::new();
    let mut errors = Vec::new();
    let at = |index: usize, message: &'static str, code| UserError {
        field: vec![
            "inventoryItemUpdates".into(),
            index.to_string().into(),
            "locationId".into(),
        ],
        message: message.into(),
        code,
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
                match ids::LOCATION.find(gid, store.state.shop.locations.len()) {
                    None => {
                        errors.push(at(
                            index,
                            "The location was not found.",
                            "LOCATION_NOT_FOUND",
                        ));
                    }
                    Some(location) => {
                        let level = store.state.stock.level(listing, location as u16);
                        match level.unstock_obstacle().filter(|_| !activate) {
                            Some((code, message)) => errors.push(at(index, message, code)),
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
                errors.push(at(0, ONLY_LOCATION.1, ONLY_LOCATION.0));
            }
        }
    }
    let done = listing.filter(|_| errors.is_empty());
    if let Some(listing) = done {
        // What is added goes first, so that the item is always stocked somewhere.
        for (location, _) in wanted.iter().filter(|(_, activate)| *activate) {
            store.state.stock.activate(listing, *location);
        }
        for (location, _) in wanted.iter().filter(|(_, activate)| !activate) {
            let unstocked = store.unstock(call.now, call.sent_at, (listing, *location));
            debug_assert!(unstocked.is_ok(), "obstacles were looked for");
        }
    }
    let reader = call.reader(&store.state);
    Ok(
        reader.object(field.selection(), out, |part, out| match part.field {
            Field::UserErrors => reader.user_errors(part, &errors, out),
            Field::InventoryItem => match done {
                Some(listing) => reader.inventory_item(part.selection(), listing, out),
                None => {
                    null(out);
                    0
                }
            },
            Field::InventoryLevels => match done {
                Some(listing) => reader.list(part, &wanted, out, |selection, (at, _), out| {
                    reader.inventory_level(selection, (listing, *at), out)
                }),
                None => {
                    null(out);
                    0
                }
            },
            _ => {
                reader.unserved(part, out);
                0
            }
        }),
    )
}

impl Reader<'_> {
    fn activation_payload(
        &self,
        field: &PlanField,
        level: Option<(u32, u16)>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match (part.field, level) {
                (Field::UserErrors, _) => self.user_errors(part, errors, out),
                (Field::InventoryLevel, Some(level)) => {
                    self.inventory_level(part.selection(), level, out)
                }
                (Field::InventoryLevel, None) => {
                    null(out);
                    0
                }
                _ => {
                    self.unserved(part, out);
                    0
                }
            }
        })
    }
}
