//! Payments of orders that apps made: `orderCapture`, `transactionVoid`, `orderMarkAsPaid`, `orderCreateManualPayment`
//! (docs/platforms/shopify.md 3.5). An order of the storefront has been paid by one sale, so that all four refuse it.

use super::order_input;
use super::refunds::cents;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::model::made::PaymentKind;
use crate::shopify::model::payments::Transaction;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// The transaction of a gid and its order.
fn transaction(state: &State, gid: &str) -> Option<(u32, Transaction)> {
    let parsed = Gid::parse(gid).filter(|gid| gid.name == ids::PAYMENT_TRANSACTION.name)?;
    let found = state.find_transaction(parsed.number()?);
    found.filter(|(order, _)| !state.orders[*order as usize].is_deleted)
}

/// The successful authorization that a transaction is, if it is one.
fn authorization(state: &State, transaction: Transaction) -> Option<u32> {
    let Transaction::Payment(at) = transaction else {
        return None;
    };
    let payment = &state.payments[at as usize];
    let is_one = payment.kind == PaymentKind::Authorization && payment.succeeded();
    is_one.then_some(at)
}

/// `orderCapture`.
pub(crate) fn capture(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let made = capture_as_told(store, call, &input);
    let reader = call.reader(&store.state);
    Ok(reader.transaction_payload(field, made, out))
}

fn capture_as_told(store: &mut Store, call: &Call<'_>, input: &Json<'_>) -> Result<u32, UserError> {
    let state = &store.state;
    let text = |name: &str| input.given(name).and_then(Json::text);
    let refused = |message: &'static str| UserError::plain([], message);
    let order = state
        .find_order(text("id").unwrap_or(""))
        .ok_or_else(|| UserError::plain(["id"], "Order does not exist"))?;
    let (_, parent) = transaction(state, text("parentTransactionId").unwrap_or(""))
        .filter(|(of, _)| *of == order)
        .ok_or_else(|| refused("Unable to find parent transaction"))?;
    let authorization = authorization(state, parent)
        .ok_or_else(|| refused("Parent transaction should be a successful authorization"))?;
    if !state.is_open_authorization(authorization) {
        return Err(refused("Can only capture successful authorizations"));
    }
    if input.given("finalCapture").is_some() {
        return Err(refused(
            "Setting final capture is not supported for this transaction's payment gateway. Please remove the parameter or set it to null, then try again.",
        ));
    }
    let (shop, presentment) = state.currencies(order);
    let has_two = shop != presentment;
    if text("currency").map_or(has_two, |given| given != presentment) {
        let message = format!("Currency Currency must match parent transaction {presentment}");
        return Err(UserError::plain(["currency"], message));
    }
    let amount = input.get("amount").and_then(cents).unwrap_or(0);
    if amount <= 0 {
        return Err(refused(
            "Amount must be greater than zero for capture transactions",
        ));
    }
    let authorized = state.payments[authorization as usize].cents;
    let shown = state.presented_cents(order, authorized);
    if amount > shown {
        let (whole, rest) = (shown / 100, shown % 100);
        let message =
            format!("Cannot capture more than the authorized {whole}.{rest:02} for this payment.");
        return Err(UserError::plain([], message));
    }
    let made = state.made(order);
    let amount = made.map_or(amount, |made| made.rate.in_shop_currency(amount));
    Ok(store.capture(call.now, authorization, amount))
}

/// `transactionVoid`.
pub(crate) fn void(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("parentTransactionId", call.variables)
        .unwrap_or_default();
    let refused = |message, code| UserError::coded(["parentTransactionId"], message, code);
    let made = match transaction(&store.state, &gid) {
        None => Err(refused(
            "Transaction does not exist",
            "TRANSACTION_NOT_FOUND",
        )),
        Some((_, parent)) => match authorization(&store.state, parent) {
            None => Err(refused(
                "Parent transaction must be a successful authorization",
                "AUTH_NOT_SUCCESSFUL",
            )),
            Some(at) if !store.state.is_open_authorization(at) => Err(refused(
                "Parent transaction require a parent_id referring to a voidable transaction",
                "AUTH_NOT_VOIDABLE",
            )),
            Some(at) => Ok(store.void(call.now, at)),
        },
    };
    let reader = call.reader(&store.state);
    Ok(reader.transaction_payload(field, made, out))
}

