//! The emulator as a client sees it: through bytes.

mod conservation;
mod described;
mod laid_over;
mod limits;
mod orders;
mod quantities;
mod webhooks;

use http::Method;
use serde_json::{Value, json};

use super::{Credentials, Custom, Profile, Signer};
use crate::core::{
    Basket, BasketLine, CheckoutOutcome, DeliveryId, DeliveryOutcome, Epoch, Fact, Input,
    ListingIndex, ListingSeed, LocationSeed, Machine, Micros, OrderRef, Output, Request, RequestId,
    Response, Seed, Shop, Storefront,
};

/// A shop with a client that has its token, and everything the machine has put out.
struct World {
    shop: Custom,
    now: Micros,
    token: String,
    requests: u64,
    facts: Vec<Fact>,
    deliveries: Vec<(DeliveryId, Request)>,
}

/// A response and when it left.
struct Answer {
    at: Micros,
    status: u16,
    headers: http::HeaderMap,
    body: Value,
    response: Response,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or("")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

/// 2026-11-27T00:00:00Z
const EPOCH: Epoch = Epoch::from_unix_secs(1_795_737_600);

impl World {
    /// Seven listings, of which the second's SKU needs escapes everywhere; ten of the first displayed.
    fn open(profile: &str, overrides: &str) -> World {
        let listing = |n: u64| ListingSeed {
            sku: match n {
                1 => "CUP/\"L\", 2 %".to_string(),
                n => format!("SKU-{n}"),
            },
            title: format!("Cup \"{n}\""),
            price_cents: 1_250 + n,
        };
        let shop = Shop {
            name: "custom".to_string(),
            seed: Seed(11),
            epoch: EPOCH,
            currency: "EUR".to_string(),
            listings: (0..7).map(listing).collect(),
            locations: vec![LocationSeed {
                code: "main".to_string(),
                country: "DE".to_string(),
            }],
        };
        let credentials = Credentials::default();
        let profile = Profile::with_overrides(profile, &overrides.parse().unwrap()).unwrap();
        let mut world = World {
            token: credentials.token.clone(),
            shop: Custom::new(shop, profile, credentials),
            now: Micros::ZERO,
            requests: 0,
            facts: Vec::new(),
            deliveries: Vec::new(),
        };
        world.shop.open_with(ListingIndex(0), 10);
        assert!(world.drain().is_none() && world.facts.is_empty());
        world
    }

    fn ideal(overrides: &str) -> World {
        World::open("custom-ideal", overrides)
    }

    fn request(&self, method: Method, path: &str, body: &Value) -> Request {
        let mut request = Request::new(match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        });
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        let bearer = format!("Bearer {}", self.token);
        let headers = request.headers_mut();
        headers.insert("authorization", bearer.parse().unwrap());
        request
    }

    fn drain(&mut self) -> Option<(Micros, Response)> {
        let mut found = None;
        while let Some(output) = self.shop.poll_output() {
            match output {
                Output::Response { at, response, .. } => {
                    assert!(found.is_none(), "one response a request");
                    found = Some((at, response));
                }
                Output::Delivery { id, request, .. } => self.deliveries.push((id, request)),
                Output::Fact(fact) => self.facts.push(fact),
            }
        }
        found
    }

    fn send(&mut self, request: Request) -> Answer {
        self.requests += 1;
        self.shop.handle(
            self.now,
            Input::Request {
                id: RequestId(self.requests),
                sent_at: self.now,
                request,
            },
        );
        let (at, response) = self.drain().expect("every request is answered at once");
        assert!(at >= self.now);
        let body = match response.body().is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(response.body()).expect("answers are JSON"),
        };
        Answer {
            at,
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
            response,
        }
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, &Value::Null))
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path, body))
    }

    /// Writes a quantity, with `If-Match` where one is given.
    fn put(&mut self, sku: &str, quantity: i64, if_match: &str) -> Answer {
        let path = format!("/v1/products/{sku}/quantity");
        let mut request = self.request(Method::PUT, &path, &json!({"quantity": quantity}));
        if !if_match.is_empty() {
            let headers = request.headers_mut();
            headers.insert("if-match", if_match.parse().unwrap());
        }
        self.send(request)
    }

    /// Passes time, with everything that comes due.
    fn run_for(&mut self, time: Micros) {
        let until = self.now + time;
        while let Some(timer) = self.shop.poll_timeout().filter(|timer| timer.at <= until) {
            assert!(timer.at >= self.now, "{} lies in the past", timer.reason);
            self.now = timer.at;
            self.shop.handle(timer.at, Input::Wake);
            assert!(self.drain().is_none());
        }
        self.now = until;
    }

    fn checkout(&mut self, lines: &[(u32, u32)]) -> CheckoutOutcome {
        let basket = Basket {
            buyer: 1,
            lines: lines
                .iter()
                .map(|&(listing, units)| BasketLine {
                    listing: ListingIndex(listing),
                    units,
                })
                .collect(),
            country: "DE",
            postal_code: 1_067,
        };
        let outcome = self.shop.checkout(self.now, &basket);
        assert!(self.drain().is_none());
        outcome
    }

    fn buy(&mut self, lines: &[(u32, u32)]) -> OrderRef {
        match self.checkout(lines) {
            CheckoutOutcome::Accepted { order, .. } => order,
            refused => panic!("{refused:?}"),
        }
    }

    fn displayed(&self, listing: u32) -> i64 {
        self.shop.displayed(ListingIndex(listing))
    }

    fn subscribe(&mut self, topics: &[&str]) -> String {
        let body = json!({"url": "http://engine.example/hook", "topics": topics});
        let made = self.post("/v1/webhooks", &body);
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_string()
    }

    /// Ends the attempts that are under way.
    fn answer_webhooks(&mut self, outcome: DeliveryOutcome) -> Vec<Request> {
        let sent = std::mem::take(&mut self.deliveries);
        for (delivery, _) in &sent {
            let delivery = *delivery;
            let ended = Input::Delivered { delivery, outcome };
            self.shop.handle(self.now, ended);
        }
        assert!(self.drain().is_none());
        sent.into_iter().map(|(_, request)| request).collect()
    }
}
