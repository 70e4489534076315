//! The order feed and orders by id (docs/platforms/shopify.md 3.1 and 6), and cancelling (3.3).

use oversell_kernel::json;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::ShopifyConnector;
use super::requests::{
    CANCEL_ORDER, FETCH_ORDERS, FETCH_ORDERS_CLOSELY, POLL_ORDERS, begin, push_gid, push_ids,
};
use super::wire::{Answer, Connection, Nodes, UserError, answer};
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState};
use crate::connectors::encoding::{DecimalId, Text, UnreadableOrder, Whole, read_each, ship_to};
use crate::connectors::feed::page_read;
use crate::connectors::order_ids::parse_decimal;
use crate::connectors::order_lines::{LineSku, OrderLines};
use crate::connectors::salvage::{Salvage, counted};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct OrdersData<T> {
    orders: Connection<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderNode<'a> {
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
    display_fulfillment_status: Option<Text<'a>>,
    #[serde(borrow)]
    shipping_address: Option<ShippingAddress<'a>>,
    #[serde(borrow)]
    line_items: Connection<LineItem<'a>>,
}

#[derive(Deserialize)]
struct ShippingAddress<'a> {
    #[serde(borrow, rename = "countryCodeV2")]
    country: Option<Text<'a>>,
    #[serde(borrow)]
    zip: Option<Text<'a>>,
}

/// A line; the webhook's lines have the same names.
#[derive(Deserialize)]
pub(super) struct LineItem<'a> {
    pub(super) id: DecimalId,
    /// Null for what is none of the catalogue's, and by mistake; a line without it is one that cannot be read.
    #[serde(borrow, deserialize_with = "present")]
    pub(super) sku: Option<Text<'a>>,
    /// Asked for where the SKU is in doubt; null for what is none of the catalogue's.
    #[serde(default, deserialize_with = "asked_for")]
    variant: Option<Option<Variant>>,
    pub(super) quantity: Whole,
    /// Absent in shapes that know of no removals.
    #[serde(alias = "currentQuantity")]
    pub(super) current_quantity: Option<Whole>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variant {
    inventory_item: OnlyId,
}

/// Reads a member that may be null and has to be there.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(member: D) -> Result<Option<Text<'a>>, D::Error> {
    Option::deserialize(member)
}

/// Reads a member that may be null, other than one that is not there.
fn asked_for<'de, D: Deserializer<'de>>(member: D) -> Result<Option<Option<Variant>>, D::Error> {
    Option::deserialize(member).map(Some)
}

#[derive(Deserialize)]
struct OnlyId {
    id: DecimalId,
}

/// The order's key, if at least the id of its JSON can be read.
pub(super) fn key_of(json: &str) -> Option<OrderKey> {
    serde_json::from_str::<OnlyId>(json)
        .ok()
        .map(|order| OrderKey(order.id.0))
}

#[derive(Deserialize)]
struct CancelData<'a> {
    #[serde(borrow, rename = "orderCancel")]
    payload: Option<CancelPayload<'a>>,
}

#[derive(Deserialize)]
struct CancelPayload<'a> {
    #[serde(borrow, rename = "orderCancelUserErrors")]
    errors: Vec<UserError<'a>>,
}

/// What to do with an order that has more lines than were read.
#[derive(Copy, Clone)]
enum MoreLines {
    /// Read it by id, where more lines are asked for.
    Fetch,
    /// There is no larger read: keep what there is and say so.
    Quarantine,
}

