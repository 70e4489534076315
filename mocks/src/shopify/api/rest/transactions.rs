//! Transactions of an order (docs/platforms/shopify.md 3.5).

use super::call::{Reply, RestCall, write_filtered};
use super::orders;
use crate::shopify::json::write_int;
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::state::State;

/// `GET orders/{id}/transactions.json`.
pub(super) fn of_order(state: &State, call: &RestCall<'_>) -> Reply {
    let Some(order) = orders::find(state, call) else {
        return Reply::not_found();
    };
    let payloads = Payloads { state };
    let filter = call.filter();
    Reply::list("transactions", state.transactions_of(order), |one, out| {
        write_filtered(&filter, out, |out| payloads.transaction(one, out));
    })
}

/// `GET orders/{id}/transactions/count.json`.
pub(super) fn count(state: &State, call: &RestCall<'_>) -> Reply {
    match orders::find(state, call) {
        Some(order) => Reply::one("count", |out| {
            write_int(state.transactions_of(order).len(), out);
        }),
        None => Reply::not_found(),
    }
}

/// `GET orders/{id}/transactions/{id}.json`.
pub(super) fn one(state: &State, call: &RestCall<'_>) -> Reply {
    let order = orders::find(state, call);
    let found = state.find_transaction(call.second_id);
    match found.filter(|(of, _)| order == Some(*of)) {
        Some((_, one)) => Reply::one("transaction", |out| {
            let payloads = Payloads { state };
            write_filtered(&call.filter(), out, |out| payloads.transaction(one, out));
        }),
        None => Reply::not_found(),
    }
}
