//! Profiles that change while the shop runs: what is laid over holds from then on, and comes back.

use super::*;
use crate::core::{FaultCount, Tells};
use base64::Engine;
use hmac::{KeyInit, Mac};

fn count(eligible: u64, injected: u64) -> FaultCount {
    FaultCount { eligible, injected }
}

impl Bench {
    fn lay(&mut self, overrides: &str) {
        let table = overrides.parse().unwrap();
        self.shop.lay_over(self.now, &table).unwrap();
        self.drain();
    }

    fn pass(&mut self, seconds: u64) {
        self.run_until(self.now + Micros::from_secs(seconds));
    }

    /// Sets what is available of the first item in the first location.
    fn set(&mut self, units: i64) -> Value {
        let key = format!("key {} {units}", self.requests);
        self.graphql(
            "mutation($i: InventorySetQuantitiesInput!, $k: String!) { inventorySetQuantities(input: $i) @idempotent(key: $k) { userErrors { message } inventoryAdjustmentGroup { changes { delta } } } }",
            json!({"k": key, "i": {"name": "available", "reason": "correction", "quantities": [
                {"inventoryItemId": "gid://shopify/InventoryItem/3001000000001", "locationId": "gid://shopify/Location/1101000000001", "quantity": units, "changeFromQuantity": null}
            ]}}),
        )
    }

    fn shown(&mut self) -> [Value; 2] {
        let answer = self.graphql(
            "{ inventoryItem(id: \"gid://shopify/InventoryItem/3001000000001\") { variant { inventoryQuantity } inventoryLevel(locationId: \"gid://shopify/Location/1101000000001\") { quantities(names: [\"available\"]) { quantity } } } }",
            json!({}),
        );
        let item = &answer["data"]["inventoryItem"];
        [
            item["inventoryLevel"]["quantities"][0]["quantity"].clone(),
            item["variant"]["inventoryQuantity"].clone(),
        ]
    }

    fn subscribe(&mut self, topic: &str) {
        let made = self.graphql(
            &format!("mutation {{ webhookSubscriptionCreate(topic: {topic}, webhookSubscription: {{uri: \"http://127.0.0.1:8/hook\"}}) {{ userErrors {{ message }} }} }}"),
            json!({}),
        );
        assert_eq!(
            made["data"]["webhookSubscriptionCreate"]["userErrors"],
            json!([]),
            "{made}"
        );
    }
}

/// Something of every group of the profile.
const EVERYTHING: &str = r#"
[graphql]
bucket_points = 10.0
restore_points_per_second = 1.0
[rest]
bucket_calls = 1.0
leak_calls_per_second = 0.1
[token]
client_credentials_lifetime = "1s"
[latency]
read = { fixed = "9s" }
[delay]
search_index = { fixed = "9h" }
write_to_live = { fixed = "9h" }
writes_in_order = false
read_lag = { fixed = "9h" }
order_routing = { fixed = "9h" }
[webhooks]
latency = { fixed = "9h" }
wrong_signature_share = 1.0
stalls = [{ from = "0s", until = "9h" }]
[faults]
drop = 1.0
duplicate = 1.0
reorder = 1.0
stuck_write = 1.0
server_error = 1.0
early_throttle = 1.0
"#;

fn bytes_of_a_run(touched: bool) -> Vec<String> {
    let mut bench = Bench::new(Profile::named("shopify-standard").unwrap());
    let mut told = Vec::new();
    let touch = |bench: &mut Bench| {
        if touched {
            bench.lay(EVERYTHING);
            bench.lay("");
        }
    };
    for listing in 0..3 {
        bench.shop.open_with(ListingIndex(listing), 40);
    }
    for topic in ["ORDERS_CREATE", "ORDERS_UPDATED", "INVENTORY_LEVELS_UPDATE"] {
        bench.subscribe(topic);
    }
    let (_, granted) = bench.post(
        "/admin/oauth/access_token",
        r#"{"client_id":"oversell-client-id","client_secret":"hush","grant_type":"client_credentials"}"#,
    );
    let granted: Value = serde_json::from_slice(granted.body()).unwrap();
    bench.token = granted["access_token"].as_str().unwrap().to_owned();
    for step in 0..40 {
        touch(&mut bench);
        bench.try_checkout(&[(0, 1), (1, 1)]);
        touch(&mut bench);
        told.push(bench.set(30 + step).to_string());
        let orders = bench.graphql(
            "{ orders(first: 50, sortKey: UPDATED_AT) { nodes { id } } }",
            json!({}),
        );
        told.push(orders.to_string());
        touch(&mut bench);
        let levels = bench.rest(
            "GET",
            "inventory_levels.json?inventory_item_ids=3001000000001",
            Value::Null,
        );
        told.push(format!("{levels:?}"));
        bench.pass(7 + 20 * (step as u64 % 3));
        for (at, id, request) in std::mem::take(&mut bench.deliveries) {
            told.push(format!("{at} {:?} {:?}", request.headers(), request.body()));
            touch(&mut bench);
            bench.answer(id, if step % 2 == 0 { 200 } else { 500 });
        }
    }
    told.push(format!("{:?} {:?}", bench.facts, bench.shop.limits()));
    told
}

