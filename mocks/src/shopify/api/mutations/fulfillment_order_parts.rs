//! `fulfillmentOrderSplit` and `fulfillmentOrderMerge` (docs/platforms/shopify.md 7). All that a call names is checked
//! before anything is changed.

use super::fulfillment_orders::{NOT_SPLITTABLE, status_of};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// Units of fulfillment orders' lines: position and how many.
type Units = Vec<(u32, u32)>;

/// What came of one input.
#[derive(Copy, Clone)]
struct Outcome {
    /// `fulfillmentOrder`.
    kept: u32,
    /// `remainingFulfillmentOrder`.
    made: Option<u32>,
}

/// `fulfillmentOrderSplit`: the units named go to a new fulfillment order of the same location.
pub(crate) fn split(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let name = "fulfillmentOrderSplits";
    let inputs = field.argument(name, call.variables).unwrap_or_default();
    let planned = planned_splits(&store.state, call, name, inputs.list());
    let outcome = planned.map(|planned| {
        let split = |(at, units): (u32, Units)| {
            let location = store.state.fulfillment_orders[at as usize].location;
            let made = store.split_off(call.now, at, &units, location);
            store.fulfillment_order_changed(call.now, at);
            Outcome {
                kept: at,
                made: Some(made),
            }
        };
        planned.into_iter().map(split).collect()
    });
    Ok(payload(store, call, field, outcome, out))
}

/// `fulfillmentOrderMerge`: the first of each list takes the units of the others.
pub(crate) fn merge(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let name = "fulfillmentOrderMergeInputs";
    let inputs = field.argument(name, call.variables).unwrap_or_default();
    let planned = planned_merges(&store.state, call, name, inputs.list());
    let outcome = planned.map(|planned| {
        let merge = |(into, units): (u32, Units)| {
            store.merge_into(call.now, into, &units);
            store.fulfillment_order_changed(call.now, into);
            Outcome {
                kept: into,
                made: None,
            }
        };
        planned.into_iter().map(merge).collect()
    });
    Ok(payload(store, call, field, outcome, out))
}

