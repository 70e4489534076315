//! Amazon: orders of each kind, units at Amazon's own warehouses, subscriptions with a full queue, feeds and reports.

mod requests;

use std::collections::BTreeMap;

use channel_mocks::amazon::{Amazon, Credentials, Profile, coverage};
use channel_mocks::core::{
    Basket, CheckoutOutcome, Coverage, Distribution, Input, ListingIndex, Machine, Micros,
    OrderRef, Request, RequestId, Response, Storefront,
};
use serde_json::{Value, json};

use requests::{fulfillment_order, listings_feed};

use super::{OPENED, Plain, Seeds, basket, shop};

const US: &str = "ATVPDKIKX0DER";
const QUEUE: &str = "http://localhost:1/111122223333/q1";
const FORM: &str = "application/x-www-form-urlencoded";

/// The emulator and what to ask it.
pub struct Subject {
    machine: Amazon,
    token: String,
    /// What was made while opening: names as in the paths, and the ids.
    made: BTreeMap<&'static str, String>,
    seeds: Seeds,
}

impl Subject {
    pub fn open() -> Subject {
        let mut profile = Profile::named("amazon-ideal").unwrap();
        profile.feeds.queue = Distribution::fixed(Micros::from_secs(2));
        profile.reports.queue = Distribution::fixed(Micros::from_secs(2));
        profile.fba.outbound_planning = Distribution::fixed(Micros::from_secs(600));
        let machine = Amazon::new(shop("amazon"), profile, Credentials::default());
        let mut subject = Subject {
            machine,
            token: String::new(),
            made: BTreeMap::new(),
            seeds: Vec::new(),
        };
        subject.furnish();
        subject.seeds = subject.all_seeds();
        subject
    }

    fn furnish(&mut self) {
        self.machine.set_public_address("http://localhost:1");
        for listing in 0..4 {
            self.machine.open_with(ListingIndex(listing), 50);
        }
        self.machine.set_fba_stock(ListingIndex(1), 20);
        // Late enough that addresses of documents are still good when the requests come.
        let mut now = Micros::from_secs(3_420);
        let answer = self.ask(&mut now, &login());
        self.token = text(&answer, "/access_token");
        self.subscribe(&mut now);
        for buyer in 0..5 {
            let order = self.buy(now, &basket(buyer, &[(0, 2), (2, 1)]));
            now += Micros::from_secs(1);
            match buyer {
                1 => drop(self.machine.cancel_by_buyer(now, order)),
                2 => drop(self.machine.cancel_by_seller(now, order)),
                _ => {}
            }
        }
        self.buy(now, &basket(5, &[(1, 1)]));
        let order = self.machine.native_order_id(OrderRef(0));
        let items = self.ask(
            &mut now,
            &Plain::bare("GET", format!("/orders/v0/orders/{order}/orderItems")),
        );
        self.made.insert("orderId", order);
        self.made
            .insert("item", text(&items, "/payload/OrderItems/0/OrderItemId"));
        self.feed_and_report(&mut now);
        let outbound = "/fba/outbound/2020-07-01/fulfillmentOrders";
        self.ask(
            &mut now,
            &Plain::json("POST", outbound, &fulfillment_order("O-1")),
        );
        let receive = queue_call(
            "ReceiveMessage",
            &json!({"QueueUrl": QUEUE, "VisibilityTimeout": 1_000}),
        );
        let received = self.ask(&mut now, &receive);
        self.made
            .insert("receipt", text(&received, "/Messages/0/ReceiptHandle"));
        self.machine.handle(OPENED, Input::Wake);
        while self.machine.poll_output().is_some() {}
        self.machine.return_units(OPENED, OrderRef(0), 0, 1, true);
        while self.machine.poll_output().is_some() {}
    }

    fn subscribe(&mut self, now: &mut Micros) {
        let arn = "arn:aws:sqs:us-east-1:111122223333:q1";
        let body = json!({"name": "n", "resourceSpecification": {"sqs": {"arn": arn}}});
        let made = self.ask(
            now,
            &Plain::json("POST", "/notifications/v1/destinations", &body),
        );
        let destination = text(&made, "/payload/destinationId");
        let body = json!({"payloadVersion": "1.0", "destinationId": destination});
        let path = "/notifications/v1/subscriptions/ORDER_CHANGE";
        let made = self.ask(now, &Plain::json("POST", path, &body));
        self.made
            .insert("subscriptionId", text(&made, "/payload/subscriptionId"));
        self.made.insert("destinationId", destination);
        self.made
            .insert("notificationType", "ORDER_CHANGE".to_owned());
    }

    fn feed_and_report(&mut self, now: &mut Micros) {
        let documents = "/feeds/2021-06-30/documents";
        let kind = json!({"contentType": "application/json"});
        let made = self.ask(now, &Plain::json("POST", documents, &kind));
        let url = text(&made, "/url");
        let path = url.strip_prefix("http://localhost:1").unwrap().to_owned();
        self.ask(now, &Plain::json("PUT", path.clone(), &listings_feed()));
        let document = text(&made, "/feedDocumentId");
        let create = json!({"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": [US], "inputFeedDocumentId": document});
        let made = self.ask(
            now,
            &Plain::json("POST", "/feeds/2021-06-30/feeds", &create),
        );
        self.made.insert("feedId", text(&made, "/feedId"));
        let create =
            json!({"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": [US]});
        let made = self.ask(
            now,
            &Plain::json("POST", "/reports/2021-06-30/reports", &create),
        );
        let report = text(&made, "/reportId");
        *now += Micros::from_secs(60);
        self.machine.handle(*now, Input::Wake);
        let done = self.ask(
            now,
            &Plain::bare("GET", format!("/reports/2021-06-30/reports/{report}")),
        );
        self.made
            .insert("reportDocumentId", text(&done, "/reportDocumentId"));
        self.made.insert("reportId", report);
        self.made.insert("feedDocumentId", document);
        self.made.insert("document", path);
    }

