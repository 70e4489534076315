//! Calls of served shops: in files, over the control API, for Prometheus.

use std::collections::BTreeMap;
use std::time::Duration;

use oversell::experiment::CallLine;
use serde_json::{Value, json};

use super::served::{Served, exchange, graphql};

fn get(served: &Served, path: &str) -> (u16, String, String) {
    let answer = exchange(&served.address("control"), "GET", path, &[], b"");
    let body = String::from_utf8(answer.body).unwrap();
    (answer.status, answer.head, body)
}

/// Asks until an answer is as it should be: a call is noted just after its answer has left.
fn asked(served: &Served, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let mut last = served.control("GET", path, &Value::Null).1;
    for _ in 0..200 {
        if is_so(&last) {
            return last;
        }
        std::thread::sleep(Duration::from_millis(20));
        last = served.control("GET", path, &Value::Null).1;
    }
    panic!("{path} never came: {last}");
}

/// Sets the first SKU's count at the first location of the Shopify shop.
fn set(served: &Served, quantity: i64) -> (String, i64) {
    let read = graphql(
        served,
        "{ inventoryItems(first: 1) { nodes { id sku inventoryLevels(first: 1) { nodes { location { id } } } } } }",
    );
    let item = &read["data"]["inventoryItems"]["nodes"][0];
    let (id, sku) = (&item["id"], item["sku"].as_str().unwrap());
    let location = &item["inventoryLevels"]["nodes"][0]["location"]["id"];
    let written = graphql(
        served,
        &format!(
            "mutation {{ inventorySetQuantities(input: {{name: \"available\", reason: \"correction\", quantities: [{{inventoryItemId: {id}, \
             locationId: {location}, quantity: {quantity}, changeFromQuantity: null}}]}}) @idempotent(key: \"k{quantity}\") {{ userErrors {{ message }} }} }}"
        ),
    );
    let errors = &written["data"]["inventorySetQuantities"]["userErrors"];
    assert_eq!(errors, &json!([]), "{written}");
    let (_, snapshot) = served.control("GET", "snapshot", &Value::Null);
    let shown = snapshot["displayed"]["shopify"][sku].as_i64().unwrap();
    (sku.to_string(), shown)
}

#[test]
fn served_calls_can_be_followed_and_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("traffic.jsonl");
    let mut served = Served::start(&["--orders", "3", "--calls", file.to_str().unwrap()]);
    let (sku, shown) = set(&served, 321);
    let line = json!({"sku": "SKU-00002", "units": 2});
    let buy = json!({"channel": "amazon", "lines": [line]});
    assert_eq!(served.control("POST", "checkout", &buy).0, 200);
    let refused = json!({"fault": [{"kind": "refused", "channel": "warehouse", "status": 429}]});
    assert_eq!(served.control("PUT", "faults", &refused).0, 200);
    let warehouse = exchange(
        &served.address("warehouse"),
        "GET",
        "/v1/locations",
        &[],
        b"",
    );
    assert_eq!(warehouse.status, 429);

    let is_three = |it: &Value| it["calls"].as_array().is_some_and(|it| it.len() == 3);
    let all = asked(&served, "calls", is_three);
    let [read, write, refused] = [0, 1, 2].map(|place| all["calls"][place].clone());
    assert_eq!(
        (&read["operation"], &read["channel"]),
        (&json!("inventoryItems"), &json!("shopify"))
    );
    assert_eq!(
        (&write["operation"], &write["status"]),
        (&json!("inventorySetQuantities"), &json!(200))
    );
    let change = &write["changed"][0];
    assert_eq!(
        (&change["sku"], &change["to"]),
        (&json!(sku), &json!(shown))
    );
    assert_ne!(change["from"], change["to"]);
    // What seeding took of limits is nobody's.
    let cost = read["cost"].as_object().unwrap().values().next();
    assert!(cost.unwrap().as_f64().unwrap() < 50.0, "{read}");
    let cost = write["cost"].as_object().unwrap().values().next();
    assert!(cost.unwrap().as_f64().unwrap() >= 10.0, "{write}");
    // A planned refusal is no limit's, whatever its status.
    assert_eq!(
        (&refused["throttled"], &refused["status"]),
        (&json!(false), &json!(429))
    );
    let (_, of_warehouse) = served.control("GET", "calls?channel=warehouse&since=0", &Value::Null);
    assert_eq!(of_warehouse["calls"].as_array().unwrap().len(), 1);
    let (_, later) = served.control("GET", "calls?since=1&limit=1", &Value::Null);
    assert_eq!((&later["calls"][0], &later["next"]), (&write, &json!(2)));
    for (query, told) in [
        ("channel=nowhere", "shopify, amazon"),
        ("limit=many", "whole number"),
    ] {
        let (status, answer) = served.control("GET", &format!("calls?{query}"), &Value::Null);
        assert_eq!(status, 400);
        assert!(answer["error"].as_str().unwrap().contains(told), "{answer}");
    }
    let (_, figures) = served.control("GET", "figures", &Value::Null);
    let amazon = &figures["channels"][1];
    assert_eq!(
        (&amazon["channel"], &amazon["orders"], &amazon["units"]),
        (&json!("amazon"), &json!(1), &json!(2))
    );
    is_exposition(&served);
    let (status, head, page) = get(&served, "/");
    assert_eq!(status, 200);
    assert!(head.contains("text/html") && page.starts_with("<!doctype html>"));

    // A reset begins another life with a file of its own.
    assert_eq!(served.control("POST", "reset", &json!({})).0, 200);
    graphql(&served, "{ shop { name } }");
    asked(&served, "calls", |it| {
        it["calls"].as_array().is_some_and(|it| it.len() == 1)
    });
    let (status, _) = served.terminate();
    assert!(status.success());
    for (name, count) in [("traffic", 3), ("traffic-2", 1)] {
        let lines = std::fs::read_to_string(place.path().join(format!("{name}.jsonl"))).unwrap();
        let lines: Vec<CallLine> = lines
            .lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect();
        assert_eq!(lines.len(), count);
        let text = std::fs::read_to_string(place.path().join(format!("{name}.har"))).unwrap();
        let token = served.urls["shopify"]["access_token"].as_str().unwrap();
        assert!(text.contains("X-Shopify-Access-Token") || text.contains("x-shopify-access-token"));
        assert!(!text.contains(token), "the archive holds a token");
        let har: Value = serde_json::from_str(&text).unwrap();
        let entries = har["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), count);
        let url = entries[0]["request"]["url"].as_str().unwrap();
        assert!(
            url.starts_with(served.urls["shopify"]["url"].as_str().unwrap()),
            "{url}"
        );
    }
    assert_eq!(
        std::fs::read_dir(place.path()).unwrap().count(),
        4,
        "nothing is left aside"
    );
}

