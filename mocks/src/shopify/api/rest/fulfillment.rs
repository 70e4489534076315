//! Fulfillment orders and fulfillments (docs/platforms/shopify.md 7).

use crate::shopify::api::mutations::fulfillment::ship_as_told;
use crate::shopify::shop::Store;
use http::StatusCode;
use std::borrow::Cow;

use super::call::{Reply, RestCall, number};
use super::orders;
use crate::shopify::api::mutations::fulfillment::tracking;
use crate::shopify::json::{Json, write_int, write_optional_text, write_text};
use crate::shopify::model::fulfillment::supported_actions;
use crate::shopify::model::ids::{self, IdSpace};
use crate::shopify::model::made::MadeOrder;
use crate::shopify::model::orders::Order;
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::payload::product::write_time;
use crate::shopify::model::state::State;
use crate::shopify::model::{address, customer};

/// Appends `,"name":number`.
fn id_member(name: &str, space: IdSpace, position: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    space.write_number(position, out);
}

fn write_line(state: &State, at: u32, out: &mut Vec<u8>) {
    let record = &state.fulfillment_order_lines[at as usize];
    let listing = state.shown_listing_of(record.line).map(u64::from);
    out.extend_from_slice(b"{\"id\":");
    ids::FULFILLMENT_ORDER_LINE.write_number(u64::from(at), out);
    id_member("shop_id", ids::SHOP, 0, out);
    let fulfillment_order = u64::from(record.fulfillment_order);
    id_member(
        "fulfillment_order_id",
        ids::FULFILLMENT_ORDER,
        fulfillment_order,
        out,
    );
    out.extend_from_slice(b",\"quantity\":");
    write_int(record.total, out);
    id_member("line_item_id", ids::LINE_ITEM, u64::from(record.line), out);
    match listing {
        Some(listing) => id_member("inventory_item_id", ids::INVENTORY_ITEM, listing, out),
        None => out.extend_from_slice(b",\"inventory_item_id\":null"),
    }
    out.extend_from_slice(b",\"fulfillable_quantity\":");
    write_int(record.shown_remaining(), out);
    match listing {
        Some(listing) => id_member("variant_id", ids::VARIANT, listing, out),
        None => out.extend_from_slice(b",\"variant_id\":null"),
    }
    out.push(b'}');
}

/// Appends where an order of the storefront ships to.
fn write_destination(order: &Order, at: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"id\":");
    ids::FULFILLMENT_ORDER_DESTINATION.write_number(u64::from(at), out);
    out.extend_from_slice(b",\"first_name\":");
    write_text(customer::FIRST_NAME, out);
    out.extend_from_slice(b",\"last_name\":");
    customer::write_last_name(order.buyer, out);
    out.extend_from_slice(b",\"email\":");
    customer::write_email(order.buyer, out);
    out.extend_from_slice(b",\"address1\":");
    write_text(address::STREET, out);
    out.extend_from_slice(b",\"city\":");
    write_text(address::CITY, out);
    out.extend_from_slice(b",\"zip\":");
    address::write_zip(order.postal_code, out);
    out.extend_from_slice(b",\"country\":");
    write_text(address::country_name(order.country), out);
    out.extend_from_slice(b",\"address2\":null,\"company\":null,\"phone\":null,\"province\":null}");
}

/// Appends where an order ships to that an app made: nowhere without an address.
fn write_made_destination(made: &MadeOrder, at: u32, out: &mut Vec<u8>) {
    let Some(to) = &made.shipping_address else {
        return out.extend_from_slice(b"null");
    };
    out.extend_from_slice(b"{\"id\":");
    ids::FULFILLMENT_ORDER_DESTINATION.write_number(u64::from(at), out);
    for (name, text) in [
        ("first_name", to.first_name.as_deref()),
        ("last_name", to.last_name.as_deref()),
        ("email", made.email.as_deref()),
        ("address1", to.address1.as_deref()),
        ("city", to.city.as_deref()),
        ("zip", to.zip.as_deref()),
        ("country", to.country()),
        ("address2", to.address2.as_deref()),
        ("company", to.company.as_deref()),
        ("phone", to.phone.as_deref()),
        ("province", to.province()),
    ] {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        write_optional_text(text, out);
    }
    out.push(b'}');
}