impl ShopifyConnector {
    /// What an order needs to count although it cannot be read.
    pub(super) fn salvage(&self) -> Salvage<'_> {
        Salvage {
            skus: &self.skus,
            read_order_id: parse_decimal,
            is_line_a_unit: false,
        }
    }

    pub(super) fn poll_request(&self, since: Micros, cursor: Option<&str>) -> Request {
        let mut body = begin(POLL_ORDERS, 200);
        body.extend_from_slice(b"\"query\":\"updated_at:>='");
        self.epoch.write_seconds_utc(since, &mut body);
        body.extend_from_slice(b"'\",\"after\":");
        match cursor {
            Some(cursor) => json::string(&mut body, cursor),
            None => body.extend_from_slice(b"null"),
        }
        self.graphql(body)
    }

    pub(super) fn poll_read(&self, response: &Response, events: &mut Vec<Event>) {
        match answer::<OrdersData<OrderNode<'_>>>(response, events) {
            Answer::Data(mut data) => {
                let next = data.orders.next();
                self.feed_read(data.orders.nodes.into_iter().map(Ok), next, events);
            }
            Answer::Settled => {}
            Answer::Unreadable(_) => match answer::<OrdersData<&RawValue>>(response, events) {
                Answer::Data(mut data) => {
                    let next = data.orders.next();
                    let orders = read_each(&data.orders.nodes, &self.salvage());
                    self.feed_read(orders.into_iter(), next, events);
                }
                Answer::Settled => {}
                Answer::Unreadable(error) => {
                    events.push(exchange::unreadable(&error, response.body()));
                }
            },
        }
    }

    fn feed_read<'a>(
        &self,
        page: impl Iterator<Item = Result<OrderNode<'a>, UnreadableOrder>>,
        next: Option<String>,
        events: &mut Vec<Event>,
    ) {
        page_read(page, next, events, |order, events| {
            self.order_read(order, MoreLines::Fetch, events)
        });
    }

    pub(super) fn fetch_request(&self, orders: &[OrderKey]) -> Request {
        let document = if self.fetches_closely(orders) {
            FETCH_ORDERS_CLOSELY
        } else {
            FETCH_ORDERS
        };
        let mut body = begin(document, orders.len() * 44);
        push_ids(&mut body, "Order", orders.iter().map(|order| order.0));
        self.graphql(body)
    }

    pub(super) fn fetch_read(
        &self,
        asked: &[OrderKey],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        match answer::<Nodes<Option<OrderNode<'_>>>>(response, events) {
            Answer::Data(data) => {
                self.fetched(
                    asked,
                    data.nodes.into_iter().map(|order| order.map(Ok)),
                    events,
                );
            }
            Answer::Settled => {}
            Answer::Unreadable(_) => match answer::<Nodes<Option<&RawValue>>>(response, events) {
                Answer::Data(data) => {
                    let orders = data.nodes.into_iter().map(|order| {
                        let order = order?;
                        read_each(&[order], &self.salvage()).pop()
                    });
                    self.fetched(asked, orders, events);
                }
                Answer::Settled => {}
                Answer::Unreadable(error) => {
                    events.push(exchange::unreadable(&error, response.body()));
                }
            },
        }
    }

    /// Nodes come in the order of the ids; an unknown id gives null (docs/platforms/shopify.md 6).
    fn fetched<'a>(
        &self,
        asked: &[OrderKey],
        mut nodes: impl Iterator<Item = Option<Result<OrderNode<'a>, UnreadableOrder>>>,
        events: &mut Vec<Event>,
    ) {
        for &order in asked {
            match nodes.next().flatten() {
                Some(Ok(node)) => {
                    self.order_read(&node, MoreLines::Quarantine, events);
                }
                Some(Err(mut unreadable)) => {
                    unreadable.key = Some(order);
                    unreadable.push(events);
                }
                None => events.push(Event::Quarantined {
                    order: Some(order),
                    reason: "the shop does not know this order".to_owned(),
                }),
            }
        }
    }

    /// Whether an order is cancelled, by the time at which it was; nothing when that is no time: who takes it for a mark that is
    /// set cancels an order that nobody has cancelled.
    pub(super) fn is_cancelled(&self, cancelled_at: Option<&Text<'_>>) -> Option<bool> {
        match cancelled_at {
            None => Some(false),
            Some(text) => self.epoch.parse_rfc3339(text).map(|_| true),
        }
    }

    /// Pushes the order and gives the time of its last change, if that could be read.
    fn order_read(
        &self,
        node: &OrderNode<'_>,
        more_lines: MoreLines,
        events: &mut Vec<Event>,
    ) -> Option<Micros> {
        let key = OrderKey(node.id.0);
        let times = (
            self.epoch.parse_rfc3339(&node.created_at),
            self.epoch.parse_rfc3339(&node.updated_at),
            self.is_cancelled(node.cancelled_at.as_ref()),
        );
        let (Some(created_at), Some(updated_at), Some(is_cancelled)) = times else {
            let cancelled_at = node.cancelled_at.as_deref().unwrap_or("-");
            events.push(Event::Quarantined {
                order: Some(key),
                reason: format!(
                    "unreadable time: {} {} {cancelled_at}",
                    &*node.created_at, &*node.updated_at
                ),
            });
            let lines = self.lines(key, &node.line_items.nodes, events);
            lines.see(|lines| counted(key, lines), events);
            return times.1;
        };
        let truncated = node
            .line_items
            .page_info
            .as_ref()
            .is_some_and(|it| it.has_next_page);
        if truncated {
            if let MoreLines::Fetch = more_lines {
                events.push(Event::OrderSignalled {
                    order: key,
                    updated_at,
                    state: None,
                });
                return Some(updated_at);
            }
            events.push(Event::Quarantined {
                order: Some(key),
                reason: "more lines than one read can hold".to_owned(),
            });
        }
        let status = node.display_fulfillment_status.as_deref();
        let (state, restocked) = self.state(key, is_cancelled, status, events);
        let address = node.shipping_address.as_ref();
        let seen = |lines| Order {
            key,
            state,
            created_at,
            updated_at,
            lines,
            ship_to: address.and_then(|it| ship_to(it.country.as_deref(), it.zip.as_deref())),
            restocked,
            lacked_stock: state == OrderState::Cancelled
                && node.cancel_reason.as_deref() == Some("INVENTORY"),
        };
        let lines = self.lines(key, &node.line_items.nodes, events);
        lines.see(seen, events);
        Some(updated_at)
    }

    /// The state behind a cancellation mark and a fulfilment status, and whether the status itself says that the
    /// units went back. Both the GraphQL and the webhook spelling are understood; a status that is not known holds
    /// the order, so that nothing is shipped by mistake, and is quarantined to be counted.
    pub(super) fn state(
        &self,
        order: OrderKey,
        cancelled: bool,
        status: Option<&str>,
        events: &mut Vec<Event>,
    ) -> (OrderState, Option<bool>) {
        if cancelled {
            return (OrderState::Cancelled, None);
        }
        let state = match status {
            None
            | Some(
                "UNFULFILLED"
                | "PARTIALLY_FULFILLED"
                | "IN_PROGRESS"
                | "REQUEST_DECLINED"
                | "OPEN"
                | "PENDING_FULFILLMENT"
                | "partial"
                // Nothing of it has left and nothing will: its lines tell the units that were taken out.
                | "FULFILLMENT_NOT_REQUIRED",
            ) => OrderState::Open,
            // Nothing is left to be shipped.
            Some("FULFILLED" | "fulfilled") => OrderState::Shipped,
            Some("ON_HOLD" | "SCHEDULED") => OrderState::Held,
            Some("RESTOCKED" | "restocked") => return (OrderState::Cancelled, Some(true)),
            Some(unknown) => {
                events.push(Event::Quarantined {
                    order: Some(order),
                    reason: format!("unknown fulfillment status {unknown}"),
                });
                OrderState::Held
            }
        };
        (state, None)
    }

    /// The lines whose SKUs are ours. The others are quarantined beside the order.
    pub(super) fn lines(
        &self,
        order: OrderKey,
        items: &[LineItem<'_>],
        events: &mut Vec<Event>,
    ) -> OrderLines {
        let mut lines = OrderLines::new(order, items.len());
        for item in items {
            let line = |sku| Line {
                id: LineKey(item.id.0),
                sku,
                units: item.quantity.units(),
                current_units: item
                    .current_quantity
                    .unwrap_or(item.quantity)
                    .units()
                    .min(item.quantity.units()),
            };
            lines.push(self.sku_of_line(item), line, events);
        }
        lines
    }

    /// By the text, or else by the inventory item, where that was asked for; it is asked for where the text is none of ours.
    fn sku_of_line<'a>(&self, item: &'a LineItem<'_>) -> LineSku<'a> {
        let text = item.sku.as_deref();
        let other = LineSku::Other(text.unwrap_or("-"));
        match (self.skus.of_line(text), &item.variant) {
            (LineSku::Ours(sku), _) => LineSku::Ours(sku),
            (_, Some(Some(variant))) => {
                let ours = self.sku_of_item.get(&variant.inventory_item.id.0);
                ours.map_or(other, |sku| LineSku::Ours(*sku))
            }
            (_, Some(None)) => other,
            (_, None) => LineSku::Untold,
        }
    }

    /// Whether one of the orders could not be read.
    pub(super) fn fetches_closely(&self, orders: &[OrderKey]) -> bool {
        let in_doubt = &self.in_doubt;
        !in_doubt.is_empty() && orders.iter().any(|order| in_doubt.contains(order))
    }

    /// Notes which orders could not be read, and which of those have been read since.
    pub(super) fn note_doubt(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Quarantined {
                    order: Some(order), ..
                } => {
                    self.in_doubt.insert(*order);
                }
                Event::OrderSeen(order) if !self.in_doubt.is_empty() => {
                    self.in_doubt.swap_remove(&order.key);
                }
                _ => {}
            }
        }
    }

    pub(super) fn cancel_request(&self, order: OrderKey) -> Request {
        let mut body = begin(CANCEL_ORDER, 60);
        body.extend_from_slice(b"\"order\":");
        push_gid(&mut body, "Order", order.0);
        self.graphql(body)
    }

    pub(super) fn cancel_read(
        &mut self,
        order: OrderKey,
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        match answer::<CancelData<'_>>(response, events) {
            Answer::Data(CancelData {
                payload: Some(payload),
            }) => {
                let refused = payload
                    .errors
                    .iter()
                    .find(|error| !error.message().contains("already been cancel"));
                match refused {
                    None => {
                        self.prepared.swap_remove(&order);
                        events.push(Event::OrderCancelled { order });
                    }
                    Some(error) => {
                        events.push(Event::Failed {
                            retry: false,
                            reason: error.reason(),
                        });
                    }
                }
            }
            Answer::Data(_) => events.push(exchange::failed(false, response)),
            Answer::Settled => {}
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
            }
        }
    }
}
