//! Marking an order as shipped (docs/platforms/tiktok_shop.md 7) and cancelling it for lack of stock (4.1).

use http::Method;
use oversell_kernel::json;
use serde::Deserialize;

use super::TiktokShopConnector;
use super::requests::Call;
use super::wire::{Answer, answer, refused};
use crate::canonical::{OrderKey, Shipment};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

/// The order is in its free cancellation hour (docs/platforms/tiktok_shop.md 2.2).
const ORDER_ON_HOLD: i64 = 21_011_044;

/// A carrier of the shop's closed list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Provider {
    pub(super) id: u64,
    pub(super) name: String,
}

#[derive(Deserialize)]
struct Nothing {}

impl TiktokShopConnector {
    pub(super) fn confirm_request(&self, now: Micros, shipment: &Shipment) -> Request {
        let mut body = Vec::with_capacity(160 + shipment.lines.len() * 24);
        body.extend_from_slice(b"{\"tracking_number\":");
        json::string(&mut body, &shipment.tracking_number);
        body.extend_from_slice(b",\"shipping_provider_id\":");
        json::quoted_integer(&mut body, self.provider(&shipment.carrier));
        body.extend_from_slice(b",\"order_line_item_ids\":[");
        for (position, &(line, _)) in shipment.lines.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            json::quoted_integer(&mut body, line.0);
        }
        body.extend_from_slice(b"]}");
        let call = Call::about("/fulfillment/202309/orders/", shipment.order.0, "/packages");
        self.send(now, Method::POST, call, body)
    }

    /// The carrier whose name is, or else holds, the shipment's. The list is closed and has no "other": a carrier
    /// that is not on it goes under the first one, which the platform takes with a warning.
    fn provider(&self, carrier: &str) -> u64 {
        let same = |it: &&Provider| it.name.eq_ignore_ascii_case(carrier);
        let carrier_lower = carrier.to_ascii_lowercase();
        let similar = |it: &&Provider| it.name.to_ascii_lowercase().contains(&carrier_lower);
        let providers = &self.providers;
        let found = providers
            .iter()
            .find(same)
            .or_else(|| providers.iter().find(similar));
        found
            .or(providers.first())
            .map_or(0, |provider| provider.id)
    }

    pub(super) fn cancel_request(&self, now: Micros, order: OrderKey) -> Request {
        let mut body = b"{\"order_id\":".to_vec();
        json::quoted_integer(&mut body, order.0);
        body.extend_from_slice(b",\"cancel_reason\":\"seller_cancel_reason_out_of_stock\"}");
        self.send(
            now,
            Method::POST,
            Call::to("/return_refund/202602/cancellations"),
            body,
        )
    }
}

pub(super) fn confirm_read(shipment: &Shipment, response: &Response, events: &mut Vec<Event>) {
    let order = shipment.order;
    match answer::<Nothing>(response, events) {
        Answer::Data(Nothing {}) => events.push(Event::FulfillmentConfirmed {
            order,
            lines: shipment.lines.clone(),
        }),
        Answer::Refused(refusal) if refusal.code == ORDER_ON_HOLD => {
            events.push(Event::FulfillmentNotReady { order });
        }
        Answer::Refused(refusal) => {
            events.push(Event::FulfillmentRefused {
                order,
                reason: refusal.reason(),
            });
        }
        Answer::Settled => {}
        Answer::Unreadable(error) => events.push(exchange::unreadable(&error, response.body())),
    }
}

pub(super) fn cancel_read(order: OrderKey, response: &Response, events: &mut Vec<Event>) {
    match answer::<Nothing>(response, events) {
        Answer::Data(Nothing {}) => events.push(Event::OrderCancelled { order }),
        Answer::Refused(refusal) => events.push(refused(&refusal)),
        Answer::Settled => {}
        Answer::Unreadable(error) => events.push(exchange::unreadable(&error, response.body())),
    }
}
