use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;

/// What the format asks of every event, and of those that belong together.
fn is_well_formed(events: &[Value]) {
    let mut rows: BTreeMap<(u64, u64), Vec<(u64, u64)>> = BTreeMap::new();
    let mut arrows: BTreeMap<u64, Vec<(String, u64)>> = BTreeMap::new();
    let whole = |event: &Value, member: &str| {
        event[member]
            .as_u64()
            .unwrap_or_else(|| panic!("{member} of {event}"))
    };
    let mut latest = 0;
    for event in events {
        let phase = event["ph"].as_str().unwrap();
        let (at, row) = (
            whole(event, "ts"),
            (whole(event, "pid"), whole(event, "tid")),
        );
        assert!(
            event["name"].is_string() && event["cat"].is_string(),
            "{event}"
        );
        if phase != "M" {
            assert!(at >= latest, "in the order of time: {event}");
            latest = at;
        }
        match phase {
            "X" => rows.entry(row).or_default().push((at, whole(event, "dur"))),
            "C" => assert!(
                event["args"]
                    .as_object()
                    .unwrap()
                    .values()
                    .all(Value::is_number)
            ),
            "M" => assert!(event["args"].is_object()),
            "i" => assert!(matches!(event["s"].as_str(), Some("g" | "p" | "t"))),
            "s" | "t" | "f" => {
                let ends = arrows.entry(whole(event, "id")).or_default();
                ends.push((phase.to_string(), at));
            }
            other => panic!("no phase {other}"),
        }
    }
    for (row, slices) in &mut rows {
        slices.sort_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)));
        let mut open: Vec<u64> = Vec::new();
        for (at, length) in slices.iter() {
            while open.last().is_some_and(|end| end <= at) {
                open.pop();
            }
            assert!(
                open.last().is_none_or(|end| at + length <= *end),
                "{row:?} at {at}"
            );
            open.push(at + length);
        }
    }
    for ends in arrows.values() {
        let phases: String = ends.iter().map(|(phase, _)| phase.as_str()).collect();
        assert_eq!(phases, "stf", "{ends:?}");
    }
    // Each end of an arrow is within a slice of its row.
    for event in events.iter().filter(|it| it.get("id").is_some()) {
        let row = (whole(event, "pid"), whole(event, "tid"));
        let at = whole(event, "ts");
        let slices = &rows[&row];
        let is_within = |(from, length): &(u64, u64)| (*from..=from + length).contains(&at);
        assert!(slices.iter().any(is_within), "{event}");
    }
}

const CALLS: &str = r#"{"kind":"call","call":2,"at_s":11.0,"channel":"web","operation":"set","method":"POST","path":"/s","status":200,"cost":{"points":10.0},"latency_s":0.5,"throttled":false,"changed":[{"sku":"MUG","from":5,"to":4,"at_s":11.25,"oldest_news_s":10.0,"known_s":10.5}],"request_bytes":9,"response_bytes":7}
{"kind":"call","call":1,"at_s":10.75,"channel":"web","operation":"orders","method":"GET","path":"/o","status":429,"cost":{},"latency_s":1.0,"throttled":true,"changed":[],"request_bytes":0,"response_bytes":7}
{"kind":"call","call":3,"at_s":12.0,"channel":"market","operation":"patch","method":"PATCH","path":"/p","failure":"timed_out","cost":{},"latency_s":30.0,"throttled":false,"changed":[],"request_bytes":9,"response_bytes":0}
{"kind":"effect","call":3,"channel":"market","sku":"MUG","from":5,"to":3,"at_s":90.0,"oldest_news_s":9.5,"known_s":9.75}
{"kind":"left_out","calls":4}
"#;

