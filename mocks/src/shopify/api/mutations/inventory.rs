//! `inventorySetQuantities`, `inventoryAdjustQuantities` and `inventorySetOnHandQuantities` (sheet sections 4.2 to
//! 4.4): all rows or none, compare-and-set per row, idempotent by key.

use crate::shopify::api::idempotency;
use std::sync::Arc;

use crate::core::Cause;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection, Value};
use crate::shopify::api::idempotency::{Effect, Gate, IdempotencyStore, MISMATCH};
use crate::shopify::api::queries::reader::{Reader, null};
use crate::shopify::json::{Json, write_int, write_optional_text, write_text};
use crate::shopify::model::adjustment::{Adjustment, Changed};
use crate::shopify::model::ids;
use crate::shopify::model::state::State;
use crate::shopify::model::stock::OTHER_STATES;
use crate::shopify::shop::Store;

const REASONS: &str = "correction, cycle_count_available, damaged, movement_canceled, movement_created, \
                       movement_received, movement_updated, other, promotion, quality_control, received, \
                       reservation_created, reservation_deleted, reservation_updated, restock, safety_stock, \
                       shrinkage";
/// The first version in which a write to a location that does not stock the item makes it stock the item.
const STOCKS_ON_WRITE: &str = "2026-10";
const ADJUSTABLE: &str = "available, damaged, incoming, quality_control, reserved, safety_stock";

/// A row of the input, read.
struct Row {
    listing: u32,
    location: u16,
    /// The new quantity, or the delta.
    value: i64,
    ledger_document: Option<String>,
}

/// What is being written.
struct Shape {
    list: &'static str,
    value: &'static str,
    row_type: &'static str,
    is_delta: bool,
    bound: i64,
    /// The state written where the input does not name it.
    name: Option<&'static str>,
}

const SET: Shape = Shape {
    list: "quantities",
    value: "quantity",
    row_type: "InventoryQuantityInput",
    is_delta: false,
    bound: 1_000_000_000,
    name: None,
};

const ADJUST: Shape = Shape {
    list: "changes",
    value: "delta",
    row_type: "InventoryChangeInput",
    is_delta: true,
    bound: 2_000_000_000,
    name: None,
};

const SET_ON_HAND: Shape = Shape {
    list: "setQuantities",
    value: "quantity",
    row_type: "InventorySetQuantityInput",
    is_delta: false,
    bound: 1_000_000_000,
    name: Some("on_hand"),
};

/// `inventorySetQuantities`.
pub(crate) fn set(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    write(store, keys, call, field, &SET, out)
}

/// `inventoryAdjustQuantities`.
pub(crate) fn adjust(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    write(store, keys, call, field, &ADJUST, out)
}

/// `inventorySetOnHandQuantities`.
pub(crate) fn set_on_hand(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    write(store, keys, call, field, &SET_ON_HAND, out)
}

