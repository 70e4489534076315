//! The engine of the documentation that speaks HTTP, in Python.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::setting::{said, scenario, simulate};

/// Three shops without delays, for an engine that polls every five minutes.
const SHOPS: &str = r#"
version = 1
name = "three-shops"
title = "Three shops, one minute"
start = "2026-11-27T00:00:00Z"
opening = "5min"
duration = "1min"
settle = "6h"
opening_display = "stock"
channel = [
  { name = "web", platform = "shopify", profile = "shopify-ideal", share = 0.4 },
  { name = "amazon", platform = "amazon", profile = "amazon-ideal", share = 0.3 },
  { name = "tiktok", platform = "tiktok_shop", profile = "tiktok-ideal", share = 0.3 },
]
warehouse = { profile = "warehouse-ideal", location = [{ code = "main", share = 1.0 }], override = { fulfillment = { pick_and_ship = { fixed = "1min" } } } }
catalogue = { skus = 3 }
stock = { units = 1000 }
demand = { phase = [{ shape = "constant", lasts = "1min", rate = "1/s" }] }
"#;

#[test]
fn the_python_mirror_of_the_documentation_serves_three_shops() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 is missing, and a CI job does not skip"
        );
        eprintln!("skipped: there is no python3");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), SHOPS);
    let mut engine = Command::new("python3")
        .args(["-u", "-B", "examples/mirror_engine_http.py", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(engine.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.trim().strip_prefix("waiting at ").unwrap();
    let output = simulate(&[
        "--scenario",
        &file,
        "--wire",
        "--speed",
        "120",
        "--engine",
        url,
        "--engine-name",
        "python",
        "--promise",
        "every-order-ingested,converged",
        "--lag-limit",
        "1h",
        "--format",
        "json",
        "--out",
        &place.path().join("run").display().to_string(),
    ]);
    engine.kill().unwrap();
    engine.wait().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = &document["strategies"][0];
    for guarantee in run["guarantees"].as_array().unwrap() {
        assert_ne!(guarantee["verdict"], "violated", "{guarantee}");
    }
    let figures = &run["figures"];
    assert!(figures["accepted_orders"].as_u64().unwrap() > 30);
    assert_eq!(figures["lost_orders"], 0);
    assert_eq!(figures["unshipped_orders"], 0);
    assert_eq!(figures["unconfirmed_fulfillments"], 0);
}