#[test]
fn laying_over_and_restoring_at_once_changes_no_byte() {
    assert_eq!(bytes_of_a_run(true), bytes_of_a_run(false));
}

#[test]
fn unknown_unfit_and_fixed_keys_are_refused_and_nothing_changes() {
    let mut bench = Bench::ideal();
    let mut refused = |over: &str| {
        let table = over.parse().unwrap();
        bench
            .shop
            .lay_over(Micros::from_secs(1), &table)
            .unwrap_err()
    };
    assert!(refused("[delay]\nsearch_indexx = { fixed = \"1s\" }").contains("search_indexx"));
    assert!(refused("[faults]\ndrop = 1.1").contains("faults.drop"));
    for fixed in ["[shop]\nplan_name = \"X\"", "[graphql]\ncached_plans = 1"] {
        assert!(refused(fixed).contains("cannot change"), "{fixed}");
    }
    bench.set(4);
    assert_eq!(bench.displayed(0), 4);
}

#[test]
fn limits_change_from_now_on_and_come_back() {
    let mut bench = Bench::new(ideal(
        "[graphql]\nbucket_points = 40.0\nrestore_points_per_second = 10.0\n[rest]\nbucket_calls = 4.0\nleak_calls_per_second = 1.0",
    ));
    let written = |bench: &mut Bench| {
        let code = |answer: Value| answer["errors"][0]["extensions"]["code"].clone();
        let answers: Vec<Value> = (0..10).map(|_| code(bench.set(5))).collect();
        answers.iter().filter(|code| code.is_null()).count()
    };
    let called = |bench: &mut Bench| {
        let statuses = (0..10).map(|_| bench.rest("GET", "locations.json", Value::Null).status());
        statuses.filter(|status| status.is_success()).count()
    };
    // A write of one row whose changes are read costs 11 points beforehand.
    bench.lay("[graphql]\nbucket_points = 23.0\nrestore_points_per_second = 1.1\n[rest]\nbucket_calls = 2.0\nleak_calls_per_second = 0.1");
    assert_eq!(
        (written(&mut bench), called(&mut bench)),
        (2, 2),
        "levels are cut to the capacity"
    );
    bench.pass(10);
    assert_eq!((written(&mut bench), called(&mut bench)), (1, 1));
    bench.lay("");
    assert_eq!(
        (written(&mut bench), called(&mut bench)),
        (0, 0),
        "levels are kept"
    );
    let counts = bench.shop.fault_counts();
    assert_eq!(
        (counts.cut_limit, counts.cut_throttle),
        (count(40, 40), count(40, 34))
    );
    bench.pass(10);
    assert_eq!((written(&mut bench), called(&mut bench)), (3, 4));
    bench.lay("[faults]\nearly_throttle = 1.0");
    bench.pass(10);
    assert_eq!((written(&mut bench), called(&mut bench)), (0, 0));
    bench.lay("[faults]\nserver_error = 1.0");
    let failed = bench.set(3);
    assert_eq!(
        failed["errors"][0]["extensions"]["code"],
        "INTERNAL_SERVER_ERROR"
    );
    assert_eq!(
        bench.rest("GET", "locations.json", Value::Null).status(),
        500
    );
    let counts = bench.shop.fault_counts();
    assert_eq!(counts.early_throttle, count(20, 20));
    assert_eq!(counts.server_error, count(2, 2));
}

