//! Fulfillment orders, which must be known before a shipment can be told, and fulfillments (docs/platforms/shopify.md 7).

use oversell_kernel::json;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::ShopifyConnector;
use super::requests::{FULFILLMENT_ORDERS, begin, push_gid, push_ids};
use super::wire::{Answer, Connection, UserError, answer};
use crate::canonical::{LineKey, OrderKey, Shipment};
use crate::connectors::encoding::{DecimalId, Text};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

/// A line of an open fulfillment order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct PreparedLine {
    fulfillment_order: u64,
    fulfillment_order_line: u64,
    line: LineKey,
    remaining: u32,
}

/// The answer to either document: fulfillment orders under `nodes`, or a payload for each shipment under `f` and its
/// position.
#[derive(Default)]
struct FulfillmentData<'a> {
    nodes: Option<Vec<Option<OrderNode<'a>>>>,
    payloads: Vec<(usize, CreatePayload<'a>)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for FulfillmentData<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = FulfillmentData<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the data of fulfillment documents")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut data = FulfillmentData::default();
                while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
                    let position = key.strip_prefix('f').and_then(|digits| digits.parse().ok());
                    if let Some(position) = position {
                        data.payloads.push((position, map.next_value()?));
                    } else if &*key == "nodes" {
                        data.nodes = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(data)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[derive(Deserialize)]
struct CreatePayload<'a> {
    #[serde(borrow, rename = "userErrors")]
    user_errors: Vec<UserError<'a>>,
}

#[derive(Deserialize)]
struct OrderNode<'a> {
    #[serde(borrow, rename = "fulfillmentOrders")]
    fulfillment_orders: Connection<FulfillmentOrder<'a>>,
}

#[derive(Deserialize)]
struct FulfillmentOrder<'a> {
    id: DecimalId,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(rename = "lineItems")]
    line_items: Connection<FulfillmentOrderLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FulfillmentOrderLine {
    id: DecimalId,
    remaining_quantity: u32,
    line_item: OrderLine,
}

#[derive(Deserialize)]
struct OrderLine {
    id: DecimalId,
}

impl ShopifyConnector {
    pub(super) fn prepare_request(&self, orders: &[OrderKey]) -> Request {
        let mut body = begin(FULFILLMENT_ORDERS, orders.len() * 44);
        push_ids(&mut body, "Order", orders.iter().map(|order| order.0));
        self.graphql(body)
    }

