//! What is sold and written down, from the first order to the end of the books.

use std::time::Duration;

use serde_json::{Value, json};

use super::served::{Served, exchange, graphql};
use crate::common::hang_up::hang_ups_are_ignored;

#[test]
fn orders_are_seeded_sold_and_written_down() {
    let mut served = Served::start(&["--orders", "12"]);
    let orders = graphql(
        &served,
        "{ orders(first: 50) { nodes { name displayFulfillmentStatus } } }",
    );
    let nodes = orders["data"]["orders"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 12);
    let shipped = nodes
        .iter()
        .filter(|it| it["displayFulfillmentStatus"] == "FULFILLED")
        .count();
    assert_eq!(shipped, 4, "a third is shipped: {nodes:?}");

    let line = json!({"sku": "SKU-00007", "units": 3});
    let (status, sold) = served.control(
        "POST",
        "checkout",
        &json!({"channel": "tiktok_shop", "lines": [line]}),
    );
    assert_eq!((status, &sold["accepted"]), (200, &json!(true)), "{sold}");
    let (_, snapshot) = served.control("GET", "snapshot", &Value::Null);
    let shown = snapshot["displayed"]["tiktok_shop"]["SKU-00007"]
        .as_i64()
        .unwrap();
    let (_, refused) = served.control(
        "POST",
        "checkout",
        &json!({"channel": "tiktok_shop", "lines": [{"sku": "SKU-00007", "units": shown + 1}]}),
    );
    assert_eq!(
        refused,
        json!({"accepted": false, "sku": "SKU-00007", "displayed": shown})
    );
    let cancel = json!({"channel": "tiktok_shop", "order_id": sold["order_id"], "by": "seller"});
    assert_eq!(
        served.control("POST", "cancel", &cancel).1,
        json!({"done": true})
    );
    let stock = json!({"sku": "SKU-00007", "location": "west", "receive": 5});
    let before = snapshot["on_hand"]["west"]["SKU-00007"].as_i64().unwrap();
    assert_eq!(
        served.control("POST", "stock", &stock).1,
        json!({"on_hand": before + 5})
    );

    let (status, lines) = served.terminate();
    assert!(status.success());
    let document = served.figures(".");
    assert_eq!(
        (&document["time"], &document["speed"]),
        (&json!("real"), &json!(1.0))
    );
    let run = &document["strategies"][0];
    assert_eq!(
        (&run["strategy"], &run["trace_hash"]),
        (&json!("engine"), &json!(""))
    );
    let tiktok = &run["channels"]["tiktok_shop"];
    assert_eq!(tiktok["accepted_orders"], 13);
    assert_eq!(tiktok["accepted_units"], 12 + 3);
    assert_eq!(
        tiktok["offered_units"].as_i64().unwrap(),
        12 + 3 + shown + 1
    );
    assert_eq!(tiktok["cancelled_by_seller"], 1);
    assert_eq!(run["figures"]["oversold_units"], 0);
    let lost = |name: &str| run["channels"][name]["lost_orders"].as_u64().unwrap();
    assert_eq!(
        ["shopify", "amazon", "tiktok_shop"].map(lost),
        [8, 4, 8],
        "nobody took in what had not been shipped before; every other order on Amazon is Amazon's: {run}"
    );
    for guarantee in run["guarantees"].as_array().unwrap() {
        let limits = guarantee["name"] == "rate_limits_respected";
        // This test itself has called, once.
        let verdict = if limits { "holds" } else { "not_judged" };
        assert_eq!(guarantee["verdict"], verdict, "no engine came: {guarantee}");
    }
    assert_eq!(run["figures"]["calls"], 1, "what seeding needs is nobody's");
    for limit in run["limits"].as_array().unwrap() {
        let used = limit["utilisation"].as_f64().unwrap();
        assert!(used == 0.0 || limit["system"] == "shopify", "{limit}");
    }
    let kinds = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert_eq!(kinds("accepted"), 3 * 12 + 1);
    assert_eq!(kinds("cancelled"), 1);
    assert_eq!(kinds("stock"), 1);
    assert_eq!(kinds("channel_closed"), 3, "the books were closed");
}

#[test]
fn the_manifest_has_the_command_with_all_that_it_was_told() {
    let place = tempfile::tempdir().unwrap();
    let calls = place.path().join("friday.jsonl");
    let calls = calls.to_str().unwrap();
    let mut served = Served::start(&["--front", "0", "--as-of", "2026-08-09", "--calls", calls]);
    let run = served.ledger().parent().unwrap().to_path_buf();
    assert!(served.terminate().0.success());
    let manifest = std::fs::read_to_string(run.join("manifest.json")).unwrap();
    let told = format!(
        "--front 0 --out {} --calls {calls} --format json",
        run.display()
    );
    assert!(
        manifest.contains("simulate serve --seed 1 --speed 1 --as-of 2026-08-09")
            && manifest.contains(&told),
        "{manifest}"
    );
}

