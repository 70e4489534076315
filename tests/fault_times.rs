//! The faults of one scenario in virtual time and over HTTP: where a rule says how often one strikes, it strikes and shows as
//! often in both, and no buyer is moved.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Two shops and a warehouse, four minutes of buyers, and faults of every family but the engine's own, each with its count.
const SHOPS: &str = r#"
version = 1
name = "fault-times"
title = "Two shops where things go wrong so many times"
start = "2026-11-27T00:00:00Z"
opening = "5min"
duration = "4min"
settle = "2h"
opening_display = "stock"
strategies = ["mirror"]
channel = [
    { name = "web", platform = "shopify", profile = "shopify-ideal", share = 0.5 },
    { name = "tiktok", platform = "tiktok_shop", profile = "tiktok-ideal", share = 0.5 },
]
warehouse = { profile = "warehouse-ideal", override = { fulfillment = { pick_and_ship = { fixed = "1min" } } }, location = [{ code = "main", share = 1.0 }] }
catalogue = { skus = 4 }
stock = { units = 900 }
demand = { phase = [{ shape = "constant", lasts = "4min", rate = "1/s" }] }
happening = [{ kind = "receive", at = "90s", sku = 2, location = "main", units = 7 }]

[[fault]]
kind = "reply_lost"
channel = "warehouse"
calls = "write"
first = 3

[[fault]]
kind = "request_duplicated"
channel = "web"
calls = "write"
first = 2

[[fault]]
kind = "refused"
channel = "tiktok"
status = 503
calls = "write"
first = 2

[[fault]]
kind = "token_expired"
channel = "tiktok"
from = "2min"

[[fault]]
kind = "signal_lost"
channel = "web"
first = 2

[[fault]]
kind = "field_added"
channel = "tiktok"
first = 4

[[fault]]
kind = "bad_count"
channel = "warehouse"
factor = 2.0
sku = 1
from = "1min"
for = "1min"

[[fault]]
kind = "receipt_twice"
from = "1min"
for = "1min"
"#;

/// The figures of the scenario with `mirror`.
fn figures(place: &Path, more: &[&str]) -> Value {
    let file = place.join("fault-times.toml");
    std::fs::write(&file, SHOPS).unwrap();
    let out = place.join(format!("run-{}", more.len()));
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .arg("--scenario")
        .arg(&file)
        .args(["--seed", "5", "--out"])
        .arg(&out)
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let text = std::fs::read_to_string(out.join("figures.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    document["strategies"][0].clone()
}

/// Kind, injected and noticed of every fault.
fn struck(figures: &Value) -> Vec<(String, u64, u64)> {
    let faults = figures["faults"].as_array().unwrap();
    let of = |fault: &Value| {
        let count = |key: &str| fault[key].as_u64().unwrap();
        let kind = fault["kind"].as_str().unwrap().to_string();
        assert!(count("injected") <= count("eligible"), "{fault}");
        (kind, count("injected"), count("noticed"))
    };
    faults.iter().map(of).collect()
}

#[test]
fn faults_strike_and_show_as_often_in_both_times() {
    let place = tempfile::tempdir().unwrap();
    let virtually = figures(place.path(), &[]);
    // How late anything is does not matter here.
    let wire = ["--wire", "--speed", "60", "--lag-limit", "1h"];
    let over_http = figures(place.path(), &wire);
    let expected = [
        ("reply_lost", 3),
        ("request_duplicated", 2),
        ("refused", 2),
        ("token_expired", 1),
        ("signal_lost", 2),
        ("field_added", 4),
        ("bad_count", 1),
        ("receipt_twice", 1),
    ];
    let expected = expected.map(|(kind, times)| (kind.to_string(), times, times));
    assert_eq!(struck(&virtually), expected, "in virtual time");
    assert_eq!(struck(&over_http), expected, "over HTTP");
    assert_eq!(virtually["buyers_hash"], over_http["buyers_hash"]);
}
