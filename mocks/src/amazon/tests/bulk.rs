//! Feeds and reports: from an upload to a result.

use super::*;

const FEEDS: &str = "/feeds/2021-06-30/feeds";
pub(super) const REPORTS: &str = "/reports/2021-06-30/reports";

impl Bench {
    /// A request to one of the store's own addresses, without any token.
    fn store(&mut self, method: &str, url: &str, content_type: &str, body: &str) -> Response {
        let path = url.strip_prefix("http://127.0.0.1:8080").expect("our host");
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content_type)
            .body(body.as_bytes().to_vec())
            .unwrap();
        let id = self.send(request);
        self.take(id).unwrap().1
    }

    fn upload(&mut self, body: &str) -> String {
        self.amazon.set_public_address("http://127.0.0.1:8080/");
        let (status, made) = self.call(
            "POST",
            "/feeds/2021-06-30/documents",
            r#"{"contentType":"application/json; charset=UTF-8"}"#,
        );
        assert_eq!(status, 201, "{made}");
        let url = made["url"].as_str().unwrap();
        let wrong = self.store("PUT", url, "text/xml", body);
        assert_eq!(wrong.status(), 403);
        let unsigned = url.replace("Signature=", "Signature=0");
        assert_eq!(
            self.store("PUT", &unsigned, "application/json", body)
                .status(),
            403
        );
        let stored = self.store("PUT", url, "application/json;charset=utf-8", body);
        assert_eq!((stored.status().as_u16(), stored.body().len()), (200, 0));
        made["feedDocumentId"].as_str().unwrap().to_owned()
    }

    fn submit(&mut self, kind: &str, document: &str) -> (u16, Value) {
        let body = format!(
            r#"{{"feedType":"{kind}","marketplaceIds":["{US}"],"inputFeedDocumentId":"{document}"}}"#
        );
        self.call("POST", FEEDS, &body)
    }

    fn listings_feed(&mut self, messages: &str) -> String {
        let document = self.upload(&format!(
            r#"{{"header":{{"sellerId":"A1SIMSELLER","version":"2.0","issueLocale":"en_US"}},"messages":[{messages}]}}"#
        ));
        let (status, made) = self.submit("JSON_LISTINGS_FEED", &document);
        assert_eq!(status, 202, "{made}");
        made["feedId"].as_str().unwrap().to_owned()
    }

    pub(super) fn download(&mut self, kind: &str, document: &Value) -> String {
        let id = document.as_str().expect("there is a document");
        let found = self.get(&format!("/{kind}/2021-06-30/documents/{id}"));
        let response = self.store("GET", found["url"].as_str().unwrap(), "", "");
        assert_eq!(response.status(), 200);
        String::from_utf8(response.into_body()).unwrap()
    }

    pub(super) fn report(&mut self, kind: &str, more: &str) -> String {
        self.amazon.set_public_address("http://127.0.0.1:8080");
        let body = format!(r#"{{"reportType":"{kind}","marketplaceIds":["{US}"]{more}}}"#);
        let (status, made) = self.call("POST", REPORTS, &body);
        assert_eq!(status, 202, "{made}");
        made["reportId"].as_str().unwrap().to_owned()
    }
}

fn quantity(message: u32, sku: &str, units: i64) -> String {
    format!(
        r#"{{"messageId":{message},"sku":"{sku}","operationType":"PATCH","productType":"PRODUCT","patches":[{{"op":"merge","path":"/attributes/fulfillment_availability","value":[{{"fulfillment_channel_code":"DEFAULT","quantity":{units}}}]}}]}}"#
    )
}

