//! The warehouse from outside: bytes in, bytes and facts out.

use http::Method;
use serde_json::{Value, json};

use super::{
    EAST, FBA, HOUR, MUG, TEE, WEST, allocate, call, drain, get, ideal, open, order, request, send,
    tees, wake,
};
use crate::core::{CallKind, CallOutcome, Input, Machine, Micros, RequestId};
use crate::warehouse::{Fact, StockReason, Warehouse};

#[test]
fn the_main_flow_end_to_end() {
    let mut warehouse = ideal();
    let start = Micros::ZERO;
    let mut anonymous = request(Method::GET, "/v1/stock", "");
    anonymous.headers_mut().clear();
    let refused = send(&mut warehouse, start, 1, anonymous);
    assert_eq!(refused.responses[0].2.status(), 401);

    let first = get(&mut warehouse, start, "/v1/stock?limit=2");
    assert_eq!(first["stock"].as_array().unwrap().len(), 6);
    assert_eq!(first["next"], "MUG/\"L\"");
    let second = get(
        &mut warehouse,
        start,
        "/v1/stock?limit=2&after=MUG%2F%22L%22",
    );
    assert_eq!(second["stock"].as_array().unwrap().len(), 3);
    assert!(second.get("next").is_none());

    let lines = json!([
        {"line_id": "a", "sku": "TEE", "units": 2, "location": "east"},
        {"line_id": "b", "sku": "MUG/\"L\"", "units": 4},
    ]);
    let body = order("shop-us", "5001", "10001", true, lines);
    let result = allocate(&mut warehouse, start, &body);
    insta::assert_snapshot!(result.to_string(), @r#"{"allocation":"A-00000001","channel":"shop-us","duplicate":false,"lines":[{"line_id":"a","location":"east","short":0,"units":2},{"line_id":"b","location":"west","short":0,"units":4}],"order_id":"5001","status":"allocated"}"#);
    assert!(
        warehouse.poll_timeout().is_none(),
        "held orders are not picked"
    );

    let released_at = Micros::from_secs(60);
    let (_, released) = call(
        &mut warehouse,
        released_at,
        Method::POST,
        "/v1/releases",
        r#"{"allocations":["A-00000001","A-00000002","x"]}"#,
    );
    assert_eq!(
        released,
        json!({"released": ["A-00000001"], "unknown": ["A-00000002", "x"]})
    );
    let timer = warehouse.poll_timeout().unwrap();
    assert_eq!(timer.at, released_at + HOUR);
    let shipped = wake(&mut warehouse, timer.at).facts;
    assert_eq!(
        shipped[1],
        Fact::Shipped {
            channel: 0,
            order_id: "5001".into(),
            item: MUG,
            location: WEST,
            units: 4
        }
    );
    assert_eq!(shipped.len(), 2);

    let response = send(
        &mut warehouse,
        timer.at,
        9,
        request(Method::GET, "/v1/changes?after=1", ""),
    )
    .responses
    .remove(0);
    assert_eq!(response.0, RequestId(9));
    insta::assert_snapshot!(String::from_utf8(response.2.into_body()).unwrap(), @r#"{"changes":[{"seq":2,"at":"2026-11-20T13:00:00.000Z","kind":"allocated","sku":"MUG/\"L\"","location":"west","units":-4,"on_hand":8,"available":4,"allocation":"A-00000001","channel":"shop-us","order_id":"5001","line_id":"b"},{"seq":3,"at":"2026-11-20T14:01:00.000Z","kind":"shipped","sku":"TEE","location":"east","units":-2,"on_hand":8,"available":8,"allocation":"A-00000001","channel":"shop-us","order_id":"5001","line_id":"a","tracking":{"carrier":"UPS","number":"1ZSIM0000000001000"}},{"seq":4,"at":"2026-11-20T14:01:00.000Z","kind":"shipped","sku":"MUG/\"L\"","location":"west","units":-4,"on_hand":4,"available":4,"allocation":"A-00000001","channel":"shop-us","order_id":"5001","line_id":"b","tracking":{"carrier":"UPS","number":"1ZSIM0000000001001"}}],"next":4,"more":false}"#);
    let (_, late) = call(
        &mut warehouse,
        timer.at,
        Method::POST,
        "/v1/allocations/A-00000001/cancel",
        "",
    );
    assert_eq!(
        late,
        json!({"allocation": "A-00000001", "cancelled": false})
    );
    let rows = get(&mut warehouse, timer.at, "/v1/stock/TEE");
    assert_eq!(
        rows["stock"][0],
        json!({"sku": "TEE", "location": "east", "on_hand": 8, "allocated": 0, "available": 8, "version": 3})
    );
    assert_eq!(rows["cursor"], 4);
    assert_eq!(warehouse.conservation().unwrap().shipped, 6);
}

#[test]
fn locations_tell_whom_they_serve() {
    let body = get(&mut ideal(), Micros::ZERO, "/v1/locations");
    assert_eq!(
        body["locations"][0],
        json!({"id": "east", "name": "EAST", "country": "US", "channels": ["*"],
               "fulfilled_by": "merchant", "postal_prefixes": ["0", "1", "2", "3", "4"]})
    );
    assert_eq!(body["locations"][2]["channels"], json!(["amazon-us"]));
    assert_eq!(body["locations"][2]["fulfilled_by"], "amazon");
}

#[test]
fn a_long_poll_hears_the_first_change_it_asked_for() {
    let mut warehouse = ideal();
    let poll = |after| {
        request(
            Method::GET,
            &format!("/v1/changes?after={after}&wait_ms=20000&kinds=received,recounted"),
            "",
        )
    };
    let held = send(&mut warehouse, Micros(10), 1, poll(0));
    assert!(held.responses.is_empty());
    assert_eq!(
        held.facts,
        [Fact::Call {
            operation: "listChanges",
            kind: CallKind::Read,
            outcome: CallOutcome::Served
        }]
    );
    warehouse.damage(Micros(20), TEE, EAST, 1);
    assert!(drain(&mut warehouse).responses.is_empty(), "not its kind");
    warehouse.receive(Micros(30), TEE, WEST, 7);
    let answered = drain(&mut warehouse);
    assert_eq!(
        answered.facts,
        [Fact::StockChanged {
            item: TEE,
            location: WEST,
            delta: 7,
            on_hand: 12,
            reason: StockReason::Received
        }]
    );
    let (id, at, response) = &answered.responses[0];
    assert_eq!((*id, *at), (RequestId(1), Micros(30)));
    insta::assert_snapshot!(String::from_utf8(response.body().clone()).unwrap(), @r#"{"changes":[{"seq":2,"at":"2026-11-20T13:00:00.000Z","kind":"received","sku":"TEE","location":"west","units":7,"on_hand":12,"available":12}],"next":2,"more":false}"#);
    assert!(warehouse.poll_timeout().is_none());

    let from_start = send(&mut warehouse, Micros(40), 2, poll(0));
    assert_eq!(from_start.responses.len(), 1, "something is there already");
    assert!(
        send(&mut warehouse, Micros(50), 3, poll(2))
            .responses
            .is_empty()
    );
    let timer = warehouse.poll_timeout().unwrap();
    assert_eq!(timer.at, Micros(50) + Micros::from_secs(20));
    warehouse.handle(Micros(timer.at.0 - 1), Input::Wake);
    assert!(drain(&mut warehouse).responses.is_empty());
    let ended = wake(&mut warehouse, timer.at);
    assert_eq!(
        ended.responses[0].2.body(),
        br#"{"changes":[],"next":2,"more":false}"#
    );
}

#[test]
fn the_feed_is_read_in_pages_and_skips_what_was_not_asked_for() {
    let mut warehouse = ideal();
    for at in 1..=5 {
        warehouse.receive(Micros(at), TEE, EAST, 1);
        warehouse.recount(Micros(at), TEE, WEST, 5);
    }
    let page = get(
        &mut warehouse,
        Micros(9),
        "/v1/changes?limit=2&kinds=received",
    );
    assert_eq!(page["changes"].as_array().unwrap().len(), 2);
    assert_eq!((&page["next"], &page["more"]), (&json!(3), &json!(true)));
    let rest = get(
        &mut warehouse,
        Micros(9),
        "/v1/changes?after=3&kinds=received",
    );
    assert_eq!(rest["changes"].as_array().unwrap().len(), 3);
    assert_eq!((&rest["next"], &rest["more"]), (&json!(10), &json!(false)));
    let counts = get(&mut warehouse, Micros(9), "/v1/changes?after=9");
    assert_eq!(counts["changes"][0]["kind"], "recounted");
    assert_eq!(counts["changes"][0]["units"], 0);
}

#[test]
fn a_throttled_caller_recovers_after_exactly_the_wait() {
    let mut warehouse = open("warehouse-default");
    let ask = |warehouse: &mut Warehouse, now| {
        let drained = send(warehouse, now, 1, request(Method::GET, "/v1/locations", ""));
        (
            drained.responses[0].2.status().as_u16(),
            drained.responses[0].2.headers().get("retry-after").cloned(),
            drained.facts[0].clone(),
        )
    };
    for _ in 0..100 {
        assert_eq!(ask(&mut warehouse, Micros::ZERO).0, 200);
    }
    let (status, retry_after, fact) = ask(&mut warehouse, Micros::ZERO);
    assert_eq!((status, retry_after.unwrap().to_str().unwrap()), (429, "1"));
    assert_eq!(
        fact,
        Fact::Call {
            operation: "listLocations",
            kind: CallKind::Read,
            outcome: CallOutcome::Throttled
        }
    );
    assert_eq!(ask(&mut warehouse, Micros(19_999)).0, 429);
    assert_eq!(ask(&mut warehouse, Micros(20_000)).0, 200);
    assert_eq!(warehouse.limits()[0].used, 101.0);
}

#[test]
fn answers_take_their_time_and_shipping_is_drawn_per_order() {
    let mut warehouse = open("warehouse-default");
    let answer = send(
        &mut warehouse,
        Micros(500),
        1,
        request(Method::POST, "/v1/allocations", &tees("1", 1)),
    );
    assert!(answer.responses[0].1 > Micros(500));
    let alone = warehouse.poll_timeout().unwrap().at;
    let mut busier = open("warehouse-default");
    busier.receive(Micros(100), TEE, EAST, 5);
    send(
        &mut busier,
        Micros(200),
        1,
        request(Method::GET, "/v1/stock", ""),
    );
    send(
        &mut busier,
        Micros(500),
        2,
        request(Method::POST, "/v1/allocations", &tees("1", 1)),
    );
    assert_eq!(
        busier.poll_timeout().unwrap().at,
        alone,
        "draws do not depend on other calls"
    );
    send(
        &mut busier,
        Micros(500),
        3,
        request(Method::POST, "/v1/allocations", &tees("2", 1)),
    );
    assert_eq!(busier.shop.shipments.len(), 2);
    let due: Vec<Micros> = busier
        .shop
        .shipments
        .iter()
        .map(|entry| entry.0.0)
        .collect();
    assert_ne!(due[0], due[1], "each order has its own draw");
}

#[test]
fn bad_requests_are_refused_whole() {
    let mut warehouse = ideal();
    let good = json!({"channel": "shop-us", "order_id": "1", "ship_to": {"country": "US", "postal_code": "10001"}, "lines": [{"line_id": "1", "sku": "TEE", "units": 1}]});
    let changed = |path: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        json!({"allocations": [good, bad]}).to_string()
    };
    for (body, expected) in [
        (String::new(), 400),
        ("[1,2".to_string(), 400),
        ("{\"allocations\":\"\u{e9}\"}".to_string(), 422),
        ("{\"allocations\":7,}".to_string(), 400),
        (json!({"allocations": []}).to_string(), 422),
        (json!({"allocations": vec![&good; 101]}).to_string(), 422),
        (changed("/channel", json!("ebay")), 422),
        (changed("/order_id", json!("")), 422),
        (changed("/order_id", json!("x".repeat(256))), 422),
        (changed("/order_id", json!(17)), 422),
        (changed("/lines", json!([])), 422),
        (changed("/lines/0/units", json!(0)), 422),
        (changed("/lines/0/units", json!(-1)), 422),
        (changed("/lines/0/units", json!(2.5)), 422),
        (changed("/ship_to", json!({"country": 5})), 422),
        (changed("/lines/0", json!(["1", "TEE", 1, null])), 422),
        (changed("/ship_to", json!(["10001"])), 422),
        (json!([[&good]]).to_string(), 422),
        (changed("/lines/0/units", json!(1_000_001)), 422),
        (changed("/lines/0/line_id", json!("")), 422),
    ] {
        let (status, answer) = call(
            &mut warehouse,
            Micros::ZERO,
            Method::POST,
            "/v1/allocations",
            &body,
        );
        assert_eq!(status, expected, "{body}");
        assert!(answer["error"]["code"].is_string() && answer["error"]["message"].is_string());
    }
    assert_eq!(warehouse.totals().allocated, 0, "nothing took effect");
    for (method, uri, expected) in [
        (Method::GET, "/v1/nothing", 404),
        (Method::DELETE, "/v1/stock", 405),
        (Method::GET, "/v1/stock/NONE", 404),
        (Method::GET, "/v1/stock/%ff", 400),
        (Method::GET, "/v1/stock?after=NONE", 400),
        (Method::GET, "/v1/stock?limit=0", 400),
        (Method::GET, "/v1/changes?after=1", 400),
        (Method::GET, "/v1/changes?after=%2B0", 400),
        (Method::GET, "/v1/changes?after=00", 400),
        (Method::GET, "/v1/changes?after=0.0", 400),
        (Method::GET, "/v1/stock?limit=%2B5", 400),
        (Method::POST, "/v1/allocations/A-00000001/cancel", 404),
        (Method::POST, "/v1/releases", 400),
    ] {
        let drained = send(
            &mut warehouse,
            Micros::ZERO,
            1,
            request(method.clone(), uri, ""),
        );
        assert_eq!(drained.responses[0].2.status(), expected, "{method} {uri}");
        assert!(matches!(
            drained.facts[..],
            [Fact::Call {
                outcome: CallOutcome::Refused,
                ..
            }]
        ));
    }
}

#[test]
fn third_parties_ship_without_an_allocation() {
    let mut warehouse = ideal();
    assert_eq!(
        warehouse.ship_by_third_party(Micros(1), 1, "701-1", TEE, FBA, 60),
        50,
        "no more than is there"
    );
    let shipped = drain(&mut warehouse).facts;
    assert!(matches!(
        shipped[..],
        [Fact::Shipped {
            channel: 1,
            units: 50,
            ..
        }]
    ));
    let change = get(&mut warehouse, Micros(1), "/v1/changes")["changes"][0].clone();
    assert_eq!(change["units"], -50);
    assert!(change.get("allocation").is_none());
    assert_eq!(warehouse.conservation().unwrap().shipped, 50);
}
