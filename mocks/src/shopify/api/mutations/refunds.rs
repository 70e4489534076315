//! Refunds through the API: `refundCreate` and its REST twin (docs/platforms/shopify.md 3.2, 3.3 and 4.1).

use crate::core::Party;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::idempotency::{Effect, Gate, IdempotencyStore, MISMATCH};
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::model::refunds::{Discrepancy, RestockType};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;
use crate::shopify::shop::refunds::{RefundRequest, RefundedUnits};

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

/// An amount as the platform's messages write it: `$12.30`; the code stands for a sign that is not known (assumed).
fn money_text(currency: &str, cents: i64) -> String {
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    match currency {
        "USD" | "CAD" | "AUD" | "NZD" => format!("${amount}"),
        "EUR" => format!("€{amount}"),
        "GBP" => format!("£{amount}"),
        code => format!("{amount} {code}"),
    }
}

/// Checks a refund: lines, quantities, then money.
pub(crate) fn check_refund(state: &State, request: &RefundRequest) -> Vec<UserError> {
    let mut errors = Vec::new();
    for (index, unit) in request.units.iter().enumerate() {
        let mut refuse = |member: &'static str, message: &'static str| {
            errors.push(UserError::plain(["refundLineItems"], message).at_row(index, &[member]));
        };
        let same_line = |other: &&RefundedUnits| other.line == unit.line;
        let wanted: u64 = request
            .units
            .iter()
            .filter(same_line)
            .map(|other| u64::from(other.quantity))
            .sum();
        let cancelled: u64 = request
            .units
            .iter()
            .filter(same_line)
            .filter(|other| other.restock == RestockType::Cancel)
            .map(|other| u64::from(other.quantity))
            .sum();
        let waiting = u64::from(state.waiting(request.order, unit.line));
        if unit.quantity == 0 {
            refuse("quantity", "Quantity must be greater than 0");
        } else if wanted > u64::from(state.refundable(request.order, unit.line)) {
            refuse(
                "quantity",
                "Quantity cannot refund more items than were purchased",
            );
        } else if cancelled > waiting {
            refuse(
                "restockType",
                "Restock type cannot cancel items that have been fulfilled",
            );
        }
    }
    let received = state.net_received_cents(request.order);
    if errors.is_empty() && request.amount_cents > received {
        let money = |cents: i64| money_text(state.currencies(request.order).0, cents);
        let message = format!(
            "Refund amount {} is greater than net payment received {}",
            money(request.amount_cents),
            money(received)
        );
        errors.push(UserError::plain([], message));
    }
    errors
}

/// Executes `refundCreate` and appends the payload.
pub(crate) fn create(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let ticket = match keys.gate_call(call, field)? {
        Gate::New(ticket) => ticket,
        Gate::Repeated(effect) => {
            let refund = match effect {
                Effect::Refund(refund) => Some(refund),
                _ => None,
            };
            let order = refund.map(|at| store.state.refunds[at as usize].order);
            return Ok(call
                .reader(&store.state)
                .refund_payload(field, refund, order, &[], out));
        }
        Gate::Mismatch => {
            let error = UserError::plain([], MISMATCH);
            let reader = call.reader(&store.state);
            return Ok(reader.refund_payload(field, None, None, &[error], out));
        }
    };
    let input = field.argument("input", call.variables).unwrap_or_default();
    let order = input.get("orderId").and_then(Json::text).unwrap_or("");
    Gid::parse(order)
        .filter(|gid| gid.name == "Order")
        .ok_or_else(FieldError::invalid_id)?;
    let named = store.state.find_order(order);
    let read = read_refund(&store.state, &input);
    let refused = match read {
        Ok(request) => match check_refund(&store.state, &request) {
            errors if errors.is_empty() => {
                let refund = store.apply_refund(call.now, request);
                keys.keep(call.now, ticket, Effect::Refund(refund));
                let reader = call.reader(&store.state);
                return Ok(reader.refund_payload(field, Some(refund), named, &[], out));
            }
            errors => errors,
        },
        Err(error) => vec![error],
    };
    Ok(call
        .reader(&store.state)
        .refund_payload(field, None, named, &refused, out))
}

