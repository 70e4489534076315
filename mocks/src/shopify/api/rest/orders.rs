//! `orders`: lists over the same lagging index as GraphQL's, single orders, cancellation. An order has the webhooks'
//! shape.

use http::StatusCode;

use super::call::{Reply, RestCall};
use super::paging::PageRequest;
use crate::core::Party;
use crate::shopify::api::queries::order_search::{OrderSearch, OrderSort};
use crate::shopify::api::queries::paging::PageArguments;
use crate::shopify::api::queries::search::{Comparison, Term};
use crate::shopify::json::{Json, write_int};
use crate::shopify::model::ids;
use crate::shopify::model::orders::CancelReason;
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// The filters that GraphQL's search has too: the parameter, the key and how it compares.
const SEARCHED: [(&str, &str, Comparison); 10] = [
    ("created_at_min", "created_at", Comparison::GreaterOrEqual),
    ("created_at_max", "created_at", Comparison::LessOrEqual),
    ("updated_at_min", "updated_at", Comparison::GreaterOrEqual),
    ("updated_at_max", "updated_at", Comparison::LessOrEqual),
    (
        "processed_at_min",
        "processed_at",
        Comparison::GreaterOrEqual,
    ),
    ("processed_at_max", "processed_at", Comparison::LessOrEqual),
    ("since_id", "id", Comparison::Greater),
    ("financial_status", "financial_status", Comparison::Equal),
    (
        "fulfillment_status",
        "fulfillment_status",
        Comparison::Equal,
    ),
    ("name", "name", Comparison::Equal),
];

/// The filters of a list, in GraphQL's terms. Without `status` only open orders are listed.
fn search(page: &PageRequest) -> OrderSearch {
    let mut terms = page.terms(&SEARCHED);
    let status = page.filter("status").unwrap_or("open");
    if status != "any" {
        terms.push(Term::new("status", Comparison::Equal, status));
    }
    OrderSearch::of_terms(&terms, page.numbers("ids"))
}

/// The position of the order in the path, if the app may see it.
pub(super) fn find(state: &State, call: &RestCall<'_>) -> Option<u32> {
    call.position(ids::ORDER, state.orders.len()).filter(|at| {
        let order = &state.orders[*at as usize];
        order.created_at >= call.window_start && !order.is_deleted
    })
}

/// `GET orders.json`.
pub(super) fn list(state: &State, call: &RestCall<'_>) -> Reply {
    let page = match PageRequest::of(call) {
        Ok(page) => page,
        Err(reply) => return reply,
    };
    let order = page.filter("order").unwrap_or("created_at desc");
    let mut words = order.split_whitespace();
    let sort = match words.next().unwrap_or("").to_ascii_lowercase().as_str() {
        "updated_at" => OrderSort::Updated,
        "processed_at" => OrderSort::Processed,
        "id" => OrderSort::Id,
        _ => OrderSort::Date,
    };
    let is_descending = words.next().is_none_or(|w| w.eq_ignore_ascii_case("desc"));
    // A list after an id runs upwards from it.
    let is_descending = is_descending && page.filter("since_id").is_none();
    let arguments = PageArguments {
        size: page.limit,
        from_end: page.is_backward,
        after: page.cursor.filter(|_| !page.is_backward),
        before: page.cursor.filter(|_| page.is_backward),
        reverse: is_descending,
    };
    let reader = call.reader(state);
    let (found, (has_previous, has_next)) = reader.find_orders(&search(&page), &arguments, sort);
    let cursor = |order: Option<&u32>| order.map(|order| reader.order_cursor(sort, *order));
    let link = page.link(
        call,
        cursor(found.first()).filter(|_| has_previous),
        cursor(found.last()).filter(|_| has_next),
    );
    let payloads = Payloads { state };
    let filter = call.filter();
    let reply = Reply::list("orders", found, |order, out| {
        payloads.order(order, &filter, out)
    });
    Reply { link, ..reply }
}

/// `GET orders/count.json`.
pub(super) fn count(state: &State, call: &RestCall<'_>) -> Reply {
    let page = PageRequest::whole(call);
    let count = call.reader(state).count_orders(&search(&page), usize::MAX);
    Reply::one("count", |out| write_int(count, out))
}

/// `GET orders/{id}.json`.
pub(super) fn one(state: &State, call: &RestCall<'_>) -> Reply {
    match find(state, call) {
        Some(order) => reply(state, call, order),
        None => Reply::not_found(),
    }
}

fn reply(state: &State, call: &RestCall<'_>, order: u32) -> Reply {
    let payloads = Payloads { state };
    Reply::one("order", |out| payloads.order(order, &call.filter(), out))
}

/// `POST orders/{id}/cancel.json`: takes effect at once. With `amount` or `refund` the money goes back.
pub(super) fn cancel(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let Some(order) = find(&store.state, call) else {
        return Reply::not_found();
    };
    if let Some(obstacle) = store.state.cancel_obstacle(order) {
        return Reply::error(StatusCode::UNPROCESSABLE_ENTITY, obstacle);
    }
    let body = call.resource("order");
    let reason = body.given("reason").and_then(Json::text);
    let reason = reason
        .and_then(|name| CancelReason::named(&name.to_ascii_uppercase()))
        .unwrap_or(CancelReason::Other);
    let by = if reason == CancelReason::Customer {
        Party::Buyer
    } else {
        Party::Seller
    };
    let restock = body.given("restock").and_then(Json::bool) == Some(true);
    let pays_back = body.given("amount").is_some() || body.given("refund").is_some();
    store.cancel(call.now, order, by, reason, restock, pays_back);
    reply(&store.state, call, order)
}
