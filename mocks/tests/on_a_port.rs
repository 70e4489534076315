//! How to use one emulator in a test of your own: a shop on a random port, and any HTTP client against it.
//!
//! The emulator does no input or output itself. All that a server of it needs is a clock, one owner, and bytes; here that
//! is a thread that serves one connection after the other, which is enough for a test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Instant;

use channel_mocks::core::{
    Epoch, ListingIndex, ListingSeed, LocationSeed, Micros, RequestId, Seed, Shop, Storefront,
    exchange, profile,
};
use channel_mocks::shopify::{Credentials, Shopify, text};

fn shop() -> Shopify {
    let shop = Shop {
        name: "web".into(),
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
    // Without latencies and limits; `shopify-standard` has the real ones.
    let profile = profile::read(text("shopify-ideal").unwrap(), &toml::Table::new()).unwrap();
    let mut shop = Shopify::new(shop, profile, Credentials::default());
    shop.open_with(ListingIndex(0), 5);
    shop
}

/// Serves until the process ends.
#[expect(
    clippy::disallowed_methods,
    reason = "a served emulator runs by the wall clock"
)]
fn serve(mut shop: Shopify) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let started = Instant::now();
    std::thread::spawn(move || {
        for (number, stream) in (1..).zip(listener.incoming()) {
            let mut stream = stream.unwrap();
            let request = read_request(&mut stream);
            let now = Micros(started.elapsed().as_micros() as u64);
            let exchanged = exchange(&mut shop, now, RequestId(number), request);
            let (_, response) = exchanged.response.expect("Shopify has no long polls");
            let head = format!(
                "HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                response.status().as_u16(),
                response.body().len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(response.body()).unwrap();
        }
    });
    address
}

fn read_request(stream: &mut TcpStream) -> channel_mocks::core::Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let mut request = http::Request::builder()
        .method(words.next().unwrap())
        .uri(words.next().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request.body(body).unwrap()
}

#[test]
fn a_client_reads_what_the_shop_shows() {
    let address = serve(shop());
    let query = r#"{"query":"{ productVariants(first: 1) { nodes { sku inventoryQuantity } } }"}"#;
    let mut client = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST /admin/api/2026-07/graphql.json HTTP/1.1\r\nHost: {address}\r\nX-Shopify-Access-Token: shpat_oversell\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{query}",
        query.len()
    );
    client.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains(r#"{"sku":"MUG","inventoryQuantity":5}"#),
        "{answer}"
    );
}
