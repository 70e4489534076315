//! The Notifications API: destinations and subscriptions (sheet section 6.3).

use std::borrow::Cow;

use serde::Deserialize;

use super::errors::Reply;
use super::ids;
use super::json;
use super::machine::{Amazon, Call};
use super::signals::{
    Destination, FEED_PROCESSING_FINISHED, MFN_QUANTITY_CHANGE, ORDER_CHANGE,
    REPORT_PROCESSING_FINISHED, Resource, Subscription, event_source,
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

fn body<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Reply> {
    serde_json::from_slice(body)
        .map_err(|error| Reply::invalid_input(format!("Invalid request body: {error}.")))
}

fn notification_type(name: &str) -> Result<(&'static str, bool), Reply> {
    TYPES
        .iter()
        .find(|(known, _)| *known == name)
        .copied()
        .ok_or_else(|| Reply::invalid_input(format!("Invalid notification type: {name}.")))
}

fn conflict(message: &str) -> Reply {
    // The models give no code with 409; this one is ours.
    Reply::error(409, "Conflict", message, "")
}

fn wrapped(write: impl FnOnce(&mut Vec<u8>)) -> Reply {
    let mut out = Vec::with_capacity(256);
    json::raw(&mut out, r#"{"payload":"#);
    write(&mut out);
    out.push(b'}');
    Reply::ok(out)
}

impl Amazon {
    fn write_destination(&self, out: &mut Vec<u8>, destination: &Destination) {
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
                    &event_source(account, &self.credentials.application_id),
                );
                json::raw(out, r#","region":"#);
                json::string(out, region);
                json::raw(out, r#","accountId":"#);
                json::string(out, account);
            }
        }
        json::raw(out, "}}}");
    }

    fn write_subscription(&self, out: &mut Vec<u8>, subscription: &Subscription) {
        json::raw(out, r#"{"subscriptionId":"#);
        json::string(out, &subscription.id);
        json::raw(out, r#","payloadVersion":"#);
        json::string(out, &subscription.payload_version);
        json::raw(out, r#","destinationId":"#);
        json::string(out, &self.signals.destinations[subscription.destination].id);
        out.push(b'}');
    }

    /// `POST /notifications/v1/destinations`. A queue named for the first time is made: the account that would own it
    /// is simulated too.
    pub(super) fn create_destination(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let request: CreateDestination<'_> = body(call.body)?;
        let specification = request.resource_specification;
        let (resource, queue) = match (specification.sqs, specification.event_bridge) {
            (Some(sqs), None) => {
                let queue = sqs
                    .arn
                    .strip_prefix("arn:aws:sqs:")
                    .and_then(|rest| rest.rsplit(':').next())
                    .filter(|name| super::queue::is_queue_name(name))
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
                    self.profile.notifications.event_bridge_queue.clone(),
                )
            }
            _ => {
                return Err(Reply::invalid_input(
                    "Exactly one of sqs and eventBridge is required.",
                ));
            }
        };
        let taken = self.signals.destinations.iter().any(|known| {
            known.active && (known.resource == resource || known.name == request.name)
        });
        if taken {
            return Err(conflict(
                "A destination with this name or resource already exists.",
            ));
        }
        let number = self.signals.destinations.len() as u64;
        let destination = Destination {
            id: ids::uuid(self.draws.ids ^ 0xde57, number),
            name: request.name.into_owned(),
            resource,
            queue: self.queues.ensure(&queue),
            active: true,
        };
        let reply = wrapped(|out| self.write_destination(out, &destination));
        self.signals.destinations.push(destination);
        Ok(reply)
    }

    /// `GET /notifications/v1/destinations`.
    pub(super) fn get_destinations(&self) -> Reply {
        wrapped(|out| {
            out.push(b'[');
            let mut first = true;
            for destination in self
                .signals
                .destinations
                .iter()
                .filter(|known| known.active)
            {
                json::comma(out, &mut first);
                self.write_destination(out, destination);
            }
            out.push(b']');
        })
    }

    fn destination(&self, id: &str) -> Result<usize, Reply> {
        self.signals
            .destinations
            .iter()
            .position(|known| known.active && known.id == id)
            .ok_or_else(|| Reply::not_found("The destination does not exist."))
    }

    /// `GET /notifications/v1/destinations/{destinationId}`.
    pub(super) fn get_destination(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let position = self.destination(call.first)?;
        Ok(wrapped(|out| {
            self.write_destination(out, &self.signals.destinations[position])
        }))
    }

    /// `DELETE /notifications/v1/destinations/{destinationId}`.
    pub(super) fn delete_destination(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let position = self.destination(call.first)?;
        let in_use = self
            .signals
            .subscriptions
            .iter()
            .any(|known| known.active && known.destination == position);
        if in_use {
            return Err(conflict("The destination still has subscriptions."));
        }
        self.signals.destinations[position].active = false;
        Ok(Reply::ok(b"{}".to_vec()))
    }

    /// `POST /notifications/v1/subscriptions/{notificationType}`.
    pub(super) fn create_subscription(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let (kind, event_bridge_only) = notification_type(call.first)?;
        let request: CreateSubscription<'_> = body(call.body)?;
        let destination = self.destination(&request.destination_id)?;
        let is_bus = matches!(
            self.signals.destinations[destination].resource,
            Resource::EventBridge { .. }
        );
        if is_bus != event_bridge_only {
            return Err(Reply::invalid_input(if event_bridge_only {
                "This notification type is delivered to EventBridge only."
            } else {
                "This notification type is delivered to SQS only."
            }));
        }
        if self.active_subscription(kind).is_some() {
            return Err(conflict("A subscription of this type already exists."));
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
                self.draws.ids ^ 0x5b5c,
                self.signals.subscriptions.len() as u64,
            ),
            kind,
            payload_version: request.payload_version.into_owned(),
            destination,
            status_changes: passes("OrderStatusChange"),
            buyer_requests: passes("BuyerRequestedChange"),
            active: true,
        };
        let reply = wrapped(|out| self.write_subscription(out, &subscription));
        self.signals.subscriptions.push(subscription);
        Ok(reply)
    }

    fn active_subscription(&self, kind: &str) -> Option<usize> {
        self.signals
            .subscriptions
            .iter()
            .position(|known| known.active && known.kind == kind)
    }

    /// `GET /notifications/v1/subscriptions/{notificationType}`.
    pub(super) fn get_subscription(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let (kind, _) = notification_type(call.first)?;
        let position = self
            .active_subscription(kind)
            .ok_or_else(|| Reply::not_found("There is no subscription of this type."))?;
        Ok(wrapped(|out| {
            self.write_subscription(out, &self.signals.subscriptions[position])
        }))
    }

    /// `GET /notifications/v1/subscriptions`: the seller's subscriptions of one type.
    pub(super) fn get_subscriptions(&self, call: &Call<'_>) -> Result<Reply, Reply> {
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
            if let Some(position) = self.active_subscription(kind) {
                self.write_subscription(out, &self.signals.subscriptions[position]);
            }
            json::raw(out, "]}");
        }))
    }

    fn subscription_by_id(&self, call: &Call<'_>) -> Result<usize, Reply> {
        let (kind, _) = notification_type(call.first)?;
        self.active_subscription(kind)
            .filter(|&position| self.signals.subscriptions[position].id == call.second)
            .ok_or_else(|| Reply::not_found("The subscription does not exist."))
    }

    /// `GET /notifications/v1/subscriptions/{notificationType}/{subscriptionId}`.
    pub(super) fn get_subscription_by_id(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let position = self.subscription_by_id(call)?;
        Ok(wrapped(|out| {
            self.write_subscription(out, &self.signals.subscriptions[position])
        }))
    }

    /// `DELETE /notifications/v1/subscriptions/{notificationType}/{subscriptionId}`.
    pub(super) fn delete_subscription_by_id(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let position = self.subscription_by_id(call)?;
        self.signals.subscriptions[position].active = false;
        Ok(Reply::ok(b"{}".to_vec()))
    }
}
