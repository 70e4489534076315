//! Faults through the control API.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::served::{Answer, Served, exchange};
use super::webhooks::{Hook, buy};

fn locations(served: &Served) -> Answer {
    let token = served.urls["warehouse"]["token"].as_str().unwrap();
    let token = format!("Bearer {token}");
    let headers = [("Authorization", token.as_str())];
    exchange(
        &served.address("warehouse"),
        "GET",
        "/v1/locations",
        &headers,
        b"",
    )
}

fn set(served: &Served, fault: Value) -> Value {
    let (status, answer) = served.control("PUT", "faults", &json!({"fault": [fault]}));
    assert_eq!(status, 200, "{answer}");
    answer
}

/// Eligible, injected and noticed of the n-th fault in force.
fn counts(served: &Served, position: usize) -> [u64; 3] {
    let (_, answer) = served.control("GET", "faults", &Value::Null);
    let fault = &answer["faults"][position];
    ["eligible", "injected", "noticed"].map(|it| fault[it].as_u64().unwrap())
}

#[test]
fn calls_are_refused_lost_and_late_and_counted() {
    let mut served = Served::start(&["--speed", "60"]);
    let refused = json!({"kind": "refused", "channel": "warehouse", "status": 429, "retry_after": "7s", "first": 1});
    let answer = set(&served, refused.clone());
    assert_eq!(answer["faults"][0]["fault"], refused, "{answer}");
    assert_eq!(answer["faults"][0]["ends_at_s"], Value::Null);
    let answer = locations(&served);
    assert_eq!(answer.status, 429);
    assert!(
        answer.head.contains("\r\nRetry-After: 7"),
        "{}",
        answer.head
    );
    assert_eq!(locations(&served).status, 200);

    // One more beside it: the first goes on.
    let lost = json!({"kind": "reply_lost", "channel": "warehouse", "calls": "read", "first": 1});
    let (status, answer) = served.control("POST", "faults", &json!({"fault": [lost]}));
    assert_eq!(
        (status, answer["faults"].as_array().unwrap().len()),
        (200, 2)
    );
    let answer = locations(&served);
    assert_eq!(
        (answer.status, answer.head.as_str()),
        (0, ""),
        "closed without an answer"
    );
    assert_eq!(locations(&served).status, 200);
    assert_eq!(counts(&served, 0), [4, 1, 1]);
    assert_eq!(counts(&served, 1), [2, 1, 1]);

    set(
        &served,
        json!({"kind": "latency", "channel": "warehouse", "delay": {"fixed": "30s"}, "direction": "reply"}),
    );
    let at_s = || {
        let (_, time) = served.control("GET", "time", &Value::Null);
        time["at_s"].as_f64().unwrap()
    };
    let asked_at_s = at_s();
    assert_eq!(locations(&served).status, 200);
    let took_s = at_s() - asked_at_s;
    assert!(took_s >= 30.0, "{took_s}");

    let (status, answer) = served.control("DELETE", "faults", &Value::Null);
    assert_eq!((status, &answer["faults"]), (200, &json!([])));
    assert!(served.terminate().0.success());
    let document = served.figures(".");
    let faults = document["strategies"][0]["faults"]
        .as_array()
        .unwrap()
        .clone();
    let kinds: Vec<&Value> = faults.iter().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, ["refused", "reply_lost", "latency"], "{document}");
    assert_eq!(faults[2]["noticed"], 1);
}

