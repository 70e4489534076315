//! Notifications out of the queue (docs/platforms/amazon.md 6).

use oversell_kernel::json;
use serde::Deserialize;

use super::AmazonConnector;
use super::orders::{line, state};
use super::wire::accepted;
use crate::canonical::Order;
use crate::connectors::encoding::{DecimalId, Text, ship_to};
use crate::connectors::order_ids::parse_amazon;
use crate::connectors::order_lines::OrderLines;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

/// Messages in one receipt and in one acknowledgement.
const BATCH: usize = 10;

#[derive(Deserialize)]
struct Received<'a> {
    #[serde(borrow, rename = "Messages")]
    messages: Option<Vec<Message<'a>>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "ReceiptHandle")]
    handle: Text<'a>,
    #[serde(borrow, rename = "Body")]
    body: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Deleted<'a> {
    #[serde(borrow, rename = "Failed")]
    failed: Option<Vec<FailedEntry<'a>>>,
}

#[derive(Deserialize)]
struct FailedEntry<'a> {
    #[serde(borrow, rename = "Code")]
    code: Option<Text<'a>>,
}

/// A notification as it is, or within `detail` of an EventBridge envelope.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "NotificationType")]
    notification_type: Option<Text<'a>>,
    #[serde(borrow, rename = "EventTime")]
    event_time: Option<Text<'a>>,
    #[serde(borrow, rename = "Payload")]
    payload: Option<Payload<'a>>,
    #[serde(borrow)]
    detail: Option<Notification<'a>>,
}

#[derive(Deserialize)]
struct Notification<'a> {
    #[serde(borrow, rename = "NotificationType")]
    notification_type: Option<Text<'a>>,
    #[serde(borrow, rename = "EventTime")]
    event_time: Option<Text<'a>>,
    #[serde(borrow, rename = "Payload")]
    payload: Option<Payload<'a>>,
}

/// The payloads of both types, of which one is there.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Payload<'a> {
    #[serde(borrow)]
    order_change_notification: Option<OrderChange<'a>>,
    #[serde(borrow)]
    sku: Option<Text<'a>>,
    quantity: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OrderChange<'a> {
    #[serde(borrow)]
    amazon_order_id: Text<'a>,
    #[serde(borrow)]
    order_change_trigger: Option<Trigger<'a>>,
    #[serde(borrow)]
    summary: Summary<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trigger<'a> {
    #[serde(borrow)]
    time_of_order_change: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary<'a> {
    #[serde(borrow)]
    order_status: Text<'a>,
    #[serde(borrow)]
    purchase_date: Option<Text<'a>>,
    #[serde(borrow)]
    fulfillment_type: Option<Text<'a>>,
    #[serde(borrow)]
    destination_postal_code: Option<Text<'a>>,
    #[serde(borrow)]
    order_items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item<'a> {
    order_item_id: DecimalId,
    #[serde(borrow, rename = "SellerSKU")]
    seller_sku: Option<Text<'a>>,
    quantity: u32,
}

impl AmazonConnector {
    pub(super) fn receive_request(&self) -> Request {
        let mut body = self.queue_body(64);
        body.extend_from_slice(b",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":20}");
        self.queue_call("AmazonSQS.ReceiveMessage", body)
    }

    /// The beginning of a call's body, with room for so much more.
    fn queue_body(&self, more: usize) -> Vec<u8> {
        let mut body = Vec::with_capacity(16 + self.queue_url.len() + more);
        body.extend_from_slice(b"{\"QueueUrl\":");
        json::string(&mut body, &self.queue_url);
        body
    }

