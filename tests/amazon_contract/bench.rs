//! The emulator under test.

use channel_mocks::amazon::{Amazon, Credentials, Profile};
use channel_mocks::core::{
    Basket, BasketLine, CheckoutOutcome, Epoch, Input, ListingIndex, ListingSeed, Machine, Micros,
    OrderRef, Output, RequestId, Response, Seed, Shop, Storefront,
};
use serde_json::{Value, json};

use super::US;
use super::contract::Contract;

/// An emulator whose every answer is checked.
pub struct Bench<'c> {
    pub contract: &'c Contract,
    pub amazon: Amazon,
    pub now: Micros,
    pub token: String,
    requests: u64,
    answers: Vec<(RequestId, Response)>,
}

pub fn profile() -> Profile {
    Profile::named("amazon-ideal").expect("a built-in profile")
}

impl Bench<'_> {
    pub fn new(contract: &Contract, profile: Profile) -> Bench<'_> {
        let listing = |number| ListingSeed {
            sku: format!("SKU-{number}"),
            title: format!("Mug {number}"),
            price_cents: 1_999,
        };
        let shop = Shop {
            name: "amazon".to_owned(),
            seed: Seed(1),
            epoch: Epoch {
                unix_micros: Epoch::parse_unix_micros("2026-11-23T10:00:00Z").expect("an instant"),
            },
            currency: "USD".to_owned(),
            listings: (1..=3).map(listing).collect(),
            locations: Vec::new(),
        };
        let mut bench = Bench {
            contract,
            amazon: Amazon::new(shop, profile, Credentials::default()),
            now: Micros::ZERO,
            token: String::new(),
            requests: 0,
            answers: Vec::new(),
        };
        bench.amazon.open_with(ListingIndex(0), 50);
        bench.amazon.set_fba_stock(ListingIndex(1), 5);
        bench.amazon.set_public_address("http://localhost:1");
        bench.log_in();
        bench
    }

    fn log_in(&mut self) {
        let body = "grant_type=refresh_token&refresh_token=Atzr|sim-refresh&client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
        let answer = self.send("POST", "/auth/o2/token", "", body);
        let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
        self.token = answer["access_token"].as_str().expect("a token").to_owned();
    }

    fn drain(&mut self) {
        while let Some(output) = self.amazon.poll_output() {
            if let Output::Response { id, response, .. } = output {
                self.answers.push((id, response));
            }
        }
    }

    pub fn pass(&mut self, seconds: u64) {
        let until = self.now + Micros::from_secs(seconds);
        while let Some(timer) = self.amazon.poll_timeout().filter(|timer| timer.at <= until) {
            self.now = self.now.max(timer.at);
            self.amazon.handle(self.now, Input::Wake);
            self.drain();
        }
        self.now = until;
    }

    fn send(&mut self, method: &str, path: &str, action: &str, body: &str) -> Response {
        self.requests += 1;
        let id = RequestId(self.requests);
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json; charset=UTF-8");
        if !self.token.is_empty() {
            request = request.header("x-amz-access-token", self.token.as_str());
        }
        if !action.is_empty() {
            request = request.header("x-amz-target", format!("AmazonSQS.{action}"));
        }
        let input = Input::Request {
            id,
            sent_at: self.now,
            request: request.body(body.as_bytes().to_vec()).expect("a request"),
        };
        self.amazon.handle(self.now, input);
        self.drain();
        let place = self.answers.iter().position(|(known, _)| *known == id);
        self.answers.remove(place.expect("answered at once")).1
    }

    /// A call whose answer must be as the model has it, and must have this status.
    pub fn call(&mut self, method: &str, path: &str, body: &str, status: u16) -> Value {
        let response = self.send(method, path, "", body);
        self.contract.check(method, path, &response);
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert_eq!(response.status(), status, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub fn get(&mut self, path: &str) -> Value {
        self.call("GET", path, "", 200)
    }

    pub fn order(&mut self, units: u32) -> (OrderRef, String) {
        let lines = vec![BasketLine {
            listing: ListingIndex(0),
            units,
        }];
        let basket = Basket {
            buyer: 1,
            lines,
            country: "US",
            postal_code: 48_110,
        };
        let outcome = self.amazon.checkout(self.now, &basket);
        self.drain();
        let CheckoutOutcome::Accepted { order, .. } = outcome else {
            panic!("{outcome:?}");
        };
        (order, self.amazon.native_order_id(order))
    }

    pub fn confirm(&mut self, id: &str, reference: &str, units: u32, status: u16) {
        let items = self.get(&format!("/orders/v0/orders/{id}/orderItems"));
        let item = items["payload"]["OrderItems"][0]["OrderItemId"].clone();
        let body = json!({"marketplaceId": US, "packageDetail": {
            "packageReferenceId": reference, "carrierCode": "UPS", "shippingMethod": "Ground",
            "trackingNumber": "1Z", "shipDate": "2026-11-23T12:00:00Z",
            "orderItems": [{"orderItemId": item, "quantity": units}]}});
        let path = format!("/orders/v0/orders/{id}/shipmentConfirmation");
        self.call("POST", &path, &body.to_string(), status);
    }

    /// Ids of a new destination and of a new subscription.
    pub fn subscribe(&mut self, kind: &str) -> (String, String) {
        let resource = if kind.starts_with("LISTINGS_ITEM") {
            json!({"eventBridge": {"accountId": "111122223333", "region": "us-east-1"}})
        } else {
            json!({"sqs": {"arn": format!("arn:aws:sqs:us-east-1:111122223333:{kind}")}})
        };
        let body = json!({"name": kind, "resourceSpecification": resource}).to_string();
        let made = self.call("POST", "/notifications/v1/destinations", &body, 200);
        self.call("POST", "/notifications/v1/destinations", &body, 409);
        let destination = made["payload"]["destinationId"].as_str().expect("an id");
        let body = json!({"payloadVersion": "1.0", "destinationId": destination}).to_string();
        let path = format!("/notifications/v1/subscriptions/{kind}");
        let subscribed = self.call("POST", &path, &body, 200);
        self.call("POST", &path, &body, 409);
        let subscription = &subscribed["payload"]["subscriptionId"];
        let subscription = subscription.as_str().expect("an id").to_owned();
        (destination.to_owned(), subscription)
    }

    pub fn received(&mut self, queue: &str) -> Vec<Value> {
        let url = format!("http://x/111122223333/{queue}");
        let body = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 9_999})
            .to_string();
        let mut bodies = Vec::new();
        loop {
            let answer = self.send("POST", "/", "ReceiveMessage", &body);
            let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
            let Some(messages) = answer["Messages"].as_array() else {
                return bodies;
            };
            for message in messages {
                let text = message["Body"].as_str().expect("a body");
                bodies.push(serde_json::from_str(text).expect("a notification is JSON"));
            }
        }
    }

    /// The same reads with a restricted data token for one path.
    pub fn get_restricted(&mut self, resource: &str, path: &str) -> Value {
        let body = json!({"restrictedResources": [{"method": "GET", "path": resource,
            "dataElements": ["buyerInfo", "shippingAddress"]}]});
        let tokens = "/tokens/2021-03-01/restrictedDataToken";
        let made = self.call("POST", tokens, &body.to_string(), 200);
        let token = made["restrictedDataToken"].as_str().expect("a token");
        let seller = std::mem::replace(&mut self.token, token.to_owned());
        let answer = self.get(path);
        self.token = seller;
        answer
    }

    /// A request to an address of the store of documents.
    pub fn store(&mut self, method: &str, document: &Value, body: &str) -> Vec<u8> {
        let url = document["url"].as_str().expect("an address");
        let path = url.strip_prefix("http://localhost:1").expect("our host");
        let response = self.send(method, path, "", body);
        assert_eq!(response.status(), 200);
        response.into_body()
    }
}