#[test]
fn webhooks_are_held_until_it_is_over_doubled_and_signed_again_when_altered() {
    let hook = Hook::open();
    let served = Served::start(&["--speed", "20"]);
    hook.subscribe(&served);
    set(
        &served,
        json!({"kind": "signal_burst", "channel": "shopify"}),
    );
    buy(&served);
    let early = hook.received.recv_timeout(Duration::from_millis(700));
    assert!(early.is_err(), "{early:?}");
    served.control("DELETE", "faults", &Value::Null);
    hook.received.recv_timeout(Duration::from_secs(20)).unwrap();

    let (status, answer) = served.control(
        "PUT",
        "faults",
        &json!({"fault": [
            {"kind": "signal_duplicated", "channel": "shopify", "delay": {"fixed": "1s"}},
            {"kind": "field_renamed", "channel": "shopify", "field": "line_items", "to": "items"},
        ]}),
    );
    assert_eq!(status, 200, "{answer}");
    buy(&served);
    let come = || hook.received.recv_timeout(Duration::from_secs(20)).unwrap();
    let (one, other) = (come(), come());
    let id = |text: &str| {
        let mut lines = text.lines();
        lines
            .find_map(|line| {
                line.strip_prefix("X-Shopify-Webhook-Id: ")
                    .map(String::from)
            })
            .unwrap()
    };
    assert_eq!(id(&one), id(&other), "the same webhook twice");
    let (head, body) = one.split_once("\r\n\r\n").unwrap();
    assert!(
        body.contains("\"items\":") && !body.contains("\"line_items\":"),
        "{body}"
    );
    let secret = served.urls["shopify"]["api_secret"].as_str().unwrap();
    let mut keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    keyed.update(body.as_bytes());
    let signature = STANDARD.encode(keyed.finalize().into_bytes());
    let line = format!("X-Shopify-Hmac-Sha256: {signature}");
    assert!(head.contains(&line), "{head}\n{line}");
    assert_eq!(counts(&served, 0), [1, 1, 1]);
    assert_eq!(counts(&served, 1), [1, 1, 1]);

    set(
        &served,
        json!({"kind": "signal_lost", "channel": "shopify"}),
    );
    buy(&served);
    let lost = hook.received.recv_timeout(Duration::from_millis(700));
    assert!(lost.is_err(), "{lost:?}");
    assert_eq!(counts(&served, 0), [1, 1, 0]);
}

#[test]
fn what_cannot_be_set_is_explained_and_changes_nothing() {
    let served = Served::start(&[]);
    for (body, parts) in [
        (
            json!({"fault": [{"kind": "reset"}, {"kind": "reply_lst"}]}),
            ["fault 2: ", "did you mean `reply_lost`?"],
        ),
        (
            json!({"fault": [{"kind": "reset", "channel": "warehuose"}]}),
            ["`warehuose`", "did you mean `warehouse`?"],
        ),
        (
            json!({"fault": [{"kind": "crash", "restart_after": "5s"}]}),
            ["`crash`", "virtual time"],
        ),
        (
            json!({"fault": [{"kind": "queue_redelivery", "channel": "shopify"}]}),
            ["`shopify` cannot have", "docs/platforms.md"],
        ),
        (
            json!({"system": "warehouse", "refuse": 1.0}),
            ["`refuse`", "`fault`"],
        ),
    ] {
        for method in ["POST", "PUT"] {
            let (status, answer) = served.control(method, "faults", &body);
            assert_eq!(status, 400, "{body}: {answer}");
            let said = answer["error"].as_str().unwrap();
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        }
    }
    assert_eq!(
        served.control("GET", "faults", &Value::Null).1["faults"],
        json!([])
    );
    assert_eq!(locations(&served).status, 200);
}

/// Status and body of a query on the Shopify shop.
fn queried(served: &Served) -> (u16, String) {
    let token = served.urls["shopify"]["access_token"].as_str().unwrap();
    let headers = [
        ("X-Shopify-Access-Token", token),
        ("Content-Type", "application/json"),
    ];
    let query = json!({"query": "{ orders(first: 200) { nodes { name } } }"}).to_string();
    let answer = exchange(
        &served.address("shopify"),
        "POST",
        "/admin/api/2026-07/graphql.json",
        &headers,
        query.as_bytes(),
    );
    (
        answer.status,
        String::from_utf8_lossy(&answer.body).into_owned(),
    )
}

/// Asks until the answer is as it should be: what a fault does to a system is done when its task comes to it.
fn query_until(served: &Served, is_so: impl Fn(&(u16, String)) -> bool) {
    let mut last = queried(served);
    for _ in 0..200 {
        if is_so(&last) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
        last = queried(served);
    }
    panic!("it never came: {last:?}");
}

#[test]
fn what_is_done_to_a_shop_is_undone_when_it_is_taken_back() {
    let served = Served::start(&[]);
    let is_fine = |answer: &(u16, String)| answer.0 == 200 && !answer.1.contains("THROTTLED");
    query_until(&served, is_fine);

    set(
        &served,
        json!({"kind": "access_revoked", "channel": "shopify"}),
    );
    query_until(&served, |answer| answer.0 == 401);
    assert!(counts(&served, 0).iter().all(|count| *count > 0));
    // The next fault takes the place of this one, and the merchant lets the app in again.
    set(
        &served,
        json!({"kind": "limits_cut", "channel": "shopify", "factor": 0.001}),
    );
    query_until(&served, |answer| answer.1.contains("THROTTLED"));
    let [eligible, injected, noticed] = counts(&served, 0);
    assert!(eligible >= injected && injected > 0 && noticed > 0);
    served.control("DELETE", "faults", &Value::Null);
    query_until(&served, is_fine);
}
