//! The Notifications API: destinations and subscriptions (docs/platforms/amazon.md 6.3).

use std::borrow::Cow;

use serde::Deserialize;

use super::Call;
use super::reply::Reply;
use crate::amazon::model::{ids, json};
use crate::amazon::shop::Settings;
use crate::amazon::signals::queue::is_queue_name;
use crate::amazon::signals::{
    Destination, FEED_PROCESSING_FINISHED, MFN_QUANTITY_CHANGE, ORDER_CHANGE,
    REPORT_PROCESSING_FINISHED, Resource, Signals, Subscription, event_source,
};

/// Types one can subscribe to, and whether they go to EventBridge only. Those of orders, live quantities, feeds and
/// reports fire here.
const TYPES: &[(&str, bool)] = &[
    (ORDER_CHANGE, false),
    (MFN_QUANTITY_CHANGE, true),
    ("LISTINGS_ITEM_STATUS_CHANGE", true),
    ("LISTINGS_ITEM_ISSUES_CHANGE", true),
    ("FBA_INVENTORY_AVAILABILITY_CHANGES", false),
    (FEED_PROCESSING_FINISHED, false),
    (REPORT_PROCESSING_FINISHED, false),
    ("FULFILLMENT_ORDER_STATUS", false),
    ("FBA_OUTBOUND_SHIPMENT_STATUS", false),
    ("ANY_OFFER_CHANGED", false),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateDestination<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    resource_specification: ResourceSpecification<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpecification<'a> {
    #[serde(borrow, default)]
    sqs: Option<SqsSpecification<'a>>,
    #[serde(borrow, default)]
    event_bridge: Option<EventBridgeSpecification<'a>>,
}

#[derive(Deserialize)]
struct SqsSpecification<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventBridgeSpecification<'a> {
    #[serde(borrow)]
    account_id: Cow<'a, str>,
    #[serde(borrow)]
    region: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSubscription<'a> {
    #[serde(borrow)]
    payload_version: Cow<'a, str>,
    #[serde(borrow)]
    destination_id: Cow<'a, str>,
    #[serde(borrow, default)]
    processing_directive: Option<ProcessingDirective<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProcessingDirective<'a> {
    #[serde(borrow, default)]
    event_filter: Option<EventFilter<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventFilter<'a> {
    #[serde(borrow, default)]
    order_change_types: Option<Vec<Cow<'a, str>>>,
}

fn notification_type(name: &str) -> Result<(&'static str, bool), Reply> {
    TYPES
        .iter()
        .find(|(known, _)| *known == name)
        .copied()
        .ok_or_else(|| Reply::invalid_input(format!("Invalid notification type: {name}.")))
}

/// What Amazon says of a destination that is there already (amzn/selling-partner-api-docs 1800).
fn taken(settings: &Settings, destination: &Destination) -> Reply {
    let what = match &destination.resource {
        Resource::Sqs { arn } => format!("arn {arn}"),
        Resource::EventBridge { account, .. } => format!("account id {account}"),
    };
    Reply::error(
        409,
        "Conflict",
        "The requested resource conflict with a resource in the server.",
        &format!(
            "A destination with {what} already exists for the application {}",
            settings.credentials.application_id
        ),
    )
}

