//! `inventorySetQuantities`, `inventoryAdjustQuantities` and `inventorySetOnHandQuantities` (docs/platforms/shopify.md 4.2 to
//! 4.4): all rows or none, compare-and-set per row, idempotent by key.

use super::inventory_checks::{Row, Shape, check};
use crate::shopify::api::idempotency;
use std::sync::Arc;

use crate::core::Cause;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Value};
use crate::shopify::api::graphql::schema::MODERN;
use crate::shopify::api::idempotency::{Effect, Gate, IdempotencyStore, MISMATCH};
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::adjustment::{Adjustment, Changed};
use crate::shopify::model::stock::OTHER_STATES;
use crate::shopify::shop::Store;
use crate::shopify::shop::writes::{LevelWrite, Target};

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

/// The refusal of a row that does not say what it changes from.
pub(super) fn without_comparison(call: &Call<'_>, field: &PlanField, row_type: &str) -> FieldError {
    let message = format!("{row_type} must include the following argument: changeFromQuantity.");
    let mut error = FieldError::new(message, "INVALID_FIELD_ARGUMENTS");
    if let Some((_, Value::Variable(position))) = field.arguments.first() {
        let definition = call.operation.variables.get(usize::from(*position));
        error.also_at = definition.map(|definition| definition.location);
    }
    error
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

/// Executes what has a key once: what comes again shows the same group. Appends the payload.
pub(super) fn once(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    (field, key, input): (&PlanField, Option<&str>, &Json<'_>),
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Store) -> Result<Adjustment, Vec<UserError>>,
) -> Result<u64, FieldError> {
    let gate = match key {
        Some(key) => keys.gate(call.now, key, field.field as u64, input.digest()),
        None => Gate::New(None),
    };
    let mut adjustment = None;
    let mut errors = Vec::new();
    match gate {
        Gate::New(ticket) => match write(store) {
            Ok(made) => {
                let made = Arc::new(made);
                keys.keep(call.now, ticket, Effect::Adjustment(Arc::clone(&made)));
                adjustment = Some(made);
            }
            Err(refused) => errors = refused,
        },
        Gate::Repeated(Effect::Adjustment(made)) => adjustment = Some(made),
        Gate::Repeated(_) => {}
        Gate::Mismatch => {
            let code = "IDEMPOTENCY_KEY_PARAMETER_MISMATCH";
            errors.push(UserError::coded([], MISMATCH, code));
        }
    }
    let reader = call.reader(&store.state);
    Ok(reader.inventory_payload(field, adjustment.as_deref(), &errors, out))
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
        let cause = Cause::Write {
            sent_at: call.sent_at,
            received_at: call.now,
        };
        store.start_to_stock(call.now, event, (row.listing, row.location), cause);
        let level = store.state.stock.level_mut(row.listing, row.location);
        let delta = if shape.is_delta {
            row.value
        } else {
            row.value - level.quantity(name).unwrap_or(0)
        };
        match OTHER_STATES.iter().position(|state| *state == name) {
            Some(other) => level.others[other] += delta,
            // Setting what is on hand moves what is available by as much.
            None => store.write(LevelWrite {
                event,
                level: (row.listing, row.location),
                target: match (shape.is_delta, name) {
                    (true, _) => Target::By(row.value),
                    (false, "on_hand") => Target::OnHand(row.value),
                    (false, _) => Target::Available(row.value),
                },
                sent_at: call.sent_at,
                received_at: call.now,
            }),
        }
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

/// A state that can be adjusted, by its name.
pub(super) fn state_named(name: &str) -> Option<&'static str> {
    let others = OTHER_STATES.into_iter();
    let mut states = others.chain(["available"]);
    states.find(|state| *state == name)
}

/// The group of what a write changed.
pub(super) fn group(
    store: &mut Store,
    call: &Call<'_>,
    input: &Json<'_>,
    rows: Vec<Changed>,
) -> Adjustment {
    store.state.adjustments += 1;
    let text = |member: &str| input.given(member).and_then(Json::text).map(str::to_owned);
    Adjustment {
        number: store.state.adjustments,
        created_at: call.now,
        reason: text("reason").unwrap_or_default(),
        reference_document: text("referenceDocumentUri"),
        rows,
    }
}

impl Reader<'_> {
    pub(super) fn inventory_payload(
        &self,
        field: &PlanField,
        adjustment: Option<&Adjustment>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        // A write that changed nothing makes no group.
        let group = adjustment.filter(|it| !it.rows.is_empty());
        let shown = [(Field::InventoryAdjustmentGroup, group)];
        self.payload(field.selection(), errors, shown, out, |part, group, out| {
            self.adjustment(part.selection(), group, out)
        })
    }
}
