//! Products, variants, locations and the shop. Every listing is a product with one variant.

use super::call::{Reply, RestCall, write_filtered};
use super::paging::PageRequest;
use crate::core::Micros;
use crate::shopify::api::queries::search::Comparison;
use crate::shopify::json::{write_bool, write_int, write_optional_text, write_text};
use crate::shopify::model::payload::product::{
    member, write_births, write_product, write_time, write_variant,
};
use crate::shopify::model::state::State;
use crate::shopify::model::{address, ids};

/// The filters of products that GraphQL's search has too: the parameter, the key and how it compares.
const SEARCHED: [(&str, &str, Comparison); 8] = [
    ("status", "status", Comparison::Equal),
    ("published_status", "published_status", Comparison::Equal),
    ("created_at_min", "created_at", Comparison::GreaterOrEqual),
    ("created_at_max", "created_at", Comparison::LessOrEqual),
    ("updated_at_min", "updated_at", Comparison::GreaterOrEqual),
    ("updated_at_max", "updated_at", Comparison::LessOrEqual),
    (
        "published_at_min",
        "published_at",
        Comparison::GreaterOrEqual,
    ),
    ("published_at_max", "published_at", Comparison::LessOrEqual),
];

/// The products that the filters leave, ascending; `None` where that is the whole catalogue.
fn filtered(state: &State, call: &RestCall<'_>, page: &PageRequest) -> Option<Vec<u32>> {
    let len = state.shop.listings.len();
    let reader = call.reader(state);
    let terms = page.terms(&SEARCHED);
    let texts = ["title", "vendor", "product_type", "handle"].map(|name| page.filter(name));
    let [title, vendor, product_type, handles] = texts;
    let is_text = |wanted: Option<&str>, own: &str| {
        wanted.is_none_or(|wanted| wanted.to_lowercase() == own.to_lowercase())
    };
    let holds = |listing: &u32| {
        let in_search = |term| reader.listing_is(*listing, ids::PRODUCT, term) != Some(false);
        state.is_listed(*listing)
            && is_text(title, &state.shop.listings[*listing as usize].title)
            && is_text(vendor, state.vendor_of(*listing))
            && is_text(product_type, &state.details(*listing).product_type)
            && handles.is_none_or(|handles| {
                let own = state.handle_of(*listing);
                handles.split(',').any(|handle| handle.trim() == own)
            })
            && terms.iter().all(in_search)
    };
    let is_filtered = !terms.is_empty() || texts.iter().any(Option::is_some);
    match page.numbers("ids") {
        Some(numbers) => {
            let mut named = ids::PRODUCT.positions(&numbers, len);
            named.retain(holds);
            Some(named)
        }
        None if is_filtered => Some((0..len as u32).filter(holds).collect()),
        None => (!state.is_all_listed()).then(|| state.listed().collect()),
    }
}

/// `GET products.json`.
pub(super) fn products(state: &State, call: &RestCall<'_>) -> Reply {
    let page = match PageRequest::of(call) {
        Ok(page) => page,
        Err(reply) => return reply,
    };
    let len = state.shop.listings.len();
    let named = filtered(state, call, &page);
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

/// `GET products/count.json`.
pub(super) fn products_count(state: &State, call: &RestCall<'_>) -> Reply {
    let found = filtered(state, call, &PageRequest::whole(call));
    let count = found.map_or(state.shop.listings.len(), |found| found.len());
    Reply::one("count", |out| write_int(count, out))
}

/// `GET products/{id}/variants.json`: the one that there is.
pub(super) fn variants_of(state: &State, call: &RestCall<'_>) -> Reply {
    let found = call.position(ids::PRODUCT, state.shop.listings.len());
    match found.filter(|listing| state.is_listed(*listing)) {
        Some(listing) => Reply::list("variants", [listing], |listing, out| {
            write_filtered(&call.filter(), out, |out| {
                write_variant(state, listing, out)
            });
        }),
        None => Reply::not_found(),
    }
}

/// `GET products/{id}.json`.
pub(super) fn product(state: &State, call: &RestCall<'_>) -> Reply {
    let found = call.position(ids::PRODUCT, state.shop.listings.len());
    match found.filter(|listing| state.is_listed(*listing)) {
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
    let found = call.position(ids::VARIANT, state.shop.listings.len());
    match found.filter(|listing| state.is_listed(*listing)) {
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
    let record = &state.locations[usize::from(position)];
    let at = &record.address;
    let id = u64::from(position);
    out.extend_from_slice(b"{\"id\":");
    ids::LOCATION.write_number(id, out);
    member("name", out);
    write_text(&location.code, out);
    let province = at.province(&location.country);
    for (name, value) in [
        ("address1", at.address1.as_deref()),
        ("city", at.city.as_deref()),
        ("address2", at.address2.as_deref()),
        ("zip", at.zip.as_deref()),
        ("province", province),
        ("province_code", at.province_code.as_deref()),
        ("localized_province_name", province),
        ("phone", at.phone.as_deref()),
    ] {
        member(name, out);
        write_optional_text(value, out);
    }
    out.extend_from_slice(b",\"legacy\":false,\"active\":");
    write_bool(record.is_active(), out);
    for name in ["country", "country_code"] {
        member(name, out);
        write_text(&location.country, out);
    }
    for name in ["country_name", "localized_country_name"] {
        member(name, out);
        write_text(address::country_name(&location.country), out);
    }
    for (name, time) in [
        ("created_at", record.created_at),
        ("updated_at", record.updated_at),
    ] {
        member(name, out);
        write_time(state, time, out);
    }
    member("admin_graphql_api_id", out);
    ids::LOCATION.write_gid(id, out);
    out.push(b'}');
}

/// `GET locations.json`: all of them, without pages.
pub(super) fn locations(state: &State, call: &RestCall<'_>) -> Reply {
    let filter = call.filter();
    Reply::list("locations", state.location_positions(), |position, out| {
        write_filtered(&filter, out, |out| write_location(state, position, out));
    })
}

/// `GET locations/count.json`.
pub(super) fn locations_count(state: &State, _: &RestCall<'_>) -> Reply {
    let count = state.location_positions().count();
    Reply::one("count", |out| write_int(count, out))
}

/// `GET locations/{id}.json`.
pub(super) fn location(state: &State, call: &RestCall<'_>) -> Reply {
    let found = call.position(ids::LOCATION, state.locations.len());
    match found.filter(|at| !state.locations[*at as usize].is_deleted) {
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
            match state.first_active_location() {
                Some(first) => ids::LOCATION.write_number(u64::from(first), out),
                None => out.extend_from_slice(b"null"),
            }
            out.extend_from_slice(br#","address2":null,"zip":null,"province":null,"province_code":null,"phone":null,"primary_locale":"en","taxes_included":false,"weight_unit":"kg","password_enabled":false,"has_storefront":true,"setup_required":false"#);
            write_births(state, &["created_at", "updated_at"], out);
            out.push(b'}');
        });
    })
}