#[test]
fn writes_come_late_out_of_order_or_never_and_only_those_accepted_meanwhile() {
    let mut bench = Bench::ideal();
    bench.lay("[delay]\nwrite_to_live = { fixed = \"60s\" }");
    let answer = bench.set(7);
    assert_eq!(
        answer["data"]["inventorySetQuantities"]["inventoryAdjustmentGroup"]["changes"][0]["delta"],
        -3,
        "{answer}"
    );
    bench.lay("");
    bench.set(8);
    assert_eq!(
        bench.displayed(0),
        10,
        "a later write of a level waits for the earlier one"
    );
    bench.checkout(&[(0, 2)]);
    bench.pass(60);
    assert_eq!(
        bench.displayed(0),
        8,
        "what was sold meanwhile is forgotten"
    );
    assert_eq!(bench.shop.fault_counts().late_write, count(1, 1));

    bench.lay("[delay]\nwrite_to_live = { fixed = \"60s\" }\nwrites_in_order = false");
    let set = json!({"inventory_item_id": 3_001_000_000_001u64, "location_id": 1_101_000_000_001u64, "available": 1});
    assert_eq!(
        bench
            .rest("POST", "inventory_levels/set.json", set)
            .status(),
        200
    );
    bench.lay("[delay]\nwrites_in_order = false");
    bench.set(2);
    assert_eq!(bench.displayed(0), 2);
    bench.pass(60);
    assert_eq!(
        bench.displayed(0),
        1,
        "the older write overwrites the newer one"
    );

    bench.lay("[faults]\nstuck_write = 1.0");
    bench.set(50);
    bench.pass(100_000);
    assert_eq!(bench.displayed(0), 1);
    bench.lay("");
    bench.set(51);
    assert_eq!(bench.displayed(0), 51);
    let counts = bench.shop.fault_counts();
    assert_eq!(
        (counts.late_write, counts.stuck_write),
        (count(3, 2), count(1, 1))
    );
}

#[test]
fn reads_show_older_quantities_while_they_lag() {
    let mut bench = Bench::ideal();
    bench.pass(100);
    bench.lay("[delay]\nread_lag = { fixed = \"30s\" }");
    bench.set(7);
    assert_eq!(
        (bench.shown(), bench.displayed(0)),
        ([json!(10), json!(10)], 7)
    );
    bench.pass(29);
    bench.checkout(&[(0, 2)]);
    assert_eq!(bench.shown(), [json!(10), json!(10)]);
    bench.pass(1);
    assert_eq!(
        (bench.shown(), bench.displayed(0)),
        ([json!(7), json!(7)], 5)
    );
    let levels = bench.rest(
        "GET",
        "inventory_levels.json?inventory_item_ids=3001000000001",
        Value::Null,
    );
    let levels: Value = serde_json::from_slice(levels.body()).unwrap();
    assert_eq!(levels["inventory_levels"][0]["available"], 7);
    assert_eq!(bench.shop.fault_counts().lagged_read, count(4, 4));
    bench.lay("");
    assert_eq!(bench.shown(), [json!(5), json!(5)]);
    let stale = Fact::ReadStale {
        listing: ListingIndex(0),
    };
    let told = bench.facts.iter().filter(|it| **it == stale).count();
    assert_eq!(told, 4, "each of these reads, and no other");
}

#[test]
fn signals_are_lost_doubled_reordered_late_and_wrongly_signed_while_the_chances_say_so() {
    let mut bench = Bench::ideal();
    bench.subscribe("ORDERS_CREATE");
    let sent = |bench: &mut Bench, over: &str| {
        bench.lay(over);
        bench.checkout(&[(0, 1)]);
        let at_once = bench.deliveries.len();
        bench.pass(5);
        let deliveries = std::mem::take(&mut bench.deliveries);
        (at_once, deliveries)
    };
    let numbers = |sent: (usize, Vec<_>)| (sent.0, sent.1.len());
    let is_right = |request: &Request| {
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"hush").unwrap();
        mac.update(request.body());
        let signature =
            base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        request.headers()["x-shopify-hmac-sha256"] == signature
    };
    assert_eq!(numbers(sent(&mut bench, "")), (1, 1));
    assert_eq!(numbers(sent(&mut bench, "[faults]\ndrop = 1.0")), (0, 0));
    let doubled = "[faults]\nduplicate = 1.0\nduplicate_delay = { fixed = \"0s\" }";
    assert_eq!(numbers(sent(&mut bench, doubled)), (2, 2));
    let held = "[faults]\nreorder = 1.0\nreorder_delay = { fixed = \"5s\" }";
    assert_eq!(numbers(sent(&mut bench, held)), (0, 1));
    let until = bench.now.whole_secs() + 5;
    let stalled = format!("[webhooks]\nstalls = [{{ from = \"0s\", until = \"{until}s\" }}]");
    assert_eq!(numbers(sent(&mut bench, &stalled)), (0, 1));
    let (_, mut forged) = sent(&mut bench, "[webhooks]\nwrong_signature_share = 1.0");
    assert!(!is_right(&forged[0].2));
    assert_eq!(Tells::detach(forged[0].2.extensions_mut()), None);
    bench.lay("");
    bench.answer(forged[0].1, 401);
    bench.pass(10_000);
    let (_, _, mut retried) = bench.deliveries.remove(0);
    assert!(is_right(&retried));
    assert!(Tells::detach(retried.extensions_mut()).is_some());
    let counts = bench.shop.fault_counts();
    assert_eq!(counts.dropped_signal, count(1, 1));
    assert_eq!(counts.duplicated_signal, count(1, 1));
    assert_eq!(counts.reordered_signal, count(1, 1));
    assert_eq!(counts.wrongly_signed_signal, count(1, 1));
    assert_eq!(counts.late_signal.injected, 2);
}

