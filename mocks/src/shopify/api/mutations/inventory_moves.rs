//! `inventoryMoveQuantities`: units go from one state to another at the same location (docs/platforms/shopify.md 4.2 and 4.4).

use super::inventory::{group, once, state_named, without_comparison};
use super::inventory_checks::{ledger_refusal, name_refusal, reason_refusal, reference_refusal};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::graphql::schema::MODERN;
use crate::shopify::api::idempotency::{self, IdempotencyStore};
use crate::shopify::json::Json;
use crate::shopify::model::adjustment::{Adjustment, Changed};
use crate::shopify::model::ids;
use crate::shopify::model::state::State;
use crate::shopify::model::stock::OTHER_STATES;
use crate::shopify::shop::Store;
use crate::shopify::shop::writes::{LevelWrite, Target};

/// The ends of a change, in the order in which they are checked and told.
const ENDS: [&str; 2] = ["from", "to"];
/// The most units of one change.
const UNITS_MAX: i64 = 2_000_000_000;
/// Ledger documents that the changes of one call may name between them.
const DOCUMENTS_MAX: usize = 2;

/// One end of a change that may be made.
struct End {
    state: &'static str,
    document: Option<String>,
}

/// A change that may be made.
struct Move {
    listing: u32,
    location: u16,
    units: i64,
    ends: [End; 2],
}

/// Moves units and appends the payload.
pub(crate) fn move_units(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let key = idempotency::key_of(call, field)?;
    let changes = input.get("changes").map_or(&[][..], Json::list);
    let compares = |change: &Json<'_>| {
        let mut ends = ENDS.iter().filter_map(|end| change.get(end));
        ends.all(|end| end.get("changeFromQuantity").is_some())
    };
    if call.version >= MODERN && !changes.iter().all(compares) {
        let row_type = "InventoryMoveQuantityTerminalInput";
        return Err(without_comparison(call, field, row_type));
    }
    let whole = (field, key.as_deref(), &*input);
    once(store, keys, call, whole, out, |store| {
        let moves = check(&store.state, &input, changes)?;
        Ok(apply(store, call, &input, moves))
    })
}

