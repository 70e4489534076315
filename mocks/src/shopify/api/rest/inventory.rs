//! Inventory levels and items. A level has the webhooks' shape; a write raises the same facts as its GraphQL twin, but
//! knows neither compare-and-set nor keys (docs/platforms/shopify.md 4.1 and 4.2).

use std::borrow::Cow;

use http::StatusCode;

use super::call::{Reply, RestCall, number, position, write_filtered};
use super::paging::PageRequest;
use crate::shopify::api::errors::too_long;
use crate::shopify::api::mutations::activation::told;
use crate::shopify::api::mutations::variant_input::item_change;
use crate::shopify::json::{Json, write_bool, write_optional_text, write_text};
use crate::shopify::model::ids;
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::payload::filter::PayloadFilter;
use crate::shopify::model::payload::product::{member, write_quoted_cents, write_time};
use crate::shopify::model::products::{LETTERS_MAX, ProductChange};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;
use crate::shopify::shop::writes::{LevelWrite, Target};

/// The largest quantity that can be written, up or down.
const QUANTITY_MAX: i64 = 1_000_000_000;

/// The most items, and the most locations, that one call names (SD/docs/api/admin-rest, InventoryLevel).
const NAMED_MAX: usize = 50;

/// `GET inventory_levels.json`: of items, of locations, or of both.
pub(super) fn levels(state: &State, call: &RestCall<'_>) -> Reply {
    let page = match PageRequest::of(call) {
        Ok(page) => page,
        Err(reply) => return reply,
    };
    let items = page.numbers("inventory_item_ids");
    let locations = page.numbers("location_ids");
    for (name, named) in [("inventory_item_ids", &items), ("location_ids", &locations)] {
        if named.as_ref().is_some_and(|named| named.len() > NAMED_MAX) {
            let message = format!("{name} cannot have more than {NAMED_MAX} ids");
            return Reply::error(StatusCode::UNPROCESSABLE_ENTITY, &message);
        }
    }
    if items.is_none() && locations.is_none() {
        return Reply::error(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Required parameter missing: inventory_item_ids or location_ids",
        );
    }
    list_levels(state, call, &page, (items, locations))
}

/// `GET locations/{id}/inventory_levels.json`.
pub(super) fn levels_of_location(state: &State, call: &RestCall<'_>) -> Reply {
    let page = match PageRequest::of(call) {
        Ok(page) => page,
        Err(reply) => return reply,
    };
    let found = call.position(ids::LOCATION, state.locations.len());
    match found.filter(|at| !state.locations[*at as usize].is_deleted) {
        Some(_) => list_levels(state, call, &page, (None, Some(vec![call.id]))),
        None => Reply::not_found(),
    }
}

/// A page of the levels of these items at these locations, by number; `None` stands for all.
fn list_levels(
    state: &State,
    call: &RestCall<'_>,
    page: &PageRequest,
    (items, locations): (Option<Vec<u64>>, Option<Vec<u64>>),
) -> Reply {
    let len = state.shop.listings.len();
    let named = items.map(|items| ids::INVENTORY_ITEM.positions(&items, len));
    let width = state.shop.locations.len() as u16;
    let is_wanted = |location: u16| {
        let number = ids::LOCATION.number(u64::from(location));
        locations
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&number))
    };
    let stocked_at: Vec<u16> = (0..width).filter(|it| is_wanted(*it)).collect();
    // A level has no number of its own in lists: its place among all levels stands for one.
    let level = |at: usize| {
        let (row, column) = (at / stocked_at.len(), at % stocked_at.len());
        let listing = named.as_ref().map_or(row as u32, |named| named[row]);
        let location = stocked_at[column];
        let place = u64::from(listing) * u64::from(width) + u64::from(location) + 1;
        (place, (listing, location))
    };
    let count = named.as_ref().map_or(len, Vec::len) * stocked_at.len();
    let (found, link) = if state.stock.is_all_active() {
        page.cut_from(call, count, level)
    } else {
        let is_active = |(listing, location)| state.stock.level(listing, location).is_active;
        let all: Vec<_> = (0..count).map(level).filter(|it| is_active(it.1)).collect();
        page.cut(call, &all)
    };
    let filter = call.filter();
    let payloads = Payloads { state };
    let reply = Reply::list("inventory_levels", found, |(listing, location), out| {
        payloads.level(listing, location, &filter, out);
    });
    Reply { link, ..reply }
}

