//! What stands in webhooks (docs/custom.md 5).

use crate::core::json::{integer, quoted_integer, raw, string};
use crate::core::{Micros, OrderRef, Telling, Told};
use crate::custom::model::ids;
use crate::custom::model::orders::Status;
use crate::custom::shop::ShopState;
use crate::custom::shop::events::Event;

/// Writes the body of a webhook, and notes what it tells. Orders are told as they are when it leaves.
pub(super) fn write(
    out: &mut Vec<u8>,
    shop: &ShopState,
    event: Event,
    number: u64,
    at: Micros,
    telling: &Telling,
) {
    raw(out, "{\"id\":");
    quoted_integer(out, number);
    raw(out, ",\"topic\":");
    string(out, event.topic().name());
    raw(out, ",\"created_at\":\"");
    shop.seed.epoch.write_millis_utc(at, out);
    raw(out, "\",");
    match event {
        Event::OrderCreated(order) | Event::OrderUpdated(order) => {
            raw(out, "\"order\":");
            match shop.profile.webhooks.with_order {
                true => shop.write_order(out, order, telling),
                false => write_reference(out, shop, order, telling),
            }
        }
        Event::QuantityChanged { listing, units } => {
            raw(out, "\"product\":{\"sku\":");
            string(out, &shop.seed.listings[listing as usize].sku);
            raw(out, ",\"quantity\":");
            integer(out, units);
            out.push(b'}');
        }
    }
    out.push(b'}');
}

fn write_reference(out: &mut Vec<u8>, shop: &ShopState, order: u32, telling: &Telling) {
    let record = shop.orders.order(order);
    telling.note(match record.status {
        Status::Cancelled => Told::Cancellation(OrderRef(order)),
        _ => Told::Named(OrderRef(order)),
    });
    raw(out, "{\"id\":");
    quoted_integer(out, ids::order_id(order));
    raw(out, ",\"status\":");
    string(out, record.status.name());
    raw(out, ",\"updated_at\":\"");
    shop.seed.epoch.write_millis_utc(record.updated_at, out);
    raw(out, "\"}");
}
