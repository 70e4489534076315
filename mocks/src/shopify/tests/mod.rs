//! Tests of the emulator as a whole, through bytes.

mod annotations;
mod app_access;
mod bulk;
mod definition_limits;
mod deleted_products;
mod derived_fields;
mod edits;
mod every_field;
mod flow;
mod fulfillment_changes;
mod fulfillment_orders;
mod gift_cards;
mod given_metafields;
mod ids_and_pages;
mod inventory;
mod inventory_moves;
mod inventory_rules;
mod laid_over;
mod locations;
mod made_amounts;
mod made_orders;
mod metafields;
mod order_changes;
mod orders;
mod processed_returns;
mod product_amounts;
mod product_changes;
mod product_create;
mod product_set;
mod product_set_refusals;
mod product_update;
mod products;
mod recorded;
mod recorded_flows;
mod refund_money;
mod refunds;
mod rest;
mod rest_parts_of_orders;
mod rest_writes;
mod returns;
mod robustness;
mod sdk;
mod searches;
mod sorted_lists;
mod tracking;
mod variants_update;
mod webhooks;

use serde_json::{Value, json};

use super::{Credentials, Profile, Shopify};
use crate::core::{
    Basket, BasketLine, Cause, CheckoutOutcome, DeliveryId, DeliveryOutcome, Epoch, Fact, Input,
    ListingIndex, ListingSeed, LocationSeed, Machine, Micros, OrderRef, Output, Request, RequestId,
    Response, Seed, Shop, Storefront,
};

/// An emulator with a clock and everything it has put out.
pub(super) struct Bench {
    pub shop: Shopify,
    pub now: Micros,
    pub facts: Vec<Fact>,
    pub deliveries: Vec<(Micros, DeliveryId, Request)>,
    pub token: String,
    requests: u64,
}

pub(super) fn shop() -> Shop {
    let unix_micros = Epoch::parse_unix_micros("2026-11-20T13:05:11Z").unwrap();
    Shop {
        name: "demo".into(),
        seed: Seed(7),
        epoch: Epoch { unix_micros },
        currency: "EUR".into(),
        listings: ["TEE-RED-M", "MUG", "CAP"]
            .iter()
            .zip([2_349, 1_000, 500])
            .map(|(sku, price_cents)| ListingSeed {
                sku: (*sku).into(),
                title: format!("{sku} title"),
                price_cents,
            })
            .collect(),
        locations: [("berlin", "DE"), ("lyon", "FR")]
            .map(|(code, country)| LocationSeed {
                code: code.into(),
                country: country.into(),
            })
            .into(),
    }
}

/// The ideal profile with changes.
pub(super) fn ideal(changes: &str) -> Profile {
    let over: toml::Table = changes.parse().unwrap();
    crate::core::profile::read(super::text("shopify-ideal").unwrap(), &over).unwrap()
}

impl Bench {
    pub fn new(profile: Profile) -> Bench {
        let credentials = Credentials::default();
        Bench {
            token: credentials.access_token.clone(),
            shop: Shopify::new(shop(), profile, credentials),
            now: Micros::from_secs(1),
            facts: Vec::new(),
            deliveries: Vec::new(),
            requests: 0,
        }
    }

    /// The ideal shop with ten units of each listing.
    pub fn ideal() -> Bench {
        let mut bench = Bench::new(ideal(""));
        for listing in 0..3 {
            bench.shop.open_with(ListingIndex(listing), 10);
        }
        bench
    }

    pub fn drain(&mut self) -> Option<(Micros, Response)> {
        let mut found = None;
        while let Some(output) = self.shop.poll_output() {
            match output {
                Output::Response { at, response, .. } => found = Some((at, response)),
                Output::Delivery { id, request, .. } => {
                    self.deliveries.push((self.now, id, request))
                }
                Output::Fact(fact) => self.facts.push(fact),
            }
        }
        found
    }