/// What a refund is to pay back of an order's shipping: an amount, or all that is left of it. What it names beyond that is money
/// beyond what the refund is of.
pub(crate) fn shipping_cents(
    state: &State,
    order: u32,
    shipping: Option<&Json<'_>>,
    whole: &str,
) -> i64 {
    let left = state.current_shipping_cents(order);
    let Some(shipping) = shipping else {
        return 0;
    };
    match shipping.get(whole).and_then(Json::bool) {
        Some(true) => left,
        _ => {
            let named = shipping.get("amount").and_then(cents);
            named.unwrap_or(0).min(left)
        }
    }
}

/// Whether a gid names a transaction of an order that money can be given back of.
fn brought_money_in(state: &State, order: u32, gid: &str) -> bool {
    let number = Gid::parse(gid).and_then(|gid| gid.number());
    let found = number.and_then(|number| state.find_transaction(number));
    found.is_some_and(|(of, transaction)| of == order && state.brings_money(transaction))
}

fn read_refund(state: &State, input: &Json<'_>) -> Result<RefundRequest, UserError> {
    let gid = input.get("orderId").and_then(Json::text).unwrap_or("");
    let order = state
        .find_order(gid)
        .ok_or_else(|| UserError::plain(["orderId"], "Order does not exist"))?;
    let range = state.orders[order as usize].lines.range();
    let mut units = Vec::new();
    for (index, row) in input
        .get("refundLineItems")
        .map_or(&[][..], Json::list)
        .iter()
        .enumerate()
    {
        let refuse = |member: &'static str, message: &'static str| {
            UserError::plain(["refundLineItems"], message).at_row(index, &[member])
        };
        let text = |member| row.given(member).and_then(Json::text);
        let line = ids::LINE_ITEM
            .find(text("lineItemId").unwrap_or(""), state.lines.len())
            .filter(|line| range.contains(&(*line as usize)))
            .ok_or_else(|| refuse("lineItemId", "Line item does not exist"))?;
        let location = match text("locationId") {
            None => None,
            Some(gid) => Some(
                state
                    .location(gid)
                    .ok_or_else(|| refuse("locationId", "Location does not exist"))?,
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
        let kind = transaction.get("kind").and_then(Json::text).unwrap_or("");
        if kind != "REFUND" {
            let kind = kind.to_ascii_lowercase();
            let message = format!("Kind {kind} is not a valid transaction");
            return Err(UserError::plain([], message));
        }
        let parent = transaction.given("parentId").and_then(Json::text);
        if parent.is_some_and(|gid| !brought_money_in(state, order, gid)) {
            return Err(UserError::plain(
                ["transactions"],
                "Transactions require a parent_id associated with the order",
            ));
        }
        let amount = transaction.get("amount").and_then(cents).ok_or_else(|| {
            UserError::plain(["transactions"], "Amount is not a valid money value")
        })?;
        amount_cents = amount_cents.saturating_add(amount);
    }
    let discrepancy = input.given("discrepancyReason").and_then(Json::text);
    Ok(RefundRequest {
        order,
        units,
        amount_cents,
        shipping_cents: shipping_cents(state, order, input.get("shipping"), "fullRefund"),
        discrepancy: discrepancy.and_then(Discrepancy::named).unwrap_or_default(),
        note: input.given("note").and_then(Json::text).map(str::to_owned),
        by: Party::Seller,
    })
}

impl Reader<'_> {
    fn refund_payload(
        &self,
        field: &PlanField,
        refund: Option<u32>,
        order: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        // The order is shown beside errors, too.
        let shown = [(Field::Refund, refund), (Field::Order, order)];
        self.payload(field.selection(), errors, shown, out, |part, at, out| {
            if part.field == Field::Refund {
                self.refund(part.selection(), at, out)
            } else {
                self.order(part.selection(), at, out)
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
