//! The warehouse as its clients and the ledger see it; here is what these tests share.

mod allocations;
mod flow;
mod invariants;
mod laid_over;

use http::{Method, Request as HttpRequest};
use serde_json::{Value, json};

use crate::core::{
    Epoch, Input, LocationIndex, Machine, Micros, Output, RequestId, Response, Seed,
};
use crate::warehouse::{
    Credentials, Fact, ItemIndex, Profile, Warehouse, WarehouseLocation, WarehouseSeed,
};

pub const EAST: LocationIndex = LocationIndex(0);
pub const WEST: LocationIndex = LocationIndex(1);
pub const FBA: LocationIndex = LocationIndex(2);
pub const TEE: ItemIndex = ItemIndex(0);
pub const MUG: ItemIndex = ItemIndex(1);
pub const HOUR: Micros = Micros::from_secs(3_600);

/// Three SKUs at `east` (all channels, 0 to 4), `west` (all channels, 5 to 9) and `fba` (amazon-us only, not sellable).
pub fn seed() -> WarehouseSeed {
    let location = |code: &str, channels: &[&str], prefixes: &str, sellable| WarehouseLocation {
        code: code.to_string(),
        name: code.to_uppercase(),
        country: "US".to_string(),
        channels: channels.iter().map(|name| name.to_string()).collect(),
        postal_prefixes: prefixes.to_string(),
        sellable,
    };
    WarehouseSeed {
        seed: Seed(7),
        epoch: Epoch {
            unix_micros: Epoch::parse_unix_micros("2026-11-20T13:00:00Z").expect("an instant"),
        },
        channels: vec!["shop-us".to_string(), "amazon-us".to_string()],
        skus: vec![
            "TEE".to_string(),
            "MUG/\"L\"".to_string(),
            "CAP".to_string(),
        ],
        locations: vec![
            location("east", &[], "01234", true),
            location("west", &[], "56789", true),
            location("fba", &["amazon-us"], "0123456789", false),
        ],
        stock: vec![vec![10, 5, 50], vec![3, 8, 0], vec![0, 0, 20]],
    }
}

pub fn ideal() -> Warehouse {
    open("warehouse-ideal")
}

pub fn open(profile: &str) -> Warehouse {
    Warehouse::new(
        seed(),
        Profile::named(profile).expect("a built-in profile"),
        Credentials::default(),
    )
}

pub fn request(method: Method, uri: &str, body: &str) -> crate::core::Request {
    HttpRequest::builder()
        .method(method)
        .uri(uri)
        .header("authorization", "Bearer warehouse-token")
        .body(body.as_bytes().to_vec())
        .expect("a request")
}

/// Everything the machine has to say now.
#[derive(Debug, Default)]
pub struct Drained {
    pub responses: Vec<(RequestId, Micros, Response)>,
    pub facts: Vec<Fact>,
}

pub fn drain(warehouse: &mut Warehouse) -> Drained {
    let mut drained = Drained::default();
    while let Some(output) = warehouse.poll_output() {
        match output {
            Output::Response { id, at, response } => drained.responses.push((id, at, response)),
            Output::Fact(fact) => drained.facts.push(fact),
            Output::Delivery { .. } => unreachable!("the warehouse delivers nothing"),
        }
    }
    drained
}

pub fn send(
    warehouse: &mut Warehouse,
    now: Micros,
    id: u64,
    request: crate::core::Request,
) -> Drained {
    warehouse.handle(
        now,
        Input::Request {
            id: RequestId(id),
            sent_at: now,
            request,
        },
    );
    drain(warehouse)
}

pub fn wake(warehouse: &mut Warehouse, now: Micros) -> Drained {
    warehouse.handle(now, Input::Wake);
    drain(warehouse)
}

/// Sends one request and gives its status and body; it must be answered at once. Facts are dropped.
pub fn call(
    warehouse: &mut Warehouse,
    now: Micros,
    method: Method,
    uri: &str,
    body: &str,
) -> (u16, Value) {
    let mut drained = send(warehouse, now, 1, request(method, uri, body));
    let (_, _, response) = drained.responses.pop().expect("an answer at once");
    let body = serde_json::from_slice(response.body()).expect("answers are JSON");
    (response.status().as_u16(), body)
}

pub fn order(channel: &str, order_id: &str, postal_code: &str, hold: bool, lines: Value) -> String {
    json!({"allocations": [{
        "channel": channel, "order_id": order_id, "hold": hold,
        "ship_to": {"country": "US", "postal_code": postal_code}, "lines": lines,
    }]})
    .to_string()
}

pub fn tees(order_id: &str, units: u32) -> String {
    let lines = json!([{"line_id": "1", "sku": "TEE", "units": units}]);
    order("shop-us", order_id, "10001", false, lines)
}

pub fn allocate(warehouse: &mut Warehouse, now: Micros, body: &str) -> Value {
    let (status, body) = call(warehouse, now, Method::POST, "/v1/allocations", body);
    assert_eq!(status, 200, "{body}");
    body["results"][0].clone()
}

pub fn get(warehouse: &mut Warehouse, now: Micros, uri: &str) -> Value {
    let (status, body) = call(warehouse, now, Method::GET, uri, "");
    assert_eq!(status, 200, "{body}");
    body
}

/// The facts of a request, without the report of the call itself.
pub fn facts(warehouse: &mut Warehouse, now: Micros, uri: &str, body: &str) -> Vec<Fact> {
    let mut drained = send(warehouse, now, 1, request(Method::POST, uri, body));
    drained.facts.pop().expect("the call is reported last");
    drained.facts
}
