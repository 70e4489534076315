//! Refunds through the API: `refundCreate` and its REST twin (sheet sections 3.2, 3.3 and 4.1).
//!
//! Units refunded with `CANCEL` leave the order unshipped and go back on sale where they were committed; units with
//! `RETURN` come back from the buyer to the location named, or to the one they left; units with `NO_RESTOCK` are taken
//! from what is not shipped yet, then from what is, and go nowhere.

use crate::shopify::api::errors::{FieldError, UserError};
use crate::shopify::api::execute::Call;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::idempotency::{Effect, Gate, MISMATCH};
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::json::Json;
use crate::shopify::machine::Shopify;
use crate::shopify::api::queries::reader::{Reader, null};
use crate::shopify::signals::Subject;
use crate::shopify::model::state::{RefundLine, RestockType};
use crate::shopify::model::subscriptions::Topic;
use crate::core::{Cause, Micros, OrderRef};

/// Units of one line to refund.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefundedUnits {
    /// The order's line.
    pub line: u32,
    /// How many, at least 1.
    pub quantity: u32,
    /// What becomes of them.
    pub restock: RestockType,
    /// Where returned units are put.
    pub location: Option<u16>,
}

/// A refund that may be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefundRequest {
    /// The order.
    pub order: u32,
    /// The units.
    pub units: Vec<RefundedUnits>,
    /// The money paid back, in cents.
    pub amount_cents: i64,
    /// The staff's note.
    pub note: Option<String>,
}