pub(super) fn write_fulfillment_order(state: &State, at: u32, out: &mut Vec<u8>) {
    let record = &state.fulfillment_orders[at as usize];
    let order = &state.orders[record.order as usize];
    let location = &state.shop.locations[usize::from(record.location)];
    let location_number = u64::from(record.location);
    let status = state.fulfillment_order_status(record);
    out.extend_from_slice(b"{\"id\":");
    ids::FULFILLMENT_ORDER.write_number(u64::from(at), out);
    for (name, time) in [
        ("created_at", order.routed_at),
        ("updated_at", state.fulfillment_order_updated_at(at)),
        ("fulfill_at", order.created_at),
    ] {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        write_time(state, time, out);
    }
    id_member("shop_id", ids::SHOP, 0, out);
    id_member("order_id", ids::ORDER, u64::from(record.order), out);
    id_member("assigned_location_id", ids::LOCATION, location_number, out);
    out.extend_from_slice(b",\"request_status\":\"unsubmitted\",\"status\":");
    write_text(&status.to_ascii_lowercase(), out);
    out.extend_from_slice(b",\"fulfill_by\":");
    match state.deadlines.get(&at) {
        Some(deadline) => write_time(state, state.shop.epoch.at_unix_micros(*deadline), out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(
        b",\"international_duties\":null,\"merchant_requests\":[],\"supported_actions\":[",
    );
    for (index, action) in supported_actions(record, status, state.remaining(record))
        .iter()
        .enumerate()
    {
        if index > 0 {
            out.push(b',');
        }
        write_text(&action.to_ascii_lowercase(), out);
    }
    out.extend_from_slice(b"],\"fulfillment_holds\":[");
    let holds = state.holds.iter();
    let holds = holds.filter(|hold| hold.is_alive && hold.fulfillment_order == at);
    for (index, hold) in holds.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"reason\":");
        write_text(&hold.reason.to_ascii_lowercase(), out);
        out.extend_from_slice(b",\"reason_notes\":");
        crate::shopify::json::write_optional_text(hold.notes.as_deref(), out);
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"delivery_method\":{\"id\":");
    ids::FULFILLMENT_ORDER.write_number(u64::from(at), out);
    out.extend_from_slice(b",\"method_type\":\"shipping\",\"min_delivery_date_time\":null,\"max_delivery_date_time\":null},\"destination\":");
    match state.made(record.order) {
        Some(made) => write_made_destination(made, at, out),
        None => write_destination(order, at, out),
    }
    out.extend_from_slice(b",\"assigned_location\":{\"location_id\":");
    ids::LOCATION.write_number(location_number, out);
    out.extend_from_slice(b",\"name\":");
    write_text(&location.code, out);
    out.extend_from_slice(b",\"address1\":");
    write_text(address::STREET, out);
    out.extend_from_slice(b",\"city\":");
    write_text(address::CITY, out);
    out.extend_from_slice(b",\"country_code\":");
    write_text(&location.country, out);
    out.extend_from_slice(
        b",\"address2\":null,\"phone\":null,\"province\":null,\"zip\":null},\"line_items\":[",
    );
    let lines = record
        .lines()
        .filter(|at| !state.fulfillment_order_lines[*at].is_moved_away);
    for (index, line) in lines.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_line(state, line as u32, out);
    }
    out.extend_from_slice(b"]}");
}

/// `GET orders/{id}/fulfillment_orders.json`: empty until the order has been routed.
pub(super) fn orders_of(state: &State, call: &RestCall<'_>) -> Reply {
    let Some(order) = orders::find(state, call) else {
        return Reply::not_found();
    };
    let is_routed = state.orders[order as usize].routed_at <= call.now;
    let all = state.fulfillment_orders_of(order).filter(|_| is_routed);
    Reply::list("fulfillment_orders", all, |at, out| {
        write_fulfillment_order(state, at, out);
    })
}

/// `GET orders/{id}/fulfillments.json`.
pub(super) fn of_order(state: &State, call: &RestCall<'_>) -> Reply {
    let Some(order) = orders::find(state, call) else {
        return Reply::not_found();
    };
    let payloads = Payloads { state };
    let all = state.fulfillments_of(&state.orders[order as usize]);
    let filter = call.filter();
    Reply::list("fulfillments", all, |at, out| {
        payloads.fulfillment(at, &filter, out);
    })
}

