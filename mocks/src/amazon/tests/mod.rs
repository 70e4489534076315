//! The emulator as its clients see it: bytes in, bytes out.

mod bulk;
mod catalogue;
mod confirmations;
mod flow;
mod inventory;
mod laid_over;
mod listings;
mod notifications;
mod order_calls;
mod orders;
mod outbound;
mod personal_data;
mod queue;
mod queue_bounds;
mod refusals;
mod reports;
mod robustness;
mod subscriptions;

use serde_json::Value;

use super::profile::Profile;
use super::{Amazon, Credentials};
use crate::core::{
    Basket, BasketLine, CheckoutOutcome, Distribution, Epoch, Fact, Input, ListingIndex,
    ListingSeed, LocationSeed, Machine, Micros, OrderRef, Output, Request, RequestId, Response,
    Seed, Shop, Storefront,
};

/// A shop of five listings, with a clock and a token.
pub(super) struct Bench {
    pub amazon: Amazon,
    pub now: Micros,
    pub token: String,
    pub facts: Vec<Fact>,
    pub answers: Vec<(RequestId, Micros, Response)>,
    requests: u64,
}

pub(super) const LISTING: ListingIndex = ListingIndex(0);
pub(super) const US: &str = "ATVPDKIKX0DER";

pub(super) fn ideal() -> Profile {
    Profile::named("amazon-ideal").unwrap()
}

pub(super) fn fixed(seconds: u64) -> Distribution {
    Distribution::fixed(Micros::from_secs(seconds))
}

impl Bench {
    pub fn new(profile: Profile) -> Bench {
        let shop = Shop {
            name: "amazon".to_owned(),
            seed: Seed(1),
            epoch: Epoch {
                unix_micros: Epoch::parse_unix_micros("2026-11-23T10:00:00Z").unwrap(),
            },
            currency: "USD".to_owned(),
            listings: (1..=5)
                .map(|number| ListingSeed {
                    sku: format!("SKU-{number}"),
                    title: format!("Mug {number}"),
                    price_cents: 1_999,
                })
                .collect(),
            locations: vec![LocationSeed {
                code: "east".to_owned(),
                country: "US".to_owned(),
            }],
        };
        let mut bench = Bench {
            amazon: Amazon::new(shop, profile, Credentials::default()),
            now: Micros::ZERO,
            token: String::new(),
            facts: Vec::new(),
            answers: Vec::new(),
            requests: 0,
        };
        bench.log_in();
        bench
    }

    pub fn log_in(&mut self) {
        let (status, body) = self.call(
            "POST",
            "/auth/o2/token",
            r#"{"grant_type":"refresh_token","refresh_token":"Atzr|sim-refresh","client_id":"amzn1.application-oa2-client.sim","client_secret":"amzn1.oa2-cs.v1.sim-secret"}"#,
        );
        assert_eq!(status, 200, "{body}");
        self.token = body["access_token"].as_str().unwrap().to_owned();
    }

    fn drain(&mut self) {
        while let Some(output) = self.amazon.poll_output() {
            match output {
                Output::Fact(fact) => self.facts.push(fact),
                Output::Response { id, at, response } => {
                    assert!(
                        at >= self.now,
                        "no answer leaves before its request arrived"
                    );
                    self.answers.push((id, at, response));
                }
                Output::Delivery { .. } => panic!("Amazon delivers nothing over HTTP"),
            }
        }
    }

    /// Lets time pass, waking the machine exactly when it asks for it.
    pub fn run_until(&mut self, until: Micros) {
        while let Some(timer) = self.amazon.poll_timeout() {
            if timer.at > until {
                break;
            }
            self.now = self.now.max(timer.at);
            self.amazon.handle(self.now, Input::Wake);
            self.drain();
        }
        self.now = self.now.max(until);
    }

    pub fn pass(&mut self, seconds: u64) {
        self.run_until(self.now + Micros::from_secs(seconds));
    }

    pub fn send(&mut self, request: Request) -> RequestId {
        self.requests += 1;
        let id = RequestId(self.requests);
        self.amazon.handle(
            self.now,
            Input::Request {
                id,
                sent_at: self.now,
                request,
            },
        );
        self.drain();
        id
    }

    pub fn take(&mut self, id: RequestId) -> Option<(Micros, Response)> {
        let place = self.answers.iter().position(|(known, ..)| *known == id)?;
        let (_, at, response) = self.answers.remove(place);
        Some((at, response))
    }

    pub fn response(&mut self, method: &str, path: &str, body: &str) -> Response {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("x-amz-access-token", &self.token)
            .body(body.as_bytes().to_vec())
            .unwrap();
        let id = self.send(request);
        self.take(id).expect("answered at once").1
    }

    pub fn call(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let response = self.response(method, path, body);
        (response.status().as_u16(), read(&response))
    }