/// A line of Prometheus' text format: a name, labels, a value.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let is_name = |name: &str| {
        let mut letters = name.chars();
        letters
            .next()
            .is_some_and(|it| it.is_ascii_alphabetic() || it == '_')
            && letters.all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
    assert!(is_name(name), "{line}");
    let mut labels = BTreeMap::new();
    let mut rest = rest;
    if let Some(mut inside) = rest.strip_prefix('{') {
        while !inside.starts_with('}') {
            let (label, value) = inside.split_once("=\"").unwrap();
            assert!(is_name(label), "{line}");
            let end = value.match_indices('"').map(|it| it.0).find(|at| {
                let before = &value[..*at];
                (before.len() - before.trim_end_matches('\\').len()) % 2 == 0
            });
            let end = end.unwrap();
            assert!(
                labels
                    .insert(label.to_string(), value[..end].to_string())
                    .is_none()
            );
            inside = value[end + 1..].trim_start_matches(',');
        }
        rest = &inside[1..];
    }
    let value = rest.strip_prefix(' ').unwrap().parse().unwrap();
    (name.to_string(), labels, value)
}

/// The metrics are what a scraper can read: every family has its help and type before its samples, none stands twice.
fn is_exposition(served: &Served) {
    let (status, head, text) = get(served, "/metrics");
    assert_eq!(status, 200);
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    assert!(text.ends_with('\n'));
    let mut types: BTreeMap<String, String> = BTreeMap::new();
    let mut helped = Vec::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped.push(help.split(' ').next().unwrap().to_string());
        } else if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').unwrap();
            assert_eq!(helped.last().map(String::as_str), Some(name));
            assert!(matches!(kind, "counter" | "gauge"));
            assert_eq!(kind == "counter", name.ends_with("_total"));
            assert!(
                types.insert(name.to_string(), kind.to_string()).is_none(),
                "{name} twice"
            );
        } else {
            let (name, labels, value) = sample(line);
            assert_eq!(helped.last(), Some(&name), "{line}");
            assert!(types.contains_key(&name) && value >= 0.0);
            assert!(
                samples.insert((name, labels), value).is_none(),
                "{line} twice"
            );
        }
    }
    let of = |name: &str, labels: &[(&str, &str)]| {
        let labels = labels
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        samples[&(name.to_string(), labels.collect())]
    };
    assert_eq!(of("oversell_orders_total", &[("channel", "amazon")]), 1.0);
    assert_eq!(
        of("oversell_sold_units_total", &[("channel", "amazon")]),
        2.0
    );
    let write = [
        ("channel", "shopify"),
        ("operation", "inventorySetQuantities"),
        ("status", "200"),
    ];
    assert_eq!(of("oversell_calls_total", &write), 1.0);
    assert!(of("oversell_speed_ratio", &[]) == 1.0);
}

#[test]
fn without_calls_served_calls_are_counted_and_mistakes_explained() {
    let served = Served::start(&[]);
    graphql(&served, "{ shop { name } }");
    let is_one = |it: &Value| it["calls"].as_array().is_some_and(|it| it.len() == 1);
    let all = asked(&served, "calls", is_one);
    assert_eq!(
        all["calls"][0]["cost"],
        json!({}),
        "nobody asked what it costs"
    );
    let place = tempfile::tempdir().unwrap();
    let there = place.path().join("there.jsonl");
    std::fs::write(&there, "mine").unwrap();
    for (path, told) in [
        (place.path().join("traffic.har"), "traffic.jsonl"),
        (there.clone(), "is there already"),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_simulate"))
            .args(["serve", "--calls"])
            .arg(&path)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(told), "{said}");
    }
    assert_eq!(std::fs::read_to_string(there).unwrap(), "mine");
}
