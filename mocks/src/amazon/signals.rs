//! Notifications going out: who subscribed, when a message reaches the queue, and what it says (sheet section 6).

use crate::core::{Micros, Stream};

use super::catalogue::SkuIndex;
use super::ids;
use super::jobs::Job;
use super::json;
use super::machine::Amazon;
use super::nested_json::{Literal, NestedJson, literal};
use super::orders::v0::write_postal_code;
use super::orders::{Status, Trigger};

/// Status changes and requests for orders.
pub const ORDER_CHANGE: &str = "ORDER_CHANGE";
/// The live quantity of a merchant-fulfilled SKU changed; goes to EventBridge only.
pub const MFN_QUANTITY_CHANGE: &str = "LISTINGS_ITEM_MFN_QUANTITY_CHANGE";

/// A feed has ended.
pub const FEED_PROCESSING_FINISHED: &str = "FEED_PROCESSING_FINISHED";
/// A report has ended.
pub const REPORT_PROCESSING_FINISHED: &str = "REPORT_PROCESSING_FINISHED";

/// Where notifications go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A queue of the seller.
    Sqs {
        /// Its full name.
        arn: String,
    },
    /// An event bus; a rule of the seller passes everything on to a queue.
    EventBridge {
        /// AWS account.
        account: String,
        /// AWS region.
        region: String,
    },
}

/// A registered destination.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Its id.
    pub id: String,
    /// The seller's name of it.
    pub name: String,
    /// Where it is.
    pub resource: Resource,
    /// The queue in which messages end up.
    pub queue: usize,
    /// Whether it has not been deleted.
    pub active: bool,
}

/// A subscription of one type.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// Type of notification.
    pub kind: &'static str,
    /// Version of the payload.
    pub payload_version: String,
    /// Position of its destination.
    pub destination: usize,
    /// Whether the status changes of orders pass its filter.
    pub status_changes: bool,
    /// Whether buyers' requests pass its filter.
    pub buyer_requests: bool,
    /// Whether it has not been deleted.
    pub active: bool,
}

/// Destinations and subscriptions, deleted ones included, since messages under way still name them.
#[derive(Debug, Default)]
pub struct Signals {
    /// Every destination.
    pub destinations: Vec<Destination>,
    /// Every subscription.
    pub subscriptions: Vec<Subscription>,
    notifications: u64,
    quantity_changes: u64,
}

impl Signals {
    /// The position of the active subscription of a type.
    pub fn subscribed(&self, kind: &str) -> Option<usize> {
        self.subscriptions
            .iter()
            .position(|subscription| subscription.active && subscription.kind == kind)
    }
}

/// What a notification is about. Messages are rendered when they are received: an order as of a change reads the same
/// at any time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A change of an order, by its number.
    Order(u32),
    /// A live quantity.
    Quantity {
        /// Of which SKU.
        sku: SkuIndex,
        /// Units.
        units: i64,
        /// Since when.
        at: Micros,
    },
    /// The end of a feed, by its number.
    Feed(u32),
    /// The end of a report, by its number.
    Report(u32),
    /// No notification, but the n-th text that somebody put into a queue.
    Text(u32),
}

/// A notification in a queue.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// What it is about.
    pub event: Event,
    number: u64,
    subscription: u32,
    published_at: Micros,
}

impl Notification {
    /// A message that somebody else than the platform sends.
    pub fn of_text(text: u32, at: Micros) -> Notification {
        Notification {
            event: Event::Text(text),
            number: u64::from(text),
            subscription: u32::MAX,
            published_at: at,
        }
    }
}

impl Amazon {
    /// Notifies of an order's change; `entity` keys the draws.
    pub(super) fn signal_order(&mut self, at: Micros, change: u32, entity: u64) {
        let Some(position) = self.signals.subscribed(ORDER_CHANGE) else {
            return;
        };
        let subscription = &self.signals.subscriptions[position];
        let passes = match self.orders.change(change).map(|change| change.trigger) {
            Some(Trigger::Status) => subscription.status_changes,
            Some(Trigger::BuyerRequest) => subscription.buyer_requests,
            Some(Trigger::Detail) | None => false,
        };
        if passes {
            let stream = Stream::new(self.draws.order_signal, entity);
            self.publish(at, position, Event::Order(change), stream);
        }
    }

    /// Notifies of a SKU's live quantity.
    pub(super) fn signal_quantity(&mut self, at: Micros, sku: SkuIndex) {
        let entity = self.signals.quantity_changes;
        self.signals.quantity_changes += 1;
        let Some(position) = self.signals.subscribed(MFN_QUANTITY_CHANGE) else {
            return;
        };
        let event = Event::Quantity {
            sku,
            units: self.inventory.live(sku),
            at,
        };
        let stream = Stream::new(self.draws.quantity_signal, entity);
        self.publish(at, position, event, stream);
    }

