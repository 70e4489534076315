//! Shipment confirmation, which has stayed on version 0 of the Orders API (docs/platforms/amazon.md 7.1).

use http::{Method, StatusCode};
use oversell_kernel::json;

use super::AmazonConnector;
use super::requests::push_package_reference;
use super::wire::{accepted, refusal};
use crate::canonical::Shipment;
use crate::connectors::Event;
use crate::connectors::order_ids::push_amazon;
use crate::machine::{Request, Response};

impl AmazonConnector {
    pub(super) fn confirm_request(&self, shipment: &Shipment) -> Request {
        let mut target = b"/orders/v0/orders/".to_vec();
        push_amazon(&mut target, shipment.order);
        target.extend_from_slice(b"/shipmentConfirmation");
        let mut body = Vec::with_capacity(256 + shipment.lines.len() * 56);
        body.extend_from_slice(b"{\"marketplaceId\":");
        json::string(&mut body, &self.marketplace_id);
        body.extend_from_slice(b",\"packageDetail\":{\"packageReferenceId\":\"");
        push_package_reference(&mut body, &shipment.tracking_number);
        body.extend_from_slice(b"\",\"carrierCode\":");
        json::string(&mut body, &shipment.carrier);
        body.extend_from_slice(b",\"trackingNumber\":");
        json::string(&mut body, &shipment.tracking_number);
        body.extend_from_slice(b",\"shipDate\":\"");
        self.epoch.write_millis_utc(shipment.shipped_at, &mut body);
        body.extend_from_slice(b"\",\"orderItems\":[");
        for (position, &(line, units)) in shipment.lines.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            body.extend_from_slice(b"{\"orderItemId\":");
            json::quoted_integer(&mut body, line.0);
            body.extend_from_slice(b",\"quantity\":");
            json::integer(&mut body, units);
            body.push(b'}');
        }
        body.extend_from_slice(b"]}}");
        self.send(Method::POST, target, body)
    }

    pub(super) fn confirm_read(
        &self,
        shipment: &Shipment,
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let order = shipment.order;
        if matches!(
            response.status(),
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND
        ) {
            let refusal = refusal(response);
            // A pending order cannot be confirmed yet; any other refusal is for good. The code is the same for both,
            // only the text tells them apart.
            let pending = refusal.message.to_ascii_lowercase().contains("pending");
            events.push(if pending {
                Event::FulfillmentNotReady { order }
            } else {
                Event::FulfillmentRefused {
                    order,
                    reason: refusal.reason(),
                }
            });
        } else if accepted(response, events) {
            events.push(Event::FulfillmentConfirmed {
                order,
                lines: shipment.lines.clone(),
            });
        }
    }
}
