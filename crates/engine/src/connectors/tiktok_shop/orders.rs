//! Order search and order detail (docs/platforms/tiktok_shop.md 4).

use http::Method;
use oversell_kernel::json;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::TiktokShopConnector;
use super::requests::Call;
use super::wire::{Answer, answer, refused};
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState};
use crate::connectors::encoding::{DecimalId, Text, UnreadableOrder, Whole, read_each, ship_to};
use crate::connectors::feed::page_read;
use crate::connectors::order_ids::parse_decimal;
use crate::connectors::order_lines::{LineSku, OrderLines};
use crate::connectors::salvage::Salvage;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct OrdersData<T> {
    orders: Option<Vec<T>>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct OrderWire<'a> {
    id: DecimalId,
    #[serde(borrow)]
    status: Text<'a>,
    create_time: Whole,
    update_time: Whole,
    #[serde(borrow)]
    recipient_address: Option<Address<'a>>,
    #[serde(borrow)]
    line_items: Vec<LineItem<'a>>,
}

#[derive(Deserialize)]
struct Address<'a> {
    #[serde(borrow)]
    region_code: Option<Text<'a>>,
    #[serde(borrow)]
    postal_code: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct LineItem<'a> {
    id: DecimalId,
    sku_id: Option<DecimalId>,
    #[serde(borrow)]
    seller_sku: Option<Text<'a>>,
    #[serde(borrow)]
    display_status: Option<Text<'a>>,
}

impl TiktokShopConnector {
    /// What an order needs to count although it cannot be read.
    fn salvage(&self) -> Salvage<'_> {
        Salvage {
            skus: &self.skus,
            read_order_id: parse_decimal,
            is_line_a_unit: true,
        }
    }

    pub(super) fn poll_request(&self, now: Micros, since: Micros, cursor: Option<&str>) -> Request {
        let mut body = b"{\"update_time_ge\":".to_vec();
        json::integer(&mut body, self.epoch.unix_secs(since));
        body.push(b'}');
        let mut call = Call::to("/order/202309/orders/search")
            .with("page_size", b"100")
            .with("sort_field", b"update_time")
            .with("sort_order", b"ASC");
        if let Some(cursor) = cursor {
            call = call.with("page_token", cursor.as_bytes());
        }
        self.send(now, Method::POST, call, body)
    }

    pub(super) fn poll_read(&self, response: &Response, events: &mut Vec<Event>) {
        let Some((orders, next)) = orders(response, &self.salvage(), events) else {
            return;
        };
        page_read(orders, next, events, |order, events| {
            Some(self.order_read(order, events))
        });
    }

    pub(super) fn fetch_request(&self, now: Micros, orders: &[OrderKey]) -> Request {
        let mut ids = Vec::with_capacity(orders.len() * 20);
        for (position, order) in orders.iter().enumerate() {
            if position > 0 {
                ids.push(b',');
            }
            json::integer(&mut ids, order.0);
        }
        self.get(now, Call::to("/order/202507/orders").with("ids", &ids))
    }

    pub(super) fn fetch_read(
        &self,
        asked: &[OrderKey],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let Some((orders, _)) = orders(response, &self.salvage(), events) else {
            return;
        };
        let mut found = Vec::with_capacity(asked.len());
        for order in orders {
            match order {
                Ok(order) => {
                    found.push(OrderKey(order.id.0));
                    self.order_read(&order, events);
                }
                Err(unreadable) => {
                    found.extend(unreadable.key);
                    unreadable.push(events);
                }
            }
        }
        for &order in asked {
            if !found.contains(&order) {
                events.push(Event::Quarantined {
                    order: Some(order),
                    reason: "the shop does not know this order".to_owned(),
                });
            }
        }
    }

    /// Pushes the order and gives the time of its last change. Every line is one unit.
    fn order_read(&self, wire: &OrderWire<'_>, events: &mut Vec<Event>) -> Micros {
        let key = OrderKey(wire.id.0);
        let updated_at = self.epoch.at_unix_secs(wire.update_time.0);
        let state = state(key, &wire.status, events);
        let mut lines = OrderLines::new(key, wire.line_items.len());
        for item in &wire.line_items {
            let line = |sku| Line {
                id: LineKey(item.id.0),
                sku,
                units: 1,
                current_units: u32::from(item.display_status.as_deref() != Some("CANCELLED")),
            };
            lines.push(self.sku_of_line(item), line, events);
        }
        let address = wire.recipient_address.as_ref();
        let seen = |lines| Order {
            key,
            state,
            created_at: self.epoch.at_unix_secs(wire.create_time.0),
            updated_at,
            lines,
            ship_to: address
                .and_then(|it| ship_to(it.region_code.as_deref(), it.postal_code.as_deref())),
            restocked: None,
            lacked_stock: false,
        };
        lines.see(seen, events);
        updated_at
    }

    /// By the merchant's text, or else by the platform's id of the SKU.
    fn sku_of_line<'a>(&self, item: &'a LineItem<'_>) -> LineSku<'a> {
        let by_text = self.skus.of_line(item.seller_sku.as_deref());
        match (by_text, item.sku_id) {
            (LineSku::Ours(_), _) => by_text,
            (_, None) => LineSku::Untold,
            (_, Some(id)) => match self.sku_of_id.get(&id.0) {
                Some(sku) => LineSku::Ours(*sku),
                None => LineSku::Other(item.seller_sku.as_deref().unwrap_or("")),
            },
        }
    }
}

