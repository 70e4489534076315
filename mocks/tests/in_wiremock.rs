//! How to mount an emulator in a `wiremock` server that a test has already: as a [`Respond`].
//!
//! Good for tests of a connector, with wiremock's own expectations beside it. Not for load: a wiremock server answers on one
//! thread under one lock and keeps every request in memory; `simulate serve` is the load-test server.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use channel_mocks::amazon::{self, Amazon};
use channel_mocks::core::{
    Epoch, ListingIndex, ListingSeed, LocationSeed, Micros, RequestId, Seed, Shop, Storefront,
    exchange, profile,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// An emulator as an answer of wiremock.
struct Emulated {
    shop: Mutex<Amazon>,
    started: Instant,
    requests: AtomicU64,
}

impl Respond for Emulated {
    #[expect(
        clippy::disallowed_methods,
        reason = "a served emulator runs by the wall clock"
    )]
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut own = http::Request::builder()
            .method(request.method.as_str())
            .uri(target(request));
        for (name, value) in &request.headers {
            own = own.header(name.as_str(), value.as_bytes());
        }
        let own = own.body(request.body.clone()).unwrap();
        let now = Micros(self.started.elapsed().as_micros() as u64);
        let id = RequestId(self.requests.fetch_add(1, Ordering::Relaxed));
        let mut shop = self.shop.lock().unwrap();
        let Some((leaves_at, response)) = exchange(&mut *shop, now, id, own).response else {
            return ResponseTemplate::new(504);
        };
        let mut template = ResponseTemplate::new(response.status().as_u16())
            .set_body_bytes(response.body().clone())
            .set_delay(Duration::from_micros(leaves_at.since(now).0));
        for (name, value) in response.headers() {
            template = template.append_header(name.as_str(), value.to_str().unwrap());
        }
        template
    }
}

/// Path and query of the absolute URL that wiremock gives.
fn target(request: &Request) -> String {
    let path = request.url.path();
    match request.url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_string(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a served emulator runs by the wall clock"
)]
fn emulated() -> Emulated {
    let shop = Shop {
        name: "amazon".into(),
        seed: Seed(1),
        epoch: Epoch::from_unix_secs(1_795_132_800),
        currency: "USD".into(),
        listings: vec![ListingSeed {
            sku: "MUG".into(),
            title: "Mug".into(),
            price_cents: 1_200,
        }],
        locations: vec![LocationSeed {
            code: "main".into(),
            country: "US".into(),
        }],
    };
    let text = amazon::profile::text("amazon-ideal").unwrap();
    let profile = profile::read(text, &toml::Table::new()).unwrap();
    let mut shop = Amazon::new(shop, profile, amazon::Credentials::default());
    shop.open_with(ListingIndex(0), 7);
    Emulated {
        shop: Mutex::new(shop),
        started: Instant::now(),
        requests: AtomicU64::new(0),
    }
}

/// One request on a connection of its own; gives the whole answer.
async fn send(server: &MockServer, head: &str, body: &str) -> String {
    let address = server.address();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_emulator_answers_and_wiremock_counts() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(emulated())
        .expect(2)
        .mount(&server)
        .await;

    let form = "grant_type=refresh_token&refresh_token=Atzr%7Csim-refresh\
                &client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
    let head = "POST /auth/o2/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let answer = send(&server, head, form).await;
    let (_, token) = answer.split_once("\"access_token\":\"").expect(&answer);
    let token = token.split('"').next().unwrap();

    let head = format!(
        "GET /listings/2021-08-01/items/A1SIMSELLER/MUG?marketplaceIds=ATVPDKIKX0DER\
         &includedData=fulfillmentAvailability HTTP/1.1\r\nx-amz-access-token: {token}"
    );
    let listing = send(&server, &head, "").await;
    assert!(listing.contains("\"quantity\":7"), "{listing}");
}
