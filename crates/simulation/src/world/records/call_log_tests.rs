use std::path::Path;

use channel_mocks::core::{Epoch, LimitUse, Response};

use super::*;
use crate::world::records::{CallFiles, CallLine, KeptCalls};

fn names() -> RecordNames {
    let named = |names: &[&str]| names.iter().map(|it| it.to_string()).collect();
    RecordNames {
        channels: named(&["web", "Markt & Platz"]),
        skus: named(&["MUG", "CUP"]),
        locations: Vec::new(),
    }
}

fn log(place: &Path, most: u64) -> CallLog<CallFiles> {
    let files = CallFiles::create(&place.join("calls/one.jsonl"), most, true).unwrap();
    CallLog::new(names(), files)
}

fn request(target: &str, body: &str) -> Request {
    http::Request::post(target)
        .header("content-type", "application/json")
        .header("x-shopify-access-token", "shpat_very_secret")
        .body(body.as_bytes().to_vec())
        .unwrap()
}

fn sent(log: &mut CallLog<CallFiles>, at: u64, system: u16, number: u64, request: &Request) {
    let message = Message::Sent {
        system,
        number,
        operation: "setQuantities",
        kind: CallKind::Write,
        request,
    };
    log.message(Micros::from_secs(at), &message);
}

fn answered(log: &mut CallLog<CallFiles>, at: u64, system: u16, number: u64, status: u16) {
    let response = http::Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(br#"{"access_token":"very_secret","ok":true}"#.to_vec());
    let response: Response = response.unwrap();
    let message = Message::Answered {
        system,
        number,
        response: &response,
        tells: None,
    };
    log.message(Micros::from_secs(at), &message);
}

fn displayed(
    log: &mut CallLog<CallFiles>,
    at: u64,
    channel: u16,
    units: (i64, i64),
    received: u64,
) {
    let (channel, sku) = (ChannelIndex(channel), SkuIndex(0));
    let (sent_at, received_at) = (Micros::ZERO, Micros::from_secs(received));
    let entry = Entry::Displayed {
        channel,
        sku,
        from: units.0,
        to: units.1,
        sellable: 0,
        cause: Cause::Write {
            sent_at,
            received_at,
        },
    };
    log.record(Micros::from_secs(at), &entry);
}

fn brought(log: &mut CallLog<CallFiles>, channel: u16, happened: u64, known: u64) {
    let entry = Entry::Propagated {
        channel: ChannelIndex(channel),
        sku: SkuIndex(0),
        own_sale: false,
        happened_at: Micros::from_secs(happened),
        known_at: Micros::from_secs(known),
        sent_at: Micros::ZERO,
        oldest_of_write: false,
    };
    log.record(Micros::ZERO, &entry);
}

fn arrived(log: &mut CallLog<CallFiles>, at: u64, system: u16, number: u64, used: f64) {
    let at = Micros::from_secs(at);
    log.message(at, &Message::Arrived { system, number });
    let limits = [LimitUse {
        name: "points",
        capacity: 9.0,
        rate_per_second: 1.0,
        flow: channel_mocks::core::Flow::steady(1.0),
        used,
        left: 0.0,
    }];
    let limits = &limits;
    log.message(at, &Message::Taken { system, limits });
}

fn finished(
    place: &Path,
    log: CallLog<CallFiles>,
) -> (KeptCalls, Vec<CallLine>, serde_json::Value) {
    let epoch = Epoch::from_unix_secs(1_000_000_000);
    let kept = log
        .finish(Micros::from_secs(99))
        .finish(epoch, "A test.")
        .unwrap();
    let lines = std::fs::read_to_string(place.join("calls/one.jsonl")).unwrap();
    let lines = lines.lines().map(|it| serde_json::from_str(it).unwrap());
    let har = std::fs::read_to_string(place.join("calls/one.har")).unwrap();
    assert!(!har.contains("very_secret"), "{har}");
    let left: Vec<_> = std::fs::read_dir(place.join("calls")).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing is left aside: {left:?}");
    (kept, lines.collect(), serde_json::from_str(&har).unwrap())
}

#[test]
fn a_call_has_its_cost_what_it_changed_and_what_came_late() {
    let place = tempfile::tempdir().unwrap();
    let mut log = log(place.path(), 10);
    let write = request("/w.json?sign=abc&x=1", r#"{"n":1}"#);
    sent(&mut log, 10, 0, 1, &write);
    sent(&mut log, 11, 1, 1, &write);
    // The first is applied at once, the other one after it was answered.
    arrived(&mut log, 12, 0, 1, 2.5);
    displayed(&mut log, 12, 0, (7, 5), 12);
    brought(&mut log, 0, 8, 9);
    brought(&mut log, 0, 6, 7);
    brought(&mut log, 1, 1, 1);
    arrived(&mut log, 13, 1, 1, 1.0);
    let refused = Entry::Call {
        target: CallTarget::Channel(ChannelIndex(1)),
        kind: CallKind::Write,
        outcome: CallOutcome::Throttled,
    };
    log.record(Micros::from_secs(13), &refused);
    answered(&mut log, 14, 0, 1, 200);
    answered(&mut log, 15, 1, 1, 202);
    displayed(&mut log, 40, 1, (7, 4), 13);
    brought(&mut log, 1, 5, 6);
    sent(&mut log, 41, 2, 9, &write);
    let (kept, lines, har) = finished(place.path(), log);
    assert_eq!((kept.kept, kept.left_out, kept.not_in_archive), (3, 0, 0));
    let [
        CallLine::Call(first),
        CallLine::Call(second),
        CallLine::Effect(late),
        CallLine::Call(open),
    ] = lines.as_slice()
    else {
        panic!("{lines:?}");
    };
    assert_eq!((first.call, first.at_s, first.latency_s), (1, 10.0, 4.0));
    assert_eq!(first.path, "/w.json?sign=REDACTED&x=1");
    assert_eq!(first.cost, BTreeMap::from([("points".to_string(), 2.5)]));
    let [change] = first.changed.as_slice() else {
        panic!("{first:?}");
    };
    assert_eq!((change.from, change.to, change.at_s), (7, 5, 12.0));
    assert_eq!(
        (change.oldest_news_s, change.known_s),
        (Some(6.0), Some(7.0))
    );
    assert!(!first.throttled && second.throttled);
    assert_eq!(
        (late.call, late.channel.as_str()),
        (Some(2), "Markt & Platz")
    );
    assert_eq!((late.change.to, late.change.known_s), (4, Some(6.0)));
    assert_eq!((open.channel.as_str(), open.status), ("warehouse", None));
    assert_eq!(open.failure, Some(CallFailure::Unanswered));

    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    let [first, second, open] = [&entries[0], &entries[1], &entries[2]];
    assert_eq!(first["startedDateTime"], "2001-09-09T01:46:50.000Z");
    assert_eq!(first["time"], 4_000.0);
    assert_eq!(
        first["request"]["url"],
        "https://web.invalid/w.json?sign=REDACTED&x=1"
    );
    assert_eq!(first["request"]["postData"]["text"], r#"{"n":1}"#);
    assert_eq!(first["response"]["status"], 200);
    let body = first["response"]["content"]["text"].as_str().unwrap();
    assert_eq!(body, r#"{"access_token":"REDACTED","ok":true}"#);
    assert_eq!(second["_changed"][0]["to"], 4, "also what came late");
    assert_eq!(open["response"]["status"], 0);
}

#[test]
fn what_does_not_fit_is_counted() {
    let place = tempfile::tempdir().unwrap();
    let mut log = log(place.path(), 2);
    let read = request("/r", "");
    // Three are open when the file is full; later ones are not begun.
    for number in 1..=3 {
        sent(&mut log, number, 0, number, &read);
    }
    // A second copy of a call is no call.
    sent(&mut log, 3, 0, 3, &read);
    for number in 1..=3 {
        answered(&mut log, 5, 0, number, 429);
    }
    sent(&mut log, 6, 0, 4, &read);
    answered(&mut log, 7, 0, 4, 200);
    let (kept, lines, har) = finished(place.path(), log);
    assert_eq!((kept.kept, kept.left_out), (2, 2));
    assert_eq!(lines.last(), Some(&CallLine::LeftOut { calls: 2 }));
    let CallLine::Call(first) = &lines[0] else {
        panic!("{lines:?}");
    };
    assert!(!first.throttled, "a fault may answer so, too");
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 2);
    let comment = har["log"]["comment"].as_str().unwrap();
    assert!(
        comment.contains("2 later calls are left out, of 4"),
        "{comment}"
    );
}
