//! How changes look.

use crate::core::Told;
use crate::warehouse::model::changes::{Change, ChangesQuery, LineIndex};
use crate::warehouse::model::ids::AllocationIndex;
use crate::warehouse::model::inventory::Movement;
use crate::warehouse::model::json;
use crate::warehouse::shop::WarehouseState;

pub(super) fn render(shop: &WarehouseState, query: &ChangesQuery) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let mut next = query.after;
    let mut listed = 0;
    out.extend_from_slice(b"{\"changes\":[");
    for change in shop.feed.after(query.after) {
        if listed == query.limit {
            break;
        }
        next += 1;
        if change.movement.change_kind().bit() & query.kinds == 0 {
            continue;
        }
        if listed > 0 {
            out.push(b',');
        }
        listed += 1;
        shop.telling.note(Told::Stock {
            sku: change.item.0,
            until: change.at,
        });
        write_change(shop, &mut out, next, change);
    }
    out.extend_from_slice(b"],\"next\":");
    json::integer(&mut out, next);
    out.extend_from_slice(b",\"more\":");
    json::boolean(&mut out, next < shop.feed.end());
    out.push(b'}');
    out
}

fn write_change(shop: &WarehouseState, out: &mut Vec<u8>, seq: u32, change: &Change) {
    out.extend_from_slice(b"{\"seq\":");
    json::integer(out, seq);
    out.extend_from_slice(b",\"at\":\"");
    shop.epoch.write_millis_utc(change.at, out);
    out.extend_from_slice(b"\",\"kind\":");
    json::text(out, change.movement.change_kind().name());
    out.extend_from_slice(b",\"sku\":");
    json::text(out, shop.catalogue.sku(change.item));
    out.extend_from_slice(b",\"location\":");
    json::text(out, shop.catalogue.location_code(change.location));
    out.extend_from_slice(b",\"units\":");
    json::integer(out, change.units);
    out.extend_from_slice(b",\"on_hand\":");
    json::integer(out, change.on_hand);
    out.extend_from_slice(b",\"available\":");
    json::integer(out, change.available);
    match change.movement {
        Movement::Cancelled => out.extend_from_slice(b",\"reason\":\"cancelled\""),
        Movement::Missing => out.extend_from_slice(b",\"reason\":\"missing\""),
        _ => {}
    }
    if change.line != LineIndex::NONE {
        let (allocation, line_id) = shop.book.line_owner(change.line);
        write_line_owner(shop, out, allocation, line_id);
        if change.movement == Movement::Shipped {
            out.extend_from_slice(b",\"tracking\":{\"carrier\":\"UPS\",\"number\":\"");
            allocation.write_tracking_number(change.location, out);
            out.extend_from_slice(b"\"}");
        }
    }
    out.push(b'}');
}

fn write_line_owner(
    shop: &WarehouseState,
    out: &mut Vec<u8>,
    allocation: AllocationIndex,
    line_id: &str,
) {
    out.extend_from_slice(b",\"allocation\":\"");
    allocation.write(out);
    out.extend_from_slice(b"\",\"channel\":");
    json::text(out, shop.catalogue.channel(shop.book.channel(allocation)));
    out.extend_from_slice(b",\"order_id\":");
    json::text(out, shop.book.order_id(allocation));
    out.extend_from_slice(b",\"line_id\":");
    json::text(out, line_id);
}
