//! The emulator as a client sees it: through bytes.

mod cancellations;
mod conservation;
mod deliveries;
mod filters;
mod flow;
mod gateway;
mod hostile;
mod inventory;
mod laid_over;
mod listings;
mod named;
mod orders;
mod packages;
mod refusals;
mod removals;
mod returns;
mod shapes;
mod shipping;

use http::Method;
use serde_json::Value;

use super::{Credentials, Profile, Signer, TiktokShop};
use crate::core::{
    Basket, BasketLine, CheckoutOutcome, DeliveryId, DeliveryOutcome, Epoch, Fact, Input,
    ListingIndex, ListingSeed, LocationSeed, Machine, Micros, OrderRef, Output, Request, RequestId,
    Response, Seed, Shop, Storefront,
};

/// A shop with a client that signs, and everything the machine has put out.
struct World {
    shop: TiktokShop,
    signer: Signer,
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
    retry_after: Option<u64>,
    body: Value,
}

impl Answer {
    fn code(&self) -> u64 {
        self.body["code"].as_u64().unwrap_or(u64::MAX)
    }

    fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or("")
    }

    fn data(&self) -> &Value {
        assert_eq!((self.status, self.code()), (200, 0), "{}", self.body);
        &self.body["data"]
    }
}

const SKU_0: &str = "1729000000000000001";
const SKU_1: &str = "1729000000000000002";
const PRODUCT: &str = "1729000000000000000";
const WAREHOUSE_0: &str = "7000000000000000001";
const WAREHOUSE_1: &str = "7000000000000000002";
const PROVIDER: &str = "6610000000000000001";
const EPOCH_SECONDS: i64 = 1_767_225_600;

impl World {
    /// Twelve listings, ten of the first displayed, at one location.
    fn ideal(overrides: &str) -> World {
        World::open("tiktok-ideal", overrides, 1)
    }

    fn open(profile: &str, overrides: &str, locations: usize) -> World {
        let shop = Shop {
            name: "tiktok_shop".to_string(),
            seed: Seed(7),
            epoch: Epoch::from_unix_secs(EPOCH_SECONDS),
            currency: "GBP".to_string(),
            listings: (0..12)
                .map(|n| ListingSeed {
                    sku: format!("SKU-{n:03}"),
                    title: format!("Shirt \"{n}\""),
                    price_cents: 1_000 + n,
                })
                .collect(),
            locations: (0..locations)
                .map(|n| LocationSeed {
                    code: format!("W{n}"),
                    country: "GB".to_string(),
                })
                .collect(),
        };
        let credentials = Credentials::default();
        let profile = Profile::with_overrides(profile, &overrides.parse().unwrap()).unwrap();
        let mut world = World {
            signer: Signer::new(&credentials.app_key, &credentials.app_secret),
            token: credentials.access_token.clone(),
            shop: TiktokShop::new(shop, profile, credentials),
            now: Micros::ZERO,
            requests: 0,
            facts: Vec::new(),
            deliveries: Vec::new(),
        };
        world.shop.open_with(ListingIndex(0), 10);
        assert!(world.shop.poll_output().is_none());
        world
    }

    fn seconds(&self) -> i64 {
        EPOCH_SECONDS + self.now.whole_secs() as i64
    }