    pub(super) fn prepare_read(
        &mut self,
        asked: &[OrderKey],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        match answer::<FulfillmentData<'_>>(response, events) {
            Answer::Data(data) => self.prepared_read(asked, data.nodes.unwrap_or_default(), events),
            Answer::Settled => {}
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
            }
        }
    }

    fn prepared_read(
        &mut self,
        asked: &[OrderKey],
        nodes: Vec<Option<OrderNode<'_>>>,
        events: &mut Vec<Event>,
    ) {
        let mut nodes = nodes.into_iter();
        for &order in asked {
            let event = match nodes.next().flatten() {
                Some(node) => self.order_prepared(order, &node.fulfillment_orders.nodes),
                None => Event::FulfillmentRefused {
                    order,
                    reason: "the shop does not know this order".to_owned(),
                },
            };
            events.push(event);
        }
    }

    /// Keeps the lines that can be shipped now. Routing makes the fulfillment orders a moment after the order, so
    /// none at all means not yet; only closed or cancelled ones mean never.
    fn order_prepared(&mut self, order: OrderKey, all: &[FulfillmentOrder<'_>]) -> Event {
        let mut lines = Vec::new();
        let mut waiting = all.is_empty();
        for fulfillment_order in all {
            match &*fulfillment_order.status {
                "OPEN" | "IN_PROGRESS" => {
                    for line in &fulfillment_order.line_items.nodes {
                        if line.remaining_quantity > 0 {
                            lines.push(PreparedLine {
                                fulfillment_order: fulfillment_order.id.0,
                                fulfillment_order_line: line.id.0,
                                line: LineKey(line.line_item.id.0),
                                remaining: line.remaining_quantity,
                            });
                        }
                    }
                }
                "CLOSED" | "CANCELLED" | "INCOMPLETE" => {}
                // SCHEDULED, ON_HOLD, and what later versions may bring.
                _ => waiting = true,
            }
        }
        if !lines.is_empty() {
            self.prepared.insert(order, lines);
            return Event::FulfillmentReady { order };
        }
        self.prepared.swap_remove(&order);
        if waiting {
            Event::FulfillmentNotReady { order }
        } else {
            Event::FulfillmentRefused {
                order,
                reason: "every fulfillment order is closed".to_owned(),
            }
        }
    }

    /// Tells the shipments; if the fulfillment orders of any of them are not known, asks for all of theirs instead, and
    /// the answer says which shipments can be told now.
    pub(super) fn confirm_request(&self, shipments: &[Shipment]) -> Request {
        let orders: Vec<OrderKey> = shipments.iter().map(|shipment| shipment.order).collect();
        let prepared: Option<Vec<_>> = orders.iter().map(|it| self.prepared.get(it)).collect();
        let document = shipments
            .len()
            .checked_sub(1)
            .and_then(|last| self.confirm_documents.get(last));
        let (Some(prepared), Some(document)) = (prepared, document) else {
            return self.prepare_request(&orders);
        };
        let mut body = begin(document, shipments.len() * 400);
        for (position, (shipment, prepared)) in shipments.iter().zip(prepared).enumerate() {
            body.extend_from_slice(if position == 0 { b"\"f" } else { b",\"f" });
            json::integer(&mut body, position);
            body.extend_from_slice(b"\":");
            push_fulfillment(&mut body, shipment, prepared);
        }
        self.graphql(body)
    }

    pub(super) fn confirm_read(
        &mut self,
        shipments: &[Shipment],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        match answer::<FulfillmentData<'_>>(response, events) {
            Answer::Data(FulfillmentData {
                nodes: Some(nodes), ..
            }) => {
                let orders: Vec<OrderKey> = shipments.iter().map(|it| it.order).collect();
                self.prepared_read(&orders, nodes, events);
            }
            Answer::Data(FulfillmentData { payloads, .. }) => {
                if payloads.len() < shipments.len() {
                    events.push(exchange::failed(false, response));
                }
                for (position, payload) in &payloads {
                    if let Some(shipment) = shipments.get(*position) {
                        let event = self.confirmed(shipment, &payload.user_errors);
                        events.push(event);
                    }
                }
            }
            Answer::Settled => {}
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
            }
        }
    }

    fn confirmed(&mut self, shipment: &Shipment, errors: &[UserError<'_>]) -> Event {
        let order = shipment.order;
        let Some(error) = errors.first() else {
            let mut on_record = Vec::new();
            if let Some(lines) = self.prepared.get_mut(&order) {
                let rows = shipped_rows(lines, &shipment.lines);
                on_record.extend(rows.iter().map(|row| (row.line, row.remaining)));
                for line in lines.iter_mut() {
                    let same = |row: &&PreparedLine| {
                        row.fulfillment_order_line == line.fulfillment_order_line
                    };
                    if let Some(row) = rows.iter().find(same) {
                        line.remaining = line.remaining.saturating_sub(row.remaining);
                    }
                }
                lines.retain(|line| line.remaining > 0);
                if lines.is_empty() {
                    self.prepared.swap_remove(&order);
                }
            }
            return Event::FulfillmentConfirmed {
                order,
                lines: on_record,
            };
        };
        self.prepared.swap_remove(&order);
        // Ids that are gone have been replaced (a cancelled fulfillment, a move): learn them anew.
        if error.message().contains("does not exist") {
            Event::FulfillmentNotReady { order }
        } else {
            Event::FulfillmentRefused {
                order,
                reason: error.reason(),
            }
        }
    }
}

/// Appends a shipment's `FulfillmentInput`.
fn push_fulfillment(body: &mut Vec<u8>, shipment: &Shipment, prepared: &[PreparedLine]) {
    let rows = shipped_rows(prepared, &shipment.lines);
    body.extend_from_slice(b"{\"lineItemsByFulfillmentOrder\":[");
    let mut group = None;
    for row in &rows {
        if group == Some(row.fulfillment_order) {
            body.push(b',');
        } else {
            if group.is_some() {
                body.extend_from_slice(b"]},");
            }
            group = Some(row.fulfillment_order);
            body.extend_from_slice(b"{\"fulfillmentOrderId\":");
            push_gid(body, "FulfillmentOrder", row.fulfillment_order);
            body.extend_from_slice(b",\"fulfillmentOrderLineItems\":[");
        }
        body.extend_from_slice(b"{\"id\":");
        push_gid(body, "FulfillmentOrderLineItem", row.fulfillment_order_line);
        body.extend_from_slice(b",\"quantity\":");
        json::integer(body, row.remaining);
        body.push(b'}');
    }
    if group.is_some() {
        body.extend_from_slice(b"]}");
    }
    body.extend_from_slice(b"],\"notifyCustomer\":false,\"trackingInfo\":{\"company\":");
    json::string(body, &shipment.carrier);
    body.extend_from_slice(b",\"number\":");
    json::string(body, &shipment.tracking_number);
    body.extend_from_slice(b"}}");
}

/// The rows of a shipment, with the units shipped as `remaining`, in the order of the fulfillment orders. A line that
/// is spread over several of them is taken from the first ones.
fn shipped_rows(prepared: &[PreparedLine], lines: &[(LineKey, u32)]) -> Vec<PreparedLine> {
    let mut rows = Vec::with_capacity(lines.len());
    for &(line, units) in lines {
        let mut left = units;
        for candidate in prepared.iter().filter(|it| it.line == line) {
            let units = left.min(candidate.remaining);
            if units > 0 {
                rows.push(PreparedLine {
                    remaining: units,
                    ..*candidate
                });
                left -= units;
            }
        }
    }
    rows.sort_by_key(|row| (row.fulfillment_order, row.fulfillment_order_line));
    rows
}