/// Executes an inventory write and appends its payload.
fn write(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    shape: &Shape,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let key = idempotency::key_of(call, field)?;
    let given = input.get(shape.list).map_or(&[][..], Json::list);
    if given
        .iter()
        .any(|row| row.get("changeFromQuantity").is_none())
    {
        let mut error = FieldError::new(
            format!(
                "{} must include the following argument: changeFromQuantity.",
                shape.row_type
            ),
            "INVALID_FIELD_ARGUMENTS",
        );
        if let Some((_, Value::Variable(position))) = field.arguments.first() {
            let definition = call.operation.variables.get(usize::from(*position));
            error.also_at = definition.map(|definition| definition.location);
        }
        return Err(error);
    }

    let ticket = match keys.gate(call.now, &key, field.field as u64, input.digest()) {
        Gate::New(ticket) => ticket,
        Gate::Repeated(effect) => {
            let adjustment = match &effect {
                Effect::Adjustment(adjustment) => Some(&**adjustment),
                _ => None,
            };
            return Ok(call
                .reader(&store.state)
                .inventory_payload(field, adjustment, &[], out));
        }
        Gate::Mismatch => {
            let error = UserError::coded([], MISMATCH, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
            return Ok(call
                .reader(&store.state)
                .inventory_payload(field, None, &[error], out));
        }
    };

    let name = shape
        .name
        .or_else(|| input.get("name").and_then(Json::text))
        .unwrap_or("");
    let rows = match check(&store.state, call.version, shape, &input, name, given) {
        Ok(rows) => rows,
        Err(errors) => {
            return Ok(call
                .reader(&store.state)
                .inventory_payload(field, None, &errors, out));
        }
    };
    let adjustment = Arc::new(apply(store, call, shape, &input, name, rows));
    let effect = Effect::Adjustment(Arc::clone(&adjustment));
    keys.keep(call.now, ticket, effect);
    Ok(call
        .reader(&store.state)
        .inventory_payload(field, Some(&adjustment), &[], out))
}

/// Reads and checks every row before anything is changed.
fn check(
    state: &State,
    version: &str,
    shape: &Shape,
    input: &Json<'_>,
    name: &str,
    given: &[Json<'_>],
) -> Result<Vec<Row>, Vec<UserError>> {
    if shape.is_delta {
        if name != "available" && !OTHER_STATES.contains(&name) {
            let message =
                format!("The specified quantity name is invalid. Valid values are: {ADJUSTABLE}.");
            return Err(vec![UserError::coded(
                ["input", "name"],
                message,
                "INVALID_QUANTITY_NAME",
            )]);
        }
    } else if !matches!(name, "available" | "on_hand") {
        return Err(vec![UserError::coded(
            ["input", "name"],
            "The quantity name must be either 'available' or 'on_hand'.",
            "INVALID_NAME",
        )]);
    }
    let reason = input.get("reason").and_then(Json::text).unwrap_or("");
    if !REASONS.split(", ").any(|known| known == reason) {
        let message = format!("The specified reason is invalid. Valid values are: {REASONS}.");
        return Err(vec![UserError::coded(
            ["input", "reason"],
            message,
            "INVALID_REASON",
        )]);
    }
    let mut errors = Vec::new();
    let mut rows: Vec<Row> = Vec::with_capacity(given.len());
    for (index, row) in given.iter().enumerate() {
        let text = |member: &str| row.get(member).and_then(Json::text).unwrap_or("");
        let mut refuse = |member, message: &'static str, code| {
            errors.push(UserError::row(shape.list, index, member, message, code));
        };
        let value = row.get(shape.value).and_then(Json::int).unwrap_or(0);
        if value > shape.bound {
            let message = if shape.is_delta {
                "The quantity can't be higher than 2,000,000,000."
            } else {
                "The quantity can't be higher than 1,000,000,000."
            };
            refuse(shape.value, message, "INVALID_QUANTITY_TOO_HIGH");
        } else if value < -shape.bound {
            let message = if shape.is_delta {
                "The quantity can't be lower than -2,000,000,000."
            } else {
                "The quantity can't be lower than -1,000,000,000."
            };
            refuse(shape.value, message, "INVALID_QUANTITY_TOO_LOW");
        } else if name == "on_hand" && value < 0 {
            refuse(
                shape.value,
                "The quantity can't be negative.",
                "INVALID_QUANTITY_NEGATIVE",
            );
        }
        let ledger_document = row.given("ledgerDocumentUri").and_then(Json::text);
        if shape.is_delta {
            if name == "available" && ledger_document.is_some() {
                refuse(
                    "ledgerDocumentUri",
                    "A ledger document URI is not allowed when adjusting available.",
                    "INVALID_AVAILABLE_DOCUMENT",
                );
            } else if name != "available" && ledger_document.is_none() {
                refuse(
                    "ledgerDocumentUri",
                    "A ledger document URI is required except when adjusting available.",
                    "INVALID_QUANTITY_DOCUMENT",
                );
            }
        }
        let listings = state.shop.listings.len();
        let listing = ids::INVENTORY_ITEM.find(text("inventoryItemId"), listings);
        if listing.is_none() {
            refuse(
                "inventoryItemId",
                "The specified inventory item could not be found.",
                "INVALID_INVENTORY_ITEM",
            );
        }
        let location = ids::LOCATION.find(text("locationId"), state.shop.locations.len());
        if location.is_none() {
            refuse(
                "locationId",
                "The specified location could not be found.",
                "INVALID_LOCATION",
            );
        }
        // The error left the schema with 2026-10: from then on the write stocks the item there (assumed).
        if let (Some(listing), Some(location)) = (listing, location)
            && version < STOCKS_ON_WRITE
            && !state.stock.level(listing, location as u16).is_active
        {
            refuse(
                "locationId",
                "The inventory item is not stocked at the location.",
                "ITEM_NOT_STOCKED_AT_LOCATION",
            );
        }
        if let (Some(listing), Some(location)) = (listing, location) {
            rows.push(Row {
                listing,
                location: location as u16,
                value,
                ledger_document: ledger_document.map(str::to_owned),
            });
        }
    }
    if errors.is_empty() {
        // Rows and given rows now correspond one to one.
        check_pairs(shape, &rows, &mut errors);
    }
    if errors.is_empty() {
        for (index, (row, given)) in rows.iter().zip(given).enumerate() {
            let expected = given.get("changeFromQuantity").and_then(Json::int);
            let level = state.stock.level(row.listing, row.location);
            if expected.is_some_and(|expected| level.quantity(name) != Some(expected)) {
                errors.push(UserError::row(
                    shape.list,
                    index,
                    "changeFromQuantity",
                    "The changeFromQuantity argument no longer matches the persisted quantity.",
                    "CHANGE_FROM_QUANTITY_STALE",
                ));
            }
        }
    }
    if errors.is_empty() {
        Ok(rows)
    } else {
        Err(errors)
    }
}

fn check_pairs(shape: &Shape, rows: &[Row], errors: &mut Vec<UserError>) {
    let mut pairs: Vec<(u32, u16, usize)> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| (row.listing, row.location, index))
        .collect();
    pairs.sort_unstable();
    let mut repeated: Vec<usize> = pairs
        .windows(2)
        .filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1))
        .flat_map(|pair| [pair[0].2, pair[1].2])
        .collect();
    repeated.sort_unstable();
    repeated.dedup();
    for index in repeated {
        errors.push(UserError::row(
            shape.list,
            index,
            "locationId",
            "The combination of inventoryItemId and locationId must be unique.",
            "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
        ));
    }
}