/// The level that a body names.
fn named(state: &State, body: &Json<'_>) -> Result<(u32, u16), Reply> {
    for member in ["inventory_item_id", "location_id"] {
        if number(body.get(member)).is_none() {
            return Err(Reply::error(
                StatusCode::BAD_REQUEST,
                &format!("{member}: Required parameter missing or invalid"),
            ));
        }
    }
    let listings = state.shop.listings.len();
    let item = position(body.get("inventory_item_id"), ids::INVENTORY_ITEM, listings);
    let item = item.filter(|listing| state.is_listed(*listing));
    let locations = state.shop.locations.len();
    let location = position(body.get("location_id"), ids::LOCATION, locations);
    // What is not active stocks nothing.
    let location = location.filter(|at| state.locations[*at as usize].is_active());
    match (item, location) {
        (Some(listing), Some(location)) => Ok((listing, location as u16)),
        _ => Err(Reply::not_found()),
    }
}

fn quantity(body: &Json<'_>, member: &str) -> Result<i64, Reply> {
    match number(body.get(member)) {
        Some(quantity) if (-QUANTITY_MAX..=QUANTITY_MAX).contains(&quantity) => Ok(quantity),
        Some(_) => Err(Reply::invalid(&[(
            member.into(),
            "is out of bounds".into(),
        )])),
        None => Err(Reply::error(
            StatusCode::BAD_REQUEST,
            &format!("{member}: Required parameter missing or invalid"),
        )),
    }
}

/// Changes what is available, tells the ledger and shows the level.
fn write(store: &mut Store, call: &RestCall<'_>, level: (u32, u16), target: Target) -> Reply {
    let event = store.new_event();
    store.write(LevelWrite {
        event,
        level,
        target,
        sent_at: call.sent_at,
        received_at: call.now,
    });
    show(&store.state, level)
}

fn show(state: &State, (listing, location): (u32, u16)) -> Reply {
    let payloads = Payloads { state };
    Reply::one("inventory_level", |out| {
        payloads.level(listing, location, &PayloadFilter::default(), out);
    })
}

/// Makes a location stock an item for a call that writes there.
fn start_to_stock(store: &mut Store, call: &RestCall<'_>, level: (u32, u16)) {
    let event = store.new_event();
    let cause = crate::core::Cause::Write {
        sent_at: call.sent_at,
        received_at: call.now,
    };
    store.start_to_stock(call.now, event, level, cause);
}

/// `POST inventory_levels/set.json`: stocks the item there if need be.
pub(super) fn set(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let body = call.resource("inventory_level");
    let read =
        named(&store.state, body).and_then(|level| Ok((level, quantity(body, "available")?)));
    match read {
        Ok((level, available)) => {
            start_to_stock(store, call, level);
            write(store, call, level, Target::Available(available))
        }
        Err(reply) => reply,
    }
}

/// `POST inventory_levels/adjust.json`.
pub(super) fn adjust(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let body = call.resource("inventory_level");
    let read = named(&store.state, body)
        .and_then(|level| Ok((level, quantity(body, "available_adjustment")?)));
    match read {
        Ok((level, _)) if !store.state.stock.level(level.0, level.1).is_active => {
            Reply::refused("The inventory item is not stocked at the location.")
        }
        Ok((level, units)) => write(store, call, level, Target::By(units)),
        Err(reply) => reply,
    }
}

/// `POST inventory_levels/connect.json`: stocks an item at a location, with nothing there.
pub(super) fn connect(store: &mut Store, call: &RestCall<'_>) -> Reply {
    match named(&store.state, call.resource("inventory_level")) {
        Ok(level) => {
            start_to_stock(store, call, level);
            show(&store.state, level).with(StatusCode::CREATED)
        }
        Err(reply) => reply,
    }
}

/// `DELETE inventory_levels.json?inventory_item_id=&location_id=`: the location stocks the item no longer. One that it
/// does not stock is not found.
pub(super) fn disconnect(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let member = |name: &'static str| {
        let given = call.parameter(name).and_then(|text| text.parse().ok());
        (Cow::Borrowed(name), given.map_or(Json::Null, Json::Int))
    };
    let body = Json::Object(vec![member("inventory_item_id"), member("location_id")]);
    let level = match named(&store.state, &body) {
        Ok(level) => level,
        Err(reply) => return reply,
    };
    if !store.state.stock.level(level.0, level.1).is_active {
        return Reply::not_found();
    }
    match store.unstock(call.now, call.sent_at, level) {
        Ok(()) => Reply {
            body: Vec::new(),
            ..Reply::empty().with(StatusCode::NO_CONTENT)
        },
        Err(obstacle) => {
            let name = &store.state.shop.locations[usize::from(level.1)].code;
            Reply::refused(&told(obstacle, "variant", name).1)
        }
    }
}

