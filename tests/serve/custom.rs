//! Two custom channels behind sockets: each is a shop of its own, by its port and by its name at the front door.

use std::path::Path;

use serde_json::{Value, json};

use super::front::by_proxy;
use super::served::{Answer, Served, exchange};

const TWO: &str = r#"
version = 1
name = "two-custom"
title = "Two custom channels"
start = "2026-11-18T12:00:00Z"
opening = "1min"
duration = "1h"
settle = "1h"
catalogue = { skus = 3 }
stock = { units = 600 }
opening_display = "stock"
channel = [
    { name = "own", platform = "custom", profile = "custom-ideal", share = 0.5 },
    { name = "partner", platform = "custom", profile = "custom-ideal", share = 0.5 },
]
demand = { phase = [{ shape = "constant", lasts = "1h", rate = "1/h" }] }

[warehouse]
profile = "warehouse-default"
location = [{ code = "main", share = 1.0 }]
"#;

fn open(directory: &Path) -> Served {
    let scenario = directory.join("two-custom.toml");
    std::fs::write(&scenario, TWO).unwrap();
    let env = directory.join("engine.env");
    let [scenario, env] = [&scenario, &env].map(|it| it.to_str().unwrap());
    let arguments = [
        "--scenario",
        scenario,
        "--orders",
        "6",
        "--front",
        "0",
        "--env",
        env,
    ];
    Served::start(&arguments)
}

fn text<'a>(channel: &'a Value, key: &str) -> &'a str {
    channel[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {channel}"))
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", answer.head))
}

fn call(channel: &Value, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str())];
    let address = text(channel, "url").strip_prefix("http://").unwrap();
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    exchange(address, method, path, &headers, body.as_bytes())
}

#[test]
fn two_custom_channels_share_no_token_and_no_order_and_are_told_apart_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let served = open(directory.path());
    let channels = served.urls["channels"].as_array().unwrap();
    let [own, partner] = [&channels[0], &channels[1]];
    let tokens = [own, partner].map(|it| text(it, "token"));
    assert_eq!(tokens, ["custom-token", "custom-token-2"]);
    let mut ids = Vec::new();
    for (channel, (good, bad)) in [own, partner]
        .into_iter()
        .zip([(tokens[0], tokens[1]), (tokens[1], tokens[0])])
    {
        assert_eq!(
            call(channel, bad, "GET", "/v1/orders", &Value::Null).status,
            401
        );
        let orders = json_of(&call(channel, good, "GET", "/v1/orders", &Value::Null));
        let orders = orders["orders"].as_array().unwrap().clone();
        let shipped = orders.iter().filter(|it| it["status"] == "fulfilled");
        assert_eq!((orders.len(), shipped.count()), (6, 2));
        ids.extend(orders.iter().map(|it| it["id"].to_string()));
        let url = format!("http://{}/v1/shop", text(channel, "host"));
        let shop = by_proxy(
            &served,
            "GET",
            &url,
            &[("Authorization", &format!("Bearer {good}"))],
            "",
        );
        assert_eq!(json_of(&shop)["host"], channel["host"]);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 12);

    let path = "/v1/products/SKU-00002/quantity";
    let set = call(partner, tokens[1], "PUT", path, &json!({"quantity": 17}));
    assert_eq!(
        (set.status, &json_of(&set)["status"]),
        (200, &json!("applied"))
    );
    let line = json!({"sku": "SKU-00002", "units": 2});
    let (_, sold) = served.control(
        "POST",
        "checkout",
        &json!({"channel": "partner", "lines": [line]}),
    );
    assert_eq!(sold["accepted"], json!(true), "{sold}");
    let (_, snapshot) = served.control("GET", "snapshot", &Value::Null);
    assert_eq!(snapshot["displayed"]["partner"]["SKU-00002"], json!(15));
    let path = format!("/v1/orders/{}", text(&sold, "order_id"));
    let order = json_of(&call(partner, tokens[1], "GET", &path, &Value::Null));
    assert_eq!(order["lines"][0]["quantity"], json!(2));

    let env = std::fs::read_to_string(directory.path().join("engine.env")).unwrap();
    for line in [
        "CUSTOM_TOKEN='custom-token'",
        "CUSTOM_HOST_2='shop-2.custom.example'",
    ] {
        assert!(env.lines().any(|it| it == line), "{line}\n{env}");
    }
}