    fn signed(&self, method: Method, path: &str, query: &str, body: &str) -> Request {
        let cipher = if path.starts_with("/authorization") || path.starts_with("/seller") {
            ""
        } else {
            "&shop_cipher=ROW_demoCipher01"
        };
        let query = format!(
            "app_key=6demo0key&timestamp={}{cipher}{}{query}",
            self.seconds(),
            if query.is_empty() { "" } else { "&" }
        );
        let sign = self.signer.request(path, &query, body.as_bytes());
        let mut request = Request::new(body.as_bytes().to_vec());
        *request.method_mut() = method;
        *request.uri_mut() = format!("http://127.0.0.1:9{path}?{query}&sign={sign}")
            .parse()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("x-tts-access-token", self.token.parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
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
        let (at, response) = self.drain().expect("every request is answered");
        Answer {
            at,
            status: response.status().as_u16(),
            retry_after: response
                .headers()
                .get("retry-after")
                .map(|value| value.to_str().unwrap().parse().unwrap()),
            body: serde_json::from_slice(response.body()).unwrap_or(Value::Null),
        }
    }

    fn get(&mut self, path: &str, query: &str) -> Answer {
        self.send(self.signed(Method::GET, path, query, ""))
    }

    fn post(&mut self, path: &str, query: &str, body: &str) -> Answer {
        self.send(self.signed(Method::POST, path, query, body))
    }

    fn unsigned(&mut self, path_and_query: &str) -> Answer {
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = path_and_query.parse().unwrap();
        self.send(request)
    }

    fn subscribe(&mut self, event_type: &str) {
        let body =
            format!(r#"{{"address":"http://127.0.0.1:8/hook","event_type":"{event_type}"}}"#);
        let answer = self.send(self.signed(Method::PUT, "/event/202309/webhooks", "", &body));
        answer.data();
    }

    fn try_buy(&mut self, lines: &[(u32, u32)]) -> CheckoutOutcome {
        let outcome = self.shop.checkout(
            self.now,
            &Basket {
                buyer: 5,
                lines: lines
                    .iter()
                    .map(|(listing, units)| BasketLine {
                        listing: ListingIndex(*listing),
                        units: *units,
                    })
                    .collect(),
                country: "GB",
                postal_code: 2_139,
            },
        );
        assert!(self.drain().is_none());
        outcome
    }

    fn buy(&mut self, lines: &[(u32, u32)]) -> OrderRef {
        match self.try_buy(lines) {
            CheckoutOutcome::Accepted { order, .. } => order,
            refused => panic!("{refused:?}"),
        }
    }

    fn displayed(&self, listing: u32) -> i64 {
        self.shop.displayed(ListingIndex(listing))
    }

    /// Lets the machine run by itself until `until`.
    fn run_until(&mut self, until: Micros) {
        while let Some(timer) = self.shop.poll_timeout()
            && timer.at <= until
        {
            assert!(timer.at >= self.now, "no timer lies in the past");
            self.now = timer.at;
            self.shop.handle(self.now, Input::Wake);
            assert!(self.drain().is_none());
        }
        self.now = until;
    }

    fn run_for(&mut self, length: Micros) {
        self.run_until(self.now + length);
    }

    /// Answers every open delivery, and gives back their bodies.
    fn receive(&mut self, outcome: DeliveryOutcome) -> Vec<Value> {
        let deliveries = std::mem::take(&mut self.deliveries);
        let mut bodies = Vec::new();
        for (delivery, request) in deliveries {
            assert_eq!(request.uri(), "http://127.0.0.1:8/hook");
            let signature = self.signer.delivery(request.body());
            assert_eq!(request.headers()["authorization"].as_bytes(), signature);
            bodies.push(serde_json::from_slice(request.body()).unwrap());
            self.shop
                .handle(self.now, Input::Delivered { delivery, outcome });
            assert!(self.drain().is_none());
        }
        bodies
    }

    fn order_status(&mut self, order: OrderRef) -> String {
        let id = self.shop.native_order_id(order);
        let answer = self.get("/order/202507/orders", &format!("ids={id}"));
        answer.data()["orders"][0]["status"]
            .as_str()
            .unwrap()
            .to_string()
    }

    fn ship(&mut self, order: OrderRef) -> Answer {
        let id = self.shop.native_order_id(order);
        self.post(
            &format!("/fulfillment/202309/orders/{id}/packages"),
            "",
            &format!(r#"{{"tracking_number":"TRK1","shipping_provider_id":"{PROVIDER}"}}"#),
        )
    }

    fn set_stock(&mut self, sku: &str, units: i64) -> Answer {
        self.post(
            &format!("/product/202309/products/{PRODUCT}/inventory/update"),
            "",
            &format!(
                r#"{{"skus":[{{"id":"{sku}","inventory":[{{"warehouse_id":"{WAREHOUSE_0}","quantity":{units}}}]}}]}}"#
            ),
        )
    }
}
