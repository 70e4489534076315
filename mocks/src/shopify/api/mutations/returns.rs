//! Returns: asked for, made, approved, declined, processed, closed (docs/platforms/shopify.md 3.6).

use crate::shopify::api::call::Call;
use crate::shopify::api::errors::{UserError, too_long};
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::returns::{Disposition, RESTOCKED, ReturnLine, ReturnState};
use crate::shopify::model::span::NONE;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// The most letters of what is noted beside a returned line, by the name of the note.
const NOTES: [(&str, &str, usize); 2] = [
    ("returnReasonNote", "Return reason note", 255),
    ("customerNote", "Customer note", 300),
];
/// The most letters of what is said to a buyer whose request is declined.
const DECLINE_NOTE_LETTERS: usize = 500;

const NOT_FOUND: &str = "NOT_FOUND";
const INVALID_STATE: &str = "INVALID_STATE";

/// An error at a place of the input.
fn refuse(place: &[&'static str], message: &'static str, code: &'static str) -> UserError {
    UserError::coded(place.iter().copied(), message, code)
}

/// The quantity of a row, of which so many are free.
fn quantity_of(row: &Json<'_>, free: u32) -> Option<u32> {
    let quantity = row.get("quantity").and_then(Json::int).unwrap_or(0);
    let quantity = u32::try_from(quantity).ok();
    quantity.filter(|quantity| (1..=free).contains(quantity))
}

/// The refusal of a row that names more of a line than is free, or nothing.
fn wrong_quantity(place: &[&'static str], index: usize) -> UserError {
    let message = "Return line item has an invalid quantity.";
    refuse(place, message, "INVALID").at_row(index, &["quantity"])
}

/// Appends the payload of a mutation that shows a return, or says why not.
fn payload(
    store: &Store,
    call: &Call<'_>,
    field: &PlanField,
    done: Result<u32, UserError>,
    out: &mut Vec<u8>,
) -> u64 {
    let reader = call.reader(&store.state);
    reader.outcome(field, Field::Return, done, out, |selection, at, out| {
        reader.return_object(selection, at, out)
    })
}

/// The return of a gid.
fn find(state: &State, gid: &str, place: &[&'static str]) -> Result<u32, UserError> {
    ids::RETURN
        .find(gid, state.returns.len())
        .ok_or_else(|| refuse(place, "Return not found.", NOT_FOUND))
}

/// `returnRequest`: a buyer's wish, which waits for approval.
pub(crate) fn request(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let done = read_lines(&store.state, &input, "input")
        .map(|(order, lines)| store.add_return(call.now, order, lines, false));
    Ok(payload(store, call, field, done, out))
}

/// `returnCreate`: a return that needs no approval.
pub(crate) fn create(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("returnInput", call.variables);
    let input = input.unwrap_or_default();
    let done = read_lines(&store.state, &input, "returnInput")
        .map(|(order, lines)| store.add_return(call.now, order, lines, true));
    Ok(payload(store, call, field, done, out))
}

/// The order and the lines of a return, of units that have been shipped and are in no other return.
fn read_lines(
    state: &State,
    input: &Json<'_>,
    argument: &'static str,
) -> Result<(u32, Vec<ReturnLine>), UserError> {
    let gid = input.get("orderId").and_then(Json::text).unwrap_or("");
    let order = state
        .find_order(gid)
        .ok_or_else(|| refuse(&[argument, "orderId"], "Order not found.", NOT_FOUND))?;
    let place = [argument, "returnLineItems"];
    let rows = input.get("returnLineItems").map_or(&[][..], Json::list);
    if rows.is_empty() {
        return Err(refuse(&place, "Return line items can't be blank", "BLANK"));
    }
    let mut lines: Vec<ReturnLine> = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let text = |name: &str| row.given(name).and_then(Json::text);
        let unknown = || {
            let message = "Fulfillment line item was not found.";
            refuse(&place, message, NOT_FOUND).at_row(index, &["fulfillmentLineItemId"])
        };
        let gid = text("fulfillmentLineItemId").unwrap_or("");
        let shipped = ids::FULFILLMENT_LINE
            .find(gid, state.fulfillment_lines.len())
            .filter(|at| is_of_order(state, order, *at))
            .ok_or_else(unknown)?;
        let asked = lines.iter().filter(|line| line.fulfillment_line == shipped);
        let asked: u32 = asked.map(|line| line.quantity).sum();
        let free = state.returnable(order, shipped).saturating_sub(asked);
        let quantity = quantity_of(row, free).ok_or_else(|| wrong_quantity(&place, index))?;
        for (member, label, letters) in NOTES {
            let problem = too_long(label, text(member).unwrap_or(""), letters);
            if let Some(message) = problem {
                let error = UserError::coded(place, message, "TOO_LONG");
                return Err(error.at_row(index, &[member]));
            }
        }
        lines.push(ReturnLine {
            of: NONE,
            fulfillment_line: shipped,
            quantity,
            processed: 0,
            refunded: 0,
            restocked_by_refund: 0,
            reason: text("returnReason").unwrap_or("UNKNOWN").to_owned(),
            reason_note: text("returnReasonNote").unwrap_or("").to_owned(),
            customer_note: text("customerNote").map(str::to_owned),
            dispositions: Vec::new(),
        });
    }
    Ok((order, lines))
}

/// Whether a shipment's line left with a shipment of an order that still stands.
fn is_of_order(state: &State, order: u32, line: u32) -> bool {
    let shipments = state.fulfillments_of(&state.orders[order as usize]);
    shipments.into_iter().any(|at| {
        let shipment = &state.fulfillments[at as usize];
        !shipment.is_cancelled && shipment.lines.range().contains(&(line as usize))
    })
}

/// `returnApproveRequest`.
pub(crate) fn approve(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let place = ["input", "id"];
    let gid = input.get("id").and_then(Json::text).unwrap_or("");
    let done = find(&store.state, gid, &place).and_then(|at| {
        if store.state.returns[at as usize].state != ReturnState::Requested {
            return Err(refuse(
                &place,
                "Return is not approvable. Only returns with status REQUESTED can be approved.",
                INVALID_STATE,
            ));
        }
        store.set_return_state(call.now, at, ReturnState::Open);
        Ok(at)
    });
    Ok(payload(store, call, field, done, out))
}

/// `returnDeclineRequest`.
pub(crate) fn decline(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let place = ["input", "id"];
    let text = |name: &str| input.given(name).and_then(Json::text);
    let done = find(&store.state, text("id").unwrap_or(""), &place).and_then(|at| {
        let message = match store.state.returns[at as usize].state {
            ReturnState::Requested => {
                let note = text("declineNote").unwrap_or("");
                if let Some(message) = too_long("Decline note", note, DECLINE_NOTE_LETTERS) {
                    let place = ["input", "declineNote"];
                    return Err(UserError::coded(place, message, "TOO_LONG"));
                }
                let reason = text("declineReason").unwrap_or("OTHER").to_owned();
                let note = text("declineNote").map(str::to_owned);
                store.state.returns[at as usize].decline = Some((reason, note));
                store.set_return_state(call.now, at, ReturnState::Declined);
                return Ok(at);
            }
            ReturnState::Declined => "The return is already declined.",
            _ => {
                "Return is not declinable. Only non-refunded returns with status REQUESTED can be declined."
            }
        };
        Err(refuse(&place, message, INVALID_STATE))
    });
    Ok(payload(store, call, field, done, out))
}

/// Brings the return of the argument `id` into a state that it may come to from another; in it already, it is shown again.
fn change(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
    to: ReturnState,
    refusal: impl FnOnce(&State, u32) -> Option<&'static str>,
) -> u64 {
    let gid = field
        .text_argument("id", call.variables)
        .unwrap_or_default();
    let done = find(&store.state, &gid, &["id"]).and_then(|at| {
        if store.state.returns[at as usize].state == to {
            return Ok(at);
        }
        match refusal(&store.state, at) {
            Some(message) => Err(refuse(&["id"], message, INVALID_STATE)),
            None => {
                store.set_return_state(call.now, at, to);
                Ok(at)
            }
        }
    });
    payload(store, call, field, done, out)
}

/// Why a return that is in none of two states may not go from the one to the other.
fn unless(from: ReturnState) -> impl FnOnce(&State, u32) -> Option<&'static str> {
    move |state, at| {
        let is_there = state.returns[at as usize].state == from;
        (!is_there).then_some("Return status is invalid.")
    }
}

/// `returnClose`.
pub(crate) fn close(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let (to, refusal) = (ReturnState::Closed, unless(ReturnState::Open));
    Ok(change(store, call, field, out, to, refusal))
}

/// `returnReopen`.
pub(crate) fn reopen(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let (to, refusal) = (ReturnState::Open, unless(ReturnState::Closed));
    Ok(change(store, call, field, out, to, refusal))
}

/// `returnCancel`: one that is open or asked for, and of which nothing has been processed.
pub(crate) fn cancel(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let refusal = |state: &State, at: u32| {
        let record = &state.returns[at as usize];
        let is_alive = matches!(record.state, ReturnState::Open | ReturnState::Requested);
        let lines = &state.return_lines[record.lines.range()];
        let is_untouched = lines
            .iter()
            .all(|line| line.processed == 0 && line.dispositions.is_empty());
        (!is_alive || !is_untouched).then_some("Return is not cancelable.")
    };
    let to = ReturnState::Canceled;
    Ok(change(store, call, field, out, to, refusal))
}

/// Rows of a list that name lines of a return and quantities, checked against what `most` leaves of each.
fn read_rows(
    state: &State,
    at: u32,
    rows: &[Json<'_>],
    (place, member): (&[&'static str], &'static str),
    most: impl Fn(&ReturnLine) -> u32,
) -> Result<Vec<(u32, u32)>, UserError> {
    let range = state.returns[at as usize].lines.range();
    let mut found: Vec<(u32, u32)> = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let gid = row.get(member).and_then(Json::text).unwrap_or("");
        let line = ids::RETURN_LINE
            .find(gid, state.return_lines.len())
            .filter(|line| range.contains(&(*line as usize)))
            .ok_or_else(|| {
                let message = "Return line item was not found.";
                refuse(place, message, NOT_FOUND).at_row(index, &[member])
            })?;
        let named = found.iter().filter(|(other, _)| *other == line);
        let named: u32 = named.map(|(_, quantity)| quantity).sum();
        let free = most(&state.return_lines[line as usize]).saturating_sub(named);
        let quantity = quantity_of(row, free).ok_or_else(|| wrong_quantity(place, index))?;
        found.push((line, quantity));
    }
    Ok(found)
}

/// `removeFromReturn`.
pub(crate) fn remove(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("returnId", call.variables)
        .unwrap_or_default();
    let rows = field.argument("returnLineItems", call.variables);
    let rows = rows.unwrap_or_default();
    let place = ["returnId"];
    let done = find(&store.state, &gid, &place).and_then(|at| {
        let state = store.state.returns[at as usize].state;
        if !matches!(state, ReturnState::Open | ReturnState::Requested) {
            return Err(refuse(&place, "Return status is invalid.", INVALID_STATE));
        }
        let where_it_stands = (&["returnLineItems"][..], "returnLineItemId");
        let free = |line: &ReturnLine| line.quantity.saturating_sub(line.gone());
        let removed = read_rows(&store.state, at, rows.list(), where_it_stands, free)?;
        for (line, quantity) in removed {
            store.shrink_return(call.now, line, quantity);
        }
        Ok(at)
    });
    Ok(payload(store, call, field, done, out))
}

/// `returnProcess`: units have come back, and it is said what became of them.
pub(crate) fn process(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let gid = input.get("returnId").and_then(Json::text).unwrap_or("");
    let rows = input.get("returnLineItems").map_or(&[][..], Json::list);
    let done = find(&store.state, gid, &["input", "returnId"]).and_then(|at| {
        if store.state.returns[at as usize].state != ReturnState::Open {
            let place = ["input", "returnId"];
            return Err(refuse(&place, "Return status is invalid.", INVALID_STATE));
        }
        let where_it_stands = (&["input", "returnLineItems"][..], "id");
        let free = |line: &ReturnLine| line.quantity.saturating_sub(line.processed);
        let processed = read_rows(&store.state, at, rows, where_it_stands, free)?;
        let mut disposed = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let named = row.get("dispositions").map_or(&[][..], Json::list);
            let read = read_dispositions(&store.state, named, |message, code| {
                UserError::row("returnLineItems", index, &["dispositions"], message, code)
            });
            disposed.extend(read.map_err(|mut errors| errors.swap_remove(0))?);
        }
        for (line, quantity) in processed {
            store.process_return(call.now, line, quantity);
        }
        for (line, disposition) in disposed {
            store.dispose(call.now, line, disposition);
        }
        Ok(at)
    });
    Ok(payload(store, call, field, done, out))
}

/// `reverseFulfillmentOrderDispose`.
pub(crate) fn dispose(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let rows = field.argument("dispositionInputs", call.variables);
    let rows = rows.unwrap_or_default();
    let at = |message, code| refuse(&["dispositionInputs"], message, code);
    let read = read_dispositions(&store.state, rows.list(), at);
    let (lines, errors): (Option<Vec<u32>>, Vec<UserError>) = match read {
        Ok(disposed) => {
            let lines = disposed.iter().map(|(line, _)| *line).collect();
            for (line, disposition) in disposed {
                store.dispose(call.now, line, disposition);
            }
            (Some(lines), Vec::new())
        }
        Err(errors) => (None, errors),
    };
    let reader = call.reader(&store.state);
    let shown = [(Field::ReverseFulfillmentOrderLineItems, lines.as_deref())];
    Ok(reader.payload(
        field.selection(),
        &errors,
        shown,
        out,
        |part, lines, out| {
            // Lists of a payload cost what stands below them.
            let mut price = 0;
            reader.list(part, lines, out, |selection, line, out| {
                price += reader.reverse_line(selection, *line, out);
                0
            });
            price
        },
    ))
}

/// What is said to have become of units: each with its line. Lines of one return alone may be named at a time. `at` makes
/// an error of a message and a code where the rows stand.
fn read_dispositions(
    state: &State,
    rows: &[Json<'_>],
    at: impl Fn(&'static str, &'static str) -> UserError,
) -> Result<Vec<(u32, Disposition)>, Vec<UserError>> {
    let line_of = |row: &Json<'_>| {
        let gid = row.get("reverseFulfillmentOrderLineItemId");
        let gid = gid.and_then(Json::text).unwrap_or("");
        let found = ids::REVERSE_LINE.find(gid, state.return_lines.len());
        found.filter(|line| state.is_approved_return(state.return_lines[*line as usize].of))
    };
    let lines: Option<Vec<u32>> = rows.iter().map(line_of).collect();
    let of = |line: &u32| state.return_lines[*line as usize].of;
    let lines = lines.filter(|lines| lines.windows(2).all(|pair| of(&pair[0]) == of(&pair[1])));
    let Some(lines) = lines else {
        let message = "Cannot dispose items from more than one reverse fulfillment order.";
        return Err(vec![at(message, "INVALID")]);
    };
    let mut errors = Vec::new();
    let mut disposed: Vec<(u32, Disposition)> = Vec::with_capacity(rows.len());
    for (index, (row, line)) in rows.iter().zip(lines).enumerate() {
        let text = |name: &str| row.given(name).and_then(Json::text);
        let at_row = |member, message, code| at(message, code).at_row(index, &[member]);
        let kind = text("dispositionType").unwrap_or("").to_owned();
        let record = &state.return_lines[line as usize];
        let shipped = state.fulfillment_lines[record.fulfillment_line as usize].line;
        if kind == RESTOCKED && state.listing_of(shipped).is_none() {
            let message = "RESTOCKED is an invalid disposition type for a custom line item.";
            errors.push(at_row("dispositionType", message, "INVALID"));
        }
        let location = text("locationId");
        let found = location.map(|gid| state.active_location(gid));
        if found == Some(None) {
            errors.push(at_row("locationId", "Location not found.", NOT_FOUND));
        }
        let told = disposed.iter().filter(|(other, _)| *other == line);
        let told: u32 = told.map(|(_, it)| it.quantity).sum();
        let free = record.undisposed().saturating_sub(told);
        let Some(quantity) = quantity_of(row, free) else {
            let message = "Disposition has an invalid quantity.";
            errors.push(at_row("quantity", message, "INVALID"));
            continue;
        };
        let location = found.flatten();
        disposed.push((
            line,
            Disposition {
                kind,
                quantity,
                location,
            },
        ));
    }
    if errors.is_empty() {
        Ok(disposed)
    } else {
        Err(errors)
    }
}