/// `PUT inventory_items/{id}.json`.
pub(super) fn update_item(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let found = call.position(ids::INVENTORY_ITEM, store.state.shop.listings.len());
    let Some(listing) = found.filter(|listing| store.state.is_listed(*listing)) else {
        return Reply::not_found();
    };
    let body = call.resource("inventory_item");
    // An item without a SKU has an empty one here.
    let sku = body.get("sku").map(|sku| sku.text().unwrap_or(""));
    if let Some(message) = sku.and_then(|sku| too_long("SKU", sku, LETTERS_MAX)) {
        return Reply::invalid(&[("sku".into(), message.into())]);
    }
    let kept = store.state.details(listing).item.clone();
    let item = match item_change(kept, &in_graphql(body)) {
        Ok(item) => item,
        Err((member, message)) => return Reply::invalid(&[(member.into(), message.into())]),
    };
    let change = ProductChange {
        sku: sku.map(str::to_owned),
        is_tracked: body.get("tracked").and_then(Json::bool),
        requires_shipping: body.get("requires_shipping").and_then(Json::bool),
        item: Some(item),
        ..ProductChange::default()
    };
    let cause = crate::core::Cause::Write {
        sent_at: call.sent_at,
        received_at: call.now,
    };
    store.change_product(call.now, listing, change, cause);
    let state = &store.state;
    Reply::one("inventory_item", |out| write_item(state, listing, out))
}

/// The members of an item's body that GraphQL's input has under another name.
fn in_graphql<'j>(body: &Json<'j>) -> Json<'j> {
    let names = [
        ("cost", "cost"),
        ("country_code_of_origin", "countryCodeOfOrigin"),
        ("province_code_of_origin", "provinceCodeOfOrigin"),
        ("harmonized_system_code", "harmonizedSystemCode"),
    ];
    let given = names.iter().filter_map(|(rest, graphql)| {
        let value = body.get(rest)?.clone();
        Some(((*graphql).into(), value))
    });
    Json::Object(given.collect())
}

fn write_item(state: &State, listing: u32, out: &mut Vec<u8>) {
    let id = u64::from(listing);
    out.extend_from_slice(b"{\"id\":");
    ids::INVENTORY_ITEM.write_number(id, out);
    out.extend_from_slice(b",\"sku\":");
    write_text(&state.shop.listings[listing as usize].sku, out);
    let details = state.details(listing);
    for (name, at) in [
        ("created_at", details.created_at),
        ("updated_at", details.changed_at),
    ] {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        write_time(state, at, out);
    }
    out.extend_from_slice(b",\"requires_shipping\":");
    write_bool(details.requires_shipping, out);
    let item = &details.item;
    out.extend_from_slice(b",\"cost\":");
    match item.cost_cents {
        Some(cents) => write_quoted_cents(cents, out),
        None => out.extend_from_slice(b"null"),
    }
    for (name, text) in [
        ("country_code_of_origin", &item.country),
        ("province_code_of_origin", &item.province),
        ("harmonized_system_code", &item.harmonized_system_code),
    ] {
        member(name, out);
        write_optional_text(text.as_deref(), out);
    }
    member("tracked", out);
    write_bool(details.is_tracked, out);
    out.extend_from_slice(br#","country_harmonized_system_codes":[],"admin_graphql_api_id":"#);
    ids::INVENTORY_ITEM.write_gid(id, out);
    out.push(b'}');
}

/// `GET inventory_items.json?ids=`.
pub(super) fn items(state: &State, call: &RestCall<'_>) -> Reply {
    let page = match PageRequest::of(call) {
        Ok(page) => page,
        Err(reply) => return reply,
    };
    let Some(wanted) = page.numbers("ids") else {
        return Reply::invalid(&[("ids".into(), "can't be blank".into())]);
    };
    let len = state.shop.listings.len();
    let mut all = ids::INVENTORY_ITEM.positions(&wanted, len);
    all.retain(|listing| state.is_listed(*listing));
    let item = |at: usize| (ids::INVENTORY_ITEM.number(u64::from(all[at])), all[at]);
    let (found, link) = page.cut_from(call, all.len(), item);
    let filter = call.filter();
    let reply = Reply::list("inventory_items", found, |listing, out| {
        write_filtered(&filter, out, |out| write_item(state, listing, out));
    });
    Reply { link, ..reply }
}

/// `GET inventory_items/{id}.json`.
pub(super) fn item(state: &State, call: &RestCall<'_>) -> Reply {
    let found = call.position(ids::INVENTORY_ITEM, state.shop.listings.len());
    match found.filter(|listing| state.is_listed(*listing)) {
        Some(listing) => Reply::one("inventory_item", |out| write_item(state, listing, out)),
        None => Reply::not_found(),
    }
}
