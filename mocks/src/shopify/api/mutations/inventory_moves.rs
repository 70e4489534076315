//! `inventoryMoveQuantities`: units go from one state to another at the same location (docs/platforms/shopify.md 4.2 and 4.4).

use super::inventory_checks::{
    NEGATIVE, NOT_STOCKED, Refusal, STALE, item_named, ledger_refusal, location_named,
    name_refusal, place_refusal, reason_refusal, reference_refusal, stocks_by_writing, too_high,
};
use super::inventory_writes::{
    group, once, state_named, stock_it, without_comparison, write_state,
};
use std::collections::BTreeSet;

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::graphql::schema::MODERN;
use crate::shopify::api::idempotency::{self, IdempotencyStore};
use crate::shopify::json::Json;
use crate::shopify::model::adjustment::{Adjustment, Changed};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;
use crate::shopify::shop::writes::Target;

/// The member of the input that lists the changes.
const LIST: &str = "changes";
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
    let changes = input.get(LIST).map_or(&[][..], Json::list);
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
        let moves = check(&store.state, call.version, &input, changes)?;
        Ok(apply(store, call, &input, moves))
    })
}

/// Reads and checks every change before anything is moved.
fn check(
    state: &State,
    version: &str,
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
                errors.push(UserError::row(LIST, index, &[name, "name"], message, code));
            }
        }
    }
    errors.extend(reason_refusal(input));
    if !errors.is_empty() {
        return Err(errors);
    }
    errors.extend(reference_refusal(input));
    let mut moves = Vec::with_capacity(changes.len());
    let mut documents: BTreeSet<String> = BTreeSet::new();
    for (index, change) in changes.iter().enumerate() {
        let mut refuse = |steps: &[&'static str], (message, code): Refusal| {
            errors.push(UserError::row(LIST, index, steps, message, code));
        };
        let units = change.get("quantity").and_then(Json::int).unwrap_or(0);
        if units < 0 {
            refuse(&["quantity"], NEGATIVE);
        } else if units > UNITS_MAX {
            refuse(&["quantity"], too_high(true));
        }
        let ends = ENDS.map(|name| end(change, name));
        if text(ends[0], "name") == text(ends[1], "name") {
            let message = "The quantity names for each change can't be the same.";
            refuse(&[], (message, "SAME_QUANTITY_NAME"));
        }
        if text(ends[0], "locationId") != text(ends[1], "locationId") {
            let message = "The quantities can't be moved between different locations.";
            refuse(&[], (message, "DIFFERENT_LOCATIONS"));
        }
        let listing = item_named(state, text(change, "inventoryItemId"));
        if let Err(refusal) = listing {
            refuse(&["inventoryItemId"], refusal);
        }
        let locations = ends.map(|end| location_named(state, text(end, "locationId")));
        for (at, name) in ENDS.into_iter().enumerate() {
            let document = ends[at].given("ledgerDocumentUri").and_then(Json::text);
            if let Some(refusal) = ledger_refusal(text(ends[at], "name"), document) {
                refuse(&[name, "ledgerDocumentUri"], refusal);
            }
            documents.extend(document.map(str::to_owned));
            let place = place_refusal(
                state,
                stocks_by_writing(version),
                NOT_STOCKED,
                listing,
                locations[at],
            );
            if let Some(refusal) = place {
                refuse(&[name, "locationId"], refusal);
            }
        }
        let (Ok(listing), [Ok(location), _]) = (listing, locations) else {
            continue;
        };
        let level = state.stock.level(listing, location);
        for (at, name) in ENDS.into_iter().enumerate() {
            let expected = ends[at].get("changeFromQuantity").and_then(Json::int);
            let present = level.quantity(text(ends[at], "name"));
            if expected.is_some_and(|expected| present != Some(expected)) {
                refuse(&[name, "changeFromQuantity"], STALE);
            }
        }
        moves.push(Move {
            listing,
            location,
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
            ["input", LIST],
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
        let level = (listing, location);
        stock_it(store, call, event, level);
        if units == 0 {
            continue;
        }
        let mut on_hand = 0;
        for (end, delta) in ends.into_iter().zip([-units, units]) {
            let target = Target::By(delta);
            write_state(store, call, (event, level), (end.state, delta), target);
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
