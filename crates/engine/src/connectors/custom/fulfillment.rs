//! Telling the shop that parcels have left, and cancelling for lack of stock (docs/custom.md 4).

use http::Method;
use oversell_kernel::json;
use serde::Deserialize;

use super::CustomConnector;
use super::answers::{Answer, answer};
use crate::canonical::{OrderKey, Shipment};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

/// Of what is read of answers whose members do not matter.
#[derive(Deserialize)]
struct Nothing {}

fn about(order: OrderKey, end: &str) -> Vec<u8> {
    let mut target = b"/v1/orders/".to_vec();
    json::integer(&mut target, order.0);
    target.extend_from_slice(end.as_bytes());
    target
}

impl CustomConnector {
    pub(super) fn confirm_request(&self, shipment: &Shipment) -> Request {
        let mut body = Vec::with_capacity(96 + shipment.lines.len() * 32);
        body.extend_from_slice(b"{\"carrier\":");
        json::string(&mut body, &shipment.carrier);
        body.extend_from_slice(b",\"tracking_number\":");
        json::string(&mut body, &shipment.tracking_number);
        body.extend_from_slice(b",\"lines\":");
        json::array(&mut body, &shipment.lines, |body, (line, units)| {
            body.extend_from_slice(b"{\"id\":");
            json::quoted_integer(body, line.0);
            body.extend_from_slice(b",\"quantity\":");
            json::integer(body, *units);
            body.push(b'}');
        });
        body.push(b'}');
        self.send(Method::POST, about(shipment.order, "/fulfillments"), body)
    }

    /// The units stay off sale: there are none.
    pub(super) fn cancel_request(&self, order: OrderKey) -> Request {
        let body = b"{\"restock\":false}".to_vec();
        self.send(Method::POST, about(order, "/cancel"), body)
    }
}

pub(super) fn confirm_read(shipment: &Shipment, response: &Response, events: &mut Vec<Event>) {
    let order = shipment.order;
    match answer::<Nothing>(response, events) {
        Answer::Data(Nothing {}) => events.push(Event::FulfillmentConfirmed {
            order,
            lines: shipment.lines.clone(),
        }),
        Answer::Refused(refusal) if refusal.code == "pending" => {
            events.push(Event::FulfillmentNotReady { order });
        }
        Answer::Refused(refusal) => events.push(Event::FulfillmentRefused {
            order,
            reason: refusal.reason(),
        }),
        Answer::Settled => {}
        Answer::Unreadable(error) => events.push(exchange::unreadable(&error, response.body())),
    }
}

pub(super) fn cancel_read(order: OrderKey, response: &Response, events: &mut Vec<Event>) {
    match answer::<Nothing>(response, events) {
        Answer::Data(Nothing {}) => events.push(Event::OrderCancelled { order }),
        Answer::Refused(refusal) => events.push(refusal.event()),
        Answer::Settled => {}
        Answer::Unreadable(error) => events.push(exchange::unreadable(&error, response.body())),
    }
}