fn planned_splits(
    state: &State,
    call: &Call<'_>,
    name: &'static str,
    inputs: &[Json<'_>],
) -> Result<Vec<(u32, Units)>, UserError> {
    for (index, input) in inputs.iter().enumerate() {
        let path = [name.to_owned(), index.to_string(), LINES.to_owned()];
        if rows(input).is_empty() {
            let message =
                "There must be at least one item selected in this fulfillment to split it.";
            return Err(at_path(path, message, "NO_LINE_ITEMS_PROVIDED_TO_SPLIT"));
        }
        positive(
            input,
            path,
            "You must select at least one item to split into a new fulfillment order.",
        )?;
    }
    let mut claimed = Units::new();
    let mut planned = Vec::with_capacity(inputs.len());
    for input in inputs {
        let at = found(state, call, input)?;
        if status_of(state, at) != "OPEN" {
            return Err(UserError::plain([], NOT_SPLITTABLE));
        }
        planned.push((at, named(state, at, rows(input), &mut claimed)?));
        // Something has to stay: what cannot be divided cannot be split.
        let of_this = claimed.iter().filter(|(line, _)| {
            state.fulfillment_order_lines[*line as usize].fulfillment_order == at
        });
        let taken: u32 = of_this.map(|(_, quantity)| quantity).sum();
        if taken >= state.remaining(&state.fulfillment_orders[at as usize]) {
            return Err(UserError::plain([], NOT_SPLITTABLE));
        }
    }
    Ok(planned)
}

fn planned_merges(
    state: &State,
    call: &Call<'_>,
    name: &'static str,
    inputs: &[Json<'_>],
) -> Result<Vec<(u32, Units)>, UserError> {
    let intents = |input| Json::get(input, "mergeIntents").map_or(&[][..], Json::list);
    for (index, input) in inputs.iter().enumerate() {
        for (intent_index, intent) in intents(input).iter().enumerate() {
            let path = [
                name.to_owned(),
                index.to_string(),
                "mergeIntents".to_owned(),
                intent_index.to_string(),
                LINES.to_owned(),
            ];
            positive(
                intent,
                path,
                "You must select at least one item to merge into a new fulfillment order.",
            )?;
        }
    }
    let mut claimed = Units::new();
    let mut planned = Vec::with_capacity(inputs.len());
    for input in inputs {
        let mut of_input = Vec::with_capacity(intents(input).len());
        for intent in intents(input) {
            of_input.push((found(state, call, intent)?, rows(intent)));
        }
        let Some(&(into, _)) = of_input.first() else {
            return Err(missing());
        };
        let target = &state.fulfillment_orders[into as usize];
        let mut taken = Units::new();
        for &(at, rows) in &of_input {
            let record = &state.fulfillment_orders[at as usize];
            let is_alike = record.order == target.order && record.location == target.location;
            if status_of(state, at) != "OPEN" || !is_alike {
                let number = ids::FULFILLMENT_ORDER.number(u64::from(at));
                let message =
                    format!("Fulfillment order: {number} is currently not in a mergeable state.");
                return Err(UserError::plain([], message));
            }
            let units = named(state, at, rows, &mut claimed)?;
            if at != into {
                taken.extend(units);
            }
        }
        planned.push((into, taken));
    }
    Ok(planned)
}

/// The member of both inputs that lists lines.
const LINES: &str = "fulfillmentOrderLineItems";

fn rows<'a>(input: &'a Json<'a>) -> &'a [Json<'a>] {
    input.get(LINES).map_or(&[][..], Json::list)
}

fn at_path<const N: usize>(
    path: [String; N],
    message: &'static str,
    code: &'static str,
) -> UserError {
    UserError {
        field: path.into_iter().map(Into::into).collect(),
        ..UserError::coded([], message, code)
    }
}

/// Refuses rows without a quantity; `path` leads to the rows.
fn positive<const N: usize>(
    input: &Json<'_>,
    path: [String; N],
    message: &'static str,
) -> Result<(), UserError> {
    let quantity = |row: &Json<'_>| row.get("quantity").and_then(Json::int).unwrap_or(0);
    match rows(input).iter().position(|row| quantity(row) <= 0) {
        Some(index) => {
            let error = at_path(path, message, "GREATER_THAN");
            Err(error.at_row(index, &["quantity"]))
        }
        None => Ok(()),
    }
}

fn missing() -> UserError {
    let code = "FULFILLMENT_ORDER_NOT_FOUND";
    UserError::coded([], "Fulfillment order does not exist.", code)
}

/// The fulfillment order that an input names.
fn found(state: &State, call: &Call<'_>, input: &Json<'_>) -> Result<u32, UserError> {
    let gid = input.get("fulfillmentOrderId").and_then(Json::text);
    state
        .routed_fulfillment_order(gid.unwrap_or(""), call.now)
        .ok_or_else(missing)
}

/// The units that rows name, or all that remain where there are none. `claimed` has what earlier rows of the call took.
fn named(
    state: &State,
    at: u32,
    rows: &[Json<'_>],
    claimed: &mut Units,
) -> Result<Units, UserError> {
    let record = &state.fulfillment_orders[at as usize];
    let mut units = Units::with_capacity(rows.len());
    if rows.is_empty() {
        let all = record
            .lines()
            .map(|line| (line as u32, state.fulfillment_order_lines[line].remaining));
        units.extend(all.filter(|(_, remaining)| *remaining > 0));
    }
    for row in rows {
        let gid = row.get("id").and_then(Json::text).unwrap_or("");
        let line = ids::FULFILLMENT_ORDER_LINE
            .find(gid, state.fulfillment_order_lines.len())
            .filter(|line| record.lines().any(|own| own == *line as usize))
            .ok_or_else(|| UserError::plain([], "Fulfillment order line item does not exist."))?;
        let quantity = row.get("quantity").and_then(Json::int).unwrap_or(0);
        units.push((line, u32::try_from(quantity).unwrap_or(u32::MAX)));
    }
    for &(line, quantity) in &units {
        let earlier: u64 = claimed
            .iter()
            .filter(|(other, _)| *other == line)
            .map(|(_, quantity)| u64::from(*quantity))
            .sum();
        let remaining = state.fulfillment_order_lines[line as usize].remaining;
        if u64::from(quantity) + earlier > u64::from(remaining) {
            let message = "Invalid fulfillment order line item quantity requested.";
            return Err(UserError::plain([], message));
        }
        claimed.push((line, quantity));
    }
    Ok(units)
}

fn payload(
    store: &Store,
    call: &Call<'_>,
    field: &PlanField,
    outcome: Result<Vec<Outcome>, UserError>,
    out: &mut Vec<u8>,
) -> u64 {
    let reader = call.reader(&store.state);
    let (done, errors) = match outcome {
        Ok(done) => (Some(done), None),
        Err(error) => (None, Some(error)),
    };
    let done = done.as_deref();
    let shown = [
        (Field::FulfillmentOrderSplits, done),
        (Field::FulfillmentOrderMerges, done),
    ];
    let errors = errors.as_slice();
    reader.payload(field.selection(), errors, shown, out, |part, done, out| {
        reader.list(part, done, out, |selection, one, out| {
            let shown = [
                (Field::FulfillmentOrder, Some(one.kept)),
                (Field::RemainingFulfillmentOrder, one.made),
                // Everything that may be split is split as it is.
                (Field::ReplacementFulfillmentOrder, None),
            ];
            reader.payload(selection, &[], shown, out, |part, at, out| {
                1 + reader.fulfillment_order(part.selection(), at, out)
            })
        })
    })
}
