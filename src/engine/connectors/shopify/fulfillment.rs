//! Fulfillment orders, which must be known before a shipment can be told, and fulfillments (sheet 7).

use serde::Deserialize;

use super::ShopifyConnector;
use super::requests::{CREATE_FULFILLMENT, FULFILLMENT_ORDERS, begin, push_gid, push_ids};
use super::wire::{Answer, Connection, UserError, answer};
use crate::engine::canonical::{LineKey, OrderKey, Shipment};
use crate::engine::connectors::encoding::{DecimalId, Text, push_integer, push_text};
use crate::engine::connectors::{Event, exchange};
use crate::engine::machine::{Request, Response};

/// A line of an open fulfillment order.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct PreparedLine {
    fulfillment_order: u64,
    fulfillment_order_line: u64,
    line: LineKey,
    remaining: u32,
}

#[derive(Deserialize)]
struct FulfillmentData<'a> {
    #[serde(borrow)]
    nodes: Option<Vec<Option<OrderNode<'a>>>>,
    #[serde(borrow, rename = "fulfillmentCreate")]
    payload: Option<CreatePayload<'a>>,
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

    /// Tells the shipment; if the order's fulfillment orders are not known, asks for them instead, and the answer says
    /// whether the shipment can be told now.
    pub(super) fn confirm_request(&self, shipment: &Shipment) -> Request {
        let Some(prepared) = self.prepared.get(&shipment.order) else {
            return self.prepare_request(&[shipment.order]);
        };
        let rows = shipped_rows(prepared, &shipment.lines);
        let mut body = begin(CREATE_FULFILLMENT, 240 + rows.len() * 160);
        body.extend_from_slice(b"\"fulfillment\":{\"lineItemsByFulfillmentOrder\":[");
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
                push_gid(&mut body, "FulfillmentOrder", row.fulfillment_order);
                body.extend_from_slice(b",\"fulfillmentOrderLineItems\":[");
            }
            body.extend_from_slice(b"{\"id\":");
            push_gid(
                &mut body,
                "FulfillmentOrderLineItem",
                row.fulfillment_order_line,
            );
            body.extend_from_slice(b",\"quantity\":");
            push_integer(&mut body, row.remaining);
            body.push(b'}');
        }
        if group.is_some() {
            body.extend_from_slice(b"]}");
        }
        body.extend_from_slice(b"],\"notifyCustomer\":false,\"trackingInfo\":{\"company\":");
        push_text(&mut body, &shipment.carrier);
        body.extend_from_slice(b",\"number\":");
        push_text(&mut body, &shipment.tracking_number);
        body.extend_from_slice(b"}}");
        self.graphql(body)
    }

    pub(super) fn confirm_read(
        &mut self,
        shipment: &Shipment,
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        match answer::<FulfillmentData<'_>>(response, events) {
            Answer::Data(FulfillmentData {
                payload: Some(payload),
                ..
            }) => {
                let event = self.confirmed(shipment, &payload.user_errors);
                events.push(event);
            }
            Answer::Data(FulfillmentData {
                nodes: Some(nodes), ..
            }) => {
                self.prepared_read(&[shipment.order], nodes, events);
            }
            Answer::Data(_) => events.push(exchange::failed(false, response)),
            Answer::Settled => {}
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
            }
        }
    }

    fn confirmed(&mut self, shipment: &Shipment, errors: &[UserError<'_>]) -> Event {
        let order = shipment.order;
        let Some(error) = errors.first() else {
            if let Some(lines) = self.prepared.get_mut(&order) {
                let rows = shipped_rows(lines, &shipment.lines);
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
            return Event::FulfillmentConfirmed { order };
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
