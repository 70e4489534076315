//! Transactions of orders, and money of orders, as GraphQL objects (docs/platforms/shopify.md 3.5).

use super::reader::{Reader, null_object};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::json::{write_bool, write_decimal, write_text};
use crate::shopify::model::ids;
use crate::shopify::model::order_texts::write_unix_micros;
use crate::shopify::model::payments::Transaction;

impl Reader<'_> {
    /// Appends money of an order: in the shop's currency and in the buyer's.
    pub(crate) fn order_money(
        &self,
        field: &PlanField,
        order: u32,
        cents: i64,
        out: &mut Vec<u8>,
    ) -> u64 {
        let (shop, presentment) = self.state.currencies(order);
        self.object(field.selection(), out, |money, out| {
            let (cents, currency) = match money.field {
                Field::PresentmentMoney => (self.state.presented_cents(order, cents), presentment),
                _ => (cents, shop),
            };
            self.object(money.selection(), out, |part, out| {
                match part.field {
                    Field::Amount => write_decimal(cents, out),
                    Field::CurrencyCode => write_text(currency, out),
                    _ => self.unserved(part, out),
                }
                0
            })
        })
    }

    /// Appends a transaction's fields.
    pub(crate) fn transaction(
        &self,
        selection: &Selection,
        transaction: Transaction,
        out: &mut Vec<u8>,
    ) -> u64 {
        let state = self.state;
        let (order, cents, created_at) = state.outline(transaction);
        let payment = match transaction {
            Transaction::Payment(at) => Some(&state.payments[at as usize]),
            _ => None,
        };
        let gateway = state.gateway_of(transaction);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => match transaction {
                    Transaction::Sale(order) => {
                        ids::SALE_TRANSACTION.write_gid(u64::from(order), out);
                    }
                    Transaction::Payment(at) => {
                        ids::PAYMENT_TRANSACTION.write_gid(u64::from(at), out);
                    }
                    Transaction::Refund(at) => {
                        ids::REFUND_TRANSACTION.write_gid(u64::from(at), out);
                    }
                },
                Field::Kind => write_text(
                    match transaction {
                        Transaction::Refund(_) => "REFUND",
                        _ => payment.map_or("SALE", |payment| payment.kind.word()),
                    },
                    out,
                ),
                Field::Status => {
                    write_text(payment.map_or("SUCCESS", |payment| payment.status), out);
                }
                Field::Gateway => write_text(gateway, out),
                Field::AmountSet => return self.order_money(field, order, cents, out),
                Field::CreatedAt => self.time(created_at, out),
                Field::ProcessedAt => match payment {
                    Some(payment) => write_unix_micros(payment.processed_unix_micros, out),
                    None => self.time(created_at, out),
                },
                Field::Test => {
                    write_bool(payment.is_some_and(|payment| payment.is_test), out);
                }
                // Only gateways of payments taken by hand are called so; the others' captures are not offered here.
                Field::ManualPaymentGateway => write_bool(gateway == "manual", out),
                Field::ManuallyCapturable | Field::MultiCapturable => write_bool(false, out),
                Field::Order => return 1 + self.order(field.selection(), order, out),
                Field::ParentTransaction => {
                    return match state.parent_of(transaction) {
                        Some(parent) => 1 + self.transaction(field.selection(), parent, out),
                        None => null_object(out),
                    };
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }
}
