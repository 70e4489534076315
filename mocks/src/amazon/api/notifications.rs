//! The Notifications API: destinations and subscriptions (docs/platforms/amazon.md 6.3).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Call;
use super::paging::PageToken;
use super::processing_directive::Directive;
use super::reply::{Reply, UNPARSABLE};
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
    ("ACCOUNT_STATUS_CHANGED", false),
    ("B2B_ANY_OFFER_CHANGED", false),
    ("BRANDED_ITEM_CONTENT_CHANGE", true),
    ("DATA_KIOSK_QUERY_PROCESSING_FINISHED", false),
    ("DETAIL_PAGE_TRAFFIC_EVENT", false),
    ("EXTERNAL_FULFILLMENT_SHIPMENT_STATUS_CHANGE", false),
    ("FEE_PROMOTION", false),
    ("ITEM_INVENTORY_EVENT_CHANGE", false),
    ("ITEM_PRODUCT_TYPE_CHANGE", true),
    ("ITEM_SALES_EVENT_CHANGE", false),
    ("PRICING_HEALTH", false),
    ("PRODUCT_TYPE_DEFINITIONS_CHANGE", true),
    ("SHIPMENT_TRACKING_MILESTONE_CHANGED", false),
    ("TRANSACTION_UPDATE", false),
];

/// Subscriptions of a page, at least and at most.
const PAGES: (usize, usize) = (30, 100);
/// Characters of a destination's name.
const LONGEST_NAME: usize = 256;
/// Bytes of a queue's full name.
const LONGEST_ARN: usize = 1_000;

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
    processing_directive: Option<&'a RawValue>,
}

fn notification_type(name: &str) -> Result<(&'static str, bool), Reply> {
    TYPES
        .iter()
        .find(|(known, _)| *known == name)
        .copied()
        .ok_or_else(|| {
            // amzn/selling-partner-api-models 467.
            Reply::invalid_input(format!(
                "Invalid value \"{name}\" for path parameter notificationType"
            ))
        })
}

/// Whether a text can be the version of a payload: `1.0`, or a date as newer ones have it.
fn is_version(text: &str) -> bool {
    let digits = |separator| -> Vec<usize> {
        let parts = text.split(separator).map(|part| {
            let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { part.len() } else { 0 }
        });
        // One more than any version has.
        parts.take(4).collect()
    };
    matches!(digits('.')[..], [1..=3, 1..=3]) || digits('-') == [4, 2, 2]
}

/// Whether two destinations are in each other's way: a queue is registered once, and an account has one event bus for
/// Amazon's events, in whatever region (amzn/selling-partner-api-docs 1800 and 1850).
fn collide(left: &Resource, right: &Resource) -> bool {
    match (left, right) {
        (Resource::Sqs { arn: left }, Resource::Sqs { arn: right }) => left == right,
        (
            Resource::EventBridge { account: left, .. },
            Resource::EventBridge { account: right, .. },
        ) => left == right,
        _ => false,
    }
}

