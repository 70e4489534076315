//! A custom channel: an order of each state, and a webhook.

use channel_mocks::core::{
    Input, ListingIndex, Machine, Micros, OrderRef, Request, RequestId, Response, Storefront,
};
use channel_mocks::custom::{Credentials, Custom, Profile, coverage};
use serde_json::{Value, json};

use super::{OPENED, Plain, Seeds, basket, shop};

/// The emulator and what to ask it.
pub struct Subject {
    machine: Custom,
    seeds: Seeds,
}

const FIRST_ORDER: u64 = 700_000_001;

impl Subject {
    pub fn open() -> Subject {
        let profile = Profile::named("custom-ideal").unwrap();
        let mut machine = Custom::new(shop("custom"), profile, Credentials::default());
        for listing in 0..5 {
            machine.open_with(ListingIndex(listing), 50);
        }
        for buyer in 0..6 {
            machine.checkout(Micros::ZERO, &basket(buyer, &[(0, 2), (1, 1)]));
        }
        machine.cancel_by_buyer(Micros::ZERO, OrderRef(5));
        let mut subject = Subject {
            machine,
            seeds: Vec::new(),
        };
        use super::Subject as _;
        let mut now = Micros::from_secs(60);
        let parcel = fulfillment("T1", &json!([{"id": "1", "quantity": 1}]));
        for (path, body) in [
            ("/v1/webhooks".to_owned(), webhook()),
            (format!("/v1/orders/{FIRST_ORDER}/fulfillments"), parcel),
        ] {
            let plain = subject.signed(&Plain::json("POST", path, &body), now);
            let request = plain.into_request().unwrap();
            assert_eq!(
                subject.answer(&mut now, RequestId(1_000), request).status(),
                201
            );
        }
        subject.machine.handle(OPENED, Input::Wake);
        while subject.machine.poll_output().is_some() {}
        subject.seeds = seeds();
        subject
    }
}

fn webhook() -> Value {
    json!({"url": "http://engine.example/hook", "topics": ["order.created", "quantity.changed"]})
}

fn fulfillment(tracking_number: &str, lines: &Value) -> Value {
    json!({"carrier": "DHL", "tracking_number": tracking_number, "lines": lines})
}

fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    for served in coverage() {
        let (method, template) = served.path.split_once(' ').unwrap();
        let (ids, body): (&[&str], Value) = match served.name {
            "setQuantity" => (&["SKU-1", "SKU%2D2"], json!({"quantity": 7})),
            "getQuantity" => (&["SKU-1", "SKU-99"], Value::Null),
            "getOrder" => (&["700000001", "700000006"], Value::Null),
            "createFulfillment" => (
                &["700000001", "700000002"],
                fulfillment("T2", &json!([{"id": "2", "quantity": 1}])),
            ),
            "cancelOrder" => (&["700000003", "700000006"], json!({"restock": true})),
            "createWebhook" => (&[""], webhook()),
            "deleteWebhook" => (&["1"], Value::Null),
            _ => (&[""], Value::Null),
        };
        for id in ids {
            let path = match template.split_once('{') {
                Some((before, after)) => {
                    format!("{before}{id}{}", after.split_once('}').unwrap().1)
                }
                None => template.to_owned(),
            };
            seeds.push((served.name, Plain::json(method, path, &body)));
        }
        let queries: &[&str] = match served.name {
            "listProducts" => &[
                "limit=2",
                "limit=2&cursor=cAAAAAAAAAAC",
                "skus=SKU-1&skus=SKU-4",
            ],
            "listOrders" => &[
                "updated_since=2026-11-23T10:00:00Z&limit=2",
                "limit=2&cursor=bwAAAAAAAAAD",
            ],
            _ => &[],
        };
        for query in queries {
            let path = format!("{template}?{query}");
            seeds.push((served.name, Plain::json(method, path, &body)));
        }
    }
    let mut expected = Plain::json(
        "PUT",
        "/v1/products/SKU-3/quantity",
        &json!({"quantity": 0}),
    );
    expected.set_header("if-match", b"\"1\"");
    seeds.push(("setQuantity", expected));
    seeds
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
        plain.set_header("authorization", b"Bearer custom-token");
        plain
    }

    fn answer(&mut self, now: &mut Micros, id: RequestId, request: Request) -> Response {
        let response = crate::answer(&mut self.machine, now, id, request);
        for listing in 0..5 {
            let displayed = self.machine.displayed(ListingIndex(listing));
            assert!(displayed >= 0, "{displayed} units of listing {listing}");
        }
        response
    }
}

/// An operation whose requests are only ever refused is not looked at: a new one may need requests of its own in `seeds`.
#[test]
fn every_operation_is_served_by_one_of_its_seeds() {
    use super::Subject as _;
    for operation in coverage() {
        // Each operation is asked of a shop that no other has changed.
        let mut subject = Subject::open();
        let mut now = Micros::from_secs(3_600);
        let mut answers = Vec::new();
        for (_, plain) in seeds().iter().filter(|(name, _)| *name == operation.name) {
            let request = subject.signed(plain, now).into_request().unwrap();
            answers.push(subject.answer(&mut now, RequestId(1), request).status());
        }
        let served = answers.iter().any(http::StatusCode::is_success);
        assert!(served, "{}: {answers:?}", operation.name);
    }
}
