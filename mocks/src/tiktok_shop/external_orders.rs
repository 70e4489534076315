//! References from orders to the same orders in other systems (sheet 4.1), and an order's price in detail.

use std::borrow::Cow;

use serde::Deserialize;

use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::ids;
use super::json::{comma, id, money, number, raw, string};
use super::machine::{Call, TiktokShop};

/// Orders one call may name (sheet 4.1).
const ORDERS: usize = 100;

/// The systems a reference may name, as a public client lists them.
const PLATFORMS: [&str; 10] = [
    "AMAZON",
    "BIGCOMMERCE",
    "CHANNEL_ADVISOR",
    "ERP_SYSTEM",
    "MAGENTO",
    "ORDER_MANAGEMENT_SYSTEM",
    "SALESFORCE_COMMERCE_CLOUD",
    "SHOPIFY",
    "WAREHOUSE_MANAGEMENT_SYSTEM",
    "WOOCOMMERCE",
];

/// An order as another system knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExternalOrder {
    pub(super) order: u32,
    /// Position among the platforms.
    platform: usize,
    id: Box<str>,
    /// Line items: the other system's id and ours.
    lines: Vec<(Box<str>, u64)>,
}

#[derive(Deserialize)]
struct AddBody<'a> {
    #[serde(borrow, default)]
    orders: Vec<AddOrder<'a>>,
}

#[derive(Deserialize)]
struct AddOrder<'a> {
    id: Option<Id>,
    #[serde(borrow)]
    external_order: Option<AddExternal<'a>>,
}

#[derive(Deserialize)]
struct AddExternal<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    platform: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    line_items: Vec<AddLine<'a>>,
}

#[derive(Deserialize)]
struct AddLine<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    origin_id: Option<Id>,
}

fn platform(name: Option<&str>) -> Result<usize, ApiError> {
    let name = name.ok_or_else(|| body::missing("platform"))?;
    PLATFORMS
        .iter()
        .position(|known| *known == name)
        .ok_or_else(|| ApiError::invalid("Invalid parameter: platform"))
}

fn write_external_order(out: &mut Vec<u8>, external: &ExternalOrder) {
    raw(out, "{\"id\":");
    string(out, &external.id);
    raw(out, ",\"platform\":");
    string(out, PLATFORMS[external.platform]);
    raw(out, ",\"line_items\":[");
    for (own, origin) in &external.lines {
        comma(out);
        raw(out, "{\"id\":");
        string(out, own);
        raw(out, ",\"origin_id\":");
        id(out, *origin);
        out.push(b'}');
    }
    raw(out, "]}");
}

impl TiktokShop {
    /// `POST orders/external_orders`. An order keeps one reference for each platform, the last one given; orders that
    /// fail a check are named in `data.errors`.
    pub(super) fn add_external_orders(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let request: AddBody<'_> = body::read(call.body)?;
        if request.orders.is_empty() {
            return Err(body::missing("orders"));
        }
        if request.orders.len() > ORDERS {
            return Err(ApiError::invalid(
                "Invalid parameter: orders takes at most 100",
            ));
        }
        raw(out, "{");
        for entry in request.orders {
            let order_id = entry.id.ok_or_else(|| body::missing("orders.id"))?.0;
            let external = entry
                .external_order
                .ok_or_else(|| body::missing("orders.external_order"))?;
            let platform = platform(external.platform.as_deref())?;
            let text = external
                .id
                .filter(|text| !text.is_empty())
                .ok_or_else(|| body::missing("orders.external_order.id"))?;
            let lines = external
                .line_items
                .into_iter()
                .map(|line| {
                    let own = line.id.unwrap_or_default();
                    (own.as_ref().into(), line.origin_id.map_or(0, |id| id.0))
                })
                .collect();
            if let Err((code, message)) = self.refer(order_id, platform, &text, lines) {
                raw(
                    out,
                    if out.ends_with(b"{") {
                        "\"errors\":["
                    } else {
                        ","
                    },
                );
                // The code is a string here, unlike everywhere else.
                raw(out, "{\"code\":");
                id(out, u64::from(code));
                raw(out, ",\"message\":");
                string(out, &message);
                raw(out, ",\"detail\":{\"order_id\":");
                id(out, order_id);
                raw(out, ",\"external_order\":{\"id\":");
                string(out, &text);
                raw(out, ",\"platform\":");
                string(out, PLATFORMS[platform]);
                raw(out, "}}}");
            }
        }
        raw(out, if out.ends_with(b"{") { "}" } else { "]}" });
        Ok(())
    }

