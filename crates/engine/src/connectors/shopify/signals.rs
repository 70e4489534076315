//! Webhooks (docs/platforms/shopify.md 3.2 and 5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http::header::HeaderName;
use serde::Deserialize;

use super::ShopifyConnector;
use super::orders::{LineItem, key_of};
use crate::canonical::{Order, OrderKey, OrderState};
use crate::connectors::encoding::{DecimalId, Text, Whole, ship_to};
use crate::connectors::salvage::counted;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

const SIGNATURE: HeaderName = HeaderName::from_static("x-shopify-hmac-sha256");
const TOPIC: HeaderName = HeaderName::from_static("x-shopify-topic");

#[derive(Deserialize)]
struct OrderHook<'a> {
    id: DecimalId,
    #[serde(borrow)]
    created_at: Text<'a>,
    #[serde(borrow)]
    updated_at: Text<'a>,
    #[serde(borrow)]
    cancelled_at: Option<Text<'a>>,
    #[serde(borrow)]
    cancel_reason: Option<Text<'a>>,
    #[serde(borrow)]
    fulfillment_status: Option<Text<'a>>,
    #[serde(borrow)]
    line_items: Vec<LineItem<'a>>,
    #[serde(borrow)]
    shipping_address: Option<ShippingAddress<'a>>,
    #[serde(borrow)]
    refunds: Option<Vec<Refund<'a>>>,
}

#[derive(Deserialize)]
struct ShippingAddress<'a> {
    #[serde(borrow)]
    country_code: Option<Text<'a>>,
    #[serde(borrow)]
    zip: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Refund<'a> {
    #[serde(borrow)]
    refund_line_items: Option<Vec<RefundLine<'a>>>,
}

#[derive(Deserialize)]
struct RefundLine<'a> {
    #[serde(borrow)]
    restock_type: Option<Text<'a>>,
    quantity: Option<Whole>,
}

/// `fulfillments/*` and `refunds/create`, of which only the order matters.
#[derive(Deserialize)]
struct AboutOrder<'a> {
    order_id: DecimalId,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    #[serde(borrow)]
    updated_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct LevelHook {
    inventory_item_id: DecimalId,
    location_id: DecimalId,
    available: Option<i64>,
}

impl ShopifyConnector {
    pub(super) fn webhook_read(&self, request: &Request, events: &mut Vec<Event>) -> Response {
        let body = request.body();
        if !self.webhook_signed(request) {
            return exchange::wrongly_signed(events);
        }
        let topic = exchange::header_text(request.headers(), TOPIC).unwrap_or("");
        let read = match topic {
            "orders/create"
            | "orders/updated"
            | "orders/cancelled"
            | "orders/paid"
            | "orders/fulfilled"
            | "orders/partially_fulfilled" => self.order_hook_read(body, events),
            "fulfillments/create" | "fulfillments/update" | "refunds/create" => {
                self.about_order_read(body, events)
            }
            "inventory_levels/update" => self.level_hook_read(body, events),
            _ => {
                events.push(Event::Quarantined {
                    order: None,
                    reason: format!("webhook of an unknown topic: {topic}"),
                });
                Ok(())
            }
        };
        if let Err(error) = read {
            events.push(Event::Quarantined {
                order: std::str::from_utf8(body)
                    .ok()
                    .and_then(|body| key_of(body).or_else(|| self.salvage().key(body))),
                reason: format!("unreadable webhook {topic}: {error}"),
            });
        }
        exchange::answer(StatusCode::OK)
    }

    pub(super) fn webhook_signed(&self, request: &Request) -> bool {
        let mut signature = [0; 33];
        let Some(text) = request.headers().get(SIGNATURE) else {
            return false;
        };
        match STANDARD.decode_slice(text.as_bytes(), &mut signature) {
            Ok(32) => self.signer.verify(&[request.body()], &signature[..32]),
            _ => false,
        }
    }

    fn order_hook_read(
        &self,
        body: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), serde_json::Error> {
        let hook: OrderHook<'_> = exchange::read_json(body)?;
        let key = OrderKey(hook.id.0);
        let times = (
            self.epoch.parse_rfc3339(&hook.created_at),
            self.epoch.parse_rfc3339(&hook.updated_at),
            self.is_cancelled(hook.cancelled_at.as_ref()),
        );
        let (Some(created_at), Some(updated_at), Some(is_cancelled)) = times else {
            let cancelled_at = hook.cancelled_at.as_deref().unwrap_or("-");
            events.push(Event::Quarantined {
                order: Some(key),
                reason: format!(
                    "unreadable time: {} {} {cancelled_at}",
                    &*hook.created_at, &*hook.updated_at
                ),
            });
            let lines = self.lines(key, &hook.line_items, events);
            lines.see(|lines| counted(key, lines), events);
            return Ok(());
        };
        let status = hook.fulfillment_status.as_deref();
        let (state, restocked) = self.state(key, is_cancelled, status, events);
        let units: u32 = hook.line_items.iter().map(|it| it.quantity.units()).sum();
        let refunds = hook.refunds.as_deref().unwrap_or_default();
        let told = restocked.or_else(|| restock_of(refunds, units));
        let address = hook.shipping_address.as_ref();
        let seen = |lines| Order {
            key,
            state,
            created_at,
            updated_at,
            lines,
            ship_to: address.and_then(|it| ship_to(it.country_code.as_deref(), it.zip.as_deref())),
            // Of units taken out of an order the refunds tell only a part: edits are none of them.
            restocked: told.filter(|_| state == OrderState::Cancelled),
            lacked_stock: state == OrderState::Cancelled
                && hook.cancel_reason.as_deref() == Some("inventory"),
        };
        let lines = self.lines(key, &hook.line_items, events);
        lines.see(seen, events);
        Ok(())
    }

    fn about_order_read(
        &self,
        body: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), serde_json::Error> {
        let hook: AboutOrder<'_> = exchange::read_json(body)?;
        let time = hook.updated_at.or(hook.created_at);
        let updated_at = time
            .and_then(|time| self.epoch.parse_rfc3339(&time))
            .unwrap_or_default();
        events.push(Event::OrderSignalled {
            order: OrderKey(hook.order_id.0),
            updated_at,
            state: None,
        });
        Ok(())
    }

    fn level_hook_read(
        &self,
        body: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), serde_json::Error> {
        let hook: LevelHook = exchange::read_json(body)?;
        let sku = self.sku_of_item.get(&hook.inventory_item_id.0).copied();
        // Items that are not ours and other locations are told as well; they are not a listing's quantity.
        let here = self.location == Some(hook.location_id.0);
        events.push(match (sku, hook.available) {
            (Some(sku), Some(displayed)) if here => Event::QuantitySignalled { sku, displayed },
            _ => Event::Done,
        });
        Ok(())
    }
}

/// Whether refunds put units of an order of so many `units` back on sale: yes, if a line says so; no, if the lines account for
/// all units and say that they did not. Otherwise nothing is said: units that an edit took out stand in no refund, and may
/// have been put back.
fn restock_of(refunds: &[Refund<'_>], units: u32) -> Option<bool> {
    let mut kept_off_sale = 0;
    for line in refunds
        .iter()
        .flat_map(|refund| refund.refund_line_items.iter().flatten())
    {
        match line.restock_type.as_deref() {
            Some("no_restock") => kept_off_sale += line.quantity.unwrap_or_default().units(),
            Some("cancel" | "return" | "legacy_restock") => return Some(true),
            _ => {}
        }
    }
    (kept_off_sale > 0 && kept_off_sale >= units).then_some(false)
}