#[test]
fn shorter_lives_end_older_tokens_for_good_and_an_uninstalled_app_comes_back() {
    let mut bench = Bench::ideal();
    bench.subscribe("ORDERS_CREATE");
    bench.subscribe("APP_UNINSTALLED");
    let log_in = r#"{"client_id":"oversell-client-id","client_secret":"hush","grant_type":"client_credentials"}"#;
    let granted = |bench: &mut Bench| {
        let (_, answer) = bench.post("/admin/oauth/access_token", log_in);
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        (
            answer.status().as_u16(),
            body["access_token"].as_str().unwrap_or("").to_owned(),
        )
    };
    let custom = bench.token.clone();
    let status = |bench: &mut Bench| {
        bench
            .rest("GET", "shop.json", Value::Null)
            .status()
            .as_u16()
    };
    bench.token = granted(&mut bench).1;
    bench.pass(600);
    bench.lay("[token]\nclient_credentials_lifetime = \"10min\"");
    assert_eq!(status(&mut bench), 401);
    bench.pass(1);
    bench.lay("");
    assert_eq!(status(&mut bench), 401, "what has ended stays ended");
    assert_eq!(bench.shop.fault_counts().early_token_expiry, count(2, 2));
    bench.token = granted(&mut bench).1;
    assert_eq!(status(&mut bench), 200);

    bench.pass(1);
    bench.shop.end_tokens(bench.now);
    assert_eq!(status(&mut bench), 401);
    assert_eq!(bench.shop.fault_counts().early_token_expiry, count(3, 3));
    bench.token = granted(&mut bench).1;

    bench.shop.revoke_access(bench.now);
    assert_eq!(status(&mut bench), 401);
    assert_eq!(granted(&mut bench).0, 400);
    let old = std::mem::replace(&mut bench.token, custom);
    assert_eq!(status(&mut bench), 401);
    bench.shop.grant_anew(bench.now);
    assert_eq!(status(&mut bench), 200);
    let custom = std::mem::replace(&mut bench.token, old);
    assert_eq!(status(&mut bench), 401, "tokens issued before stay void");
    bench.token = custom;

    bench.facts.clear();
    assert_eq!(bench.shop.subscriptions(), 2);
    assert_eq!(bench.shop.drop_subscriptions(bench.now), 2);
    assert_eq!(bench.shop.subscriptions(), 0);
    bench.drain();
    assert_eq!(
        bench.facts,
        [Fact::SubscriptionRemoved {
            topic: "orders/create"
        }]
    );
    bench.checkout(&[(0, 1)]);
    bench.pass(60);
    assert!(bench.deliveries.is_empty());
    assert_eq!(bench.shop.drop_subscriptions(bench.now), 0);
}

#[test]
fn lists_of_orders_lag_while_the_profile_says_so() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    bench.lay("[delay]\nsearch_index = { fixed = \"1h\" }");
    bench.checkout(&[(0, 1)]);
    bench.lay("");
    bench.checkout(&[(0, 1)]);
    let listed = |bench: &mut Bench| {
        let answer = bench.graphql(
            "{ orders(first: 9, query: \"status:any\") { nodes { name } } }",
            json!({}),
        );
        answer["data"]["orders"]["nodes"].as_array().unwrap().len()
    };
    assert_eq!(listed(&mut bench), 2);
    bench.pass(3_600);
    assert_eq!(listed(&mut bench), 3);
    let late = bench.shop.fault_counts().late_listing;
    assert_eq!(late.injected, late.eligible);
    assert!(late.injected > 0);
}