/// `GET orders/{id}/fulfillments/{id}.json`.
pub(super) fn one_of_order(state: &State, call: &RestCall<'_>) -> Reply {
    let order = orders::find(state, call);
    let found = ids::FULFILLMENT.position(call.second_id, state.fulfillments.len());
    match found.filter(|at| order == Some(state.fulfillments[*at as usize].order)) {
        Some(at) => show(state, call, at),
        None => Reply::not_found(),
    }
}

/// A member's number as the gid that the common checks read; a gid of nothing where it is no number.
pub(super) fn gid(space: IdSpace, value: Option<&Json<'_>>) -> Json<'static> {
    let number = number(value).unwrap_or(0);
    Json::Text(Cow::Owned(format!("gid://shopify/{}/{number}", space.name)))
}

pub(super) fn object(members: Vec<(&'static str, Json<'static>)>) -> Json<'static> {
    let members = members.into_iter();
    Json::Object(members.map(|(key, value)| (key.into(), value)).collect())
}

/// The input of `fulfillmentCreate` that says the same as a REST body.
fn as_graphql(body: &Json<'_>) -> Json<'static> {
    let groups = body.get("line_items_by_fulfillment_order");
    let groups = groups.map_or(&[][..], Json::list).iter().map(|group| {
        let rows = group.get("fulfillment_order_line_items");
        let rows = rows.map_or(&[][..], Json::list).iter().map(|row| {
            let quantity = number(row.get("quantity")).map_or(Json::Null, Json::Int);
            object(vec![
                ("id", gid(ids::FULFILLMENT_ORDER_LINE, row.get("id"))),
                ("quantity", quantity),
            ])
        });
        let id = gid(ids::FULFILLMENT_ORDER, group.get("fulfillment_order_id"));
        object(vec![
            ("fulfillmentOrderId", id),
            ("fulfillmentOrderLineItems", Json::List(rows.collect())),
        ])
    });
    let tracking = body.given("tracking_info").map_or(Json::Null, copied);
    object(vec![
        ("lineItemsByFulfillmentOrder", Json::List(groups.collect())),
        ("trackingInfo", tracking),
    ])
}

/// The texts of a flat object, which name the same things in both APIs.
fn copied(tracking: &Json<'_>) -> Json<'static> {
    let text = |value: &Json<'_>| match value {
        Json::Int(number) => Some(Json::Text(Cow::Owned(number.to_string()))),
        other => other.text().map(|t| Json::Text(Cow::Owned(t.to_owned()))),
    };
    let Json::Object(members) = tracking else {
        return Json::Null;
    };
    let member = |(key, value): &(Cow<'_, str>, Json<'_>)| {
        let value = match value {
            Json::List(elements) => Json::List(elements.iter().filter_map(text).collect()),
            single => text(single)?,
        };
        Some((Cow::Owned(key.clone().into_owned()), value))
    };
    Json::Object(members.iter().filter_map(member).collect())
}

/// `POST fulfillments.json`.
pub(super) fn create(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let input = as_graphql(call.resource("fulfillment"));
    match ship_as_told(store, call.now, &input) {
        Ok(at) => show(&store.state, call, at).with(StatusCode::CREATED),
        Err(error) => Reply::refused(&error.message),
    }
}

fn show(state: &State, call: &RestCall<'_>, at: u32) -> Reply {
    let payloads = Payloads { state };
    Reply::one("fulfillment", |out| {
        payloads.fulfillment(at, &call.filter(), out);
    })
}

/// `POST fulfillments/{id}/cancel.json`.
pub(super) fn cancel(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let Some(at) = call.position(ids::FULFILLMENT, store.state.fulfillments.len()) else {
        return Reply::not_found();
    };
    store.cancel_fulfillment(call.now, at);
    show(&store.state, call, at)
}

/// `POST fulfillments/{id}/update_tracking.json`.
pub(super) fn update_tracking(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let Some(at) = call.position(ids::FULFILLMENT, store.state.fulfillments.len()) else {
        return Reply::not_found();
    };
    let body = call.resource("fulfillment");
    let given = body.given("tracking_info").map_or(Json::Null, copied);
    store.replace_tracking(call.now, at, tracking(&given));
    show(&store.state, call, at)
}
