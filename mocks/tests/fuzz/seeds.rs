//! Valid requests of every served operation, to an emulator each that has something to answer them with.
//!
//! What there is to ask comes from the emulators' own lists of operations, so that a new operation is asked for as soon as
//! it is listed; what is written here beside it only makes the requests better.

mod amazon;
mod custom;
mod schema;
mod shopify;
mod tiktok_shop;
mod warehouse;

use channel_mocks::core::{
    Basket, BasketLine, Epoch, ListingIndex, ListingSeed, LocationSeed, Micros, Request, RequestId,
    Response, Seed, Shop,
};
use serde_json::Value;

/// 2026-11-23 10:00 UTC: simulated zero of every emulator here.
const EPOCH: Epoch = Epoch::from_unix_secs(1_795_428_000);
/// Everything that the emulators are opened with has happened by then, an hour before the first request of a case.
const OPENED: Micros = Micros::from_secs(3_500);

/// A request before it is signed, in parts that can be broken one by one.
#[derive(Clone, Debug)]
pub struct Plain {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names and values of the headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Plain {
    /// A request with a JSON body, or with none where it is `null`.
    fn json(method: &str, path: impl Into<String>, body: &Value) -> Plain {
        let body = match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        };
        let mut plain = Plain::bare(method, path);
        plain.set_header("content-type", b"application/json");
        plain.body = body;
        plain
    }

    /// A request without headers and body.
    fn bare(method: &str, path: impl Into<String>) -> Plain {
        Plain {
            method: method.to_owned(),
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Sets a header unless it is there.
    fn set_header(&mut self, name: &str, value: &[u8]) {
        if self.headers.iter().all(|(known, _)| known != name) {
            self.headers.push((name.to_owned(), value.to_vec()));
        }
    }

    /// Puts a parameter in front of those of the query unless it is there.
    fn set_parameter(&mut self, name: &str, value: &str) {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let mut names = query.split('&').map(|pair| pair.split('=').next());
        if names.any(|known| known == Some(name)) {
            return;
        }
        let end = if query.is_empty() { "" } else { "&" };
        self.path = format!("{path}?{name}={value}{end}{query}");
    }

    /// The request, if it can be written as HTTP at all.
    pub fn into_request(self) -> Option<Request> {
        let mut request = http::Request::builder()
            .method(self.method.as_bytes())
            .uri(self.path.as_str());
        for (name, value) in &self.headers {
            request = request.header(name.as_str(), value.as_slice());
        }
        request.body(self.body).ok()
    }
}

/// An emulator under test.
pub trait Subject {
    /// Valid requests: at least one of every served operation.
    fn valid(&self) -> Vec<Plain>;

    /// The names of the operations that the emulator says it serves, each with the number of its valid requests.
    fn served(&self) -> Vec<(&'static str, usize)>;

    /// A request with what proves who sends it; what is there already stays.
    fn signed(&self, plain: &Plain, now: Micros) -> Plain;

    /// Hands the request over, and waits for the answer.
    fn answer(&mut self, now: &mut Micros, id: RequestId, request: Request) -> Response;
}

/// Valid requests under the names of their operations.
type Seeds = Vec<(&'static str, Plain)>;

fn requests(seeds: &Seeds) -> Vec<Plain> {
    seeds.iter().map(|(_, plain)| plain.clone()).collect()
}

/// How many seeds each of the served operations has.
fn counts(coverage: &[channel_mocks::core::Served], seeds: &Seeds) -> Vec<(&'static str, usize)> {
    coverage
        .iter()
        .filter(|served| served.coverage != channel_mocks::core::Coverage::NotServed)
        .map(|served| {
            let count = seeds.iter().filter(|(name, _)| *name == served.name);
            (served.name, count.count())
        })
        .collect()
}

pub fn shopify() -> shopify::Subject {
    shopify::Subject::open()
}

pub fn amazon() -> amazon::Subject {
    amazon::Subject::open()
}

pub fn tiktok_shop() -> tiktok_shop::Subject {
    tiktok_shop::Subject::open()
}

pub fn custom() -> custom::Subject {
    custom::Subject::open()
}

pub fn warehouse() -> warehouse::Subject {
    warehouse::Subject::open()
}

/// Every emulator.
pub fn all() -> Vec<(&'static str, Box<dyn Subject>)> {
    vec![
        ("shopify", Box::new(shopify())),
        ("amazon", Box::new(amazon())),
        ("tiktok_shop", Box::new(tiktok_shop())),
        ("custom", Box::new(custom())),
        ("warehouse", Box::new(warehouse())),
    ]
}

fn shop(name: &str) -> Shop {
    let listing = |number: u32| ListingSeed {
        sku: format!("SKU-{number}"),
        title: format!("Mug \"{number}\""),
        price_cents: 1_999,
    };
    let location = |code: &str| LocationSeed {
        code: code.to_owned(),
        country: "US".to_owned(),
    };
    Shop {
        name: name.to_owned(),
        seed: Seed(1),
        epoch: EPOCH,
        currency: "USD".to_owned(),
        listings: (1..=5).map(listing).collect(),
        locations: vec![location("east"), location("west")],
    }
}

fn basket(buyer: u64, lines: &[(u32, u32)]) -> Basket {
    let line = |&(listing, units): &(u32, u32)| BasketLine {
        listing: ListingIndex(listing),
        units,
    };
    Basket {
        buyer,
        lines: lines.iter().map(line).collect(),
        country: "US",
        postal_code: 48_110,
    }
}
