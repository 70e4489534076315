//! Stock that a change of variants sets or adjusts: checked and written as `inventorySetQuantities` and
//! `inventoryAdjustQuantities` do it (docs/platforms/shopify.md 4.4 and 4.8).

use super::inventory::{ADJUST, SET, write_row};
use super::inventory_checks::{
    NOT_UNIQUE, Row, STALE, location_named, new_place_refusal, place_refusal, set_name_refusal,
    stocks_by_writing, value_refusal,
};
use super::variant_input::VariantErrors;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::json::Json;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// A write of one level's quantity that has been checked.
pub(super) struct StockWrite {
    /// The state that is written.
    name: String,
    is_delta: bool,
    row: Row,
}

impl StockWrite {
    /// Where it writes.
    pub(super) fn location(&self) -> u16 {
        self.row.location
    }
}

/// Reads `inventoryQuantities` of a variant that is set.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn quantities(
    state: &State,
    listing: u32,
    (index, input): (usize, &Json<'_>),
    errors: &VariantErrors,
) -> Result<Vec<StockWrite>, Vec<UserError>> {
    let given = input.given("inventoryQuantities");
    let given = given.map_or(&[][..], Json::list);
    let mut writes: Vec<StockWrite> = Vec::with_capacity(given.len());
    let mut wrong = Vec::new();
    for (at, quantity) in given.iter().enumerate() {
        let mut refuse = |member: &'static str, message: &'static str, code| {
            let error = errors.at(index, &["inventoryQuantities"], message, code);
            wrong.push(error.at_row(at, &[member]));
        };
        let text = |member: &str| quantity.get(member).and_then(Json::text).unwrap_or("");
        let name = text("name");
        let value = quantity.get("quantity").and_then(Json::int).unwrap_or(0);
        if let Some((message, _)) = set_name_refusal(name) {
            refuse("name", message, errors.invalid);
        }
        if let Some((message, _)) = value_refusal(&SET, name, value) {
            refuse("quantity", message, errors.invalid);
        }
        let location = location_named(state, text("locationId"));
        // Where an item is not stocked its quantity is not set, in every version (docs/platforms/shopify.md 4.8). A new one
        // is stocked where its quantities are.
        let place = match state.is_new(listing) {
            true => new_place_refusal(state, location),
            false => place_refusal(state, false, SET.not_stocked, Ok(listing), location),
        };
        if let Some((message, _)) = place {
            refuse("locationId", message, errors.invalid);
        }
        let Ok(location) = location else {
            continue;
        };
        if writes.iter().any(|write| write.row.location == location) {
            refuse("locationId", NOT_UNIQUE.0, "DUPLICATED_VALUE");
        }
        writes.push(StockWrite {
            name: name.to_owned(),
            is_delta: false,
            row: row(listing, location, value),
        });
    }
    match wrong.is_empty() {
        true => Ok(writes),
        false => Err(wrong),
    }
}

/// Reads `quantityAdjustments` of a variant that is updated.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn adjustments(
    state: &State,
    call: &Call<'_>,
    listing: u32,
    (index, input): (usize, &Json<'_>),
    errors: &VariantErrors,
) -> Result<Vec<StockWrite>, Vec<UserError>> {
    let given = input.given("quantityAdjustments");
    let given = given.map_or(&[][..], Json::list);
    let mut writes = Vec::with_capacity(given.len());
    let mut wrong = Vec::new();
    for (at, adjustment) in given.iter().enumerate() {
        let error = |message: &'static str| {
            errors.at(index, &["quantityAdjustments"], message, errors.invalid)
        };
        let Some(value) = adjustment.given("adjustment").and_then(Json::int) else {
            let message =
                "Not simulated: a location that stops to stock a variant by an adjustment.";
            let place = (index, &["quantityAdjustments"][..]);
            let refused = errors.not_simulated(call, place, message);
            wrong.push(refused.at_row(at, &["adjustment"]));
            continue;
        };
        if let Some((message, _)) = value_refusal(&ADJUST, "available", value) {
            wrong.push(error(message).at_row(at, &["adjustment"]));
        }
        let gid = adjustment.get("locationId").and_then(Json::text);
        let location = location_named(state, gid.unwrap_or(""));
        let place = place_refusal(
            state,
            stocks_by_writing(call.version),
            ADJUST.not_stocked,
            Ok(listing),
            location,
        );
        if let Some((message, _)) = place {
            wrong.push(error(message).at_row(at, &["locationId"]));
        }
        let Ok(location) = location else {
            continue;
        };
        let expected = adjustment.get("changeFromQuantity").and_then(Json::int);
        let available = state.stock.level(listing, location).available;
        if expected.is_some_and(|expected| expected != available) {
            wrong.push(error(STALE.0).at_row(at, &["changeFromQuantity"]));
        }
        writes.push(StockWrite {
            name: "available".to_owned(),
            is_delta: true,
            row: row(listing, location, value),
        });
    }
    match wrong.is_empty() {
        true => Ok(writes),
        false => Err(wrong),
    }
}

fn row(listing: u32, location: u16, value: i64) -> Row {
    Row {
        listing,
        location,
        value,
        ledger_document: None,
    }
}

/// Writes stock that has been checked: one event of the caller's.
pub(super) fn write(store: &mut Store, call: &Call<'_>, writes: &[StockWrite]) {
    if writes.is_empty() {
        return;
    }
    let event = store.new_event();
    for write in writes {
        let state = (write.is_delta, write.name.as_str());
        write_row(store, call, event, state, &write.row);
    }
}