type Orders<'a> = Vec<Result<OrderWire<'a>, UnreadableOrder>>;

/// The orders of an answer and the token of the next page; `None` if the events are out.
fn orders<'a>(
    response: &'a Response,
    salvage: &Salvage<'_>,
    events: &mut Vec<Event>,
) -> Option<(Orders<'a>, Option<String>)> {
    let present = |token: Option<String>| token.filter(|token| !token.is_empty());
    match answer::<OrdersData<OrderWire<'_>>>(response, events) {
        Answer::Data(data) => {
            let orders = data
                .orders
                .unwrap_or_default()
                .into_iter()
                .map(Ok)
                .collect();
            return Some((orders, present(data.next_page_token)));
        }
        Answer::Refused(refusal) => {
            events.push(refused(&refusal));
            return None;
        }
        Answer::Settled => return None,
        Answer::Unreadable(_) => {}
    }
    match answer::<OrdersData<&RawValue>>(response, events) {
        Answer::Data(data) => {
            let orders = read_each(&data.orders.unwrap_or_default(), salvage);
            return Some((orders, present(data.next_page_token)));
        }
        Answer::Refused(refusal) => events.push(refused(&refusal)),
        Answer::Settled => {}
        Answer::Unreadable(error) => events.push(exchange::unreadable(&error, response.body())),
    }
    None
}

/// The state behind a status (docs/platforms/tiktok_shop.md 4.2; webhooks write `CANCEL`). A status that is not known holds
/// the order, so that nothing is shipped by mistake, and is quarantined to be counted.
fn state(order: OrderKey, status: &str, events: &mut Vec<Event>) -> OrderState {
    known_state(status).unwrap_or_else(|| {
        events.push(Event::Quarantined {
            order: Some(order),
            reason: format!("unknown status {status:?}"),
        });
        OrderState::Held
    })
}

/// The state behind a status, in the spelling of the API or of webhooks (docs/platforms/tiktok_shop.md 4.2 and 6.3).
pub(super) fn known_state(status: &str) -> Option<OrderState> {
    Some(match status {
        "UNPAID" | "ON_HOLD" => OrderState::Held,
        "AWAITING_SHIPMENT" | "PARTIALLY_SHIPPING" => OrderState::Open,
        "AWAITING_COLLECTION" | "IN_TRANSIT" | "DELIVERED" | "COMPLETED" => OrderState::Shipped,
        "CANCELLED" | "CANCEL" => OrderState::Cancelled,
        _ => return None,
    })
}
