//! Orders, from pages, single answers and webhooks alike (docs/custom.md 4).

use http::StatusCode;
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::value::RawValue;

use super::CustomConnector;
use super::answers::{Answer, answer};
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState};
use crate::connectors::encoding::{
    DecimalId, Text, UnreadableOrder, Whole, push_escaped, read_each, ship_to,
};
use crate::connectors::feed::page_read;
use crate::connectors::order_ids::parse_decimal;
use crate::connectors::order_lines::OrderLines;
use crate::connectors::salvage::Salvage;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::{Epoch, Micros, json};

#[derive(serde::Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct OrderPage<T> {
    orders: Vec<T>,
    next_cursor: Option<String>,
}

/// An instant, as microseconds of Unix time: an order with one that cannot be read is an order that cannot be read.
#[derive(Copy, Clone)]
pub(super) struct Instant(pub(super) i64);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Epoch::parse_unix_micros(&text)
            .map(Instant)
            .ok_or_else(|| Error::custom(format!("{:?} is no instant", &*text)))
    }
}

/// An order as the shop writes it.
#[derive(serde::Deserialize)]
pub(super) struct OrderWire<'a> {
    id: DecimalId,
    #[serde(borrow)]
    status: Text<'a>,
    created_at: Instant,
    updated_at: Instant,
    #[serde(borrow)]
    ship_to: Option<Address<'a>>,
    #[serde(borrow)]
    lines: Vec<LineWire<'a>>,
}

#[derive(serde::Deserialize)]
struct Address<'a> {
    #[serde(borrow)]
    country: Option<Text<'a>>,
    #[serde(borrow)]
    postal_code: Option<Text<'a>>,
}

#[derive(serde::Deserialize)]
struct LineWire<'a> {
    id: DecimalId,
    #[serde(borrow)]
    sku: Option<Text<'a>>,
    quantity: Whole,
    cancelled_quantity: Option<Whole>,
    restocked_quantity: Option<Whole>,
}

/// The state behind a status; `None` for one that is not known.
pub(super) fn known_state(status: &str) -> Option<OrderState> {
    Some(match status {
        "pending" => OrderState::Held,
        "open" => OrderState::Open,
        "fulfilled" => OrderState::Shipped,
        "cancelled" => OrderState::Cancelled,
        _ => return None,
    })
}

impl CustomConnector {
    /// What an order needs to count although it cannot be read.
    pub(super) fn salvage(&self) -> Salvage<'_> {
        Salvage {
            skus: &self.skus,
            read_order_id: parse_decimal,
            is_line_a_unit: false,
        }
    }

    pub(super) fn poll_request(&self, since: Micros, cursor: Option<&str>) -> Request {
        let mut target = b"/v1/orders?limit=100&updated_since=".to_vec();
        push_escaped(&mut target, &self.epoch.millis_utc(since));
        if let Some(cursor) = cursor {
            target.extend_from_slice(b"&cursor=");
            push_escaped(&mut target, cursor);
        }
        self.get(target)
    }

    pub(super) fn poll_read(&self, response: &Response, events: &mut Vec<Event>) {
        let (orders, next) = match answer::<OrderPage<OrderWire<'_>>>(response, events) {
            Answer::Data(page) => {
                let orders: Vec<_> = page.orders.into_iter().map(Ok).collect();
                (orders, page.next_cursor)
            }
            Answer::Refused(refusal) => return events.push(refusal.event()),
            Answer::Settled => return,
            // One by one, so that an order that cannot be read holds up no other.
            Answer::Unreadable(error) => {
                match exchange::read_json::<OrderPage<&RawValue>>(response.body()) {
                    Ok(page) => (read_each(&page.orders, &self.salvage()), page.next_cursor),
                    Err(_) => {
                        return events.push(exchange::unreadable(&error, response.body()));
                    }
                }
            }
        };
        let next = next.filter(|next| !next.is_empty());
        page_read(orders, next, events, |order, events| {
            Some(self.order_read(order, events))
        });
    }

    /// Reads one order: the batch of a fetch is one.
    pub(super) fn fetch_request(&self, orders: &[OrderKey]) -> Request {
        let [order] = orders else {
            return exchange::no_request();
        };
        let mut target = b"/v1/orders/".to_vec();
        json::integer(&mut target, order.0);
        self.get(target)
    }

    pub(super) fn fetch_read(
        &self,
        asked: &[OrderKey],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let &[key] = asked else {
            return events.push(exchange::unsupported());
        };
        match answer::<OrderWire<'_>>(response, events) {
            Answer::Data(order) => drop(self.order_read(&order, events)),
            Answer::Refused(refusal) if refusal.status == StatusCode::NOT_FOUND => {
                events.push(Event::Quarantined {
                    order: Some(key),
                    reason: "the shop does not know this order".to_owned(),
                });
            }
            Answer::Refused(refusal) => events.push(refusal.event()),
            Answer::Settled => {}
            Answer::Unreadable(error) => match std::str::from_utf8(response.body()) {
                Ok(body) => {
                    UnreadableOrder::new(body, &error, Some(key), &self.salvage()).push(events);
                }
                Err(_) => events.push(exchange::unreadable(&error, response.body())),
            },
        }
    }

    /// Pushes the order and gives the time of its last change.
    pub(super) fn order_read(&self, wire: &OrderWire<'_>, events: &mut Vec<Event>) -> Micros {
        let key = OrderKey(wire.id.0);
        let updated_at = self.epoch.at_unix_micros(wire.updated_at.0);
        // A status that is not known holds the order, so that nothing is shipped by mistake.
        let state = known_state(&wire.status).unwrap_or_else(|| {
            events.push(Event::Quarantined {
                order: Some(key),
                reason: format!("unknown status {:?}", &*wire.status),
            });
            OrderState::Held
        });
        let mut lines = OrderLines::new(key, wire.lines.len());
        let (mut cancelled, mut restocked) = (0, 0);
        for of in &wire.lines {
            let units = |told: Option<Whole>| told.map_or(0, Whole::units);
            let taken_out = units(of.cancelled_quantity);
            cancelled += taken_out;
            restocked += units(of.restocked_quantity);
            let line = |sku| Line {
                id: LineKey(of.id.0),
                sku,
                units: of.quantity.units(),
                current_units: of.quantity.units().saturating_sub(taken_out),
            };
            lines.push(self.skus.of_line(of.sku.as_deref()), line, events);
        }
        let address = wire.ship_to.as_ref();
        let seen = |lines| Order {
            key,
            state,
            created_at: self.epoch.at_unix_micros(wire.created_at.0),
            updated_at,
            lines,
            ship_to: address
                .and_then(|it| ship_to(it.country.as_deref(), it.postal_code.as_deref())),
            // Where only some went back on sale, all count as if they had: that is the safe side.
            restocked: (cancelled > 0).then_some(restocked > 0),
            lacked_stock: false,
        };
        lines.see(seen, events);
        updated_at
    }
}