    /// Each message gives its receipt, then what it says; what cannot be read is quarantined, and its receipt is
    /// given all the same, so that it does not come back for ever.
    pub(super) fn messages_read(&self, response: &Response, events: &mut Vec<Event>) {
        if !accepted(response, events) {
            return;
        }
        let received: Received<'_> = match exchange::read_json(response.body()) {
            Ok(received) => received,
            Err(error) => {
                events.push(exchange::unreadable(&error, response.body()));
                return;
            }
        };
        for message in received.messages.unwrap_or_default() {
            events.push(Event::MessageReceived {
                handle: message.handle.0.into_owned(),
            });
            let body = message.body.as_deref().unwrap_or("");
            match exchange::read_json::<Envelope<'_>>(body.as_bytes()) {
                Ok(envelope) => self.notification_read(envelope, events),
                Err(error) => events.push(Event::Quarantined {
                    order: order_named_in(body).and_then(parse_amazon),
                    reason: format!("unreadable notification: {error}"),
                }),
            }
        }
    }

    fn notification_read(&self, envelope: Envelope<'_>, events: &mut Vec<Event>) {
        let notification = envelope.detail.unwrap_or(Notification {
            notification_type: envelope.notification_type,
            event_time: envelope.event_time,
            payload: envelope.payload,
        });
        let kind = notification.notification_type.as_deref().unwrap_or("");
        let quarantined = |reason: &str| Event::Quarantined {
            order: None,
            reason: format!("{reason} {kind}"),
        };
        let Some(payload) = notification.payload else {
            events.push(quarantined("notification without a payload"));
            return;
        };
        match (
            kind,
            payload.order_change_notification,
            payload.sku,
            payload.quantity,
        ) {
            ("ORDER_CHANGE", Some(change), _, _) => {
                self.order_change_read(&change, notification.event_time.as_deref(), events);
            }
            ("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", _, Some(sku), Some(displayed)) => {
                // Listings that are not ours are told as well.
                if let Some(sku) = self.skus.index(&sku) {
                    events.push(Event::QuantitySignalled { sku, displayed });
                }
            }
            _ => events.push(quarantined("notification of another type or shape")),
        }
    }

    fn order_change_read(
        &self,
        change: &OrderChange<'_>,
        event_time: Option<&str>,
        events: &mut Vec<Event>,
    ) {
        let summary = &change.summary;
        if summary.fulfillment_type.as_deref() == Some("AFN") {
            // Sold and shipped from Amazon's own warehouse: no unit of the merchant's is concerned.
            return;
        }
        let trigger = change.order_change_trigger.as_ref();
        let updated_at = trigger
            .and_then(|trigger| trigger.time_of_order_change.as_deref())
            .or(event_time)
            .and_then(|time| self.epoch.parse_rfc3339(time));
        let key = parse_amazon(&change.amazon_order_id);
        let (Some(key), Some(updated_at)) = (key, updated_at) else {
            events.push(Event::Quarantined {
                order: key,
                reason: format!(
                    "unreadable id or time of order {}",
                    &*change.amazon_order_id
                ),
            });
            return;
        };
        let created_at = summary
            .purchase_date
            .as_deref()
            .and_then(|it| self.epoch.parse_rfc3339(it));
        let state = state(key, &summary.order_status, events);
        let mut lines = OrderLines::new(key, summary.order_items.len());
        for item in &summary.order_items {
            // The order itself is read by its id where the notification leaves a doubt.
            let sku = self.skus.of_line(item.seller_sku.as_deref());
            let sku = sku.unless_in_doubt();
            let units = item.quantity;
            lines.push(sku, |sku| line(item.order_item_id.0, sku, units), events);
        }
        let country = Some(self.marketplace.country);
        let seen = |lines| Order {
            key,
            state,
            created_at: created_at.unwrap_or(updated_at),
            updated_at,
            lines,
            ship_to: ship_to(country, summary.destination_postal_code.as_deref()),
            restocked: None,
            lacked_stock: false,
        };
        lines.see(seen, events);
    }

    /// Deletes up to ten messages; a call has no room for more.
    pub(super) fn acknowledge_request(&self, handles: &[String]) -> Request {
        let longest = handles.iter().map(String::len).max().unwrap_or(0);
        let mut body = self.queue_body(32 + handles.len() * (32 + longest));
        body.extend_from_slice(b",\"Entries\":[");
        for (position, handle) in handles.iter().take(BATCH).enumerate() {
            body.extend_from_slice(if position == 0 {
                &b"{\"Id\":\""[..]
            } else {
                b",{\"Id\":\""
            });
            json::integer(&mut body, position);
            body.extend_from_slice(b"\",\"ReceiptHandle\":");
            json::string(&mut body, handle);
            body.push(b'}');
        }
        body.extend_from_slice(b"]}");
        self.queue_call("AmazonSQS.DeleteMessageBatch", body)
    }

    pub(super) fn acknowledged_read(&self, response: &Response, events: &mut Vec<Event>) {
        if !accepted(response, events) {
            return;
        }
        match exchange::read_json::<Deleted<'_>>(response.body()) {
            Ok(deleted) => {
                let failed = deleted.failed.unwrap_or_default();
                events.push(match failed.first() {
                    None => Event::Done,
                    Some(entry) => Event::Failed {
                        retry: true,
                        reason: format!(
                            "{} messages not deleted: {}",
                            failed.len(),
                            entry.code.as_deref().unwrap_or("")
                        ),
                    },
                });
            }
            Err(error) => events.push(exchange::unreadable(&error, response.body())),
        }
    }
}

/// The order id after its key in a notification that is not readable as a whole.
fn order_named_in(body: &str) -> Option<&str> {
    const KEY: &str = "\"AmazonOrderId\":\"";
    body.get(body.find(KEY)? + KEY.len()..)?.get(..19)
}
