//! What notifications say (docs/platforms/amazon.md 6.1 and 6.2).

use crate::amazon::model::ids;
use crate::amazon::model::jobs::{Job, job_id};
use crate::amazon::model::json;
use crate::amazon::model::orders::{Status, Trigger, write_postal_code};
use crate::amazon::model::{feeds, reports};
use crate::amazon::shop::{Event, State};
use crate::core::Micros;

use super::nested_json::{Literal, NestedJson, literal};
use super::{Content, Notification, Resource, Signals, Subscription};

impl Signals {
    /// Appends the body of a message.
    pub(crate) fn render(&self, shop: &State, out: &mut NestedJson, notification: &Notification) {
        let event = match notification.content {
            Content::Event(event) => event,
            Content::Text(number) => {
                out.any(|out| json::raw(out, self.queues.text(number)));
                return;
            }
        };
        let Some(subscription) = self.subscriptions.get(notification.subscription as usize) else {
            return;
        };
        let resource = self
            .destinations
            .get(subscription.destination)
            .map(|destination| &destination.resource);
        let Some(Resource::EventBridge { account, region }) = resource else {
            render_plain(shop, out, event, notification, subscription);
            return;
        };
        out.raw(literal!(r#"{"version":"0","id":""#));
        out.bare(|out| ids::write_uuid(out, shop.settings.draws.ids ^ 0xeb, notification.number));
        out.raw(literal!(r#"","detail-type":""#));
        out.name(subscription.kind);
        out.raw(literal!(r#"","source":"#));
        out.string(&event_source(
            account,
            &shop.settings.credentials.application_id,
        ));
        out.raw(literal!(r#","account":"#));
        out.string(account);
        out.raw(literal!(r#","time":""#));
        out.bare(|out| {
            shop.settings
                .epoch
                .write_seconds_utc(notification.published_at, out)
        });
        out.raw(literal!(r#"","region":"#));
        out.string(region);
        out.raw(literal!(r#","resources":[],"detail":"#));
        render_plain(shop, out, event, notification, subscription);
        out.raw(literal!("}"));
    }
}

fn render_plain(
    shop: &State,
    out: &mut NestedJson,
    event: Event,
    notification: &Notification,
    subscription: &Subscription,
) {
    let names = match event {
        // These two types have members in camelCase and a version of their own (docs/platforms/amazon.md 6.1).
        Event::Feed(_) | Event::Report(_) => &CAMEL_CASE,
        _ => &PASCAL_CASE,
    };
    out.raw(names.start);
    out.name(subscription.kind);
    out.raw(names.payload_version);
    out.string(&subscription.payload_version);
    out.raw(names.event_time);
    let event_time = match event {
        Event::Order(change) => shop
            .orders
            .change(change)
            .map_or(Micros::ZERO, |change| change.at),
        Event::Quantity { .. } => notification.happened_at,
        Event::Feed(number) => ended(shop.feeds.job(number)),
        Event::Report(number) => ended(shop.reports.job(number)),
    };
    out.bare(|out| shop.settings.epoch.write_millis_utc(event_time, out));
    out.raw(names.payload);
    match event {
        Event::Order(change) => render_order_change(shop, out, change),
        Event::Quantity { sku, units, .. } => {
            out.raw(literal!(r#"{"SellerId":"#));
            out.string(&shop.settings.credentials.seller_id);
            out.raw(literal!(r#","FulfillmentChannelCode":"DEFAULT","Sku":"#));
            out.quoted(shop.catalogue.sku_json(sku));
            out.raw(literal!(r#","Quantity":"#));
            out.bare(|out| json::number(out, units));
            out.raw(literal!("}"));
        }
        event => out.any(|out| write_job_finished(shop, out, event)),
    }
    out.raw(names.application);
    out.string(&shop.settings.credentials.application_id);
    out.raw(names.subscription);
    out.string(&subscription.id);
    out.raw(names.publish_time);
    out.bare(|out| {
        shop.settings
            .epoch
            .write_millis_utc(notification.published_at, out)
    });
    out.raw(names.notification);
    out.bare(|out| ids::write_uuid(out, shop.settings.draws.ids ^ 0x11, notification.number));
    out.raw(literal!(r#""}}"#));
}

fn render_order_change(shop: &State, out: &mut NestedJson, change: u32) {
    let Some(view) = shop.orders.view(change) else {
        out.raw(literal!("{}"));
        return;
    };
    view.is_shown(true);
    let (kind, reason) = match view.change.trigger {
        Trigger::BuyerRequest => ("BuyerRequestedChange", "Buyer Requested Cancel"),
        Trigger::Status | Trigger::Detail => ("OrderStatusChange", "Status change"),
    };
    out.raw(literal!(
        r#"{"OrderChangeNotification":{"NotificationLevel":"OrderLevel","SellerId":"#
    ));
    out.string(&shop.settings.credentials.seller_id);
    out.raw(literal!(r#","AmazonOrderId":""#));
    out.bare(|out| ids::write_order(out, view.number.0));
    out.raw(literal!(r#"","OrderChangeType":""#));
    out.name(kind);
    out.raw(literal!(r#"","OrderChangeTrigger":{"TimeOfOrderChange":""#));
    out.bare(|out| shop.settings.epoch.write_millis_utc(view.change.at, out));
    out.raw(literal!(r#"","ChangeReason":""#));
    out.name(reason);
    out.raw(literal!(r#""},"Summary":{"MarketplaceId":"#));
    out.string(&shop.settings.profile.marketplace.id);
    out.raw(literal!(r#","OrderStatus":""#));
    out.name(view.change.status.name_v0());
    out.raw(literal!(r#"","PurchaseDate":""#));
    out.bare(|out| {
        shop.settings
            .epoch
            .write_millis_utc(view.order.placed_at, out)
    });
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
    out.bare(|out| {
        shop.settings
            .epoch
            .write_millis_utc(view.order.placed_at, out)
    });
    out.raw(literal!(r#"","LatestShipDate":""#));
    out.bare(|out| {
        shop.settings.epoch.write_millis_utc(
            view.order.placed_at + shop.settings.profile.orders.ship_by,
            out,
        )
    });
    out.raw(literal!(r#"","OrderItems":["#));
    for (position, line) in view.lines.iter().enumerate() {
        if position > 0 {
            out.raw(literal!(","));
        }
        out.raw(literal!(r#"{"OrderItemId":""#));
        out.bare(|out| ids::write_item(out, view.line_number(position)));
        out.raw(literal!(r#"","SellerSKU":"#));
        out.quoted(shop.catalogue.sku_json(line.sku));
        out.raw(literal!(r#","SupplySourceId":null,"Quantity":"#));
        out.bare(|out| json::number(out, view.ordered(position)));
        out.raw(literal!(r#","QuantityShipped":"#));
        out.bare(|out| json::number(out, view.shipped(position)));
        out.raw(literal!(r#","IsBuyerRequestedCancel":"#));
        out.bare(|out| json::boolean(out, view.change.cancel_requested));
        out.raw(literal!("}"));
    }
    out.raw(literal!("]}}}"));
}

/// Appends the payload of such a notification, which is in camelCase.
fn write_job_finished(shop: &State, out: &mut Vec<u8>, event: Event) {
    let (name, id, kind, document, job, number) = match event {
        Event::Feed(number) => (
            r#"{"feedProcessingFinishedNotification":{"sellerId":"#,
            r#","feedId":"#,
            r#","feedType":"#,
            r#","resultFeedDocumentId":"#,
            shop.feeds.job(number).map(|job| (job, feeds::TYPES)),
            number,
        ),
        Event::Report(number) => (
            r#"{"reportProcessingFinishedNotification":{"sellerId":"#,
            r#","reportId":"#,
            r#","reportType":"#,
            r#","reportDocumentId":"#,
            shop.reports.job(number).map(|job| (job, reports::TYPES)),
            number,
        ),
        _ => return,
    };
    let Some((job, types)) = job else {
        return;
    };
    json::raw(out, name);
    json::string(out, &shop.settings.credentials.seller_id);
    json::raw(out, r#","accountId":"#);
    let account = format!("amzn1.merchant.o.{}", shop.settings.credentials.seller_id);
    json::string(out, &account);
    json::raw(out, id);
    json::string(out, &job_id(number));
    json::raw(out, kind);
    json::string(out, types.get(job.kind).copied().unwrap_or(""));
    json::raw(out, r#","processingStatus":""#);
    json::raw(out, job.status.name());
    out.push(b'"');
    if let Some(number) = job.document {
        json::raw(out, document);
        json::string(out, &shop.documents.id(number));
    }
    json::raw(out, "}}");
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
pub(crate) fn event_source(account: &str, application: &str) -> String {
    format!("aws.partner/sellingpartnerapi.amazon.com/{account}/{application}")
}