/// An error at a member of a change.
fn refused(
    index: usize,
    steps: &[&'static str],
    message: impl Into<std::borrow::Cow<'static, str>>,
    code: &'static str,
) -> UserError {
    let mut error = UserError::coded(["input", "changes"], message, code);
    error.field.push(index.to_string().into());
    error.field.extend(steps.iter().map(|step| (*step).into()));
    error
}

/// Reads and checks every change before anything is moved.
fn check(
    state: &State,
    input: &Json<'_>,
    changes: &[Json<'_>],
) -> Result<Vec<Move>, Vec<UserError>> {
    fn text<'a>(value: &'a Json<'_>, member: &str) -> &'a str {
        value.get(member).and_then(Json::text).unwrap_or("")
    }
    fn end<'a, 'b>(change: &'a Json<'b>, name: &str) -> &'a Json<'b> {
        change.get(name).unwrap_or(&Json::Null)
    }
    let mut errors = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        for name in ENDS {
            if let Some(message) = name_refusal(text(end(change, name), "name")) {
                let code = "INVALID_QUANTITY_NAME";
                errors.push(refused(index, &[name, "name"], message, code));
            }
        }
    }
    errors.extend(reason_refusal(input));
    if !errors.is_empty() {
        return Err(errors);
    }
    errors.extend(reference_refusal(input));
    let mut moves = Vec::with_capacity(changes.len());
    let mut documents: Vec<String> = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let units = change.get("quantity").and_then(Json::int).unwrap_or(0);
        if units < 0 {
            let message = "The quantity can't be negative.";
            let code = "INVALID_QUANTITY_NEGATIVE";
            errors.push(refused(index, &["quantity"], message, code));
        } else if units > UNITS_MAX {
            let message = "The quantity can't be higher than 2,000,000,000.";
            let code = "INVALID_QUANTITY_TOO_HIGH";
            errors.push(refused(index, &["quantity"], message, code));
        }
        let ends = ENDS.map(|name| end(change, name));
        if text(ends[0], "name") == text(ends[1], "name") {
            let message = "The quantity names for each change can't be the same.";
            errors.push(refused(index, &[], message, "SAME_QUANTITY_NAME"));
        }
        if text(ends[0], "locationId") != text(ends[1], "locationId") {
            let message = "The quantities can't be moved between different locations.";
            errors.push(refused(index, &[], message, "DIFFERENT_LOCATIONS"));
        }
        let item = text(change, "inventoryItemId");
        let listing = ids::INVENTORY_ITEM.find(item, state.shop.listings.len());
        if listing.is_none() {
            let message = "The specified inventory item could not be found.";
            let code = "INVALID_INVENTORY_ITEM";
            errors.push(refused(index, &["inventoryItemId"], message, code));
        }
        let locations = state.shop.locations.len();
        let mut places = [None; 2];
        for (at, name) in ENDS.into_iter().enumerate() {
            let document = ends[at].given("ledgerDocumentUri").and_then(Json::text);
            if let Some((message, code)) = ledger_refusal(text(ends[at], "name"), document) {
                errors.push(refused(index, &[name, "ledgerDocumentUri"], message, code));
            }
            let known = documents
                .iter()
                .any(|known| Some(known.as_str()) == document);
            documents.extend(document.filter(|_| !known).map(str::to_owned));
            places[at] = ids::LOCATION.find(text(ends[at], "locationId"), locations);
            let stocked =
                |(listing, place): (u32, u32)| state.stock.level(listing, place as u16).is_active;
            let refusal = match (places[at], listing.zip(places[at])) {
                (None, _) => Some((
                    "The specified location could not be found.",
                    "INVALID_LOCATION",
                )),
                (_, Some(level)) if !stocked(level) => Some((
                    "The inventory item is not stocked at the location.",
                    "ITEM_NOT_STOCKED_AT_LOCATION",
                )),
                _ => None,
            };
            if let Some((message, code)) = refusal {
                errors.push(refused(index, &[name, "locationId"], message, code));
            }
        }
        let [Some(location), _] = places else {
            continue;
        };
        let Some(listing) = listing else { continue };
        let level = state.stock.level(listing, location as u16);
        for (at, name) in ENDS.into_iter().enumerate() {
            let expected = ends[at].get("changeFromQuantity").and_then(Json::int);
            let present = level.quantity(text(ends[at], "name"));
            if expected.is_some_and(|expected| present != Some(expected)) {
                let message =
                    "The changeFromQuantity argument no longer matches the persisted quantity.";
                let code = "CHANGE_FROM_QUANTITY_STALE";
                errors.push(refused(index, &[name, "changeFromQuantity"], message, code));
            }
        }
        moves.push(Move {
            listing,
            location: location as u16,
            units,
            ends: ends.map(|end| End {
                state: state_named(text(end, "name")).unwrap_or("available"),
                document: end
                    .given("ledgerDocumentUri")
                    .and_then(Json::text)
                    .map(str::to_owned),
            }),
        });
    }
    if errors.is_empty() && documents.len() > DOCUMENTS_MAX {
        errors.push(UserError::coded(
            ["input", "changes"],
            "Only a maximum of 2 ledger document URIs across all changes is allowed.",
            "MAXIMUM_LEDGER_DOCUMENT_URIS",
        ));
    }
    if errors.is_empty() {
        Ok(moves)
    } else {
        Err(errors)
    }
}

fn apply(store: &mut Store, call: &Call<'_>, input: &Json<'_>, moves: Vec<Move>) -> Adjustment {
    let event = store.new_event();
    let mut changed = Vec::with_capacity(2 * moves.len());
    for Move {
        listing,
        location,
        units,
        ends,
    } in moves
    {
        if units == 0 {
            continue;
        }
        let level = (listing, location);
        let mut on_hand = 0;
        for (end, delta) in ends.into_iter().zip([-units, units]) {
            let other = OTHER_STATES.iter().position(|state| *state == end.state);
            match other {
                Some(other) => {
                    store.state.stock.level_mut(listing, location).others[other] += delta;
                }
                None => store.write(LevelWrite {
                    event,
                    level,
                    target: Target::By(delta),
                    sent_at: call.sent_at,
                    received_at: call.now,
                }),
            }
            // What is on its way is not on hand.
            on_hand += if end.state == "incoming" { 0 } else { delta };
            changed.push(Changed {
                listing,
                location,
                name: end.state,
                delta,
                ledger_document: end.document,
            });
        }
        if on_hand != 0 {
            changed.push(Changed {
                listing,
                location,
                name: "on_hand",
                delta: on_hand,
                ledger_document: None,
            });
        }
    }
    group(store, call, input, changed)
}
