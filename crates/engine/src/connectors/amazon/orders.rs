//! Orders 2026-01-01: the slow list and single orders, lines included (docs/platforms/amazon.md 4.3).

use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::AmazonConnector;
use super::requests::push_pair;
use super::wire::accepted;
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState, SkuIndex};
use crate::connectors::encoding::{
    DecimalId, Text, UnreadableOrder, Whole, push_escaped, read_each, ship_to,
};
use crate::connectors::feed::page_read;
use crate::connectors::order_ids::{parse_amazon, push_amazon};
use crate::connectors::order_lines::OrderLines;
use crate::connectors::salvage::Salvage;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct OrdersPage<T> {
    orders: Vec<T>,
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
struct Pagination {
    #[serde(rename = "nextToken")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct OneOrder<'a> {
    #[serde(borrow)]
    order: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderWire<'a> {
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow)]
    created_time: Text<'a>,
    #[serde(borrow)]
    last_updated_time: Text<'a>,
    #[serde(borrow)]
    fulfillment: Option<Fulfillment<'a>>,
    #[serde(borrow)]
    recipient: Option<Recipient<'a>>,
    #[serde(borrow)]
    order_items: Vec<OrderItem<'a>>,
}

#[derive(Deserialize)]
struct Fulfillment<'a> {
    #[serde(borrow, rename = "fulfillmentStatus")]
    status: Text<'a>,
    #[serde(borrow, rename = "fulfilledBy")]
    fulfilled_by: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Recipient<'a> {
    #[serde(borrow, rename = "deliveryAddress")]
    address: Option<Address<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    #[serde(borrow)]
    country_code: Option<Text<'a>>,
    #[serde(borrow)]
    postal_code: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderItem<'a> {
    order_item_id: DecimalId,
    quantity_ordered: Whole,
    #[serde(borrow)]
    product: Product<'a>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, rename = "sellerSku")]
    seller_sku: Option<Text<'a>>,
}

