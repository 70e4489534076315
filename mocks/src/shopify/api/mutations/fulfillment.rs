//! `fulfillmentCreate` and `fulfillmentTrackingInfoUpdate` (docs/platforms/shopify.md 7).

use crate::core::{Fact, Micros, OrderRef};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::fulfillment::Tracking;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;
use crate::shopify::shop::shipping::ShippedUnits;

/// A shipment that may be booked.
struct Shipment {
    order: u32,
    location: u16,
    units: Vec<ShippedUnits>,
}

/// Why a shipment may not be booked, and the order whose state forbids it.
struct Obstacle {
    error: UserError,
    order: Option<u32>,
}

impl From<&'static str> for Obstacle {
    fn from(message: &'static str) -> Obstacle {
        Obstacle {
            error: UserError::plain(["fulfillment"], message),
            order: None,
        }
    }
}

/// Books a shipment and appends the payload.
pub(crate) fn create(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field
        .argument("fulfillment", call.variables)
        .unwrap_or_default();
    Ok(match ship_as_told(store, call.now, &input) {
        Ok(at) => call
            .reader(&store.state)
            .fulfillment_payload(field, Some(at), &[], out),
        Err(error) => call
            .reader(&store.state)
            .fulfillment_payload(field, None, &[error], out),
    })
}

/// Books the shipment that an input in GraphQL's shape describes; the error is the platform's.
pub(crate) fn ship_as_told(
    store: &mut Store,
    now: Micros,
    input: &Json<'_>,
) -> Result<u32, UserError> {
    match shipment(&store.state, now, input) {
        Ok(shipment) => {
            let tracking = input
                .given("trackingInfo")
                .map(tracking)
                .unwrap_or_default();
            Ok(store.ship(
                now,
                shipment.order,
                shipment.location,
                &shipment.units,
                tracking,
            ))
        }
        Err(obstacle) => {
            if let Some(order) = obstacle.order {
                store.fact(Fact::FulfillmentRefused {
                    order: OrderRef(order),
                });
            }
            Err(obstacle.error)
        }
    }
}