    fn buy(&mut self, now: Micros, basket: &Basket) -> OrderRef {
        match self.machine.checkout(now, basket) {
            CheckoutOutcome::Accepted { order, .. } => order,
            refused @ CheckoutOutcome::Refused { .. } => panic!("{refused:?}"),
        }
    }

    fn ask(&mut self, now: &mut Micros, plain: &Plain) -> Value {
        use super::Subject as _;
        let request = self.signed(plain, *now).into_request().unwrap();
        let response = self.answer(now, RequestId(1_000_000), request);
        let answer = String::from_utf8_lossy(response.body());
        assert!(response.status().is_success(), "{plain:?}: {answer}");
        serde_json::from_str(&answer).unwrap_or(Value::Null)
    }

    fn all_seeds(&self) -> Seeds {
        let mut seeds = Seeds::new();
        for served in coverage() {
            let (method, template) = served.path.split_once(' ').unwrap();
            if let Some((_, action)) = template.split_once("AmazonSQS.") {
                let action = action.trim_end_matches(')');
                let bodies = match served.coverage {
                    Coverage::NotServed => vec![Value::Null],
                    _ => self.queue_bodies(action),
                };
                for body in bodies {
                    seeds.push((served.name, queue_call(action, &body)));
                }
                continue;
            }
            let path = self.filled(template);
            let shapes = match served.coverage {
                Coverage::NotServed => vec![(String::new(), Value::Null)],
                _ => self.shapes(method, served.name),
            };
            for (query, body) in shapes {
                let path = if query.is_empty() {
                    path.clone()
                } else {
                    format!("{path}?{query}")
                };
                seeds.push((served.name, Plain::json(method, path, &body)));
            }
        }
        seeds.push(("token", login()));
        let grantless = "grant_type=client_credentials&scope=sellingpartnerapi%3A%3Anotifications&client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
        seeds.push(("token", form(grantless)));
        let refresh = json!({"grant_type": "refresh_token", "refresh_token": "Atzr|sim-refresh",
            "client_id": "amzn1.application-oa2-client.sim", "client_secret": "amzn1.oa2-cs.v1.sim-secret"});
        seeds.push(("token", Plain::json("POST", "/auth/o2/token", &refresh)));
        seeds
    }

    /// A path with its variable parts filled in.
    fn filled(&self, template: &str) -> String {
        let part = |part: &str| {
            let Some(name) = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
            else {
                return part.to_owned();
            };
            match name {
                "sellerId" => "A1SIMSELLER".to_owned(),
                "asin" | "Asin" => "B0SIM00000".to_owned(),
                "SellerSKU" => "SKU-1".to_owned(),
                "sku" => "SKU-1".to_owned(),
                "sellerFulfillmentOrderId" => "O-1".to_owned(),
                "documentId" => self.made["document"]
                    .trim_start_matches("/documents/")
                    .to_owned(),
                name => self
                    .made
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| "1".to_owned()),
            }
        };
        let parts: Vec<String> = template.split('/').map(part).collect();
        parts.join("/")
    }
}

fn text(answer: &Value, pointer: &str) -> String {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no {pointer} in {answer}"))
        .to_owned()
}

fn form(body: &str) -> Plain {
    let mut plain = Plain::bare("POST", "/auth/o2/token");
    plain.set_header("content-type", FORM.as_bytes());
    plain.body = body.as_bytes().to_vec();
    plain
}

fn login() -> Plain {
    form(
        "grant_type=refresh_token&refresh_token=Atzr%7Csim-refresh&client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret",
    )
}

fn queue_call(action: &str, body: &Value) -> Plain {
    let mut plain = Plain::bare("POST", "/");
    plain.set_header("x-amz-target", format!("AmazonSQS.{action}").as_bytes());
    plain.set_header("content-type", b"application/x-amz-json-1.0");
    plain.body = body.to_string().into_bytes();
    plain
}

impl super::Subject for Subject {
    fn valid(&self) -> Vec<Plain> {
        super::requests(&self.seeds)
    }

    fn served(&self) -> Vec<(&'static str, usize)> {
        super::counts(&coverage(), &self.seeds)
    }

    fn signed(&self, plain: &Plain, _now: Micros) -> Plain {
        let mut plain = plain.clone();
        let proves_itself =
            plain.path.starts_with("/auth/") || plain.path.starts_with("/documents/");
        if !self.token.is_empty() && !proves_itself {
            plain.set_header("x-amz-access-token", self.token.as_bytes());
        }
        plain
    }

    fn answer(&mut self, now: &mut Micros, id: RequestId, request: Request) -> Response {
        crate::answer(&mut self.machine, now, id, request)
    }
}
