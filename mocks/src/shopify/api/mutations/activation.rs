//! `inventoryActivate`, `inventoryDeactivate` and `inventoryBulkToggleActivation`: which locations stock an item
//! (sheet section 4.2).

use crate::shopify::api::errors::{FieldError, UserError};
use crate::shopify::api::execute::Call;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::idempotency::{Effect, Gate, MISMATCH};
use crate::shopify::model::ids;
use crate::shopify::json::Json;
use crate::shopify::machine::Shopify;
use crate::shopify::api::queries::reader::{Reader, null};
use crate::shopify::model::state::Level;
use crate::core::{Cause, Micros};

/// Why a location cannot stop to stock an item: code and message.
fn unstock_obstacle(level: &Level) -> Option<(&'static str, &'static str)> {
    let incoming = level.others[4] != 0;
    let unavailable = level.others[..4].iter().any(|quantity| *quantity != 0);
    match (level.committed != 0, incoming) {
        (true, true) => Some((
            "COMMITTED_AND_INCOMING_INVENTORY_AT_LOCATION",
            "Cannot unstock this inventory item from this location because it has committed and incoming quantities.",
        )),
        (true, false) => Some((
            "COMMITTED_INVENTORY_AT_LOCATION",
            "Cannot unstock this inventory item from this location because it has committed quantities.",
        )),
        (false, true) => Some((
            "INCOMING_INVENTORY_AT_LOCATION",
            "Cannot unstock this inventory item from this location because it has incoming quantities.",
        )),
        (false, false) => unavailable.then_some((
            "RESERVED_INVENTORY_AT_LOCATION",
            "Cannot unstock this inventory item from this location because it has unavailable quantities.",
        )),
    }
}

const ONLY_LOCATION: (&str, &str) = (
    "CANNOT_DEACTIVATE_FROM_ONLY_LOCATION",
    "Cannot unstock an inventory item from the only location at which it is stocked.",
);

impl Shopify {
    /// Makes a location stock an item.
    pub(crate) fn stock(&mut self, listing: u32, location: u16) {
        let level = self.state.level_mut(listing, location);
        if !std::mem::replace(&mut level.is_active, true) {
            self.state.inactive_levels -= 1;
        }
    }

    /// Makes a location no longer stock an item; what was available there is no longer on sale.
    ///
    /// # Errors
    /// The platform's code and message when units there are spoken for, or no other location stocks the item.
    fn unstock(
        &mut self,
        now: Micros,
        sent_at: Micros,
        (listing, location): (u32, u16),
    ) -> Result<(), (&'static str, &'static str)> {
        let locations = self.state.shop.locations.len() as u16;
        let level = self.state.level(listing, location);
        if !level.is_active {
            return Ok(());
        }
        let elsewhere =
            (0..locations).any(|at| at != location && self.state.level(listing, at).is_active);
        if !elsewhere {
            return Err(ONLY_LOCATION);
        }
        if let Some(obstacle) = unstock_obstacle(level) {
            return Err(obstacle);
        }
        let available = level.available;
        if available != 0 {
            let event = self.signals.new_event();
            let cause = Cause::Write {
                sent_at,
                received_at: now,
            };
            self.move_available(now, event, (listing, location), -available, cause);
        }
        self.state.level_mut(listing, location).is_active = false;
        self.state.inactive_levels += 1;
        Ok(())
    }

    /// Activates a level, with opening quantities where it was not active, and appends the payload.
    pub(crate) fn activate_inventory(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let ticket = match self.gate(call, field)? {
            Gate::New(ticket) => ticket,
            Gate::Repeated(effect) => {
                let level = match effect {
                    Effect::Level(listing, location) => Some((listing, location)),
                    _ => None,
                };
                return Ok(self.reader(call).activation_payload(field, level, &[], out));
            }
            Gate::Mismatch => {
                let error = UserError::plain([], MISMATCH);
                let reader = self.reader(call);
                return Ok(reader.activation_payload(field, None, &[error], out));
            }
        };
        let text = |name| {
            field
                .text_argument(name, call.variables)
                .unwrap_or_default()
        };
        let listings = self.state.shop.listings.len();
        let listing = ids::INVENTORY_ITEM.find(&text("inventoryItemId"), listings);
        let location = ids::LOCATION.find(&text("locationId"), self.state.shop.locations.len());
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
                    && self.state.level(listing, location as u16).is_active =>
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
            let reader = self.reader(call);
            return Ok(reader.activation_payload(field, None, &errors, out));
        };
        let location = location as u16;
        self.stock(listing, location);
        let level = self.state.level(listing, location);
        let delta = match (available, on_hand) {
            (Some(wanted), _) => Some(wanted - level.available),
            (None, Some(wanted)) => Some(wanted - level.on_hand()),
            (None, None) => None,
        };
        if let Some(delta) = delta {
            let event = self.signals.new_event();
            let cause = Cause::Write {
                sent_at: call.sent_at,
                received_at: call.now,
            };
            self.move_available(call.now, event, (listing, location), delta, cause);
        }
        let effect = Effect::Level(listing, location);
        self.idempotency.keep(call.now, ticket, effect);
        let reader = self.reader(call);
        Ok(reader.activation_payload(field, Some((listing, location)), &[], out))
    }

    /// Deactivates a level and appends the payload.
    pub(crate) fn deactivate_inventory(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let gid = field
            .text_argument("inventoryLevelId", call.variables)
            .unwrap_or_default();
        let (listings, locations) = (
            self.state.shop.listings.len(),
            self.state.shop.locations.len(),
        );
        let level = ids::find_level(&gid, listings, locations)
            .filter(|(listing, location)| self.state.level(*listing, *location).is_active)
            .ok_or_else(FieldError::invalid_id)?;
        let errors: Vec<UserError> = match self.unstock(call.now, call.sent_at, level) {
            Ok(()) => Vec::new(),
            Err((_, message)) => vec![UserError::plain([], message)],
        };
        Ok(self
            .reader(call)
            .activation_payload(field, Some(level), &errors, out))
    }

    /// Activates and deactivates levels of one item, all or none, and appends the payload.
    pub(crate) fn toggle_inventory(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> u64 {
        let gid = field
            .text_argument("inventoryItemId", call.variables)
            .unwrap_or_default();
        let listing = ids::INVENTORY_ITEM.find(&gid, self.state.shop.listings.len());
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
                    match ids::LOCATION.find(gid, self.state.shop.locations.len()) {
                        None => {
                            errors.push(at(
                                index,
                                "The location was not found.",
                                "LOCATION_NOT_FOUND",
                            ));
                        }
                        Some(location) => {
                            let level = self.state.level(listing, location as u16);
                            match unstock_obstacle(level).filter(|_| !activate) {
                                Some((code, message)) => errors.push(at(index, message, code)),
                                None => wanted.push((location as u16, activate)),
                            }
                        }
                    }
                }
                let stocked_after = (0..self.state.shop.locations.len() as u16).any(|location| {
                    let last = wanted.iter().rev().find(|(at, _)| *at == location);
                    last.map_or_else(
                        || self.state.level(listing, location).is_active,
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
                self.stock(listing, *location);
            }
            for (location, _) in wanted.iter().filter(|(_, activate)| !activate) {
                let unstocked = self.unstock(call.now, call.sent_at, (listing, *location));
                debug_assert!(unstocked.is_ok(), "obstacles were looked for");
            }
        }
        let reader = self.reader(call);
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
        })
    }
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
