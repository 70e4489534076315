//! Destinations and subscriptions: what may stand side by side, and what a directive may say.

use serde_json::json;

use super::*;

const DESTINATIONS: &str = "/notifications/v1/destinations";
const SUBSCRIPTIONS: &str = "/notifications/v1/subscriptions";

fn destination(bench: &mut Bench, name: &str, resource: &Value) -> (u16, Value) {
    let body = json!({"name": name, "resourceSpecification": resource}).to_string();
    bench.call("POST", DESTINATIONS, &body)
}

fn queue(name: &str) -> Value {
    json!({"sqs": {"arn": format!("arn:aws:sqs:us-east-1:111122223333:{name}")}})
}

fn at_queue(bench: &mut Bench) -> String {
    let (_, made) = destination(bench, "d", &queue("q1"));
    made["payload"]["destinationId"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn subscribe(bench: &mut Bench, kind: &str, mut body: Value, destination: &str) -> (u16, Value) {
    body["destinationId"] = destination.into();
    bench.call(
        "POST",
        &format!("{SUBSCRIPTIONS}/{kind}"),
        &body.to_string(),
    )
}

#[test]
fn versions_of_a_payload_are_subscribed_side_by_side() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let id = at_queue(&mut bench);
    for version in ["1.0", "2.0"] {
        let body = json!({"payloadVersion": version});
        assert_eq!(
            subscribe(&mut bench, "ORDER_CHANGE", body.clone(), &id).0,
            200
        );
        assert_eq!(
            subscribe(&mut bench, "ORDER_CHANGE", body, &id).0,
            409,
            "{version}"
        );
    }
    for version in ["", "first", "1", "1.0.0", "2026-1-1"] {
        let body = json!({"payloadVersion": version});
        assert_eq!(
            subscribe(&mut bench, "ORDER_CHANGE", body, &id).0,
            400,
            "{version}"
        );
    }
    bench.order(1);
    let versions: Vec<Value> = bench
        .empty_queue("q1")
        .iter()
        .map(|body| body["PayloadVersion"].clone())
        .collect();
    assert_eq!(versions.len(), 2, "one each: {versions:?}");
    assert!(versions.contains(&"1.0".into()) && versions.contains(&"2.0".into()));
    let one = format!("{SUBSCRIPTIONS}/ORDER_CHANGE");
    for version in ["1.0", "2.0"] {
        let found = bench.get(&format!("{one}?payloadVersion={version}"));
        assert_eq!(found["payload"]["payloadVersion"], version);
    }
    assert_eq!(
        bench
            .call("GET", &format!("{one}?payloadVersion=3.0"), "")
            .0,
        404
    );
    let list = format!("{SUBSCRIPTIONS}?notificationTypes=ORDER_CHANGE");
    let count = |body: Value| body["payload"]["subscriptions"].as_array().unwrap().len();
    assert_eq!(count(bench.get(&list)), 2);
    assert_eq!(count(bench.get(&format!("{list}&payloadVersion=2.0"))), 1);
    for more in ["pageSize=29", "pageSize=101", "nextToken=garbage"] {
        assert_eq!(
            bench.call("GET", &format!("{list}&{more}"), "").0,
            400,
            "{more}"
        );
    }
}

#[test]
fn subscriptions_are_listed_page_by_page() {
    let mut bench = Bench::new(ideal());
    let id = at_queue(&mut bench);
    for minor in 0..33 {
        let body = json!({"payloadVersion": format!("1.{minor}")});
        assert_eq!(subscribe(&mut bench, "ORDER_CHANGE", body, &id).0, 200);
    }
    let list = format!("{SUBSCRIPTIONS}?notificationTypes=ORDER_CHANGE");
    let first = bench.get(&list);
    let token = first["payload"]["nextToken"].as_str().unwrap();
    assert_eq!(
        first["payload"]["subscriptions"].as_array().unwrap().len(),
        30
    );
    let last = bench.get(&format!("{list}&nextToken={token}"));
    assert_eq!(
        last["payload"]["subscriptions"].as_array().unwrap().len(),
        3
    );
    assert_eq!(
        last["payload"]["subscriptions"][0]["payloadVersion"],
        "1.30"
    );
    assert!(last["payload"]["nextToken"].is_null());
}

#[test]
fn a_directive_is_kept_as_it_was_sent_or_refused() {
    let mut bench = Bench::new(ideal());
    let id = at_queue(&mut bench);
    let directive = |kind: &str, filter: Value| {
        let mut filter = filter;
        if !kind.is_empty() {
            filter["eventFilterType"] = kind.into();
        }
        json!({"payloadVersion": "1.0", "processingDirective": {"eventFilter": filter}})
    };
    for (filtered, filter) in [
        ("ORDER_CHANGE", json!({"marketplaceIds": [US]})),
        ("", json!({"orderChangeTypes": ["OrderStatusChange"]})),
        (
            "ANY_OFFER_CHANGED",
            json!({"orderChangeTypes": ["OrderStatusChange"]}),
        ),
        ("ORDER_CHANGE", json!({"orderChangeTypes": ["Everything"]})),
        (
            "ORDER_CHANGE",
            json!({"orderChangeTypes": "OrderStatusChange"}),
        ),
    ] {
        let body = directive(filtered, filter);
        let sent = body["processingDirective"]["eventFilter"].to_string();
        let (status, answer) = subscribe(&mut bench, "ORDER_CHANGE", body, &id);
        let error = &answer["errors"][0];
        assert_eq!(
            (status, &error["code"]),
            (400, &"InvalidInput".into()),
            "{sent}"
        );
        assert_eq!(
            error["details"],
            format!(
                "EventFilter Payload {sent} failed to validate for notification type ORDER_CHANGE"
            )
        );
    }
    let other = directive("FEED_PROCESSING_FINISHED", json!({}));
    assert_eq!(
        subscribe(&mut bench, "FEED_PROCESSING_FINISHED", other, &id).0,
        400
    );
    let long = "x".repeat(257);
    for wrong in [
        json!({"filterExpression": ""}),
        json!({"filterExpression": long}),
        json!({"filterExpression": "true", "eventFilter": {"eventFilterType": "ORDER_CHANGE"}}),
        json!({"eventFilter": {}}),
        json!([]),
    ] {
        let body = json!({"payloadVersion": "1.0", "processingDirective": wrong});
        assert_eq!(
            subscribe(&mut bench, "ORDER_CHANGE", body, &id).0,
            400,
            "{wrong}"
        );
    }
    let offers = json!({"marketplaceIds": [US], "aggregationSettings": {"aggregationTimePeriod": "TenMinutes"}});
    let body = directive("ANY_OFFER_CHANGED", offers);
    let kept = body["processingDirective"].clone();
    let (status, made) = subscribe(&mut bench, "ANY_OFFER_CHANGED", body, &id);
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["payload"]["processingDirective"], kept);
    let read = bench.get(&format!("{SUBSCRIPTIONS}/ANY_OFFER_CHANGED"));
    assert_eq!(read, made);
}