/// Cents of a decimal text or number; `None` when it is neither, negative or absurd.
pub(crate) fn cents(value: &Json<'_>) -> Option<i64> {
    let text = match value {
        Json::Text(text) => text.trim().to_owned(),
        Json::Int(value) => value.to_string(),
        Json::Float(value) => value.to_string(),
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let digit = |at: usize| {
        fraction
            .as_bytes()
            .get(at)
            .map_or(0, |b| i64::from(b - b'0'))
    };
    Some(whole.parse::<i64>().ok()? * 100 + digit(0) * 10 + digit(1))
}

impl Shopify {
    /// Checks a refund: lines, quantities, then money.
    pub(crate) fn check_refund(&self, request: &RefundRequest) -> Vec<UserError> {
        let state = &self.state;
        let order = &state.orders[request.order as usize];
        let mut errors = Vec::new();
        for (index, unit) in request.units.iter().enumerate() {
            let line = &state.lines[unit.line as usize];
            let mut refuse = |member: &'static str, message: &'static str| {
                errors.push(UserError {
                    field: vec![
                        "refundLineItems".into(),
                        index.to_string().into(),
                        member.into(),
                    ],
                    message: message.into(),
                    code: "",
                });
            };
            let same_line = |other: &&RefundedUnits| other.line == unit.line;
            let wanted: u64 = request
                .units
                .iter()
                .filter(same_line)
                .map(|other| u64::from(other.quantity))
                .sum();
            let of_kind = |kind: RestockType| -> u64 {
                request
                    .units
                    .iter()
                    .filter(same_line)
                    .filter(|other| other.restock == kind)
                    .map(|other| u64::from(other.quantity))
                    .sum()
            };
            let waiting = u64::from(self.waiting(request.order, unit.line));
            if unit.quantity == 0 {
                refuse("quantity", "Quantity must be greater than 0");
            } else if wanted > u64::from(line.current_quantity) {
                refuse(
                    "quantity",
                    "Quantity cannot refund more items than were purchased",
                );
            } else if of_kind(RestockType::Cancel) > waiting {
                refuse(
                    "restockType",
                    "Restock type cannot cancel items that have been fulfilled",
                );
            } else if of_kind(RestockType::Return) > u64::from(line.fulfilled - line.returned) {
                refuse(
                    "restockType",
                    "Restock type cannot return items that have not been fulfilled",
                );
            }
        }
        let received = order.total_cents - order.refunded_cents;
        if errors.is_empty() && request.amount_cents > received {
            let money = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
            let message = format!(
                "Refund amount {} is greater than net payment received {}",
                money(request.amount_cents),
                money(received)
            );
            errors.push(UserError::plain(["transactions"], message));
        }
        errors
    }

    /// Units of a line that fulfillment orders still have to ship.
    fn waiting(&self, order: u32, line: u32) -> u32 {
        self.state
            .fulfillment_orders_of(order)
            .flat_map(|at| self.state.fulfillment_orders[at as usize].lines.range())
            .map(|at| &self.state.fulfillment_order_lines[at])
            .filter(|assigned| assigned.line == line)
            .map(|assigned| assigned.remaining)
            .sum()
    }

    /// Takes up to `quantity` unshipped units of a line out of the order, and says how many it took from where.
    fn take_unshipped(
        &mut self,
        now: Micros,
        order: u32,
        line: u32,
        quantity: u32,
    ) -> Vec<(u16, u32)> {
        let mut left = quantity;
        let mut taken = Vec::new();
        let listing = self.state.lines[line as usize].listing;
        let fulfillment_orders: Vec<u32> = self.state.fulfillment_orders_of(order).collect();
        for at in fulfillment_orders {
            let record = &mut self.state.fulfillment_orders[at as usize];
            let (location, lines) = (record.location, record.lines);
            for assigned in lines.range() {
                let assigned = &mut self.state.fulfillment_order_lines[assigned];
                let here = if assigned.line == line {
                    assigned.remaining.min(left)
                } else {
                    0
                };
                if here == 0 {
                    continue;
                }
                assigned.remaining -= here;
                assigned.total -= here;
                left -= here;
                self.state.fulfillment_orders[at as usize].updated_at = now;
                self.state.level_mut(listing, location).committed -= i64::from(here);
                taken.push((location, here));
            }
        }
        let took = quantity - left;
        self.state.orders[order as usize].removed_units += took;
        self.state.lines[line as usize].current_quantity -= took;
        taken
    }

    /// Books a refund that [`Shopify::check_refund`] has nothing against, and returns its position.
    pub(crate) fn apply_refund(&mut self, now: Micros, request: RefundRequest) -> u32 {
        let order = request.order;
        let event = self.signals.new_event();
        let mut lines = Vec::with_capacity(request.units.len());
        for unit in &request.units {
            let listing = self.state.lines[unit.line as usize].listing;
            let mut left = unit.quantity;
            if unit.restock != RestockType::Return {
                for (location, quantity) in self.take_unshipped(now, order, unit.line, left) {
                    left -= quantity;
                    if unit.restock == RestockType::Cancel {
                        let cause = Cause::Cancelled(OrderRef(order));
                        let level = (listing, location);
                        self.move_available(now, event, level, i64::from(quantity), cause);
                    }
                    lines.push(RefundLine {
                        line: unit.line,
                        quantity,
                        location,
                        restock: unit.restock,
                    });
                }
            }
            if left > 0 {
                let location = unit
                    .location
                    .unwrap_or_else(|| self.shipped_from(order, unit.line));
                let record = &mut self.state.lines[unit.line as usize];
                record.returned += left;
                record.current_quantity = record.current_quantity.saturating_sub(left);
                self.state.orders[order as usize].returned_units += left;
                if unit.restock == RestockType::Return {
                    let cause = Cause::Returned(OrderRef(order));
                    self.stock(listing, location);
                    let level = (listing, location);
                    self.move_available(now, event, level, i64::from(left), cause);
                }
                lines.push(RefundLine {
                    line: unit.line,
                    quantity: left,
                    location,
                    restock: unit.restock,
                });
            }
        }
        let first_line = self.state.refund_lines.len() as u32;
        self.state.refund_lines.append(&mut lines);
        let refund = self.book_refund(now, order, request.amount_cents, first_line);
        if let Some(note) = request.note {
            self.state.refund_notes.insert(refund, note);
        }
        self.touch(now, order);
        self.raise(now, event, Topic::RefundsCreate, Subject::Refund(refund));
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
        refund
    }

    /// Executes `refundCreate` and appends the payload.
    pub(crate) fn create_refund(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let ticket = match self.gate(call, field)? {
            Gate::New(ticket) => ticket,
            Gate::Repeated(effect) => {
                let refund = match effect {
                    Effect::Refund(refund) => Some(refund),
                    _ => None,
                };
                return Ok(self.reader(call).refund_payload(field, refund, &[], out));
            }
            Gate::Mismatch => {
                let error = UserError::plain([], MISMATCH);
                let reader = self.reader(call);
                return Ok(reader.refund_payload(field, None, &[error], out));
            }
        };
        let input = field.argument("input", call.variables).unwrap_or_default();
        let order = input.get("orderId").and_then(Json::text).unwrap_or("");
        Gid::parse(order)
            .filter(|gid| gid.name == "Order")
            .ok_or_else(FieldError::invalid_id)?;
        let read = self.read_refund(&input);
        let refused = match read {
            Ok(request) => match self.check_refund(&request) {
                errors if errors.is_empty() => {
                    let refund = self.apply_refund(call.now, request);
                    self.idempotency
                        .keep(call.now, ticket, Effect::Refund(refund));
                    let reader = self.reader(call);
                    return Ok(reader.refund_payload(field, Some(refund), &[], out));
                }
                errors => errors,
            },
            Err(error) => vec![error],
        };
        Ok(self.reader(call).refund_payload(field, None, &refused, out))
    }

    fn read_refund(&self, input: &Json<'_>) -> Result<RefundRequest, UserError> {
        let gid = input.get("orderId").and_then(Json::text).unwrap_or("");
        let order = ids::ORDER
            .find(gid, self.state.orders.len())
            .ok_or_else(|| UserError::plain(["orderId"], "Order does not exist"))?;
        let range = self.state.orders[order as usize].lines.range();
        let mut units = Vec::new();
        for (index, row) in input
            .get("refundLineItems")
            .map_or(&[][..], Json::list)
            .iter()
            .enumerate()
        {
            let refuse = |member: &'static str, message: &'static str| UserError {
                field: vec![
                    "refundLineItems".into(),
                    index.to_string().into(),
                    member.into(),
                ],
                message: message.into(),
                code: "",
            };
            let text = |member| row.given(member).and_then(Json::text);
            let line = ids::LINE_ITEM
                .find(text("lineItemId").unwrap_or(""), self.state.lines.len())
                .filter(|line| range.contains(&(*line as usize)))
                .ok_or_else(|| refuse("lineItemId", "Line item does not exist"))?;
            let location = match text("locationId") {
                None => None,
                Some(gid) => Some(
                    ids::LOCATION
                        .find(gid, self.state.shop.locations.len())
                        .ok_or_else(|| refuse("locationId", "Location does not exist"))?
                        as u16,
                ),
            };
            let quantity = row.get("quantity").and_then(Json::int).unwrap_or(0);
            units.push(RefundedUnits {
                line,
                quantity: u32::try_from(quantity.max(0)).unwrap_or(u32::MAX),
                restock: text("restockType")
                    .and_then(RestockType::named)
                    .unwrap_or(RestockType::NoRestock),
                location,
            });
        }
        let mut amount_cents = 0i64;
        for transaction in input.get("transactions").map_or(&[][..], Json::list) {
            if transaction.get("kind").and_then(Json::text) == Some("REFUND") {
                let amount = transaction.get("amount").and_then(cents).ok_or_else(|| {
                    UserError::plain(["transactions"], "Amount is not a valid money value")
                })?;
                amount_cents = amount_cents.saturating_add(amount);
            }
        }
        Ok(RefundRequest {
            order,
            units,
            amount_cents,
            note: input.given("note").and_then(Json::text).map(str::to_owned),
        })
    }
}

impl Reader<'_> {
    fn refund_payload(
        &self,
        field: &PlanField,
        refund: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match (part.field, refund) {
                (Field::UserErrors, _) => self.user_errors(part, errors, out),
                (Field::Refund, Some(refund)) => self.refund(part.selection(), refund, out),
                (Field::Order, Some(refund)) => {
                    let order = self.state.refunds[refund as usize].order;
                    self.order(part.selection(), order, out)
                }
                (Field::Refund | Field::Order, None) => {
                    null(out);
                    0
                }
                _ => {
                    self.unserved(part, out);
                    0
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_from_texts_and_numbers() {
        let read = |text: &str| cents(&serde_json::from_str(text).unwrap());
        assert_eq!(read("\"23.49\""), Some(2_349));
        assert_eq!(read("\"23.5\""), Some(2_350));
        assert_eq!(read("23"), Some(2_300));
        assert_eq!(read("0.5"), Some(50));
        assert_eq!(read("\"-1\""), None);
        assert_eq!(read("\"x\""), None);
        assert_eq!(read("null"), None);
    }
}
