//! What every write of quantities does alike, whether it sets, adjusts or moves them (docs/platforms/shopify.md 4.3 and 4.4).

use std::sync::Arc;

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Value};
use crate::shopify::api::idempotency::{Effect, Gate, IdempotencyStore, MISMATCH};
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::adjustment::{Adjustment, Changed};
use crate::shopify::model::stock::OTHER_STATES;
use crate::shopify::shop::Store;
use crate::shopify::shop::writes::{LevelWrite, Target};

/// The refusal of a row that does not say what it changes from.
pub(super) fn without_comparison(call: &Call<'_>, field: &PlanField, row_type: &str) -> FieldError {
    let message = format!("{row_type} must include the following argument: changeFromQuantity.");
    wrong_argument(call, field, message)
}

/// The refusal of a whole mutation whose input cannot be read: it stands at the field and at the variable of the input.
pub(super) fn wrong_argument(call: &Call<'_>, field: &PlanField, message: String) -> FieldError {
    let mut error = FieldError::new(message, "INVALID_FIELD_ARGUMENTS");
    if let Some((_, Value::Variable(position))) = field.arguments.first() {
        let definition = call.operation.variables.get(usize::from(*position));
        error.also_at = definition.map(|definition| definition.location);
    }
    error
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

/// A state that can be adjusted, by its name.
pub(super) fn state_named(name: &str) -> Option<&'static str> {
    let others = OTHER_STATES.into_iter();
    let mut states = others.chain(["available"]);
    states.find(|state| *state == name)
}

/// Makes the location of a level stock its item, if it does not.
pub(super) fn stock_it(store: &mut Store, call: &Call<'_>, event: u64, level: (u32, u16)) {
    store.start_to_stock(call.now, event, level, call.cause());
}

/// Writes to a state of a level: one that is only counted changes by `delta`, what can be bought is written to `target`.
pub(super) fn write_state(
    store: &mut Store,
    call: &Call<'_>,
    (event, level): (u64, (u32, u16)),
    (name, delta): (&str, i64),
    target: Target,
) {
    match OTHER_STATES.iter().position(|state| *state == name) {
        Some(other) => store.state.stock.level_mut(level.0, level.1).others[other] += delta,
        None => store.write(LevelWrite {
            event,
            level,
            target,
            sent_at: call.sent_at,
            received_at: call.now,
        }),
    }
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
    fn inventory_payload(
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