fn wrapped(write: impl FnOnce(&mut Vec<u8>)) -> Reply {
    let mut out = Vec::with_capacity(256);
    json::raw(&mut out, r#"{"payload":"#);
    write(&mut out);
    out.push(b'}');
    Reply::ok(out)
}

fn write_destination(settings: &Settings, out: &mut Vec<u8>, destination: &Destination) {
    json::raw(out, r#"{"destinationId":"#);
    json::string(out, &destination.id);
    json::raw(out, r#","name":"#);
    json::string(out, &destination.name);
    json::raw(out, r#","resource":{"#);
    match &destination.resource {
        Resource::Sqs { arn } => {
            json::raw(out, r#""sqs":{"arn":"#);
            json::string(out, arn);
        }
        Resource::EventBridge { account, region } => {
            json::raw(out, r#""eventBridge":{"name":"#);
            json::string(
                out,
                &event_source(account, &settings.credentials.application_id),
            );
            json::raw(out, r#","region":"#);
            json::string(out, region);
            json::raw(out, r#","accountId":"#);
            json::string(out, account);
        }
    }
    json::raw(out, "}}}");
}

fn write_subscription(signals: &Signals, out: &mut Vec<u8>, subscription: &Subscription) {
    json::raw(out, r#"{"subscriptionId":"#);
    json::string(out, &subscription.id);
    json::raw(out, r#","payloadVersion":"#);
    json::string(out, &subscription.payload_version);
    json::raw(out, r#","destinationId":"#);
    json::string(out, &signals.destinations[subscription.destination].id);
    out.push(b'}');
}

/// `POST /notifications/v1/destinations`. A queue named for the first time is made: the account that would own it
/// is simulated too.
pub(crate) fn create_destination(
    settings: &Settings,
    signals: &mut Signals,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let request: CreateDestination<'_> = Reply::body_of(call.body)?;
    let specification = request.resource_specification;
    let (resource, queue) = match (specification.sqs, specification.event_bridge) {
        (Some(sqs), None) => {
            let queue = sqs
                .arn
                .strip_prefix("arn:aws:sqs:")
                .and_then(|rest| rest.rsplit(':').next())
                .filter(|name| is_queue_name(name))
                .ok_or_else(|| {
                    Reply::invalid_input(
                        "sqs.arn must name a standard queue; FIFO queues are not supported.",
                    )
                })?
                .to_owned();
            let resource = Resource::Sqs {
                arn: sqs.arn.into_owned(),
            };
            (resource, queue)
        }
        (None, Some(bus)) => {
            let resource = Resource::EventBridge {
                account: bus.account_id.into_owned(),
                region: bus.region.into_owned(),
            };
            (
                resource,
                settings.profile.notifications.event_bridge_queue.clone(),
            )
        }
        _ => {
            return Err(Reply::invalid_input(
                "Exactly one of sqs and eventBridge is required.",
            ));
        }
    };
    let known = signals
        .destinations
        .iter()
        .find(|known| known.active && (known.resource == resource || known.name == request.name));
    if let Some(known) = known {
        return Err(taken(settings, known));
    }
    let number = signals.destinations.len() as u64;
    let destination = Destination {
        id: ids::uuid(settings.draws.ids ^ 0xde57, number),
        name: request.name.into_owned(),
        resource,
        queue: signals.queues.ensure(&queue),
        active: true,
    };
    let reply = wrapped(|out| write_destination(settings, out, &destination));
    signals.destinations.push(destination);
    Ok(reply)
}

/// `GET /notifications/v1/destinations`.
pub(crate) fn get_destinations(settings: &Settings, signals: &Signals) -> Reply {
    wrapped(|out| {
        out.push(b'[');
        let mut first = true;
        for destination in signals.destinations.iter().filter(|known| known.active) {
            json::comma(out, &mut first);
            write_destination(settings, out, destination);
        }
        out.push(b']');
    })
}

fn position(signals: &Signals, id: &str) -> Option<usize> {
    signals
        .destinations
        .iter()
        .position(|known| known.active && known.id == id)
}

fn destination(signals: &Signals, id: &str) -> Result<usize, Reply> {
    position(signals, id).ok_or_else(|| Reply::not_found("The destination does not exist."))
}

/// `GET /notifications/v1/destinations/{destinationId}`.
pub(crate) fn get_destination(
    settings: &Settings,
    signals: &Signals,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let position = destination(signals, call.first)?;
    Ok(wrapped(|out| {
        write_destination(settings, out, &signals.destinations[position])
    }))
}

/// `DELETE /notifications/v1/destinations/{destinationId}`.
pub(crate) fn delete_destination(signals: &mut Signals, call: &Call<'_>) -> Result<Reply, Reply> {
    let position = destination(signals, call.first)?;
    let in_use = signals
        .subscriptions
        .iter()
        .any(|known| known.active && known.destination == position);
    if in_use {
        // Not a conflict but a refusal (amzn/selling-partner-api-docs 1800).
        return Err(Reply::error(
            403,
            "Unauthorized",
            "The requested action is forbidden.",
            "Destination has subscriptions",
        ));
    }
    signals.destinations[position].active = false;
    Ok(Reply::ok(b"{}".to_vec()))
}

/// `POST /notifications/v1/subscriptions/{notificationType}`.
pub(crate) fn create_subscription(
    settings: &Settings,
    signals: &mut Signals,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let (kind, event_bridge_only) = notification_type(call.first)?;
    let request: CreateSubscription<'_> = Reply::body_of(call.body)?;
    let destination = position(signals, &request.destination_id).ok_or_else(|| {
        // amzn/selling-partner-api-docs 1988.
        let details = format!(
            "No destination with id '{}' for applicationId '{}'",
            request.destination_id, settings.credentials.application_id
        );
        Reply::error(
            404,
            "NotFound",
            "The requested resource was not found.",
            &details,
        )
    })?;
    let is_bus = matches!(
        signals.destinations[destination].resource,
        Resource::EventBridge { .. }
    );
    if is_bus != event_bridge_only {
        return Err(Reply::invalid_input(if event_bridge_only {
            "This notification type is delivered to EventBridge only."
        } else {
            "This notification type is delivered to SQS only."
        }));
    }
    if signals.subscribed(kind).is_some() {
        // One seller has one subscription of a type and version (amzn/selling-partner-api-docs 3448).
        return Err(Reply::error(
            409,
            "StateConflict",
            "The resource specified conflicts with the current state.",
            &format!("Subscription already exist for notification type {kind}"),
        ));
    }
    let filter = request
        .processing_directive
        .and_then(|directive| directive.event_filter)
        .and_then(|filter| filter.order_change_types);
    let passes = |name: &str| {
        filter
            .as_ref()
            .is_none_or(|types| types.iter().any(|known| known == name))
    };
    let subscription = Subscription {
        id: ids::uuid(
            settings.draws.ids ^ 0x5b5c,
            signals.subscriptions.len() as u64,
        ),
        kind,
        payload_version: request.payload_version.into_owned(),
        destination,
        status_changes: passes("OrderStatusChange"),
        buyer_requests: passes("BuyerRequestedChange"),
        active: true,
    };
    let reply = wrapped(|out| write_subscription(signals, out, &subscription));
    signals.subscriptions.push(subscription);
    Ok(reply)
}

/// `GET /notifications/v1/subscriptions/{notificationType}`.
pub(crate) fn get_subscription(signals: &Signals, call: &Call<'_>) -> Result<Reply, Reply> {
    let (kind, _) = notification_type(call.first)?;
    let position = signals
        .subscribed(kind)
        .ok_or_else(|| Reply::not_found("There is no subscription of this type."))?;
    Ok(wrapped(|out| {
        write_subscription(signals, out, &signals.subscriptions[position])
    }))
}

/// `GET /notifications/v1/subscriptions`: the seller's subscriptions of one type.
pub(crate) fn get_subscriptions(signals: &Signals, call: &Call<'_>) -> Result<Reply, Reply> {
    let mut types = call.query.list("notificationTypes");
    let (kind, more) = (types.next(), types.next());
    let kind = match (kind, more) {
        (Some(kind), None) => notification_type(kind)?.0,
        _ => {
            return Err(Reply::invalid_input(
                "notificationTypes must name exactly one type.",
            ));
        }
    };
    Ok(wrapped(|out| {
        json::raw(out, r#"{"subscriptions":["#);
        if let Some(position) = signals.subscribed(kind) {
            write_subscription(signals, out, &signals.subscriptions[position]);
        }
        json::raw(out, "]}");
    }))
}

fn subscription_by_id(signals: &Signals, call: &Call<'_>) -> Result<usize, Reply> {
    let (kind, _) = notification_type(call.first)?;
    signals
        .subscribed(kind)
        .filter(|&position| signals.subscriptions[position].id == call.second)
        .ok_or_else(|| Reply::not_found("The subscription does not exist."))
}

/// `GET /notifications/v1/subscriptions/{notificationType}/{subscriptionId}`.
pub(crate) fn get_subscription_by_id(signals: &Signals, call: &Call<'_>) -> Result<Reply, Reply> {
    let position = subscription_by_id(signals, call)?;
    Ok(wrapped(|out| {
        write_subscription(signals, out, &signals.subscriptions[position])
    }))
}

/// `DELETE /notifications/v1/subscriptions/{notificationType}/{subscriptionId}`.
pub(crate) fn delete_subscription_by_id(
    signals: &mut Signals,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let position = subscription_by_id(signals, call)?;
    signals.subscriptions[position].active = false;
    Ok(Reply::ok(b"{}".to_vec()))
}
