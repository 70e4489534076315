//! Two channels of one platform are two shops: neither ids nor credentials are shared.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::served::{Served, exchange};

/// Two shops on every platform.
pub const TWO_OF_EACH: &str = r#"
version = 1
name = "two-of-each"
title = "Two shops on every platform"
start = "2026-11-18T12:00:00Z"
opening = "1min"
duration = "1h"
settle = "1h"
catalogue = { skus = 3 }
stock = { units = 600 }
opening_display = "stock"

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-plus"
share = 0.2
[[channel]]
name = "outlet"
platform = "shopify"
profile = "shopify-plus"
share = 0.2
[[channel]]
name = "amazon"
platform = "amazon"
profile = "amazon-default"
share = 0.2
[[channel]]
name = "amazon ca"
platform = "amazon"
profile = "amazon-default"
share = 0.2
[[channel]]
name = "tiktok"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.1
[[channel]]
name = "tiktok two"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.1

[warehouse]
profile = "warehouse-default"
[[warehouse.location]]
code = "main"
share = 1.0

[[demand.phase]]
shape = "constant"
lasts = "1h"
rate = "1/h"
"#;

/// The file of [`TWO_OF_EACH`] in a directory that lasts as long as what is returned.
pub fn scenario_file() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("two-of-each.toml");
    std::fs::write(&path, TWO_OF_EACH).unwrap();
    (directory, path)
}

fn channel<'a>(served: &'a Served, name: &str) -> &'a Value {
    let all = served.urls["channels"].as_array().unwrap();
    all.iter().find(|it| it["name"] == name).unwrap()
}

fn text<'a>(channel: &'a Value, key: &str) -> &'a str {
    channel[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {channel}"))
}

fn host(channel: &Value) -> &str {
    text(channel, "url").strip_prefix("http://").unwrap()
}

fn shopify(channel: &Value, token: &str, query: &str) -> (u16, Value) {
    let headers = [
        ("X-Shopify-Access-Token", token),
        ("Content-Type", "application/json"),
    ];
    let body = json!({"query": query}).to_string();
    let path = "/admin/api/2026-07/graphql.json";
    let answer = exchange(host(channel), "POST", path, &headers, body.as_bytes());
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

/// Every text in a document that is a gid, and so names an object of one shop.
fn gids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.starts_with("gid://") => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|it| gids(it, found)),
        Value::Object(members) => members.values().for_each(|it| gids(it, found)),
        _ => {}
    }
}

#[test]
fn two_shops_on_shopify_share_no_id_no_token_and_no_domain() {
    let (_directory, path) = scenario_file();
    let served = Served::start(&["--scenario", path.to_str().unwrap(), "--orders", "4"]);
    let query = "{ shop { id myshopifyDomain } locations(first: 5) { nodes { id } } \
        products(first: 5) { nodes { id variants(first: 1) { nodes { id inventoryItem { id \
          inventoryLevels(first: 2) { nodes { id } } } } } } } \
        orders(first: 10) { nodes { id lineItems(first: 2) { nodes { id } } fulfillmentOrders(first: 2) { nodes { id } } } } }";
    let [web, outlet] = ["web", "outlet"].map(|name| {
        let channel = channel(&served, name);
        let (status, answer) = shopify(channel, text(channel, "access_token"), query);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["data"]["shop"]["myshopifyDomain"], channel["shop"]);
        assert_eq!(
            answer["data"]["orders"]["nodes"].as_array().unwrap().len(),
            4
        );
        let mut found = BTreeSet::new();
        gids(&answer, &mut found);
        found
    });
    assert!(
        web.len() > 20 && web.len() == outlet.len(),
        "{web:?} {outlet:?}"
    );
    assert!(web.is_disjoint(&outlet), "{:?}", web.intersection(&outlet));
    assert!(
        web.contains("gid://shopify/Shop/580111"),
        "as a single shop has it: {web:?}"
    );

    // An id leads back to its object in its own shop and nowhere in the other; nor does the other's token open the door.
    let outlet_channel = channel(&served, "outlet");
    let own = text(outlet_channel, "access_token");
    let order = |ids: &BTreeSet<String>| {
        ids.iter()
            .find(|it| it.contains("/Order/"))
            .unwrap()
            .clone()
    };
    let by_id = |id: String| {
        let query = format!("{{ order(id: \"{id}\") {{ id }} }}");
        shopify(outlet_channel, own, &query).1["data"]["order"].clone()
    };
    assert_eq!(by_id(order(&outlet))["id"], order(&outlet).as_str());
    assert_eq!(by_id(order(&web)), Value::Null);
    let web_token = text(channel(&served, "web"), "access_token");
    assert_eq!(shopify(outlet_channel, web_token, "{ shop { id } }").0, 401);
    assert_eq!(served.urls["shopify"]["shop"], "demo.myshopify.com");
}