#[test]
fn a_reset_begins_anew_without_faults() {
    let mut served = Served::start(&[]);
    let (status, _) = served.control(
        "POST",
        "faults",
        &json!({"fault": [{"kind": "refused", "channel": "warehouse", "status": 503}]}),
    );
    assert_eq!(status, 200);
    let warehouse = served.address("warehouse");
    let token = format!(
        "Bearer {}",
        served.urls["warehouse"]["token"].as_str().unwrap()
    );
    let headers = [("Authorization", token.as_str())];
    assert_eq!(
        exchange(&warehouse, "GET", "/v1/locations", &headers, b"").status,
        503
    );
    let (status, answer) = served.control("POST", "reset", &json!({"skus": 3, "units": 7}));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        exchange(&warehouse, "GET", "/v1/locations", &headers, b"").status,
        200
    );
    let (_, snapshot) = served.control("GET", "snapshot", &Value::Null);
    assert_eq!(
        snapshot["displayed"]["amazon"],
        json!({"SKU-00001": 7, "SKU-00002": 7, "SKU-00003": 7})
    );
    served.control(
        "POST",
        "checkout",
        &json!({"channel": "shopify", "lines": [{"sku": "SKU-00001", "units": 2}]}),
    );
    assert!(served.terminate().0.success());
    let sold =
        |life: &str| served.figures(life)["strategies"][0]["figures"]["accepted_units"].clone();
    assert_eq!(
        (sold("."), sold("life-2")),
        (json!(0), json!(2)),
        "each life has its own"
    );
}

/// What is under way when it is asked to end may never end: here a pipe that nobody reads takes the place of a file.
#[test]
fn a_second_interruption_ends_it_whatever_it_is_at() {
    let mut served = Served::start(&["--orders", "3"]);
    let run = served.ledger().parent().unwrap().to_path_buf();
    let made = std::process::Command::new("mkfifo")
        .arg(run.join("scenario.toml"))
        .status();
    assert!(made.unwrap().success());
    served.signal("-INT");
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(served.is_running(), "it waits for whoever reads the pipe");
    let (status, _) = served.ended_by("-INT");
    assert_eq!(status.code(), Some(105));
    assert!(!run.join("manifest.json").exists());
}

/// The terminal is closed: everything is written down, as on SIGTERM.
#[test]
fn a_hang_up_ends_it_in_order() {
    if hang_ups_are_ignored() {
        return;
    }
    let mut served = Served::start(&["--orders", "3"]);
    let (status, ledger) = served.ended_by("-HUP");
    assert!(status.success(), "{status}");
    let closed = ledger
        .iter()
        .filter(|line| line["kind"] == "channel_closed");
    assert_eq!(closed.count(), 3, "the books were closed");
    served.figures(".");
}

#[test]
fn what_amazon_ships_for_other_channels_leaves_its_warehouse() {
    let mut served = Served::start(&[]);
    let amazon = served.address("amazon");
    let own = |name: &str| served.urls["amazon"][name].as_str().unwrap().to_string();
    let login = json!({"grant_type": "refresh_token", "refresh_token": own("refresh_token"),
        "client_id": own("lwa_client_id"), "client_secret": own("lwa_client_secret")});
    let login = login.to_string();
    let answer = exchange(&amazon, "POST", "/auth/o2/token", &[], login.as_bytes());
    let tokens: Value = serde_json::from_slice(&answer.body).unwrap();
    let headers = [(
        "x-amz-access-token",
        tokens["access_token"].as_str().unwrap(),
    )];
    let order = json!({"sellerFulfillmentOrderId": "O-1", "displayableOrderId": "O-1",
        "displayableOrderDate": "2026-11-23T10:00:00Z", "displayableOrderComment": "Thanks",
        "shippingSpeedCategory": "Standard", "destinationAddress": {"name": "A", "addressLine1": "1 Street",
        "postalCode": "48110", "countryCode": "US"},
        "items": [{"sellerSku": "SKU-00001-FBA", "sellerFulfillmentOrderItemId": "1", "quantity": 2}]});
    let made = exchange(
        &amazon,
        "POST",
        "/fba/outbound/2020-07-01/fulfillmentOrders",
        &headers,
        order.to_string().as_bytes(),
    );
    assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.body));
    let at_amazon = |served: &Served| {
        let (_, snapshot) = served.control("GET", "snapshot", &Value::Null);
        snapshot["on_hand"]["fba"]["SKU-00001"].as_i64().unwrap()
    };
    assert_eq!(at_amazon(&served), 20);
    for _ in 0..5 {
        let (status, _) = served.control("POST", "time", &json!({"advance": "24h"}));
        assert_eq!(status, 200);
    }
    // What is due happens when the system's task comes to it.
    let mut looks = 0;
    while at_amazon(&served) != 18 && looks < 400 {
        looks += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(at_amazon(&served), 18);
    // Units that do not add up would end it with 70.
    assert!(served.terminate().0.success());
}