/// `orderMarkAsPaid`.
pub(crate) fn mark_as_paid(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("input", call.variables).unwrap_or_default();
    let gid = input.get("id").and_then(Json::text).unwrap_or("");
    match Gid::parse(gid) {
        Some(parsed) if parsed.name == ids::ORDER.name => {}
        Some(_) => return Err(FieldError::other_type(gid)),
        None => return Err(FieldError::invalid_id()),
    }
    let found = store.state.find_order(gid);
    let error = match found {
        None => Some(UserError::plain(["id"], "Order does not exist")),
        Some(order) if !store.state.can_be_marked_as_paid(order) => {
            Some(UserError::plain(["id"], "Order cannot be marked as paid."))
        }
        Some(order) => {
            store.mark_as_paid(call.now, order);
            None
        }
    };
    let reader = call.reader(&store.state);
    Ok(reader.order_payload(field, found, error.as_slice(), out))
}

/// `orderCreateManualPayment`.
pub(crate) fn pay_by_hand(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let gid = field
        .text_argument("id", call.variables)
        .unwrap_or_default();
    let amount = field
        .argument("amount", call.variables)
        .filter(|amount| **amount != Json::Null);
    let processed = field.text_argument("processedAt", call.variables);
    let processed = order_input::read_time(processed.as_deref(), "processedAt")?;
    let method = field.text_argument("paymentMethodName", call.variables);
    let refused = |step, message, code| UserError::coded([step], message, code);
    let state = &store.state;
    let now_unix = state.shop.epoch.unix_secs(call.now) * 1_000_000;
    let found = state.find_order(&gid);
    let outstanding = found.map_or(0, |order| state.outstanding_cents(order));
    let currency = |amount: &Json<'_>| {
        let given = amount.get("currencyCode").and_then(Json::text);
        given.map(str::to_owned)
    };
    let wanted = amount.as_deref().map(|amount| {
        let amount_cents = amount.get("amount").and_then(cents).unwrap_or(0);
        (amount_cents, currency(amount))
    });
    let checked = match (found, &wanted) {
        (None, _) => Err(refused("id", "Order does not exist", "ORDER_NOT_FOUND")),
        (Some(order), Some((_, Some(code)))) if *code != state.currencies(order).1 => Err(refused(
            "amount",
            "Currency must be that of the order",
            "CURRENCY_MISMATCH",
        )),
        (Some(_), Some((amount, _))) if *amount <= 0 => Err(refused(
            "amount",
            "Amount must be greater than zero",
            "AMOUNT_NOT_POSITIVE",
        )),
        (Some(order), wanted) => {
            let made = state.made(order);
            let cents = wanted.as_ref().map_or(outstanding, |(amount, _)| {
                made.map_or(*amount, |made| made.rate.in_shop_currency(*amount))
            });
            if processed.is_some_and(|at| at > now_unix + 1_000_000) {
                Err(refused(
                    "processedAt",
                    "Processed at must not be in the future",
                    "PROCESSED_AT_INVALID",
                ))
            } else if cents <= 0 || cents > outstanding {
                Err(refused(
                    "amount",
                    "Amount exceeds the outstanding balance",
                    "AMOUNT_EXCEEDS_BALANCE",
                ))
            } else {
                Ok((order, cents))
            }
        }
    };
    let error = match checked {
        Ok((order, cents)) => {
            let at = processed.unwrap_or(now_unix);
            store.pay_by_hand(call.now, order, cents, method.as_deref(), at);
            None
        }
        Err(error) => Some(error),
    };
    let reader = call.reader(&store.state);
    let shown = found.filter(|_| error.is_none());
    Ok(reader.order_payload(field, shown, error.as_slice(), out))
}

impl Reader<'_> {
    fn transaction_payload(
        &self,
        field: &PlanField,
        made: Result<u32, UserError>,
        out: &mut Vec<u8>,
    ) -> u64 {
        self.outcome(
            field,
            Field::Transaction,
            made,
            out,
            |selection, at, out| self.transaction(selection, Transaction::Payment(at), out),
        )
    }

    fn order_payload(
        &self,
        field: &PlanField,
        order: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = [(Field::Order, order)];
        self.payload(field.selection(), errors, shown, out, |part, order, out| {
            self.order(part.selection(), order, out)
        })
    }
}