/// What Amazon says of a destination that is there already (amzn/selling-partner-api-docs 1800); that it says the like of
/// a name is assumed.
fn taken(settings: &Settings, destination: &Destination, resource: &Resource) -> Reply {
    let what = match &destination.resource {
        known if !collide(known, resource) => format!("name {}", destination.name),
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
    if let Some(directive) = &subscription.directive {
        json::raw(out, r#","processingDirective":"#);
        json::raw(out, directive);
    }
    out.push(b'}');
}

/// `POST /notifications/v1/destinations`. A queue named for the first time is made: the account that would own it
/// is simulated too.
pub(crate) fn create_destination(
    settings: &Settings,
    signals: &mut Signals,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let request: CreateDestination<'_> = Reply::body_of(call.body, UNPARSABLE)?;
    if request.name.chars().count() > LONGEST_NAME {
        return Err(Reply::invalid_input(UNPARSABLE));
    }
    let specification = request.resource_specification;
    let (resource, (account, queue)) = match (specification.sqs, specification.event_bridge) {
        (Some(sqs), None) => {
            let (account, name) = Some(sqs.arn.as_ref())
                .filter(|arn| arn.len() <= LONGEST_ARN)
                .and_then(|arn| arn.strip_prefix("arn:aws:sqs:"))
                .and_then(|rest| {
                    let (region, rest) = rest.split_once(':')?;
                    let (account, name) = rest.rsplit_once(':')?;
                    let is_region = !region.is_empty() && !region.contains(char::is_whitespace);
                    let is_account = signals.queues.is_account(account);
                    (is_region && is_account).then_some((account, name))
                })
                .filter(|(_, name)| is_queue_name(name))
                .ok_or_else(|| {
                    Reply::invalid_input(
                        "sqs.arn must name a standard queue; FIFO queues are not supported.",
                    )
                })?;
            let queue = (account.to_owned(), name.to_owned());
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
                (
                    settings.profile.queue.account.clone(),
                    settings.profile.notifications.event_bridge_queue.clone(),
                ),
            )
        }
        _ => {
            return Err(Reply::invalid_input(
                "Exactly one of sqs and eventBridge is required.",
            ));
        }
    };
    let known = signals.destinations.iter().find(|known| {
        known.active && (collide(&known.resource, &resource) || known.name == request.name)
    });
    if let Some(known) = known {
        return Err(taken(settings, known, &resource));
    }
    let number = signals.destinations.len() as u64;
    let destination = Destination {
        id: ids::uuid(settings.draws.ids ^ 0xde57, number),
        name: request.name.into_owned(),
        resource,
        queue: signals.queues.ensure(&account, &queue, call.now),
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
    let request: CreateSubscription<'_> = Reply::body_of(call.body, UNPARSABLE)?;
    if !is_version(&request.payload_version) {
        return Err(Reply::unparsable(&format!(
            "Invalid payloadVersion {} for notification type {kind}",
            request.payload_version
        )));
    }
    let destination = position(signals, &request.destination_id).ok_or_else(|| {
        // amzn/selling-partner-api-models 2406, saleweaver/python-amazon-sp-api 368.
        Reply::unparsable(&format!(
            "No destination with id {} for applicationId {}",
            request.destination_id, settings.credentials.application_id
        ))
    })?;
    let directive = Directive::read(request.processing_directive, kind)?;
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
    let is_there = signals
        .subscribed(kind)
        .any(|known| signals.subscriptions[known].payload_version == request.payload_version);
    if is_there {
        // One seller has one subscription of a type and version (amzn/selling-partner-api-docs 3448).
        return Err(Reply::error(
            409,
            "StateConflict",
            "The resource specified conflicts with the current state.",
            &format!("Subscription already exist for notification type {kind}"),
        ));
    }
    let subscription = Subscription {
        id: ids::uuid(
            settings.draws.ids ^ 0x5b5c,
            signals.subscriptions.len() as u64,
        ),
        kind,
        payload_version: request.payload_version.into_owned(),
        destination,
        directive: directive.text,
        status_changes: directive.status_changes,
        buyer_requests: directive.buyer_requests,
        active: true,
    };
    let reply = wrapped(|out| write_subscription(signals, out, &subscription));
    signals.subscriptions.push(subscription);
    Ok(reply)
}

/// The positions of the subscriptions of a type, of the version that the call names, if it does.
fn subscriptions_of<'s>(
    signals: &'s Signals,
    call: &'s Call<'_>,
    kind: &'s str,
) -> impl Iterator<Item = usize> {
    let version = call.query.get("payloadVersion");
    signals.subscribed(kind).filter(move |&known| {
        version.is_none_or(|version| signals.subscriptions[known].payload_version == version)
    })
}

/// `GET /notifications/v1/subscriptions/{notificationType}`: of several versions the oldest subscription, where the call
/// names none.
pub(crate) fn get_subscription(signals: &Signals, call: &Call<'_>) -> Result<Reply, Reply> {
    let (kind, _) = notification_type(call.first)?;
    let position = subscriptions_of(signals, call, kind)
        .next()
        .ok_or_else(|| Reply::not_found("There is no subscription of this type."))?;
    Ok(wrapped(|out| {
        write_subscription(signals, out, &signals.subscriptions[position])
    }))
}

/// `GET /notifications/v1/subscriptions`: the seller's subscriptions of one type.
pub(crate) fn get_subscriptions(
    settings: &Settings,
    signals: &Signals,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
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
    let (least, most) = PAGES;
    let page = call.query.bounded("pageSize", least, most, least)?;
    let key = settings.draws.ids ^ 0x5b5c;
    let start = match call.query.get("nextToken") {
        None => 0,
        Some(text) => {
            let token = PageToken::read(text, key)
                .ok_or_else(|| Reply::invalid_input("nextToken is invalid."))?;
            token.next as usize
        }
    };
    let mut listed = subscriptions_of(signals, call, kind).skip_while(|&known| known < start);
    Ok(wrapped(|out| {
        json::raw(out, r#"{"subscriptions":["#);
        let mut first = true;
        for position in listed.by_ref().take(page) {
            json::comma(out, &mut first);
            write_subscription(signals, out, &signals.subscriptions[position]);
        }
        out.push(b']');
        if let Some(next) = listed.next() {
            let token = PageToken {
                made_at: call.now,
                next: next as u64,
                fields: [0; 3],
            };
            json::raw(out, r#","nextToken":"#);
            json::string(out, &token.text(key));
        }
        out.push(b'}');
    }))
}

fn subscription_by_id(signals: &Signals, call: &Call<'_>) -> Result<usize, Reply> {
    let (kind, _) = notification_type(call.first)?;
    signals
        .subscribed(kind)
        .find(|&position| signals.subscriptions[position].id == call.second)
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