const LEDGER: &str = r#"{"at_s":9.5,"kind":"accepted","channel":"web","sku":"MUG","order":0,"units":1,"oversold_units":0,"from":6,"sellable":6}
{"at_s":10.0,"kind":"accepted","channel":"market","sku":"MUG","order":0,"units":2,"oversold_units":1,"from":5,"sellable":1}
{"at_s":10.0,"kind":"displayed","channel":"market","sku":"MUG","from":5,"to":3,"sellable":-1,"cause":"checkout"}
{"at_s":11.25,"kind":"displayed","channel":"web","sku":"MUG","from":5,"to":4,"sellable":-1,"cause":"write"}
{"at_s":12.0,"kind":"sold_out","sku":"MUG"}
"#;

fn traced(place: &Path) -> Vec<Event> {
    let (calls, ledger) = (place.join("calls.jsonl"), place.join("ledger.jsonl"));
    fs::write(&calls, CALLS).unwrap();
    fs::write(&ledger, LEDGER).unwrap();
    let mut trace = ContenderTrace::new("mirror", &["web", "market"], 2);
    trace.read_calls(&calls).unwrap();
    trace.read_ledger(&ledger).unwrap();
    let (events, left_out) = trace.finish(1_000);
    assert_eq!(left_out, 0);
    events
}

#[test]
fn an_arrow_leads_from_a_sale_over_its_call_to_the_count_that_shows_it() {
    let place = tempfile::tempdir().unwrap();
    let events = traced(place.path());
    let text = joined(&json!({"displayTimeUnit": "ms"}), &events);
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["displayTimeUnit"], "ms");
    let events = read["traceEvents"].as_array().unwrap();
    is_well_formed(events);
    let named = |name: &str| {
        let mut found = events.iter().filter(|it| it["name"] == name);
        let event = found.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(found.next().is_none(), "{name} twice");
        event
    };
    // Two calls of one system at once stand in two rows of one group.
    let (read, set) = (named("orders (throttled)"), named("set"));
    assert_eq!(
        (&read["ts"], &read["dur"]),
        (&json!(10_750_000), &json!(1_000_000))
    );
    assert_eq!(read["pid"], set["pid"]);
    assert_ne!(read["tid"], set["tid"]);
    assert_eq!(set["args"]["cost"]["points"], 10.0);
    // The arrows: a sale at the market shown by the shop, and one at the shop shown late by the market.
    let ends = |phase: &str| -> Vec<(&Value, &Value)> {
        let own = events.iter().filter(|it| it["ph"] == phase);
        own.map(|it| (&it["pid"], &it["ts"])).collect()
    };
    assert_eq!(
        ends("s"),
        [
            (&json!(3), &json!(9_500_000)),
            (&json!(4), &json!(10_000_000))
        ]
    );
    assert_eq!(
        ends("t"),
        [
            (&json!(2), &json!(11_000_000)),
            (&json!(2), &json!(12_000_000))
        ]
    );
    assert_eq!(
        ends("f"),
        [
            (&json!(3), &json!(11_250_000)),
            (&json!(4), &json!(90_000_000))
        ]
    );
    assert_eq!(named("oversold: 2 × MUG")["cat"], "oversold");
    assert_eq!(named("MUG: 5 → 3")["args"]["age_of_oldest_news_s"], 80.5);
    let shown = events.iter().filter(|it| it["ph"] == "C");
    assert_eq!(shown.count(), 2);
}

#[test]
fn planned_faults_that_overlap_stand_beside_each_other() {
    let window = |kind: &str, from_s, until_s| FaultWindow {
        kind: kind.to_string(),
        channel: Some("web".to_string()),
        from_s,
        until_s,
    };
    let windows = [window("slow", 5.0, 9.0), window("refused", 1.0, 6.0)];
    let events: Vec<Value> = faults(&windows)
        .iter()
        .map(|it| serde_json::to_value(it).unwrap())
        .collect();
    let slices: Vec<&Value> = events.iter().filter(|it| it["ph"] == "X").collect();
    assert_eq!(slices[0]["name"], "refused at web");
    assert_eq!(
        (&slices[0]["tid"], &slices[1]["tid"]),
        (&json!(1), &json!(2))
    );
}