impl AmazonConnector {
    /// What an order needs to count although it cannot be read.
    fn salvage(&self) -> Salvage<'_> {
        Salvage {
            skus: &self.skus,
            read_order_id: parse_amazon,
            is_line_a_unit: false,
        }
    }

    pub(super) fn poll_request(&self, since: Micros, cursor: Option<&str>) -> Request {
        let mut target = b"/orders/2026-01-01/orders?lastUpdatedAfter=".to_vec();
        let mut time = Vec::with_capacity(24);
        self.epoch.write_millis_utc(since, &mut time);
        push_escaped(&mut target, std::str::from_utf8(&time).unwrap_or(""));
        push_pair(&mut target, "marketplaceIds", &self.marketplace_id);
        target.extend_from_slice(b"&maxResultsPerPage=100&includedData=FULFILLMENT,RECIPIENT");
        if let Some(cursor) = cursor {
            push_pair(&mut target, "paginationToken", cursor);
        }
        self.get(target)
    }

    pub(super) fn poll_read(&self, response: &Response, events: &mut Vec<Event>) {
        if !accepted(response, events) {
            return;
        }
        let body = response.body();
        if let Ok(page) = exchange::read_json::<OrdersPage<OrderWire<'_>>>(body) {
            self.feed_read(page.orders.into_iter().map(Ok), page.pagination, events);
            return;
        }
        match serde_json::from_slice::<OrdersPage<&RawValue>>(body) {
            Ok(page) => {
                let orders = read_each(&page.orders, &self.salvage());
                self.feed_read(orders.into_iter(), page.pagination, events);
            }
            Err(error) => events.push(exchange::unreadable(&error, body)),
        }
    }

    fn feed_read<'a>(
        &self,
        page: impl Iterator<Item = Result<OrderWire<'a>, UnreadableOrder>>,
        pagination: Option<Pagination>,
        events: &mut Vec<Event>,
    ) {
        let next = pagination.and_then(|pagination| pagination.next_token);
        let next = next.filter(|token| !token.is_empty());
        page_read(page, next, events, |order, events| {
            self.order_read(order, events)
        });
    }

    /// Reads the first order of `orders`; the API has no way to ask for more at once.
    pub(super) fn fetch_request(&self, orders: &[OrderKey]) -> Request {
        let mut target = b"/orders/2026-01-01/orders/".to_vec();
        push_amazon(&mut target, orders.first().copied().unwrap_or(OrderKey(0)));
        target.extend_from_slice(b"?includedData=FULFILLMENT,RECIPIENT");
        self.get(target)
    }

    pub(super) fn fetch_read(
        &self,
        asked: &[OrderKey],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let order = asked.first().copied();
        let quarantined = |reason: String| Event::Quarantined { order, reason };
        if response.status() == StatusCode::NOT_FOUND {
            events.push(quarantined("Amazon does not know this order".to_owned()));
            return;
        }
        if !accepted(response, events) {
            return;
        }
        match serde_json::from_slice::<OneOrder<'_>>(response.body()) {
            Ok(OneOrder { order: Some(json) }) => {
                match serde_json::from_str::<OrderWire<'_>>(json.get()) {
                    Ok(order) => {
                        self.order_read(&order, events);
                    }
                    Err(error) => {
                        UnreadableOrder::new(json.get(), &error, order, &self.salvage())
                            .push(events);
                    }
                }
            }
            Ok(OneOrder { order: None }) => {
                events.push(quarantined("the answer holds no order".to_owned()));
            }
            Err(error) => events.push(exchange::unreadable(&error, response.body())),
        }
    }

    /// Pushes the order and gives the time of its last change, if that could be read.
    fn order_read(&self, wire: &OrderWire<'_>, events: &mut Vec<Event>) -> Option<Micros> {
        let key = parse_amazon(&wire.order_id);
        let created_at = self.epoch.parse_rfc3339(&wire.created_time);
        let updated_at = self.epoch.parse_rfc3339(&wire.last_updated_time);
        let (Some(key), Some(created_at), Some(updated_at)) = (key, created_at, updated_at) else {
            events.push(Event::Quarantined {
                order: key,
                reason: format!(
                    "unreadable id or time: {} {} {}",
                    &*wire.order_id, &*wire.created_time, &*wire.last_updated_time
                ),
            });
            return updated_at;
        };
        let by_amazon = |it: &Fulfillment<'_>| it.fulfilled_by.as_deref() == Some("AMAZON");
        if wire.fulfillment.as_ref().is_some_and(by_amazon) {
            // Sold and shipped from Amazon's own warehouse: no unit of the merchant's is concerned.
            events.push(Event::Done);
            return Some(updated_at);
        }
        let status = wire.fulfillment.as_ref().map_or("", |it| &it.status);
        let state = state(key, status, events);
        let mut lines = OrderLines::new(key, wire.order_items.len());
        for item in &wire.order_items {
            let sku = self.skus.of_line(item.product.seller_sku.as_deref());
            let units = item.quantity_ordered.units();
            lines.push(sku, |sku| line(item.order_item_id.0, sku, units), events);
        }
        let address = wire.recipient.as_ref().and_then(|it| it.address.as_ref());
        let seen = |lines| Order {
            key,
            state,
            created_at,
            updated_at,
            lines,
            ship_to: address
                .and_then(|it| ship_to(it.country_code.as_deref(), it.postal_code.as_deref())),
            restocked: None,
            lacked_stock: false,
        };
        lines.see(seen, events);
        Some(updated_at)
    }
}

/// A line of an order.
pub(super) fn line(item: u64, sku: SkuIndex, units: u32) -> Line {
    Line {
        id: LineKey(item),
        sku,
        units,
        // Amazon shows no quantity from before a cancellation of a part.
        current_units: units,
    }
}

/// The state behind a status in the spelling of either API version. A status that is not known holds the order, so
/// that nothing is shipped by mistake, and is quarantined to be counted.
pub(super) fn state(order: OrderKey, status: &str, events: &mut Vec<Event>) -> OrderState {
    match status {
        "PENDING"
        | "PENDING_AVAILABILITY"
        | "Pending"
        | "PendingAvailability"
        | "InvoiceUnconfirmed" => OrderState::Held,
        "UNSHIPPED" | "PARTIALLY_SHIPPED" | "Unshipped" | "PartiallyShipped" => OrderState::Open,
        "SHIPPED" | "Shipped" => OrderState::Shipped,
        "CANCELLED" | "Canceled" => OrderState::Cancelled,
        // Orders of other channels that Amazon ships and cannot: nothing for the seller to do.
        "UNFULFILLABLE" | "Unfulfillable" => OrderState::Held,
        unknown => {
            events.push(Event::Quarantined {
                order: Some(order),
                reason: format!("unknown status {unknown:?}"),
            });
            OrderState::Held
        }
    }
}