    /// Sends a notification on its way: dropped, once or twice, each copy after its own delay. Order is not kept.
    pub(super) fn publish(
        &mut self,
        at: Micros,
        subscription: usize,
        event: Event,
        mut stream: Stream,
    ) {
        let rules = &self.profile.notifications;
        if rules.silent || stream.chance(rules.drop_share) {
            return;
        }
        let copies = if stream.chance(rules.duplicate_share) {
            2
        } else {
            1
        };
        let number = self.signals.notifications;
        self.signals.notifications += 1;
        let destination = self.signals.subscriptions[subscription].destination;
        let queue = self.signals.destinations[destination].queue;
        for _ in 0..copies {
            let published_at = at + rules.delay.draw(&mut stream);
            let notification = Notification {
                event,
                number,
                subscription: subscription as u32,
                published_at,
            };
            self.queues.send(queue, at, published_at, notification);
        }
    }

    /// Appends the body of a message.
    pub(super) fn render_notification(&self, out: &mut NestedJson, notification: &Notification) {
        if let Event::Text(number) = notification.event {
            out.any(|out| json::raw(out, self.queues.text(number)));
            return;
        }
        let Some(subscription) = self
            .signals
            .subscriptions
            .get(notification.subscription as usize)
        else {
            return;
        };
        let resource = self
            .signals
            .destinations
            .get(subscription.destination)
            .map(|destination| &destination.resource);
        let Some(Resource::EventBridge { account, region }) = resource else {
            self.render_plain(out, notification, subscription);
            return;
        };
        out.raw(literal!(r#"{"version":"0","id":""#));
        out.bare(|out| ids::write_uuid(out, self.draws.ids ^ 0xeb, notification.number));
        out.raw(literal!(r#"","detail-type":""#));
        out.name(subscription.kind);
        out.raw(literal!(r#"","source":"#));
        out.string(&event_source(account, &self.credentials.application_id));
        out.raw(literal!(r#","account":"#));
        out.string(account);
        out.raw(literal!(r#","time":""#));
        out.bare(|out| self.epoch.write_seconds_utc(notification.published_at, out));
        out.raw(literal!(r#"","region":"#));
        out.string(region);
        out.raw(literal!(r#","resources":[],"detail":"#));
        self.render_plain(out, notification, subscription);
        out.raw(literal!("}"));
    }

    fn render_plain(
        &self,
        out: &mut NestedJson,
        notification: &Notification,
        subscription: &Subscription,
    ) {
        let names = match notification.event {
            // These two types have members in camelCase and a version of their own (sheet section 6.1).
            Event::Feed(_) | Event::Report(_) => &CAMEL_CASE,
            _ => &PASCAL_CASE,
        };
        out.raw(names.start);
        out.name(subscription.kind);
        out.raw(names.payload_version);
        out.string(&subscription.payload_version);
        out.raw(names.event_time);
        let event_time = match notification.event {
            Event::Order(change) => self
                .orders
                .change(change)
                .map_or(Micros::ZERO, |change| change.at),
            Event::Quantity { at, .. } => at,
            Event::Feed(number) => ended(self.feeds.job(number)),
            Event::Report(number) => ended(self.reports.job(number)),
            Event::Text(_) => notification.published_at,
        };
        out.bare(|out| self.epoch.write_millis_utc(event_time, out));
        out.raw(names.payload);
        match notification.event {
            Event::Order(change) => self.render_order_change(out, change),
            Event::Quantity { sku, units, .. } => {
                out.raw(literal!(r#"{"SellerId":"#));
                out.string(&self.credentials.seller_id);
                out.raw(literal!(r#","FulfillmentChannelCode":"DEFAULT","Sku":"#));
                out.quoted(self.catalogue.sku_json(sku));
                out.raw(literal!(r#","Quantity":"#));
                out.bare(|out| json::number(out, units));
                out.raw(literal!("}"));
            }
            event => out.any(|out| self.write_job_finished(out, event)),
        }
        out.raw(names.application);
        out.string(&self.credentials.application_id);
        out.raw(names.subscription);
        out.string(&subscription.id);
        out.raw(names.publish_time);
        out.bare(|out| self.epoch.write_millis_utc(notification.published_at, out));
        out.raw(names.notification);
        out.bare(|out| ids::write_uuid(out, self.draws.ids ^ 0x11, notification.number));
        out.raw(literal!(r#""}}"#));
    }

    fn render_order_change(&self, out: &mut NestedJson, change: u32) {
        let Some(view) = self.orders.view(change) else {
            out.raw(literal!("{}"));
            return;
        };
        let (kind, reason) = match view.change.trigger {
            Trigger::BuyerRequest => ("BuyerRequestedChange", "Buyer Requested Cancel"),
            Trigger::Status | Trigger::Detail => ("OrderStatusChange", "Status change"),
        };
        out.raw(literal!(
            r#"{"OrderChangeNotification":{"NotificationLevel":"OrderLevel","SellerId":"#
        ));
        out.string(&self.credentials.seller_id);
        out.raw(literal!(r#","AmazonOrderId":""#));
        out.bare(|out| ids::write_order(out, view.number.0));
        out.raw(literal!(r#"","OrderChangeType":""#));
        out.name(kind);
        out.raw(literal!(r#"","OrderChangeTrigger":{"TimeOfOrderChange":""#));
        out.bare(|out| self.epoch.write_millis_utc(view.change.at, out));
        out.raw(literal!(r#"","ChangeReason":""#));
        out.name(reason);
        out.raw(literal!(r#""},"Summary":{"MarketplaceId":"#));
        out.string(&self.profile.marketplace.id);
        out.raw(literal!(r#","OrderStatus":""#));
        out.name(view.change.status.name_v0());
        out.raw(literal!(r#"","PurchaseDate":""#));
        out.bare(|out| self.epoch.write_millis_utc(view.order.placed_at, out));
        out.raw(literal!(r#"","DestinationPostalCode":"#));
        if view.change.status == Status::Pending {
            out.raw(literal!("null"));
        } else {
            out.raw(literal!("\""));
            out.bare(|out| write_postal_code(out, view.order.postal_code));
            out.raw(literal!("\""));
        }
        out.raw(literal!(r#","FulfillmentType":""#));
        out.name(if view.order.fulfilled_by_amazon {
            "AFN"
        } else {
            "MFN"
        });
        let (shipped, unshipped) = view.units();
        out.raw(literal!(
            r#"","OrderType":"StandardOrder","NumberOfItemsShipped":"#
        ));
        out.bare(|out| json::number(out, shipped));
        out.raw(literal!(r#","NumberOfItemsUnshipped":"#));
        out.bare(|out| json::number(out, unshipped));
        out.raw(literal!(r#","EarliestShipDate":""#));
        out.bare(|out| self.epoch.write_millis_utc(view.order.placed_at, out));
        out.raw(literal!(r#"","LatestShipDate":""#));
        out.bare(|out| {
            self.epoch
                .write_millis_utc(view.order.placed_at + self.profile.orders.ship_by, out)
        });
        out.raw(literal!(r#"","OrderItems":["#));
        for (position, line) in view.lines.iter().enumerate() {
            if position > 0 {
                out.raw(literal!(","));
            }
            out.raw(literal!(r#"{"OrderItemId":""#));
            out.bare(|out| ids::write_item(out, view.line_number(position)));
            out.raw(literal!(r#"","SellerSKU":"#));
            out.quoted(self.catalogue.sku_json(line.sku));
            out.raw(literal!(r#","SupplySourceId":null,"Quantity":"#));
            out.bare(|out| json::number(out, line.units));
            out.raw(literal!(r#","QuantityShipped":"#));
            out.bare(|out| json::number(out, view.shipped(position)));
            out.raw(literal!(r#","IsBuyerRequestedCancel":"#));
            out.bare(|out| json::boolean(out, view.change.cancel_requested));
            out.raw(literal!("}"));
        }
        out.raw(literal!("]}}}"));
    }
}

/// What stands between the values of a notification.
struct Names {
    start: Literal,
    payload_version: Literal,
    event_time: Literal,
    payload: Literal,
    application: Literal,
    subscription: Literal,
    publish_time: Literal,
    notification: Literal,
}

static PASCAL_CASE: Names = Names {
    start: literal!(r#"{"NotificationVersion":"1.0","NotificationType":""#),
    payload_version: literal!(r#"","PayloadVersion":"#),
    event_time: literal!(r#","EventTime":""#),
    payload: literal!(r#"","Payload":"#),
    application: literal!(r#","NotificationMetadata":{"ApplicationId":"#),
    subscription: literal!(r#","SubscriptionId":"#),
    publish_time: literal!(r#","PublishTime":""#),
    notification: literal!(r#"","NotificationId":""#),
};

static CAMEL_CASE: Names = Names {
    start: literal!(r#"{"notificationVersion":"2020-09-04","notificationType":""#),
    payload_version: literal!(r#"","payloadVersion":"#),
    event_time: literal!(r#","eventTime":""#),
    payload: literal!(r#"","payload":"#),
    application: literal!(r#","notificationMetadata":{"applicationId":"#),
    subscription: literal!(r#","subscriptionId":"#),
    publish_time: literal!(r#","publishTime":""#),
    notification: literal!(r#"","notificationId":""#),
};

fn ended(job: Option<&Job>) -> Micros {
    job.and_then(|job| job.ended_at).unwrap_or(Micros::ZERO)
}

/// The source name of events on the bus, which is also the name of the destination's resource.
pub fn event_source(account: &str, application: &str) -> String {
    format!("aws.partner/sellingpartnerapi.amazon.com/{account}/{application}")
}
