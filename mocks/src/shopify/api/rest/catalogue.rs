//! Products, variants, locations and the shop. Every listing is a product with one variant.

use super::call::{Reply, RestCall, write_filtered};
use super::paging::PageRequest;
use crate::core::Micros;
use crate::shopify::json::{write_cents, write_int, write_text};
use crate::shopify::model::state::State;
use crate::shopify::model::{address, ids};

/// Appends `"name":` after a comma.
fn member(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends an instant in the shop's own time.
pub(super) fn write_time(state: &State, at: Micros, out: &mut Vec<u8>) {
    out.push(b'"');
    let zone = &state.profile.shop.time_zone;
    state.shop.epoch.write_seconds_in(at, zone, out);
    out.push(b'"');
}

fn write_births(state: &State, names: &[&str], out: &mut Vec<u8>) {
    for name in names {
        member(name, out);
        write_time(state, Micros::ZERO, out);
    }
}

/// Appends a variant.
fn write_variant(state: &State, listing: u32, out: &mut Vec<u8>) {
    let record = &state.shop.listings[listing as usize];
    let id = u64::from(listing);
    out.extend_from_slice(b"{\"id\":");
    ids::VARIANT.write_number(id, out);
    member("product_id", out);
    ids::PRODUCT.write_number(id, out);
    out.extend_from_slice(br#","title":"Default Title","position":1,"inventory_policy":"deny","compare_at_price":null,"option1":"Default Title","option2":null,"option3":null,"taxable":true,"barcode":null,"fulfillment_service":"manual","grams":0,"inventory_management":"shopify","requires_shipping":true,"weight":0.0,"weight_unit":"kg","image_id":null"#);
    member("price", out);
    out.push(b'"');
    write_cents(record.price_cents as i64, out);
    out.push(b'"');
    member("sku", out);
    write_text(&record.sku, out);
    member("inventory_item_id", out);
    ids::INVENTORY_ITEM.write_number(id, out);
    for name in ["inventory_quantity", "old_inventory_quantity"] {
        member(name, out);
        write_int(state.stock.shown_displayed(listing), out);
    }
    write_births(state, &["created_at", "updated_at"], out);
    member("admin_graphql_api_id", out);
    ids::VARIANT.write_gid(id, out);
    out.push(b'}');
}

/// Appends a product.
fn write_product(state: &State, listing: u32, out: &mut Vec<u8>) {
    let record = &state.shop.listings[listing as usize];
    let id = u64::from(listing);
    out.extend_from_slice(b"{\"id\":");
    ids::PRODUCT.write_number(id, out);
    member("title", out);
    write_text(&record.title, out);
    member("vendor", out);
    write_text(&state.shop.name, out);
    member("handle", out);
    write_text(&record.sku.to_ascii_lowercase(), out);
    out.extend_from_slice(br#","body_html":"","product_type":"","template_suffix":null,"published_scope":"global","tags":"","status":"active","images":[],"image":null"#);
    write_births(state, &["created_at", "updated_at", "published_at"], out);
    member("admin_graphql_api_id", out);
    ids::PRODUCT.write_gid(id, out);
    member("options", out);
    out.extend_from_slice(b"[{\"id\":");
    ids::PRODUCT.write_number(id, out);
    member("product_id", out);
    ids::PRODUCT.write_number(id, out);
    out.extend_from_slice(br#","name":"Title","position":1,"values":["Default Title"]}]"#);
    member("variants", out);
    out.push(b'[');
    write_variant(state, listing, out);
    out.extend_from_slice(b"]}");
}

/// `GET products.json`.
pub(super) fn products(state: &State, call: &RestCall<'_>) -> Reply {
    let page = match PageRequest::of(call) {
        Ok(page) => page,
        Err(reply) => return reply,
    };
    let len = state.shop.listings.len();
    let named = page
        .numbers("ids")
        .map(|numbers| ids::PRODUCT.positions(&numbers, len));
    let product = |at: usize| {
        let listing = named.as_ref().map_or(at as u32, |named| named[at]);
        (ids::PRODUCT.number(u64::from(listing)), listing)
    };
    let count = named.as_ref().map_or(len, Vec::len);
    let (found, link) = page.cut_from(call, count, product);
    let filter = call.filter();
    let reply = Reply::list("products", found, |listing, out| {
        write_filtered(&filter, out, |out| write_product(state, listing, out));
    });
    Reply { link, ..reply }
}

/// `GET products/{id}.json`.
pub(super) fn product(state: &State, call: &RestCall<'_>) -> Reply {
    match call.position(ids::PRODUCT, state.shop.listings.len()) {
        Some(listing) => Reply::one("product", |out| {
            write_filtered(&call.filter(), out, |out| {
                write_product(state, listing, out)
            });
        }),
        None => Reply::not_found(),
    }
}

/// `GET variants/{id}.json`.
pub(super) fn variant(state: &State, call: &RestCall<'_>) -> Reply {
    match call.position(ids::VARIANT, state.shop.listings.len()) {
        Some(listing) => Reply::one("variant", |out| {
            write_filtered(&call.filter(), out, |out| {
                write_variant(state, listing, out)
            });
        }),
        None => Reply::not_found(),
    }
}

fn write_location(state: &State, position: u16, out: &mut Vec<u8>) {
    let location = &state.shop.locations[usize::from(position)];
    let id = u64::from(position);
    out.extend_from_slice(b"{\"id\":");
    ids::LOCATION.write_number(id, out);
    member("name", out);
    write_text(&location.code, out);
    member("address1", out);
    write_text(address::STREET, out);
    member("city", out);
    write_text(address::CITY, out);
    out.extend_from_slice(br#","address2":null,"zip":null,"province":null,"province_code":null,"localized_province_name":null,"phone":null,"legacy":false,"active":true"#);
    for name in ["country", "country_code"] {
        member(name, out);
        write_text(&location.country, out);
    }
    for name in ["country_name", "localized_country_name"] {
        member(name, out);
        write_text(address::country_name(&location.country), out);
    }
    write_births(state, &["created_at", "updated_at"], out);
    member("admin_graphql_api_id", out);
    ids::LOCATION.write_gid(id, out);
    out.push(b'}');
}

/// `GET locations.json`: all of them, without pages.
pub(super) fn locations(state: &State, call: &RestCall<'_>) -> Reply {
    let filter = call.filter();
    let all = 0..state.shop.locations.len() as u16;
    Reply::list("locations", all, |position, out| {
        write_filtered(&filter, out, |out| write_location(state, position, out));
    })
}

/// `GET locations/{id}.json`.
pub(super) fn location(state: &State, call: &RestCall<'_>) -> Reply {
    match call.position(ids::LOCATION, state.shop.locations.len()) {
        Some(position) => Reply::one("location", |out| {
            write_location(state, position as u16, out);
        }),
        None => Reply::not_found(),
    }
}

/// `GET shop.json`.
pub(super) fn shop(state: &State, call: &RestCall<'_>) -> Reply {
    let settings = &state.profile.shop;
    let country = state.shop.locations.first().map_or("US", |l| &l.country);
    // The offset of standard time, whatever the season.
    let zone = &settings.time_zone;
    let opened = zone.standard_offset_text(state.shop.epoch.unix_secs(Micros::ZERO));
    let time_zone = format!("(GMT{opened}) {}", zone.name());
    let email = format!("owner@{}", state.domain);
    Reply::one("shop", |out| {
        write_filtered(&call.filter(), out, |out| {
            out.extend_from_slice(b"{\"id\":");
            ids::SHOP.write_number(0, out);
            for (name, text) in [
                ("name", state.shop.name.as_str()),
                ("email", &email),
                ("customer_email", &email),
                ("shop_owner", &state.shop.name),
                ("domain", &state.domain),
                ("myshopify_domain", &state.domain),
                ("address1", address::STREET),
                ("city", address::CITY),
                ("country", country),
                ("country_code", country),
                ("country_name", address::country_name(country)),
                ("currency", &state.shop.currency),
                ("timezone", &time_zone),
                ("iana_timezone", zone.name()),
                ("plan_name", &settings.plan_name),
                ("plan_display_name", &settings.plan_name),
            ] {
                member(name, out);
                write_text(text, out);
            }
            member("primary_location_id", out);
            if state.shop.locations.is_empty() {
                out.extend_from_slice(b"null");
            } else {
                ids::LOCATION.write_number(0, out);
            }
            out.extend_from_slice(br#","address2":null,"zip":null,"province":null,"province_code":null,"phone":null,"primary_locale":"en","taxes_included":false,"weight_unit":"kg","password_enabled":false,"has_storefront":true,"setup_required":false"#);
            write_births(state, &["created_at", "updated_at"], out);
            out.push(b'}');
        });
    })
}
