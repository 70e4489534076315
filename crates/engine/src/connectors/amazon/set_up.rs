//! The queue, the destinations and the subscriptions (docs/platforms/amazon.md 6.3). What an earlier start of the engine
//! has left behind is refused with 409 and serves as well; the list of destinations then tells its ids.

use http::{Method, StatusCode};
use oversell_kernel::json;
use serde::Deserialize;

use super::AmazonConnector;
use super::wire::{accepted, refused};
use crate::connectors::encoding::uri;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

/// All steps; the last one subscribes to changes of displayed quantities, which not every strategy wants.
pub(super) const STEPS: u8 = 7;
/// The steps from here on are operations of the Notifications API.
pub(super) const FIRST_NOTIFICATIONS_STEP: u8 = 2;

const DESTINATIONS: &str = "/notifications/v1/destinations";

#[derive(Deserialize)]
struct Queue {
    #[serde(rename = "QueueUrl")]
    url: String,
}

#[derive(Deserialize)]
struct CreatedDestination {
    payload: Destination,
}

#[derive(Deserialize)]
struct Destinations {
    payload: Vec<Destination>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Destination {
    destination_id: String,
    #[serde(default)]
    resource: Resource,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Resource {
    sqs: Option<SqsResource>,
    event_bridge: Option<EventBridgeResource>,
}

#[derive(Deserialize)]
struct SqsResource {
    arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventBridgeResource {
    account_id: String,
}

/// The step that gets the token of the application itself, and those that use it.
const GRANTLESS_TOKEN: u8 = 1;
const GRANTLESS: std::ops::RangeInclusive<u8> = 2..=4;

/// Where to go on when access was refused: the token of the seller, which the link renews, is of no use for destinations.
pub(super) fn again(step: u8) -> u8 {
    match GRANTLESS.contains(&step) {
        true => GRANTLESS_TOKEN,
        false => step,
    }
}

impl AmazonConnector {
    pub(super) fn set_up_request(&self, step: u8) -> Request {
        match step {
            0 => {
                let mut body = b"{\"QueueName\":".to_vec();
                json::string(&mut body, &self.queue_name);
                body.push(b'}');
                self.queue_call("AmazonSQS.CreateQueue", body)
            }
            1 => self.grantless_token_request(),
            2 => {
                let mut body = b"{\"name\":".to_vec();
                json::string(&mut body, &self.queue_name);
                body.extend_from_slice(b",\"resourceSpecification\":{\"sqs\":{\"arn\":");
                json::string(&mut body, &self.queue_arn());
                body.extend_from_slice(b"}}}");
                self.create_destination(body)
            }
            3 => {
                let mut body = b"{\"name\":".to_vec();
                json::string(&mut body, &format!("{}-events", self.queue_name));
                body.extend_from_slice(
                    b",\"resourceSpecification\":{\"eventBridge\":{\"accountId\":",
                );
                json::string(&mut body, &self.aws_account_id);
                body.extend_from_slice(b",\"region\":");
                json::string(&mut body, self.marketplace.aws_region);
                body.extend_from_slice(b"}}}");
                self.create_destination(body)
            }
            4 => self.signed_in(
                exchange::get(uri(DESTINATIONS.into())),
                self.grantless_token.as_ref(),
            ),
            5 => self.subscribe("ORDER_CHANGE", self.queue_destination.as_deref()),
            6 => self.subscribe(
                "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
                self.event_bridge_destination.as_deref(),
            ),
            _ => exchange::no_request(),
        }
    }

    pub(super) fn set_up_read(&mut self, step: u8, response: &Response, events: &mut Vec<Event>) {
        match step {
            0 => self.queue_read(response, events),
            1 => self.grantless_token_read(response, events),
            2 | 3 => self.destination_read(step, response, events),
            4 => self.destinations_read(response, events),
            5 | 6 if response.status() == StatusCode::CONFLICT => events.push(Event::Done),
            5 | 6 => {
                if accepted(response, events) {
                    events.push(Event::Done);
                }
            }
            _ => events.push(exchange::unsupported()),
        }
    }

    fn queue_arn(&self) -> String {
        let region = self.marketplace.aws_region;
        format!(
            "arn:aws:sqs:{region}:{}:{}",
            self.aws_account_id, self.queue_name
        )
    }

    fn create_destination(&self, body: Vec<u8>) -> Request {
        let request = exchange::json(Method::POST, uri(DESTINATIONS.into()), body);
        self.signed_in(request, self.grantless_token.as_ref())
    }

    fn subscribe(&self, notification_type: &str, destination: Option<&str>) -> Request {
        let mut body = b"{\"payloadVersion\":\"1.0\",\"destinationId\":".to_vec();
        json::string(&mut body, destination.unwrap_or(""));
        body.push(b'}');
        let target = format!("/notifications/v1/subscriptions/{notification_type}");
        self.send(Method::POST, target.into_bytes(), body)
    }

    fn queue_read(&mut self, response: &Response, events: &mut Vec<Event>) {
        if !accepted(response, events) {
            return;
        }
        match serde_json::from_slice::<Queue>(response.body()) {
            Ok(queue) => {
                self.queue_url = queue.url;
                events.push(Event::Done);
            }
            Err(error) => events.push(exchange::unreadable(&error, response.body())),
        }
    }

    fn destination_read(&mut self, step: u8, response: &Response, events: &mut Vec<Event>) {
        if response.status() == StatusCode::CONFLICT {
            events.push(Event::Done);
            return;
        }
        if !accepted(response, events) {
            return;
        }
        match serde_json::from_slice::<CreatedDestination>(response.body()) {
            Ok(created) => {
                let id = Some(created.payload.destination_id);
                if step == 2 {
                    self.queue_destination = id;
                } else {
                    self.event_bridge_destination = id;
                }
                events.push(Event::Done);
            }
            Err(error) => events.push(exchange::unreadable(&error, response.body())),
        }
    }

    /// Fills in what a 409 has left open; a refusal does not matter if nothing is open.
    fn destinations_read(&mut self, response: &Response, events: &mut Vec<Event>) {
        let open = self.queue_destination.is_none() || self.event_bridge_destination.is_none();
        if open && !response.status().is_success() {
            events.push(refused(response));
            return;
        }
        match serde_json::from_slice::<Destinations>(response.body()) {
            Ok(list) => {
                let arn = self.queue_arn();
                for destination in list.payload {
                    let id = || Some(destination.destination_id.clone());
                    if destination.resource.sqs.is_some_and(|sqs| sqs.arn == arn) {
                        self.queue_destination = id();
                    } else if destination
                        .resource
                        .event_bridge
                        .is_some_and(|it| it.account_id == self.aws_account_id)
                    {
                        self.event_bridge_destination = id();
                    }
                }
                events.push(Event::Done);
            }
            Err(error) if open => events.push(exchange::unreadable(&error, response.body())),
            Err(_) => events.push(Event::Done),
        }
    }
}