    pub fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, "");
        assert_eq!(status, 200, "{body}");
        body
    }

    pub fn queue_request(&mut self, action: &str, body: &str) -> RequestId {
        let request = http::Request::builder()
            .method("POST")
            .uri("/")
            .header("host", "127.0.0.1:9324")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .body(body.as_bytes().to_vec())
            .unwrap();
        self.send(request)
    }

    pub fn queue(&mut self, action: &str, body: &str) -> (u16, Value) {
        let id = self.queue_request(action, body);
        let (_, response) = self.take(id).expect("answered at once");
        (response.status().as_u16(), read(&response))
    }

    /// Makes queue `q1`, a destination and a subscription of this type.
    pub fn subscribe(&mut self, kind: &str) {
        let resource = if kind != "LISTINGS_ITEM_MFN_QUANTITY_CHANGE" {
            r#"{"sqs":{"arn":"arn:aws:sqs:us-east-1:111122223333:q1"}}"#
        } else {
            r#"{"eventBridge":{"accountId":"111122223333","region":"us-east-1"}}"#
        };
        let body = format!(r#"{{"name":"for {kind}","resourceSpecification":{resource}}}"#);
        let (status, made) = self.call("POST", "/notifications/v1/destinations", &body);
        assert_eq!(status, 200, "{made}");
        let id = made["payload"]["destinationId"].as_str().unwrap();
        let body = format!(r#"{{"payloadVersion":"1.0","destinationId":"{id}"}}"#);
        let path = format!("/notifications/v1/subscriptions/{kind}");
        let (status, made) = self.call("POST", &path, &body);
        assert_eq!(status, 200, "{made}");
    }

    /// Receives and deletes everything that is in a queue, and returns the bodies.
    pub fn empty_queue(&mut self, name: &str) -> Vec<Value> {
        let mut bodies = Vec::new();
        loop {
            let request = format!(
                r#"{{"QueueUrl":"http://x/111122223333/{name}","MaxNumberOfMessages":10}}"#
            );
            let (_, received) = self.queue("ReceiveMessage", &request);
            let Some(messages) = received["Messages"].as_array() else {
                return bodies;
            };
            for message in messages {
                bodies.push(serde_json::from_str(message["Body"].as_str().unwrap()).unwrap());
                let handle = message["ReceiptHandle"].as_str().unwrap();
                let request = format!(
                    r#"{{"QueueUrl":"http://x/111122223333/{name}","ReceiptHandle":"{handle}"}}"#
                );
                assert_eq!(self.queue("DeleteMessage", &request).0, 200);
            }
        }
    }

    pub fn open_with(&mut self, units: i64) {
        self.amazon.open_with(LISTING, units);
    }

    pub fn buy(&mut self, units: u32) -> CheckoutOutcome {
        let outcome = self.amazon.checkout(
            self.now,
            &Basket {
                buyer: 1,
                lines: vec![BasketLine {
                    listing: LISTING,
                    units,
                }],
                country: "US",
                postal_code: 48_110,
            },
        );
        self.drain();
        outcome
    }

    pub fn order(&mut self, units: u32) -> OrderRef {
        match self.buy(units) {
            CheckoutOutcome::Accepted { order, .. } => order,
            refused => panic!("{refused:?}"),
        }
    }

    pub fn patch(&mut self, sku: &str, op: &str, entry: &str) -> Value {
        let body = format!(
            r#"{{"productType":"PRODUCT","patches":[{{"op":"{op}","path":"/attributes/fulfillment_availability","value":[{entry}]}}]}}"#
        );
        let path = format!("/listings/2021-08-01/items/A1SIMSELLER/{sku}?marketplaceIds={US}");
        let (status, body) = self.call("PATCH", &path, &body);
        assert_eq!(status, 200, "{body}");
        body
    }

    pub fn set(&mut self, units: i64) -> Value {
        let entry = format!(r#"{{"fulfillment_channel_code":"DEFAULT","quantity":{units}}}"#);
        self.patch("SKU-1", "replace", &entry)
    }

    pub fn displayed(&self) -> i64 {
        self.amazon.displayed(LISTING)
    }

    /// A shipment confirmation of all of an order's first line.
    pub fn confirm(&mut self, order: OrderRef, reference: &str, units: u32) -> (u16, Value) {
        let id = self.amazon.native_order_id(order);
        let items = self.get(&format!("/orders/v0/orders/{id}/orderItems"));
        let item = items["payload"]["OrderItems"][0]["OrderItemId"]
            .as_str()
            .unwrap();
        let body = format!(
            r#"{{"marketplaceId":"{US}","packageDetail":{{"packageReferenceId":"{reference}","carrierCode":"UPS","shippingMethod":"Ground","trackingNumber":"1ZSIM{reference}","shipDate":"2026-11-23T12:00:00Z","orderItems":[{{"orderItemId":"{item}","quantity":{units}}}]}}}}"#
        );
        self.call(
            "POST",
            &format!("/orders/v0/orders/{id}/shipmentConfirmation"),
            &body,
        )
    }

    pub fn facts_of(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
            .into_iter()
            .filter(|fact| !matches!(fact, Fact::Call { .. }))
            .collect()
    }
}

pub(super) fn read(response: &Response) -> Value {
    if response.body().is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(response.body()).expect("every body is JSON")
    }
}