    pub fn send(&mut self, request: Request) -> (Micros, Response) {
        self.requests += 1;
        let id = RequestId(self.requests);
        self.shop.handle(
            self.now,
            Input::Request {
                id,
                sent_at: self.now,
                request,
            },
        );
        self.drain().expect("every request is answered")
    }

    pub fn post(&mut self, path: &str, body: impl Into<Vec<u8>>) -> (Micros, Response) {
        let mut request = Request::new(body.into());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = path.parse().unwrap();
        let token = self.token.parse().unwrap();
        request
            .headers_mut()
            .insert("X-Shopify-Access-Token", token);
        self.send(request)
    }

    /// A REST call with a body, if it is not `null`.
    pub fn rest(&mut self, method: &str, path: &str, body: Value) -> Response {
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let mut request = Request::new(bytes);
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = if path.starts_with('/') {
            path.parse().unwrap()
        } else {
            format!("/admin/api/2026-07/{path}").parse().unwrap()
        };
        let token = self.token.parse().unwrap();
        let headers = request.headers_mut();
        headers.insert("X-Shopify-Access-Token", token);
        headers.insert("Host", "127.0.0.1:8080".parse().unwrap());
        self.send(request).1
    }

    pub fn graphql(&mut self, query: &str, variables: Value) -> Value {
        self.graphql_in("2026-07", query, variables)
    }

    /// A GraphQL call to a version.
    pub fn graphql_in(&mut self, version: &str, query: &str, variables: Value) -> Value {
        let body = json!({"query": query, "variables": variables}).to_string();
        let (_, response) = self.post(&format!("/admin/api/{version}/graphql.json"), body);
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Runs the machine's own timers up to `until`.
    pub fn run_until(&mut self, until: Micros) {
        while let Some(timer) = self.shop.poll_timeout().filter(|timer| timer.at <= until) {
            assert!(timer.at >= self.now, "a timer lies in the past: {timer:?}");
            self.now = timer.at;
            self.shop.handle(self.now, Input::Wake);
            self.drain();
        }
        self.now = until;
    }

    pub fn answer(&mut self, id: DeliveryId, status: u16) {
        let outcome = DeliveryOutcome::Answered(status);
        self.shop.handle(
            self.now,
            Input::Delivered {
                delivery: id,
                outcome,
            },
        );
        self.drain();
    }

    pub fn checkout(&mut self, lines: &[(u32, u32)]) -> OrderRef {
        match self.try_checkout(lines) {
            CheckoutOutcome::Accepted { order, .. } => order,
            refused => panic!("{refused:?}"),
        }
    }

    pub fn try_checkout(&mut self, lines: &[(u32, u32)]) -> CheckoutOutcome {
        let basket = Basket {
            buyer: 42,
            lines: lines
                .iter()
                .map(|(listing, units)| BasketLine {
                    listing: ListingIndex(*listing),
                    units: *units,
                })
                .collect(),
            country: "FR",
            postal_code: 75_001,
        };
        let outcome = self.shop.checkout(self.now, &basket);
        self.shop.handle(self.now, Input::Wake);
        self.drain();
        outcome
    }

    pub fn displayed(&self, listing: u32) -> i64 {
        self.shop.displayed(ListingIndex(listing))
    }

    pub fn displayed_facts(&self) -> Vec<(i64, i64, Cause)> {
        self.facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::Displayed {
                    from, to, cause, ..
                } => Some((*from, *to, *cause)),
                _ => None,
            })
            .collect()
    }
}

/// Where recorded exchanges of the platform are kept. They are not part of this repository: where they are not at hand, a test
/// that needs them says so and ends, and fails in a run in which a test that checks nothing is a failure.
pub(crate) fn recordings() -> Option<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/contracts/shopify/captures");
    if folder.is_dir() {
        return Some(folder);
    }
    let is_ci = std::env::var("CI").is_ok_and(|it| it == "true");
    assert!(!is_ci, "CI=true and no recordings at {}", folder.display());
    eprintln!("SKIPPED: no recordings at {}", folder.display());
    None
}