fn apply(
    store: &mut Store,
    call: &Call<'_>,
    shape: &Shape,
    input: &Json<'_>,
    name: &str,
    rows: Vec<Row>,
) -> Adjustment {
    let event = store.new_event();
    let cause = Cause::Write {
        sent_at: call.sent_at,
        received_at: call.now,
    };
    let mut changed = Vec::with_capacity(rows.len());
    for row in rows {
        store.state.stock.activate(row.listing, row.location);
        let level = store.state.stock.level_mut(row.listing, row.location);
        let delta = if shape.is_delta {
            row.value
        } else {
            row.value - level.quantity(name).unwrap_or(0)
        };
        match OTHER_STATES.iter().position(|state| *state == name) {
            Some(other) => level.others[other] += delta,
            // Setting what is on hand moves what is available by as much.
            None => {
                store.move_available(call.now, event, (row.listing, row.location), delta, cause);
            }
        }
        if delta != 0 {
            changed.push(Changed {
                listing: row.listing,
                location: row.location,
                delta,
                ledger_document: row.ledger_document,
            });
        }
    }
    store.state.adjustments += 1;
    let text = |member: &str| input.given(member).and_then(Json::text).map(str::to_owned);
    Adjustment {
        number: store.state.adjustments,
        created_at: call.now,
        reason: text("reason").unwrap_or_default(),
        reference_document: text("referenceDocumentUri"),
        name: name.to_owned(),
        rows: changed,
    }
}

impl Reader<'_> {
    fn inventory_payload(
        &self,
        field: &PlanField,
        adjustment: Option<&Adjustment>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(field.selection(), out, |part, out| match part.field {
            Field::UserErrors => self.user_errors(part, errors, out),
            Field::InventoryAdjustmentGroup => match adjustment {
                Some(adjustment) => self.adjustment(part.selection(), adjustment, out),
                None => {
                    null(out);
                    0
                }
            },
            _ => {
                self.unserved(part, out);
                0
            }
        })
    }

    fn adjustment(&self, selection: &Selection, adjustment: &Adjustment, out: &mut Vec<u8>) -> u64 {
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::ADJUSTMENT_GROUP.write_gid(adjustment.number, out),
                Field::CreatedAt => self.time(adjustment.created_at, out),
                Field::Reason => write_text(&adjustment.reason, out),
                Field::ReferenceDocumentUri => {
                    write_optional_text(adjustment.reference_document.as_deref(), out);
                }
                Field::Changes => return self.changes(field, adjustment, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    fn changes(&self, field: &PlanField, adjustment: &Adjustment, out: &mut Vec<u8>) -> u64 {
        // A write of one state shows in that state and, mirrored, in what is on hand.
        let names: &[&str] = match adjustment.name.as_str() {
            "available" | "on_hand" => &["available", "on_hand"],
            "incoming" => &["incoming"],
            other => &[other, "on_hand"],
        };
        let names_wanted = field.argument("quantityNames", self.variables);
        let items_wanted = field.argument("inventoryItemIds", self.variables);
        let locations_wanted = field.argument("locationIds", self.variables);
        let (listings, locations) = (
            self.state.shop.listings.len(),
            self.state.shop.locations.len(),
        );
        let listed = |wanted: Option<&Json<'_>>, is_it: &dyn Fn(&str) -> bool| match wanted {
            None | Some(Json::Null) => true,
            Some(wanted) => wanted.list().iter().filter_map(Json::text).any(is_it),
        };
        let changes = adjustment
            .rows
            .iter()
            .flat_map(|row| names.iter().map(move |name| (row, *name)));
        let changes = changes.filter(|(row, name)| {
            listed(names_wanted.as_deref(), &|wanted| wanted == *name)
                && listed(items_wanted.as_deref(), &|gid| {
                    ids::INVENTORY_ITEM.find(gid, listings) == Some(row.listing)
                })
                && listed(locations_wanted.as_deref(), &|gid| {
                    ids::LOCATION.find(gid, locations) == Some(u32::from(row.location))
                })
        });
        self.list(field, changes, out, |selection, (row, name), out| {
            self.object(selection, out, |part, out| {
                match part.field {
                    Field::Name => write_text(name, out),
                    Field::Delta => write_int(row.delta, out),
                    Field::QuantityAfterChange => null(out),
                    Field::LedgerDocumentUri => {
                        let document = row.ledger_document.as_deref().filter(|_| name != "on_hand");
                        write_optional_text(document, out);
                    }
                    Field::Item => {
                        return 1 + self.inventory_item(part.selection(), row.listing, out);
                    }
                    Field::Location => {
                        return 1 + self.location(part.selection(), row.location, out);
                    }
                    _ => self.unserved(part, out),
                }
                0
            })
        })
    }
}
