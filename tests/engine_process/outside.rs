//! What comes to a running engine from outside: a clock that somebody sets, and webhooks that nobody's platform sent.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::place::{Place, Process};

/// Waits for a minute at most: long enough for anything that is not stuck.
fn wait_for(what: &str, mut happened: impl FnMut() -> bool) {
    for _ in 0..1_200 {
        if happened() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what}");
}

fn count(place: &Place, query: &str) -> i64 {
    let database = place.database();
    database.query_row(query, [], |row| row.get(0)).unwrap()
}

/// A mirror, which takes nothing down to begin with, once it has read every listing of three shops with fifty products.
fn at_work(place: &Place) -> (Process, Value) {
    let config = std::fs::read_to_string(place.path("engine.toml")).unwrap();
    let mirror = config.replace("strategy = \"escrow\"", "strategy = \"mirror\"");
    assert_ne!(mirror, config);
    std::fs::write(place.path("engine.toml"), mirror).unwrap();
    let mut engine = place.engine();
    let told = engine.first_line().unwrap();
    let known = "SELECT count(*) FROM listings WHERE displayed IS NOT NULL";
    wait_for("the listings are read", || count(place, known) == 150);
    (engine, told)
}

/// An hour passes at once: polls that are due by then are made, orders are shipped by platform time, and a start after the
/// jump finds the clock where it is.
#[test]
fn an_engine_follows_a_clock_that_is_set() {
    let place = Place::serve(&["--scenario", "shops.toml"]);
    let (engine, _) = at_work(&place);
    let latest = "SELECT max(at) FROM journal";
    let before = count(&place, latest);
    place.told("time", r#"{"advance": "6h"}"#);
    let six_hours = 6 * 3_600 * 1_000_000;
    // It is woken by the clock, and not by its next poll, which is minutes away.
    wait_for("the engine lives six hours later", || {
        count(&place, latest) >= before + six_hours
    });
    let order = r#"{"channel": "shopify", "lines": [{"sku": "SKU-00001", "units": 1}]}"#;
    assert_eq!(place.told("checkout", order)["accepted"], true);
    wait_for("an order is taken", || {
        count(
            &place,
            "SELECT count(*) FROM orders WHERE allocation IS NOT NULL",
        ) == 1
    });
    place.told("time", r#"{"advance": "3h"}"#);
    assert_eq!(engine.interrupted(), Some(0));
    let mut again = place.engine();
    let told = again.first_line().unwrap_or_else(|said| panic!("{said}"));
    assert!(told["replayed_inputs"].as_u64().unwrap() > 0);
    assert_eq!(again.interrupted(), Some(0));
}

/// One POST; the status of the answer.
fn post(address: &str, head: &str, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "POST {head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|it| it.parse().ok());
    status.unwrap_or(0)
}

/// Nothing is kept of what no platform has signed, however much of it comes, and the rest is bounded.
#[test]
fn forged_webhooks_leave_nothing_behind() {
    let place = Place::serve(&["--scenario", "shops.toml"]);
    let (engine, told) = at_work(&place);
    let address = told["webhooks"].as_str().unwrap();
    let address = address.strip_prefix("http://").unwrap();
    let size = || {
        let files = ["engine.db", "engine.db-wal"].map(|name| place.path(name));
        let sizes = files.map(|path| std::fs::metadata(path).map_or(0, |it| it.len()));
        sizes.iter().sum::<u64>()
    };
    let (size_before, rows_before) = (size(), count(&place, "SELECT count(*) FROM quarantine"));
    let forged = "X-Shopify-Hmac-Sha256: bm8gcGxhdGZvcm0gaGFzIHNpZ25lZCB0aGlzIG9uZSEhISE=";
    let body = vec![b' '; 1 << 20];
    let mut statuses = std::collections::BTreeMap::new();
    for number in 0..120 {
        let channel = number % 3;
        let head = format!("/{channel} HTTP/1.1\r\n{forged}");
        *statuses.entry(post(address, &head, &body)).or_insert(0) += 1;
    }
    assert_eq!(statuses.get(&401), Some(&120), "{statuses:?}");
    let journaled =
        "SELECT count(*) FROM journal WHERE kind = 'delivery' AND length(message) > 100000";
    assert_eq!(count(&place, journaled), 0);
    assert_eq!(
        count(&place, "SELECT count(*) FROM quarantine"),
        rows_before
    );
    let grown = size().saturating_sub(size_before);
    assert!(grown < 4 << 20, "the database has grown by {grown} bytes");
    let large = vec![b' '; (1 << 20) + 1];
    assert_eq!(post(address, "/0 HTTP/1.1", &large), 413);
    let long = format!("/0 HTTP/1.1\r\nX-Long: {}", "a".repeat(20_000));
    assert_eq!(post(address, &long, b"{}"), 431);
    // What a platform has signed is taken all the while.
    let deliveries = "SELECT count(*) FROM journal WHERE kind = 'delivery'";
    let before = count(&place, deliveries);
    let order = r#"{"channel": "shopify", "lines": [{"sku": "SKU-00001", "units": 1}]}"#;
    assert_eq!(place.told("checkout", order)["accepted"], true);
    wait_for("an order is told by webhook", || {
        count(&place, deliveries) > before
    });
    assert_eq!(engine.interrupted(), Some(0));
}
