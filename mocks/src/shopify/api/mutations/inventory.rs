//! `inventorySetQuantities`, `inventoryAdjustQuantities` and `inventorySetOnHandQuantities` (docs/platforms/shopify.md 4.2 to
//! 4.4): all rows or none, compare-and-set per row, idempotent by key.

use super::inventory_checks::{NEGATIVE, NOT_STOCKED, Row, Shape, check};
use super::inventory_writes::{
    group, once, state_named, stock_it, without_comparison, write_state,
};
use crate::shopify::api::call::Call;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::graphql::schema::MODERN;
use crate::shopify::api::idempotency::{self, IdempotencyStore};
use crate::shopify::json::Json;
use crate::shopify::model::adjustment::{Adjustment, Changed};
use crate::shopify::shop::Store;
use crate::shopify::shop::writes::Target;

pub(super) const SET: Shape = Shape {
    list: "quantities",
    value: "quantity",
    row_type: "InventoryQuantityInput",
    is_delta: false,
    bound: 1_000_000_000,
    name: None,
    too_low: (
        "The quantity can't be lower than -1,000,000,000.",
        "INVALID_QUANTITY_TOO_LOW",
    ),
    takes_pairs_twice: false,
    wants_comparison: true,
    not_stocked: "The specified inventory item is not stocked at the location.",
};

pub(super) const ADJUST: Shape = Shape {
    list: "changes",
    value: "delta",
    row_type: "InventoryChangeInput",
    is_delta: true,
    bound: 2_000_000_000,
    name: None,
    too_low: (
        "The quantity can't be lower than -2,000,000,000.",
        "INVALID_QUANTITY_TOO_LOW",
    ),
    takes_pairs_twice: true,
    wants_comparison: false,
    not_stocked: NOT_STOCKED,
};

const SET_ON_HAND: Shape = Shape {
    list: "setQuantities",
    value: "quantity",
    row_type: "InventorySetQuantityInput",
    is_delta: false,
    bound: 1_000_000_000,
    name: Some("on_hand"),
    too_low: NEGATIVE,
    takes_pairs_twice: true,
    wants_comparison: false,
    not_stocked: NOT_STOCKED,
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
    if call.version >= MODERN
        && given
            .iter()
            .any(|row| row.get("changeFromQuantity").is_none())
    {
        return Err(without_comparison(call, field, shape.row_type));
    }

    let name = shape
        .name
        .or_else(|| input.get("name").and_then(Json::text))
        .unwrap_or("");
    once(
        store,
        keys,
        call,
        (field, key.as_deref(), &input),
        out,
        |store| {
            let rows = check(&store.state, call.version, shape, &input, name, given)?;
            Ok(apply(store, call, shape, &input, name, rows))
        },
    )
}

/// Writes a row that has been checked to the state of this name, and returns by how much it changes it.
pub(super) fn write_row(
    store: &mut Store,
    call: &Call<'_>,
    event: u64,
    (is_delta, name): (bool, &str),
    row: &Row,
) -> i64 {
    let at = (row.listing, row.location);
    stock_it(store, call, event, at);
    let level = store.state.stock.level(row.listing, row.location);
    let delta = if is_delta {
        row.value
    } else {
        row.value - level.quantity(name).unwrap_or(0)
    };
    // Setting what is on hand moves what is available by as much.
    let target = match (is_delta, name) {
        (true, _) => Target::By(row.value),
        (false, "on_hand") => Target::OnHand(row.value),
        (false, _) => Target::Available(row.value),
    };
    write_state(store, call, (event, at), (name, delta), target);
    delta
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
    let mut changed = Vec::with_capacity(rows.len());
    for row in rows {
        let delta = write_row(store, call, event, (shape.is_delta, name), &row);
        if delta == 0 {
            continue;
        }
        // A write of one state shows in that state and, mirrored, in what is on hand.
        let mirrored = state_named(name) != Some("incoming");
        let written = match name {
            "on_hand" => Some("available"),
            name => state_named(name),
        };
        for name in written.into_iter().chain(mirrored.then_some("on_hand")) {
            changed.push(Changed {
                listing: row.listing,
                location: row.location,
                name,
                delta,
                ledger_document: row.ledger_document.clone().filter(|_| name != "on_hand"),
            });
        }
    }
    group(store, call, input, changed)
}
