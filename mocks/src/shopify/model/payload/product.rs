//! Products and variants. Every listing is a product with one variant.

use super::Payloads;
use super::filter::{PayloadFilter, write_parts};
use crate::core::Micros;
use crate::shopify::json::{
    Json, write_bool, write_cents, write_int, write_optional_text, write_text,
};
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::ids;
use crate::shopify::model::state::State;

/// Appends `"name":` after a comma.
pub(crate) fn member(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends an instant in the shop's own time.
pub(crate) fn write_time(state: &State, at: Micros, out: &mut Vec<u8>) {
    out.push(b'"');
    let zone = &state.profile.shop.time_zone;
    state.shop.epoch.write_seconds_in(at, zone, out);
    out.push(b'"');
}

/// Appends times at which everything in the catalogue was born.
pub(crate) fn write_births(state: &State, names: &[&str], out: &mut Vec<u8>) {
    for name in names {
        member(name, out);
        write_time(state, Micros::ZERO, out);
    }
}

/// Appends cents as a price, which REST has as text.
pub(crate) fn write_quoted_cents(cents: i64, out: &mut Vec<u8>) {
    out.push(b'"');
    write_cents(cents, out);
    out.push(b'"');
}

/// Appends a variant.
pub(crate) fn write_variant(state: &State, listing: u32, out: &mut Vec<u8>) {
    let record = &state.shop.listings[listing as usize];
    let id = u64::from(listing);
    out.extend_from_slice(b"{\"id\":");
    ids::VARIANT.write_number(id, out);
    member("product_id", out);
    ids::PRODUCT.write_number(id, out);
    let details = state.details(listing);
    out.extend_from_slice(br#","title":"Default Title","position":1"#);
    let policy = match details.continues_selling {
        true => "continue",
        false => "deny",
    };
    member("inventory_policy", out);
    write_text(policy, out);
    member("compare_at_price", out);
    match details.compare_at_cents {
        Some(cents) => write_quoted_cents(cents, out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(br#","option1":"Default Title","option2":null,"option3":null"#);
    member("taxable", out);
    write_bool(details.is_taxable, out);
    member("barcode", out);
    write_optional_text(details.barcode.as_deref(), out);
    out.extend_from_slice(br#","fulfillment_service":"manual","grams":"#);
    write_int(details.item.weight.grams(), out);
    member("inventory_management", out);
    let managed = details.is_tracked.then_some("shopify");
    write_optional_text(managed, out);
    member("requires_shipping", out);
    write_bool(details.requires_shipping, out);
    member("weight", out);
    out.extend_from_slice(format!("{:?}", details.item.weight.value).as_bytes());
    member("weight_unit", out);
    write_text(details.item.weight.unit.rest(), out);
    out.extend_from_slice(br#","image_id":null"#);
    member("price", out);
    write_quoted_cents(record.price_cents as i64, out);
    member("sku", out);
    write_text(&record.sku, out);
    member("inventory_item_id", out);
    ids::INVENTORY_ITEM.write_number(id, out);
    for name in ["inventory_quantity", "old_inventory_quantity"] {
        member(name, out);
        write_int(state.stock.shown_displayed(listing), out);
    }
    member("created_at", out);
    write_time(state, details.created_at, out);
    member("updated_at", out);
    write_time(state, details.changed_at, out);
    member("admin_graphql_api_id", out);
    ids::VARIANT.write_gid(id, out);
    out.push(b'}');
}

/// Appends a product.
pub(crate) fn write_product(state: &State, listing: u32, out: &mut Vec<u8>) {
    let record = &state.shop.listings[listing as usize];
    let id = u64::from(listing);
    out.extend_from_slice(b"{\"id\":");
    ids::PRODUCT.write_number(id, out);
    member("title", out);
    write_text(&record.title, out);
    member("vendor", out);
    write_text(state.vendor_of(listing), out);
    let details = state.details(listing);
    for (name, text) in [
        ("handle", &state.handle_of(listing)),
        ("body_html", &details.description_html),
        ("product_type", &details.product_type),
    ] {
        member(name, out);
        write_text(text, out);
    }
    out.extend_from_slice(br#","template_suffix":null,"published_scope":"global","tags":"#);
    write_text(&state.tags_of(Tagged::Product(listing)).join(", "), out);
    member("status", out);
    write_text(details.status.rest(), out);
    out.extend_from_slice(br#","images":[],"image":null"#);
    member("created_at", out);
    write_time(state, details.created_at, out);
    member("updated_at", out);
    write_time(state, details.changed_at, out);
    member("published_at", out);
    match details.published_at() {
        Some(at) => write_time(state, at, out),
        None => out.extend_from_slice(b"null"),
    }
    member("admin_graphql_api_id", out);
    ids::PRODUCT.write_gid(id, out);
    member("options", out);
    out.extend_from_slice(b"[{\"id\":");
    ids::PRODUCT_OPTION.write_number(id, out);
    member("product_id", out);
    ids::PRODUCT.write_number(id, out);
    out.extend_from_slice(br#","name":"Title","position":1,"values":["Default Title"]}]"#);
    member("variants", out);
    out.push(b'[');
    write_variant(state, listing, out);
    out.extend_from_slice(b"]}");
}

impl Payloads<'_> {
    /// Appends what is left of a product, the payload of `products/delete`.
    pub(crate) fn deleted_product(&self, listing: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"id\":");
        ids::PRODUCT.write_number(u64::from(listing), out);
        out.push(b'}');
    }

    /// Appends a product, the payload of `products/update`.
    pub(crate) fn product(&self, listing: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        if filter.is_open() {
            return write_product(self.state, listing, out);
        }
        let mut whole = Vec::new();
        write_product(self.state, listing, &mut whole);
        match serde_json::from_slice::<Json>(&whole) {
            Ok(json) => write_parts(&json, filter, out),
            Err(_) => out.extend_from_slice(b"null"),
        }
    }
}
