//! Changes of fulfillment orders: move, hold, release, report of progress, open, cancel; close, which belongs to
//! fulfilment services and is refused for a merchant's own locations (docs/platforms/shopify.md 7).

use crate::core::Micros;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::{UserError, too_long};
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::fulfillment::{Hold, Progress};
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// Holds that one app may have on a fulfillment order.
const HOLDS_MAX: usize = 10;
/// The most letters of the name that an app gives a hold.
const HANDLE_LETTERS: usize = 64;

/// Why a hold cannot leave a part of a fulfillment order out.
pub(super) const NOT_SPLITTABLE: &str = "The fulfillment order is not in a splittable state.";

/// What a mutation, or its twin in REST, shows of its outcome.
#[derive(Default)]
pub(crate) struct Outcome {
    /// `fulfillmentOrder`, or `movedFulfillmentOrder`.
    pub(crate) main: Option<u32>,
    /// `originalFulfillmentOrder`.
    pub(crate) original: Option<u32>,
    /// `remainingFulfillmentOrder`.
    pub(crate) remaining: Option<u32>,
    /// `replacementFulfillmentOrder`.
    replacement: Option<u32>,
    hold: Option<u32>,
    pub(crate) errors: Vec<UserError>,
}

impl Outcome {
    fn refused(error: UserError) -> Outcome {
        Outcome {
            errors: vec![error],
            ..Outcome::default()
        }
    }

    fn changed(fulfillment_order: u32) -> Outcome {
        Outcome {
            main: Some(fulfillment_order),
            ..Outcome::default()
        }
    }
}

/// What a change does to the fulfillment order at a position.
type Change = fn(&mut Store, &Call<'_>, &PlanField, u32) -> Outcome;

/// `fulfillmentOrderMove`.
pub(crate) fn move_to(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change(store, call, field, out, move_to_location, DOES_NOT_EXIST)
}

/// `fulfillmentOrderHold`.
pub(crate) fn hold(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change(store, call, field, out, place_hold, COULD_NOT_BE_FOUND)
}

/// `fulfillmentOrderReleaseHold`.
pub(crate) fn release_hold(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change(store, call, field, out, release, WAS_NOT_FOUND)
}

/// `fulfillmentOrderReportProgress`.
pub(crate) fn report_progress(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change(store, call, field, out, begin_work, COULD_NOT_BE_FOUND)
}

/// `fulfillmentOrderOpen`.
pub(crate) fn open(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change(store, call, field, out, mark_as_open, DOES_NOT_EXIST)
}

/// `fulfillmentOrderClose`. Only the app of a fulfilment service closes, and only what was requested of it.
pub(crate) fn close(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let refuse: Change = |_, _, _, _| {
        Outcome::refused(UserError::plain(
            ["id"],
            "The fulfillment order's assigned fulfillment service must be of api type",
        ))
    };
    change(store, call, field, out, refuse, DOES_NOT_EXIST)
}

/// `fulfillmentOrderCancel`.
pub(crate) fn cancel(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    change(store, call, field, out, cancel_and_replace, DOES_NOT_EXIST)
}

/// Message and code for an id of nothing; the mutations do not agree.
const DOES_NOT_EXIST: (&str, &str) = ("Fulfillment order does not exist.", "");
const COULD_NOT_BE_FOUND: (&str, &str) = (
    "The fulfillment order could not be found.",
    "FULFILLMENT_ORDER_NOT_FOUND",
);
const WAS_NOT_FOUND: (&str, &str) = (
    "The fulfillment order wasn't found.",
    "FULFILLMENT_ORDER_NOT_FOUND",
);

/// Executes a change of the fulfillment order that `id` names, and appends the payload.
fn change(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
    change: Change,
    missing: (&'static str, &'static str),
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("id", call.variables)
        .unwrap_or_default();
    Gid::parse(&gid)
        .filter(|gid| gid.name == "FulfillmentOrder")
        .ok_or_else(FieldError::invalid_id)?;
    let found = store.state.routed_fulfillment_order(&gid, call.now);
    let outcome = match found {
        Some(at) => change(store, call, field, at),
        None => Outcome::refused(UserError::coded(["id"], missing.0, missing.1)),
    };
    let reader = call.reader(&store.state);
    let shown = [
        (Field::FulfillmentHold, outcome.hold),
        (Field::FulfillmentOrder, outcome.main),
        (Field::MovedFulfillmentOrder, outcome.main),
        (Field::OriginalFulfillmentOrder, outcome.original),
        (Field::RemainingFulfillmentOrder, outcome.remaining),
        (Field::ReplacementFulfillmentOrder, outcome.replacement),
    ];
    let errors = &outcome.errors;
    Ok(
        reader.payload(field.selection(), errors, shown, out, |part, at, out| {
            if part.field == Field::FulfillmentHold {
                reader.hold(part.selection(), at, out)
            } else {
                reader.fulfillment_order(part.selection(), at, out)
            }
        }),
    )
}

pub(super) fn status_of(state: &State, at: u32) -> &'static str {
    let record = &state.fulfillment_orders[at as usize];
    state.fulfillment_order_status(record)
}