#[test]
fn what_is_unknown_is_named_as_amazon_names_it() {
    let mut bench = Bench::new(ideal());
    let id = at_queue(&mut bench);
    let body = json!({"payloadVersion": "1.0"});
    let (status, answer) = subscribe(&mut bench, "ORDER_CHANGE", body.clone(), "nowhere");
    let error = &answer["errors"][0];
    assert_eq!((status, &error["code"]), (400, &"InvalidInput".into()));
    assert_eq!(
        error["message"],
        "Request has missing or invalid parameters and cannot be parsed."
    );
    let details = error["details"].as_str().unwrap();
    assert!(details.starts_with("No destination with id nowhere for applicationId "));
    let (status, answer) = subscribe(&mut bench, "MOON_PHASE", body.clone(), &id);
    assert_eq!(status, 400);
    assert_eq!(
        answer["errors"][0]["message"],
        "Invalid value \"MOON_PHASE\" for path parameter notificationType"
    );
    for kind in [
        "PRICING_HEALTH",
        "ITEM_INVENTORY_EVENT_CHANGE",
        "TRANSACTION_UPDATE",
    ] {
        assert_eq!(
            subscribe(&mut bench, kind, body.clone(), &id).0,
            200,
            "{kind}"
        );
    }
    let (status, answer) = bench.call("POST", DESTINATIONS, "{}");
    assert_eq!(status, 400);
    assert_eq!(
        answer["errors"][0]["message"],
        "Request has missing or invalid parameters and cannot be parsed."
    );
}

#[test]
fn a_queue_and_an_account_are_registered_once() {
    let mut bench = Bench::new(ideal());
    assert_eq!(destination(&mut bench, "one", &queue("q1")).0, 200);
    for arn in [
        "arn:aws:sqs:q2",
        "arn:aws:sqs::1:q2",
        "arn:aws:sqs:us-east-1:tents:q2",
        "arn:aws:sqs:us east:1:q2",
        "arn:aws:sns:us-east-1:1:q2",
    ] {
        let resource = json!({"sqs": {"arn": arn}});
        assert_eq!(destination(&mut bench, "two", &resource).0, 400, "{arn}");
    }
    let bus = |account: &str, region: &str| json!({"eventBridge": {"accountId": account, "region": region}});
    assert_eq!(
        destination(&mut bench, "bus", &bus("111122223333", "us-east-1")).0,
        200
    );
    for (name, resource, told) in [
        (
            "other",
            queue("q1"),
            "arn arn:aws:sqs:us-east-1:111122223333:q1",
        ),
        (
            "other",
            bus("111122223333", "us-west-2"),
            "account id 111122223333",
        ),
        ("one", queue("q2"), "name one"),
    ] {
        let (status, answer) = destination(&mut bench, name, &resource);
        assert_eq!(status, 409);
        let details = answer["errors"][0]["details"].as_str().unwrap();
        assert!(
            details.starts_with(&format!("A destination with {told} already exists")),
            "{details}"
        );
    }
    assert_eq!(
        destination(&mut bench, "far", &bus("444455556666", "us-east-1")).0,
        200
    );
}

#[test]
fn a_destination_has_a_name_of_at_most_256_characters() {
    let mut bench = Bench::new(ideal());
    for (letter, count, expected) in [("n", 257, 400), ("\u{e4}", 257, 400), ("\u{e4}", 256, 200)] {
        let body = format!(
            r#"{{"name":"{}","resourceSpecification":{{"sqs":{{"arn":"arn:aws:sqs:us-east-1:111122223333:q1"}}}}}}"#,
            letter.repeat(count)
        );
        let (status, answer) = bench.call("POST", "/notifications/v1/destinations", &body);
        assert_eq!(status, expected, "{letter} {count}: {answer}");
        if status == 400 {
            assert_eq!(
                answer["errors"][0]["message"],
                "Request has missing or invalid parameters and cannot be parsed."
            );
        }
    }
}