#[test]
fn a_feed_waits_runs_takes_effect_and_reports() {
    let mut profile = ideal();
    profile.feeds.queue = fixed(60);
    profile.feeds.run = fixed(30);
    let mut bench = Bench::new(profile);
    bench.subscribe("FEED_PROCESSING_FINISHED");
    let messages = [
        quantity(1, "SKU-1", 7),
        quantity(2, "SKU-1", -1),
        quantity(3, "SKU-99", 1),
        r#"{"messageId":4,"sku":"SKU-2","operationType":"UPDATE","productType":"P","attributes":{"fulfillment_availability":[{"fulfillment_channel_code":"DEFAULT","quantity":4}],"color":[{"value":"red"}]}}"#.to_owned(),
        r#"{"messageId":5,"sku":"SKU-3","operationType":"REPLACE","productType":"P"}"#.to_owned(),
    ];
    let id = bench.listings_feed(&messages.join(","));
    let path = format!("{FEEDS}/{id}");
    assert_eq!(bench.get(&path)["processingStatus"], "IN_QUEUE");
    bench.pass(60);
    assert_eq!(bench.get(&path)["processingStatus"], "IN_PROGRESS");
    assert_eq!(bench.displayed(), 0, "nothing is live before the end");
    assert_eq!(bench.call("DELETE", &path, "").0, 400, "too late to cancel");
    bench.pass(30);
    let feed = bench.get(&path);
    assert_eq!(feed["processingStatus"], "DONE");
    assert_eq!(feed["processingEndTime"], "2026-11-23T10:01:30.000Z");
    assert_eq!(bench.displayed(), 7);
    assert_eq!(bench.amazon.displayed(ListingIndex(1)), 4);
    let report = bench.download("feeds", &feed["resultFeedDocumentId"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        report["summary"],
        serde_json::json!({"errors":2,"warnings":0,"messagesProcessed":5,"messagesAccepted":3,"messagesInvalid":2})
    );
    let named: Vec<u64> = report["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["messageId"].as_u64().unwrap())
        .collect();
    assert_eq!(named, [2, 5], "an unknown SKU is taken in silence");
    let sent = bench.empty_queue("q1");
    assert_eq!(sent.len(), 1);
    let told = &sent[0]["payload"]["feedProcessingFinishedNotification"];
    assert_eq!(
        (&told["feedId"], &told["processingStatus"]),
        (&feed["feedId"], &feed["processingStatus"])
    );
    assert_eq!(told["resultFeedDocumentId"], feed["resultFeedDocumentId"]);
}

#[test]
fn an_old_feed_overtakes_a_newer_patch() {
    let mut profile = ideal();
    profile.feeds.queue = fixed(600);
    let mut bench = Bench::new(profile);
    bench.listings_feed(&quantity(1, "SKU-1", 2));
    bench.pass(10);
    bench.set(9);
    assert_eq!(bench.displayed(), 9);
    bench.pass(600);
    assert_eq!(bench.displayed(), 2);
}

#[test]
fn feeds_of_a_type_run_one_after_another_and_can_be_cancelled_while_they_wait() {
    let mut profile = ideal();
    profile.feeds.run = fixed(100);
    let mut bench = Bench::new(profile);
    let first = bench.listings_feed(&quantity(1, "SKU-1", 1));
    let second = bench.listings_feed(&quantity(1, "SKU-1", 2));
    let third = bench.listings_feed(&quantity(1, "SKU-1", 3));
    let document = bench.upload("<xml/>");
    let other = bench.submit("POST_PRODUCT_DATA", &document).1["feedId"].clone();
    bench.pass(1);
    let second = format!("{FEEDS}/{second}");
    assert_eq!(bench.call("DELETE", &second, "").0, 200);
    bench.pass(100);
    let other = bench.get(&format!("{FEEDS}/{}", other.as_str().unwrap()));
    assert_eq!(
        other["processingStatus"], "FATAL",
        "another type, another queue"
    );
    assert_eq!(bench.displayed(), 1);
    bench.pass(100);
    assert_eq!(bench.displayed(), 3, "the cancelled one took no time");
    let states = |bench: &mut Bench, more: &str| -> Vec<String> {
        let list = bench.get(&format!("{FEEDS}?feedTypes=JSON_LISTINGS_FEED{more}"));
        list["feeds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|feed| feed["feedId"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        states(&mut bench, "&processingStatuses=DONE"),
        [third.clone(), first]
    );
    let page = bench.get(&format!("{FEEDS}?feedTypes=JSON_LISTINGS_FEED&pageSize=2"));
    assert_eq!(page["feeds"][0]["feedId"].as_str(), Some(third.as_str()));
    let next = bench.get(&format!(
        "{FEEDS}?nextToken={}",
        page["nextToken"].as_str().unwrap()
    ));
    assert_eq!(next["feeds"].as_array().unwrap().len(), 1);
    assert_eq!(next["nextToken"], Value::Null);
    for bad in [
        "",
        "?feedTypes=JSON_LISTINGS_FEED&processingStatuses=BAD_VALUE",
        "?nextToken=x",
    ] {
        assert_eq!(
            bench.call("GET", &format!("{FEEDS}{bad}"), "").0,
            400,
            "{bad}"
        );
    }
}

#[test]
fn what_is_no_feed_ends_fatal_and_too_many_are_refused() {
    let mut profile = ideal();
    profile.feeds.most_messages = 1;
    profile.limits.json_listings_feed = super::super::profile::Rate {
        rate: 0.0167,
        burst: 3.0,
    };
    let mut bench = Bench::new(profile);
    let long = format!("{},{}", quantity(1, "SKU-1", 1), quantity(2, "SKU-1", 2));
    let long = bench.listings_feed(&long);
    let broken = bench.upload("{");
    let broken = bench.submit("JSON_LISTINGS_FEED", &broken).1["feedId"]
        .as_str()
        .unwrap()
        .to_owned();
    bench.pass(1);
    for id in [long, broken] {
        let feed = bench.get(&format!("{FEEDS}/{id}"));
        assert_eq!(feed["processingStatus"], "FATAL");
        let report = bench.download("feeds", &feed["resultFeedDocumentId"]);
        assert!(report.contains(r#""messagesProcessed":0"#), "{report}");
    }
    assert_eq!(bench.displayed(), 0);
    assert_eq!(bench.submit("JSON_LISTINGS_FEED", "nonsense").0, 400);
    assert_eq!(bench.submit("NO_SUCH_FEED", "nonsense").0, 400);
    let document = bench.upload("{");
    assert_eq!(bench.submit("JSON_LISTINGS_FEED", &document).0, 202);
    assert_eq!(bench.submit("JSON_LISTINGS_FEED", &document).0, 429);
    bench.pass(60);
    assert_eq!(bench.submit("JSON_LISTINGS_FEED", &document).0, 202);
}

#[test]
fn addresses_of_documents_expire_and_follow_the_callers_host() {
    let mut bench = Bench::new(ideal());
    for (host, expected) in [
        ("127.0.0.1:9", "http://127.0.0.1:9/documents/"),
        ("27.0.0.1:9", "http://127.0.0.1:9/documents/"),
    ] {
        let request = http::Request::builder()
            .method("POST")
            .uri("/feeds/2021-06-30/documents")
            .header("host", host)
            .header("x-amz-access-token", bench.token.as_str())
            .body(br#"{"contentType":"a/b"}"#.to_vec())
            .unwrap();
        let id = bench.send(request);
        let made = read(&bench.take(id).unwrap().1);
        assert!(
            made["url"].as_str().unwrap().starts_with(expected),
            "{made}"
        );
    }
    bench.amazon.set_public_address("http://127.0.0.1:8080");
    let (_, made) = bench.call(
        "POST",
        "/feeds/2021-06-30/documents",
        r#"{"contentType":"a/b"}"#,
    );
    bench.pass(301);
    let late = bench.store("PUT", made["url"].as_str().unwrap(), "a/b", "x");
    assert_eq!(late.status(), 403);
    assert_eq!(late.headers()["content-type"], "application/xml");
}

#[test]
fn reports_show_the_shop_as_it_was_when_they_were_begun() {
    let mut profile = ideal();
    profile.reports.queue = fixed(10);
    profile.reports.run = fixed(10);
    let mut bench = Bench::new(profile);
    bench.subscribe("REPORT_PROCESSING_FINISHED");
    bench.open_with(5);
    bench.amazon.set_fba_stock(ListingIndex(1), 6);
    bench.order(2);
    let orders = bench.report(
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
        r#","dataStartTime":"2026-11-23T00:00:00Z""#,
    );
    let listings = bench.report("GET_MERCHANT_LISTINGS_ALL_DATA", "");
    let open = bench.report("GET_FLAT_FILE_OPEN_LISTINGS_DATA", "");
    let fba = bench.report("GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", "");
    let empty = bench.report(
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
        r#","dataStartTime":"2020-01-01T00:00:00Z","dataEndTime":"2020-01-02T00:00:00Z""#,
    );
    let path = |id: &str| format!("{REPORTS}/{id}");
    bench.pass(15);
    bench.order(1);
    assert_eq!(bench.get(&path(&orders))["processingStatus"], "IN_PROGRESS");
    bench.pass(5);
    let mut file = |id: &str| {
        let report = bench.get(&path(id));
        assert_eq!(report["processingStatus"], "DONE");
        let text = bench.download("reports", &report["reportDocumentId"]);
        let rows: Vec<Vec<String>> = text
            .lines()
            .map(|line| line.split('\t').map(str::to_owned).collect())
            .collect();
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
        rows
    };
    let column =
        |rows: &[Vec<String>], name: &str| rows[0].iter().position(|known| known == name).unwrap();
    let rows = file(&orders);
    assert_eq!(rows.len(), 2, "the second order came too late");
    assert_eq!(rows[1][column(&rows, "quantity")], "2");
    assert_eq!(rows[1][column(&rows, "item-price")], "39.98");
    let rows = file(&listings);
    assert_eq!(rows.len(), 1 + 6);
    assert_eq!(rows[1][column(&rows, "quantity")], "3");
    assert_eq!(rows[6][column(&rows, "seller-sku")], "SKU-2-FBA");
    assert_eq!(rows[6][column(&rows, "quantity")], "");
    assert_eq!(file(&open).len(), 1 + 2, "only what can be bought");
    let rows = file(&fba);
    assert_eq!(rows[1][column(&rows, "afn-fulfillable-quantity")], "6");
    assert_eq!(bench.get(&path(&empty))["processingStatus"], "CANCELLED");
    assert_eq!(
        bench.get(&format!(
            "{REPORTS}?reportTypes=GET_MERCHANT_LISTINGS_ALL_DATA"
        ))["reports"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(bench.empty_queue("q1").len(), 5);
    let late = bench.report("GET_MERCHANT_LISTINGS_ALL_DATA", "");
    assert_eq!(bench.call("DELETE", &path(&late), "").0, 200);
    assert_eq!(bench.call("DELETE", &path(&late), "").0, 400);
    assert_eq!(bench.get(&path(&late))["processingStatus"], "CANCELLED");
}

#[test]
fn a_share_of_a_feeds_messages_fails_while_the_others_take_effect() {
    let mut profile = ideal();
    profile.feeds.message_failure_share = 0.5;
    let mut bench = Bench::new(profile);
    let mut failed = 0;
    for round in 1..=4 {
        let messages: Vec<String> = (1..=5)
            .map(|n| quantity(n, &format!("SKU-{n}"), 10 * round))
            .collect();
        let id = bench.listings_feed(&messages.join(","));
        let feed = bench.get(&format!("{FEEDS}/{id}"));
        assert_eq!(feed["processingStatus"], "DONE");
        let report = bench.download("feeds", &feed["resultFeedDocumentId"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        let summary = &report["summary"];
        assert_eq!(summary["errors"], summary["messagesInvalid"]);
        let live = (0..5)
            .filter(|n| bench.amazon.displayed(ListingIndex(*n)) == 10 * round)
            .count();
        assert_eq!(summary["messagesAccepted"], live);
        failed += 5 - live as u64;
    }
    assert!((1..20).contains(&failed));
    let counted = bench.amazon.fault_counts().partial_failure;
    assert_eq!((counted.eligible, counted.injected), (20, failed));
}

#[test]
fn a_malformed_message_takes_no_other_with_it() {
    let mut bench = Bench::new(ideal());
    let messages = [
        quantity(1, "SKU-1", 7),
        r#"{"messageId":"two","sku":"SKU-2","operationType":"DELETE"}"#.to_owned(),
        quantity(3, "SKU-2", 8),
        quantity(3, "SKU-3", 9),
        r#"{"messageId":4,"sku":"SKU-3","operationType":"PATCH","productType":"PRODUCT","patches":[]}"#.to_owned(),
        r#"{"messageId":5,"sku":"SKU-3","operationType":"DELETE","productType":"PRODUCT"}"#.to_owned(),
        r#"{"messageId":0,"sku":"SKU-3","operationType":"DELETE"}"#.to_owned(),
        r#"{"messageId":6,"sku":"SKU-3","operationType":"UPDATE","productType":"PRODUCT","requirements":"SOME","attributes":{"brand":[]}}"#.to_owned(),
        r#"{"messageId":7,"sku":"SKU-3","operationType":"PATCH","productType":"PRODUCT","patches":[{"op":"replace","path":"/attributes/fulfillment_availability","value":[{"quantity":5}]}]}"#.to_owned(),
        r#"[8,"SKU-3","DELETE"]"#.to_owned(),
    ];
    let id = bench.listings_feed(&messages.join(","));
    bench.pass(3_600);
    bench.log_in();
    let feed = bench.get(&format!("{FEEDS}/{id}"));
    assert_eq!(feed["processingStatus"], "DONE");
    let report = bench.download("feeds", &feed["resultFeedDocumentId"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let told: Vec<(Option<u64>, &str)> = report["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| (issue["messageId"].as_u64(), issue["code"].as_str().unwrap()))
        .collect();
    let malformed = "4002008";
    assert_eq!(
        told,
        [
            (None, malformed),
            (Some(3), malformed),
            (Some(4), malformed),
            (Some(5), malformed),
            (None, malformed),
            (Some(6), malformed),
            (Some(7), "BAD_REQUEST"),
            (None, malformed),
        ]
    );
    assert_eq!(
        report["issues"][6]["message"],
        "Invalid parameters provided."
    );
    let unnumbered = &report["issues"][4];
    assert_eq!(
        unnumbered.get("messageId"),
        None,
        "the schema has ids from 1"
    );
    assert_eq!(unnumbered["sku"], "SKU-3");
    assert_eq!(report["summary"]["messagesProcessed"], 10);
    assert_eq!(report["summary"]["messagesAccepted"], 2);
    assert_eq!(bench.displayed(), 7);
    assert_eq!(bench.amazon.displayed(ListingIndex(1)), 8);
}

#[test]
fn a_feed_of_another_version_or_without_messages_is_refused_as_a_whole() {
    let mut bench = Bench::new(ideal());
    for (version, messages, code) in [
        ("1.0", quantity(1, "SKU-1", 7), "4002006"),
        ("2.0", String::new(), "4000007"),
    ] {
        let document = bench.upload(&format!(
            r#"{{"header":{{"sellerId":"A1SIMSELLER","version":"{version}"}},"messages":[{messages}]}}"#
        ));
        let (_, made) = bench.submit("JSON_LISTINGS_FEED", &document);
        bench.pass(1_000);
        let feed = bench.get(&format!("{FEEDS}/{}", made["feedId"].as_str().unwrap()));
        assert_eq!(feed["processingStatus"], "FATAL");
        let report = bench.download("feeds", &feed["resultFeedDocumentId"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["issues"][0]["code"], code);
    }
    assert_eq!(bench.displayed(), 0);
}

#[test]
fn a_partial_update_is_a_patch_that_replaces() {
    let mut bench = Bench::new(ideal());
    let entry =
        r#"{"fulfillment_channel_code":"DEFAULT","quantity":1,"lead_time_to_ship_max_days":3}"#;
    bench.patch("SKU-1", "replace", entry);
    let id = bench.listings_feed(
        r#"{"messageId":1,"sku":"SKU-1","operationType":"PARTIAL_UPDATE","productType":"PRODUCT","attributes":{"fulfillment_availability":[{"fulfillment_channel_code":"DEFAULT","quantity":2}]}}"#,
    );
    bench.pass(1_000);
    assert_eq!(
        bench.get(&format!("{FEEDS}/{id}"))["processingStatus"],
        "DONE"
    );
    let path = format!(
        "/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}&includedData=attributes"
    );
    let entry = &bench.get(&path)["attributes"]["fulfillment_availability"][0];
    assert_eq!(entry["quantity"], 2);
    assert!(entry["lead_time_to_ship_max_days"].is_null());
}

#[test]
fn bulk_calls_are_held_against_their_models() {
    let mut bench = Bench::new(ideal());
    let many = |count: usize| vec![US; count].join(",");
    for (path, name) in [
        (FEEDS, "feedTypes=JSON_LISTINGS_FEED"),
        (REPORTS, "reportTypes=GET_FLAT_FILE_OPEN_LISTINGS_DATA"),
    ] {
        bench.get(&format!("{path}?{name}&marketplaceIds={}", many(10)));
        let (key, kind) = name.split_once('=').unwrap();
        let kinds = [kind; 11].join(",");
        for wrong in [
            format!("{name}&marketplaceIds={}", many(11)),
            format!("{key}={kinds}"),
        ] {
            assert_eq!(
                bench.call("GET", &format!("{path}?{wrong}"), "").0,
                400,
                "{wrong}"
            );
        }
    }
    let kind = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL";
    let spread =
        |more: &str| format!(r#"{{"reportType":"{kind}","marketplaceIds":["{US}"]{more}}}"#);
    for (body, message) in [
        ("[]".to_owned(), "Invalid Input"),
        (spread(r#","reportOptions":[]"#), "Invalid Input"),
        (spread(r#","reportOptions":{"a":true}"#), "Invalid Input"),
        (
            format!(
                r#"{{"reportType":"{kind}","marketplaceIds":{:?}}}"#,
                vec![US; 26]
            ),
            "Invalid Input",
        ),
        (
            spread(
                r#","dataStartTime":"2026-11-22T00:00:00Z","dataEndTime":"2026-11-21T00:00:00Z""#,
            ),
            "dataStartTime is after dataEndTime",
        ),
        (
            spread(
                r#","dataStartTime":"2026-11-22T00:00:00Z","dataEndTime":"2027-11-21T00:00:00Z""#,
            ),
            "dataEndTime must not be after the current date and time.",
        ),
    ] {
        let (status, answer) = bench.call("POST", REPORTS, &body);
        assert_eq!(
            (status, &answer["errors"][0]["message"]),
            (400, &message.into()),
            "{body}"
        );
    }
    let document = bench.upload("{}");
    for body in [
        "{}".to_owned(),
        format!(
            r#"{{"feedType":"JSON_LISTINGS_FEED","marketplaceIds":["{US}"],"inputFeedDocumentId":"x"}}"#
        ),
        format!(
            r#"{{"feedType":"NONE","marketplaceIds":["{US}"],"inputFeedDocumentId":"{document}"}}"#
        ),
        format!(
            r#"{{"feedType":"JSON_LISTINGS_FEED","marketplaceIds":["{US}"],"inputFeedDocumentId":"{document}","feedOptions":7}}"#
        ),
    ] {
        let (status, answer) = bench.call("POST", FEEDS, &body);
        assert_eq!(
            (status, &answer["errors"][0]["message"]),
            (400, &"Invalid request parameters".into()),
            "{body}"
        );
    }
    for (path, message) in [
        ("/feeds/2021-06-30/documents/x", "Invalid feedDocumentId"),
        (
            "/reports/2021-06-30/documents/x",
            "Invalid reportDocumentId",
        ),
    ] {
        let (status, answer) = bench.call("GET", path, "");
        assert_eq!(
            (status, &answer["errors"][0]["message"]),
            (400, &message.into())
        );
    }
}

#[test]
fn a_feed_waits_for_those_of_its_type_that_were_submitted_before_it() {
    let mut profile = ideal();
    profile.feeds.queue =
        Distribution::log_normal(Micros::from_secs(300), Micros::from_secs(4_000));
    profile.feeds.run = fixed(5);
    let mut bench = Bench::new(profile);
    let ids: Vec<String> = (1..=12)
        .map(|units| bench.listings_feed(&quantity(1, "SKU-1", units)))
        .collect();
    let mut seen = Vec::new();
    let mut gone = None;
    for step in 0..200 {
        bench.pass(40);
        if step % 50 == 0 {
            bench.log_in();
        }
        if step == 1 {
            // The one that stands first is taken out: those behind it need not wait for its time in the queue.
            let open = ids
                .iter()
                .find(|id| bench.get(&format!("{FEEDS}/{id}"))["processingStatus"] == "IN_QUEUE");
            let id = open.expect("some feed still waits").clone();
            assert_eq!(bench.call("DELETE", &format!("{FEEDS}/{id}"), "").0, 200);
            gone = ids.iter().position(|it| *it == id);
        }
        let shown = bench.displayed();
        if shown > 0 && seen.last() != Some(&shown) {
            seen.push(shown);
        }
    }
    assert!(seen.is_sorted(), "overtaken: {seen:?}");
    assert_eq!(seen.last(), Some(&12));
    let ends: Vec<String> = ids
        .iter()
        .enumerate()
        .filter(|(place, _)| Some(*place) != gone)
        .map(|(_, id)| {
            let feed = bench.get(&format!("{FEEDS}/{id}"));
            assert_eq!(feed["processingStatus"], "DONE");
            feed["processingEndTime"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(ends.len(), 11);
    assert!(
        ends.is_sorted_by(|before, after| before < after),
        "{ends:?}"
    );
}

#[test]
fn a_cancelled_feed_holds_nobody_up() {
    let mut profile = ideal();
    profile.feeds.queue = fixed(600);
    let mut bench = Bench::new(profile);
    let first = bench.listings_feed(&quantity(1, "SKU-1", 1));
    bench.pass(300);
    let second = bench.listings_feed(&quantity(1, "SKU-1", 2));
    let status = |bench: &mut Bench, id: &str| {
        bench.get(&format!("{FEEDS}/{id}"))["processingStatus"].clone()
    };
    assert_eq!(bench.call("DELETE", &format!("{FEEDS}/{first}"), "").0, 200);
    bench.pass(300);
    assert_eq!(status(&mut bench, &first), "CANCELLED");
    assert_eq!(status(&mut bench, &second), "IN_QUEUE");
    bench.pass(301);
    assert_eq!(status(&mut bench, &second), "DONE");
    assert_eq!(bench.displayed(), 2);
}

#[test]
fn a_report_of_orders_is_over_thirty_days_at_most() {
    let mut bench = Bench::new(ideal());
    bench.open_with(3);
    bench.order(1);
    bench.pass(3_600);
    bench.log_in();
    let orders = [
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
    ];
    let end = r#""dataEndTime":"2026-11-23T10:30:00Z""#;
    for (start, is_wide) in [
        ("2026-10-24T10:30:00Z", false),
        ("2026-10-24T10:29:59Z", true),
        ("2024-12-01T00:00:00Z", true),
    ] {
        for kind in orders.into_iter().chain(["GET_MERCHANT_LISTINGS_ALL_DATA"]) {
            let id = bench.report(kind, &format!(r#","dataStartTime":"{start}",{end}"#));
            bench.pass(1);
            let report = bench.get(&format!("{REPORTS}/{id}"));
            let text = bench.download("reports", &report["reportDocumentId"]);
            if is_wide && orders.contains(&kind) {
                assert_eq!(report["processingStatus"], "FATAL", "{kind} {start}");
                assert_eq!(
                    text,
                    "Date range exceeded. Report can be requested only upto 30 days"
                );
            } else {
                assert_eq!(report["processingStatus"], "DONE", "{kind} {start}");
                assert!(text.lines().count() > 1, "{text}");
            }
        }
    }
}