/// The units named by line and quantity, or all that remain when none are named.
fn units_named(state: &State, at: u32, rows: &[Json<'_>]) -> Result<Vec<(u32, u32)>, UserError> {
    let record = &state.fulfillment_orders[at as usize];
    if rows.is_empty() {
        return Ok(record
            .lines()
            .map(|line| (line as u32, state.fulfillment_order_lines[line].remaining))
            .filter(|(_, remaining)| *remaining > 0)
            .collect());
    }
    let mut units: Vec<(u32, u32)> = Vec::with_capacity(rows.len());
    for row in rows {
        let gid = row.get("id").and_then(Json::text).unwrap_or("");
        let refuse = |message, code| {
            Err(UserError::coded(
                ["fulfillmentOrderLineItems"],
                message,
                code,
            ))
        };
        let Some(line) = ids::FULFILLMENT_ORDER_LINE
            .find(gid, state.fulfillment_order_lines.len())
            .filter(|line| record.lines().any(|at| at == *line as usize))
        else {
            return refuse(
                "Fulfillment order line item does not exist.",
                "INVALID_LINE_ITEM_QUANTITY",
            );
        };
        let quantity = row.get("quantity").and_then(Json::int).unwrap_or(0);
        if quantity <= 0 {
            return refuse(
                "The fulfillment order line item quantity must be greater than 0.",
                "GREATER_THAN_ZERO",
            );
        }
        if quantity > i64::from(state.fulfillment_order_lines[line as usize].remaining) {
            return refuse(
                "The fulfillment order line item quantity is invalid.",
                "INVALID_LINE_ITEM_QUANTITY",
            );
        }
        if units.iter().any(|(other, _)| *other == line) {
            return refuse(
                "The fulfillment order line items are not unique.",
                "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS",
            );
        }
        units.push((line, quantity as u32));
    }
    Ok(units)
}

fn move_to_location(store: &mut Store, call: &Call<'_>, field: &PlanField, at: u32) -> Outcome {
    let gid = field
        .text_argument("newLocationId", call.variables)
        .unwrap_or_default();
    let rows = field
        .argument("fulfillmentOrderLineItems", call.variables)
        .unwrap_or_default();
    move_as_told(store, call.now, at, (&gid, rows.list()))
}

/// Moves the units of these rows, or all that remain where there are none, to the location of a gid.
pub(crate) fn move_as_told(
    store: &mut Store,
    now: Micros,
    at: u32,
    (gid, rows): (&str, &[Json<'_>]),
) -> Outcome {
    let Some(to) = store.state.active_location(gid) else {
        let error = UserError::plain(["newLocationId"], "Location not found.");
        return Outcome::refused(error);
    };
    let record = store.state.fulfillment_orders[at as usize].clone();
    if record.progress == Progress::Reported {
        return Outcome::refused(UserError::coded(
            ["id"],
            "Cannot move a fulfillment order that has progress reported.",
            "CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS",
        ));
    }
    if status_of(&store.state, at) == "CLOSED" || record.location == to {
        return Outcome::refused(UserError::plain(["id"], "Cannot change location."));
    }
    let units = match units_named(&store.state, at, rows) {
        Ok(units) => units,
        // This mutation's errors have no such codes.
        Err(error) => return Outcome::refused(UserError { code: "", ..error }),
    };
    // What is of no product, or of one that was deleted, has no item that the location would have to stock.
    let is_stocked = units.iter().all(|(line, _)| {
        let line = store.state.fulfillment_order_lines[*line as usize].line;
        let listing = store.state.shown_listing_of(line);
        listing.is_none_or(|listing| store.state.stock.level(listing, to).is_active)
    });
    if !is_stocked {
        return Outcome::refused(UserError::plain(["id"], "Cannot change location."));
    }
    store.move_commitment(now, &units, record.location, to);
    let is_whole = record.lines().all(|line| {
        let assigned = &store.state.fulfillment_order_lines[line];
        let moved = units
            .iter()
            .find(|(at, _)| *at as usize == line)
            .map_or(0, |(_, quantity)| *quantity);
        assigned.remaining == moved && assigned.total == moved
    });
    let outcome = if is_whole {
        store.state.fulfillment_orders[at as usize].location = to;
        Outcome {
            original: Some(at),
            ..Outcome::changed(at)
        }
    } else {
        let made = store.split_off(now, at, &units, to);
        Outcome {
            original: Some(at),
            remaining: (status_of(&store.state, at) != "CLOSED").then_some(at),
            ..Outcome::changed(made)
        }
    };
    store.fulfillment_order_changed(now, at);
    outcome
}

fn place_hold(store: &mut Store, call: &Call<'_>, field: &PlanField, at: u32) -> Outcome {
    let input = field
        .argument("fulfillmentHold", call.variables)
        .unwrap_or_default();
    hold_as_told(store, call.now, at, &input)
}

/// Places a hold as the members of a `FulfillmentOrderHoldInput` say.
pub(crate) fn hold_as_told(store: &mut Store, now: Micros, at: u32, input: &Json<'_>) -> Outcome {
    let text = |name: &str| input.given(name).and_then(Json::text);
    let handle = text("handle").unwrap_or("");
    if let Some(message) = too_long("Handle", handle, HANDLE_LETTERS) {
        // None of the codes of these errors means it.
        return Outcome::refused(UserError::plain(["fulfillmentHold", "handle"], message));
    }
    let living = |hold: &&Hold| hold.is_alive && hold.fulfillment_order == at;
    let living: Vec<&Hold> = store.state.holds.iter().filter(living).collect();
    let error = if status_of(&store.state, at) == "CLOSED" {
        Some((NOT_SPLITTABLE, "FULFILLMENT_ORDER_NOT_SPLITTABLE"))
    } else if living.len() >= HOLDS_MAX {
        Some((
            "The maximum number of fulfillment holds for this fulfillment order has been reached for this app. An app can only have up to 10 holds on a single fulfillment order at any one time.",
            "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED",
        ))
    } else if living.iter().any(|hold| hold.handle == handle) {
        Some((
            "The handle provided for the fulfillment hold is already in use by this app for another hold on this fulfillment order.",
            "DUPLICATE_FULFILLMENT_HOLD_HANDLE",
        ))
    } else {
        None
    };
    if let Some((message, code)) = error {
        return Outcome::refused(UserError::coded(["fulfillmentHold"], message, code));
    }
    let rows = input
        .get("fulfillmentOrderLineItems")
        .map_or(&[][..], Json::list);
    let units = match units_named(&store.state, at, rows) {
        Ok(units) => units,
        Err(error) => return Outcome::refused(error),
    };
    // What is not to be held goes on in a fulfillment order of its own.
    let record = store.state.fulfillment_orders[at as usize].clone();
    let rest: Vec<(u32, u32)> = record
        .lines()
        .filter_map(|line| {
            let held = units
                .iter()
                .find(|(at, _)| *at as usize == line)
                .map_or(0, |(_, quantity)| *quantity);
            let rest = store.state.fulfillment_order_lines[line].remaining - held;
            (rest > 0).then_some((line as u32, rest))
        })
        .collect();
    let status = status_of(&store.state, at);
    if !rest.is_empty() && !matches!(status, "OPEN" | "IN_PROGRESS") {
        return Outcome::refused(UserError::coded(
            ["fulfillmentHold"],
            NOT_SPLITTABLE,
            "FULFILLMENT_ORDER_NOT_SPLITTABLE",
        ));
    }
    let remaining = (!rest.is_empty()).then(|| store.split_off(now, at, &rest, record.location));
    let hold = store.state.holds.len() as u32;
    store.state.holds.push(Hold {
        fulfillment_order: at,
        reason: text("reason").unwrap_or("OTHER").to_owned(),
        notes: text("reasonNotes").map(str::to_owned),
        handle: handle.to_owned(),
        is_alive: true,
    });
    store.state.fulfillment_orders[at as usize].progress = Progress::OnHold;
    store.fulfillment_order_changed(now, at);
    Outcome {
        remaining,
        hold: Some(hold),
        ..Outcome::changed(at)
    }
}

fn release(store: &mut Store, call: &Call<'_>, field: &PlanField, at: u32) -> Outcome {
    let given = field.argument("holdIds", call.variables);
    let wanted: Option<Vec<u32>> = match given.as_deref() {
        None | Some(Json::Null) => None,
        Some(list) => Some(
            list.list()
                .iter()
                .filter_map(|gid| ids::FULFILLMENT_HOLD.find(gid.text()?, store.state.holds.len()))
                .collect(),
        ),
    };
    release_holds(store, call.now, at, wanted.as_deref())
}

/// Ends these holds on a fulfillment order, or all of them.
pub(crate) fn release_holds(
    store: &mut Store,
    now: Micros,
    at: u32,
    wanted: Option<&[u32]>,
) -> Outcome {
    let mut is_held = false;
    for (position, hold) in store.state.holds.iter_mut().enumerate() {
        if hold.fulfillment_order != at || !hold.is_alive {
            continue;
        }
        let is_wanted = wanted.is_none_or(|wanted| wanted.contains(&(position as u32)));
        hold.is_alive = !is_wanted;
        is_held |= hold.is_alive;
    }
    let record = &mut store.state.fulfillment_orders[at as usize];
    if record.progress == Progress::OnHold && !is_held {
        record.progress = Progress::None;
        store.fulfillment_order_changed(now, at);
    }
    Outcome::changed(at)
}

/// Closes a fulfillment order without lines: what it had to ship goes to an open one that replaces it.
fn cancel_and_replace(store: &mut Store, call: &Call<'_>, _: &PlanField, at: u32) -> Outcome {
    let units = match units_named(&store.state, at, &[]) {
        Ok(units) if matches!(status_of(&store.state, at), "OPEN" | "IN_PROGRESS") => units,
        _ => {
            return Outcome::refused(UserError::plain(
                ["id"],
                "Fulfillment order is not in cancelable request state and can't be canceled.",
            ));
        }
    };
    let location = store.state.fulfillment_orders[at as usize].location;
    let made = store.split_off(call.now, at, &units, location);
    store.fulfillment_order_changed(call.now, at);
    Outcome {
        replacement: Some(made),
        ..Outcome::changed(at)
    }
}

fn begin_work(store: &mut Store, call: &Call<'_>, _: &PlanField, at: u32) -> Outcome {
    if !matches!(status_of(&store.state, at), "OPEN" | "IN_PROGRESS") {
        return Outcome::refused(UserError::coded(
            [],
            "Cannot report progress on a fulfillment order in this state.",
            "FULFILLMENT_ORDER_STATUS_INVALID",
        ));
    }
    store.state.fulfillment_orders[at as usize].progress = Progress::Reported;
    store.fulfillment_order_changed(call.now, at);
    Outcome::changed(at)
}

fn mark_as_open(store: &mut Store, call: &Call<'_>, _: &PlanField, at: u32) -> Outcome {
    let status = status_of(&store.state, at);
    let record = &mut store.state.fulfillment_orders[at as usize];
    if status != "IN_PROGRESS" || record.progress != Progress::Reported {
        let message = format!(
            "Expected fulfillment order status to be valid but it was {}.",
            status.to_ascii_lowercase()
        );
        return Outcome::refused(UserError::plain([], message));
    }
    record.progress = Progress::None;
    store.fulfillment_order_changed(call.now, at);
    Outcome::changed(at)
}