#[test]
fn two_sellers_on_amazon_and_tiktok_shop_sign_in_and_number_their_orders_for_themselves() {
    let (_directory, path) = scenario_file();
    let served = Served::start(&["--scenario", path.to_str().unwrap(), "--orders", "4"]);
    let [us, ca] = ["amazon", "amazon ca"].map(|name| {
        let channel = channel(&served, name);
        let login = |own: &Value| {
            let body = json!({"grant_type": "refresh_token", "refresh_token": own["refresh_token"],
                "client_id": own["lwa_client_id"], "client_secret": own["lwa_client_secret"]});
            let headers = [("Content-Type", "application/json")];
            let path = "/auth/o2/token";
            exchange(
                host(channel),
                "POST",
                path,
                &headers,
                body.to_string().as_bytes(),
            )
        };
        let answer: Value = serde_json::from_slice(&login(channel).body).unwrap();
        let token = text(&answer, "access_token").to_string();
        let path = format!(
            "/orders/v0/orders?MarketplaceIds={}&CreatedAfter=2020-01-01T00:00:00Z",
            text(channel, "marketplace_id")
        );
        let headers = [("x-amz-access-token", token.as_str())];
        let answer = exchange(host(channel), "GET", &path, &headers, b"");
        assert_eq!(answer.status, 200, "{}", answer.head);
        let orders: Value = serde_json::from_slice(&answer.body).unwrap();
        let orders = orders["payload"]["Orders"].as_array().unwrap().clone();
        let ids: BTreeSet<String> = orders
            .iter()
            .map(|it| text(it, "AmazonOrderId").to_string())
            .collect();
        (ids, channel.clone())
    });
    assert!(!us.0.is_empty() && us.0.is_disjoint(&ca.0), "{us:?} {ca:?}");
    assert!(us.0.iter().all(|it| it.starts_with("902-")));
    assert_eq!(us.1["marketplace_id"], "ATVPDKIKX0DER");
    assert_eq!(ca.1["marketplace_id"], "A2EUQ1WTGCTBG2");
    for key in [
        "seller_id",
        "refresh_token",
        "lwa_client_id",
        "application_id",
        "sqs_url",
    ] {
        assert_ne!(us.1[key], ca.1[key], "{key}");
    }
    let [one, two] = ["tiktok", "tiktok two"].map(|name| channel(&served, name));
    for key in [
        "shop_cipher",
        "access_token",
        "refresh_token",
        "auth_code",
        "shop_id",
    ] {
        assert_ne!(one[key], two[key], "{key}");
    }
    assert_eq!(one["app_key"], two["app_key"]);
}

/// What a start that fails has begun to write is taken back, and a path that is none of ours is left alone.
#[test]
fn a_start_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    std::fs::create_dir(place("directory")).unwrap();
    std::fs::write(place("mine.jsonl"), "mine").unwrap();
    std::fs::write(place("mine.env"), "mine").unwrap();
    let (directory, own, env) = (place("directory"), place("mine.jsonl"), place("mine.env"));
    let calls = place("calls.jsonl");
    let path = |path: &PathBuf| path.to_str().unwrap().to_string();
    for (arguments, said) in [
        (
            vec!["--calls".into(), path(&calls), "--port".into(), port],
            "cannot listen",
        ),
        (
            vec!["--calls".into(), path(&directory)],
            "it is a directory",
        ),
        (vec!["--calls".into(), path(&own)], "is there already"),
        (vec!["--env".into(), path(&env)], "is there already"),
    ] {
        let ended = std::process::Command::new(env!("CARGO_BIN_EXE_simulate"))
            .args(["serve", "--out"])
            .arg(place("run"))
            .args(&arguments)
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
        let mut left: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(
            left,
            ["directory", "mine.env", "mine.jsonl"],
            "{arguments:?}"
        );
    }
    assert_eq!(std::fs::read_to_string(own).unwrap(), "mine");
}

/// Orders of the past need something to have been sold from, and a HEAD is a GET without its body.
#[test]
fn a_scenario_that_opens_at_zero_has_a_past_and_head_is_answered() {
    let served = Served::start(&["--scenario", "evening", "--orders", "6"]);
    let web = &served.urls["channels"][0];
    let headers = [("X-Shopify-Access-Token", text(web, "access_token"))];
    let path = "/admin/api/2026-07/orders/count.json?status=any";
    let got = exchange(host(web), "GET", path, &headers, b"");
    let count: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(count["count"], 6);
    let head = exchange(host(web), "HEAD", path, &headers, b"");
    assert_eq!((head.status, head.body.as_slice()), (200, b"".as_slice()));
    let length = |head: &str| {
        let line = head.lines().find(|it| it.starts_with("Content-Length"));
        line.map(str::to_string)
    };
    assert!(
        length(&got.head).is_some() && length(&head.head) == length(&got.head),
        "{}",
        head.head
    );
}
