//! An order's price in detail.

use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, money, number, raw, string};

use super::errors::ApiError;
use super::order_view::OrderView;
use super::{Call, order_in_path};

/// `GET orders/{id}/price_detail`: the prices of the order and of each line item.
pub(super) fn detail(
    view: &OrderView<'_>,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let order = order_in_path(view.orders, call)?;
    let lines = view.orders.lines(view.orders.order(order));
    let price = |listing: u32| view.seed.listings[listing as usize].price_cents;
    let total = lines
        .iter()
        .map(|line| price(line.listing).saturating_mul(u64::from(line.units)))
        .fold(0, u64::saturating_add);
    raw(out, "{");
    write_prices(&view.seed.currency, out, total);
    raw(out, ",\"line_items\":[");
    let mut unit = 0;
    for line in lines {
        for _ in 0..line.units {
            comma(out);
            raw(out, "{\"id\":");
            id(out, ids::line_id(order, unit));
            out.push(b',');
            write_prices(&view.seed.currency, out, price(line.listing));
            out.push(b'}');
            unit += 1;
        }
    }
    raw(out, "]}");
    Ok(())
}

/// Appends the price fields: no order has discounts, taxes or a shipping fee, so all sums are alike.
fn write_prices(currency: &str, out: &mut Vec<u8>, cents: u64) {
    raw(out, "\"currency\":");
    string(out, currency);
    for name in [
        "total",
        "payment",
        "sku_list_price",
        "sku_sale_price",
        "subtotal",
        "net_price_amount",
    ] {
        raw(out, ",\"");
        raw(out, name);
        raw(out, "\":");
        money(out, cents);
    }
    for name in [
        "subtotal_deduction_seller",
        "subtotal_deduction_platform",
        "subtotal_tax_amount",
        "voucher_deduction_platform",
        "voucher_deduction_seller",
        "shipping_list_price",
        "shipping_sale_price",
        "tax_amount",
        "tax_rate",
        "cod_fee",
    ] {
        raw(out, ",\"");
        raw(out, name);
        raw(out, "\":\"");
        number(out, 0_u8);
        out.push(b'"');
    }
}
