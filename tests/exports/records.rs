//! `--ledger` and `--calls`: what is kept of a run, that it agrees with the run's figures, and that it changes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use oversell::experiment::{CallFailure, CallLine, CallRecord};
use serde_json::Value;

use super::{document, run, simulate};

fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")));
    lines.collect()
}

/// Documented credentials of the emulators, and what is made of them: none may be in a file.
const SECRETS: [&str; 8] = [
    "shpat_",
    "Atza|",
    "Atzr|",
    "Atz.sprdt",
    "amzn1.oa2-cs",
    "ROW_ref",
    "warehouse-token",
    "hush",
];

#[test]
fn records_agree_with_the_figures_hold_no_secret_and_change_nothing() {
    let place = tempfile::tempdir().unwrap();
    let play = |name: &str, more: &[&str]| {
        let out = place.path().join(name);
        let (code, _, err) = run(simulate()
            .args([
                "--scenario",
                "flash-sale-10min",
                "--strategies",
                "mirror,escrow",
            ])
            .args(more)
            .arg("--out")
            .arg(&out));
        assert!(code == 0 || code == 99, "{code}: {err}");
        (out, err)
    };
    let (plain, _) = play("plain", &["--no-report"]);
    assert!(!plain.join("ledger").exists() && !plain.join("calls").exists());
    let (kept, err) = play("kept", &["--ledger", "--calls"]);
    assert_eq!(err, "");
    let manifest: Value = {
        let text = std::fs::read(kept.join("manifest.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    for name in ["mirror", "escrow"] {
        for file in ["ledger/N.jsonl", "calls/N.jsonl", "calls/N.har"] {
            let file = file.replace('N', name);
            assert!(manifest["files"].as_array().unwrap().contains(&file.into()));
        }
    }
    let (before, after) = (document(&plain), document(&kept));
    for (position, name) in ["mirror", "escrow"].into_iter().enumerate() {
        let own = &after["strategies"][position];
        assert_eq!(own["strategy"], name);
        for member in ["trace_hash", "figures"] {
            assert_eq!(own[member], before["strategies"][position][member]);
        }
        let figures = &own["figures"];
        let ledger: Vec<Value> = lines(&kept.join(format!("ledger/{name}.jsonl")));
        let oversold: u64 = ledger
            .iter()
            .filter(|it| it["kind"] == "accepted")
            .map(|it| it["oversold_units"].as_u64().unwrap())
            .sum();
        assert_eq!(figures["oversold_units"], oversold);
        let calls: Vec<CallLine> = lines(&kept.join(format!("calls/{name}.jsonl")));
        is_the_runs(&calls, own, &ledger);
        let har = std::fs::read_to_string(kept.join(format!("calls/{name}.har"))).unwrap();
        for secret in SECRETS {
            // A client's own name may contain what a secret begins with, so the place of each is looked at.
            assert!(!har.contains(secret), "{secret} is in the archive");
        }
        is_an_archive(&serde_json::from_str(&har).unwrap(), &calls);
    }
}

/// Calls, refusals and writes are those that the figures count.
fn is_the_runs(lines: &[CallLine], own: &Value, ledger: &[Value]) {
    let calls = lines.iter().filter_map(|line| match line {
        CallLine::Call(call) => Some(&**call),
        _ => None,
    });
    let calls: Vec<&CallRecord> = calls.collect();
    let numbers: std::collections::BTreeSet<u64> = calls.iter().map(|it| it.call).collect();
    assert_eq!(numbers.len(), calls.len());
    let answered = |channel: &str| -> Vec<&CallRecord> {
        let own = calls.iter().filter(|it| it.channel == channel);
        own.filter(|it| it.status.is_some()).copied().collect()
    };
    // Those under way when the run ends have been counted where they arrived, and have no answer.
    let are_counted = |channel: &str, figure: &Value| {
        let of_channel = calls.iter().filter(|it| it.channel == channel);
        let open = of_channel.filter(|it| it.failure == Some(CallFailure::Unanswered));
        let least = answered(channel).len() as u64;
        let counted = figure.as_u64().unwrap();
        assert!(
            (least..=least + open.count() as u64).contains(&counted),
            "{channel}: {counted}, {least} answered"
        );
    };
    let mut throttled = 0;
    for (channel, figures) in own["channels"].as_object().unwrap() {
        are_counted(channel, &figures["calls"]);
        throttled += answered(channel).iter().filter(|it| it.throttled).count();
    }
    are_counted("warehouse", &own["warehouse_calls"]);
    let share = own["figures"]["throttled_share"].as_f64().unwrap_or(0.0);
    let all = own["figures"]["calls"].as_u64().unwrap() as f64;
    assert!((share * all - throttled as f64).abs() < 1e-6);
    // Every write that became live belongs to one call, with the same counts.
    let mut changes: BTreeMap<String, u32> = BTreeMap::new();
    for line in lines {
        let (channel, own) = match line {
            CallLine::Call(call) => (&call.channel, call.changed.as_slice()),
            CallLine::Effect(effect) => {
                let call = effect.call.expect("the call of every late change is known");
                let call = calls.iter().find(|it| it.call == call).unwrap();
                assert!(call.at_s < effect.change.at_s && call.channel == effect.channel);
                (&effect.channel, std::slice::from_ref(&effect.change))
            }
            CallLine::LeftOut { .. } => panic!("there was room"),
        };
        for change in own {
            let sku = &change.sku;
            let key = format!(
                "{channel} {sku} {} {} {}",
                change.from, change.to, change.at_s
            );
            *changes.entry(key).or_default() += 1;
        }
    }
    let mut written: BTreeMap<String, u32> = BTreeMap::new();
    for entry in ledger.iter().filter(|it| it["cause"] == "write") {
        let text = |member: &str| entry[member].as_str().unwrap();
        let at = entry["at_s"].as_f64().unwrap();
        let key = format!(
            "{} {} {} {} {at}",
            text("channel"),
            text("sku"),
            entry["from"],
            entry["to"]
        );
        *written.entry(key).or_default() += 1;
    }
    assert!(!written.is_empty());
    assert_eq!(changes, written);
    assert!(
        calls
            .iter()
            .any(|it| !it.cost.is_empty() && it.latency_s > 0.0)
    );
    // A mirror's counts tell of sales elsewhere; a quota need not.
    let brought = |call: &&CallRecord| call.changed.iter().any(|it| it.oldest_news_s.is_some());
    assert!(own["strategy"] != "mirror" || calls.iter().any(brought));
}

/// What HAR 1.2 requires of an archive, and that its entries are the calls of the lines.
fn is_an_archive(har: &Value, lines: &[CallLine]) {
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert!(log["creator"]["name"].is_string() && log["creator"]["version"].is_string());
    let entries = log["entries"].as_array().unwrap();
    let calls = lines.iter().filter(|it| matches!(it, CallLine::Call(_)));
    assert_eq!(entries.len(), calls.count());
    for entry in entries {
        let date = entry["startedDateTime"].as_str().unwrap();
        assert!(date.len() == 24 && date.ends_with('Z'), "{date}");
        assert!(entry["time"].is_number() && entry["cache"].is_object());
        for part in ["send", "wait", "receive"] {
            assert!(entry["timings"][part].as_f64().unwrap() >= 0.0);
        }
        let (request, response) = (&entry["request"], &entry["response"]);
        for text in ["method", "url", "httpVersion"] {
            assert!(request[text].is_string(), "{entry}");
        }
        assert!(request["url"].as_str().unwrap().starts_with("https://"));
        for message in [request, response] {
            for list in ["cookies", "headers"] {
                assert!(message[list].is_array(), "{entry}");
            }
            for number in ["headersSize", "bodySize"] {
                assert!(message[number].is_i64(), "{entry}");
            }
        }
        assert!(request["queryString"].is_array());
        for text in ["statusText", "httpVersion", "redirectURL"] {
            assert!(response[text].is_string(), "{entry}");
        }
        assert!(response["status"].is_u64() && response["content"]["size"].is_i64());
        assert!(response["content"]["mimeType"].is_string());
    }
}

#[test]
fn a_full_record_says_what_it_left_out_and_mistakes_are_explained() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let scenario = ["--scenario", "last-unit", "--strategies", "mirror"];
    let (_, _, err) = run(simulate()
        .args(scenario)
        .args(["--no-report", "--calls", "--calls-limit", "7", "--out"])
        .arg(&out));
    assert!(
        err.contains("mirror made ") && err.contains("the first 7 to end are kept"),
        "{err}"
    );
    let kept: Vec<CallLine> = lines(&out.join("calls/mirror.jsonl"));
    let calls = kept.iter().filter(|it| matches!(it, CallLine::Call(_)));
    assert_eq!(calls.count(), 7);
    assert!(matches!(
        kept.last(),
        Some(CallLine::LeftOut { calls: 1.. })
    ));
    for (more, told) in [
        (
            ["--calls", "--seeds", "2"].as_slice(),
            "--calls keeps what happened in one run",
        ),
        (["--calls-limit", "9"].as_slice(), "--calls"),
        (
            ["--calls", "--calls-limit", "0"].as_slice(),
            "--calls-limit",
        ),
    ] {
        let (code, _, err) = run(simulate().args(scenario).args(more));
        assert_eq!(code, 2);
        assert!(err.contains(told), "{err}");
    }
}

#[test]
fn a_trace_needs_calls_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let play = |name: &str, more: &[&str]| {
        let out = place.path().join(name);
        let scenario = ["--scenario", "flash-sale-10min"];
        let strategies = ["--strategies", "mirror,escrow"];
        let (_, _, err) = run(simulate()
            .args(scenario)
            .args(strategies)
            .args(more)
            .arg("--out")
            .arg(&out));
        assert_eq!(err, "");
        out
    };
    let trace = |directory: &Path| {
        run(simulate()
            .arg("report")
            .arg(directory)
            .args(["--format", "trace"]))
    };
    let (code, _, err) = trace(&play("plain", &["--no-report"]));
    assert_eq!(code, 2);
    assert!(
        err.contains("kept no calls") && err.contains("--calls --ledger"),
        "{err}"
    );
    let kept = play("kept", &["--ledger", "--calls"]);
    let (code, text, err) = trace(&kept);
    assert_eq!((code, err.as_str()), (0, ""));
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["otherData"]["left_out"], serde_json::json!([]));
    let events = read["traceEvents"].as_array().unwrap();
    for name in ["mirror", "escrow"] {
        let group = format!("{name}: calls");
        let group = events
            .iter()
            .find(|it| it["args"]["name"] == group.as_str())
            .unwrap();
        let shown = events
            .iter()
            .filter(|it| it["pid"] == group["pid"] && it["ph"] == "X");
        let lines: Vec<CallLine> = lines(&kept.join(format!("calls/{name}.jsonl")));
        let calls = lines.iter().filter(|it| matches!(it, CallLine::Call(_)));
        assert_eq!(shown.count(), calls.count(), "{name}");
    }
    // What mirror oversold stands there as such, and arrows lead somewhere.
    let oversold = |it: &&Value| it["cat"] == "oversold";
    let units: u64 = events
        .iter()
        .filter(oversold)
        .map(|it| it["args"]["oversold_units"].as_u64().unwrap())
        .sum();
    let documents = document(&kept);
    let own = documents["strategies"].as_array().unwrap().iter();
    let all: u64 = own
        .map(|it| it["figures"]["oversold_units"].as_u64().unwrap())
        .sum();
    assert_eq!(units, all);
    let of = |phase: &str| events.iter().filter(|it| it["ph"] == phase).count();
    assert!(of("s") > 0);
    assert_eq!((of("s"), of("s")), (of("t"), of("f")));
}
