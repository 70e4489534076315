//! What is done with one fulfillment order, in the rules and words of the GraphQL twins (docs/platforms/shopify.md 7).

use std::borrow::Cow;

use super::call::{Reply, RestCall, number};
use super::fulfillment::{gid, object, write_fulfillment_order};
use crate::shopify::api::mutations::fulfillment_orders::{
    Outcome, hold_as_told, move_as_told, release_holds,
};
use crate::shopify::json::{Json, write_bool, write_text};
use crate::shopify::model::ids;
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// The fulfillment order in the path, if apps can see it by now.
fn find(state: &State, call: &RestCall<'_>) -> Option<u32> {
    let found = call.position(ids::FULFILLMENT_ORDER, state.fulfillment_orders.len());
    found.filter(|at| state.is_routed(*at, call.now))
}

fn show(state: &State, at: u32) -> Reply {
    Reply::one("fulfillment_order", |out| {
        write_fulfillment_order(state, at, out);
    })
}

/// `GET fulfillment_orders/{id}.json`.
pub(super) fn one(state: &State, call: &RestCall<'_>) -> Reply {
    find(state, call).map_or_else(Reply::not_found, |at| show(state, at))
}

/// `GET fulfillment_orders/{id}/fulfillments.json`: the shipments that have units of it.
pub(super) fn fulfillments_of(state: &State, call: &RestCall<'_>) -> Reply {
    let Some(at) = find(state, call) else {
        return Reply::not_found();
    };
    let order = state.fulfillment_orders[at as usize].order;
    let all = state.fulfillments_of(&state.orders[order as usize]);
    let has_units = |shipment: &u32| {
        let lines = state.fulfillments[*shipment as usize].lines.range();
        let mut lines = state.fulfillment_lines[lines].iter();
        lines.any(|line| line.fulfillment_order == at)
    };
    let payloads = Payloads { state };
    let filter = call.filter();
    Reply::list(
        "fulfillments",
        all.into_iter().filter(has_units),
        |shipment, out| payloads.fulfillment(shipment, &filter, out),
    )
}

/// `GET fulfillment_orders/{id}/locations_for_move.json`: every other active location, and whether it stocks the items.
pub(super) fn locations_for_move(state: &State, call: &RestCall<'_>) -> Reply {
    let Some(at) = find(state, call) else {
        return Reply::not_found();
    };
    let record = &state.fulfillment_orders[at as usize];
    let locations = state.location_positions();
    let others = locations
        .filter(|it| *it != record.location && state.locations[usize::from(*it)].is_active());
    Reply::list("locations_for_move", others, |location, out| {
        let is_stocked = record.lines().all(|line| {
            let assigned = &state.fulfillment_order_lines[line];
            let listing = state.shown_listing_of(assigned.line);
            assigned.remaining == 0
                || listing.is_none_or(|it| state.stock.level(it, location).is_active)
        });
        out.extend_from_slice(b"{\"location\":{\"id\":");
        ids::LOCATION.write_number(u64::from(location), out);
        out.extend_from_slice(b",\"name\":");
        write_text(&state.shop.locations[usize::from(location)].code, out);
        out.extend_from_slice(b"},\"message\":");
        let message = match is_stocked {
            true => "",
            false => "The items are not stocked at this location.",
        };
        write_text(message, out);
        out.extend_from_slice(b",\"movable\":");
        write_bool(is_stocked, out);
        out.push(b'}');
    })
}

/// Does something with the fulfillment order in the path, and replies as `shown` has it.
fn change(
    store: &mut Store,
    call: &RestCall<'_>,
    change: impl FnOnce(&mut Store, u32) -> Outcome,
    shown: impl FnOnce(&State, u32, &Outcome) -> Reply,
) -> Reply {
    let Some(at) = find(&store.state, call) else {
        return Reply::not_found();
    };
    let outcome = change(store, at);
    match outcome.errors.first() {
        Some(error) => Reply::refused(&error.message),
        None => shown(&store.state, at, &outcome),
    }
}

/// The rows of a body with gids in place of numbers.
fn rows(body: &Json<'_>) -> Json<'static> {
    let rows = body.get("fulfillment_order_line_items");
    let rows = rows.map_or(&[][..], Json::list).iter().map(|row| {
        let quantity = number(row.get("quantity")).map_or(Json::Null, Json::Int);
        object(vec![
            ("id", gid(ids::FULFILLMENT_ORDER_LINE, row.get("id"))),
            ("quantity", quantity),
        ])
    });
    Json::List(rows.collect())
}

/// `POST fulfillment_orders/{id}/hold.json`.
pub(super) fn hold(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let body = call.resource("fulfillment_hold");
    let text = |name: &str| {
        let given = body.given(name).and_then(Json::text);
        given.map_or(Json::Null, |text| Json::Text(Cow::Owned(text.to_owned())))
    };
    let reason = body.given("reason").and_then(Json::text).unwrap_or("other");
    let input = object(vec![
        (
            "reason",
            Json::Text(Cow::Owned(reason.to_ascii_uppercase())),
        ),
        ("reasonNotes", text("reason_notes")),
        ("handle", text("handle")),
        ("fulfillmentOrderLineItems", rows(body)),
    ]);
    change(
        store,
        call,
        |store, at| hold_as_told(store, call.now, at, &input),
        |state, at, _| show(state, at),
    )
}

/// `POST fulfillment_orders/{id}/release_hold.json`.
pub(super) fn release_hold(store: &mut Store, call: &RestCall<'_>) -> Reply {
    change(
        store,
        call,
        |store, at| release_holds(store, call.now, at, None),
        |state, at, _| show(state, at),
    )
}

/// `POST fulfillment_orders/{id}/move.json`.
pub(super) fn move_to(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let body = call.resource("fulfillment_order");
    let location = gid(ids::LOCATION, body.get("new_location_id"));
    let rows = rows(body);
    change(
        store,
        call,
        |store, at| {
            let gid = location.text().unwrap_or("");
            move_as_told(store, call.now, at, (gid, rows.list()))
        },
        |state, at, outcome| {
            let parts = [
                ("original_fulfillment_order", outcome.original.or(Some(at))),
                ("moved_fulfillment_order", outcome.main),
                ("remaining_fulfillment_order", outcome.remaining),
            ];
            let mut body = Vec::with_capacity(2_048);
            for (index, (name, part)) in parts.into_iter().enumerate() {
                body.push(if index == 0 { b'{' } else { b',' });
                write_text(name, &mut body);
                body.push(b':');
                match part {
                    Some(part) => write_fulfillment_order(state, part, &mut body),
                    None => body.extend_from_slice(b"null"),
                }
            }
            body.push(b'}');
            Reply {
                body,
                ..Reply::empty()
            }
        },
    )
}