/// Checks a shipment: quantities first, then existence, state and remaining units.
fn shipment(state: &State, now: Micros, input: &Json<'_>) -> Result<Shipment, Obstacle> {
    let groups = input
        .get("lineItemsByFulfillmentOrder")
        .map_or(&[][..], Json::list);
    for (index, group) in groups.iter().enumerate() {
        let rows = group
            .get("fulfillmentOrderLineItems")
            .map_or(&[][..], Json::list);
        for (row_index, row) in rows.iter().enumerate() {
            if row.get("quantity").and_then(Json::int).unwrap_or(0) <= 0 {
                let error = UserError::plain(
                    ["fulfillment", "lineItemsByFulfillmentOrder"],
                    "Quantity must be greater than 0",
                )
                .at_row(index, &["fulfillmentOrderLineItems"])
                .at_row(row_index, &["quantity"]);
                return Err(Obstacle { error, order: None });
            }
        }
    }
    let mut found: Vec<(u32, &[Json<'_>])> = Vec::with_capacity(groups.len());
    for group in groups {
        let gid = group
            .get("fulfillmentOrderId")
            .and_then(Json::text)
            .unwrap_or("");
        let position = state
            .routed_fulfillment_order(gid, now)
            .ok_or("Fulfillment order does not exist.")?;
        let rows = group
            .get("fulfillmentOrderLineItems")
            .map_or(&[][..], Json::list);
        found.push((position, rows));
    }
    let Some(&(first, _)) = found.first() else {
        return Err("Fulfillment order does not exist.".into());
    };
    let first = &state.fulfillment_orders[first as usize];
    let listed = |numbers: &mut dyn Iterator<Item = u64>| {
        let mut numbers: Vec<u64> = numbers.collect();
        numbers.sort_unstable();
        numbers.dedup();
        let texts: Vec<String> = numbers.iter().map(u64::to_string).collect();
        texts.join(", ")
    };
    let records = || {
        found
            .iter()
            .map(|(at, _)| &state.fulfillment_orders[*at as usize])
    };
    if records().any(|record| record.order != first.order) {
        let orders = listed(&mut records().map(|r| ids::ORDER.number(u64::from(r.order))));
        let message = format!(
            "All fulfillment orders must belong to the same order. Multiple orders with ids [{orders}] were found."
        );
        return Err(Obstacle {
            error: UserError::plain(["fulfillment"], message),
            order: None,
        });
    }
    if records().any(|record| record.location != first.location) {
        let locations = listed(&mut records().map(|r| ids::LOCATION.number(u64::from(r.location))));
        let message = format!(
            "All fulfillment orders must be assigned to a single location. Multiple locations with ids [{locations}] were found."
        );
        return Err(Obstacle {
            error: UserError::plain(["fulfillment"], message),
            order: None,
        });
    }
    let mut units: Vec<ShippedUnits> = Vec::new();
    for &(position, rows) in &found {
        let record = &state.fulfillment_orders[position as usize];
        let status = state.fulfillment_order_status(record);
        if matches!(status, "CLOSED" | "ON_HOLD") {
            let number = ids::FULFILLMENT_ORDER.number(u64::from(position));
            let message = format!(
                "Fulfillment order {number} has an unfulfillable status= {}.",
                status.to_ascii_lowercase()
            );
            // Only what is already shipped or cancelled is a refusal in the ledger's sense.
            return Err(Obstacle {
                error: UserError::plain(["fulfillment"], message),
                order: (status == "CLOSED").then_some(record.order),
            });
        }
        if rows.is_empty() {
            let open = record.lines().filter_map(|at| {
                let remaining = state.fulfillment_order_lines[at].remaining;
                (remaining > 0).then_some(ShippedUnits {
                    line: at as u32,
                    quantity: remaining,
                })
            });
            units.extend(open);
            continue;
        }
        for row in rows {
            let gid = row.get("id").and_then(Json::text).unwrap_or("");
            let line = ids::FULFILLMENT_ORDER_LINE
                .find(gid, state.fulfillment_order_lines.len())
                .filter(|line| record.lines().any(|at| at == *line as usize))
                .ok_or("Fulfillment order line item does not exist.")?;
            let quantity = row.get("quantity").and_then(Json::int).unwrap_or(0);
            let already: i64 = units
                .iter()
                .filter(|shipped| shipped.line == line)
                .map(|shipped| i64::from(shipped.quantity))
                .sum();
            let remaining = i64::from(state.fulfillment_order_lines[line as usize].remaining);
            if quantity + already > remaining {
                return Err("Invalid fulfillment order line item quantity requested.".into());
            }
            units.push(ShippedUnits {
                line,
                quantity: quantity as u32,
            });
        }
    }
    // The same fulfillment order given twice without lines would ship its units twice.
    let mut lines: Vec<u32> = units.iter().map(|shipped| shipped.line).collect();
    lines.sort_unstable();
    if lines.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("Invalid fulfillment order line item quantity requested.".into());
    }
    Ok(Shipment {
        order: first.order,
        location: first.location,
        units,
    })
}

/// Replaces a fulfillment's tracking and appends the payload.
pub(crate) fn update_tracking(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("fulfillmentId", call.variables)
        .unwrap_or_default();
    Gid::parse(&gid)
        .filter(|gid| gid.name == "Fulfillment")
        .ok_or_else(FieldError::invalid_id)?;
    let Some(at) = ids::FULFILLMENT.find(&gid, store.state.fulfillments.len()) else {
        let error = UserError::plain(["fulfillmentId"], "Fulfillment does not exist.");
        return Ok(call
            .reader(&store.state)
            .fulfillment_payload(field, None, &[error], out));
    };
    let input = field
        .argument("trackingInfoInput", call.variables)
        .unwrap_or_default();
    store.replace_tracking(call.now, at, tracking(&input));
    Ok(call
        .reader(&store.state)
        .fulfillment_payload(field, Some(at), &[], out))
}

/// Reads tracking: single and plural members mean the same.
pub(crate) fn tracking(input: &Json<'_>) -> Tracking {
    let texts = |one: &str, many: &str| -> Vec<String> {
        let given = input
            .given(many)
            .or_else(|| input.given(one))
            .map_or(&[][..], Json::list);
        given
            .iter()
            .filter_map(Json::text)
            .map(str::to_owned)
            .collect()
    };
    let company = input.given("company").and_then(Json::text);
    Tracking::of(
        company.map(str::to_owned),
        texts("number", "numbers"),
        texts("url", "urls"),
    )
}

impl Reader<'_> {
    pub(super) fn fulfillment_payload(
        &self,
        field: &PlanField,
        fulfillment: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = [(Field::Fulfillment, fulfillment)];
        self.payload(field.selection(), errors, shown, out, |part, at, out| {
            self.fulfillment(part.selection(), at, out)
        })
    }
}
