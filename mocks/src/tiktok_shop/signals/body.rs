//! Bodies of webhooks: thin, without lines or address (docs/platforms/tiktok_shop.md 6.3).

use crate::core::Micros;
use crate::tiktok_shop::model::cancellations::role;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{boolean, id, number, raw};
use crate::tiktok_shop::shop::ShopState;
use crate::tiktok_shop::shop::events::{Event, InventoryChange};

/// Appends a whole body: the envelope and its `data`.
pub(super) fn write(
    out: &mut Vec<u8>,
    shop: &ShopState,
    event: &Event,
    event_number: u64,
    created_at: Micros,
) {
    let epoch = shop.seed.epoch;
    raw(out, "{\"type\":");
    raw(
        out,
        match event {
            Event::OrderStatus { .. } => "1",
            Event::PackageSplit { .. } => "4",
            Event::Cancellation { .. } => "11",
            Event::ProductStatus { .. } => "5",
            Event::Return { .. } => "12",
            Event::Inventory(_) => "71",
        },
    );
    raw(out, ",\"tts_notification_id\":");
    id(out, ids::notification_id(event_number - 1));
    raw(out, ",\"shop_id\":");
    id(out, shop.access.credentials.shop_id);
    raw(out, ",\"timestamp\":");
    number(out, epoch.unix_secs(created_at));
    raw(out, ",\"data\":{");
    match event {
        Event::OrderStatus {
            order,
            status,
            is_on_hold_order,
            at,
        } => {
            raw(out, "\"order_id\":");
            id(out, ids::order_id(*order));
            raw(out, ",\"order_status\":\"");
            raw(out, status.webhook_name().unwrap_or(status.name()));
            raw(out, "\",\"is_on_hold_order\":");
            boolean(out, *is_on_hold_order);
            raw(out, ",\"update_time\":");
            number(out, epoch.unix_secs(*at));
        }
        Event::PackageSplit { order, package, at } => {
            raw(
                out,
                "\"sc_type\":\"SPLIT\",\"role_type\":\"SELLER\",\"package_list\":[{\"package_id\":",
            );
            id(out, ids::package_id(*order, *package));
            raw(out, ",\"order_id_list\":[");
            id(out, ids::order_id(*order));
            raw(out, "]}],\"update_time\":");
            number(out, epoch.unix_secs(*at));
        }
        Event::Cancellation { index, state } => {
            let cancellation = &shop.cancellations.all[*index as usize];
            raw(out, "\"order_id\":");
            id(out, ids::order_id(cancellation.order));
            raw(out, ",\"cancellations_role\":\"");
            raw(out, role(cancellation.by));
            raw(out, "\",\"cancel_status\":\"");
            raw(out, state.webhook_name());
            raw(out, "\",\"cancel_id\":");
            id(out, ids::cancellation_id(*index));
            raw(out, ",\"create_time\":");
            number(out, epoch.unix_secs(cancellation.created_at));
        }
        Event::ProductStatus { product, at } => {
            // A bare number, unlike every other id (docs/platforms/tiktok_shop.md 6.3).
            raw(out, "\"product_id\":");
            number(out, ids::product_id(*product));
            raw(
                out,
                ",\"status\":\"PRODUCT_STATUS_CHANGED\",\"suspended_reason\":\"\",\"update_time\":",
            );
            number(out, epoch.unix_secs(*at));
        }
        Event::Return { index, state, at } => {
            let found = &shop.returns.all[*index as usize];
            raw(out, "\"order_id\":");
            id(out, ids::order_id(found.order));
            raw(out, ",\"return_role\":\"");
            raw(out, role(found.by));
            raw(out, "\",\"return_type\":\"");
            raw(out, found.kind.name());
            raw(out, "\",\"return_status\":\"");
            raw(out, state.name());
            raw(out, "\",\"return_id\":");
            id(out, ids::return_id(*index));
            raw(out, ",\"create_time\":");
            number(out, epoch.unix_secs(found.created_at()));
            raw(out, ",\"update_time\":");
            number(out, epoch.unix_secs(*at));
        }
        Event::Inventory(change) => write_inventory_change(out, shop, change, event_number),
    }
    raw(out, "}}");
}

/// The field table has ids as int64, the documented sample as strings: a switch (docs/platforms/tiktok_shop.md 6.3).
fn inventory_id(shop: &ShopState, out: &mut Vec<u8>, value: u64) {
    if shop.profile.webhooks.inventory_ids_as_numbers {
        number(out, value);
    } else {
        id(out, value);
    }
}

fn write_inventory_change(
    out: &mut Vec<u8>,
    shop: &ShopState,
    change: &InventoryChange,
    event_number: u64,
) {
    let epoch = shop.seed.epoch;
    raw(out, "\"event_id\":\"e-");
    number(out, event_number);
    raw(out, "\",\"occurred_at\":\"");
    epoch.write_millis_utc(change.at, out);
    raw(out, "\",\"shop_id\":");
    inventory_id(shop, out, shop.access.credentials.shop_id);
    raw(out, ",\"product_id\":");
    inventory_id(
        shop,
        out,
        ids::product_id(shop.catalogue.product_of(change.listing)),
    );
    raw(out, ",\"sku_id\":");
    inventory_id(shop, out, shop.catalogue.sku_id(change.listing));
    raw(
        out,
        ",\"quantity_snapshot_after_change\":{\"total_quantity\":",
    );
    number(out, change.available.saturating_add(change.committed));
    raw(out, ",\"total_available_quantity\":");
    number(out, change.available);
    raw(out, ",\"total_committed_quantity\":");
    number(out, change.committed);
    raw(out, ",\"in_shop_quantity\":");
    number(out, change.available);
    raw(
        out,
        ",\"campaign_locked_quantity\":0,\"creator_locked_quantity\":0},\"change_detail\":[{\"idempotency_key\":\"k-",
    );
    number(out, event_number);
    raw(out, "\",\"trigger_source\":\"");
    raw(out, change.trigger.name());
    raw(out, "\",\"occurred_at\":\"");
    epoch.write_millis_utc(change.at, out);
    raw(out, "\",\"total_quantity_delta\":");
    number(
        out,
        change
            .available_delta
            .saturating_add(change.committed_delta),
    );
    raw(out, ",\"available_quantity_delta\":");
    number(out, change.available_delta);
    raw(out, ",\"committed_quantity_delta\":");
    number(out, change.committed_delta);
    raw(out, ",\"in_shop_quantity_delta\":");
    number(out, change.available_delta);
    raw(
        out,
        ",\"campaign_locked_quantity_delta\":0,\"creator_locked_quantity_delta\":0}]",
    );
}