    fn refer(
        &mut self,
        order_id: u64,
        platform: usize,
        text: &str,
        lines: Vec<(Box<str>, u64)>,
    ) -> Result<(), (u32, Cow<'static, str>)> {
        let not_yours = || (errors::NOT_YOURS.code, errors::NOT_YOURS.message.clone());
        let order = ids::order_of(order_id)
            .filter(|order| *order < self.orders.len())
            .ok_or_else(not_yours)?;
        let units = self.orders.order(order).units;
        let own = |origin: u64| {
            ids::line_of(origin).is_some_and(|(of, unit)| of == order && unit < units)
        };
        if !lines.iter().all(|(_, origin)| own(*origin)) {
            return Err(not_yours());
        }
        let key = (platform as u8, Box::from(text));
        if let Some(taken) = self.external_orders.get(&key)
            && taken.order != order
        {
            let (code, message) = errors::EXTERNAL_ORDER_TAKEN;
            return Err((code, Cow::Borrowed(message)));
        }
        let of_order = self.external_ids.entry(order).or_default();
        if let Some(old) = of_order.iter().position(|(of, _)| *of == key.0) {
            let old = of_order.swap_remove(old);
            self.external_orders.swap_remove(&old);
        }
        of_order.push(key.clone());
        let external = ExternalOrder {
            order,
            platform,
            id: text.into(),
            lines,
        };
        self.external_orders.insert(key, external);
        Ok(())
    }

    /// `GET orders/{id}/external_orders`, of one platform if the query names it.
    pub(super) fn external_orders_of(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let order = self.order_in_path(call)?;
        let wanted = match call.query.get("platform") {
            None | Some("") => None,
            name => Some(platform(name)?),
        };
        raw(out, "{\"external_orders\":[");
        for key in self.external_ids.get(&order).into_iter().flatten() {
            if let Some(external) = self.external_orders.get(key)
                && wanted.is_none_or(|wanted| wanted == external.platform)
            {
                comma(out);
                write_external_order(out, external);
            }
        }
        raw(out, "]}");
        Ok(())
    }

    /// `POST orders/external_order_search`: by platform and id, both in the query.
    pub(super) fn external_order_search(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let platform = platform(call.query.get("platform"))?;
        let text = call
            .query
            .get("external_order_id")
            .ok_or_else(|| body::missing("external_order_id"))?;
        raw(out, "{\"orders\":[");
        let key = (platform as u8, Box::from(text));
        if let Some(external) = self.external_orders.get(&key) {
            raw(out, "{\"id\":");
            id(out, ids::order_id(external.order));
            raw(out, ",\"external_order\":");
            write_external_order(out, external);
            out.push(b'}');
        }
        raw(out, "]}");
        Ok(())
    }

    /// `GET orders/{id}/price_detail`: the prices of the order and of each line item.
    pub(super) fn price_detail(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let order = self.order_in_path(call)?;
        let lines = self.orders.lines(self.orders.order(order));
        let price = |listing: u32| self.shop.listings[listing as usize].price_cents;
        let total = lines
            .iter()
            .map(|line| price(line.listing).saturating_mul(u64::from(line.units)))
            .fold(0, u64::saturating_add);
        raw(out, "{");
        self.write_prices(out, total);
        raw(out, ",\"line_items\":[");
        let mut unit = 0;
        for line in lines {
            for _ in 0..line.units {
                comma(out);
                raw(out, "{\"id\":");
                id(out, ids::line_id(order, unit));
                out.push(b',');
                self.write_prices(out, price(line.listing));
                out.push(b'}');
                unit += 1;
            }
        }
        raw(out, "]}");
        Ok(())
    }

    /// Appends the price fields: no order has discounts, taxes or a shipping fee, so all sums are alike.
    fn write_prices(&self, out: &mut Vec<u8>, cents: u64) {
        raw(out, "\"currency\":");
        string(out, &self.shop.currency);
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
}
