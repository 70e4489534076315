//! Transactions of orders.

use super::Payloads;
use super::members::cents_text;
use crate::shopify::json::{write_bool, write_text};
use crate::shopify::model::ids::{self, IdSpace};
use crate::shopify::model::payments::Transaction;

/// The number that a transaction has: its kind of number, and its place among those.
fn number_of(transaction: Transaction) -> (IdSpace, u64) {
    match transaction {
        Transaction::Sale(order) => (ids::SALE_TRANSACTION, u64::from(order)),
        Transaction::Payment(at) => (ids::PAYMENT_TRANSACTION, u64::from(at)),
        Transaction::Refund(at) => (ids::REFUND_TRANSACTION, u64::from(at)),
    }
}

impl Payloads<'_> {
    /// Appends a transaction's number.
    pub(crate) fn transaction_number(&self, transaction: Transaction, out: &mut Vec<u8>) {
        let (space, position) = number_of(transaction);
        space.write_number(position, out);
    }

    /// Appends a transaction as REST lists it.
    pub(crate) fn transaction(&self, transaction: Transaction, out: &mut Vec<u8>) {
        let state = self.state;
        let (order, cents, created_at) = state.outline(transaction);
        let payment = match transaction {
            Transaction::Payment(at) => Some(&state.payments[at as usize]),
            _ => None,
        };
        let kind = match transaction {
            Transaction::Refund(_) => "refund".to_owned(),
            _ => payment.map_or_else(
                || "sale".to_owned(),
                |payment| payment.kind.word().to_ascii_lowercase(),
            ),
        };
        let status = payment.map_or("success".to_owned(), |payment| {
            payment.status.to_ascii_lowercase()
        });
        let (space, position) = number_of(transaction);
        out.extend_from_slice(b"{\"id\":");
        space.write_number(position, out);
        out.extend_from_slice(b",\"order_id\":");
        ids::ORDER.write_number(u64::from(order), out);
        out.extend_from_slice(b",\"parent_id\":");
        match state.parent_of(transaction).map(number_of) {
            Some((space, position)) => space.write_number(position, out),
            None => out.extend_from_slice(b"null"),
        }
        for (name, text) in [
            ("kind", kind.as_str()),
            ("status", &status),
            ("gateway", state.gateway_of(transaction)),
            ("currency", state.currencies(order).0),
        ] {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            write_text(text, out);
        }
        out.extend_from_slice(b",\"amount\":");
        cents_text(cents, out);
        out.extend_from_slice(b",\"created_at\":");
        self.time(created_at, out);
        out.extend_from_slice(b",\"processed_at\":");
        match payment {
            Some(payment) => self.unix_time(payment.processed_unix_micros, out),
            None => self.time(created_at, out),
        }
        out.extend_from_slice(b",\"test\":");
        write_bool(payment.is_some_and(|payment| payment.is_test), out);
        out.extend_from_slice(br#","message":null,"authorization":null,"location_id":null,"user_id":null,"device_id":null,"error_code":null,"source_name":"web","receipt":{},"admin_graphql_api_id":"#);
        space.write_gid(position, out);
        out.push(b'}');
    }
}
